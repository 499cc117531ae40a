//! The group keys of a network: how they stand in key data, and which of them a station has installed.

mod bare;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use frame::Writer;
use frame::kde::{self, Kde, KeyDataItem};
use keys::group::{GroupKey, Role};
use keys::suites::CipherSuite;
use keys::{Bigtk, Gtk, Igtk, KeyError, Pn};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::association::{Association, Group};
use crate::effect::{Effect, Effects};
use crate::refusal::{KeyKind, Refusal};

/// The keys that an access point hands to every station.
#[derive(Default)]
pub struct GroupKeys {
    /// For data; none if the network has no group addressed data.
    pub gtk: Option<Gtk>,
    /// For management frames, if those are protected.
    pub igtk: Option<Igtk>,
    /// For beacons, if those are protected.
    pub bigtk: Option<Bigtk>,
}

impl GroupKeys {
    /// A second copy, for instance for one more station.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            gtk: self.gtk.as_ref().map(GroupKey::duplicate),
            igtk: self.igtk.as_ref().map(GroupKey::duplicate),
            bigtk: self.bigtk.as_ref().map(GroupKey::duplicate),
        }
    }

    /// Takes the keys that were negotiated out of an item of key data; `rsc` is the frame's Key RSC field.
    ///
    /// Keys for what was not negotiated are passed over, as any other KDE is (12.7.2). Of two keys of one kind the
    /// first counts.
    pub(crate) fn take(
        &mut self,
        item: KeyDataItem<'_>,
        rsc: &[u8; 8],
        association: &Association,
    ) -> Result<(), Refusal> {
        let KeyDataItem::Kde(kde) = item else { return Ok(()) };
        match (kde, association.group_suite(), association.group_management_suite()) {
            (Kde::Gtk { key_id, tx, key }, Group::Cipher(suite), _) if self.gtk.is_none() => {
                // The bit is for stations without pairwise keys (12.7.2, GTK KDE).
                if tx {
                    return Err(Refusal::GroupKeyTransmits);
                }
                // Pairwise keys have identifier 0, group keys 1 to 3 (12.7.2, GTK KDE).
                if key_id == 0 {
                    return Err(Refusal::KeyId {
                        key: KeyKind::Gtk,
                        found: 0,
                    });
                }
                let &[a, b, c, d, e, f, ..] = rsc;
                let pn = Pn::from_le_bytes([a, b, c, d, e, f]);
                self.gtk = Some(read(KeyKind::Gtk, suite, key_id.into(), key, pn)?);
            }
            (Kde::Igtk { key_id, ipn, key }, _, Some(suite)) if self.igtk.is_none() => {
                self.igtk = Some(read(KeyKind::Igtk, suite, key_id, key, Pn::from_le_bytes(*ipn))?);
            }
            (Kde::Bigtk { key_id, bipn, key }, _, Some(suite)) if self.bigtk.is_none() => {
                self.bigtk = Some(read(KeyKind::Bigtk, suite, key_id, key, Pn::from_le_bytes(*bipn))?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Refuses key data without a GTK, if the network has group addressed data.
    pub(crate) fn require_gtk(&self, association: &Association) -> Result<(), Refusal> {
        match association.group_suite() {
            Group::Cipher(_) if self.gtk.is_none() => Err(Refusal::MissingKey(KeyKind::Gtk)),
            _ => Ok(()),
        }
    }

    /// Refuses key data without an IGTK, if management frames are protected.
    pub(crate) fn require_igtk(&self, association: &Association) -> Result<(), Refusal> {
        match association.group_management_suite() {
            Some(_) if self.igtk.is_none() => Err(Refusal::MissingKey(KeyKind::Igtk)),
            _ => Ok(()),
        }
    }

    /// The Key RSC field for a message that delivers these keys.
    pub(crate) fn rsc(&self) -> [u8; 8] {
        let pn = self.gtk.as_ref().map_or(Pn::ZERO, GroupKey::pn);
        pn.get().to_le_bytes()
    }

    /// Key data with `elements` and then these keys, padded for a key wrap where `padded`.
    #[expect(
        clippy::expect_used,
        reason = "no KDE of a key of at most 32 octets is too long for its length field"
    )]
    pub(crate) fn key_data(&self, elements: &[u8], padded: bool) -> Zeroizing<Vec<u8>> {
        let write = |out: &mut Writer<'_>| {
            out.bytes(elements);
            if let Some(gtk) = &self.gtk {
                out.put(&Kde::Gtk {
                    key_id: gtk.key_id(),
                    tx: false,
                    key: gtk.as_bytes(),
                });
            }
            if let Some(igtk) = &self.igtk {
                let ipn = &igtk.pn().to_le_bytes();
                out.put(&Kde::Igtk {
                    key_id: igtk.key_id().into(),
                    ipn,
                    key: igtk.as_bytes(),
                });
            }
            if let Some(bigtk) = &self.bigtk {
                let bipn = &bigtk.pn().to_le_bytes();
                out.put(&Kde::Bigtk {
                    key_id: bigtk.key_id().into(),
                    bipn,
                    key: bigtk.as_bytes(),
                });
            }
            if padded {
                kde::write_padding(out, 0);
            }
        };
        let mut measure = Writer::new(&mut []);
        write(&mut measure);
        let mut octets = Zeroizing::new(vec![0; measure.position()]);
        let mut out = Writer::new(&mut octets);
        write(&mut out);
        out.finish().expect("the buffer was measured");
        octets
    }
}

