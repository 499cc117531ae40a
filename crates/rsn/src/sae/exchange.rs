//! One authentication with one peer (IEEE 802.11-2020, 12.4.8.6): the states, what moves between them, and the timer.
//!
//! The initiator commits first. In an infrastructure network the access point answers with its commit and confirms
//! only once the station has: a peer that began at the same time is met as well.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use frame::sae::{self, Commit, Confirm, GroupList, HashToElement, Method, TokenRequest};
use frame::{Akm, Emit, ParseError, StatusCode};
use keys::curve::Curve;
use keys::sae::{Agreement, Commitment, Pwe, SaeError};
use rand_core::CryptoRng;

use super::effect::{AuthFrame, Effect, Effects, Failure, PasswordProof};
use super::{Config, Password, has_long_keys};

/// The send-confirm counter of a confirm that answers a repetition (12.4.8.6.6).
const LAST_CONFIRM: u16 = u16::MAX;

/// One authentication with one peer. Secrets are wiped when it is dropped.
pub struct Exchange {
    config: Config,
    state: State,
    /// The groups that the peer refused, as their element carries them.
    rejected: Vec<[u8; 2]>,
    /// How often the two sides were out of step.
    sync: u32,
    deadline: Option<Duration>,
    /// What was wrong with the last commit that was ignored.
    problem: Option<SaeError>,
}

