//! `portcullis extension check` and `portcullis simulate --extension`, as their users have them.

use crate::libraries::{build, portcullis, program, root, said, sample};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn check(arguments: &[&str]) -> Output {
    portcullis(&[&["extension", "check"], arguments].concat())
}

/// The rules with this verdict in a report of `--json`, and how they were broken.
fn with_verdict(output: &Output, verdict: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report.get("findings").and_then(Value::as_array).unwrap();
    let text = |finding: &Value, key: &str| finding.get(key).unwrap().to_string();
    findings
        .iter()
        .filter(|finding| text(finding, "verdict") == format!("{verdict:?}"))
        .map(|finding| (text(finding, "rule"), text(finding, "breaches")))
        .collect()
}

fn broken_rules(output: &Output) -> Vec<String> {
    with_verdict(output, "broken")
        .into_iter()
        .map(|(rule, _)| rule)
        .collect()
}

/// All 37 rules came up, and none was broken.
fn assert_all_kept(output: &Output) {
    for verdict in ["broken", "not_exercised"] {
        assert_eq!(with_verdict(output, verdict), [], "{}", said(output));
    }
    assert_eq!(with_verdict(output, "kept").len(), 37);
    assert_eq!(output.status.code(), Some(0));
}

/// None was broken, and all came up that an algorithm without keys and without 802.1X can make come up.
fn assert_all_but_keys_kept(output: &Output) {
    assert_eq!(with_verdict(output, "broken"), [], "{}", said(output));
    let others = with_verdict(output, "not_exercised").into_iter().map(|(rule, _)| rule);
    let others: Vec<String> = others.collect();
    assert_eq!(
        others,
        ["R29", "R30", "R32", "R35", "R36", "R37"].map(|rule| format!("{rule:?}"))
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_built_in_extension_is_reported_rule_by_rule_and_exit_code_0() {
    let output = check(&["--built-in"]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    for number in 1..=37 {
        let line = report.lines().find(|line| line.starts_with(&format!("R{number:02} ")));
        assert!(line.unwrap().contains(" kept "), "{report}");
    }
    assert!(report.contains("37 rules kept, 0 broken, 0 not exercised."), "{report}");
}

#[test]
fn the_report_is_there_for_machines_and_as_a_page() {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    let output = check(&["--built-in", "--json", "--html", page.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["joined"], true);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 37);
    assert_eq!(findings[28]["rule"], "R29");
    assert_eq!(findings[28]["verdict"], "kept");
    let written = std::fs::read_to_string(&page).unwrap();
    assert!(written.contains(r#"<tr id="R37">"#), "{written}");
    // It needs no other file.
    assert!(!written.contains("src=") && !written.contains("href="), "{written}");
}

#[test]
fn a_page_that_cannot_be_written_is_named_and_exit_code_5() {
    let output = check(&["--built-in", "--html", "/nonexistent/report.html"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(said(&output).contains("/nonexistent/report.html"));
}

#[test]
fn what_is_no_extension_is_named_and_exit_code_5() {
    for library in [file!(), "/nonexistent/library.so", "/dev/null"] {
        let path = root().join(library);
        let output = check(&[path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(5), "{}", said(&output));
        assert!(said(&output).contains(library), "{}", said(&output));
        let adapter = ["connect", "-i", "nosuchwlan0", "--ssid", "castle"];
        let output = portcullis(&[&adapter[..], &["--extension", path.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    }
}

#[test]
fn the_built_in_extension_as_a_library_breaks_no_rule() {
    let library = build(&["--package", "portcullis-dll", "--lib"], "libportcullis_ihv.so");
    assert_all_kept(&check(&[&library, "--json"]));
}

#[test]
fn a_library_in_the_checkers_own_process_is_checked_as_in_another() {
    let library = build(&["--package", "portcullis-dll", "--lib"], "libportcullis_ihv.so");
    assert_all_kept(&check(&[&library, "--in-process", "--json"]));
}

#[test]
fn the_sample_in_c_breaks_no_rule() {
    let Some(library) = sample("challenge") else { return };
    assert_all_but_keys_kept(&check(&[&library, "--network", "challenge", "--json"]));
}

#[test]
fn the_sample_in_rust_breaks_no_rule() {
    let library = build(
        &["--manifest-path", "samples/challenge-rust/Cargo.toml"],
        "libchallenge.so",
    );
    assert_all_but_keys_kept(&check(&[&library, "--network", "challenge", "--json"]));
}

#[test]
fn an_extension_that_crashes_and_one_that_hangs_are_caught_by_rule_2() {
    let patience = ["--extension-timeout", "300ms"];
    for (name, what) in [("crash", "signal: 11"), ("hang", "has not returned in 300ms")] {
        let Some(library) = sample(name) else { return };
        let output = check(&[&[&*library, "--network", "challenge", "--json"], &patience[..]].concat());
        let broken = with_verdict(&output, "broken");
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(
            broken
                .iter()
                .any(|(rule, how)| rule.contains("R02") && how.contains(what)),
            "{broken:?}"
        );
    }
}

#[test]
fn memory_that_a_thread_of_the_extensions_never_frees_is_found_by_rule_5() {
    let Some(library) = sample("leak") else { return };
    let output = check(&[&library, "--network", "challenge", "--json"]);
    assert_eq!(broken_rules(&output), [r#""R05""#], "{}", said(&output));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_library_with_a_flaw_is_caught_by_its_rule_and_by_no_other() {
    let library = build(
        &["--package", "portcullis-dll", "--example", "flawed"],
        "examples/libflawed.so",
    );
    // What a panic, memory and keys are on the other side of the tables. The lives of all three go on at once.
    let flaws = [("Panics", "R02"), ("LeaksWithAdapter", "R05"), ("InstallsTwice", "R29")];
    let checks = flaws.map(|(flaw, rule)| {
        let mut check = program(&["extension", "check", &library, "--json"]);
        check.env("PORTCULLIS_FLAW", flaw);
        (rule, std::thread::spawn(move || check.output().unwrap()))
    });
    for (rule, check) in checks {
        let output = check.join().unwrap();
        assert_eq!(broken_rules(&output), [format!("{rule:?}")], "{}", said(&output));
        assert_eq!(output.status.code(), Some(3));
    }
}

#[test]
fn foreign_extensions_are_simulated_like_the_built_in_one() {
    let library = build(&["--package", "portcullis-dll", "--lib"], "libportcullis_ihv.so");
    let output = portcullis(&["simulate", "--extension", &library]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let output = portcullis(&["simulate", "--extension", &library, "--extension-packets", "frame"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let Some(library) = sample("challenge") else { return };
    let output = portcullis(&["simulate", "--stations", "3", "--extension", &library, "--challenge"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let rust = build(
        &["--manifest-path", "samples/challenge-rust/Cargo.toml"],
        "libchallenge.so",
    );
    let output = portcullis(&["simulate", "--stations", "3", "--extension", &rust, "--challenge"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // It was not built for frames.
    let frames = ["--extension-packets", "frame"];
    let output = portcullis(&[&["simulate", "--extension", &library, "--challenge"], &frames[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

#[test]
fn an_extension_that_crashes_or_hangs_ends_its_lives_and_not_the_program() {
    for (name, what) in [
        ("crash", "The extension crashed"),
        ("hang", "did not return from a call"),
    ] {
        let Some(library) = sample(name) else { return };
        let output = portcullis(&["simulate", "--extension", &library, "--challenge"]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(what), "{}", said(&output));
    }
}
