//! The keys of a radio: what is sent is encrypted with them, what is received is decrypted.

use super::frames;
use frame::dot11::{Frame, MacHeader};
use frame::{Cipher, Emit};
use keys::protect::{BipKey, MpduKey, Pn, ProtectionHeader};

/// A key in a radio. Its counters live as long as it is installed.
struct RadioKey {
    /// Apart, since an expanded key is large and most places for one are empty.
    key: Box<MpduKey>,
    /// Replays are refused. WEP can't tell them.
    counts: bool,
    sent: Pn,
    received: Pn,
}

impl RadioKey {
    fn new(cipher: Cipher, octets: &[u8], received: Pn) -> Option<Self> {
        Some(Self {
            key: Box::new(MpduKey::new(cipher, octets).ok()?),
            counts: !matches!(cipher, Cipher::WEP_40 | Cipher::WEP_104),
            sent: Pn::ZERO,
            received,
        })
    }

    /// The frame, encrypted; `None` once the key is used up.
    fn seal(&mut self, header: MacHeader, key_id: u8, body: &[u8]) -> Option<Vec<u8>> {
        let header = header.with_protected(true);
        let octets = header.to_vec().ok()?;
        let pn = self.sent.next()?;
        let mut sealed = vec![0; body.len() + self.key.overhead()];
        let sealed = self
            .key
            .seal(&octets, ProtectionHeader { key_id, pn }, body, &mut sealed)
            .ok()?;
        self.sent = pn;
        Some(frames::join(&header, sealed))
    }

    /// The plain body, if the frame is genuine and no replay.
    fn open(&mut self, frame: &Frame<'_>) -> Option<Vec<u8>> {
        let mut plain = vec![0; frame.body.len()];
        let opened = self.key.open(frame.header_bytes, frame.body, &mut plain).ok()?;
        if self.counts && opened.pn <= self.received {
            return None;
        }
        self.received = opened.pn;
        Some(opened.plaintext.to_vec())
    }
}

/// A key for group addressed management frames in a radio.
struct ManagementKey {
    key: Box<BipKey>,
    sent: Pn,
    received: Pn,
}

/// The first Key ID of management frames. From the third on they are for beacons.
const FIRST_MANAGEMENT: u8 = 4;
const FIRST_BEACON: usize = 2;

/// The keys that a radio shares with one peer, and the group keys of its network.
#[derive(Default)]
pub(super) struct KeyRing {
    /// By Key ID: with extended key IDs there may be two, of which one sends.
    pairwise: [Option<RadioKey>; 2],
    sending: Option<u8>,
    group: [Option<RadioKey>; 4],
    management: [Option<ManagementKey>; 4],
}

impl KeyRing {
    /// Installs or removes the pairwise key of this Key ID, 0 or 1. What is sent goes on as before.
    pub(super) fn set_pairwise(&mut self, key_id: u8, key: Option<(Cipher, &[u8])>) {
        if let Some(place) = self.pairwise.get_mut(usize::from(key_id)) {
            *place = key.and_then(|(cipher, octets)| RadioKey::new(cipher, octets, Pn::ZERO));
        }
    }

    /// Protects what is sent with the pairwise key of this Key ID from now on.
    pub(super) const fn send_under(&mut self, key_id: u8) {
        self.sending = Some(key_id);
    }

    fn sending(&mut self) -> Option<(u8, &mut RadioKey)> {
        let key_id = self.sending?;
        let key = self.pairwise.get_mut(usize::from(key_id))?.as_mut()?;
        Some((key_id, key))
    }

    /// Indices 4 and 5 are for management frames, 6 and 7 for beacons.
    pub(super) fn set_group(&mut self, index: u8, key: Option<(Cipher, &[u8], Pn)>) {
        if let Some(place) = self.group.get_mut(usize::from(index)) {
            *place = key.and_then(|(cipher, octets, received)| RadioKey::new(cipher, octets, received));
        } else if let Some(place) = self.management_place(index.into()) {
            *place = key.and_then(|(cipher, octets, received)| {
                Some(ManagementKey {
                    key: Box::new(BipKey::new(cipher, octets).ok()?),
                    sent: received,
                    received,
                })
            });
        }
    }

    fn management_place(&mut self, index: u16) -> Option<&mut Option<ManagementKey>> {
        self.management
            .get_mut(usize::from(index.checked_sub(FIRST_MANAGEMENT.into())?))
    }

