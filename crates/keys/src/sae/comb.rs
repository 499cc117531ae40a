//! Multiplication of a point that is used more than once, by a comb of eight teeth (Lim and Lee, 1994).
//!
//! The multiples of PT are computed once for each password; every exchange of the network is then spared seven eighths
//! of the doublings. In constant time: the digits are odd, so that there is no zero to be left out; each step looks at the
//! whole of a row, and there is always the same number of steps.
//!
//! The formulas of [`Sum`] have exceptions. One is met if the sum so far is, up to its sign, what is added next; with scalars
//! that nobody else knows that has a chance of about 2^-250, whatever point the peer has chosen. Then, and for a scalar of
//! zero, all is computed again by complete formulas, so that the result is right for every input.

use core::iter;

use primeorder::{AffinePoint, Double, Field, PrimeField, ProjectivePoint, Scalar};
use subtle::ConditionallySelectable;
use zeroize::{Zeroize, Zeroizing};

use super::point::{OddMultiples, Sum};
use crate::curve::{Arithmetic, SCALAR_MAX};

const TEETH: usize = 8;
/// Most digits in base 16, with those that make the teeth equally long.
const DIGITS_MAX: usize = (2 * SCALAR_MAX).next_multiple_of(TEETH);

/// A secret point and its multiples.
pub(super) struct Comb<C: Arithmetic> {
    point: ProjectivePoint<C>,
    /// Row `i` belongs to the point times 16^(i · [`Self::GAP`]).
    rows: [OddMultiples<C>; TEETH],
}

impl<C: Arithmetic> Comb<C> {
    /// The digits from one tooth to the next.
    const GAP: usize = (2 * C::LEN).div_ceil(TEETH);
    /// The digits of a scalar.
    const DIGITS: usize = Self::GAP * TEETH;

    /// `point` is not the one at infinity.
    pub(super) fn new(point: ProjectivePoint<C>) -> Self {
        let mut next = point;
        let rows = core::array::from_fn(|_| {
            let row = OddMultiples::new(next);
            next = (0..4 * Self::GAP).fold(next, |point, _| Double::double(&point));
            row
        });
        next.zeroize();
        Self { point, rows }
    }

    pub(super) const fn duplicate(&self) -> Self {
        Self {
            point: self.point,
            rows: self.rows,
        }
    }

    /// The point times `scalar`.
    pub(super) fn times(&self, scalar: &Scalar<C>) -> AffinePoint<C> {
        self.try_times(scalar)
            .unwrap_or_else(|| (self.point * scalar).to_affine())
    }

    /// The point times `scalar`, plus `other` times `other_scalar`; the doublings are done once for both. `other` is not
    /// the point at infinity.
    pub(super) fn times_plus(
        &self,
        scalar: &Scalar<C>,
        other: ProjectivePoint<C>,
        other_scalar: &Scalar<C>,
    ) -> AffinePoint<C> {
        self.try_times_plus(scalar, other, other_scalar)
            .unwrap_or_else(|| (self.point * scalar + other * other_scalar).to_affine())
    }

    fn try_times(&self, scalar: &Scalar<C>) -> Option<AffinePoint<C>> {
        let digits = digits::<C>(scalar, Self::DIGITS)?;
        let mut sum = Sum::EMPTY;
        for position in (0..Self::GAP).rev() {
            times_16(&mut sum);
            self.add_teeth(&mut sum, position, &digits);
        }
        sum.finish()
    }

    fn try_times_plus(
        &self,
        scalar: &Scalar<C>,
        other: ProjectivePoint<C>,
        other_scalar: &Scalar<C>,
    ) -> Option<AffinePoint<C>> {
        let own_digits = digits::<C>(scalar, Self::DIGITS)?;
        let other_digits = digits::<C>(other_scalar, Self::DIGITS)?;
        let other = OddMultiples::new(other);
        let mut sum = Sum::EMPTY;
        for (position, &digit) in other_digits.iter().enumerate().take(Self::DIGITS).rev() {
            times_16(&mut sum);
            sum.add(other.times(digit));
            if position < Self::GAP {
                self.add_teeth(&mut sum, position, &own_digits);
            }
        }
        sum.finish()
    }

