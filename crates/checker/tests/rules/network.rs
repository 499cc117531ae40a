//! A network of WPA2 with a pre-shared key, and its profile for the built-in extension.

use adapter::simulated::AccessPointConfig;
use checker::{Enterprise, Network};
use extension::profile::{Secret, SecurityFragment};
use frame::MacAddress;
use host::NetworkProfile;
use ihv::ConnectivityProfile;
use keys::Psk;
use portcullis_checker as checker;
use zeroize::Zeroizing;

const SSID: &[u8] = b"portcullis";
const PSK: [u8; 32] = *b"the pre-shared key of this test.";

pub(crate) fn profile() -> NetworkProfile {
    NetworkProfile {
        ssid: SSID.to_vec(),
        bssid: None,
        connectivity: ConnectivityProfile::default(),
        security: SecurityFragment::new(Secret::Psk(Psk::new(PSK))).to_profile(),
        onex: None,
    }
}

pub(crate) fn network() -> Network {
    Network {
        access_point: Box::new(access_point),
        profile: profile(),
        secrets: vec![Zeroizing::new(PSK.to_vec())],
        enterprise: Some(Enterprise::new(
            access_point,
            SecurityFragment::new(Secret::OneX).to_profile(),
        )),
    }
}

fn access_point() -> AccessPointConfig {
    AccessPointConfig::wpa2(SSID, MacAddress([2, 0, 0, 0, 0, 0xa0]), Psk::new(PSK))
}
