//! The fast BSS transition element: the nonces, MIC and keys of a transition (IEEE 802.11-2020, 9.4.2.47).

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use crate::element::id;
use crate::error::ParseError;
use crate::mac::MacAddress;
use crate::oci::Oci;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// A fast BSS transition element (FTE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fte<'a> {
    /// What the MIC covers and how long it is (2 octets).
    pub mic_control: MicControl,
    /// The MIC: 16, 24 or 32 octets as the AKM says; zeros where the message has none.
    pub mic: &'a [u8],
    /// The nonce of the R1 key holder (32 octets).
    pub anonce: &'a [u8; 32],
    /// The nonce of the station (32 octets).
    pub snonce: &'a [u8; 32],
    /// The subelements as they travel: see [`Fte::subelements`].
    pub parameters: &'a [u8],
}

impl<'a> Fte<'a> {
    /// Parses the body of an element with ID 55. The association's AKM says the length of the MIC in octets.
    ///
    /// # Errors
    /// The body ends inside of a field; `mic_len` is none of 16, 24, 32. The subelements are not looked at.
    pub fn parse(body: &'a [u8], mic_len: usize) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let mic_control = MicControl(*reader.array("FTE MIC control")?);
        if !matches!(mic_len, 16 | 24 | 32) {
            return Err(ParseError::value(
                "FTE MIC",
                reader.offset(),
                "16, 24 or 32 octets",
                mic_len as u64,
            ));
        }
        Ok(Self {
            mic_control,
            mic: reader.take("FTE MIC", mic_len)?,
            anonce: reader.array("FTE ANonce")?,
            snonce: reader.array("FTE SNonce")?,
            parameters: reader.rest(),
        })
    }

    /// Where the MIC lies in the element's body. It is computed with zeros in this range.
    #[must_use]
    pub const fn mic_range(mic_len: usize) -> Range<usize> {
        2..2 + mic_len
    }

    /// The subelements in their order; one that is malformed yields an error and ends the iteration.
    ///
    /// Offsets in errors count from the start of [`Fte::parameters`].
    #[must_use]
    pub const fn subelements(&self) -> Subelements<'a> {
        Subelements {
            reader: Reader::new(self.parameters),
        }
    }
}

/// The whole element, header included.
impl Emit for Fte<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.element(id::FAST_BSS_TRANSITION, |out| {
            out.bytes(&self.mic_control.0);
            out.bytes(self.mic);
            out.bytes(self.anonce);
            out.bytes(self.snonce);
            out.bytes(self.parameters);
        });
    }
}

/// The MIC control field (2 octets) as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MicControl(pub [u8; 2]);

impl MicControl {
    /// For a MIC over `elements` elements; `rsnxe_used` if the sender has the RSN extension element.
    #[must_use]
    pub const fn new(rsnxe_used: bool, elements: u8) -> Self {
        Self([rsnxe_used as u8, elements])
    }

    /// Says how long the MIC is (bits 1 to 3: 0 for 16 octets, 1 for 24, 2 for 32; IEEE 802.11-2024, 9.4.2.46): where the
    /// AKM leaves that to the group of SAE, and nowhere else.
    #[must_use]
    pub const fn with_mic_len(self, octets: usize) -> Self {
        let [flags, count] = self.0;
        let len = match octets {
            24 => 1,
            32 => 2,
            _ => 0,
        };
        Self([flags & !0b1110 | len << 1, count])
    }

    /// The sender has the RSN extension element, so that its absence betrays a downgrade (bit 0).
    #[must_use]
    pub const fn rsnxe_used(self) -> bool {
        let [flags, _] = self.0;
        flags & 1 != 0
    }

    /// The number of elements that the MIC covers; 0 if there is no MIC.
    #[must_use]
    pub const fn element_count(self) -> u8 {
        let [_, count] = self.0;
        count
    }
}

