//! EAP over LANs: the packets that pass a data port before it is authorised (IEEE 802.1X-2020, 11.3).

use core::fmt;

use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// The octets of the EAPOL header: version (1), packet type (1), body length (2, big-endian).
pub const HEADER_LEN: usize = 4;

/// An EAPOL PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eapol<'a> {
    /// The protocol version of the sender: 1 (2001), 2 (2004) or 3 (2010 and later). A receiver takes any.
    pub version: u8,
    /// What the body is.
    pub packet_type: PacketType,
    /// The packet body, as long as the header says.
    pub body: &'a [u8],
}

impl<'a> Eapol<'a> {
    /// Parses the payload of a frame of EtherType 0x888e.
    ///
    /// Octets behind the body are allowed, since a short Ethernet frame is padded: see [`Eapol::trailing`].
    ///
    /// # Errors
    /// The packet is shorter than its header, or than the header says.
    pub fn parse(packet: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(packet);
        let version = reader.u8("EAPOL version")?;
        let packet_type = PacketType(reader.u8("EAPOL packet type")?);
        let body_len = reader.u16_be("EAPOL body length")?;
        let body = reader.take("EAPOL body", body_len.into())?;
        Ok(Self {
            version,
            packet_type,
            body,
        })
    }

    /// The octets of the PDU: header and body, without padding.
    #[must_use]
    pub const fn pdu_len(&self) -> usize {
        HEADER_LEN + self.body.len()
    }

    /// The padding behind the PDU in the `packet` that it was parsed from.
    #[must_use]
    pub fn trailing<'p>(&self, packet: &'p [u8]) -> &'p [u8] {
        packet.get(self.pdu_len()..).unwrap_or_default()
    }
}

impl Emit for Eapol<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u8(self.version);
        out.u8(self.packet_type.0);
        out.counted_u16_be("EAPOL body", |out| out.bytes(self.body));
    }
}

/// The type of an EAPOL packet (IEEE 802.1X-2020, Table 11-3). A type outside the table is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketType(pub u8);

impl PacketType {
    /// An EAP packet.
    pub const EAP_PACKET: Self = Self(0);
    /// The supplicant asks to be authenticated. The body is empty up to version 2.
    pub const START: Self = Self(1);
    /// The supplicant leaves. The body is empty.
    pub const LOGOFF: Self = Self(2);
    /// A key descriptor: see [`crate::eapol_key`].
    pub const KEY: Self = Self(3);
    /// An encapsulated alert (Alert Standard Format).
    pub const ASF_ALERT: Self = Self(4);
    /// MACsec key agreement.
    pub const MKA: Self = Self(5);
    /// A generic announcement.
    pub const ANNOUNCEMENT_GENERIC: Self = Self(6);
    /// An announcement to one station.
    pub const ANNOUNCEMENT_SPECIFIC: Self = Self(7);
    /// A request for an announcement.
    pub const ANNOUNCEMENT_REQUEST: Self = Self(8);

    /// The name that the field uses, or `None` for a type that is not in the table.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::EAP_PACKET => "EAP packet",
            Self::START => "start",
            Self::LOGOFF => "logoff",
            Self::KEY => "key",
            Self::ASF_ALERT => "ASF alert",
            Self::MKA => "MKA",
            Self::ANNOUNCEMENT_GENERIC => "announcement (generic)",
            Self::ANNOUNCEMENT_SPECIFIC => "announcement (specific)",
            Self::ANNOUNCEMENT_REQUEST => "announcement request",
            _ => return None,
        })
    }
}

/// As `3 (key)`.
impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn a_start_packet_is_four_octets() {
        let start = Eapol {
            version: 1,
            packet_type: PacketType::START,
            body: &[],
        };
        assert_eq!(start.to_vec().unwrap(), [1, 1, 0, 0]);
        assert_eq!(Eapol::parse(&[1, 1, 0, 0]), Ok(start));
    }

    #[test]
    fn ethernet_padding_is_not_part_of_the_body() {
        let packet = [2, 0, 0, 4, 3, 9, 0, 4, 0xee, 0xee];
        let eapol = Eapol::parse(&packet).unwrap();
        assert_eq!(eapol.body, [3, 9, 0, 4]);
        assert_eq!(eapol.trailing(&packet), [0xee, 0xee]);
    }

    #[test]
    fn a_body_shorter_than_announced_is_refused() {
        let error = Eapol::parse(&[1, 0, 0, 5, 1, 2, 3, 4]).unwrap_err();
        assert_eq!(error.problem, Problem::TooShort { needed: 5, found: 4 });
        assert_eq!(error.offset, 4);
    }

    #[test]
    fn a_type_outside_the_table_is_kept() {
        assert_eq!(PacketType::KEY.to_string(), "3 (key)");
        assert_eq!(PacketType(99).to_string(), "99");
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(packet in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(eapol) = Eapol::parse(&packet) {
                prop_assert_eq!(eapol.to_vec().unwrap(), &packet[..eapol.pdu_len()]);
            }
        }
    }
}
