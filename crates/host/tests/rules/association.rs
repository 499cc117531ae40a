//! Before the association and up to its data port: R09 to R15.

use crate::support::air::{self, AP, STRANGER};
use crate::support::extension::{eapol_handling, prepare};
use crate::support::{Call, Lab, NOW, refused};
use frame::codes::{ReasonCode, StatusCode};
use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Akm, Cipher, Emit, SuiteList};
use ihv::{
    AssociationStatus, AuthAlgorithm, CipherAlgorithm, ConnectivityProfile, Failure, Policy, Reason, Refused, Rule,
    SecurityProfile, Win32Error,
};
use portcullis_host::ConnectError;
use portcullis_host::adapter::{
    AdapterEvent, AssociateRequest, Association, AssociationFailure, Command, DisassociationCause,
};
use portcullis_host::event::Kind;
use portcullis_host::outcome::{Outcome, Refusal};

fn scan(lab: &mut Lab) {
    lab.host.connect(NOW, lab.adapter, air::profile()).unwrap();
    lab.event(AdapterEvent::ScanCompleted(&[air::bss(AP)]));
}

fn request(commands: Vec<Command>) -> Option<AssociateRequest> {
    commands.into_iter().find_map(|command| match command {
        Command::Associate(request) => Some(*request),
        _ => None,
    })
}

#[test]
fn r09_whoever_asked_learns_why_a_profile_is_refused() {
    let mut lab = Lab::new();
    lab.extension.script(|_, call| {
        matches!(call, Call::PreAssociate(..)).then_some(Err(Refused {
            error: Win32Error::INVALID_DATA,
            reason: Reason::from(Failure::Policy(Policy::InvalidProfile)),
        }))
    });
    scan(&mut lab);
    let outcomes = lab.outcomes();
    assert_eq!(
        outcomes,
        [Outcome::PolicyRefusal(Refusal::Policy(Policy::InvalidProfile))]
    );
    assert!(request(lab.commands()).is_none());
}

#[test]
fn r09_a_refusal_without_an_error_or_a_reason_breaks_the_rule_and_is_a_refusal_all_the_same() {
    for (error, reason) in [
        (Win32Error::SUCCESS, Reason::SUCCESS),
        (Win32Error::INVALID_DATA, Reason::SUCCESS),
        (Win32Error::SUCCESS, Reason::ihv(1)),
    ] {
        let mut lab = Lab::new();
        lab.extension
            .script(move |_, call| matches!(call, Call::PreAssociate(..)).then_some(Err(Refused { error, reason })));
        scan(&mut lab);
        assert_eq!(lab.broken(), [Rule::R09]);
        assert!(request(lab.commands()).is_none());
        lab.host.connect(NOW, lab.adapter, air::profile()).unwrap();
    }
}

#[test]
fn r09_a_name_beyond_its_limit_never_reaches_the_extension() {
    let mut lab = Lab::new();
    let mut profile = air::profile();
    profile.ssid = vec![b'a'; 33];
    assert_eq!(
        lab.host.connect(NOW, lab.adapter, profile),
        Err(ConnectError::NameTooLong(33))
    );
    assert!(lab.commands().is_empty());
    assert_eq!(lab.extension.calls(), []);
}

#[test]
fn r10_a_pre_association_is_completed_once_and_later() {
    let mut lab = Lab::new();
    lab.associating();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r10_a_completion_from_inside_the_handler_that_began_is_refused() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::PreAssociate(adapter, session) => {
            prepare(host, adapter).unwrap();
            let completed = host.pre_associate_completion(adapter, session, Reason::SUCCESS, Win32Error::SUCCESS);
            assert_eq!(completed, Err(Win32Error::INVALID_OPERATION));
            Some(Ok(()))
        }
        _ => None,
    });
    scan(&mut lab);
    assert_eq!(lab.broken(), [Rule::R10]);
    assert!(request(lab.commands()).is_none());
}