/// A subelement of the FTE (IEEE 802.11-2020, Table 9-173): ID (1 octet), length (1), data.
///
/// Emitting sets reserved bits to zero. A key is wrapped, so that it is no secret here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subelement<'a> {
    /// 1: the R1 key holder's identifier, the AP's address.
    R1KhId(MacAddress),
    /// 2: a group key.
    Gtk {
        /// The key ID, 1 to 3 (0 to 3 on the air).
        key_id: u8,
        /// The octets of the unwrapped key.
        key_length: u8,
        /// The receive sequence counter.
        rsc: &'a [u8; 8],
        /// The key, wrapped.
        wrapped: &'a [u8],
    },
    /// 3: the R0 key holder's identifier, 1 to 48 octets.
    R0KhId(&'a [u8]),
    /// 4: an integrity group key.
    Igtk(IntegrityKey<'a>),
    /// 5: the sender's channel.
    Oci(Oci),
    /// 6: a beacon integrity group key.
    Bigtk(IntegrityKey<'a>),
    /// Any other one.
    Unknown {
        /// The subelement ID.
        id: u8,
        /// The data.
        data: &'a [u8],
    },
}

/// The data of an IGTK or BIGTK subelement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IntegrityKey<'a> {
    /// The key ID: 4 or 5 (IGTK), 6 or 7 (BIGTK).
    pub key_id: u16,
    /// The packet number (IPN or BIPN), little-endian.
    pub pn: &'a [u8; 6],
    /// The octets of the unwrapped key.
    pub key_length: u8,
    /// The key, wrapped.
    pub wrapped: &'a [u8],
}

impl<'a> IntegrityKey<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            key_id: reader.u16_le("FTE key ID")?,
            pn: reader.array("FTE packet number")?,
            key_length: reader.u8("FTE key length")?,
            wrapped: reader.rest(),
        })
    }
}

impl Emit for IntegrityKey<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u16_le(self.key_id);
        out.bytes(self.pn);
        out.u8(self.key_length);
        out.bytes(self.wrapped);
    }
}

impl fmt::Debug for IntegrityKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntegrityKey")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

const R1KH_ID: u8 = 1;
const GTK: u8 = 2;
const R0KH_ID: u8 = 3;
const IGTK: u8 = 4;
const OCI: u8 = 5;
const BIGTK: u8 = 6;

/// The bits of the GTK subelement's key information that hold the key ID.
const GTK_KEY_ID: u16 = 0b11;

impl<'a> Subelement<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let id = reader.u8("FTE subelement ID")?;
        let len = reader.u8("FTE subelement length")?;
        let offset = reader.offset();
        let data = reader.take("FTE subelement", len.into())?;
        let mut inner = Reader::at(data, offset);
        let subelement = match id {
            R1KH_ID => Self::R1KhId(MacAddress(*inner.array("FTE R1KH-ID")?)),
            GTK => Self::Gtk {
                key_id: (inner.u16_le("FTE GTK key information")? & GTK_KEY_ID) as u8,
                key_length: inner.u8("FTE GTK key length")?,
                rsc: inner.array("FTE GTK RSC")?,
                wrapped: inner.rest(),
            },
            R0KH_ID if data.is_empty() || data.len() > 48 => {
                return Err(ParseError::value("FTE R0KH-ID", offset, "1 to 48 octets", len.into()));
            }
            R0KH_ID => Self::R0KhId(inner.rest()),
            IGTK => Self::Igtk(IntegrityKey::read(&mut inner)?),
            OCI => Self::Oci(Oci::read(&mut inner)?),
            BIGTK => Self::Bigtk(IntegrityKey::read(&mut inner)?),
            id => Self::Unknown { id, data: inner.rest() },
        };
        inner.finish("FTE subelement")?;
        Ok(subelement)
    }

    const fn id(&self) -> u8 {
        match self {
            Self::R1KhId(_) => R1KH_ID,
            Self::Gtk { .. } => GTK,
            Self::R0KhId(_) => R0KH_ID,
            Self::Igtk(_) => IGTK,
            Self::Oci(_) => OCI,
            Self::Bigtk(_) => BIGTK,
            Self::Unknown { id, .. } => *id,
        }
    }
}

