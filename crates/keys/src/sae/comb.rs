//! Multiplication of a point that is used more than once, by a comb of four teeth (Lim and Lee, 1994).
//!
//! The multiples of PT are computed once for each password; every exchange of the network is then spared three quarters
//! of the doublings. In constant time: each step looks at the whole of a row, and there is always the same number of
//! steps.

use primeorder::{Double, PrimeField, ProjectivePoint, Scalar};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use crate::curve::{Arithmetic, SCALAR_MAX};

const TEETH: usize = 4;
/// Most signed digits in base 16: two an octet, and the last carry.
const DIGITS_MAX: usize = 2 * SCALAR_MAX + 1;

/// One to eight times a point.
type Row<C> = [ProjectivePoint<C>; 8];

/// A secret point and its multiples.
pub(super) struct Comb<C: Arithmetic> {
    /// Row `i` belongs to the point times 16^(i · [`Self::GAP`]).
    rows: [Row<C>; TEETH],
}

impl<C: Arithmetic> Comb<C> {
    /// The digits of a scalar.
    const DIGITS: usize = 2 * C::LEN + 1;
    /// The digits from one tooth to the next.
    const GAP: usize = Self::DIGITS.div_ceil(TEETH);

    pub(super) fn new(mut point: ProjectivePoint<C>) -> Self {
        let mut rows = [[ProjectivePoint::<C>::IDENTITY; 8]; TEETH];
        for multiples in &mut rows {
            *multiples = row::<C>(point);
            for _ in 0..4 * Self::GAP {
                point = Double::double(&point);
            }
        }
        point.zeroize();
        Self { rows }
    }

    pub(super) const fn duplicate(&self) -> Self {
        Self { rows: self.rows }
    }

    /// The point times `scalar`.
    pub(super) fn times(&self, scalar: &Scalar<C>) -> ProjectivePoint<C> {
        let digits = digits::<C>(scalar);
        let mut sum = ProjectivePoint::<C>::IDENTITY;
        for position in (0..Self::GAP).rev() {
            sum = times_16::<C>(sum);
            sum = self.add_teeth(sum, position, &digits);
        }
        sum
    }

    /// The point times `scalar`, plus `other` times `other_scalar`; the doublings are done once for both.
    pub(super) fn times_plus(
        &self,
        scalar: &Scalar<C>,
        other: ProjectivePoint<C>,
        other_scalar: &Scalar<C>,
    ) -> ProjectivePoint<C> {
        let (own_digits, other_digits) = (digits::<C>(scalar), digits::<C>(other_scalar));
        let other = row::<C>(other);
        let mut sum = ProjectivePoint::<C>::IDENTITY;
        for position in (0..Self::DIGITS).rev() {
            sum = times_16::<C>(sum);
            sum += select::<C>(&other, other_digits.get(position).copied().unwrap_or_default());
            if position < Self::GAP {
                sum = self.add_teeth(sum, position, &own_digits);
            }
        }
        sum
    }

    fn add_teeth(&self, mut sum: ProjectivePoint<C>, position: usize, digits: &[i8; DIGITS_MAX]) -> ProjectivePoint<C> {
        let under_teeth = digits.iter().skip(position).step_by(Self::GAP);
        for (row, &digit) in self.rows.iter().zip(under_teeth) {
            sum += select::<C>(row, digit);
        }
        sum
    }
}

impl<C: Arithmetic> Drop for Comb<C> {
    fn drop(&mut self) {
        self.rows.as_flattened_mut().zeroize();
    }
}

fn row<C: Arithmetic>(point: ProjectivePoint<C>) -> Row<C> {
    let mut multiple = ProjectivePoint::<C>::IDENTITY;
    core::array::from_fn(|_| {
        multiple += point;
        multiple
    })
}

fn times_16<C: Arithmetic>(point: ProjectivePoint<C>) -> ProjectivePoint<C> {
    (0..4).fold(point, |point, _| Double::double(&point))
}

/// The point of `row` times `digit`, which is from -8 to 8.
fn select<C: Arithmetic>(row: &Row<C>, digit: i8) -> ProjectivePoint<C> {
    let size = digit.unsigned_abs();
    let mut point = ProjectivePoint::<C>::IDENTITY;
    for (multiple, number) in row.iter().zip(1_u8..) {
        point.conditional_assign(multiple, size.ct_eq(&number));
    }
    let is_negative = Choice::from(digit.cast_unsigned() >> 7);
    ProjectivePoint::<C>::conditional_select(&point, &-point, is_negative)
}

/// The digits of a scalar in base 16, from -8 to 8, the least significant first; zero behind the last.
fn digits<C: Arithmetic>(scalar: &Scalar<C>) -> Zeroizing<[i8; DIGITS_MAX]> {
    let mut digits = Zeroizing::new([0; DIGITS_MAX]);
    let mut octets = scalar.to_repr();
    let mut carry = 0;
    let nibbles = octets.iter().rev().flat_map(|octet| [octet & 0x0f, octet >> 4]);
    for (digit, nibble) in digits.iter_mut().zip(nibbles.chain([0])) {
        // At most 16: a nibble and the carry.
        let value = nibble.cast_signed() + carry;
        carry = (value + 8) >> 4;
        *digit = value - (carry << 4);
    }
    octets.as_mut_slice().zeroize();
    digits
}

#[cfg(test)]
mod tests {
    use p256::NistP256;
    use p384::NistP384;
    use p521::NistP521;
    use primeorder::Field;
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
            assert!(comb.times(&scalar) == base * scalar);
            let both = comb.times_plus(&scalar, other, &-scalar);
            assert!(both == base * scalar - other * scalar);
        }
    }

    #[test]
    fn a_comb_multiplies_as_the_curve_does() {
        check::<NistP256>();
        check::<NistP384>();
        check::<NistP521>();
    }
}
