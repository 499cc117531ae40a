//! The RSN element: what a network offers and what a station chose (IEEE 802.11-2020, 9.4.2.24).

use crate::bits::{flags, shown_in_hex};
use crate::element::id;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::suite::{Akm, Cipher, Suite, SuiteList};
use crate::writer::{Emit, Writer};

/// The version that the standard defines.
pub const VERSION: u16 = 1;

/// An RSN element (RSNE). Numbers are little-endian on the air.
///
/// All fields behind the version are optional, but none may be absent before one that is present: an absent
/// field before a present one is emitted with its default. `Rsne` is the representation for both ways;
/// to send one, fill in the fields:
/// ```
/// use portcullis_frame::{Akm, Cipher, Emit, rsne::{RsnCapabilities, Rsne}, SuiteList};
/// let offer = Rsne {
///     group_cipher: Some(Cipher::CCMP_128),
///     pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
///     akms: Some(SuiteList::new(&[Akm::PSK])),
///     capabilities: Some(RsnCapabilities::default()),
///     ..Rsne::default()
/// };
/// assert_eq!(offer.emitted_len(), 22);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rsne<'a> {
    /// The protocol version (2 octets). Only the fields of version 1 are known; whoever acts on the element
    /// refuses another.
    pub version: u16,
    /// The group data cipher suite (4 octets).
    pub group_cipher: Option<Cipher>,
    /// The pairwise cipher suites (count of 2 octets, 4 each).
    pub pairwise: Option<SuiteList<'a, Cipher>>,
    /// The AKM suites (count of 2 octets, 4 each).
    pub akms: Option<SuiteList<'a, Akm>>,
    /// The capabilities (2 octets).
    pub capabilities: Option<RsnCapabilities>,
    /// The PMKIDs (count of 2 octets, 16 each).
    pub pmkids: Option<&'a [[u8; 16]]>,
    /// The group management cipher suite (4 octets).
    pub group_management_cipher: Option<Cipher>,
    /// Fields that a later version of the standard may add.
    pub trailing: &'a [u8],
}

impl Default for Rsne<'_> {
    fn default() -> Self {
        Self {
            version: VERSION,
            group_cipher: None,
            pairwise: None,
            akms: None,
            capabilities: None,
            pmkids: None,
            group_management_cipher: None,
            trailing: &[],
        }
    }
}

impl<'a> Rsne<'a> {
    /// Parses the body of an element with ID 48.
    ///
    /// # Errors
    /// The body ends inside of a field. Octets behind the last field are kept in [`Rsne::trailing`].
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let version = reader.u16_le("RSNE version")?;
        let group_cipher = cipher(&mut reader, "RSNE group data cipher")?;
        let pairwise = suites(&mut reader, "RSNE pairwise count", "RSNE pairwise suites")?;
        let akms = suites(&mut reader, "RSNE AKM count", "RSNE AKM suites")?;
        let capabilities = optional(&mut reader, |reader| reader.u16_le("RSNE capabilities"))?.map(RsnCapabilities);
        let pmkids = optional(&mut reader, |reader| counted(reader, "RSNE PMKID count", "RSNE PMKIDs"))?;
        let group_management_cipher = cipher(&mut reader, "RSNE group management cipher")?;
        Ok(Self {
            version,
            group_cipher,
            pairwise,
            akms,
            capabilities,
            pmkids,
            group_management_cipher,
            trailing: reader.rest(),
        })
    }

    /// The group data cipher; CCMP-128 if the field is absent.
    #[must_use]
    pub fn group_cipher_or_default(&self) -> Cipher {
        self.group_cipher.unwrap_or(Cipher::CCMP_128)
    }

    /// The pairwise ciphers; CCMP-128 alone if the field is absent.
    #[must_use]
    pub fn pairwise_or_default(&self) -> SuiteList<'a, Cipher> {
        self.pairwise.unwrap_or(SuiteList::new(&[Cipher::CCMP_128]))
    }

    /// The AKMs; 802.1X alone if the field is absent.
    #[must_use]
    pub fn akms_or_default(&self) -> SuiteList<'a, Akm> {
        self.akms.unwrap_or(SuiteList::new(&[Akm::EAP]))
    }

    /// The capabilities; none if the field is absent.
    #[must_use]
    pub fn capabilities_or_default(&self) -> RsnCapabilities {
        self.capabilities.unwrap_or_default()
    }

    /// The PMKIDs; none if the field is absent.
    #[must_use]
    pub fn pmkids_or_default(&self) -> &'a [[u8; 16]] {
        self.pmkids.unwrap_or_default()
    }

    /// The group management cipher; BIP-CMAC-128 if the field is absent but management frames can be
    /// protected, otherwise `None`.
    #[must_use]
    pub fn group_management_cipher_or_default(&self) -> Option<Cipher> {
        self.group_management_cipher
            .or_else(|| self.capabilities_or_default().mfpc().then_some(Cipher::BIP_CMAC_128))
    }
}

