//! What a user of the host wants: a network, and how to prove oneself to it.

use frame::MacAddress;
use ihv::{BssType, ConnectivityProfile, ProfileParameters, SecurityProfile};

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
