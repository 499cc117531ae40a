//! R16 to R22: the post-association operation and the state of its port.

use crate::support::{Bench, Call, MESSAGE_1, MESSAGE_2, MESSAGE_3, OTHER_PEER, On, PEER, Seat, eapol};
use frame::MacAddress;
use frame::codes::ReasonCode;
use frame::ethertype::EtherType;
use ihv::{AssociationStatus, Reason, Rule, Win32Error};
use portcullis_host::adapter::{AdapterEvent, DisassociationCause};
use portcullis_host::event::{DropReason, Kind};
use portcullis_host::outcome::{Defect, Outcome};

const AUTHORIZE: &str = "AuthorizePort { peer: 02:00:00:00:00:0a, authorized: true }";
const DEAUTHORIZE: &str = "AuthorizePort { peer: 02:00:00:00:00:0a, authorized: false }";

#[test]
fn r16_a_completion_from_inside_the_handler_that_began_it_is_refused() {
    for error in [Win32Error::SUCCESS, Win32Error::TIMEOUT] {
        let mut bench = Bench::new();
        let adapter = bench.associating();
        bench.extension.on(On::PostAssociate, adapter, move |host, seat| {
            assert_eq!(seat.complete(host, error), Err(Win32Error::INVALID_OPERATION));
            Ok(())
        });
        bench.associate(adapter);
        assert_eq!(bench.broken(), [(Rule::R16, "post_associate_completion")]);
        assert!(!bench.is_authorized(adapter));
        // It changed nothing: the operation goes on.
        bench.receive(adapter, &eapol(MESSAGE_1));
        bench.receive(adapter, &eapol(MESSAGE_3));
        assert!(bench.is_authorized(adapter));
    }
}

#[test]
fn r16_another_operation_may_be_completed_from_inside() {
    let mut bench = Bench::new();
    let (first, second) = (bench.associated(), bench.associating());
    let theirs = bench.extension.seat(first);
    bench
        .extension
        .on(On::PostAssociate, second, move |host, _| theirs.open(host));
    bench.associate(second);
    assert!(bench.is_authorized(first));
    assert!(!bench.is_authorized(second));
}

#[test]
fn r16_an_extension_that_can_not_begin_owes_no_completion_and_is_not_stopped() {
    let mut bench = Bench::new();
    let adapter = bench.associating();
    bench
        .extension
        .refuses(On::PostAssociate, adapter, Win32Error::NOT_SUPPORTED);
    bench.take_commands();
    bench.calls();
    bench.associate(adapter);
    assert!(!bench.calls().iter().any(|call| matches!(call, Call::Stop(..))));
    assert_eq!(bench.port(adapter), None);
    assert!(bench.commands(adapter)[0].starts_with("Disassociate"));
    let outcome = Outcome::Internal(Defect::Extension(Win32Error::NOT_SUPPORTED));
    assert_eq!(bench.outcomes(adapter), [outcome]);
    bench.act(adapter, |host, seat| {
        assert_eq!(
            seat.complete(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R21, "post_associate_completion")]);
}

#[test]
fn r17_only_pairs_of_error_and_reason_that_agree_pass() {
    let pairs = [
        (Win32Error::SUCCESS, Reason::UNKNOWN),
        (Win32Error::SUCCESS, Reason(Reason::IHV_BASE.0 - 1)),
        (Win32Error::SUCCESS, Reason(Reason::IHV_BASE.0 + Reason::GROUP_SIZE)),
        (Win32Error::TIMEOUT, Reason::SUCCESS),
    ];
    for (error, reason) in pairs {
        let mut bench = Bench::new();
        let adapter = bench.opened();
        bench.forget_events();
        bench.take_commands();
        bench.act(adapter, move |host, seat| {
            let refused = host.post_associate_completion(seat.adapter, seat.session, seat.peer, reason, error);
            assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
            Ok(())
        });
        assert_eq!(bench.broken(), [(Rule::R17, "post_associate_completion")]);
        assert_eq!((bench.is_authorized(adapter), bench.events(adapter).count()), (true, 0));
        let pending = bench.pre_associating();
        bench.act(pending, move |host, seat| {
            let refused = host.pre_associate_completion(seat.adapter, seat.connect, reason, error);
            assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
            seat.complete_pre(host, Win32Error::SUCCESS)
        });
        assert_eq!(bench.broken(), [(Rule::R17, "pre_associate_completion")]);
    }
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.act(adapter, |host, seat| {
        let (session, peer, own) = (seat.session, seat.peer, Reason::ihv(0x7777));
        host.post_associate_completion(seat.adapter, session, peer, own, Win32Error::SUCCESS)?;
        host.post_associate_completion(seat.adapter, session, peer, own, Win32Error::TIMEOUT)
    });
    assert!(!bench.is_authorized(adapter));
}

#[test]
fn r18_only_a_success_authorises_the_port() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.take_commands();
    bench.receive(adapter, &eapol(MESSAGE_1));
    assert!(!bench.is_authorized(adapter));
    assert!(!bench.commands(adapter).contains(&AUTHORIZE.into()));
    bench.receive(adapter, &eapol(MESSAGE_3));
    assert!(bench.is_authorized(adapter));
    assert_eq!(bench.commands(adapter).last().unwrap(), AUTHORIZE);
    assert_eq!(bench.outcomes(adapter), [Outcome::Authorized]);
}

