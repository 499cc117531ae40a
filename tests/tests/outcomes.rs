//! Outcomes that a simulated fault does not lead to: adapters report them. (The others are in the tests
//! of `portcullis simulate`.)

use adapter::simulated::Impairments;
use core::time::Duration;
use host::adapter::{AdapterEvent, AssociationFailure, DisassociationCause};
use host::event::Kind;
use host::outcome::{Awaited, Defect, Outcome};
use portcullis_tests::{BSSID, LONG, Network, Offer};

/// Lets the attempt come to `stage`, then reports `event`, and returns what it came to.
fn outcome_of(stage: impl Fn(&Kind) -> bool, event: AdapterEvent<'_>) -> Outcome {
    let mut network = Network::new(1, Impairments::default(), Offer::default());
    network.connect();
    network.world.run(LONG, |event| stage(&event.kind));
    let now = network.world.now();
    network.world.host.handle_event(now, network.adapter, event);
    last_outcome(&mut network)
}

fn last_outcome(network: &mut Network) -> Outcome {
    let mut last = None;
    while let Some(event) = network.world.poll_event() {
        if let Kind::Outcome(outcome) = event.kind {
            last = Some(outcome);
        }
    }
    last.unwrap_or(Outcome::Authorized)
}

fn is_associating(kind: &Kind) -> bool {
    matches!(kind, Kind::AssociationStarted { .. })
}

fn is_associated(kind: &Kind) -> bool {
    matches!(kind, Kind::PostAssociationStarted {})
}

fn is_open(kind: &Kind) -> bool {
    *kind == Kind::Outcome(Outcome::Authorized)
}

#[test]
fn an_access_point_out_of_reach_is_lost_before_or_after_completion() {
    let lost = AdapterEvent::Disassociated {
        peer: BSSID,
        cause: DisassociationCause::Lost,
    };
    assert_eq!(
        outcome_of(is_associated, lost),
        Outcome::Lost {
            after_completion: false
        }
    );
    assert_eq!(outcome_of(is_open, lost), Outcome::Lost { after_completion: true });
}

#[test]
fn a_driver_that_refuses_is_an_internal_outcome_with_its_number() {
    let failure = AssociationFailure::Driver(16);
    let refused = AdapterEvent::AssociationFailed {
        peer: BSSID,
        failure,
        elements: &[],
    };
    assert_eq!(
        outcome_of(is_associating, refused),
        Outcome::Internal(Defect::Driver(16))
    );
}

#[test]
fn a_network_that_has_gone_since_the_scan_is_no_network() {
    let failure = AssociationFailure::NotFound;
    let gone = AdapterEvent::AssociationFailed {
        peer: BSSID,
        failure,
        elements: &[],
    };
    assert_eq!(outcome_of(is_associating, gone), Outcome::NoSuchNetwork);
}

#[test]
fn an_attempt_that_takes_too_long_says_what_has_not_come() {
    let mut network = Network::new(1, Impairments::default(), Offer::default());
    network.connect();
    network.world.run(LONG, |event| is_associating(&event.kind));
    let now = network.world.now();
    network.world.host.time_out(now, network.adapter, None);
    assert_eq!(last_outcome(&mut network), Outcome::Silent(Awaited::Association));
    network.world.settle();

    network.world.advance(now + Duration::from_millis(50));
    network.connect();
    let now = network.world.now();
    network
        .world
        .host
        .time_out(now, network.adapter, Some(Outcome::Silent(Awaited::Association)));
    assert_eq!(last_outcome(&mut network), Outcome::Silent(Awaited::Association));
}
