//! SAE exchanges through the public face: two machines, with what may happen to the frames between them.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use frame::sae::{self, Commit, Method};
use frame::{Akm, MacAddress, StatusCode};
use keys::curve::Curve;
use keys::sae::SaeError;
use portcullis_rsn::sae::{
    AntiClogging, AuthFrame, Config, Effect, Effects, Exchange, Failure, Ignored, Password, PasswordProof, Retry,
    Verdict, method,
};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const ACCESS_POINT: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);
const H2E: Method = Method::HashToElement;
const HNP: Method = Method::HuntingAndPecking;

static PASSWORD: LazyLock<Arc<Password>> = LazyLock::new(|| password(b"correct horse", None));

fn password(octets: &[u8], identifier: Option<&[u8]>) -> Arc<Password> {
    Arc::new(Password::new(b"net", octets, identifier, &Curve::ALL))
}

fn config(own: MacAddress) -> Config {
    Config {
        own,
        peer: if own == STATION { ACCESS_POINT } else { STATION },
        passwords: vec![Arc::clone(&PASSWORD)],
        groups: vec![Curve::P256],
        akms: vec![Akm::SAE],
        methods: vec![H2E],
        retry: Retry::default(),
    }
}

/// One side of an exchange, what it wants to send, and what came of it.
struct Side {
    exchange: Exchange,
    rng: ChaCha12Rng,
    out: VecDeque<AuthFrame>,
    accepted: Option<(Vec<u8>, [u8; 16])>,
    failure: Option<Failure>,
    now: Duration,
}

impl Side {
    fn new(config: Config) -> Self {
        let seed = u64::from(config.own.0[5]);
        Self {
            exchange: Exchange::new(config),
            rng: ChaCha12Rng::seed_from_u64(seed),
            out: VecDeque::new(),
            accepted: None,
            failure: None,
            now: Duration::ZERO,
        }
    }

    fn started(config: Config) -> Self {
        let mut side = Self::new(config);
        let mut effects = Effects::new();
        side.exchange.start(side.now, &mut side.rng, &mut effects);
        side.take(effects);
        side
    }

    fn receive(&mut self, frame: &AuthFrame) -> Result<(), Ignored> {
        let mut effects = Effects::new();
        let (transaction, status) = (frame.transaction, frame.status);
        let result = self
            .exchange
            .handle(self.now, transaction, status, &frame.body, &mut self.rng, &mut effects);
        self.take(effects);
        result
    }

    /// Lets the next timeout come; false if there is none.
    fn wait(&mut self) -> bool {
        let Some(deadline) = self.exchange.next_timeout() else {
            return false;
        };
        self.now = deadline;
        let mut effects = Effects::new();
        self.exchange.handle_timeout(self.now, &mut effects);
        self.take(effects);
        true
    }

    fn take(&mut self, mut effects: Effects) {
        for effect in effects.drain() {
            match effect {
                Effect::Send(frame) => self.out.push_back(frame),
                Effect::Accepted { pmk, pmkid } => self.accepted = Some((pmk.as_bytes().to_vec(), pmkid)),
                Effect::Failed(failure) => self.failure = Some(failure),
            }
        }
    }
}

/// Carries frames between the two until both are silent. What is ignored, is.
fn talk(a: &mut Side, b: &mut Side) {
    loop {
        if let Some(frame) = a.out.pop_front() {
            let _ = b.receive(&frame);
        } else if let Some(frame) = b.out.pop_front() {
            let _ = a.receive(&frame);
        } else {
            return;
        }
    }
}

fn assert_agreed(a: &Side, b: &Side) {
    assert_eq!((a.failure, b.failure), (None, None));
    assert!(a.exchange.is_accepted() && b.exchange.is_accepted());
    assert!(a.accepted.is_some());
    assert_eq!(a.accepted, b.accepted);
}

fn pair(change: impl Fn(&mut Config)) -> (Side, Side) {
    let [station, access_point] = [STATION, ACCESS_POINT].map(|own| {
        let mut config = config(own);
        change(&mut config);
        config
    });
    (Side::started(station), Side::new(access_point))
}

