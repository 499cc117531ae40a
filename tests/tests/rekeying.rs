//! Keys that change while data flows: by the access point, by request of the station, with one Key ID and with two.
#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it should be")]

use adapter::simulated::{AccessPointConfig, Impairments, ManagementProtection};
use core::time::Duration;
use frame::eapol_key::MessageName;
use frame::{Akm, Cipher};
use host::ChangeKeysError;
use host::event::{Event, Kind, Text};
use host::outcome::Outcome;
use ihv::KeyChange;
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};

fn config(extended_key_id: bool) -> AccessPointConfig {
    AccessPointConfig {
        akms: vec![Akm::PSK_SHA256],
        management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
        extended_key_id,
        ..AccessPointConfig::wpa2(SSID, BSSID, psk())
    }
}

/// A network whose station has an open port.
fn connected(extended_key_id: bool) -> Network {
    let mut network = Network::with(5, Impairments::default(), config(extended_key_id));
    network.connect();
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    assert_eq!(events.last().unwrap().kind, Kind::Outcome(Outcome::Authorized));
    pass(&mut network, 50);
    network
}

/// Lets so many milliseconds pass, with data both ways in each. Returns the events, and how much was sent each way.
fn pass(network: &mut Network, milliseconds: u32) -> (Vec<Event>, u64) {
    let mut sent = 0;
    for _ in 0..milliseconds {
        let up = network.world.simulation.send_data(network.station, b"ping");
        let down = network
            .world
            .simulation
            .send_data_to(network.access_point, network.address, b"news");
        sent += u64::from(up) + u64::from(down);
        network.pass(Duration::from_millis(1));
    }
    (network.hear(Duration::from_millis(20)), sent)
}

/// The Key IDs of the pairwise keys that were installed.
fn key_ids(events: &[Event]) -> Vec<u8> {
    events
        .iter()
        .filter_map(|event| match event.kind {
            Kind::PairwiseKeyInstalled { key_id, .. } => Some(key_id),
            _ => None,
        })
        .collect()
}

#[test]
fn with_two_key_ids_no_frame_is_lost_when_the_pairwise_key_changes() {
    let mut network = connected(true);
    let before = network.world.simulation.traffic(network.station);
    let mut sent = 0;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (access_point, station) = (network.access_point, network.address);
        network.world.simulation.rekey_pairwise(access_point, station);
        let (events, more) = pass(&mut network, 20);
        sent += more;
        ids.extend(key_ids(&events));
        assert!(
            events
                .iter()
                .any(|event| matches!(event.kind, Kind::PairwiseKeyInUse { .. }))
        );
        assert!(!events.iter().any(|event| matches!(event.kind, Kind::RuleBroken { .. })));
    }
    assert_eq!(ids, [1, 0, 1]);
    let after = network.world.simulation.traffic(network.station);
    // Each packet of the station is answered.
    assert_eq!(after.received - before.received, sent);
    assert_eq!(after.rejected, before.rejected);
}

#[test]
fn with_one_key_id_data_flows_again_after_the_change() {
    let mut network = connected(false);
    let (access_point, station) = (network.access_point, network.address);
    network.world.simulation.rekey_pairwise(access_point, station);
    let (events, _) = pass(&mut network, 20);
    assert_eq!(key_ids(&events), [0]);
    let before = network.world.simulation.traffic(network.station).received;
    let (_, sent) = pass(&mut network, 20);
    assert_eq!(
        network.world.simulation.traffic(network.station).received - before,
        sent
    );
}

#[test]
fn a_station_that_asks_for_other_keys_gets_them() {
    for extended_key_id in [false, true] {
        let mut network = connected(extended_key_id);
        for which in [KeyChange::Pairwise, KeyChange::Group] {
            let now = network.world.now();
            network.world.host.change_keys(now, network.adapter, which).unwrap();
            let (events, _) = pass(&mut network, 20);
            let asked = Kind::PacketSent {
                ethertype: 0x888e,
                octets: 99,
                message: Some(Text(MessageName::Request)),
            };
            assert!(events.iter().any(|event| event.kind == asked));
            let group = events
                .iter()
                .filter(|event| matches!(event.kind, Kind::GroupKeyInstalled { .. }));
            match which {
                KeyChange::Pairwise => assert_eq!(key_ids(&events), [u8::from(extended_key_id)]),
                KeyChange::Group => assert_eq!(group.count(), 2, "for data and for management frames"),
            }
        }
        assert!(network.is_authorized());
        let before = network.world.simulation.traffic(network.station).received;
        let (_, sent) = pass(&mut network, 5);
        assert_eq!(
            network.world.simulation.traffic(network.station).received - before,
            sent
        );
    }
}

#[test]
fn nobody_is_asked_for_other_keys_before_the_port_is_open_or_where_there_are_none() {
    let mut network = Network::with(5, Impairments::default(), config(false));
    let ask = |network: &mut Network| {
        let now = network.world.now();
        network
            .world
            .host
            .change_keys(now, network.adapter, KeyChange::Pairwise)
    };
    assert_eq!(ask(&mut network), Err(ChangeKeysError::NotConnected));
    network.world.host.remove_adapter(Duration::ZERO, network.adapter);
    assert_eq!(ask(&mut network), Err(ChangeKeysError::NoSuchAdapter));
}
