//! Cipher keys on their way into an adapter.

use crate::CipherAlgorithm;
use frame::MacAddress;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Which way a key protects (`DOT11_DIRECTION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Received packets only.
    Inbound,
    /// Sent packets only; a default key can't be so (R28).
    Outbound,
    /// Both.
    Both,
}

/// Which keys of an association are to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// The pairwise key.
    Pairwise,
    /// The group keys, of all stations of the network.
    Group,
}

/// The octets of a key, wiped when dropped. They stay in one place when the value moves, so that no move
/// leaves a copy behind. No `Debug`, no `Clone`: a key is moved, or copied by name.
pub struct KeyMaterial(Zeroizing<Box<[u8]>>);

impl KeyMaterial {
    /// The longest key of any cipher, in octets (TKIP, GCMP-256, CCMP-256, BIP-…-256).
    pub const MAX: usize = 32;

    /// Copies a key of at most [`Self::MAX`] octets, or `None` for a longer one.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        (key.len() <= Self::MAX).then(|| Self(Zeroizing::new(key.into())))
    }

    /// Whether the two are the same key, found out in a time that does not tell where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.octets().ct_eq(other.octets()).into()
    }

    /// A second copy, asked for by name.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The key.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

/// A pairwise key (`DOT11_CIPHER_KEY_MAPPING_KEY_VALUE`).
pub struct KeyMappingKey {
    /// The peer that shares the key.
    pub peer: MacAddress,
    /// What the key is for.
    pub cipher: CipherAlgorithm,
    /// Which way it protects.
    pub direction: Direction,
    /// The Key ID that frames under this key carry: 0, or 1 with extended key IDs.
    pub key_id: u8,
    /// The receive counter that the key starts with: a packet number of 6 octets, lowest first.
    pub receive_counter: [u8; 6],
    /// The key; `None` removes the peer's key from the adapter (`bDelete`).
    pub key: Option<KeyMaterial>,
}

/// A group key (`DOT11_CIPHER_DEFAULT_KEY_VALUE`).
///
/// Indices 0 to 3 are for data, 4 and 5 for group management frames, 6 and 7 for beacons.
pub struct DefaultKey {
    /// The key's place in the adapter's table: the Key ID on the air.
    pub index: u8,
    /// What the key is for.
    pub cipher: CipherAlgorithm,
    /// The station that it belongs to, or `None` for all.
    pub peer: Option<MacAddress>,
    /// The receive counter that the key starts with: a packet number of 6 octets, lowest first.
    pub receive_counter: [u8; 6],
    /// The key; `None` removes the key at `index` from the adapter (`bDelete`).
    pub key: Option<KeyMaterial>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_octets_and_its_length() {
        assert_eq!(KeyMaterial::new(&[7; 16]).unwrap().octets(), [7; 16]);
        assert_eq!(KeyMaterial::new(&[7; 32]).unwrap().octets(), [7; 32]);
        assert!(KeyMaterial::new(&[7; 33]).is_none());
    }
}