    /// A group addressed management frame or beacon, whole, with its integrity code.
    pub(super) fn seal_group_management(&mut self, index: u8, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        let place = self.management_place(index.into())?.as_mut()?;
        let pn = place.sent.next()?;
        let mut sealed = vec![0; body.len() + place.key.overhead()];
        let sealed = place
            .key
            .protect(&header.to_vec().ok()?, index.into(), pn, body, &mut sealed)
            .ok()?;
        place.sent = pn;
        Some(frames::join(&header, sealed))
    }

    /// The body of a group addressed management frame without its integrity code, if that is right and the frame
    /// no replay.
    pub(super) fn open_group_management(&mut self, frame: &Frame<'_>) -> Option<Vec<u8>> {
        self.open_with(0..FIRST_BEACON, frame)
    }

    /// The same of a beacon.
    pub(super) fn open_beacon(&mut self, frame: &Frame<'_>) -> Option<Vec<u8>> {
        self.open_with(FIRST_BEACON..self.management.len(), frame)
    }

    /// Whether beacons have to be protected.
    pub(super) fn protects_beacons(&self) -> bool {
        self.management.iter().skip(FIRST_BEACON).any(Option::is_some)
    }

    fn open_with(&mut self, places: core::ops::Range<usize>, frame: &Frame<'_>) -> Option<Vec<u8>> {
        let keys = self.management.iter_mut().enumerate();
        keys.skip(places.start).take(places.len()).find_map(|(index, place)| {
            let place = place.as_mut()?;
            let verified = place.key.verify(frame.header_bytes, frame.body).ok()?;
            let named = usize::from(verified.key_id) == index + usize::from(FIRST_MANAGEMENT);
            if !named || verified.pn <= place.received {
                return None;
            }
            place.received = verified.pn;
            Some(verified.body.to_vec())
        })
    }

    /// What was last sent under a key for management frames.
    pub(super) fn management_sent(&mut self, index: u8) -> Pn {
        match self.management_place(index.into()) {
            Some(Some(key)) => key.sent,
            _ => Pn::ZERO,
        }
    }

    /// Installs a static key for all that is sent and received: 5 or 13 octets.
    pub(super) fn set_wep(&mut self, key: &[u8]) {
        let cipher = match key.len() {
            5 => Cipher::WEP_40,
            _ => Cipher::WEP_104,
        };
        self.set_group(0, Some((cipher, key, Pn::ZERO)));
    }

    /// A data frame as it is sent: under the pairwise key, else under a static key; in the clear in a network that is
    /// not `private`, and in no other.
    pub(super) fn seal_data(&mut self, private: bool, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        if let Some((key_id, key)) = self.sending() {
            return key.seal(header, key_id, body);
        }
        match &mut self.group {
            [Some(key), ..] => key.seal(header, 0, body),
            _ if private => None,
            _ => Some(frames::join(&header, body)),
        }
    }

    /// Whether there is a pairwise key to send under.
    pub(super) fn has_pairwise(&self) -> bool {
        self.sending
            .and_then(|key_id| self.pairwise.get(usize::from(key_id)))
            .is_some_and(Option::is_some)
    }

    pub(super) fn seal_pairwise(&mut self, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        let (key_id, key) = self.sending()?;
        key.seal(header, key_id, body)
    }

    pub(super) fn seal_group(&mut self, index: u8, header: MacHeader, body: &[u8]) -> Option<Vec<u8>> {
        self.group
            .get_mut(usize::from(index))?
            .as_mut()?
            .seal(header, index, body)
    }

    /// What was last sent under a group key: the counter from which a new receiver counts.
    pub(super) fn group_sent(&self, index: u8) -> Pn {
        self.group
            .get(usize::from(index))
            .and_then(Option::as_ref)
            .map_or(Pn::ZERO, |key| key.sent)
    }

    /// The plain body of a protected frame, under the key that the frame asks for.
    pub(super) fn open(&mut self, frame: &Frame<'_>) -> Option<Vec<u8>> {
        // Of all ciphers, in the highest bits of the fourth octet.
        let key_id = usize::from(frame.body.get(3)? >> 6);
        if !frame.header.receiver().is_group() && self.pairwise.iter().any(Option::is_some) {
            return self.pairwise.get_mut(key_id)?.as_mut()?.open(frame);
        }
        self.group.get_mut(key_id)?.as_mut()?.open(frame)
    }
}
