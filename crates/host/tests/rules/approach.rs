//! Between the choice of an access point and its association: what the extension may say, and when.

use crate::support::air::{self, AP, STRANGER};
use crate::support::calls::Step;
use crate::support::refused;
use crate::support::{Lab, NOW};
use frame::MacAddress;
use frame::codes::{ReasonCode, StatusCode};
use ihv::{AuthenticationFrame, Failure, HostAdapter, Opening, Policy, Refused, Refusing, Response, Terms, Win32Error};
use portcullis_host::RoamError;
use portcullis_host::adapter::{
    AdapterEvent, AssociationFailure, Authentication, Command, DisassociationCause, Sought,
};
use portcullis_host::event::Kind;
use portcullis_host::outcome::{Outcome, Refusal};

const SAE: u16 = 3;

/// The access point that there is besides the usual one.
const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);

const fn frame(transaction: u16, body: &[u8]) -> AuthenticationFrame<'_> {
    AuthenticationFrame {
        algorithm: SAE,
        transaction,
        status: StatusCode(0),
        body,
    }
}

/// An extension that authenticates by frames of its own.
fn exchange(lab: &Lab) {
    lab.extension.begin(|host, adapter, approach| {
        host.send_authentication(adapter, approach.bss.bssid, frame(1, b"commit"))
            .map_err(refused)?;
        Ok(Opening::Exchange)
    });
}

/// Up to an exchange in progress.
fn exchanging(lab: &mut Lab) {
    exchange(lab);
    lab.associating();
}

fn complete(lab: &mut Lab, peer: MacAddress, result: Result<Terms, Refused>) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.authentication_completion(adapter, peer, result))
}

fn send(lab: &mut Lab, peer: MacAddress) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.send_authentication(adapter, peer, frame(2, b"confirm")))
}

/// The requests to associate among the commands since this was last asked.
fn associations(lab: &mut Lab) -> Vec<(MacAddress, Option<MacAddress>, Vec<u8>, Authentication)> {
    let request = |command| match command {
        Command::Associate(request) => {
            let (bssid, previous) = (request.bss.bssid, request.previous);
            Some((bssid, previous, request.elements, request.authentication))
        }
        _ => None,
    };
    lab.commands().into_iter().filter_map(request).collect()
}

#[test]
fn the_extension_says_what_the_request_contains() {
    let mut lab = Lab::new();
    lab.extension
        .begin(|_, _, _| Ok(Opening::Associate(Terms::new(b"\x30\x00".to_vec()))));
    lab.associating();
    let [(bssid, None, elements, Authentication::Adapter)] = &associations(&mut lab)[..] else {
        panic!("no association");
    };
    assert_eq!((*bssid, &elements[..]), (AP, &b"\x30\x00"[..]));
}

#[test]
fn an_exchange_of_frames_ends_with_the_terms_of_the_association() {
    let mut lab = Lab::new();
    exchanging(&mut lab);
    let commands = lab.commands();
    let sent = commands.iter().find_map(|command| match command {
        Command::Authenticate(request) => Some((request.association.bss.bssid, request.transaction, &request.body[..])),
        _ => None,
    });
    assert_eq!(sent, Some((AP, 1, &b"commit"[..])));
    assert!(!commands.iter().any(|command| matches!(command, Command::Associate(_))));

    lab.event(AdapterEvent::AuthenticationReceived {
        peer: AP,
        frame: frame(1, b"theirs"),
    });
    assert_eq!(
        lab.extension.steps().last(),
        Some(&Step::Received {
            peer: AP,
            transaction: 1,
            body: b"theirs".to_vec()
        })
    );
    assert_eq!(send(&mut lab, AP), Ok(()));
    complete(&mut lab, AP, Ok(Terms::new(b"terms".to_vec()))).unwrap();
    let done = Authentication::Done { algorithm: SAE };
    assert_eq!(associations(&mut lab), [(AP, None, b"terms".to_vec(), done)]);

    // The exchange is over.
    assert_eq!(send(&mut lab, AP), Err(Win32Error::INVALID_STATE));
    let again = complete(&mut lab, AP, Ok(Terms::new(Vec::new())));
    assert_eq!(again, Err(Win32Error::INVALID_STATE));
    lab.event(air::associated(AP));
    assert!(lab.operation().is_some());
}

