//! What an observer tells beside the keys.

use super::only;
use super::watched::{Watched, config, profile, secrets};
use adapter::simulated::{self, AccessPointConfig, CHANNEL, ManagementProtection};
use core::time::Duration;
use extension::profile::{Secret, SecurityFragment, WepKey};
use frame::dot11::{MacHeader, Management, Reason, SaQueryKind};
use frame::eapol_key::MessageName;
use frame::{Akm, Cipher, Emit, MacAddress, ReasonCode};
use ihv::KeyChange;
use keys::curve::Curve;
use portcullis::inspect::{
    Contents, Delivered, Event, MicState, Operation, Outcome, Protection, Remark, Secrets, Sender,
};
use portcullis_tests::{BSSID, LONG, SSID, psk};

const MODES: u8 = 0b1001;

/// A network of WPA3 that has everything that a message of a handshake can say.
fn talkative() -> AccessPointConfig {
    AccessPointConfig {
        beacon_protection: true,
        transition_disabled: Some(MODES),
        extended_key_id: true,
        channel: Some(CHANNEL),
        ..config(Akm::SAE)
    }
}

/// The network with an open port.
fn connected(config: AccessPointConfig, akm: Akm) -> Watched {
    let mut watched = Watched::new(config);
    watched.network.connect_by(&profile(akm));
    watched.pass(LONG);
    assert!(watched.opened);
    watched
}

#[test]
fn what_the_messages_of_handshakes_say_is_told() {
    let mut watched = Watched::new(talkative());
    watched.live(&profile(Akm::SAE));
    let operation = only(watched.observe(&mut secrets(&watched, Akm::SAE)));
    let told: Vec<(MessageName, Contents)> = operation
        .messages()
        .map(|(_, message)| (message.name, message.contents))
        .collect();
    let pmkid = told.first().unwrap().1.pmkid;
    assert!(pmkid.is_some());
    let with_channel = Contents {
        channel: Some(CHANNEL),
        ..Contents::default()
    };
    let delivered = |key_id: u8| Delivered {
        gtk: Some(key_id),
        igtk: Some((key_id + 3).into()),
        bigtk: Some((key_id + 5).into()),
    };
    let named = Contents {
        pmkid,
        ..Contents::default()
    };
    let message_3 = |key_id, group| Contents {
        key_id: Some(key_id),
        transition_disable: Some(MODES),
        delivered: delivered(group),
        ..with_channel
    };
    let group_1 = Contents {
        delivered: delivered(2),
        ..with_channel
    };
    // Message 2 repeats the request, which names no PMK that was there before.
    let expected = [
        (MessageName::FourWay1, named),
        (MessageName::FourWay2, with_channel),
        (MessageName::FourWay3, message_3(0, 1)),
        (MessageName::FourWay4, Contents::default()),
        (MessageName::Group1, group_1),
        (MessageName::Group2, with_channel),
        (MessageName::FourWay1, named),
        (MessageName::FourWay2, with_channel),
        (MessageName::FourWay3, message_3(1, 2)),
        (MessageName::FourWay4, Contents::default()),
    ];
    assert_eq!(told, expected);
    assert_eq!((operation.management_keys.len(), operation.beacon_keys.len()), (2, 2));
    // Without the key, only what is in the clear is told.
    let operation = only(watched.observe(&mut Secrets::default()));
    let mut contents = operation.messages().map(|(_, message)| message.contents);
    assert_eq!(contents.next(), Some(named));
    assert_eq!(contents.next(), Some(with_channel));
    assert!(contents.all(|contents| contents == Contents::default()));
}

#[test]
fn beacons_are_proved_and_a_forged_one_is_found_out_by_station_and_observer() {
    for cipher in [
        Cipher::BIP_CMAC_128,
        Cipher::BIP_CMAC_256,
        Cipher::BIP_GMAC_128,
        Cipher::BIP_GMAC_256,
    ] {
        let network = AccessPointConfig {
            management: ManagementProtection::Required(cipher),
            ..talkative()
        };
        let mut watched = connected(network, Akm::SAE);
        let access_point = watched.network.access_point;
        let beacon = |watched: &mut Watched| {
            watched.network.world.simulation.send_beacon(access_point);
            watched.pass(Duration::from_millis(100));
        };
        beacon(&mut watched);
        watched.network.world.simulation.rekey_group(access_point);
        watched.pass(Duration::from_secs(1));
        beacon(&mut watched);
        // Somebody changes the interval.
        watched.forge(|frame| frame[MacHeader::MIN_LEN + 8] ^= 1);
        beacon(&mut watched);
        let traffic = watched.network.world.simulation.traffic(watched.network.station);
        assert_eq!((traffic.beacons, traffic.rejected), (2, 1), "{cipher}");
        let operation = only(watched.observe(&mut secrets(&watched, Akm::SAE)));
        let first = watched.last_frame();
        let expected = [
            Remark::BeaconsProved { frames: 2 },
            Remark::ForgedBeacons { first, frames: 1 },
        ];
        assert_eq!(operation.verdict.remarks, expected, "{cipher}");
    }
}

