//! What goes wrong in a simulated life, and what it comes to.

use super::{events, kinds, simulate};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

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
            "management-unable",
            "policy_refusal",
            Some(("policy", "management_protection".into())),
            3,
        ),
        (
            "management-unable --akm sae",
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
        ("wrong-channel --akm eap-suite-b-192", "channel_mismatch", None, 3),
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
fn a_suite_of_192_bits_refuses_a_cipher_of_128() {
    let output = simulate(&["--akm", "eap-suite-b-192", "--pairwise", "ccmp-128", "--json"]);
    let events = events(&output);
    let outcome = events.iter().find(|event| event["kind"] == "outcome").unwrap();
    assert_eq!(outcome["details"]["outcome"], "policy_refusal");
    assert!(outcome["details"]["sentence"].as_str().unwrap().contains("weaker"));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_method_that_makes_no_keys_is_refused() {
    let output = simulate(&["--json", "--akm", "eap", "--method", "md5"]);
    assert_eq!(output.status.code(), Some(3));
    let events = events(&output);
    let outcome = events.iter().rfind(|event| event["kind"] == "outcome").unwrap();
    assert_eq!(outcome["details"]["why"], "no_common_method", "{outcome}");
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
        ("management-unable", "nothing", "nothing"),
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

/// What security can fail by before there is a key, or for want of the right one: a user is told which it was.
#[test]
fn what_a_user_can_mend_is_told_apart() {
    let mut told = BTreeSet::new();
    for fault in [
        "wrong-secret --akm sae",
        "wrong-ft-key --akm ft-sae",
        "no-common-group --akm owe",
        "management-mismatch",
        "weak-cipher --akm eap-suite-b-192",
        "nothing-in-common",
    ] {
        let words: Vec<&str> = fault.split(' ').collect();
        let output = simulate(&[&["--json", "--fault"], &words[..]].concat());
        assert_eq!(output.status.code(), Some(3), "{fault}");
        let events = events(&output);
        let failed = |event: &&Value| ["outcome", "roam_failed"].iter().any(|kind| event["kind"] == *kind);
        let details = &events.iter().rfind(failed).unwrap()["details"];
        for field in ["sentence", "next_step"] {
            let words = details[field].as_str().unwrap();
            assert!(told.insert(words.to_owned()), "{fault}: as another: {words}");
        }
    }
}