#[test]
fn frames_of_another_access_point_or_without_an_exchange_reach_nobody() {
    let mut lab = Lab::new();
    exchanging(&mut lab);
    lab.extension.steps();
    let stranger = AdapterEvent::AuthenticationReceived {
        peer: STRANGER,
        frame: frame(1, b""),
    };
    lab.event(stranger);
    assert_eq!(send(&mut lab, STRANGER), Err(Win32Error::INVALID_STATE));
    let wrong = complete(&mut lab, STRANGER, Ok(Terms::new(Vec::new())));
    assert_eq!(wrong, Err(Win32Error::INVALID_STATE));
    complete(&mut lab, AP, Ok(Terms::new(Vec::new()))).unwrap();
    lab.event(AdapterEvent::AuthenticationReceived {
        peer: AP,
        frame: frame(2, b"late"),
    });
    assert_eq!(lab.extension.steps(), []);
}

#[test]
fn a_completion_from_inside_the_beginning_is_refused() {
    let mut lab = Lab::new();
    lab.extension.begin(|host, adapter, approach| {
        let early = host.authentication_completion(adapter, approach.bss.bssid, Ok(Terms::new(Vec::new())));
        assert_eq!(early, Err(Win32Error::INVALID_STATE));
        Ok(Opening::Exchange)
    });
    lab.associating();
    assert!(associations(&mut lab).is_empty());
}

#[test]
fn an_exchange_that_fails_ends_the_attempt_for_its_reason() {
    let mut lab = Lab::new();
    exchanging(&mut lab);
    lab.forget();
    let failure = Refused {
        error: Win32Error::ACCESS_DENIED,
        reason: Failure::NoCommonGroup.into(),
    };
    complete(&mut lab, AP, Err(failure)).unwrap();
    assert_eq!(lab.outcomes(), [Outcome::NoCommonGroup]);
    assert!(lab.host.connect(NOW, lab.adapter, air::profile()).is_ok());
}

#[test]
fn a_refusal_to_begin_ends_the_attempt_for_its_reason() {
    let mut lab = Lab::new();
    lab.extension.begin(|_, _, _| {
        Err(Refused {
            error: Win32Error::NOT_SUPPORTED,
            reason: Failure::Policy(Policy::Downgrade).into(),
        })
    });
    lab.associating();
    assert_eq!(
        lab.outcomes(),
        [Outcome::PolicyRefusal(Refusal::Policy(Policy::Downgrade))]
    );
}

#[test]
fn an_access_point_that_the_extension_refuses_as_a_matter_of_policy_is_passed_over() {
    let mut lab = Lab::new();
    lab.extension.begin(|_, _, approach| match approach.bss.bssid {
        AP => Err(Refused {
            error: Win32Error::ACCESS_DENIED,
            reason: Failure::Policy(Policy::ManagementProtection).into(),
        }),
        _ => Ok(Opening::Associate(Terms::new(approach.elements.to_vec()))),
    });
    lab.associating_among(&[air::bss(AP), air::bss(OTHER)]);
    let chosen: Vec<_> = associations(&mut lab).iter().map(|(bssid, ..)| *bssid).collect();
    assert_eq!(chosen, [OTHER]);
    assert!(lab.outcomes().is_empty());
    lab.event(air::associated(OTHER));
    assert!(lab.operation().is_some());
}

