//! The messages of EAP-pwd (RFC 5931, 3.2; RFC 8146, 3).

use alloc::vec::Vec;

use keys::curve::Curve;
use keys::pwd::FUNCTIONS;

use super::preparation::Preparation;
use crate::method::MethodFailure;

/// The first message of either side: group (2 octets), random function (1), PRF (1), token (4), preparation (1), and the
/// name of the sender.
pub(crate) struct Id {
    pub(crate) curve: Curve,
    pub(crate) token: [u8; 4],
    pub(crate) preparation: Preparation,
    pub(crate) name: Vec<u8>,
}

/// A commit: the element (two coordinates), then the scalar; before them in a server's, where the password is salted,
/// the salt with its length in one octet.
pub(crate) struct Commit<'a> {
    pub(crate) salt: &'a [u8],
    pub(crate) element: &'a [u8],
    pub(crate) scalar: &'a [u8],
}

impl Id {
    pub(crate) fn parse(message: &[u8]) -> Result<Self, MethodFailure> {
        let malformed = MethodFailure::Malformed { field: "pwd identity" };
        let Some((&[high, low, random_function, prf, t0, t1, t2, t3, preparation], name)) = message.split_first_chunk()
        else {
            return Err(malformed);
        };
        let curve = Curve::of_group(u16::from_be_bytes([high, low])).ok_or(MethodFailure::Unacceptable {
            what: "a group other than 19, 20 and 21",
        })?;
        if [random_function, prf] != FUNCTIONS {
            return Err(MethodFailure::Unacceptable {
                what: "a function other than HMAC-SHA-256",
            });
        }
        Ok(Self {
            curve,
            token: [t0, t1, t2, t3],
            preparation: Preparation::of(preparation)?,
            name: name.to_vec(),
        })
    }

    pub(crate) fn emit(&self) -> Vec<u8> {
        let mut message = Vec::from(self.curve.group().to_be_bytes());
        message.extend_from_slice(&FUNCTIONS);
        message.extend_from_slice(&self.token);
        message.push(self.preparation.number());
        message.extend_from_slice(&self.name);
        message
    }
}

impl<'a> Commit<'a> {
    /// `None` if a length is wrong, or the salt empty.
    pub(crate) fn parse(message: &'a [u8], curve: Curve, salted: bool) -> Option<Self> {
        let (salt, rest) = match (salted, message) {
            (false, _) => (&[][..], message),
            (true, [0, ..]) => return None,
            (true, _) => {
                let (&len, rest) = message.split_first()?;
                rest.split_at_checked(len.into())?
            }
        };
        let len = curve.scalar_len();
        let (element, scalar) = rest.split_at_checked(2 * len)?;
        (scalar.len() == len).then_some(Self { salt, element, scalar })
    }

    pub(crate) fn emit(&self) -> Vec<u8> {
        let mut message = Vec::new();
        if !self.salt.is_empty() {
            // A salt has 16 octets here.
            message.push(self.salt.len() as u8);
            message.extend_from_slice(self.salt);
        }
        message.extend_from_slice(self.element);
        message.extend_from_slice(self.scalar);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_group_or_function_that_is_not_done_is_refused_by_name() {
        let id = [0, 19, 1, 1, 9, 9, 9, 9, 0, b's'];
        assert_eq!(Id::parse(&id).ok().unwrap().name, b"s");
        for (at, value) in [(1, 18), (0, 1), (2, 2), (3, 0), (8, 6)] {
            let mut other = id;
            other[at] = value;
            assert!(matches!(Id::parse(&other), Err(MethodFailure::Unacceptable { .. })));
        }
        assert!(matches!(Id::parse(&id[..8]), Err(MethodFailure::Malformed { .. })));
    }

    #[test]
    fn a_commit_has_the_lengths_of_its_curve() {
        let commit = Commit::parse(&[7; 96], Curve::P256, false).unwrap();
        assert_eq!((commit.element.len(), commit.scalar.len()), (64, 32));
        assert!(Commit::parse(&[7; 95], Curve::P256, false).is_none());
        assert!(Commit::parse(&[7; 97], Curve::P256, false).is_none());
        let salted = [&[2, 5, 6][..], &[7; 96]].concat();
        assert_eq!(Commit::parse(&salted, Curve::P256, true).unwrap().salt, [5, 6]);
        assert!(Commit::parse(&[&[0][..], &[7; 96]].concat(), Curve::P256, true).is_none());
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(mut message in proptest::collection::vec(any::<u8>(), 9..60), group in 19u8..22, preparation in 0u8..10) {
            message[..4].copy_from_slice(&[0, group, 1, 1]);
            message[8] = preparation;
            if let Ok(id) = Id::parse(&message) {
                prop_assert_eq!(id.emit(), message);
            }
        }
    }
}
