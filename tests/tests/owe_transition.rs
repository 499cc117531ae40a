//! An open network, and the hidden one beside it that encrypts without a secret.
#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it should be")]

use adapter::simulated::{AccessPointConfig, Impairments, ManagementProtection, Secrets};
use core::time::Duration;
use extension::profile::{Secret, SecurityFragment};
use frame::{Akm, Cipher, MacAddress};
use host::event::{Event, Kind};
use host::outcome::{Outcome, Refusal};
use ihv::Policy;
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};

const TWIN: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);
const TWIN_SSID: &[u8] = b"portcullis-owe";

fn open() -> AccessPointConfig {
    AccessPointConfig {
        akms: Vec::new(),
        secrets: Secrets::default(),
        owe_transition: Some((TWIN, TWIN_SSID.to_vec())),
        ..AccessPointConfig::wpa2(SSID, BSSID, psk())
    }
}

/// It answers only who asks for it by its name, as all of the simulated world do.
fn twin() -> AccessPointConfig {
    AccessPointConfig {
        akms: vec![Akm::OWE],
        management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
        owe_transition: Some((BSSID, SSID.to_vec())),
        ..AccessPointConfig::wpa2(TWIN_SSID, TWIN, psk())
    }
}

fn connect(network: &mut Network, security: &SecurityFragment) -> (Outcome, Vec<Event>) {
    network.connect_by(security);
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    let outcome = events.iter().find_map(|event| match event.kind {
        Kind::Outcome(outcome) => Some(outcome),
        _ => None,
    });
    (outcome.unwrap(), events)
}

#[test]
fn a_station_without_a_secret_takes_the_network_that_encrypts() {
    for fragment in [
        SecurityFragment::new(Secret::None),
        SecurityFragment::new(Secret::None).with_open(true),
    ] {
        let mut network = Network::with(7, Impairments::default(), open());
        let twin = network.world.simulation.add_access_point(twin());
        let (outcome, events) = connect(&mut network, &fragment);
        assert_eq!(outcome, Outcome::Authorized);
        let port = network.world.host.port(network.adapter, TWIN).unwrap();
        assert!(port.authorized);
        let started = events.iter().find_map(|event| match &event.kind {
            Kind::AssociationStarted { ssid, .. } => Some(ssid.as_bytes()),
            _ => None,
        });
        assert_eq!(started, Some(TWIN_SSID));
        network.pass(Duration::from_millis(20));
        assert!(network.world.simulation.is_authorized(twin, network.address));
    }
}

#[test]
fn the_open_network_is_not_taken_for_want_of_the_other_unless_that_is_asked_for() {
    let mut network = Network::with(7, Impairments::default(), open());
    let (outcome, _) = connect(&mut network, &SecurityFragment::new(Secret::None));
    assert_eq!(outcome, Outcome::PolicyRefusal(Refusal::Policy(Policy::Legacy)));
    let (outcome, _) = connect(&mut network, &SecurityFragment::new(Secret::None).with_open(true));
    assert_eq!(outcome, Outcome::Authorized);
    assert!(network.is_authorized());
}

#[test]
fn who_asks_for_the_encrypted_network_by_its_name_is_not_led_to_the_open_one() {
    let mut config = twin();
    (config.ssid, config.bssid) = (SSID.to_vec(), BSSID);
    config.owe_transition = Some((TWIN, TWIN_SSID.to_vec()));
    let mut network = Network::with(7, Impairments::default(), config);
    network.world.simulation.add_access_point(AccessPointConfig {
        ssid: TWIN_SSID.to_vec(),
        bssid: TWIN,
        owe_transition: Some((BSSID, SSID.to_vec())),
        ..open()
    });
    let (outcome, events) = connect(&mut network, &SecurityFragment::new(Secret::None));
    assert_eq!(outcome, Outcome::Authorized);
    let scans = events
        .iter()
        .filter(|event| matches!(event.kind, Kind::ScanStarted { .. }));
    assert_eq!(scans.count(), 1);
    assert!(network.is_authorized());
}
