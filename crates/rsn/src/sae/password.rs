//! A password of one network, with what is computed from it once.

use alloc::boxed::Box;

use keys::curve::Curve;
use keys::sae::Pt;
use zeroize::Zeroizing;

/// A password for one network, with the secret point of each group for hash-to-element.
///
/// Making one takes about as long as several exchanges; all exchanges of the network then share it.
pub struct Password {
    octets: Zeroizing<Box<[u8]>>,
    identifier: Option<Box<[u8]>>,
    points: Box<[Pt]>,
}

impl Password {
    /// Takes a copy of a password, and of the identifier that it goes by if there are several. `groups` are those in which
    /// hash-to-element will be used; with none, only hunting and pecking is possible.
    #[must_use]
    pub fn new(ssid: &[u8], password: &[u8], identifier: Option<&[u8]>, groups: &[Curve]) -> Self {
        Self {
            octets: Zeroizing::new(password.into()),
            identifier: identifier.map(Into::into),
            points: groups
                .iter()
                .map(|&curve| Pt::derive(curve, ssid, password, identifier))
                .collect(),
        }
    }

    /// The identifier, which is sent in the clear.
    #[must_use]
    pub fn identifier(&self) -> Option<&[u8]> {
        self.identifier.as_deref()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn point(&self, curve: Curve) -> Option<&Pt> {
        self.points.iter().find(|point| point.curve() == curve)
    }
}
