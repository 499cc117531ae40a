//! LLC and SNAP: how a data frame says its EtherType (IEEE 802, clause 9.4; RFC 1042).

use crate::error::ParseError;
use crate::ethertype::EtherType;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// DSAP, SSAP and control of SNAP, then the OUI of RFC 1042.
const RFC1042: [u8; 6] = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00];

/// An LLC/SNAP header (8 octets: AA-AA-03, 00-00-00, EtherType) and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snap<'a> {
    /// What the payload is.
    pub ethertype: EtherType,
    /// The rest of the frame's body.
    pub payload: &'a [u8],
}

impl<'a> Snap<'a> {
    /// The octets of the header.
    pub const HEADER_LEN: usize = RFC1042.len() + 2;

    /// Parses the body of an unencrypted (or decrypted) data frame.
    ///
    /// # Errors
    /// The body is shorter than the header, or begins with another LLC header.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        for (offset, expected) in RFC1042.into_iter().enumerate() {
            let found = reader.u8("LLC/SNAP header")?;
            if found != expected {
                return Err(ParseError::value(
                    "LLC/SNAP header",
                    offset,
                    "aa-aa-03-00-00-00",
                    found.into(),
                ));
            }
        }
        Ok(Self {
            ethertype: EtherType(reader.u16_be("EtherType")?),
            payload: reader.rest(),
        })
    }
}

impl Emit for Snap<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.bytes(&RFC1042);
        out.u16_be(self.ethertype.0);
        out.bytes(self.payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eapol_packet_is_found_behind_its_header() {
        let body = [0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 1, 1, 0, 0];
        let snap = Snap::parse(&body).unwrap();
        assert_eq!(
            snap,
            Snap {
                ethertype: EtherType::EAPOL,
                payload: &[1, 1, 0, 0]
            }
        );
        assert_eq!(snap.to_vec().unwrap(), body);
    }

    #[test]
    fn another_llc_header_is_refused_at_its_first_strange_octet() {
        let spanning_tree = [0x42, 0x42, 0x03, 0, 0, 0, 0, 0];
        assert_eq!(
            Snap::parse(&spanning_tree),
            Err(ParseError::value("LLC/SNAP header", 0, "aa-aa-03-00-00-00", 0x42))
        );
        assert!(Snap::parse(&[0xaa, 0xaa, 3, 0, 0, 0, 0x88]).is_err());
    }
}
