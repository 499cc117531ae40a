//! Protected management frames: who may end an association.
#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it should be")]

use adapter::simulated::{self, AccessPointConfig, Fate, Impairments, ManagementProtection};
use core::time::Duration;
use frame::dot11::{AssociationRequest, Authentication, CapabilityInfo, FrameControl, MacHeader, Management, Reason};
use frame::{Cipher, Emit, MacAddress, ReasonCode, StatusCode};
use host::event::Kind;
use host::outcome::Outcome;
use ihv::AdapterCapabilities;
use portcullis_tests::{BSSID, LONG, Network, Offer, SSID, psk};

const REASON: ReasonCode = ReasonCode(2);

const CIPHERS: [Cipher; 4] = [
    Cipher::BIP_CMAC_128,
    Cipher::BIP_CMAC_256,
    Cipher::BIP_GMAC_128,
    Cipher::BIP_GMAC_256,
];

/// A network with an open port, under a pairwise cipher and a cipher of management frames.
fn open(pairwise: Cipher, management: ManagementProtection) -> Network {
    let offer = Offer {
        pairwise,
        management,
        ..Offer::default()
    };
    let mut network = Network::new(7, Impairments::default(), offer);
    network.connect();
    network
        .world
        .run(LONG, |event| event.kind == Kind::Outcome(Outcome::Authorized));
    // Message 4 is still on its way.
    settle(&mut network);
    assert!(network.is_authorized());
    network
}

fn deauthentication(to: MacAddress) -> Vec<u8> {
    let body = Management::Deauthentication(Reason {
        reason: REASON,
        elements: &[],
    });
    let header = MacHeader::management(body.subtype(), to, BSSID, BSSID);
    [header.to_vec().unwrap(), body.to_vec().unwrap()].concat()
}

/// Has the next frame of the access point replaced by what `forge` makes of it.
fn replace(network: &mut Network, forge: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) {
    let mut done = false;
    network.world.simulation.set_tap(move |_, frame| {
        if !core::mem::replace(&mut done, true) {
            *frame = forge(frame);
        }
        Fate::Pass
    });
}

fn settle(network: &mut Network) {
    network.pass(Duration::from_millis(50));
}

#[test]
fn a_genuine_deauthentication_ends_the_association_by_every_cipher() {
    for pairwise in [Cipher::CCMP_128, Cipher::GCMP_256] {
        let mut network = open(pairwise, ManagementProtection::Required(Cipher::BIP_CMAC_128));
        network
            .world
            .simulation
            .deauthenticate(network.access_point, network.address, REASON);
        settle(&mut network);
        assert!(!network.is_authorized(), "{pairwise}");
    }
    for cipher in CIPHERS {
        let mut network = open(Cipher::CCMP_128, ManagementProtection::Optional(cipher));
        network
            .world
            .simulation
            .deauthenticate_all(network.access_point, REASON);
        settle(&mut network);
        assert!(!network.is_authorized(), "{cipher}");
    }
}

#[test]
fn a_forged_deauthentication_ends_only_an_association_without_protection() {
    let forged: [fn(MacAddress) -> Vec<u8>; 3] = [
        deauthentication,
        |_| deauthentication(MacAddress::BROADCAST),
        |station| {
            let mut frame = deauthentication(station);
            let control = FrameControl(u16::from_le_bytes([frame[0], frame[1]])).with_protected(true);
            frame[..2].copy_from_slice(&control.0.to_le_bytes());
            frame
        },
    ];
    for (protection, survives) in [
        (ManagementProtection::None, [false, false, true]),
        (ManagementProtection::Required(Cipher::BIP_GMAC_256), [true, true, true]),
    ] {
        for (forge, survives) in forged.into_iter().zip(survives) {
            let mut network = open(Cipher::CCMP_128, protection);
            let station = network.address;
            replace(&mut network, move |_| forge(station));
            network
                .world
                .simulation
                .send_data_to(network.access_point, station, b"never arrives");
            settle(&mut network);
            assert_eq!(network.is_authorized(), survives, "{protection:?}");
        }
    }
}

#[test]
fn an_access_point_that_has_lost_its_keys_is_found_out() {
    for lost in [false, true] {
        let mut network = open(Cipher::CCMP_128, ManagementProtection::Required(Cipher::BIP_CMAC_128));
        let station = network.address;
        let mut forged = false;
        network.world.simulation.set_tap(move |_, frame| {
            if !core::mem::replace(&mut forged, true) {
                *frame = deauthentication(station);
                return Fate::Pass;
            }
            // Without its keys the access point can neither read a question nor answer it.
            if lost { Fate::Drop } else { Fate::Pass }
        });
        network
            .world
            .simulation
            .send_data_to(network.access_point, station, b"never arrives");
        settle(&mut network);
        assert!(network.is_authorized());
        network.pass(Duration::from_secs(3));
        assert_eq!(network.is_authorized(), !lost);
        let mut outcomes = Vec::new();
        while let Some(event) = network.world.poll_event() {
            assert!(!matches!(event.kind, Kind::RuleBroken { .. }), "{event:?}");
            if let Kind::Outcome(outcome) = event.kind {
                outcomes.push(outcome);
            }
        }
        let expected = lost.then_some(Outcome::Lost { after_completion: true });
        assert_eq!(outcomes.pop(), expected);
    }
}

