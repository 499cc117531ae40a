//! The container of every secret.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of at most `MAX` octets (`MAX` ≤ 255), held in place and wiped when dropped.
///
/// Deliberately without `Debug`, `Display` and `Clone`. `==` does not depend on where the first difference
/// lies, only on the lengths.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key<const MAX: usize> {
    octets: [u8; MAX],
    len: u8,
}

impl<const MAX: usize> Key<MAX> {
    const FITS: () = assert!(MAX <= u8::MAX as usize, "the length is kept in one octet");

    /// Takes a copy of `octets`; wiping the original is the caller's.
    ///
    /// # Errors
    /// [`KeyError::Length`] if there are none or more than `MAX`.
    pub fn new(octets: &[u8]) -> Result<Self, KeyError> {
        Self::with_lengths(octets, 1, MAX)
    }

    /// As [`new`](Self::new) with the lengths that one kind of key may have.
    pub(crate) fn with_lengths(octets: &[u8], min: usize, max: usize) -> Result<Self, KeyError> {
        if !(min..=max.min(MAX)).contains(&octets.len()) {
            return Err(KeyError::Length {
                min,
                max,
                found: octets.len(),
            });
        }
        let mut key = Self::zeroed(octets.len());
        key.as_mut_bytes().copy_from_slice(octets);
        Ok(key)
    }

    /// `len` zero octets (at most `MAX`) to derive into.
    pub(crate) fn zeroed(len: usize) -> Self {
        const { Self::FITS };
        let len = u8::try_from(len.min(MAX)).unwrap_or(u8::MAX);
        Self { octets: [0; MAX], len }
    }

    /// The secret.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len()).unwrap_or_default()
    }

    /// The secret, to derive into.
    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        let len = self.len();
        self.octets.get_mut(..len).unwrap_or_default()
    }

    /// Octets held.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// True for a key that holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A second copy of the secret. Named, so that every place that copies one can be found.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            octets: self.octets,
            len: self.len,
        }
    }
}

impl<const MAX: usize> PartialEq for Key<MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl<const MAX: usize> Eq for Key<MAX> {}

/// Octets that are no key of the kind asked for. Says what was wrong with them, never what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key is too short or too long for its use.
    #[error("key of {found} octets, expected {min} to {max}")]
    Length {
        /// Fewest octets.
        min: usize,
        /// Most octets.
        max: usize,
        /// Octets given.
        found: usize,
    },
    /// A group key with an identifier that belongs to another kind of traffic.
    #[error("group key with identifier {found}, expected {min} to {max}")]
    KeyId {
        /// Lowest identifier.
        min: u8,
        /// Highest identifier.
        max: u8,
        /// Identifier given.
        found: u8,
    },
    /// The cipher has no key, or not the use that it was put to.
    #[error("cipher suite {0} cannot be used here")]
    Cipher(frame::Cipher),
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_key_holds_what_it_was_given() {
        let key = Key::<32>::new(&[7; 16]).unwrap();
        assert_eq!(key.as_bytes(), [7; 16]);
        assert_eq!(key.len(), 16);
        assert!(!key.is_empty());
        assert!(key.duplicate() == key);
    }

    #[test]
    fn keys_of_another_value_or_length_differ() {
        let key = Key::<32>::new(&[0; 16]).unwrap();
        assert!(key != Key::new(&[1; 16]).unwrap());
        assert!(key != Key::new(&[0; 17]).unwrap());
    }

    #[test]
    fn a_length_outside_the_limits_is_refused_in_words() {
        assert!(Key::<32>::new(&[]).is_err());
        let error = Key::<32>::new(&[0; 33]).err().unwrap();
        assert_eq!(error.to_string(), "key of 33 octets, expected 1 to 32");
    }

    #[test]
    fn wiping_leaves_nothing() {
        let mut key = Key::<4>::new(&[1, 2, 3, 4]).unwrap();
        key.zeroize();
        assert_eq!((key.octets, key.len), ([0; 4], 0));
    }
}
