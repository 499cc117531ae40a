//! The management MIC element: the last one of a group addressed robust management frame, or of a beacon, that is
//! protected (IEEE 802.11-2020, 9.4.2.54).

use crate::element::id;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// A management MIC element (MME): key identifier (2 octets), packet number (6), MIC (8 or 16). Numbers are
/// little-endian on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagementMic<'a> {
    /// Which key: 4 or 5 an IGTK, 6 or 7 a BIGTK.
    pub key_id: u16,
    /// The packet number (IPN or BIPN), least significant octet first.
    pub packet_number: [u8; 6],
    /// The MIC: 8 octets for BIP-CMAC-128, 16 for all other ciphers.
    pub mic: &'a [u8],
}

impl<'a> ManagementMic<'a> {
    const HEADER: usize = 2;
    const BEFORE_MIC: usize = 2 + 6;

    /// The octets of a whole element with a MIC of `mic_len` octets, header included.
    #[must_use]
    pub const fn emitted_len(mic_len: usize) -> usize {
        Self::HEADER + Self::BEFORE_MIC + mic_len
    }

    /// Parses the body of an element with ID 76.
    ///
    /// # Errors
    /// The body is neither 16 nor 24 octets long.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let key_id = reader.u16_le("MME key ID")?;
        let packet_number = *reader.array("MME packet number")?;
        let offset = reader.offset();
        let mic = reader.rest();
        match mic.len() {
            8 | 16 => Ok(Self {
                key_id,
                packet_number,
                mic,
            }),
            found => Err(ParseError::value("MME MIC", offset, "8 or 16 octets", found as u64)),
        }
    }

    /// Takes the element off the end of a management frame's body; the MIC has `mic_len` octets, as the group
    /// management cipher says.
    ///
    /// The other elements need not parse: what stands before the last one is not looked at.
    ///
    /// # Errors
    /// The body does not end with such an element.
    pub fn split_last(body: &'a [u8], mic_len: usize) -> Result<(&'a [u8], Self), ParseError> {
        let mut reader = Reader::new(body);
        let before = reader.take("MME", body.len().saturating_sub(Self::emitted_len(mic_len)))?;
        let offset = reader.offset();
        let found = reader.u8("MME element ID")?;
        if found != id::MANAGEMENT_MIC {
            return Err(ParseError::value("MME element ID", offset, "76", found.into()));
        }
        let announced = usize::from(reader.u8("MME length")?);
        let expected = Self::BEFORE_MIC + mic_len;
        if announced != expected {
            return Err(ParseError::length("MME length", offset + 1, expected, announced));
        }
        let content = reader.take("MME", expected)?;
        Ok((before, Self::parse(content)?))
    }
}

/// The whole element, header included.
impl Emit for ManagementMic<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.element(id::MANAGEMENT_MIC, |out| {
            out.u16_le(self.key_id);
            out.bytes(&self.packet_number);
            out.bytes(self.mic);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};
    use proptest::prelude::*;

    /// The end of the broadcast Deauthentication frame of IEEE 802.11-2020, J.9.1, from its reason code on.
    const BODY: &str = "0200 4c10 0400 040000000000 48dfbfa7b8278872";

    #[test]
    fn the_element_of_the_standard_is_taken_off_the_end() {
        let body = hex(BODY);
        let (before, mme) = ManagementMic::split_last(&body, 8).unwrap();
        assert_eq!(before, [2, 0]);
        assert_eq!((mme.key_id, mme.packet_number), (4, [4, 0, 0, 0, 0, 0]));
        assert_eq!(mme.mic, hex("48dfbfa7b8278872"));
        assert_eq!(mme.to_vec().unwrap(), body[2..]);
        assert_eq!(ManagementMic::emitted_len(8), body.len() - 2);
    }

    #[test]
    fn a_mic_has_8_or_16_octets() {
        let body = hex("0400 040000000000 00112233445566778899aabbccddeeff");
        assert_eq!(accepted_truncations(&body, ManagementMic::parse), [16]);
        assert_eq!(ManagementMic::parse(&body).unwrap().mic.len(), 16);
        assert!(ManagementMic::parse(&[&body[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_body_that_ends_with_anything_else_is_refused() {
        let body = hex(BODY);
        assert_eq!(
            accepted_truncations(&body, |body| ManagementMic::split_last(body, 8)),
            []
        );
        let error = ManagementMic::split_last(&body, 16).unwrap_err();
        assert_eq!(error.field, "MME element ID");
        let other = [&body[..2], &[77], &body[3..]].concat();
        assert_eq!(
            ManagementMic::split_last(&other, 8),
            Err(ParseError::value("MME element ID", 2, "76", 77))
        );
        let longer = [&body[..3], &[17], &body[4..]].concat();
        assert_eq!(
            ManagementMic::split_last(&longer, 8),
            Err(ParseError::length("MME length", 3, 16, 17))
        );
    }

    proptest! {
        #[test]
        fn what_was_emitted_is_taken_off_again(
            before in proptest::collection::vec(any::<u8>(), 0..40),
            key_id: u16,
            packet_number: [u8; 6],
            mic: [u8; 16],
            short: bool,
        ) {
            let mic = if short { &mic[..8] } else { &mic };
            let mme = ManagementMic { key_id, packet_number, mic };
            let body = [before.clone(), mme.to_vec().unwrap()].concat();
            prop_assert_eq!(ManagementMic::split_last(&body, mic.len()), Ok((before.as_slice(), mme)));
        }

        #[test]
        fn any_octets_are_an_element_or_an_error(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(mme) = ManagementMic::parse(&octets) {
                prop_assert_eq!(&mme.to_vec().unwrap()[2..], octets.as_slice());
            }
        }
    }
}
