//! The 4-way handshake, supplicant side (IEEE 802.11-2020, 12.7.6).

use alloc::boxed::Box;

use frame::eapol_key::{KeyFrame, MessageName};
use frame::element::Element;
use frame::kde::{self, Kde, KeyDataItem};
use frame::rsne::Rsne;
use keys::Ptk;
use keys::suites::Credential;
use rand_core::CryptoRng;

use super::Supplicant;
use crate::agreement::{Agreement, Nonce, Root, nonce};
use crate::association::Association;
use crate::effect::{Effect, Effects, KeyUsage, Pdu};
use crate::elements::{self, Repeated};
use crate::ft::Limits;
use crate::group_keys::GroupKeys;
use crate::message::Message;
use crate::refusal::{NegotiatedElement, Refusal};
use crate::verified::{Authentic, Unverified, Verified};

/// A handshake of which message 1 was answered. Its keys are proved by nothing yet, and kept apart from those that
/// are in use.
pub(super) struct Pending {
    /// Ours, the same in every message 2 until message 3 proves which ANonce is genuine.
    snonce: Nonce,
    /// Of the message 1 that was answered last.
    anonce: Nonce,
    /// Of that message 1; message 3 must have the same.
    protocol_version: u8,
    /// The PMK that it named.
    root: Root,
    /// Derived from these two nonces and that PMK.
    ptk: Box<Ptk>,
}

/// A handshake of which message 3 was answered: its pairwise key is installed.
pub(super) struct Established {
    pub(super) anonce: Nonce,
    /// KCK and KEK are for the messages to come. The temporal key was handed out when the handshake became
    /// established and is not handed out again: neither it nor what wiping leaves of it (CVE-2017-13077 on Android)
    /// can be installed twice.
    pub(super) ptk: Box<Ptk>,
}

/// Whose keys message 3 has its MIC from.
enum Keys {
    /// Those of the established handshake: the message is a repetition.
    Established,
    /// Those of the pending handshake.
    Pending,
    /// Of our SNonce and of an ANonce that came before the pending handshake's, or another PMK.
    Derived(Root, Box<Ptk>),
}

/// What message 3 delivers.
#[derive(Default)]
struct Contents {
    group_keys: GroupKeys,
    /// The identifier of the pairwise key.
    key_id: u8,
    /// Transition modes to be turned off.
    transition_disabled: Option<u8>,
    /// How long what is given for transitions is good for.
    limits: Limits,
}

impl Supplicant {
    /// Answers message 1 (12.7.6.2) with message 2 (12.7.6.3).
    ///
    /// Message 1 has no MIC. It may be forged, changed on the way, or come at any time; so:
    ///
    /// 1. Each of its fields must be what the standard fixes, or what message 3, which has a MIC, has to confirm
    ///    (protocol version, ANonce), or what message 2 repeats under a MIC (replay counter, secure bit). There is
    ///    nothing in it that could be changed on the way unnoticed.
    /// 2. It touches no key that is in use: the PTK derived from it is kept apart until message 3 proves it. A station
    ///    that is complete stays complete, and still answers a repeated message 3 of its handshake.
    /// 3. It does not change our SNonce once there is a handshake. So message 3 for an earlier message 1 can still be
    ///    checked: its own ANonce and our SNonce give the PTK. Messages 1 forged between the genuine one and message 3
    ///    therefore prevent nothing (He and Mitchell, "1 Message Attack on the 4-Way Handshake", 2004).
    /// 4. One SNonce for several ANonces gives several PTKs, and at most one of them is ever installed: the SNonce is
    ///    dropped when message 3 has been accepted. Freshness is in our hands, since it was drawn for this handshake.
    /// 5. The same ANonce again (a retransmission: message 2 was lost) gets the same SNonce and needs no new PTK.
    ///
    /// # Errors
    /// [`Refusal::Replay`], [`Refusal::KeyInfo`], [`Refusal::Field`] or [`Refusal::Pmkid`], as point 1 demands.
    pub(super) fn handle_message_1(
        &mut self,
        frame: Unverified<'_>,
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let frame = frame.claims();
        let root = self.check_message_1(frame)?;
        let pending = match self.pending.take() {
            Some(pending) => {
                self.repeats_of_message_1 = self.repeats_of_message_1.saturating_add(1);
                match pending.anonce == *frame.nonce && pending.root == root {
                    true => pending,
                    false => Pending::new(&self.agreement, root, frame, pending.snonce),
                }
            }
            None => Pending::new(&self.agreement, root, frame, nonce(rng)),
        };
        effects.push(Effect::Send(pending.message_2(&self.agreement, frame)));
        self.pending = Some(pending);
        Ok(())
    }

