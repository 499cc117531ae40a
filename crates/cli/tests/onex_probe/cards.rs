//! Subscribers with a card, against Debian's hostapd with a register of our own behind it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use portcullis_tests::hostapd::{Hostapd, PORT, REGISTER};

use super::field;
use super::hostapd::{place, probe, record, refusal};
use super::register::{IMSI, K, Manner, OPC, Register, centre, hex, rand_of_gsm};

const METHODS: [&str; 3] = ["sim", "aka", "aka-prime"];
const WITH_A_CARD: [&str; 2] = ["--sim-file", "card"];
/// A success is said under the integrity code too, if the station wants that.
const INDICATING: &str = "eap_sim_aka_result_ind=1";
/// What the server lends: a pseudonym, or what a fast re-authentication begins with.
const PSEUDONYMS_ONLY: &str = "eap_sim_id=1";
const REAUTHENTICATION_ONLY: &str = "eap_sim_id=2";

/// How hostapd writes down the name that a station tells first.
const TOLD: &str = "EAP-Response/Identity '";

/// A server with its register.
struct Stage {
    server: Hostapd,
    register: Register,
}

impl Stage {
    /// With a card whose key is `k` and whose sequence number is 0x1000; the register's is `sqn`.
    fn new(name: &str, settings: &str, sqn: u64, manner: Manner) -> Option<Self> {
        let directory = place(name);
        fs::create_dir_all(&directory).unwrap();
        let register = Register::start(&directory.join(REGISTER), sqn, manner).unwrap();
        let server = Hostapd::start(&directory, settings, "MD5").unwrap()?;
        write_card(&directory, IMSI, &K);
        Some(Self { server, register })
    }

    fn decent(name: &str, settings: &str) -> Option<Self> {
        Self::new(name, settings, 0x1000, Manner::Decent)
    }

    fn let_in(&self, method: &str, options: &[&str]) {
        let record = record(&self.server, 0, method, &[&WITH_A_CARD[..], options].concat());
        assert_eq!(*field(&record, "outcome"), "let_in", "{method}: {record}");
        assert_eq!(*field(&record, "keys_match"), true, "{method}: {record}");
    }

    /// Several authentications, one after the other.
    fn let_in_thrice(&self, method: &str, options: &[&str]) {
        let options = [&WITH_A_CARD[..], &["--count", "3"], options].concat();
        let record = record(&self.server, 0, method, &options);
        assert_eq!(*field(&record, "let_in"), 3, "{method}: {record}");
    }

    fn sequence_number(&self) -> u64 {
        let card = fs::read_to_string(self.server.directory().join("card")).unwrap();
        let (_, digits) = card.split_once("sqn = ").unwrap();
        u64::from_str_radix(digits.trim(), 16).unwrap()
    }
}

fn write_card(directory: &Path, imsi: &str, k: &[u8]) {
    let (k, opc) = (hex(k), hex(&OPC));
    write(
        directory,
        &format!("# of a test\nimsi = {imsi}\nk = {k}\nopc = {opc}\nsqn = 000000001000\n"),
    );
}

fn write(directory: &Path, card: &str) {
    let path = directory.join("card");
    fs::write(&path, card).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_card_is_let_in_by_each_method_and_both_have_the_same_keys() {
    for settings in ["", INDICATING] {
        let Some(stage) = Stage::decent(&format!("cards-{settings}"), settings) else {
            return;
        };
        for method in METHODS {
            stage.let_in(method, &[]);
        }
        assert_eq!(stage.register.challenges(), 3);
        assert_eq!(stage.sequence_number(), 0x1040, "two challenges of UMTS, of 32 each");
    }
}

#[test]
fn a_card_of_which_only_answers_are_known_is_let_in_by_sim() {
    let Some(stage) = Stage::decent("recorded", "") else {
        return;
    };
    let mut card = format!("imsi = {IMSI}\n");
    for rand in (0..5).map(rand_of_gsm) {
        let triplet = centre(0).triplet(&rand).unwrap();
        let words = [&rand[..], &*triplet.sres, &*triplet.kc].map(hex);
        card += &format!("triplet = {}\n", words.join(" "));
    }
    write(stage.server.directory(), &card);
    stage.let_in("sim", &[]);
    let output = probe(&stage.server, "aka", &WITH_A_CARD);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("EAP-SIM only"));
}

