//! The RSN extension element (IEEE 802.11-2020, 9.4.2.241): capabilities that have no room in the RSNE.

use crate::element::id;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// An RSN extension element (RSNXE): the extended RSN capabilities field, 1 to 16 octets.
///
/// The lower 4 bits of the first octet are the number of octets that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rsnxe<'a> {
    capabilities: &'a [u8],
}

impl<'a> Rsnxe<'a> {
    /// Parses the body of an element with ID 244.
    ///
    /// # Errors
    /// The body is empty, or its length contradicts the length that its first octet says.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let announced = usize::from(Reader::new(body).u8("RSNXE capabilities")? & 0x0f) + 1;
        if body.len() != announced {
            return Err(ParseError::length("RSNXE capabilities", 0, announced, body.len()));
        }
        Ok(Self { capabilities: body })
    }

    /// The field as it travels, the length bits included.
    #[must_use]
    pub const fn capabilities(&self) -> &'a [u8] {
        self.capabilities
    }

    /// Bit `number` of the field, counted from the least significant bit of the first octet; clear behind
    /// the field's end. Bits 0 to 3 are the length.
    #[must_use]
    pub fn bit(&self, number: usize) -> bool {
        self.capabilities
            .get(number / 8)
            .is_some_and(|octet| octet & (1 << (number % 8)) != 0)
    }

    /// Protected target wake time operation.
    #[must_use]
    pub fn protected_twt(&self) -> bool {
        self.bit(4)
    }

    /// SAE by hash-to-element.
    #[must_use]
    pub fn sae_h2e(&self) -> bool {
        self.bit(5)
    }

    /// SAE public key (Wi-Fi Alliance WPA3 specification).
    #[must_use]
    pub fn sae_pk(&self) -> bool {
        self.bit(6)
    }

    /// Secure long training fields (IEEE 802.11az).
    #[must_use]
    pub fn secure_ltf(&self) -> bool {
        self.bit(8)
    }

    /// Secure round trip time measurement (IEEE 802.11az).
    #[must_use]
    pub fn secure_rtt(&self) -> bool {
        self.bit(9)
    }

    /// Range negotiation and measurement only in protected frames (IEEE 802.11az).
    #[must_use]
    pub fn urnm_mfpr(&self) -> bool {
        self.bit(15)
    }
}

/// The whole element, header included.
impl Emit for Rsnxe<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.element(id::RSN_EXTENSION, |out| out.bytes(self.capabilities));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_to_element_is_bit_5() {
        let rsnxe = Rsnxe::parse(&[0x20]).unwrap();
        assert!(rsnxe.sae_h2e());
        assert!(!rsnxe.sae_pk() && !rsnxe.protected_twt() && !rsnxe.secure_ltf());
        assert_eq!(rsnxe.to_vec().unwrap(), [244, 1, 0x20]);
    }

    #[test]
    fn bits_of_later_octets_are_found_and_bits_behind_the_end_are_clear() {
        let rsnxe = Rsnxe::parse(&[0x01, 0x83]).unwrap();
        assert!(rsnxe.secure_ltf() && rsnxe.secure_rtt() && rsnxe.urnm_mfpr());
        assert!(!rsnxe.bit(16) && !rsnxe.bit(4000));
    }

    #[test]
    fn a_length_that_contradicts_the_element_is_refused() {
        assert_eq!(
            Rsnxe::parse(&[0x22]),
            Err(ParseError::length("RSNXE capabilities", 0, 3, 1))
        );
        assert_eq!(
            Rsnxe::parse(&[0x20, 0]),
            Err(ParseError::length("RSNXE capabilities", 0, 1, 2))
        );
        assert!(Rsnxe::parse(&[]).is_err());
    }
}
