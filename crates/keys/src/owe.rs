//! The key agreement of opportunistic wireless encryption (RFC 8110, 4.3 and 4.4), in groups 19, 20 and 21.

use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use primeorder::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use primeorder::{AffinePoint, FieldBytes, PrimeField, ProjectivePoint, Scalar};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha384, Sha512};
use subtle::Choice;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::curve::{Arithmetic, Curve, SCALAR_MAX};
use crate::derive::PMKID_LEN;
use crate::pmk::{PMK_MAX, Pmk};
use crate::sae::{self, hash};
use crate::secret::Key;
use crate::suites::Derivation;

/// A key pair for one association.
#[derive(ZeroizeOnDrop)]
pub struct KeyPair {
    #[zeroize(skip)]
    curve: Curve,
    private: Key<SCALAR_MAX>,
    #[zeroize(skip)]
    public: [u8; SCALAR_MAX],
}

/// The public key of the peer is not the x coordinate of a point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public key is not a point of the curve")]
pub struct InvalidPublicKey;

/// Which side of the association the keys are derived for: the station's public key comes first in all hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The station.
    Station,
    /// The access point.
    AccessPoint,
}

impl KeyPair {
    /// A new pair.
    #[must_use]
    pub fn generate(curve: Curve, rng: &mut dyn CryptoRng) -> Self {
        match curve {
            Curve::P256 => Self::of::<NistP256>(curve, &sae::random::<NistP256>(rng)),
            Curve::P384 => Self::of::<NistP384>(curve, &sae::random::<NistP384>(rng)),
            Curve::P521 => Self::of::<NistP521>(curve, &sae::random::<NistP521>(rng)),
        }
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The public key: the x coordinate, 32, 48 or 66 octets.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.public.get(..self.curve.scalar_len()).unwrap_or_default()
    }

    /// The PMK and its name, from the peer's public key; `side` is our own.
    ///
    /// The PMK has 32, 48 or 64 octets, as the hash that suits the curve.
    ///
    /// # Errors
    /// [`InvalidPublicKey`] also for a key of another length.
    pub fn agree(&self, peer: &[u8], side: Side) -> Result<(Pmk, [u8; PMKID_LEN]), InvalidPublicKey> {
        let secret = match self.curve {
            Curve::P256 => self.secret::<NistP256>(peer),
            Curve::P384 => self.secret::<NistP384>(peer),
            Curve::P521 => self.secret::<NistP521>(peer),
        }
        .ok_or(InvalidPublicKey)?;
        let (station, access_point) = match side {
            Side::Station => (self.public_key(), peer),
            Side::AccessPoint => (peer, self.public_key()),
        };
        let derivation = self.curve.derivation();
        let group = self.curve.group().to_le_bytes();
        let mut salt = [0; 2 * SCALAR_MAX + 2];
        let salt_len = station.len() + access_point.len() + group.len();
        let parts = station.iter().chain(access_point).chain(&group);
        salt.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);

        let seed = hash::mac(
            derivation,
            salt.get(..salt_len).unwrap_or_default(),
            &[secret.as_bytes()],
        );
        let mut pmk = Key::<PMK_MAX>::zeroed(hash::hash_len(derivation));
        hash::expand(derivation, &seed, b"OWE Key Generation", pmk.as_mut_bytes());
        let pmk = Pmk::new(pmk.as_bytes()).map_err(|_| InvalidPublicKey)?;
        Ok((pmk, pmkid(derivation, station, access_point)))
    }

    fn of<C: Arithmetic>(curve: Curve, private: &Scalar<C>) -> Self {
        let point = (ProjectivePoint::<C>::GENERATOR * private).to_affine();
        let mut pair = Self {
            curve,
            private: Key::zeroed(C::LEN),
            public: [0; SCALAR_MAX],
        };
        let mut octets = private.to_repr();
        pair.private.as_mut_bytes().copy_from_slice(&octets);
        octets.as_mut_slice().zeroize();
        pair.public.iter_mut().zip(point.x()).for_each(|(to, from)| *to = from);
        pair
    }

    /// The x coordinate of the shared point. The sign of the peer's y, which does not travel, does not matter to it.
    fn secret<C: Arithmetic>(&self, peer: &[u8]) -> Option<Key<SCALAR_MAX>> {
        let x = FieldBytes::<C>::try_from(peer).ok()?;
        let peer: AffinePoint<C> = AffinePoint::<C>::decompress(&x, Choice::from(0)).into_option()?;
        let mut private = C::scalar(self.private.as_bytes())?;
        let mut shared = (ProjectivePoint::<C>::from(peer) * private).to_affine();
        private.zeroize();
        let mut x = shared.x();
        shared.zeroize();
        let secret = Key::new(&x).ok();
        x.as_mut_slice().zeroize();
        secret
    }
}

fn pmkid(derivation: Derivation, station: &[u8], access_point: &[u8]) -> [u8; PMKID_LEN] {
    match derivation {
        Derivation::KdfSha384 => truncated::<Sha384>(station, access_point),
        Derivation::KdfSha512 => truncated::<Sha512>(station, access_point),
        // No curve has SHA-1.
        Derivation::KdfSha256 | Derivation::PrfSha1 => truncated::<Sha256>(station, access_point),
    }
}

fn truncated<D: Digest>(station: &[u8], access_point: &[u8]) -> [u8; PMKID_LEN] {
    let hash = D::new().chain_update(station).chain_update(access_point).finalize();
    let mut pmkid = [0; PMKID_LEN];
    pmkid.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    pmkid
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng;

    #[test]
    fn both_sides_agree_on_every_curve() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        for (curve, pmk_len) in Curve::ALL.into_iter().zip([32, 48, 64]) {
            let station = KeyPair::generate(curve, &mut rng);
            let ap = KeyPair::generate(curve, &mut rng);
            let (ours, our_name) = station.agree(ap.public_key(), Side::Station).unwrap();
            let (theirs, their_name) = ap.agree(station.public_key(), Side::AccessPoint).unwrap();
            assert!(ours == theirs && our_name == their_name, "{curve:?}");
            assert_eq!(ours.as_bytes().len(), pmk_len);
            let (swapped, _) = ap.agree(station.public_key(), Side::Station).unwrap();
            assert!(ours != swapped, "the order of the public keys counts");
        }
    }

    #[test]
    fn a_key_that_is_no_coordinate_is_refused() {
        let pair = KeyPair::generate(Curve::P256, &mut ChaCha12Rng::seed_from_u64(2));
        for len in [0, 31, 33, 64] {
            assert_eq!(pair.agree(&[1; 64][..len], Side::Station).err(), Some(InvalidPublicKey));
        }
        assert!(pair.agree(&[0xff; 32], Side::Station).is_err(), "above the prime");
        let points = (0..64).filter(|&x| pair.agree(&[x; 32], Side::Station).is_ok()).count();
        assert!(
            (16..48).contains(&points),
            "about half of all numbers are coordinates, not {points} of 64"
        );
    }
}
