//! One message of the authenticator and the answer that it waits for.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::time::Duration;

use frame::Emit;
use frame::eapol_key::MessageName;
use frame::kde::Kde;
use keys::suites::{Credential, PmkidSource};
use keys::{Ptk, wrap};
use rand_core::CryptoRng;

use super::RetryPolicy;
use crate::agreement::{Agreement, Nonce};
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
}

impl Delivery {
    /// Encrypts `keys`, and before them `elements`, for the holder of `ptk`.
    #[expect(
        clippy::expect_used,
        reason = "KEK, padding and buffer are made for the suite of the association"
    )]
    pub(super) fn new(
        agreement: &Agreement,
        ptk: &Ptk,
        keys: &GroupKeys,
        elements: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let mut iv = [0; 16];
        if agreement.needs_iv() {
            rng.fill_bytes(&mut iv);
        }
        let suite = agreement.suite();
        let plain = keys.key_data(elements, !agreement.needs_iv());
        let mut key_data = vec![0; plain.len() + suite.wrap.overhead()];
        wrap::wrap_key_data(suite.wrap, ptk.kek(), &iv, &plain, &mut key_data).expect("the suite wraps its own keys");
        Self {
            key_data,
            iv,
            rsc: keys.rsc(),
        }
    }

    /// The message with these fields.
    fn message(&self) -> Message<'_> {
        Message {
            iv: &self.iv,
            rsc: &self.rsc,
            key_data: &self.key_data,
            ..Message::EMPTY
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
    let is_named = suite.credential != Credential::Psk && suite.pmkid != PmkidSource::Kck;
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
        ..Message::EMPTY
    }
    .open(suite.mic_len)
}

/// Message 3 (12.7.6.4): our elements again, this time with a MIC, and the group keys.
fn message_3(agreement: &Agreement, counter: u64, anonce: &Nonce, ptk: &Ptk, delivery: &Delivery) -> Pdu {
    Message {
        info: agreement
            .info()
            .with_pairwise(true)
            .with_install(true)
            .with_ack(true)
            .with_mic(true)
            .with_secure(true)
            .with_encrypted_key_data(true),
        key_length: agreement.key_length(),
        replay_counter: counter,
        nonce: anonce,
        ..delivery.message()
    }
    .sealed(ptk)
}

/// Group message 1 (12.7.7.2).
fn group_message_1(agreement: &Agreement, counter: u64, ptk: &Ptk, delivery: &Delivery) -> Pdu {
    Message {
        info: agreement
            .info()
            .with_ack(true)
            .with_mic(true)
            .with_secure(true)
            .with_encrypted_key_data(true),
        replay_counter: counter,
        ..delivery.message()
    }
    .sealed(ptk)
}
