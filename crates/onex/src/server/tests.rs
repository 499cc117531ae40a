//! The server against the peer of this crate.

use alloc::vec;
use proptest::prelude::*;

use super::*;
use crate::eap::{self, Failure, Peer, Profile};
use crate::method::{MethodFailure, Secret};
use crate::methods;
use crate::testing::context;

fn secret(text: &str) -> Option<Secret> {
    Some(text.into())
}

fn server() -> (Server, Vec<u8>) {
    let offers: Vec<Box<dyn Offer>> = vec![
        Box::new(Md5Challenge {
            password: "right".into(),
        }),
        Box::new(Mschapv2 {
            password: "right".into(),
        }),
        Box::new(Gtc { token: "right".into() }),
    ];
    Server::begin(offers, 250)
}

/// What both sides come to.
fn meet(offer: Box<dyn eap::Offer>) -> (eap::Reaction, Reaction) {
    let mut peer = Peer::new(Profile {
        identity: Some(b"user".to_vec()),
        offers: vec![offer],
        needs_keys: false,
    });
    let (mut server, mut packet) = server();
    context(|context| {
        loop {
            let response = match peer.handle_packet(context, &packet) {
                Ok(eap::Reaction::Respond(response)) => response,
                _ => panic!("the peer does not respond"),
            };
            let (reaction, last) = match server.handle_packet(context, &response) {
                Ok(Reaction::Request(request)) => {
                    packet = request;
                    continue;
                }
                Ok(Reaction::Succeeded(last, keys)) => (Reaction::Succeeded(Vec::new(), keys), last),
                Ok(Reaction::Failed(last)) => (Reaction::Failed(Vec::new()), last),
                Err(discarded) => panic!("{discarded}"),
            };
            return (peer.handle_packet(context, &last).ok().unwrap(), reaction);
        }
    })
}

#[test]
fn a_right_password_is_let_in_whatever_the_method() {
    let md5 = methods::md5::Md5Challenge {
        password: secret("right"),
    };
    let gtc = methods::gtc::Gtc {
        password: secret("right"),
    };
    let offers: [Box<dyn eap::Offer>; 2] = [Box::new(md5), Box::new(gtc)];
    for offer in offers {
        let (peer, server) = meet(offer);
        assert!(matches!(peer, eap::Reaction::Succeeded(None)));
        assert!(matches!(server, Reaction::Succeeded(_, None)));
    }
}

#[test]
fn after_mschapv2_both_sides_have_the_same_keys() {
    let (peer, server) = meet(Box::new(methods::mschapv2::Mschapv2 {
        user: None,
        password: secret("right"),
    }));
    let (eap::Reaction::Succeeded(Some(of_peer)), Reaction::Succeeded(_, Some(of_server))) = (peer, server) else {
        panic!("no keys");
    };
    assert!(of_peer.msk == of_server.msk);
}

#[test]
fn a_wrong_password_is_refused_by_both() {
    let (peer, server) = meet(Box::new(methods::mschapv2::Mschapv2 {
        user: None,
        password: secret("wrong"),
    }));
    let eap::Reaction::Failed(failure) = peer else {
        panic!("the peer has not failed");
    };
    assert_eq!(failure, Failure::Method(MethodFailure::Credentials));
    assert!(matches!(server, Reaction::Failed(_)));
    let (peer, _) = meet(Box::new(methods::gtc::Gtc {
        password: secret("wrong"),
    }));
    assert!(matches!(peer, eap::Reaction::Failed(Failure::Refused)));
}

#[test]
fn a_response_to_an_earlier_request_is_discarded() {
    let (mut server, _) = server();
    let stale = context(|context| server.handle_packet(context, &[2, 249, 0, 5, 1]));
    assert_eq!(stale.err(), Some(Discarded::Identifier { found: 249 }));
}

#[test]
fn a_peer_without_a_common_method_is_refused() {
    let (mut server, _) = server();
    context(|context| {
        assert!(matches!(
            server.handle_packet(context, &[2, 250, 0, 5, 1]),
            Ok(Reaction::Request(_))
        ));
        assert!(matches!(
            server.handle_packet(context, &[2, 251, 0, 6, 3, 13]),
            Ok(Reaction::Failed(_))
        ));
    });
}

proptest! {
    #[test]
    fn no_response_without_the_password_is_let_in(kind in 3u8..7, data in proptest::collection::vec(any::<u8>(), 0..70)) {
        let (mut server, _) = server();
        context(|context| {
            assert!(server.handle_packet(context, &[2, 250, 0, 5, 1]).is_ok());
            for identifier in [251, 252, 253] {
                let len = data.len() as u8 + 5;
                let packet = [&[2, identifier, 0, len, kind][..], &data].concat();
                assert!(!matches!(server.handle_packet(context, &packet), Ok(Reaction::Succeeded(..))));
            }
        });
    }
}
