//! Verifies the server's certificate as the profile wants it.

#[cfg(test)]
mod tests;

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::{fmt, iter};
use std::sync::{Mutex, PoisonError};

use der::Decode;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::spki::ObjectIdentifier;

use super::ocsp;
use super::strength::Strength;
use super::trust::{Authorities, Fingerprint, Names, Policy, Trust};
use crate::method::ServerCertificate;

/// The purpose of a TLS server (RFC 5280, 4.2.1.12).
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// The verifier of one profile, or of one connection where a person is asked.
pub(super) struct Verifier {
    policy: Arc<Policy>,
    strength: Strength,
    algorithms: WebPkiSupportedAlgorithms,
    /// The certificate that a person must look at before the handshake goes on.
    doubtful: Mutex<Option<ServerCertificate>>,
    /// The chain that was looked at last.
    seen: Arc<Mutex<Vec<CertificateDer<'static>>>>,
}

impl Verifier {
    pub(super) fn new(policy: Arc<Policy>, strength: Strength, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self {
            policy,
            strength,
            algorithms,
            doubtful: Mutex::new(None),
            seen: Arc::default(),
        }
    }

    /// Another verifier of the same profile, that has seen nothing.
    pub(super) fn anew(&self) -> Self {
        Self::new(Arc::clone(&self.policy), self.strength, self.algorithms)
    }

    /// Another verifier of the same profile, for one connection; what it sees, this one has seen.
    pub(super) fn sharing_what_is_seen(&self) -> Self {
        Self {
            seen: Arc::clone(&self.seen),
            ..self.anew()
        }
    }

    /// The chain that was looked at last, without what cannot be understood.
    pub(super) fn seen(&self) -> Vec<ServerCertificate> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter()
            .filter_map(|certificate| describe(certificate).ok())
            .collect()
    }

    fn remember(&self, end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) {
        let chain = iter::once(end_entity).chain(intermediates);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = chain.map(|certificate| certificate.clone().into_owned()).collect();
    }

    /// The certificate that came in since the last call and that a person must decide about.
    pub(super) fn take_doubtful(&self) -> Option<ServerCertificate> {
        self.doubtful.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn verify_chain(
        &self,
        authorities: &Authorities,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        staple: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &authorities.anchors.roots,
            intermediates,
            now,
            self.algorithms.all,
        )
        .map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))
                if signs_itself(end_entity) =>
            {
                CertificateError::Other(OtherError(Arc::new(SignsItself))).into()
            }
            error => error,
        })?;
        verify_name(&authorities.names, end_entity)?;
        let roots = &authorities.anchors.roots.roots;
        let algorithms = self.algorithms.all;
        let issuer = || ocsp::Issuer::find(end_entity, intermediates, roots, now, algorithms).map(Some);
        self.verify_staple(staple, end_entity, issuer, now)
    }

    /// The certificate is believed for another reason than who issued it: what is left of the checks.
    fn verify_alone(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        staple: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        verify_validity(end_entity, now)?;
        let issuer = || Ok(ocsp::Issuer::shown(end_entity, intermediates, self.algorithms.all));
        self.verify_staple(staple, end_entity, issuer, now)
    }

    /// The word of the authority on the certificate. One that the server does not staple cannot be asked for: there is no
    /// network yet.
    fn verify_staple(
        &self,
        staple: &[u8],
        end_entity: &CertificateDer<'_>,
        issuer: impl FnOnce() -> Result<Option<ocsp::Issuer>, CertificateError>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let is_demanded = self.policy.requires_staple || ocsp::is_demanded(end_entity)?;
        if staple.is_empty() {
            return match is_demanded {
                true => Err(CertificateError::Other(OtherError(Arc::new(ocsp::Missing))).into()),
                false => Ok(()),
            };
        }
        Ok(match issuer()? {
            Some(issuer) => ocsp::verify(staple, &issuer, end_entity, now, self.algorithms.all),
            None if ocsp::admits_revocation(staple, end_entity) => Err(CertificateError::Revoked),
            None if is_demanded => Err(CertificateError::InvalidOcspResponse),
            None => Ok(()),
        }?)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.remember(end_entity, intermediates);
        self.strength.verify_key(end_entity)?;
        match &self.policy.trust {
            Trust::Authorities(authorities) => {
                self.verify_chain(authorities, end_entity, intermediates, ocsp_response, now)?;
            }
            Trust::Pinned(pins) => {
                if !pins.contains(&Fingerprint::of(end_entity)) {
                    return Err(CertificateError::ApplicationVerificationFailure.into());
                }
                self.verify_alone(end_entity, intermediates, ocsp_response, now)?;
            }
            Trust::AskUser => {
                let described = describe(end_entity)?;
                self.verify_alone(end_entity, intermediates, ocsp_response, now)?;
                verify_purpose(end_entity)?;
                *self.doubtful.lock().unwrap_or_else(PoisonError::into_inner) = Some(described);
            }
            Trust::Unverified => {}
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

fn verify_name(names: &Names, end_entity: &CertificateDer<'_>) -> Result<(), Error> {
    if *names == Names::Any {
        return Ok(());
    }
    let certificate = webpki::EndEntityCert::try_from(end_entity).map_err(|_| CertificateError::BadEncoding)?;
    let presented: Vec<String> = certificate.valid_dns_names().map(ToString::to_string).collect();
    if presented.iter().any(|name| names.covers(name)) {
        Ok(())
    } else if presented.is_empty() {
        Err(CertificateError::NotValidForName.into())
    } else {
        let expected = ServerName::try_from(names.expected()).map_err(|_| CertificateError::NotValidForName)?;
        Err(CertificateError::NotValidForNameContext {
            expected: expected.to_owned(),
            presented,
        }
        .into())
    }
}

fn parse(certificate: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding.into())
}

fn verify_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let certificate = parse(certificate)?;
    let validity = certificate.tbs_certificate().validity();
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        Err(CertificateError::NotValidYet.into())
    } else if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        Err(CertificateError::Expired.into())
    } else {
        Ok(())
    }
}

/// A certificate that is its own authority, and nobody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate has signed itself")]
pub(super) struct SignsItself;

/// Whether a certificate names itself as its issuer.
fn signs_itself(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_ok_and(|certificate| {
        let tbs = certificate.tbs_certificate();
        tbs.subject() == tbs.issuer()
    })
}

/// A person cannot see it, and every user of a company may have a certificate for clients.
fn verify_purpose(certificate: &CertificateDer<'_>) -> Result<(), Error> {
    let certificate = parse(certificate)?;
    match certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
        Ok(Some((_, usage))) if !usage.0.contains(&SERVER_AUTH) => Err(CertificateError::InvalidPurpose.into()),
        Ok(_) => Ok(()),
        Err(_) => Err(CertificateError::BadEncoding.into()),
    }
}

impl ServerCertificate {
    /// What a person needs to see of a certificate in DER; `None` if it is none.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        describe(&CertificateDer::from(certificate)).ok()
    }
}

/// What a person needs to see of a certificate.
///
/// # Errors
/// It cannot be parsed.
pub(super) fn describe(certificate: &CertificateDer<'_>) -> Result<ServerCertificate, Error> {
    let parsed = parse(certificate)?;
    let printable = |name: String| crate::eap::printable(name.as_bytes());
    Ok(ServerCertificate {
        subject: printable(parsed.tbs_certificate().subject().to_string()),
        issuer: printable(parsed.tbs_certificate().issuer().to_string()),
        fingerprint: Fingerprint::of(certificate).0,
    })
}
