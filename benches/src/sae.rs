//! One side of an SAE authentication in group 19, against the bare point multiplications of the same work.

use std::hint::black_box;
use std::time::Duration;

use frame::sae;
use frame::{Akm, Emit, MacAddress, StatusCode};
use keys::curve::Curve;
use keys::sae::{Commitment, Pt, Pwe};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rsn::sae::{Frame, Initiator, Method, Parties, Password};

use crate::clock;
use crate::row::{Promise, Row};

const PARTIES: Parties = Parties {
    own: OWN,
    peer: PEER,
    akm: Akm::SAE,
};
const OWN: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const SSID: &[u8] = b"network";
const PASSWORD: &[u8] = b"correct horse";

/// The row of the table. `multiplications` does with another library what one side cannot do without, written down
/// as the standard has it: PWE = val · PT, mask · PWE, scalar · PWE, rand · (scalar · PWE + element), a point
/// received and checked, and two points in affine coordinates.
pub fn row(multiplications: impl FnMut()) -> Row {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut password = Password::new(SSID, PASSWORD, None);
    password.prepare(Curve::P256);
    let answers = [peers_commit(&mut rng), wrong_confirm()];
    let (whole, bare) = clock::in_turns(
        51,
        20,
        || (),
        |()| authenticate(&mut password, &answers, &mut rng),
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
fn authenticate(password: &mut Password, answers: &[Frame], rng: &mut ChaCha20Rng) {
    let (method, now) = (Method::HashToElement, Duration::ZERO);
    let mut effects = Vec::new();
    let mut initiator = Initiator::begin(PARTIES, method, &[Curve::P256], password, now, rng, &mut effects);
    for answer in answers {
        let taken = initiator.handle(answer, password, now, rng, &mut effects);
        assert!(taken.is_ok(), "the frame is one that the station waits for");
    }
    black_box(effects);
}

#[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
fn peers_commit(rng: &mut ChaCha20Rng) -> Frame {
    let pt = Pt::derive(Curve::P256, SSID, PASSWORD, None);
    let commitment = Commitment::new(Pwe::from_pt(&pt, OWN, PEER), rng);
    let commit = sae::Commit {
        group: Curve::P256.group(),
        token: None,
        scalar: commitment.scalar(),
        element: commitment.element(),
        h2e: Some(sae::HashToElement::default()),
    };
    Frame {
        transaction: sae::COMMIT,
        status: Method::HashToElement.status(),
        body: commit.to_vec().expect("a short commit"),
    }
}

fn wrong_confirm() -> Frame {
    Frame {
        transaction: sae::CONFIRM,
        status: StatusCode::SUCCESS,
        body: vec![1; 34],
    }
}
