//! The WPA element: the Wi-Fi Alliance's RSNE, before IEEE 802.11i was finished.
//!
//! A vendor specific element of OUI 00-50-F2 and type 1, whose fields are those of the RSNE up to the
//! capabilities (Wi-Fi Protected Access, version 3.1, 2.1).

use crate::element::id;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::rsne::{self, RsnCapabilities};
use crate::suite::{Akm, Cipher, SuiteList};
use crate::writer::{Emit, Writer};

/// OUI and type in front of the fields: 00-50-F2, 1.
pub const SELECTOR: [u8; 4] = [0x00, 0x50, 0xf2, 1];

/// A WPA element. Numbers are little-endian on the air; suites have OUI 00-50-F2.
///
/// As in the RSNE, the fields behind the version are optional from the end on, and an absent field before a
/// present one is emitted with its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WpaElement<'a> {
    /// The protocol version (2 octets), 1.
    pub version: u16,
    /// The group cipher suite (4 octets).
    pub group_cipher: Option<Cipher>,
    /// The pairwise cipher suites (count of 2 octets, 4 each).
    pub pairwise: Option<SuiteList<'a, Cipher>>,
    /// The AKM suites (count of 2 octets, 4 each).
    pub akms: Option<SuiteList<'a, Akm>>,
    /// The capabilities (2 octets), of which the replay counters mean what they mean in the RSNE.
    pub capabilities: Option<RsnCapabilities>,
    /// Octets behind the last field, which some access points add.
    pub trailing: &'a [u8],
}

impl Default for WpaElement<'_> {
    fn default() -> Self {
        Self {
            version: rsne::VERSION,
            group_cipher: None,
            pairwise: None,
            akms: None,
            capabilities: None,
            trailing: &[],
        }
    }
}

impl<'a> WpaElement<'a> {
    /// Parses the body of an element with ID 221, OUI and type included.
    ///
    /// # Errors
    /// OUI or type are another vendor's, or the body ends inside of a field.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let selector: &[u8; 4] = reader.array("WPA element OUI and type")?;
        if *selector != SELECTOR {
            let found = u32::from_be_bytes(*selector).into();
            return Err(ParseError::value("WPA element OUI and type", 0, "00-50-f2:1", found));
        }
        Ok(Self {
            version: reader.u16_le("WPA element version")?,
            group_cipher: rsne::cipher(&mut reader, "WPA element group cipher")?,
            pairwise: rsne::suites(&mut reader, "WPA element pairwise count", "WPA element pairwise suites")?,
            akms: rsne::suites(&mut reader, "WPA element AKM count", "WPA element AKM suites")?,
            capabilities: rsne::optional(&mut reader, |reader| reader.u16_le("WPA element capabilities"))?
                .map(RsnCapabilities),
            trailing: reader.rest(),
        })
    }

    /// The group cipher; TKIP if the field is absent.
    #[must_use]
    pub fn group_cipher_or_default(&self) -> Cipher {
        self.group_cipher.unwrap_or(Cipher::WPA_TKIP)
    }

    /// The pairwise ciphers; TKIP alone if the field is absent.
    #[must_use]
    pub fn pairwise_or_default(&self) -> SuiteList<'a, Cipher> {
        self.pairwise.unwrap_or(SuiteList::new(&[Cipher::WPA_TKIP]))
    }

    /// The AKMs; 802.1X alone if the field is absent.
    #[must_use]
    pub fn akms_or_default(&self) -> SuiteList<'a, Akm> {
        self.akms.unwrap_or(SuiteList::new(&[Akm::WPA_EAP]))
    }

    /// The capabilities; none if the field is absent.
    #[must_use]
    pub fn capabilities_or_default(&self) -> RsnCapabilities {
        self.capabilities.unwrap_or_default()
    }
}

/// The whole element, header included.
impl Emit for WpaElement<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        let fields = rsne::fields_to_write([
            self.group_cipher.is_some(),
            self.pairwise.is_some(),
            self.akms.is_some(),
            self.capabilities.is_some() || !self.trailing.is_empty(),
        ]);
        out.element(id::VENDOR_SPECIFIC, |out| {
            out.bytes(&SELECTOR);
            out.u16_le(self.version);
            if fields > 0 {
                out.put(&self.group_cipher_or_default().0);
            }
            if fields > 1 {
                out.put(&self.pairwise_or_default());
            }
            if fields > 2 {
                out.put(&self.akms_or_default());
            }
            if fields > 3 {
                out.u16_le(self.capabilities_or_default().0);
            }
            out.bytes(self.trailing);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};

    /// iwd 2.3, `unit/test-ie.c`, `wpa_data_1`.
    const ELEMENT: &str = "dd1a 0050f201 0100 0050f202 0200 0050f204 0050f202 0100 0050f202";

    #[test]
    fn every_field_is_where_the_specification_puts_it() {
        let element = hex(ELEMENT);
        let wpa = WpaElement::parse(&element[2..]).unwrap();
        let expected = WpaElement {
            group_cipher: Some(Cipher::WPA_TKIP),
            pairwise: Some(SuiteList::new(&[Cipher::WPA_CCMP_128, Cipher::WPA_TKIP])),
            akms: Some(SuiteList::new(&[Akm::WPA_PSK])),
            ..WpaElement::default()
        };
        assert_eq!(wpa, expected);
        assert_eq!(expected.to_vec().unwrap(), element);
    }

    #[test]
    fn an_element_may_end_after_any_field_and_nowhere_else() {
        let mut element = hex(ELEMENT);
        element.extend([0x0c, 0x00, 0xee]);
        let body = &element[2..];
        assert_eq!(accepted_truncations(body, WpaElement::parse), [6, 10, 20, 26, 28]);
        for len in [6, 10, 20, 26, 28, 29] {
            let wpa = WpaElement::parse(&body[..len]).unwrap();
            assert_eq!(wpa.to_vec().unwrap()[2..], body[..len]);
        }
        let wpa = WpaElement::parse(body).unwrap();
        assert_eq!(wpa.capabilities_or_default().ptksa_replay_counters(), 16);
        assert_eq!(wpa.trailing, [0xee]);
    }

    #[test]
    fn absent_fields_have_the_defaults_of_the_specification() {
        let wpa = WpaElement::parse(&[0x00, 0x50, 0xf2, 1, 1, 0]).unwrap();
        assert_eq!(wpa, WpaElement::default());
        assert_eq!(wpa.group_cipher_or_default(), Cipher::WPA_TKIP);
        assert!(wpa.pairwise_or_default().iter().eq([Cipher::WPA_TKIP]));
        assert!(wpa.akms_or_default().iter().eq([Akm::WPA_EAP]));
    }

    #[test]
    fn the_element_of_another_vendor_is_refused() {
        let error = WpaElement::parse(&[0x00, 0x0f, 0xac, 1, 1, 0]).unwrap_err();
        assert_eq!((error.field, error.offset), ("WPA element OUI and type", 0));
    }
}
