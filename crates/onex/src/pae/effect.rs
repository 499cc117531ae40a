//! What a supplicant wants done.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::eap;
use crate::method::{ExportedKeys, Question};

/// Something to be done, in the order in which it was pushed into [`Effects`]. `Debug` shows no key.
pub enum Effect {
    /// Send this to the authenticator.
    Send(Pdu),
    /// Show this to the user.
    Notify(String),
    /// Ask the user, and give the answer to [`Supplicant::handle_answer`](super::Supplicant::handle_answer).
    Ask(Question),
    /// An authentication was successful. It has keys unless the method makes none.
    Succeeded(Option<ExportedKeys>),
    /// An authentication failed.
    Failed(Failure),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(pdu) => f.debug_tuple("Send").field(pdu).finish(),
            Self::Notify(message) => f.debug_tuple("Notify").field(message).finish(),
            Self::Ask(question) => f.debug_tuple("Ask").field(question).finish(),
            Self::Succeeded(_) => f.debug_struct("Succeeded").finish_non_exhaustive(),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

/// A whole EAPOL PDU. EtherType 0x888E goes before it. Wiped when dropped: it may hold a token in clear.
pub struct Pdu(Zeroizing<Vec<u8>>);

impl Pdu {
    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Pdu {
    fn from(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }
}

/// Only its length.
impl fmt::Debug for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pdu({} octets)", self.0.len())
    }
}

/// A queue of effects, first in, first out. Made once and used for every packet.
#[derive(Debug, Default)]
pub struct Effects(VecDeque<Effect>);

impl Effects {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Takes the effect that is to be executed next.
    pub fn pop(&mut self) -> Option<Effect> {
        self.0.pop_front()
    }

    /// Takes all effects in the order of their execution.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.0.drain(..)
    }

    /// True if nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, effect: Effect) {
        self.0.push_back(effect);
    }
}

/// How an authentication failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody answered EAPOL-Start (R32).
    #[error("no authenticator answers; is 802.1X switched on at the access point or switch?")]
    NoAuthenticator,
    /// The authenticator, or the server behind it, has fallen silent.
    #[error("the server has stopped answering; the authenticator may not reach it, or drop long packets")]
    Silence,
    /// The conversation failed.
    #[error("{0}")]
    Eap(#[from] eap::Failure),
}