#[test]
fn every_group_method_and_suite_leads_to_the_same_key() {
    for curve in Curve::ALL {
        for (method, akm) in [(H2E, Akm::SAE), (HNP, Akm::FT_SAE), (H2E, Akm::SAE_EXT_KEY)] {
            let (mut station, mut access_point) = pair(|config| {
                config.groups = vec![curve];
                config.methods = vec![method];
                config.akms = vec![akm];
            });
            talk(&mut station, &mut access_point);
            assert_agreed(&station, &access_point);
            let (pmk, _) = station.accepted.unwrap();
            let expected = if akm == Akm::SAE_EXT_KEY { [32, 48, 64] } else { [32; 3] };
            assert_eq!(pmk.len(), expected[usize::from(curve.group() - 19)]);
            assert_eq!(
                (station.exchange.next_timeout(), access_point.exchange.next_timeout()),
                (None, None)
            );
        }
    }
}

#[test]
fn an_access_point_confirms_only_once_the_station_has() {
    let (mut station, mut access_point) = pair(|_| ());
    access_point.receive(&station.out.pop_front().unwrap()).unwrap();
    let sent: Vec<_> = access_point.out.iter().map(|frame| frame.transaction).collect();
    assert_eq!(sent, [sae::COMMIT]);
    talk(&mut station, &mut access_point);
    assert_agreed(&station, &access_point);
}

#[test]
fn a_wrong_password_is_told_to_both() {
    let other = password(b"battery staple", None);
    let mut station = Side::started(Config {
        passwords: vec![other],
        ..config(STATION)
    });
    let mut access_point = Side::new(config(ACCESS_POINT));
    talk(&mut station, &mut access_point);
    let wrong = |proof| Some(Failure::WrongPassword(proof));
    assert_eq!(access_point.failure, wrong(PasswordProof::OurCheck));
    assert_eq!(station.failure, wrong(PasswordProof::PeersCheck));
    assert!(station.exchange.is_over() && station.accepted.is_none() && access_point.accepted.is_none());
}

#[test]
fn two_that_begin_at_the_same_time_meet() {
    for (theirs, expected) in [(Curve::P256, 32), (Curve::P384, 48)] {
        let mut a = Side::started(Config {
            groups: vec![Curve::P256, Curve::P384],
            akms: vec![Akm::SAE_EXT_KEY],
            ..config(STATION)
        });
        let mut b = Side::started(Config {
            groups: vec![theirs],
            akms: vec![Akm::SAE_EXT_KEY],
            ..config(ACCESS_POINT)
        });
        talk(&mut a, &mut b);
        assert_agreed(&a, &b);
        assert_eq!(a.accepted.unwrap().0.len(), expected, "the group of the higher address");
    }
}

#[test]
fn any_one_lost_frame_is_made_good() {
    for lost in 0..4 {
        let (mut station, mut access_point) = pair(|_| ());
        let mut number = 0;
        for _ in 0..20 {
            let frame = station.out.pop_front().map(|frame| (frame, true));
            match frame.or_else(|| access_point.out.pop_front().map(|frame| (frame, false))) {
                Some(_) if number == lost => number += 1,
                Some((frame, up)) => {
                    number += 1;
                    let _ = if up {
                        access_point.receive(&frame)
                    } else {
                        station.receive(&frame)
                    };
                }
                None if station.exchange.is_accepted() && access_point.exchange.is_accepted() => break,
                None => {
                    station.wait();
                }
            }
        }
        assert_agreed(&station, &access_point);
    }
}

#[test]
fn doubled_frames_change_nothing() {
    let (mut station, mut access_point) = pair(|_| ());
    for _ in 0..30 {
        if let Some(frame) = station.out.pop_front() {
            let _ = access_point.receive(&frame);
            let _ = access_point.receive(&frame);
        } else if let Some(frame) = access_point.out.pop_front() {
            let _ = station.receive(&frame);
            let _ = station.receive(&frame);
        } else {
            break;
        }
    }
    assert_agreed(&station, &access_point);
    assert!(
        station.out.is_empty() && access_point.out.is_empty(),
        "the two fall silent"
    );
}

#[test]
fn a_silent_peer_is_given_up_after_the_last_repetition() {
    let (mut station, _) = pair(|_| ());
    while station.wait() {}
    assert_eq!(station.out.len(), 6, "the commit and five repetitions");
    assert_eq!(
        station.failure,
        Some(Failure::Timeout {
            transaction: sae::COMMIT
        })
    );
    let first = station.out.front().unwrap();
    assert!(station.out.iter().all(|frame| frame == first));
}

