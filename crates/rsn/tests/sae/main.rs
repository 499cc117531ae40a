//! SAE, both sides, through the public face.
#![expect(clippy::panic, reason = "a test ends where its exchange is not as it should be")]

mod misled;
mod simultaneous;

use core::time::Duration;
use frame::codes::StatusCode;
use frame::{Akm, MacAddress};
use keys::curve::Curve;
use portcullis_rsn::sae::{
    Discarded, Effect, Failure, Frame, Initiator, Method, Parties, Password, Responder, Terms, TokenMaker,
};
use proptest::prelude::*;
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

const AP: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const SSID: &[u8] = b"castle";
const ALL: Terms<'_> = Terms {
    groups: &Curve::ALL,
    hash_to_element: true,
    hunting_and_pecking: true,
};

/// A station and an access point, and what has become of both.
struct Bench {
    now: Duration,
    rng: ChaCha12Rng,
    station_password: Password,
    passwords: Vec<Password>,
    initiator: Initiator,
    responder: Responder,
    to_ap: Vec<Frame>,
    to_station: Vec<Frame>,
    station: Vec<Event>,
    access_point: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    Accepted(Vec<u8>, [u8; 16]),
    Failed(Failure),
}

fn sort(effects: Vec<Effect>, frames: &mut Vec<Frame>, events: &mut Vec<Event>) {
    for effect in effects {
        match effect {
            Effect::Send(frame) => frames.push(frame),
            Effect::Accepted { pmk, pmkid } => events.push(Event::Accepted(pmk.as_bytes().to_vec(), pmkid)),
            Effect::Failed(failure) => events.push(Event::Failed(failure)),
        }
    }
}

fn password(text: &[u8], identifier: Option<&[u8]>) -> Password {
    Password::new(SSID, text, identifier)
}

impl Bench {
    fn new(akm: Akm, method: Method, groups: &[Curve]) -> Self {
        let own = password(b"open sesame", None);
        Self::with(akm, method, groups, own, vec![password(b"open sesame", None)])
    }

    fn with(akm: Akm, method: Method, groups: &[Curve], mut own: Password, passwords: Vec<Password>) -> Self {
        let mut rng = ChaCha12Rng::from_seed([7; 32]);
        let mut effects = Vec::new();
        let parties = |own, peer| Parties { own, peer, akm };
        let initiator = Initiator::begin(
            parties(STATION, AP),
            method,
            groups,
            &mut own,
            Duration::ZERO,
            &mut rng,
            &mut effects,
        );
        let mut bench = Self {
            now: Duration::ZERO,
            rng,
            station_password: own,
            passwords,
            initiator,
            responder: Responder::new(parties(AP, STATION)),
            to_ap: Vec::new(),
            to_station: Vec::new(),
            station: Vec::new(),
            access_point: Vec::new(),
        };
        sort(effects, &mut bench.to_ap, &mut bench.station);
        bench
    }

    fn tell_ap(&mut self, frame: &Frame, terms: &Terms<'_>) -> Result<(), Discarded> {
        let mut effects = Vec::new();
        let result = self
            .responder
            .handle(frame, terms, &mut self.passwords, &mut self.rng, &mut effects);
        sort(effects, &mut self.to_station, &mut self.access_point);
        result
    }

    fn tell_station(&mut self, frame: &Frame) -> Result<(), Discarded> {
        let mut effects = Vec::new();
        let result = self
            .initiator
            .handle(frame, &mut self.station_password, self.now, &mut self.rng, &mut effects);
        sort(effects, &mut self.to_ap, &mut self.station);
        result
    }

    /// Carries frames until there are none.
    fn run(&mut self, terms: &Terms<'_>) {
        while !self.to_ap.is_empty() || !self.to_station.is_empty() {
            for frame in core::mem::take(&mut self.to_ap) {
                let _ = self.tell_ap(&frame, terms);
            }
            for frame in core::mem::take(&mut self.to_station) {
                let _ = self.tell_station(&frame);
            }
        }
    }

    /// Carries frames, and lets the time pass that the station waits, until it waits for nothing.
    fn run_out(&mut self, terms: &Terms<'_>) {
        self.run(terms);
        while let Some(at) = self.initiator.next_timeout() {
            self.now = at;
            let mut effects = Vec::new();
            self.initiator.handle_timeout(at, &mut effects);
            sort(effects, &mut self.to_ap, &mut self.station);
            self.run(terms);
        }
    }

