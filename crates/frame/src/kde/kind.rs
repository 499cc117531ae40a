//! The kinds of key data encapsulation.

use core::fmt;

use crate::error::ParseError;
use crate::mac::MacAddress;
use crate::oci::Oci;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

use super::KDE;

/// A key data encapsulation (IEEE 802.11-2020, Table 12-9). Numbers are big-endian unless said otherwise.
///
/// Emitting sets reserved bits to zero, so that every KDE is emitted octet for octet as it was parsed if its
/// sender did the same. `Debug` shows no key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kde<'a> {
    /// 00-0F-AC:1, a group key: key ID and flags (1 octet), reserved (1), key.
    Gtk {
        /// The key ID, 1 to 3 (0 to 3 on the air).
        key_id: u8,
        /// The station may transmit with the key.
        tx: bool,
        /// The key, as long as the group cipher's keys.
        key: &'a [u8],
    },
    /// 00-0F-AC:3, a station's address.
    MacAddr(MacAddress),
    /// 00-0F-AC:4, the name of the PMK.
    Pmkid(&'a [u8; 16]),
    /// 00-0F-AC:5, the key of two stations of one network (PeerKey), which the standard no longer has.
    Smk(&'a [u8]),
    /// 00-0F-AC:6, a nonce.
    Nonce(&'a [u8; 32]),
    /// 00-0F-AC:7, the life of the key in seconds.
    Lifetime(u32),
    /// 00-0F-AC:8, why a PeerKey handshake failed.
    Error {
        /// The message that failed.
        mui: u16,
        /// The kind of failure.
        error_type: u16,
    },
    /// 00-0F-AC:9, an integrity group key: key ID (2 octets, little-endian), IPN (6), key.
    Igtk {
        /// The key ID, 4 or 5.
        key_id: u16,
        /// The packet number, little-endian.
        ipn: &'a [u8; 6],
        /// The key, as long as the group management cipher's keys.
        key: &'a [u8],
    },
    /// 00-0F-AC:10, the key ID of the pairwise key, 0 or 1 (extended key ID): key ID (1 octet), reserved (1).
    KeyId(u8),
    /// 00-0F-AC:13, the sender's channel.
    Oci(Oci),
    /// 00-0F-AC:14, a beacon integrity group key: key ID (2 octets, little-endian), BIPN (6), key.
    Bigtk {
        /// The key ID, 6 or 7.
        key_id: u16,
        /// The packet number, little-endian.
        bipn: &'a [u8; 6],
        /// The key, as long as the group management cipher's keys.
        key: &'a [u8],
    },
    /// 50-6F-9A:32, the transition modes that the station shall turn off: a bitmap of 1 octet or more
    /// (Wi-Fi Alliance WPA3 specification).
    TransitionDisable(&'a [u8]),
    /// Any other one, the multi-band and multi-link ones included.
    Unknown {
        /// Who defined the data type.
        oui: [u8; 3],
        /// The data type.
        data_type: u8,
        /// The data.
        data: &'a [u8],
    },
}

const IEEE: [u8; 3] = [0x00, 0x0f, 0xac];
const WFA: [u8; 3] = [0x50, 0x6f, 0x9a];

const GTK: u8 = 1;
const MAC_ADDR: u8 = 3;
const PMKID: u8 = 4;
const SMK: u8 = 5;
const NONCE: u8 = 6;
const LIFETIME: u8 = 7;
const ERROR: u8 = 8;
const IGTK: u8 = 9;
const KEY_ID: u8 = 10;
const OCI: u8 = 13;
const BIGTK: u8 = 14;
const TRANSITION_DISABLE: u8 = 0x20;

/// The two bits that hold the key ID in the GTK and key ID KDEs.
const KEY_ID_BITS: u8 = 0b11;
/// The bit of the GTK KDE that lets the station transmit.
const TX_BIT: u8 = 0b100;

impl<'a> Kde<'a> {
    /// Reads what follows type and length.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let oui = *reader.array("KDE OUI")?;
        let data_type = reader.u8("KDE data type")?;
        let kde = match (oui, data_type) {
            (IEEE, GTK) => {
                let &[flags, _reserved] = reader.array("GTK KDE key ID")?;
                Self::Gtk {
                    key_id: flags & KEY_ID_BITS,
                    tx: flags & TX_BIT != 0,
                    key: reader.rest(),
                }
            }
            (IEEE, MAC_ADDR) => Self::MacAddr(MacAddress(*reader.array("MAC address KDE")?)),
            (IEEE, PMKID) => Self::Pmkid(reader.array("PMKID KDE")?),
            (IEEE, SMK) => Self::Smk(reader.rest()),
            (IEEE, NONCE) => Self::Nonce(reader.array("nonce KDE")?),
            (IEEE, LIFETIME) => Self::Lifetime(reader.u32_be("lifetime KDE")?),
            (IEEE, ERROR) => Self::Error {
                mui: reader.u16_be("error KDE MUI")?,
                error_type: reader.u16_be("error KDE type")?,
            },
            (IEEE, IGTK) => Self::Igtk {
                key_id: reader.u16_le("IGTK KDE key ID")?,
                ipn: reader.array("IGTK KDE IPN")?,
                key: reader.rest(),
            },
            (IEEE, KEY_ID) => {
                let &[key_id, _reserved] = reader.array("key ID KDE")?;
                Self::KeyId(key_id & KEY_ID_BITS)
            }
            (IEEE, OCI) => Self::Oci(Oci::read(reader)?),
            (IEEE, BIGTK) => Self::Bigtk {
                key_id: reader.u16_le("BIGTK KDE key ID")?,
                bipn: reader.array("BIGTK KDE BIPN")?,
                key: reader.rest(),
            },
            (WFA, TRANSITION_DISABLE) => {
                // At least one octet: take it to prove it, and keep the bitmap whole.
                let bitmap = reader.remaining();
                reader.u8("transition disable KDE")?;
                reader.rest();
                Self::TransitionDisable(bitmap)
            }
            _ => Self::Unknown {
                oui,
                data_type,
                data: reader.rest(),
            },
        };
        reader.finish("KDE")?;
        Ok(kde)
    }

    /// OUI and data type.
    #[must_use]
    pub const fn selector(&self) -> ([u8; 3], u8) {
        match *self {
            Self::Gtk { .. } => (IEEE, GTK),
            Self::MacAddr(_) => (IEEE, MAC_ADDR),
            Self::Pmkid(_) => (IEEE, PMKID),
            Self::Smk(_) => (IEEE, SMK),
            Self::Nonce(_) => (IEEE, NONCE),
            Self::Lifetime(_) => (IEEE, LIFETIME),
            Self::Error { .. } => (IEEE, ERROR),
            Self::Igtk { .. } => (IEEE, IGTK),
            Self::KeyId(_) => (IEEE, KEY_ID),
            Self::Oci(_) => (IEEE, OCI),
            Self::Bigtk { .. } => (IEEE, BIGTK),
            Self::TransitionDisable(_) => (WFA, TRANSITION_DISABLE),
            Self::Unknown { oui, data_type, .. } => (oui, data_type),
        }
    }

    fn write_data(&self, out: &mut Writer<'_>) {
        match *self {
            Self::Gtk { key_id, tx, key } => {
                out.u8(key_id & KEY_ID_BITS | if tx { TX_BIT } else { 0 });
                out.u8(0);
                out.bytes(key);
            }
            Self::MacAddr(address) => out.bytes(&address.0),
            Self::Pmkid(pmkid) => out.bytes(pmkid),
            Self::Nonce(nonce) => out.bytes(nonce),
            Self::Lifetime(seconds) => out.u32_be(seconds),
            Self::Error { mui, error_type } => {
                out.u16_be(mui);
                out.u16_be(error_type);
            }
            Self::Igtk { key_id, ipn: pn, key } | Self::Bigtk { key_id, bipn: pn, key } => {
                out.u16_le(key_id);
                out.bytes(pn);
                out.bytes(key);
            }
            Self::KeyId(key_id) => {
                out.u8(key_id & KEY_ID_BITS);
                out.u8(0);
            }
            Self::Oci(oci) => out.bytes(&oci.octets()),
            Self::Smk(data) | Self::TransitionDisable(data) | Self::Unknown { data, .. } => out.bytes(data),
        }
    }
}

impl Emit for Kde<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        let (oui, data_type) = self.selector();
        out.u8(KDE);
        out.counted_u8("KDE", |out| {
            out.bytes(&oui);
            out.u8(data_type);
            self.write_data(out);
        });
    }
}

