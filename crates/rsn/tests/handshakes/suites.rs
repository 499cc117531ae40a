//! The undisturbed handshake, with every suite.

use frame::{Akm, Cipher};
use portcullis_rsn::{Effects, GroupKeys, MessageName, Refusal, Supplicant};

use crate::bench::*;

/// AKM, length of its PMK, and the length of its MIC for the record.
const AKMS: [(Akm, usize); 12] = [
    (Akm::PSK, 32),
    (Akm::PSK_SHA256, 32),
    (Akm::PSK_SHA384, 32),
    (Akm::EAP, 32),
    (Akm::EAP_SHA256, 32),
    (Akm::EAP_SUITE_B, 32),
    (Akm::EAP_SUITE_B_192, 48),
    (Akm::EAP_SHA384, 48),
    (Akm::SAE, 32),
    (Akm::SAE_EXT_KEY, 64),
    (Akm::OWE, 32),
    (Akm::OWE, 48),
];
const PAIRWISE: [Cipher; 5] = [
    Cipher::CCMP_128,
    Cipher::GCMP_128,
    Cipher::GCMP_256,
    Cipher::CCMP_256,
    Cipher::TKIP,
];
const GROUP: [Cipher; 4] = [Cipher::CCMP_128, Cipher::GCMP_256, Cipher::TKIP, Cipher::WEP_104];
const MANAGEMENT: [Option<Cipher>; 3] = [None, Some(Cipher::BIP_CMAC_128), Some(Cipher::BIP_GMAC_256)];

fn networks() -> impl Iterator<Item = Network> {
    AKMS.into_iter().flat_map(|(akm, pmk_len)| {
        PAIRWISE.into_iter().flat_map(move |pairwise| {
            GROUP.into_iter().flat_map(move |group| {
                MANAGEMENT.map(move |management| Network {
                    akm,
                    pairwise,
                    group,
                    management,
                    pmk_len,
                    ..WPA2
                })
            })
        })
    })
}

#[test]
fn both_sides_install_the_same_keys_with_every_combination_of_suites() {
    for network in networks() {
        let (mut ap, mut station) = (Ap::new(network), Station::new(network));
        let (at_station, at_ap) = complete(&mut ap, &mut station);
        let Seen::Pairwise(cipher, tk) = &at_ap[0] else {
            panic!("{network:?}: {at_ap:?}")
        };
        assert_eq!(*cipher, network.pairwise);
        assert_eq!(at_station[1], Seen::Pairwise(*cipher, tk.clone()), "{network:?}");
        let keys = network.group_keys(0);
        let gtk = keys.gtk.unwrap();
        assert_eq!(
            at_station[2],
            Seen::Group(network.group, 1, 7, gtk.as_bytes().to_vec()),
            "{network:?}"
        );
        assert_eq!(
            installs(&at_station),
            if network.management.is_some() { 4 } else { 2 },
            "{network:?}"
        );
        assert!(ap.authenticator.is_complete() && station.supplicant.is_complete());
        assert_eq!(
            (ap.authenticator.waiting_for(), station.supplicant.waiting_for()),
            (None, None)
        );
    }
}

#[test]
fn group_keys_are_changed_with_every_combination_of_suites() {
    for network in networks() {
        let (mut ap, mut station) = (Ap::new(network), Station::new(network));
        complete(&mut ap, &mut station);
        let (mut effects, keys) = (Effects::new(), network.group_keys(1));
        ap.authenticator.rekey_group(NOW, &keys, &mut ap.rng, &mut effects);
        let at_station = station.take(&sent(&seen(&mut effects))).unwrap();
        let gtk = keys.gtk.unwrap().as_bytes().to_vec();
        assert_eq!(at_station[0], Seen::Group(network.group, 2, 7, gtk), "{network:?}");
        let at_ap = ap.take(&sent(&at_station)).unwrap();
        assert_eq!(at_ap, [Seen::Other("GroupCompleted".into())]);
    }
}

#[test]
fn r30_the_pairwise_key_follows_message_4_and_completion_comes_last() {
    let (mut ap, mut station) = (Ap::new(PROTECTED), Station::new(PROTECTED));
    let (at_station, at_ap) = complete(&mut ap, &mut station);
    assert!(matches!(
        at_station.as_slice(),
        [
            Seen::Send(_),
            Seen::Pairwise(..),
            Seen::Group(..),
            Seen::Management(..),
            Seen::Beacon(..),
            Seen::Other(_)
        ]
    ));
    assert!(completed(&at_station[5..]));
    assert!(matches!(at_ap.as_slice(), [Seen::Pairwise(..), Seen::Other(_)]));
}

#[test]
fn a_network_without_group_traffic_delivers_no_group_key() {
    let network = Network {
        group: Cipher::GROUP_NOT_ALLOWED,
        ..WPA2
    };
    let keys = GroupKeys::default();
    let mut ap = Ap {
        authenticator: network.authenticator(&keys),
        rng: rng(1),
        now: NOW,
    };
    let mut station = Station::new(network);
    let (at_station, _) = complete(&mut ap, &mut station);
    assert_eq!(installs(&at_station), 1);
    assert!(completed(&at_station));
}

