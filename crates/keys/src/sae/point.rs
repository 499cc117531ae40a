//! Points of a curve for multiplications: fast formulas with exceptions, and how one finds out that an exception was met.
//!
//! A sum is kept in Jacobian coordinates, (x / z², y / z³), and what is added to it in affine ones. That costs a good third
//! less than the complete formulas of `primeorder`, but has no answer for a point added to itself, nor for the point at
//! infinity. Both are found out: adding a point to itself or to its opposite gives z = 0, and no doubling or addition that
//! follows makes anything else of it.

use primeorder::elliptic_curve::BatchNormalize;
use primeorder::elliptic_curve::point::AffineCoordinates;
use primeorder::{AffinePoint, Double, Field, PrimeField, ProjectivePoint};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use crate::curve::{Arithmetic, Coordinate};

/// A point in affine coordinates, not the one at infinity.
#[derive(Clone, Copy)]
pub(super) struct Affine<C: Arithmetic> {
    x: Coordinate<C>,
    y: Coordinate<C>,
}

/// The odd multiples of a point from 1 to 15.
#[derive(Clone, Copy)]
pub(super) struct OddMultiples<C: Arithmetic>([Affine<C>; 8]);

/// A sum of points. Empty until something is added; that, and nothing else about it, may be seen from outside.
pub(super) struct Sum<C: Arithmetic>(Option<Jacobian<C>>);

struct Jacobian<C: Arithmetic> {
    x: Coordinate<C>,
    y: Coordinate<C>,
    z: Coordinate<C>,
}

impl<C: Arithmetic> OddMultiples<C> {
    /// `point` is not the one at infinity.
    pub(super) fn new(point: ProjectivePoint<C>) -> Self {
        let twice = Zeroizing::new(Double::double(&point));
        let mut multiple = Zeroizing::new(point - *twice);
        let multiples: [_; 8] = core::array::from_fn(|_| {
            *multiple += *twice;
            *multiple
        });
        let multiples = Zeroizing::new(multiples);
        let affine = Zeroizing::new(ProjectivePoint::<C>::batch_normalize(&*multiples));
        Self(affine.map(|point| Affine::new(&point)))
    }

    /// The point times `digit`, which is odd and between -15 and 15. In constant time: looks at every multiple.
    pub(super) fn times(&self, digit: i8) -> Affine<C> {
        let Self([first, others @ ..]) = self;
        let mut point = *first;
        // Without the branch that `unsigned_abs` may be: all ones for a negative digit.
        let sign = digit >> 7;
        let absolute = (digit ^ sign).wrapping_sub(sign).cast_unsigned();
        for (multiple, number) in others.iter().zip((3_u8..).step_by(2)) {
            let is_it = absolute.ct_eq(&number);
            point.x.conditional_assign(&multiple.x, is_it);
            point.y.conditional_assign(&multiple.y, is_it);
        }
        let is_negative = Choice::from(digit.cast_unsigned() >> 7);
        point.y.conditional_assign(&-point.y, is_negative);
        point
    }
}

impl<C: Arithmetic> Zeroize for OddMultiples<C> {
    fn zeroize(&mut self) {
        for Affine { x, y } in &mut self.0 {
            x.zeroize();
            y.zeroize();
        }
    }
}

impl<C: Arithmetic> Affine<C> {
    fn new(point: &AffinePoint<C>) -> Self {
        let coordinate = |octets| Coordinate::<C>::from_repr(octets).unwrap_or(Coordinate::<C>::ZERO);
        Self {
            x: coordinate(point.x()),
            y: coordinate(point.y()),
        }
    }
}

impl<C: Arithmetic> Sum<C> {
    pub(super) const EMPTY: Self = Self(None);

    pub(super) fn double(&mut self) {
        if let Some(sum) = &mut self.0 {
            sum.double();
        }
    }

    pub(super) fn add(&mut self, Affine { x, y }: Affine<C>) {
        match &mut self.0 {
            Some(sum) => sum.add(x, y),
            None => {
                let z = Coordinate::<C>::ONE;
                self.0 = Some(Jacobian { x, y, z });
            }
        }
    }

    /// The sum, or `None` if an addition has met an exception, or there was none.
    pub(super) fn finish(self) -> Option<AffinePoint<C>> {
        let mut sum = self.0?;
        let inverse = sum.z.invert().into_option()?;
        let square = inverse.square();
        let (x, y) = (sum.x * square, sum.y * (square * inverse));
        sum.zeroize();
        AffinePoint::<C>::from_coordinates(&x.to_repr(), &y.to_repr()).into_option()
    }
}

impl<C: Arithmetic> Jacobian<C> {
    /// "dbl-2001-b" of the Explicit-Formulas Database (Bernstein, 2001), for curves with a = -3.
    fn double(&mut self) {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta4 = (self.x * gamma).double().double();
        let alpha = (self.x - delta) * (self.x + delta);
        let alpha = alpha.double() + alpha;
        self.z = (self.y * self.z).double();
        self.x = alpha.square() - beta4.double();
        self.y = alpha * (beta4 - self.x) - gamma.double().square().double();
    }

    /// "madd" of the same collection (Cohen, Miyaji and Ono, 1998).
    fn add(&mut self, x: Coordinate<C>, y: Coordinate<C>) {
        let zz = self.z.square();
        let h = x * zz - self.x;
        let r = y * (zz * self.z) - self.y;
        let hh = h.square();
        let hhh = hh * h;
        let v = self.x * hh;
        self.x = r.square() - hhh - v.double();
        self.y = r * (v - self.x) - self.y * hhh;
        self.z *= h;
    }
}

impl<C: Arithmetic> Zeroize for Jacobian<C> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}