#[test]
fn a_refused_group_is_followed_by_the_next_and_named_in_the_commit() {
    let mut station = Side::started(Config {
        groups: vec![Curve::P521, Curve::P384, Curve::P256],
        ..config(STATION)
    });
    let mut access_point = Side::new(config(ACCESS_POINT));
    for group in [21, 20] {
        let commit = station.out.pop_front().unwrap();
        assert_eq!(sae::group(&commit.body), Ok(group));
        let refused = Ignored::Refused(StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP);
        assert_eq!(access_point.receive(&commit), Err(refused));
        station.receive(&access_point.out.pop_front().unwrap()).unwrap();
    }
    let frame = station.out.front().unwrap();
    let rejected = Commit::parse(&frame.body, H2E).unwrap().h2e.unwrap().rejected_groups;
    assert!(rejected.unwrap().iter().eq([21, 20]));
    talk(&mut station, &mut access_point);
    assert_agreed(&station, &access_point);
}

#[test]
fn without_a_common_group_there_is_no_key() {
    let mut station = Side::started(Config {
        groups: vec![Curve::P521, Curve::P384],
        ..config(STATION)
    });
    talk(&mut station, &mut Side::new(config(ACCESS_POINT)));
    assert_eq!(station.failure, Some(Failure::NoCommonGroup));
}

#[test]
fn a_refusal_that_the_access_point_never_sent_is_found_out() {
    let (mut station, mut access_point) = pair(|config| config.groups = vec![Curve::P384, Curve::P256]);
    let forged = AuthFrame {
        transaction: sae::COMMIT,
        status: StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
        body: Box::from([20, 0]),
    };
    station.out.clear();
    station.receive(&forged).unwrap();
    talk(&mut station, &mut access_point);
    assert_eq!(station.failure, Some(Failure::Refused(StatusCode::UNSPECIFIED_FAILURE)));
    assert!(access_point.accepted.is_none());
}

#[test]
fn a_refusal_of_another_group_or_after_the_commits_is_ignored() {
    let (mut station, mut access_point) = pair(|_| ());
    let refusal = |status, group| AuthFrame {
        transaction: sae::COMMIT,
        status,
        body: Box::from([group, 0]),
    };
    let other_group = refusal(StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP, 20);
    assert!(station.receive(&other_group).is_err());
    access_point.receive(&station.out.pop_front().unwrap()).unwrap();
    station.receive(&access_point.out.pop_front().unwrap()).unwrap();
    for status in [
        StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
        StatusCode::UNSPECIFIED_FAILURE,
    ] {
        assert!(station.receive(&refusal(status, 19)).is_err());
    }
    talk(&mut station, &mut access_point);
    assert_agreed(&station, &access_point);
}

#[test]
fn a_password_is_found_by_its_identifier() {
    let named = [b"one", b"two"].map(|id| password(id, Some(id)));
    let mut access_point = Side::new(Config {
        passwords: [vec![Arc::clone(&PASSWORD)], named.to_vec()].concat(),
        ..config(ACCESS_POINT)
    });
    let mut station = Side::started(Config {
        passwords: vec![Arc::clone(&named[1])],
        ..config(STATION)
    });
    talk(&mut station, &mut access_point);
    assert_agreed(&station, &access_point);

    let mut stranger = Side::started(Config {
        passwords: vec![password(b"one", Some(b"three"))],
        ..config(STATION)
    });
    talk(&mut stranger, &mut Side::new(config(ACCESS_POINT)));
    assert_eq!(stranger.failure, Some(Failure::UnknownIdentifier));
}

#[test]
fn an_identifier_or_a_long_key_needs_hash_to_element() {
    assert_eq!(method(true, &PASSWORD, Akm::SAE), Some(H2E));
    assert_eq!(method(false, &PASSWORD, Akm::SAE), Some(HNP));
    assert_eq!(method(false, &password(b"one", Some(b"id")), Akm::SAE), None);
    assert_eq!(method(false, &PASSWORD, Akm::SAE_EXT_KEY), None);
    let (station, _) = pair(|config| {
        config.methods = vec![HNP];
        config.akms = vec![Akm::SAE_EXT_KEY];
    });
    assert_eq!(station.failure, Some(Failure::Unusable));
}

#[test]
fn a_method_that_is_not_allowed_is_refused() {
    let mut station = Side::started(Config {
        methods: vec![HNP],
        ..config(STATION)
    });
    talk(&mut station, &mut Side::new(config(ACCESS_POINT)));
    assert_eq!(station.failure, Some(Failure::Refused(StatusCode::UNSPECIFIED_FAILURE)));
}

