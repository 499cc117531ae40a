//! The post-association operation: R16 to R22.

use crate::support::air::{self, AP, STRANGER};
use crate::support::{Call, Lab, NOW, gates, refused};
use frame::codes::ReasonCode;
use frame::eapol_key::MessageName;
use ihv::{
    AssociationStatus, ConnectSession, Failure, HostAdapter, Indication, OneXFailure, Reason, Rule, SecuritySession,
    Win32Error,
};
use portcullis_host::adapter::{AdapterEvent, Command, DisassociationCause, PacketId};
use portcullis_host::event::Kind;
use portcullis_host::outcome::{Defect, Outcome};

#[test]
fn r16_a_completion_from_inside_the_handler_that_began_is_refused() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::PostAssociate(adapter, session, port, _) => {
            let completed =
                host.post_associate_completion(adapter, session, port.peer, Reason::SUCCESS, Win32Error::SUCCESS);
            assert_eq!(completed, Err(Win32Error::INVALID_OPERATION));
            Some(Ok(()))
        }
        _ => None,
    });
    lab.associated();
    assert_eq!(lab.broken(), [Rule::R16]);
    assert!(!lab.port().unwrap().authorized);
    assert!(gates(&lab.commands()).is_empty());
}

#[test]
fn r16_an_extension_that_cannot_begin_is_not_stopped_and_owes_no_completion() {
    let mut lab = Lab::new();
    lab.extension.script(|_, call| {
        matches!(call, Call::PostAssociate(..)).then_some(Err(refused(Win32Error::NOT_ENOUGH_MEMORY)))
    });
    let session = lab.associated();
    assert_eq!(lab.extension.calls(), []);
    assert_eq!(lab.port(), None);
    let events = lab.kinds();
    let outcome = Outcome::Internal(Defect::Extension(Win32Error::NOT_ENOUGH_MEMORY));
    assert!(events.contains(&Kind::Outcome(outcome)), "{events:?}");
    let commands = lab.commands();
    assert!(
        matches!(commands[..], [.., Command::Disassociate { peer: AP, .. }]),
        "{commands:?}"
    );
    // If it completes all the same, it is too late.
    assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R21]);
}

#[test]
fn r16_a_refusal_to_begin_without_an_error_breaks_the_rule_and_is_a_refusal_all_the_same() {
    let mut lab = Lab::new();
    lab.extension
        .script(|_, call| matches!(call, Call::PostAssociate(..)).then_some(Err(refused(Win32Error::SUCCESS))));
    lab.associated();
    assert_eq!(lab.broken(), [Rule::R16]);
    assert_eq!(lab.port(), None);
}

#[test]
fn r17_error_and_reason_agree_or_the_completion_is_refused() {
    let contradictions = [
        (Reason::SUCCESS, Win32Error::TIMEOUT),
        (Reason::UNKNOWN, Win32Error::SUCCESS),
        (Reason(Reason::ihv(u16::MAX).0 + 1), Win32Error::SUCCESS),
    ];
    for (reason, error) in contradictions {
        let mut lab = Lab::new();
        let connecting = lab.pre_associating();
        let adapter = lab.adapter;
        let pre = lab.inside(move |host| host.pre_associate_completion(adapter, connecting, reason, error));
        assert_eq!(pre, Err(Win32Error::INVALID_PARAMETER));
        assert_eq!(lab.broken(), [Rule::R17]);
        lab.host.disconnect(NOW, adapter);
        lab.extension.calls();

        let session = lab.protected();
        lab.forget();
        assert_eq!(lab.complete(session, reason, error), Err(Win32Error::INVALID_PARAMETER));
        assert_eq!(lab.broken(), [Rule::R17]);
        assert!(lab.commands().is_empty());
        // The operation still waits for its completion.
        assert_eq!(lab.complete(session, Reason::ihv(3), Win32Error::SUCCESS), Ok(()));
        assert!(lab.port().unwrap().authorized);
    }
}