#[test]
fn a_network_without_beacon_protection_has_beacons_without_a_mic() {
    let mut watched = connected(config(Akm::SAE), Akm::SAE);
    watched
        .network
        .world
        .simulation
        .send_beacon(watched.network.access_point);
    watched.pass(Duration::from_millis(100));
    let operation = only(watched.observe(&mut secrets(&watched, Akm::SAE)));
    assert_eq!(operation.verdict.remarks, []);
    assert!(operation.beacon_keys.is_empty());
    let traffic = watched.network.world.simulation.traffic(watched.network.station);
    assert_eq!((traffic.beacons, traffic.rejected), (0, 0));
}

#[test]
fn a_network_without_a_handshake_is_told_as_what_it_is() {
    let wep = |octets: usize| Some(vec![0x5a; octets]);
    for (key, protection) in [
        (None, Protection::Open),
        (wep(5), Protection::Wep),
        (wep(13), Protection::Wep),
    ] {
        let network = AccessPointConfig {
            akms: Vec::new(),
            secrets: simulated::Secrets {
                wep: key.clone().map(Into::into),
                ..simulated::Secrets::default()
            },
            ..AccessPointConfig::wpa2(SSID, BSSID, psk())
        };
        let mut watched = Watched::new(network);
        let secret = match &key {
            Some(key) => Secret::Wep(WepKey::new(key).unwrap()),
            None => Secret::None,
        };
        let profile = SecurityFragment::new(secret).with_open(true).with_legacy(true);
        watched.network.connect_by(&profile);
        watched.pass(LONG);
        watched.talk();
        let traffic = watched.network.world.simulation.traffic(watched.network.station);
        assert_eq!(
            (traffic.received, traffic.received_group, traffic.rejected),
            (1, 1, 0),
            "{key:?}"
        );
        let (operations, plain) = watched.observe_all(&mut Secrets::default());
        assert!(operations.is_empty(), "{key:?}");
        let [plain] = &plain[..] else { unreachable!("{plain:?}") };
        assert_eq!(
            (plain.protection, plain.bssid, plain.sta),
            (protection, BSSID, watched.network.address)
        );
        assert_eq!(plain.ssid.as_deref(), Some(SSID));
    }
}

#[test]
fn a_station_that_returns_is_told_to_have_kept_its_key_or_not() {
    for akm in [Akm::SAE, Akm::OWE, Akm::SAE_EXT_KEY] {
        for lost in [false, true] {
            let mut watched = connected(config(akm), akm);
            let mut secrets = secrets(&watched, akm);
            let access_point = watched.network.access_point;
            watched
                .network
                .world
                .simulation
                .deauthenticate(access_point, watched.network.address, ReasonCode(3));
            watched.pass(Duration::from_millis(100));
            if lost {
                watched.network.world.simulation.switch_off(access_point);
                watched.network.world.simulation.switch_on(access_point);
            }
            watched.network.connect_by(&profile(akm));
            watched.pass(LONG);
            assert!(watched.network.is_authorized(), "{akm}");
            let pmk = watched
                .network
                .world
                .simulation
                .pmk(access_point, watched.network.address, akm)
                .unwrap();
            secrets.add_pmk(pmk.as_bytes()).unwrap();
            let operations = watched.observe(&mut secrets);
            let last = operations.last().unwrap();
            assert_eq!(last.verdict.outcome(), Outcome::Authorized, "{akm}: {}", last.verdict);
            let kept = last
                .verdict
                .remarks
                .iter()
                .any(|remark| matches!(remark, Remark::KeptKey { .. }));
            assert_eq!(kept, !lost, "{akm}: {:?}", last.verdict.remarks);
            let given_up = last
                .verdict
                .remarks
                .iter()
                .any(|remark| matches!(remark, Remark::KeyNotKept { .. }));
            // With SAE the association is refused, and another one follows.
            assert_eq!(given_up, lost && akm == Akm::OWE, "{akm}: {:?}", last.verdict.remarks);
            let first = operations.first().unwrap();
            assert!(
                !first
                    .verdict
                    .remarks
                    .iter()
                    .any(|remark| matches!(remark, Remark::KeptKey { .. }))
            );
        }
    }
}

