//! What a server staples of its authority's word on its certificate (OCSP, RFC 6960; stapled by RFC 6066, 8).
//!
//! Only the answer to one question is read: has the authority revoked this certificate? An answer that is damaged, too
//! old, about another certificate or not the authority's is no answer, and a server that staples one is refused.

use alloc::vec::Vec;

use der::asn1::{BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString};
use der::{Any, Choice, Decode, Encode, Enumerated, Sequence};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

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

/// Whether the certificate itself says that its server staples an answer ("must-staple", RFC 7633).
pub(super) fn is_demanded(end_entity: &CertificateDer<'_>) -> bool {
    let Ok(certificate) = Certificate::from_der(end_entity) else {
        return false;
    };
    let mut extensions = certificate.tbs_certificate().extensions().into_iter().flatten();
    extensions
        .find(|extension| extension.extn_id == TLS_FEATURE)
        // A list that cannot be read may demand it.
        .is_some_and(|extension| {
            Vec::<u16>::from_der(extension.extn_value.as_bytes())
                .map_or(true, |features| features.contains(&STATUS_REQUEST))
        })
}

/// The certificate demands an answer of its authority, and the server staples none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer of the authority must be stapled, and none is")]
pub(super) struct Missing;

/// The data of an answer that the issuer, or a responder that it has appointed, has signed.
fn signed_data(staple: &[u8], issuer: &Issuer, now: UnixTime, algorithms: &Algorithms) -> Option<ResponseData> {
    let response = Response::from_der(staple).ok()?;
    let bytes = response.bytes.filter(|_| response.status == Status::Successful)?;
    if bytes.kind != BASIC_RESPONSE {
        return None;
    }
    let basic = Basic::from_der(bytes.response.as_bytes()).ok()?;
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

#[derive(Enumerated, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Status {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SigRequired = 5,
    Unauthorized = 6,
}

#[derive(Sequence)]
struct Response {
    status: Status,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes>,
}

#[derive(Sequence)]
struct ResponseBytes {
    kind: ObjectIdentifier,
    response: OctetString,
}

#[derive(Sequence)]
struct Basic {
    /// A [`ResponseData`], kept as it came for the signature.
    data: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Certificate>>,
}

#[derive(Sequence)]
struct ResponseData {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    /// By name [1] or by key [2]; whose signature it is, the signature tells.
    responder: Any,
    produced_at: GeneralizedTime,
    responses: Vec<Single>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Any>,
}

#[derive(Sequence)]
struct Single {
    id: CertificateId,
    status: CertificateStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Any>,
}

#[derive(Sequence)]
struct CertificateId {
    hash: AlgorithmIdentifierOwned,
    issuer_name_hash: OctetString,
    issuer_key_hash: OctetString,
    serial: SerialNumber,
}

