//! One side of SAE, with its secrets from the command line. `tests/constant_time.rs` watches what it executes and which
//! memory it touches: neither may depend on them.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "whoever runs it wants to know what is wrong"
)]

use core::time::Duration;
use std::env;

use frame::sae::{self, Commit, HashToElement};
use frame::{Akm, Emit, MacAddress, StatusCode};
use keys::curve::Curve;
use keys::sae::{Commitment, Pt, Pwe};
use portcullis_rsn::sae::{Effect, Failure, Frame, Initiator, Method, Parties, Password};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

const OWN: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);
const SSID: &[u8] = b"castle";

/// Arguments: the method, the group, the password, a number that the random numbers come of, and two that spoil the first
/// and the last octet of the peer's confirm.
fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let [method, group, password, seed, first, last] = &words[..] else {
        panic!("six arguments")
    };
    let method = match &method[..] {
        "hash-to-element" => Method::HashToElement,
        "hunting" => Method::HuntingAndPecking,
        _ => panic!("hash-to-element or hunting"),
    };
    let curve = group.parse().ok().and_then(Curve::of_group).expect("19, 20 or 21");
    let octet = |text: &str| text.parse::<u8>().expect("an octet");
    let mut rng = ChaCha12Rng::seed_from_u64(seed.parse().expect("a number"));

    let element = match method {
        Method::HashToElement => Some(Pwe::from_pt(
            &Pt::derive(curve, SSID, password.as_bytes(), None),
            PEER,
            OWN,
        )),
        Method::HuntingAndPecking => Pwe::hunt(curve, password.as_bytes(), PEER, OWN),
    };
    let peer = Commitment::new(element.expect("an element"), &mut rng);

    let mut password = Password::new(SSID, password.as_bytes(), None);
    let (now, mut effects) = (Duration::ZERO, Vec::new());
    let parties = Parties {
        own: OWN,
        peer: PEER,
        akm: Akm::SAE,
    };
    let mut station = Initiator::begin(parties, method, &[curve], &mut password, now, &mut rng, &mut effects);
    let Some(Effect::Send(ours)) = effects.pop() else {
        panic!("a station begins with its commit")
    };
    let ours = Commit::parse(&ours.body, method).expect("a commit");
    let agreement = peer.agree(ours.scalar, ours.element, &[], Akm::SAE).expect("a commit");
    let mut confirm = [&[1, 0], agreement.confirm(1).as_bytes()].concat();
    *confirm.get_mut(2).expect("a MAC") ^= octet(first);
    *confirm.last_mut().expect("a MAC") ^= octet(last);
    for frame in [commit(&peer, method), confirmed(confirm)] {
        let taken = station.handle(&frame, &mut password, now, &mut rng, &mut effects);
        taken.expect("a frame that is waited for");
    }
    while let Some(at) = station.next_timeout() {
        station.handle_timeout(at, &mut effects);
    }
    assert!(matches!(effects.last(), Some(Effect::Failed(Failure::WrongPassword))));
}

fn commit(peer: &Commitment, method: Method) -> Frame {
    let commit = Commit {
        group: peer.curve().group(),
        token: None,
        scalar: peer.scalar(),
        element: peer.element(),
        h2e: (method == Method::HashToElement).then(HashToElement::default),
    };
    Frame {
        transaction: sae::COMMIT,
        status: method.status(),
        body: commit.to_vec().expect("a short commit"),
    }
}

fn confirmed(body: Vec<u8>) -> Frame {
    Frame {
        transaction: sae::CONFIRM,
        status: StatusCode::SUCCESS,
        body,
    }
}
