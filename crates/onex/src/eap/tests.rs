//! The peer against scripted servers.

use alloc::vec;
use proptest::prelude::*;

use super::*;
use crate::method::{Answer, Discarded, Question, Secret};
use crate::methods::gtc::Gtc;
use crate::methods::md5::Md5Challenge;
use crate::testing::context;

const IDENTITY: [u8; 5] = [1, 7, 0, 5, 1];
const MD5: [u8; 7] = [1, 8, 0, 7, 4, 1, b'c'];
const TLS: [u8; 6] = [1, 8, 0, 6, 13, 0x20];
const SUCCESS: [u8; 4] = [3, 8, 0, 4];
const FAILURE: [u8; 4] = [4, 8, 0, 4];

fn profile() -> Profile {
    Profile {
        identity: Some(b"user".to_vec()),
        offers: vec![
            Box::new(Md5Challenge {
                password: Some(Secret::from("b")),
            }),
            Box::new(Gtc { password: None }),
        ],
        needs_keys: false,
    }
}

fn take(peer: &mut Peer, packet: &[u8]) -> Result<Reaction, Discarded> {
    context(|context| peer.handle_packet(context, packet))
}

fn response(reaction: Result<Reaction, Discarded>) -> Vec<u8> {
    match reaction {
        Ok(Reaction::Respond(octets)) => octets.to_vec(),
        Ok(_) => panic!("another reaction"),
        Err(discarded) => panic!("{discarded}"),
    }
}

fn failure(reaction: Result<Reaction, Discarded>) -> Failure {
    match reaction {
        Ok(Reaction::Failed(failure)) => failure,
        Ok(_) => panic!("another reaction"),
        Err(discarded) => panic!("{discarded}"),
    }
}

#[test]
fn a_conversation_is_identity_method_and_success() {
    let mut peer = Peer::new(profile());
    assert_eq!(
        response(take(&mut peer, &IDENTITY)),
        [2, 7, 0, 9, 1, b'u', b's', b'e', b'r']
    );
    assert_eq!(response(take(&mut peer, &MD5))[..6], [2, 8, 0, 22, 4, 16]);
    assert!(matches!(take(&mut peer, &SUCCESS), Ok(Reaction::Succeeded(None))));
}

#[test]
fn a_repeated_request_is_answered_from_memory() {
    let mut peer = Peer::new(profile());
    let first = response(take(&mut peer, &IDENTITY));
    assert_eq!(response(take(&mut peer, &IDENTITY)), first);
    let answer = response(take(&mut peer, &MD5));
    let padded = [&MD5[..], &[0; 9]].concat();
    assert_eq!(response(take(&mut peer, &padded)), answer);
    // The same identifier over another challenge is another request.
    let other = [1, 8, 0, 7, 4, 1, b'd'];
    assert_ne!(response(take(&mut peer, &other)), answer);
}

#[test]
fn a_success_is_not_believed_before_the_method_agrees() {
    let mut peer = Peer::new(profile());
    assert_eq!(take(&mut peer, &SUCCESS).err(), Some(Discarded::EarlySuccess));
    response(take(&mut peer, &IDENTITY));
    assert_eq!(take(&mut peer, &[3, 7, 0, 4]).err(), Some(Discarded::EarlySuccess));
    assert_eq!(peer.early_success(), Some(&Failure::EarlySuccess));
    // The conversation goes on as if nothing had come.
    response(take(&mut peer, &MD5));
    assert!(matches!(take(&mut peer, &SUCCESS), Ok(Reaction::Succeeded(None))));
}

#[test]
fn a_success_or_failure_of_another_exchange_is_discarded() {
    let mut peer = Peer::new(profile());
    response(take(&mut peer, &IDENTITY));
    response(take(&mut peer, &MD5));
    assert_eq!(
        take(&mut peer, &[4, 3, 0, 4]).err(),
        Some(Discarded::Identifier { found: 3 })
    );
    assert!(matches!(take(&mut peer, &[3, 9, 0, 4]), Ok(Reaction::Succeeded(None))));
}

#[test]
fn a_success_or_failure_that_follows_no_request_decides_nothing() {
    let mut peer = Peer::new(profile());
    assert_eq!(
        take(&mut peer, &FAILURE).err(),
        Some(Discarded::Identifier { found: 8 })
    );
    assert_eq!(take(&mut peer, &SUCCESS).err(), Some(Discarded::EarlySuccess));
    response(take(&mut peer, &IDENTITY));
    response(take(&mut peer, &MD5));
    assert!(matches!(take(&mut peer, &SUCCESS), Ok(Reaction::Succeeded(None))));
    // Nor does one that follows the end.
    peer.restart();
    assert!(take(&mut peer, &FAILURE).is_err());
}

