//! Which keys may go to an adapter: those that fit, and none twice (R28, R29).

use ihv::{CipherAlgorithm, KeyMaterial};
use keys::CipherSuite;

/// The keys that are installed, by their Key ID, and those that were removed: a key that comes back
/// would have its counters reset. They are wiped when another takes their place, or when dropped.
#[derive(Default)]
pub(crate) struct InstalledKeys {
    held: Vec<Held>,
    /// The Key ID of the pairwise key that protects what is sent; there may be another one to receive.
    sending: Option<u8>,
}

struct Held {
    key_id: u8,
    key: KeyMaterial,
    installed: bool,
}

/// What a Key ID is for: each kind of traffic has its own keys, and a key of one does not reset those of
/// another (IEEE 802.11-2020, 9.4.1.12 and 12.7.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Traffic {
    Data,
    Management,
    Beacon,
}

impl Traffic {
    const fn of(key_id: u8) -> Self {
        match key_id {
            0..=3 => Self::Data,
            4 | 5 => Self::Management,
            _ => Self::Beacon,
        }
    }
}

impl InstalledKeys {
    /// Whether what is sent is protected pairwise.
    pub(crate) const fn sends(&self) -> bool {
        self.sending.is_some()
    }

    /// Whether what is sent is protected by the pairwise key of this Key ID.
    pub(crate) fn sends_under(&self, key_id: u8) -> bool {
        self.sending == Some(key_id)
    }

    /// What is sent is protected by the pairwise key of this Key ID from now on.
    pub(crate) const fn send_under(&mut self, key_id: u8) {
        self.sending = Some(key_id);
    }

    /// Whether this very key is installed at this Key ID.
    pub(crate) fn has(&self, key_id: u8, key: &KeyMaterial) -> bool {
        self.held
            .iter()
            .any(|held| held.installed && held.key_id == key_id && held.key.matches(key))
    }

    /// Whether a key for data is among them, not only keys for management frames.
    pub(crate) fn has_data_key(&self) -> bool {
        self.installed().any(|key_id| Traffic::of(key_id) == Traffic::Data)
    }

    /// Whether the key at `key_id` is for data, and the only such one.
    pub(crate) fn is_only_data_key(&self, key_id: u8) -> bool {
        let mut data = self.installed().filter(|key_id| Traffic::of(*key_id) == Traffic::Data);
        data.next() == Some(key_id) && data.next().is_none()
    }

    /// Whether this very key is, or was, installed for the same traffic, at whatever Key ID: nonces do not
    /// hold the ID, so that in another place it would be the same key with its counters reset.
    pub(crate) fn holds(&self, key_id: u8, key: &KeyMaterial) -> bool {
        self.held
            .iter()
            .any(|held| Traffic::of(held.key_id) == Traffic::of(key_id) && held.key.matches(key))
    }

    pub(crate) fn insert(&mut self, key_id: u8, key: KeyMaterial) {
        self.held.retain(|held| held.key_id != key_id);
        self.held.push(Held {
            key_id,
            key,
            installed: true,
        });
    }

    pub(crate) fn remove(&mut self, key_id: u8) {
        self.sending.take_if(|sending| *sending == key_id);
        if let Some(held) = self.held.iter_mut().find(|held| held.key_id == key_id) {
            held.installed = false;
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn installed(&self) -> impl Iterator<Item = u8> {
        self.held.iter().filter(|held| held.installed).map(|held| held.key_id)
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
    fn a_key_is_known_by_its_octets_in_every_place_of_its_traffic() {
        let mut installed = InstalledKeys::default();
        installed.insert(1, key(16));
        assert!(installed.holds(1, &key(16)) && installed.holds(2, &key(16)));
        assert!(
            !installed.holds(4, &key(16)),
            "management frames have keys of their own"
        );
        installed.insert(1, key(32));
        assert!(!installed.holds(1, &key(16)));
        assert!(installed.has_data_key() && installed.is_only_data_key(1));
    }

    #[test]
    fn one_pairwise_key_protects_what_is_sent_until_another_does_or_it_is_removed() {
        let mut installed = InstalledKeys::default();
        installed.insert(0, key(16));
        assert!(!installed.sends() && installed.has(0, &key(16)) && !installed.has(1, &key(16)));
        installed.send_under(0);
        installed.insert(1, key(32));
        assert!(installed.sends_under(0) && !installed.sends_under(1));
        installed.send_under(1);
        installed.remove(0);
        assert!(installed.sends_under(1));
        installed.remove(1);
        assert!(!installed.sends());
    }

    #[test]
    fn a_key_that_was_removed_is_gone_but_not_forgotten() {
        let mut installed = InstalledKeys::default();
        installed.insert(1, key(16));
        installed.remove(1);
        assert!(!installed.has_data_key() && !installed.has(1, &key(16)));
        assert!(installed.holds(2, &key(16)));
        installed.clear();
        assert!(!installed.holds(2, &key(16)));
    }
}
