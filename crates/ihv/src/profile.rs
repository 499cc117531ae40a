//! Profiles: what the user wants, and the networks that could be it.

use core::fmt;
use frame::MacAddress;
use frame::element;
use zeroize::Zeroizing;

/// The connectivity fragment of a profile, XML (`DOT11EXT_IHV_CONNECTIVITY_PROFILE`).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConnectivityProfile {
    /// Untrusted text: whoever can write a profile wrote it (R09).
    pub xml: String,
}

/// The security fragment of a profile, XML (`DOT11EXT_IHV_SECURITY_PROFILE`). It may hold secrets: it
/// is wiped when dropped, its `Debug` shows its length only, and it has no `==`, which would take a time
/// that tells where two differ.
#[derive(Clone, Default)]
pub struct SecurityProfile {
    /// Untrusted text: whoever can write a profile wrote it (R09).
    pub xml: Zeroizing<String>,
    /// The host's 802.1X module is to authenticate the user.
    pub use_onex: bool,
}

impl fmt::Debug for SecurityProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityProfile")
            .field("xml", &format_args!("{} octets", self.xml.len()))
            .field("use_onex", &self.use_onex)
            .finish()
    }
}

/// What kind of network (`DOT11_BSS_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BssType {
    /// With an access point.
    Infrastructure,
    /// Without one.
    Independent,
}

/// The part of a profile that is the same for every extension (`DOT11EXT_IHV_PROFILE_PARAMS`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileParameters {
    /// The networks' names, 0 to 32 octets each.
    pub ssids: Vec<Vec<u8>>,
    /// The kind of network.
    pub bss_type: BssType,
}

/// A network as it was seen on the air (an entry of `DOT11_BSS_LIST`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BssEntry {
    /// The access point's address.
    pub bssid: MacAddress,
    /// The channel's centre frequency, MHz.
    pub frequency: u16,
    /// Signal strength, dBm.
    pub rssi: i16,
    /// The Beacon's or Probe Response's body: timestamp (8 octets), beacon interval (2), capability
    /// information (2), elements (IEEE 802.11-2020, 9.3.3.2).
    pub beacon: Box<[u8]>,
}

impl BssEntry {
    /// The octets of the elements after the 12 octets of fixed fields; empty if the body is shorter.
    #[must_use]
    pub fn elements(&self) -> &[u8] {
        self.beacon.get(12..).unwrap_or_default()
    }

    /// The network's name, 0 to 32 octets, if the body tells it; a hidden network's is empty or has zeros only.
    #[must_use]
    pub fn ssid(&self) -> Option<&[u8]> {
        self.element(element::id::SSID)?.get(2..)
    }

    /// The first element with this number, whole (number, length, body), if the body holds one.
    #[must_use]
    pub fn element(&self, id: u8) -> Option<&[u8]> {
        element::find(self.elements(), id).ok()?.map(|found| found.bytes())
    }
}

/// A profile that an extension proposes for a network that has none (`DOT11EXT_IHV_DISCOVERY_PROFILE`).
#[derive(Clone, Debug)]
pub struct DiscoveryProfile {
    /// How to connect.
    pub connectivity: ConnectivityProfile,
    /// How to authenticate.
    pub security: SecurityProfile,
}
