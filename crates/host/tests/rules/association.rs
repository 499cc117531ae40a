//! R09 to R15: from the pre-association operation to the new data port.

use crate::support::{
    Bench, CCMP, Call, MESSAGE_1, MESSAGE_3, MESSAGE_4, OTHER_PEER, On, PEER, PSK, SSID, Seat, eapol, network, profile,
};
use frame::codes::StatusCode;
use frame::ethertype::EtherType;
use ihv::{
    AuthAlgorithm, CipherAlgorithm, ConnectivityProfile, EtherTypeHandling, Reason, Rule, SecurityProfile, Win32Error,
};
use portcullis_host::adapter::{AdapterEvent, Association, AssociationFailure, Command};
use portcullis_host::event::{Code, Kind};
use portcullis_host::outcome::{Outcome, Refusal};
use portcullis_host::{ConnectError, NetworkProfile};

#[test]
fn r09_an_invalid_profile_is_refused_and_whoever_asked_learns_the_reason() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench
        .extension
        .refuses(On::PreAssociate, adapter, Win32Error::INVALID_DATA);
    bench.begin(adapter);
    assert_eq!(
        bench.outcomes(adapter),
        [Outcome::PolicyRefusal(Refusal::Extension(Reason::UNKNOWN))]
    );
    assert!(bench.events(adapter).any(|kind| *kind
        == Kind::PreAssociationCompleted {
            error: Code(Win32Error::INVALID_DATA),
            reason: Reason::UNKNOWN.0
        }));
    // The refusal owes no completion, and the adapter is free for another attempt.
    bench.open(adapter);
}

#[test]
fn r09_a_refused_operation_can_not_be_completed() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench
        .extension
        .refuses(On::PreAssociate, adapter, Win32Error::INVALID_DATA);
    bench.begin(adapter);
    bench.take_commands();
    bench.act(adapter, |host, seat| {
        assert_eq!(
            seat.complete_pre(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R10, "pre_associate_completion")]);
    assert_eq!(bench.commands(adapter), [] as [String; 0]);
}

#[test]
fn r09_a_name_longer_than_any_networks_is_refused_before_the_extension_sees_it() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.calls();
    for (length, expected) in [(32, Ok(())), (33, Err(ConnectError::NameTooLong(33)))] {
        let long = NetworkProfile {
            ssid: vec![b'x'; length],
            ..profile()
        };
        assert_eq!(bench.host.connect(bench.now(), adapter, long), expected);
        bench.disconnect(adapter);
    }
    assert_eq!(bench.calls(), []);
}

#[test]
fn r09_networks_of_another_name_or_without_a_readable_one_do_not_reach_the_extension() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.host.connect(bench.now(), adapter, profile()).unwrap();
    bench.calls();
    let mut broken = network(PEER, SSID);
    broken.beacon = [0; 12].into_iter().chain([0, 200, 1]).collect();
    let mut empty = network(PEER, SSID);
    empty.beacon = Box::default();
    bench.tell(
        adapter,
        AdapterEvent::ScanCompleted(&[network(PEER, b"castle2"), broken, empty]),
    );
    assert_eq!(bench.calls(), []);
    assert_eq!(bench.outcomes(adapter), [Outcome::NoSuchNetwork]);
}

#[test]
fn r10_a_completion_from_inside_the_handler_that_began_it_is_refused() {
    for error in [Win32Error::SUCCESS, Win32Error::TIMEOUT] {
        let mut bench = Bench::new();
        let adapter = bench.add();
        bench.extension.on(On::PreAssociate, adapter, move |host, seat| {
            seat.prepare(host)?;
            assert_eq!(seat.complete_pre(host, error), Err(Win32Error::INVALID_OPERATION));
            Ok(())
        });
        bench.begin(adapter);
        assert_eq!(bench.broken(), [(Rule::R10, "pre_associate_completion")]);
        // It changed nothing: the completion from elsewhere passes.
        bench.act(adapter, |host, seat| seat.complete_pre(host, Win32Error::SUCCESS));
        bench.associate(adapter);
        assert!(bench.port(adapter).is_some());
    }
}