/// The whole element, header included.
impl Emit for Rsne<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        let fields = fields_to_write([
            self.group_cipher.is_some(),
            self.pairwise.is_some(),
            self.akms.is_some(),
            self.capabilities.is_some(),
            self.pmkids.is_some(),
            self.group_management_cipher.is_some() || !self.trailing.is_empty(),
        ]);
        out.element(id::RSN, |out| {
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
            if fields > 4 {
                let pmkids = self.pmkids_or_default();
                out.count_u16_le("RSNE PMKIDs", pmkids.len());
                out.bytes(pmkids.as_flattened());
            }
            if fields > 5 {
                out.put(&self.group_management_cipher.unwrap_or(Cipher::BIP_CMAC_128).0);
            }
            out.bytes(self.trailing);
        });
    }
}

impl Emit for Suite {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.bytes(&self.0);
    }
}

/// The number of suites (2 octets, little-endian), then the suites.
impl<S: Copy + From<Suite> + Into<Suite>> Emit for SuiteList<'_, S> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.count_u16_le("suite list", self.len());
        for suite in self.iter() {
            out.put(&suite.into());
        }
    }
}

/// RSN capabilities (IEEE 802.11-2020, Figure 9-287): 16 bits, bit 0 the least significant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RsnCapabilities(pub u16);

flags! {
    RsnCapabilities {
        /// The AP supports pre-authentication.
        0 preauth with_preauth;
        /// The station cannot use WEP group keys together with a pairwise key.
        1 no_pairwise with_no_pairwise;
        /// Management frame protection is required.
        6 mfpr with_mfpr;
        /// Management frame protection is possible.
        7 mfpc with_mfpc;
        /// Joint multi-band RSNA is possible.
        8 joint_multi_band with_joint_multi_band;
        /// A-MSDUs can be protected against subframe injection (SPP A-MSDU).
        10 spp_amsdu_capable with_spp_amsdu_capable;
        /// Only A-MSDUs of this kind are allowed.
        11 spp_amsdu_required with_spp_amsdu_required;
        /// Protected block ack agreements are possible.
        12 pbac with_pbac;
        /// Pairwise keys may have key ID 1.
        13 extended_key_id with_extended_key_id;
        /// The operating channel is validated.
        14 ocvc with_ocvc;
    }
}

impl RsnCapabilities {
    /// The replay counters for each pairwise key: 1, 2, 4 or 16.
    #[must_use]
    pub const fn ptksa_replay_counters(self) -> u8 {
        replay_counters(self.0 >> 2)
    }

    /// The replay counters for each group key: 1, 2, 4 or 16.
    #[must_use]
    pub const fn gtksa_replay_counters(self) -> u8 {
        replay_counters(self.0 >> 4)
    }
}

const fn replay_counters(code: u16) -> u8 {
    match code & 0b11 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => 16,
    }
}

shown_in_hex!(RsnCapabilities);

/// How many of the optional fields to write: those that are present, and those before them.
pub(crate) fn fields_to_write<const N: usize>(present: [bool; N]) -> usize {
    present.iter().rposition(|&present| present).map_or(0, |last| last + 1)
}

