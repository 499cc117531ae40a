//! What an authenticator believes, when it repeats itself, and when it gives up.

use std::time::Duration;

use frame::eapol_key::KeyInfo;
use frame::{Akm, Cipher, ReasonCode};
use portcullis_rsn::refusal::NegotiatedElement;
use portcullis_rsn::{Authenticator, Effects, Elements, MessageName, Refusal, Request, RetryPolicy};

use crate::bench::*;

/// Handshake up to message 2, which is still on its way.
fn waiting_for_message_2() -> (Ap, Station, Vec<u8>) {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    (ap, station, message_2)
}

fn waiting_for_message_4() -> (Ap, Station, Vec<u8>) {
    let (mut ap, mut station, message_2) = waiting_for_message_2();
    let message_3 = sent(&ap.take(&message_2).unwrap());
    let message_4 = sent(&station.take(&message_3).unwrap());
    (ap, station, message_4)
}

fn established() -> (Ap, Station) {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    complete(&mut ap, &mut station);
    (ap, station)
}

fn failed(message: &str) -> Seen {
    Seen::Other(format!("Failed(Timeout {{ message: {message} }})"))
}

#[test]
fn a_message_without_an_answer_is_sent_three_times_and_then_the_station_is_given_up() {
    let (mut ap, _, message_2) = waiting_for_message_2();
    let begin = ap.now;
    assert_eq!(name(&sent(&ap.wait())), MessageName::FourWay1);
    assert_eq!(ap.now - begin, Duration::from_millis(100));
    assert_eq!(name(&sent(&ap.wait())), MessageName::FourWay1);
    assert_eq!(ap.wait(), [failed("FourWay1")]);
    assert_eq!(ap.now - begin, Duration::from_millis(2100));
    assert_eq!(ap.authenticator.next_timeout(), None);
    let message = MessageName::FourWay2;
    assert_eq!(ap.take(&message_2), Err(Refusal::Unexpected { message }));
}

#[test]
fn message_3_and_group_message_1_are_repeated_likewise() {
    let (mut ap, _, _) = waiting_for_message_4();
    assert_eq!(name(&sent(&ap.wait())), MessageName::FourWay3);
    assert_eq!(name(&sent(&ap.wait())), MessageName::FourWay3);
    assert_eq!(ap.wait(), [failed("FourWay3")]);

    let (mut ap, _) = established();
    ap.authenticator
        .rekey_group(ap.now, &WPA2.group_keys(1), &mut ap.rng, &mut Effects::new());
    assert_eq!(name(&sent(&ap.wait())), MessageName::Group1);
    assert_eq!(name(&sent(&ap.wait())), MessageName::Group1);
    assert_eq!(ap.wait(), [failed("Group1")]);
}

#[test]
fn a_time_out_names_the_reason_for_the_deauthentication() {
    let reason = |message| portcullis_rsn::Failure::Timeout { message }.reason();
    assert_eq!(reason(MessageName::FourWay1), ReasonCode(15));
    assert_eq!(reason(MessageName::FourWay3), ReasonCode(15));
    assert_eq!(reason(MessageName::Group1), ReasonCode(16));
}

#[test]
fn nothing_is_repeated_before_its_time() {
    let (mut ap, _, _) = waiting_for_message_2();
    let mut effects = Effects::new();
    let due = ap.authenticator.next_timeout().unwrap();
    ap.authenticator
        .handle_timeout(due - Duration::from_nanos(1), &mut effects);
    assert!(effects.is_empty());
    ap.authenticator.handle_timeout(due, &mut effects);
    assert_eq!(effects.len(), 1);
}

#[test]
fn every_transmission_has_a_counter_of_its_own() {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    let first = ap.start();
    let second = sent(&ap.wait());
    assert_eq!((parse(&first).replay_counter, parse(&second).replay_counter), (1, 2));
    assert_eq!(parse(&first).nonce, parse(&second).nonce);
    let message_3 = sent(&ap.take(&sent(&station.take(&second).unwrap())).unwrap());
    assert_eq!(parse(&message_3).replay_counter, 3);
    let again = sent(&ap.wait());
    assert_eq!(parse(&again).replay_counter, 4);
    assert_eq!(parse(&again).key_data, parse(&message_3).key_data);
}