#[test]
fn r18_only_a_success_opens_the_port() {
    let mut lab = Lab::new();
    let session = lab.protected();
    assert!(!lab.port().unwrap().authorized);
    assert!(gates(&lab.commands()).is_empty());
    lab.succeed(session).unwrap();
    assert!(lab.port().unwrap().authorized);
    assert_eq!(gates(&lab.commands()), [true]);
    let events = lab.kinds();
    assert!(events.contains(&Kind::PortAuthorized {}));
    assert!(events.contains(&Kind::Outcome(Outcome::Authorized)));
}

#[test]
fn r18_a_failure_opens_nothing_and_takes_the_port_down() {
    let mut lab = Lab::new();
    let session = lab.protected();
    lab.forget();
    lab.fail(session).unwrap();
    let commands = lab.commands();
    assert!(gates(&commands).is_empty());
    assert!(
        commands
            .iter()
            .any(|command| matches!(command, Command::Disassociate { peer: AP, .. })),
        "{commands:?}"
    );
    assert_eq!(lab.port(), None);
    let calls = lab.extension.calls();
    assert!(matches!(&calls[..], [Call::Stop(_, AP, _)]), "{calls:?}");
}

#[test]
fn r18_success_for_the_wrong_peer_or_another_adapters_session_opens_nothing() {
    let mut lab = Lab::new();
    let session = lab.protected();
    let (first, bystander) = (lab.adapter, lab.bystander);
    lab.adapter = lab.arrive();
    lab.protected();
    let second = lab.adapter;
    lab.forget();
    let complete = move |adapter: HostAdapter, peer| {
        move |host: &mut dyn ihv::Host| {
            host.post_associate_completion(adapter, session, peer, Reason::SUCCESS, Win32Error::SUCCESS)
        }
    };
    assert_eq!(
        lab.inside(complete(first, STRANGER)),
        Err(Win32Error::INVALID_PARAMETER)
    );
    assert_eq!(lab.broken(), [Rule::R22]);
    assert_eq!(lab.inside(complete(second, AP)), Err(Win32Error::INVALID_HANDLE));
    assert!(lab.commands().is_empty());
    assert_eq!(lab.kinds().len(), 1);
    // Through the bystander's handle the refusal is recorded with the bystander, and is all that happens.
    assert_eq!(lab.inside(complete(bystander, AP)), Err(Win32Error::INVALID_HANDLE));
    let event = lab.host.poll_event().unwrap();
    assert!(matches!(event.kind, Kind::RuleBroken { .. }), "{event:?}");
    assert!(!lab.host.port(first, AP).unwrap().authorized);
    assert!(!lab.host.port(second, AP).unwrap().authorized);
}

#[test]
fn r19_further_completions_close_and_open_the_port() {
    let mut lab = Lab::new();
    let session = lab.authorized();
    lab.forget();
    lab.succeed(session).unwrap();
    assert!(gates(&lab.commands()).is_empty(), "it was open already");
    lab.fail(session).unwrap();
    assert_eq!(gates(&lab.commands()), [false]);
    assert!(!lab.port().unwrap().authorized);
    lab.succeed(session).unwrap();
    assert_eq!(gates(&lab.commands()), [true]);
    assert!(lab.port().unwrap().authorized);
    assert_eq!(lab.extension.calls(), [], "the operation goes on");
    assert_eq!(lab.broken(), []);
}

#[test]
fn r19_a_later_failure_that_has_a_name_ends_the_association_and_is_its_outcome() {
    for failure in [Failure::OneX(OneXFailure::Credentials), Failure::Internal] {
        let mut lab = Lab::new();
        let session = lab.authorized();
        lab.forget();
        lab.complete(session, failure.into(), Win32Error::ACCESS_DENIED)
            .unwrap();
        let expected = Outcome::of_failure(failure.into(), Win32Error::ACCESS_DENIED);
        assert_eq!((lab.outcomes(), lab.port()), (vec![expected], None));
        let commands = lab.commands();
        assert_eq!(gates(&commands), [false]);
        assert!(
            commands
                .iter()
                .any(|command| matches!(command, Command::Disassociate { peer: AP, .. }))
        );
    }
}

