//! What a user of the host wants: a network, and how to prove oneself to it.

use core::fmt;
use frame::MacAddress;
use ihv::{BssType, ConnectivityProfile, ProfileParameters, SecurityProfile};
use onex::pae::Settings;
use std::sync::Arc;

/// A network profile.
#[derive(Clone, Debug)]
pub struct NetworkProfile {
    /// The network's name, 0 to 32 octets.
    pub ssid: Vec<u8>,
    /// This access point and no other, if named.
    pub bssid: Option<MacAddress>,
    /// The extension's connectivity fragment.
    pub connectivity: ConnectivityProfile,
    /// The extension's security fragment, with the secret.
    pub security: SecurityProfile,
    /// How the user proves themself by 802.1X. It is the host's alone: the extension does not see it.
    pub onex: Option<OneXProfile>,
}

/// How the user proves themself by 802.1X: what makes the EAP profile of each association.
#[derive(Clone)]
pub struct OneXProfile {
    make: Arc<dyn Fn() -> onex::eap::Profile + Send + Sync>,
    settings: Settings,
}

impl OneXProfile {
    /// `make` is called once for each association. What its profiles are to share, such as sessions of TLS to be
    /// resumed, it keeps.
    pub fn new(make: impl Fn() -> onex::eap::Profile + Send + Sync + 'static) -> Self {
        Self {
            make: Arc::new(make),
            settings: Settings::default(),
        }
    }

    /// Changes the times of the port access entity.
    #[must_use]
    pub const fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    pub(crate) fn supplicant(&self) -> onex::Supplicant {
        onex::Supplicant::new((self.make)(), self.settings)
    }
}

/// Shows no credentials.
impl fmt::Debug for OneXProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneXProfile").finish_non_exhaustive()
    }
}

impl NetworkProfile {
    pub(crate) fn parameters(&self) -> ProfileParameters {
        ProfileParameters {
            ssids: vec![self.ssid.clone()],
            bss_type: BssType::Infrastructure,
        }
    }
}

/// Limits of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many octets of buffers one extension may hold.
    pub buffer_limit: u64,
    /// How many packets may wait for an extension that never named a backlog.
    pub default_backlog: u32,
    /// Whether events are made at all: a host that nobody watches saves the work.
    pub events: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            buffer_limit: 1 << 20,
            default_backlog: 8,
            events: true,
        }
    }
}