    /// The key that both sides have accepted.
    fn pmk(&self) -> Vec<u8> {
        match (&self.station[..], &self.access_point[..]) {
            ([Event::Accepted(ours, our_name)], [Event::Accepted(theirs, their_name)]) => {
                assert_eq!((ours, our_name), (theirs, their_name));
                ours.clone()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn both_sides_accept_the_same_key_by_every_method_group_and_suite() {
    for method in [Method::HashToElement, Method::HuntingAndPecking] {
        for (curve, hash) in Curve::ALL.into_iter().zip([32, 48, 64]) {
            for akm in [Akm::SAE, Akm::FT_SAE, Akm::SAE_EXT_KEY] {
                if (akm, method) == (Akm::SAE_EXT_KEY, Method::HuntingAndPecking) {
                    continue;
                }
                let mut bench = Bench::new(akm, method, &[curve]);
                bench.run(&ALL);
                let expected = match akm {
                    Akm::SAE_EXT_KEY => hash,
                    _ => 32,
                };
                assert_eq!(bench.pmk().len(), expected, "{method:?} {curve:?} {akm}");
            }
        }
    }
}

#[test]
fn a_suite_whose_hash_depends_on_the_group_goes_with_no_other_method_than_hash_to_element() {
    for akm in [Akm::SAE_EXT_KEY, Akm::FT_SAE_EXT_KEY] {
        let refused = Bench::new(akm, Method::HuntingAndPecking, &[Curve::P256]);
        assert_eq!(refused.station, [Event::Failed(Failure::NoCommonMethod)]);
        assert!(refused.to_ap.is_empty());
        let pecked = Bench::new(Akm::SAE, Method::HuntingAndPecking, &[Curve::P256])
            .to_ap
            .remove(0);
        let mut bench = Bench::new(akm, Method::HashToElement, &[Curve::P256]);
        assert_eq!(bench.tell_ap(&pecked, &ALL), Err(Discarded::Mismatch));
        bench.run(&ALL);
        bench.pmk();
    }
}

#[test]
fn a_wrong_password_is_proved_to_the_access_point_and_told_to_the_station() {
    for method in [Method::HashToElement, Method::HuntingAndPecking] {
        let wrong = password(b"open window", None);
        let right = vec![password(b"open sesame", None)];
        let mut bench = Bench::with(Akm::SAE, method, &[Curve::P256], wrong, right);
        bench.run_out(&ALL);
        assert_eq!(bench.access_point, [Event::Failed(Failure::WrongPassword)]);
        // Anybody could have said so: it is asked once more.
        assert!(bench.now <= Duration::from_secs(2));
        let refused = Failure::ConfirmRefused(StatusCode::CHALLENGE_FAILURE);
        assert_eq!(bench.station, [Event::Failed(refused)]);
    }
}

#[test]
fn the_next_group_is_tried_and_the_refused_ones_are_told() {
    for method in [Method::HashToElement, Method::HuntingAndPecking] {
        let mut bench = Bench::new(Akm::SAE, method, &[Curve::P521, Curve::P384, Curve::P256]);
        let terms = Terms {
            groups: &[Curve::P256],
            ..ALL
        };
        bench.run(&terms);
        bench.pmk();
    }
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P521, Curve::P384]);
    bench.run_out(&Terms {
        groups: &[Curve::P256],
        ..ALL
    });
    assert_eq!(bench.station, [Event::Failed(Failure::NoCommonGroup)]);
}

#[test]
fn a_group_that_is_said_to_be_refused_and_is_not_is_a_downgrade() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P384, Curve::P256]);
    let commit = bench.to_ap.remove(0);
    let forged = Frame {
        status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
        body: 20_u16.to_le_bytes().to_vec(),
        ..commit
    };
    bench.tell_station(&forged).unwrap();
    bench.run(&ALL);
    assert_eq!(bench.access_point, [Event::Failed(Failure::GroupDowngrade)]);
    assert!(bench.station.is_empty());
}

#[test]
fn several_passwords_are_told_apart_by_their_identifiers() {
    let passwords = || vec![password(b"one", Some(b"guest")), password(b"two", Some(b"knight"))];
    let known = password(b"two", Some(b"knight"));
    let mut bench = Bench::with(Akm::SAE, Method::HashToElement, &[Curve::P256], known, passwords());
    bench.run(&ALL);
    bench.pmk();
    let unknown = password(b"two", Some(b"squire"));
    let mut bench = Bench::with(Akm::SAE, Method::HashToElement, &[Curve::P256], unknown, passwords());
    bench.run_out(&ALL);
    assert_eq!(bench.station, [Event::Failed(Failure::UnknownIdentifier)]);
}

