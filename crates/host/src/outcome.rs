//! Why it failed: the closed set of outcomes that every command and the event stream share.

pub mod authentication;

use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use ihv::{Failure, OneXFailure, Policy, Proof, Reason, SecurityElement, Win32Error};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// What an attempt to connect, or a connection, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The port is open.
    Authorized,
    /// No network of this name is in reach.
    NoSuchNetwork,
    /// The access point refused the authentication.
    RefusedAtAuthentication(StatusCode),
    /// The access point refused the association.
    RefusedAtAssociation(StatusCode),
    /// The two sides do not share the secret.
    WrongSecret(Proof),
    /// The access point did not send what it owed.
    Silent(Awaited),
    /// Message 3 contradicts the beacon: possibly a downgrade.
    ElementMismatch(SecurityElement),
    /// The key of this network's fast transitions is not the access point's.
    WrongTransitionKey,
    /// The access point has no finite cyclic group in common with this station.
    NoCommonGroup,
    /// The access point does not know the password identifier.
    UnknownIdentifier,
    /// The access point says that it sends on another channel than the one it was heard on.
    ChannelMismatch,
    /// The authentication of the user by 802.1X has failed.
    OneX(OneXFailure),
    /// The extension or the host refused.
    PolicyRefusal(Refusal),
    /// The access point ended the association.
    Deauthenticated {
        /// Why.
        reason: ReasonCode,
        /// The port had been open.
        after_completion: bool,
    },
    /// The access point is out of reach, or the radio was switched off.
    Lost {
        /// The port had been open.
        after_completion: bool,
    },
    /// The adapter is gone, or was reset.
    AdapterGone,
    /// The user or the system asked for the end.
    Cancelled,
    /// A defect: of this program, of an extension, of a driver.
    Internal(Defect),
}

/// What an access point did not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// The answer to the authentication or association request.
    Association,
    /// A message of a handshake.
    Message(MessageName),
    /// Whatever would have completed the operation, where the extension does not say what.
    Completion,
}

/// Who refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The profile or the extension's policy.
    Policy(Policy),
    /// The extension, for a reason that only it understands.
    Extension(Reason),
    /// The access point broke the protocol.
    Protocol,
}

/// Where a defect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// In the extension.
    Extension(Win32Error),
    /// In the extension, whose process has ended.
    Crashed,
    /// In the extension, which has not returned from a handler.
    Hung,
    /// In the adapter's driver; an error number of the operating system's.
    Driver(i32),
}

/// The exit codes that all commands share.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// Refused by the peer, or a wrong secret.
    pub const REFUSED: u8 = 3;
    /// Nothing came in time.
    pub const TIMEOUT: u8 = 4;
    /// An input file is bad.
    pub const BAD_INPUT: u8 = 5;
    /// No such adapter, or no permission.
    pub const NO_ADAPTER: u8 = 6;
}

