//! R07: an adapter that was reset is as it was right after its arrival.

use crate::support::{Attempt, Bench, Call, MESSAGE_1, On, Seat, eapol};
use ihv::{AuthAlgorithm, EtherTypeHandling, HostAdapter, Rule, Win32Error};
use portcullis_host::adapter::AdapterEvent;
use portcullis_host::event::Kind;
use portcullis_host::outcome::Outcome;

type Arrive = fn(&mut Bench) -> HostAdapter;

fn cancel_pre(host: &mut dyn ihv::Host, seat: &Seat) -> Result<(), Win32Error> {
    seat.complete_pre(host, Win32Error::CANCELLED)
}

fn cancel_post(host: &mut dyn ihv::Host, seat: &Seat) -> Result<(), Win32Error> {
    seat.complete(host, Win32Error::CANCELLED)
}

#[test]
fn r07_pending_operations_that_are_completed_as_cancelled_break_nothing() {
    let mut bench = Bench::new();
    let cases: [(Arrive, Option<Attempt>); 5] = [
        (Bench::add, None),
        (Bench::pre_associating, Some(cancel_pre)),
        (Bench::associating, None),
        (Bench::associated, Some(cancel_post)),
        (Bench::opened, None),
    ];
    for (arrive, cancel) in cases {
        let adapter = arrive(&mut bench);
        let own = bench.extension.seat(adapter).own;
        if let Some(cancel) = cancel {
            bench.extension.on(On::Reset, adapter, cancel);
        }
        bench.calls();
        bench.tell(adapter, AdapterEvent::Reset);
        assert_eq!(bench.calls(), [Call::Reset(own)]);
        assert_eq!(bench.port(adapter), None);
        assert_eq!(bench.events(adapter).last(), Some(&Kind::AdapterReset {}));
        bench.open(adapter);
    }
}

#[test]
fn r07_a_pending_operation_that_is_not_completed_is_reported_and_ended_all_the_same() {
    let mut bench = Bench::new();
    for arrive in [Bench::pre_associating, Bench::associated] {
        let adapter = arrive(&mut bench);
        let stale = bench.extension.seat(adapter);
        bench.tell(adapter, AdapterEvent::Reset);
        assert_eq!(bench.broken(), [(Rule::R07, "adapter_reset")]);
        assert_eq!(bench.outcomes(adapter), [Outcome::AdapterGone]);
        bench.act(adapter, move |host, _| {
            assert_eq!(
                stale.complete_pre(host, Win32Error::CANCELLED),
                Err(Win32Error::INVALID_HANDLE)
            );
            assert_eq!(
                stale.complete(host, Win32Error::CANCELLED),
                Err(Win32Error::INVALID_HANDLE)
            );
            Ok(())
        });
        assert_eq!(bench.broken().len(), 2);
        bench.open(adapter);
    }
}

#[test]
fn r07_registrations_and_exemptions_are_cleared_before_the_call() {
    let mut bench = Bench::new();
    let adapter = bench.opened();
    bench.take_commands();
    bench.extension.on(On::Reset, adapter, |host, seat| {
        // Not fixed any more: R12 begins anew.
        host.set_ethertype_handling(seat.adapter, EtherTypeHandling::default())
    });
    bench.tell(adapter, AdapterEvent::Reset);
    let cleared = bench
        .commands(adapter)
        .iter()
        .filter(|command| *command == "SetPrivacyExemptions([])")
        .count();
    assert_eq!(cleared, 2, "the host's own, then the extension's");
    bench.extension.on(On::PreAssociate, adapter, |host, seat| {
        host.set_auth_algorithm(seat.adapter, AuthAlgorithm::OPEN)
    });
    bench.connect(adapter);
    bench.associate(adapter);
    bench.calls();
    bench.receive(adapter, &eapol(MESSAGE_1));
    assert_eq!(bench.calls(), []);
}
