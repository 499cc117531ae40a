//! EAPOL-Key frames: the messages of the 4-way and of the group key handshake (IEEE 802.11-2020, 12.7.2).
//!
//! Parsing proves the layout and nothing more: MIC, replay counter and the meaning of the key data are
//! judged by the handshakes, which have the keys.

mod info;
mod name;

use core::fmt;
use core::ops::Range;

pub use info::{KeyDescriptorVersion, KeyInfo};
pub use name::MessageName;

use crate::eapol::{self, Eapol, PacketType};
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// The octets of the key frame before the MIC, from the descriptor type on.
const BEFORE_MIC: usize = 1 + 2 + 2 + 8 + 32 + 16 + 8 + 8;

/// An EAPOL-Key frame (IEEE 802.11-2020, Figure 12-34). All numbers are big-endian on the air.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyFrame<'a> {
    /// The version in the EAPOL header; a receiver takes any.
    pub protocol_version: u8,
    /// The format of the frame: RSN, or WPA before IEEE 802.11i was finished.
    pub descriptor: Descriptor,
    /// What the frame is for and how it is protected (2 octets).
    pub info: KeyInfo,
    /// The octets of the temporal key that is being agreed on (2 octets; 0 in most messages).
    pub key_length: u16,
    /// Set by the authenticator, echoed by the supplicant (8 octets).
    pub replay_counter: u64,
    /// The sender's nonce, or zeros.
    pub nonce: &'a [u8; 32],
    /// The IV of RC4 key data encryption (descriptor version 1), otherwise zeros.
    pub iv: &'a [u8; 16],
    /// The receive sequence counter of the group key that is being delivered, in the first 6 octets.
    pub rsc: &'a [u8; 8],
    /// Reserved; the key identifier of early WPA. Kept, since the MIC covers it.
    pub reserved: &'a [u8; 8],
    /// The MIC: 16, 24 or 32 octets, or none where the AKM protects the frame by AEAD (FILS).
    pub mic: &'a [u8],
    /// The key data as it travels: encrypted if [`KeyInfo::encrypted_key_data`] (or WPA's group message 1)
    /// says so, otherwise a list for [`crate::kde::key_data`].
    pub key_data: &'a [u8],
}

impl<'a> KeyFrame<'a> {
    /// Parses an EAPOL packet, header included. The association's AKM says the length of the MIC in octets.
    ///
    /// Ethernet padding behind the PDU is ignored: [`KeyFrame::pdu_len`] tells where it begins.
    ///
    /// # Errors
    /// The packet is no EAPOL-Key, ends early, is of the obsolete RC4 descriptor type (which has another
    /// layout), or its key data length contradicts its body length; `mic_len` is none of 0, 16, 24, 32.
    pub fn parse(packet: &'a [u8], mic_len: usize) -> Result<Self, ParseError> {
        let eapol = Eapol::parse(packet)?;
        if eapol.packet_type != PacketType::KEY {
            return Err(ParseError::value(
                "EAPOL packet type",
                1,
                "3 (key)",
                eapol.packet_type.0.into(),
            ));
        }
        let mut reader = Reader::at(eapol.body, eapol::HEADER_LEN);
        let descriptor = Descriptor(reader.u8("EAPOL-Key descriptor type")?);
        if descriptor == Descriptor::RC4 {
            return Err(ParseError::value(
                "EAPOL-Key descriptor type",
                4,
                "2 (RSN) or 254 (WPA)",
                1,
            ));
        }
        let info = KeyInfo(reader.u16_be("EAPOL-Key key information")?);
        let key_length = reader.u16_be("EAPOL-Key key length")?;
        let replay_counter = reader.u64_be("EAPOL-Key replay counter")?;
        let nonce = reader.array("EAPOL-Key nonce")?;
        let iv = reader.array("EAPOL-Key IV")?;
        let rsc = reader.array("EAPOL-Key RSC")?;
        let reserved = reader.array("EAPOL-Key reserved")?;
        if !matches!(mic_len, 0 | 16 | 24 | 32) {
            return Err(ParseError::value(
                "EAPOL-Key MIC",
                reader.offset(),
                "0, 16, 24 or 32 octets",
                mic_len as u64,
            ));
        }
        let mic = reader.take("EAPOL-Key MIC", mic_len)?;
        let announced = usize::from(reader.u16_be("EAPOL-Key key data length")?);
        let offset = reader.offset();
        let key_data = reader.rest();
        if key_data.len() != announced {
            return Err(ParseError::length(
                "EAPOL-Key key data",
                offset,
                announced,
                key_data.len(),
            ));
        }
        Ok(Self {
            protocol_version: eapol.version,
            descriptor,
            info,
            key_length,
            replay_counter,
            nonce,
            iv,
            rsc,
            reserved,
            mic,
            key_data,
        })
    }

    /// Where the MIC lies in the PDU. It is computed over the whole PDU, with zeros in this range.
    #[must_use]
    pub const fn mic_range(mic_len: usize) -> Range<usize> {
        let start = eapol::HEADER_LEN + BEFORE_MIC;
        start..start + mic_len
    }

    /// The octets of the PDU: EAPOL header and key frame, without padding.
    #[must_use]
    pub const fn pdu_len(&self) -> usize {
        eapol::HEADER_LEN + BEFORE_MIC + self.mic.len() + 2 + self.key_data.len()
    }

    /// Which message of which handshake the frame is, or `None` if its bits fit none.
    ///
    /// Nothing is verified: an attacker can name a frame as he likes. The rules are those of
    /// [`MessageName`].
    #[must_use]
    pub fn name(&self) -> Option<MessageName> {
        name::classify(self)
    }
}

impl Emit for KeyFrame<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.u8(self.protocol_version);
        out.u8(PacketType::KEY.0);
        out.counted_u16_be("EAPOL body", |out| {
            out.u8(self.descriptor.0);
            out.u16_be(self.info.0);
            out.u16_be(self.key_length);
            out.u64_be(self.replay_counter);
            out.bytes(self.nonce);
            out.bytes(self.iv);
            out.bytes(self.rsc);
            out.bytes(self.reserved);
            out.bytes(self.mic);
            out.counted_u16_be("EAPOL-Key key data", |out| out.bytes(self.key_data));
        });
    }
}

/// Without the key data, which may hold keys after decryption.
impl fmt::Debug for KeyFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFrame")
            .field("name", &self.name())
            .field("descriptor", &self.descriptor)
            .field("info", &self.info)
            .field("key_length", &self.key_length)
            .field("replay_counter", &self.replay_counter)
            .field("mic_octets", &self.mic.len())
            .field("key_data_octets", &self.key_data.len())
            .finish_non_exhaustive()
    }
}

/// The descriptor type: the format of an EAPOL-Key frame (IEEE 802.1X-2020, 11.9). Other types are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Descriptor(pub u8);

impl Descriptor {
    /// RC4, for dynamic WEP keys. Another layout, obsolete.
    pub const RC4: Self = Self(1);
    /// IEEE 802.11.
    pub const RSN: Self = Self(2);
    /// The Wi-Fi Alliance's WPA.
    pub const WPA: Self = Self(254);
}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::RC4 => f.write_str("RC4"),
            Self::RSN => f.write_str("RSN"),
            Self::WPA => f.write_str("WPA"),
            Self(other) => write!(f, "{other}"),
        }
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