#[test]
fn r18_a_failure_takes_the_port_down() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    let own = bench.extension.seat(adapter).own;
    bench.take_commands();
    bench.calls();
    bench.act(adapter, |host, seat| seat.complete(host, Win32Error::TIMEOUT));
    assert_eq!(bench.port(adapter), None);
    assert_eq!(
        bench.calls(),
        [Call::Stop(own, PEER, AssociationStatus::DISASSOCIATED_BY_HOST)]
    );
    assert!(!bench.commands(adapter).contains(&AUTHORIZE.into()));
}

#[test]
fn r18_until_then_only_registered_security_packets_and_packets_sent_pass() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.calls();
    bench.receive_from(adapter, PEER, EtherType::IPV4, b"data");
    assert_eq!(bench.calls(), []);
    let dropped = bench.events(adapter).last().unwrap();
    assert!(matches!(
        dropped,
        Kind::PacketDropped {
            why: DropReason::PortClosed,
            dropped: 1,
            ..
        }
    ));
    bench.take_commands();
    bench.receive(adapter, &eapol(MESSAGE_1));
    assert!(bench.commands(adapter)[0].starts_with("SendPacket"));
    let open = bench.opened();
    bench.forget_events();
    bench.receive_from(open, PEER, EtherType::IPV4, b"data");
    assert_eq!(
        bench.events(open).count(),
        0,
        "data on an open port is no affair of the extension's"
    );
}

#[test]
fn r19_each_further_completion_changes_the_state_of_the_port_at_once() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.take_commands();
    bench.act(adapter, |host, seat| seat.complete(host, Win32Error::TIMEOUT));
    assert_eq!(
        (bench.is_authorized(adapter), bench.port(adapter).is_some()),
        (false, true)
    );
    assert_eq!(bench.commands(adapter), [DEAUTHORIZE]);
    bench.act(adapter, |host, seat| seat.complete(host, Win32Error::SUCCESS));
    assert!(bench.is_authorized(adapter));
    assert_eq!(bench.commands(adapter), [AUTHORIZE]);
    bench.act(adapter, |host, seat| seat.complete(host, Win32Error::SUCCESS));
    assert!(bench.is_authorized(adapter));
    assert_eq!(bench.commands(adapter), [] as [String; 0], "no change, no command");
}

#[test]
fn r20_the_operation_is_stopped_whenever_the_port_goes_down_and_then_the_port_is_deleted() {
    let causes = [
        (DisassociationCause::Deauthenticated(ReasonCode(15)), 0x1_000f),
        (DisassociationCause::Disassociated(ReasonCode(8)), 0x2_0008),
        (DisassociationCause::Lost, 2),
        (DisassociationCause::Local(ReasonCode(3)), 7),
        (DisassociationCause::RadioOff, 3),
    ];
    for (cause, status) in causes {
        for arrive in [Bench::associated, Bench::opened] {
            let mut bench = Bench::new();
            let adapter = arrive(&mut bench);
            let (own, was_open) = (bench.extension.seat(adapter).own, bench.is_authorized(adapter));
            bench.take_commands();
            bench.calls();
            bench.tell(adapter, AdapterEvent::Disassociated { peer: PEER, cause });
            assert_eq!(bench.calls(), [Call::Stop(own, PEER, AssociationStatus(status))]);
            assert_eq!(bench.port(adapter), None);
            assert_eq!(bench.commands(adapter).contains(&DEAUTHORIZE.into()), was_open);
            let ending: Vec<_> = bench
                .events(adapter)
                .filter(|kind| matches!(kind, Kind::PostAssociationStopped { .. } | Kind::PortDeleted {}))
                .collect();
            assert_eq!(
                ending,
                [&Kind::PostAssociationStopped { status }, &Kind::PortDeleted {}]
            );
            // Once is enough.
            bench.tell(adapter, AdapterEvent::Disassociated { peer: PEER, cause });
            assert_eq!(bench.calls(), []);
        }
    }
}

#[test]
fn r20_the_port_is_deleted_whatever_the_extension_says_to_the_stop() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.extension.refuses(On::Stop, adapter, Win32Error::INTERNAL_ERROR);
    bench.deauthenticate(adapter);
    assert_eq!(bench.port(adapter), None);
    bench.open(adapter);
}

#[test]
fn r20_a_disassociation_from_another_peer_or_before_the_association_stops_nothing() {
    let mut bench = Bench::new();
    let cause = DisassociationCause::Deauthenticated(ReasonCode(7));
    for arrive in [Bench::add, Bench::pre_associating] {
        let adapter = arrive(&mut bench);
        bench.calls();
        bench.deauthenticate(adapter);
        assert_eq!((bench.calls(), bench.outcomes(adapter)), (vec![], vec![]));
    }
    for arrive in [Bench::associating, Bench::associated, Bench::opened] {
        let adapter = arrive(&mut bench);
        let port = bench.port(adapter);
        bench.calls();
        bench.tell(
            adapter,
            AdapterEvent::Disassociated {
                peer: OTHER_PEER,
                cause,
            },
        );
        assert_eq!((bench.calls(), bench.port(adapter)), (vec![], port));
    }
}

