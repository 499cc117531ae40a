//! The methods over TLS against FreeRADIUS.

use portcullis_tests::freeradius::{Authority, Certified, FreeRadius, SERVER_NAME, Setup};

use super::{ALICE, ALICE_FORGETS, BELIEVING, BOB, CERTIFIED, freeradius, record, refusal};

/// The methods in a tunnel that end at the password.
const WITH_A_PASSWORD: [&str; 10] = [
    "ttls-pap",
    "ttls-chap",
    "ttls-mschap",
    "ttls-mschapv2",
    "ttls-eap-mschapv2",
    "ttls-eap-gtc",
    "ttls-eap-md5",
    "peap",
    "peap-mschapv2",
    "peap-gtc",
];
/// The methods that end at a certificate of the user.
const WITH_A_CERTIFICATE: [&str; 3] = ["tls", "ttls-eap-tls", "peap-tls"];
/// FreeRADIUS 3 does not bind PEAP's tunnel to the method inside.
const UNBOUND: &str = "--without-crypto-binding";

#[test]
fn freeradius_lets_in_by_every_method_in_both_versions_of_tls_and_both_have_the_same_keys() {
    let Some(server) = freeradius("tunnel", &Setup::default()) else {
        return;
    };
    for version in ["1.2", "1.3"] {
        for method in WITH_A_PASSWORD.iter().chain(&WITH_A_CERTIFICATE) {
            let options = [&BELIEVING[..], &CERTIFIED, &[UNBOUND, "--tls-version", version]].concat();
            let record = record(&server, 0, method, ALICE, &options);
            assert_eq!(record["outcome"], "let_in", "{method}: {record}");
            assert_eq!(record["keys_match"], true, "{method} over TLS {version}: {record}");
            let name = record["method"].as_str().unwrap();
            assert!(
                method.strip_suffix("-mschapv2") == Some(name) || *method == name,
                "{record}"
            );
            let tls = &record["tls"];
            assert_eq!(
                (&tls["version"], &tls["resumed"]),
                (&version.into(), &false.into()),
                "{record}"
            );
            assert!(tls["suite"].as_str().unwrap().starts_with("TLS"), "{record}");
            let phases = ["negotiation", "handshake"].map(|phase| record["phases_ms"][phase].as_f64().unwrap());
            let all: f64 = ["negotiation", "handshake", "method"]
                .iter()
                .filter_map(|phase| record["phases_ms"][phase].as_f64())
                .sum();
            assert!(phases.iter().all(|time| *time > 0.0), "{record}");
            assert!(all <= record["total_ms"].as_f64().unwrap(), "{record}");
            let subject = record["certificates"][0]["subject"].as_str().unwrap();
            assert!(subject.contains(SERVER_NAME), "{record}");
        }
    }
}

