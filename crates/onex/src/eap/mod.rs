//! EAP, the peer's side (RFC 3748; the state machine of RFC 4137, 4).
//!
//! [`Peer`] takes EAP packets of any carrier: EAPOL ([`crate::pae`]), RADIUS ([`crate::radius`]), the tunnel of another
//! method. Carriers may lose, repeat and reorder packets; a carrier that repeats packets of its own must not be
//! answered twice.

mod negotiate;
mod peer;

use alloc::boxed::Box;
use alloc::vec::Vec;

use frame::eap::Method as MethodType;

use crate::method::{Method, MethodFailure, Secret};

pub(crate) use negotiate::{canonical, wanted};
pub(crate) use peer::printable;
pub use peer::{Peer, Reaction};

/// What an authentication can be done with: the name of the user and the methods with their credentials.
pub struct Profile {
    /// The name for the server that routes the authentication: `anonymous@realm` where a method hides the real one in
    /// its tunnel. `None`: it is asked for.
    pub identity: Option<Vec<u8>>,
    /// The methods, the preferred first.
    pub offers: Vec<Box<dyn Offer>>,
    /// Whether keys must come out of it, as in every network without wires. Methods that make none are then not
    /// offered.
    pub needs_keys: bool,
}

/// A method with the credentials that it takes, ready to be begun any number of times.
pub trait Offer {
    /// The type that the server asks for.
    fn kind(&self) -> MethodType;

    /// Whether the method exports keys.
    fn makes_keys(&self) -> bool {
        true
    }

    /// The name under which the user is to be known where this method is the preferred one, in place of the profile's:
    /// that on a card, or one that the network has lent.
    fn identity(&self) -> Option<Vec<u8>> {
        None
    }

    /// Where it keeps the password that it begins with, if it has a place for one. What a person has said in its stead
    /// and the server has accepted is put there.
    fn password(&mut self) -> Option<&mut Option<Secret>> {
        None
    }

    /// Begins an authentication as `identity`, the name that was told to the server.
    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method>;
}

/// How a conversation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server says no and gives no reason.
    #[error("the server refuses the user and gives no reason; its log may have one")]
    Refused,
    /// The server wants methods that the profile has not.
    #[error("the server wants EAP type {wanted}, which the profile does not have; the two must agree on a method")]
    NoCommonMethod {
        /// The type that the server proposed last; 254 for a vendor's.
        wanted: u8,
    },
    /// The method says what is wrong.
    #[error("{0}")]
    Method(#[from] MethodFailure),
    /// The server calls the authentication a success before the method has ended.
    #[error("the server sent a success before it had proved itself; it is an impostor or defective")]
    EarlySuccess,
    /// The same where the tunnel stands already, and nothing, or not enough, was proved inside it (CVE-2023-52160).
    #[error("the server sent a success before it had proved itself inside the tunnel; it is an impostor or defective")]
    SkippedInside,
    /// The exchange does not come to an end.
    #[error("the server has asked {rounds} times and does not come to an end")]
    Endless {
        /// Requests answered.
        rounds: u16,
    },
}

#[cfg(test)]
mod tests;
