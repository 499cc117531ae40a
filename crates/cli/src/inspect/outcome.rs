//! How an operation ended, why, and what a person can do next: a closed set.

use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use host::outcome::{Awaited, Outcome as Shared};
use ihv::{Proof, SecurityElement};

use super::eap::Alert;
use super::operation::{SaeStep, Sender};

/// How an operation ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both ends have proved that they hold the keys.
    Authorized,
    /// The capture does not show the operation to its end.
    Incomplete,
    /// The MIC proves that a secret is wrong, or one end says so of the other's: see [`Verdict::shared`].
    WrongSecret,
    /// One end has refused the other.
    Rejected,
    /// The operation is complete, and no secret is there to verify it.
    Unverified,
}

impl Outcome {
    /// The word that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::Incomplete => "incomplete",
            Self::WrongSecret => "wrong_secret",
            Self::Rejected => "rejected",
            Self::Unverified => "unverified",
        }
    }
}

/// How an operation ended and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What decides the outcome.
    pub finding: Finding,
    /// What else is worth knowing.
    pub remarks: Vec<Remark>,
}

/// What decides the outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Messages 2 and 4 of a 4-way handshake have the right MIC; with WPA, the group key was confirmed, too.
    Authorized {
        /// The frame of message 4.
        frame: u64,
    },
    /// A 4-way handshake of WPA is complete, but not the group key handshake that has to follow.
    NoGroupKey {
        /// The frame of message 4, or of group message 1.
        frame: u64,
        /// The access point did deliver the key.
        delivered: bool,
    },
    /// A fast transition: the MICs of request and response are right.
    Transition {
        /// The frame of the reassociation response.
        frame: u64,
    },
    /// The MIC in the access point's answer to a fast transition is not that of the key that the station has proved.
    WrongTransitionKey {
        /// The frame of the reassociation response.
        frame: u64,
    },
    /// The access point did not answer the reassociation request of a fast transition.
    TransitionUnanswered {
        /// The frame of the request.
        frame: u64,
    },
    /// The access point refused the authentication before the association.
    AuthenticationRefused {
        /// The frame of the answer.
        frame: u64,
        /// The access point's reason.
        status: StatusCode,
    },
    /// One end refused the other's SAE confirm, which says that they do not have the same password. Nothing proves who
    /// sent it.
    ConfirmRefused {
        /// The frame of the refusal.
        frame: u64,
        /// Who refused.
        sender: Sender,
        /// Its reason.
        status: StatusCode,
    },
    /// SAE did not come to its end.
    SaeUnfinished {
        /// The last frame of it.
        frame: u64,
        /// Who sent that.
        sender: Sender,
        /// What it says.
        step: SaeStep,
    },
    /// The access point refused the association.
    AssociationRefused {
        /// The frame of the answer.
        frame: u64,
        /// The access point's reason.
        status: StatusCode,
    },
    /// The authentication server refused the station.
    EapRefused {
        /// The frame of the EAP-Failure.
        frame: u64,
        /// The last alert of TLS before it, where that could be read.
        alert: Option<Alert>,
    },
    /// An element in message 2 or 3 is not the one that its sender announced before.
    ElementMismatch {
        /// The frame of the message.
        frame: u64,
        /// Whose element it is.
        sender: Sender,
        /// Which element.
        element: Compared,
    },
    /// No secret that was given verifies the MIC of message 2 (or of a reassociation request).
    WrongSecret {
        /// The frame of the message.
        frame: u64,
        /// The access point went on all the same: for the two ends the secret was right.
        accepted: bool,
    },
    /// One end left before the operation was complete.
    Disconnected {
        /// The frame that says so.
        frame: u64,
        /// Who left.
        sender: Sender,
        /// Why.
        reason: ReasonCode,
        /// The last message of the 4-way handshake before.
        after: Option<MessageName>,
        /// Message 2 is proved: the station holds the secret.
        secret_proved: bool,
    },
    /// The capture shows no end.
    Stopped {
        /// The last message of the 4-way handshake.
        after: Option<MessageName>,
        /// Message 2 is proved: the station holds the secret.
        secret_proved: bool,
    },
    /// All messages are there, and their MICs could not be computed.
    Unverified {
        /// What is missing.
        missing: Missing,
    },
}

/// An element that a handshake repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The RSN element.
    Rsne,
    /// The RSN extension element.
    Rsnxe,
    /// The WPA element, which is the RSN element of WPA.
    Wpa,
}

impl Compared {
    /// The same in the words that all commands share.
    const fn shared(self) -> SecurityElement {
        match self {
            Self::Rsne | Self::Wpa => SecurityElement::Rsne,
            Self::Rsnxe => SecurityElement::Rsnxe,
        }
    }
}

/// Why a MIC could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No secret was given.
    AnySecret,
    /// Those that were given are for other networks, or of a kind that leads to no key here.
    SecretForThis,
    /// A secret was given, but the capture lacks what the derivation takes besides.
    Inputs,
}

