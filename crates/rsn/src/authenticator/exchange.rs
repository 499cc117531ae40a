//! One message of the authenticator and the answer that it waits for.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::time::Duration;

use frame::Emit;
use frame::eapol_key::{KeyInfo, MessageName};
use frame::kde::Kde;
use keys::group::GroupKey;
use keys::suites::Credential;
use keys::{Ptk, wrap};
use rand_core::CryptoRng;

use super::RetryPolicy;
use crate::agreement::{Agreement, Nonce};
use crate::association::Group;
use crate::effect::{Effect, Effects, Failure, Pdu};
use crate::group_keys::GroupKeys;
use crate::message::Message;

/// Octets of a PMKID KDE: header, OUI, data type, PMKID.
const PMKID_KDE_LEN: usize = 2 + 3 + 1 + 16;

/// A message that was sent, as often as was needed, under a new replay counter each time.
pub(super) struct Exchange {
    awaiting: Awaiting,
    /// The replay counters of its transmissions; an answer to any of them will do, as it may have crossed with a
    /// repetition. Counters follow one another: nothing else is sent meanwhile.
    counters: RangeInclusive<u64>,
    transmissions: u32,
    deadline: Duration,
}

/// The answer, and what is needed to repeat the message and to judge the answer.
pub(super) enum Awaiting {
    /// Message 1 was sent.
    Message2 {
        anonce: Nonce,
        /// Whether the station had keys already; message 2 has to say the same.
        secure: bool,
    },
    /// Message 3 was sent.
    Message4 {
        anonce: Nonce,
        ptk: Box<Ptk>,
        delivery: Delivery,
    },
    /// Group message 1 was sent.
    GroupMessage2 { delivery: Delivery },
}

/// Keys on their way: the fields of message 3 and of group message 1 that carry them.
pub(super) struct Delivery {
    key_data: Vec<u8>,
    iv: [u8; 16],
    rsc: [u8; 8],
    /// The identifier of the group key, which WPA has in the key information.
    key_id: u8,
}

impl Delivery {
    /// Encrypts `keys`, and before them `elements`, for the holder of `ptk`.
    pub(super) fn new(
        agreement: &Agreement,
        ptk: &Ptk,
        keys: &GroupKeys,
        elements: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let plain = keys.key_data(elements, !agreement.needs_iv());
        Self::wrapped(agreement, ptk, &plain, keys, rng)
    }

    /// As [`new`](Self::new), for WPA's group message 1: the group key is alone in the key data.
    pub(super) fn bare(agreement: &Agreement, ptk: &Ptk, keys: &GroupKeys, rng: &mut dyn CryptoRng) -> Self {
        let plain = keys.bare_key_data(!agreement.needs_iv());
        Self::wrapped(agreement, ptk, &plain, keys, rng)
    }

    /// No keys, for WPA's message 3.
    pub(super) fn in_the_clear(elements: &[u8]) -> Self {
        Self {
            key_data: elements.to_vec(),
            iv: [0; 16],
            rsc: [0; 8],
            key_id: 0,
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "KEK, padding and buffer are made for the suite of the association"
    )]
    fn wrapped(agreement: &Agreement, ptk: &Ptk, plain: &[u8], keys: &GroupKeys, rng: &mut dyn CryptoRng) -> Self {
        let mut iv = [0; 16];
        if agreement.needs_iv() {
            rng.fill_bytes(&mut iv);
        }
        let suite = agreement.suite();
        let mut key_data = vec![0; plain.len() + suite.wrap.overhead()];
        wrap::wrap_key_data(suite.wrap, ptk.kek(), &iv, plain, &mut key_data).expect("the suite wraps its own keys");
        Self {
            key_data,
            iv,
            rsc: keys.rsc(),
            key_id: keys.gtk.as_ref().map_or(0, GroupKey::key_id),
        }
    }

    /// What the key information of both group messages has in common (12.7.7).
    pub(super) fn group_info(&self, agreement: &Agreement) -> KeyInfo {
        let key_index = if agreement.is_wpa() { self.key_id } else { 0 };
        agreement
            .info()
            .with_mic(true)
            .with_secure(true)
            .with_wpa_key_index(key_index)
    }

    /// The message with these fields.
    fn message(&self, agreement: &Agreement) -> Message<'_> {
        Message {
            iv: &self.iv,
            rsc: &self.rsc,
            key_data: &self.key_data,
            ..agreement.message()
        }
    }
}

impl Exchange {
    /// An exchange of which nothing was sent yet; the first message takes the counter after `counter`.
    pub(super) const fn new(awaiting: Awaiting, counter: u64) -> Self {
        let first = counter.saturating_add(1);
        Self {
            awaiting,
            counters: first..=first,
            transmissions: 0,
            deadline: Duration::ZERO,
        }
    }

