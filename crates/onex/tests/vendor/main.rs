//! Methods of vendors (RFC 3748, 5.7), through the public face of the crate.
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "that is how a test fails"
)]

extern crate portcullis_onex as onex;

mod method;

use std::time::Duration;

use method::{KIND, Knock};
use onex::eap::{self, Failure, Peer, Profile};
use onex::method::{Context, ExportedKeys, MethodFailure, Secret};
use onex::methods::md5::Md5Challenge;
use onex::server::{self, Server};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

const KEY: [u8; 32] = [7; 32];
/// The beginning of a request of EAP: code, identifier, length, and the long form of a type of vendor 0.
const LONG: [u8; 11] = [1, 9, 0, 0, 254, 0, 0, 0, 0, 0, 0];

/// What was said, and what both sides came to.
struct Meeting {
    packets: Vec<Vec<u8>>,
    peer: Result<Option<ExportedKeys>, Failure>,
    server: Option<ExportedKeys>,
}

fn context<R>(run: impl FnOnce(&mut Context<'_>) -> R) -> R {
    run(&mut Context {
        rng: &mut ChaCha12Rng::from_seed([7; 32]),
        unix_time: Duration::from_secs(1_800_000_000),
    })
}

fn peer(offers: Vec<Box<dyn eap::Offer>>) -> Peer {
    Peer::new(Profile {
        identity: Some(b"alice".to_vec()),
        offers,
        needs_keys: false,
    })
}

fn md5() -> Box<dyn eap::Offer> {
    Box::new(Md5Challenge {
        password: Some(Secret::from("wonderland")),
    })
}

fn md5_of_server() -> Box<dyn server::Offer> {
    Box::new(server::Md5Challenge {
        password: "wonderland".into(),
    })
}

fn meet(of_peer: Vec<Box<dyn eap::Offer>>, of_server: Vec<Box<dyn server::Offer>>) -> Meeting {
    let mut peer = peer(of_peer);
    let (mut server, mut packet) = Server::begin(of_server, 7);
    let (mut packets, mut keys) = (Vec::new(), None);
    context(|context| {
        loop {
            packets.push(packet.clone());
            let peer = match peer.handle_packet(context, &packet) {
                Ok(eap::Reaction::Respond(response)) => {
                    packets.push(response.to_vec());
                    packet = match server.handle_packet(context, &response).unwrap() {
                        server::Reaction::Request(packet) | server::Reaction::Failed(packet) => packet,
                        server::Reaction::Succeeded(packet, of_server) => {
                            keys = of_server;
                            packet
                        }
                    };
                    continue;
                }
                Ok(eap::Reaction::Succeeded(keys)) => Ok(keys),
                Ok(eap::Reaction::Failed(failure)) => Err(failure),
                Ok(_) => panic!("a question"),
                Err(discarded) => panic!("{discarded}"),
            };
            return Meeting {
                packets,
                peer,
                server: keys,
            };
        }
    })
}

fn assert_agreed(meeting: Meeting) {
    let (ours, theirs) = (meeting.peer.ok().flatten().unwrap(), meeting.server.unwrap());
    assert!(ours.msk == theirs.msk && ours.emsk == theirs.emsk);
    assert_eq!(ours.session_id, theirs.session_id);
}

#[test]
fn a_vendors_method_leads_both_sides_to_the_same_keys() {
    let meeting = meet(vec![Box::new(Knock(KEY))], vec![Box::new(Knock(KEY))]);
    let types: Vec<_> = meeting.packets[2..6]
        .iter()
        .map(|packet| packet[4..12].to_vec())
        .collect();
    assert_eq!(types, vec![[254, 0x00, 0xf0, 0x0d, 0, 1, 0x11, 0x70]; 4]);
    assert_agreed(meeting);
}

#[test]
fn a_vendors_method_with_another_key_fails() {
    let meeting = meet(vec![Box::new(Knock([8; 32]))], vec![Box::new(Knock(KEY))]);
    assert_eq!(meeting.peer.err(), Some(Failure::Refused));
    assert!(meeting.server.is_none());

    let mut peer = peer(vec![Box::new(Knock(KEY))]);
    let request = |data: &[u8]| {
        [
            &[1, 7, 0, 12 + data.len() as u8][..],
            &LONG[4..5],
            &[0, 0xf0, 0x0d, 0, 1, 0x11, 0x70],
            data,
        ]
        .concat()
    };
    context(|context| {
        assert!(matches!(
            peer.handle_packet(context, &request(&[1; 16])),
            Ok(eap::Reaction::Respond(_))
        ));
        let Ok(eap::Reaction::Failed(failure)) = peer.handle_packet(context, &request(&[1; 32])) else {
            panic!("an impostor is believed");
        };
        assert_eq!(failure, MethodFailure::Impostor { secret: "key" }.into());
    });
}

#[test]
fn a_refusal_leads_to_a_vendors_method_and_from_one() {
    // 254 in a short refusal: some vendor's.
    let meeting = meet(vec![Box::new(Knock(KEY))], vec![md5_of_server(), Box::new(Knock(KEY))]);
    assert_eq!(meeting.packets[3][4..], [3, 254]);
    assert_agreed(meeting);
    // The long refusal of a long request names each method in full.
    let meeting = meet(vec![md5()], vec![Box::new(Knock(KEY)), md5_of_server()]);
    assert_eq!(
        meeting.packets[3][4..],
        [254, 0, 0, 0, 0, 0, 0, 3, 254, 0, 0, 0, 0, 0, 0, 4]
    );
    assert!(matches!(meeting.peer, Ok(None)));
}

#[test]
fn a_peer_that_only_knows_short_types_refuses_a_vendors_method_for_one_of_its_own() {
    let (mut server, _) = Server::begin(vec![Box::new(Knock(KEY)), md5_of_server()], 7);
    context(|context| {
        server.handle_packet(context, &[2, 7, 0, 5, 1]).ok().unwrap();
        let Ok(server::Reaction::Request(request)) = server.handle_packet(context, &[2, 8, 0, 6, 3, 4]) else {
            panic!("no other method");
        };
        assert_eq!(request[4], 4);
    });
    // Nothing else is left for one that refuses what it asks for.
    let (mut server, _) = Server::begin(vec![Box::new(Knock(KEY))], 7);
    context(|context| {
        server.handle_packet(context, &[2, 7, 0, 5, 1]).ok().unwrap();
        let reaction = server.handle_packet(context, &[2, 8, 0, 6, 3, 254]);
        assert!(matches!(reaction, Ok(server::Reaction::Failed(_))));
    });
}

#[test]
fn a_type_of_vendor_0_is_that_of_the_registry_and_is_answered_as_it_was_asked() {
    let mut peer = peer(vec![md5()]);
    let mut ask = |identifier, kind, data: &[u8]| {
        let mut request = [&LONG[..], &[kind], data].concat();
        (request[1], request[3]) = (identifier, request.len() as u8);
        match context(|context| peer.handle_packet(context, &request)) {
            Ok(eap::Reaction::Respond(response)) => response.to_vec(),
            _ => panic!("no response"),
        }
    };
    assert_eq!(
        ask(9, 1, &[])[4..],
        [&[254, 0, 0, 0, 0, 0, 0, 1][..], b"alice"].concat()
    );
    let long = ask(10, 4, &[1, b'c']);
    assert_eq!(long[..13], [2, 10, 0, 29, 254, 0, 0, 0, 0, 0, 0, 4, 16]);

    // The short form of the same leads to the same.
    let mut short = self::peer(vec![md5()]);
    let response = context(|context| short.handle_packet(context, &[1, 10, 0, 7, 4, 1, b'c']));
    let Ok(eap::Reaction::Respond(response)) = response else {
        panic!("no response");
    };
    assert_eq!(response[5..], long[12..]);
}

#[test]
fn the_test_names_its_type_in_octets_as_it_is() {
    let onex::method::MethodType::Expanded { vendor, kind } = KIND else {
        panic!("a short type");
    };
    assert_eq!((vendor, kind), ([0x00, 0xf0, 0x0d], 0x0001_1170));
}
