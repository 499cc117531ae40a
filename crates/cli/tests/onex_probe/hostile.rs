//! Servers that do what FreeRADIUS would not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use onex::method::Context;
use onex::server::peap::{Peap, Version};
use onex::server::teap::{Inside, Teap};
use onex::server::tls::{ServerIdentity, Tls, TlsServer};
use onex::server::ttls::Ttls;
use onex::server::{Offer, Reaction, Server};
use onex::tls::{Anchors, Versions};
use portcullis_tests::freeradius::{Authority, PASSWORD, SECRET, SERVER_NAME, USER};
use portcullis_tests::radius::{Answer, ScriptedServer};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use super::{ALICE, BELIEVING, CERTIFIED, probe};

const METHODS: [&str; 4] = ["tls", "ttls-pap", "peap", "teap"];
/// The flags of the methods over TLS.
const START: u8 = 0x20;
const MORE: u8 = 0x40;

/// A decent server, and the files of a client that believes it.
struct Stage {
    directory: PathBuf,
    versions: Versions,
    tls: Arc<TlsServer>,
}

impl Stage {
    fn new(name: &str, versions: Versions) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}"));
        fs::create_dir_all(&directory).unwrap();
        let authority = Authority::new("Authority");
        let (server, user) = (authority.issue(SERVER_NAME, |_| {}), authority.issue(USER, |_| {}));
        for (file, content) in [
            ("secret", SECRET),
            ("password", PASSWORD),
            ("ca.pem", &authority.pem),
            ("ca.key", &authority.key()),
            ("server.pem", &server.certificate),
            ("server.key", &server.key),
            ("alice.pem", &user.certificate),
            ("alice.key", &user.key),
        ] {
            fs::write(directory.join(file), content).unwrap();
        }
        Self {
            tls: tls(&directory, versions, None),
            versions,
            directory,
        }
    }

    /// The same with an answer of the authority about the server: its status as OpenSSL writes it. `None` without OpenSSL.
    fn stapling(self, status: &str) -> Option<Self> {
        let openssl = |arguments: &str| {
            let mut command = Command::new("openssl");
            command.current_dir(&self.directory).args(arguments.split(' '));
            command.output().ok()
        };
        let Some(serial) = openssl("x509 -in server.pem -noout -serial") else {
            println!("left out: openssl is not installed");
            return None;
        };
        let serial = String::from_utf8(serial.stdout).unwrap();
        let serial = serial.trim().trim_start_matches("serial=");
        let revocation = if status == "R" { "200101000000Z" } else { "" };
        let index = format!("{status}\t491231235959Z\t{revocation}\t{serial}\tunknown\t/CN={SERVER_NAME}\n");
        fs::write(self.directory.join("index"), index).unwrap();
        let said = openssl(
            "ocsp -index index -CA ca.pem -rsigner ca.pem -rkey ca.key -issuer ca.pem -cert server.pem -ndays 1 \
             -respout staple",
        );
        assert!(said.as_ref().is_some_and(|output| output.status.success()), "{said:?}");
        let staple = fs::read(self.directory.join("staple")).unwrap();
        Some(Self {
            tls: tls(&self.directory, self.versions, Some(staple)),
            ..self
        })
    }

    /// Runs the probe against a server that says what `meddle` makes of what a decent one says.
    fn run(&self, method: &'static str, meddle: impl FnMut(Turn, Answer) -> Answer + Send + 'static) -> Output {
        self.run_with(&[], method, meddle)
    }

    /// The same with a probe that has less patience.
    fn run_hastily(&self, method: &'static str, meddle: impl FnMut(Turn, Answer) -> Answer + Send + 'static) -> Output {
        self.run_with(&["--repeat-after", "300ms"], method, meddle)
    }

    fn run_with(
        &self,
        more: &[&str],
        method: &'static str,
        mut meddle: impl FnMut(Turn, Answer) -> Answer + Send + 'static,
    ) -> Output {
        let tls = Arc::clone(&self.tls);
        let begin = move || {
            let (mut server, _) = Server::begin(vec![offer(method, tls)], 0);
            let mut number = 0;
            move |eap: &[u8]| {
                number += 1;
                let identifier = eap.get(1).copied().unwrap_or_default();
                meddle(Turn { number, identifier }, answer(&mut server, eap))
            }
        };
        let server = ScriptedServer::start(SECRET, begin).unwrap();
        let options = [&BELIEVING[..], &CERTIFIED, more, &["--json"]].concat();
        probe(&self.directory, server.port(), method, ALICE, &options)
    }

    /// How many requests a decent server has for the station, all in all.
    fn requests(&self, method: &'static str) -> usize {
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let output = self.run(method, move |_, answer| {
            if matches!(answer, Answer::Challenge(_)) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            answer
        });
        // The server of the tests has no keys for the access point.
        assert_eq!(text(&output, "outcome"), "no_keys", "{method}: {output:?}");
        requests.load(Ordering::Relaxed)
    }
}