fn read<R: Role>(kind: KeyKind, suite: &CipherSuite, key_id: u16, key: &[u8], pn: Pn) -> Result<GroupKey<R>, Refusal> {
    let wrong_id = Refusal::KeyId {
        key: kind,
        found: key_id,
    };
    let wrong_length = Refusal::KeyLength {
        key: kind,
        expected: suite.tk_len,
        found: key.len(),
    };
    if key.len() != suite.tk_len {
        return Err(wrong_length);
    }
    let key_id = u8::try_from(key_id).map_err(|_| wrong_id)?;
    GroupKey::new(key_id, key, pn).map_err(|error| match error {
        KeyError::KeyId { .. } => wrong_id,
        _ => wrong_length,
    })
}

/// The group keys that a station has installed: of each kind, the last one of each identifier.
#[derive(Default)]
pub(crate) struct InstalledGroupKeys {
    data: Slots<keys::group::Data, 3>,
    management: Slots<keys::group::Management, 2>,
    beacon: Slots<keys::group::Beacon, 2>,
}

impl InstalledGroupKeys {
    /// Whether no group key for data was ever installed.
    pub(crate) fn is_empty(&self) -> bool {
        self.data.0.iter().all(Option::is_none)
    }

    /// Installs those keys that are new.
    ///
    /// A key that is already installed, under whatever identifier and with whatever packet number it comes again, is
    /// left alone: installing it would set back its receive counter (KRACK, CVE-2017-13078 to CVE-2017-13081).
    pub(crate) fn install(&mut self, keys: GroupKeys, association: &Association, effects: &mut Effects) {
        if let (Some(gtk), Group::Cipher(suite)) = (keys.gtk, association.group_suite())
            && self.data.remember(&gtk)
        {
            effects.push(Effect::InstallGroup {
                cipher: suite.cipher,
                key: Box::new(gtk),
            });
        }
        let Some(suite) = association.group_management_suite() else {
            return;
        };
        if let Some(igtk) = keys.igtk
            && self.management.remember(&igtk)
        {
            effects.push(Effect::InstallGroupManagement {
                cipher: suite.cipher,
                key: Box::new(igtk),
            });
        }
        if let Some(bigtk) = keys.bigtk
            && self.beacon.remember(&bigtk)
        {
            effects.push(Effect::InstallBeacon {
                cipher: suite.cipher,
                key: Box::new(bigtk),
            });
        }
    }
}

/// The installed keys of one kind, filled from the front; as many as the kind has identifiers.
struct Slots<R, const N: usize>([Option<Box<GroupKey<R>>>; N]);

impl<R, const N: usize> Default for Slots<R, N> {
    fn default() -> Self {
        Self([const { None }; N])
    }
}