/// Something else that is worth knowing about an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A message of the decisive handshake is not in the capture.
    NotCaptured(MessageName),
    /// Data frames are encrypted under a key of this operation: the port did open.
    DataFollows {
        /// The first of them.
        frame: u64,
        /// How many there are.
        frames: u64,
    },
    /// Data frames are encrypted, under which key is not known.
    SealedDataFollows {
        /// The first of them.
        frame: u64,
    },
    /// A handshake after the first complete one did not complete.
    RekeyUnfinished {
        /// Its last message.
        frame: u64,
        /// Which message that is.
        after: MessageName,
    },
    /// A message of the authenticator came again with a replay counter that had been used.
    Replayed {
        /// Its frame.
        frame: u64,
        /// Which message it is.
        name: MessageName,
    },
    /// Frames with a wrong MIC.
    InvalidMics {
        /// How many.
        frames: u64,
        /// The first of them.
        first: u64,
    },
    /// One end left later.
    Left {
        /// The frame that says so.
        frame: u64,
        /// Who left.
        sender: Sender,
        /// Why.
        reason: ReasonCode,
    },
    /// Unprotected frames asked to disconnect although management frames are protected: they do not count.
    ForgedDisconnection {
        /// The first of them.
        frame: u64,
    },
    /// Beacons were protected, and proved with the key that was delivered.
    BeaconsProved {
        /// How many.
        frames: u64,
    },
    /// Beacons were protected, and these were not proved: without a MIC, with a wrong one, or repeated.
    ForgedBeacons {
        /// The first of them.
        first: u64,
        /// How many.
        frames: u64,
    },
    /// The station named a PMK that an earlier authentication had left, and the access point used it.
    KeptKey {
        /// The frame that names it.
        frame: u64,
    },
    /// The station named a PMK that an earlier authentication had left, and the access point did not use it.
    KeyNotKept {
        /// The frame that names it.
        frame: u64,
    },
    /// More happened than is listed.
    Unlisted(u64),
}

impl Verdict {
    /// The outcome in one word.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self.finding {
            Finding::Authorized { .. } | Finding::Transition { .. } => Outcome::Authorized,
            Finding::AuthenticationRefused { .. }
            | Finding::AssociationRefused { .. }
            | Finding::EapRefused { .. }
            | Finding::ElementMismatch { .. }
            | Finding::Disconnected {
                sender: Sender::AccessPoint,
                ..
            } => Outcome::Rejected,
            Finding::WrongSecret { .. } | Finding::WrongTransitionKey { .. } | Finding::ConfirmRefused { .. } => {
                Outcome::WrongSecret
            }
            Finding::Disconnected {
                sender: Sender::Station,
                ..
            }
            | Finding::TransitionUnanswered { .. }
            | Finding::SaeUnfinished { .. }
            | Finding::NoGroupKey { .. }
            | Finding::Stopped { .. } => Outcome::Incomplete,
            Finding::Unverified { .. } => Outcome::Unverified,
        }
    }

    /// The same in the words that all commands share, where they have one: those are of a station's own attempt, and
    /// an observer also sees what a station never learns.
    #[must_use]
    pub const fn shared(&self) -> Option<Shared> {
        use MessageName::{FourWay1, FourWay2, FourWay3, Group1};
        Some(match self.finding {
            Finding::Authorized { .. } | Finding::Transition { .. } => Shared::Authorized,
            Finding::AuthenticationRefused {
                status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
                ..
            }
            | Finding::AssociationRefused {
                status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
                ..
            } => Shared::NoCommonGroup,
            Finding::AuthenticationRefused {
                status: StatusCode::UNKNOWN_PASSWORD_IDENTIFIER,
                ..
            } => Shared::UnknownIdentifier,
            // What a station takes them for, in the frames of a fast transition, where they belong.
            Finding::AuthenticationRefused {
                status: StatusCode::INVALID_PMKID,
                ..
            }
            | Finding::AssociationRefused {
                status: StatusCode::INVALID_FTE,
                ..
            } => Shared::WrongTransitionKey,
            Finding::AuthenticationRefused { status, .. } => Shared::RefusedAtAuthentication(status),
            Finding::AssociationRefused { status, .. } => Shared::RefusedAtAssociation(status),
            Finding::ElementMismatch {
                sender: Sender::AccessPoint,
                element,
                ..
            } => Shared::ElementMismatch(element.shared()),
            Finding::WrongSecret { .. } => Shared::WrongSecret(Proof::Proved),
            // Anybody can send it in another's name.
            Finding::ConfirmRefused { .. } => Shared::WrongSecret(Proof::Suspected),
            Finding::WrongTransitionKey { .. } => Shared::WrongTransitionKey,
            Finding::TransitionUnanswered { .. } => Shared::Silent(Awaited::Association),
            Finding::SaeUnfinished {
                sender: Sender::Station,
                ..
            } => Shared::Silent(Awaited::Association),
            Finding::Disconnected {
                sender: Sender::AccessPoint,
                reason,
                ..
            } => Shared::Deauthenticated {
                reason,
                after_completion: false,
            },
            Finding::NoGroupKey { delivered: false, .. } => Shared::Silent(Awaited::Message(Group1)),
            Finding::Stopped { after: None, .. } => Shared::Silent(Awaited::Message(FourWay1)),
            Finding::Stopped {
                after: Some(FourWay2), ..
            } => Shared::Silent(Awaited::Message(FourWay3)),
            _ => return None,
        })
    }
}