#[test]
fn r21_a_completion_from_inside_or_after_the_stop_is_refused() {
    let late = |host: &mut dyn ihv::Host, seat: &Seat| {
        for error in [Win32Error::SUCCESS, Win32Error::CANCELLED] {
            assert_eq!(seat.complete(host, error), Err(Win32Error::INVALID_HANDLE));
        }
        Ok(())
    };
    for arrive in [Bench::associated, Bench::opened] {
        let mut bench = Bench::new();
        let adapter = arrive(&mut bench);
        bench.extension.on(On::Stop, adapter, late);
        bench.deauthenticate(adapter);
        bench.take_commands();
        assert_eq!(bench.broken(), [(Rule::R21, "post_associate_completion"); 2]);
        bench.act(adapter, late);
        assert_eq!(bench.broken(), [(Rule::R21, "post_associate_completion"); 2]);
        // Not even when there is a new port to the same peer.
        let stale = bench.extension.seat(adapter);
        bench.connect(adapter);
        bench.associate(adapter);
        bench.act(adapter, move |host, _| late(host, &stale));
        assert_eq!(bench.broken(), [(Rule::R21, "post_associate_completion"); 2]);
        assert!(!bench.is_authorized(adapter));
        assert!(!bench.commands(adapter).contains(&AUTHORIZE.into()));
    }
}

#[test]
fn r22_stale_handles_of_every_kind_are_errors_after_their_places_were_used_again() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    let stale = bench.extension.seat(adapter);
    bench.tell(adapter, AdapterEvent::Removed);
    let next = bench.pre_associating();
    let fresh = bench.extension.seat(next);
    assert_ne!((stale.adapter, stale.connect), (fresh.adapter, fresh.connect));
    bench.act(next, move |host, seat| {
        let connect = Seat {
            connect: stale.connect,
            ..*seat
        };
        assert_eq!(
            connect.complete_pre(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        seat.complete_pre(host, Win32Error::SUCCESS)
    });
    bench.associate(next);
    bench.act(next, move |host, seat| {
        assert_ne!(stale.session, seat.session);
        let session = Seat {
            session: stale.session,
            ..*seat
        };
        assert_eq!(
            session.complete(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        let adapter = Seat {
            adapter: stale.adapter,
            ..*seat
        };
        assert_eq!(
            adapter.complete(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(
        bench.broken(),
        [
            (Rule::R10, "pre_associate_completion"),
            (Rule::R21, "post_associate_completion"),
            (Rule::R05, "post_associate_completion")
        ]
    );
    assert!(!bench.is_authorized(next));
    let sent = bench.packets(next);
    assert_eq!(sent, []);
}

#[test]
fn r22_a_session_of_another_adapter_or_with_another_peer_is_an_error() {
    let mut bench = Bench::new();
    let (adapter, victim) = (bench.associated(), bench.opened());
    let theirs = bench.extension.seat(victim);
    bench.forget_events();
    bench.act(adapter, move |host, seat| {
        let wrong = [
            Seat {
                session: theirs.session,
                ..*seat
            },
            Seat {
                adapter: theirs.adapter,
                ..*seat
            },
            Seat {
                peer: OTHER_PEER,
                ..*seat
            },
            Seat {
                peer: MacAddress([0; 6]),
                ..theirs
            },
        ];
        for seat in wrong {
            for error in [Win32Error::SUCCESS, Win32Error::TIMEOUT] {
                assert_eq!(seat.complete(host, error), Err(Win32Error::INVALID_HANDLE));
            }
        }
        Ok(())
    });
    assert_eq!(bench.broken().len(), 8);
    assert_eq!(
        (bench.is_authorized(adapter), bench.is_authorized(victim)),
        (false, true)
    );
    assert_eq!(bench.outcomes(victim), []);
}

#[test]
fn a_port_closed_by_the_user_says_so() {
    let mut bench = Bench::new();
    for arrive in [Bench::associated, Bench::opened] {
        let adapter = arrive(&mut bench);
        bench.forget_events();
        bench.disconnect(adapter);
        assert_eq!(bench.outcomes(adapter), [Outcome::Cancelled]);
        assert!(bench.commands(adapter).last().unwrap().starts_with("Disassociate"));
    }
}

#[test]
fn a_completion_of_another_adapters_operation_from_inside_a_handler_takes_down_that_port_and_no_other() {
    let mut bench = Bench::new();
    let (adapter, other) = (bench.associated(), bench.associated());
    let theirs = bench.extension.seat(other);
    bench.extension.on(On::Receive, adapter, move |host, seat| {
        theirs.complete(host, Win32Error::TIMEOUT)?;
        seat.send(host, MESSAGE_2)
    });
    bench.receive(adapter, &eapol(MESSAGE_1));
    assert_eq!((bench.port(adapter).is_some(), bench.port(other)), (true, None));
}
