//! The method against a server that computes with the same functions, which the vectors of RFC 2759 hold to it.

use alloc::format;
use alloc::string::String;
use proptest::prelude::*;

use super::*;
use crate::eap::{Failure, Peer, Profile, Reaction};
use crate::method::Discarded;
use crate::mschap::authenticator_response_text;
use crate::testing::context;

const CHALLENGE: [u8; 16] = [9; 16];

fn begin(password: Option<&str>) -> Box<dyn Method> {
    let mut offer = Mschapv2 {
        user: None,
        password: password.map(Secret::from),
    };
    offer.begin(b"User")
}

fn challenge() -> Vec<u8> {
    [&[1, 5, 0, 24, 16][..], &CHALLENGE, b"srv"].concat()
}

fn text(operation: u8, text: &str) -> Vec<u8> {
    [&[operation, 5, 0, 0][..], text.as_bytes()].concat()
}

fn request(method: &mut dyn Method, data: &[u8]) -> Step {
    context(|context| method.handle_request(context, 1, data))
}

fn answer(method: &mut dyn Method, answer: Answer) -> Step {
    context(|context| method.handle_answer(context, answer))
}

fn data(step: Step) -> Vec<u8> {
    match step {
        Step::Respond(data) => data.to_vec(),
        _ => panic!("no response"),
    }
}

/// What a server that knows the password says to the octets of a response, from the peer's challenge on.
fn proof(value: &[u8], challenge: &[u8; 16], password: &str) -> String {
    let hash = nt_password_hash(&password.into()).unwrap();
    let both = challenge_hash(value.first_chunk().unwrap(), challenge, b"User");
    let nt_response = *value[24..].first_chunk().unwrap();
    assert_eq!(nt_response, challenge_response(&both, &hash));
    authenticator_response_text(&authenticator_response(&hash, &nt_response, &both))
}

#[test]
fn both_sides_prove_themselves_and_have_keys() {
    let mut method = begin(Some("clientPass"));
    let response = data(request(method.as_mut(), &challenge()));
    assert_eq!(method.decision(), Decision::Fail);
    let proof = proof(&response[5..], &CHALLENGE, "clientPass");
    assert_eq!(
        data(request(method.as_mut(), &text(3, &format!("{proof} M=Welcome")))),
        SUCCESS
    );
    assert_eq!(method.decision(), Decision::UnconditionalSuccess);
    assert!(method.keys().is_some());
    assert!(method.keys().is_none());
}

#[test]
fn a_server_that_does_not_know_the_password_is_an_impostor() {
    let mut method = begin(Some("clientPass"));
    data(request(method.as_mut(), &challenge()));
    let forged = format!("S={}", "0".repeat(40));
    assert!(matches!(
        request(method.as_mut(), &text(3, &forged)),
        Step::Fail(MethodFailure::Impostor { .. })
    ));
    assert_eq!(method.decision(), Decision::Fail);
    // Why it has failed stays what it is, whatever the server says to that.
    assert!(matches!(
        request(method.as_mut(), &text(3, &forged)),
        Step::Fail(MethodFailure::Impostor { .. })
    ));
    assert!(matches!(method.failure(), Some(MethodFailure::Impostor { .. })));
}

#[test]
fn a_success_before_the_challenge_is_refused() {
    let mut method = begin(Some("clientPass"));
    let forged = format!("S={}", "0".repeat(40));
    assert!(matches!(
        request(method.as_mut(), &text(3, &forged)),
        Step::Fail(MethodFailure::Unexpected { .. })
    ));
}

#[test]
fn a_wrong_password_is_asked_for_again_under_the_new_challenge() {
    let mut method = begin(Some("wrong"));
    data(request(method.as_mut(), &challenge()));
    let refusal = format!("E=691 R=1 C={} V=3", "08".repeat(16));
    assert!(matches!(
        request(method.as_mut(), &text(4, &refusal)),
        Step::Ask(Question::Password { again: true })
    ));
    let response = data(answer(method.as_mut(), Answer::Secret("right".into())));
    assert_eq!(response[1], 6);
    let proof = proof(&response[5..], &[8; 16], "right");
    data(request(method.as_mut(), &text(3, &proof)));
    assert_eq!(method.decision(), Decision::UnconditionalSuccess);
    assert_eq!(method.failure(), None);
}

#[test]
fn a_refusal_is_acknowledged_and_its_reason_kept() {
    let mut method = begin(Some("wrong"));
    data(request(method.as_mut(), &challenge()));
    assert_eq!(data(request(method.as_mut(), &text(4, "E=691 R=0 V=3"))), FAILURE);
    assert_eq!(method.failure(), Some(MethodFailure::Credentials));

    let mut method = begin(Some("right"));
    data(request(method.as_mut(), &challenge()));
    assert_eq!(data(request(method.as_mut(), &text(4, "E=647 R=0 V=3"))), FAILURE);
    assert!(matches!(method.failure(), Some(MethodFailure::Refused { .. })));
}

#[test]
fn who_gives_no_other_password_is_refused() {
    let mut method = begin(Some("wrong"));
    data(request(method.as_mut(), &challenge()));
    request(method.as_mut(), &text(4, "E=691 R=1 V=3"));
    assert_eq!(data(answer(method.as_mut(), Answer::Refused)), FAILURE);
    assert_eq!(method.failure(), Some(MethodFailure::Credentials));
}

