//! Failures that an extension names and the host explains, and what it means that nothing more has come.

use crate::support::{Lab, NOW, air};
use frame::eapol_key::MessageName;
use ihv::{Failure, OneXFailure, Policy, Reason, Win32Error};
use portcullis_host::outcome::{Awaited, Outcome, Refusal, exit};

/// What a connection comes to whose operation the extension completes in this way.
fn outcome_of(reason: Reason, error: Win32Error) -> Outcome {
    let mut lab = Lab::new();
    let session = lab.associated();
    lab.forget();
    lab.complete(session, reason, error).unwrap();
    assert_eq!(lab.port(), None);
    let outcomes = lab.outcomes();
    let [outcome] = outcomes[..] else {
        panic!("{outcomes:?}");
    };
    outcome
}

#[test]
fn another_association_than_the_one_that_was_asked_for_is_a_refusal_of_policy() {
    let policy = Policy::UnexpectedAssociation;
    let outcome = outcome_of(Failure::Policy(policy).into(), Win32Error::INVALID_DATA);
    assert_eq!(outcome, Outcome::PolicyRefusal(Refusal::Policy(policy)));
    assert_eq!(outcome.exit_code(), exit::REFUSED);
    let json = serde_json::to_value(outcome).unwrap();
    assert_eq!(json["outcome"], "policy_refusal");
    assert_eq!(json["policy"], "unexpected_association");
}

#[test]
fn a_broken_protocol_is_a_refusal_of_policy() {
    let outcome = outcome_of(Failure::Protocol.into(), Win32Error::INVALID_DATA);
    assert_eq!(outcome, Outcome::PolicyRefusal(Refusal::Protocol));
    assert_eq!(outcome.exit_code(), exit::REFUSED);
    let json = serde_json::to_value(outcome).unwrap();
    assert_eq!(json["outcome"], "policy_refusal");
    assert_eq!(json["policy"], "protocol");
}

#[test]
fn every_failure_that_both_understand_ends_the_connection_with_an_outcome_of_its_own() {
    let policy = |policy| (Failure::Policy(policy), Outcome::PolicyRefusal(Refusal::Policy(policy)));
    for (failure, expected) in [
        (Failure::WrongTransitionKey, Outcome::WrongTransitionKey),
        (Failure::NoCommonGroup, Outcome::NoCommonGroup),
        (Failure::UnknownIdentifier, Outcome::UnknownIdentifier),
        (Failure::ChannelMismatch, Outcome::ChannelMismatch),
        policy(Policy::ManagementProtection),
        policy(Policy::WeakCipher),
        policy(Policy::Downgrade),
        policy(Policy::Legacy),
    ] {
        let outcome = outcome_of(failure.into(), Win32Error::INVALID_DATA);
        assert_eq!(outcome, expected);
        assert_eq!(outcome.exit_code(), exit::REFUSED, "{outcome:?}");
    }
}

#[test]
fn every_failure_of_802_1x_has_an_outcome_a_sentence_and_an_exit_code() {
    for (failure, name, code) in [
        (OneXFailure::Credentials, "credentials", exit::REFUSED),
        (OneXFailure::Refused, "refused", exit::REFUSED),
        (OneXFailure::NoAuthenticator, "no_authenticator", exit::TIMEOUT),
        (OneXFailure::Silent, "silent", exit::TIMEOUT),
        (OneXFailure::UntrustedServer, "untrusted_server", exit::REFUSED),
        (OneXFailure::Impostor, "impostor", exit::REFUSED),
        (OneXFailure::NoCommonMethod, "no_common_method", exit::REFUSED),
        (OneXFailure::Unanswered, "unanswered", exit::REFUSED),
        (OneXFailure::UserLeft, "user_left", exit::REFUSED),
        (OneXFailure::MissingCredential, "missing_credential", exit::BAD_INPUT),
        (OneXFailure::NoKeys, "no_keys", exit::REFUSED),
        (OneXFailure::Protocol, "protocol", exit::REFUSED),
        (OneXFailure::SelfSigned, "self_signed", exit::REFUSED),
        (OneXFailure::ServerExpired, "server_expired", exit::REFUSED),
        (OneXFailure::WrongServerName, "wrong_server_name", exit::REFUSED),
        (OneXFailure::NotPinned, "not_pinned", exit::REFUSED),
        (OneXFailure::Revoked, "revoked", exit::REFUSED),
        (OneXFailure::NoStaple, "no_staple", exit::REFUSED),
        (OneXFailure::UnfitCertificate, "unfit_certificate", exit::REFUSED),
        (OneXFailure::NoSafeTls, "no_safe_tls", exit::REFUSED),
        (OneXFailure::ClientCertificate, "client_certificate", exit::REFUSED),
        (OneXFailure::EarlySuccess, "early_success", exit::REFUSED),
        (OneXFailure::Unbound, "unbound", exit::REFUSED),
        (OneXFailure::PasswordExpired, "password_expired", exit::REFUSED),
        (OneXFailure::SkippedInside, "skipped_inside", exit::REFUSED),
        (OneXFailure::Restarted, "restarted", exit::REFUSED),
        (OneXFailure::Endless, "endless", exit::REFUSED),
    ] {
        let outcome = outcome_of(Failure::OneX(failure).into(), Win32Error::ACCESS_DENIED);
        assert_eq!((outcome, outcome.exit_code()), (Outcome::OneX(failure), code));
        let json = serde_json::to_value(outcome).unwrap();
        assert_eq!(
            (&json["outcome"], &json["why"]),
            (&"authentication_failed".into(), &name.into())
        );
    }
}

#[test]
fn a_time_out_that_names_no_message_leaves_only_the_completion_to_wait_for() {
    let outcome = outcome_of(Reason::UNKNOWN, Win32Error::TIMEOUT);
    assert_eq!(outcome, Outcome::Silent(Awaited::Completion));
    assert_eq!(outcome.exit_code(), exit::TIMEOUT);
    let json = serde_json::to_value(outcome).unwrap();
    assert_eq!(json["outcome"], "access_point_silent");
    assert_eq!(json["awaited"], "completion");
}

#[test]
fn a_message_after_the_4_way_handshake_is_awaited_by_its_name() {
    let failure = Failure::Silent(MessageName::Group1);
    let outcome = outcome_of(failure.into(), Win32Error::TIMEOUT);
    assert_eq!(outcome, Outcome::Silent(Awaited::Message(MessageName::Group1)));
    assert_eq!(serde_json::to_value(outcome).unwrap()["awaited"], "group-1");
}

#[test]
fn an_attempt_that_is_timed_out_after_message_3_has_waited_for_the_completion() {
    let mut lab = Lab::new();
    lab.associated();
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    lab.receive(&air::message(MessageName::FourWay3));
    lab.forget();
    lab.host.time_out(NOW, lab.adapter, None);
    assert_eq!(lab.outcomes(), [Outcome::Silent(Awaited::Completion)]);
}
