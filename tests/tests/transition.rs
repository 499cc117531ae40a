//! Fast transition in simulation: from one access point to another without a handshake.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where its world is not as it should be"
)]

use adapter::simulated::{
    AccessPointConfig, AccessPointId, Fate, Impairments, ManagementProtection, Mobility, NetworkPassword, Secrets,
};
use core::time::Duration;
use extension::profile::{Password, Secret, SecurityFragment};
use frame::element::{self, id};
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

/// Which way the first two frames of a transition may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Road {
    Air,
    DistributionSystem,
}

fn config(akm: Akm, bssid: MacAddress, keys: &Arc<Mutex<KeyHolder>>, road: Road) -> AccessPointConfig {
    let strong = akm == Akm::FT_EAP_SHA384;
    let cipher = if strong { Cipher::GCMP_256 } else { Cipher::CCMP_128 };
    let management = if strong {
        Cipher::BIP_GMAC_256
    } else {
        Cipher::BIP_CMAC_128
    };
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
        management: ManagementProtection::Required(management),
        mobility: (akm != Akm::PSK).then(|| Mobility {
            domain: [0xa1, 0xb2],
            key_holder: b"castle.example".to_vec(),
            keys: Arc::clone(keys),
            over_ds: road == Road::DistributionSystem,
            key_lifetime: None,
            reassociation_deadline: None,
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
fn connected(akm: Akm, road: Road) -> (Network, AccessPointId) {
    connected_with(akm, road, |_| {})
}

/// As [`connected`], with access points that are otherwise changed.
fn connected_with(akm: Akm, road: Road, change: impl Fn(&mut AccessPointConfig)) -> (Network, AccessPointId) {
    let keys = Arc::default();
    let changed = |bssid| {
        let mut config = config(akm, bssid, &keys, road);
        change(&mut config);
        config
    };
    let mut network = Network::with(3, Impairments::default(), changed(BSSID));
    network.connect_by(&profile(akm));
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    assert_eq!(events.last().unwrap().kind, Kind::Outcome(Outcome::Authorized), "{akm}");
    settle(&mut network);
    let other = network.world.simulation.add_access_point(changed(OTHER));
    (network, other)
}

fn settle(network: &mut Network) -> Vec<Event> {
    network.hear(Duration::from_millis(300))
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
fn a_station_moves_and_its_data_with_it_by_every_suite_and_on_every_road() {
    for (akm, road) in AKMS
        .iter()
        .flat_map(|akm| [(*akm, Road::Air), (*akm, Road::DistributionSystem)])
    {
        let (mut network, other) = connected(akm, road);
        let events = roam(&mut network);
        let count = |wanted: fn(&Kind) -> bool| events.iter().filter(|event| wanted(&event.kind)).count();
        let expected = match (akm, road) {
            (Akm::PSK, _) => (0, 0),
            (_, Road::Air) => (1, 0),
            (_, Road::DistributionSystem) => (0, 1),
        };
        let sent = (
            count(|kind| matches!(kind, Kind::AuthenticationSent { algorithm: 2, .. })),
            count(|kind| matches!(kind, Kind::ActionSent { category: 6, .. })),
        );
        assert_eq!(sent, expected, "{akm} {road:?}");
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
fn a_station_whose_key_of_the_domain_is_too_old_authenticates_anew_in_the_new_place() {
    const LIFETIME: Duration = Duration::from_secs(60);
    for road in [Road::Air, Road::DistributionSystem] {
        for (waiting, transitions, exchanges) in [(LIFETIME / 2, 1, 0), (LIFETIME, 0, 2)] {
            let (mut network, other) = connected_with(Akm::FT_SAE, road, |config| {
                if let Some(mobility) = &mut config.mobility {
                    mobility.key_lifetime = Some(LIFETIME);
                }
            });
            network.hear(waiting);
            let events = roam(&mut network);
            let count = |wanted: fn(&Kind) -> bool| events.iter().filter(|event| wanted(&event.kind)).count();
            let sent = (
                count(|kind| {
                    matches!(
                        kind,
                        Kind::AuthenticationSent { algorithm: 2, .. } | Kind::ActionSent { category: 6, .. }
                    )
                }),
                count(|kind| matches!(kind, Kind::AuthenticationSent { algorithm: 3, .. })),
            );
            assert_eq!(sent, (transitions, exchanges), "{road:?} after {waiting:?}: {events:?}");
            assert!(is_open(&network, OTHER), "{road:?} after {waiting:?}: {events:?}");
            assert!(network.world.simulation.is_authorized(other, network.address));
        }
    }
}

#[test]
fn keys_change_after_a_transition_as_after_a_handshake() {
    let (mut network, other) = connected(Akm::FT_PSK, Road::Air);
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
    for road in [Road::Air, Road::DistributionSystem] {
        let (mut network, _) = connected(Akm::FT_PSK, road);
        let keys = Arc::default();
        let stranger = MacAddress([2, 0, 0, 0, 0, 0xa2]);
        let config = config(Akm::FT_PSK, stranger, &keys, road);
        network.world.simulation.add_access_point(config);
        let now = network.world.now();
        network.world.host.roam(now, network.adapter, Some(stranger)).unwrap();
        let events = settle(&mut network);
        let failed = Kind::RoamFailed {
            outcome: Outcome::WrongTransitionKey,
        };
        assert!(events.iter().any(|event| event.kind == failed), "{road:?} {events:?}");
        assert!(!is_open(&network, stranger));
    }
}

#[test]
fn a_wrong_mic_in_either_frame_of_the_reassociation_is_told_as_a_wrong_key() {
    for (kind, fixed) in [(REASSOCIATION_REQUEST, 10), (REASSOCIATION_RESPONSE, 6)] {
        let (mut network, other) = connected_with(Akm::FT_PSK, Road::Air, |config| {
            config.management = ManagementProtection::None
        });
        network.world.simulation.set_tap(move |_, frame| {
            if frame[0] == kind {
                flip_mic(frame, fixed);
            }
            Fate::Pass
        });
        let events = roam(&mut network);
        let wrong = Outcome::WrongTransitionKey;
        let told = |event: &Event| match event.kind {
            Kind::RoamFailed { outcome } | Kind::Outcome(outcome) => outcome == wrong,
            _ => false,
        };
        assert!(events.iter().any(told), "{kind:#x}: {events:?}");
        assert!(!is_open(&network, OTHER), "{kind:#x}");
        // Where it had let the station in, that has left again.
        assert!(
            !network.world.simulation.is_authorized(other, network.address),
            "{kind:#x}"
        );
    }
}

#[test]
fn a_transition_that_was_refused_for_its_mic_is_begun_anew_once_before_the_key_is_called_wrong() {
    // An access point that answers a repeated first frame with another nonce refuses what follows from the first answer.
    for road in [Road::Air, Road::DistributionSystem] {
        let (mut network, other) = connected_with(Akm::FT_PSK, road, |config| {
            config.management = ManagementProtection::None
        });
        let requests = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&requests);
        network.world.simulation.set_tap(move |_, frame| {
            if frame[0] == REASSOCIATION_REQUEST {
                let mut seen = seen.lock().unwrap();
                *seen += 1;
                if *seen == 1 {
                    flip_mic(frame, 10);
                }
            }
            Fate::Pass
        });
        let events = roam(&mut network);
        let failed = |event: &Event| matches!(event.kind, Kind::RoamFailed { .. });
        assert!(!events.iter().any(failed), "{road:?}: {events:?}");
        assert!(is_open(&network, OTHER), "{road:?}: {events:?}");
        assert!(network.world.simulation.is_authorized(other, network.address));
        assert_eq!(*requests.lock().unwrap(), 2, "{road:?}");
    }
}

/// Breaks the MIC of a reassociation frame that has so many octets of fixed fields.
fn flip_mic(frame: &mut [u8], fixed: usize) {
    // Behind the header of the frame.
    let elements = 24 + fixed;
    let fte = element::find(&frame[elements..], id::FAST_BSS_TRANSITION)
        .unwrap()
        .unwrap();
    // Behind the header of the element and MIC Control.
    let mic = fte.bytes().as_ptr() as usize - frame.as_ptr() as usize + 4;
    frame[mic] ^= 1;
}

/// Loses every frame of these kinds, given by their first octets.
fn lose(network: &mut Network, kinds: &'static [u8]) {
    network
        .world
        .simulation
        .set_tap(|_, frame| match kinds.contains(&frame[0]) {
            true => Fate::Drop,
            false => Fate::Pass,
        });
}

const AUTHENTICATION: u8 = 0xb0;
const ACTION: u8 = 0xd0;
const REASSOCIATION_REQUEST: u8 = 0x20;
const REASSOCIATION_RESPONSE: u8 = 0x30;

#[test]
fn where_nothing_comes_back_by_way_of_the_access_point_the_air_is_taken() {
    let (mut network, other) = connected(Akm::FT_SAE, Road::DistributionSystem);
    lose(&mut network, &[ACTION]);
    let mut events = roam(&mut network);
    events.extend(network.hear(Duration::from_secs(2)));
    assert!(is_open(&network, OTHER), "{events:?}");
    assert!(network.world.simulation.is_authorized(other, network.address));
}

#[test]
fn an_access_point_that_answers_on_no_road_is_given_up_and_the_port_stays_open() {
    let (mut network, _) = connected(Akm::FT_SAE, Road::DistributionSystem);
    lose(&mut network, &[ACTION, AUTHENTICATION]);
    let mut events = roam(&mut network);
    events.extend(network.hear(Duration::from_secs(3)));
    let failed = |event: &Event| matches!(event.kind, Kind::RoamFailed { .. });
    assert!(events.iter().any(failed), "{events:?}");
    assert!(is_open(&network, BSSID) && !is_open(&network, OTHER));
}

#[test]
fn a_first_frame_that_comes_twice_makes_no_second_key() {
    let (mut network, _) = connected(Akm::FT_PSK, Road::Air);
    let mut first = true;
    // The first answer is lost; the request comes again, and both ends have to mean the same nonces.
    network.world.simulation.set_tap(move |_, frame| {
        let answer = frame[0] == AUTHENTICATION && frame[26] == 2;
        match answer && core::mem::take(&mut first) {
            true => Fate::Drop,
            false => Fate::Pass,
        }
    });
    roam(&mut network);
    network.hear(Duration::from_secs(1));
    assert!(is_open(&network, OTHER));
}

#[test]
fn a_flipped_bit_in_any_frame_of_a_transition_opens_no_port() {
    // The station's and the access point's frames of the two exchanges; 24 octets of header.
    for (road, first) in [(Road::Air, AUTHENTICATION), (Road::DistributionSystem, ACTION)] {
        for frame_number in 0..4 {
            let mut bit = 8 * 24;
            while let Some((both, length)) = flip(road, first, frame_number, bit) {
                // The status of a request, capabilities, listen interval and AID are no part of the security; neither
                // are the SSID's element and the current access point.
                let octet = bit / 8;
                let unprotected = match (frame_number, road) {
                    (0, Road::Air) => (28..30).contains(&octet),
                    (2, _) => octet < 24 + 10 + 2 + SSID.len(),
                    (3, _) => octet < 24 + 2 || (28..30).contains(&octet),
                    _ => false,
                };
                assert!(
                    !both || unprotected,
                    "{road:?}, frame {frame_number} of {length} octets, bit {bit}"
                );
                bit += 7;
            }
        }
    }
}

/// Whether both sides have an open port after a transition of which one bit was flipped, and how many octets that frame
/// had; `None` if it has no such bit.
fn flip(road: Road, first: u8, frame_number: usize, bit: usize) -> Option<(bool, usize)> {
    // Frames that protect themselves would hide what the protocol does.
    let (mut network, other) = connected_with(Akm::FT_PSK, road, |config| {
        config.management = ManagementProtection::None
    });
    let length = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&length);
    let mut number = 0;
    network.world.simulation.set_tap(move |_, frame| {
        if [first, REASSOCIATION_REQUEST, REASSOCIATION_RESPONSE].contains(&frame[0]) {
            // The same frame again, where a transition that was refused is begun anew.
            if number % 4 == frame_number && bit / 8 < frame.len() {
                *seen.lock().unwrap() = Some(frame.len());
                frame[bit / 8] ^= 1 << (bit % 8);
            }
            number += 1;
        }
        Fate::Pass
    });
    roam(&mut network);
    let length = *length.lock().unwrap();
    let both = is_open(&network, OTHER) && network.world.simulation.is_authorized(other, network.address);
    Some((both, length?))
}
