//! What nonces, MICs and secrets prove about the EAPOL-Key frames of one association
//! (IEEE 802.11-2020, 12.7.6 and 12.7.7).
//!
//! The observer's view: both ends' messages come in, in the order of the capture, some missing, some repeated,
//! some forged. Nothing is believed before a MIC proves it; a frame that cannot be proved yet is kept until a
//! later one brings the nonce or the key.

use frame::eapol_key::{KeyFrame, MessageName};
use frame::element;
use frame::kde::{Kde, KeyDataItem};
use frame::{Cipher, wpa};
use keys::{Key, MpduKey, Ptk};

use super::contents::Contents;
use super::elements::same_rsne;
use super::group_integrity::GroupIntegrity;
use super::key_message::{KeyMessage, items};
use super::ladder::{Ladder, Rung};
use super::networks::Announced;
use super::operation::{Event, Freshness, KEY_MAX, Message, MicState, Sender, Step};
use super::outcome::Compared;
use super::parties::{Nonce, Parties};
use super::recent::Recent;
use super::secrets::Secrets;

/// Nonces of each end that are tried with each other: message 1 may be repeated with a new one each time.
const NONCES: usize = 4;
/// Frames that wait for their proof.
const UNPROVED: usize = 8;
/// Pairwise keys that are tried on later frames: after a rekey, frames under the old key still arrive.
const PAIRWISE: usize = 8;
/// Keys that are listed.
const LISTED_KEYS: usize = 4096;

/// The EAPOL-Key side of an association.
#[derive(Default)]
pub(super) struct KeyExchange {
    current: Handshake,
    pairwise: Recent<Pairwise, PAIRWISE>,
    unproved: Recent<Unproved, UNPROVED>,
    /// The highest replay counter of a message from the authenticator that has a MIC.
    highest_counter: Option<u64>,
    /// The authenticator's last message, to tell a copy from a replay.
    last_from_authenticator: Vec<u8>,
    pub(super) temporal_keys: Vec<Key<KEY_MAX>>,
    pub(super) group_keys: Vec<Key<KEY_MAX>>,
    pub(super) management_keys: Vec<Key<KEY_MAX>>,
    pub(super) beacon_keys: Vec<Key<KEY_MAX>>,
    pub(super) integrity: GroupIntegrity,
    /// The pairwise key is in use: message 4, a fast transition or an encrypted frame has shown it.
    in_use: bool,
    /// The elements of a proved message 3.
    pub(super) confirmed: Option<Confirmed>,
    /// The RSNE or WPA element of a proved message 2, whole.
    pub(super) chosen: Option<(u64, Vec<u8>)>,
}

/// A 4-way handshake as far as it has come.
#[derive(Default)]
struct Handshake {
    /// How many there were before.
    index: u32,
    anonces: Recent<Nonce, NONCES>,
    snonces: Recent<Nonce, NONCES>,
    /// The authenticator has accepted message 2: it went on to message 3, or the MIC proves it.
    answered: bool,
    /// Message 4 was seen.
    finished: bool,
    /// No candidate secret verifies message 2.
    refuted: bool,
}

/// A pairwise key that a MIC has proved.
struct Pairwise {
    ptk: Ptk,
    /// `None` where the negotiated cipher is none for data.
    mpdu: Option<MpduKey>,
    handshake: u32,
}

struct Unproved {
    rung: Rung,
    frame: u64,
    handshake: u32,
    mic_octets: usize,
    pdu: Vec<u8>,
}

/// What the authenticator repeats in message 3 of its beacon.
pub(super) struct Confirmed {
    pub(super) frame: u64,
    pub(super) rsne: Option<Vec<u8>>,
    pub(super) rsnxe: Option<Vec<u8>>,
    /// The WPA element, where the handshake is that of WPA.
    pub(super) wpa: Option<Vec<u8>>,
}

impl Confirmed {
    /// The first element that is not the one announced.
    pub(super) fn contradicts(&self, announced: &Announced) -> Option<Compared> {
        if let Some(confirmed) = &self.wpa {
            let differs = *confirmed != *announced.wpa.as_ref()?;
            return differs.then_some(Compared::Wpa);
        }
        if !same_rsne(self.rsne.as_deref()?, announced.rsne.as_deref()?) {
            Some(Compared::Rsne)
        } else if self.rsnxe != announced.rsnxe {
            Some(Compared::Rsnxe)
        } else {
            None
        }
    }
}