/// The steps of SAE as they are told.
fn told_of_sae(network: AccessPointConfig, profile: &SecurityFragment) -> Vec<String> {
    let mut watched = Watched::new(network);
    watched.network.connect_by(profile);
    watched.pass(LONG);
    let operation = only(watched.observe(&mut secrets(&watched, Akm::SAE)));
    assert_eq!(
        operation.verdict.outcome(),
        Outcome::Authorized,
        "{}",
        operation.verdict
    );
    let of_sae = |event: &Event| match event {
        Event::Authentication { sae, .. } => sae.map(|step| step.to_string()),
        _ => None,
    };
    operation.steps.iter().filter_map(|step| of_sae(&step.event)).collect()
}

#[test]
fn commits_are_told_with_method_token_group_and_password_identifier() {
    let usual = profile(Akm::SAE);
    let direct = "commit, group 19, hash-to-element";
    assert_eq!(
        told_of_sae(config(Akm::SAE), &usual),
        [direct, direct, "confirm", "confirm"]
    );
    let old = AccessPointConfig {
        hash_to_element: false,
        ..config(Akm::SAE)
    };
    let pecked = "commit, group 19";
    assert_eq!(told_of_sae(old, &usual), [pecked, pecked, "confirm", "confirm"]);
    let anxious = AccessPointConfig {
        demands_tokens: true,
        ..config(Akm::SAE)
    };
    assert_eq!(
        told_of_sae(anxious, &usual),
        [
            direct,
            "asks for its anti-clogging token",
            "commit, group 19, hash-to-element, with the token",
            direct,
            "confirm",
            "confirm"
        ]
    );
    let choosy = AccessPointConfig {
        groups: vec![Curve::P521],
        ..config(Akm::SAE)
    };
    assert_eq!(
        told_of_sae(choosy, &usual),
        [
            direct,
            "does not support group 19",
            "commit, group 20, hash-to-element, refused before: 19",
            "does not support group 20",
            "commit, group 21, hash-to-element, refused before: 19, 20",
            "commit, group 21, hash-to-element",
            "confirm",
            "confirm"
        ]
    );
    let mut several = config(Akm::SAE);
    for known in &mut several.secrets.passwords {
        known.identifier = Some(b"knight".to_vec());
    }
    let named = profile(Akm::SAE).with_password_id(Some("knight".into()));
    let told = told_of_sae(several, &named);
    assert_eq!(
        told.first().unwrap(),
        "commit, group 19, hash-to-element, with a password identifier"
    );
    let eager = AccessPointConfig {
        begins_sae: true,
        ..config(Akm::SAE)
    };
    // Whose commit is heard first does not matter: both are there before either confirm.
    assert_eq!(told_of_sae(eager, &usual), [direct, direct, "confirm", "confirm"]);
}

/// The state of the MIC of the deauthentication of all stations, and whether it ended the association for the observer.
fn farewell(operation: &Operation) -> (Option<MicState>, bool) {
    let is_farewell = |event: &Event| matches!(event, Event::Deauthentication(_));
    let step = operation.steps.iter().find(|step| is_farewell(&step.event)).unwrap();
    assert_eq!(step.sender, Sender::AccessPoint);
    let left = |remark: &Remark| matches!(remark, Remark::Left { frame, .. } if *frame == step.frame);
    (step.integrity, operation.verdict.remarks.iter().any(left))
}