#[test]
fn an_answer_that_crosses_with_a_repetition_is_accepted() {
    let (mut ap, mut station, message_2) = waiting_for_message_2();
    ap.wait();
    let message_3 = sent(&ap.take(&message_2).unwrap());
    let message_4 = sent(&station.take(&message_3).unwrap());
    ap.wait();
    assert!(completed(&ap.take(&message_4).unwrap()));
}

#[test]
fn an_answer_to_no_request_is_refused() {
    let (mut ap, _, message_2) = waiting_for_message_2();
    let ptk = WPA2.ptk(parse(&ap.start()).nonce, parse(&message_2).nonce);
    for counter in [0, 1, 3] {
        let mut other = message_2.clone();
        other[9..17].copy_from_slice(&counter_octets(counter));
        let refusal = Refusal::Counter {
            message: MessageName::FourWay2,
            counter,
        };
        assert_eq!(ap.take(&seal(other, &ptk)), Err(refusal));
    }
}

fn counter_octets(counter: u64) -> [u8; 8] {
    counter.to_be_bytes()
}

#[test]
fn message_2_must_repeat_the_elements_of_the_association_request() {
    let (mut ap, _, message_2) = waiting_for_message_2();
    let other = Network {
        akm: Akm::PSK_SHA256,
        ..WPA2
    };
    // The station said something else when it associated.
    let association = portcullis_rsn::Association::negotiate(
        ACCESS_POINT,
        STATION,
        Elements::new(&WPA2.rsne(), Some(&[244, 1, 0x20])).unwrap(),
        WPA2.elements(),
    )
    .unwrap();
    let keys = WPA2.group_keys(0);
    let mut picky = Authenticator::new(association, WPA2.pmk(), &keys, RetryPolicy::default()).unwrap();
    std::mem::swap(&mut picky, &mut ap.authenticator);
    ap.rng = rng(0xa9);
    ap.start();
    let refusal = Refusal::ElementMismatch(NegotiatedElement::Rsnxe);
    assert_eq!(ap.take(&message_2), Err(refusal));
    assert_eq!(refusal.reason(), Some(ReasonCode(17)));
    assert_eq!(ap.authenticator.waiting_for(), Some(MessageName::FourWay2));

    let mut ap = Ap::new(WPA2);
    let anonce = *parse(&ap.start()).nonce;
    let ptk = WPA2.ptk(&anonce, parse(&message_2).nonce);
    let draft = Draft {
        info: 0x010a,
        key_length: 0,
        nonce: *parse(&message_2).nonce,
        ..Draft::message_1(1, [0; 32])
    };
    let draft = Draft {
        key_data: other.rsne(),
        ..draft
    };
    assert_eq!(
        ap.take(&draft.sealed(&ptk)),
        Err(Refusal::ElementMismatch(NegotiatedElement::Rsne))
    );
}

#[test]
fn message_4_must_have_a_valid_mic_and_the_fixed_key_information() {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    let message_1 = ap.start();
    let message_2 = sent(&station.take(&message_1).unwrap());
    let ptk = WPA2.ptk(parse(&message_1).nonce, parse(&message_2).nonce);
    let message_3 = sent(&ap.take(&message_2).unwrap());
    let message_4 = sent(&station.take(&message_3).unwrap());
    let mut damaged = message_4.clone();
    damaged[90] ^= 1;
    let message = MessageName::FourWay4;
    assert_eq!(ap.take(&damaged), Err(Refusal::Mic { message }));
    // Signed by the station, but without the secure bit: it says that it has no keys yet.
    let mut contradicting = message_4.clone();
    contradicting[5] &= !0x02;
    let (found, expected) = (KeyInfo(0x010a), KeyInfo(0x030a));
    let refusal = Refusal::KeyInfo {
        message,
        found,
        expected,
    };
    assert_eq!(ap.take(&seal(contradicting, &ptk)), Err(refusal));
    assert!(!ap.authenticator.is_complete());
    assert!(completed(&ap.take(&message_4).unwrap()));
    assert_eq!(ap.take(&message_4), Err(Refusal::Unexpected { message }));
    assert!(station.supplicant.is_complete());
    assert!(station.take(&message_4).is_err());
}

