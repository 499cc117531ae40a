//! What an exchange wants done, and how it can end.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::fmt;

use frame::StatusCode;
use keys::Pmk;
use keys::sae::SaeError;

/// Something to be done, in the order in which it was pushed into [`Effects`]. `Debug` shows no key.
pub enum Effect {
    /// Send this to the peer.
    Send(AuthFrame),
    /// The peer has proved that it knows the password. Later repetitions of its last frame are still answered.
    Accepted {
        /// The PMK, in a box: moving it leaves no copy behind.
        pmk: Box<Pmk>,
        /// Its name.
        pmkid: [u8; 16],
    },
    /// The exchange is over without a PMK.
    Failed(Failure),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(frame) => f.debug_tuple("Send").field(frame).finish(),
            Self::Accepted { pmkid, .. } => f.debug_struct("Accepted").field("pmkid", pmkid).finish_non_exhaustive(),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

/// An authentication frame with the algorithm SAE (3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthFrame {
    /// The sequence number: 1 for a commit, 2 for a confirm.
    pub transaction: u16,
    /// The status code.
    pub status: StatusCode,
    /// What follows the fixed fields.
    pub body: Box<[u8]>,
}

/// How an exchange failed. Each says what a person can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The two sides have different passwords.
    #[error("wrong password: {0}")]
    WrongPassword(PasswordProof),
    /// The peer refused every group that may be used.
    #[error("the peer supports none of our groups")]
    NoCommonGroup,
    /// The peer knows no password of this identifier.
    #[error("the peer does not know the password identifier")]
    UnknownIdentifier,
    /// The peer refused for a reason of its own.
    #[error("the peer refused: status {0}")]
    Refused(StatusCode),
    /// The peer did not answer, however often the frame was sent.
    #[error("no answer to frame {transaction}")]
    Timeout {
        /// The sequence number of the frame.
        transaction: u16,
    },
    /// The peer's only answers were commits that cannot be used, or our own sent back: an attack, or a broken peer.
    #[error("unusable commit: {0}")]
    Commit(SaeError),
    /// The configuration has no group, no method or no password that could be used together.
    #[error("nothing to authenticate with: no usable group, method or password")]
    Unusable,
}

/// What shows that the passwords differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProof {
    /// The peer's confirm does not verify.
    #[error("the peer's confirmation does not verify")]
    OurCheck,
    /// The peer refused our confirm (status 15).
    #[error("the peer refused our confirmation")]
    PeersCheck,
}

/// A queue of effects, first in, first out.
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