impl Outcome {
    /// The outcome's name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::NoSuchNetwork => "no_such_network",
            Self::RefusedAtAuthentication(_) => "refused_at_authentication",
            Self::RefusedAtAssociation(_) => "refused_at_association",
            Self::WrongSecret(_) => "wrong_secret",
            Self::Silent(_) => "access_point_silent",
            Self::ElementMismatch(_) => "element_mismatch",
            Self::WrongTransitionKey => "wrong_transition_key",
            Self::NoCommonGroup => "no_common_group",
            Self::UnknownIdentifier => "unknown_identifier",
            Self::ChannelMismatch => "channel_mismatch",
            Self::OneX(_) => "authentication_failed",
            Self::PolicyRefusal(_) => "policy_refusal",
            Self::Deauthenticated { .. } => "deauthenticated",
            Self::Lost { .. } => "lost",
            Self::AdapterGone => "adapter_gone",
            Self::Cancelled => "cancelled",
            Self::Internal(_) => "internal",
        }
    }

    /// The outcome as a sentence for a person.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Authorized => "The port is authorised: data may pass.".into(),
            Self::NoSuchNetwork => "No network of this name is in reach.".into(),
            Self::RefusedAtAuthentication(status) => {
                format!("The access point refused the authentication with status {status}.")
            }
            Self::RefusedAtAssociation(status) => {
                format!("The access point refused the association with status {status}.")
            }
            Self::WrongSecret(Proof::Proved) => {
                "The secret is wrong: the integrity code of a message proves that the two sides do not share it.".into()
            }
            Self::WrongSecret(Proof::Suspected) => {
                "The secret is probably wrong: the two sides did not prove to each other that they share it.".into()
            }
            Self::Silent(Awaited::Association) => "The access point did not answer the request to associate.".into(),
            Self::Silent(Awaited::Message(message)) => format!("The access point never sent message {message}."),
            Self::Silent(Awaited::Completion) => "The access point did not complete the operation.".into(),
            Self::ElementMismatch(element) => format!(
                "The {} of message 3 is not that of the access point's beacons: somebody may be forging them to weaken the connection.",
                element_name(element)
            ),
            Self::WrongTransitionKey => {
                "The access point does not have the key of this network's fast transitions: it does not know its name, or an integrity code proves it.".into()
            }
            Self::NoCommonGroup => "The access point accepts none of the groups that this station can compute in.".into(),
            Self::UnknownIdentifier => "The access point does not know the password identifier.".into(),
            Self::ChannelMismatch => {
                "The access point sends on another channel than the one it was heard on: somebody may be relaying.".into()
            }
            Self::OneX(failure) => authentication::words(failure).sentence.into(),
            Self::PolicyRefusal(Refusal::Policy(Policy::ManagementProtection)) => {
                "One side requires protected management frames, and the other does not have them.".into()
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::WeakCipher)) => {
                "The network offers only ciphers that are weaker than its authentication suite demands.".into()
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::Downgrade)) => {
                "The network offers less security than it did the last time, or than it promised to offer, or than the profile demands.".into()
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::Legacy)) => {
                "The network has no security, or security that is broken, and the profile does not ask for that.".into()
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::InvalidProfile)) => {
                "The profile was refused: it is malformed or contradicts itself.".into()
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::NoCommonSecurity)) => {
                "No network of this name offers the security that the profile asks for.".into()
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::UnexpectedAssociation)) => {
                "The association that was made is not the one that was asked for.".into()
            }
            Self::PolicyRefusal(Refusal::Extension(reason)) => {
                format!("The extension refused, for its reason {:#x}.", reason.0)
            }
            Self::PolicyRefusal(Refusal::Protocol) => {
                "The handshake was refused: the access point broke the protocol.".into()
            }
            Self::Deauthenticated {
                reason,
                after_completion: false,
            } => {
                format!(
                    "The access point ended the association before the operation was complete, for reason {reason}."
                )
            }
            Self::Deauthenticated {
                reason,
                after_completion: true,
            } => {
                format!("The access point ended the connection, for reason {reason}.")
            }
            Self::Lost {
                after_completion: false,
            } => "The access point went out of reach before the operation was complete.".into(),
            Self::Lost { after_completion: true } => "The access point went out of reach.".into(),
            Self::AdapterGone => "The adapter is gone, or was reset.".into(),
            Self::Cancelled => "The operation was cancelled.".into(),
            Self::Internal(Defect::Extension(error)) => format!("The extension failed with {error}."),
            Self::Internal(Defect::Crashed) => "The extension crashed; its ports are closed.".into(),
            Self::Internal(Defect::Hung) => {
                "The extension did not return from a call and was ended; its ports are closed.".into()
            }
            Self::Internal(Defect::Driver(number)) => {
                format!("The adapter's driver refused, with error {number} of the operating system.")
            }
        }
    }

    /// What a person can do next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Authorized => "Nothing: an address can be asked for now.",
            Self::NoSuchNetwork => {
                "Check the name, letter by letter, then that the access point is on and near enough, and on a band that this adapter has."
            }
            Self::RefusedAtAuthentication(_) | Self::RefusedAtAssociation(_) => {
                "Look the status up in the access point's log: it may be full, filter addresses, or want other security."
            }
            Self::WrongSecret(_) => "Check the passphrase. Upper and lower case differ, and so do blanks at its ends.",
            Self::Silent(Awaited::Association) => "Go nearer to the access point, or restart it, and try again.",
            Self::Silent(_) => {
                "Try again nearer to the access point; if it stays silent, look into its log for this station's address."
            }
            Self::ElementMismatch(_) => {
                "Do not connect. If the network is yours, restart the access point, so that it sends fresh beacons, and see whether that ends it."
            }
            Self::WrongTransitionKey => {
                "Check that all access points of the network have the same keys of fast transition; connect anew meanwhile."
            }
            Self::NoCommonGroup => "Have the access point accept group 19, which every station must have.",
            Self::UnknownIdentifier => {
                "Check the password identifier, letter by letter, with whoever runs the network."
            }
            Self::ChannelMismatch => {
                "Try again. If it stays so on the same spot, somebody is between this station and the access point."
            }
            Self::OneX(failure) => authentication::words(failure).next_step,
            Self::PolicyRefusal(Refusal::Policy(Policy::ManagementProtection)) => {
                "Have the access point protect management frames, or use an adapter that can."
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::WeakCipher)) => {
                "Have the access point offer 256-bit ciphers for data, for the group and for management frames with a suite of 192 bits, and nothing of TKIP with WPA3."
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::Downgrade)) => {
                "Find out whether the network was changed on purpose; only then allow less in the profile (`--downgrade`)."
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::Legacy)) => {
                "Use a network with WPA2 or WPA3. If there is none, ask for an open or old network by name (`--open`, `--legacy`)."
            }
            Self::PolicyRefusal(Refusal::Policy(Policy::InvalidProfile)) => "Correct the profile.",
            Self::PolicyRefusal(Refusal::Policy(Policy::NoCommonSecurity)) => {
                "Compare what the access point offers with what the profile allows; the network may want another kind of secret."
            }
            Self::PolicyRefusal(_) => "Take a capture and run `portcullis inspect` on it to see what was refused.",
            Self::Deauthenticated { .. } => {
                "Look the reason up in the access point's log. If it comes again and again, take a capture and run `portcullis inspect` on it."
            }
            Self::Lost { .. } => "Go nearer to the access point, and check that it is on.",
            Self::AdapterGone => "Plug the adapter in again, or load its driver.",
            Self::Cancelled => "Nothing, if that was meant.",
            Self::Internal(Defect::Extension(_)) => "Report it, with the events of this run (`--json`).",
            Self::Internal(Defect::Crashed | Defect::Hung) => {
                "Run `portcullis extension check` on the extension, and report what it finds to whoever made it."
            }
            Self::Internal(Defect::Driver(_)) => {
                "Look into the kernel's log, and check that no other program manages this adapter."
            }
        }
    }

    /// The exit code of a command that ends with this outcome.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Authorized | Self::Cancelled => exit::DONE,
            Self::NoSuchNetwork
            | Self::Silent(_)
            | Self::Lost { .. }
            | Self::OneX(OneXFailure::NoAuthenticator | OneXFailure::Silent) => exit::TIMEOUT,
            Self::OneX(OneXFailure::MissingCredential) => exit::BAD_INPUT,
            Self::RefusedAtAuthentication(_)
            | Self::RefusedAtAssociation(_)
            | Self::WrongSecret(_)
            | Self::ElementMismatch(_)
            | Self::WrongTransitionKey
            | Self::NoCommonGroup
            | Self::UnknownIdentifier
            | Self::ChannelMismatch
            | Self::OneX(_)
            | Self::PolicyRefusal(Refusal::Policy(
                Policy::NoCommonSecurity
                | Policy::UnexpectedAssociation
                | Policy::ManagementProtection
                | Policy::WeakCipher
                | Policy::Downgrade
                | Policy::Legacy,
            ))
            | Self::PolicyRefusal(Refusal::Extension(_) | Refusal::Protocol)
            | Self::Deauthenticated { .. } => exit::REFUSED,
            Self::PolicyRefusal(Refusal::Policy(Policy::InvalidProfile)) => exit::BAD_INPUT,
            Self::AdapterGone => exit::NO_ADAPTER,
            Self::Internal(_) => 1,
        }
    }

    /// The outcome of an operation that an extension has completed as a failure.
    #[must_use]
    pub fn of_failure(reason: Reason, error: Win32Error) -> Self {
        match Failure::of_reason(reason) {
            Some(Failure::WrongSecret(proof)) => Self::WrongSecret(proof),
            Some(Failure::Silent(message)) => Self::Silent(Awaited::Message(message)),
            Some(Failure::ElementMismatch(element)) => Self::ElementMismatch(element),
            Some(Failure::WrongTransitionKey) => Self::WrongTransitionKey,
            Some(Failure::NoCommonGroup) => Self::NoCommonGroup,
            Some(Failure::UnknownIdentifier) => Self::UnknownIdentifier,
            Some(Failure::ChannelMismatch) => Self::ChannelMismatch,
            Some(Failure::Unanswered) => Self::Silent(Awaited::Association),
            Some(Failure::Refused(status)) => Self::RefusedAtAuthentication(status),
            Some(Failure::OneX(failure)) => Self::OneX(failure),
            Some(Failure::Policy(policy)) => Self::PolicyRefusal(Refusal::Policy(policy)),
            Some(Failure::Protocol) => Self::PolicyRefusal(Refusal::Protocol),
            Some(Failure::Internal) => Self::Internal(Defect::Extension(error)),
            Some(Failure::Crashed) => Self::Internal(Defect::Crashed),
            Some(Failure::Hung) => Self::Internal(Defect::Hung),
            None if error == Win32Error::CANCELLED => Self::Cancelled,
            None if error == Win32Error::TIMEOUT => Self::Silent(Awaited::Completion),
            None => Self::PolicyRefusal(Refusal::Extension(reason)),
        }
    }
}

