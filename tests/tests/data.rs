//! Data passes an open port and no other, and only under the keys that both sides installed.

use adapter::simulated::{Fate, Impairments};
use core::time::Duration;
use host::event::Kind;
use host::outcome::Outcome;
use portcullis_tests::{LONG, Network, Offer};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SOON: Duration = Duration::from_millis(20);

fn connected() -> Network {
    let mut network = Network::new(1, Impairments::default(), Offer::default());
    network.connect();
    network
        .world
        .run(LONG, |event| event.kind == Kind::Outcome(Outcome::Authorized));
    assert!(network.is_authorized());
    pass_time(&mut network);
    network
}

fn exchange(network: &mut Network) -> bool {
    let sent = network.world.simulation.send_data(network.station, b"data");
    pass_time(network);
    sent
}

/// What is on its way arrives.
fn pass_time(network: &mut Network) {
    let now = network.world.now();
    network.world.advance(now + SOON);
}

#[test]
fn data_passes_both_ways_and_to_the_group_once_the_port_is_open() {
    let mut network = connected();
    assert!(exchange(&mut network));
    network
        .world
        .simulation
        .send_group_data(network.access_point, b"to all");
    assert!(
        network
            .world
            .simulation
            .send_data_to(network.access_point, network.address, b"to one")
    );
    pass_time(&mut network);
    let traffic = network.world.simulation.traffic(network.station);
    assert_eq!((traffic.sent, traffic.received, traffic.received_group), (1, 2, 1));
    assert_eq!((traffic.blocked, traffic.rejected), (0, 0));
}

#[test]
fn data_does_not_pass_before_the_port_is_open_nor_after_it_was_closed() {
    let mut network = Network::new(1, Impairments::default(), Offer::default());
    network.connect();
    network
        .world
        .run(LONG, |event| matches!(event.kind, Kind::PortCreated { .. }));
    assert!(!exchange_at_once(&mut network));
    network
        .world
        .run(LONG, |event| event.kind == Kind::Outcome(Outcome::Authorized));
    assert!(exchange(&mut network));
    let now = network.world.now();
    network.world.host.disconnect(now, network.adapter);
    network.world.settle();
    assert!(!exchange(&mut network));
    assert!(
        !network
            .world
            .simulation
            .send_data_to(network.access_point, network.address, b"too late")
    );
}

/// Sends before anything else can happen.
fn exchange_at_once(network: &mut Network) -> bool {
    network.world.simulation.send_data(network.station, b"too early")
}

#[test]
fn data_that_was_changed_on_its_way_is_rejected() {
    let mut network = connected();
    network.world.simulation.set_tap(|_, frame| {
        if let Some(last) = frame.last_mut() {
            *last ^= 1;
        }
        Fate::Pass
    });
    assert!(
        network
            .world
            .simulation
            .send_data_to(network.access_point, network.address, b"data")
    );
    pass_time(&mut network);
    let traffic = network.world.simulation.traffic(network.station);
    assert_eq!((traffic.received, traffic.rejected), (0, 1));
}

#[test]
fn a_frame_that_is_sent_twice_is_received_once() {
    let doubled = Impairments {
        duplication: 1.0,
        ..Impairments::default()
    };
    let mut network = Network::new(1, doubled, Offer::default());
    network.connect();
    network
        .world
        .run(LONG, |event| event.kind == Kind::Outcome(Outcome::Authorized));
    assert!(network.is_authorized());
    pass_time(&mut network);
    assert!(
        network
            .world
            .simulation
            .send_data_to(network.access_point, network.address, b"data")
    );
    pass_time(&mut network);
    assert_eq!(network.world.simulation.traffic(network.station).received, 1);
}

#[test]
fn no_octet_of_the_data_is_seen_on_the_air() {
    const SECRET: &[u8] = b"attack at dawn";
    let mut network = connected();
    let (frames, leaks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen, leaked) = (Arc::clone(&frames), Arc::clone(&leaks));
    network.world.simulation.set_tap(move |_, frame| {
        seen.fetch_add(1, Ordering::Relaxed);
        if frame.windows(SECRET.len()).any(|window| window == SECRET) {
            leaked.fetch_add(1, Ordering::Relaxed);
        }
        Fate::Pass
    });
    network.world.simulation.send_data(network.station, SECRET);
    pass_time(&mut network);
    // There, and back as its echo.
    assert_eq!(frames.load(Ordering::Relaxed), 2);
    assert_eq!(leaks.load(Ordering::Relaxed), 0);
}
