//! Which keys may go to an adapter: those that fit, and none twice (R28, R29).

use ihv::{CipherAlgorithm, KeyMaterial};
use keys::CipherSuite;

/// The keys that are installed, by their Key ID. They are wiped when they are replaced or dropped.
#[derive(Default)]
pub(crate) struct InstalledKeys(Vec<(u8, KeyMaterial)>);

impl InstalledKeys {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key for data is among them, not only keys for management frames.
    pub(crate) fn has_data_key(&self) -> bool {
        self.0.iter().any(|(key_id, _)| *key_id < 4)
    }

    /// Whether the key at `key_id` is the only one.
    pub(crate) fn is_only(&self, key_id: u8) -> bool {
        matches!(self.0[..], [(only, _)] if only == key_id)
    }

    /// Whether this very key is installed, at whatever Key ID: nonces do not hold the ID, so that in
    /// another place it would be the same key with its counters reset.
    pub(crate) fn holds(&self, key: &KeyMaterial) -> bool {
        self.0.iter().any(|(_, installed)| installed.matches(key))
    }

    pub(crate) fn insert(&mut self, key_id: u8, key: KeyMaterial) {
        self.remove(key_id);
        self.0.push((key_id, key));
    }

    pub(crate) fn remove(&mut self, key_id: u8) {
        self.0.retain(|(installed, _)| *installed != key_id);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Pairwise,
    Group,
}

/// Whether a key fits its cipher in length, and its cipher the place. A cipher that IEEE 802.11 does
/// not define may have a key of any length that an adapter can hold, but not of none.
pub(crate) fn fits(cipher: CipherAlgorithm, key_id: u8, key: &KeyMaterial, usage: Use) -> bool {
    let octets = key.octets().len();
    let Some(cipher) = cipher.cipher() else {
        return octets != 0 && cipher != CipherAlgorithm::NONE;
    };
    let Some(suite) = CipherSuite::of(cipher) else {
        return false;
    };
    let place = match usage {
        Use::Pairwise => suite.is_pairwise() && key_id <= 1,
        Use::Group if suite.is_group_management() => (4..=7).contains(&key_id),
        Use::Group => key_id <= 3,
    };
    place && octets == suite.tk_len
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Cipher;

    fn key(octets: usize) -> KeyMaterial {
        KeyMaterial::new(&[7; 32][..octets]).unwrap()
    }

    #[test]
    fn a_key_has_the_length_of_its_cipher() {
        for (cipher, octets) in [(Cipher::CCMP_128, 16), (Cipher::GCMP_256, 32), (Cipher::TKIP, 32)] {
            let cipher = CipherAlgorithm::of_cipher(cipher);
            assert!(fits(cipher, 0, &key(octets), Use::Pairwise));
            assert!(fits(cipher, 2, &key(octets), Use::Group));
            assert!(!fits(cipher, 0, &key(octets - 1), Use::Pairwise));
        }
        assert!(!fits(CipherAlgorithm::NONE, 0, &key(16), Use::Pairwise));
        assert!(fits(CipherAlgorithm(0x8000_1234), 0, &key(9), Use::Pairwise));
        assert!(!fits(CipherAlgorithm(0x8000_1234), 0, &key(0), Use::Pairwise));
    }

    #[test]
    fn a_key_for_management_frames_has_its_own_places() {
        let bip = CipherAlgorithm::of_cipher(Cipher::BIP_CMAC_128);
        assert!(fits(bip, 4, &key(16), Use::Group));
        assert!(!fits(bip, 3, &key(16), Use::Group));
        assert!(!fits(bip, 4, &key(16), Use::Pairwise));
        assert!(!fits(
            CipherAlgorithm::of_cipher(Cipher::CCMP_128),
            4,
            &key(16),
            Use::Group
        ));
    }

    #[test]
    fn a_key_is_known_by_its_octets_in_every_place() {
        let mut installed = InstalledKeys::default();
        installed.insert(1, key(16));
        assert!(installed.holds(&key(16)));
        assert!(installed.is_only(1) && !installed.is_only(2));
        installed.insert(1, key(32));
        assert!(!installed.holds(&key(16)));
        assert!(installed.has_data_key());
        installed.remove(1);
        assert!(installed.is_empty());
    }
}
