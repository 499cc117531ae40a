//! Handshakes that an adapter does in its host's place.
#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it should be")]

use adapter::simulated::{self, AccessPointConfig, Impairments, ManagementProtection};
use core::time::Duration;
use extension::profile::{Secret, SecurityFragment};
use frame::eapol_key::MessageName;
use frame::{Akm, Cipher};
use host::ChangeKeysError;
use host::event::{Event, Kind};
use host::outcome::Outcome;
use ihv::{AdapterCapabilities, KeyChange, Proof, Win32Error};
use keys::Psk;
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};

/// Long enough for whatever is to be answered.
const SOON: Duration = Duration::from_millis(50);

fn network(capabilities: AdapterCapabilities) -> Network {
    let config = AccessPointConfig {
        akms: vec![Akm::PSK_SHA256],
        management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
        ..AccessPointConfig::wpa2(SSID, BSSID, psk())
    };
    Network::with_capabilities(11, Impairments::default(), config, capabilities)
}

fn connected(capabilities: AdapterCapabilities) -> (Network, Vec<Event>) {
    let mut network = network(capabilities);
    network.connect();
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    assert_eq!(events.last().unwrap().kind, Kind::Outcome(Outcome::Authorized));
    network.hear(SOON);
    (network, events)
}

/// The messages that came to the host.
fn messages(events: &[Event]) -> Vec<MessageName> {
    events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::PacketReceived { message, .. } => message.as_ref().map(|message| message.0),
            _ => None,
        })
        .collect()
}

/// Whether data flows both ways and to the group.
fn flows(network: &mut Network) -> bool {
    let before = network.world.simulation.traffic(network.station);
    let up = network.world.simulation.send_data(network.station, b"ping");
    network.world.simulation.send_group_data(network.access_point, b"news");
    network.hear(SOON);
    let after = network.world.simulation.traffic(network.station);
    up && after.received == before.received + 1
        && after.received_group == before.received_group + 1
        && after.rejected == before.rejected
}

#[test]
fn an_adapter_that_does_group_key_handshakes_is_given_them_and_what_they_need() {
    let (mut network, _) = connected(AdapterCapabilities {
        group_rekey_offload: true,
        operating_channel: false,
        ..simulated::capabilities()
    });
    for _ in 0..2 {
        for _ in 0..3 {
            network.world.simulation.rekey_group(network.access_point);
            let events = network.hear(SOON);
            assert_eq!(messages(&events), []);
            assert!(flows(&mut network));
        }
        // The host goes on where the adapter was, and the other way round.
        let (access_point, station) = (network.access_point, network.address);
        network.world.simulation.rekey_pairwise(access_point, station);
        let events = network.hear(SOON);
        assert_eq!(messages(&events), [MessageName::FourWay1, MessageName::FourWay3]);
        assert!(flows(&mut network));
    }
    assert!(network.is_authorized());
}

#[test]
fn an_adapter_that_does_all_handshakes_opens_the_port_and_the_host_says_so() {
    let (mut network, events) = connected(AdapterCapabilities {
        handshake_offload: true,
        ..simulated::capabilities()
    });
    assert_eq!(messages(&events), []);
    assert!(events.iter().any(|event| event.kind == Kind::PortAuthorized {}));
    assert!(network.is_authorized() && flows(&mut network));
    let (access_point, station) = (network.access_point, network.address);
    network.world.simulation.rekey_pairwise(access_point, station);
    network.world.simulation.rekey_group(access_point);
    assert_eq!(messages(&network.hear(SOON)), []);
    assert!(flows(&mut network));
    let now = network.world.now();
    assert_eq!(
        network
            .world
            .host
            .change_keys(now, network.adapter, KeyChange::Pairwise),
        Err(ChangeKeysError::Refused(Win32Error::INVALID_STATE)),
        "the keys are not the host's"
    );
}

#[test]
fn a_wrong_secret_is_told_though_the_adapter_does_the_handshake() {
    let mut network = network(AdapterCapabilities {
        handshake_offload: true,
        ..simulated::capabilities()
    });
    network.connect_by(&SecurityFragment::new(Secret::Psk(Psk::new([0x5a; 32]))));
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    let expected = Kind::Outcome(Outcome::WrongSecret(Proof::Suspected));
    assert_eq!(events.last().unwrap().kind, expected);
}
