//! Lives in every kind of network.

use super::{events, simulate};
use serde_json::Value;
use std::process::Command;

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

/// The names that `--akm` takes, as the program says itself.
fn names_of_akms() -> Vec<String> {
    let output = simulate(&["--akm", "no such"]);
    let text = String::from_utf8(output.stderr).unwrap();
    let (_, names) = text.split_once("[possible values: ").unwrap();
    let (names, _) = names.split_once(']').unwrap();
    names.split(", ").map(Into::into).collect()
}

#[test]
fn every_name_of_an_akm_plays_the_suite_that_it_names() {
    const CCMP_128: &str = "00-0f-ac:4";
    const GCMP_256: &str = "00-0f-ac:9";
    let named = [
        ("psk", Some("00-0f-ac:2"), CCMP_128),
        ("psk-sha256", Some("00-0f-ac:6"), CCMP_128),
        ("psk-sha384", Some("00-0f-ac:20"), CCMP_128),
        ("ft-psk", Some("00-0f-ac:4"), CCMP_128),
        ("ft-psk-sha384", Some("00-0f-ac:19"), CCMP_128),
        ("sae", Some("00-0f-ac:8"), CCMP_128),
        ("ft-sae", Some("00-0f-ac:9"), CCMP_128),
        ("sae-ext-key", Some("00-0f-ac:24"), CCMP_128),
        ("ft-sae-ext-key", Some("00-0f-ac:25"), CCMP_128),
        ("owe", Some("00-0f-ac:18"), CCMP_128),
        ("eap", Some("00-0f-ac:1"), CCMP_128),
        ("eap-sha256", Some("00-0f-ac:5"), CCMP_128),
        ("ft-eap", Some("00-0f-ac:3"), CCMP_128),
        ("eap-suite-b", Some("00-0f-ac:11"), "00-0f-ac:8"),
        ("eap-suite-b-192", Some("00-0f-ac:12"), GCMP_256),
        ("ft-eap-sha384", Some("00-0f-ac:13"), GCMP_256),
        ("wpa-psk", Some("00-50-f2:2"), "00-0f-ac:2"),
        ("wep-40", None, "00-0f-ac:1"),
        ("wep-104", None, "00-0f-ac:5"),
        ("open", None, "none"),
    ];
    assert!(names_of_akms().iter().eq(named.iter().map(|(name, ..)| name)));
    for (name, akm, cipher) in named {
        let output = simulate(&["--json", "--akm", name, "--open", "--legacy"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        let events = events(&output);
        let details = |kind: &str| -> Vec<&Value> {
            let of_kind = events.iter().filter(|event| event["kind"] == kind);
            of_kind.map(|event| &event["details"]).collect()
        };
        let [asked] = details("association_started")[..] else {
            panic!("{name}: {events:?}")
        };
        assert_eq!(asked["akm"], akm.map_or(Value::Null, Value::from), "{name}");
        let asked_for = asked["pairwise_cipher"].as_str().unwrap_or("none");
        assert_eq!(asked_for, cipher, "{name}");
        assert_eq!(details("port_authorized").len(), 1, "{name}");
        // Of the handshake, and of the change of keys.
        let installed = details("pairwise_key_installed");
        assert_eq!(installed.len(), if akm.is_some() { 2 } else { 0 }, "{name}");
        assert!(installed.iter().all(|key| key["cipher"] == cipher), "{name}");
        let [traffic] = details("traffic")[..] else {
            panic!("{name}: {events:?}")
        };
        assert!(traffic["sent"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(
            (&traffic["received"], &traffic["rejected"]),
            (&traffic["sent"], &Value::from(0)),
            "{name}"
        );
    }
}
