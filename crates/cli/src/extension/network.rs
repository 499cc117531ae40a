//! The networks of `portcullis extension check`.

use adapter::simulated::{AccessPointConfig, challenge};
use checker::{Enterprise, Network};
use clap::ValueEnum;
use extension::profile::{Secret, SecurityFragment};
use frame::MacAddress;
use host::NetworkProfile;
use ihv::{ConnectivityProfile, SecurityProfile};
use keys::Psk;
use zeroize::Zeroizing;

const SSID: &[u8] = b"portcullis";
const BSSID: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const PSK: [u8; 32] = *b"what both of them know already..";

/// The secret of networks with the sample algorithm.
pub(crate) const CHALLENGE_SECRET: [u8; 16] = *b"open sesame, do!";

/// The samples' profile of such a network.
pub(crate) fn challenge_profile() -> SecurityProfile {
    let digits: String = CHALLENGE_SECRET.iter().map(|octet| format!("{octet:02x}")).collect();
    SecurityProfile {
        xml: Zeroizing::new(format!(r#"<challenge secret="{digits}"/>"#)),
        use_onex: false,
    }
}

/// A simulated network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NetworkName {
    /// WPA2 with a pre-shared key, and the built-in extension's profile.
    Wpa2Psk,
    /// Without any security.
    Open,
    /// The sample algorithm (samples/challenge), and the samples' profile.
    Challenge,
}

impl NetworkName {
    /// The network, and the profile that joins it: `fragment`, or the usual one.
    pub(super) fn network(self, fragment: Option<String>) -> Network {
        let usual = match self {
            Self::Wpa2Psk => SecurityFragment::new(Secret::Psk(Psk::new(PSK))).to_profile(),
            Self::Open => SecurityProfile::default(),
            Self::Challenge => challenge_profile(),
        };
        let usual_fragment = fragment.is_none();
        let security = match fragment {
            Some(fragment) => SecurityProfile {
                xml: Zeroizing::new(fragment),
                ..usual
            },
            None => usual,
        };
        Network {
            access_point: Box::new(move || self.access_point()),
            profile: NetworkProfile {
                ssid: SSID.to_vec(),
                bssid: None,
                connectivity: ConnectivityProfile::default(),
                security,
                onex: None,
            },
            secrets: match self {
                Self::Wpa2Psk => vec![Zeroizing::new(PSK.to_vec())],
                Self::Open => Vec::new(),
                Self::Challenge => vec![Zeroizing::new(CHALLENGE_SECRET.to_vec())],
            },
            enterprise: (self == Self::Wpa2Psk && usual_fragment).then(|| {
                let user = SecurityFragment::new(Secret::OneX).to_profile();
                Enterprise::new(move || self.access_point(), user)
            }),
        }
    }

    fn access_point(self) -> AccessPointConfig {
        let config = AccessPointConfig::wpa2(SSID, BSSID, Psk::new(PSK));
        match self {
            Self::Wpa2Psk => config,
            Self::Open => AccessPointConfig {
                akms: Vec::new(),
                ..config
            },
            Self::Challenge => AccessPointConfig {
                akms: Vec::new(),
                foreign: Some(challenge::challenge(CHALLENGE_SECRET, BSSID)),
                ..config
            },
        }
    }
}
