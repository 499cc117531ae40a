//! `portcullis inspect` as a process: exit codes, and what goes to which stream.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A classic capture of 802.11 frames, without any.
const EMPTY: [u8; 24] = [
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 105, 0, 0, 0,
];

/// One acknowledgement, which has no part in any operation.
const RECORD: [u8; 26] = [
    1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0, 0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1,
];

fn inspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("inspect")
        .args(arguments)
        .output()
        .unwrap()
}

fn file(name: &str, octets: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).unwrap();
    path
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_capture_without_an_operation_is_no_failure() {
    let path = file("quiet.pcap", &[&EMPTY[..], &RECORD].concat());
    let path = path.to_str().unwrap();
    let text = inspect(&[path]);
    assert_eq!(text.status.code(), Some(0));
    assert!(
        stdout(&text).contains("no post-association operation in 1 frames"),
        "{}",
        stdout(&text)
    );
    let json = inspect(&["--json", path]);
    assert_eq!(json.status.code(), Some(0));
    assert!(json.stdout.is_empty());
    assert!(stderr(&json).contains("no post-association operation in 1 frames"));
}

#[test]
fn what_is_no_capture_or_not_a_whole_one_is_named_and_the_exit_code_is_5() {
    let other = file("other.txt", b"a shopping list, and not a short one at that");
    let cut = file("cut.pcap", &[&EMPTY[..], &RECORD, &RECORD[..20]].concat());
    for (path, complaint) in [
        (other.to_str().unwrap(), "this is no capture"),
        (cut.to_str().unwrap(), "in the middle of a record; packets before it: 1"),
        ("nowhere.pcap", "cannot be read"),
    ] {
        let output = inspect(&["--json", path]);
        assert_eq!(output.status.code(), Some(5), "{path}");
        assert!(
            stderr(&output).contains(path) && stderr(&output).contains(complaint),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn one_bad_capture_does_not_keep_the_others_from_being_read() {
    let quiet = file("also-quiet.pcap", &EMPTY);
    let output = inspect(&["nowhere.pcap", quiet.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(5));
    assert!(stdout(&output).contains("also-quiet.pcap: no post-association operation in 0 frames"));
}

#[test]
fn a_command_line_that_means_nothing_is_refused_with_exit_code_2() {
    for (arguments, complaint) in [
        (&[][..], "<FILE>"),
        (
            &["a.pcap", "--ssid", "test"],
            "the --passphrase of the network has to follow",
        ),
        (
            &["a.pcap", "--ssid", "test", "--pmk", "00"],
            "the --passphrase of the network has to follow",
        ),
        (&["a.pcap", "--passphrase", "short"], "8 to 63"),
        (&["a.pcap", "--pmk", "abc"], "pairs of hex digits"),
        (&["a.pcap", "--pmk", "abcd"], "expected 32 to 64"),
        (
            &["a.pcap", "--ssid", "", "--passphrase", "long enough"],
            "an SSID has 1 to 32 octets",
        ),
    ] {
        let output = inspect(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(complaint),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains("long enough"), "a secret is not repeated");
    }
}

#[test]
fn the_help_shows_how_it_is_used() {
    let output = inspect(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("portcullis inspect air.pcap --ssid Home --passphrase"));
    assert!(stdout(&output).contains("Exit codes: 0"));
}

#[test]
fn events_have_the_schema_of_the_other_commands_and_end_with_an_outcome() {
    let capture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/captures/wrong-passphrase.pcap"
    );
    let output = inspect(&["--events", "--ssid", "castle", "--passphrase", "open the gate", capture]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        for field in ["time_us", "adapter", "peer", "session_id", "kind", "details"] {
            assert!(event.get(field).is_some(), "no {field} in {event}");
        }
    }
    let invalid = events.iter().filter(|event| event["details"]["mic"] == "invalid");
    assert!(invalid.clone().count() > 0 && invalid.clone().all(|event| event["details"]["message"] == "4way-2"));
    assert_eq!(events.last().unwrap()["details"]["outcome"], "wrong_secret");
    assert_eq!(events.last().unwrap()["details"]["proof"], "proved");
}
