//! The group key of WPA: bare octets in the key data, what a GTK KDE says of them in the fields of the frame.

use alloc::vec::Vec;

use frame::Writer;
use frame::eapol_key::{KeyFrame, MessageName};
use frame::kde;
use keys::Pn;
use zeroize::Zeroizing;

use super::{GroupKeys, read};
use crate::association::{Association, Group};
use crate::refusal::{KeyKind, Refusal};

impl GroupKeys {
    /// Takes the group key out of WPA's group message 1, whose decrypted key data is `plain`. Padding of the key wrap may
    /// follow it.
    pub(crate) fn read_bare(plain: &[u8], frame: &KeyFrame<'_>, association: &Association) -> Result<Self, Refusal> {
        let Group::Cipher(suite) = association.group_suite() else {
            return Err(Refusal::MissingKey(KeyKind::Gtk));
        };
        if usize::from(frame.key_length) != suite.tk_len {
            return Err(Refusal::Field {
                message: MessageName::Group1,
                field: "key length",
            });
        }
        let key_id = frame.info.wpa_key_index();
        // Pairwise keys have identifier 0.
        if key_id == 0 {
            return Err(Refusal::KeyId {
                key: KeyKind::Gtk,
                found: 0,
            });
        }
        let &[a, b, c, d, e, f, ..] = frame.rsc;
        let key = plain.get(..suite.tk_len).unwrap_or(plain);
        let pn = Pn::from_le_bytes([a, b, c, d, e, f]);
        Ok(Self {
            gtk: Some(read(KeyKind::Gtk, suite, key_id.into(), key, pn)?),
            ..Self::default()
        })
    }

    /// The key data of WPA's group message 1, padded for a key wrap where `padded`.
    #[expect(clippy::expect_used, reason = "the buffer has room for every key and its padding")]
    pub(crate) fn bare_key_data(&self, padded: bool) -> Zeroizing<Vec<u8>> {
        let key = self.gtk.as_ref().map_or(&[][..], |gtk| gtk.as_bytes());
        let len = if padded {
            kde::pad_for_wrap(key.len())
        } else {
            key.len()
        };
        let mut octets = Zeroizing::new(alloc::vec![0; len]);
        let mut out = Writer::new(&mut octets);
        out.bytes(key);
        if padded {
            kde::write_padding(&mut out, 0);
        }
        out.finish().expect("the buffer was measured");
        octets
    }
}
