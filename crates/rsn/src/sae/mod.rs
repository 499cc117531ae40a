//! Simultaneous authentication of equals (IEEE 802.11-2020, 12.4): from a password to a PMK, by commits and confirms in
//! authentication frames.
//!
//! Both sides prove that they know the password, and whoever listens or guesses learns nothing but whether one guess
//! was right. A station begins ([`Initiator`]), an access point answers ([`Responder`]); two initiators find each other,
//! too.

mod exchange;
mod initiator;
mod password;
mod responder;
mod token;

pub use frame::sae::Method;
pub use initiator::Initiator;
pub use password::Password;
pub use responder::{Responder, Terms};
pub use token::TokenMaker;

use alloc::boxed::Box;
use alloc::vec::Vec;
use frame::{Akm, MacAddress, StatusCode};
use keys::Pmk;

/// How often a side answers what comes out of turn, or once more (dot11RSNASAESync).
const SYNC: u32 = 5;

/// Who authenticates with whom, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Parties {
    /// This side.
    pub own: MacAddress,
    /// The other side.
    pub peer: MacAddress,
    /// The suite of the association that is to follow.
    pub akm: Akm,
}

impl Parties {
    /// Whether the suite's hash depends on the group, and with it the length of the PMK.
    const fn has_ext_key(&self) -> bool {
        matches!(self.akm, Akm::SAE_EXT_KEY | Akm::FT_SAE_EXT_KEY)
    }

    /// Whether the suite goes with the method: those whose hash depends on the group have hash-to-element only.
    const fn allow(&self, method: Method) -> bool {
        matches!(method, Method::HashToElement) || !self.has_ext_key()
    }
}

/// An authentication frame, without its algorithm number (3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// 1 for a commit, 2 for a confirm.
    pub transaction: u16,
    /// The status code.
    pub status: StatusCode,
    /// What follows.
    pub body: Vec<u8>,
}

impl Frame {
    /// Refuses the commit of a peer for its group, which the number names.
    fn refuses_group(group: u16) -> Self {
        Self {
            transaction: frame::sae::COMMIT,
            status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
            body: group.to_le_bytes().to_vec(),
        }
    }
}

/// Something to be done, in the order in which it was pushed.
pub enum Effect {
    /// Send this to the peer.
    Send(Frame),
    /// The peer knows the password.
    Accepted {
        /// The key. The association that follows uses it.
        pmk: Box<Pmk>,
        /// The key's name.
        pmkid: [u8; 16],
    },
    /// The exchange is over and has come to nothing.
    Failed(Failure),
}

/// Shows no key.
impl core::fmt::Debug for Effect {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Send(frame) => f.debug_tuple("Send").field(frame).finish(),
            Self::Accepted { .. } => f.write_str("Accepted"),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

/// Why an exchange has come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The peer's confirm does not verify: it does not know the password, or not this one.
    #[error("the peer's confirm does not verify: the passwords differ")]
    WrongPassword,
    /// The peer has refused our confirm; so it may think of ours.
    #[error("the peer refused the confirm with status {0}: the passwords differ")]
    ConfirmRefused(StatusCode),
    /// The peer accepts none of our groups.
    #[error("the peer accepts none of the groups offered")]
    NoCommonGroup,
    /// The suite demands hash-to-element, and the peer does not have it.
    #[error("the suite demands hash-to-element, which the peer does not have")]
    NoCommonMethod,
    /// The peer does not know the password identifier.
    #[error("the peer does not know the password identifier")]
    UnknownIdentifier,
    /// The peer says that a group was refused which was not: somebody wants a weaker one.
    #[error("a group is said to have been refused that was not")]
    GroupDowngrade,
    /// The peer's scalar or element is none of the group, or is our own.
    #[error("the peer's scalar or element is invalid, or our own")]
    InvalidCommit,
    /// The peer has refused for another reason.
    #[error("the peer refused with status {0}")]
    Refused(StatusCode),
    /// The peer has not answered.
    #[error("the peer does not answer")]
    Silent,
}

/// Why a frame was not acted upon. The exchange goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Discarded {
    /// It does not parse.
    #[error("malformed: {0}")]
    Malformed(#[from] frame::ParseError),
    /// It does not belong here at this point of the exchange.
    #[error("unexpected at this point of the exchange")]
    Unexpected,
    /// Its group or its method is not that of the exchange.
    #[error("of another group or method than the exchange")]
    Mismatch,
    /// Its scalar or element is none of the group, or is our own.
    #[error("an invalid scalar or element, or our own")]
    InvalidCommit,
    /// It says that a group was refused which was not: somebody wants a weaker one.
    #[error("a group is said to have been refused that was not")]
    GroupDowngrade,
    /// It was answered already as often as is sensible.
    #[error("repeated too often")]
    Repeated,
}
