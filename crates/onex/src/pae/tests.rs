//! The supplicant and its times.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::eap::Offer;
use crate::method::Secret;
use crate::methods::md5::Md5Challenge;
use crate::methods::mschapv2::Mschapv2;
use crate::start::{MAX_START, START_PERIOD};
use crate::testing::context;

const IDENTITY: [u8; 9] = [3, 0, 0, 5, 1, 7, 0, 5, 1];
const MD5: [u8; 11] = [1, 0, 0, 7, 1, 8, 0, 7, 4, 1, b'c'];
const SUCCESS: [u8; 8] = [2, 0, 0, 4, 3, 8, 0, 4];
const FAILURE: [u8; 8] = [2, 0, 0, 4, 4, 8, 0, 4];
const START: [u8; 4] = [2, 1, 0, 0];

struct Station {
    supplicant: Supplicant,
    effects: Effects,
    now: Duration,
}

impl Station {
    fn new(identity: Option<&[u8]>) -> Self {
        let offer = Md5Challenge {
            password: Some("b".into()),
        };
        Self::of(identity, Box::new(offer))
    }

    fn with(offer: Box<dyn Offer>) -> Self {
        Self::of(Some(b"user"), offer)
    }

    fn of(identity: Option<&[u8]>, offer: Box<dyn Offer>) -> Self {
        let profile = Profile {
            identity: identity.map(<[u8]>::to_vec),
            offers: vec![offer],
            needs_keys: false,
        };
        Self {
            supplicant: Supplicant::new(profile, Settings::default()),
            effects: Effects::new(),
            now: Duration::ZERO,
        }
    }

    fn begun() -> Self {
        let mut station = Self::new(Some(b"user"));
        station.supplicant.begin(station.now, &mut station.effects);
        assert_eq!(station.sent(), START);
        station
    }

    fn take(&mut self, pdu: &[u8]) -> Result<(), Discarded> {
        context(|context| self.supplicant.handle_eapol(self.now, pdu, context, &mut self.effects))
    }

    /// The server asks, and is answered.
    fn say(&mut self, identifier: u8, kind: u8, data: &[u8]) -> Vec<u8> {
        self.give(identifier, kind, data);
        self.sent()
    }

    /// The server asks.
    fn give(&mut self, identifier: u8, kind: u8, data: &[u8]) {
        let octets = [5 + data.len() as u8, kind];
        let packet = [&[1, identifier, 0][..], &octets, data].concat();
        let body = [0, packet.len() as u8];
        self.take(&[&[2, 0][..], &body, &packet].concat()).unwrap();
    }

    fn wait(&mut self) {
        self.now = self.supplicant.next_timeout().unwrap();
        self.supplicant.handle_timeout(self.now, &mut self.effects);
    }

