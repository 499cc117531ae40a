//! The suites that the extension knows, the best first, and what each demands of the others.

use crate::profile::Secret;
use frame::{Akm, Cipher};
use keys::AkmSuite;
use keys::suites::Credential;

/// The pairwise ciphers, the best first.
pub(crate) const PAIRWISE: [Cipher; 7] = [
    Cipher::GCMP_256,
    Cipher::CCMP_256,
    Cipher::GCMP_128,
    Cipher::CCMP_128,
    Cipher::WPA_CCMP_128,
    Cipher::TKIP,
    Cipher::WPA_TKIP,
];

/// The group ciphers that go with any pairwise cipher. TKIP is one: many networks still have a station that
/// needs it.
pub(crate) const GROUP: [Cipher; 8] = [
    Cipher::GCMP_256,
    Cipher::CCMP_256,
    Cipher::GCMP_128,
    Cipher::CCMP_128,
    Cipher::WPA_CCMP_128,
    Cipher::TKIP,
    Cipher::WPA_TKIP,
    Cipher::GROUP_NOT_ALLOWED,
];

const BY_PASSPHRASE: [Akm; 10] = [
    Akm::FT_SAE_EXT_KEY,
    Akm::SAE_EXT_KEY,
    Akm::FT_SAE,
    Akm::SAE,
    Akm::FT_PSK_SHA384,
    Akm::PSK_SHA384,
    Akm::FT_PSK,
    Akm::PSK_SHA256,
    Akm::PSK,
    Akm::WPA_PSK,
];
const BY_PASSWORD: [Akm; 4] = [Akm::FT_SAE_EXT_KEY, Akm::SAE_EXT_KEY, Akm::FT_SAE, Akm::SAE];
const BY_PSK: [Akm; 6] = [
    Akm::FT_PSK_SHA384,
    Akm::PSK_SHA384,
    Akm::FT_PSK,
    Akm::PSK_SHA256,
    Akm::PSK,
    Akm::WPA_PSK,
];
const BY_PMK_48: [Akm; 2] = [Akm::FT_EAP_SHA384, Akm::EAP_SUITE_B_192];
const BY_PMK_32: [Akm; 6] = [
    Akm::EAP_SUITE_B,
    Akm::FT_EAP,
    Akm::EAP_SHA256,
    Akm::EAP,
    Akm::WPA_EAP,
    // If the driver has agreed on it (see `crate::select`).
    Akm::SAE,
];
const BY_ONEX: [Akm; 7] = [
    Akm::FT_EAP_SHA384,
    Akm::EAP_SUITE_B_192,
    Akm::EAP_SUITE_B,
    Akm::FT_EAP,
    Akm::EAP_SHA256,
    Akm::EAP,
    Akm::WPA_EAP,
];
const WITHOUT: [Akm; 1] = [Akm::OWE];

/// The AKMs that go with this kind of secret, the best first.
pub(crate) fn of_secret(secret: &Secret) -> &'static [Akm] {
    match secret {
        Secret::None => &WITHOUT,
        Secret::Passphrase(_) => &BY_PASSPHRASE,
        Secret::Password(_) => &BY_PASSWORD,
        Secret::Psk(_) => &BY_PSK,
        Secret::Pmk(pmk) if pmk.as_bytes().len() == 48 => &BY_PMK_48,
        Secret::Pmk(_) => &BY_PMK_32,
        Secret::Wep(_) => &[],
        Secret::OneX => &BY_ONEX,
    }
}

/// Every AKM that goes with some secret.
pub(crate) fn all() -> impl Iterator<Item = Akm> {
    [&BY_PASSPHRASE[..], &BY_PMK_48, &BY_PMK_32, &WITHOUT]
        .into_iter()
        .flatten()
        .copied()
}

/// WPA, before IEEE 802.11i was finished.
pub(crate) fn is_legacy_akm(akm: Akm) -> bool {
    matches!(akm, Akm::WPA_PSK | Akm::WPA_EAP)
}

pub(crate) fn is_legacy_cipher(cipher: Cipher) -> bool {
    matches!(cipher, Cipher::TKIP | Cipher::WPA_TKIP)
}

/// Whether the AKM's own strength allows this pairwise cipher. The suites of 192 bits demand 256-bit ciphers
/// (IEEE 802.11-2020, Table 9-151), that of 128 bits GCMP.
pub(crate) fn fits_cipher(akm: Akm, pairwise: Cipher) -> bool {
    let of_wpa = matches!(pairwise, Cipher::WPA_TKIP | Cipher::WPA_CCMP_128);
    let is_256 = matches!(pairwise, Cipher::GCMP_256 | Cipher::CCMP_256);
    match akm {
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => is_256,
        Akm::EAP_SUITE_B => pairwise == Cipher::GCMP_128,
        Akm::WPA_PSK | Akm::WPA_EAP => of_wpa,
        Akm::PSK | Akm::EAP => !of_wpa,
        _ => !of_wpa && !is_legacy_cipher(pairwise),
    }
}

/// Whether the AKM may not be used without protected management frames (WPA3 specification, 2.2 to 4.1).
pub(crate) fn demands_management_protection(akm: Akm) -> bool {
    let wpa3 = matches!(akm, Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384);
    wpa3 || matches!(credential(akm), Some(Credential::Sae | Credential::Owe))
}

/// What the AKM's authentication starts from.
pub(crate) fn credential(akm: Akm) -> Option<Credential> {
    AkmSuite::of(akm).map(|suite| suite.credential)
}

/// Whether the keys of the AKM form the hierarchy of fast transition.
pub(crate) fn is_fast_transition(akm: Akm) -> bool {
    AkmSuite::of(akm).is_some_and(|suite| suite.fast_transition)
}

/// How strong the protection of a network is, in the generations that people know. A network is expected not
/// to fall back to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Generation {
    /// None, or WEP.
    Open,
    /// WPA, or TKIP.
    Wpa,
    /// WPA2.
    Wpa2,
    /// WPA3, and opportunistic wireless encryption.
    Wpa3,
}

impl Generation {
    pub(crate) const ALL: [Self; 4] = [Self::Open, Self::Wpa, Self::Wpa2, Self::Wpa3];

    pub(crate) fn of(akm: Option<Akm>, pairwise: Cipher) -> Self {
        match akm {
            None => Self::Open,
            Some(akm) if is_legacy_akm(akm) || is_legacy_cipher(pairwise) => Self::Wpa,
            Some(akm) if demands_management_protection(akm) => Self::Wpa3,
            Some(_) => Self::Wpa2,
        }
    }
}
