//! The authenticator: the access point's side of the handshakes, one for each station.
//!
//! It has the timers: it repeats what it gets no answer to, and gives up when the standard says so.

mod exchange;
mod fourway;
mod group;
mod retry;

use alloc::boxed::Box;
use core::time::Duration;

use frame::eapol_key::{KeyInfo, MessageName};
use keys::{Pmk, Ptk};
use rand_core::CryptoRng;

use crate::agreement::Agreement;
use crate::association::{Association, AssociationError};
use crate::effect::{Effect, Effects};
use crate::ft::Hierarchy;
use crate::group_keys::GroupKeys;
use crate::refusal::Refusal;
use crate::verified::Unverified;
use exchange::{Awaiting, Exchange};

pub use retry::RetryPolicy;

/// The access point's side of all handshakes of one association.
///
/// Time is a [`Duration`] since whatever moment the caller likes, the same for all calls. Secrets are wiped when it is
/// dropped.
pub struct Authenticator {
    agreement: Agreement,
    group_keys: Box<GroupKeys>,
    retry: RetryPolicy,
    /// The replay counter of the last message sent.
    counter: u64,
    /// The replay counter of the last request of the station, a sequence of its own.
    last_request: Option<u64>,
    /// The message that waits for its answer.
    exchange: Option<Exchange>,
    /// The keys of the last completed handshake.
    established: Option<Box<Ptk>>,
    /// The identifier of its temporal key.
    key_id: u8,
    /// The group keys changed after message 3 had delivered the old ones.
    group_rekey_due: bool,
    /// WPA: the first 4-way handshake is over, and the group key handshake that completes it is not.
    lacks_group_key: bool,
    /// What message 3 tells the station to turn off.
    transition_disabled: Option<u8>,
}

impl Authenticator {
    /// An authenticator that has not begun. `pmk` is the PSK, or what the authentication left; `group_keys` are what
    /// message 3 will deliver.
    ///
    /// # Errors
    /// [`AssociationError::PmkLength`] if `pmk` is not a PMK of the association's AKM.
    pub fn new(
        association: Association,
        pmk: Pmk,
        group_keys: &GroupKeys,
        retry: RetryPolicy,
    ) -> Result<Self, AssociationError> {
        Ok(Self::idle(Agreement::new(association, pmk)?, group_keys, retry))
    }

    fn idle(agreement: Agreement, group_keys: &GroupKeys, retry: RetryPolicy) -> Self {
        Self {
            agreement,
            group_keys: Box::new(group_keys.duplicate()),
            retry,
            counter: 0,
            last_request: None,
            exchange: None,
            established: None,
            key_id: 0,
            group_rekey_due: false,
            lacks_group_key: false,
            transition_disabled: None,
        }
    }

    /// The authenticator of an association that a fast transition has led to, with the keys that are in use from the
    /// start.
    pub(crate) fn after_transition(
        agreement: Agreement,
        ptk: Box<Ptk>,
        group_keys: &GroupKeys,
        retry: RetryPolicy,
    ) -> Self {
        Self {
            established: Some(ptk),
            ..Self::idle(agreement, group_keys, retry)
        }
    }

    /// Has message 3 tell the station which transition modes it shall not use any more: a bit each, as the Wi-Fi
    /// Alliance's WPA3 specification numbers them (0 WPA3-Personal, 1 SAE-PK, 2 WPA3-Enterprise, 3 Enhanced Open).
    #[must_use]
    pub const fn with_transition_disabled(mut self, modes: u8) -> Self {
        self.transition_disabled = Some(modes);
        self
    }

    /// The key of the mobility domain, for its [`KeyHolder`](crate::ft::KeyHolder), if this is the first association
    /// in one and its handshake is complete.
    #[must_use]
    pub fn hierarchy(&self) -> Option<&Hierarchy> {
        self.agreement.hierarchy().filter(|_| self.is_complete())
    }

    /// Says how the PMK is named, for AKMs whose authentication names it (SAE, OWE): message 1 carries it.
    #[must_use]
    pub fn with_pmkid(mut self, pmkid: [u8; 16]) -> Self {
        self.agreement.set_pmkid(pmkid);
        self
    }

    /// The name of the PMK, for whoever keeps it. `None` where nothing names it: with fast transition, and with Suite B
    /// before a handshake is complete.
    #[must_use]
    pub fn pmkid(&self) -> Option<[u8; 16]> {
        let association = &self.agreement.association;
        let (aa, spa) = (association.authenticator(), association.supplicant());
        self.agreement.pmkid().or_else(|| {
            let kck = self.established.as_ref()?.kck();
            keys::derive::pmkid_suite_b(self.agreement.suite(), kck, aa, spa)
        })
    }

    /// Takes the PMK that another authentication in the same association has left; [`start`](Self::start) puts it to
    /// use. A handshake that is going on ends here.
    ///
    /// # Errors
    /// As [`new`](Self::new); then nothing changes.
    pub fn set_pmk(&mut self, pmk: Pmk) -> Result<(), AssociationError> {
        self.agreement.set_pmk(pmk)?;
        self.exchange = None;
        Ok(())
    }