#[test]
fn r10_after_its_completion_the_session_is_dead_for_every_function() {
    for error in [Win32Error::SUCCESS, Win32Error::TIMEOUT] {
        let mut lab = Lab::new();
        let (adapter, session) = (lab.adapter, lab.pre_associating());
        let reason = if error == Win32Error::SUCCESS {
            Reason::SUCCESS
        } else {
            Reason::UNKNOWN
        };
        lab.inside(move |host| host.pre_associate_completion(adapter, session, reason, error))
            .unwrap();
        lab.forget();
        let late = lab.inside(move |host| {
            [
                host.pre_associate_completion(adapter, session, Reason::SUCCESS, Win32Error::SUCCESS),
                host.set_current_profile(adapter, session, &Default::default(), &Default::default()),
                host.set_profile_custom_user_data(adapter, session, 1, b"late"),
                host.profile_custom_user_data(adapter, session, 1).map(drop),
            ]
        });
        assert_eq!(late, [Err(Win32Error::INVALID_HANDLE); 4]);
        assert_eq!(lab.broken(), [Rule::R10; 4]);
        assert!(lab.commands().is_empty());
    }
}

#[test]
fn r10_a_session_of_another_adapter_is_refused_and_stays_alive() {
    let mut lab = Lab::new();
    let (first, session) = (lab.adapter, lab.pre_associating());
    lab.adapter = lab.arrive();
    let second = lab.adapter;
    lab.pre_associating();
    lab.forget();
    let crossed =
        lab.inside(move |host| host.pre_associate_completion(second, session, Reason::SUCCESS, Win32Error::SUCCESS));
    assert_eq!(crossed, Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R10]);
    lab.inside(move |host| host.pre_associate_completion(first, session, Reason::SUCCESS, Win32Error::SUCCESS))
        .unwrap();
}

#[test]
fn r11_profile_calls_are_refused_from_inside_the_handler_and_accepted_after_it() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::PreAssociate(adapter, session) => {
            let calls = [
                host.set_current_profile(adapter, session, &Default::default(), &Default::default()),
                host.set_profile_custom_user_data(adapter, session, 1, b"early"),
                host.profile_custom_user_data(adapter, session, 1).map(drop),
            ];
            assert_eq!(calls, [Err(Win32Error::INVALID_OPERATION); 3]);
            Some(Ok(()))
        }
        _ => None,
    });
    let (adapter, session) = (lab.adapter, lab.pre_associating());
    assert_eq!(lab.broken(), [Rule::R11; 3]);
    let kept = lab
        .inside(move |host| {
            host.set_current_profile(
                adapter,
                session,
                &ConnectivityProfile::default(),
                &SecurityProfile::default(),
            )?;
            assert_eq!(
                host.profile_custom_user_data(adapter, session, 1),
                Err(Win32Error::NOT_FOUND)
            );
            host.set_profile_custom_user_data(adapter, session, 1, b"kept")?;
            host.profile_custom_user_data(adapter, session, 1)
        })
        .unwrap();
    assert_eq!(kept, b"kept");
    assert_eq!(lab.broken(), []);
}

#[test]
fn r12_the_lists_are_empty_until_they_are_set() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::PreAssociate(adapter, _) => Some(host.set_auth_algorithm(adapter, AuthAlgorithm::OPEN).map_err(refused)),
        _ => None,
    });
    lab.associated();
    lab.receive(&[2, 1, 0, 0]);
    assert_eq!(lab.extension.calls(), []);
    assert_eq!(lab.host.dropped(lab.adapter), 1);
}

#[test]
fn r12_the_lists_are_fixed_by_a_successful_pre_association_and_hold_for_the_connection() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    let adapter = lab.adapter;
    let changed = lab.inside(move |host| host.set_ethertype_handling(adapter, Default::default()));
    assert_eq!(changed, Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R12]);
    assert!(lab.commands().is_empty());
    lab.receive(&[2, 1, 0, 0]);
    assert_eq!(lab.extension.calls().len(), 1);
}

