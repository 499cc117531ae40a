//! How strong the protection of an association is, in steps that a network is not to go down unasked.
//!
//! A step is coarser than the order of preference: suites that differ in what they cost, or in how a station moves, are
//! on the same one, so that a network whose access points are not all alike can be used wherever it is as strong.

use crate::suites;
use frame::{Akm, Cipher};
use keys::suites::Credential;

/// What an association is worth, and what a network is not to fall below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strength {
    pub authentication: Authentication,
    pub encryption: Encryption,
    /// Management frames are protected.
    pub management_protection: bool,
    /// The password of SAE is made into an element by hashing, and not by hunting and pecking, whose time tells of it.
    pub hash_to_element: bool,
}

/// The steps of the AKM suites. What has an AKM of 802.1X and what has a password do not take each other's place; their
/// steps are in one row all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Authentication {
    /// None.
    Open,
    /// The static key of WEP.
    Wep,
    /// WPA, before IEEE 802.11i was finished.
    Wpa,
    /// WPA2 with SHA-1.
    Sha1,
    /// WPA2 with SHA-256.
    Sha256,
    /// Suite B with 128 bits.
    SuiteB,
    /// WPA2 with SHA-384.
    Sha384,
    /// SAE, and opportunistic wireless encryption.
    Wpa3,
    /// SAE with a hash that depends on the group.
    Wpa3ExtendedKey,
    /// Suite B with 192 bits, whose methods of EAP have as many.
    SuiteB192,
}

/// The steps of the pairwise ciphers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encryption {
    None,
    Wep,
    Tkip,
    Bits128,
    Bits256,
}

impl Authentication {
    pub(crate) const ALL: [Self; 10] = [
        Self::Open,
        Self::Wep,
        Self::Wpa,
        Self::Sha1,
        Self::Sha256,
        Self::SuiteB,
        Self::Sha384,
        Self::Wpa3,
        Self::Wpa3ExtendedKey,
        Self::SuiteB192,
    ];

    pub(crate) fn of(akm: Akm) -> Self {
        match akm {
            Akm::WPA_PSK | Akm::WPA_EAP => Self::Wpa,
            Akm::PSK | Akm::EAP => Self::Sha1,
            Akm::EAP_SUITE_B => Self::SuiteB,
            Akm::PSK_SHA384 | Akm::FT_PSK_SHA384 | Akm::FT_EAP_SHA384 => Self::Sha384,
            Akm::SAE_EXT_KEY | Akm::FT_SAE_EXT_KEY => Self::Wpa3ExtendedKey,
            Akm::EAP_SUITE_B_192 => Self::SuiteB192,
            other => match suites::credential(other) {
                Some(Credential::Sae | Credential::Owe) => Self::Wpa3,
                _ => Self::Sha256,
            },
        }
    }
}

impl Encryption {
    pub(crate) const ALL: [Self; 5] = [Self::None, Self::Wep, Self::Tkip, Self::Bits128, Self::Bits256];

    pub(crate) fn of(pairwise: Cipher) -> Self {
        match pairwise {
            Cipher::GCMP_256 | Cipher::CCMP_256 => Self::Bits256,
            Cipher::GCMP_128 | Cipher::CCMP_128 | Cipher::WPA_CCMP_128 => Self::Bits128,
            Cipher::WEP_40 | Cipher::WEP_104 => Self::Wep,
            _ => Self::Tkip,
        }
    }
}

impl Strength {
    /// Of a network that nothing is known of, or that has nothing.
    pub(crate) const NONE: Self = Self {
        authentication: Authentication::Open,
        encryption: Encryption::None,
        management_protection: false,
        hash_to_element: false,
    };

    /// Whether this is at least `floor`, in everything.
    pub(crate) fn reaches(&self, floor: &Self) -> bool {
        self.authentication >= floor.authentication
            && self.encryption >= floor.encryption
            && self.management_protection >= floor.management_protection
            && self.hash_to_element >= floor.hash_to_element
    }

    /// The better of both in everything.
    pub(crate) fn or_better(self, other: Self) -> Self {
        Self {
            authentication: self.authentication.max(other.authentication),
            encryption: self.encryption.max(other.encryption),
            management_protection: self.management_protection || other.management_protection,
            hash_to_element: self.hash_to_element || other.hash_to_element,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAE: Strength = Strength {
        authentication: Authentication::Wpa3,
        encryption: Encryption::Bits128,
        management_protection: true,
        hash_to_element: true,
    };

    #[test]
    fn less_of_anything_is_less_whatever_there_is_more_of() {
        let weaker = [
            Strength {
                authentication: Authentication::Sha384,
                encryption: Encryption::Bits256,
                ..SAE
            },
            Strength {
                authentication: Authentication::Wpa3ExtendedKey,
                encryption: Encryption::Tkip,
                ..SAE
            },
            Strength {
                encryption: Encryption::Bits256,
                management_protection: false,
                ..SAE
            },
            Strength {
                encryption: Encryption::Bits256,
                hash_to_element: false,
                ..SAE
            },
        ];
        for weaker in weaker {
            assert!(!weaker.reaches(&SAE), "{weaker:?}");
        }
        assert!(SAE.reaches(&SAE) && SAE.reaches(&Strength::NONE));
    }

    #[test]
    fn the_steps_go_down_as_the_order_of_preference_does() {
        use crate::profile::Secret;
        let passphrase = keys::Passphrase::new(b"open sesame").unwrap();
        for secret in [Secret::Passphrase(passphrase), Secret::OneX] {
            let steps = suites::of_secret(&secret).iter().map(|akm| Authentication::of(*akm));
            assert!(steps.is_sorted_by(|better, next| better >= next));
        }
        let steps = suites::PAIRWISE.into_iter().map(Encryption::of);
        assert!(steps.is_sorted_by(|better, next| better >= next));
    }

    #[test]
    fn what_differs_in_how_a_station_moves_is_on_one_step() {
        for (fast, plain) in [
            (Akm::FT_SAE, Akm::SAE),
            (Akm::FT_SAE_EXT_KEY, Akm::SAE_EXT_KEY),
            (Akm::FT_PSK, Akm::PSK_SHA256),
            (Akm::FT_EAP, Akm::EAP_SHA256),
        ] {
            assert_eq!(Authentication::of(fast), Authentication::of(plain));
        }
    }
}
