//! The side that answers: an access point.

use super::exchange::Exchange;
use super::{Discarded, Effect, Failure, Frame, Parties, Password, SYNC};
use alloc::boxed::Box;
use alloc::vec::Vec;
use frame::sae::{self, Commit, Method, TokenRequest};
use frame::{Emit, StatusCode};
use keys::curve::Curve;
use rand_core::CryptoRng;

/// What an access point accepts.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The groups.
    pub groups: &'a [Curve],
    /// By hash-to-element.
    pub hash_to_element: bool,
    /// By hunting and pecking.
    pub hunting_and_pecking: bool,
}

/// One authentication with one station. It keeps no time: the station repeats what it got no answer to.
pub struct Responder {
    parties: Parties,
    exchange: Option<Exchange>,
    accepted: bool,
    repeated: u32,
}

impl Responder {
    /// Waits for a commit.
    #[must_use]
    pub const fn new(parties: Parties) -> Self {
        Self {
            parties,
            exchange: None,
            accepted: false,
            repeated: 0,
        }
    }

    /// The answer to a commit that has to come again with `token`, and costs nothing until then.
    #[must_use]
    pub fn demand_token(commit: &Frame, token: &[u8]) -> Option<Frame> {
        let request = TokenRequest {
            group: sae::group(&commit.body).ok()?,
            token,
            method: Method::of(commit.status)?,
        };
        Some(Frame {
            transaction: sae::COMMIT,
            status: StatusCode::ANTI_CLOGGING_TOKEN_REQUIRED,
            body: request.to_vec().ok()?,
        })
    }

    /// Takes an authentication frame of the station's. `passwords` are those of the network.
    ///
    /// # Errors
    /// The frame was not acted upon, and the exchange goes on.
    pub fn handle(
        &mut self,
        frame: &Frame,
        terms: &Terms<'_>,
        passwords: &mut [Password],
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        match frame.transaction {
            sae::COMMIT => self.handle_commit(frame, terms, passwords, rng, effects),
            sae::CONFIRM => self.handle_confirm(frame, effects),
            _ => Err(Discarded::Unexpected),
        }
    }

    fn handle_commit(
        &mut self,
        frame: &Frame,
        terms: &Terms<'_>,
        passwords: &mut [Password],
        rng: &mut dyn CryptoRng,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Discarded> {
        let method = Method::of(frame.status).ok_or(Discarded::Unexpected)?;
        let allowed = match method {
            Method::HashToElement => terms.hash_to_element,
            Method::HuntingAndPecking => terms.hunting_and_pecking,
        };
        if !allowed || !self.parties.allow(method) {
            return Err(Discarded::Mismatch);
        }
        let group = sae::group(&frame.body)?;
        let curve = Curve::of_group(group).filter(|curve| terms.groups.contains(curve));
        let Some(curve) = curve else {
            effects.push(Effect::Send(Frame::refuses_group(group)));
            return Ok(());
        };
        let commit = Commit::parse(&frame.body, method)?;
        if let Some(exchange) = self
            .exchange
            .as_ref()
            .filter(|exchange| exchange.is_repetition(&commit))
        {
            self.repeated += 1;
            if self.repeated > SYNC {
                return Err(Discarded::Repeated);
            }
            effects.push(Effect::Send(exchange.commit(None)));
            return Ok(());
        }
        let h2e = commit.h2e.unwrap_or_default();
        let downgraded = h2e
            .rejected_groups
            .is_some_and(|list| terms.groups.iter().any(|curve| list.contains(curve.group())));
        if downgraded {
            effects.push(Effect::Failed(Failure::GroupDowngrade));
            return Ok(());
        }
        let Some(password) = passwords
            .iter_mut()
            .find(|password| password.identifier() == h2e.password_id)
        else {
            refuse(
                sae::COMMIT,
                StatusCode::UNKNOWN_PASSWORD_IDENTIFIER,
                Vec::new(),
                effects,
            );
            effects.push(Effect::Failed(Failure::UnknownIdentifier));
            return Ok(());
        };
        let mut exchange =
            Exchange::new(self.parties, curve, method, &[], password, rng).ok_or(Discarded::Unexpected)?;
        if let Err(failure) = exchange.agree(&commit) {
            effects.push(Effect::Failed(failure));
            return Ok(());
        }
        effects.push(Effect::Send(exchange.commit(None)));
        self.exchange = Some(exchange);
        self.accepted = false;
        self.repeated = 0;
        Ok(())
    }

    fn handle_confirm(&mut self, frame: &Frame, effects: &mut Vec<Effect>) -> Result<(), Discarded> {
        let exchange = self.exchange.as_mut().ok_or(Discarded::Unexpected)?;
        if !frame.status.is_success() {
            effects.push(Effect::Failed(Failure::ConfirmRefused(frame.status)));
            self.exchange = None;
            return Ok(());
        }
        if exchange.verify(&frame.body)?.is_none() {
            refuse(sae::CONFIRM, StatusCode::CHALLENGE_FAILURE, Vec::new(), effects);
            effects.push(Effect::Failed(Failure::WrongPassword));
            self.exchange = None;
            return Ok(());
        }
        if self.accepted {
            self.repeated += 1;
            if self.repeated > SYNC {
                return Err(Discarded::Repeated);
            }
        }
        effects.extend(exchange.confirm().map(Effect::Send));
        if !core::mem::replace(&mut self.accepted, true)
            && let Some((pmk, pmkid)) = exchange.keys()
        {
            effects.push(Effect::Accepted {
                pmk: Box::new(pmk),
                pmkid,
            });
        }
        Ok(())
    }
}

fn refuse(transaction: u16, status: StatusCode, body: Vec<u8>, effects: &mut Vec<Effect>) {
    effects.push(Effect::Send(Frame {
        transaction,
        status,
        body,
    }));
}