/// An association request in the name of the station, as anybody could send it.
fn association_request(station: MacAddress) -> Vec<u8> {
    let body = Management::AssociationRequest(AssociationRequest {
        capability: CapabilityInfo::ESS,
        listen_interval: 1,
        elements: &[],
    });
    let header = MacHeader::management(body.subtype(), BSSID, station, BSSID);
    [header.to_vec().unwrap(), body.to_vec().unwrap()].concat()
}

#[test]
fn a_forged_association_request_costs_only_an_association_without_protection() {
    for (protection, survives) in [
        (ManagementProtection::None, false),
        (ManagementProtection::Required(Cipher::BIP_CMAC_128), true),
    ] {
        let mut network = open(Cipher::CCMP_128, protection);
        let station = network.address;
        for forged in [authentication(station), association_request(station)] {
            replace(&mut network, move |_| forged.clone());
            network.world.simulation.send_data(network.station, b"never arrives");
            settle(&mut network);
        }
        network.pass(Duration::from_secs(3));
        let kept = network.world.simulation.is_authorized(network.access_point, station);
        assert_eq!(kept, survives, "{protection:?}");
    }
}

/// An open system authentication in the name of the station.
fn authentication(station: MacAddress) -> Vec<u8> {
    let body = Management::Authentication(Authentication {
        algorithm: Authentication::OPEN,
        sequence: 1,
        status: StatusCode::SUCCESS,
        body: &[],
    });
    let header = MacHeader::management(body.subtype(), BSSID, station, BSSID);
    [header.to_vec().unwrap(), body.to_vec().unwrap()].concat()
}

#[test]
fn a_station_that_has_lost_its_keys_comes_back_when_it_does_not_answer_any_more() {
    let mut network = open(Cipher::CCMP_128, ManagementProtection::Required(Cipher::BIP_CMAC_128));
    network.world.simulation.reset(network.station);
    settle(&mut network);
    while network.world.poll_event().is_some() {}
    let began = network.world.now();
    network.connect();
    let authorized = Kind::Outcome(Outcome::Authorized);
    let events = network
        .world
        .run(began + LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    let last = events.last().unwrap();
    assert_eq!(last.kind, authorized);
    // The query has had its time, 1000 time units.
    assert!(last.time - began > Duration::from_micros(1_024_000));
}

#[test]
fn a_deauthentication_with_any_bit_flipped_ends_nothing() {
    for group in [false, true] {
        let genuine = {
            let mut network = open(Cipher::CCMP_128, ManagementProtection::Required(Cipher::BIP_CMAC_128));
            let frames = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
            let seen = std::sync::Arc::clone(&frames);
            network.world.simulation.set_tap(move |_, frame| {
                seen.lock().unwrap().push(frame.clone());
                Fate::Drop
            });
            deauthenticate(&mut network, group);
            frames.lock().unwrap().pop().unwrap()
        };
        // Octets 2 and 3 of CCMP's header are reserved bits and the Key ID, which is not what a pairwise key is found
        // by: nothing depends on them, and nothing protects them.
        let unused = MacHeader::MIN_LEN + 2..MacHeader::MIN_LEN + 4;
        for bit in 8 * MacHeader::MIN_LEN..8 * genuine.len() {
            if !group && unused.contains(&(bit / 8)) {
                continue;
            }
            let mut network = open(Cipher::CCMP_128, ManagementProtection::Required(Cipher::BIP_CMAC_128));
            replace(&mut network, move |frame| {
                let mut frame = frame.to_vec();
                frame[bit / 8] ^= 1 << (bit % 8);
                frame
            });
            deauthenticate(&mut network, group);
            settle(&mut network);
            assert!(network.is_authorized(), "bit {bit}");
        }
    }
}

fn deauthenticate(network: &mut Network, group: bool) {
    let simulation = &mut network.world.simulation;
    match group {
        true => simulation.deauthenticate_all(network.access_point, REASON),
        false => simulation.deauthenticate(network.access_point, network.address, REASON),
    }
}

#[test]
fn an_adapter_that_does_not_verify_beacons_is_not_given_their_key_and_that_is_told() {
    for beacon_protection in [true, false] {
        let capabilities = AdapterCapabilities {
            beacon_protection,
            ..simulated::capabilities()
        };
        let config = AccessPointConfig {
            management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
            beacon_protection: true,
            ..AccessPointConfig::wpa2(SSID, BSSID, psk())
        };
        let mut network = Network::with_capabilities(7, Impairments::default(), config, capabilities);
        network.connect();
        let mut events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
        settle(&mut network);
        network.world.simulation.rekey_group(network.access_point);
        events.extend(network.hear(LONG));
        let keys: Vec<u8> = events
            .iter()
            .filter_map(|event| match event.kind {
                Kind::GroupKeyInstalled { key_id, .. } => Some(key_id),
                _ => None,
            })
            .collect();
        let told = events.iter().find_map(|event| match event.kind {
            Kind::PortCreated { unverified_beacons, .. } => Some(unverified_beacons),
            _ => None,
        });
        let expected: &[u8] = match beacon_protection {
            true => &[1, 4, 6, 2, 5, 7],
            false => &[1, 4, 2, 5],
        };
        assert_eq!((keys.as_slice(), told), (expected, Some(!beacon_protection)));
        assert!(network.is_authorized());
    }
}
