//! The password element: a point of the curve that only those who know the password can find (IEEE 802.11-2020,
//! 12.4.4.2).
//!
//! Nothing here branches on, or indexes by, what depends on the password.

use frame::MacAddress;
use primeorder::elliptic_curve::ops::Reduce;
use primeorder::elliptic_curve::point::AffineCoordinates;
use primeorder::{AffinePoint, Field, FieldBytes, PrimeField, ProjectivePoint, Scalar};
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::comb::Comb;
use super::hash::{self, hash_len, mac};
use crate::curve::{Arithmetic, Coordinate};
use crate::derive::kdf_bits;
use crate::suites::Derivation;

/// Rounds of hunting and pecking that are always done: one finds an element with a chance of one half, so that in
/// 2^-40 of all cases more are seen from outside (12.4.4.2.2, k).
const MIN_ROUNDS: u8 = 40;

/// The most octets that are reduced to a coordinate: one and a half times those of P-521.
const UNREDUCED_MAX: usize = 99;

/// The secret point PT, from which hash-to-element makes the element of every pair of stations.
pub(super) struct Token<C: Arithmetic>(Comb<C>);

/// A password element, as a multiple of a point: PT and the pair's number, or the element itself and 1. So the
/// multiplication with the number and the one that follows are done as one.
pub(crate) struct Element<C: Arithmetic> {
    base: Comb<C>,
    /// Not secret: it depends on the addresses only.
    factor: Scalar<C>,
}

/// What one round of hunting and pecking tries.
pub(crate) struct Candidate<C: Arithmetic> {
    x: FieldBytes<C>,
    odd: Choice,
}

impl<C: Arithmetic> Candidate<C> {
    /// `stream` begins with as many bits as the prime has; the last bit of `seed` chooses among the two points.
    pub(crate) fn new(stream: FieldBytes<C>, seed: &[u8]) -> Self {
        Self {
            x: right_aligned::<C>(stream),
            odd: Choice::from(seed.last().copied().unwrap_or_default() & 1),
        }
    }
}

impl<C: Arithmetic> Token<C> {
    /// PT of 12.4.4.2.3.
    pub(super) fn derive(derivation: Derivation, ssid: &[u8], password: &[u8], identifier: &[u8]) -> Self {
        let seed = mac(derivation, ssid, &[password, identifier]);
        let map = |info| {
            let mut octets = Zeroizing::new([0; UNREDUCED_MAX]);
            let octets = octets.get_mut(..C::LEN + C::LEN / 2).unwrap_or_default();
            hash::expand(derivation, &seed, info, octets);
            C::map_to_curve(reduced::<C>(octets))
        };
        let point = map(b"SAE Hash to Element u1 P1") + map(b"SAE Hash to Element u2 P2");
        Self(Comb::new(point))
    }

    pub(super) const fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// The element of two stations.
    pub(super) fn element(&self, derivation: Derivation, a: MacAddress, b: MacAddress) -> Element<C> {
        let zeros = [0; hash::HASH_MAX];
        let zeros = zeros.get(..hash_len(derivation)).unwrap_or_default();
        let value = mac(derivation, zeros, &[&a.max(b).0, &a.min(b).0]);
        Element {
            base: self.0.duplicate(),
            factor: factor::<C>(value.as_bytes()),
        }
    }
}

impl<C: Arithmetic> Element<C> {
    /// The element of 12.4.4.2.2, found by trying. `None` if none was found in 255 rounds, which does not happen.
    pub(super) fn hunt(password: &[u8], a: MacAddress, b: MacAddress) -> Option<Self> {
        let addresses = [a.max(b).0, a.min(b).0];
        let modulus = modulus::<C>();
        Self::search(|round| {
            let seed = mac(Derivation::KdfSha256, addresses.as_flattened(), &[password, &[round]]);
            let mut x = FieldBytes::<C>::default();
            let bits = modulus_bits::<C>();
            kdf_bits::<Sha256>(seed.as_bytes(), b"SAE Hunting and Pecking", &[&modulus], bits, &mut x);
            Candidate::new(x, seed.as_bytes())
        })
    }