impl<R: Role, const N: usize> Slots<R, N> {
    /// True if `key` was not installed. From now on it is, in place of the one with the same identifier.
    fn remember(&mut self, key: &GroupKey<R>) -> bool {
        let is_same = |installed: &GroupKey<R>| installed.as_bytes().ct_eq(key.as_bytes()).into();
        if self.0.iter().flatten().any(|installed| is_same(installed)) {
            return false;
        }
        let is_free =
            |slot: &&mut Option<Box<GroupKey<R>>>| slot.as_ref().is_none_or(|old| old.key_id() == key.key_id());
        let Some(slot) = self.0.iter_mut().find(is_free) else {
            return false;
        };
        // One copy to compare with; the other moves to the adapter.
        *slot = Some(Box::new(key.duplicate()));
        true
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use frame::{Cipher, MacAddress};

    use super::*;
    use crate::association::Elements;

    /// PSK, CCMP-128, management frames protected with BIP-CMAC-128.
    fn association() -> Association {
        let rsne = [
            48, 26, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 2, 0xc0, 0, 0, 0, 0, 0x0f,
            0xac, 6,
        ];
        let elements = Elements::new(&rsne, None).unwrap();
        let address = |last| MacAddress([2, 0, 0, 0, 0, last]);
        Association::negotiate(address(1), address(2), elements.clone(), elements).unwrap()
    }

    fn keys(id: u8, octet: u8) -> GroupKeys {
        let pn = Pn::new(0x0102_0304_0506).unwrap();
        GroupKeys {
            gtk: Some(Gtk::new(id, &[octet; 16], pn).unwrap()),
            igtk: Some(Igtk::new(id + 3, &[octet ^ 1; 16], pn).unwrap()),
            bigtk: Some(Bigtk::new(id + 5, &[octet ^ 2; 16], pn).unwrap()),
        }
    }

    fn installed(installed: &mut InstalledGroupKeys, keys: GroupKeys) -> usize {
        let mut effects = Effects::new();
        installed.install(keys, &association(), &mut effects);
        effects.len()
    }

    #[test]
    fn what_goes_into_key_data_comes_out_of_it() {
        let sent = keys(1, 0x40);
        let rsc = sent.rsc();
        assert_eq!(rsc, [6, 5, 4, 3, 2, 1, 0, 0]);
        for padded in [false, true] {
            let octets = sent.key_data(&[48, 3, 1, 0, 0], padded);
            assert_eq!(octets.len().is_multiple_of(8), padded);
            let mut received = GroupKeys::default();
            for item in kde::key_data(&octets) {
                received.take(item.unwrap(), &rsc, &association()).unwrap();
            }
            assert!(received.gtk == sent.gtk && received.igtk == sent.igtk && received.bigtk == sent.bigtk);
            assert_eq!(received.gtk.unwrap().pn(), sent.gtk.as_ref().unwrap().pn());
            assert_eq!(received.igtk.unwrap().pn(), sent.igtk.as_ref().unwrap().pn());
        }
    }

    #[test]
    fn of_two_keys_of_one_kind_the_first_counts() {
        let mut received = GroupKeys::default();
        for octet in [1, 2] {
            let kde = Kde::Gtk {
                key_id: 1,
                tx: false,
                key: &[octet; 16],
            };
            received.take(KeyDataItem::Kde(kde), &[0; 8], &association()).unwrap();
        }
        assert_eq!(received.gtk.unwrap().as_bytes(), [1; 16]);
    }

    #[test]
    fn a_key_is_new_until_it_is_installed_and_again_after_it_was_replaced() {
        let mut store = InstalledGroupKeys::default();
        assert_eq!(installed(&mut store, keys(1, 0x40)), 3);
        assert_eq!(installed(&mut store, keys(2, 0x50)), 3);
        assert_eq!(installed(&mut store, keys(1, 0x40)), 0);
        // In place of the first ones.
        assert_eq!(installed(&mut store, keys(1, 0x60)), 3);
        assert_eq!(installed(&mut store, keys(2, 0x50)), 0);
        assert_eq!(installed(&mut store, keys(1, 0x40)), 3);
    }

    #[test]
    fn keys_are_installed_for_the_ciphers_that_were_negotiated() {
        let mut effects = Effects::new();
        InstalledGroupKeys::default().install(keys(1, 0x40), &association(), &mut effects);
        let ciphers: std::vec::Vec<_> = effects
            .drain()
            .map(|effect| match effect {
                Effect::InstallGroup { cipher, .. }
                | Effect::InstallGroupManagement { cipher, .. }
                | Effect::InstallBeacon { cipher, .. } => cipher,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ciphers, [Cipher::CCMP_128, Cipher::BIP_CMAC_128, Cipher::BIP_CMAC_128]);
    }
}