    fn add_teeth(&self, sum: &mut Sum<C>, position: usize, digits: &[i8; DIGITS_MAX]) {
        let under_teeth = digits.iter().skip(position).step_by(Self::GAP);
        for (row, &digit) in self.rows.iter().zip(under_teeth) {
            sum.add(row.times(digit));
        }
    }
}

impl<C: Arithmetic> Drop for Comb<C> {
    fn drop(&mut self) {
        self.point.zeroize();
        self.rows.iter_mut().for_each(Zeroize::zeroize);
    }
}

fn times_16<C: Arithmetic>(sum: &mut Sum<C>) {
    (0..4).for_each(|_| sum.double());
}

/// The first `count` digits of a scalar in base 16, all odd and from -15 to 15, the least significant first. `None` for
/// zero, which has none.
fn digits<C: Arithmetic>(scalar: &Scalar<C>, count: usize) -> Option<Zeroizing<[i8; DIGITS_MAX]>> {
    if scalar.is_zero().into() {
        return None;
    }
    // Either the scalar or its negative is odd, as the order is odd; the digits of one are those of the other, negated.
    let is_odd = scalar.is_odd();
    let mut octets = Scalar::<C>::conditional_select(&-*scalar, scalar, is_odd).to_repr();
    let nibbles = octets.iter().rev().flat_map(|octet| [octet & 0x0f, octet >> 4]);
    // Above the last digit there is nothing to lend.
    let mut nibbles = nibbles.chain(iter::repeat(0)).take(count).chain([1]);
    let mut nibble = nibbles.next().unwrap_or_default();
    let mut digits = Zeroizing::new([0; DIGITS_MAX]);
    for (digit, above) in digits.iter_mut().zip(nibbles) {
        // An even nibble becomes odd by lending 1 to the digit below, which is 16 less for it.
        let lent = 16 * (1 - (above & 1));
        let of_odd = (nibble | 1).cast_signed() - lent.cast_signed();
        *digit = i8::conditional_select(&-of_odd, &of_odd, is_odd);
        nibble = above;
    }
    octets.as_mut_slice().zeroize();
    Some(digits)
}

#[cfg(test)]
mod tests {
    use p256::NistP256;
    use p384::NistP384;
    use p521::NistP521;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::sae::random;

    fn check<C: Arithmetic>() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let [base, other] = [(); 2].map(|()| ProjectivePoint::<C>::GENERATOR * random::<C>(&mut rng));
        let comb = Comb::<C>::new(base);
        let edges = [
            Scalar::<C>::ZERO,
            Scalar::<C>::ONE,
            -Scalar::<C>::ONE,
            Scalar::<C>::from(0x888),
        ];
        let scalars = edges.into_iter().chain((0..20).map(|_| random::<C>(&mut rng)));
        for scalar in scalars {
            assert!(comb.times(&scalar) == (base * scalar).to_affine());
            let both = comb.times_plus(&scalar, other, &-scalar);
            assert!(both == (base * scalar - other * scalar).to_affine());
        }
    }

    #[test]
    fn a_comb_multiplies_as_the_curve_does() {
        check::<NistP256>();
        check::<NistP384>();
        check::<NistP521>();
    }

    fn check_exceptions<C: Arithmetic>() {
        let base = ProjectivePoint::<C>::GENERATOR;
        let comb = Comb::<C>::new(base);
        // What is added last when the scalar is 1: the lowest digit under the last tooth, which is -15.
        let place = Comb::<C>::GAP * (TEETH - 1);
        let last = -Scalar::<C>::from(15) * Scalar::<C>::from(16).pow_vartime([place as u64]);
        let one = Scalar::<C>::ONE;
        for total in [last.double(), Scalar::<C>::ZERO] {
            let rest = total - one;
            assert!(comb.try_times_plus(&one, base, &rest).is_none());
            assert!(comb.times_plus(&one, base, &rest) == (base * total).to_affine());
        }
    }

    #[test]
    fn a_point_added_to_itself_or_to_its_opposite_is_found_out() {
        check_exceptions::<NistP256>();
        check_exceptions::<NistP384>();
        check_exceptions::<NistP521>();
    }
}
