//! The elliptic curves of SAE, OWE and EAP-pwd: groups 19, 20 and 21 of IANA's registry for IKE (RFC 5903).
//!
//! The arithmetic is that of RustCrypto; only the names and lengths that a protocol asks for are here.

use hash2curve::MapToCurve;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use primeorder::elliptic_curve::hazmat::FieldArithmetic;
use primeorder::elliptic_curve::ops::Reduce;
use primeorder::elliptic_curve::point::AffineCoordinates;
use primeorder::{AffinePoint, FieldBytes, PrimeCurveParams, PrimeField, Scalar};
use zeroize::Zeroize;

use crate::suites::Derivation;

/// Most octets of a scalar or of a coordinate.
pub const SCALAR_MAX: usize = 66;

/// One of the curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// Group 19, NIST P-256.
    P256,
    /// Group 20, NIST P-384.
    P384,
    /// Group 21, NIST P-521.
    P521,
}

impl Curve {
    /// All curves, the cheapest first.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The curve of a group, or `None` for a group that is not implemented.
    #[must_use]
    pub const fn of_group(group: u16) -> Option<Self> {
        match group {
            19 => Some(Self::P256),
            20 => Some(Self::P384),
            21 => Some(Self::P521),
            _ => None,
        }
    }

    /// The number of the group.
    #[must_use]
    pub const fn group(self) -> u16 {
        match self {
            Self::P256 => 19,
            Self::P384 => 20,
            Self::P521 => 21,
        }
    }

    /// The octets of a scalar and of a coordinate; a point has twice as many.
    #[must_use]
    pub const fn scalar_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The derivation function with the hash that suits the length of the prime (IEEE 802.11-2020, Table 12-1;
    /// RFC 8110, 4.4).
    #[must_use]
    pub const fn derivation(self) -> Derivation {
        match self {
            Self::P256 => Derivation::KdfSha256,
            Self::P384 => Derivation::KdfSha384,
            Self::P521 => Derivation::KdfSha512,
        }
    }
}

/// The arithmetic of a curve, as far as SAE and OWE use it.
pub(crate) trait Arithmetic:
    PrimeCurveParams<Scalar: Reduce<FieldBytes<Self>>, FieldElement: Zeroize> + MapToCurve<FieldElement = Coordinate<Self>>
{
    /// The octets of a scalar, of a coordinate.
    const LEN: usize;

    /// The scalar of [`LEN`](Self::LEN) octets; `None` for another length or a number that is not below the order.
    fn scalar(octets: &[u8]) -> Option<Scalar<Self>> {
        Scalar::<Self>::from_repr(FieldBytes::<Self>::try_from(octets).ok()?).into()
    }

    /// The point of these coordinates (each of [`LEN`](Self::LEN) octets); `None` if it is not on the curve. The point at
    /// infinity has none.
    fn point(x: &[u8], y: &[u8]) -> Option<AffinePoint<Self>> {
        let x = FieldBytes::<Self>::try_from(x).ok()?;
        let y = FieldBytes::<Self>::try_from(y).ok()?;
        AffinePoint::<Self>::from_coordinates(&x, &y).into()
    }
}

impl Arithmetic for NistP256 {
    const LEN: usize = Curve::P256.scalar_len();
}

impl Arithmetic for NistP384 {
    const LEN: usize = Curve::P384.scalar_len();
}

impl Arithmetic for NistP521 {
    const LEN: usize = Curve::P521.scalar_len();
}

/// An element of the field that a curve lies over.
pub(crate) type Coordinate<C> = <C as FieldArithmetic>::FieldElement;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_found_by_its_group_and_no_other_group_has_one() {
        for curve in Curve::ALL {
            assert_eq!(Curve::of_group(curve.group()), Some(curve));
            assert_eq!(frame::sae::scalar_len(curve.group()), Some(curve.scalar_len()));
        }
        for group in [0, 15, 18, 22, 25, 28, u16::MAX] {
            assert_eq!(Curve::of_group(group), None);
        }
    }

    #[test]
    fn an_order_is_no_scalar_and_the_number_before_it_is_one() {
        fn check<C: Arithmetic>() {
            let mut largest = (-<Scalar<C> as primeorder::Field>::ONE).to_repr();
            assert!(C::scalar(&largest).is_some());
            // The orders are odd, so that adding one to the largest scalar carries nowhere.
            *largest.last_mut().unwrap() += 1;
            assert!(C::scalar(&largest).is_none());
            assert!(C::scalar(&largest[1..]).is_none());
        }
        check::<NistP256>();
        check::<NistP384>();
        check::<NistP521>();
    }
}
