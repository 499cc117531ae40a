//! Certificates made on the fly.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SignatureAlgorithm,
};

/// Who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    algorithm: &'static SignatureAlgorithm,
    /// Its certificate, in PEM.
    pub pem: String,
}

/// A certificate with its key, in PEM.
pub struct Certified {
    /// The certificate.
    pub certificate: String,
    /// The key, in PKCS#8.
    pub key: String,
}

impl Authority {
    /// An authority of this name, with keys of the usual curve, P-256.
    ///
    /// # Panics
    /// If the system gives no random numbers.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::with_keys(name, &PKCS_ECDSA_P256_SHA256)
    }

    /// An authority of this name; its key, and the keys of what it issues, are for this algorithm.
    ///
    /// # Panics
    /// If the system gives no random numbers.
    #[must_use]
    pub fn with_keys(name: &str, algorithm: &'static SignatureAlgorithm) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let (key, pem) = sign(algorithm, |key| params.self_signed(key));
        Self {
            issuer: Issuer::new(params, key),
            algorithm,
            pem,
        }
    }

    /// Its key, in PEM.
    #[must_use]
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for the DNS name, for servers as well as for clients, after a `change`.
    ///
    /// # Panics
    /// If this is no DNS name.
    #[must_use]
    pub fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let mut params = params(name);
        change(&mut params);
        let (key, certificate) = sign(self.algorithm, |key| params.signed_by(key, &self.issuer));
        Certified {
            certificate,
            key: key.serialize_pem(),
        }
    }
}

impl Certified {
    /// A certificate for the DNS name that nobody but itself vouches for.
    ///
    /// # Panics
    /// If this is no DNS name.
    #[must_use]
    pub fn self_signed(name: &str) -> Self {
        let (key, certificate) = sign(&PKCS_ECDSA_P256_SHA256, |key| params(name).self_signed(key));
        Self {
            certificate,
            key: key.serialize_pem(),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "a test that cannot make its certificates has nothing to say"
)]
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a DNS name");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A new key, and in PEM the certificate that `sign` makes of it.
#[expect(
    clippy::expect_used,
    reason = "a test that cannot make its certificates has nothing to say"
)]
fn sign(
    algorithm: &'static SignatureAlgorithm,
    sign: impl FnOnce(&KeyPair) -> Result<rcgen::Certificate, rcgen::Error>,
) -> (KeyPair, String) {
    let key = KeyPair::generate_for(algorithm).expect("random numbers");
    let certificate = sign(&key).expect("a key that can sign");
    (key, certificate.pem())
}