#[test]
fn the_deauthentication_of_all_stations_is_proved_or_does_not_count() {
    const REASON: ReasonCode = ReasonCode(3);
    for akm in [Akm::PSK_SHA256, Akm::EAP_SUITE_B, Akm::EAP_SUITE_B_192] {
        let mut watched = connected(config(akm), akm);
        let access_point = watched.network.access_point;
        watched
            .network
            .world
            .simulation
            .deauthenticate_all(access_point, REASON);
        watched.pass(Duration::from_millis(100));
        assert!(!watched.network.is_authorized());
        let operations = watched.observe(&mut secrets(&watched, akm));
        assert_eq!(
            farewell(operations.first().unwrap()),
            (Some(MicState::Valid), true),
            "{akm}"
        );

        for (forge, mic) in [
            (
                (|frame| *frame.last_mut().unwrap() ^= 1) as fn(&mut Vec<u8>),
                MicState::Invalid,
            ),
            (|frame| *frame = bare_farewell(), MicState::Absent),
        ] {
            let mut watched = connected(config(akm), akm);
            let access_point = watched.network.access_point;
            watched.forge(forge);
            watched
                .network
                .world
                .simulation
                .deauthenticate_all(access_point, REASON);
            watched.pass(Duration::from_millis(100));
            assert!(watched.network.is_authorized());
            let operations = watched.observe(&mut secrets(&watched, akm));
            let operation = operations.first().unwrap();
            assert_eq!(farewell(operation), (Some(mic), false), "{akm}");
            let forged = |remark: &Remark| matches!(remark, Remark::ForgedDisconnection { .. });
            assert!(operation.verdict.remarks.iter().any(forged), "{akm}");
        }
    }
}

/// A deauthentication of all stations, as anybody can send it.
fn bare_farewell() -> Vec<u8> {
    let body = Management::Deauthentication(Reason {
        reason: ReasonCode(3),
        elements: &[],
    });
    let header = MacHeader::management(body.subtype(), MacAddress::BROADCAST, BSSID, BSSID);
    [header.to_vec().unwrap(), body.to_vec().unwrap()].concat()
}

#[test]
fn questions_whether_the_association_stands_are_told_with_their_answers() {
    let mut watched = connected(talkative(), Akm::SAE);
    let station = watched.network.address;
    // A forged deauthentication has the station ask.
    watched.forge(move |frame| {
        let body = Management::Deauthentication(Reason {
            reason: ReasonCode(7),
            elements: &[],
        });
        let header = MacHeader::management(body.subtype(), station, BSSID, BSSID);
        *frame = [header.to_vec().unwrap(), body.to_vec().unwrap()].concat();
    });
    let access_point = watched.network.access_point;
    watched
        .network
        .world
        .simulation
        .send_data_to(access_point, station, b"never arrives");
    watched.pass(Duration::from_secs(2));
    assert!(watched.network.is_authorized());
    let operation = only(watched.observe(&mut secrets(&watched, Akm::SAE)));
    let told: Vec<_> = operation
        .steps
        .iter()
        .filter_map(|step| match step.event {
            Event::SaQuery {
                kind,
                transaction,
                channel,
            } => {
                assert!(step.encrypted);
                assert_eq!(channel, Some(CHANNEL));
                Some((step.sender, kind, transaction))
            }
            _ => None,
        })
        .collect();
    let &[
        (Sender::Station, SaQueryKind::Request, asked),
        (Sender::AccessPoint, SaQueryKind::Response, answered),
    ] = &told[..]
    else {
        unreachable!("{told:?}")
    };
    assert_eq!(asked, answered);
}

#[test]
fn a_request_for_other_keys_is_told_with_its_mic_and_what_it_leads_to() {
    use MessageName::*;
    for (which, expected) in [
        (
            KeyChange::Pairwise,
            &[Request, FourWay1, FourWay2, FourWay3, FourWay4][..],
        ),
        (KeyChange::Group, &[Request, Group1, Group2]),
    ] {
        let mut watched = connected(config(Akm::PSK_SHA256), Akm::PSK_SHA256);
        let (now, adapter) = (watched.network.world.now(), watched.network.adapter);
        watched.network.world.host.change_keys(now, adapter, which).unwrap();
        watched.pass(Duration::from_secs(1));
        let operation = only(watched.observe(&mut secrets(&watched, Akm::PSK_SHA256)));
        let later: Vec<_> = operation.messages().skip(4).collect();
        let names: Vec<_> = later.iter().map(|(_, message)| message.name).collect();
        assert_eq!(names, expected);
        let (step, request) = later.first().unwrap();
        assert_eq!(
            (step.sender, request.mic, step.encrypted),
            (Sender::Station, MicState::Valid, true)
        );
    }
}
