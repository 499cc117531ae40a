//! Without a tunnel, and what has nothing to do with the method.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;

use portcullis_tests::freeradius::{PASSWORD, SECRET, Setup};
use serde_json::Value;

use super::{ALICE, ALICE_FORGETS, BOB, freeradius, probe, record, refusal, run};

/// The methods, and what is said of their keys.
const KEYS: [(&str, Option<bool>); 4] = [
    ("mschapv2", Some(true)),
    ("pwd", Some(true)),
    ("md5", None),
    ("gtc", None),
];

#[test]
fn freeradius_lets_in_who_knows_the_password_and_both_have_the_same_keys() {
    let Some(server) = freeradius("let-in", &Setup::default()) else {
        return;
    };
    for (method, keys) in KEYS {
        let record = record(&server, 0, method, ALICE, &[]);
        assert_eq!(record["outcome"], "let_in", "{method}: {record}");
        assert_eq!(record["keys_match"], serde_json::json!(keys), "{method}: {record}");
    }
}

/// FreeRADIUS 3.2.1 finds no password element in group 21, with whatever peer; hostapd does.
#[test]
fn freeradius_lets_in_by_pwd_in_the_groups_that_it_has() {
    for pwd_group in ["19", "20"] {
        let setup = Setup {
            pwd_group,
            ..Setup::default()
        };
        let Some(server) = freeradius(&format!("pwd-{pwd_group}"), &setup) else {
            return;
        };
        let record = record(&server, 0, "pwd", ALICE, &[]);
        assert_eq!(record["keys_match"], true, "group {pwd_group}: {record}");
        let log = server.log().unwrap();
        assert!(log.contains(&format!("group = {pwd_group}")), "{log}");
        refusal(&server, "pwd", ALICE_FORGETS, &[]);
    }
}

#[test]
fn freeradius_lets_in_a_card_whose_answers_it_knows_and_no_other() {
    let Some(server) = freeradius("card", &Setup::default()) else {
        return;
    };
    let probe = || {
        run(
            server.directory(),
            server.port(),
            "sim",
            &["--sim-file", "card", "--json"],
        )
    };
    let output = probe();
    assert_eq!(output.status.code(), Some(0), "{output:?}\n{}", server.log().unwrap());
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["keys_match"], true, "{record}");
    // Another Kc for one of the challenges.
    let card = server.directory().join("card");
    let other = fs::read_to_string(&card).unwrap().replace("c0c1c2", "c0c1c3");
    fs::write(&card, other).unwrap();
    let output = probe();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("knows the key of the card"));
}

#[test]
fn freeradius_refuses_a_wrong_password_and_an_unknown_user() {
    let Some(server) = freeradius("refused", &Setup::default()) else {
        return;
    };
    for (method, _) in KEYS {
        refusal(&server, method, ALICE_FORGETS, &[]);
        refusal(&server, method, BOB, &[]);
    }
    let sentence = refusal(&server, "mschapv2", ALICE_FORGETS, &[]);
    assert!(sentence.contains("name or the password"), "{sentence}");
}

#[test]
fn many_authentications_are_counted_and_timed() {
    let Some(server) = freeradius("load", &Setup::default()) else {
        return;
    };
    let record = record(&server, 0, "mschapv2", ALICE, &["--count", "40", "--concurrency", "4"]);
    assert_eq!(record["let_in"], 40, "{record}");
    let latencies = &record["latencies_ms"];
    assert!(latencies["p50"].as_f64() <= latencies["p99"].as_f64(), "{record}");
    assert!(latencies["p50"].as_f64() > Some(0.0), "{record}");
}

#[test]
fn a_server_that_is_not_there_is_silent() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("silent");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("secret"), SECRET).unwrap();
    fs::write(directory.join("password"), PASSWORD).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let output = probe(&directory, port, "md5", ALICE, &["--repeat-after", "300ms"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("no answer"));
}

#[test]
fn a_missing_secret_is_a_bad_input() {
    let output = probe(Path::new("/"), 1812, "md5", ALICE, &[]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}
