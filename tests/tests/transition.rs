//! Fast transition in simulation: from one access point to another without a handshake.
#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it should be")]

use adapter::simulated::{
    AccessPointConfig, AccessPointId, Fate, Impairments, ManagementProtection, Mobility, NetworkPassword, Secrets,
};
use core::time::Duration;
use extension::profile::{Password, Secret, SecurityFragment};
use frame::{Akm, Cipher, MacAddress};
use host::event::{Event, Kind};
use host::outcome::Outcome;
use keys::{Pmk, Psk};
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};
use rsn::ft::KeyHolder;
use std::sync::{Arc, Mutex};

const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);
const PASSWORD: &[u8] = b"open sesame";
const AKMS: [Akm; 7] = [
    Akm::FT_PSK,
    Akm::FT_PSK_SHA384,
    Akm::FT_SAE,
    Akm::FT_SAE_EXT_KEY,
    Akm::FT_EAP,
    Akm::FT_EAP_SHA384,
    // Not fast: the whole handshake takes place again.
    Akm::PSK,
];

fn config(akm: Akm, bssid: MacAddress, keys: &Arc<Mutex<KeyHolder>>) -> AccessPointConfig {
    let strong = akm == Akm::FT_EAP_SHA384;
    let cipher = if strong { Cipher::GCMP_256 } else { Cipher::CCMP_128 };
    let pmk = if strong { &[9; 48][..] } else { &[9; 32] };
    AccessPointConfig {
        akms: vec![akm],
        pairwise: vec![cipher],
        group: cipher,
        secrets: Secrets {
            psk: Some(psk()),
            pmk: Pmk::new(pmk).ok(),
            passwords: vec![NetworkPassword {
                password: PASSWORD.to_vec().into(),
                identifier: None,
            }],
            ..Secrets::default()
        },
        management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
        mobility: (akm != Akm::PSK).then(|| Mobility {
            domain: [0xa1, 0xb2],
            key_holder: b"castle.example".to_vec(),
            keys: Arc::clone(keys),
        }),
        ..AccessPointConfig::wpa2(SSID, bssid, Psk::new([0; 32]))
    }
}

fn profile(akm: Akm) -> SecurityFragment {
    let secret = match akm {
        Akm::FT_SAE | Akm::FT_SAE_EXT_KEY => Secret::Password(Password::new(PASSWORD).unwrap()),
        Akm::FT_EAP => Secret::Pmk(Pmk::new(&[9; 32]).unwrap()),
        Akm::FT_EAP_SHA384 => Secret::Pmk(Pmk::new(&[9; 48]).unwrap()),
        _ => Secret::Psk(psk()),
    };
    SecurityFragment::new(secret).with_akms(&[akm])
}

/// A station with an open port at the first of two access points of a network.
fn connected(akm: Akm, others: &Arc<Mutex<KeyHolder>>) -> (Network, AccessPointId) {
    let keys = Arc::clone(others);
    let mut network = Network::with(3, Impairments::default(), config(akm, BSSID, &keys));
    network.connect_by(&profile(akm));
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    assert_eq!(events.last().unwrap().kind, Kind::Outcome(Outcome::Authorized), "{akm}");
    settle(&mut network);
    let other = network.world.simulation.add_access_point(config(akm, OTHER, &keys));
    (network, other)
}

fn settle(network: &mut Network) -> Vec<Event> {
    let until = network.world.now() + Duration::from_millis(300);
    let mut events = Vec::new();
    network.world.advance(until);
    while let Some(event) = network.world.poll_event() {
        events.push(event);
    }
    events
}

fn roam(network: &mut Network) -> Vec<Event> {
    let now = network.world.now();
    network.world.host.roam(now, network.adapter, Some(OTHER)).unwrap();
    settle(network)
}

fn is_open(network: &Network, peer: MacAddress) -> bool {
    let port = network.world.host.port(network.adapter, peer);
    port.is_some_and(|port| port.authorized)
}