    pub(super) const fn awaiting(&self) -> &Awaiting {
        &self.awaiting
    }

    pub(super) fn into_awaiting(self) -> Awaiting {
        self.awaiting
    }

    pub(super) const fn is_group(&self) -> bool {
        matches!(self.awaiting, Awaiting::GroupMessage2 { .. })
    }

    pub(super) const fn counters(&self) -> &RangeInclusive<u64> {
        &self.counters
    }

    pub(super) const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The name of the answer.
    pub(super) const fn answer(&self) -> MessageName {
        match self.awaiting {
            Awaiting::Message2 { .. } => MessageName::FourWay2,
            Awaiting::Message4 { .. } => MessageName::FourWay4,
            Awaiting::GroupMessage2 { .. } => MessageName::Group2,
        }
    }

    /// What it means when the answer never comes.
    pub(super) const fn failure(&self) -> Failure {
        let message = match self.awaiting {
            Awaiting::Message2 { .. } => MessageName::FourWay1,
            Awaiting::Message4 { .. } => MessageName::FourWay3,
            Awaiting::GroupMessage2 { .. } => MessageName::Group1,
        };
        Failure::Timeout { message }
    }

    pub(super) const fn may_repeat(&self, retry: &RetryPolicy) -> bool {
        self.transmissions < retry.transmissions
    }

    /// Sends the message, for the first time or again. `counter` is that of the last message sent; `established` are
    /// the keys that protect a group message.
    pub(super) fn transmit(
        &mut self,
        now: Duration,
        agreement: &Agreement,
        retry: &RetryPolicy,
        counter: &mut u64,
        established: Option<&Ptk>,
        effects: &mut Effects,
    ) {
        *counter = counter.saturating_add(1);
        let pdu = match (&self.awaiting, established) {
            (Awaiting::Message2 { anonce, secure }, _) => message_1(agreement, *counter, anonce, *secure),
            (Awaiting::Message4 { anonce, ptk, delivery }, _) => message_3(agreement, *counter, anonce, ptk, delivery),
            (Awaiting::GroupMessage2 { delivery }, Some(ptk)) => group_message_1(agreement, *counter, ptk, delivery),
            // No group handshake begins before there are keys.
            (Awaiting::GroupMessage2 { .. }, None) => return,
        };
        effects.push(Effect::Send(pdu));
        self.counters = *self.counters.start()..=*counter;
        self.transmissions += 1;
        self.deadline = now.saturating_add(retry.wait(self.transmissions));
    }
}

/// Message 1 (12.7.6.2): our nonce, and where more than one PMK is possible, the name of the one to be used.
fn message_1(agreement: &Agreement, counter: u64, anonce: &Nonce, secure: bool) -> Pdu {
    let suite = agreement.suite();
    let is_named = suite.credential != Credential::Psk && !agreement.is_wpa();
    let pmkid = if is_named { agreement.pmkid() } else { None };
    let mut room = [0; PMKID_KDE_LEN];
    let key_data = match pmkid.map(|pmkid| Kde::Pmkid(&pmkid).emit(&mut room)) {
        Some(Ok(_)) => room.as_slice(),
        _ => &[],
    };
    Message {
        info: agreement.info().with_pairwise(true).with_ack(true).with_secure(secure),
        key_length: agreement.key_length(),
        replay_counter: counter,
        nonce: anonce,
        key_data,
        ..agreement.message()
    }
    .open(suite.mic_len)
}

/// Message 3 (12.7.6.4): our elements again, this time with a MIC, and the group keys.
fn message_3(agreement: &Agreement, counter: u64, anonce: &Nonce, ptk: &Ptk, delivery: &Delivery) -> Pdu {
    Message {
        info: agreement.info_3(),
        key_length: agreement.key_length(),
        replay_counter: counter,
        nonce: anonce,
        ..delivery.message(agreement)
    }
    .sealed(ptk)
}

/// Group message 1 (12.7.7.2).
fn group_message_1(agreement: &Agreement, counter: u64, ptk: &Ptk, delivery: &Delivery) -> Pdu {
    Message {
        info: delivery
            .group_info(agreement)
            .with_ack(true)
            .with_encrypted_key_data(!agreement.is_wpa()),
        key_length: group_key_length(agreement),
        replay_counter: counter,
        ..delivery.message(agreement)
    }
    .sealed(ptk)
}

/// The Key Length field of group message 1: octets of the group key in WPA, otherwise nothing.
fn group_key_length(agreement: &Agreement) -> u16 {
    match agreement.association.group_suite() {
        // The longest key of the table has 32 octets.
        Group::Cipher(suite) if agreement.is_wpa() => u16::try_from(suite.tk_len).unwrap_or_default(),
        _ => 0,
    }
}