impl Emit for Subelement<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u8(self.id());
        out.counted_u8("FTE subelement", |out| match *self {
            Self::R1KhId(address) => out.bytes(&address.0),
            Self::Gtk {
                key_id,
                key_length,
                rsc,
                wrapped,
            } => {
                out.u16_le(u16::from(key_id) & GTK_KEY_ID);
                out.u8(key_length);
                out.bytes(rsc);
                out.bytes(wrapped);
            }
            Self::R0KhId(id) => out.bytes(id),
            Self::Igtk(key) | Self::Bigtk(key) => out.put(&key),
            Self::Oci(oci) => out.bytes(&oci.octets()),
            Self::Unknown { data, .. } => out.bytes(data),
        });
    }
}

/// Without keys, wrapped or not.
impl fmt::Debug for Subelement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::R1KhId(address) => f.debug_tuple("R1KhId").field(address).finish(),
            Self::Gtk { key_id, .. } => f.debug_struct("Gtk").field("key_id", key_id).finish_non_exhaustive(),
            Self::R0KhId(id) => f.debug_tuple("R0KhId").field(id).finish(),
            Self::Igtk(key) => f.debug_tuple("Igtk").field(key).finish(),
            Self::Oci(oci) => f.debug_tuple("Oci").field(oci).finish(),
            Self::Bigtk(key) => f.debug_tuple("Bigtk").field(key).finish(),
            Self::Unknown { id, .. } => f.debug_struct("Unknown").field("id", id).finish_non_exhaustive(),
        }
    }
}

/// Iterator of [`Fte::subelements`].
#[derive(Clone, Debug)]
pub struct Subelements<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Subelements<'a> {
    type Item = Result<Subelement<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let subelement = Subelement::read(&mut self.reader);
        if subelement.is_err() {
            self.reader.rest();
        }
        Some(subelement)
    }
}

