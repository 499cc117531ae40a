//! Opportunistic wireless encryption: a key without a secret, against those who only listen (RFC 8110).
//!
//! Both sides put a public key into their association frame; what comes out is the PMK of the 4-way handshake. Nobody's
//! identity is proved.

use alloc::vec::Vec;

use frame::Emit;
use frame::owe::DhParameter;
use keys::Pmk;
use keys::curve::Curve;
use keys::owe::{InvalidPublicKey, KeyPair, Side};
use rand_core::CryptoRng;

/// The PMK and its name.
pub type Outcome = (Pmk, [u8; 16]);

/// The station's side of one association.
pub struct Station {
    /// The groups that are left, the one in use first.
    groups: Vec<Curve>,
    pair: KeyPair,
}

/// Why no key was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OweError {
    /// None of the groups is supported by both.
    #[error("no common group")]
    NoCommonGroup,
    /// The answer is about another group than the question.
    #[error("public key in group {found}, expected {expected}")]
    Group {
        /// The group of our public key.
        expected: u16,
        /// The group of the peer's.
        found: u16,
    },
    /// The public key is not one.
    #[error(transparent)]
    PublicKey(#[from] InvalidPublicKey),
}

impl Station {
    /// A key pair in the first of `groups`.
    ///
    /// # Errors
    /// [`OweError::NoCommonGroup`] if there is none.
    pub fn new(groups: &[Curve], rng: &mut dyn CryptoRng) -> Result<Self, OweError> {
        let first = groups.first().ok_or(OweError::NoCommonGroup)?;
        Ok(Self {
            groups: groups.into(),
            pair: KeyPair::generate(*first, rng),
        })
    }

    /// The Diffie-Hellman parameter element for the (re)association request.
    #[must_use]
    pub fn element(&self) -> Vec<u8> {
        element(&self.pair)
    }

    /// The access point has refused the group (status 77): another key pair in the next one.
    ///
    /// # Errors
    /// [`OweError::NoCommonGroup`] if no group is left.
    pub fn next_group(&mut self, rng: &mut dyn CryptoRng) -> Result<(), OweError> {
        let next = *self.groups.get(1).ok_or(OweError::NoCommonGroup)?;
        self.groups.remove(0);
        self.pair = KeyPair::generate(next, rng);
        Ok(())
    }

    /// The PMK and its name, from the element of the association response.
    ///
    /// # Errors
    /// [`OweError::Group`] or [`OweError::PublicKey`]; the association cannot be used.
    pub fn agree(&self, answer: DhParameter<'_>) -> Result<Outcome, OweError> {
        let expected = self.pair.curve().group();
        if answer.group != expected {
            return Err(OweError::Group {
                expected,
                found: answer.group,
            });
        }
        Ok(self.pair.agree(answer.public_key, Side::Station)?)
    }
}

/// The access point's side: the element for the association response, and the PMK with its name.
///
/// # Errors
/// [`OweError::NoCommonGroup`] if the station's group is none of `groups`: to be refused with status 77.
/// [`OweError::PublicKey`] if its key is none.
pub fn answer(
    groups: &[Curve],
    request: DhParameter<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<(Vec<u8>, Outcome), OweError> {
    let curve = Curve::of_group(request.group)
        .filter(|curve| groups.contains(curve))
        .ok_or(OweError::NoCommonGroup)?;
    let pair = KeyPair::generate(curve, rng);
    let outcome = pair.agree(request.public_key, Side::AccessPoint)?;
    Ok((element(&pair), outcome))
}

fn element(pair: &KeyPair) -> Vec<u8> {
    let parameter = DhParameter {
        group: pair.curve().group(),
        public_key: pair.public_key(),
    };
    // At most 71 octets: always within an element's length.
    parameter.to_vec().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn parsed(element: &[u8]) -> DhParameter<'_> {
        DhParameter::find(element).unwrap().unwrap()
    }

    #[test]
    fn station_and_access_point_come_to_the_same_key_after_a_refused_group() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let mut station = Station::new(&[Curve::P521, Curve::P384], &mut rng).unwrap();
        let groups = [Curve::P256, Curve::P384];
        let refused = answer(&groups, parsed(&station.element()), &mut rng).err();
        assert_eq!(refused, Some(OweError::NoCommonGroup));
        station.next_group(&mut rng).unwrap();
        let (element, (pmk, pmkid)) = answer(&groups, parsed(&station.element()), &mut rng).unwrap();
        let (ours, our_name) = station.agree(parsed(&element)).unwrap();
        assert!(ours == pmk && our_name == pmkid && pmk.as_bytes().len() == 48);
        assert_eq!(station.next_group(&mut rng), Err(OweError::NoCommonGroup));
    }

    #[test]
    fn an_answer_in_another_group_or_without_a_point_is_refused() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        let station = Station::new(&[Curve::P256], &mut rng).unwrap();
        let other = Station::new(&[Curve::P384], &mut rng).unwrap();
        let (expected, found) = (19, 20);
        let refused = station.agree(parsed(&other.element())).err();
        assert_eq!(refused, Some(OweError::Group { expected, found }));
        let no_point = DhParameter {
            group: 19,
            public_key: &[0xff; 32],
        };
        assert_eq!(
            station.agree(no_point).err(),
            Some(OweError::PublicKey(InvalidPublicKey))
        );
        assert!(Station::new(&[], &mut rng).is_err());
    }
}