#[test]
fn a_card_with_another_key_takes_the_network_for_an_impostor() {
    let Some(stage) = Stage::decent("other-key", "") else {
        return;
    };
    write_card(stage.server.directory(), IMSI, &[9; 16]);
    for method in METHODS {
        let sentence = refusal(&stage.server, method, &WITH_A_CARD);
        assert!(sentence.contains("knows the key of the card"), "{method}: {sentence}");
    }
    assert_eq!(stage.sequence_number(), 0x1000);
}

#[test]
fn a_subscriber_whom_the_register_does_not_know_is_refused() {
    let Some(stage) = Stage::decent("unknown", "") else {
        return;
    };
    write_card(stage.server.directory(), "232010000000001", &K);
    for method in METHODS {
        let sentence = refusal(&stage.server, method, &WITH_A_CARD);
        assert!(sentence.contains("the server refuses"), "{method}: {sentence}");
    }
}

#[test]
fn a_register_that_is_behind_falls_in_step_with_the_card() {
    for method in ["aka", "aka-prime"] {
        let Some(stage) = Stage::new(&format!("behind-{method}"), "", 0, Manner::Decent) else {
            return;
        };
        stage.let_in(method, &[]);
        assert_eq!(stage.register.resynchronizations(), 1);
        assert_eq!(stage.sequence_number(), 0x1020);
    }
}

#[test]
fn a_challenge_that_is_said_again_is_answered_only_once() {
    for method in ["aka", "aka-prime"] {
        let Some(stage) = Stage::new(&format!("repeats-{method}"), "", 0x1000, Manner::Repeats) else {
            return;
        };
        stage.let_in(method, &[]);
        assert_eq!(stage.register.resynchronizations(), 0);
        // Another run of the program: only the file knows of the first.
        stage.let_in(method, &[]);
        assert_eq!(stage.register.resynchronizations(), 1);
    }
}

#[test]
fn a_register_that_says_the_same_challenge_for_ever_lets_nobody_in() {
    let Some(stage) = Stage::new("deaf", "", 0, Manner::Deaf) else {
        return;
    };
    let sentence = refusal(&stage.server, "aka", &WITH_A_CARD);
    assert!(sentence.contains("second challenge of the past"), "{sentence}");
}

#[test]
fn the_next_authentication_does_without_the_card_if_it_may_resume() {
    for settings in [REAUTHENTICATION_ONLY, "eap_sim_id=3\neap_sim_aka_result_ind=1"] {
        for method in METHODS {
            let Some(stage) = Stage::decent(&format!("resumed-{method}-{}", settings.len()), settings) else {
                return;
            };
            stage.let_in_thrice(method, &["--resume"]);
            assert_eq!(stage.register.challenges(), 1, "{method}");
            // Whoever does not ask for it asks the card each time.
            stage.let_in_thrice(method, &[]);
            assert_eq!(stage.register.challenges(), 4, "{method}");
        }
    }
}

#[test]
fn a_pseudonym_is_told_in_place_of_the_subscribers_number() {
    for (method, first) in METHODS.into_iter().zip(["1", "0", "6"]) {
        let Some(stage) = Stage::decent(&format!("pseudonym-{method}"), PSEUDONYMS_ONLY) else {
            return;
        };
        stage.let_in_thrice(method, &["--resume"]);
        assert_eq!(stage.register.challenges(), 3, "{method}");
        let log = stage.server.log().unwrap();
        let told = |name: &str| log.matches(&format!("{TOLD}{name}")).count();
        assert_eq!((told(""), told(&format!("{first}{IMSI}@"))), (3, 1), "{method}: {log}");
    }
}

#[test]
fn whoever_is_anonymous_tells_their_number_only_when_asked_for_it() {
    let Some(stage) = Stage::decent("anonymous", "") else {
        return;
    };
    for method in METHODS {
        stage.let_in(method, &["--anonymous", "anonymous@example.org"]);
    }
    let log = stage.server.log().unwrap();
    assert_eq!(log.matches(TOLD).count(), 3, "{log}");
    assert_eq!(
        log.matches(&format!("{TOLD}anonymous@example.org'")).count(),
        3,
        "{log}"
    );
}

#[test]
fn a_card_that_can_not_be_written_back_is_refused_before_anything_is_sent() {
    let directory = place("read-only");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("secret"), "secret").unwrap();
    write_card(&directory, IMSI, &K);
    fs::set_permissions(directory.join("card"), Permissions::from_mode(0o400)).unwrap();
    let output = super::run(&directory, PORT, "aka", &WITH_A_CARD);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint.contains("can't be kept") && complaint.contains("may not write"),
        "{complaint}"
    );
    assert!(output.stdout.is_empty());
}
