//! EAP packets (RFC 3748, clause 4): the header of every method's messages.

use core::fmt;

use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// The octets of the EAP header: code (1), identifier (1), length of the packet (2, big-endian).
pub const HEADER_LEN: usize = 4;

/// An EAP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EapPacket<'a> {
    /// What the packet does.
    pub code: Code,
    /// Pairs a response with its request.
    pub identifier: u8,
    /// The method; present in a request and in a response, and only there.
    pub method: Option<Method>,
    /// The method's data; for an unknown code, everything behind the header.
    pub data: &'a [u8],
}

impl<'a> EapPacket<'a> {
    /// Parses the body of an EAPOL packet of type 0.
    ///
    /// Octets behind the packet's length are link layer padding (RFC 3748, 4.1): see [`EapPacket::trailing`].
    ///
    /// # Errors
    /// The packet is shorter than it says or than its code needs; a success or failure has data.
    pub fn parse(packet: &'a [u8]) -> Result<Self, ParseError> {
        let mut header = Reader::new(packet);
        let code = Code(header.u8("EAP code")?);
        let identifier = header.u8("EAP identifier")?;
        let announced = usize::from(header.u16_be("EAP length")?);
        let Some(body_len) = announced.checked_sub(HEADER_LEN) else {
            return Err(ParseError::value("EAP length", 2, "4 or more", announced as u64));
        };
        let mut reader = Reader::at(header.take("EAP packet", body_len)?, HEADER_LEN);
        let method = match code {
            Code::REQUEST | Code::RESPONSE => Some(Method::read(&mut reader)?),
            Code::SUCCESS | Code::FAILURE if body_len > 0 => {
                return Err(ParseError::length("EAP length", 2, HEADER_LEN, announced));
            }
            _ => None,
        };
        Ok(Self {
            code,
            identifier,
            method,
            data: reader.rest(),
        })
    }

    /// The padding behind the packet in the `octets` that it was parsed from.
    #[must_use]
    pub fn trailing<'p>(&self, octets: &'p [u8]) -> &'p [u8] {
        octets.get(self.emitted_len()..).unwrap_or_default()
    }
}

impl Emit for EapPacket<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        let start = out.position();
        out.u8(self.code.0);
        out.u8(self.identifier);
        out.u16_be(0);
        if let Some(method) = &self.method {
            out.put(method);
        }
        out.bytes(self.data);
        out.overwrite_u16_be("EAP packet", start + 2, out.position() - start);
    }
}

/// The code of an EAP packet. Other codes are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u8);

impl Code {
    /// The authenticator asks.
    pub const REQUEST: Self = Self(1);
    /// The peer answers.
    pub const RESPONSE: Self = Self(2);
    /// The peer is authenticated.
    pub const SUCCESS: Self = Self(3);
    /// The peer is refused.
    pub const FAILURE: Self = Self(4);
    /// Re-authentication begins (RFC 6696).
    pub const INITIATE: Self = Self(5);
    /// Re-authentication ends (RFC 6696).
    pub const FINISH: Self = Self(6);
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::REQUEST => f.write_str("request"),
            Self::RESPONSE => f.write_str("response"),
            Self::SUCCESS => f.write_str("success"),
            Self::FAILURE => f.write_str("failure"),
            Self::INITIATE => f.write_str("initiate"),
            Self::FINISH => f.write_str("finish"),
            Self(other) => write!(f, "code {other}"),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The type of a request or a response: one octet, or 254 with a vendor's number (RFC 3748, 5.7).
///
/// The two forms are distinct here even where they mean the same (vendor 0), as they differ on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// A type of the IANA registry, 1 octet; not 254, which announces the other form.
    Iana(u8),
    /// An expanded type, 8 octets.
    Expanded {
        /// The vendor's private enterprise number (3 octets, big-endian).
        vendor: [u8; 3],
        /// The vendor's type (4 octets).
        kind: u32,
    },
}

impl Method {
    /// The peer's name.
    pub const IDENTITY: Self = Self::Iana(1);
    /// A message to be shown.
    pub const NOTIFICATION: Self = Self::Iana(2);
    /// Legacy refusal: the peer wants another method (a response only).
    pub const NAK: Self = Self::Iana(3);
    /// MD5 challenge.
    pub const MD5_CHALLENGE: Self = Self::Iana(4);
    /// Generic token card.
    pub const GTC: Self = Self::Iana(6);
    /// EAP-TLS (RFC 5216, RFC 9190).
    pub const TLS: Self = Self::Iana(13);
    /// EAP-TTLS (RFC 5281).
    pub const TTLS: Self = Self::Iana(21);
    /// Protected EAP.
    pub const PEAP: Self = Self::Iana(25);
    /// MS-CHAP version 2.
    pub const MSCHAPV2: Self = Self::Iana(26);
    /// EAP-pwd (RFC 5931).
    pub const PWD: Self = Self::Iana(52);

