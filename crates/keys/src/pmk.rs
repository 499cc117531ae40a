//! The pairwise master key (IEEE 802.11-2020, 12.7.1.3).

use crate::psk::Psk;
use crate::secret::{Key, KeyError};

/// Fewest octets of a PMK.
pub const PMK_MIN: usize = 32;
/// Most octets of a PMK.
pub const PMK_MAX: usize = 64;

/// What an authentication leaves on both sides: 32 to 64 octets, usually 32, and 48 with SHA-384.
#[derive(PartialEq, Eq)]
pub struct Pmk(Key<PMK_MAX>);

impl Pmk {
    /// Takes a copy of `octets`.
    ///
    /// # Errors
    /// [`KeyError::Length`] outside 32 to 64 octets.
    pub fn new(octets: &[u8]) -> Result<Self, KeyError> {
        Key::with_lengths(octets, PMK_MIN, PMK_MAX).map(Self)
    }

    /// The key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// A second copy, for instance of a cached key for one more handshake.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }
}

/// With a pre-shared key there is no other PMK.
impl From<&Psk> for Pmk {
    fn from(psk: &Psk) -> Self {
        let mut key = Key::zeroed(psk.as_bytes().len());
        key.as_mut_bytes().copy_from_slice(psk.as_bytes());
        Self(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pmk_has_32_to_64_octets() {
        for len in [32, 48, 64] {
            assert_eq!(Pmk::new(&[1; 64][..len]).unwrap().as_bytes().len(), len);
        }
        let length = |found| {
            Some(KeyError::Length {
                min: 32,
                max: 64,
                found,
            })
        };
        assert_eq!(Pmk::new(&[1; 31]).err(), length(31));
        assert_eq!(Pmk::new(&[1; 65]).err(), length(65));
    }

    #[test]
    fn a_psk_is_its_pmk() {
        assert_eq!(Pmk::from(&Psk::new([3; 32])).as_bytes(), [3; 32]);
    }
}