/// A suite selector, if the element goes on.
pub(crate) fn cipher(reader: &mut Reader<'_>, field: &'static str) -> Result<Option<Cipher>, ParseError> {
    let octets = optional(reader, |reader| reader.array(field))?;
    Ok(octets.map(|&octets| Cipher(Suite(octets))))
}

/// A count and as many suite selectors, if the element goes on.
pub(crate) fn suites<'a, S: Copy + From<Suite>>(
    reader: &mut Reader<'a>,
    count_field: &'static str,
    field: &'static str,
) -> Result<Option<SuiteList<'a, S>>, ParseError> {
    let octets = optional(reader, |reader| counted(reader, count_field, field))?;
    Ok(octets.map(SuiteList::from_octets))
}

/// A field that is there unless the element ends before it.
pub(crate) fn optional<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, ParseError>,
) -> Result<Option<T>, ParseError> {
    match reader.is_empty() {
        true => Ok(None),
        false => read(reader).map(Some),
    }
}

/// A count of 2 octets and as many items of `N` octets.
fn counted<'a, const N: usize>(
    reader: &mut Reader<'a>,
    count_field: &'static str,
    field: &'static str,
) -> Result<&'a [[u8; N]], ParseError> {
    let count = usize::from(reader.u16_le(count_field)?);
    let (items, _) = reader.take(field, count * N)?.as_chunks();
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// iwd 2.3, `unit/test-ie.c`, `rsne_data_5`, with a group management cipher added.
    const FULL: &str = "302a 0100 000fac04 0100 000fac04 0100 000fac01 0100
                        0100 0102030405060708090a0b0c0d0e0f10 000fac06";

    #[test]
    fn every_field_is_where_the_standard_puts_it() {
        let element = hex(FULL);
        let rsne = Rsne::parse(&element[2..]).unwrap();
        let expected = Rsne {
            version: 1,
            group_cipher: Some(Cipher::CCMP_128),
            pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
            akms: Some(SuiteList::new(&[Akm::EAP])),
            capabilities: Some(RsnCapabilities::default().with_preauth(true)),
            pmkids: Some(&[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]]),
            group_management_cipher: Some(Cipher::BIP_CMAC_128),
            trailing: &[],
        };
        assert_eq!(rsne, expected);
        assert_eq!(rsne.to_vec().unwrap(), element);
        assert_eq!(expected.to_vec().unwrap(), element);
    }

    #[test]
    fn an_element_may_end_after_any_field_and_nowhere_else() {
        let element = hex(FULL);
        assert_eq!(accepted_truncations(&element[2..], Rsne::parse), [2, 6, 12, 18, 20, 38]);
        for len in [2, 6, 12, 18, 20, 38] {
            let emitted = Rsne::parse(&element[2..2 + len]).unwrap().to_vec().unwrap();
            assert_eq!(emitted[2..], element[2..2 + len]);
        }
    }

    #[test]
    fn absent_fields_have_the_defaults_of_the_standard() {
        let rsne = Rsne::parse(&[1, 0]).unwrap();
        assert_eq!(rsne, Rsne::default());
        assert_eq!(rsne.group_cipher_or_default(), Cipher::CCMP_128);
        assert!(rsne.pairwise_or_default().iter().eq([Cipher::CCMP_128]));
        assert!(rsne.akms_or_default().iter().eq([Akm::EAP]));
        assert_eq!(rsne.capabilities_or_default(), RsnCapabilities(0));
        assert!(rsne.pmkids_or_default().is_empty());
        assert_eq!(rsne.group_management_cipher_or_default(), None);
        let protecting = Rsne {
            capabilities: Some(RsnCapabilities::default().with_mfpc(true)),
            ..rsne
        };
        assert_eq!(
            protecting.group_management_cipher_or_default(),
            Some(Cipher::BIP_CMAC_128)
        );
    }

    #[test]
    fn an_absent_field_before_a_present_one_is_emitted_with_its_default() {
        let rsne = Rsne {
            group_management_cipher: Some(Cipher::BIP_GMAC_256),
            ..Rsne::default()
        };
        let expected = hex("301a 0100 000fac04 0100 000fac04 0100 000fac01 0000 0000 000fac0c");
        assert_eq!(rsne.to_vec().unwrap(), expected);
    }

    #[test]
    fn a_list_of_no_suites_is_not_an_absent_list() {
        let body = hex("0100 000fac04 0000 0000");
        let rsne = Rsne::parse(&body).unwrap();
        assert_eq!(rsne.pairwise.map(|suites| suites.len()), Some(0));
        assert!(rsne.akms_or_default().is_empty());
        assert_eq!(rsne.to_vec().unwrap()[2..], body);
    }

    #[test]
    fn a_count_larger_than_the_element_is_refused_where_the_suites_begin() {
        let error = Rsne::parse(&hex("0100 000fac04 0300 000fac04")).unwrap_err();
        let problem = crate::Problem::TooShort { needed: 12, found: 4 };
        assert_eq!(
            error,
            ParseError {
                field: "RSNE pairwise suites",
                offset: 8,
                problem
            }
        );
    }

    #[test]
    fn several_suites_keep_their_order() {
        let rsne = Rsne {
            group_cipher: Some(Cipher::TKIP),
            pairwise: Some(SuiteList::new(&[Cipher::CCMP_128, Cipher::TKIP])),
            akms: Some(SuiteList::new(&[Akm::PSK, Akm::SAE, Akm::FT_SAE])),
            ..Rsne::default()
        };
        let element = rsne.to_vec().unwrap();
        let parsed = Rsne::parse(&element[2..]).unwrap();
        assert_eq!(parsed, rsne);
        assert!(parsed.pairwise_or_default().iter().eq([Cipher::CCMP_128, Cipher::TKIP]));
        assert!(parsed.akms_or_default().contains(Akm::SAE));
        assert!(!parsed.akms_or_default().contains(Akm::EAP));
    }

    #[test]
    fn capabilities_are_bits_of_the_standard() {
        let capabilities = RsnCapabilities(0x60ee);
        assert!(capabilities.mfpr() && capabilities.mfpc() && capabilities.no_pairwise());
        assert!(capabilities.extended_key_id() && capabilities.ocvc());
        assert!(!capabilities.preauth() && !capabilities.spp_amsdu_capable());
        assert_eq!(capabilities.ptksa_replay_counters(), 16);
        assert_eq!(capabilities.gtksa_replay_counters(), 4);
        let rebuilt = RsnCapabilities(0x002c)
            .with_no_pairwise(true)
            .with_mfpr(true)
            .with_mfpc(true)
            .with_extended_key_id(true)
            .with_ocvc(true);
        assert_eq!(rebuilt, capabilities);
    }

    #[test]
    fn more_pmkids_than_an_element_holds_are_refused() {
        let rsne = Rsne {
            pmkids: Some(&[[0; 16]; 16]),
            ..Rsne::default()
        };
        assert!(matches!(
            rsne.to_vec(),
            Err(crate::EmitError::TooLong { limit: 255, .. })
        ));
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(
            pairwise in proptest::collection::vec(any::<[u8; 4]>(), 0..4),
            akms in proptest::collection::vec(any::<[u8; 4]>(), 0..4),
            pmkids in proptest::collection::vec(any::<[u8; 16]>(), 0..4),
            tail in any::<[u8; 6]>(),
            keep in 0usize..140,
        ) {
            let mut body: Vec<u8> = [1, 0, 0, 15, 172, 4, pairwise.len() as u8, 0].into();
            body.extend(pairwise.as_flattened());
            body.extend([akms.len() as u8, 0]);
            body.extend(akms.as_flattened());
            body.extend([0xc0, 0, pmkids.len() as u8, 0]);
            body.extend(pmkids.as_flattened());
            body.extend(tail);
            body.truncate(keep);
            if let Ok(rsne) = Rsne::parse(&body) {
                prop_assert_eq!(&rsne.to_vec().unwrap()[2..], &body[..]);
            }
        }
    }
}
