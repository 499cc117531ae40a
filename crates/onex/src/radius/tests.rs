//! The client against a server of a few lines.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use md5::{Digest, Md5};
use proptest::prelude::*;

use super::attribute;
use super::client::{header, message_authenticator};
use super::mppe::testing::encrypt;
use super::*;
use crate::method::ExportedKeys;
use crate::testing::context;

const SECRET: &[u8] = b"testing123";
const FIELD: usize = 22;

fn client() -> Client {
    let nas = Nas {
        identifier: "test".into(),
        calling_station: "02-00-00-00-00-01".into(),
    };
    Client::new("testing123".into(), nas, Timing::default())
}

fn request(client: &mut Client, eap: &[u8]) -> Vec<u8> {
    context(|context| client.request(Duration::ZERO, b"user", eap, context.rng).to_vec())
}

/// A server's answer to a request.
fn answer(code: u8, request: &[u8], attributes: &[(u8, &[u8])], secret: &[u8]) -> Vec<u8> {
    let authenticator = *request[4..].first_chunk().unwrap();
    let mut octets = Vec::new();
    attribute::put(&mut octets, attribute::MESSAGE_AUTHENTICATOR, &[0; 16]);
    for (kind, value) in attributes {
        attribute::put(&mut octets, *kind, value);
    }
    let mut packet = header(code, request[1], &authenticator, octets.len());
    packet.extend_from_slice(&octets);
    let proof = message_authenticator(secret, &packet);
    packet[FIELD..FIELD + 16].copy_from_slice(&proof);
    seal(&mut packet, secret);
    packet
}

/// Replaces the request's authenticator by that of the response.
fn seal(packet: &mut [u8], secret: &[u8]) {
    let digest = Md5::new().chain_update(&*packet).chain_update(secret).finalize();
    packet[4..20].copy_from_slice(&digest);
}

#[test]
fn a_request_carries_the_eap_packet_and_its_proof() {
    let mut client = client();
    let eap = vec![7; 300];
    let packet = request(&mut client, &eap);
    assert_eq!(usize::from(u16::from_be_bytes([packet[2], packet[3]])), packet.len());
    let attributes = attribute::parse(&packet[20..]).unwrap();
    assert_eq!(attribute::joined(&attributes, attribute::EAP_MESSAGE), Some(eap));
    assert_eq!(
        attribute::joined(&attributes, attribute::USER_NAME),
        Some(b"user".to_vec())
    );
    let mut unsigned = packet.clone();
    unsigned[FIELD..FIELD + 16].fill(0);
    assert_eq!(packet[FIELD..FIELD + 16], message_authenticator(SECRET, &unsigned));
}

#[test]
fn a_challenge_is_believed_and_its_state_comes_back() {
    let mut client = client();
    let first = request(&mut client, b"one");
    let attributes: [(u8, &[u8]); 2] = [(attribute::EAP_MESSAGE, b"two"), (attribute::STATE, b"state")];
    let packet = answer(11, &first, &attributes, SECRET);
    let Ok(Answer::Challenge { eap }) = client.handle_packet(&packet) else {
        panic!("no challenge");
    };
    assert_eq!(eap, b"two");
    assert_eq!(client.handle_packet(&packet).err(), Some(Refusal::Unasked));
    let second = request(&mut client, b"three");
    let parsed = attribute::parse(&second[20..]).unwrap();
    assert_eq!(attribute::joined(&parsed, attribute::STATE), Some(b"state".to_vec()));
    assert_eq!(second[1], first[1] + 1);
}

#[test]
fn the_keys_of_an_accept_are_the_halves_of_the_msk() {
    let mut client = client();
    let first = request(&mut client, b"one");
    let authenticator = *first[4..].first_chunk().unwrap();
    let send = encrypt(true, &[2; 32], SECRET, &authenticator);
    let recv = encrypt(false, &[1; 32], SECRET, &authenticator);
    let attributes: [(u8, &[u8]); 2] = [(attribute::VENDOR_SPECIFIC, &send), (attribute::VENDOR_SPECIFIC, &recv)];
    let Ok(Answer::Accept { keys: Some(keys), .. }) = client.handle_packet(&answer(2, &first, &attributes, SECRET))
    else {
        panic!("no keys");
    };
    let mut msk = [1; 64];
    msk[32..].fill(2);
    assert!(keys.are_of(&ExportedKeys::new(&msk, None, Vec::new()).unwrap()));
}

#[test]
fn an_answer_under_another_secret_is_not_believed() {
    let mut client = client();
    let first = request(&mut client, b"one");
    let packet = answer(2, &first, &[], b"other");
    assert_eq!(client.handle_packet(&packet).err(), Some(Refusal::Authenticator));
    let Ok(Answer::Reject { message, .. }) =
        client.handle_packet(&answer(3, &first, &[(attribute::REPLY_MESSAGE, b"No")], SECRET))
    else {
        panic!("no refusal");
    };
    assert_eq!(message.as_deref(), Some("No"));
}

#[test]
fn an_answer_without_message_authenticator_is_not_believed() {
    let mut client = client();
    let first = request(&mut client, b"one");
    let mut packet = header(2, first[1], first[4..].first_chunk().unwrap(), 0);
    seal(&mut packet, SECRET);
    assert_eq!(client.handle_packet(&packet).err(), Some(Refusal::MessageAuthenticator));
}

#[test]
fn a_request_is_repeated_at_growing_distances_and_then_given_up() {
    let mut client = client();
    let first = request(&mut client, b"one");
    let mut times = Vec::new();
    loop {
        let now = client.next_timeout().unwrap();
        assert_eq!(client.handle_timeout(now - Duration::from_millis(1)), Retry::Wait);
        match client.handle_timeout(now) {
            Retry::Send(packet) => assert_eq!(packet, first),
            Retry::GiveUp => break,
            Retry::Wait => panic!("nothing happened at the time that was named"),
        }
        times.push(now.as_secs());
    }
    assert_eq!(times, [1, 3, 7]);
}

proptest! {
    #[test]
    fn a_flipped_bit_is_never_believed(bit in 0usize..(20 + 18 + 5) * 8) {
        let mut client = client();
        let first = request(&mut client, b"one");
        let mut packet = answer(11, &first, &[(attribute::EAP_MESSAGE, b"two")], SECRET);
        packet[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(client.handle_packet(&packet).is_err());
    }

    #[test]
    fn no_octets_break_the_client(packet in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut client = client();
        request(&mut client, b"one");
        prop_assert!(client.handle_packet(&packet).is_err());
    }
}