/// A received frame: its number, time, and whether it was encrypted.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) frame: u64,
    pub(super) time_us: u64,
    pub(super) encrypted: bool,
    /// The state of the management MIC of a frame to all stations.
    pub(super) integrity: Option<MicState>,
}

impl Moment {
    pub(super) const fn step(self, sender: Sender, event: Event) -> Step {
        Step {
            frame: self.frame,
            time_us: self.time_us,
            sender,
            encrypted: self.encrypted,
            integrity: self.integrity,
            event,
        }
    }
}

impl KeyExchange {
    /// Takes a message. `parties` is `None` as long as the capture has not told the suites.
    pub(super) fn receive(
        &mut self,
        ladder: &mut Ladder,
        moment: Moment,
        message: &KeyMessage<'_>,
        parties: Option<&Parties<'_>>,
        secrets: &mut Secrets,
    ) {
        let news = self.current.take(message.name, message.frame.nonce);
        let handshake = self.current.index;
        let mic = match parties {
            _ if !message.has_mic() => MicState::Absent,
            None => MicState::Unverified,
            Some(parties) => self.prove(message, handshake, parties, secrets),
        };
        let event = Event::Key(Message {
            name: message.name,
            mic,
            replay_counter: message.frame.replay_counter,
            freshness: self.freshness(message, mic),
            handshake,
            contents: message.plain_contents(),
        });
        let sender = if message.name.is_from_authenticator() {
            Sender::AccessPoint
        } else {
            Sender::Station
        };
        let rung = ladder.push(moment.step(sender, event));
        match mic {
            MicState::Valid => self.read(ladder, rung, moment.frame, message, parties),
            MicState::Invalid | MicState::Unverified => self.unproved.push(Unproved {
                rung,
                frame: moment.frame,
                handshake,
                mic_octets: message.frame.mic.len(),
                pdu: message.pdu.to_vec(),
            }),
            MicState::Absent => {}
        }
        if let Some(parties) = parties.filter(|_| news || mic == MicState::Valid) {
            self.retry(ladder, parties, secrets);
        }
    }

    /// Tries once more to prove what could not be proved when it came.
    pub(super) fn retry(&mut self, ladder: &mut Ladder, parties: &Parties<'_>, secrets: &mut Secrets) {
        for waiting in self.unproved.take() {
            let Some(message) = KeyMessage::parse(&waiting.pdu, Some(waiting.mic_octets)) else {
                continue;
            };
            let mic = self.prove(&message, waiting.handshake, parties, secrets);
            ladder.set_mic(waiting.rung, mic);
            if mic == MicState::Valid {
                self.read(ladder, waiting.rung, waiting.frame, &message, Some(parties));
            } else {
                self.unproved.push(waiting);
            }
        }
    }

    /// True if a message 1 in the clear cannot belong to the association so far: its counter begins anew, or a rekey
    /// would have been encrypted. `sealed_link` says that this link encrypts its data.
    pub(super) fn begins_anew(&self, frame: &KeyFrame<'_>, sealed_link: bool) -> bool {
        let used = self
            .highest_counter
            .is_some_and(|highest| frame.replay_counter <= highest);
        let known = self.current.anonces.contains(frame.nonce);
        !known && (used || sealed_link && self.current.finished)
    }

    /// Opens an encrypted MPDU with the keys so far; the number of octets in `out`.
    pub(super) fn open(&mut self, header: &[u8], body: &[u8], out: &mut [u8]) -> Option<usize> {
        let opened = self.pairwise.newest_first().enumerate().find_map(|(place, pairwise)| {
            let opened = pairwise.mpdu.as_ref()?.open(header, body, out).ok()?;
            Some((place, opened.plaintext.len()))
        });
        let (place, octets) = opened?;
        self.in_use = true;
        if place > 0 {
            self.pairwise.touch(place);
        }
        Some(octets)
    }

    /// True if a key is there to open data with.
    pub(super) fn can_open(&self) -> bool {
        !self.pairwise.is_empty()
    }

    /// True once what can be protected has to be: from then on both ends have the key installed.
    pub(super) fn is_in_use(&self) -> bool {
        self.in_use
    }

    /// The key is put to use by something else than message 4.
    pub(super) fn put_to_use(&mut self) {
        self.in_use = true;
    }

    /// Takes a pairwise key that something else than EAPOL-Key frames has proved.
    pub(super) fn establish(&mut self, ptk: Ptk, parties: &Parties<'_>) {
        self.list(ptk.temporal_key());
        let mpdu = MpduKey::new(parties.cipher.cipher, ptk.tk()).ok();
        self.pairwise.push(Pairwise {
            ptk,
            mpdu,
            handshake: self.current.index,
        });
    }

