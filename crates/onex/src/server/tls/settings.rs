//! What all connections of a server have in common.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, ServerConnection};
use zeroize::Zeroizing;

use super::sessions::Staged;
use crate::tls::{Anchors, Clock, DEFAULT_FRAGMENT_LEN, Fault, Tunnel, Versions, provider};

/// Sessions that a server remembers for resumption.
const REMEMBERED: usize = 256;

/// The server's certificate and key.
pub struct ServerIdentity(CertifiedKey);

impl ServerIdentity {
    /// From PEM text: the certificate with its chain, and the key.
    ///
    /// # Errors
    /// [`TlsServerError`] if one cannot be read, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsServerError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsServerError)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsServerError)?;
        CertifiedKey::from_der(chain, key, &provider())
            .map(Self)
            .map_err(|_| TlsServerError)
    }

    /// Staples this answer of the authority to the certificate (OCSP, in DER).
    #[must_use]
    pub fn with_staple(mut self, staple: Vec<u8>) -> Self {
        self.0.ocsp = Some(staple);
        self
    }
}

/// Changes what a server is about to say inside a tunnel, often nothing.
pub type Meddler = dyn Fn(&mut Vec<u8>) + Send + Sync;

/// What all connections of a server have in common.
#[derive(Clone)]
pub struct TlsServer {
    config: ServerConfig,
    fragment_len: usize,
    certificates_inside: Option<Arc<Self>>,
    meddler: Option<Arc<Meddler>>,
}

impl TlsServer {
    /// A server with this identity, that asks for certificates from `clients` if there are such.
    ///
    /// # Errors
    /// [`TlsServerError`] if the authorities are none.
    pub fn new(
        identity: ServerIdentity,
        clients: Option<&Anchors>,
        versions: Versions,
    ) -> Result<Arc<Self>, TlsServerError> {
        let provider = Arc::new(provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions.supported())
            .map_err(|_| TlsServerError)?;
        let builder = match clients {
            Some(anchors) => {
                let roots = Arc::new(anchors.roots.clone());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider)
                    .build()
                    .map_err(|_| TlsServerError)?;
                builder.with_client_cert_verifier(verifier)
            }
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.0)));
        config.session_storage = ServerSessionMemoryCache::new(REMEMBERED);
        Ok(Arc::new(Self {
            config,
            fragment_len: DEFAULT_FRAGMENT_LEN,
            certificates_inside: None,
            meddler: None,
        }))
    }

    /// The same server, which lets users prove themselves inside its tunnels by EAP-TLS too: with the certificate of
    /// `inside`, to its authorities.
    #[must_use]
    pub fn with_certificates_inside(&self, inside: Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            certificates_inside: Some(inside),
            ..self.clone()
        })
    }

    /// The same server with somebody between it and its tunnels, where nobody from outside can be: to try how a peer
    /// takes what a server should not say.
    #[must_use]
    pub fn with_meddler(&self, meddler: Arc<Meddler>) -> Arc<Self> {
        Arc::new(Self {
            meddler: Some(meddler),
            ..self.clone()
        })
    }

    /// The server of EAP-TLS inside the tunnels.
    pub(in crate::server) const fn certificates_inside(&self) -> Option<&Arc<Self>> {
        self.certificates_inside.as_ref()
    }

    /// What is said inside a tunnel in place of `plaintext`.
    pub(super) fn meddle(&self, plaintext: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut plaintext = Zeroizing::new(plaintext.to_vec());
        if let Some(meddler) = &self.meddler {
            meddler(&mut plaintext);
        }
        plaintext
    }

    /// A connection that begins at the time `now` since 1970.
    pub(super) fn accept(&self, now: Duration) -> Result<(Tunnel, Arc<Staged>), Fault> {
        let clock = Arc::new(Clock::new(now));
        let sessions = Arc::new(Staged::new(Arc::clone(&self.config.session_storage)));
        let mut config = self.config.clone();
        config.time_provider = Arc::clone(&clock) as _;
        config.session_storage = Arc::clone(&sessions) as _;
        let connection = ServerConnection::new(Arc::new(config))?;
        Ok((Tunnel::new(connection.into(), clock, self.fragment_len), sessions))
    }
}

/// A server's TLS configuration cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's certificate, key or authorities cannot be read, or do not belong together")]
pub struct TlsServerError;