#[test]
fn r10_a_second_completion_is_refused() {
    let mut bench = Bench::new();
    let adapter = bench.pre_associating();
    bench.take_commands();
    bench.act(adapter, |host, seat| {
        assert_eq!(seat.complete_pre(host, Win32Error::SUCCESS), Ok(()));
        assert_eq!(
            seat.complete_pre(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        assert_eq!(
            seat.complete_pre(host, Win32Error::TIMEOUT),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R10, "pre_associate_completion"); 2]);
    assert_eq!(bench.commands(adapter).len(), 1, "one request to associate");
}

#[test]
fn r10_a_dead_handle_is_refused_everywhere_and_does_not_become_alive_with_the_next_operation() {
    let mut bench = Bench::new();
    let adapter = bench.pre_associating();
    let dead = bench.extension.seat(adapter);
    bench.act(adapter, |host, seat| seat.complete_pre(host, Win32Error::TIMEOUT));
    bench.begin(adapter);
    bench.act(adapter, move |host, _| {
        let (connectivity, security) = (ConnectivityProfile::default(), SecurityProfile::default());
        let results = [
            dead.complete_pre(host, Win32Error::SUCCESS),
            host.set_current_profile(dead.adapter, dead.connect, &connectivity, &security),
            host.set_profile_custom_user_data(dead.adapter, dead.connect, 1, b"data"),
            host.profile_custom_user_data(dead.adapter, dead.connect, 1).map(drop),
        ];
        assert_eq!(results, [Err(Win32Error::INVALID_HANDLE); 4]);
        Ok(())
    });
    assert!(bench.broken().iter().all(|(rule, _)| *rule == Rule::R10));
    bench.act(adapter, |host, seat| seat.complete_pre(host, Win32Error::SUCCESS));
}

#[test]
fn r10_the_handle_of_another_adapters_operation_completes_nothing() {
    let mut bench = Bench::new();
    let (adapter, victim) = (bench.pre_associating(), bench.pre_associating());
    let theirs = bench.extension.seat(victim);
    bench.act(adapter, move |host, seat| {
        let mixed = Seat {
            connect: theirs.connect,
            ..*seat
        };
        assert_eq!(
            mixed.complete_pre(host, Win32Error::TIMEOUT),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R10, "pre_associate_completion")]);
    assert_eq!(bench.outcomes(adapter), []);
    assert_eq!(bench.outcomes(victim), []);
}

#[test]
fn r11_profile_calls_are_refused_from_inside_the_handler_and_pass_after_it() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    let calls = |host: &mut dyn ihv::Host, seat: &Seat| {
        let (connectivity, security) = (ConnectivityProfile::default(), SecurityProfile::default());
        [
            host.set_current_profile(seat.adapter, seat.connect, &connectivity, &security),
            host.set_profile_custom_user_data(seat.adapter, seat.connect, 1, b"data"),
            host.profile_custom_user_data(seat.adapter, seat.connect, 1).map(drop),
        ]
    };
    bench.extension.on(On::PreAssociate, adapter, move |host, seat| {
        assert_eq!(calls(host, seat), [Err(Win32Error::INVALID_OPERATION); 3]);
        seat.prepare(host)
    });
    bench.begin(adapter);
    assert_eq!(
        bench.broken(),
        [
            (Rule::R11, "set_current_profile"),
            (Rule::R11, "set_profile_custom_user_data"),
            (Rule::R11, "profile_custom_user_data")
        ]
    );
    bench.act(adapter, move |host, seat| {
        assert_eq!(calls(host, seat), [Ok(()); 3]);
        host.set_profile_custom_user_data(seat.adapter, seat.connect, 1, b"")?;
        let forgotten = host.profile_custom_user_data(seat.adapter, seat.connect, 1);
        assert_eq!(forgotten, Err(Win32Error::NOT_FOUND));
        Ok(())
    });
}

#[test]
fn r12_ethertype_handling_is_refused_after_a_success_and_the_accepted_list_holds() {
    let mut bench = Bench::new();
    let adapter = bench.associating();
    bench.act(adapter, |host, seat| {
        let refused = host.set_ethertype_handling(seat.adapter, EtherTypeHandling::default());
        assert_eq!(refused, Err(Win32Error::INVALID_STATE));
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R12, "set_ethertype_handling")]);
    bench.associate(adapter);
    bench.calls();
    bench.receive(adapter, b"still registered");
    assert_eq!(bench.calls().len(), 1);
}

