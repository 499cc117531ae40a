//! The client's own certificate and key, from PEM or PKCS#12.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::str;

use der::SecretDocument;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use zeroize::Zeroizing;

use crate::method::Secret;

/// A chain of certificates with the private key of the first. No `Debug`: it holds a key.
#[derive(Clone)]
pub struct ClientIdentity {
    pub(super) key: Arc<SingleCertAndKey>,
    /// The first of the chain.
    pub(super) certificate: CertificateDer<'static>,
}

impl ClientIdentity {
    /// From PEM text: the certificate with those of the authorities between it and a root, and the key (PKCS#8, PKCS#1
    /// or SEC 1). `passphrase` opens an encrypted PKCS#8 key.
    ///
    /// # Errors
    /// An [`IdentityError`] that says which of them is wrong.
    pub fn from_pem(certificates: &[u8], key: &[u8], passphrase: Option<&Secret>) -> Result<Self, IdentityError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| IdentityError::Certificate)?;
        match encrypted_key(key) {
            Some(encrypted) => {
                let key = decrypt(encrypted, passphrase.ok_or(IdentityError::PassphraseNeeded)?)?;
                Self::new(chain, &PrivatePkcs8KeyDer::from(key.as_bytes()).into())
            }
            None => {
                let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| IdentityError::Key)?;
                Self::new(chain, &Zeroizing::new(key))
            }
        }
    }

    /// From a PKCS#12 file (`.p12`, `.pfx`), with the passphrase that encrypts it; an empty one where it has none.
    ///
    /// # Errors
    /// [`IdentityError::Pkcs12`] if the passphrase does not open it; [`IdentityError::Key`] if there is no key in it.
    pub fn from_pkcs12(file: &[u8], passphrase: &Secret) -> Result<Self, IdentityError> {
        let passphrase = str::from_utf8(passphrase.as_bytes()).map_err(|_| IdentityError::Pkcs12)?;
        let store =
            KeyStore::from_pkcs12(file, passphrase, Pkcs12ImportPolicy::Relaxed).map_err(|_| IdentityError::Pkcs12)?;
        let (_, entry) = store.private_key_chain().ok_or(IdentityError::Key)?;
        let chain = entry
            .certs()
            .iter()
            .map(|certificate| CertificateDer::from(certificate.as_der().to_vec()))
            .collect();
        Self::new(chain, &PrivatePkcs8KeyDer::from(entry.key().as_der()).into())
    }

    /// `key` is only read: whoever lends it wipes it.
    fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<Self, IdentityError> {
        let certificate = chain.first().cloned().ok_or(IdentityError::Certificate)?;
        let key = any_supported_type(key).map_err(|_| IdentityError::Key)?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Self {
                key: Arc::new(SingleCertAndKey::from(certified)),
                certificate,
            }),
            Err(Error::InconsistentKeys(_)) => Err(IdentityError::Mismatch),
            Err(_) => Err(IdentityError::Certificate),
        }
    }
}

const BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";

/// The section of an encrypted key, which rustls does not know.
fn encrypted_key(pem: &[u8]) -> Option<&str> {
    let pem = str::from_utf8(pem).ok()?;
    let (_, section) = pem.split_at_checked(pem.find(BEGIN)?)?;
    let (section, _) = section.split_at_checked(section.find(END)? + END.len())?;
    Some(section)
}

/// The key, in a document that wipes itself.
fn decrypt(section: &str, passphrase: &Secret) -> Result<SecretDocument, IdentityError> {
    let (_, document) = SecretDocument::from_pem(section).map_err(|_| IdentityError::Key)?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| IdentityError::Key)?;
    encrypted
        .decrypt(passphrase.as_bytes())
        .map_err(|_| IdentityError::Passphrase)
}

/// What is wrong with a client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No certificate.
    #[error("there is no readable PEM certificate of the client")]
    Certificate,
    /// No key.
    #[error("there is no readable private key of the client, or it is of a kind that TLS does not use")]
    Key,
    /// The key is encrypted.
    #[error("the private key of the client is encrypted: a passphrase is needed")]
    PassphraseNeeded,
    /// The passphrase is wrong.
    #[error("the passphrase does not open the private key of the client")]
    Passphrase,
    /// The file cannot be opened.
    #[error("the PKCS#12 file is damaged, or the passphrase does not open it")]
    Pkcs12,
    /// The two do not belong together.
    #[error("the private key does not belong to the client certificate")]
    Mismatch,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use p12_keystore::{Certificate, KeyStoreEntry, PrivateKey, PrivateKeyChain};

    fn certified() -> rcgen::CertifiedKey<rcgen::KeyPair> {
        rcgen::generate_simple_self_signed([String::from("user.example.org")]).unwrap()
    }

    #[test]
    fn a_key_that_belongs_to_another_certificate_is_refused() {
        let (one, other) = (certified(), certified());
        let pem = one.cert.pem();
        let result = ClientIdentity::from_pem(pem.as_bytes(), other.signing_key.serialize_pem().as_bytes(), None);
        assert_eq!(result.err(), Some(IdentityError::Mismatch));
        assert!(ClientIdentity::from_pem(pem.as_bytes(), one.signing_key.serialize_pem().as_bytes(), None).is_ok());
    }

    #[test]
    fn an_encrypted_pkcs12_file_opens_with_its_passphrase_only() {
        let certified = certified();
        let mut store = KeyStore::new();
        store.add_entry(
            "user",
            KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(
                alloc::vec![1],
                PrivateKey::from_der(&certified.signing_key.serialize_der()).unwrap(),
                [Certificate::from_der(certified.cert.der()).unwrap()],
            )),
        );
        let file = store.writer("correct horse").write().unwrap();
        assert!(ClientIdentity::from_pkcs12(&file, &Secret::from("correct horse")).is_ok());
        assert_eq!(
            ClientIdentity::from_pkcs12(&file, &Secret::from("battery staple")).err(),
            Some(IdentityError::Pkcs12)
        );
    }

    #[test]
    fn an_encrypted_pem_key_wants_its_passphrase() {
        let certified = certified();
        let encrypted = pkcs8::PrivateKeyInfoRef::try_from(certified.signing_key.serialized_der())
            .unwrap()
            .encrypt_with_params(
                pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1_000, &[7; 16], [9; 16]).unwrap(),
                "correct horse",
            )
            .unwrap();
        let key = encrypted
            .to_pem("ENCRYPTED PRIVATE KEY", der::pem::LineEnding::LF)
            .unwrap();
        let open = |passphrase: Option<&str>| {
            let passphrase = passphrase.map(Secret::from);
            ClientIdentity::from_pem(certified.cert.pem().as_bytes(), key.as_bytes(), passphrase.as_ref()).err()
        };
        assert_eq!(open(Some("correct horse")), None);
        assert_eq!(open(Some("battery staple")), Some(IdentityError::Passphrase));
        assert_eq!(open(None), Some(IdentityError::PassphraseNeeded));
    }
}