/// Without keys; data of unknown meaning may be one.
impl fmt::Debug for Kde<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gtk { key_id, tx, .. } => f
                .debug_struct("Gtk")
                .field("key_id", key_id)
                .field("tx", tx)
                .finish_non_exhaustive(),
            Self::MacAddr(address) => f.debug_tuple("MacAddr").field(address).finish(),
            Self::Pmkid(pmkid) => f.debug_tuple("Pmkid").field(pmkid).finish(),
            Self::Smk(_) => f.debug_struct("Smk").finish_non_exhaustive(),
            Self::Nonce(nonce) => f.debug_tuple("Nonce").field(nonce).finish(),
            Self::Lifetime(seconds) => f.debug_tuple("Lifetime").field(seconds).finish(),
            Self::Error { mui, error_type } => f
                .debug_struct("Error")
                .field("mui", mui)
                .field("error_type", error_type)
                .finish(),
            Self::Igtk { key_id, ipn, .. } => f
                .debug_struct("Igtk")
                .field("key_id", key_id)
                .field("ipn", ipn)
                .finish_non_exhaustive(),
            Self::KeyId(key_id) => f.debug_tuple("KeyId").field(key_id).finish(),
            Self::Oci(oci) => f.debug_tuple("Oci").field(oci).finish(),
            Self::Bigtk { key_id, bipn, .. } => f
                .debug_struct("Bigtk")
                .field("key_id", key_id)
                .field("bipn", bipn)
                .finish_non_exhaustive(),
            Self::TransitionDisable(bitmap) => f.debug_tuple("TransitionDisable").field(bitmap).finish(),
            Self::Unknown { oui, data_type, .. } => f
                .debug_struct("Unknown")
                .field("oui", oui)
                .field("data_type", data_type)
                .finish_non_exhaustive(),
        }
    }
}
