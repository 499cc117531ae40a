//! The OWE transition mode element: an open network and the encrypted one beside it name each other (Wi-Fi Alliance,
//! Opportunistic Wireless Encryption Specification 1.1, 2.2).

use crate::MacAddress;
use crate::element::{self, id};
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// OUI and type of the vendor specific element.
pub const SELECTOR: [u8; 4] = [0x50, 0x6f, 0x9a, 28];
/// Octets of the longest name of a network.
const SSID_MAX: usize = 32;

/// The other network: address (6 octets), length of the name (1), name (0 to 32), and where it is, if on another
/// channel: operating class (1), channel (1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OweTransition<'a> {
    /// The address of the other network's access point.
    pub bssid: MacAddress,
    /// The other network's name.
    pub ssid: &'a [u8],
    /// Operating class and channel, if it is not on this one's channel.
    pub channel: Option<[u8; 2]>,
}

impl<'a> OweTransition<'a> {
    /// Parses the body of a vendor specific element, from the OUI on.
    ///
    /// # Errors
    /// It is another vendor's element, ends early, has a name that is too long, or octets behind what it has to say.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let selector: &[u8; 4] = reader.array("OWE transition mode OUI and type")?;
        if *selector != SELECTOR {
            let found = u32::from_be_bytes(*selector).into();
            let field = "OWE transition mode OUI and type";
            return Err(ParseError::value(field, 0, "50-6f-9a:28", found));
        }
        let bssid = MacAddress(*reader.array("OWE transition mode BSSID")?);
        let offset = reader.offset();
        let length = usize::from(reader.u8("OWE transition mode SSID length")?);
        if length > SSID_MAX {
            return Err(ParseError::value(
                "OWE transition mode SSID length",
                offset,
                "at most 32",
                length as u64,
            ));
        }
        let ssid = reader.take("OWE transition mode SSID", length)?;
        let channel = match reader.is_empty() {
            true => None,
            false => Some(*reader.array("OWE transition mode channel")?),
        };
        reader.finish("OWE transition mode")?;
        Ok(Self { bssid, ssid, channel })
    }

    /// The element in the list of a Beacon or a Probe Response, or `None` if there is none.
    ///
    /// # Errors
    /// The list or the element is malformed.
    pub fn find(list: &'a [u8]) -> Result<Option<Self>, ParseError> {
        element::find_vendor(list, SELECTOR)?
            .map(|element| Self::parse(element.body))
            .transpose()
    }
}

/// The whole element, header included.
impl Emit for OweTransition<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.element(id::VENDOR_SPECIFIC, |out| {
            out.bytes(&SELECTOR);
            out.bytes(&self.bssid.0);
            out.counted_u8("OWE transition mode SSID", |out| out.bytes(self.ssid));
            if let Some(channel) = &self.channel {
                out.bytes(channel);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};
    use proptest::prelude::*;

    const OTHER: OweTransition<'_> = OweTransition {
        bssid: MacAddress([2, 0, 0, 0, 1, 0]),
        ssid: b"owe",
        channel: None,
    };

    #[test]
    fn the_other_network_is_found_among_the_elements_of_a_beacon() {
        let list = hex("0001 41 dd0e 506f9a1c 020000000100 03 6f7765 3000");
        assert_eq!(OweTransition::find(&list).unwrap(), Some(OTHER));
        assert_eq!(OTHER.to_vec().unwrap(), list[3..19]);
        assert_eq!(OweTransition::find(&list[..3]).unwrap(), None);
    }

    #[test]
    fn it_may_be_on_another_channel() {
        let body = hex("506f9a1c 020000000100 03 6f7765 51 06");
        let expected = OweTransition {
            channel: Some([81, 6]),
            ..OTHER
        };
        assert_eq!(OweTransition::parse(&body).unwrap(), expected);
        // Cut off before the channel it is whole, too.
        assert_eq!(accepted_truncations(&body, OweTransition::parse), [14]);
    }

    #[test]
    fn another_element_a_long_name_and_trailing_octets_are_refused() {
        assert!(OweTransition::parse(&hex("506f9a1d 020000000100 00")).is_err());
        let long = [&hex("506f9a1c 020000000100 21")[..], &[b'a'; 33]].concat();
        assert!(OweTransition::parse(&long).is_err());
        assert!(OweTransition::parse(&hex("506f9a1c 020000000100 00 51 06 00")).is_err());
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(ssid in proptest::collection::vec(any::<u8>(), 0..=32), channel: Option<[u8; 2]>) {
            let element = OweTransition { ssid: &ssid, channel, ..OTHER };
            let octets = element.to_vec().unwrap();
            prop_assert_eq!(OweTransition::parse(&octets[2..]), Ok(element));
        }

        #[test]
        fn any_octets_are_parsed_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = OweTransition::parse(&octets);
        }
    }
}