#[test]
fn r19_a_port_is_not_opened_again_without_its_protection() {
    let mut lab = Lab::new();
    let (adapter, session) = (lab.adapter, lab.authorized());
    lab.fail(session).unwrap();
    lab.inside(move |host| host.set_key_mapping_key(adapter, air::pairwise(None)))
        .unwrap();
    lab.forget();
    assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R30]);
    assert!(gates(&lab.commands()).is_empty());
}

#[test]
fn r20_whatever_ends_the_association_stops_the_operation_and_deletes_the_port() {
    let reason = ReasonCode(15);
    let ends: [(DisassociationCause, AssociationStatus); 5] = [
        (
            DisassociationCause::Deauthenticated(reason),
            AssociationStatus::peer_deauthenticated(15),
        ),
        (
            DisassociationCause::Disassociated(reason),
            AssociationStatus::peer_disassociated(15),
        ),
        (DisassociationCause::Lost, AssociationStatus::UNREACHABLE),
        (
            DisassociationCause::Local(reason),
            AssociationStatus::DISASSOCIATED_BY_HOST,
        ),
        (DisassociationCause::RadioOff, AssociationStatus::RADIO_OFF),
    ];
    for (cause, status) in ends {
        for open in [false, true] {
            let mut lab = Lab::new();
            if open {
                lab.authorized();
            } else {
                lab.associated();
            }
            lab.forget();
            lab.event(AdapterEvent::Disassociated { peer: AP, cause });
            assert_eq!(lab.extension.calls(), [Call::Stop(lab.adapter, AP, status)]);
            assert_eq!(lab.port(), None);
            assert_eq!(gates(&lab.commands()), if open { vec![false] } else { vec![] });
            let kinds = lab.kinds();
            let at = |wanted: &Kind| kinds.iter().position(|kind| kind == wanted);
            let stopped = at(&Kind::PostAssociationStopped { status: status.0 });
            assert!(
                stopped.is_some() && stopped < at(&Kind::PortDeleted {}),
                "{cause:?}: {kinds:?}"
            );
        }
    }
}

#[test]
fn r20_an_end_from_above_stops_the_operation_too_and_a_stop_that_fails_keeps_no_port() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.extension
        .script(|_, call| matches!(call, Call::Stop(..)).then_some(Err(refused(Win32Error::NOT_FOUND))));
    lab.forget();
    lab.host.disconnect(NOW, lab.adapter);
    let calls = lab.extension.calls();
    assert!(matches!(&calls[..], [Call::Stop(_, AP, _)]), "{calls:?}");
    assert_eq!(lab.port(), None);
    lab.host.disconnect(NOW, lab.adapter);
    assert_eq!(lab.extension.calls(), []);
}

#[test]
fn r20_the_end_of_an_association_with_a_stranger_is_nobodys() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    let cause = DisassociationCause::Lost;
    lab.event(AdapterEvent::Disassociated { peer: STRANGER, cause });
    assert_eq!(lab.extension.calls(), []);
    assert!(lab.events().is_empty());
    assert!(lab.port().unwrap().authorized);
}

#[test]
fn r20_a_failure_reported_while_another_adapter_arrives_stops_the_operation_at_once() {
    let mut lab = Lab::new();
    let (adapter, session) = (lab.adapter, lab.protected());
    lab.extension.script(move |host, call| match call {
        Call::InitAdapter(_) => {
            let failed = host.post_associate_completion(adapter, session, AP, Reason::UNKNOWN, Win32Error::TIMEOUT);
            assert_eq!(failed, Ok(()));
            Some(Ok(()))
        }
        _ => None,
    });
    lab.arrive();
    assert_eq!(lab.port(), None);
}