fn tls(directory: &Path, versions: Versions, staple: Option<Vec<u8>>) -> Arc<TlsServer> {
    let read = |file| fs::read(directory.join(file)).unwrap();
    let identity = ServerIdentity::from_pem(&read("server.pem"), &read("server.key")).unwrap();
    let identity = match staple {
        Some(staple) => identity.with_staple(staple),
        None => identity,
    };
    TlsServer::new(identity, Some(&Anchors::from_pem(&read("ca.pem")).unwrap()), versions).unwrap()
}

/// A packet of the station.
struct Turn {
    /// The first, the user's name, is 1.
    number: usize,
    /// Its EAP identifier.
    identifier: u8,
}

impl Turn {
    /// A request of the method that comes next.
    fn request(&self, kind: u8, data: &[u8]) -> Answer {
        let [high, low] = u16::try_from(data.len() + 5).unwrap().to_be_bytes();
        let header = [1, self.identifier.wrapping_add(1), high, low, kind];
        Answer::Challenge([&header, data].concat())
    }

    fn success(&self) -> Answer {
        Answer::Accept(vec![3, self.identifier, 0, 4])
    }
}

fn offer(method: &str, server: Arc<TlsServer>) -> Box<dyn Offer> {
    let password = PASSWORD.into();
    match method {
        "tls" => Box::new(Tls { server }),
        "ttls-pap" => Box::new(Ttls { server, password }),
        "peap" => Box::new(Peap {
            server,
            password,
            version: Version::V0,
            binds: true,
        }),
        _ => Box::new(Teap {
            server,
            password,
            inside: Inside::Eap,
        }),
    }
}

/// The type of a method.
fn kind(method: &str) -> u8 {
    match method {
        "tls" => 13,
        "ttls-pap" => 21,
        "peap" => 25,
        _ => 55,
    }
}

/// The flags with the version of a method.
fn flags(method: &str, flags: u8) -> u8 {
    flags | u8::from(method == "teap")
}

/// What a decent server says.
fn answer(server: &mut Server, eap: &[u8]) -> Answer {
    let mut context = Context {
        rng: &mut ChaCha20Rng::seed_from_u64(1),
        unix_time: SystemTime::UNIX_EPOCH.elapsed().unwrap(),
    };
    match server.handle_packet(&mut context, eap) {
        Ok(Reaction::Request(packet)) => Answer::Challenge(packet),
        Ok(Reaction::Succeeded(packet, _)) => Answer::Accept(packet),
        Ok(Reaction::Failed(packet)) => Answer::Reject(packet),
        Err(_) => Answer::Silence,
    }
}

#[test]
fn a_request_without_an_answer_is_sent_again() {
    let stage = Stage::new("late", Versions::Both);
    let output = stage.run("tls", |turn, answer| match turn.number {
        2 => Answer::Late(Box::new(answer)),
        _ => answer,
    });
    assert_eq!(text(&output, "outcome"), "no_keys", "{output:?}");
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["repetitions"], 1, "{record}");
    assert!(record["rounds_ms"][1].as_f64() >= Some(1000.0), "{record}");
}

#[test]
fn an_answer_with_a_wrong_message_authenticator_is_waited_past() {
    let stage = Stage::new("forged", Versions::Both);
    // Behind each forged answer comes the true one; what is believed of the forged one breaks TLS.
    let output = stage.run("tls", |_, answer| Answer::Forged(Box::new(answer)));
    assert_eq!(text(&output, "outcome"), "no_keys", "{output:?}");
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["repetitions"], 0, "{record}");
}

fn text(output: &Output, field: &str) -> String {
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    record.get(field).and_then(Value::as_str).unwrap().to_owned()
}

/// Why one side has refused.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(text(output, "outcome"), "refused", "{output:?}");
    text(output, "sentence")
}

/// The server is refused for this kind of reason.
fn assert_refused_for(output: &Output, why: &str) {
    refused(output);
    assert_eq!(text(output, "why"), why, "{output:?}");
}