#[test]
fn a_reflected_commit_is_ignored_and_explains_the_timeout() {
    let (mut station, _) = pair(|_| ());
    let own = station.out.pop_front().unwrap();
    assert_eq!(station.receive(&own), Err(Ignored::Commit(SaeError::Reflection)));
    while station.wait() {}
    assert_eq!(station.failure, Some(Failure::Commit(SaeError::Reflection)));
}

#[test]
fn an_invalid_point_is_ignored_and_a_genuine_commit_still_works() {
    let (mut station, mut access_point) = pair(|_| ());
    access_point.receive(&station.out.pop_front().unwrap()).unwrap();
    let mut forged = access_point.out.front().unwrap().clone();
    *forged.body.get_mut(97).unwrap() ^= 1;
    assert_eq!(station.receive(&forged), Err(Ignored::Commit(SaeError::Element)));
    talk(&mut station, &mut access_point);
    assert_agreed(&station, &access_point);
}

#[test]
fn a_repeated_confirm_is_answered_but_a_replayed_one_is_not() {
    let (mut station, mut access_point) = pair(|_| ());
    access_point.receive(&station.out.pop_front().unwrap()).unwrap();
    station.receive(&access_point.out.pop_front().unwrap()).unwrap();
    let confirm = station.out.pop_front().unwrap();
    access_point.receive(&confirm).unwrap();
    access_point.out.clear();
    assert_eq!(access_point.receive(&confirm), Err(Ignored::Replay));
    assert!(access_point.out.is_empty());
    station.wait();
    access_point.receive(&station.out.pop_front().unwrap()).unwrap();
    let answer = access_point.out.pop_front().unwrap();
    assert_eq!(answer.body.first_chunk(), Some(&[0xff, 0xff]), "the last counter");
    station.receive(&answer).unwrap();
    assert_agreed(&station, &access_point);
}

#[test]
fn a_crowded_access_point_asks_for_a_token_and_knows_its_own() {
    for allowed in [H2E, HNP] {
        let (mut station, mut access_point) = pair(|config| config.methods = vec![allowed]);
        let mut rng = ChaCha12Rng::seed_from_u64(9);
        let mut guard = AntiClogging::new(2, &mut rng);
        let commit = station.out.pop_front().unwrap();
        let judge = |guard: &AntiClogging, peer, commit: &AuthFrame| guard.judge(2, peer, commit.status, &commit.body);
        assert_eq!(guard.judge(1, STATION, commit.status, &commit.body), Verdict::Admit);
        let Verdict::Demand(request) = judge(&guard, STATION, &commit) else {
            unreachable!("no token, no admission")
        };
        station.receive(&request).unwrap();
        let with_token = station.out.pop_front().unwrap();
        assert_eq!(judge(&guard, STATION, &with_token), Verdict::Admit);
        assert_eq!(
            judge(&guard, MacAddress([2; 6]), &with_token),
            Verdict::Discard,
            "a token of another"
        );
        guard.rotate(&mut rng);
        assert_eq!(judge(&guard, STATION, &with_token), Verdict::Admit);
        guard.rotate(&mut rng);
        assert_eq!(
            judge(&guard, STATION, &with_token),
            Verdict::Discard,
            "a token that has expired"
        );

        let fields = |frame: &AuthFrame| {
            let commit = Commit::parse(&frame.body, allowed).unwrap();
            [commit.scalar, commit.element].concat()
        };
        assert_eq!(
            fields(&commit),
            fields(&with_token),
            "the commit is the same but for the token"
        );
        access_point.receive(&with_token).unwrap();
        talk(&mut station, &mut access_point);
        assert_agreed(&station, &access_point);
    }
}

#[test]
fn whatever_comes_is_survived() {
    let (mut station, mut access_point) = pair(|_| ());
    let commit = station.out.pop_front().unwrap();
    for len in 0..commit.body.len() {
        for transaction in 0..4 {
            for status in [0, 1, 15, 76, 77, 126] {
                let frame = AuthFrame {
                    transaction,
                    status: StatusCode(status),
                    body: commit.body.get(..len).unwrap().into(),
                };
                let _ = access_point.receive(&frame);
            }
        }
    }
    access_point.out.clear();
    access_point.receive(&commit).unwrap();
    talk(&mut station, &mut access_point);
    assert_agreed(&station, &access_point);
}
