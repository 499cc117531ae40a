//! What EAP says in the clear.

use frame::eap::Method;
use proptest::prelude::*;

use super::super::air::Air;
use super::super::*;
use super::{finding, one};

const IDENTITY: (Method, &[u8]) = (Method::IDENTITY, b"");
const START: &[u8] = &[0x20];
const ACKNOWLEDGEMENT: &[u8] = &[0];

/// A record of TLS.
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &length[..], content].concat()
}

/// A message of the handshake.
fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

/// A hello, with what stands between the session and the extensions.
fn hello(kind: u8, between: &[u8], extensions: &[u8]) -> Vec<u8> {
    let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
    let body = [&[3, 3], &[7; 32][..], &[0], between, &length, extensions].concat();
    handshake(kind, &body)
}

fn client_hello() -> Vec<u8> {
    // Made up, TLS 1.3 and TLS 1.2.
    let versions = [0, 43, 0, 7, 6, 0x7a, 0x7a, 3, 4, 3, 3];
    record(22, &hello(1, &[0, 2, 0xc0, 0x2b, 1, 0], &versions))
}

/// The flight of a server that takes TLS 1.2, in one record.
fn server_flight() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(["radius.example.org".to_owned()]).unwrap();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "radius.example.org");
    let certificate = params.self_signed(&key).unwrap();
    let first = certificate.der();
    let length = u32::try_from(first.len()).unwrap().to_be_bytes();
    let chain = [&length[1..], first].concat();
    let length = u32::try_from(chain.len()).unwrap().to_be_bytes();
    let certificate = handshake(11, &[&length[1..], &chain].concat());
    let done = handshake(14, &[]);
    record(22, &[hello(2, &[0xc0, 0x2b, 0], &[]), certificate, done].concat())
}

fn packet(flags: u8, octets: &[u8]) -> Vec<u8> {
    [&[flags], octets].concat()
}

fn eap_steps(operation: &Operation) -> Vec<String> {
    let eap = |step: &Step| match &step.event {
        Event::Eap(eap) => Some(eap.to_string()),
        _ => None,
    };
    operation.steps.iter().filter_map(eap).collect()
}

#[test]
fn methods_versions_certificates_and_alerts_are_told_until_tls_encrypts() {
    let flight = server_flight();
    let (head, tail) = flight.split_at(flight.len() / 2);
    let peap = |data| (Method::PEAP, data);
    let alert = packet(0, &record(21, &[2, 48]));
    let air = Air::new()
        .beacon()
        .associate()
        .eap_round(IDENTITY, (Method::IDENTITY, b"anonymous"))
        .eap_round((Method::TLS, START), (Method::NAK, &[25, 21]))
        .eap_round(peap(START), peap(&packet(0, &client_hello())))
        .eap_round(peap(&packet(0x40, head)), peap(ACKNOWLEDGEMENT))
        .eap_round(peap(&packet(0, tail)), peap(&alert))
        .eap_failure();
    let operation = one(air.operations());
    let name = "CN=radius.example.org";
    assert_eq!(
        eap_steps(&operation),
        [
            "EAP identity request",
            "EAP identity \"anonymous\"",
            "EAP TLS, start",
            "EAP NAK, wants PEAP or TTLS",
            "EAP PEAP, start",
            "EAP PEAP, offers TLS 1.3",
            "EAP PEAP, fragment",
            "EAP PEAP, acknowledgement",
            &format!("EAP PEAP, takes TLS 1.2, certificate of \"{name}\" by \"{name}\""),
            "EAP PEAP, fatal alert 48 (unknown authority)",
        ]
    );
    let mut line = Vec::new();
    json::write("a.pcap".as_ref(), &operation, false, &mut line).unwrap();
    let line = serde_json::from_slice::<serde_json::Value>(&line).unwrap();
    let first = &line["eap"][1];
    assert_eq!(first["sender"], "station");
    assert_eq!(first["says"], "EAP identity \"anonymous\"");
    let verdict = operation.verdict.to_string();
    assert!(
        verdict.contains("the station sent alert 48 (unknown authority), and EAP-Failure followed"),
        "{verdict}"
    );
    assert!(operation.verdict.advice().contains("certificate"));
}

#[test]
fn what_is_encrypted_is_no_alert_and_a_copy_is_no_second_fragment() {
    let ttls = |data| (Method::TTLS, data);
    let flight = server_flight();
    let (head, tail) = flight.split_at(20);
    let head = packet(0x40, head);
    let finished = [record(20, &[1]), record(22, &[9; 40]), record(21, &[2, 48])].concat();
    let air = Air::new()
        .beacon()
        .associate()
        .eap_round(ttls(START), ttls(&packet(0, &client_hello())))
        .eap_round(ttls(&head), ttls(ACKNOWLEDGEMENT))
        .eap_round(ttls(&head), ttls(ACKNOWLEDGEMENT))
        .eap_round(ttls(&packet(0, tail)), ttls(&packet(0, &finished)))
        .eap_failure();
    let operation = one(air.operations());
    let steps = eap_steps(&operation);
    assert_eq!(steps[4], "EAP TTLS, sent again");
    assert!(
        steps[6].starts_with("EAP TTLS, takes TLS 1.2, certificate"),
        "{}",
        steps[6]
    );
    assert_eq!(steps[7], "EAP TTLS, encrypted");
    let refused = finding(&Air::new().beacon().associate().eap_failure());
    assert!(matches!(refused, Finding::EapRefused { alert: None, .. }));
    assert!(matches!(
        operation.verdict.finding,
        Finding::EapRefused { alert: None, .. }
    ));
}

#[test]
fn names_from_the_air_cannot_move_the_cursor() {
    let air = Air::new()
        .beacon()
        .associate()
        .eap_round(IDENTITY, (Method::IDENTITY, b"\x1b[2Jali\"ce"))
        .eap_failure();
    assert_eq!(
        eap_steps(&one(air.operations()))[1],
        r#"EAP identity "\u{1b}[2Jali\"ce""#
    );
}

proptest! {
    #[test]
    fn whatever_a_method_says_is_told_or_passed_over(
        asked in proptest::collection::vec(any::<u8>(), 0..80),
        answered in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let whole = [&[0][..], &record(22, &asked)].concat();
        let air = Air::new()
            .beacon()
            .associate()
            .eap_round((Method::TLS, &asked), (Method::TLS, &answered))
            .eap_round((Method::TLS, &whole), (Method::NAK, &answered))
            .eap_failure();
        prop_assert_eq!(eap_steps(&one(air.operations())).len(), 4);
    }
}