#[test]
fn any_other_refusal_to_begin_ends_the_attempt_whoever_else_is_there() {
    let mut lab = Lab::new();
    lab.extension.begin(|_, _, _| {
        Err(Refused {
            error: Win32Error::ACCESS_DENIED,
            reason: Failure::NoCommonGroup.into(),
        })
    });
    lab.associating_among(&[air::bss(AP), air::bss(OTHER)]);
    assert_eq!(lab.outcomes(), [Outcome::NoCommonGroup]);
}

fn refuse(lab: &mut Lab, status: u16) {
    lab.event(AdapterEvent::AssociationFailed {
        peer: AP,
        failure: AssociationFailure::Association(StatusCode(status)),
        elements: b"why",
    });
}

#[test]
fn a_refused_association_is_begun_again_as_often_as_is_sensible() {
    let mut lab = Lab::new();
    lab.extension.respond(Response::Again);
    lab.associating();
    for _ in 0..4 {
        assert_eq!(associations(&mut lab).len(), 1);
        refuse(&mut lab, 53);
        assert!(lab.outcomes().is_empty());
    }
    assert!(lab.extension.steps().contains(&Step::Refused(
        AP,
        Refusing::Association(StatusCode(53)),
        b"why".to_vec()
    )));
    refuse(&mut lab, 53);
    assert_eq!(lab.outcomes(), [Outcome::RefusedAtAssociation(StatusCode(53))]);
}

#[test]
fn a_refusal_may_have_a_better_reason_than_its_status() {
    let mut lab = Lab::new();
    lab.extension.respond(Response::Fail(Failure::NoCommonGroup.into()));
    lab.associating();
    refuse(&mut lab, 77);
    assert_eq!(lab.outcomes(), [Outcome::NoCommonGroup]);
}

#[test]
fn an_attempt_that_is_given_up_in_mid_exchange_ends_it() {
    let mut lab = Lab::new();
    exchanging(&mut lab);
    lab.forget();
    lab.host.disconnect(NOW, lab.adapter);
    assert_eq!(lab.outcomes(), [Outcome::Cancelled]);
    assert_eq!(send(&mut lab, AP), Err(Win32Error::INVALID_STATE));
}

#[test]
fn action_frames_pass_between_the_extension_and_the_access_point_of_a_port() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    lab.extension.steps();
    let adapter = lab.adapter;
    let action = |lab: &mut Lab, peer, body: Vec<u8>| lab.inside(move |host| host.send_action(adapter, peer, &body));
    assert_eq!(action(&mut lab, AP, b"\x08\x00".to_vec()), Ok(()));
    assert_eq!(
        action(&mut lab, STRANGER, b"\x08\x00".to_vec()),
        Err(Win32Error::INVALID_STATE)
    );
    assert_eq!(action(&mut lab, AP, Vec::new()), Err(Win32Error::INVALID_PARAMETER));
    assert_eq!(action(&mut lab, AP, vec![0; 2305]), Err(Win32Error::INVALID_PARAMETER));
    let commands = lab.commands();
    assert!(matches!(&commands[..], [Command::SendAction { peer: AP, body }] if body == b"\x08\x00"));
    for peer in [AP, STRANGER] {
        lab.event(AdapterEvent::ActionReceived {
            peer,
            body: b"\x08\x01",
        });
    }
    assert_eq!(lab.extension.steps(), [Step::Action(AP, b"\x08\x01".to_vec())]);
}

/// Up to a roam for which the scan has found both access points.
fn roaming(lab: &mut Lab) {
    lab.authorized();
    lab.forget();
    lab.extension.steps();
    lab.host.roam(NOW, lab.adapter, None).unwrap();
    lab.event(AdapterEvent::ScanCompleted(&[air::bss(AP), air::bss(OTHER)]));
}