#[test]
fn a_token_is_sent_again_as_it_came() {
    for method in [Method::HashToElement, Method::HuntingAndPecking] {
        let mut bench = Bench::new(Akm::SAE, method, &[Curve::P256]);
        let tokens = TokenMaker::new(&mut bench.rng);
        let commit = bench.to_ap.remove(0);
        let demand = Responder::demand_token(&commit, &tokens.token(STATION)).unwrap();
        bench.tell_station(&demand).unwrap();
        let again = bench.to_ap.first().unwrap();
        let parsed = frame::sae::Commit::parse(&again.body, method).unwrap();
        assert!(tokens.verify(STATION, parsed.token.unwrap()));
        assert!(!tokens.verify(AP, parsed.token.unwrap()));
        bench.run(&ALL);
        bench.pmk();
    }
}

#[test]
fn what_is_lost_is_sent_again_until_patience_ends() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
    bench.to_ap.clear();
    let mut sent = 0;
    while let Some(at) = bench.initiator.next_timeout() {
        bench.now = at;
        let mut effects = Vec::new();
        bench.initiator.handle_timeout(at, &mut effects);
        sort(effects, &mut bench.to_ap, &mut bench.station);
        sent += core::mem::take(&mut bench.to_ap).len();
    }
    assert_eq!((sent, bench.station), (3, vec![Event::Failed(Failure::Silent)]));
}

#[test]
fn a_lost_confirm_comes_again_with_another_number_and_is_answered_again() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
    let commit = bench.to_ap.remove(0);
    bench.tell_ap(&commit, &ALL).unwrap();
    let theirs = bench.to_station.remove(0);
    bench.tell_station(&theirs).unwrap();
    let first = bench.to_ap.remove(0);
    bench.tell_ap(&first, &ALL).unwrap();
    // The access point's confirm is lost.
    bench.to_station.clear();
    bench.now = bench.initiator.next_timeout().unwrap();
    let mut effects = Vec::new();
    bench.initiator.handle_timeout(bench.now, &mut effects);
    sort(effects, &mut bench.to_ap, &mut bench.station);
    assert_ne!(bench.to_ap.first(), Some(&first));
    bench.run(&ALL);
    bench.pmk();
}

#[test]
fn a_peer_that_has_accepted_and_forgotten_the_exchange_is_met_in_another_one_and_no_more_than_that() {
    for lost in [1, 2] {
        let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
        for _ in 0..lost {
            let commit = bench.to_ap.remove(0);
            bench.responder = Responder::new(Parties {
                own: AP,
                peer: STATION,
                akm: Akm::SAE,
            });
            bench.access_point.clear();
            bench.tell_ap(&commit, &ALL).unwrap();
            let theirs = bench.to_station.remove(0);
            bench.tell_station(&theirs).unwrap();
            let confirm = bench.to_ap.remove(0);
            bench.tell_ap(&confirm, &ALL).unwrap();
            // The access point has accepted, and what it says is lost. It does not understand the repetition.
            assert!(matches!(bench.access_point[..], [Event::Accepted(..)]));
            bench.to_station.clear();
            bench.now = bench.initiator.next_timeout().unwrap();
            let mut effects = Vec::new();
            bench.initiator.handle_timeout(bench.now, &mut effects);
            sort(effects, &mut bench.to_ap, &mut bench.station);
            let repetition = bench.to_ap.remove(0);
            let refusal = Frame {
                status: StatusCode::UNSPECIFIED_FAILURE,
                body: Vec::new(),
                ..repetition
            };
            bench.tell_station(&refusal).unwrap();
        }
        if lost == 1 {
            bench.responder = Responder::new(Parties {
                own: AP,
                peer: STATION,
                akm: Akm::SAE,
            });
            bench.access_point.clear();
            bench.run(&ALL);
            bench.pmk();
        } else {
            assert!(bench.to_ap.is_empty(), "a third exchange");
        }
    }
}

#[test]
fn a_repeated_commit_gets_the_same_answer_a_few_times() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
    let commit = bench.to_ap.remove(0);
    for _ in 0..6 {
        bench.tell_ap(&commit, &ALL).unwrap();
    }
    assert!(bench.to_station.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(bench.tell_ap(&commit, &ALL), Err(Discarded::Repeated));
}

#[test]
fn a_reflected_commit_proves_nothing_and_ends_nothing() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
    let commit = bench.to_ap[0].clone();
    assert_eq!(bench.tell_station(&commit), Err(Discarded::InvalidCommit));
    bench.run(&ALL);
    bench.pmk();
}