#[test]
fn r21_a_completion_from_inside_the_stop_or_after_it_is_refused() {
    let mut lab = Lab::new();
    let session = lab.authorized();
    lab.extension.script(move |host, call| match *call {
        Call::Stop(adapter, peer, _) => {
            let late = host.post_associate_completion(adapter, session, peer, Reason::SUCCESS, Win32Error::SUCCESS);
            assert_eq!(late, Err(Win32Error::INVALID_HANDLE));
            Some(Ok(()))
        }
        _ => None,
    });
    lab.forget();
    let cause = DisassociationCause::Lost;
    lab.event(AdapterEvent::Disassociated { peer: AP, cause });
    assert_eq!(lab.broken(), [Rule::R21]);
    assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R21]);
    assert_eq!(gates(&lab.commands()), [false]);
}

#[test]
fn r21_nothing_of_a_port_is_left_for_the_next_one() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    lab.authorized();
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Lost,
    });
    lab.extension.calls();
    // The keys of the old port are no protection of the new one...
    let session = lab.associated();
    assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_STATE));
    // ... nor is it to install a key again if the new port happens to have the same.
    lab.forget();
    lab.send(MessageName::FourWay4).unwrap();
    lab.inside(move |host| host.set_key_mapping_key(adapter, air::pairwise(Some(&air::TK))))
        .unwrap();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r22_stale_handles_of_every_kind_are_errors_after_their_places_were_taken_again() {
    let mut lab = Lab::new();
    let session = lab.authorized();
    let (adapter, connecting) = (lab.adapter, ConnectSession(1));
    let stale_packet = PacketId(1);
    lab.event(AdapterEvent::Removed);
    // The next one takes the place of the adapter that left.
    lab.adapter = lab.arrive();
    assert_eq!(lab.adapter.0 as u32, adapter.0 as u32);
    lab.extension.calls();
    let fresh = lab.protected();
    let current = lab.adapter;
    assert_ne!(session, fresh);
    lab.forget();
    for handle in [adapter, current] {
        let (pre, post) = lab.inside(move |host| {
            (
                host.pre_associate_completion(handle, connecting, Reason::SUCCESS, Win32Error::SUCCESS),
                host.post_associate_completion(handle, session, AP, Reason::SUCCESS, Win32Error::SUCCESS),
            )
        });
        assert_eq!(
            (pre, post),
            (Err(Win32Error::INVALID_HANDLE), Err(Win32Error::INVALID_HANDLE))
        );
    }
    assert_eq!(lab.broken(), [Rule::R05, Rule::R05, Rule::R10, Rule::R21]);
    // What an adapter that has left reports is not reported for the one in its place.
    for event in [AdapterEvent::Removed, AdapterEvent::Reset, air::associated(AP)] {
        lab.host.handle_event(NOW, adapter, event);
    }
    lab.event(AdapterEvent::PacketSent {
        id: stale_packet,
        sent: true,
    });
    lab.host.disconnect(NOW, adapter);
    lab.host.resume(NOW, adapter);
    assert_eq!(lab.host.control(NOW, adapter, &[]), Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.extension.calls(), []);
    assert!(lab.commands().is_empty());
    assert_eq!(lab.succeed(fresh), Ok(()));
}

#[test]
fn r22_a_handle_that_was_never_given_is_an_error() {
    let mut lab = Lab::new();
    lab.protected();
    lab.forget();
    for session in [SecuritySession(0), SecuritySession(u64::MAX)] {
        assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_HANDLE));
        assert_eq!(lab.broken(), [Rule::R22]);
    }
    lab.event(AdapterEvent::Indication(Indication::LinkQuality(1)));
    assert!(!lab.port().unwrap().authorized);
}