    /// The PMK that the message names.
    fn check_message_1(&self, frame: &KeyFrame<'_>) -> Result<Root, Refusal> {
        let message = MessageName::FourWay1;
        if let Some(last) = self.last_counter
            && frame.replay_counter <= last
        {
            return Err(Refusal::Replay {
                message,
                counter: frame.replay_counter,
                last,
            });
        }
        // The secure bit may be set once the first handshake is over (12.7.2, Secure bit). Message 2 repeats it, and
        // thereby tells the authenticator what arrived.
        let expected = self.agreement.info().with_pairwise(true).with_ack(true);
        let rekey = expected.with_secure(!self.agreement.is_wpa());
        if frame.info != expected && !(self.is_complete() && frame.info == rekey) {
            return Err(Refusal::KeyInfo {
                message,
                found: frame.info,
                expected,
            });
        }
        let fixed = [
            ("key length", frame.key_length == self.agreement.key_length()),
            ("IV", is_zero(frame.iv)),
            ("RSC", is_zero(frame.rsc)),
            ("reserved field", is_zero(frame.reserved)),
            ("MIC", is_zero(frame.mic)),
        ];
        if let Some((field, _)) = fixed.into_iter().find(|&(_, as_fixed)| !as_fixed) {
            return Err(Refusal::Field { message, field });
        }
        // Changed between two copies of one message: at least one of them is not genuine, and the first was answered.
        if let Some(pending) = &self.pending
            && pending.anonce == *frame.nonce
            && pending.protocol_version != frame.protocol_version
        {
            return Err(Refusal::Field {
                message,
                field: "protocol version",
            });
        }
        self.check_pmkid(frame.key_data)
    }

    /// Key data, if there is any, must name our PMK, or the one before it. Without any, the newest is meant.
    ///
    /// With a pre-shared key there is only one PMK, so its name decides nothing, and access points are in use that put
    /// something else there (Wireshark's sample `wpa-Induction.pcap` shows one). It is only parsed. So it is with fast
    /// transition if the authentication gave no name: what is named is not the key that the hierarchy comes from, and
    /// messages 2 and 3 name PMK-R1 under their MIC. A PMK that was only offered has to be named.
    fn check_pmkid(&self, key_data: &[u8]) -> Result<Root, Refusal> {
        let may_be_unnamed = self.is_complete() || !self.must_be_named;
        if key_data.is_empty() && may_be_unnamed {
            return Ok(Root::Newest);
        }
        let mut named = None;
        for item in kde::key_data(key_data) {
            if let KeyDataItem::Kde(Kde::Pmkid(pmkid)) = item? {
                named.get_or_insert(*pmkid);
            }
        }
        let is_meant = |root: &Root| match self.agreement.name(*root) {
            _ if self.agreement.suite().credential == Credential::Psk => true,
            None if self.agreement.r1_name().is_some() => true,
            name => named.is_some() && named == name,
        };
        self.agreement.roots().find(is_meant).ok_or(Refusal::Pmkid)
    }

