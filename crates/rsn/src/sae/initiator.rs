//! The side that begins: a station.

use super::exchange::Exchange;
use super::{Discarded, Effect, Failure, Frame, Parties, Password};
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
    /// The groups that are left, the best first.
    groups: Vec<Curve>,
    rejected: Vec<[u8; 2]>,
    exchange: Option<Exchange>,
    stage: Stage,
    last: Option<Frame>,
    transmissions: u32,
    tokens: u32,
    deadline: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Committed,
    Confirmed,
    Over,
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
            rejected: Vec::new(),
            exchange: None,
            stage: Stage::Committed,
            last: None,
            transmissions: 0,
            tokens: 0,
            deadline: None,
        };
        initiator.commit(password, now, rng, effects);
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
            (Stage::Confirmed, sae::CONFIRM) => self.handle_confirm(frame, effects),
            // The peer has not heard our confirm: it will be repeated in its time.
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
            return self.fail(Failure::Silent, effects);
        }
        let again = match (self.stage, &mut self.exchange) {
            // Each confirm has a number of its own.
            (Stage::Confirmed, Some(exchange)) => exchange.confirm(),
            _ => self.last.clone(),
        };
        if let Some(frame) = again {
            self.transmissions += 1;
            self.deadline = Some(now + PATIENCE);
            effects.push(Effect::Send(frame));
        }
    }

    /// Sends a commit in the next group that is left.
    fn commit(&mut self, password: &mut Password, now: Duration, rng: &mut dyn CryptoRng, effects: &mut Vec<Effect>) {
        if self.groups.is_empty() {
            return self.fail(Failure::NoCommonGroup, effects);
        }
        let curve = self.groups.remove(0);
        let rejected = match self.method {
            Method::HashToElement => &self.rejected[..],
            Method::HuntingAndPecking => &[],
        };
        let Some(exchange) = Exchange::new(self.parties, curve, self.method, rejected, password, rng) else {
            return self.fail(Failure::NoCommonGroup, effects);
        };
        let frame = exchange.commit(None);
        self.exchange = Some(exchange);
        self.send(frame, now, effects);
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
                self.send(commit, now, effects);
            }
            StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP => {
                // Of an earlier commit, perhaps: it refuses nothing now.
                if sae::group(&frame.body)? != exchange.group() {
                    return Err(Discarded::Mismatch);
                }
                self.rejected.push(exchange.group().to_le_bytes());
                self.commit(password, now, rng, effects);
            }
            StatusCode::UNKNOWN_PASSWORD_IDENTIFIER => self.fail(Failure::UnknownIdentifier, effects),
            status => {
                let Some(method) = Method::of(status) else {
                    self.fail(Failure::Refused(status), effects);
                    return Ok(());
                };
                if method != exchange.method() || sae::group(&frame.body)? != exchange.group() {
                    return Err(Discarded::Mismatch);
                }
                let theirs = Commit::parse(&frame.body, method)?;
                if let Err(failure) = exchange.agree(&theirs) {
                    self.fail(failure, effects);
                    return Ok(());
                }
                self.stage = Stage::Confirmed;
                if let Some(confirm) = exchange.confirm() {
                    self.send(confirm, now, effects);
                }
            }
        }
        Ok(())
    }

    fn handle_confirm(&mut self, frame: &Frame, effects: &mut Vec<Effect>) -> Result<(), Discarded> {
        if !frame.status.is_success() {
            self.fail(Failure::ConfirmRefused(frame.status), effects);
            return Ok(());
        }
        let exchange = self.exchange.as_ref().ok_or(Discarded::Unexpected)?;
        if !exchange.verify(&frame.body)? {
            self.fail(Failure::WrongPassword, effects);
            return Ok(());
        }
        if let Some((pmk, pmkid)) = exchange.keys() {
            self.over();
            effects.push(Effect::Accepted {
                pmk: Box::new(pmk),
                pmkid,
            });
        }
        Ok(())
    }

    fn send(&mut self, frame: Frame, now: Duration, effects: &mut Vec<Effect>) {
        self.last = Some(frame.clone());
        self.transmissions = 1;
        self.deadline = Some(now + PATIENCE);
        effects.push(Effect::Send(frame));
    }

    fn fail(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        self.over();
        effects.push(Effect::Failed(failure));
    }

    /// Nothing more is sent or taken, and the secrets are wiped.
    fn over(&mut self) {
        self.stage = Stage::Over;
        self.exchange = None;
        self.last = None;
        self.deadline = None;
    }
}
