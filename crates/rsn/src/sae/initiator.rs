//! The side that begins: a station.
//!
//! No frame of the peer's but a confirm that verifies says anything for certain: anybody can send the others in its
//! name. So a refusal, or a confirm that does not verify, ends nothing. It is kept, and if the peer says nothing better
//! in its time, it is what the exchange has come to (IEEE 802.11-2020, 12.4.8.6).

use super::exchange::Exchange;
use super::{Discarded, Effect, Failure, Frame, Parties, Password, SYNC};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use frame::StatusCode;
use frame::sae::{self, Commit, Method, TokenRequest};
use keys::curve::Curve;
use rand_core::CryptoRng;

/// How long an answer may take, and how often a frame is sent. An access point that works out the element of a long
/// password on a slow processor takes a good part of a second.
const PATIENCE: Duration = Duration::from_secs(1);
const TRANSMISSIONS: u32 = 4;

/// How often a token is repeated: an access point that never has enough is given up.
const TOKENS: u32 = 4;

/// One authentication with one peer.
pub struct Initiator {
    parties: Parties,
    method: Method,
    /// The groups that are accepted, the best first.
    groups: Vec<Curve>,
    /// How many of them were offered.
    offered: usize,
    rejected: Vec<[u8; 2]>,
    exchange: Option<Exchange>,
    stage: Stage,
    /// What the peer wants to hear again in our commit.
    token: Option<Vec<u8>>,
    /// What the exchange comes to if the peer says nothing better.
    suspicion: Option<Failure>,
    transmissions: u32,
    tokens: u32,
    /// How often something was said out of turn (Sync).
    answers: u32,
    /// The exchange was begun a second time.
    anew: bool,
    deadline: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Committed,
    Confirmed,
    /// The peer has proved itself by the confirm of this number, and may not have heard ours.
    Accepted(u16),
    Failed,
}

impl Initiator {
    /// Begins: sends a commit in the first of `groups`, which are in the order of preference.
    pub fn begin(
        parties: Parties,
        method: Method,
        groups: &[Curve],
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let mut initiator = Self {
            parties,
            method,
            groups: groups.to_vec(),
            offered: 0,
            rejected: Vec::new(),
            exchange: None,
            stage: Stage::Committed,
            token: None,
            suspicion: None,
            transmissions: 0,
            tokens: 0,
            answers: 0,
            anew: false,
            deadline: None,
        };
        if !parties.allow(method) {
            initiator.fail(Failure::NoCommonMethod, effects);
        } else if !initiator.commit(password, now, rng, effects) {
            initiator.fail(Failure::NoCommonGroup, effects);
        }
        initiator
    }

    /// Takes an authentication frame of the peer's.
    ///
    /// # Errors
    /// The frame was not acted upon, and the exchange goes on.
    pub fn handle(
        &mut self,
        frame: &Frame,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        match (self.stage, frame.transaction) {
            (Stage::Committed, sae::COMMIT) => self.handle_commit(frame, password, now, rng, effects),
            (Stage::Committed, sae::CONFIRM) => self.handle_early_confirm(frame, now, effects),
            (Stage::Confirmed, sae::COMMIT) => self.handle_repeated_commit(frame, now, effects),
            (Stage::Confirmed, sae::CONFIRM) => self.handle_confirm(frame, password, now, rng, effects),
            (Stage::Accepted(taken), sae::CONFIRM) => self.handle_late_confirm(frame, taken, effects),
            _ => Err(Discarded::Unexpected),
        }
    }

    /// When [`Self::handle_timeout`] wants to be called.
    #[must_use]
    pub const fn next_timeout(&self) -> Option<Duration> {
        self.deadline
    }

    /// The time has come: what was not answered is sent again, or the peer is given up.
    pub fn handle_timeout(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        if self.transmissions >= TRANSMISSIONS {
            return self.fail(self.suspicion.unwrap_or(Failure::Silent), effects);
        }
        let Some(exchange) = &mut self.exchange else { return };
        let again = match self.stage {
            // Each confirm has a number of its own.
            Stage::Confirmed => exchange.confirm(),
            _ => Some(exchange.commit(self.token.as_deref())),
        };
        if let Some(frame) = again {
            self.transmissions += 1;
            self.deadline = Some(now + PATIENCE);
            effects.push(Effect::Send(frame));
        }
    }

    /// Sends a commit in the next group that is left, if one is.
    fn commit(
        &mut self,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let next = self.groups.get(self.offered).copied();
        let begins = next.is_some_and(|curve| self.commit_in(curve, password, now, rng, effects));
        if begins {
            self.offered += 1;
        }
        begins
    }