    /// Lists a temporal key, once.
    pub(super) fn list(&mut self, key: Key<KEY_MAX>) {
        if self.temporal_keys.len() < LISTED_KEYS && !self.temporal_keys.contains(&key) {
            self.temporal_keys.push(key);
        }
    }

    /// Lists a group key, once.
    pub(super) fn deliver(&mut self, key: &[u8]) {
        list(&mut self.group_keys, key);
    }

    /// Lists an integrity key for management frames or beacons, once, and puts it to use if `cipher` is known.
    pub(super) fn deliver_integrity(&mut self, key_id: u16, key: &[u8], pn: [u8; 6], cipher: Option<Cipher>) {
        list(
            match key_id {
                4 | 5 => &mut self.management_keys,
                _ => &mut self.beacon_keys,
            },
            key,
        );
        if let Some(cipher) = cipher {
            self.integrity.deliver(key_id, key, pn, cipher);
        }
    }

    /// The pairwise key that was proved last.
    pub(super) fn newest_key(&self) -> Option<&Ptk> {
        self.pairwise.newest().map(|pairwise| &pairwise.ptk)
    }

    /// The state of a MIC. The key under which it is valid is then the newest.
    fn prove(
        &mut self,
        message: &KeyMessage<'_>,
        handshake: u32,
        parties: &Parties<'_>,
        secrets: &mut Secrets,
    ) -> MicState {
        let known = self
            .pairwise
            .newest_first()
            .position(|pairwise| message.verifies(&pairwise.ptk));
        if let Some(place) = known {
            self.pairwise.touch(place);
            return MicState::Valid;
        }
        let parties = &parties.as_named_by(message);
        let mut tried = false;
        let derived = secrets.candidates(parties.akm, parties.ssid).find_map(|pmk| {
            let pairs = self.current.pairs(message.name, message.frame.nonce);
            let mut keys = pairs.filter_map(|(anonce, snonce)| parties.ptk(pmk, anonce, snonce));
            keys.find(|ptk| {
                tried = true;
                message.verifies(ptk)
            })
        });
        if let Some(ptk) = derived {
            self.current.answered = true;
            self.establish(ptk, parties);
            return MicState::Valid;
        }
        if message.name == MessageName::FourWay2 {
            let refuted = tried && secrets.concern(parties.akm, parties.ssid);
            self.current.refuted |= refuted;
            return if refuted {
                MicState::Invalid
            } else {
                MicState::Unverified
            };
        }
        let has_key = self
            .pairwise
            .newest_first()
            .any(|pairwise| pairwise.handshake == handshake);
        let refuted = self.current.refuted && handshake == self.current.index;
        if has_key || refuted {
            MicState::Invalid
        } else {
            MicState::Unverified
        }
    }

    /// Reads what a proved message says: the choice in message 2, elements and keys in message 3 and group message 1.
    fn read(
        &mut self,
        ladder: &mut Ladder,
        rung: Rung,
        number: u64,
        message: &KeyMessage<'_>,
        parties: Option<&Parties<'_>>,
    ) {
        if message.name == MessageName::FourWay2 {
            let wanted = match message.is_wpa() {
                true => element::id::VENDOR_SPECIFIC,
                false => element::id::RSN,
            };
            let chosen = items(message.frame.key_data).find_map(|item| item.element(wanted));
            self.chosen = chosen.map(|element| (number, element.bytes().to_vec()));
        }
        self.in_use |= message.name == MessageName::FourWay4;
        let Some(key_data) = self.newest_key().and_then(|ptk| message.plain_key_data(ptk)) else {
            return;
        };
        match message.name {
            MessageName::Group1 if message.is_wpa() => {
                let octets = usize::from(message.frame.key_length);
                self.deliver(key_data.get(..octets).unwrap_or(&key_data));
                let mut contents = Contents::default();
                contents.delivered.gtk = Some(message.frame.info.wpa_key_index());
                return ladder.set_contents(rung, contents);
            }
            MessageName::FourWay3 | MessageName::Group1 => self.read_items(message, number, &key_data, parties),
            _ => {}
        }
        ladder.set_contents(rung, Contents::among(items(&key_data)));
    }

