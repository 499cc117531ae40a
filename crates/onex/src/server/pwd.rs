//! EAP-pwd, the server's side.

use alloc::boxed::Box;
use alloc::vec::Vec;

use keys::curve::Curve;
use keys::pwd::{Agreement, Commitment, Side};

use super::{Method, Offer, Step};
use crate::method::{Context, ExportedKeys, MethodType, Secret};
use crate::methods::pwd::{Channel, Commit, DEFAULT_CURVE, Exchange, Id, Preparation, Received, commitment, export};

/// The octets of the salt, where there is one.
const SALT_LEN: usize = 16;

/// EAP-pwd for users with this password.
pub struct Pwd {
    /// The password.
    pub password: Secret,
    /// The curve that is computed on.
    pub curve: Curve,
    /// In what form the password is said to be stored.
    pub preparation: Preparation,
}

impl Pwd {
    /// On P-256, with the password as it is.
    #[must_use]
    pub const fn new(password: Secret) -> Self {
        Self {
            password,
            curve: DEFAULT_CURVE,
            preparation: Preparation::Raw,
        }
    }
}

impl Offer for Pwd {
    fn kind(&self) -> MethodType {
        MethodType::PWD
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Conversation {
            id: Id {
                curve: self.curve,
                token: [0; 4],
                preparation: self.preparation,
                name: b"portcullis".to_vec(),
            },
            password: self.password.duplicate(),
            channel: Channel::new(),
            state: State::Begun,
        })
    }
}

struct Conversation {
    id: Id,
    password: Secret,
    channel: Channel,
    state: State,
}

enum State {
    /// The peer is to say who it is.
    Begun,
    /// It is to commit itself.
    Identified(Box<Commitment>),
    /// It is to prove that it knows the password.
    Committed(Box<Agreement>),
    /// It has.
    Proved(Box<Agreement>),
    Over,
}

impl Conversation {
    /// Takes a message of the peer; `None` refuses it.
    fn handle_message(&mut self, context: &mut Context<'_>, exchange: Exchange, message: &[u8]) -> Option<Step> {
        match (core::mem::replace(&mut self.state, State::Over), exchange) {
            (State::Begun, Exchange::Id) => self.commit(context, message),
            (State::Identified(own), Exchange::Commit) => {
                let commit = Commit::parse(message, self.id.curve, false)?;
                let agreement = own.agree(Side::Server, commit.element, commit.scalar).ok()?;
                let confirm = agreement.confirm(Side::Server).to_vec();
                self.state = State::Committed(Box::new(agreement));
                Some(Step::Request(self.channel.send(Exchange::Confirm, confirm)))
            }
            (State::Committed(agreement), Exchange::Confirm) if agreement.verify(Side::Peer, message) => {
                self.state = State::Proved(agreement);
                Some(Step::Succeeded)
            }
            _ => None,
        }
    }

    fn commit(&mut self, context: &mut Context<'_>, message: &[u8]) -> Option<Step> {
        let peer = Id::parse(message).ok()?;
        let agreed = (peer.curve, peer.token, peer.preparation);
        if agreed != (self.id.curve, self.id.token, self.id.preparation) {
            return None;
        }
        let mut salt = Vec::new();
        if self.id.preparation.has_salt() {
            salt.resize(SALT_LEN, 0);
            context.rng.fill_bytes(&mut salt);
        }
        let prepared = self.id.preparation.apply(&self.password, &salt).ok()?;
        let own = commitment(context, &self.id, &peer.name, &self.id.name, &prepared)?;
        let commit = Commit {
            salt: &salt,
            element: own.element(),
            scalar: own.scalar(),
        };
        let request = self.channel.send(Exchange::Commit, commit.emit());
        self.state = State::Identified(Box::new(own));
        Some(Step::Request(request))
    }
}

impl Method for Conversation {
    fn first_request(&mut self, context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        context.rng.fill_bytes(&mut self.id.token);
        self.channel.send(Exchange::Id, self.id.emit())
    }

    fn handle_response(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        match self.channel.receive(data) {
            Ok(Received::Reply(reply)) => Step::Request(reply),
            Ok(Received::Message(exchange, message)) => {
                self.handle_message(context, exchange, &message).unwrap_or(Step::Failed)
            }
            Err(_) => Step::Failed,
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Proved(agreement) => export(&agreement),
            other => {
                self.state = other;
                None
            }
        }
    }
}