    /// The method's usual name.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        let Self::Iana(kind) = self else { return None };
        Some(match kind {
            1 => "identity",
            2 => "notification",
            3 => "NAK",
            4 => "MD5-Challenge",
            5 => "OTP",
            6 => "GTC",
            13 => "TLS",
            17 => "LEAP",
            18 => "SIM",
            21 => "TTLS",
            23 => "AKA",
            25 => "PEAP",
            26 => "MSCHAPv2",
            43 => "FAST",
            50 => "AKA'",
            52 => "pwd",
            55 => "TEAP",
            _ => return None,
        })
    }

    /// The octet that announces an expanded type.
    const EXPANDED: u8 = 254;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        match reader.u8("EAP type")? {
            Self::EXPANDED => Ok(Self::Expanded {
                vendor: *reader.array("EAP expanded type vendor")?,
                kind: reader.u32_be("EAP expanded type")?,
            }),
            kind => Ok(Self::Iana(kind)),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), *self) {
            (Some(name), _) => f.write_str(name),
            (None, Self::Iana(kind)) => write!(f, "type {kind}"),
            (
                None,
                Self::Expanded {
                    vendor: [a, b, c],
                    kind,
                },
            ) => {
                write!(f, "type {kind} of vendor {}", u32::from_be_bytes([0, a, b, c]))
            }
        }
    }
}

impl Emit for Method {
    fn write_to(&self, out: &mut Writer<'_>) {
        match *self {
            Self::Iana(kind) => out.u8(kind),
            Self::Expanded { vendor, kind } => {
                out.u8(Self::EXPANDED);
                out.bytes(&vendor);
                out.u32_be(kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use proptest::prelude::*;

    #[test]
    fn an_identity_response_is_header_type_and_name() {
        let packet = [2, 7, 0, 9, 1, b'u', b's', b'e', b'r'];
        let eap = EapPacket::parse(&packet).unwrap();
        let expected = EapPacket {
            code: Code::RESPONSE,
            identifier: 7,
            method: Some(Method::IDENTITY),
            data: b"user",
        };
        assert_eq!(eap, expected);
        assert_eq!(eap.to_vec().unwrap(), packet);
    }

    #[test]
    fn an_expanded_type_is_eight_octets() {
        // Wi-Fi simple configuration: vendor 0x00372a, type 1.
        let packet = [1, 9, 0, 14, 254, 0x00, 0x37, 0x2a, 0, 0, 0, 1, 1, 0];
        let eap = EapPacket::parse(&packet).unwrap();
        assert_eq!(
            eap.method,
            Some(Method::Expanded {
                vendor: [0x00, 0x37, 0x2a],
                kind: 1
            })
        );
        assert_eq!(eap.data, [1, 0]);
        assert_eq!(eap.to_vec().unwrap(), packet);
    }

    #[test]
    fn success_has_no_data_and_padding_is_no_data() {
        let packet = [3, 7, 0, 4, 0, 0];
        let eap = EapPacket::parse(&packet).unwrap();
        assert_eq!((eap.code, eap.method, eap.data), (Code::SUCCESS, None, &[][..]));
        assert_eq!(eap.trailing(&packet), [0, 0]);
        assert_eq!(
            EapPacket::parse(&[3, 7, 0, 5, 0]),
            Err(ParseError::length("EAP length", 2, 4, 5))
        );
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        assert_eq!(
            EapPacket::parse(&[4, 7, 0, 3]),
            Err(ParseError::value("EAP length", 2, "4 or more", 3))
        );
        let error = EapPacket::parse(&[1, 7, 0, 6, 1]).unwrap_err();
        assert_eq!(error.problem, Problem::TooShort { needed: 2, found: 1 });
        assert_eq!(EapPacket::parse(&[1, 7, 0, 4]).unwrap_err().field, "EAP type");
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(
            mut packet in proptest::collection::vec(any::<u8>(), 0..40),
            code in 0u8..8,
            expanded: bool,
        ) {
            let len = packet.len() as u16;
            if let [first, _, high, low, method, ..] = packet.as_mut_slice() {
                *first = code;
                [*high, *low] = len.to_be_bytes();
                *method = if expanded { 254 } else { *method };
            }
            if let Ok(eap) = EapPacket::parse(&packet) {
                prop_assert_eq!(eap.to_vec().unwrap(), &packet[..]);
            }
        }
    }
}
