//! Each fault of a server or of a user has a reason of its own, and words that say what to do.

use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis_tests::freeradius::{Authority, Certified, FreeRadius, SERVER_NAME, Setup};
use rcgen::CustomExtension;

use super::{ALICE, ALICE_FORGETS, BELIEVING, BOB, CERTIFIED, Login, field, freeradius, record};

const UNBOUND: &str = "--without-crypto-binding";
/// The configuration of a server that does what OpenSSL would refuse as unsafe.
const UNSAFE: &str = "CipherString = DEFAULT@SECLEVEL=0";

/// The probe is refused for this reason.
fn assert_refused(server: &FreeRadius, login: Login, method: &str, options: &[&str], why: &str) {
    let record = record(server, 3, method, login, options);
    assert_eq!(
        (field(&record, "outcome"), field(&record, "why")),
        (&"refused".into(), &why.into()),
        "{method} {options:?}: {record}"
    );
    let next_step = field(&record, "next_step").as_str().unwrap();
    assert!(!next_step.is_empty() && next_step.ends_with('.'), "{next_step}");
}

#[test]
fn whoever_does_not_fit_the_server_learns_why() {
    let Some(server) = freeradius("faults", &Setup::default()) else {
        return;
    };
    let pin = "0".repeat(64);
    let mallory = ["--client-cert", "mallory.pem", "--client-key", "mallory.key"];
    for (login, method, options, why) in [
        (
            ALICE_FORGETS,
            "peap",
            &[&BELIEVING[..], &[UNBOUND]].concat()[..],
            "credentials",
        ),
        (BOB, "ttls-pap", &BELIEVING, "refused"),
        (ALICE, "peap", &BELIEVING, "unbound"),
        (ALICE, "ttls-pap", &["--ca-file", "other-ca.pem"], "untrusted_server"),
        (
            ALICE,
            "ttls-pap",
            &["--ca-file", "ca.pem", "--server-name", "other.example.org"],
            "wrong_server_name",
        ),
        (ALICE, "ttls-pap", &["--server-fingerprint", &pin], "not_pinned"),
        (
            ALICE,
            "ttls-pap",
            &[&BELIEVING[..], &["--require-staple"]].concat(),
            "no_staple",
        ),
        (ALICE, "tls", &[&BELIEVING[..], &mallory].concat(), "client_certificate"),
        (ALICE, "teap", &BELIEVING, "no_common_method"),
    ] {
        assert_refused(&server, login, method, options, why);
    }
}

#[test]
fn a_server_whose_certificate_is_not_good_is_refused_for_that() {
    type Issue = fn(&Authority) -> Certified;
    let expired: Issue = |authority| {
        authority.issue(SERVER_NAME, |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        })
    };
    let for_clients: Issue = |authority| {
        authority.issue(SERVER_NAME, |params| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        })
    };
    let must_staple: Issue = |authority| {
        authority.issue(SERVER_NAME, |params| {
            let features = vec![0x30, 3, 2, 1, 5];
            let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], features);
            params.custom_extensions.push(extension);
        })
    };
    for (name, certificate, why) in [
        ("expired", expired, "server_expired"),
        ("self-signed", |_| Certified::self_signed(SERVER_NAME), "self_signed"),
        ("for-clients", for_clients, "unfit_certificate"),
        ("must-staple", must_staple, "no_staple"),
    ] {
        let setup = Setup {
            certificate,
            ..Setup::default()
        };
        let Some(server) = freeradius(&format!("fault-{name}"), &setup) else {
            return;
        };
        for (method, options) in [
            ("ttls-pap", &BELIEVING[..]),
            ("tls", &[&BELIEVING[..], &CERTIFIED].concat()),
        ] {
            assert_refused(&server, ALICE, method, options, why);
        }
    }
}

/// A certificate with a key of RSA that OpenSSL signs as the authority, which rustls would not.
fn signed_by_openssl(authority: &Authority, bits: &str, digest: &str) -> Certified {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("openssl-{bits}-{digest}"));
    fs::create_dir_all(&directory).unwrap();
    let extensions = format!("subjectAltName = DNS:{SERVER_NAME}\nextendedKeyUsage = serverAuth\n");
    for (file, content) in [
        ("ca.pem", &authority.pem),
        ("ca.key", &authority.key()),
        ("extensions", &extensions),
    ] {
        fs::write(directory.join(file), content).unwrap();
    }
    for arguments in [
        format!("req -new -newkey rsa:{bits} -nodes -keyout server.key -subj /CN={SERVER_NAME} -out request"),
        format!(
            "x509 -req -in request -CA ca.pem -CAkey ca.key -set_serial 7 -days 30 -{digest} -extfile extensions \
             -out server.pem"
        ),
    ] {
        let mut command = Command::new("openssl");
        let output = command.current_dir(&directory).args(arguments.split(' ')).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{arguments}: {output:?}");
    }
    let read = |file| fs::read_to_string(directory.join(file)).unwrap();
    Certified {
        certificate: read("server.pem"),
        key: read("server.key"),
    }
}

#[test]
fn a_server_with_unsafe_cryptography_is_refused_for_that_and_its_operator_told_what_to_enable() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("left out: openssl is not installed");
        return;
    }
    let weak = Setup {
        versions: ("1.2", "1.2"),
        ciphers: "DEFAULT@SECLEVEL=0",
        openssl: UNSAFE,
        certificate: |authority| signed_by_openssl(authority, "2048", "sha256"),
        ..Setup::default()
    };
    for (name, setup, remedy) in [
        (
            "rsa-1024",
            Setup {
                certificate: |authority| signed_by_openssl(authority, "1024", "sha256"),
                ..weak
            },
            "must have others issued",
        ),
        (
            "sha-1-certificate",
            Setup {
                certificate: |authority| signed_by_openssl(authority, "2048", "sha1"),
                ..weak
            },
            "must have others issued",
        ),
        (
            "rsa-key-exchange",
            Setup {
                ciphers: "AES128-GCM-SHA256@SECLEVEL=0",
                ..weak
            },
            "ECDHE",
        ),
        (
            "sha-1-handshake",
            Setup {
                openssl: "CipherString = DEFAULT@SECLEVEL=0\nSignatureAlgorithms = RSA+SHA1",
                ..weak
            },
            "must enable",
        ),
        (
            "tls-1.0",
            Setup {
                versions: ("1.0", "1.0"),
                ..weak
            },
            "must enable TLS 1.2 or 1.3",
        ),
    ] {
        let Some(server) = freeradius(&format!("unsafe-{name}"), &setup) else {
            return;
        };
        let record = record(&server, 3, "ttls-pap", ALICE, &BELIEVING);
        assert_eq!(*field(&record, "why"), "no_safe_tls", "{name}: {record}");
        let sentence = field(&record, "sentence").as_str().unwrap();
        assert!(sentence.contains(remedy), "{name}: {sentence}");
    }
}
