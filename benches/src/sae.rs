//! One side of an SAE authentication in group 19, against the bare point multiplications of the same work.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use frame::sae::{self, Method};
use frame::{Akm, Emit, MacAddress, StatusCode};
use keys::curve::Curve;
use keys::sae::{Commitment, Pt, Pwe};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rsn::sae::{Config, Effects, Exchange, Password, Retry};

use crate::clock;
use crate::row::{Promise, Row};

const OWN: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const SSID: &[u8] = b"network";
const PASSWORD: &[u8] = b"correct horse";

/// The row of the table. `multiplications` does with another library what one side cannot do without, written down
/// as the standard has it: PWE = val · PT, mask · PWE, scalar · PWE, rand · (scalar · PWE + element), a point
/// received and checked, and two points in affine coordinates.
pub fn row(multiplications: impl FnMut()) -> Row {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let password = Arc::new(Password::new(SSID, PASSWORD, None, &[Curve::P256]));
    let answer = peers_commit(&mut rng);
    let (whole, bare) = clock::in_turns(
        51,
        20,
        || Arc::clone(&password),
        |password| authenticate(password, &answer, &mut rng),
        multiplications,
    );
    Row {
        what: "SAE, one side, group 19 / OpenSSL's points".into(),
        detail: format!(
            "{:.0} µs / {:.0} µs",
            whole.as_secs_f64() * 1e6,
            bare.as_secs_f64() * 1e6
        ),
        found: whole.as_secs_f64() / bare.as_secs_f64(),
        promise: Promise::AtMost(2.0),
    }
}

/// Commit, the peer's commit, confirm, the peer's confirm. The last one does not verify, as its MAC is made up: that
/// takes as long as one that does, and the peer's work stays out of the measurement.
fn authenticate(password: Arc<Password>, answer: &[u8], rng: &mut ChaCha20Rng) {
    let mut exchange = Exchange::new(Config {
        own: OWN,
        peer: PEER,
        passwords: vec![password],
        groups: vec![Curve::P256],
        akms: vec![Akm::SAE],
        methods: vec![Method::HashToElement],
        retry: Retry::default(),
    });
    let mut effects = Effects::new();
    exchange.start(Duration::ZERO, rng, &mut effects);
    for (transaction, status, body) in [
        (sae::COMMIT, StatusCode::SAE_HASH_TO_ELEMENT, answer),
        (sae::CONFIRM, StatusCode::SUCCESS, &[1; 34]),
    ] {
        let taken = exchange.handle(Duration::ZERO, transaction, status, body, rng, &mut effects);
        assert!(taken.is_ok(), "the frame is one that the exchange waits for");
    }
    black_box(effects);
}

#[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
fn peers_commit(rng: &mut ChaCha20Rng) -> Vec<u8> {
    let pt = Pt::derive(Curve::P256, SSID, PASSWORD, None);
    let commitment = Commitment::new(Pwe::from_pt(&pt, OWN, PEER), rng);
    let commit = sae::Commit {
        group: Curve::P256.group(),
        token: None,
        scalar: commitment.scalar(),
        element: commitment.element(),
        h2e: Some(sae::HashToElement::default()),
    };
    commit.to_vec().expect("a short commit")
}
