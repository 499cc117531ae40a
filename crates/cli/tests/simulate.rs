//! `portcullis simulate`, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test ends where its subject fails")]

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
fn each_fault_has_its_outcome_its_sentence_and_its_exit_code() {
    for (fault, outcome, detail, exit) in [
        ("absent", "no_such_network", None, 4),
        (
            "refuse-authentication",
            "refused_at_authentication",
            Some(("status", Value::from(1))),
            3,
        ),
        (
            "refuse-association",
            "refused_at_association",
            Some(("status", Value::from(17))),
            3,
        ),
        (
            "silent-association",
            "access_point_silent",
            Some(("awaited", "association".into())),
            4,
        ),
        (
            "silent-message1",
            "access_point_silent",
            Some(("awaited", "4way-1".into())),
            4,
        ),
        (
            "silent-message3",
            "access_point_silent",
            Some(("awaited", "4way-3".into())),
            4,
        ),
        ("wrong-secret", "wrong_secret", Some(("proof", "suspected".into())), 3),
        (
            "wrong-secret --akm sae",
            "wrong_secret",
            Some(("proof", "suspected".into())),
            3,
        ),
        (
            "wrong-secret --akm ft-eap",
            "wrong_secret",
            Some(("proof", "suspected".into())),
            3,
        ),
        ("no-common-group", "no_common_group", None, 3),
        ("no-common-group --akm sae", "no_common_group", None, 3),
        (
            "management-mismatch",
            "policy_refusal",
            Some(("policy", "management_protection".into())),
            3,
        ),
        (
            "weak-cipher",
            "policy_refusal",
            Some(("policy", "weak_cipher".into())),
            3,
        ),
        ("downgrade", "element_mismatch", Some(("element", "RSNE".into())), 3),
        (
            "deauthenticate-early",
            "deauthenticated",
            Some(("after_completion", false.into())),
            3,
        ),
        (
            "deauthenticate-late",
            "deauthenticated",
            Some(("after_completion", true.into())),
            3,
        ),
        ("unplug", "adapter_gone", None, 6),
        ("cancel", "cancelled", None, 0),
        ("nothing-in-common", "policy_refusal", None, 3),
        ("wrong-channel", "channel_mismatch", None, 3),
    ] {
        let words: Vec<&str> = fault.split(' ').collect();
        let output = simulate(&[&["--json", "--fault"], &words[..]].concat());
        assert_eq!(output.status.code(), Some(exit), "{fault}");
        let events = events(&output);
        let last = events.iter().rev().find(|event| event["kind"] == "outcome").unwrap();
        let details = &last["details"];
        assert_eq!(details["outcome"], outcome, "{fault}");
        if let Some((field, value)) = detail {
            assert_eq!(details[field], value, "{fault}: {details}");
        }
        assert!(!details["sentence"].as_str().unwrap().is_empty());
        assert!(!details["next_step"].as_str().unwrap().is_empty());
        let opened = kinds(&events).contains(&"port_authorized");
        assert_eq!(opened, matches!(fault, "deauthenticate-late" | "unplug"), "{fault}");
        assert!(!kinds(&events).contains(&"rule_broken"), "{fault}");
    }
}

