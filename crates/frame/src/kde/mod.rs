//! Key data: the list of KDEs and elements in an EAPOL-Key frame (IEEE 802.11-2020, 12.7.2).
//!
//! A key data encapsulation (KDE) is laid out as type 0xdd (1 octet), length (1), OUI (3), data type (1),
//! data. Elements stand between KDEs as they are. Before it is wrapped, the list is padded with one octet
//! 0xdd and then zeros.
//!
//! The group message 1 of WPA has no list in its key data but the bare group key.

mod kind;

use core::fmt;
use core::iter::FusedIterator;

pub use kind::Kde;

use crate::element::{Element, id};
use crate::error::ParseError;
use crate::reader::Reader;
use crate::wpa;
use crate::writer::{Emit, Writer};

/// The type in front of every KDE, the ID of the vendor specific element.
const KDE: u8 = id::VENDOR_SPECIFIC;

/// One item of the key data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyDataItem<'a> {
    /// A key data encapsulation.
    Kde(Kde<'a>),
    /// An element: RSNE, RSNXE, MDE, FTE, or the WPA element, which has the form of a KDE.
    Element(Element<'a>),
}

impl<'a> KeyDataItem<'a> {
    /// The item as an element of this ID.
    #[must_use]
    pub fn element(&self, id: u8) -> Option<Element<'a>> {
        match self {
            Self::Element(element) if element.id == id => Some(*element),
            _ => None,
        }
    }
}

impl Emit for KeyDataItem<'_> {
    fn write_to(&self, out: &mut Writer<'_>) {
        match self {
            Self::Kde(kde) => out.put(kde),
            Self::Element(element) => out.put(element),
        }
    }
}

/// The items of decrypted (or never encrypted) key data, in their order, up to the padding.
///
/// A malformed item, or padding that is not all zeros, yields an error and ends the iteration.
#[must_use]
pub const fn key_data(bytes: &[u8]) -> KeyData<'_> {
    KeyData {
        reader: Reader::new(bytes),
    }
}

/// Iterator of [`key_data`].
#[derive(Clone)]
pub struct KeyData<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for KeyData<'a> {
    type Item = Result<KeyDataItem<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = match *self.reader.remaining() {
            [] => return None,
            [KDE] | [KDE, 0, ..] => skip_padding(&mut self.reader).err().map(Err),
            [KDE, ..] => Some(read_vendor(&mut self.reader)),
            [..] => Some(Element::read(&mut self.reader).map(KeyDataItem::Element)),
        };
        if matches!(item, Some(Err(_))) {
            self.reader.rest();
        }
        item
    }
}

impl FusedIterator for KeyData<'_> {}

/// Nothing is shown: the list may hold keys.
impl fmt::Debug for KeyData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyData").finish_non_exhaustive()
    }
}

fn skip_padding(reader: &mut Reader<'_>) -> Result<(), ParseError> {
    reader.u8("key data padding")?;
    let offset = reader.offset();
    match reader.rest().iter().enumerate().find(|&(_, &octet)| octet != 0) {
        None => Ok(()),
        Some((index, &octet)) => Err(ParseError::value("key data padding", offset + index, "0", octet.into())),
    }
}

/// A KDE, or the WPA element, which cannot be told from one but by its OUI and type.
fn read_vendor<'a>(reader: &mut Reader<'a>) -> Result<KeyDataItem<'a>, ParseError> {
    let element = Element::read(reader)?;
    if element.is_vendor(wpa::SELECTOR) {
        return Ok(KeyDataItem::Element(element));
    }
    let offset = reader.offset() - element.body.len();
    Kde::read(&mut Reader::at(element.body, offset)).map(KeyDataItem::Kde)
}

/// The octets that key data of `len` octets takes once it is padded for the key wrap: 16 or more, and a
/// multiple of 8.
#[must_use]
pub const fn pad_for_wrap(len: usize) -> usize {
    let padded = len.next_multiple_of(8);
    if padded < 16 { 16 } else { padded }
}

/// Pads key data that began at position `start` of `out`, as [`pad_for_wrap`] says.
pub fn write_padding(out: &mut Writer<'_>, start: usize) {
    let len = out.position() - start;
    let padding = pad_for_wrap(len) - len;
    if padding > 0 {
        out.u8(KDE);
        out.zeros(padding - 1);
    }
}

#[cfg(test)]
mod tests;
