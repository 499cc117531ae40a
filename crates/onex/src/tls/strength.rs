//! How strong the cryptography of a connection must be.

use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, CipherSuite, Error, NamedGroup, OtherError, SignatureScheme};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::spki::ObjectIdentifier;

/// Which cryptography is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// All that is safe: ECDHE with an AEAD.
    #[default]
    Usual,
    /// That of Suite B with 128 bits (RFC 6460, clause 3): AES-GCM with ECDSA; P-256 or P-384 for the key exchange;
    /// certificates and handshakes signed by P-256 with SHA-256, or by P-384 with SHA-384.
    Bits128,
    /// That of the 192-bit mode of WPA3-Enterprise: AES-256-GCM with SHA-384; P-384 for the key exchange; certificates
    /// and handshakes signed with SHA-384, by P-384 or by RSA of at least 3072 bits.
    Bits192,
}

/// The least that a modulus of RSA may have, bits: shorter ones are not believed by what verifies signatures, which would
/// call them wrong.
const MODULUS: usize = 2048;
/// The same in the 192-bit mode.
const MODULUS_192: usize = 3072;

/// `rsaEncryption` (RFC 8017, appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// `id-ecPublicKey` and the curves `secp256r1` and `secp384r1` (RFC 5480, 2.1.1).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// The signatures of Suite B with 128 bits.
static ALGORITHMS_128: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[webpki::ring::ECDSA_P256_SHA256, webpki::ring::ECDSA_P384_SHA384],
    mapping: &[
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[webpki::ring::ECDSA_P384_SHA384],
        ),
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[webpki::ring::ECDSA_P256_SHA256],
        ),
    ],
};

/// The signatures of the 192-bit mode. Those of certificates demand the length of their issuer's key themselves; that of
/// a handshake by RSA-PSS does not: see [`Strength::verify_key`].
static ALGORITHMS_192: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        webpki::ring::ECDSA_P384_SHA384,
        webpki::ring::RSA_PKCS1_3072_8192_SHA384,
    ],
    mapping: &[
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[webpki::ring::ECDSA_P384_SHA384],
        ),
        (
            SignatureScheme::RSA_PSS_SHA384,
            &[webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA384,
            &[webpki::ring::RSA_PKCS1_3072_8192_SHA384],
        ),
    ],
};

impl Strength {
    /// What is left of the cryptography at hand.
    pub(crate) fn narrow(self, mut provider: CryptoProvider) -> CryptoProvider {
        let (suites, groups, signatures): (&[CipherSuite], &[NamedGroup], _) = match self {
            Self::Usual => return provider,
            Self::Bits128 => (
                &[
                    CipherSuite::TLS13_AES_128_GCM_SHA256,
                    CipherSuite::TLS13_AES_256_GCM_SHA384,
                    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                ],
                &[NamedGroup::secp256r1, NamedGroup::secp384r1],
                ALGORITHMS_128,
            ),
            Self::Bits192 => (
                &[
                    CipherSuite::TLS13_AES_256_GCM_SHA384,
                    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                ],
                &[NamedGroup::secp384r1],
                ALGORITHMS_192,
            ),
        };
        provider.cipher_suites.retain(|suite| suites.contains(&suite.suite()));
        provider.kx_groups.retain(|group| groups.contains(&group.name()));
        provider.signature_verification_algorithms = signatures;
        provider
    }

    /// Looks at the key of the server's own certificate, with which it signs its handshake.
    ///
    /// # Errors
    /// It is of RSA and too short, or not to be of RSA at all, or cannot be read.
    pub(super) fn verify_key(self, end_entity: &CertificateDer<'_>) -> Result<(), Error> {
        let certificate = Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let key = certificate.tbs_certificate().subject_public_key_info();
        if key.algorithm.oid != RSA {
            return Ok(());
        }
        match modulus_len(key.subject_public_key.raw_bytes()) {
            Some(bits) if self.allows_modulus(bits) => Ok(()),
            Some(_) => Err(CertificateError::Other(OtherError(Arc::new(WeakKey))).into()),
            None => Err(CertificateError::BadEncoding.into()),
        }
    }
}

impl Strength {
    const fn allows_modulus(self, bits: usize) -> bool {
        match self {
            Self::Usual => bits >= MODULUS,
            Self::Bits128 => false,
            Self::Bits192 => bits >= MODULUS_192,
        }
    }