#[test]
fn a_station_moves_and_its_data_with_it_by_every_suite() {
    for akm in AKMS {
        let (mut network, other) = connected(akm, &Arc::default());
        let events = roam(&mut network);
        assert!(
            is_open(&network, OTHER) && !is_open(&network, BSSID),
            "{akm}: {events:?}"
        );
        assert!(network.world.simulation.is_authorized(other, network.address), "{akm}");
        let handshake = events.iter().any(|event| matches!(event.kind, Kind::PacketSent { .. }));
        assert_eq!(handshake, akm == Akm::PSK, "{akm}");
        let broken = events.iter().any(|event| matches!(event.kind, Kind::RuleBroken { .. }));
        assert!(!broken, "{akm}: {events:?}");

        let before = network.world.simulation.traffic(network.station);
        assert!(network.world.simulation.send_data(network.station, b"over there"));
        network.world.simulation.send_group_data(other, b"to all");
        settle(&mut network);
        let after = network.world.simulation.traffic(network.station);
        assert_eq!(after.received, before.received + 1, "{akm}");
        assert_eq!(after.received_group, before.received_group + 1, "{akm}");
        assert_eq!(after.rejected, before.rejected, "{akm}");
    }
}

#[test]
fn keys_change_after_a_transition_as_after_a_handshake() {
    let (mut network, other) = connected(Akm::FT_PSK, &Arc::default());
    roam(&mut network);
    let station = network.address;
    network.world.simulation.rekey_group(other);
    network.world.simulation.rekey_pairwise(other, station);
    let events = settle(&mut network);
    let installed = |pairwise: bool| {
        events.iter().any(|event| match event.kind {
            Kind::PairwiseKeyInstalled { .. } => pairwise,
            Kind::GroupKeyInstalled { .. } => !pairwise,
            _ => false,
        })
    };
    assert!(installed(true) && installed(false), "{events:?}");
    assert!(is_open(&network, OTHER));
}

#[test]
fn an_access_point_without_the_key_is_not_moved_to() {
    let (mut network, _) = connected(Akm::FT_PSK, &Arc::default());
    let keys = Arc::default();
    let stranger = MacAddress([2, 0, 0, 0, 0, 0xa2]);
    network
        .world
        .simulation
        .add_access_point(config(Akm::FT_PSK, stranger, &keys));
    let now = network.world.now();
    network.world.host.roam(now, network.adapter, Some(stranger)).unwrap();
    let events = settle(&mut network);
    let failed = Kind::RoamFailed {
        outcome: Outcome::WrongTransitionKey,
    };
    assert!(events.iter().any(|event| event.kind == failed), "{events:?}");
    assert!(!is_open(&network, stranger));
}

#[test]
fn a_flipped_bit_in_any_frame_of_a_transition_opens_no_port() {
    const AUTHENTICATION: usize = 0;
    // The station's and the access point's frames of the two exchanges; 24 octets of header.
    for frame_number in AUTHENTICATION..4 {
        let mut bit = 8 * 24;
        loop {
            let (mut network, other) = connected(Akm::FT_PSK, &Arc::default());
            let length = Arc::new(Mutex::new(0));
            let seen = Arc::clone(&length);
            let mut number = 0;
            network.world.simulation.set_tap(move |_, frame| {
                // Authentication, reassociation request, reassociation response.
                if matches!(frame[0], 0xb0 | 0x20 | 0x30) {
                    if number == frame_number && bit / 8 < frame.len() {
                        *seen.lock().unwrap() = frame.len();
                        frame[bit / 8] ^= 1 << (bit % 8);
                    }
                    number += 1;
                }
                Fate::Pass
            });
            roam(&mut network);
            let length = *length.lock().unwrap();
            if length == 0 {
                break;
            }
            let both = is_open(&network, OTHER) && network.world.simulation.is_authorized(other, network.address);
            // The status of a request, capabilities, listen interval and AID are no part of the security; neither are the
            // SSID's element and the current access point.
            let unprotected = match frame_number {
                0 => (28..30).contains(&(bit / 8)),
                2 => bit / 8 < 24 + 10 + 2 + SSID.len(),
                3 => bit / 8 < 24 + 2 || (28..30).contains(&(bit / 8)),
                _ => false,
            };
            assert!(!both || unprotected, "frame {frame_number}, bit {bit}");
            bit += 7;
        }
    }
}