#[test]
fn a_method_that_the_profile_lacks_is_refused_with_what_it_has() {
    let mut peer = Peer::new(profile());
    response(take(&mut peer, &IDENTITY));
    assert_eq!(response(take(&mut peer, &TLS)), [2, 8, 0, 7, 3, 4, 6]);
    assert_eq!(
        failure(take(&mut peer, &FAILURE)),
        Failure::NoCommonMethod { wanted: 13 }
    );
}

#[test]
fn a_method_without_keys_is_not_offered_where_keys_are_needed() {
    let mut peer = Peer::new(Profile {
        needs_keys: true,
        ..profile()
    });
    response(take(&mut peer, &IDENTITY));
    assert_eq!(response(take(&mut peer, &MD5)), [2, 8, 0, 6, 3, 0]);
}

#[test]
fn a_method_that_has_begun_is_not_replaced_by_another() {
    let mut peer = Peer::new(profile());
    response(take(&mut peer, &IDENTITY));
    response(take(&mut peer, &MD5));
    assert!(matches!(
        take(&mut peer, &[1, 9, 0, 5, 6]),
        Err(Discarded::Unexpected { .. })
    ));
    assert_eq!(failure(take(&mut peer, &FAILURE)), Failure::Refused);
}

#[test]
fn an_unknown_name_is_asked_for_and_a_repeated_request_waits() {
    let mut peer = Peer::new(Profile {
        identity: None,
        ..profile()
    });
    let request = [&[1, 7, 0, 11, 1][..], b"Who?\0x"].concat();
    let Ok(Reaction::Ask(question)) = take(&mut peer, &request) else {
        panic!("no question");
    };
    assert_eq!(question, Question::Identity { prompt: "Who?".into() });
    assert_eq!(take(&mut peer, &MD5).err(), Some(Discarded::Asking));
    let answered = context(|context| peer.handle_answer(context, Answer::Identity(b"me".to_vec())));
    assert_eq!(response(answered), [2, 7, 0, 7, 1, b'm', b'e']);
    assert_eq!(peer.identity(), Some(&b"me"[..]));
}

#[test]
fn a_question_of_the_method_is_answered_with_the_identifier_of_its_request() {
    let mut peer = Peer::new(profile());
    response(take(&mut peer, &IDENTITY));
    assert!(matches!(
        take(&mut peer, &[1, 9, 0, 6, 6, b'?']),
        Ok(Reaction::Ask(Question::Token { .. }))
    ));
    assert!(peer.is_asking());
    let answered = context(|context| peer.handle_answer(context, Answer::Secret("4".into())));
    assert_eq!(response(answered), [2, 9, 0, 6, 6, b'4']);
    let unasked = context(|context| peer.handle_answer(context, Answer::Refused));
    assert!(matches!(unasked, Err(Discarded::Unexpected { .. })));
}

#[test]
fn a_notification_is_shown_and_acknowledged() {
    let mut peer = Peer::new(profile());
    let Ok(Reaction::Notify { message, response }) = take(&mut peer, &[1, 1, 0, 8, 2, b'H', 7, b'i']) else {
        panic!("no notification");
    };
    assert_eq!(message, "Hi");
    assert_eq!(response[..], [2, 1, 0, 5, 2]);
}

#[test]
fn an_exchange_without_end_is_given_up() {
    let mut peer = Peer::new(profile());
    response(take(&mut peer, &IDENTITY));
    for identifier in 0..254u8 {
        response(take(&mut peer, &[1, identifier, 0, 7, 4, 1, identifier]));
    }
    assert_eq!(
        failure(take(&mut peer, &[1, 254, 0, 7, 4, 1, 1])),
        Failure::Endless { rounds: 255 }
    );
}

proptest! {
    #[test]
    fn no_packets_break_the_peer(packets in proptest::collection::vec((0u8..8, 0u8..3, 0u8..8, proptest::collection::vec(any::<u8>(), 0..20)), 0..30)) {
        let mut peer = Peer::new(profile());
        for (code, identifier, kind, data) in packets {
            let len = 5 + data.len() as u8;
            let packet = [&[code, identifier, 0, len, kind][..], &data].concat();
            if let Ok(Reaction::Respond(response)) = take(&mut peer, &packet) {
                prop_assert_eq!(&response[..2], &[2, identifier][..]);
            }
        }
    }
}
