//! Elements: the lists of tagged fields in management frames and in key data (IEEE 802.11-2020, 9.4.2).

use core::fmt;
use core::iter::FusedIterator;

use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// Element IDs (IEEE 802.11-2020, Table 9-92).
pub mod id {
    /// The name of the network.
    pub const SSID: u8 = 0;
    /// Supported rates and BSS membership selectors.
    pub const SUPPORTED_RATES: u8 = 1;
    /// DSSS parameter set: the channel.
    pub const DSSS_PARAMETER_SET: u8 = 3;
    /// Traffic indication map.
    pub const TIM: u8 = 5;
    /// Country.
    pub const COUNTRY: u8 = 7;
    /// Challenge text of shared key authentication.
    pub const CHALLENGE_TEXT: u8 = 16;
    /// ERP information.
    pub const ERP: u8 = 42;
    /// HT capabilities.
    pub const HT_CAPABILITIES: u8 = 45;
    /// Robust security network: see [`crate::rsne`].
    pub const RSN: u8 = 48;
    /// Extended supported rates and BSS membership selectors.
    pub const EXTENDED_SUPPORTED_RATES: u8 = 50;
    /// Mobility domain: see [`crate::mde`].
    pub const MOBILITY_DOMAIN: u8 = 54;
    /// Fast BSS transition: see [`crate::fte`].
    pub const FAST_BSS_TRANSITION: u8 = 55;
    /// Timeout interval: see [`crate::timeout`].
    pub const TIMEOUT_INTERVAL: u8 = 56;
    /// Resource information container data.
    pub const RIC_DATA: u8 = 57;
    /// Supported operating classes.
    pub const SUPPORTED_OPERATING_CLASSES: u8 = 59;
    /// HT operation.
    pub const HT_OPERATION: u8 = 61;
    /// Radio measurement capabilities.
    pub const RM_ENABLED_CAPABILITIES: u8 = 70;
    /// Management MIC, behind group addressed robust management frames: see [`crate::mme`].
    pub const MANAGEMENT_MIC: u8 = 76;
    /// Link identifier (TDLS).
    pub const LINK_IDENTIFIER: u8 = 101;
    /// Interworking.
    pub const INTERWORKING: u8 = 107;
    /// Extended capabilities.
    pub const EXTENDED_CAPABILITIES: u8 = 127;
    /// VHT capabilities.
    pub const VHT_CAPABILITIES: u8 = 191;
    /// VHT operation.
    pub const VHT_OPERATION: u8 = 192;
    /// Vendor specific.
    pub const VENDOR_SPECIFIC: u8 = 221;
    /// RSN extension: see [`crate::rsnxe`].
    pub const RSN_EXTENSION: u8 = 244;
    /// The element ID extension, the first octet of the body, says what it is.
    pub const EXTENSION: u8 = 255;
}

/// Element ID extensions (IEEE 802.11-2020, Table 9-92).
pub mod extension {
    /// FILS key confirmation.
    pub const FILS_KEY_CONFIRMATION: u8 = 3;
    /// FILS session.
    pub const FILS_SESSION: u8 = 4;
    /// Key delivery (FILS).
    pub const KEY_DELIVERY: u8 = 7;
    /// FILS wrapped data.
    pub const FILS_WRAPPED_DATA: u8 = 8;
    /// FILS nonce.
    pub const FILS_NONCE: u8 = 13;
    /// Diffie-Hellman parameter of OWE (RFC 8110, 4.3).
    pub const OWE_DH_PARAMETER: u8 = 32;
    /// Password identifier of SAE.
    pub const PASSWORD_IDENTIFIER: u8 = 33;
    /// HE capabilities.
    pub const HE_CAPABILITIES: u8 = 35;
    /// Operating channel information: see [`crate::oci`].
    pub const OCI: u8 = 54;
    /// Groups that the AP refused (SAE hash-to-element).
    pub const REJECTED_GROUPS: u8 = 92;
    /// Anti-clogging token in a container (SAE hash-to-element).
    pub const ANTI_CLOGGING_TOKEN_CONTAINER: u8 = 93;
    /// The suite that an authentication is for: see [`crate::sae`].
    pub const AKM_SUITE_SELECTOR: u8 = 114;
}

