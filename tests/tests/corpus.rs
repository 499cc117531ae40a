//! What `inspect` finds in the project's own captures, taken from a real kernel (tests/captures/README.md).

#![expect(clippy::unwrap_used, reason = "a test ends where its subject fails")]

use adapter::replay::Capture;
use portcullis::inspect::{Inspector, MicState, Operation, Outcome, Secrets};
use std::path::Path;

const SSID: &[u8] = b"castle";
const PASSPHRASE: &[u8] = b"open the gate";

/// A whole 4-way handshake, a whole group handshake.
const FOUR_WAY: &str = "4way-1 4way-2 4way-3 4way-4";
const GROUP: &str = "group-1 group-2";

/// One operation, in a form that reads at a glance: the outcome, the messages (with a mark where a MIC
/// is invalid), and how many temporal and group keys were derived.
type Found = (Outcome, String, usize, usize);

fn inspect(name: &str) -> Vec<Found> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("captures")
        .join(format!("{name}.pcap"));
    let mut secrets = Secrets::default();
    secrets.add_network(SSID.to_vec(), PASSPHRASE).unwrap();
    let mut inspector = Inspector::new(&mut secrets);
    let mut capture = Capture::open(&path).unwrap();
    let mut found = Vec::new();
    while let Some(frame) = capture.next_frame().unwrap() {
        inspector.feed(&frame);
        while let Some(operation) = inspector.next_operation() {
            found.push(summary(&operation));
        }
    }
    found.extend(inspector.finish().map(|operation| summary(&operation)));
    found
}

fn summary(operation: &Operation) -> Found {
    let messages: Vec<String> = operation
        .messages()
        .map(|(_, message)| match message.mic {
            MicState::Invalid => format!("{}!", message.name),
            _ => message.name.to_string(),
        })
        .collect();
    let (tk, gtk) = (operation.temporal_keys.len(), operation.group_keys.len());
    (operation.verdict.outcome(), messages.join(" "), tk, gtk)
}

fn authorized(handshakes: &[&str], tk: usize, gtk: usize) -> Vec<Found> {
    vec![(Outcome::Authorized, handshakes.join(" "), tk, gtk)]
}

#[test]
fn a_plain_connection_is_authorised_with_each_akm_and_cipher() {
    for name in ["wpa2-ccmp", "wpa2-sha256", "wpa2-gcmp-256", "pmf-required"] {
        assert_eq!(inspect(name), authorized(&[FOUR_WAY], 1, 1), "{name}");
    }
}

#[test]
fn a_fast_transition_derives_another_key_on_both_roads() {
    let moved = |name: &str| {
        let found = inspect(name);
        let [(first, handshake, 1, 1), (second, after, 1, 1)] = &found[..] else {
            panic!("{name}: {found:?}");
        };
        assert_eq!((first, &handshake[..]), (&Outcome::Authorized, FOUR_WAY), "{name}");
        assert_eq!((second, &after[..]), (&Outcome::Authorized, ""), "{name}");
    };
    moved("ft-psk");
    // Its frames lie inside encrypted ones, under the key of the access point that is left.
    moved("ft-psk-over-ds");
}

#[test]
fn rekeys_are_found_inside_encrypted_frames() {
    assert_eq!(
        inspect("rekey-group"),
        authorized(&[FOUR_WAY, GROUP, GROUP, GROUP], 1, 4)
    );
    assert_eq!(
        inspect("rekey-pairwise"),
        authorized(&[FOUR_WAY, FOUR_WAY, FOUR_WAY], 3, 1)
    );
}

#[test]
fn retransmitted_messages_derive_no_new_key() {
    assert_eq!(
        inspect("retransmissions"),
        authorized(&[FOUR_WAY, "4way-3 4way-4", GROUP], 1, 1)
    );
}

#[test]
fn a_wrong_passphrase_is_proved_by_every_message_2() {
    let attempt = "4way-1 4way-2!";
    assert_eq!(
        inspect("wrong-passphrase"),
        [(Outcome::WrongSecret, [attempt; 4].join(" "), 0, 0)]
    );
}

#[test]
fn an_element_that_differs_in_message_3_is_a_rejection() {
    let found = inspect("rsne-mismatch");
    assert_eq!(found, [(Outcome::Rejected, "4way-1 4way-2 4way-3".into(), 1, 1)]);
}

#[test]
fn an_access_point_without_message_1_has_ended_one_attempt_and_left_the_other() {
    let found = inspect("message-1-never-comes");
    let none = String::new;
    assert_eq!(
        found,
        [(Outcome::Rejected, none(), 0, 0), (Outcome::Incomplete, none(), 0, 0)]
    );
}
