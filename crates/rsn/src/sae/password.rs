//! A password, ready for use in a network.

use alloc::boxed::Box;
use frame::MacAddress;
use frame::sae::Method;
use keys::curve::Curve;
use keys::sae::{Pt, Pwe};
use zeroize::Zeroizing;

/// A password of a network. It keeps what takes long to compute and is the same for every peer.
pub struct Password {
    octets: Zeroizing<Box<[u8]>>,
    identifier: Option<Box<[u8]>>,
    ssid: Box<[u8]>,
    /// By the place of their curve in [`Curve::ALL`].
    points: [Option<Pt>; 3],
}

impl Password {
    /// A password for the network `ssid`, with its identifier in a network that has several.
    #[must_use]
    pub fn new(ssid: &[u8], password: &[u8], identifier: Option<&[u8]>) -> Self {
        Self {
            octets: Zeroizing::new(password.into()),
            identifier: identifier.map(Into::into),
            ssid: ssid.into(),
            points: [None, None, None],
        }
    }

    /// The identifier.
    #[must_use]
    pub fn identifier(&self) -> Option<&[u8]> {
        self.identifier.as_deref()
    }

    /// Does now what takes long: with hash-to-element, for this curve.
    pub fn prepare(&mut self, curve: Curve) {
        self.point(curve);
    }

    /// The element that both sides of an exchange compute from the password.
    ///
    /// `None` if hunting and pecking finds none, which has a chance of about 2^-255.
    pub(super) fn element(&mut self, curve: Curve, method: Method, a: MacAddress, b: MacAddress) -> Option<Pwe> {
        match method {
            Method::HashToElement => Some(Pwe::from_pt(self.point(curve), a, b)),
            Method::HuntingAndPecking => Pwe::hunt(curve, &self.octets, a, b),
        }
    }

    fn point(&mut self, curve: Curve) -> &Pt {
        let Self {
            octets,
            identifier,
            ssid,
            points: [p256, p384, p521],
        } = self;
        let place = match curve {
            Curve::P256 => p256,
            Curve::P384 => p384,
            Curve::P521 => p521,
        };
        place.get_or_insert_with(|| Pt::derive(curve, ssid, octets, identifier.as_deref()))
    }
}