#[test]
fn a_wrong_key_of_fast_transitions_ends_the_roam_with_its_outcome_and_exit_code() {
    for akm in [
        "ft-psk",
        "ft-psk-sha384",
        "ft-sae",
        "ft-sae-ext-key",
        "ft-eap",
        "ft-eap-sha384",
    ] {
        let output = simulate(&["--json", "--fault", "wrong-ft-key", "--akm", akm]);
        assert_eq!(output.status.code(), Some(3), "{akm}");
        let events = events(&output);
        let failed = events.iter().find(|event| event["kind"] == "roam_failed").unwrap();
        let details = &failed["details"];
        assert_eq!(details["outcome"], "wrong_transition_key", "{akm}: {details}");
        assert!(details["sentence"].as_str().unwrap().contains("fast transitions"));
        assert!(details["next_step"].as_str().unwrap().contains("same keys"));
        let summary = &events.last().unwrap()["details"];
        assert_eq!(summary["failed"]["wrong_transition_key"], 1, "{akm}: {summary}");
        let opened = kinds(&events).iter().filter(|kind| **kind == "port_authorized").count();
        assert_eq!(opened, 1, "{akm}: no port stands open at the other access point");
        assert!(!kinds(&events).contains(&"rule_broken"), "{akm}");
    }
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

/// Each row: the arguments, and the kinds of key that have to be there.
#[test]
fn every_suite_carries_data_under_first_and_changed_keys() {
    for arguments in [
        "--akm psk",
        "--akm psk --pairwise tkip --group tkip",
        "--akm psk --pairwise ccmp-256 --group gcmp-256 --group-management bip-cmac-256",
        "--akm psk-sha256 --group-management bip-gmac-128",
        "--akm psk-sha384 --pairwise gcmp-256",
        "--akm sae",
        "--akm sae --pairwise gcmp-256 --group-management bip-gmac-256",
        "--akm sae-ext-key",
        "--akm owe",
        "--akm ft-psk",
        "--akm ft-psk-sha384",
        "--akm ft-sae",
        "--akm ft-sae-ext-key",
        "--akm ft-eap",
        "--akm ft-eap-sha384",
        "--akm eap",
        "--akm eap-sha256 --pairwise gcmp-128",
        "--akm eap-suite-b",
        "--akm eap-suite-b-192",
        "--akm wpa-psk",
        "--akm wpa-psk --pairwise ccmp-128 --group tkip",
    ] {
        let output = simulate(&[&arguments.split(' ').collect::<Vec<_>>()[..], &["--json"]].concat());
        let events = events(&output);
        let traffic = events.iter().find(|event| event["kind"] == "traffic").unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}");
        assert_eq!(traffic["details"]["received"], 10, "{arguments}");
        assert_eq!(traffic["details"]["rejected"], 0, "{arguments}");
        let managed = events
            .iter()
            .any(|event| event["kind"] == "group_key_installed" && event["details"]["key_id"] == 4);
        let protected = ["bip", "192", "sae", "owe", "eap-sha384"]
            .iter()
            .any(|word| arguments.contains(word));
        assert_eq!(managed, protected, "{arguments}");
    }
}

#[test]
fn networks_without_a_handshake_are_joined_only_by_who_asks_for_it() {
    for (akm, asked, not_asked) in [
        ("open", "--open", "--legacy"),
        ("wep", "--legacy", "--open"),
        ("wep-40", "--legacy", "--open"),
        ("wep-104", "--legacy", "--open"),
    ] {
        let output = simulate(&["--json", "--akm", akm, asked]);
        assert_eq!(output.status.code(), Some(0), "{akm}");
        let lived = events(&output);
        let traffic = lived.iter().find(|event| event["kind"] == "traffic").unwrap();
        assert_eq!(
            (&traffic["details"]["received"], &traffic["details"]["rejected"]),
            (&Value::from(5), &Value::from(0)),
            "{akm}: {traffic}"
        );
        let output = simulate(&["--json", "--akm", akm, not_asked]);
        assert_eq!(output.status.code(), Some(3), "{akm}");
        let refused = events(&output);
        let outcome = refused.iter().rfind(|event| event["kind"] == "outcome").unwrap();
        assert_eq!(outcome["details"]["outcome"], "policy_refusal", "{akm}: {outcome}");
        assert_eq!(outcome["details"]["policy"], "legacy", "{akm}: {outcome}");
    }
}

#[test]
fn protected_beacons_are_no_trouble_and_are_proved_in_the_capture() {
    let capture = std::env::temp_dir().join(format!("portcullis-beacons-{}.pcap", std::process::id()));
    let path = capture.to_str().unwrap();
    let output = simulate(&[
        "--json",
        "--group-management",
        "bip-gmac-256",
        "--beacon-protection",
        "--write-capture",
        path,
    ]);
    assert_eq!(output.status.code(), Some(0));
    let inspected = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["inspect", "--json", "--show-keys", "--passphrase", "open sesame", path])
        .output()
        .unwrap();
    std::fs::remove_file(&capture).unwrap();
    let line: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!(line["outcome"], "authorized", "{line}");
    assert_eq!(line["bigtk"].as_array().unwrap().len(), 2, "{line}");
    assert_eq!(line["group_management_cipher"], "00-0f-ac:12");
    assert!(
        line["why"].as_str().unwrap().contains("The MIC of 2 beacons is right"),
        "{line}"
    );
}

