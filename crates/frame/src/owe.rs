//! Opportunistic wireless encryption: the public key that each side puts into its association frame (RFC 8110, 4.3).

use crate::element::{self, extension};
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// A Diffie-Hellman parameter element: group (2 octets, little-endian) and public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhParameter<'a> {
    /// IANA's number of the group.
    pub group: u16,
    /// The public key: for groups 19, 20 and 21 the x coordinate alone, most significant octet first (RFC 8110,
    /// 4.3.1; RFC 6090, 6).
    pub public_key: &'a [u8],
}

impl<'a> DhParameter<'a> {
    /// Parses the body of an element with extension 32.
    ///
    /// # Errors
    /// There is no public key.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let group = reader.u16_le("Diffie-Hellman group")?;
        let offset = reader.offset();
        let public_key = reader.rest();
        if public_key.is_empty() {
            return Err(ParseError::value(
                "Diffie-Hellman public key",
                offset,
                "at least 1 octet",
                0,
            ));
        }
        Ok(Self { group, public_key })
    }

    /// The element in the list of an association frame, or `None` if there is none.
    ///
    /// # Errors
    /// The list or the element is malformed.
    pub fn find(list: &'a [u8]) -> Result<Option<Self>, ParseError> {
        element::find_extension(list, extension::OWE_DH_PARAMETER)?
            .map(|element| Self::parse(element.body))
            .transpose()
    }
}

/// The whole element, header included.
impl Emit for DhParameter<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.extended_element(extension::OWE_DH_PARAMETER, |out| {
            out.u16_le(self.group);
            out.bytes(self.public_key);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};
    use proptest::prelude::*;

    #[test]
    fn a_public_key_is_found_among_the_elements_of_an_association() {
        let list = hex("0001 41 ff05 20 1300 abcd 3000");
        let expected = DhParameter {
            group: 19,
            public_key: &[0xab, 0xcd],
        };
        assert_eq!(DhParameter::find(&list), Ok(Some(expected)));
        assert_eq!(expected.to_vec().unwrap(), list[3..10]);
        assert_eq!(DhParameter::find(&list[..3]), Ok(None));
    }

    #[test]
    fn an_element_without_a_key_is_refused() {
        let body = hex("1300 abcd");
        assert_eq!(accepted_truncations(&body, DhParameter::parse), [3]);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed_again(
            group: u16,
            public_key in proptest::collection::vec(any::<u8>(), 1..250),
        ) {
            let parameter = DhParameter { group, public_key: &public_key };
            let emitted = parameter.to_vec().unwrap();
            prop_assert_eq!(DhParameter::find(&emitted), Ok(Some(parameter)));
        }

        #[test]
        fn any_octets_are_an_element_or_an_error(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(parameter) = DhParameter::parse(&octets) {
                prop_assert_eq!(&parameter.to_vec().unwrap()[3..], octets.as_slice());
            }
        }
    }
}