    /// Begins a 4-way handshake: the first one, or one that changes the pairwise key. `rng` is asked for 32 octets.
    ///
    /// A handshake that is going on is begun anew.
    pub fn start(&mut self, now: Duration, rng: &mut dyn CryptoRng, effects: &mut Effects) {
        self.begin_four_way(now, rng, effects);
    }

    /// Changes the pairwise key, unless a 4-way handshake is going on, which does so anyway.
    pub fn rekey_pairwise(&mut self, now: Duration, rng: &mut dyn CryptoRng, effects: &mut Effects) {
        let is_going_on = self.exchange.as_ref().is_some_and(|exchange| !exchange.is_group());
        if !is_going_on {
            self.begin_four_way(now, rng, effects);
        }
    }

    /// Delivers new group keys: at once, or with the 4-way handshake that is going on, or right after it.
    pub fn rekey_group(
        &mut self,
        now: Duration,
        group_keys: &GroupKeys,
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) {
        *self.group_keys = group_keys.duplicate();
        match self.exchange.as_ref().map(Exchange::awaiting) {
            // Message 3 will deliver the new keys.
            Some(Awaiting::Message2 { .. }) => {}
            Some(Awaiting::Message4 { .. }) => self.group_rekey_due = true,
            Some(Awaiting::GroupMessage2 { .. }) | None => self.begin_group(now, rng, effects),
        }
    }

    /// Takes a received EAPOL PDU, with or without Ethernet padding behind it. `rng` is asked for octets only if a
    /// handshake begins, or if key data is encrypted with RC4.
    ///
    /// # Errors
    /// The packet is refused: the state is exactly as before, and no effect was pushed. [`Refusal::reason`] tells
    /// whether more than discarding it is called for. [`Refusal::Mic`] of message 2 shows that the station has another
    /// secret, or that someone else sent the message.
    pub fn handle_eapol(
        &mut self,
        now: Duration,
        pdu: &[u8],
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<MessageName, Refusal> {
        let frame = Unverified::parse(pdu, self.agreement.suite(), self.agreement.descriptor())?;
        let message = frame.message();
        match message {
            MessageName::FourWay2 => self.handle_message_2(now, frame, rng, effects)?,
            MessageName::FourWay4 => self.handle_message_4(now, frame, rng, effects)?,
            MessageName::Group2 => self.handle_group_message_2(frame, effects)?,
            MessageName::Request | MessageName::Error => self.handle_request(now, frame, rng, effects)?,
            MessageName::FourWay1 | MessageName::FourWay3 | MessageName::Group1 => {
                return Err(Refusal::Unexpected { message });
            }
        }
        Ok(message)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless an answer comes before; `None` if nothing
    /// is being waited for.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        self.exchange.as_ref().map(Exchange::deadline)
    }

    /// Repeats the message that was not answered, or gives up with [`Effect::Failed`]. Does nothing before the time.
    pub fn handle_timeout(&mut self, now: Duration, effects: &mut Effects) {
        let Some(exchange) = &mut self.exchange else { return };
        if now < exchange.deadline() {
            return;
        }
        if exchange.may_repeat(&self.retry) {
            exchange.transmit(
                now,
                &self.agreement,
                &self.retry,
                &mut self.counter,
                self.established.as_deref(),
                effects,
            );
        } else {
            effects.push(Effect::Failed(exchange.failure()));
            self.exchange = None;
        }
    }

    /// The message that is being waited for, or `None`.
    #[must_use]
    pub fn waiting_for(&self) -> Option<MessageName> {
        self.exchange.as_ref().map(Exchange::answer)
    }

    /// Whether a 4-way handshake has completed, with WPA also the group key handshake that it needs; also while the
    /// keys are being changed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.established.is_some() && !self.lacks_group_key
    }

    /// What was negotiated.
    #[must_use]
    pub const fn association(&self) -> &Association {
        &self.agreement.association
    }

    /// Acts on a request (12.7.2, Request bit): it has a MIC under the keys in use, and a counter of its own.
    fn handle_request(
        &mut self,
        now: Duration,
        frame: Unverified<'_>,
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let message = frame.message();
        let ptk = self.established.as_deref().ok_or(Refusal::Unexpected { message })?;
        let frame = frame.authenticate(ptk)?.after(self.last_request)?;
        let frame = frame.frame();
        let info = frame.info;
        let plain = self
            .agreement
            .info()
            .with_mic(true)
            .with_secure(true)
            .with_request(true);
        check_info(
            message,
            info,
            plain.with_pairwise(info.is_pairwise()).with_error(info.error()),
        )?;

        self.last_request = Some(frame.replay_counter);
        match (info.error(), info.is_pairwise()) {
            (true, pairwise) => effects.push(Effect::MicFailureReported { pairwise }),
            (false, true) => self.rekey_pairwise(now, rng, effects),
            (false, false) => effects.push(Effect::GroupRekeyRequested),
        }
        Ok(())
    }
}

fn check_info(message: MessageName, found: KeyInfo, expected: KeyInfo) -> Result<(), Refusal> {
    match found == expected {
        true => Ok(()),
        false => Err(Refusal::KeyInfo {
            message,
            found,
            expected,
        }),
    }
}