#[test]
fn a_roam_goes_to_another_access_point_and_ends_the_old_port_when_the_new_one_stands() {
    let mut lab = Lab::new();
    roaming(&mut lab);
    assert_eq!(
        lab.extension.steps(),
        [Step::Begin {
            peer: OTHER,
            current: Some(AP)
        }]
    );
    assert!(matches!(
        associations(&mut lab)[..],
        [(OTHER, Some(AP), _, Authentication::Adapter)]
    ));
    assert!(lab.port().is_some_and(|port| port.authorized));
    lab.kinds();
    lab.event(air::associated(OTHER));
    assert_eq!(lab.port(), None);
    assert!(lab.host.port(lab.adapter, OTHER).is_some_and(|port| !port.authorized));
    // The old port has no outcome: the connection goes on.
    assert!(lab.outcomes().is_empty());
}

#[test]
fn a_network_that_asks_the_station_to_move_is_obeyed_and_answered() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    // Wireless network management, transition request, token 5, one candidate.
    let mut request = vec![10, 7, 5, 1, 0, 0, 255, 52, 13];
    request.extend(OTHER.0);
    request.extend([0, 0, 0, 0, 81, 6, 7]);
    lab.event(AdapterEvent::ActionReceived {
        peer: AP,
        body: &request,
    });
    let commands = lab.commands();
    // It is looked for where it is said to be.
    let there = Sought {
        bssid: OTHER,
        frequency: Some(2437),
    };
    assert!(matches!(commands[0], Command::Scan { sought: Some(sought), .. } if sought == there));
    let answer = [&[10, 8, 5, 0, 0], &OTHER.0[..]].concat();
    assert!(matches!(&commands[1], Command::SendAction { peer: AP, body } if *body == answer));
    lab.event(AdapterEvent::ScanCompleted(&[air::bss(AP), air::bss(OTHER)]));
    lab.event(air::associated(OTHER));
    assert!(lab.host.port(lab.adapter, OTHER).is_some());

    // Nowhere to go: refused.
    lab.forget();
    lab.event(AdapterEvent::ActionReceived {
        peer: OTHER,
        body: &[10, 7, 6, 0, 0, 0, 255],
    });
    let refused = lab.commands();
    assert!(matches!(&refused[..], [Command::SendAction { body, .. }] if *body == [10, 8, 6, 1, 0]));
}

#[test]
fn a_roam_that_fails_leaves_the_old_port_as_it_is() {
    let mut lab = Lab::new();
    roaming(&mut lab);
    lab.kinds();
    lab.event(AdapterEvent::AssociationFailed {
        peer: OTHER,
        failure: AssociationFailure::NoAnswer,
        elements: &[],
    });
    let failed = lab.kinds();
    assert!(matches!(&failed[..], [Kind::RoamFailed { .. }]), "{failed:?}");
    assert!(lab.port().is_some_and(|port| port.authorized));
    lab.host.roam(NOW, lab.adapter, None).unwrap();
    lab.event(AdapterEvent::ScanCompleted(&[air::bss(AP)]));
    let nowhere = lab.kinds();
    let expected = Kind::RoamFailed {
        outcome: Outcome::NoSuchNetwork,
    };
    assert_eq!(nowhere.last(), Some(&expected));
}

#[test]
fn the_end_of_the_old_association_in_mid_roam_is_told_and_the_roam_goes_on() {
    let mut lab = Lab::new();
    roaming(&mut lab);
    lab.kinds();
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Deauthenticated(ReasonCode(3)),
    });
    assert_eq!(lab.outcomes().len(), 1);
    lab.event(air::associated(OTHER));
    assert!(lab.host.port(lab.adapter, OTHER).is_some());
}

#[test]
fn only_an_open_port_can_be_left_for_another_access_point() {
    let mut lab = Lab::new();
    assert_eq!(lab.host.roam(NOW, lab.adapter, None), Err(RoamError::NotConnected));
    assert_eq!(lab.host.roam(NOW, HostAdapter(99), None), Err(RoamError::NoSuchAdapter));
    lab.authorized();
    lab.host.roam(NOW, lab.adapter, Some(OTHER)).unwrap();
    assert_eq!(lab.host.roam(NOW, lab.adapter, Some(OTHER)), Err(RoamError::Busy));
    lab.forget();
}