    /// Whether a user may show a certificate with such a key.
    pub(super) fn allows(self, certificate: &CertificateDer<'_>) -> bool {
        let is_strong = || {
            let certificate = Certificate::from_der(certificate).ok()?;
            let key = certificate.tbs_certificate().subject_public_key_info();
            Some(match key.algorithm.oid {
                RSA => self.allows_modulus(modulus_len(key.subject_public_key.raw_bytes())?),
                EC => {
                    let curve: ObjectIdentifier = key.algorithm.parameters.as_ref()?.decode_as().ok()?;
                    curve == P384 || (curve == P256 && self == Self::Bits128)
                }
                _ => false,
            })
        };
        match self {
            Self::Usual => true,
            Self::Bits128 | Self::Bits192 => is_strong().unwrap_or(false),
        }
    }
}

/// The key of a server is weaker than what the network demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is too weak")]
pub(super) struct WeakKey;

/// The bits of the modulus of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn modulus_len(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let bits = reader.sequence(|reader| {
        let modulus = UintRef::decode(reader)?;
        UintRef::decode(reader)?;
        let octets = modulus.as_bytes();
        let unused = octets.first().map_or(0, |first| first.leading_zeros() as usize);
        Ok::<_, der::Error>(octets.len() * 8 - unused)
    });
    bits.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::{Decision, Method, MethodFailure};
    use crate::methods::tls::EapTls;
    use crate::server::tls::{Tls, TlsServer};
    use crate::testing::context;
    use crate::tls::testing::{Asking, Authority, SERVER_NAME};
    use crate::tls::{CertificateFault, Client, ClientCertificateFault, Fault, Fingerprint, Settings, Trust, Versions};
    use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PKCS_RSA_SHA384};

    /// What a method thinks of a server that it believes.
    const CONTENT: Decision = Decision::UnconditionalSuccess;

    /// The peer's side after a whole authentication.
    fn authenticate(client: &Arc<Client>, server: &Arc<TlsServer>) -> EapTls {
        let mut peer = EapTls::new(Arc::clone(client));
        let mut offer = Tls {
            server: Arc::clone(server),
        };
        context(|context| Asking::begin(context, &mut offer).run(context, &mut peer));
        peer
    }

    /// Keys of a server or of its authority.
    fn keys() -> [(&'static str, KeyPair); 5] {
        let rsa = |pem, algorithm| KeyPair::from_pem_and_sign_algo(pem, algorithm).unwrap();
        let (short, long) = (
            include_str!("testing/rsa-2048.pem"),
            include_str!("testing/rsa-3072.pem"),
        );
        [
            ("P-384", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()),
            ("RSA 3072", rsa(long, &PKCS_RSA_SHA384)),
            ("RSA 3072 with SHA-256", rsa(long, &PKCS_RSA_SHA256)),
            ("RSA 2048", rsa(short, &PKCS_RSA_SHA384)),
            ("P-256", KeyPair::generate().unwrap()),
        ]
    }

    #[test]
    fn the_192_bit_mode_believes_only_servers_and_authorities_that_are_as_strong() {
        for versions in [Versions::Tls12, Versions::Tls13] {
            for (of_authority, key) in keys() {
                let authority = Authority::with_key("authority", key);
                for (of_server, key) in keys() {
                    let certified = authority.issue_for(key, SERVER_NAME, |_| {});
                    let server = TlsServer::new(certified.server(), None, versions).unwrap();
                    let usual = authority.client(|_| {});
                    assert_eq!(authenticate(&usual, &server).decision(), CONTENT);
                    let strong = usual.strengthened(Strength::Bits192).unwrap();
                    let decision = authenticate(&strong, &server).decision();
                    // With what hash an RSA key has signed something else makes no difference.
                    let is_strong =
                        matches!(of_authority, "P-384" | "RSA 3072") && !matches!(of_server, "RSA 2048" | "P-256");
                    assert_eq!(
                        decision == CONTENT,
                        is_strong,
                        "{versions:?}: {of_server}, by {of_authority}: {decision:?}"
                    );
                }
            }
        }
    }

    /// Whether keys are those of Suite B with 128 bits.
    fn is_of_suite_b(keys: &str) -> bool {
        matches!(keys, "P-256" | "P-384")
    }

    #[test]
    fn suite_b_believes_only_servers_and_authorities_with_ecdsa() {
        for versions in [Versions::Tls12, Versions::Tls13] {
            for (of_authority, key) in keys() {
                let authority = Authority::with_key("authority", key);
                for (of_server, key) in keys() {
                    let certified = authority.issue_for(key, SERVER_NAME, |_| {});
                    let server = TlsServer::new(certified.server(), None, versions).unwrap();
                    let client = authority.client(|_| {}).strengthened(Strength::Bits128).unwrap();
                    let decision = authenticate(&client, &server).decision();
                    assert_eq!(
                        decision == CONTENT,
                        is_of_suite_b(of_authority) && is_of_suite_b(of_server),
                        "{versions:?}: {of_server}, by {of_authority}: {decision:?}"
                    );
                    if decision == CONTENT {
                        let suite = client.agreed().unwrap().suite;
                        assert!(
                            suite.contains("AES_128_GCM") || suite.contains("AES_256_GCM"),
                            "{suite}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn suite_b_shows_no_certificate_of_the_user_of_another_kind_and_no_pin_makes_up_for_one_of_the_server() {
        let authority = Authority::new("authority");
        let certified = authority.issue(SERVER_NAME, |_| {});
        let server = TlsServer::new(certified.server(), Some(&authority.anchors()), Versions::Both).unwrap();
        for (name, key) in keys() {
            let other = authority.issue_for(key, SERVER_NAME, |_| {});
            let client = authority.client(|settings| {
                settings.identity = Some(other.client());
                settings.strength = Strength::Bits128;
            });
            let peer = authenticate(&client, &server);
            let pinned = TlsServer::new(other.server(), None, Versions::Both).unwrap();
            let mut settings = Settings::new(Trust::Pinned(alloc::vec![Fingerprint::of(&other.der)]));
            settings.strength = Strength::Bits128;
            let to_pinned = authenticate(&Client::new(settings).unwrap(), &pinned).decision();
            if is_of_suite_b(name) {
                assert_eq!(
                    (peer.decision(), to_pinned),
                    (CONTENT, CONTENT),
                    "{name}: {:?}",
                    peer.failure()
                );
            } else {
                let weak = Fault::from(ClientCertificateFault::TooWeak);
                assert_eq!(
                    (peer.failure(), to_pinned),
                    (Some(weak.into()), Decision::Fail),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn the_192_bit_mode_shows_no_certificate_of_the_user_that_is_weaker() {
        let authority = Authority::with_key("authority", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap());
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let certified = authority.issue_for(key, SERVER_NAME, |_| {});
        let server = TlsServer::new(certified.server(), Some(&authority.anchors()), Versions::Both).unwrap();
        for (of_user, key) in keys() {
            let user = authority.issue_for(key, "user", |_| {});
            let usual = authority.client(|settings| settings.identity = Some(user.client()));
            assert_eq!(authenticate(&usual, &server).decision(), CONTENT);
            let strong = authenticate(&usual.strengthened(Strength::Bits192).unwrap(), &server);
            if matches!(of_user, "RSA 2048" | "P-256") {
                let weak = Fault::from(ClientCertificateFault::TooWeak);
                assert_eq!(strong.failure(), Some(weak.into()), "{of_user}");
            } else {
                assert_eq!(strong.decision(), CONTENT, "{of_user}: {:?}", strong.failure());
            }
        }
    }

    #[test]
    fn the_192_bit_mode_refuses_a_short_key_also_where_the_certificate_is_pinned() {
        let authority = Authority::with_key("authority", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap());
        for (of_server, key) in keys() {
            let certified = authority.issue_for(key, SERVER_NAME, |_| {});
            let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
            let mut settings = Settings::new(Trust::Pinned(alloc::vec![Fingerprint::of(&certified.der)]));
            settings.strength = Strength::Bits192;
            let decision = authenticate(&Client::new(settings).unwrap(), &server).decision();
            let is_short = matches!(of_server, "RSA 2048" | "P-256");
            assert_eq!(decision == Decision::Fail, is_short, "{of_server}");
        }
        let [.., (_, short), _] = keys();
        let certified = authority.issue_for(short, SERVER_NAME, |_| {});
        let server = TlsServer::new(certified.server(), None, Versions::Both).unwrap();
        let strong = authority.client(|settings| settings.strength = Strength::Bits192);
        let weak = MethodFailure::Tls(Fault::Certificate(CertificateFault::WeakSignature));
        assert_eq!(authenticate(&strong, &server).failure(), Some(weak));
    }
}
