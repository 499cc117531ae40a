//! Failures that an extension and a host both understand, as reasons of the extensions' range.
//!
//! The interface leaves the meaning of that range to each extension. A host can tell a person why an
//! operation failed only if it knows the meaning; an extension that uses these numbers is explained,
//! any other is reported by its number.

use crate::{OneXFailure, Reason};
use frame::codes::StatusCode;
use frame::eapol_key::MessageName;

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The two sides do not share the secret.
    WrongSecret(Proof),
    /// The peer did not send this message in time.
    Silent(MessageName),
    /// Message 3 carried another element than the peer's beacons: possibly a downgrade.
    ElementMismatch(SecurityElement),
    /// The key from which the keys of a fast transition are derived is not the network's.
    WrongTransitionKey,
    /// The access point has no finite cyclic group that this side has.
    NoCommonGroup,
    /// The access point does not know the password identifier.
    UnknownIdentifier,
    /// The access point's channel is not the one on which it was heard: somebody relays.
    ChannelMismatch,
    /// The peer has not answered what was said before the association.
    Unanswered,
    /// The peer has refused what was said before the association, with this 802.11 status.
    Refused(StatusCode),
    /// The authentication of the user by 802.1X has failed.
    OneX(OneXFailure),
    /// The extension's own policy, or the profile's, forbids it.
    Policy(Policy),
    /// The peer broke the protocol in a way that has no better name.
    Protocol,
    /// A defect of the extension.
    Internal,
    /// The process that the extension ran in has ended. A host says that in its place.
    Crashed,
    /// A handler of the extension has not returned in time. A host says that in its place.
    Hung,
}

/// How sure it is that the secret is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A message integrity code says so.
    Proved,
    /// The peer behaves as if it were.
    Suspected,
}

/// An element of a beacon that message 3 repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityElement {
    /// RSNE (or WPA's element).
    Rsne,
    /// RSNXE.
    Rsnxe,
}

/// What was against the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The profile is malformed or contradicts itself.
    InvalidProfile,
    /// No network in reach offers what the profile asks for.
    NoCommonSecurity,
    /// The association is not the one that was asked for.
    UnexpectedAssociation,
    /// One side requires the protection of management frames, the other can't or does not want it.
    ManagementProtection,
    /// The network offers ciphers only that are too weak for its own authentication suite.
    WeakCipher,
    /// The network offers less than it did before, or than it promised to.
    Downgrade,
    /// The network has no security, or security that is broken, and the profile does not ask for that.
    Legacy,
}

const WRONG_SECRET: u16 = 0x0100;
const SILENT: u16 = 0x0200;
const ELEMENT: u16 = 0x0300;
const POLICY: u16 = 0x0400;
const PROTOCOL: u16 = 0x0500;
const INTERNAL: u16 = 0x0600;
const AUTHENTICATION: u16 = 0x0700;
const ONEX: u16 = 0x0800;
/// Here a status code is added.
const REFUSED: u16 = 0x1000;
/// More status codes than the standard has.
const STATUSES: u16 = 0x1000;

