//! The table of ratios: SAE. A benchmark of its own, since only this one needs the system's OpenSSL.

use std::hint::black_box;
use std::process::ExitCode;

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcPoint, EcPointRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use portcullis_benches::{row, sae};

fn main() -> Result<ExitCode, ErrorStack> {
    let mut points = Points::new()?;
    let row = sae::row(|| points.one_side().unwrap_or_else(|error| unreachable!("{error}")));
    Ok(row::print([row]))
}

/// Inputs of one side's multiplications, on P-256.
struct Points {
    group: EcGroup,
    context: BigNumContext,
    /// PT and the peer's element.
    base: EcPoint,
    peer: Vec<u8>,
    /// val, mask, the peer's scalar, rand: numbers as long as the order.
    scalars: [BigNum; 4],
}

impl Points {
    fn new() -> Result<Self, ErrorStack> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let mut context = BigNumContext::new()?;
        let (mut order, mut base) = (BigNum::new()?, EcPoint::new(&group)?);
        group.order(&mut order, &mut context)?;
        let random = || -> Result<BigNum, ErrorStack> {
            let mut number = BigNum::new()?;
            order.rand_range(&mut number)?;
            Ok(number)
        };
        let logarithm = random()?;
        base.mul_generator2(&group, &logarithm, &mut context)?;
        let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
        let peer = base.to_bytes(&group, form, &mut context)?;
        let scalars = [random()?, random()?, random()?, random()?];
        Ok(Self {
            group,
            context,
            base,
            peer,
            scalars,
        })
    }

    fn one_side(&mut self) -> Result<(), ErrorStack> {
        let group = &self.group;
        let context = &mut self.context;
        let [val, mask, peer_scalar, rand] = &self.scalars;
        let mut times = |point: &EcPointRef, scalar: &BigNum| -> Result<EcPoint, ErrorStack> {
            let mut product = EcPoint::new(group)?;
            product.mul2(group, point, scalar, context)?;
            Ok(product)
        };
        let element = times(&self.base, val)?;
        let mut commit = times(&element, mask)?;
        let received = times(&element, peer_scalar)?;
        let context = &mut self.context;
        // Decoding checks that the point is on the curve.
        let peer = EcPoint::from_bytes(group, &self.peer, context)?;
        let mut sum = EcPoint::new(group)?;
        sum.add(group, &received, &peer, context)?;
        let mut shared = EcPoint::new(group)?;
        shared.mul2(group, &sum, rand, context)?;
        commit.invert2(group, context)?;
        for point in [&commit, &shared] {
            let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
            point.affine_coordinates(group, &mut x, &mut y, context)?;
            black_box((x, y));
        }
        Ok(())
    }
}
