//! Why a transition does not go on.

use frame::{ParseError, StatusCode};

use crate::association::AssociationError;
use crate::refusal::NegotiatedElement;

/// A frame of a transition was refused, by us or by the peer. Nothing was installed, and the transition waits for the
/// same frame as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An element is malformed.
    #[error("malformed: {0}")]
    Parse(#[from] ParseError),
    /// The frame is not the next one, or comes a second time.
    #[error("the frame is not expected now")]
    Unexpected,
    /// Station only: the access point refused the transition in its answer to the FT authentication. Status 53 means
    /// that nobody there knows the key called PMKR0Name, 28 that its holder cannot be reached: authenticate anew.
    #[error("the access point refused the transition: {0}")]
    Refused(StatusCode),
    /// Station only: the access point refused the reassociation. Status 55 means as a rule that the FT keys of the two
    /// sides differ.
    #[error("the access point refused the reassociation: {0}")]
    ReassociationRefused(StatusCode),
    /// An element that must be there is not.
    #[error("{0} is missing")]
    Missing(NegotiatedElement),
    /// The RSNE does not name the key of this transition, or one that is not known here.
    #[error("the RSNE names another key than that of the transition")]
    Pmkid,
    /// Another mobility domain, or another policy than that of the beacon.
    #[error("the MDE is not that of the mobility domain")]
    Mde,
    /// A field of the FTE is not that of this transition.
    #[error("the FTE has an unexpected {0}")]
    Fte(&'static str),
    /// The MIC of the FTE is wrong: the FT keys of the two sides differ, or the frame is forged.
    #[error("the FTE has a wrong MIC: the FT keys differ")]
    Mic,
    /// The frame and the Beacon, or the authentication and the reassociation, contradict each other.
    #[error("{0} of the transition differs from what was announced: possible downgrade")]
    ElementMismatch(NegotiatedElement),
    /// The peer is on another channel, or does not say on which.
    #[error("the peer's operating channel is not ours: possible relay")]
    Channel,
    /// A group key cannot be decrypted.
    #[error("a group key of the FTE cannot be decrypted")]
    Unwrap,
    /// A group key is missing, or does not fit.
    #[error(transparent)]
    GroupKey(#[from] crate::Refusal),
    /// The two stations' elements make no association.
    #[error(transparent)]
    Association(#[from] AssociationError),
    /// The reassociation comes later than the network allows: its keys are not good any more.
    #[error("the time for the reassociation is over")]
    Late,
    /// What is to be said does not fit into an element (keys of 256 bits beside a long R0KH-ID).
    #[error("the elements of the transition are too long")]
    TooLong,
}

impl Refusal {
    /// The status that an access point answers with (IEEE 802.11-2020, 13.5.2, 13.7.1 and Table 9-50).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Refused(status) | Self::ReassociationRefused(status) => *status,
            Self::Pmkid => StatusCode::INVALID_PMKID,
            Self::Mde | Self::Missing(NegotiatedElement::Mde) => StatusCode::INVALID_MDE,
            Self::Fte(_) | Self::Mic | Self::Channel | Self::Missing(NegotiatedElement::Fte) => StatusCode::INVALID_FTE,
            Self::Missing(_) | Self::ElementMismatch(_) | Self::Parse(_) => StatusCode::INVALID_ELEMENT,
            Self::Association(AssociationError::AkmNotOffered(_) | AssociationError::AkmUnsupported(_)) => {
                StatusCode::INVALID_AKMP
            }
            Self::Association(AssociationError::CipherNotOffered(_)) => StatusCode::INVALID_PAIRWISE_CIPHER,
            Self::Association(AssociationError::ManagementProtection) => StatusCode::ROBUST_MANAGEMENT_POLICY_VIOLATION,
            Self::Unexpected | Self::Unwrap | Self::GroupKey(_) | Self::Association(_) | Self::Late | Self::TooLong => {
                StatusCode::UNSPECIFIED_FAILURE
            }
        }
    }

    /// Whether the two sides have different FT keys: to authenticate anew would mend it.
    #[must_use]
    pub fn is_wrong_key(&self) -> bool {
        matches!(self, Self::Mic) || *self == Self::ReassociationRefused(StatusCode::INVALID_FTE)
    }
}