    fn read_items(&mut self, message: &KeyMessage<'_>, number: u64, key_data: &[u8], parties: Option<&Parties<'_>>) {
        let management = parties.and_then(|parties| parties.group_management);
        let mut confirmed = Confirmed {
            frame: number,
            rsne: None,
            rsnxe: None,
            wpa: None,
        };
        for item in items(key_data) {
            match item {
                KeyDataItem::Kde(Kde::Gtk { key, .. }) => self.deliver(key),
                KeyDataItem::Kde(Kde::Igtk { key_id, ipn: pn, key } | Kde::Bigtk { key_id, bipn: pn, key }) => {
                    self.deliver_integrity(key_id, key, *pn, management);
                }
                // A second RSNE would be the authenticator's choice of cipher, not its beacon's.
                KeyDataItem::Element(element) if element.id == element::id::RSN => {
                    confirmed.rsne.get_or_insert_with(|| element.bytes().to_vec());
                }
                KeyDataItem::Element(element) if element.id == element::id::RSN_EXTENSION => {
                    confirmed.rsnxe.get_or_insert_with(|| element.bytes().to_vec());
                }
                // A network of both generations may repeat its WPA element to a station that chose RSN.
                KeyDataItem::Element(element) if element.is_vendor(wpa::SELECTOR) && message.is_wpa() => {
                    confirmed.wpa.get_or_insert_with(|| element.bytes().to_vec());
                }
                KeyDataItem::Kde(_) | KeyDataItem::Element(_) => {}
            }
        }
        if message.name == MessageName::FourWay3 {
            self.confirmed = Some(confirmed);
        }
    }

    /// Only a message with a MIC that may be right raises the bar: anybody can send a message 1.
    fn freshness(&mut self, message: &KeyMessage<'_>, mic: MicState) -> Freshness {
        if !message.name.is_from_authenticator() {
            return Freshness::Fresh;
        }
        let copy = self.last_from_authenticator == message.pdu;
        self.last_from_authenticator.clear();
        self.last_from_authenticator.extend(message.pdu);
        let counter = message.frame.replay_counter;
        let used = self.highest_counter.is_some_and(|highest| counter <= highest);
        if matches!(mic, MicState::Valid | MicState::Unverified) {
            self.highest_counter = self.highest_counter.max(Some(counter));
        }
        match (copy, used) {
            (true, _) => Freshness::Copy,
            (false, true) => Freshness::Replayed,
            (false, false) => Freshness::Fresh,
        }
    }
}

/// Adds a key to a list, once.
fn list(keys: &mut Vec<Key<KEY_MAX>>, key: &[u8]) {
    let Ok(key) = Key::new(key) else { return };
    if keys.len() < LISTED_KEYS && !keys.contains(&key) {
        keys.push(key);
    }
}

impl Handshake {
    /// Notes the nonce of a message, and begins a new handshake where the message cannot belong to this one.
    /// True if a nonce is new.
    fn take(&mut self, name: MessageName, nonce: &Nonce) -> bool {
        let from_authenticator = match name {
            MessageName::FourWay1 | MessageName::FourWay3 => true,
            MessageName::FourWay2 | MessageName::FourWay4 => false,
            MessageName::Group1 | MessageName::Group2 | MessageName::Request | MessageName::Error => return false,
        };
        let over = if from_authenticator {
            self.answered && !self.anonces.contains(nonce)
        } else {
            name == MessageName::FourWay2 && self.finished && !self.snonces.contains(nonce)
        };
        if over {
            *self = Self {
                index: self.index + 1,
                ..Self::default()
            };
        }
        self.answered |= name == MessageName::FourWay3;
        self.finished |= name == MessageName::FourWay4;
        // Most supplicants send zeros in message 4.
        let zero = *nonce == [0; 32];
        let nonces = if from_authenticator {
            &mut self.anonces
        } else {
            &mut self.snonces
        };
        !zero && nonces.insert(*nonce)
    }

    /// The pairs of nonces that a message can have been protected under, the likeliest first.
    fn pairs<'a>(&'a self, name: MessageName, own: &'a Nonce) -> impl Iterator<Item = (&'a Nonce, &'a Nonce)> {
        let (anonces, snonces) = match name {
            MessageName::FourWay2 => (Some(&self.anonces), None),
            MessageName::FourWay3 => (None, Some(&self.snonces)),
            MessageName::FourWay4 if *own != [0; 32] => (Some(&self.anonces), None),
            _ => (None, None),
        };
        let with_anonces = anonces
            .into_iter()
            .flat_map(Recent::newest_first)
            .map(move |anonce| (anonce, own));
        let with_snonces = snonces
            .into_iter()
            .flat_map(Recent::newest_first)
            .map(move |snonce| (own, snonce));
        with_anonces.chain(with_snonces)
    }
}
