//! `portcullis simulate`, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test ends where its subject fails")]

mod faults;
mod suites;

use serde_json::Value;
use std::process::{Command, Output};

fn simulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("simulate")
        .args(arguments)
        .output()
        .unwrap()
}

fn events(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_life_is_lived_to_its_end_and_drawn_as_a_timeline() {
    let output = simulate(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let mut rest = &*text;
    for landmark in [
        "adapter arrives",
        "pre-association operation completed",
        "data port created, closed",
        "4way-1",
        "4way-2",
        "4way-3",
        "4way-4",
        "pairwise key installed",
        "group key installed",
        "PORT AUTHORISED",
        "group-1",
        "group-2",
        "traffic: 10 sent, 10 received",
        "port closed",
        "post-association operation stopped",
        "data port deleted",
        "adapter is removed",
    ] {
        let at = rest
            .find(landmark)
            .unwrap_or_else(|| panic!("no {landmark:?} in its place in:\n{text}"));
        rest = &rest[at + landmark.len()..];
    }
}

#[test]
fn every_line_of_json_has_the_fields_of_the_schema() {
    let output = simulate(&["--json", "--stations", "3"]);
    assert_eq!(output.status.code(), Some(0));
    let events = events(&output);
    for event in &events {
        for field in ["time_us", "adapter", "peer", "session_id", "kind", "details"] {
            assert!(event.get(field).is_some(), "no {field} in {event}");
        }
    }
    assert_eq!(kinds(&events).last(), Some(&"summary"));
    assert_eq!(events.last().unwrap()["details"]["complete"], 3);
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "port_deleted").count(), 3);
    assert!(!kinds(&events).contains(&"rule_broken"));
}

#[test]
fn a_seed_replays_a_run_and_another_seed_does_not() {
    let bad = [
        "--json",
        "--stations",
        "5",
        "--loss",
        "0.2",
        "--reordering",
        "0.2",
        "--corruption",
        "0.05",
    ];
    let run = |seed: &str| {
        let output = simulate(&[&bad[..], &["--seed", seed]].concat());
        let mut events = events(&output);
        events.pop();
        events
    };
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

#[test]
fn a_command_line_that_makes_no_sense_is_a_usage_error() {
    for arguments in [
        &["--loss", "2"][..],
        &["--stations", "0"],
        &["--fault", "bad-weather"],
        &["--fault", "weak-cipher", "--akm", "psk"],
        &["--fault", "wrong-ft-key", "--akm", "psk"],
        &["--fault", "silent-message3", "--akm", "open", "--open"],
        &["--nonsense"],
    ] {
        let output = simulate(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn a_capture_that_cannot_be_written_is_named() {
    let output = simulate(&["--write-capture", "/nonexistent/run.pcap"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("/nonexistent/run.pcap")
    );
}

#[test]
fn a_method_without_users_is_refused_before_anything_is_simulated() {
    let output = simulate(&["--akm", "sae", "--method", "tls"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(output.stdout.is_empty());
}