#[test]
fn r12_a_pre_association_that_failed_fixes_nothing() {
    let mut lab = Lab::new();
    let (adapter, session) = (lab.adapter, lab.pre_associating());
    lab.inside(move |host| {
        host.pre_associate_completion(adapter, session, Reason::UNKNOWN, Win32Error::TIMEOUT)?;
        host.set_ethertype_handling(adapter, eapol_handling(1))
    })
    .unwrap();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r13_the_adapter_associates_with_what_was_set() {
    let mut lab = Lab::new();
    lab.associating();
    let request = request(lab.commands()).unwrap();
    assert_eq!(request.auth, air::AUTH);
    assert_eq!(
        (request.unicast_cipher, request.multicast_cipher),
        (air::CCMP, air::CCMP)
    );
    // Group and pairwise CCMP-128, PSK: all that the RSNE of the request names.
    assert_eq!(request.elements[..4], [48, 20, 1, 0]);
    assert_eq!(request.elements[4..8], [0, 0x0f, 0xac, 4]);
    assert_eq!(request.elements[10..14], [0, 0x0f, 0xac, 4]);
    assert_eq!(request.elements[16..20], [0, 0x0f, 0xac, 2]);
}

#[test]
fn r13_what_is_set_after_the_pre_association_changes_nothing_about_its_association() {
    let mut lab = Lab::new();
    lab.associating();
    let adapter = lab.adapter;
    lab.inside(move |host| {
        host.set_auth_algorithm(adapter, AuthAlgorithm::OPEN)?;
        host.set_unicast_cipher_algorithm(adapter, CipherAlgorithm::NONE)?;
        host.set_multicast_cipher_algorithm(adapter, CipherAlgorithm::NONE)
    })
    .unwrap();
    lab.event(air::associated(AP));
    let calls = lab.extension.calls();
    let [Call::PostAssociate(_, session, _, parameters)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(
        (parameters.auth, parameters.unicast, parameters.multicast),
        (air::AUTH, air::CCMP, air::CCMP)
    );
    // Nor does the port need less protection.
    assert_eq!(lab.succeed(*session), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R30]);
    assert!(!lab.port().unwrap().authorized);
}

#[test]
fn r13_no_network_with_these_algorithms_ends_the_attempt() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::PreAssociate(adapter, _) => {
            prepare(host, adapter).unwrap();
            let gcmp_256 = CipherAlgorithm(9);
            Some(host.set_unicast_cipher_algorithm(adapter, gcmp_256).map_err(refused))
        }
        _ => None,
    });
    lab.associating();
    assert!(request(lab.commands()).is_none());
    assert_eq!(
        lab.outcomes(),
        [Outcome::PolicyRefusal(Refusal::Policy(Policy::NoCommonSecurity))]
    );
}

#[test]
fn r14_the_operation_is_given_the_port_and_the_frames_of_the_association() {
    let mut lab = Lab::new();
    lab.associating();
    assert_eq!(lab.port(), None);
    lab.event(air::associated(AP));
    let port = lab.port().unwrap();
    assert_eq!((port.peer, port.controlled, port.authorized), (AP, true, false));
    let calls = lab.extension.calls();
    let [Call::PostAssociate(_, _, told, parameters)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(*told, port);
    assert_eq!(parameters.request, b"request");
    assert_eq!(parameters.response, b"response");
    // The adapter had none newer than the scan's.
    assert_eq!(parameters.beacon, &*air::bss(AP).beacon);
    assert_eq!(parameters.status, AssociationStatus::SUCCESS);
    assert!(!parameters.authorized);
}

#[test]
fn r14_a_port_that_the_adapter_opened_is_created_open() {
    let mut lab = Lab::new();
    lab.associating();
    let AdapterEvent::Associated(mut association) = air::associated(AP) else {
        unreachable!()
    };
    association.authorized = true;
    lab.event(AdapterEvent::Associated(association));
    assert!(lab.port().unwrap().authorized);
    let calls = lab.extension.calls();
    assert!(
        matches!(&calls[..], [Call::PostAssociate(_, _, port, parameters)]
            if port.authorized && parameters.authorized),
        "{calls:?}"
    );
}

#[test]
fn r15_a_failed_association_begins_no_operation() {
    for failure in [
        AssociationFailure::NotFound,
        AssociationFailure::NoAnswer,
        AssociationFailure::Authentication(StatusCode(1)),
        AssociationFailure::Association(StatusCode(17)),
        AssociationFailure::Driver(-22),
    ] {
        let mut lab = Lab::new();
        lab.associating();
        lab.event(AdapterEvent::AssociationFailed {
            peer: AP,
            failure,
            elements: &[],
        });
        assert_eq!(lab.outcomes().len(), 1, "{failure:?}");
        // A late word of success does not revive it.
        lab.event(air::associated(AP));
        assert_eq!(lab.extension.calls(), []);
        assert_eq!(lab.port(), None);
        assert!(
            lab.commands()
                .iter()
                .any(|command| matches!(command, Command::Disassociate { .. }))
        );
    }
}

#[test]
fn r15_an_association_that_nobody_asked_for_is_ended() {
    let mut lab = Lab::new();
    lab.associating();
    lab.forget();
    lab.event(air::associated(STRANGER));
    assert_eq!(lab.extension.calls(), []);
    assert_eq!(lab.host.port(lab.adapter, STRANGER), None);
    let commands = lab.commands();
    assert!(
        matches!(commands[..], [Command::Disassociate { peer: STRANGER, .. }]),
        "{commands:?}"
    );
    // The one that was asked for is not harmed.
    lab.event(air::associated(AP));
    assert!(lab.operation().is_some());
}

#[test]
fn r15_the_same_association_told_twice_is_not_begun_twice() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    lab.event(air::associated(AP));
    let calls = lab.extension.calls();
    assert!(matches!(&calls[..], [Call::Stop(_, AP, _)]), "{calls:?}");
    assert_eq!(lab.port(), None);
    // The port was never open, so that nothing was lost after completion.
    assert_eq!(
        lab.outcomes(),
        [Outcome::Lost {
            after_completion: false
        }]
    );
}

