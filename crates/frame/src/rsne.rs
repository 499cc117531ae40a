//! The RSN element: what a network offers and what a station chose (IEEE 802.11-2020, 9.4.2.24).

use core::fmt;

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
        // How many of the optional fields are there, or have to be because a later one is.
        let present = [
            self.group_cipher.is_some(),
            self.pairwise.is_some(),
            self.akms.is_some(),
            self.capabilities.is_some(),
            self.pmkids.is_some(),
            self.group_management_cipher.is_some() || !self.trailing.is_empty(),
        ];
        let fields = present.iter().rposition(|&present| present).map_or(0, |last| last + 1);
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

macro_rules! capabilities {
    ($($(#[$doc:meta])* $bit:literal $flag:ident $with:ident;)*) => {
        impl RsnCapabilities {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $flag(self) -> bool {
                    self.0 & (1 << $bit) != 0
                }

                #[doc = concat!("The same with [`RsnCapabilities::", stringify!($flag), "`] set or cleared.")]
                #[must_use]
                pub const fn $with(self, value: bool) -> Self {
                    Self(self.0 & !(1 << $bit) | ((value as u16) << $bit))
                }
            )*
        }
    };
}

capabilities! {
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

/// As `0x00c0`.
impl fmt::Display for RsnCapabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

impl fmt::Debug for RsnCapabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
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