    /// Answers message 3 (12.7.6.4) with message 4 (12.7.6.5), then installs the keys that are new.
    ///
    /// A repeated message 3 (message 4 was lost) goes the same way: its MIC is from the keys in use, its counter is a
    /// new one, it is answered; but there is no temporal key left to install, and its group keys are installed already
    /// (R29; KRACK, CVE-2017-13077 and following).
    ///
    /// # Errors
    /// Any [`Refusal`] but those of message 1. Nothing is installed, sent or remembered then.
    ///
    /// With extended key IDs the new key is there to receive before message 4 is out, which has the access point send
    /// under it.
    pub(super) fn handle_message_3(&mut self, frame: Unverified<'_>, effects: &mut Effects) -> Result<(), Refusal> {
        let (frame, keys) = self.authenticate_message_3(frame)?;
        let ptk = self.ptk(&keys).ok_or(Refusal::Unexpected {
            message: MessageName::FourWay3,
        })?;
        let frame = frame.after(self.last_counter)?;
        let contents = self.read_message_3(&frame, &keys, ptk)?;
        let message_4 = self.message_4(frame.frame(), ptk);

        // Nothing is refused from here on.
        self.last_counter = Some(frame.frame().replay_counter);
        let is_new = self.establish(keys, &contents, frame.frame().nonce, message_4, effects);
        self.group_keys
            .install(contents.group_keys, &self.agreement.association, effects);
        self.agreement.limit(contents.limits);
        if let (true, Some(modes)) = (is_new, contents.transition_disabled) {
            effects.push(Effect::TransitionDisabled(modes));
        }
        if is_new && self.agreement.is_wpa() && self.group_keys.is_empty() {
            self.lacks_group_key = true;
        } else if is_new {
            effects.push(Effect::Completed);
        }
        Ok(())
    }

    /// Finds the keys that prove message 3 genuine.
    fn authenticate_message_3<'a>(&self, frame: Unverified<'a>) -> Result<(Authentic<'a>, Keys), Refusal> {
        let anonce = frame.claims().nonce;
        // The nonce alone does not tell: anybody can send a message 1 with the ANonce of the established handshake.
        if let Some(established) = &self.established
            && established.anonce == *anonce
            && let Ok(frame) = frame.authenticate(&established.ptk)
        {
            return Ok((frame, Keys::Established));
        }
        let pending = self.pending.as_ref().ok_or(Refusal::Unexpected {
            message: frame.message(),
        })?;
        let proved = match pending.anonce == *anonce {
            true => Some(frame.authenticate(&pending.ptk)),
            false => None,
        };
        if let Some(Ok(frame)) = proved {
            return Ok((frame, Keys::Pending));
        }
        // The name in message 1 proves no more than its nonce does.
        for root in self.agreement.roots() {
            if proved.is_some() && root == pending.root {
                continue;
            }
            let ptk = self.agreement.derive_from(root, anonce, &pending.snonce);
            if let Ok(frame) = frame.authenticate(&ptk) {
                return Ok((frame, Keys::Derived(root, ptk)));
            }
        }
        Err(proved.and_then(Result::err).unwrap_or(Refusal::Nonce))
    }

    fn ptk<'s>(&'s self, keys: &'s Keys) -> Option<&'s Ptk> {
        match keys {
            Keys::Established => self.established.as_ref().map(|established| &*established.ptk),
            Keys::Pending => self.pending.as_ref().map(|pending| &*pending.ptk),
            Keys::Derived(_, ptk) => Some(ptk),
        }
    }

    /// Checks what message 3 must be, and takes out of it what it delivers.
    fn read_message_3(&self, frame: &Verified<'_>, keys: &Keys, ptk: &Ptk) -> Result<Contents, Refusal> {
        let message = MessageName::FourWay3;
        let association = &self.agreement.association;
        let key_data = match self.agreement.is_wpa() {
            true => frame.in_the_clear(),
            false => frame.decrypt(ptk)?,
        };
        let frame = frame.frame();

        let expected = self.agreement.info_3();
        if frame.info != expected {
            return Err(Refusal::KeyInfo {
                message,
                found: frame.info,
                expected,
            });
        }
        if frame.key_length != self.agreement.key_length() {
            return Err(Refusal::Field {
                message,
                field: "key length",
            });
        }
        if let (Keys::Pending, Some(pending)) = (keys, &self.pending)
            && pending.protocol_version != frame.protocol_version
        {
            return Err(Refusal::Field {
                message,
                field: "protocol version",
            });
        }
        let repeated = Repeated::read(key_data.items())?;
        repeated.compare(association.access_point_elements(), &self.agreement)?;
        if self.agreement.is_wpa() {
            return Ok(Contents::default());
        }
        repeated
            .assigned
            .map_or(Ok(()), |rsne| check_assigned_cipher(rsne, association))?;

        let mut group_keys = GroupKeys::default();
        for item in key_data.items() {
            group_keys.take(item?, frame.rsc, association)?;
        }
        group_keys.require_gtk(association)?;
        group_keys.require_igtk(association)?;
        Ok(Contents {
            group_keys,
            key_id: match (association.extended_key_id(), repeated.key_id) {
                (false, _) => 0,
                (true, Some(key_id @ 0..=1)) => key_id,
                (true, _) => return Err(Refusal::PairwiseKeyId),
            },
            transition_disabled: repeated.transition_disabled,
            limits: repeated.limits,
        })
    }

    /// Makes a proved handshake the one in use, and confirms it. True if it was not in use yet: then, and only then, its
    /// temporal key is handed out.
    fn establish(
        &mut self,
        keys: Keys,
        contents: &Contents,
        anonce: &Nonce,
        message_4: Pdu,
        effects: &mut Effects,
    ) -> bool {
        let proved = match keys {
            // A rekey that has begun meanwhile goes on.
            Keys::Established => None,
            Keys::Pending => self.pending.take().map(|pending| (pending.root, pending.ptk)),
            Keys::Derived(root, ptk) => Some((root, ptk)),
        };
        let Some((root, ptk)) = proved else {
            effects.push(Effect::Send(message_4));
            return false;
        };
        let association = &self.agreement.association;
        let key_id = contents.key_id;
        let install = |usage| Effect::InstallPairwise {
            cipher: association.pairwise(),
            key_id,
            usage,
            key: Box::new(ptk.temporal_key()),
        };
        // A key in the place of the one in use can't be beside it.
        let replaces = self.established.is_some() && self.key_id == key_id;
        if association.extended_key_id() && !replaces {
            effects.push(install(KeyUsage::Receive));
            effects.push(Effect::Send(message_4));
            effects.push(install(KeyUsage::Send));
        } else {
            effects.push(Effect::Send(message_4));
            effects.push(install(KeyUsage::Both));
        }
        self.agreement.prove(root);
        self.pending = None;
        self.repeats_of_message_1 = 0;
        self.key_id = key_id;
        self.established = Some(Established { anonce: *anonce, ptk });
        true
    }

    fn message_4(&self, request: &KeyFrame<'_>, ptk: &Ptk) -> Pdu {
        Message {
            info: self.agreement.info_4(),
            ..self.agreement.answer(request)
        }
        .sealed(ptk)
    }
}