    /// The first candidate, counted from 1, whose x is the coordinate of a point: that one of its two points whose y is
    /// as odd as the seed. `None` if none is in 255 rounds.
    ///
    /// Takes the same time wherever among the first [`MIN_ROUNDS`] it is.
    pub(crate) fn search(candidate: impl Fn(u8) -> Candidate<C>) -> Option<Self> {
        let mut found = Choice::from(0);
        let (mut x, mut y) = (Coordinate::<C>::ZERO, Coordinate::<C>::ZERO);
        let mut odd = Choice::from(0);
        for round in 1..=u8::MAX {
            if round > MIN_ROUNDS && bool::from(found) {
                break;
            }
            let mut candidate = candidate(round);
            let number = Coordinate::<C>::from_repr(candidate.x);
            candidate.x.as_mut_slice().zeroize();
            let below_modulus = number.is_some();
            let number = number.unwrap_or(Coordinate::<C>::ZERO);
            let square = number.square() * number + C::EQUATION_A * number + C::EQUATION_B;
            let root = square.sqrt();
            let first = below_modulus & root.is_some() & !found;
            x.conditional_assign(&number, first);
            y.conditional_assign(&root.unwrap_or(Coordinate::<C>::ZERO), first);
            odd.conditional_assign(&candidate.odd, first);
            found |= first;
        }
        let y = Coordinate::<C>::conditional_select(&y, &-y, !y.is_odd().ct_eq(&odd));
        let point = AffinePoint::<C>::from_coordinates(&x.to_repr(), &y.to_repr()).into_option()?;
        Some(Self {
            base: Comb::new(point.into()),
            factor: Scalar::<C>::ONE,
        })
    }

    /// The element times `scalar`.
    pub(super) fn times(&self, scalar: &Scalar<C>) -> AffinePoint<C> {
        self.base.times(&(self.factor * scalar))
    }

    /// The element times `scalar`, plus `other` times `other_scalar`, in one go.
    pub(super) fn times_plus(
        &self,
        scalar: &Scalar<C>,
        other: ProjectivePoint<C>,
        other_scalar: &Scalar<C>,
    ) -> AffinePoint<C> {
        self.base.times_plus(&(self.factor * scalar), other, other_scalar)
    }
}

/// A number of any length, most significant octet first, modulo the field's prime.
fn reduced<C: Arithmetic>(octets: &[u8]) -> Coordinate<C> {
    let radix = Coordinate::<C>::from(256);
    octets.iter().fold(Coordinate::<C>::ZERO, |number, &octet| {
        number * radix + Coordinate::<C>::from(u64::from(octet))
    })
}

/// `value` modulo (r − 1), plus 1, where r is the order: no scalar but zero is left out. `value` is not secret.
fn factor<C: Arithmetic>(value: &[u8]) -> Scalar<C> {
    let mut octets = FieldBytes::<C>::default();
    // A hash is as long as a scalar, or shorter (P-521).
    let start = C::LEN.saturating_sub(value.len());
    for (to, from) in octets.iter_mut().skip(start).zip(value) {
        *to = *from;
    }
    let one = Scalar::<C>::ONE;
    match Scalar::<C>::from_repr(octets).into_option() {
        Some(value) if value != -one => value + one,
        // r - 1 goes into the value once; r did as well.
        Some(_) => one,
        None => Scalar::<C>::reduce(&octets) + one + one,
    }
}

/// The prime of the field.
fn modulus<C: Arithmetic>() -> FieldBytes<C> {
    let mut octets = (-Coordinate::<C>::ONE).to_repr();
    // The prime is odd: adding one carries nowhere.
    if let Some(last) = octets.last_mut() {
        *last |= 1;
    }
    octets
}

/// The bits of the prime.
pub(crate) fn modulus_bits<C: Arithmetic>() -> u16 {
    u16::try_from(Coordinate::<C>::NUM_BITS).unwrap_or(u16::MAX)
}

/// As many bits as the prime has, from the front of the octets to their end.
fn right_aligned<C: Arithmetic>(mut octets: FieldBytes<C>) -> FieldBytes<C> {
    let bits = u32::from(modulus_bits::<C>());
    let surplus = bits.next_multiple_of(8) - bits;
    let mut carried = 0;
    for octet in &mut octets {
        let wide = u16::from_be_bytes([carried, *octet]) >> surplus;
        carried = *octet;
        let [_, low] = wide.to_be_bytes();
        *octet = low;
    }
    octets
}
