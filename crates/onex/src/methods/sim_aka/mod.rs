//! EAP-SIM (RFC 4186), EAP-AKA (RFC 4187) and EAP-AKA' (RFC 9048): network and subscriber prove themselves with the key
//! on the subscriber's card.
//!
//! Three methods, one protocol: the messages, their protection, names for one use and the fast re-authentication are
//! shared; only how a challenge is made of the card's keys differs (`sim.rs`, `aka.rs`).
//!
//! Of these EAP-SIM is the weakest: the network proves itself with what the card gave away under 64-bit keys, and the
//! same challenges may come again. Where the card can do AKA', only that should be offered.

pub(crate) mod aka;
pub(crate) mod attribute;
pub(crate) mod crypt;
mod exchange;
pub(crate) mod keys;
pub(crate) mod message;
mod prf;
mod renewal;
pub(crate) mod sim;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::eap::Offer;
use crate::method::{Method, MethodType};
use crate::usim::{Usim, permanent_identity};
use exchange::Exchange;
use keys::Session;

/// The name of the access network that AKA' binds its keys to, in networks of IEEE 802.11 (3GPP TS 24.302, 8.1.1.2).
pub(crate) const WLAN: &[u8] = b"WLAN";

/// A card, shared by the methods that can be done with it.
#[derive(Clone)]
pub struct Card(Rc<RefCell<dyn Usim>>);

impl Card {
    /// Takes the card.
    #[must_use]
    pub fn new(card: impl Usim + 'static) -> Self {
        Self(Rc::new(RefCell::new(card)))
    }
}

/// One of the three methods, with a subscriber's card. Remembers from one authentication to the next what the network
/// has given: a pseudonym, and a fast re-authentication.
pub struct Subscriber {
    flavor: Flavor,
    card: Card,
    /// The name of the subscriber; `None`: it is made of the card's number.
    identity: Option<Vec<u8>>,
    /// What is told in its place until the server asks for more.
    anonymous: Option<Vec<u8>>,
    /// Of the access network, for AKA'.
    network: Vec<u8>,
    /// AKA' is offered beside AKA.
    offers_aka_prime: bool,
    memory: Rc<RefCell<Memory>>,
}

impl Subscriber {
    /// EAP-SIM.
    #[cfg(feature = "sim")]
    #[must_use]
    pub fn sim(card: Card) -> Self {
        Self::new(Flavor::Sim, card)
    }

    /// EAP-AKA.
    #[cfg(feature = "aka")]
    #[must_use]
    pub fn aka(card: Card) -> Self {
        Self::new(Flavor::Aka, card)
    }

    /// EAP-AKA'.
    #[cfg(feature = "aka-prime")]
    #[must_use]
    pub fn aka_prime(card: Card) -> Self {
        Self::new(Flavor::AkaPrime, card)
    }

    /// With a name of the subscriber that is not made of the card's number.
    #[must_use]
    pub fn with_identity(self, identity: Vec<u8>) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// Tells this name, such as `anonymous@realm`, where the network has lent none, in place of the subscriber's. A server
    /// that asks for the subscriber's own name inside the method is told it.
    #[must_use]
    pub fn announced_as(self, anonymous: Vec<u8>) -> Self {
        Self {
            anonymous: Some(anonymous),
            ..self
        }
    }

    /// In an access network of this name: what AKA' compares with the server's (RFC 9048, 3.1). `WLAN` otherwise.
    #[must_use]
    pub fn in_network(self, network: &[u8]) -> Self {
        Self {
            network: network.to_vec(),
            ..self
        }
    }

    /// AKA beside AKA': a server that could do AKA' and is made to ask for AKA is then refused (RFC 9048, 4).
    #[must_use]
    pub fn beside_aka_prime(self) -> Self {
        Self {
            offers_aka_prime: true,
            ..self
        }
    }

    fn new(flavor: Flavor, card: Card) -> Self {
        Self {
            flavor,
            card,
            identity: None,
            anonymous: None,
            network: WLAN.to_vec(),
            offers_aka_prime: false,
            memory: Rc::default(),
        }
    }

    fn permanent_identity(&self) -> Vec<u8> {
        match &self.identity {
            Some(identity) => identity.clone(),
            None => permanent_identity(&*self.card.0.borrow(), self.flavor.first_of_identity()).into_bytes(),
        }
    }
}

impl Offer for Subscriber {
    fn kind(&self) -> MethodType {
        self.flavor.kind()
    }

    fn identity(&self) -> Option<Vec<u8>> {
        let memory = self.memory.borrow();
        let temporary = memory.renewal.as_ref().map(|renewal| renewal.identity.clone());
        let other = temporary
            .or_else(|| memory.pseudonym.clone())
            .or_else(|| self.anonymous.clone());
        Some(other.unwrap_or_else(|| self.permanent_identity()))
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange::new(self, identity))
    }
}

/// What the network has given for the next time.
#[derive(Default)]
struct Memory {
    pseudonym: Option<Vec<u8>>,
    renewal: Option<Renewal>,
}

/// What a fast re-authentication begins with.
struct Renewal {
    /// The name, for one use.
    identity: Vec<u8>,
    session: Session,
    /// The lowest counter that is still new.
    counter: u16,
}

/// Which of the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    Sim,
    Aka,
    AkaPrime,
}

impl Flavor {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Sim => 18,
            Self::Aka => 23,
            Self::AkaPrime => 50,
        }
    }

    pub(crate) const fn kind(self) -> MethodType {
        MethodType::Iana(self.number())
    }

    /// The session identifier: the type, and what makes the exchange unique. Of a full authentication that is RAND and
    /// `NONCE_MT` or AUTN (RFC 5247, appendix A), of a fast one `NONCE_S` and the code of its request (RFC 8940).
    pub(crate) fn session_id(self, parts: [&[u8]; 2]) -> Vec<u8> {
        let [front, back] = parts;
        [&[self.number()], front, back].concat()
    }

    /// The digit that a permanent name begins with, which tells a server the method before it has asked.
    pub(crate) const fn first_of_identity(self) -> char {
        match self {
            Self::Sim => '1',
            Self::Aka => '0',
            Self::AkaPrime => '6',
        }
    }
}