#[test]
fn message_2_must_say_secure_exactly_if_message_1_did() {
    let (mut ap, mut station) = established();
    let message_1 = ap.start();
    assert!(parse(&message_1).info.secure());
    let mut changed = message_1.clone();
    changed[5] &= !0x02;
    let message_2 = sent(&station.take(&changed).unwrap());
    let (found, expected) = (KeyInfo(0x010a), KeyInfo(0x030a));
    let refusal = Refusal::KeyInfo {
        message: MessageName::FourWay2,
        found,
        expected,
    };
    assert_eq!(ap.take(&message_2), Err(refusal));
}

#[test]
fn message_1_names_the_pmk_where_there_is_more_than_one() {
    let key_data = |network: Network| parse(&Ap::new(network).start()).key_data.to_vec();
    assert!(key_data(WPA2).is_empty());
    assert_eq!(key_data(Network { akm: Akm::EAP, ..WPA2 }).len(), 22);
    let sae = Network { akm: Akm::SAE, ..WPA2 };
    assert!(key_data(sae).is_empty());
    let mut ap = Ap::new(sae);
    ap.authenticator = sae.authenticator(&sae.group_keys(0)).with_pmkid([7; 16]);
    assert_eq!(parse(&ap.start()).key_data[6..], [7; 16]);
}

#[test]
fn a_group_rekey_during_a_four_way_handshake_is_not_lost() {
    // Before message 3: it delivers the new keys.
    let (mut ap, mut station, message_2) = waiting_for_message_2();
    let mut effects = Effects::new();
    let gtk = WPA2.group_keys(1).gtk.unwrap().as_bytes().to_vec();
    ap.authenticator
        .rekey_group(ap.now, &WPA2.group_keys(1), &mut ap.rng, &mut effects);
    assert!(effects.is_empty());
    let at_station = station.take(&sent(&ap.take(&message_2).unwrap())).unwrap();
    assert!(matches!(&at_station[2], Seen::Group(_, 2, _, key) if *key == gtk));

    // After message 3: a group handshake follows at once.
    let (mut ap, mut station, message_4) = waiting_for_message_4();
    ap.authenticator
        .rekey_group(ap.now, &WPA2.group_keys(1), &mut ap.rng, &mut effects);
    assert!(effects.is_empty());
    let at_ap = ap.take(&message_4).unwrap();
    assert!(completed(&at_ap));
    let at_station = station.take(&sent(&at_ap)).unwrap();
    assert!(matches!(&at_station[0], Seen::Group(_, 2, _, key) if *key == gtk));
    assert_eq!(
        ap.take(&sent(&at_station)).unwrap(),
        [Seen::Other("GroupCompleted".into())]
    );
}

#[test]
fn group_keys_before_the_first_handshake_are_only_kept() {
    let mut ap = Ap::new(WPA2);
    let mut effects = Effects::new();
    ap.authenticator
        .rekey_group(ap.now, &WPA2.group_keys(1), &mut ap.rng, &mut effects);
    assert!(effects.is_empty());
    let (at_station, _) = complete(&mut ap, &mut Station::new(WPA2));
    assert!(matches!(at_station[2], Seen::Group(_, 2, ..)));
}

#[test]
fn a_pairwise_rekey_takes_the_place_of_a_group_handshake_and_delivers_its_keys() {
    let (mut ap, mut station) = established();
    let mut effects = Effects::new();
    ap.authenticator
        .rekey_group(ap.now, &WPA2.group_keys(1), &mut ap.rng, &mut effects);
    let group_message_1 = sent(&seen(&mut effects));
    ap.authenticator.rekey_pairwise(ap.now, &mut ap.rng, &mut effects);
    let message_1 = sent(&seen(&mut effects));
    // One that is going on is not begun twice.
    ap.authenticator.rekey_pairwise(ap.now, &mut ap.rng, &mut effects);
    assert!(effects.is_empty());
    let answer = sent(&station.take(&group_message_1).unwrap());
    assert_eq!(
        ap.take(&answer),
        Err(Refusal::Unexpected {
            message: MessageName::Group2
        })
    );
    let (at_station, _) = four_way(&mut ap, &mut station, &message_1);
    assert_eq!(installs(&at_station), 1, "the group key came with the first message");
}

