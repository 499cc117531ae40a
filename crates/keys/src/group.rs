//! Group keys: chosen by the authenticator, handed out in key data (IEEE 802.11-2020, 12.7.1.4 to 12.7.1.7).

use core::marker::PhantomData;
use core::ops::RangeInclusive;

use crate::protect::Pn;
use crate::secret::{Key, KeyError};

/// Octets of the longest group key.
pub const GROUP_KEY_MAX: usize = 32;

/// The key of group addressed data.
pub type Gtk = GroupKey<Data>;
/// The key of group addressed management frames.
pub type Igtk = GroupKey<Management>;
/// The key of beacon frames.
pub type Bigtk = GroupKey<Beacon>;

/// A group key with its identifier and the packet number from which the receiver counts.
///
/// `==` compares identifier and secret, not the packet number: that is how a key which is already installed is
/// recognised, so that its receive counter is not reset (KRACK).
pub struct GroupKey<R> {
    key_id: u8,
    key: Key<GROUP_KEY_MAX>,
    /// Key RSC, IPN or BIPN: what was last sent under this key.
    pn: Pn,
    role: PhantomData<R>,
}

impl<R: Role> GroupKey<R> {
    /// Takes a copy of `key` (5 to 32 octets) under `key_id`, last used for the packet number `pn`.
    ///
    /// # Errors
    /// [`KeyError::KeyId`] for an identifier of another kind of traffic, [`KeyError::Length`] for a key that no
    /// cipher has. Whether it fits the negotiated cipher is for the caller to check.
    pub fn new(key_id: u8, key: &[u8], pn: Pn) -> Result<Self, KeyError> {
        if !R::KEY_IDS.contains(&key_id) {
            let (min, max) = R::KEY_IDS.into_inner();
            return Err(KeyError::KeyId {
                min,
                max,
                found: key_id,
            });
        }
        let key = Key::with_lengths(key, R::KEY_MIN, GROUP_KEY_MAX)?;
        Ok(Self {
            key_id,
            key,
            pn,
            role: PhantomData,
        })
    }

    /// The key identifier.
    #[must_use]
    pub const fn key_id(&self) -> u8 {
        self.key_id
    }

    /// The key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// The packet number from which the receiver counts: RSC, IPN or BIPN.
    #[must_use]
    pub const fn pn(&self) -> Pn {
        self.pn
    }

    /// A second copy, for instance one for the adapter.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            key_id: self.key_id,
            key: self.key.duplicate(),
            pn: self.pn,
            role: PhantomData,
        }
    }
}

impl<R> PartialEq for GroupKey<R> {
    fn eq(&self, other: &Self) -> bool {
        self.key_id == other.key_id && self.key == other.key
    }
}

impl<R> Eq for GroupKey<R> {}

/// The traffic that a group key protects.
pub trait Role: sealed::Sealed {
    /// Identifiers of such keys.
    const KEY_IDS: RangeInclusive<u8>;
    /// Fewest octets of such a key.
    const KEY_MIN: usize;
}

/// Group addressed data. WEP's 5 octets are the shortest key.
pub enum Data {}
/// Group addressed management frames.
pub enum Management {}
/// Beacon frames.
pub enum Beacon {}

impl Role for Data {
    const KEY_IDS: RangeInclusive<u8> = 0..=3;
    const KEY_MIN: usize = 5;
}

impl Role for Management {
    const KEY_IDS: RangeInclusive<u8> = 4..=5;
    const KEY_MIN: usize = 16;
}

impl Role for Beacon {
    const KEY_IDS: RangeInclusive<u8> = 6..=7;
    const KEY_MIN: usize = 16;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Data {}
    impl Sealed for super::Management {}
    impl Sealed for super::Beacon {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_belongs_to_one_kind_of_traffic() {
        for key_id in 0..=8 {
            let [data, management, beacon] = [
                Gtk::new(key_id, &[1; 16], Pn::ZERO).is_ok(),
                Igtk::new(key_id, &[1; 16], Pn::ZERO).is_ok(),
                Bigtk::new(key_id, &[1; 16], Pn::ZERO).is_ok(),
            ];
            let expected = [key_id <= 3, (4..=5).contains(&key_id), (6..=7).contains(&key_id)];
            assert_eq!([data, management, beacon], expected, "key identifier {key_id}");
        }
    }

    #[test]
    fn a_length_that_no_cipher_has_is_refused() {
        let length = |min, found| Some(KeyError::Length { min, max: 32, found });
        assert_eq!(Gtk::new(1, &[1; 4], Pn::ZERO).err(), length(5, 4));
        assert_eq!(Gtk::new(1, &[1; 33], Pn::ZERO).err(), length(5, 33));
        assert_eq!(Igtk::new(4, &[1; 15], Pn::ZERO).err(), length(16, 15));
    }

    #[test]
    fn the_same_key_is_recognised_whatever_its_packet_number() {
        let installed = Gtk::new(1, &[1; 16], Pn::ZERO).unwrap();
        assert!(installed == Gtk::new(1, &[1; 16], Pn::MAX).unwrap());
        assert!(installed != Gtk::new(2, &[1; 16], Pn::ZERO).unwrap());
        assert!(installed != Gtk::new(1, &[2; 16], Pn::ZERO).unwrap());
        assert!(installed.duplicate() == installed);
    }
}
