//! The values of the interface as structures of C, and back: one room a topic, both directions in it.
//!
//! What comes from the other side is checked here and nowhere else: lengths, offsets, headers, and numbers
//! that stand for something.

#![expect(
    non_upper_case_globals,
    reason = "the constants of the Windows headers are matched by their names"
)]

mod association;
mod handling;
mod indication;
mod key;
mod network;
mod onex;
mod packet;
mod profile;
mod ui;

pub(crate) use association::{association, association_record, port_state, port_state_record};
pub(crate) use handling::{exemption_records, handling, registration_numbers};
pub(crate) use indication::{indication, indication_record};
pub(crate) use key::{
    default_key, default_key_length, default_key_record, direction, direction_number, mapping_key, mapping_key_length,
    mapping_key_record,
};
pub(crate) use network::{BssList, networks};
pub(crate) use onex::{Attributes, Indicated, Protection, attributes, result as onex_result};
pub use packet::PacketForm;
pub(crate) use packet::read_received;
pub(crate) use profile::{Parameters, parameters};
pub(crate) use ui::{
    ap_properties, ap_property, notification, notification_record, phase, phase_number, ui_request, ui_request_record,
};

use super::{GUID, NDIS_OBJECT_HEADER, NDIS_OBJECT_TYPE_DEFAULT};
use crate::abi::record::{Fields, Record};
use crate::{Guid, Win32Error};
use core::mem::offset_of;

impl From<Guid> for GUID {
    fn from(guid: Guid) -> Self {
        let [a, b, c, d, e, f, g, h, data @ ..] = guid.0.to_be_bytes();
        Self {
            Data1: u32::from_be_bytes([a, b, c, d]),
            Data2: u16::from_be_bytes([e, f]),
            Data3: u16::from_be_bytes([g, h]),
            Data4: data,
        }
    }
}

impl From<GUID> for Guid {
    fn from(guid: GUID) -> Self {
        Self(
            u128::from(guid.Data1) << 96
                | u128::from(guid.Data2) << 80
                | u128::from(guid.Data3) << 64
                | u128::from(u64::from_be_bytes(guid.Data4)),
        )
    }
}

/// The header of a structure: its revision, after the rest was found to be in order.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for another kind, or for a size of which `sizes` (by revision, from 1 on) or
/// the buffer has less.
fn header(fields: Fields<'_>, sizes: &[usize]) -> Result<usize, Win32Error> {
    let kind = fields.u8(offset_of!(NDIS_OBJECT_HEADER, Type))?;
    let revision = usize::from(fields.u8(offset_of!(NDIS_OBJECT_HEADER, Revision))?);
    let size = usize::from(fields.u16(offset_of!(NDIS_OBJECT_HEADER, Size))?);
    let least = revision.checked_sub(1).and_then(|index| sizes.get(index));
    match least {
        Some(least) if kind == NDIS_OBJECT_TYPE_DEFAULT && (*least..=fields.0.len()).contains(&size) => Ok(revision),
        _ => Err(Win32Error::INVALID_PARAMETER),
    }
}

/// Writes a header to the beginning of a structure.
fn put_header(record: &mut Record, revision: u8, size: usize) {
    record.put(offset_of!(NDIS_OBJECT_HEADER, Type), &[NDIS_OBJECT_TYPE_DEFAULT]);
    record.put(offset_of!(NDIS_OBJECT_HEADER, Revision), &[revision]);
    record.put_u16(
        offset_of!(NDIS_OBJECT_HEADER, Size),
        u16::try_from(size).unwrap_or(u16::MAX),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_survives_the_way_there_and_back() {
        let guid = Guid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let c = GUID::from(guid);
        assert_eq!((c.Data1, c.Data2, c.Data3), (0x0011_2233, 0x4455, 0x6677));
        assert_eq!(Guid::from(c), guid);
    }

    #[test]
    fn a_header_of_another_kind_revision_or_size_is_refused() {
        for (kind, revision, size, expected) in [
            (NDIS_OBJECT_TYPE_DEFAULT, 1, 8, Ok(1)),
            (NDIS_OBJECT_TYPE_DEFAULT, 2, 12, Ok(2)),
            (NDIS_OBJECT_TYPE_DEFAULT, 1, 16, Ok(1)),
            (NDIS_OBJECT_TYPE_DEFAULT, 2, 8, Err(Win32Error::INVALID_PARAMETER)),
            (NDIS_OBJECT_TYPE_DEFAULT, 1, 17, Err(Win32Error::INVALID_PARAMETER)),
            (NDIS_OBJECT_TYPE_DEFAULT, 0, 16, Err(Win32Error::INVALID_PARAMETER)),
            (NDIS_OBJECT_TYPE_DEFAULT, 3, 16, Err(Win32Error::INVALID_PARAMETER)),
            (0x81, 1, 8, Err(Win32Error::INVALID_PARAMETER)),
        ] {
            let mut record = Record::new(16);
            put_header(&mut record, revision, size);
            record.put(0, &[kind]);
            assert_eq!(header(Fields(record.octets()), &[8, 12]), expected);
        }
    }
}