#[test]
fn requests_are_answered_once() {
    let (mut ap, mut station) = established();
    let mut request = |request| {
        let mut effects = Effects::new();
        station.supplicant.request_rekey(request, &mut effects).unwrap();
        sent(&seen(&mut effects))
    };
    let failure = request(Request::PairwiseMicFailure);
    let expected = Seen::Other("MicFailureReported { pairwise: true }".into());
    assert_eq!(ap.take(&failure).unwrap(), [expected]);
    let refusal = Refusal::Replay {
        message: MessageName::Error,
        counter: 0,
        last: 0,
    };
    assert_eq!(ap.take(&failure), Err(refusal));
    let expected = Seen::Other("MicFailureReported { pairwise: false }".into());
    assert_eq!(ap.take(&request(Request::GroupMicFailure)).unwrap(), [expected]);
    let expected = Seen::Other("GroupRekeyRequested".into());
    assert_eq!(ap.take(&request(Request::GroupRekey)).unwrap(), [expected]);

    let rekey = request(Request::PairwiseRekey);
    let mut forged = rekey.clone();
    forged[16] = 9;
    assert_eq!(
        ap.take(&forged),
        Err(Refusal::Mic {
            message: MessageName::Request
        })
    );
    let message_1 = sent(&ap.take(&rekey).unwrap());
    let (at_station, _) = four_way(&mut ap, &mut station, &message_1);
    assert!(completed(&at_station));
}

#[test]
fn requests_before_the_first_handshake_are_refused() {
    let (_, mut station) = established();
    let mut effects = Effects::new();
    station
        .supplicant
        .request_rekey(Request::GroupRekey, &mut effects)
        .unwrap();
    let request = sent(&seen(&mut effects));
    let refusal = Refusal::Unexpected {
        message: MessageName::Request,
    };
    assert_eq!(Ap::new(WPA2).take(&request), Err(refusal));
}

#[test]
fn messages_of_an_authenticator_are_not_expected() {
    let mut ap = Ap::new(WPA2);
    let message_1 = ap.start();
    assert_eq!(
        ap.take(&message_1),
        Err(Refusal::Unexpected {
            message: MessageName::FourWay1
        })
    );
}

#[test]
fn nonces_are_new_for_every_handshake() {
    let (mut ap, mut station) = established();
    let mut nonces = std::collections::HashSet::new();
    for _ in 0..5 {
        let message_1 = ap.start();
        let message_2 = sent(&station.take(&message_1).unwrap());
        let message_3 = sent(&ap.take(&message_2).unwrap());
        let message_4 = sent(&station.take(&message_3).unwrap());
        ap.take(&message_4).unwrap();
        assert!(nonces.insert(*parse(&message_1).nonce) && nonces.insert(*parse(&message_2).nonce));
        assert_eq!(parse(&message_4).nonce, &[0; 32]);
    }
}

/// The same KEK and IV give the same RC4 stream: whoever sees it used twice can take both texts apart.
#[test]
fn rc4_never_encrypts_twice_with_one_iv() {
    let network = Network {
        pairwise: Cipher::TKIP,
        group: Cipher::TKIP,
        ..WPA2
    };
    let (mut ap, mut station) = (Ap::new(network), Station::new(network));
    complete(&mut ap, &mut station);
    let mut ivs = std::collections::HashSet::from([[0; 16]]);
    for generation in 1..5 {
        let mut effects = Effects::new();
        let keys = network.group_keys(generation);
        ap.authenticator.rekey_group(NOW, &keys, &mut ap.rng, &mut effects);
        let message_1 = sent(&seen(&mut effects));
        assert!(ivs.insert(*parse(&message_1).iv));
        ap.take(&sent(&station.take(&message_1).unwrap())).unwrap();
    }
}
