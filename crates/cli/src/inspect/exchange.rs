//! What nonces, MICs and secrets prove about the EAPOL-Key frames of one association
//! (IEEE 802.11-2020, 12.7.6 and 12.7.7).
//!
//! The observer's view: both ends' messages come in, in the order of the capture, some missing, some repeated,
//! some forged. Nothing is believed before a MIC proves it; a frame that cannot be proved yet is kept until a
//! later one brings the nonce or the key.

use frame::eapol_key::{Descriptor, KeyFrame, MessageName};
use frame::kde::{self, Kde, KeyDataItem};
use frame::{eapol_key, element};
use keys::wrap::unwrap_key_data;
use keys::{Key, MpduKey, Ptk};
use zeroize::Zeroizing;

use super::ladder::{Ladder, Rung};
use super::operation::{Event, Freshness, KEY_MAX, Message, MicState, Sender, Step};
use super::parties::{Nonce, Parties, verifies, wrap_of};
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
    /// The elements of a proved message 3.
    pub(super) confirmed: Option<Confirmed>,
    /// The RSNE of a proved message 2, whole.
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
    /// `None` for a cipher whose frames are not opened (TKIP).
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
}

/// A received frame: its number, time, and whether it was encrypted.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) frame: u64,
    pub(super) time_us: u64,
    pub(super) encrypted: bool,
}

impl Moment {
    pub(super) const fn step(self, sender: Sender, event: Event) -> Step {
        Step {
            frame: self.frame,
            time_us: self.time_us,
            sender,
            encrypted: self.encrypted,
            event,
        }
    }
}

enum Proof {
    /// The MIC is right under a key that is now the newest.
    Valid,
    /// The MIC is wrong under everything that could have made it.
    Invalid,
    /// Something is missing.
    Open,
}