#[test]
fn a_suite_of_192_bits_refuses_a_cipher_of_128() {
    let output = simulate(&["--akm", "eap-suite-b-192", "--pairwise", "ccmp-128", "--json"]);
    let events = events(&output);
    let outcome = events.iter().find(|event| event["kind"] == "outcome").unwrap();
    assert_eq!(outcome["details"]["outcome"], "policy_refusal");
    assert!(outcome["details"]["sentence"].as_str().unwrap().contains("weaker"));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_network_authenticates_its_user_by_every_method_that_makes_keys() {
    for (akm, method) in [
        ("eap", "mschapv2"),
        ("eap", "pwd"),
        ("eap-sha256", "tls"),
        ("eap-sha256", "ttls-pap"),
        ("eap-sha256", "peap"),
        ("eap-sha256", "teap"),
        ("eap-suite-b-192", "tls"),
        ("ft-eap", "peap"),
        ("eap", "sim"),
        ("eap-sha256", "aka"),
        ("eap-sha256", "aka-prime"),
    ] {
        let output = simulate(&["--json", "--akm", akm, "--method", method]);
        let events = events(&output);
        assert_eq!(output.status.code(), Some(0), "{akm} {method}: {events:?}");
        let completed = events.iter().filter(|event| event["kind"] == "onex_completed");
        assert_eq!(completed.count(), 1, "{akm} {method}");
    }
}

#[test]
fn a_method_that_makes_no_keys_is_refused() {
    let output = simulate(&["--json", "--akm", "eap", "--method", "md5"]);
    assert_eq!(output.status.code(), Some(3));
    let events = events(&output);
    let outcome = events.iter().rfind(|event| event["kind"] == "outcome").unwrap();
    assert_eq!(outcome["details"]["why"], "no_common_method", "{outcome}");
}

#[test]
fn a_method_without_users_is_refused_before_anything_is_simulated() {
    let output = simulate(&["--akm", "sae", "--method", "tls"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(output.stdout.is_empty());
}

/// What `inspect` makes of a capture of the simulation with this fault: outcome and cause of its first operation.
fn observed(fault: &str) -> (String, String) {
    let name = format!("portcullis-{}-{}.pcap", fault.replace(' ', "-"), std::process::id());
    let capture = std::env::temp_dir().join(name);
    let path = capture.to_str().unwrap();
    let arguments: Vec<&str> = fault.split(' ').collect();
    simulate(&[&["--write-capture", path, "--fault"], &arguments[..]].concat());
    let inspected = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["inspect", "--json", "--passphrase", "open sesame", path])
        .output()
        .unwrap();
    std::fs::remove_file(&capture).unwrap();
    let operations = events(&inspected);
    let told = |field: &str| {
        operations
            .first()
            .map_or("nothing", |told| told[field].as_str().unwrap_or("none"))
    };
    (told("outcome").into(), told("cause").into())
}

#[test]
fn an_observer_names_what_goes_wrong_as_far_as_it_shows_on_the_air() {
    for (fault, outcome, cause) in [
        // The policy of the station refuses these without a word.
        ("management-mismatch", "nothing", "nothing"),
        ("weak-cipher", "nothing", "nothing"),
        ("refuse-authentication", "rejected", "refused_at_authentication"),
        ("refuse-association", "rejected", "refused_at_association"),
        ("wrong-secret --akm sae", "wrong_secret", "wrong_secret"),
        ("wrong-ft-key", "rejected", "wrong_transition_key"),
        ("no-common-group", "rejected", "no_common_group"),
        ("no-common-group --akm sae", "rejected", "no_common_group"),
        ("downgrade", "rejected", "element_mismatch"),
        ("deauthenticate-early", "rejected", "deauthenticated"),
        ("deauthenticate-late", "authorized", "authorized"),
        ("silent-message1", "incomplete", "access_point_silent"),
        // The station leaves, and does not say why.
        ("silent-message3", "incomplete", "none"),
        ("wrong-channel", "incomplete", "none"),
        ("cancel", "incomplete", "none"),
    ] {
        assert_eq!(observed(fault), (outcome.into(), cause.into()), "{fault}");
    }
}