impl Pending {
    fn new(agreement: &Agreement, root: Root, frame: &KeyFrame<'_>, snonce: Nonce) -> Box<Self> {
        Box::new(Self {
            snonce,
            anonce: *frame.nonce,
            protocol_version: frame.protocol_version,
            root,
            ptk: agreement.derive_from(root, frame.nonce, &snonce),
        })
    }

    /// The answer to `request`: our nonce, and the elements of our association request.
    fn message_2(&self, agreement: &Agreement, request: &KeyFrame<'_>) -> Pdu {
        Message {
            info: agreement
                .info()
                .with_pairwise(true)
                .with_mic(true)
                .with_secure(request.info.secure()),
            nonce: &self.snonce,
            key_data: &elements::to_repeat(agreement.association.station_elements(), agreement),
            ..agreement.answer(request)
        }
        .sealed(&self.ptk)
    }
}

/// A second RSNE assigns a pairwise cipher (12.7.6.4). We take the one that was negotiated or none.
fn check_assigned_cipher(rsne: Element<'_>, association: &Association) -> Result<(), Refusal> {
    let assigned = Rsne::parse(rsne.body)?.pairwise_or_default();
    match assigned.len() == 1 && assigned.contains(association.pairwise()) {
        true => Ok(()),
        false => Err(Refusal::ElementMismatch(NegotiatedElement::SecondRsne)),
    }
}

fn is_zero(field: &[u8]) -> bool {
    field.iter().all(|&octet| octet == 0)
}