/// Why a frame was not acted upon. The exchange is as it was; most are no event, as anybody can send such frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// The body does not follow its format.
    #[error("malformed: {0}")]
    Malformed(#[from] ParseError),
    /// Nobody waits for this frame, or it is about another group or method.
    #[error("frame {transaction} with status {status} is not expected now")]
    Unexpected {
        /// The sequence number.
        transaction: u16,
        /// The status code.
        status: StatusCode,
    },
    /// The commit cannot be used, or is our own.
    #[error("{0}")]
    Commit(#[from] SaeError),
    /// The commit asks for something that this side does not have; the peer was told.
    #[error("the commit was refused with status {0}")]
    Refused(StatusCode),
    /// The confirm repeats an older one, or is no genuine repetition.
    #[error("the confirm is a replay")]
    Replay,
}

enum State {
    Nothing,
    /// Our commit is out.
    Committed(Box<Open>),
    /// Both commits are known; the peer's confirm is missing.
    Agreed(Box<Agreed>),
    /// Both confirms are known.
    Accepted {
        agreement: Box<Agreement>,
        /// The counter of the peer's last confirm.
        received: u16,
    },
    Over,
}

/// Our side of the exchange.
struct Open {
    password: Arc<Password>,
    commitment: Commitment,
    method: Method,
    akm: Akm,
    token: Option<Box<[u8]>>,
}

struct Agreed {
    open: Open,
    agreement: Agreement,
    /// The peer's scalar and element, to know its commit when it comes again.
    peer: Box<[u8]>,
    /// How many confirms were sent: none yet by a responder.
    sent: u16,
}

impl Exchange {
    /// An exchange in which nothing has happened: [`start`](Self::start) it, or give it the peer's commit.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            state: State::Nothing,
            rejected: Vec::new(),
            sync: 0,
            deadline: None,
            problem: None,
        }
    }

    /// Sends a commit with the first method, group, suite and password of the configuration.
    pub fn start(&mut self, now: Duration, rng: &mut dyn CryptoRng, effects: &mut Effects) {
        let first = self.config.methods.first().zip(self.config.akms.first());
        if let (Some((&method, &akm)), Some(password)) = (first, self.config.passwords.first()) {
            self.commit_to(Arc::clone(password), method, akm, now, rng, effects);
        } else {
            self.fail(Failure::Unusable, effects);
        }
    }

    /// Takes a received authentication frame with the algorithm SAE: sequence number, status code, and what follows the
    /// fixed fields.
    ///
    /// # Errors
    /// The frame is ignored, as [`Ignored`] says; at most an answer was pushed.
    pub fn handle(
        &mut self,
        now: Duration,
        transaction: u16,
        status: StatusCode,
        body: &[u8],
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Ignored> {
        match (transaction, Method::of(status)) {
            (sae::COMMIT, Some(method)) => self.handle_commit(now, method, body, rng, effects),
            (sae::COMMIT, None) => self.handle_commit_refusal(now, status, body, rng, effects),
            (sae::CONFIRM, _) if status == StatusCode::SUCCESS => self.handle_confirm(now, body, effects),
            (sae::CONFIRM, _) => self.handle_confirm_refusal(status, effects),
            _ => Err(Ignored::Unexpected { transaction, status }),
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub const fn next_timeout(&self) -> Option<Duration> {
        self.deadline
    }

    /// Sends the last frame again if it is time, or gives the peer up.
    pub fn handle_timeout(&mut self, now: Duration, effects: &mut Effects) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        if self.sync >= self.config.retry.sync {
            let transaction = match &self.state {
                State::Agreed(agreed) if agreed.sent > 0 => sae::CONFIRM,
                _ => sae::COMMIT,
            };
            let timeout = Failure::Timeout { transaction };
            return self.fail(self.problem.map_or(timeout, Failure::Commit), effects);
        }
        self.repeat(now, effects);
    }

    /// True once the peer has proved that it knows the password.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted { .. })
    }

    /// True once the exchange has failed.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Commits in the first group that the peer has not refused.
    fn commit_to(
        &mut self,
        password: Arc<Password>,
        method: Method,
        akm: Akm,
        now: Duration,
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) {
        let is_rejected = |curve: &&Curve| self.rejected.contains(&curve.group().to_le_bytes());
        let Some(&curve) = self.config.groups.iter().find(|curve| !is_rejected(curve)) else {
            let nothing = if self.rejected.is_empty() {
                Failure::Unusable
            } else {
                Failure::NoCommonGroup
            };
            return self.fail(nothing, effects);
        };
        match self.open(password, curve, method, akm, rng) {
            Some(open) => {
                self.send_commit(&open, effects);
                self.state = State::Committed(Box::new(open));
                self.wait(now);
            }
            None => self.fail(Failure::Unusable, effects),
        }
    }

    fn handle_commit(
        &mut self,
        now: Duration,
        method: Method,
        body: &[u8],
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Ignored> {
        match &self.state {
            State::Nothing => self.respond(now, method, body, rng, effects),
            State::Committed(open) => {
                let group = sae::group(body)?;
                if method != open.method {
                    return Err(unexpected_commit(method));
                }
                if group == open.commitment.curve().group() {
                    self.meet(now, body, effects)
                } else if self.config.own > self.config.peer {
                    // Both began at once, in different groups: the one with the higher address has its way.
                    Err(unexpected_commit(method))
                } else {
                    self.respond(now, method, body, rng, effects)
                }
            }
            State::Agreed(agreed) => {
                let commit = Commit::parse(body, method)?;
                if [commit.scalar, commit.element].concat() == *agreed.peer {
                    // Our commit, or our confirm, was lost.
                    if self.sync >= self.config.retry.sync {
                        return Err(unexpected_commit(method));
                    }
                    self.send_commit(&agreed.open, effects);
                    if agreed.sent > 0 {
                        self.repeat(now, effects);
                    } else {
                        self.sync += 1;
                        self.wait(now);
                    }
                    Ok(())
                } else if agreed.sent == 0 {
                    // The peer has begun anew.
                    self.respond(now, method, body, rng, effects)
                } else {
                    Err(unexpected_commit(method))
                }
            }
            State::Accepted { .. } | State::Over => Err(unexpected_commit(method)),
        }
    }

    /// Answers a commit with ours (12.4.8.6.3).
    fn respond(
        &mut self,
        now: Duration,
        method: Method,
        body: &[u8],
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Ignored> {
        let group = sae::group(body)?;
        let usable = |group| Curve::of_group(group).filter(|curve| self.config.groups.contains(curve));
        let Some(curve) = usable(group) else {
            let status = StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP;
            return Err(refuse(status, &group.to_le_bytes(), effects));
        };
        if !self.config.methods.contains(&method) {
            return Err(refuse(StatusCode::UNSPECIFIED_FAILURE, &[], effects));
        }
        let commit = Commit::parse(body, method)?;
        let h2e = commit.h2e.unwrap_or_default();
        // Somebody in between told the peer that we refuse a group which we have.
        if rejected_groups(&h2e).any(|group| usable(group).is_some()) {
            return Err(refuse(StatusCode::UNSPECIFIED_FAILURE, &[], effects));
        }
        let Some(password) = self
            .config
            .passwords
            .iter()
            .find(|known| known.identifier() == h2e.password_id)
        else {
            return Err(refuse(StatusCode::UNKNOWN_PASSWORD_IDENTIFIER, &[], effects));
        };
        let suits = |akm: &&Akm| h2e.akm.map_or(!has_long_keys(**akm), |named| named == **akm);
        let Some(&akm) = self.config.akms.iter().find(suits) else {
            return Err(refuse(StatusCode::INVALID_AKMP, &[], effects));
        };
        let open = self
            .open(Arc::clone(password), curve, method, akm, rng)
            .ok_or_else(|| refuse(StatusCode::UNSPECIFIED_FAILURE, &[], effects))?;
        let agreement = self.agree(&open, &commit)?;
        self.send_commit(&open, effects);
        self.sync = 0;
        self.state = State::Agreed(Box::new(Agreed {
            open,
            agreement,
            peer: [commit.scalar, commit.element].concat().into(),
            sent: 0,
        }));
        self.wait(now);
        Ok(())
    }

    /// Takes the peer's commit for our own, and confirms (12.4.8.6.4).
    fn meet(&mut self, now: Duration, body: &[u8], effects: &mut Effects) -> Result<(), Ignored> {
        let State::Committed(open) = &self.state else {
            return Ok(());
        };
        let commit = Commit::parse(body, open.method)?;
        let agreement = match self.agree(open, &commit) {
            Ok(agreement) => agreement,
            Err(problem) => {
                self.problem = Some(problem);
                return Err(problem.into());
            }
        };
        let State::Committed(open) = core::mem::replace(&mut self.state, State::Over) else {
            return Ok(());
        };
        self.state = State::Agreed(Box::new(Agreed {
            open: *open,
            agreement,
            peer: [commit.scalar, commit.element].concat().into(),
            sent: 0,
        }));
        self.send_confirm(effects);
        self.wait(now);
        Ok(())
    }

    /// The peer wants a token, another group, another password, or nothing to do with us.
    fn handle_commit_refusal(
        &mut self,
        now: Duration,
        status: StatusCode,
        body: &[u8],
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<(), Ignored> {
        let transaction = sae::COMMIT;
        let State::Committed(open) = &mut self.state else {
            return Err(Ignored::Unexpected { transaction, status });
        };
        let group = open.commitment.curve().group();
        match status {
            StatusCode::ANTI_CLOGGING_TOKEN_REQUIRED => {
                let request = TokenRequest::parse(body, open.method)?;
                if request.group != group || self.sync >= self.config.retry.sync {
                    return Err(Ignored::Unexpected { transaction, status });
                }
                open.token = Some(request.token.into());
                self.repeat(now, effects);
            }
            StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP => {
                if sae::group(body)? != group {
                    return Err(Ignored::Unexpected { transaction, status });
                }
                let (password, method, akm) = (Arc::clone(&open.password), open.method, open.akm);
                self.rejected.push(group.to_le_bytes());
                self.commit_to(password, method, akm, now, rng, effects);
            }
            StatusCode::UNKNOWN_PASSWORD_IDENTIFIER => self.fail(Failure::UnknownIdentifier, effects),
            status => self.fail(Failure::Refused(status), effects),
        }
        Ok(())
    }

    fn handle_confirm(&mut self, now: Duration, body: &[u8], effects: &mut Effects) -> Result<(), Ignored> {
        let confirm = Confirm::parse(body)?;
        match &mut self.state {
            State::Agreed(agreed) => {
                if !agreed.agreement.verify(confirm.send_confirm, confirm.mac) {
                    if agreed.sent == 0 {
                        send(sae::CONFIRM, StatusCode::CHALLENGE_FAILURE, &[], effects);
                    }
                    self.fail(Failure::WrongPassword(PasswordProof::OurCheck), effects);
                    return Ok(());
                }
                if agreed.sent == 0 {
                    self.send_confirm(effects);
                }
                self.accept(confirm.send_confirm, effects);
                Ok(())
            }
            State::Accepted { agreement, received } => {
                let is_next = confirm.send_confirm > *received && confirm.send_confirm != LAST_CONFIRM;
                let in_step = self.sync < self.config.retry.sync;
                if !is_next || !in_step || !agreement.verify(confirm.send_confirm, confirm.mac) {
                    return Err(Ignored::Replay);
                }
                *received = confirm.send_confirm;
                self.sync += 1;
                push_confirm(agreement, LAST_CONFIRM, effects);
                Ok(())
            }
            State::Committed(_) if self.sync < self.config.retry.sync => {
                // The peer has our commit, and we have lost its: it is asked for again.
                self.repeat(now, effects);
                Ok(())
            }
            State::Nothing | State::Committed(_) | State::Over => Err(Ignored::Unexpected {
                transaction: sae::CONFIRM,
                status: StatusCode::SUCCESS,
            }),
        }
    }

    fn handle_confirm_refusal(&mut self, status: StatusCode, effects: &mut Effects) -> Result<(), Ignored> {
        match &self.state {
            State::Agreed(agreed) if agreed.sent > 0 => {
                let failure = match status {
                    StatusCode::CHALLENGE_FAILURE => Failure::WrongPassword(PasswordProof::PeersCheck),
                    status => Failure::Refused(status),
                };
                self.fail(failure, effects);
                Ok(())
            }
            _ => Err(Ignored::Unexpected {
                transaction: sae::CONFIRM,
                status,
            }),
        }
    }

    /// The password element of the two stations, and a share of our own; `None` if the method or the curve cannot be
    /// used with the password.
    fn open(
        &self,
        password: Arc<Password>,
        curve: Curve,
        method: Method,
        akm: Akm,
        rng: &mut dyn CryptoRng,
    ) -> Option<Open> {
        let (own, peer) = (self.config.own, self.config.peer);
        let element = match method {
            Method::HashToElement => Pwe::from_pt(password.point(curve)?, own, peer),
            Method::HuntingAndPecking if password.identifier().is_some() || has_long_keys(akm) => return None,
            Method::HuntingAndPecking => Pwe::hunt(curve, password.as_bytes(), own, peer)?,
        };
        Some(Open {
            password,
            commitment: Commitment::new(element, rng),
            method,
            akm,
            token: None,
        })
    }

    fn agree(&self, open: &Open, commit: &Commit<'_>) -> Result<Agreement, SaeError> {
        let theirs: Vec<u8> = rejected_groups(&commit.h2e.unwrap_or_default())
            .flat_map(u16::to_le_bytes)
            .collect();
        let ours = self.rejected.as_flattened();
        let rejected = match open.method {
            Method::HuntingAndPecking => Vec::new(),
            Method::HashToElement if self.config.own > self.config.peer => [ours, &theirs].concat(),
            Method::HashToElement => [theirs.as_slice(), ours].concat(),
        };
        open.commitment
            .agree(commit.scalar, commit.element, &rejected, open.akm)
    }

    fn accept(&mut self, received: u16, effects: &mut Effects) {
        if let State::Agreed(agreed) = core::mem::replace(&mut self.state, State::Over) {
            let agreement = Box::new(agreed.agreement);
            effects.push(Effect::Accepted {
                pmk: Box::new(agreement.pmk().duplicate()),
                pmkid: agreement.pmkid(),
            });
            self.state = State::Accepted { agreement, received };
        }
        self.sync = 0;
        self.deadline = None;
    }

    fn fail(&mut self, failure: Failure, effects: &mut Effects) {
        self.state = State::Over;
        self.deadline = None;
        effects.push(Effect::Failed(failure));
    }

    /// Sends the frame again that the peer has not answered.
    fn repeat(&mut self, now: Duration, effects: &mut Effects) {
        self.sync += 1;
        match &self.state {
            State::Committed(open) => self.send_commit(open, effects),
            State::Agreed(agreed) if agreed.sent == 0 => self.send_commit(&agreed.open, effects),
            State::Agreed(_) => self.send_confirm(effects),
            State::Nothing | State::Accepted { .. } | State::Over => {}
        }
        self.wait(now);
    }

    fn wait(&mut self, now: Duration) {
        self.deadline = Some(now.saturating_add(self.config.retry.period));
    }

    fn send_commit(&self, open: &Open, effects: &mut Effects) {
        let named = has_long_keys(open.akm).then_some(open.akm);
        let commit = Commit {
            group: open.commitment.curve().group(),
            token: open.token.as_deref(),
            scalar: open.commitment.scalar(),
            element: open.commitment.element(),
            h2e: (open.method == Method::HashToElement).then(|| HashToElement {
                password_id: open.password.identifier(),
                rejected_groups: (!self.rejected.is_empty()).then(|| GroupList::from_octets(&self.rejected)),
                akm: named,
            }),
        };
        // Only a password identifier of more than 254 octets is too long to be sent; the peer then never answers.
        if let Ok(body) = commit.to_vec() {
            send(sae::COMMIT, open.method.status(), &body, effects);
        }
    }

    /// Sends our next confirm.
    fn send_confirm(&mut self, effects: &mut Effects) {
        if let State::Agreed(agreed) = &mut self.state {
            agreed.sent = agreed.sent.saturating_add(1);
            push_confirm(&agreed.agreement, agreed.sent, effects);
        }
    }
}

fn rejected_groups<'a>(h2e: &HashToElement<'a>) -> impl Iterator<Item = u16> + use<'a> {
    h2e.rejected_groups.into_iter().flat_map(|groups| groups.iter())
}

fn push_confirm(agreement: &Agreement, send_confirm: u16, effects: &mut Effects) {
    let mac = agreement.confirm(send_confirm);
    let mut body = send_confirm.to_le_bytes().to_vec();
    body.extend_from_slice(mac.as_bytes());
    send(sae::CONFIRM, StatusCode::SUCCESS, &body, effects);
}

fn refuse(status: StatusCode, body: &[u8], effects: &mut Effects) -> Ignored {
    send(sae::COMMIT, status, body, effects);
    Ignored::Refused(status)
}

fn send(transaction: u16, status: StatusCode, body: &[u8], effects: &mut Effects) {
    effects.push(Effect::Send(AuthFrame {
        transaction,
        status,
        body: body.into(),
    }));
}

const fn unexpected_commit(method: Method) -> Ignored {
    Ignored::Unexpected {
        transaction: sae::COMMIT,
        status: method.status(),
    }
}