#[derive(Choice)]
enum CertificateStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Sequence)]
struct RevokedInfo {
    time: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<Any>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::provider;
    use crate::tls::testing::{Authority, Certified, NOW, SERVER_NAME};
    use core::time::Duration;
    use der::asn1::GeneralizedTime;
    use proptest::prelude::*;
    use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, KeyPair, SigningKey};

    const MINUTE: Duration = Duration::from_secs(60);

    /// What an answer says, and who signs it.
    struct Answer<'a> {
        status: CertificateStatus,
        about: &'a Certified,
        signer: &'a KeyPair,
        responder: Option<&'a Certified>,
        /// The next one comes this long after the time of the tests; this one was made a minute before it.
        next_update: Option<Duration>,
    }

    impl Answer<'_> {
        fn der(self, authority: &Authority) -> Vec<u8> {
            let issuer = issuer(authority, self.about);
            let certificate = Certificate::from_der(&self.about.der).unwrap();
            let time = |time| GeneralizedTime::from_unix_duration(time).unwrap();
            let single = Single {
                id: CertificateId {
                    hash: algorithm(SHA256),
                    issuer_name_hash: octets(&Sha256::digest(&issuer.name)),
                    issuer_key_hash: octets(&Sha256::digest(issuer.key.subject_public_key.as_bytes().unwrap())),
                    serial: certificate.tbs_certificate().serial_number().clone(),
                },
                status: self.status,
                this_update: time(NOW - MINUTE),
                next_update: self.next_update.map(|next| time(NOW + next)),
                extensions: None,
            };
            let data = ResponseData {
                version: None,
                // [2], the hash of the key of whoever signs.
                responder: Any::from_der(&[&[0xa2, 22, 4, 20][..], &[0; 20]].concat()).unwrap(),
                produced_at: time(NOW - MINUTE),
                responses: Vec::from([single]),
                extensions: None,
            };
            let data = data.to_der().unwrap();
            let basic = Basic {
                data: Any::from_der(&data).unwrap(),
                algorithm: algorithm(ECDSA_WITH_SHA256),
                signature: BitString::from_bytes(&self.signer.sign(&data).unwrap()).unwrap(),
                certificates: self
                    .responder
                    .map(|responder| Vec::from([Certificate::from_der(&responder.der).unwrap()])),
            };
            let bytes = ResponseBytes {
                kind: BASIC_RESPONSE,
                response: octets(&basic.to_der().unwrap()),
            };
            let response = Response {
                status: Status::Successful,
                bytes: Some(bytes),
            };
            response.to_der().unwrap()
        }
    }

    const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

    fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned { oid, parameters: None }
    }

    fn octets(octets: &[u8]) -> OctetString {
        OctetString::new(octets).unwrap()
    }

    fn now() -> UnixTime {
        UnixTime::since_unix_epoch(NOW)
    }

    fn issuer(authority: &Authority, certified: &Certified) -> Issuer {
        let algorithms = provider().signature_verification_algorithms.all;
        let anchors = authority.anchors();
        Issuer::find(
            &certified.der.as_slice().into(),
            &[],
            &anchors.roots.roots,
            now(),
            algorithms,
        )
        .unwrap()
    }

    fn verified(authority: &Authority, about: &Certified, staple: &[u8]) -> Result<(), CertificateError> {
        let algorithms = provider().signature_verification_algorithms.all;
        let issuer = issuer(authority, about);
        verify(staple, &issuer, &about.der.as_slice().into(), now(), algorithms)
    }

    /// An answer of the authority itself, good for an hour.
    fn usual<'a>(authority: &'a Authority, about: &'a Certified, status: CertificateStatus) -> Answer<'a> {
        Answer {
            status,
            about,
            signer: authority.key(),
            responder: None,
            next_update: Some(MINUTE * 60),
        }
    }

    const GOOD: CertificateStatus = CertificateStatus::Good(Null);

    fn revoked() -> CertificateStatus {
        CertificateStatus::Revoked(RevokedInfo {
            time: GeneralizedTime::from_unix_duration(NOW - MINUTE * 2).unwrap(),
            reason: None,
        })
    }

    #[test]
    fn the_authoritys_word_on_a_certificate_is_believed() {
        let authority = Authority::new("authority");
        let server = authority.issue(SERVER_NAME, |_| {});
        let said = |status| verified(&authority, &server, &usual(&authority, &server, status).der(&authority));
        assert_eq!(said(GOOD), Ok(()));
        assert_eq!(said(revoked()), Err(CertificateError::Revoked));
        let unknown = CertificateStatus::Unknown(Null);
        assert_eq!(said(unknown), Err(CertificateError::InvalidOcspResponse));
    }

    #[test]
    fn an_answer_of_somebody_else_or_about_something_else_or_an_old_one_is_none() {
        let authority = Authority::new("authority");
        let (server, other) = (
            authority.issue(SERVER_NAME, |_| {}),
            authority.issue(SERVER_NAME, |_| {}),
        );
        let key = KeyPair::generate().unwrap();
        let good = || usual(&authority, &server, GOOD);
        let forged = Answer { signer: &key, ..good() };
        let about_another = Answer {
            about: &other,
            ..good()
        };
        let outdated = Answer {
            next_update: Some(Duration::ZERO),
            ..good()
        };
        let outdated = outdated.der(&authority);
        for staple in [forged.der(&authority), about_another.der(&authority), Vec::new()] {
            let result = verified(&authority, &server, &staple);
            assert_eq!(result, Err(CertificateError::InvalidOcspResponse));
        }
        let later = UnixTime::since_unix_epoch(NOW + MINUTE);
        let result = verify(
            &outdated,
            &issuer(&authority, &server),
            &server.der.as_slice().into(),
            later,
            provider().signature_verification_algorithms.all,
        );
        assert_eq!(result, Err(CertificateError::InvalidOcspResponse));
    }

    #[test]
    fn a_responder_answers_only_if_the_authority_has_appointed_it() {
        let authority = Authority::new("authority");
        let server = authority.issue(SERVER_NAME, |_| {});
        let appointed = authority.issue("ocsp.example.org", |params| {
            params.extended_key_usages = Vec::from([ExtendedKeyUsagePurpose::OcspSigning]);
        });
        let other = authority.issue("ocsp.example.org", |_| {});
        for (responder, expected) in [
            (&appointed, Err(CertificateError::Revoked)),
            (&other, Err(CertificateError::InvalidOcspResponse)),
        ] {
            let key = KeyPair::from_pem(&responder.key).unwrap();
            let answer = Answer {
                signer: &key,
                responder: Some(responder),
                ..usual(&authority, &server, revoked())
            };
            assert_eq!(verified(&authority, &server, &answer.der(&authority)), expected);
        }
    }

    #[test]
    fn a_certificate_may_demand_an_answer() {
        let authority = Authority::new("authority");
        let with_features = |features: &[u8]| {
            let certified = authority.issue(SERVER_NAME, |params| {
                let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], features.to_vec());
                params.custom_extensions.push(extension);
            });
            is_demanded(&certified.der.as_slice().into())
        };
        assert!(with_features(&[0x30, 3, 2, 1, 5]));
        assert!(!with_features(&[0x30, 3, 2, 1, 17]));
        assert!(with_features(&[0xff]));
        assert!(!is_demanded(
            &authority.issue(SERVER_NAME, |_| {}).der.as_slice().into()
        ));
    }

    proptest! {
        #[test]
        fn a_damaged_answer_is_never_a_good_one(at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let authority = Authority::new("authority");
            let server = authority.issue(SERVER_NAME, |_| {});
            let mut staple = usual(&authority, &server, revoked()).der(&authority);
            let at = at.index(staple.len());
            staple[at] ^= 1 << bit;
            prop_assert!(verified(&authority, &server, &staple).is_err());
        }
    }
}