#[test]
fn r12_after_a_failure_it_may_be_set_again() {
    let mut bench = Bench::new();
    let adapter = bench.pre_associating();
    bench.act(adapter, |host, seat| {
        seat.complete_pre(host, Win32Error::TIMEOUT)?;
        assert_eq!(
            host.set_ethertype_handling(seat.adapter, EtherTypeHandling::default()),
            Ok(())
        );
        Ok(())
    });
    bench.open(adapter);
}

#[test]
fn r12_before_any_call_the_lists_are_empty() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.extension.on(On::PreAssociate, adapter, |host, seat| {
        host.set_auth_algorithm(seat.adapter, AuthAlgorithm::OPEN)
    });
    bench.connect(adapter);
    bench.associate(adapter);
    bench.calls();
    bench.receive(adapter, &eapol(MESSAGE_1));
    bench.receive_from(adapter, PEER, EtherType::IPV4, b"data");
    assert_eq!(bench.calls(), []);
}

#[test]
fn r13_the_adapter_associates_with_what_was_set() {
    let mut bench = Bench::new();
    let adapter = bench.associating();
    let commands = bench.take_commands();
    let Some((_, Command::Associate(request))) = commands.last() else {
        panic!("a request to associate: {commands:?}");
    };
    assert_eq!(
        (request.auth, request.unicast_cipher, request.multicast_cipher),
        (PSK, CCMP, CCMP)
    );
    assert_eq!((request.bss.bssid, &*request.ssid), (PEER, SSID));
    assert_eq!(request.elements.first(), Some(&48), "an RSNE");
    bench.associate(adapter);
    let calls = bench.calls();
    let Some(Call::PostAssociate(_, begun)) = calls.last() else {
        panic!("a post-association operation: {calls:?}");
    };
    assert_eq!(begun.algorithms, [PSK.0, CCMP.0, CCMP.0]);
}

#[test]
fn r13_algorithms_that_no_network_offers_are_not_asked_for() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.extension.on(On::PreAssociate, adapter, |host, seat| {
        seat.prepare(host)?;
        host.set_unicast_cipher_algorithm(seat.adapter, CipherAlgorithm(2))
    });
    bench.connect(adapter);
    assert!(
        bench
            .commands(adapter)
            .iter()
            .all(|command| command.starts_with("Scan") || command.starts_with("SetPriv"))
    );
    assert_eq!(bench.outcomes(adapter).len(), 1);
}

#[test]
fn r14_an_association_makes_one_port_and_begins_its_operation_with_its_parameters() {
    let mut bench = Bench::new();
    for authorized in [false, true] {
        let adapter = bench.associating();
        let own = bench.extension.seat(adapter).own;
        bench.calls();
        bench.tell(
            adapter,
            AdapterEvent::Associated(Association {
                authorized,
                ..Bench::association(PEER)
            }),
        );
        let port = bench.port(adapter).unwrap();
        assert_eq!((port.peer, port.controlled, port.authorized), (PEER, true, authorized));
        let calls = bench.calls();
        let [Call::PostAssociate(to, begun)] = &*calls else {
            panic!("one operation: {calls:?}");
        };
        assert_eq!((*to, begun.port, begun.port_authorized), (own, port, authorized));
        // The adapter named no beacon: the one by which the network was chosen stands.
        let beacon = network(PEER, SSID).beacon.into_vec();
        assert_eq!(begun.frames, [b"request".to_vec(), b"response".to_vec(), beacon]);
        let created = bench
            .events(adapter)
            .filter(|kind| matches!(kind, Kind::PortCreated { .. }))
            .count();
        assert_eq!(created, 1);
    }
}