    fn sent(&mut self) -> Vec<u8> {
        match self.effects.pop() {
            Some(Effect::Send(pdu)) => pdu.as_bytes().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    fn failure(&mut self) -> Failure {
        match self.effects.pop() {
            Some(Effect::Failed(failure)) => failure,
            other => panic!("{other:?}"),
        }
    }

    fn authenticate(&mut self) {
        self.take(&IDENTITY).unwrap();
        assert_eq!(self.sent(), [2, 0, 0, 9, 2, 7, 0, 9, 1, b'u', b's', b'e', b'r']);
        self.take(&MD5).unwrap();
        self.sent();
        self.take(&SUCCESS).unwrap();
        assert!(matches!(self.effects.pop(), Some(Effect::Succeeded(None))));
        assert!(self.supplicant.is_authenticated());
    }
}

#[test]
fn r32_three_unanswered_starts_end_the_operation() {
    let mut station = Station::begun();
    for _ in 1..MAX_START {
        station.wait();
        assert_eq!(station.sent(), START);
    }
    station.wait();
    assert_eq!(station.failure(), Failure::NoAuthenticator);
    assert_eq!(station.now, START_PERIOD * 3);
    assert_eq!(station.supplicant.next_timeout(), None);
}

#[test]
fn packets_of_every_version_are_taken_and_sent() {
    for version in 1..=3 {
        let mut station = Station::new(Some(b"user"));
        station.supplicant.settings.version = version;
        station.supplicant.begin(station.now, &mut station.effects);
        assert_eq!(station.sent(), [version, 1, 0, 0]);
        // The authenticator speaks all three.
        for pdu in [&IDENTITY[..], &MD5] {
            station.take(pdu).unwrap();
            assert_eq!(station.sent()[..2], [version, 0]);
        }
        station.take(&SUCCESS).unwrap();
        station.effects.pop();
        station.supplicant.logoff(&mut station.effects);
        assert_eq!(station.sent(), [version, 2, 0, 0]);
    }
}

#[test]
fn r36_an_authenticator_may_ask_again_after_a_success() {
    let mut station = Station::begun();
    station.authenticate();
    assert_eq!(station.supplicant.next_timeout(), None);
    station.authenticate();
}

#[test]
fn r33_a_key_packet_is_not_for_the_supplicant() {
    let mut station = Station::begun();
    assert!(matches!(
        station.take(&[2, 3, 0, 1, 2]),
        Err(Discarded::NotForUs { .. })
    ));
}

#[test]
fn an_authenticator_that_falls_silent_is_given_up() {
    let mut station = Station::begun();
    station.take(&IDENTITY).unwrap();
    station.sent();
    station.wait();
    assert_eq!(station.failure(), Failure::Silence);
}

#[test]
fn an_early_success_and_then_silence_is_told_as_what_it_is() {
    let mut station = Station::begun();
    station.take(&IDENTITY).unwrap();
    station.sent();
    assert_eq!(station.take(&[2, 0, 0, 4, 3, 7, 0, 4]), Err(Discarded::EarlySuccess));
    station.wait();
    assert_eq!(station.failure(), Failure::Eap(eap::Failure::EarlySuccess));
}

#[test]
fn what_the_method_has_found_out_is_told_when_nothing_more_comes() {
    /// Its acknowledgement is the last that the server hears.
    const REFUSAL: &[u8] = b"\x04\x08\0\x1bE=691 R=0 M=Goodbye now";
    let mut station = Station::with(Box::new(Mschapv2 {
        user: None,
        password: Some("b".into()),
    }));
    station.supplicant.begin(station.now, &mut station.effects);
    station.sent();
    station.take(&IDENTITY).unwrap();
    station.sent();
    let challenge = [&[1, 8, 0, 21, 16][..], &[7; 16]].concat();
    station.say(8, 26, &challenge);
    station.say(9, 26, REFUSAL);
    station.wait();
    let credentials = MethodFailure::Credentials;
    assert_eq!(station.failure(), Failure::Eap(eap::Failure::Method(credentials)));
}

/// A station whose server has just said that its password is wrong.
fn refused(password: Option<&str>) -> Station {
    const REFUSAL: &[u8] = b"\x04\x08\0\x1bE=691 R=0 M=Goodbye now";
    let mut station = Station::with(Box::new(Mschapv2 {
        user: None,
        password: password.map(Secret::from),
    }));
    station.supplicant.begin_asked(station.now);
    station.take(&IDENTITY).unwrap();
    station.sent();
    let challenge = [&[1, 8, 0, 21, 16][..], &[7; 16]].concat();
    match password {
        Some(_) => drop(station.say(8, 26, &challenge)),
        None => {
            station.give(8, 26, &challenge);
            assert!(matches!(station.effects.pop(), Some(Effect::Ask(_))));
            let answer = Answer::Secret("b".into());
            context(|context| {
                station
                    .supplicant
                    .handle_answer(station.now, answer, context, &mut station.effects)
            })
            .unwrap();
            station.sent();
        }
    }
    station.say(9, 26, REFUSAL);
    station.take(&[2, 0, 0, 4, 4, 9, 0, 4]).unwrap();
    let credentials = MethodFailure::Credentials;
    assert_eq!(station.failure(), Failure::Eap(eap::Failure::Method(credentials)));
    station
}

#[test]
fn a_wrong_password_of_the_profile_is_not_sent_again_in_the_held_period_nor_in_the_next_association() {
    let mut station = refused(Some("b"));
    for _ in 0..2 {
        assert!(matches!(station.take(&IDENTITY), Err(Discarded::Unexpected { .. })));
        station.supplicant.leave();
        station.supplicant.begin_asked(station.now);
    }
    station.now = Settings::default().held_period;
    station.supplicant.begin_asked(station.now);
    station.take(&IDENTITY).unwrap();
    station.sent();
}

#[test]
fn whoever_has_typed_a_wrong_password_is_asked_for_another_at_once() {
    let mut station = refused(None);
    station.supplicant.leave();
    station.supplicant.begin_asked(station.now);
    station.take(&IDENTITY).unwrap();
    station.sent();
    station.give(8, 26, &[&[1, 8, 0, 21, 16][..], &[7; 16]].concat());
    assert!(matches!(station.effects.pop(), Some(Effect::Ask(_))));
}

#[test]
fn a_silent_authenticator_does_not_hold_up_the_next_association() {
    let mut station = Station::begun();
    station.take(&IDENTITY).unwrap();
    station.sent();
    station.wait();
    assert_eq!(station.failure(), Failure::Silence);
    station.supplicant.leave();
    station.supplicant.begin(station.now, &mut station.effects);
    assert_eq!(station.sent(), START);
}

#[test]
fn after_a_failure_nothing_is_begun_before_the_held_period_is_over() {
    let mut station = Station::begun();
    station.take(&IDENTITY).unwrap();
    station.sent();
    station.take(&MD5).unwrap();
    station.sent();
    station.take(&FAILURE).unwrap();
    assert_eq!(station.failure(), Failure::Eap(eap::Failure::Refused));
    station.supplicant.begin(station.now, &mut station.effects);
    assert!(station.effects.is_empty());
    station.wait();
    assert_eq!(station.now, Settings::default().held_period);
    assert_eq!(station.sent(), START);
}

#[test]
fn an_authenticator_that_asks_in_the_held_period_is_answered() {
    let mut station = Station::begun();
    station.take(&IDENTITY).unwrap();
    station.sent();
    station.take(&[2, 0, 0, 4, 4, 7, 0, 4]).unwrap();
    assert_eq!(station.failure(), Failure::Eap(eap::Failure::Refused));
    station.authenticate();
}

#[test]
fn packets_that_come_late_do_not_disturb_what_is_authenticated() {
    let mut station = Station::begun();
    station.authenticate();
    for late in [&MD5[..], &SUCCESS, &FAILURE] {
        assert!(matches!(station.take(late), Err(Discarded::Unexpected { .. })));
        assert!(station.supplicant.is_authenticated());
    }
    assert!(station.effects.is_empty());
}

#[test]
fn after_logoff_no_packet_is_taken() {
    let mut station = Station::begun();
    station.authenticate();
    station.supplicant.logoff(&mut station.effects);
    assert_eq!(station.sent(), [2, 2, 0, 0]);
    assert!(matches!(station.take(&IDENTITY), Err(Discarded::Unexpected { .. })));
    assert!(!station.supplicant.is_authenticated());
}

#[test]
fn r37_a_missing_name_suspends_the_operation_until_it_is_told() {
    let mut station = Station::new(None);
    station.supplicant.begin(station.now, &mut station.effects);
    station.sent();
    station.take(&IDENTITY).unwrap();
    assert!(matches!(station.effects.pop(), Some(Effect::Ask(_))));
    let answer = Answer::Identity(b"user".to_vec());
    context(|context| {
        station
            .supplicant
            .handle_answer(station.now, answer, context, &mut station.effects)
    })
    .unwrap();
    assert_eq!(station.sent().len(), 13);
}

#[test]
fn r37_a_question_that_nobody_answers_ends_the_operation() {
    let mut station = Station::new(None);
    station.supplicant.begin(station.now, &mut station.effects);
    station.sent();
    station.take(&IDENTITY).unwrap();
    station.effects.pop();
    station.wait();
    assert_eq!(station.now, Settings::default().question_period);
    assert!(matches!(
        station.failure(),
        Failure::Eap(eap::Failure::Method(MethodFailure::Unanswered { .. }))
    ));
}
