//! What a server staples of its authority's word on its certificate (OCSP, RFC 6960; stapled by RFC 6066, 8).
//!
//! Only the answer to one question is read: has the authority revoked this certificate? An answer that is damaged, too
//! old, about another certificate or not the authority's is no answer, and a server that staples one is refused.

mod asn1;
#[cfg(test)]
pub(super) mod tests;

use alloc::vec::Vec;
use core::iter;

use der::asn1::{BitString, ObjectIdentifier};
use der::{Any, Decode, Encode};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use asn1::{Basic, CertificateId, CertificateStatus, Response, ResponseData, Single, Status};

type Algorithms = [&'static dyn SignatureVerificationAlgorithm];

/// How far the authority's clock may be ahead of ours, in seconds.
const CLOCK_SKEW: u64 = 300;

const BASIC_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
/// TLS features that a server with the certificate must have (RFC 7633).
const TLS_FEATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.24");
/// The feature of stapled answers, by the number of its TLS extension (`status_request`).
const STATUS_REQUEST: u16 = 5;
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// The authority that issued a certificate.
pub(super) struct Issuer {
    name: Vec<u8>,
    key: SubjectPublicKeyInfoOwned,
}

impl Issuer {
    /// Finds the issuer on the path to an authority of the profile; the path has been verified before.
    ///
    /// # Errors
    /// [`CertificateError::UnknownIssuer`] if there is no such path.
    pub(super) fn find(
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        anchors: &[TrustAnchor<'_>],
        now: UnixTime,
        algorithms: &Algorithms,
    ) -> Result<Self, CertificateError> {
        let certificate = EndEntityCert::try_from(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let path = certificate
            .verify_for_usage(
                algorithms,
                anchors,
                intermediates,
                now,
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map_err(|_| CertificateError::UnknownIssuer)?;
        let key =
            SubjectPublicKeyInfoOwned::from_der(&path.issuer_spki()).map_err(|_| CertificateError::BadEncoding)?;
        Self::named_in(end_entity, key).ok_or(CertificateError::BadEncoding)
    }

    /// Finds the issuer among the certificates that the server shows, where the profile has none that vouches for them:
    /// it has signed the server's certificate.
    pub(super) fn shown(
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        algorithms: &Algorithms,
    ) -> Option<Self> {
        let certificate = Certificate::from_der(end_entity).ok()?;
        let tbs = certificate.tbs_certificate();
        let message = tbs.to_der().ok()?;
        let has_signed = |key: &SubjectPublicKeyInfoOwned| {
            let algorithm = certificate.signature_algorithm();
            is_signature(key, algorithm, &message, certificate.signature(), algorithms)
        };
        let key = iter::once(end_entity)
            .chain(intermediates)
            .filter_map(|shown| Certificate::from_der(shown).ok())
            .filter(|shown| shown.tbs_certificate().subject() == tbs.issuer())
            .map(|shown| shown.tbs_certificate().subject_public_key_info().clone())
            .find(has_signed)?;
        Self::named_in(end_entity, key)
    }

    fn named_in(certificate: &[u8], key: SubjectPublicKeyInfoOwned) -> Option<Self> {
        let certificate = Certificate::from_der(certificate).ok()?;
        let name = certificate.tbs_certificate().issuer().to_der().ok()?;
        Some(Self { name, key })
    }
}

/// Verifies a stapled answer about `end_entity`, which `issuer` has issued.
///
/// # Errors
/// [`CertificateError::Revoked`] if that is what it says; [`CertificateError::InvalidOcspResponse`] if it says nothing
/// that can be relied upon.
pub(super) fn verify(
    staple: &[u8],
    issuer: &Issuer,
    end_entity: &CertificateDer<'_>,
    now: UnixTime,
    algorithms: &Algorithms,
) -> Result<(), CertificateError> {
    let certificate = Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
    let serial = certificate.tbs_certificate().serial_number();
    let data = signed_data(staple, issuer, now, algorithms).ok_or(CertificateError::InvalidOcspResponse)?;
    let single = data
        .responses
        .iter()
        .find(|single| single.id.serial == *serial && single.id.is_of(issuer))
        .filter(|single| single.is_current(now))
        .ok_or(CertificateError::InvalidOcspResponse)?;
    match single.status {
        CertificateStatus::Good(_) => Ok(()),
        CertificateStatus::Revoked(_) => Err(CertificateError::Revoked),
        CertificateStatus::Unknown(_) => Err(CertificateError::InvalidOcspResponse),
    }
}

/// Whether an answer whose signature nobody can verify says that the certificate has been revoked. A server that staples
/// that about itself is taken at its word.
pub(super) fn admits_revocation(staple: &[u8], end_entity: &CertificateDer<'_>) -> bool {
    let admitted = || {
        let certificate = Certificate::from_der(end_entity).ok()?;
        let data = ResponseData::from_der(&basic(staple)?.data.to_der().ok()?).ok()?;
        let serial = certificate.tbs_certificate().serial_number();
        let mut about_it = data.responses.iter().filter(|single| single.id.serial == *serial);
        Some(about_it.any(|single| matches!(single.status, CertificateStatus::Revoked(_))))
    };
    admitted().unwrap_or(false)
}

/// Whether the certificate itself says that its server staples an answer ("must-staple", RFC 7633).
///
/// # Errors
/// [`CertificateError::BadEncoding`]: what it says cannot be read.
pub(super) fn is_demanded(end_entity: &CertificateDer<'_>) -> Result<bool, CertificateError> {
    let certificate = Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
    let mut extensions = certificate.tbs_certificate().extensions().into_iter().flatten();
    Ok(extensions
        .find(|extension| extension.extn_id == TLS_FEATURE)
        // A list that cannot be read may demand it.
        .is_some_and(|extension| {
            Vec::<u16>::from_der(extension.extn_value.as_bytes())
                .map_or(true, |features| features.contains(&STATUS_REQUEST))
        }))
}

/// The certificate or the profile demands an answer of the authority, and the server staples none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer of the authority must be stapled, and none is")]
pub(super) struct Missing;

/// The data of an answer that the issuer, or a responder that it has appointed, has signed.
fn signed_data(staple: &[u8], issuer: &Issuer, now: UnixTime, algorithms: &Algorithms) -> Option<ResponseData> {
    let basic = basic(staple)?;
    let message = basic.data.to_der().ok()?;
    let is_signed_by =
        |key: &SubjectPublicKeyInfoOwned| is_signature(key, &basic.algorithm, &message, &basic.signature, algorithms);
    let appointed = basic.certificates.as_deref().unwrap_or_default().iter();
    let is_signed = is_signed_by(&issuer.key)
        || appointed
            .filter(|responder| is_appointed(responder, issuer, now, algorithms))
            .any(|responder| is_signed_by(responder.tbs_certificate().subject_public_key_info()));
    is_signed.then(|| ResponseData::from_der(&message).ok())?
}

/// The answer in its wrapping, whose signature has not been verified.
fn basic(staple: &[u8]) -> Option<Basic> {
    let response = Response::from_der(staple).ok()?;
    let bytes = response.bytes.filter(|_| response.status == Status::Successful)?;
    (bytes.kind == BASIC_RESPONSE).then(|| Basic::from_der(bytes.response.as_bytes()).ok())?
}

/// Whether the issuer itself has issued a certificate for answering in its name (RFC 6960, 4.2.2.2).
fn is_appointed(responder: &Certificate, issuer: &Issuer, now: UnixTime, algorithms: &Algorithms) -> bool {
    let tbs = responder.tbs_certificate();
    let validity = tbs.validity();
    let is_valid = (validity.not_before.to_unix_duration().as_secs()..=validity.not_after.to_unix_duration().as_secs())
        .contains(&now.as_secs());
    let may_sign = matches!(
        tbs.get_extension::<ExtendedKeyUsage>(),
        Ok(Some((_, usage))) if usage.0.contains(&OCSP_SIGNING)
    );
    let is_issued = tbs.to_der().is_ok_and(|message| {
        let algorithm = responder.signature_algorithm();
        is_signature(&issuer.key, algorithm, &message, responder.signature(), algorithms)
    });
    is_valid && may_sign && is_issued
}

fn is_signature(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &BitString,
    algorithms: &Algorithms,
) -> bool {
    let (Some(key_algorithm), Some(signature_algorithm)) = (content(&key.algorithm), content(algorithm)) else {
        return false;
    };
    let (Some(key), Some(signature)) = (key.subject_public_key.as_bytes(), signature.as_bytes()) else {
        return false;
    };
    algorithms
        .iter()
        .filter(|candidate| *candidate.public_key_alg_id() == *key_algorithm)
        .filter(|candidate| *candidate.signature_alg_id() == *signature_algorithm)
        .any(|candidate| candidate.verify_signature(key, message, signature).is_ok())
}

/// The octets of an algorithm identifier behind tag and length, as rustls names algorithms.
fn content(algorithm: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    Some(Any::encode_from(algorithm).ok()?.value().to_vec())
}

impl CertificateId {
    fn is_of(&self, issuer: &Issuer) -> bool {
        let Some(key) = issuer.key.subject_public_key.as_bytes() else {
            return false;
        };
        let hash: fn(&[u8]) -> Vec<u8> = match self.hash.oid {
            // Only names the issuer; the signature is another's matter.
            SHA1 => |octets| Sha1::digest(octets).to_vec(),
            SHA256 => |octets| Sha256::digest(octets).to_vec(),
            _ => return false,
        };
        self.issuer_name_hash.as_bytes() == hash(&issuer.name) && self.issuer_key_hash.as_bytes() == hash(key)
    }
}

impl Single {
    /// Without a next update it is never known to be outdated, and not believed for longer than a day.
    fn is_current(&self, now: UnixTime) -> bool {
        const DAY: u64 = 86_400;
        let this_update = self.this_update.to_unix_duration().as_secs();
        let end = self.next_update.map_or(this_update.saturating_add(DAY), |next| {
            next.to_unix_duration().as_secs()
        });
        this_update <= now.as_secs().saturating_add(CLOCK_SKEW) && now.as_secs() <= end
    }
}