#[test]
fn r14_session_ids_are_never_given_twice() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        bench.connect(adapter);
        bench.associate(adapter);
        assert!(seen.insert(bench.port(adapter).unwrap().session_id));
        bench.deauthenticate(adapter);
        assert_eq!(bench.port(adapter), None);
    }
}

#[test]
fn r15_a_failed_association_begins_nothing() {
    let failures = [
        (AssociationFailure::NotFound, Outcome::NoSuchNetwork),
        (
            AssociationFailure::Association(StatusCode(17)),
            Outcome::RefusedAtAssociation(StatusCode(17)),
        ),
        (
            AssociationFailure::Authentication(StatusCode(13)),
            Outcome::RefusedAtAuthentication(StatusCode(13)),
        ),
    ];
    for (failure, outcome) in failures {
        let mut bench = Bench::new();
        let adapter = bench.associating();
        bench.calls();
        bench.tell(
            adapter,
            AdapterEvent::AssociationFailed {
                peer: OTHER_PEER,
                failure,
            },
        );
        assert_eq!(bench.outcomes(adapter), [], "another peer's failure is not ours");
        bench.tell(adapter, AdapterEvent::AssociationFailed { peer: PEER, failure });
        assert_eq!((bench.calls(), bench.port(adapter)), (vec![], None));
        assert_eq!(bench.outcomes(adapter), [outcome]);
        // Too late: the attempt is over.
        bench.associate(adapter);
        assert_eq!((bench.calls(), bench.port(adapter)), (vec![], None));
        bench.open(adapter);
    }
}

#[test]
fn r15_an_association_that_nobody_asked_for_begins_nothing_and_is_ended() {
    let mut bench = Bench::new();
    for arrive in [Bench::add, Bench::pre_associating] {
        let adapter = arrive(&mut bench);
        bench.calls();
        bench.take_commands();
        bench.associate(adapter);
        assert_eq!((bench.calls(), bench.port(adapter)), (vec![], None));
        assert!(bench.commands(adapter)[0].starts_with("Disassociate"));
    }
    let adapter = bench.opened();
    bench.calls();
    bench.take_commands();
    bench.tell(adapter, AdapterEvent::Associated(Bench::association(OTHER_PEER)));
    assert_eq!(bench.calls(), []);
    assert!(bench.commands(adapter)[0].starts_with("Disassociate"));
    assert!(bench.is_authorized(adapter), "the port that was asked for stays");
}

#[test]
fn r15_an_association_reported_twice_never_begins_a_second_operation() {
    let mut bench = Bench::new();
    for arrive in [Bench::associated, Bench::opened] {
        let adapter = arrive(&mut bench);
        bench.forget_events();
        bench.calls();
        bench.associate(adapter);
        let begun = bench
            .calls()
            .into_iter()
            .filter(|call| matches!(call, Call::PostAssociate(..)))
            .count();
        assert_eq!(begun, 0);
        assert_eq!(bench.port(adapter), None, "nothing vouches for the second association");
        assert!(bench.commands(adapter).last().unwrap().starts_with("Disassociate"));
    }
}

#[test]
fn a_well_behaved_life_breaks_no_rule() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    for _ in 0..3 {
        bench.open(adapter);
        bench.receive(adapter, &eapol(MESSAGE_1));
        bench.extension.on(On::Receive, adapter, |host, seat| {
            seat.send(host, MESSAGE_4)?;
            seat.install(host, 0xcc)
        });
        bench.receive(adapter, &eapol(MESSAGE_3));
        bench.deauthenticate(adapter);
    }
    bench.tell(adapter, AdapterEvent::Removed);
    assert_eq!(bench.broken(), []);
}