impl KeyExchange {
    /// Takes the EAPOL-Key frame `frame`, parsed from `pdu`. `parties` is `None` as long as the capture has not told
    /// the suites.
    pub(super) fn receive(
        &mut self,
        ladder: &mut Ladder,
        moment: Moment,
        (frame, pdu): (&KeyFrame<'_>, &[u8]),
        name: MessageName,
        parties: Option<&Parties<'_>>,
        secrets: &mut Secrets,
    ) {
        let news = self.current.take(name, frame.nonce);
        let proof = if !frame.info.mic() || frame.mic.is_empty() {
            None
        } else {
            Some(parties.map_or(Proof::Open, |parties| {
                self.prove(frame, pdu, name, self.current.index, parties, secrets)
            }))
        };
        let mic = match proof {
            None => MicState::Absent,
            Some(Proof::Valid) => MicState::Valid,
            Some(Proof::Invalid) => MicState::Invalid,
            Some(Proof::Open) => MicState::Unverified,
        };
        let message = Message {
            name,
            mic,
            replay_counter: frame.replay_counter,
            freshness: self.freshness(name, mic, frame.replay_counter, pdu),
            handshake: self.current.index,
        };
        let sender = if name.is_from_authenticator() {
            Sender::AccessPoint
        } else {
            Sender::Station
        };
        let rung = ladder.push(moment.step(sender, Event::Key(message)));
        match mic {
            MicState::Valid => self.read(name, moment.frame, frame),
            MicState::Invalid | MicState::Unverified => self.unproved.push(Unproved {
                rung,
                frame: moment.frame,
                handshake: self.current.index,
                mic_octets: frame.mic.len(),
                pdu: pdu.to_vec(),
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
            let Ok(frame) = KeyFrame::parse(&waiting.pdu, waiting.mic_octets) else {
                continue;
            };
            let Some(name) = frame.name() else { continue };
            match self.prove(&frame, &waiting.pdu, name, waiting.handshake, parties, secrets) {
                Proof::Valid => {
                    ladder.set_mic(waiting.rung, MicState::Valid);
                    self.read(name, waiting.frame, &frame);
                }
                Proof::Invalid => {
                    ladder.set_mic(waiting.rung, MicState::Invalid);
                    self.unproved.push(waiting);
                }
                Proof::Open => self.unproved.push(waiting),
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
        if place > 0 {
            self.pairwise.touch(place);
        }
        Some(octets)
    }

    /// True if a key is there to open data with.
    pub(super) fn can_open(&self) -> bool {
        !self.pairwise.is_empty()
    }

    /// Takes a pairwise key that something else than EAPOL-Key frames has proved.
    pub(super) fn establish(&mut self, ptk: Ptk, parties: &Parties<'_>) {
        let key = ptk.temporal_key();
        if self.temporal_keys.len() < LISTED_KEYS && !self.temporal_keys.contains(&key) {
            self.temporal_keys.push(key);
        }
        let mpdu = MpduKey::new(parties.cipher.cipher, ptk.tk()).ok();
        self.pairwise.push(Pairwise {
            ptk,
            mpdu,
            handshake: self.current.index,
        });
    }

    /// Lists a group key, once.
    pub(super) fn deliver(&mut self, key: &[u8]) {
        let Ok(key) = Key::new(key) else { return };
        if self.group_keys.len() < LISTED_KEYS && !self.group_keys.contains(&key) {
            self.group_keys.push(key);
        }
    }

    /// The pairwise key that was proved last.
    pub(super) fn newest_key(&self) -> Option<&Ptk> {
        self.pairwise.newest().map(|pairwise| &pairwise.ptk)
    }

    fn prove(
        &mut self,
        frame: &KeyFrame<'_>,
        pdu: &[u8],
        name: MessageName,
        handshake: u32,
        parties: &Parties<'_>,
        secrets: &mut Secrets,
    ) -> Proof {
        let known = self
            .pairwise
            .newest_first()
            .position(|pairwise| verifies(&pairwise.ptk, frame, pdu));
        if let Some(place) = known {
            self.pairwise.touch(place);
            return Proof::Valid;
        }
        let mut tried = false;
        let derived = secrets.candidates(parties.akm, parties.ssid).find_map(|pmk| {
            let mut keys = self
                .current
                .pairs(name, frame.nonce)
                .filter_map(|(a, s)| parties.ptk(pmk, a, s));
            keys.find(|ptk| {
                tried = true;
                verifies(ptk, frame, pdu)
            })
        });
        if let Some(ptk) = derived {
            self.current.answered = true;
            self.establish(ptk, parties);
            return Proof::Valid;
        }
        let has_key = || {
            self.pairwise
                .newest_first()
                .any(|pairwise| pairwise.handshake == handshake)
        };
        let refuted = match name {
            MessageName::FourWay2 => tried && secrets.concern(parties.akm, parties.ssid),
            _ => has_key() || self.current.refuted && handshake == self.current.index,
        };
        if !refuted {
            return Proof::Open;
        }
        self.current.refuted |= name == MessageName::FourWay2;
        Proof::Invalid
    }

    /// Reads what a proved message says: the choice in message 2, elements and keys in message 3 and group message 1.
    /// The key that proved it is the newest.
    fn read(&mut self, name: MessageName, number: u64, frame: &KeyFrame<'_>) {
        match name {
            MessageName::FourWay2 => {
                let rsne = items(frame.key_data).find_map(|item| item.element(element::id::RSN));
                self.chosen = rsne.map(|rsne| (number, rsne.bytes().to_vec()));
            }
            MessageName::FourWay3 | MessageName::Group1 => {
                let Some(key_data) = self.newest_key().and_then(|ptk| plain_key_data(ptk, name, frame)) else {
                    return;
                };
                if frame.descriptor == Descriptor::WPA {
                    if name == MessageName::Group1 {
                        self.deliver(key_data.get(..frame.key_length.into()).unwrap_or(&key_data));
                    }
                    return;
                }
                self.read_items(name, number, &key_data);
            }
            _ => {}
        }
    }

    fn read_items(&mut self, name: MessageName, number: u64, key_data: &[u8]) {
        let mut confirmed = Confirmed {
            frame: number,
            rsne: None,
            rsnxe: None,
        };
        for item in items(key_data) {
            match item {
                KeyDataItem::Kde(Kde::Gtk { key, .. }) => self.deliver(key),
                KeyDataItem::Element(element) => {
                    let place = match element.id {
                        element::id::RSN => &mut confirmed.rsne,
                        element::id::RSN_EXTENSION => &mut confirmed.rsnxe,
                        _ => continue,
                    };
                    // A second RSNE would be the authenticator's choice of cipher, not its beacon's.
                    place.get_or_insert_with(|| element.bytes().to_vec());
                }
                KeyDataItem::Kde(_) => {}
            }
        }
        if name == MessageName::FourWay3 {
            self.confirmed = Some(confirmed);
        }
    }

    /// Only a message with a MIC that may be right raises the bar: anybody can send a message 1.
    fn freshness(&mut self, name: MessageName, mic: MicState, counter: u64, pdu: &[u8]) -> Freshness {
        if !name.is_from_authenticator() {
            return Freshness::Fresh;
        }
        let copy = self.last_from_authenticator == pdu;
        self.last_from_authenticator.clear();
        self.last_from_authenticator.extend(pdu);
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

/// The key data of a message of the authenticator, decrypted where it is encrypted.
fn plain_key_data(ptk: &Ptk, name: MessageName, frame: &KeyFrame<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let encrypted =
        frame.info.encrypted_key_data() || frame.descriptor == Descriptor::WPA && name == MessageName::Group1;
    let mut plain = Zeroizing::new(frame.key_data.to_vec());
    if encrypted {
        let unwrapped = unwrap_key_data(wrap_of(ptk, frame), ptk.kek(), frame.iv, frame.key_data, &mut plain);
        let octets = unwrapped.ok()?.len();
        plain.truncate(octets);
    }
    Some(plain)
}

/// The items of key data up to the first malformed one.
fn items(key_data: &[u8]) -> impl Iterator<Item = KeyDataItem<'_>> {
    kde::key_data(key_data).map_while(Result::ok)
}

/// Parses an EAPOL-Key frame whose suite need not be known: the lengths in it fit one length of MIC only.
/// `expected` is tried first.
pub(super) fn parse_any<'a>(packet: &'a [u8], expected: Option<usize>) -> Option<eapol_key::KeyFrame<'a>> {
    expected
        .into_iter()
        .chain([16, 24, 32, 0])
        .find_map(|mic_octets| KeyFrame::parse(packet, mic_octets).ok())
}
