//! Opportunistic wireless encryption (RFC 8110): a key agreement in the association frames, which protects against
//! whoever only listens.

use alloc::vec::Vec;

use frame::Emit;
use frame::owe::DhParameter;
use keys::Pmk;
use keys::curve::Curve;
use keys::owe::{KeyPair, Side};
use rand_core::CryptoRng;

/// One side's part of a key agreement.
pub struct KeyAgreement {
    pair: KeyPair,
    side: Side,
}

/// What a key agreement has led to.
pub struct Agreed {
    /// The key. The 4-way handshake that follows uses it.
    pub pmk: Pmk,
    /// The key's name.
    pub pmkid: [u8; 16],
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OweError {
    /// The peer's frame has no public key.
    #[error("the peer's association frame has no Diffie-Hellman parameter")]
    Missing,
    /// The peer's frame does not parse.
    #[error("malformed: {0}")]
    Malformed(#[from] frame::ParseError),
    /// The peer's public key is of another group, or of one that is not known here.
    #[error("the peer's public key is of group {0}")]
    Group(u16),
    /// The peer's public key is no point of the curve.
    #[error("the peer's public key is not a point of the curve")]
    PublicKey,
}

impl KeyAgreement {
    /// A station's part, in this group: [`Self::element`] goes into the association request.
    #[must_use]
    pub fn station(curve: Curve, rng: &mut dyn CryptoRng) -> Self {
        Self {
            pair: KeyPair::generate(curve, rng),
            side: Side::Station,
        }
    }

    /// An access point's part, in the group of the station's public key, which is among the elements of its association
    /// request: [`Self::element`] goes into the response. `groups` are those that the access point accepts.
    ///
    /// # Errors
    /// See [`OweError`]; [`OweError::Group`] is to be answered with status 77.
    pub fn access_point(request: &[u8], groups: &[Curve], rng: &mut dyn CryptoRng) -> Result<(Self, Agreed), OweError> {
        let group = DhParameter::find(request)?.ok_or(OweError::Missing)?.group;
        let curve = Curve::of_group(group)
            .filter(|curve| groups.contains(curve))
            .ok_or(OweError::Group(group))?;
        let own = Self {
            pair: KeyPair::generate(curve, rng),
            side: Side::AccessPoint,
        };
        let agreed = own.agree(request)?;
        Ok((own, agreed))
    }

    /// The element with our public key, whole.
    #[must_use]
    pub fn element(&self) -> Vec<u8> {
        let parameter = DhParameter {
            group: self.pair.curve().group(),
            public_key: self.pair.public_key(),
        };
        parameter.to_vec().unwrap_or_default()
    }

    /// The key, from the public key among the elements of the peer's frame.
    ///
    /// # Errors
    /// See [`OweError`].
    pub fn agree(&self, elements: &[u8]) -> Result<Agreed, OweError> {
        let theirs = DhParameter::find(elements)?.ok_or(OweError::Missing)?;
        if theirs.group != self.pair.curve().group() {
            return Err(OweError::Group(theirs.group));
        }
        let (pmk, pmkid) = self
            .pair
            .agree(theirs.public_key, self.side)
            .map_err(|_| OweError::PublicKey)?;
        Ok(Agreed { pmk, pmkid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng;

    #[test]
    fn both_sides_agree_in_every_group() {
        let mut rng = ChaCha12Rng::from_seed([1; 32]);
        for curve in Curve::ALL {
            let station = KeyAgreement::station(curve, &mut rng);
            let (access_point, theirs) = KeyAgreement::access_point(&station.element(), &Curve::ALL, &mut rng).unwrap();
            let ours = station.agree(&access_point.element()).unwrap();
            assert!(ours.pmk == theirs.pmk);
            assert_eq!(ours.pmkid, theirs.pmkid);
        }
    }

    #[test]
    fn a_key_of_another_group_none_and_no_point_are_refused() {
        let mut rng = ChaCha12Rng::from_seed([2; 32]);
        let station = KeyAgreement::station(Curve::P256, &mut rng);
        let refused = |request: &[u8], groups: &[Curve]| {
            let mut rng = ChaCha12Rng::from_seed([3; 32]);
            KeyAgreement::access_point(request, groups, &mut rng).err()
        };
        assert_eq!(refused(&station.element(), &[Curve::P384]), Some(OweError::Group(19)));
        assert_eq!(refused(&[], &Curve::ALL), Some(OweError::Missing));
        let other = KeyAgreement::station(Curve::P384, &mut rng);
        assert_eq!(station.agree(&other.element()).err(), Some(OweError::Group(20)));
        let mut broken = station.element();
        broken.truncate(broken.len() - 1);
        broken[1] -= 1;
        assert_eq!(refused(&broken, &Curve::ALL), Some(OweError::PublicKey));
    }
}
