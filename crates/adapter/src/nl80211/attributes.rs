//! Attributes of nl80211 messages: reading those that `wl-nl80211` has types for, and the few that it
//! has none for.

use frame::MacAddress;
use frame::Suite;
use frame::codes::{ReasonCode, StatusCode};
use frame::ethertype::EtherType;
use wl_nl80211::packet_core::{DefaultNla, Nla};
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211KeyAttr, Nl80211Message, Nl80211RekeyData};

/// Attribute types of `linux/nl80211.h` without a variant of [`Nl80211Attr`].
pub(super) mod kind {
    /// Flag: the attempt was not answered.
    pub(crate) const TIMED_OUT: u16 = 65;
    /// Two 32-bit sets of station flags: which to change, and to what.
    pub(crate) const STA_FLAGS2: u16 = 67;
    /// Flag: the port stays closed until the station is authorised.
    pub(crate) const CONTROL_PORT: u16 = 68;
    /// Flag: a packet came, or is to go, unencrypted.
    pub(crate) const CONTROL_PORT_NO_ENCRYPT: u16 = 103;
    /// Flag: the access point ended the association.
    pub(crate) const DISCONNECTED_BY_AP: u16 = 71;
    /// Key type, outside a key: 32 bits.
    pub(crate) const KEY_TYPE: u16 = 55;
    /// What was not answered: 32 bits.
    pub(crate) const TIMEOUT_REASON: u16 = 248;
}

/// A flag attribute, which is there or not and has no value.
pub(super) fn flag(kind: u16) -> Nl80211Attr {
    octets(kind, Vec::new())
}

/// An attribute of any value.
pub(super) fn octets(kind: u16, value: Vec<u8>) -> Nl80211Attr {
    Nl80211Attr::Other(DefaultNla::new(kind, value))
}

/// A suite as `wl-nl80211` numbers it: its octets, the first one lowest.
pub(super) const fn suite_number(suite: Suite) -> u32 {
    u32::from_le_bytes(suite.0)
}

/// A suite of such a number.
pub(super) const fn suite_of(number: u32) -> Suite {
    Suite(number.to_le_bytes())
}

/// A request about the interface of this index.
pub(super) fn request(
    command: Nl80211Command,
    ifindex: u32,
    attributes: impl IntoIterator<Item = Nl80211Attr>,
) -> Nl80211Message {
    let attributes = core::iter::once(Nl80211Attr::IfIndex(ifindex))
        .chain(attributes)
        .collect();
    Nl80211Message {
        cmd: command,
        attributes,
    }
}

/// The octets of all keys in a message.
pub(super) fn key_octets(message: &mut Nl80211Message) -> Vec<&mut Vec<u8>> {
    let mut keys = Vec::new();
    for attribute in &mut message.attributes {
        match attribute {
            Nl80211Attr::Key(parts) => keys.extend(parts.iter_mut().filter_map(|part| match part {
                Nl80211KeyAttr::Data(octets) => Some(octets),
                _ => None,
            })),
            Nl80211Attr::RekeyData(parts) => keys.extend(parts.iter_mut().filter_map(|part| match part {
                Nl80211RekeyData::Kek(octets) | Nl80211RekeyData::Kck(octets) => Some(octets),
                _ => None,
            })),
            Nl80211Attr::Pmk(octets) => keys.push(octets),
            _ => {}
        }
    }
    keys
}

/// Reading a message by what is looked for.
pub(super) trait Attributes {
    /// The first attribute that `pick` wants.
    fn find<'a, T>(&'a self, pick: impl FnMut(&'a Nl80211Attr) -> Option<T>) -> Option<T>;

    /// The interface's index.
    fn ifindex(&self) -> Option<u32> {
        self.find(|attribute| match attribute {
            Nl80211Attr::IfIndex(index) => Some(*index),
            _ => None,
        })
    }

    /// The radio's number.
    fn wiphy(&self) -> Option<u32> {
        self.find(|attribute| match attribute {
            Nl80211Attr::Wiphy(number) => Some(*number),
            _ => None,
        })
    }

    /// The address that the message is about.
    fn mac(&self) -> Option<MacAddress> {
        self.find(|attribute| match attribute {
            Nl80211Attr::Mac(octets) => Some(MacAddress(*octets)),
            _ => None,
        })
    }

    /// A frame: an 802.11 frame, or what follows the EtherType of a frame of the control port.
    fn frame(&self) -> Option<&[u8]> {
        self.find(|attribute| match attribute {
            Nl80211Attr::Frame(octets) => Some(octets.as_slice()),
            _ => None,
        })
    }

    /// The elements of an association request.
    fn request_elements(&self) -> &[u8] {
        self.find(|attribute| match attribute {
            Nl80211Attr::ReqIe(octets) => Some(octets.as_slice()),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// The elements of an association response.
    fn response_elements(&self) -> &[u8] {
        self.find(|attribute| match attribute {
            Nl80211Attr::RespIe(octets) => Some(octets.as_slice()),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// An 802.11 status code; success if the message has none.
    fn status(&self) -> StatusCode {
        StatusCode(
            self.find(|attribute| match attribute {
                Nl80211Attr::StatusCode(status) => Some(u16::from(*status)),
                _ => None,
            })
            .unwrap_or_default(),
        )
    }

    /// An 802.11 reason code.
    fn reason(&self) -> Option<ReasonCode> {
        self.find(|attribute| match attribute {
            Nl80211Attr::ReasonCode(reason) => Some(ReasonCode(*reason)),
            _ => None,
        })
    }

    /// What a frame of the control port carries.
    fn ethertype(&self) -> Option<EtherType> {
        self.find(|attribute| match attribute {
            Nl80211Attr::ControlPortEthertype(protocol) => Some(EtherType(protocol.value())),
            _ => None,
        })
    }

    /// The kernel's number for a frame that was sent.
    fn cookie(&self) -> Option<u64> {
        self.find(|attribute| match attribute {
            Nl80211Attr::Cookie(cookie) => Some(*cookie),
            _ => None,
        })
    }

    /// Whether an attribute of a type that has no variant is there.
    fn has(&self, kind: u16) -> bool {
        self.find(|attribute| (attribute.kind() == kind).then_some(()))
            .is_some()
    }

    /// The value of a 32-bit attribute of a type that has no variant.
    fn number(&self, kind: u16) -> Option<u32> {
        self.find(|attribute| match attribute {
            Nl80211Attr::Other(other) if other.kind() == kind && other.value_len() == 4 => {
                let mut value = [0; 4];
                other.emit_value(&mut value);
                Some(u32::from_ne_bytes(value))
            }
            _ => None,
        })
    }
}

impl Attributes for Nl80211Message {
    fn find<'a, T>(&'a self, pick: impl FnMut(&'a Nl80211Attr) -> Option<T>) -> Option<T> {
        self.attributes.iter().find_map(pick)
    }
}