#[test]
fn a_name_outside_the_tunnel_tells_nobody_who_is_inside() {
    let Some(server) = freeradius("anonymous", &Setup::default()) else {
        return;
    };
    let options = [&BELIEVING[..], &["--anonymous", "anonymous@example.org"]].concat();
    record(&server, 0, "ttls-pap", ALICE, &options);
    let log = server.log().unwrap();
    let (outside, inside) = log.split_once("server inner {").unwrap();
    assert!(!outside.contains("User-Name = \"alice\""), "{outside}");
    assert!(inside.contains("User-Name = \"alice\""), "{inside}");
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_refused_inside_the_tunnel() {
    let Some(server) = freeradius("tunnel-refused", &Setup::default()) else {
        return;
    };
    let options = [&BELIEVING[..], &[UNBOUND]].concat();
    for method in WITH_A_PASSWORD {
        refusal(&server, method, ALICE_FORGETS, &options);
        refusal(&server, method, BOB, &options);
    }
    for method in ["peap", "ttls-eap-mschapv2"] {
        let sentence = refusal(&server, method, ALICE_FORGETS, &options);
        assert!(sentence.contains("name or the password"), "{method}: {sentence}");
    }
}

#[test]
fn a_peap_server_that_does_not_bind_the_tunnel_is_refused_unless_the_options_allow_it() {
    let Some(server) = freeradius("unbound", &Setup::default()) else {
        return;
    };
    let sentence = refusal(&server, "peap", ALICE, &BELIEVING);
    assert!(sentence.contains("does not bind the tunnel"), "{sentence}");
}

#[test]
fn the_chain_is_told_also_where_sessions_may_be_resumed() {
    let Some(server) = freeradius("chain", &Setup::default()) else {
        return;
    };
    let record = record(&server, 0, "ttls-pap", ALICE, &[&BELIEVING[..], &["--resume"]].concat());
    let subject = record["certificates"][0]["subject"].as_str().unwrap();
    assert!(subject.contains(SERVER_NAME), "{record}");
}

#[test]
fn the_next_authentication_resumes_the_session() {
    for (version, methods) in [
        ("1.2", &["tls", "ttls-pap", "peap"][..]),
        // Where the password alone is told inside, this server lets in before it has handed out a ticket of TLS 1.3.
        ("1.3", &["tls", "ttls-eap-mschapv2", "peap"]),
    ] {
        for method in methods {
            let Some(server) = freeradius(&format!("resumed-{method}-{version}"), &Setup::default()) else {
                return;
            };
            let options = [&BELIEVING[..], &CERTIFIED, &[UNBOUND, "--tls-version", version]].concat();
            let again = [&options[..], &["--count", "2", "--resume"]].concat();
            let let_in = &record(&server, 0, method, ALICE, &again)["let_in"];
            assert_eq!(*let_in, 2);
            assert_eq!(
                resumptions(&server),
                1,
                "{method} over TLS {version}: {}",
                server.log().unwrap()
            );
            // Whoever does not ask for it makes each connection anew.
            record(&server, 0, method, ALICE, &[&options[..], &["--count", "2"]].concat());
            assert_eq!(resumptions(&server), 1, "{method} over TLS {version}");
        }
    }
}

fn resumptions(server: &FreeRadius) -> usize {
    server
        .log()
        .unwrap()
        .matches("&request:EAP-Session-Resumed := 1")
        .count()
}

#[test]
fn a_server_is_believed_by_its_domain_its_fingerprint_or_whatever_it_is_as_the_options_say() {
    let Some(server) = freeradius("believed", &Setup::default()) else {
        return;
    };
    let insecure = record(&server, 0, "ttls-pap", ALICE, &["--insecure-no-server-check"]);
    let fingerprint = insecure["certificates"][0]["sha256"].as_str().unwrap();
    let authorities = server.directory().join("authorities");
    std::fs::create_dir(&authorities).unwrap();
    std::fs::copy(server.directory().join("ca.pem"), authorities.join("ca.pem")).unwrap();
    for options in [
        &["--server-fingerprint", fingerprint][..],
        &["--ca-file", "ca.pem", "--server-domain", "example.org"],
        &["--ca-file", "authorities", "--server-name", SERVER_NAME],
        &["--ca-file", "ca.pem"],
    ] {
        record(&server, 0, "ttls-pap", ALICE, options);
    }
    let other = "0".repeat(64);
    let sentence = refusal(&server, "ttls-pap", ALICE, &["--server-fingerprint", &other]);
    assert!(sentence.contains("not the pinned one"), "{sentence}");
}

#[test]
fn a_server_of_another_name_or_another_authority_is_refused() {
    let Some(server) = freeradius("stranger", &Setup::default()) else {
        return;
    };
    for method in ["tls", "ttls-pap", "peap"] {
        for (authorities, name, reason) in [
            ("ca.pem", "other.example.org", "another name"),
            ("other-ca.pem", SERVER_NAME, "no authority of the profile"),
        ] {
            let believing = ["--ca-file", authorities, "--server-name", name];
            let options = [&believing[..], &CERTIFIED, &[UNBOUND]].concat();
            let sentence = refusal(&server, method, ALICE, &options);
            assert!(sentence.contains(reason), "{method}: {sentence}");
        }
    }
}

#[test]
fn a_servers_certificate_that_is_not_good_is_refused_and_the_reason_told() {
    type Issue = fn(&Authority) -> Certified;
    let cases: [(&str, Issue, &str); 3] = [
        ("expired", expired, "has expired"),
        (
            "self-signed",
            |_| Certified::self_signed(SERVER_NAME),
            "no authority of the profile",
        ),
        ("not-for-servers", for_clients, "extended key usage"),
    ];
    for (name, certificate, reason) in cases {
        let setup = Setup {
            certificate,
            ..Setup::default()
        };
        let Some(server) = freeradius(name, &setup) else {
            return;
        };
        let sentence = refusal(&server, "ttls-pap", ALICE, &BELIEVING);
        assert!(sentence.contains(reason), "{name}: {sentence}");
    }
}

fn expired(authority: &Authority) -> Certified {
    authority.issue(SERVER_NAME, |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    })
}

fn for_clients(authority: &Authority) -> Certified {
    authority.issue(SERVER_NAME, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    })
}

#[test]
fn a_certificate_of_the_user_that_the_server_does_not_believe_is_said_to_be_the_fault() {
    let Some(server) = freeradius("mallory", &Setup::default()) else {
        return;
    };
    for version in ["1.2", "1.3"] {
        let certificate = ["--client-cert", "mallory.pem", "--client-key", "mallory.key"];
        let options = [&BELIEVING[..], &certificate, &["--tls-version", version]].concat();
        let sentence = refusal(&server, "tls", ALICE, &options);
        assert!(
            sentence.contains("authority of the client certificate"),
            "TLS {version}: {sentence}"
        );
    }
}

#[test]
fn a_server_of_old_tls_is_told_what_its_operator_can_do() {
    let of_versions = |oldest, newest| Setup {
        versions: (oldest, newest),
        ciphers: "DEFAULT@SECLEVEL=0",
        ..Setup::default()
    };
    let of_tls_1_2 = |ciphers, openssl| Setup {
        versions: ("1.2", "1.2"),
        ciphers,
        openssl,
        ..Setup::default()
    };
    for (name, setup, remedy) in [
        ("tls-1.1", of_versions("1.0", "1.1"), "must enable TLS 1.2 or 1.3"),
        (
            "old-ciphers",
            of_tls_1_2("ECDHE-ECDSA-AES128-SHA", ""),
            "ECDHE and AES-GCM",
        ),
        (
            "no-extended-master-secret",
            of_tls_1_2("DEFAULT", "Options = -ExtendedMasterSecret"),
            "update its TLS library, or enable TLS 1.3",
        ),
    ] {
        let Some(server) = freeradius(name, &setup) else {
            return;
        };
        let sentence = refusal(&server, "ttls-pap", ALICE, &BELIEVING);
        assert!(sentence.contains(remedy), "{name}: {sentence}");
    }
}