impl FusedIterator for Subelements<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted_truncations, hex};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Wireshark 4.0.17, `test/captures/wpa2-ft-psk.pcapng.gz`: the reassociation response's element.
    const ELEMENT: &str = "378c 0003 3244a6b4ea222016ed7a5aacb075c0fa
        f4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
        bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f
        0106 020000000100 030b 6b616e73747275702d6674
        0223 0100 10 0000000000000000 73ed2d1be3df8d6c294b77f90a05e3482e88ae317556d6c1";

    #[test]
    fn the_element_of_a_transition_is_taken_apart() {
        let element = hex(ELEMENT);
        let fte = Fte::parse(&element[2..], 16).unwrap();
        assert_eq!(fte.mic_control, MicControl::new(false, 3));
        assert_eq!(
            (fte.mic_control.element_count(), fte.mic_control.rsnxe_used()),
            (3, false)
        );
        assert_eq!(fte.mic, &element[2..][Fte::mic_range(16)]);
        assert_eq!((fte.mic[0], fte.anonce[0], fte.snonce[0]), (0x32, 0xf4, 0xbc));
        let subelements: Vec<_> = fte.subelements().collect::<Result<_, _>>().unwrap();
        let expected = [
            Subelement::R1KhId(MacAddress([2, 0, 0, 0, 1, 0])),
            Subelement::R0KhId(b"kanstrup-ft"),
            Subelement::Gtk {
                key_id: 1,
                key_length: 16,
                rsc: &[0; 8],
                wrapped: &element[118..],
            },
        ];
        assert_eq!(subelements, expected);
        assert_eq!(fte.to_vec().unwrap(), element);
    }

    #[test]
    fn an_element_cut_before_its_subelements_is_refused() {
        let element = hex(ELEMENT);
        let cuts = accepted_truncations(&element[2..], |body| Fte::parse(body, 16));
        assert_eq!(cuts, (82..140).collect::<Vec<_>>());
        let whole = accepted_truncations(&element[2..], |body| {
            Fte::parse(body, 16)?.subelements().collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(whole, [82, 90, 103]);
    }

    #[test]
    fn the_control_field_says_how_long_the_mic_is() {
        for (octets, flags) in [(16, 0), (24, 2), (32, 4)] {
            let control = MicControl::default().with_mic_len(octets);
            assert_eq!(control, MicControl([flags, 0]));
            assert!(!control.rsnxe_used());
        }
        assert_eq!(MicControl::new(true, 4).with_mic_len(24), MicControl([3, 4]));
    }

    #[test]
    fn a_longer_mic_moves_the_nonces() {
        let mut body = alloc::vec![0; 2 + 24 + 64];
        body[0] = 1;
        body[26] = 0xaa;
        body[58] = 0xbb;
        let fte = Fte::parse(&body, 24).unwrap();
        assert!(fte.mic_control.rsnxe_used());
        assert_eq!((fte.mic.len(), fte.anonce[0], fte.snonce[0]), (24, 0xaa, 0xbb));
        assert_eq!(fte.to_vec().unwrap()[2..], body);
        let error = ParseError::value("FTE MIC", 2, "16, 24 or 32 octets", 20);
        assert_eq!(Fte::parse(&body, 20), Err(error));
    }

    #[test]
    fn every_kind_of_subelement_survives_the_way_out_and_back() {
        let key = IntegrityKey {
            key_id: 4,
            pn: &[1, 2, 3, 4, 5, 6],
            key_length: 16,
            wrapped: &[9; 24],
        };
        let subelements = [
            Subelement::R1KhId(MacAddress([2, 0, 0, 0, 0, 9])),
            Subelement::Gtk {
                key_id: 2,
                key_length: 32,
                rsc: &[7; 8],
                wrapped: &[8; 40],
            },
            Subelement::R0KhId(b"r0"),
            Subelement::Igtk(key),
            Subelement::Oci(Oci {
                operating_class: 115,
                primary_channel: 36,
                frequency_segment_1: 0,
            }),
            Subelement::Bigtk(IntegrityKey { key_id: 6, ..key }),
            Subelement::Unknown { id: 8, data: &[1, 2] },
        ];
        let parameters: Vec<u8> = subelements.iter().flat_map(|item| item.to_vec().unwrap()).collect();
        let fte = Fte {
            mic_control: MicControl::default(),
            mic: &[0; 16],
            anonce: &[0; 32],
            snonce: &[0; 32],
            parameters: &parameters,
        };
        assert!(fte.subelements().eq(subelements.map(Ok)));
    }

    #[test]
    fn malformed_subelements_are_refused_at_their_octet() {
        let first = |parameters: &[u8]| {
            let mut subelements = Subelements {
                reader: Reader::new(parameters),
            };
            let error = subelements.next().unwrap().unwrap_err();
            assert_eq!(subelements.next(), None);
            (error.field, error.offset)
        };
        assert_eq!(first(&[1, 5, 0, 0, 0, 0, 0]), ("FTE R1KH-ID", 2));
        assert_eq!(first(&[1, 7, 0, 0, 0, 0, 0, 0, 0]), ("FTE subelement", 8));
        assert_eq!(first(&[3, 0]), ("FTE R0KH-ID", 2));
        assert_eq!(first(&[3, 49]), ("FTE subelement", 2));
        assert_eq!(first(&[2, 4, 1, 0, 16, 0]), ("FTE GTK RSC", 5));
        assert_eq!(first(&[9]), ("FTE subelement length", 1));
    }

    #[test]
    fn debug_output_shows_no_key() {
        let key = IntegrityKey {
            key_id: 4,
            pn: &[0; 6],
            key_length: 16,
            wrapped: &[0xab; 24],
        };
        let text = alloc::format!("{:?}", Subelement::Igtk(key));
        assert!(text.contains("key_id: 4") && !text.contains("171"), "{text}");
    }

    proptest! {
        #[test]
        fn what_parses_is_emitted_as_it_was(body in proptest::collection::vec(any::<u8>(), 70..255)) {
            if let Ok(fte) = Fte::parse(&body, 16) {
                prop_assert_eq!(&fte.to_vec().unwrap()[2..], &body[..]);
                prop_assert!(fte.subelements().count() <= body.len());
            }
        }
    }
}