    /// Begins an exchange in this group, in the place of the one that there is. False if there can be none.
    fn commit_in(
        &mut self,
        curve: Curve,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(exchange) = self.exchange_in(curve, password, rng) else {
            return false;
        };
        self.token = None;
        let commit = exchange.commit(None);
        self.exchange = Some(exchange);
        self.send(commit, now, effects);
        true
    }

    fn exchange_in(&self, curve: Curve, password: &mut Password, rng: &mut dyn CryptoRng) -> Option<Exchange> {
        let rejected = match self.method {
            Method::HashToElement => &self.rejected[..],
            Method::HuntingAndPecking => &[],
        };
        Exchange::new(self.parties, curve, self.method, rejected, password, rng)
    }

    fn handle_commit(
        &mut self,
        frame: &Frame,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        let exchange = self.exchange.as_mut().ok_or(Discarded::Unexpected)?;
        match frame.status {
            StatusCode::ANTI_CLOGGING_TOKEN_REQUIRED => {
                let request = TokenRequest::parse(&frame.body, exchange.method())?;
                if request.group != exchange.group() {
                    return Err(Discarded::Mismatch);
                }
                if self.tokens >= TOKENS {
                    return Err(Discarded::Repeated);
                }
                self.tokens += 1;
                let commit = exchange.commit(Some(request.token));
                self.token = Some(request.token.to_vec());
                self.send(commit, now, effects);
            }
            StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP => {
                // Of an earlier commit, perhaps: it refuses nothing now.
                if sae::group(&frame.body)? != exchange.group() {
                    return Err(Discarded::Mismatch);
                }
                let group = exchange.group().to_le_bytes();
                if !self.rejected.contains(&group) {
                    self.rejected.push(group);
                }
                if !self.commit(password, now, rng, effects) {
                    self.suspect(Failure::NoCommonGroup);
                }
            }
            StatusCode::UNKNOWN_PASSWORD_IDENTIFIER => self.suspect(Failure::UnknownIdentifier),
            status => match Method::of(status) {
                Some(method) if method != self.method => return Err(Discarded::Mismatch),
                Some(_) if sae::group(&frame.body)? != exchange.group() => {
                    return self.handle_other_group(frame, password, now, rng, effects);
                }
                Some(_) => {
                    let theirs = self.read(frame)?;
                    let exchange = self.exchange.as_mut().ok_or(Discarded::Unexpected)?;
                    exchange.agree(&theirs).map_err(|_| Discarded::InvalidCommit)?;
                    self.confirm(now, effects);
                }
                None => self.suspect(Failure::Refused(status)),
            },
        }
        Ok(())
    }

    /// Both sides have begun, each in a group of its own. The group of the greater address counts (12.4.8.6.4): its
    /// owner waits, and the other side begins again in that.
    fn handle_other_group(
        &mut self,
        frame: &Frame,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        let group = sae::group(&frame.body)?;
        let Some(curve) = Curve::of_group(group).filter(|curve| self.groups.contains(curve)) else {
            self.count_answer()?;
            effects.push(Effect::Send(Frame::refuses_group(group)));
            return Ok(());
        };
        if self.parties.own > self.parties.peer {
            return Err(Discarded::Mismatch);
        }
        let theirs = self.read(frame)?;
        let mut exchange = self.exchange_in(curve, password, rng).ok_or(Discarded::Mismatch)?;
        exchange.agree(&theirs).map_err(|_| Discarded::InvalidCommit)?;
        effects.push(Effect::Send(exchange.commit(None)));
        self.exchange = Some(exchange);
        self.token = None;
        self.confirm(now, effects);
        Ok(())
    }

