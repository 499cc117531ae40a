//! What a user of the host wants: a network, and how to prove oneself to it.

use core::{fmt, ptr};
use frame::{Akm, MacAddress};
use ihv::{BssType, ConnectivityProfile, ProfileParameters, SecurityProfile};
use keys::AkmSuite;
use onex::pae::Settings;
use onex::tls::Strength;
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

type Make = Arc<dyn Fn(Strength) -> onex::eap::Profile + Send + Sync>;

/// How the user proves themself by 802.1X: what makes the EAP profile of their associations.
#[derive(Clone)]
pub struct OneXProfile {
    make: Make,
    user: Option<Arc<[u8]>>,
    settings: Settings,
}

impl OneXProfile {
    /// `make` is called with the strength that the AKM of an association demands of TLS. What it makes serves one
    /// association after another, with what was learnt of the user in the last one, until that demand changes or the
    /// adapter connects with another profile (a clone is the same one). What several are to share, such as sessions of
    /// TLS to be resumed, `make` keeps.
    pub fn new(make: impl Fn(Strength) -> onex::eap::Profile + Send + Sync + 'static) -> Self {
        Self {
            make: Arc::new(make),
            user: None,
            settings: Settings::default(),
        }
    }

    /// Says who the user is, so that a key that the authentication leaves may be remembered: for this user with these
    /// credentials, and for no other. `name` is whatever tells users apart; of `secret` no more than 16 bits are kept.
    #[must_use]
    pub fn with_user(mut self, name: &[u8], secret: &[u8]) -> Self {
        let mut check = [0; 2];
        keys::derive::kdf_sha256(name, b"secret", &[secret], &mut check);
        self.user = Some([name, &check].concat().into());
        self
    }

    pub(crate) fn user(&self) -> Option<Vec<u8>> {
        self.user.as_deref().map(<[u8]>::to_vec)
    }

    /// Changes the times of the port access entity.
    #[must_use]
    pub const fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// A supplicant for an association with this AKM.
    pub(crate) fn supplicant(&self, akm: Option<Akm>) -> Agent {
        let strength = strength(akm);
        Agent {
            make: Arc::clone(&self.make),
            strength,
            supplicant: onex::Supplicant::new((self.make)(strength), self.settings),
        }
    }
}

/// A supplicant, and what it was made of.
pub(crate) struct Agent {
    make: Make,
    strength: Strength,
    pub supplicant: onex::Supplicant,
}

impl Agent {
    /// Whether it is that of this profile, for an association with this AKM.
    pub(crate) fn is_of(&self, profile: &OneXProfile, akm: Option<Akm>) -> bool {
        ptr::addr_eq(Arc::as_ptr(&self.make), Arc::as_ptr(&profile.make)) && self.strength == strength(akm)
    }
}

/// What an AKM demands of TLS: a method of Suite B, or one of its successor (IEEE 802.11-2020, Table 9-151). Those with a
/// PMK of 384 bits are of the 192-bit mode of WPA3-Enterprise, which is as weak as the weakest of its parts (12.7.1.3).
fn strength(akm: Option<Akm>) -> Strength {
    const PMK: usize = 48;
    match akm.and_then(AkmSuite::of) {
        Some(suite) if suite.akm == Akm::EAP_SUITE_B => Strength::Bits128,
        Some(suite) if suite.pmk_len == PMK => Strength::Bits192,
        _ => Strength::Usual,
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