/// One element: ID (1 octet), length (1), ID extension (1, only with ID 255), body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The element ID: see [`id`].
    pub id: u8,
    /// The element ID extension, if the ID is 255: see [`extension`].
    pub extension: Option<u8>,
    /// What follows the header, at most 255 octets.
    pub body: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element as it stands in the frame, header included: handshakes compare elements octet by octet.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// True for a vendor specific element of this OUI and type, such as `[0x00, 0x50, 0xf2, 1]` for WPA.
    #[must_use]
    pub fn is_vendor(&self, oui_and_type: [u8; 4]) -> bool {
        self.id == id::VENDOR_SPECIFIC && self.body.starts_with(&oui_and_type)
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let bytes = reader.remaining();
        let id = reader.u8("element ID")?;
        let len = usize::from(reader.u8("element length")?);
        let offset = reader.offset();
        let content = reader.take("element body", len)?;
        let mut inner = Reader::at(content, offset);
        let extension = match id {
            id::EXTENSION => Some(inner.u8("element ID extension")?),
            _ => None,
        };
        let bytes = bytes.get(..2 + len).unwrap_or(bytes);
        Ok(Self {
            id,
            extension,
            body: inner.rest(),
            bytes,
        })
    }
}

/// The octets once, not twice.
impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Element");
        debug.field("id", &self.id);
        if let Some(extension) = self.extension {
            debug.field("extension", &extension);
        }
        debug.field("body", &format_args!("{:02x?}", self.body)).finish()
    }
}

/// As it was parsed.
impl Emit for Element<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.bytes(self.bytes);
    }
}

/// The elements of `bytes`, in their order.
///
/// An element that ends early yields an error and ends the iteration; those before it are not affected.
#[must_use]
pub const fn elements(bytes: &[u8]) -> Elements<'_> {
    Elements {
        reader: Reader::new(bytes),
    }
}

/// The first element of this ID, or `None` if there is none.
///
/// # Errors
/// The list is malformed before such an element was found.
pub fn find(bytes: &[u8], id: u8) -> Result<Option<Element<'_>>, ParseError> {
    find_by(bytes, |element| element.id == id)
}

/// The first element of this ID extension, or `None` if there is none.
///
/// # Errors
/// As [`find`].
pub fn find_extension(bytes: &[u8], extension: u8) -> Result<Option<Element<'_>>, ParseError> {
    find_by(bytes, |element| element.extension == Some(extension))
}

/// The first vendor specific element of this OUI and type, or `None` if there is none.
///
/// # Errors
/// As [`find`].
pub fn find_vendor(bytes: &[u8], oui_and_type: [u8; 4]) -> Result<Option<Element<'_>>, ParseError> {
    find_by(bytes, |element| element.is_vendor(oui_and_type))
}

fn find_by<'a>(bytes: &'a [u8], wanted: impl Fn(&Element<'a>) -> bool) -> Result<Option<Element<'a>>, ParseError> {
    elements(bytes)
        .find(|element| element.as_ref().map_or(true, &wanted))
        .transpose()
}

/// Iterator of [`elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let element = Element::read(&mut self.reader);
        if element.is_err() {
            self.reader.rest();
        }
        Some(element)
    }
}

impl FusedIterator for Elements<'_> {}