#[test]
fn r15_a_disassociation_during_the_pre_association_is_of_an_earlier_association() {
    let mut lab = Lab::new();
    let (adapter, session) = (lab.adapter, lab.pre_associating());
    let cause = DisassociationCause::Deauthenticated(ReasonCode(3));
    lab.forget();
    lab.event(AdapterEvent::Disassociated { peer: AP, cause });
    assert!(lab.kinds().is_empty());
    lab.inside(move |host| host.pre_associate_completion(adapter, session, Reason::SUCCESS, Win32Error::SUCCESS))
        .unwrap();
    lab.event(AdapterEvent::Disassociated { peer: AP, cause });
    let kinds = lab.kinds();
    assert!(
        matches!(
            kinds[..],
            [
                ..,
                Kind::Outcome(Outcome::Deauthenticated {
                    after_completion: false,
                    ..
                })
            ]
        ),
        "{kinds:?}"
    );
}

/// An association request of four or ten fixed octets, with an RSNE that names keys.
fn association_request(fixed: usize, pmkids: Option<&[[u8; 16]]>) -> Vec<u8> {
    let rsne = Rsne {
        group_cipher: Some(Cipher::CCMP_128),
        pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
        akms: Some(SuiteList::new(&[Akm::SAE])),
        capabilities: Some(RsnCapabilities::default()),
        pmkids,
        ..Rsne::default()
    };
    [vec![0; fixed], vec![0, 1, b'a'], rsne.to_vec().unwrap()].concat()
}

#[test]
fn the_event_of_a_new_port_says_whether_the_request_named_a_key() {
    let names_key = |request: &[u8], reassociation| {
        let mut lab = Lab::new();
        lab.associating();
        lab.event(AdapterEvent::Associated(Association {
            peer: AP,
            reassociation,
            request,
            response: b"response",
            beacon: b"",
            channel: None,
            authorized: false,
        }));
        lab.kinds().into_iter().find_map(|kind| match kind {
            Kind::PortCreated { names_key, .. } => Some(names_key),
            _ => None,
        })
    };
    let key: &[[u8; 16]] = &[[7; 16]];
    for (fixed, reassociation) in [(4, false), (10, true)] {
        for (pmkids, named) in [(Some(key), true), (Some(&[][..]), false), (None, false)] {
            let request = association_request(fixed, pmkids);
            assert_eq!(names_key(&request, reassociation), Some(named), "{pmkids:?}");
        }
    }
    assert_eq!(names_key(b"", false), Some(false));
}
