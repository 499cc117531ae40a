//! The suites that the extension knows, the best first, and what each demands of the others.

use crate::profile::Secret;
use frame::{Akm, Cipher};
use keys::suites::Credential;
use keys::{AkmSuite, CipherSuite};

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

/// The group ciphers, the best first. TKIP is one: networks of old still have it for their group beside a better
/// pairwise cipher.
pub(crate) const GROUP: [Cipher; 8] = [
    Cipher::GCMP_256,
    Cipher::CCMP_256,
    Cipher::GCMP_128,
    Cipher::CCMP_128,
    Cipher::WPA_CCMP_128,
    Cipher::GROUP_NOT_ALLOWED,
    Cipher::TKIP,
    Cipher::WPA_TKIP,
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
const BY_PMK_48: [Akm; 2] = [Akm::EAP_SUITE_B_192, Akm::FT_EAP_SHA384];
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
    Akm::EAP_SUITE_B_192,
    Akm::FT_EAP_SHA384,
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
    match akm {
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => is_256(pairwise),
        Akm::EAP_SUITE_B => pairwise == Cipher::GCMP_128,
        Akm::WPA_PSK | Akm::WPA_EAP => of_wpa,
        Akm::PSK | Akm::EAP => !of_wpa,
        _ => !of_wpa && !is_legacy_cipher(pairwise),
    }
}

/// Whether the AKM's own strength allows this cipher for the group: one that it allows for a pair, or none. WPA2, whose
/// stations have shared their networks with those of WPA, has the group's TKIP beside a better pairwise cipher; where
/// management frames have to be protected there is none of it (WPA3 specification, 2.2 to 4.1).
pub(crate) fn fits_group(akm: Akm, group: Cipher) -> bool {
    match akm {
        _ if group == Cipher::GROUP_NOT_ALLOWED => true,
        Akm::EAP_SUITE_B => matches!(group, Cipher::GCMP_128 | Cipher::GCMP_256),
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => is_256(group),
        _ => !(demands_management_protection(akm) && is_legacy_cipher(group)),
    }
}

/// Whether the AKM's own strength allows this cipher for group addressed management frames: those of 256 bits with the
/// suites of 192 bits, GMAC with that of 128 bits (IEEE 802.11-2020, Table 9-151).
pub(crate) fn fits_management(akm: Akm, management: Cipher) -> bool {
    match akm {
        Akm::EAP_SUITE_B => matches!(management, Cipher::BIP_GMAC_128 | Cipher::BIP_GMAC_256),
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => {
            matches!(management, Cipher::BIP_GMAC_256 | Cipher::BIP_CMAC_256)
        }
        _ => CipherSuite::of(management).is_some_and(CipherSuite::is_group_management),
    }
}

fn is_256(cipher: Cipher) -> bool {
    matches!(cipher, Cipher::GCMP_256 | Cipher::CCMP_256)
}

/// Whether the AKM may not be used without protected management frames (WPA3 specification, 2.2 to 4.1).
pub(crate) fn demands_management_protection(akm: Akm) -> bool {
    let wpa3 = matches!(akm, Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384);
    wpa3 || matches!(credential(akm), Some(Credential::Sae | Credential::Owe))
}

/// Whether the AKM may not be used with hunting and pecking: the hash of its SAE depends on the group
/// (IEEE 802.11-2024, 12.4).
pub(crate) fn demands_hash_to_element(akm: Akm) -> bool {
    matches!(akm, Akm::SAE_EXT_KEY | Akm::FT_SAE_EXT_KEY)
}

/// What the AKM's authentication starts from.
pub(crate) fn credential(akm: Akm) -> Option<Credential> {
    AkmSuite::of(akm).map(|suite| suite.credential)
}

/// Whether the keys of the AKM form the hierarchy of fast transition.
pub(crate) fn is_fast_transition(akm: Akm) -> bool {
    AkmSuite::of(akm).is_some_and(|suite| suite.fast_transition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_of_192_bits_have_no_cipher_of_fewer_for_anything() {
        for akm in [Akm::EAP_SUITE_B_192, Akm::FT_EAP_SHA384] {
            for weak in [Cipher::CCMP_128, Cipher::GCMP_128, Cipher::TKIP] {
                assert!(!fits_cipher(akm, weak) && !fits_group(akm, weak), "{weak}");
            }
            assert!(fits_group(akm, Cipher::GCMP_256) && fits_group(akm, Cipher::GROUP_NOT_ALLOWED));
            assert!(fits_management(akm, Cipher::BIP_GMAC_256) && !fits_management(akm, Cipher::BIP_CMAC_128));
        }
        assert!(!fits_group(Akm::EAP_SUITE_B, Cipher::CCMP_128));
        assert!(!fits_management(Akm::EAP_SUITE_B, Cipher::BIP_CMAC_128));
    }

    #[test]
    fn there_is_no_tkip_for_the_group_of_wpa3_and_there_may_be_for_that_of_wpa2() {
        for akm in [Akm::SAE, Akm::FT_SAE, Akm::SAE_EXT_KEY, Akm::OWE] {
            assert!(
                !fits_group(akm, Cipher::TKIP) && fits_group(akm, Cipher::CCMP_128),
                "{akm}"
            );
        }
        assert!(fits_group(Akm::PSK, Cipher::TKIP) && fits_group(Akm::PSK_SHA256, Cipher::TKIP));
    }

    #[test]
    fn a_cipher_for_data_protects_no_management_frames() {
        assert!(!fits_management(Akm::SAE, Cipher::CCMP_128));
        assert!(fits_management(Akm::SAE, Cipher::BIP_CMAC_128));
    }
}
