//! Group keys in the FTE of a reassociation response (IEEE 802.11-2020, 9.4.2.47).

use alloc::vec::Vec;

use frame::Emit;
use frame::fte::{Fte, IntegrityKey, Subelement};
use frame::kde::{Kde, KeyDataItem};
use keys::Ptk;

use super::Refusal;
use super::elements::{unwrap_key, wrap_key};
use crate::association::Association;
use crate::group_keys::GroupKeys;

/// The subelements that deliver `keys` to the holder of `ptk`.
pub(super) fn write(keys: &GroupKeys, ptk: &Ptk) -> Result<Vec<u8>, Refusal> {
    let mut octets = Vec::new();
    let mut put = |subelement: Subelement<'_>| -> Result<(), Refusal> {
        octets.extend(subelement.to_vec().map_err(|_| Refusal::TooLong)?);
        Ok(())
    };
    // No key has more than 32 octets.
    let length = |key: &[u8]| u8::try_from(key.len()).unwrap_or_default();
    if let Some(gtk) = &keys.gtk {
        put(Subelement::Gtk {
            key_id: gtk.key_id(),
            key_length: length(gtk.as_bytes()),
            rsc: &keys.rsc(),
            wrapped: &wrap_key(gtk.as_bytes(), ptk)?,
        })?;
    }
    if let Some(igtk) = &keys.igtk {
        put(Subelement::Igtk(IntegrityKey {
            key_id: igtk.key_id().into(),
            pn: &igtk.pn().to_le_bytes(),
            key_length: length(igtk.as_bytes()),
            wrapped: &wrap_key(igtk.as_bytes(), ptk)?,
        }))?;
    }
    if let Some(bigtk) = &keys.bigtk {
        put(Subelement::Bigtk(IntegrityKey {
            key_id: bigtk.key_id().into(),
            pn: &bigtk.pn().to_le_bytes(),
            key_length: length(bigtk.as_bytes()),
            wrapped: &wrap_key(bigtk.as_bytes(), ptk)?,
        }))?;
    }
    Ok(octets)
}

/// Takes the keys that were negotiated out of an FTE whose MIC is verified.
pub(super) fn read(fte: &Fte<'_>, association: &Association, ptk: &Ptk) -> Result<GroupKeys, Refusal> {
    let mut keys = GroupKeys::default();
    for subelement in fte.subelements() {
        let mut take = |kde, rsc: &[u8; 8]| keys.take(KeyDataItem::Kde(kde), rsc, association);
        match subelement? {
            Subelement::Gtk {
                key_id,
                key_length,
                rsc,
                wrapped,
            } => {
                let key = &unwrap_key(wrapped, key_length, ptk)?;
                take(Kde::Gtk { key_id, tx: false, key }, rsc)?;
            }
            Subelement::Igtk(IntegrityKey {
                key_id,
                pn: ipn,
                key_length,
                wrapped,
            }) => {
                let key = &unwrap_key(wrapped, key_length, ptk)?;
                take(Kde::Igtk { key_id, ipn, key }, &[0; 8])?;
            }
            Subelement::Bigtk(IntegrityKey {
                key_id,
                pn: bipn,
                key_length,
                wrapped,
            }) => {
                let key = &unwrap_key(wrapped, key_length, ptk)?;
                take(Kde::Bigtk { key_id, bipn, key }, &[0; 8])?;
            }
            _ => {}
        }
    }
    keys.require_gtk(association)?;
    keys.require_igtk(association)?;
    Ok(keys)
}
