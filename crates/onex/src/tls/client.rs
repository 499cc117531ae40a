//! What a profile says about TLS, and the connections that come of it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use std::sync::{Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::pki_types::{DnsName, ServerName};
use rustls::{ClientConfig, ClientConnection, SupportedProtocolVersion};

use super::fault::{ClientCertificateFault, Fault};
use super::fragment::DEFAULT_FRAGMENT_LEN;
use super::identity::ClientIdentity;
use super::provider;
use super::sessions::{Sessions, Staged};
use super::strength::Strength;
use super::trust::{Policy, Trust};
use super::tunnel::{Clock, Tunnel};
use super::verifier::Verifier;
use crate::method::ServerCertificate;

/// What a profile says about TLS.
pub struct Settings {
    /// By what the server is believed.
    pub trust: Trust,
    /// Whether the server must staple its authority's word that the certificate has not been revoked (OCSP). Where it
    /// need not, it is refused for a bad word only.
    pub requires_staple: bool,
    /// Our own certificate; EAP-TLS needs one, the tunnelled methods rarely.
    pub identity: Option<ClientIdentity>,
    /// The versions that may be spoken.
    pub versions: Versions,
    /// How strong the cryptography must be.
    pub strength: Strength,
    /// Octets of TLS in one EAP packet.
    pub fragment_len: usize,
}

impl Settings {
    /// The usual: TLS 1.2 and 1.3, no client certificate.
    #[must_use]
    pub const fn new(trust: Trust) -> Self {
        Self {
            trust,
            requires_staple: false,
            identity: None,
            versions: Versions::Both,
            strength: Strength::Usual,
            fragment_len: DEFAULT_FRAGMENT_LEN,
        }
    }
}

/// The versions of TLS that a profile allows. Older ones than 1.2 are never spoken (RFC 8996).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// Only 1.2, for servers whose 1.3 is of a draft.
    Tls12,
    /// Only 1.3.
    Tls13,
}

impl Versions {
    pub(crate) fn supported(self) -> &'static [&'static SupportedProtocolVersion] {
        static TLS12: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS12];
        static TLS13: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];
        match self {
            Self::Both => rustls::ALL_VERSIONS,
            Self::Tls12 => &TLS12,
            Self::Tls13 => &TLS13,
        }
    }
}

/// The client side of a profile: makes the connections, and remembers the sessions that they may resume.
pub struct Client {
    policy: Arc<Policy>,
    identity: Option<ClientIdentity>,
    config: ClientConfig,
    sessions: Arc<Sessions>,
    versions: Versions,
    strength: Strength,
    fragment_len: usize,
    /// What the last handshake came to.
    agreed: Mutex<Option<Agreed>>,
    /// One for all connections: rustls resumes a session only under the verifier that it was made under.
    verifier: Arc<Verifier>,
}

/// What the two sides of a handshake have agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The version of TLS: `1.2` or `1.3`.
    pub version: &'static str,
    /// The cipher suite by its name in the registry of IANA.
    pub suite: &'static str,
    /// The session is that of an earlier authentication.
    pub resumed: bool,
}

/// A connection with what belongs to it alone.
pub(super) struct Connection {
    pub(super) tunnel: Tunnel,
    pub(super) sessions: Arc<Staged>,
    pub(super) verifier: Arc<Verifier>,
}

impl Client {
    /// Prepares the connections of a profile.
    ///
    /// # Errors
    /// [`SettingsError`] if no cipher suite is left for the versions.
    pub fn new(settings: Settings) -> Result<Arc<Self>, SettingsError> {
        let policy = Policy {
            trust: settings.trust,
            requires_staple: settings.requires_staple,
        };
        Self::prepare(
            Arc::new(policy),
            settings.identity,
            settings.versions,
            settings.strength,
            settings.fragment_len,
        )
    }

    /// A client of the same profile whose cryptography is at least as strong as this. It shares no sessions.
    ///
    /// # Errors
    /// [`SettingsError`] if no cipher suite is left for the versions.
    pub fn strengthened(&self, strength: Strength) -> Result<Arc<Self>, SettingsError> {
        let strength = strength.max(self.strength);
        let policy = Arc::clone(&self.policy);
        Self::prepare(
            policy,
            self.identity.clone(),
            self.versions,
            strength,
            self.fragment_len,
        )
    }