#[test]
fn a_success_in_place_of_any_request_is_not_believed() {
    for versions in [Versions::Tls12, Versions::Tls13] {
        let stage = Stage::new(&format!("success-{versions:?}"), versions);
        for method in METHODS {
            let last = match (method, versions) {
                ("teap", Versions::Tls13) => continue,
                // The password goes out with the end of the handshake, and the server needs to say no more.
                ("ttls-pap", Versions::Tls13) => 2,
                _ => stage.requests(method),
            };
            let mut reasons = Vec::new();
            for early in 1..=last {
                let output = stage.run(method, move |turn, answer| match turn.number == early {
                    true => turn.success(),
                    false => answer,
                });
                reasons.push(text(&output, "why"));
                let sentence = refused(&output);
                assert!(
                    sentence.contains("before it had proved itself"),
                    "{method} {early}: {sentence}"
                );
            }
            // Once there is a tunnel, what is to be said inside it is skipped (CVE-2023-52160).
            let skips = usize::from(matches!(method, "peap" | "teap"));
            reasons.dedup();
            let expected = ["early_success", "skipped_inside"];
            assert_eq!(reasons, expected[..=skips], "{method}");
        }
    }
}

#[test]
fn a_start_in_mid_exchange_is_refused() {
    let stage = Stage::new("start", Versions::Both);
    for method in METHODS {
        for late in 2..=stage.requests(method) {
            let output = stage.run(method, move |turn, answer| match turn.number == late {
                true => turn.request(kind(method), &[flags(method, START)]),
                false => answer,
            });
            assert_refused_for(&output, "restarted");
            let sentence = refused(&output);
            assert!(
                sentence.contains("started again in its middle"),
                "{method} {late}: {sentence}"
            );
        }
    }
}

#[test]
fn fragments_that_never_end_are_refused() {
    let stage = Stage::new("fragments", Versions::Both);
    for method in METHODS {
        let output = stage.run(method, move |turn, answer| match turn.number {
            1 => answer,
            _ => turn.request(kind(method), &[&[flags(method, MORE)][..], &[0x16; 1000]].concat()),
        });
        assert_refused_for(&output, "endless");
        let sentence = refused(&output);
        assert!(sentence.contains("or does not end"), "{method}: {sentence}");
    }
}

#[test]
fn a_server_whose_authority_has_revoked_its_certificate_is_refused_when_it_staples_that() {
    for (status, outcome) in [("V", "no_keys"), ("R", "refused")] {
        let Some(stage) = Stage::new(&format!("revoked-{status}"), Versions::Both).stapling(status) else {
            return;
        };
        for method in METHODS {
            let output = stage.run(method, |_, answer| answer);
            assert_eq!(text(&output, "outcome"), outcome, "{method}: {output:?}");
            if status == "R" {
                assert_refused_for(&output, "revoked");
            }
            let sentence = text(&output, "sentence");
            assert_eq!(
                sentence.contains("has been revoked"),
                status == "R",
                "{method}: {sentence}"
            );
        }
    }
}

#[test]
fn a_refusal_after_both_sides_have_proved_themselves_is_the_servers_policy() {
    let stage = Stage::new("policy", Versions::Both);
    for method in METHODS {
        let output = stage.run(method, |turn, answer| match answer {
            Answer::Accept(_) => Answer::Reject(vec![4, turn.identifier, 0, 4]),
            answer => answer,
        });
        assert_refused_for(&output, "refused");
        // TTLS with PAP does not tell whether the password was right.
        if method != "ttls-pap" {
            let sentence = refused(&output);
            assert!(sentence.contains("a rule of the server"), "{method}: {sentence}");
        }
    }
}

#[test]
fn a_server_that_falls_silent_in_mid_exchange_is_silent() {
    let stage = Stage::new("silence", Versions::Both);
    let output = stage.run_hastily("peap", |turn, answer| match turn.number {
        1..=3 => answer,
        _ => Answer::Silence,
    });
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert_eq!(text(&output, "outcome"), "silent");
}

#[test]
fn a_server_that_falls_silent_after_it_was_refused_has_been_refused() {
    let stage = Stage::new("refused-silence", Versions::Both);
    let other = Authority::new("Another authority");
    fs::write(stage.directory.join("ca.pem"), &other.pem).unwrap();
    for method in METHODS {
        let output = stage.run_hastily(method, |_, answer| match answer {
            Answer::Reject(_) => Answer::Silence,
            answer => answer,
        });
        assert_eq!(output.status.code(), Some(3), "{method}: {output:?}");
        let sentence = text(&output, "sentence");
        assert!(sentence.contains("no authority of the profile"), "{method}: {sentence}");
    }
}
