//! The options of trust and of the user's certificate, against FreeRADIUS.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use portcullis_tests::freeradius::{FreeRadius, SERVER_NAME, Setup};
use rcgen::PKCS_ECDSA_P384_SHA384;

use super::{ALICE, BELIEVING, arguments, freeradius, record, refusal};

const NAMED: [&str; 2] = ["--server-name", SERVER_NAME];

/// Runs the probe on a system whose store has the authorities of this file.
fn probe_where_the_system_has(store: &str, server: &FreeRadius, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .current_dir(server.directory())
        .env("SSL_CERT_FILE", server.directory().join(store))
        .args(arguments(server.port(), "ttls-pap"))
        .args(ALICE.options())
        .args(options)
        .output()
        .unwrap()
}

#[test]
fn authorities_of_the_system_and_several_of_them_are_not_enough_without_a_name() {
    let Some(server) = freeradius("system", &Setup::default()) else {
        return;
    };
    let directory = server.directory();
    let both = ["ca.pem", "other-ca.pem"].map(|file| fs::read_to_string(directory.join(file)).unwrap());
    fs::write(directory.join("both.pem"), both.concat()).unwrap();
    for (store, options, is_enough) in [
        ("ca.pem", &["--system-cas"][..], false),
        ("other-ca.pem", &["--ca-file", "ca.pem"], true),
        // An authority of the system's is one whether it is named or not.
        ("both.pem", &["--ca-file", "ca.pem"], false),
        ("other-ca.pem", &["--ca-file", "both.pem"], false),
    ] {
        let output = probe_where_the_system_has(store, &server, options);
        let code = if is_enough { 0 } else { 5 };
        assert_eq!(output.status.code(), Some(code), "{store} {options:?}: {output:?}");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(complaint.contains("name the server"), !is_enough, "{complaint}");
        let output = probe_where_the_system_has(store, &server, &[options, &NAMED].concat());
        assert_eq!(output.status.code(), Some(0), "{store} {options:?}: {output:?}");
    }
    let output = probe_where_the_system_has("other-ca.pem", &server, &[&["--system-cas"][..], &NAMED].concat());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

#[test]
fn a_staple_is_demanded_where_the_options_say_so() {
    let Some(server) = freeradius("staple", &Setup::default()) else {
        return;
    };
    let sentence = refusal(
        &server,
        "ttls-pap",
        ALICE,
        &[&BELIEVING[..], &["--require-staple"]].concat(),
    );
    assert!(sentence.contains("must enable OCSP stapling"), "{sentence}");
}

/// Runs OpenSSL on files of the directory; `None` where it is not installed.
fn openssl(directory: &Path, arguments: &str) -> Option<()> {
    let mut command = Command::new("openssl");
    let Ok(output) = command.current_dir(directory).args(arguments.split(' ')).output() else {
        println!("left out: openssl is not installed");
        return None;
    };
    assert!(output.status.success(), "openssl {arguments}: {output:?}");
    Some(())
}

#[test]
fn a_certificate_and_an_encrypted_key_that_openssl_has_written_let_in() {
    let Some(server) = freeradius("encrypted", &Setup::default()) else {
        return;
    };
    let directory = server.directory();
    fs::write(directory.join("passphrase"), "correct horse\n").unwrap();
    for (made, options) in [
        (
            "pkcs8 -topk8 -v2 aes-256-cbc -in alice.key -out encrypted.key -passout file:passphrase",
            &["--client-cert", "alice.pem", "--client-key", "encrypted.key"][..],
        ),
        (
            "pkcs8 -topk8 -scrypt -in alice.key -out scrypt.key -passout file:passphrase",
            &["--client-cert", "alice.pem", "--client-key", "scrypt.key"],
        ),
        (
            "pkcs12 -export -in alice.pem -inkey alice.key -certfile ca.pem -out alice.p12 -passout file:passphrase",
            &["--client-cert", "alice.p12"],
        ),
        (
            "pkcs12 -export -legacy -in alice.pem -inkey alice.key -out old.pfx -passout file:passphrase",
            &["--client-cert", "old.pfx"],
        ),
    ] {
        if openssl(directory, made).is_none() {
            return;
        }
        let passphrase = |file| [options, &BELIEVING, &["--client-key-passphrase-file", file]].concat();
        record(&server, 0, "tls", ALICE, &passphrase("passphrase"));
        let output = super::probe(directory, server.port(), "tls", ALICE, &passphrase("wrong"));
        assert_eq!(output.status.code(), Some(5), "{made}: {output:?}");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains("the passphrase does not open"), "{complaint}");
    }
}

#[test]
fn the_options_demand_192_bits() {
    let options = [&BELIEVING[..], &["--tls-192-bits"]].concat();
    let Some(usual) = freeradius("usual-bits", &Setup::default()) else {
        return;
    };
    refusal(&usual, "ttls-pap", ALICE, &options);
    let setup = Setup {
        curve: "secp384r1",
        algorithm: &PKCS_ECDSA_P384_SHA384,
        ..Setup::default()
    };
    let Some(strong) = freeradius("192-bits", &setup) else {
        return;
    };
    record(&strong, 0, "ttls-pap", ALICE, &options);
}