    fn prepare(
        policy: Arc<Policy>,
        identity: Option<ClientIdentity>,
        versions: Versions,
        strength: Strength,
        fragment_len: usize,
    ) -> Result<Arc<Self>, SettingsError> {
        let provider = Arc::new(strength.narrow(provider()));
        let algorithms = provider.signature_verification_algorithms;
        let verifier = Arc::new(Verifier::new(Arc::clone(&policy), strength, algorithms));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions.supported())
            .map_err(|_| SettingsError)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _);
        let mut config = match &identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::clone(&identity.key) as _),
            None => builder.with_no_client_auth(),
        };
        // An authentication server has no name that a peer could ask for (RFC 9190, 2.2).
        config.enable_sni = false;
        // Without it, keys of TLS 1.2 can be those of two connections, and what binds a method to its tunnel does not
        // (RFC 7627, 1).
        config.require_ems = true;
        Ok(Arc::new(Self {
            policy,
            identity,
            config,
            sessions: Arc::new(Sessions::new()),
            versions,
            strength,
            fragment_len,
            agreed: Mutex::default(),
            verifier,
        }))
    }

    /// A client of the same profile that remembers no session.
    #[must_use]
    pub fn anew(&self) -> Arc<Self> {
        let verifier = Arc::new(self.verifier.anew());
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(Arc::clone(&verifier) as _);
        Arc::new(Self {
            policy: Arc::clone(&self.policy),
            identity: self.identity.clone(),
            config,
            sessions: Arc::new(Sessions::new()),
            versions: self.versions,
            strength: self.strength,
            fragment_len: self.fragment_len,
            agreed: Mutex::default(),
            verifier,
        })
    }

    /// Whether there is a certificate for the server.
    pub(super) const fn has_identity(&self) -> bool {
        self.identity.is_some()
    }

    /// The certificates that the last server showed, its own first; whether it was believed or not. None before the
    /// first, and none of those that cannot be understood.
    #[must_use]
    pub fn seen(&self) -> Vec<ServerCertificate> {
        self.verifier.seen()
    }

    /// What the last connection and its server have agreed upon; `None` before the end of its handshake.
    #[must_use]
    pub fn agreed(&self) -> Option<Agreed> {
        *self.agreed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, agreed: Option<Agreed>) {
        *self.agreed.lock().unwrap_or_else(PoisonError::into_inner) = agreed;
    }

    /// Whether there is a session that the next connection would resume.
    #[cfg(test)]
    pub(crate) fn remembers_a_session(&self) -> bool {
        self.sessions.has_one_for(&session_name().unwrap())
    }

    /// Begins a connection. Where a person is asked, it has a verifier of its own, and resumes nothing.
    ///
    /// # Errors
    /// [`ClientCertificateFault::TooWeak`]: nothing is said to the server then.
    pub(super) fn connect(&self, now: Duration) -> Result<Connection, Fault> {
        if let Some(identity) = &self.identity
            && !self.strength.allows(&identity.certificate)
        {
            return Err(ClientCertificateFault::TooWeak.into());
        }
        self.note(None);
        let clock = Arc::new(Clock::new(now));
        let sessions = Arc::new(Staged::new(Arc::clone(&self.sessions)));
        let mut config = self.config.clone();
        config.resumption = Resumption::store(Arc::clone(&sessions) as _);
        config.time_provider = Arc::clone(&clock) as _;
        let verifier = match self.policy.trust {
            Trust::AskUser => {
                let verifier = Arc::new(self.verifier.sharing_what_is_seen());
                config.dangerous().set_certificate_verifier(Arc::clone(&verifier) as _);
                verifier
            }
            _ => Arc::clone(&self.verifier),
        };
        let connection = ClientConnection::new(Arc::new(config), session_name()?)?;
        Ok(Connection {
            tunnel: Tunnel::new(connection.into(), clock, self.fragment_len),
            sessions,
            verifier,
        })
    }
}

/// The name under which sessions are remembered. It is never sent, and no certificate is compared with it.
fn session_name() -> Result<ServerName<'static>, rustls::Error> {
    DnsName::try_from("eap.invalid")
        .map(ServerName::DnsName)
        .map_err(|_| rustls::Error::General("session name".into()))
}

/// The versions and the strength of a profile exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no cipher suite is left for the TLS versions of the profile")]
pub struct SettingsError;
