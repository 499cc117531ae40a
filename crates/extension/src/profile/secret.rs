//! What proves the user to the network.

use super::FragmentError;
use keys::{Passphrase, Pmk, Psk};
use zeroize::Zeroizing;

/// Most octets of a password of SAE. The standard sets no limit; longer ones are mistakes.
pub const PASSWORD_MAX: usize = 128;

/// What proves the user to the network.
pub enum Secret {
    /// Nothing: the network asks for no proof.
    None,
    /// A passphrase: for WPA2 a key of its own for each network's name, for SAE a password.
    Passphrase(Passphrase),
    /// A password for SAE only.
    Password(Password),
    /// The pre-shared key itself.
    Psk(Psk),
    /// The pairwise master key that an authentication with 802.1X has left, or SAE where the driver does it.
    Pmk(Pmk),
    /// A static key of WEP.
    Wep(WepKey),
    /// Whatever the host's 802.1X module asks the user for: this extension does not see it.
    OneX,
}

/// A password of SAE: 1 to [`PASSWORD_MAX`] octets, UTF-8 by custom. Wiped when dropped.
pub struct Password(Zeroizing<Box<[u8]>>);

impl Password {
    /// Takes a copy.
    ///
    /// # Errors
    /// [`FragmentError::PasswordLength`].
    pub fn new(octets: &[u8]) -> Result<Self, FragmentError> {
        match octets.len() {
            1..=PASSWORD_MAX => Ok(Self(Zeroizing::new(octets.into()))),
            other => Err(FragmentError::PasswordLength(other)),
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A static key of WEP: 5 or 13 octets. Wiped when dropped.
pub struct WepKey(Zeroizing<Box<[u8]>>);

impl WepKey {
    /// Takes a copy, or `None` for a key of another length.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        matches!(octets.len(), 5 | 13).then(|| Self(Zeroizing::new(octets.into())))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
