//! Authentication and cipher algorithms as the interface numbers them (`wlantypes.h`).

use frame::{Akm, Cipher, Suite};

/// An authentication algorithm (`DOT11_AUTH_ALGORITHM`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct AuthAlgorithm(pub u32);

impl AuthAlgorithm {
    /// Open system, no security (`DOT11_AUTH_ALGO_80211_OPEN`).
    pub const OPEN: Self = Self(1);
    /// Shared key (`DOT11_AUTH_ALGO_80211_SHARED_KEY`).
    pub const SHARED_KEY: Self = Self(2);
    /// The first algorithm of the range that belongs to extensions (`DOT11_AUTH_ALGO_IHV_START`).
    pub const IHV_START: Self = Self(0x8000_0000);

    /// The numbers that the interface gives to suites. All others stand in the extensions' range,
    /// with the suite type in the lowest octet.
    const NAMED: [(u32, Akm); 8] = [
        (3, Akm::WPA_EAP),
        (4, Akm::WPA_PSK),
        (6, Akm::EAP),
        (7, Akm::PSK),
        (8, Akm::EAP_SUITE_B_192),
        (9, Akm::SAE),
        (10, Akm::OWE),
        (11, Akm::EAP_SHA256),
    ];

    /// The algorithm that stands for an AKM suite.
    #[must_use]
    pub fn of_akm(akm: Akm) -> Self {
        let [_, _, _, kind] = akm.0.0;
        Self::NAMED
            .iter()
            .find(|(_, named)| *named == akm)
            .map_or(Self(Self::IHV_START.0 | u32::from(kind)), |(number, _)| Self(*number))
    }

    /// The AKM suite, or `None` for an algorithm without one (open, shared key, a vendor's own).
    #[must_use]
    pub fn akm(self) -> Option<Akm> {
        if let Some((_, akm)) = Self::NAMED.iter().find(|(number, _)| *number == self.0) {
            return Some(*akm);
        }
        let kind = u8::try_from(self.0.checked_sub(Self::IHV_START.0)?).ok()?;
        let akm = Akm(Suite::ieee(kind));
        akm.name().map(|_| akm)
    }
}

/// A cipher algorithm (`DOT11_CIPHER_ALGORITHM`): the suite type for suites of IEEE 802.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct CipherAlgorithm(pub u32);

impl CipherAlgorithm {
    /// No cipher (`DOT11_CIPHER_ALGO_NONE`).
    pub const NONE: Self = Self(0);
    /// Group data under the pairwise cipher (`DOT11_CIPHER_ALGO_RSN_USE_GROUP`).
    pub const USE_GROUP: Self = Self(0x100);

    /// The algorithm that stands for a cipher suite, of RSN or of WPA.
    #[must_use]
    pub fn of_cipher(cipher: Cipher) -> Self {
        let [_, _, _, kind] = cipher.0.0;
        match cipher {
            Cipher::USE_GROUP => Self::USE_GROUP,
            _ => Self(u32::from(kind)),
        }
    }

    /// The cipher suite, or `None` for no cipher or one that IEEE 802.11 does not define.
    #[must_use]
    pub fn cipher(self) -> Option<Cipher> {
        match self {
            Self::NONE => None,
            Self::USE_GROUP => Some(Cipher::USE_GROUP),
            Self(number) => {
                let cipher = Cipher(Suite::ieee(u8::try_from(number).ok()?));
                cipher.name().map(|_| cipher)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_survives_the_way_there_and_back() {
        for kind in 0..=255 {
            let akm = Akm(Suite::ieee(kind));
            if akm.name().is_some() {
                assert_eq!(AuthAlgorithm::of_akm(akm).akm(), Some(akm));
            }
            let cipher = Cipher(Suite::ieee(kind));
            if cipher.name().is_some() {
                assert_eq!(CipherAlgorithm::of_cipher(cipher).cipher(), Some(cipher));
            }
        }
        assert_eq!(AuthAlgorithm::of_akm(Akm::WPA_PSK).akm(), Some(Akm::WPA_PSK));
    }

    #[test]
    fn numbers_are_those_of_the_header() {
        assert_eq!(AuthAlgorithm::of_akm(Akm::PSK), AuthAlgorithm(7));
        assert_eq!(AuthAlgorithm::of_akm(Akm::PSK_SHA256), AuthAlgorithm(0x8000_0006));
        assert_eq!(CipherAlgorithm::of_cipher(Cipher::CCMP_128), CipherAlgorithm(4));
        assert_eq!(AuthAlgorithm::OPEN.akm(), None);
        assert_eq!(AuthAlgorithm(0xffff_ffff).akm(), None);
        assert_eq!(CipherAlgorithm::NONE.cipher(), None);
    }
}