impl Writer<'_> {
    /// Writes an element whose body `body` writes.
    pub fn element(&mut self, id: u8, body: impl FnOnce(&mut Self)) {
        self.u8(id);
        self.counted_u8("element body", body);
    }

    /// Writes an element with an ID extension, whose body `body` writes.
    pub fn extended_element(&mut self, extension: u8, body: impl FnOnce(&mut Self)) {
        self.element(id::EXTENSION, |out| {
            out.u8(extension);
            body(out);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use crate::testing::{accepted_truncations, hex};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// SSID "ab", one rate, WPA, a vendor's, OCI.
    const LIST: &str =
        "0002 6162 0101 82 dd16 0050f20101000050f20201000050f20201000050f202 dd04 0050f204 ff04 36510600";

    #[test]
    fn a_list_is_taken_apart_in_order() {
        let list = hex(LIST);
        let elements: Vec<_> = elements(&list).collect::<Result<_, _>>().unwrap();
        let ids: Vec<_> = elements
            .iter()
            .map(|element| (element.id, element.extension, element.body.len()))
            .collect();
        assert_eq!(
            ids,
            [
                (0, None, 2),
                (1, None, 1),
                (221, None, 22),
                (221, None, 4),
                (255, Some(54), 3)
            ]
        );
        let whole: Vec<_> = elements.iter().flat_map(Element::bytes).copied().collect();
        assert_eq!(whole, list);
    }

    #[test]
    fn an_element_is_found_by_id_by_extension_and_by_vendor() {
        let list = hex(LIST);
        assert_eq!(find(&list, id::SSID).unwrap().unwrap().body, b"ab");
        assert_eq!(find(&list, id::RSN), Ok(None));
        assert_eq!(find_extension(&list, extension::OCI).unwrap().unwrap().body, [81, 6, 0]);
        assert_eq!(find_extension(&list, extension::OWE_DH_PARAMETER), Ok(None));
        assert_eq!(
            find_vendor(&list, [0x00, 0x50, 0xf2, 4]).unwrap().unwrap().bytes(),
            [0xdd, 4, 0, 0x50, 0xf2, 4]
        );
    }

    #[test]
    fn an_element_that_ends_early_ends_the_list_but_not_what_came_before() {
        let list = [0, 1, b'x', 48, 20, 1, 0];
        let mut elements = elements(&list);
        assert_eq!(elements.next().unwrap().unwrap().id, id::SSID);
        let problem = Problem::TooShort { needed: 20, found: 2 };
        assert_eq!(
            elements.next(),
            Some(Err(ParseError {
                field: "element body",
                offset: 5,
                problem
            }))
        );
        assert_eq!(elements.next(), None);
        assert!(find(&list, id::SSID).unwrap().is_some());
        assert!(find(&list, id::RSN).is_err());
    }

    #[test]
    fn an_element_id_extension_must_be_there() {
        let error = elements(&[255, 0]).next().unwrap().unwrap_err();
        assert_eq!((error.field, error.offset), ("element ID extension", 2));
    }

    #[test]
    fn a_list_cut_between_elements_only_is_a_list() {
        let list = hex(LIST);
        let cuts = accepted_truncations(&list, |list| elements(list).collect::<Result<Vec<_>, _>>());
        assert_eq!(cuts, [0, 4, 7, 31, 37]);
    }

    #[test]
    fn an_element_longer_than_its_length_field_is_refused() {
        let mut buffer = [0; 300];
        let mut out = Writer::new(&mut buffer);
        out.extended_element(extension::OWE_DH_PARAMETER, |out| out.zeros(255));
        assert!(out.finish().is_err());
    }

    proptest! {
        #[test]
        fn a_list_is_emitted_as_it_was_parsed(list in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut buffer = [0; 300];
            let mut out = Writer::new(&mut buffer);
            let mut parsed = 0;
            for element in elements(&list).map_while(Result::ok) {
                parsed += element.bytes().len();
                match element.extension {
                    Some(extension) => out.extended_element(extension, |out| out.bytes(element.body)),
                    None => out.element(element.id, |out| out.bytes(element.body)),
                }
            }
            prop_assert_eq!(out.finish(), Ok(parsed));
            prop_assert_eq!(&buffer[..parsed], &list[..parsed]);
        }
    }
}
