//! Certificates of authorities: from a text, a file, a directory, or the system.

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use std::path::Path;

use der::{Decode, Encode};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::Certificate;

use super::trust::TrustError;

/// Certificates of authorities.
#[derive(Clone)]
pub struct Anchors {
    pub(crate) roots: RootCertStore,
    /// They are several authorities, or vouch for everyone: a server of theirs is known by its name only.
    pub(super) need_name: bool,
}

impl Anchors {
    /// From PEM text with any number of certificates.
    ///
    /// # Errors
    /// [`TrustError::Pem`] if there is none, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TrustError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|_| TrustError::Pem)?;
        let need_name = !are_of_one_authority(&certificates);
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            roots.add(certificate).map_err(|_| TrustError::Pem)?;
        }
        if roots.is_empty() {
            return Err(TrustError::Pem);
        }
        Ok(Self { roots, need_name })
    }

    /// From a PEM file, or from every PEM file of a directory. Reads files, those of the system's store among them: the one
    /// thing here that does, for callers that prepare a profile.
    ///
    /// # Errors
    /// [`TrustError::Read`] names the file; [`TrustError::NoAuthority`] for a directory without certificates.
    pub fn from_path(path: &Path) -> Result<Self, TrustError> {
        let anchors = Self::read(path)?;
        let need_name = anchors.need_name || Self::system().is_ok_and(|system| system.share_one_with(&anchors));
        Ok(Self { need_name, ..anchors })
    }

    fn read(path: &Path) -> Result<Self, TrustError> {
        let read_error = |path: &Path, error: &dyn fmt::Display| TrustError::Read {
            path: path.to_path_buf(),
            reason: error.to_string(),
        };
        if !path.is_dir() {
            let pem = std::fs::read(path).map_err(|error| read_error(path, &error))?;
            return Self::from_pem(&pem).map_err(|error| read_error(path, &error));
        }
        let found = rustls_native_certs::load_certs_from_paths(None, Some(path));
        if let Some(error) = found.errors.first() {
            return Err(read_error(path, error));
        }
        let need_name = !are_of_one_authority(&found.certs);
        Self::collect(found.certs, need_name)
    }

    /// The system's store. Reads files.
    ///
    /// # Errors
    /// [`TrustError::NoAuthority`] if the system has none.
    pub fn system() -> Result<Self, TrustError> {
        // A store of a hundred certificates with one that cannot be read is still a store.
        Self::collect(rustls_native_certs::load_native_certs().certs, true)
    }

    fn collect(certificates: Vec<CertificateDer<'static>>, need_name: bool) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        if roots.is_empty() {
            return Err(TrustError::NoAuthority);
        }
        Ok(Self { roots, need_name })
    }

    fn share_one_with(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.roots.roots, &other.roots.roots);
        ours.iter().any(|anchor| {
            theirs.iter().any(|other| {
                anchor.subject == other.subject && anchor.subject_public_key_info == other.subject_public_key_info
            })
        })
    }
}

/// Whether the certificates are those of one authority: the others among them are older or newer ones of the same name, or
/// of authorities below it.
fn are_of_one_authority(certificates: &[CertificateDer<'_>]) -> bool {
    let names = |certificate| {
        let certificate = Certificate::from_der(certificate).ok()?;
        let tbs = certificate.tbs_certificate();
        Some((tbs.subject().to_der().ok()?, tbs.issuer().to_der().ok()?))
    };
    let Some(named) = certificates
        .iter()
        .map(|certificate| names(certificate))
        .collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let subjects: BTreeSet<_> = named.iter().map(|(subject, _)| subject).collect();
    let highest: BTreeSet<_> = named
        .iter()
        .filter(|(subject, issuer)| subject == issuer || !subjects.contains(issuer))
        .map(|(subject, _)| subject)
        .collect();
    highest.len() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::testing::Authority;
    use crate::tls::{Authorities, Names};
    use alloc::string::String;
    use rcgen::{BasicConstraints, IsCa};

    /// What is missing where authorities are to do without a name.
    fn without_name(anchors: &Anchors) -> Option<TrustError> {
        Authorities::new(anchors.clone(), Names::Any).err()
    }

    fn anchors(pem: &[&str]) -> Anchors {
        Anchors::from_pem(pem.concat().as_bytes()).unwrap()
    }

    #[test]
    fn one_authority_is_enough_with_those_below_it_and_its_successor() {
        let authority = Authority::new("authority");
        let below = authority.issue("below", |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        });
        let successor = Authority::new("authority");
        for pem in [
            &[authority.pem.as_str()][..],
            &[&below.certificate],
            &[&below.certificate, &authority.pem],
            &[&authority.pem, &successor.pem, &authority.pem],
        ] {
            assert_eq!(without_name(&anchors(pem)), None);
        }
    }

    #[test]
    fn several_authorities_are_not_enough_without_a_name() {
        let (one, other) = (Authority::new("one"), Authority::new("other"));
        let several = anchors(&[&one.pem, &other.pem]);
        assert_eq!(without_name(&several), Some(TrustError::NameNeeded));
        let named = Names::Suffix(String::from("example.org"));
        assert!(Authorities::new(several, named).is_ok());
    }

    #[test]
    fn authorities_are_those_of_the_system_by_name_and_key() {
        let system = anchors(&[&Authority::new("public").pem, &Authority::new("other").pem]);
        let public = Anchors {
            roots: RootCertStore {
                roots: system.roots.roots.iter().take(1).cloned().collect(),
            },
            need_name: false,
        };
        assert!(system.share_one_with(&public));
        assert!(!system.share_one_with(&anchors(&[&Authority::new("public").pem])));
    }
}