const fn element_name(element: SecurityElement) -> &'static str {
    match element {
        SecurityElement::Rsne => "RSNE",
        SecurityElement::Rsnxe => "RSNXE",
    }
}

const fn policy_name(policy: Policy) -> &'static str {
    match policy {
        Policy::InvalidProfile => "invalid_profile",
        Policy::NoCommonSecurity => "no_common_security",
        Policy::UnexpectedAssociation => "unexpected_association",
        Policy::ManagementProtection => "management_protection",
        Policy::WeakCipher => "weak_cipher",
        Policy::Downgrade => "downgrade",
        Policy::Legacy => "legacy",
    }
}

/// As an object: `outcome`, `sentence`, `next_step`, and what else the outcome says.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("outcome", self.name())?;
        match *self {
            Self::RefusedAtAuthentication(status) | Self::RefusedAtAssociation(status) => {
                map.serialize_entry("status", &status.0)?;
                map.serialize_entry("status_name", &status.name())?;
            }
            Self::WrongSecret(proof) => {
                map.serialize_entry("proof", if proof == Proof::Proved { "proved" } else { "suspected" })?;
            }
            Self::Silent(awaited) => map.serialize_entry(
                "awaited",
                match awaited {
                    Awaited::Association => "association",
                    Awaited::Message(message) => message.as_str(),
                    Awaited::Completion => "completion",
                },
            )?,
            Self::ElementMismatch(element) => map.serialize_entry("element", element_name(element))?,
            Self::Deauthenticated {
                reason,
                after_completion,
            } => {
                map.serialize_entry("reason", &reason.0)?;
                map.serialize_entry("reason_name", &reason.name())?;
                map.serialize_entry("after_completion", &after_completion)?;
            }
            Self::Lost { after_completion } => map.serialize_entry("after_completion", &after_completion)?,
            Self::OneX(failure) => map.serialize_entry("why", authentication::words(failure).name)?,
            Self::PolicyRefusal(Refusal::Policy(policy)) => map.serialize_entry("policy", policy_name(policy))?,
            Self::PolicyRefusal(Refusal::Protocol) => map.serialize_entry("policy", "protocol")?,
            Self::PolicyRefusal(Refusal::Extension(reason)) => map.serialize_entry("extension_reason", &reason.0)?,
            Self::Internal(Defect::Extension(error)) => map.serialize_entry("win32_error", &error.0)?,
            Self::Internal(Defect::Crashed) => map.serialize_entry("extension", "crashed")?,
            Self::Internal(Defect::Hung) => map.serialize_entry("extension", "hung")?,
            Self::Internal(Defect::Driver(number)) => map.serialize_entry("driver_error", &number)?,
            Self::Authorized
            | Self::NoSuchNetwork
            | Self::WrongTransitionKey
            | Self::NoCommonGroup
            | Self::UnknownIdentifier
            | Self::ChannelMismatch
            | Self::AdapterGone
            | Self::Cancelled => {}
        }
        map.serialize_entry("sentence", &self.sentence())?;
        map.serialize_entry("next_step", self.next_step())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_an_object_with_a_name_a_sentence_and_a_next_step() {
        let outcome = Outcome::Deauthenticated {
            reason: ReasonCode(15),
            after_completion: false,
        };
        let json = serde_json::to_value(outcome).unwrap();
        assert_eq!(json["outcome"], "deauthenticated");
        assert_eq!(json["reason"], 15);
        assert_eq!(json["after_completion"], false);
        assert!(json["sentence"].as_str().unwrap().contains("15"));
        assert!(!json["next_step"].as_str().unwrap().is_empty());
    }

    #[test]
    fn a_failure_that_both_understand_is_explained_and_another_keeps_its_number() {
        let failure = Failure::Silent(MessageName::FourWay3);
        assert_eq!(
            Outcome::of_failure(failure.into(), Win32Error::TIMEOUT),
            Outcome::Silent(Awaited::Message(MessageName::FourWay3))
        );
        let foreign = Reason::ihv(0xffff);
        assert_eq!(
            Outcome::of_failure(foreign, Win32Error::ACCESS_DENIED),
            Outcome::PolicyRefusal(Refusal::Extension(foreign))
        );
        assert_eq!(
            Outcome::of_failure(Reason::UNKNOWN, Win32Error::CANCELLED),
            Outcome::Cancelled
        );
    }
}