#[test]
fn an_expired_password_is_changed_and_the_new_one_proved() {
    let mut method = begin(Some("old"));
    data(request(method.as_mut(), &challenge()));
    let refusal = format!("E=648 R=0 C={} V=3", "07".repeat(16));
    assert!(matches!(
        request(method.as_mut(), &text(4, &refusal)),
        Step::Ask(Question::NewPassword { .. })
    ));
    let change = data(answer(method.as_mut(), Answer::Secret("new".into())));
    assert_eq!((change.len(), change[0], change[1]), (586, 7, 6));
    let proof = proof(&change[4 + 516 + 16..], &[7; 16], "new");
    assert_eq!(data(request(method.as_mut(), &text(3, &proof))), SUCCESS);
}

#[test]
fn a_missing_password_is_asked_for() {
    let mut method = begin(None);
    assert!(matches!(
        request(method.as_mut(), &challenge()),
        Step::Ask(Question::Password { again: false })
    ));
    let response = data(answer(method.as_mut(), Answer::Secret("clientPass".into())));
    proof(&response[5..], &CHALLENGE, "clientPass");
}

/// A peer whose profile has this password.
fn peer(password: Option<&str>) -> Peer {
    let mut peer = Peer::new(Profile {
        identity: Some(b"User".to_vec()),
        offers: Vec::from([Box::new(Mschapv2 {
            user: None,
            password: password.map(Secret::from),
        }) as Box<dyn Offer>]),
        needs_keys: true,
    });
    assert!(matches!(receive(&mut peer, &[1, 1, 0, 5, 1]), Ok(Reaction::Respond(_))));
    peer
}

fn receive(peer: &mut Peer, packet: &[u8]) -> Result<Reaction, Discarded> {
    context(|context| peer.handle_packet(context, packet))
}

/// The server asks, under an identifier of its own.
fn ask(peer: &mut Peer, identifier: u8, data: &[u8]) -> Reaction {
    let [high, low] = (data.len() as u16 + 5).to_be_bytes();
    let packet = [&[1, identifier, high, low, 26], data].concat();
    receive(peer, &packet).ok().unwrap()
}

fn answered(peer: &mut Peer, password: &str) -> Reaction {
    context(|context| peer.handle_answer(context, Answer::Secret(password.into())))
        .unwrap_or_else(|_| panic!("not asked"))
}

/// The data of a response.
fn said(reaction: Reaction) -> Vec<u8> {
    match reaction {
        Reaction::Respond(packet) => packet[5..].to_vec(),
        _ => panic!("no response"),
    }
}

/// The rest of an authentication in which the peer has proved this password with `value`.
fn let_in(peer: &mut Peer, value: &[u8], challenge: &[u8; 16], password: &str) {
    let proof = proof(value, challenge, password);
    assert_eq!(said(ask(peer, 9, &text(3, &proof))), SUCCESS);
    assert!(matches!(receive(peer, &[3, 9, 0, 4]), Ok(Reaction::Succeeded(Some(_)))));
}

#[test]
fn a_password_that_was_given_corrected_or_changed_is_the_one_of_the_next_authentication() {
    let refusal = |code: &str| text(4, &format!("{code} C={} V=3", "07".repeat(16)));
    for (first, refusal, start) in [
        (None, None, 5),
        (Some("wrong"), Some(refusal("E=691 R=1")), 5),
        (Some("old"), Some(refusal("E=648 R=0")), 4 + 516 + 16),
    ] {
        let mut peer = peer(first);
        let mut asked = ask(&mut peer, 7, &challenge());
        if let Some(refusal) = &refusal {
            said(asked);
            asked = ask(&mut peer, 8, refusal);
        }
        assert!(matches!(asked, Reaction::Ask(_)));
        let given = said(answered(&mut peer, "right"));
        let challenged = if refusal.is_some() { [7; 16] } else { CHALLENGE };
        let_in(&mut peer, &given[start..], &challenged, "right");
        // Nobody is asked, and the first password that goes out is the right one.
        receive(&mut peer, &[1, 20, 0, 5, 1]).ok().unwrap();
        let response = said(ask(&mut peer, 7, &challenge()));
        let_in(&mut peer, &response[5..], &CHALLENGE, "right");
        assert!(peer.knows_password());
        // The server has another one since: the person is asked again, and a password of the profile's is not.
        receive(&mut peer, &[1, 30, 0, 5, 1]).ok().unwrap();
        said(ask(&mut peer, 7, &challenge()));
        assert_eq!(said(ask(&mut peer, 8, &text(4, "E=691 R=0"))), FAILURE);
        assert!(matches!(receive(&mut peer, &[4, 8, 0, 4]), Ok(Reaction::Failed(_))));
        assert!(!peer.knows_password());
    }
}

#[test]
fn a_password_that_did_not_lead_to_a_success_is_not_kept() {
    let mut peer = peer(None);
    ask(&mut peer, 7, &challenge());
    said(answered(&mut peer, "wrong"));
    assert_eq!(said(ask(&mut peer, 8, &text(4, "E=691 R=0"))), FAILURE);
    let credentials = Failure::Method(MethodFailure::Credentials);
    assert!(matches!(receive(&mut peer, &[4, 8, 0, 4]), Ok(Reaction::Failed(failure)) if failure == credentials));
    assert!(!peer.knows_password());
    receive(&mut peer, &[1, 20, 0, 5, 1]).ok().unwrap();
    assert!(matches!(ask(&mut peer, 7, &challenge()), Reaction::Ask(_)));
}

proptest! {
    #[test]
    fn no_requests_break_the_method(
        requests in proptest::collection::vec((0u8..8, proptest::collection::vec(any::<u8>(), 0..60)), 0..6)
    ) {
        let mut method = begin(Some("clientPass"));
        for (operation, data) in requests {
            request(method.as_mut(), &[&[operation][..], &data].concat());
            prop_assert_eq!(method.decision(), Decision::Fail);
        }
    }
}