    /// Parses the peer's commit; it says of no group that is accepted here that it was refused.
    fn read<'f>(&self, frame: &'f Frame) -> Result<Commit<'f>, Discarded> {
        let theirs = Commit::parse(&frame.body, self.method)?;
        let downgraded = theirs
            .h2e
            .and_then(|h2e| h2e.rejected_groups)
            .is_some_and(|list| self.groups.iter().any(|curve| list.contains(curve.group())));
        match downgraded {
            true => Err(Discarded::GroupDowngrade),
            false => Ok(theirs),
        }
    }

    /// Both commits are known: says so.
    fn confirm(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.stage = Stage::Confirmed;
        self.suspicion = None;
        self.answers = 0;
        if let Some(confirm) = self.exchange.as_mut().and_then(Exchange::confirm) {
            self.send(confirm, now, effects);
        }
    }

    /// A peer that has begun as well has our commit, and its own was lost: ours has it repeated (12.4.8.6.4).
    fn handle_early_confirm(
        &mut self,
        frame: &Frame,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        let exchange = self.exchange.as_ref().ok_or(Discarded::Unexpected)?;
        if !frame.status.is_success() {
            return Err(Discarded::Unexpected);
        }
        let commit = exchange.commit(self.token.as_deref());
        self.count_answer()?;
        self.deadline = Some(now + PATIENCE);
        effects.push(Effect::Send(commit));
        Ok(())
    }

    /// The peer repeats its commit: it has not heard ours, or our confirm (12.4.8.6.5). Another commit than the first one
    /// counts for nothing, so that nobody can put his own in its place.
    fn handle_repeated_commit(
        &mut self,
        frame: &Frame,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        if Method::of(frame.status) != Some(self.method) {
            return Err(Discarded::Unexpected);
        }
        let theirs = Commit::parse(&frame.body, self.method)?;
        if !self
            .exchange
            .as_ref()
            .is_some_and(|exchange| exchange.is_repetition(&theirs))
        {
            return Err(Discarded::Unexpected);
        }
        self.count_answer()?;
        let exchange = self.exchange.as_mut().ok_or(Discarded::Unexpected)?;
        effects.push(Effect::Send(exchange.commit(self.token.as_deref())));
        effects.extend(exchange.confirm().map(Effect::Send));
        self.deadline = Some(now + PATIENCE);
        Ok(())
    }

    fn handle_confirm(
        &mut self,
        frame: &Frame,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        let exchange = self.exchange.as_ref().ok_or(Discarded::Unexpected)?;
        if !frame.status.is_success() {
            if !self.begin_anew(password, now, rng, effects) {
                self.suspect(Failure::ConfirmRefused(frame.status));
            }
            return Ok(());
        }
        let Some(number) = exchange.verify(&frame.body)? else {
            self.suspect(Failure::WrongPassword);
            return Ok(());
        };
        if let Some((pmk, pmkid)) = exchange.keys() {
            self.stage = Stage::Accepted(number);
            self.answers = 0;
            self.deadline = None;
            effects.push(Effect::Accepted {
                pmk: Box::new(pmk),
                pmkid,
            });
        }
        Ok(())
    }

    /// A peer may refuse the repetition of a confirm that it has taken: its own was lost, and it has forgotten the exchange
    /// by which it was made (hostapd has). Then another exchange tells what the first one came to, once. Where the first
    /// confirm itself is refused, the password is wrong.
    fn begin_anew(
        &mut self,
        password: &mut Password,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let was_silent = self.suspicion.is_none() && self.transmissions > 1;
        let curve = self.exchange.as_ref().map(Exchange::curve);
        let Some(curve) = curve.filter(|_| was_silent && !self.anew) else {
            return false;
        };
        if !self.commit_in(curve, password, now, rng, effects) {
            return false;
        }
        self.anew = true;
        self.stage = Stage::Committed;
        true
    }

    /// The peer repeats its confirm: it has not heard ours (12.4.8.6.6).
    fn handle_late_confirm(&mut self, frame: &Frame, taken: u16, effects: &mut Vec<Effect>) -> Result<(), Discarded> {
        let exchange = self.exchange.as_ref().ok_or(Discarded::Unexpected)?;
        let number = exchange
            .verify(&frame.body)?
            .filter(|number| frame.status.is_success() && Exchange::asks_again(*number, taken))
            .ok_or(Discarded::Unexpected)?;
        let confirm = exchange.last_confirm();
        self.count_answer()?;
        self.stage = Stage::Accepted(number);
        effects.extend(confirm.map(Effect::Send));
        Ok(())
    }

    fn send(&mut self, frame: Frame, now: Duration, effects: &mut Vec<Effect>) {
        self.transmissions = 1;
        self.deadline = Some(now + PATIENCE);
        effects.push(Effect::Send(frame));
    }

    /// Keeps what somebody says in the peer's name. The peer is asked once more, and then believed: a person with a wrong
    /// password waits for this.
    fn suspect(&mut self, failure: Failure) {
        self.suspicion.get_or_insert(failure);
        self.transmissions = self.transmissions.max(TRANSMISSIONS - 1);
    }

    /// Counts what is said out of turn.
    fn count_answer(&mut self) -> Result<(), Discarded> {
        if self.answers >= SYNC {
            return Err(Discarded::Repeated);
        }
        self.answers += 1;
        Ok(())
    }

    /// Nothing more is sent or taken, and the secrets are wiped.
    fn fail(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        self.stage = Stage::Failed;
        self.exchange = None;
        self.token = None;
        self.deadline = None;
        effects.push(Effect::Failed(failure));
    }
}
