//! The management MIC of what an access point says to all its stations: deauthentications and, with beacon protection,
//! beacons (IEEE 802.11-2020, 11.13 and 11.52).

use frame::Cipher;
use frame::mme::ManagementMic;
use keys::Key;
use keys::protect::{BipKey, Pn, ProtectError};

use super::operation::{KEY_MAX, MicState};
use super::recent::Recent;

/// Keys that are tried: two of each kind are in use, and those before them for a while.
const KEYS: usize = 8;

/// The first Key ID of keys for beacons.
const FIRST_OF_BEACONS: u16 = 6;

/// The integrity keys that were delivered.
#[derive(Default)]
pub(super) struct GroupIntegrity(Recent<Delivered, KEYS>);

struct Delivered {
    key_id: u16,
    octets: Key<KEY_MAX>,
    key: BipKey,
    /// The highest packet number of a frame whose MIC was right.
    received: Pn,
}

/// What the keys say of a frame to all stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integrity {
    pub(super) mic: MicState,
    /// The packet number had been used.
    pub(super) replayed: bool,
}

impl GroupIntegrity {
    /// Takes a key that was delivered with the packet number `pn`, octets as on the air.
    pub(super) fn deliver(&mut self, key_id: u16, octets: &[u8], pn: [u8; 6], cipher: Cipher) {
        let (Ok(key), Ok(octets)) = (BipKey::new(cipher, octets), Key::new(octets)) else {
            return;
        };
        let is_known = |known: &Delivered| known.key_id == key_id && known.octets == octets;
        if !self.0.newest_first().any(is_known) {
            self.0.push(Delivered {
                key_id,
                octets,
                key,
                received: Pn::from_le_bytes(pn),
            });
        }
    }

    /// Whether a key for beacons was delivered.
    pub(super) fn covers_beacons(&self) -> bool {
        self.0.newest_first().any(|known| known.key_id >= FIRST_OF_BEACONS)
    }

    /// The state of the MIC of a frame, a beacon or not.
    pub(super) fn judge(&mut self, header: &[u8], body: &[u8], is_beacon: bool) -> Integrity {
        let state = |mic| Integrity { mic, replayed: false };
        let mut judged = match names_key(body) {
            Some(_) => state(MicState::Unverified),
            None => return state(MicState::Absent),
        };
        let of_this_kind = |known: &&mut Delivered| (known.key_id >= FIRST_OF_BEACONS) == is_beacon;
        for known in self.0.newest_first_mut().filter(of_this_kind) {
            match known.key.verify(header, body) {
                Ok(verified) if verified.key_id == known.key_id => {
                    let replayed = verified.pn <= known.received;
                    known.received = known.received.max(verified.pn);
                    return Integrity {
                        mic: MicState::Valid,
                        replayed,
                    };
                }
                Err(ProtectError::NoManagementMic(_)) => return state(MicState::Absent),
                _ => judged = state(MicState::Invalid),
            }
        }
        judged
    }
}

/// The Key ID that the MME at the end of a body names, whatever the length of its MIC.
pub(super) fn names_key(body: &[u8]) -> Option<u16> {
    let mme = [8, 16]
        .into_iter()
        .find_map(|mic_octets| ManagementMic::split_last(body, mic_octets).ok());
    mme.map(|(_, mme)| mme.key_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::dot11::MacHeader;
    use frame::{Emit, MacAddress};

    const AP: MacAddress = MacAddress([2; 6]);
    const BEACON_BODY: &[u8] = &[9, 9, 9, 9, 9, 9, 9, 9, 100, 0, 1, 0, 0, 4, b't', b'e', b's', b't'];

    fn protected(key_id: u16, pn: u64, subtype: u8, body: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let header = MacHeader::management(subtype, MacAddress::BROADCAST, AP, AP)
            .to_vec()
            .unwrap();
        let key = BipKey::new(Cipher::BIP_CMAC_128, &[7; 16]).unwrap();
        let mut out = vec![0; body.len() + key.overhead()];
        let pn = Pn::new(pn).unwrap();
        let sealed = key.protect(&header, key_id, pn, body, &mut out).unwrap().to_vec();
        (header, sealed)
    }

    #[test]
    fn a_frame_is_proved_once_and_only_by_the_key_that_it_names() {
        let mut keys = GroupIntegrity::default();
        let (header, body) = protected(4, 5, 12, &[3, 0]);
        assert_eq!(keys.judge(&header, &body, false).mic, MicState::Unverified);
        keys.deliver(4, &[7; 16], [0; 6], Cipher::BIP_CMAC_128);
        let proved = |replayed| Integrity {
            mic: MicState::Valid,
            replayed,
        };
        assert_eq!(keys.judge(&header, &body, false), proved(false));
        assert_eq!(keys.judge(&header, &body, false), proved(true));
        // Delivered again, as a key is with every handshake: that forgives no replay.
        keys.deliver(4, &[7; 16], [0; 6], Cipher::BIP_CMAC_128);
        assert_eq!(keys.judge(&header, &body, false), proved(true));
        let (header, body) = protected(5, 9, 12, &[3, 0]);
        assert_eq!(keys.judge(&header, &body, false).mic, MicState::Invalid);
        assert_eq!(keys.judge(&header, &[3, 0], false).mic, MicState::Absent);
    }

    #[test]
    fn a_key_for_management_frames_proves_no_beacon() {
        let mut keys = GroupIntegrity::default();
        keys.deliver(4, &[7; 16], [0; 6], Cipher::BIP_CMAC_128);
        assert!(!keys.covers_beacons());
        let (header, body) = protected(6, 1, 8, BEACON_BODY);
        assert_eq!(keys.judge(&header, &body, true).mic, MicState::Unverified);
        keys.deliver(6, &[7; 16], [0; 6], Cipher::BIP_CMAC_128);
        assert!(keys.covers_beacons());
        assert_eq!(keys.judge(&header, &body, true).mic, MicState::Valid);
        // The timestamp is filled in when a beacon is sent; everything else counts.
        let mut later = body.clone();
        later[0] ^= 1;
        assert_eq!(keys.judge(&header, &later, true).mic, MicState::Valid);
        later[8] ^= 1;
        assert_eq!(keys.judge(&header, &later, true).mic, MicState::Invalid);
    }
}
