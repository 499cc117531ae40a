//! What a supplicant believes, and what it does about the rest. The other side is played by hand.
mod group_keys;
mod message_1;
mod message_3;

use frame::eapol_key::{Descriptor, KeyInfo};
use frame::{Akm, Cipher, Emit, ReasonCode, SuiteList, kde::Kde};
use keys::Ptk;
use portcullis_rsn::refusal::{KeyKind, NegotiatedElement};
use portcullis_rsn::supplicant::NotEstablished;
use portcullis_rsn::{Effects, MessageName, Refusal, Request, Supplicant};

use crate::bench::*;

const ANONCE: [u8; 32] = [0x11; 32];
const OTHER_ANONCE: [u8; 32] = [0x22; 32];
const GTK: [u8; 16] = [0x33; 16];

/// A station whose answer to message 1 is on its way, and the keys that follow from it.
fn answered() -> (Station, Ptk) {
    let mut station = Station::new(WPA2);
    let message_2 = sent(&station.take(&Draft::message_1(1, ANONCE).unsealed()).unwrap());
    let ptk = WPA2.ptk(&ANONCE, parse(&message_2).nonce);
    (station, ptk)
}

/// A station that has completed a handshake up to counter 2.
fn established() -> (Station, Ptk) {
    let (mut station, ptk) = answered();
    let effects = station.take(&message_3(2, &ptk)).unwrap();
    assert!(completed(&effects));
    (station, ptk)
}

fn plain() -> Vec<u8> {
    [WPA2.rsne(), gtk_kde(1, &GTK)].concat()
}

fn message_3(counter: u64, ptk: &Ptk) -> Vec<u8> {
    Draft::message_3(counter, ANONCE, &plain(), ptk).sealed(ptk)
}

#[test]
fn messages_of_a_supplicant_are_not_expected() {
    let mut station = Station::new(WPA2);
    let message_2 = sent(&station.take(&Draft::message_1(1, ANONCE).unsealed()).unwrap());
    let message = MessageName::FourWay2;
    assert_eq!(station.take(&message_2), Err(Refusal::Unexpected { message }));
}

#[test]
fn a_counter_must_be_above_the_last_one_with_a_valid_mic() {
    let (mut station, ptk) = established();
    let replay = |message, counter| {
        Err(Refusal::Replay {
            message,
            counter,
            last: 2,
        })
    };
    for counter in 0..=2 {
        assert_eq!(
            station.take(&message_3(counter, &ptk)),
            replay(MessageName::FourWay3, counter)
        );
        let message_1 = Draft::message_1(counter, OTHER_ANONCE);
        assert_eq!(
            station.take(&message_1.unsealed()),
            replay(MessageName::FourWay1, counter)
        );
        let group = Draft::group_message_1(counter, &gtk_kde(2, &GTK), &ptk);
        assert_eq!(station.take(&group.sealed(&ptk)), replay(MessageName::Group1, counter));
    }
    // Counters that nothing proves are not remembered.
    station.take(&Draft::message_1(100, OTHER_ANONCE).unsealed()).unwrap();
    station.take(&message_3(3, &ptk)).unwrap();
}

#[test]
fn requests_are_signed_numbered_and_only_for_those_who_have_keys() {
    let mut effects = Effects::new();
    let (mut station, _) = answered();
    assert_eq!(
        station.supplicant.request_rekey(Request::PairwiseRekey, &mut effects),
        Err(NotEstablished)
    );
    assert!(effects.is_empty());
    let (mut station, ptk) = established();
    let requests = [
        (Request::PairwiseRekey, 0x0b0a),
        (Request::GroupRekey, 0x0b02),
        (Request::PairwiseMicFailure, 0x0f0a),
        (Request::GroupMicFailure, 0x0f02),
    ];
    for (counter, (request, info)) in (0..).zip(requests) {
        station.supplicant.request_rekey(request, &mut effects).unwrap();
        let pdu = sent(&seen(&mut effects));
        assert_eq!((parse(&pdu).info, parse(&pdu).replay_counter), (KeyInfo(info), counter));
        assert_eq!(pdu, seal(pdu.clone(), &ptk));
    }
}

#[test]
fn a_pmk_of_another_length_is_refused() {
    let pmk = keys::Pmk::new(&[1; 48]).unwrap();
    assert!(Supplicant::new(WPA2.association(), pmk).is_err());
}

#[test]
fn what_is_no_key_frame_is_refused_as_malformed() {
    let (mut station, _) = answered();
    for packet in [&[][..], &[2, 0, 0, 5, 1, 0, 0, 5, 1], &[2, 3, 0, 1, 2]] {
        assert!(matches!(station.take(packet), Err(Refusal::Parse(_))));
    }
}