#[test]
fn a_rekey_installs_a_new_pairwise_key_and_no_group_key_again() {
    let (mut ap, mut station) = (Ap::new(PROTECTED), Station::new(PROTECTED));
    let (first, _) = complete(&mut ap, &mut station);
    let message_1 = ap.start();
    assert!(station.supplicant.is_complete());
    let (second, at_ap) = four_way(&mut ap, &mut station, &message_1);
    assert_eq!(installs(&second), 1);
    assert_eq!(second[1], at_ap[0]);
    assert_ne!(second[1], first[1]);
    assert!(completed(&second) && completed(&at_ap));
}

#[test]
fn different_secrets_end_at_message_2() {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    station.supplicant = Supplicant::new(WPA2.association(), keys::Pmk::new(&[0x56; 32]).unwrap()).unwrap();
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    let message = MessageName::FourWay2;
    assert_eq!(ap.take(&message_2), Err(Refusal::Mic { message }));
    assert_eq!(station.supplicant.repeats_of_message_1(), 0);
    let message_1 = sent(&ap.wait());
    station.take(&message_1).unwrap();
    assert_eq!(station.supplicant.repeats_of_message_1(), 1);
}

#[test]
fn the_padding_of_a_short_ethernet_frame_is_ignored() {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    let padded = |pdu: Vec<u8>| [pdu, vec![0xee; 18]].concat();
    let message_2 = sent(&station.take(&padded(ap.start())).unwrap());
    let message_3 = sent(&ap.take(&padded(message_2)).unwrap());
    let message_4 = sent(&station.take(&padded(message_3)).unwrap());
    assert!(completed(&ap.take(&padded(message_4)).unwrap()));
}

#[test]
fn another_authentication_in_the_same_association_changes_the_pairwise_key() {
    let network = Network { akm: Akm::EAP, ..WPA2 };
    let (mut ap, mut station) = (Ap::new(network), Station::new(network));
    let (first, _) = complete(&mut ap, &mut station);
    let pmk = keys::Pmk::new(&[0x66; 32]).unwrap();
    ap.authenticator.set_pmk(pmk.duplicate()).unwrap();
    // The authenticator is ahead: message 1 names a PMK that the station does not have yet.
    let message_1 = ap.start();
    assert_eq!(station.take(&message_1), Err(Refusal::Pmkid));
    station.supplicant.set_pmk(pmk).unwrap();
    assert!(station.supplicant.is_complete(), "the keys in use stay in use");
    let (second, _) = four_way(&mut ap, &mut station, &message_1);
    assert_ne!(first[1], second[1]);
    assert_eq!(installs(&second), 1);
}

/// hostapd does so: it authenticates the user again, and derives all later keys from the first PMK all the same.
#[test]
fn after_another_authentication_the_authenticator_may_go_on_with_the_pmk_before() {
    let network = Network { akm: Akm::EAP, ..WPA2 };
    let (mut ap, mut station) = (Ap::new(network), Station::new(network));
    let mut keys = vec![complete(&mut ap, &mut station).0[1].clone()];
    for octet in [0x66, 0x77] {
        let pmk = keys::Pmk::new(&[octet; 32]).unwrap();
        station.supplicant.set_pmk(pmk).unwrap();
        let message_1 = ap.start();
        let (effects, _) = four_way(&mut ap, &mut station, &message_1);
        assert_eq!(installs(&effects), 1);
        keys.push(effects[1].clone());
    }
    // What is proved takes the place of what was before.
    ap.authenticator.set_pmk(keys::Pmk::new(&[0x77; 32]).unwrap()).unwrap();
    let message_1 = ap.start();
    keys.push(four_way(&mut ap, &mut station, &message_1).0[1].clone());
    assert!((1..keys.len()).all(|later| !keys[..later].contains(&keys[later])));
    ap.authenticator.set_pmk(WPA2.pmk()).unwrap();
    assert_eq!(station.take(&ap.start()), Err(Refusal::Pmkid));
}

#[test]
fn a_forged_message_1_that_names_the_pmk_before_does_not_prevent_message_3() {
    let network = Network { akm: Akm::EAP, ..WPA2 };
    let (mut ap, mut station) = (Ap::new(network), Station::new(network));
    complete(&mut ap, &mut station);
    let pmk = keys::Pmk::new(&[0x66; 32]).unwrap();
    station.supplicant.set_pmk(pmk.duplicate()).unwrap();
    let of_the_pmk_before = ap.start();
    ap.authenticator.set_pmk(pmk).unwrap();
    let message_1 = ap.start();
    let message_2 = sent(&station.take(&message_1).unwrap());
    let mut forged = message_1.clone();
    let name = forged.len() - 16..;
    forged[name.clone()].copy_from_slice(&of_the_pmk_before[name]);
    assert_ne!(forged, message_1);
    station.take(&forged).unwrap();
    let message_3 = sent(&ap.take(&message_2).unwrap());
    assert_eq!(installs(&station.take(&message_3).unwrap()), 1);
}

#[test]
fn another_pmk_ends_the_handshake_that_is_going_on() {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    let message_3 = sent(&ap.take(&message_2).unwrap());
    station.supplicant.set_pmk(WPA2.pmk()).unwrap();
    let message = MessageName::FourWay3;
    assert_eq!(station.take(&message_3), Err(Refusal::Unexpected { message }));
    ap.authenticator.set_pmk(WPA2.pmk()).unwrap();
    assert_eq!(ap.authenticator.next_timeout(), None);
    assert!(station.supplicant.set_pmk(keys::Pmk::new(&[1; 48]).unwrap()).is_err());
}
