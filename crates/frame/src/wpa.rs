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
        let present = [
            self.group_cipher.is_some(),
            self.pairwise.is_some(),
            self.akms.is_some(),
            self.capabilities.is_some() || !self.trailing.is_empty(),
        ];
        let fields = present.iter().rposition(|&present| present).map_or(0, |last| last + 1);
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