/// What an enemy can send in the access point's name to a station that waits for a commit, or for a confirm.
fn forgeries(transaction: u16) -> Vec<Frame> {
    let frame = |status, body: &[u8]| Frame {
        transaction,
        status: StatusCode(status),
        body: body.to_vec(),
    };
    let group = 19_u16.to_le_bytes();
    match transaction {
        1 => vec![
            frame(1, &[]),
            frame(15, &[]),
            frame(37, &group),
            frame(123, &[]),
            frame(126, &[&group[..], &[0xff; 96]].concat()),
            frame(126, &[&group[..], &[1; 96]].concat()),
        ],
        _ => vec![
            frame(0, &[&[1, 0][..], &[7; 32]].concat()),
            frame(0, &[&[0xff, 0xff][..], &[7; 32]].concat()),
            frame(1, &[]),
            frame(15, &[]),
        ],
    }
}

#[test]
fn no_forged_frame_ends_an_exchange() {
    for forged in forgeries(1) {
        let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
        let _ = bench.tell_station(&forged);
        bench.run(&ALL);
        bench.pmk();
    }
    for forged in forgeries(2).into_iter().chain(forgeries(1)) {
        let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
        let commit = bench.to_ap.remove(0);
        bench.tell_ap(&commit, &ALL).unwrap();
        let theirs = bench.to_station.remove(0);
        bench.tell_station(&theirs).unwrap();
        let _ = bench.tell_station(&forged);
        bench.run(&ALL);
        bench.pmk();
    }
}

#[test]
fn what_was_said_of_a_commit_is_forgotten_when_it_is_answered() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
    bench.tell_station(&forgeries(1)[3]).unwrap();
    let commit = bench.to_ap.remove(0);
    bench.tell_ap(&commit, &ALL).unwrap();
    let theirs = bench.to_station.remove(0);
    bench.tell_station(&theirs).unwrap();
    // Nothing comes any more.
    bench.to_ap.clear();
    while let Some(at) = bench.initiator.next_timeout() {
        let mut effects = Vec::new();
        bench.initiator.handle_timeout(at, &mut effects);
        sort(effects, &mut bench.to_ap, &mut bench.station);
    }
    assert_eq!(
        (bench.to_ap.len(), bench.station),
        (3, vec![Event::Failed(Failure::Silent)])
    );
}

#[test]
fn a_commit_after_the_first_one_does_not_take_its_place() {
    let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
    let commit = bench.to_ap.remove(0);
    bench.tell_ap(&commit, &ALL).unwrap();
    let theirs = bench.to_station.remove(0);
    bench.tell_station(&theirs).unwrap();
    let other = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256])
        .to_ap
        .remove(0);
    assert_eq!(bench.tell_station(&other), Err(Discarded::Unexpected));
    bench.run(&ALL);
    bench.pmk();
}

#[test]
fn a_flipped_bit_in_any_frame_accepts_nobody_who_did_not_hear_the_truth() {
    // Frame 0: the station's commit, 1: the access point's, 2: the station's confirm, 3: the access point's.
    for frame_number in 0..4 {
        let length = [98, 98, 34, 34][frame_number];
        for bit in (0..8 * length).step_by(5) {
            let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
            let mut number = 0;
            let mut flip = |frame: &mut Frame| {
                if number == frame_number {
                    frame.body[bit / 8] ^= 1 << (bit % 8);
                }
                number += 1;
            };
            while !bench.to_ap.is_empty() || !bench.to_station.is_empty() {
                for mut frame in core::mem::take(&mut bench.to_ap) {
                    flip(&mut frame);
                    let _ = bench.tell_ap(&frame, &ALL);
                }
                for mut frame in core::mem::take(&mut bench.to_station) {
                    flip(&mut frame);
                    let _ = bench.tell_station(&frame);
                }
            }
            let accepted = |events: &[Event]| matches!(events, [Event::Accepted(..)]);
            assert!(!accepted(&bench.station), "frame {frame_number}, bit {bit}");
            if frame_number < 3 {
                assert!(!accepted(&bench.access_point), "frame {frame_number}, bit {bit}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_frame_makes_either_side_panic(
        transaction in 0_u16..4,
        status in prop_oneof![Just(0_u16), Just(76), Just(77), Just(123), Just(126), any::<u16>()],
        body in proptest::collection::vec(any::<u8>(), 0..140),
        confirmed: bool,
    ) {
        let mut bench = Bench::new(Akm::SAE, Method::HashToElement, &[Curve::P256]);
        if confirmed {
            let commit = bench.to_ap.remove(0);
            bench.tell_ap(&commit, &ALL).unwrap();
            let theirs = bench.to_station.remove(0);
            bench.tell_station(&theirs).unwrap();
        }
        let frame = Frame { transaction, status: StatusCode(status), body };
        let _ = bench.tell_station(&frame);
        let _ = bench.tell_ap(&frame, &ALL);
        prop_assert!(!bench.station.iter().any(|event| matches!(event, Event::Accepted(..))));
        prop_assert!(!bench.access_point.iter().any(|event| matches!(event, Event::Accepted(..))));
    }
}