/// All failures with their offsets in the range, but for those with a status code.
const TABLE: [(u16, Failure); 55] = [
    (WRONG_SECRET, Failure::WrongSecret(Proof::Proved)),
    (WRONG_SECRET + 1, Failure::WrongSecret(Proof::Suspected)),
    (SILENT + 1, Failure::Silent(MessageName::FourWay1)),
    (SILENT + 2, Failure::Silent(MessageName::FourWay2)),
    (SILENT + 3, Failure::Silent(MessageName::FourWay3)),
    (SILENT + 4, Failure::Silent(MessageName::FourWay4)),
    (SILENT + 5, Failure::Silent(MessageName::Group1)),
    (SILENT + 6, Failure::Silent(MessageName::Group2)),
    (SILENT + 7, Failure::Silent(MessageName::Request)),
    (SILENT + 8, Failure::Silent(MessageName::Error)),
    (ELEMENT, Failure::ElementMismatch(SecurityElement::Rsne)),
    (ELEMENT + 1, Failure::ElementMismatch(SecurityElement::Rsnxe)),
    (POLICY, Failure::Policy(Policy::InvalidProfile)),
    (POLICY + 1, Failure::Policy(Policy::NoCommonSecurity)),
    (POLICY + 2, Failure::Policy(Policy::UnexpectedAssociation)),
    (POLICY + 3, Failure::Policy(Policy::ManagementProtection)),
    (POLICY + 4, Failure::Policy(Policy::WeakCipher)),
    (POLICY + 5, Failure::Policy(Policy::Downgrade)),
    (POLICY + 6, Failure::Policy(Policy::Legacy)),
    (AUTHENTICATION, Failure::WrongTransitionKey),
    (AUTHENTICATION + 1, Failure::NoCommonGroup),
    (AUTHENTICATION + 2, Failure::UnknownIdentifier),
    (AUTHENTICATION + 3, Failure::ChannelMismatch),
    (AUTHENTICATION + 4, Failure::Unanswered),
    (ONEX, Failure::OneX(OneXFailure::Credentials)),
    (ONEX + 1, Failure::OneX(OneXFailure::Refused)),
    (ONEX + 2, Failure::OneX(OneXFailure::NoAuthenticator)),
    (ONEX + 3, Failure::OneX(OneXFailure::Silent)),
    (ONEX + 4, Failure::OneX(OneXFailure::UntrustedServer)),
    (ONEX + 5, Failure::OneX(OneXFailure::Impostor)),
    (ONEX + 6, Failure::OneX(OneXFailure::NoCommonMethod)),
    (ONEX + 7, Failure::OneX(OneXFailure::Unanswered)),
    (ONEX + 8, Failure::OneX(OneXFailure::UserLeft)),
    (ONEX + 9, Failure::OneX(OneXFailure::MissingCredential)),
    (ONEX + 10, Failure::OneX(OneXFailure::NoKeys)),
    (ONEX + 11, Failure::OneX(OneXFailure::Protocol)),
    (ONEX + 12, Failure::OneX(OneXFailure::SelfSigned)),
    (ONEX + 13, Failure::OneX(OneXFailure::ServerExpired)),
    (ONEX + 14, Failure::OneX(OneXFailure::WrongServerName)),
    (ONEX + 15, Failure::OneX(OneXFailure::NotPinned)),
    (ONEX + 16, Failure::OneX(OneXFailure::Revoked)),
    (ONEX + 17, Failure::OneX(OneXFailure::NoStaple)),
    (ONEX + 18, Failure::OneX(OneXFailure::UnfitCertificate)),
    (ONEX + 19, Failure::OneX(OneXFailure::NoSafeTls)),
    (ONEX + 20, Failure::OneX(OneXFailure::ClientCertificate)),
    (ONEX + 21, Failure::OneX(OneXFailure::EarlySuccess)),
    (ONEX + 22, Failure::OneX(OneXFailure::Unbound)),
    (ONEX + 23, Failure::OneX(OneXFailure::PasswordExpired)),
    (ONEX + 24, Failure::OneX(OneXFailure::SkippedInside)),
    (ONEX + 25, Failure::OneX(OneXFailure::Restarted)),
    (ONEX + 26, Failure::OneX(OneXFailure::Endless)),
    (PROTOCOL, Failure::Protocol),
    (INTERNAL, Failure::Internal),
    (INTERNAL + 1, Failure::Crashed),
    (INTERNAL + 2, Failure::Hung),
];

impl Failure {
    /// The failure that a reason stands for, or `None` for one that only its extension understands.
    #[must_use]
    pub fn of_reason(reason: Reason) -> Option<Self> {
        let offset = reason.ihv_offset()?;
        if let Some(status) = offset.checked_sub(REFUSED).filter(|status| *status < STATUSES) {
            return Some(Self::Refused(StatusCode(status)));
        }
        TABLE
            .iter()
            .find(|(number, _)| *number == offset)
            .map(|(_, failure)| *failure)
    }
}

impl From<Failure> for Reason {
    fn from(failure: Failure) -> Self {
        if let Failure::Refused(StatusCode(status)) = failure {
            return match status < STATUSES {
                true => Self::ihv(REFUSED + status),
                false => Failure::Protocol.into(),
            };
        }
        TABLE
            .iter()
            .find(|(_, row)| *row == failure)
            .map_or(Self::UNKNOWN, |(offset, _)| Self::ihv(*offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_survives_the_way_through_a_reason() {
        for (offset, failure) in TABLE {
            assert_eq!(Reason::from(failure), Reason::ihv(offset));
            assert_eq!(Failure::of_reason(Reason::ihv(offset)), Some(failure));
        }
    }

    #[test]
    fn a_status_code_survives_the_way_through_a_reason() {
        for status in [0, 1, 77, STATUSES - 1] {
            let failure = Failure::Refused(StatusCode(status));
            assert_eq!(Failure::of_reason(failure.into()), Some(failure));
        }
        let beyond = Failure::Refused(StatusCode(STATUSES));
        assert_eq!(Failure::of_reason(beyond.into()), Some(Failure::Protocol));
    }

    #[test]
    fn a_reason_of_another_extension_is_not_explained() {
        assert_eq!(Failure::of_reason(Reason::ihv(0xffff)), None);
        assert_eq!(Failure::of_reason(Reason::UNKNOWN), None);
    }
}
