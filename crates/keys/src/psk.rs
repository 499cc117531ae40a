//! The pre-shared key and the passphrase that people type instead (IEEE 802.11-2020, J.4).

use sha1::Sha1;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::secret::Key;

/// Fewest octets of a passphrase.
pub const PASSPHRASE_MIN: usize = 8;
/// Most octets of a passphrase.
pub const PASSPHRASE_MAX: usize = 63;
/// Octets of a pre-shared key.
pub const PSK_LEN: usize = 32;

/// Hex digits of a pre-shared key: one more than the longest passphrase, so that the two can be told apart.
const PSK_DIGITS: usize = 2 * PSK_LEN;
/// What the standard fixes for passphrases.
const PBKDF2_ROUNDS: u32 = 4096;

/// 8 to 63 printable ASCII octets (0x20 to 0x7e).
pub struct Passphrase(Key<PASSPHRASE_MAX>);

impl Passphrase {
    /// Takes a passphrase as typed; blanks at its ends belong to it.
    ///
    /// # Errors
    /// A [`PskError`] with the length or the position that is wrong.
    pub fn new(text: &[u8]) -> Result<Self, PskError> {
        let key = Key::with_lengths(text, PASSPHRASE_MIN, PASSPHRASE_MAX)
            .map_err(|_| PskError::PassphraseLength { found: text.len() })?;
        match text.iter().position(|octet| !matches!(octet, 0x20..=0x7e)) {
            Some(position) => Err(PskError::NotPrintable { position }),
            None => Ok(Self(key)),
        }
    }

    /// The passphrase, for a method that hashes it in its own way (SAE).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A pre-shared key: 32 octets.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Psk([u8; PSK_LEN]);

impl Psk {
    /// A key that is known as octets.
    #[must_use]
    pub const fn new(octets: [u8; PSK_LEN]) -> Self {
        Self(octets)
    }

    /// The key that `passphrase` stands for in the network `ssid` (0 to 32 octets):
    /// PBKDF2 with HMAC-SHA-1 and 4096 rounds, which takes milliseconds (RFC 8018, 5.2; IEEE 802.11-2020, J.4.1).
    #[must_use]
    pub fn from_passphrase(passphrase: &Passphrase, ssid: &[u8]) -> Self {
        let mut psk = Self([0; PSK_LEN]);
        pbkdf2::pbkdf2_hmac::<Sha1>(passphrase.as_bytes(), ssid, PBKDF2_ROUNDS, &mut psk.0);
        psk
    }

    /// What a person entered: 64 hex digits are the key itself, everything else is a passphrase for `ssid`.
    ///
    /// # Errors
    /// A [`PskError`] with the length or the position that is wrong.
    pub fn parse(text: &[u8], ssid: &[u8]) -> Result<Self, PskError> {
        if text.len() == PSK_DIGITS {
            return Self::from_hex(text);
        }
        Ok(Self::from_passphrase(&Passphrase::new(text)?, ssid))
    }

    /// The key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; PSK_LEN] {
        &self.0
    }

    /// `digits` has [`PSK_DIGITS`] octets.
    fn from_hex(digits: &[u8]) -> Result<Self, PskError> {
        let mut psk = Self([0; PSK_LEN]);
        for (position, &digit) in digits.iter().enumerate() {
            let nibble = char::from(digit)
                .to_digit(16)
                .and_then(|nibble| u8::try_from(nibble).ok())
                .ok_or(PskError::NotHex { position })?;
            if let Some(octet) = psk.0.get_mut(position / 2) {
                *octet = *octet << 4 | nibble;
            }
        }
        Ok(psk)
    }
}

/// A text that is neither a passphrase nor a pre-shared key. Positions count octets from 1; the text itself
/// is never shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PskError {
    /// Too short or too long.
    #[error("passphrase of {found} octets: expected {PASSPHRASE_MIN} to {PASSPHRASE_MAX}, or a key of 64 hex digits")]
    PassphraseLength {
        /// Octets given.
        found: usize,
    },
    /// An octet outside printable ASCII.
    #[error("octet {} of the passphrase is not printable ASCII; enter the 64 hex digits of the key instead", position + 1)]
    NotPrintable {
        /// Octets before it.
        position: usize,
    },
    /// A text of 64 octets that is no hex number.
    #[error("octet {} of the key is no hex digit: 64 octets are taken for a key, as a passphrase has at most {PASSPHRASE_MAX}", position + 1)]
    NotHex {
        /// Octets before it.
        position: usize,
    },
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::testing::hex;

    /// IEEE 802.11-2020, J.4.2.
    #[test]
    fn a_passphrase_gives_the_psk_of_the_standard() {
        for (passphrase, ssid, psk) in [
            (
                "password",
                "IEEE",
                "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e",
            ),
            (
                "ThisIsAPassword",
                "ThisIsASSID",
                "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
            ),
            (
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62",
            ),
        ] {
            let found = Psk::parse(passphrase.as_bytes(), ssid.as_bytes()).expect("a passphrase");
            assert_eq!(found.as_bytes(), hex(psk).as_slice(), "{passphrase}");
        }
    }

    #[test]
    fn sixty_four_hex_digits_are_the_key_itself_whatever_the_network() {
        let digits = "F42C6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e";
        let psk = Psk::parse(digits.as_bytes(), b"any").expect("a key");
        assert_eq!(psk.as_bytes(), hex(digits).as_slice());
    }

    #[test]
    fn what_is_neither_passphrase_nor_key_is_refused_with_the_reason() {
        let refused = |text: &[u8]| Psk::parse(text, b"IEEE").err();
        assert_eq!(refused(b""), Some(PskError::PassphraseLength { found: 0 }));
        assert_eq!(refused(b"seven77"), Some(PskError::PassphraseLength { found: 7 }));
        assert_eq!(refused(&[b'a'; 65]), Some(PskError::PassphraseLength { found: 65 }));
        assert_eq!(refused(b"tab\tinside"), Some(PskError::NotPrintable { position: 3 }));
        assert_eq!(
            refused("fünf und drei".as_bytes()),
            Some(PskError::NotPrintable { position: 1 })
        );
        assert_eq!(refused(b"delete\x7f7"), Some(PskError::NotPrintable { position: 6 }));
        let mut digits = [b'0'; 64];
        digits[63] = b'g';
        assert_eq!(refused(&digits), Some(PskError::NotHex { position: 63 }));
    }

    #[test]
    fn the_shortest_and_the_longest_passphrase_are_taken() {
        assert!(Passphrase::new(b"8 octets").is_ok());
        assert!(Passphrase::new(&[b'~'; 63]).is_ok());
    }

    #[test]
    fn a_refusal_counts_from_one_and_keeps_the_secret() {
        assert_eq!(
            PskError::NotPrintable { position: 3 }.to_string(),
            "octet 4 of the passphrase is not printable ASCII; enter the 64 hex digits of the key instead"
        );
    }
}
