//! Debian's hostapd with the EAP server inside it.

use std::path::{Path, PathBuf};
use std::process::Output;

use portcullis_tests::hostapd::{Hostapd, PORT};
use serde_json::Value;

use super::{ALICE, ALICE_FORGETS, BELIEVING, BOB, CERTIFIED, Login, arguments, field};

/// The methods without cards that this server has, and what is said of their keys.
const METHODS: [(&str, Option<bool>); 14] = [
    ("md5", None),
    ("gtc", None),
    ("mschapv2", Some(true)),
    ("pwd", Some(true)),
    ("tls", Some(true)),
    ("ttls-pap", Some(true)),
    ("ttls-chap", Some(true)),
    ("ttls-mschap", Some(true)),
    ("ttls-mschapv2", Some(true)),
    ("ttls-eap-mschapv2", Some(true)),
    ("ttls-eap-gtc", Some(true)),
    ("ttls-eap-md5", Some(true)),
    // Tunnel and method are bound to each other here.
    ("peap", Some(true)),
    ("peap-gtc", Some(true)),
];
/// Their names for hostapd.
const NAMES: &str = "MD5,GTC,MSCHAPV2,PWD,TLS,TTLS,PEAP";

/// The directory of a server of this name.
pub(super) fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostapd-{name}"))
}

/// Runs the probe in the network of the server.
pub(super) fn probe(server: &Hostapd, method: &str, options: &[&str]) -> Output {
    let mut command = server.beside(env!("CARGO_BIN_EXE_portcullis"));
    command.args(arguments(PORT, method)).args(options).arg("--json");
    command.output().unwrap()
}

/// The record of a probe that is to end with `code`.
pub(super) fn record(server: &Hostapd, code: i32, method: &str, options: &[&str]) -> Value {
    let output = probe(server, method, options);
    let log = || server.log().unwrap_or_default();
    assert_eq!(output.status.code(), Some(code), "{method}: {output:?}\n{}", log());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The sentence of a probe that one side refuses.
pub(super) fn refusal(server: &Hostapd, method: &str, options: &[&str]) -> String {
    let record = record(server, 3, method, options);
    assert_eq!(*field(&record, "outcome"), "refused", "{method}: {record}");
    field(&record, "sentence").as_str().unwrap().to_owned()
}

fn options(login: Login) -> Vec<&'static str> {
    [&login.options()[..], &BELIEVING, &CERTIFIED].concat()
}

#[test]
fn hostapd_lets_in_who_proves_to_be_the_user_and_both_have_the_same_keys() {
    let Some(server) = Hostapd::start(&place("let-in"), "", NAMES).unwrap() else {
        return;
    };
    for (method, keys) in METHODS {
        let record = record(&server, 0, method, &options(ALICE));
        assert_eq!(record["outcome"], "let_in", "{method}: {record}");
        assert_eq!(record["keys_match"], serde_json::json!(keys), "{method}: {record}");
    }
}

#[test]
fn hostapd_lets_in_by_pwd_in_each_group() {
    for group in ["19", "20", "21"] {
        let settings = format!("pwd_group={group}");
        let Some(server) = Hostapd::start(&place(&format!("pwd-{group}")), &settings, NAMES).unwrap() else {
            return;
        };
        let record = record(&server, 0, "pwd", &options(ALICE));
        assert_eq!(record["keys_match"], true, "group {group}: {record}");
        let log = server.log().unwrap();
        assert!(log.contains(&format!("provisioned group {group}")), "{log}");
        refusal(&server, "pwd", &options(ALICE_FORGETS));
    }
}

/// The keys of a resumed tunnel of PEAP are bound in another way.
#[test]
fn hostapd_lets_a_session_be_resumed() {
    let Some(server) = Hostapd::start(&place("resumed"), "tls_session_lifetime=3600", NAMES).unwrap() else {
        return;
    };
    for method in ["tls", "ttls-pap", "peap"] {
        let more = ["--resume", "--count", "2", "--tls-version", "1.2"];
        let record = record(&server, 0, method, &[&options(ALICE)[..], &more].concat());
        assert_eq!(record["let_in"], 2, "{method}: {record}");
    }
    let log = server.log().unwrap();
    assert_eq!(log.matches("Resuming previous session").count(), 3, "{log}");
}

/// Version 1 can't bind the tunnel, and its keys come of the tunnel alone: whoever demands a binding speaks version 0 only.
#[test]
fn hostapd_lets_in_by_version_1_of_peap_and_both_have_the_same_keys() {
    for (version, settings, methods) in [
        ("1.2", "", &["peap", "peap-gtc", "peap-tls"][..]),
        // Inside of PEAP, its TLS 1.3 ends without the commitment of RFC 9190, 2.5.
        ("1.3", "tls_flags=[ENABLE-TLSv1.3]", &["peap", "peap-gtc"]),
    ] {
        let place = place(&format!("peap-1-over-{version}"));
        // It takes no other version then.
        let Some(server) = Hostapd::start(&place, settings, "PEAP [ver=1]").unwrap() else {
            return;
        };
        for method in methods {
            let options = [&options(ALICE)[..], &["--tls-version", version]].concat();
            refusal(&server, method, &options);
            let record = record(
                &server,
                0,
                method,
                &[&options[..], &["--without-crypto-binding"]].concat(),
            );
            assert_eq!(record["outcome"], "let_in", "{method}: {record}");
            assert_eq!(record["keys_match"], true, "{method} over TLS {version}: {record}");
            assert_eq!(record["tls"]["version"], version, "{record}");
        }
        let log = server.log().unwrap();
        assert!(log.contains("EAP-PEAP: forcing version 1"), "{log}");
    }
}

#[test]
fn hostapd_refuses_a_wrong_password_and_an_unknown_user() {
    let Some(server) = Hostapd::start(&place("refused"), "", NAMES).unwrap() else {
        return;
    };
    for (method, _) in METHODS.into_iter().filter(|(method, _)| *method != "tls") {
        refusal(&server, method, &options(ALICE_FORGETS));
        refusal(&server, method, &options(BOB));
    }
}

/// Debian's build of hostapd 2.10 has no TEAP, and the test is left out unless `PORTCULLIS_HOSTAPD` names one that was built
/// with `CONFIG_EAP_TEAP=y` and `CONFIG_EAP_FAST=y`, without which it reads none of these settings.
#[test]
fn hostapd_lets_in_by_teap_where_it_has_that() {
    // It does not begin without a key for tickets that nobody asks it for.
    let settings = "pac_opaque_encr_key=000102030405060708090a0b0c0d0e0f\neap_fast_a_id=00\neap_fast_a_id_info=castle";
    let Some(server) = Hostapd::start(&place("teap"), settings, "TEAP").unwrap() else {
        return;
    };
    let record = record(&server, 0, "teap", &options(ALICE));
    assert_eq!(record["keys_match"], true, "{record}");
    refusal(&server, "teap", &options(ALICE_FORGETS));
}
