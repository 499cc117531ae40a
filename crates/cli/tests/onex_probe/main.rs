//! `portcullis onex-probe` against RADIUS servers on loopback: Debian's FreeRADIUS, Debian's hostapd, and one of our own
//! for what those would not do.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its server has nothing to say"
)]

mod cards;
mod expired;
mod faults;
mod hostapd;
mod hostile;
mod options;
mod plain;
mod register;
mod tunnel;

use std::path::Path;
use std::process::{Command, Output};

use portcullis_tests::freeradius::{FreeRadius, SERVER_NAME, Setup, USER};
use serde_json::Value;

/// The options that say to believe a server of the right name and authority.
const BELIEVING: [&str; 4] = ["--ca-file", "ca.pem", "--server-name", SERVER_NAME];
/// The options that name a certificate of the user.
const CERTIFIED: [&str; 4] = ["--client-cert", "alice.pem", "--client-key", "alice.key"];

/// A server of its own for each test, or nothing where FreeRADIUS is not installed.
fn freeradius(name: &str, setup: &Setup) -> Option<FreeRadius> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("freeradius-{name}"));
    FreeRadius::start(&directory, setup).unwrap()
}

/// Who authenticates: a name, and the file with a password.
#[derive(Clone, Copy)]
struct Login {
    identity: &'static str,
    password: &'static str,
}

const ALICE: Login = Login {
    identity: USER,
    password: "password",
};
const ALICE_FORGETS: Login = Login {
    identity: USER,
    password: "wrong",
};
const BOB: Login = Login {
    identity: "bob",
    password: "password",
};

impl Login {
    fn options(self) -> [&'static str; 4] {
        ["--identity", self.identity, "--password-file", self.password]
    }
}

/// The command, the server and the method.
fn arguments(port: u16, method: &str) -> [String; 7] {
    let server = format!("127.0.0.1:{port}");
    [
        "onex-probe",
        "--server",
        &server,
        "--secret-file",
        "secret",
        "--method",
        method,
    ]
    .map(str::to_owned)
}

/// Runs the probe; files are named as they are in `directory`.
fn probe(directory: &Path, port: u16, method: &str, login: Login, more: &[&str]) -> Output {
    run(directory, port, method, &[&login.options()[..], more].concat())
}

fn run(directory: &Path, port: u16, method: &str, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .current_dir(directory)
        .args(arguments(port, method))
        .args(options)
        .output()
        .unwrap()
}

/// The record of a probe that is to end with `code`.
fn record(server: &FreeRadius, code: i32, method: &str, login: Login, more: &[&str]) -> Value {
    let more = [more, &["--json"]].concat();
    let output = probe(server.directory(), server.port(), method, login, &more);
    let log = || server.log().unwrap_or_default();
    assert_eq!(output.status.code(), Some(code), "{method}: {output:?}\n{}", log());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn field<'a>(record: &'a Value, name: &str) -> &'a Value {
    record.get(name).unwrap()
}

/// The sentence of a probe that one side refuses.
fn refusal(server: &FreeRadius, method: &str, login: Login, more: &[&str]) -> String {
    let record = record(server, 3, method, login, more);
    assert_eq!(*field(&record, "outcome"), "refused", "{method}: {record}");
    field(&record, "sentence").as_str().unwrap().to_owned()
}
