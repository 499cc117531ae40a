use super::asn1::{ResponseBytes, RevokedInfo};
use super::*;
use crate::tls::provider;
use crate::tls::testing::{Authority, Certified, NOW, SERVER_NAME};
use core::time::Duration;
use der::asn1::{GeneralizedTime, Null, OctetString};
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

/// The authority's good word.
pub(in crate::tls) fn good_staple(authority: &Authority, about: &Certified) -> Vec<u8> {
    usual(authority, about, GOOD).der(authority)
}

/// The authority has revoked it.
pub(in crate::tls) fn revoked_staple(authority: &Authority, about: &Certified) -> Vec<u8> {
    usual(authority, about, revoked()).der(authority)
}

/// The good word of somebody else.
pub(in crate::tls) fn forged_staple(authority: &Authority, about: &Certified) -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    let forged = Answer {
        signer: &key,
        ..usual(authority, about, GOOD)
    };
    forged.der(authority)
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
    let good = || usual(&authority, &server, GOOD);
    let about_another = Answer {
        about: &other,
        ..good()
    };
    let outdated = Answer {
        next_update: Some(Duration::ZERO),
        ..good()
    };
    let outdated = outdated.der(&authority);
    for staple in [
        forged_staple(&authority, &server),
        about_another.der(&authority),
        Vec::new(),
    ] {
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
        is_demanded(&certified.der.as_slice().into()).unwrap()
    };
    assert!(with_features(&[0x30, 3, 2, 1, 5]));
    assert!(!with_features(&[0x30, 3, 2, 1, 17]));
    assert!(with_features(&[0xff]));
    let usual = authority.issue(SERVER_NAME, |_| {});
    assert_eq!(is_demanded(&usual.der.as_slice().into()), Ok(false));
    assert!(is_demanded(&usual.der[1..].into()).is_err());
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
