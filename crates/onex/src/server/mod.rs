//! An EAP server: identity, the choice of a method, success and failure (RFC 3748). For simulated access points and for
//! tests; it has no accounts of its own, a method that begins knows the user's.
//!
//! It repeats nothing: that is the business of the carrier.

mod mschapv2;
pub mod peap;
mod pwd;
mod sim_aka;
mod simple;
pub mod teap;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod ttls;

use alloc::boxed::Box;
use alloc::vec::Vec;

use frame::Emit;
use frame::eap::{Code, EapPacket, Method as MethodType};

use crate::eap::{canonical, wanted};
use crate::method::{Context, Discarded, ExportedKeys};

pub use mschapv2::Mschapv2;
pub use pwd::Pwd;
pub use sim_aka::Subscriber;
pub use simple::{Gtc, Md5Challenge};

/// A method that the server has, ready to be begun any number of times.
pub trait Offer {
    /// The type of the method.
    fn kind(&self) -> MethodType;

    /// Begins an authentication of the user who has said to be `identity`.
    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method>;
}

/// One EAP method, the server's side.
pub trait Method {
    /// The data of the first request, behind the type.
    fn first_request(&mut self, context: &mut Context<'_>, identifier: u8) -> Vec<u8>;

    /// Takes the data of a response to the request with this `identifier`; that of the next request is one more.
    fn handle_response(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step;

    /// Takes the keys; `None` for a method that makes none.
    fn keys(&mut self) -> Option<ExportedKeys>;
}

/// What follows from a response.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this next: the data behind the type.
    Request(Vec<u8>),
    /// The response is not acted upon.
    Ignore(Discarded),
    /// The user is who they say.
    Succeeded,
    /// The user is not, or the response is malformed.
    Failed,
}

/// What follows from a packet.
pub enum Reaction {
    /// Send this EAP packet, and wait for the answer.
    Request(Vec<u8>),
    /// Send this success; the keys are those of both sides.
    Succeeded(Vec<u8>, Option<ExportedKeys>),
    /// Send this failure.
    Failed(Vec<u8>),
}

/// The server of one conversation.
pub struct Server {
    offers: Vec<Box<dyn Offer>>,
    identifier: u8,
    state: State,
}

enum State {
    /// The user's name was asked for.
    Identity,
    /// A method has asked. Until its first answer it may be refused for another.
    Method {
        kind: MethodType,
        method: Box<dyn Method>,
        identity: Vec<u8>,
        answered: bool,
    },
    Over,
}

impl Server {
    /// A server with these methods, the preferred first, and the packet that it begins with.
    #[must_use]
    pub fn begin(offers: Vec<Box<dyn Offer>>, identifier: u8) -> (Self, Vec<u8>) {
        let server = Self {
            offers,
            identifier,
            state: State::Identity,
        };
        let packet = server.packet(Code::REQUEST, Some(MethodType::IDENTITY), &[]);
        (server, packet)
    }

    /// The identifier of the request that is open.
    const fn identifier(&self) -> u8 {
        self.identifier
    }

    /// Takes a received EAP packet, with or without padding behind it.
    ///
    /// # Errors
    /// The packet is not acted upon, and the state is as before.
    pub fn handle_packet(&mut self, context: &mut Context<'_>, packet: &[u8]) -> Result<Reaction, Discarded> {
        let eap = EapPacket::parse(packet)?;
        let (Code::RESPONSE, Some(kind)) = (eap.code, eap.method) else {
            return Err(Discarded::NotForUs {
                what: "a packet that is no response",
            });
        };
        if eap.identifier != self.identifier {
            return Err(Discarded::Identifier { found: eap.identifier });
        }
        match &mut self.state {
            State::Identity if canonical(kind) == MethodType::IDENTITY => {
                let preferred = self.offers.first().map(|offer| offer.kind());
                Ok(self.propose(context, preferred, eap.data.to_vec()))
            }
            State::Method {
                kind: refused,
                identity,
                answered: false,
                ..
            } if canonical(kind) == MethodType::NAK => {
                let (identity, refused) = (core::mem::take(identity), *refused);
                let offered = || self.offers.iter().map(|offer| offer.kind());
                let common = wanted(kind, eap.data)
                    .into_iter()
                    .find_map(|wanted| offered().find(|&kind| kind != refused && wanted.is(kind)));
                Ok(self.propose(context, common, identity))
            }
            State::Method {
                kind: begun,
                method,
                answered,
                ..
            } if canonical(kind) == canonical(*begun) => {
                let (kind, step) = (*begun, method.handle_response(context, eap.identifier, eap.data));
                *answered = true;
                self.take_step(kind, step)
            }
            State::Identity | State::Method { .. } | State::Over => Err(Discarded::Unexpected {
                message: "a response of this type",
            }),
        }
    }

    fn propose(&mut self, context: &mut Context<'_>, kind: Option<MethodType>, identity: Vec<u8>) -> Reaction {
        let offer = self.offers.iter_mut().find(|offer| Some(offer.kind()) == kind);
        let Some(offer) = offer else {
            return self.fail();
        };
        let kind = offer.kind();
        let mut method = offer.begin(&identity);
        self.identifier = self.identifier.wrapping_add(1);
        let data = method.first_request(context, self.identifier);
        self.state = State::Method {
            kind,
            method,
            identity,
            answered: false,
        };
        Reaction::Request(self.packet(Code::REQUEST, Some(kind), &data))
    }

    fn take_step(&mut self, kind: MethodType, step: Step) -> Result<Reaction, Discarded> {
        match step {
            Step::Request(data) => {
                self.identifier = self.identifier.wrapping_add(1);
                Ok(Reaction::Request(self.packet(Code::REQUEST, Some(kind), &data)))
            }
            Step::Ignore(discarded) => Err(discarded),
            Step::Succeeded => {
                let keys = match core::mem::replace(&mut self.state, State::Over) {
                    State::Method { mut method, .. } => method.keys(),
                    State::Identity | State::Over => None,
                };
                Ok(Reaction::Succeeded(self.packet(Code::SUCCESS, None, &[]), keys))
            }
            Step::Failed => Ok(self.fail()),
        }
    }

    fn fail(&mut self) -> Reaction {
        self.state = State::Over;
        Reaction::Failed(self.packet(Code::FAILURE, None, &[]))
    }

    fn packet(&self, code: Code, method: Option<MethodType>, data: &[u8]) -> Vec<u8> {
        let packet = EapPacket {
            code,
            identifier: self.identifier,
            method,
            data,
        };
        // A method's request is shorter than 65535 octets, or the method is defective: nothing is sent then.
        packet.to_vec().unwrap_or_default()
    }
}
