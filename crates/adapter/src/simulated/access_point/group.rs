//! The group keys of an access point.

use super::config::AccessPointConfig;
use crate::simulated::frames;
use crate::simulated::keyring::KeyRing;
use frame::Cipher;
use frame::dot11::MacHeader;
use keys::protect::Pn;
use keys::{Bigtk, CipherSuite, Gtk, Igtk};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;
use rsn::GroupKeys;
use zeroize::Zeroizing;

/// See the module.
pub(super) struct Group {
    ring: KeyRing,
    /// Handshakes deliver keys.
    keyed: bool,
    private: bool,
    cipher: Cipher,
    management: Option<Cipher>,
    protects_beacons: bool,
    /// The key for data in use: 1 or 2. Key ID 4 or 5 for management frames goes with it, and 6 or 7 for beacons.
    index: u8,
    data: Zeroizing<Vec<u8>>,
    frames: Zeroizing<Vec<u8>>,
    beacons: Zeroizing<Vec<u8>>,
}

impl Group {
    pub(super) fn new(config: &AccessPointConfig, rng: &mut ChaCha20Rng) -> Self {
        let mut ring = KeyRing::default();
        if let Some(key) = &config.secrets.wep {
            ring.set_wep(key);
        }
        let mut group = Self {
            ring,
            keyed: !config.akms.is_empty(),
            private: config.is_private(),
            cipher: config.group,
            management: config.management.cipher(),
            protects_beacons: config.beacon_protection,
            index: 2,
            data: Zeroizing::default(),
            frames: Zeroizing::default(),
            beacons: Zeroizing::default(),
        };
        group.change(rng);
        group
    }

    /// Makes new keys, and uses them at once.
    pub(super) fn change(&mut self, rng: &mut ChaCha20Rng) {
        if !self.keyed {
            return;
        }
        self.index = 3 - self.index;
        self.data = random(self.cipher, rng);
        self.ring
            .set_group(self.index, Some((self.cipher, &self.data, Pn::ZERO)));
        if let Some(cipher) = self.management {
            self.frames = random(cipher, rng);
            let index = self.management_index();
            self.ring.set_group(index, Some((cipher, &self.frames, Pn::ZERO)));
        }
        if let Some(cipher) = self.management.filter(|_| self.protects_beacons) {
            self.beacons = random(cipher, rng);
            let index = self.beacon_index();
            self.ring.set_group(index, Some((cipher, &self.beacons, Pn::ZERO)));
        }
    }

    /// The keys as a handshake delivers them: with the counters that they have now.
    pub(super) fn deliverable(&mut self) -> GroupKeys {
        let management = self.management_index();
        let sent = self.ring.management_sent(management);
        let beacon = self.beacon_index();
        let beacons_sent = self.ring.management_sent(beacon);
        GroupKeys {
            gtk: Gtk::new(self.index, &self.data, self.ring.group_sent(self.index)).ok(),
            igtk: self
                .management
                .and_then(|_| Igtk::new(management, &self.frames, sent).ok()),
            bigtk: self
                .management
                .filter(|_| self.protects_beacons)
                .and_then(|_| Bigtk::new(beacon, &self.beacons, beacons_sent).ok()),
        }
    }

    pub(super) fn seal(&mut self, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        match self.keyed {
            true => self.ring.seal_group(self.index, header, body),
            false => self.ring.seal_data(self.private, header, body),
        }
    }

    pub(super) fn seal_management(&mut self, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        self.ring.seal_group_management(self.management_index(), header, body)
    }

    /// A beacon, with its integrity code where beacons are protected.
    pub(super) fn seal_beacon(&mut self, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        match self.protects_beacons && self.management.is_some() {
            true => self.ring.seal_group_management(self.beacon_index(), header, body),
            false => Some(frames::join(&header, body)),
        }
    }

    const fn beacon_index(&self) -> u8 {
        self.index + 5
    }

    const fn management_index(&self) -> u8 {
        self.index + 3
    }
}

fn random(cipher: Cipher, rng: &mut ChaCha20Rng) -> Zeroizing<Vec<u8>> {
    let octets = CipherSuite::of(cipher).map_or(0, |suite| suite.tk_len);
    let mut key = Zeroizing::new(vec![0; octets]);
    rng.fill_bytes(&mut key);
    key
}
