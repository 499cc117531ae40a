//! The program around its commands: completions, manual pages, and errors before anything has begun.

#![expect(clippy::unwrap_used, reason = "a test ends where its subject fails")]

use std::process::{Command, Output};

fn portcullis(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn there_are_completions_for_the_shells_that_people_use() {
    for shell in ["bash", "zsh", "fish"] {
        let output = portcullis(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(
            String::from_utf8(output.stdout).unwrap().contains("passphrase-file"),
            "{shell}"
        );
    }
}

#[test]
fn each_command_has_its_manual_page() {
    let commands: [&[&str]; 4] = [&["simulate"], &["connect"], &["inspect"], &["extension", "check"]];
    for command in commands {
        let output = portcullis(&[&["man"], command].concat());
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        let page = String::from_utf8(output.stdout).unwrap();
        assert!(page.starts_with(".ie"), "{page}");
        assert!(page.contains("Exit codes") || page.contains("EXIT"), "{command:?}");
    }
    assert_eq!(portcullis(&["man", "nonsense"]).status.code(), Some(2));
}

#[test]
fn an_adapter_that_is_not_there_is_named_with_what_to_do_and_exit_code_6() {
    let secret = std::env::temp_dir().join(format!("portcullis-test-{}", std::process::id()));
    std::fs::write(&secret, "open the gate\n").unwrap();
    let output = portcullis(&[
        "connect",
        "-i",
        "nosuchwlan0",
        "--ssid",
        "castle",
        "--passphrase-file",
        secret.to_str().unwrap(),
    ]);
    std::fs::remove_file(&secret).unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{message}");
    assert!(
        message.contains("nosuchwlan0") || message.contains("permi"),
        "{message}"
    );
}

#[test]
fn a_secret_that_cannot_be_read_is_named_and_exit_code_5() {
    let output = portcullis(&[
        "connect",
        "-i",
        "wlan0",
        "--ssid",
        "castle",
        "--psk-file",
        "/nonexistent/psk",
    ]);
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/nonexistent/psk"));
}
