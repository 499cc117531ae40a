//! What belongs to an AKM in a simulated network: the secrets of both sides, and the other suites.

use super::enterprise::Enterprise;
use adapter::simulated::{ManagementProtection, Mobility, NetworkPassword, Secrets};
use extension::profile::{Password, Secret, WepKey};
use frame::{Akm, Cipher};
use keys::suites::Credential;
use keys::{AkmSuite, Passphrase, Pmk, Psk};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The passphrase of the simulated networks.
const PASSPHRASE: &[u8] = b"open sesame";

/// What the access point knows, and what the station proves itself with. Where that is a key, it is worked out once
/// for each network, not once for each station.
pub(super) fn secrets(akm: Akm, ssid: &[u8]) -> (Secrets, Secret) {
    let Some(suite) = AkmSuite::of(akm) else {
        return (Secrets::default(), Secret::None);
    };
    match suite.credential {
        Credential::Psk => {
            let psk = psk(ssid);
            let secret = Secret::Psk(Psk::new(*psk.as_bytes()));
            let secrets = Secrets {
                psk: Some(psk),
                ..Secrets::default()
            };
            (secrets, secret)
        }
        Credential::Eap => match Pmk::new(PMK.get(..suite.pmk_len).unwrap_or(&PMK)) {
            Ok(pmk) => {
                let secret = Secret::Pmk(pmk.duplicate());
                let secrets = Secrets {
                    pmk: Some(pmk),
                    ..Secrets::default()
                };
                (secrets, secret)
            }
            Err(_) => (Secrets::default(), Secret::None),
        },
        Credential::Sae => {
            let secret = match Password::new(PASSPHRASE) {
                Ok(password) => Secret::Password(password),
                Err(_) => Secret::None,
            };
            let secrets = Secrets {
                passwords: vec![NetworkPassword {
                    password: Zeroizing::new(PASSPHRASE.to_vec()),
                    identifier: None,
                }],
                ..Secrets::default()
            };
            (secrets, secret)
        }
        Credential::Owe | Credential::Fils => (Secrets::default(), Secret::None),
    }
}

/// The same where users are authenticated: they have their secrets for themselves.
pub(super) fn users(enterprise: &Enterprise) -> (Secrets, Secret) {
    let secrets = Secrets {
        eap: Some(enterprise.server()),
        ..Secrets::default()
    };
    (secrets, Secret::OneX)
}

/// The same where all have a static key of WEP.
pub(super) fn wep(key: &[u8]) -> (Secrets, Secret) {
    let secrets = Secrets {
        wep: Some(Zeroizing::new(key.to_vec())),
        ..Secrets::default()
    };
    (secrets, WepKey::new(key).map_or(Secret::None, Secret::Wep))
}

/// What an authentication with 802.1X has left on both sides.
const PMK: [u8; 48] = *b"what the authentication with 802.1X has left us.";

/// The cipher of networks with this AKM, unless another one is asked for.
pub(super) const fn usual_cipher(akm: Akm) -> Cipher {
    match akm {
        Akm::EAP_SUITE_B => Cipher::GCMP_128,
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => Cipher::GCMP_256,
        Akm::WPA_PSK => Cipher::TKIP,
        _ => Cipher::CCMP_128,
    }
}

/// A pairwise or group cipher as the AKM names it: WPA has names of its own.
pub(super) const fn pairwise(akm: Akm, cipher: Cipher) -> Cipher {
    match (akm, cipher) {
        (Akm::WPA_PSK, Cipher::TKIP) => Cipher::WPA_TKIP,
        (Akm::WPA_PSK, Cipher::CCMP_128) => Cipher::WPA_CCMP_128,
        _ => cipher,
    }
}

/// Whether management frames are protected: where that was asked for, or the AKM demands it.
pub(super) const fn management(akm: Akm, asked: Option<Cipher>) -> ManagementProtection {
    let demanded = match akm {
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => Some(Cipher::BIP_GMAC_256),
        Akm::SAE | Akm::FT_SAE | Akm::SAE_EXT_KEY | Akm::FT_SAE_EXT_KEY | Akm::OWE => Some(Cipher::BIP_CMAC_128),
        _ => None,
    };
    match (asked, demanded) {
        (Some(cipher), _) | (None, Some(cipher)) => ManagementProtection::Required(cipher),
        (None, None) => ManagementProtection::None,
    }
}

/// The mobility domain of an access point whose AKM needs one.
pub(super) fn mobility(akm: Akm) -> Option<Mobility> {
    AkmSuite::of(akm)
        .filter(|suite| suite.fast_transition)
        .map(|_| Mobility {
            domain: *b"PC",
            key_holder: b"portcullis".to_vec(),
            keys: Arc::default(),
            over_ds: false,
            key_lifetime: None,
            reassociation_deadline: None,
        })
}

fn psk(ssid: &[u8]) -> Psk {
    match Passphrase::new(PASSPHRASE) {
        Ok(passphrase) => Psk::from_passphrase(&passphrase, ssid),
        Err(_) => unreachable!("the passphrase has 11 printable octets"),
    }
}
