//! No secret of SAE decides what is executed or which memory is touched: a processor that valgrind simulates counts
//! instructions, accesses, branches, misses of its caches and wrong guesses, and they are the same for all secrets.
//!
//! `cargo test --release -p portcullis-rsn --test constant_time` looks at the code that users have, on every curve.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its subject has failed")]

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A password, a number that the random ones come of, and what spoils the first and the last octet of the peer's confirm.
type Secrets = [&'static str; 4];

const SECRETS: Secrets = ["open sesame", "1", "1", "0"];
/// As long as those.
const OTHERS: [Secrets; 2] = [["correct hor", "9", "1", "0"], ["~~~~~~~~~~~", "5", "0", "8"]];
/// The length of a password may be seen, and shows that the counts tell something.
const LONGER: Secrets = ["open sesame!", "1", "1", "0"];

/// Builds one side of an exchange, as this test was built, and returns its path.
fn station() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--package", "portcullis-rsn", "--example", "sae_station"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    // The test lies in `deps`, below what is built.
    let test = std::env::current_exe().unwrap();
    let built = test.parent().unwrap().parent().unwrap();
    built.join(format!("examples/sae_station{EXE_SUFFIX}"))
}

/// What the simulated processor counts.
fn counts(station: &Path, method: &str, group: &str, secrets: Secrets) -> Vec<String> {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=yes", "--branch-sim=yes"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(station)
        .args([method, group])
        .args(secrets)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let is_count = |line: &&str| {
        ["refs:", "misses:", "Branches:", "Mispredicts:"]
            .iter()
            .any(|word| line.contains(word))
    };
    let lines = said.lines().filter_map(|line| Some(line.rsplit_once("== ")?.1));
    let counts: Vec<String> = lines.filter(is_count).map(Into::into).collect();
    assert_eq!(counts.len(), 10, "{said}");
    counts
}

/// Groups 20 and 21 take too long as tests are usually built.
fn assert_shows_no_secret(method: &str) {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("left out: valgrind is not installed");
        return;
    }
    let station = station();
    let groups: &[&str] = match cfg!(debug_assertions) {
        true => &["19"],
        false => &["19", "20", "21"],
    };
    for group in groups {
        let expected = counts(&station, method, group, SECRETS);
        for secrets in OTHERS {
            let counts = counts(&station, method, group, secrets);
            assert_eq!(counts, expected, "group {group}, {secrets:?}");
        }
        if method == "hash-to-element" {
            assert_ne!(counts(&station, method, group, LONGER), expected, "group {group}");
        }
    }
}

#[test]
fn no_secret_shows_in_what_a_processor_does_with_hash_to_element() {
    assert_shows_no_secret("hash-to-element");
}

#[test]
fn no_secret_shows_in_what_a_processor_does_with_hunting_and_pecking() {
    assert_shows_no_secret("hunting");
}
