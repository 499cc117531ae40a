//! The arithmetic of commit and agreement on one curve (IEEE 802.11-2020, 12.4.5.2 to 12.4.5.4).

use primeorder::elliptic_curve::point::AffineCoordinates;
use primeorder::{Field, FieldBytes, PrimeField, ProjectivePoint, Scalar};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::element::Element;
use super::{Public, SaeError};
use crate::curve::{Arithmetic, SCALAR_MAX};
use crate::secret::Key;

/// A password element and the random number of one exchange.
pub(crate) struct Share<C: Arithmetic> {
    element: Element<C>,
    rand: Scalar<C>,
}

impl<C: Arithmetic> Share<C> {
    /// A share with random numbers, and what the commit says about it.
    pub(crate) fn random(element: Element<C>, rng: &mut dyn CryptoRng) -> (Self, Public) {
        let mut share = Self {
            element,
            rand: random::<C>(rng),
        };
        loop {
            let mut mask = random::<C>(rng);
            let public = share.commit(&mask);
            mask.zeroize();
            match public {
                Some(public) => return (share, public),
                // The two numbers add up to 0 or 1: others have to be found.
                None => share.rand = random::<C>(rng),
            }
        }
    }

    /// Commit-scalar and COMMIT-ELEMENT; `None` if the scalar would be 0 or 1.
    pub(super) fn commit(&self, mask: &Scalar<C>) -> Option<Public> {
        let scalar = self.rand + mask;
        if is_trivial::<C>(&scalar) {
            return None;
        }
        let element = self.element.times(&-*mask);
        let mut octets = [0; 3 * SCALAR_MAX];
        let parts = [scalar.to_repr(), element.x(), element.y()];
        octets
            .iter_mut()
            .zip(parts.iter().flatten())
            .for_each(|(to, from)| *to = *from);
        Some(Public {
            octets,
            scalar_len: C::LEN,
        })
    }

    /// The secret k: the x coordinate of rand · (peer-scalar · PWE + PEER-ELEMENT).
    pub(crate) fn agree(&self, peer: &Public) -> Result<Key<SCALAR_MAX>, SaeError> {
        let scalar = C::scalar(peer.scalar()).ok_or(SaeError::Scalar)?;
        if is_trivial::<C>(&scalar) {
            return Err(SaeError::Scalar);
        }
        let (x, y) = peer.element().split_at_checked(C::LEN).ok_or(SaeError::Element)?;
        let element = ProjectivePoint::<C>::from(C::point(x, y).ok_or(SaeError::Element)?);
        let mut point = self.element.times_plus(&(self.rand * scalar), element, &self.rand);
        if point.is_identity().into() {
            return Err(SaeError::Element);
        }
        let mut x = point.x();
        point.zeroize();
        let secret = Key::new(&x).map_err(|_| SaeError::Element);
        x.as_mut_slice().zeroize();
        secret
    }

    /// The sum of the two scalars modulo the order, which is no secret.
    pub(super) fn sum(&self, own: &Public, peer: &Public) -> Result<Key<SCALAR_MAX>, SaeError> {
        let own = C::scalar(own.scalar()).ok_or(SaeError::Scalar)?;
        let peer = C::scalar(peer.scalar()).ok_or(SaeError::Scalar)?;
        Key::new(&(own + peer).to_repr()).map_err(|_| SaeError::Scalar)
    }

    /// A share with a known random number.
    #[cfg(test)]
    pub(super) const fn known(element: Element<C>, rand: Scalar<C>) -> Self {
        Self { element, rand }
    }
}

impl<C: Arithmetic> Drop for Share<C> {
    fn drop(&mut self) {
        self.rand.zeroize();
    }
}

/// A random scalar above 1.
pub(crate) fn random<C: Arithmetic>(rng: &mut dyn CryptoRng) -> Scalar<C> {
    let surplus = 8 * u32::try_from(C::LEN).unwrap_or_default() - Scalar::<C>::NUM_BITS;
    loop {
        let mut octets = FieldBytes::<C>::default();
        rng.fill_bytes(&mut octets);
        // The bits that no scalar has: most tries would be in vain with them.
        if let Some(first) = octets.first_mut() {
            *first &= u8::MAX >> surplus;
        }
        let scalar = C::scalar(&octets);
        octets.as_mut_slice().zeroize();
        match scalar {
            Some(scalar) if !is_trivial::<C>(&scalar) => return scalar,
            _ => {}
        }
    }
}

/// True for 0 and 1.
fn is_trivial<C: Arithmetic>(scalar: &Scalar<C>) -> bool {
    (scalar.ct_eq(&Scalar::<C>::ZERO) | scalar.ct_eq(&Scalar::<C>::ONE)).into()
}
