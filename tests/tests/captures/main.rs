//! `portcullis inspect` on real captures, checked against what another program read in them.
//!
//! The captures are third-party data outside the tree: `../shared/captures` beside the workspace, or the directory
//! that `PORTCULLIS_CAPTURES` names. Where there is none, these tests say so and pass.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

mod manifest;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use adapter::replay::{Capture, Frame, Link};
use flate2::read::GzDecoder;
use portcullis::inspect::{
    Event, Finding, Inspector, MicState, Operation, Outcome, Protection, SaeStep, Secrets, Sender,
};

use manifest::*;

fn inspect(mut capture: Capture, secrets: &mut Secrets) -> Vec<Operation> {
    let mut inspector = Inspector::new(secrets);
    while let Ok(Some(frame)) = capture.next_frame() {
        inspector.feed(&frame);
    }
    inspector.finish().collect()
}

#[test]
fn what_is_no_operation_is_told_as_what_it_is() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    let without = |expected: &&Expected| expected.expect.handshakes_complete.is_none();
    for expected in manifest.iter().filter(without) {
        let mut secrets = Secrets::default();
        let mut inspector = Inspector::new(&mut secrets);
        let mut capture = Capture::open(&directory.join(&expected.file)).unwrap();
        while let Ok(Some(frame)) = capture.next_frame() {
            inspector.feed(&frame);
        }
        assert_eq!(inspector.finish().count(), 0, "{}", expected.file);
        let plain = inspector.next_plain().unwrap();
        assert_eq!(plain.protection, Protection::Wep, "{}", expected.file);
        assert_eq!(plain.ssid.as_deref(), expected.ssid.as_deref().map(str::as_bytes));
    }
}

fn inspect_file(directory: &Path, expected: &Expected, secrets: &mut Secrets) -> Vec<Operation> {
    inspect(Capture::open(&directory.join(&expected.file)).unwrap(), secrets)
}

#[test]
fn every_message_is_listed_under_its_frame_and_name_with_the_right_mic() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let operations = inspect_file(&directory, &expected, &mut expected.secrets());
        let messages = operations.iter().flat_map(Operation::messages);
        let found: BTreeMap<_, _> = messages
            .map(|(step, message)| (step.frame, (message.name.as_str(), step.encrypted, message.mic)))
            .collect();
        let listed = expected.eapol_key_messages.iter().map(|message| {
            let mic = if message.mic_valid == Some(true) {
                MicState::Valid
            } else {
                MicState::Absent
            };
            (message.frame, (name(&message.msg), message.encrypted_frame, mic))
        });
        assert_eq!(found, listed.collect(), "{}", expected.file);
    }
}

#[test]
fn the_keys_of_every_capture_are_derived() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let operations = inspect_file(&directory, &expected, &mut expected.secrets());
        let temporal: Vec<_> = operations
            .iter()
            .flat_map(|operation| &operation.temporal_keys)
            .map(|key| hex(key.as_bytes()))
            .collect();
        let group: Vec<_> = operations
            .iter()
            .flat_map(|operation| &operation.group_keys)
            .map(|key| hex(key.as_bytes()))
            .collect();
        for key in expected.tk.iter().flatten() {
            assert!(
                temporal.contains(key),
                "{}: TK {key} is not among {temporal:?}",
                expected.file
            );
        }
        let delivered = expected
            .eapol_key_messages
            .iter()
            .filter_map(|message| message.gtk.as_ref());
        for key in expected.gtk.iter().flatten().chain(delivered) {
            assert!(
                group.contains(key),
                "{}: GTK {key} is not among {group:?}",
                expected.file
            );
        }
    }
}

#[test]
fn the_outcome_is_that_of_the_handshakes() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let operations = inspect_file(&directory, &expected, &mut expected.secrets());
        let outcome = match expected.expect.handshakes_complete {
            Some(true) => Outcome::Authorized,
            Some(false) => Outcome::Incomplete,
            None => {
                assert!(
                    operations.is_empty(),
                    "{} holds no post-association operation",
                    expected.file
                );
                continue;
            }
        };
        assert!(!operations.is_empty(), "{}", expected.file);
        for operation in operations {
            assert_eq!(
                operation.verdict.outcome(),
                outcome,
                "{}: {}",
                expected.file,
                operation.verdict
            );
            let akm = operation.negotiated.map(|negotiated| negotiated.akm.0.0[3]);
            assert_eq!(akm, expected.akm_suite, "{}", expected.file);
        }
    }
}

/// An exchange of EAP-TLS as tshark reads it: its first frame, and a letter for each packet of EAP from there on: the request
/// for an identity (I), the name (N), the start (S), fragments (F), acknowledgements (A), whole messages and the last parts of
/// others (M), success (+).
const EXCHANGES: [(u64, &str); 3] = [
    (1, "IIINSMFAFAFAMFAFAMMA+"),
    // Two renewals, in encrypted frames.
    (31, "INSMFAFAFAMFAFAMMA+"),
    (62, "INSMFAFAFMFAFAMMA+"),
];

#[test]
fn every_packet_of_eap_is_listed_with_its_method_and_who_is_who() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    let expected = manifest.iter().find(|expected| expected.file == "wpa-eap-tls.pcap.gz");
    let expected = expected.unwrap();
    let operations = inspect_file(&directory, expected, &mut expected.secrets());
    let mut certificates = [0; 2];
    let found: Vec<_> = operations
        .iter()
        .flat_map(|operation| &operation.steps)
        .filter_map(|step| {
            let text = match &step.event {
                Event::Eap(eap) => eap.to_string(),
                Event::EapSuccess => return Some((step.frame, '+')),
                _ => return None,
            };
            for (count, subject) in certificates.iter_mut().zip(["radius.mordor", "perry.mordor"]) {
                let sentence = format!("certificate of \"CN={subject},O=Mordor,C=DE\" by \"CN=WLAN-CA,O=Mordor,C=DE\"");
                *count += usize::from(text.contains(&sentence));
            }
            let letter = match text.strip_prefix("EAP TLS, ") {
                Some("start") => 'S',
                Some("fragment") => 'F',
                Some("acknowledgement") => 'A',
                Some(_) => 'M',
                None if text == "EAP identity \"perry.mordor\"" => 'N',
                None if text.starts_with("EAP identity request") => 'I',
                None => '?',
            };
            Some((step.frame, letter))
        })
        .collect();
    let listed = EXCHANGES
        .iter()
        .flat_map(|(first, letters)| (*first..).zip(letters.chars()));
    assert_eq!(found, listed.collect::<Vec<_>>());
    assert_eq!(certificates, [3, 3]);
}

#[test]
fn every_authentication_frame_is_listed_with_its_meaning() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let operations = inspect_file(&directory, &expected, &mut expected.secrets());
        if operations.is_empty() {
            continue;
        }
        let found: Vec<_> = operations
            .iter()
            .flat_map(|operation| operation.steps.iter().map(move |step| (operation, step)))
            .filter_map(|(operation, step)| match step.event {
                Event::Authentication {
                    algorithm,
                    sequence,
                    sae,
                    ..
                } => {
                    let transmitter = match step.sender {
                        Sender::Station => operation.sta,
                        Sender::AccessPoint => operation.bssid,
                    };
                    let group = match sae {
                        Some(SaeStep::Commit { group, .. }) => Some(group.to_string()),
                        _ => None,
                    };
                    Some((step.frame, algorithm, sequence, transmitter.to_string(), group))
                }
                _ => None,
            })
            .collect();
        let listed: Vec<_> = expected
            .other
            .auth_frames
            .iter()
            .map(|frame| {
                let algorithm = match frame.alg.as_str() {
                    "open" => 0,
                    "FT" => 2,
                    "SAE" => 3,
                    other => panic!("the manifest names an algorithm {other}"),
                };
                let sequence = u16::from_str_radix(frame.seq.trim_start_matches("0x"), 16).unwrap();
                (frame.frame, algorithm, sequence, frame.ta.clone(), frame.group.clone())
            })
            .collect();
        assert_eq!(found, listed, "{}", expected.file);
    }
}

#[test]
fn groups_of_owe_and_mics_of_fast_transitions_are_told_of_the_association() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let operations = inspect_file(&directory, &expected, &mut expected.secrets());
        let associations: BTreeMap<_, _> = operations
            .iter()
            .flat_map(|operation| &operation.steps)
            .filter_map(|step| match step.event {
                Event::AssociationRequest(request) => Some((step.frame, request)),
                Event::AssociationResponse { response, .. } => Some((step.frame, response)),
                _ => None,
            })
            .collect();
        for frame in &expected.other.owe_dh {
            let group = associations[&frame.frame].owe_group.map(|group| group.to_string());
            assert_eq!(group.as_ref(), Some(&frame.group), "{}", expected.file);
        }
        let unprotected = "00000000000000000000000000000000";
        let transitions: Vec<u64> = expected
            .other
            .ft_transition_frames
            .iter()
            .filter(|frame| frame["ft.mic"] != unprotected)
            .map(|frame| frame["frame.number"].parse().unwrap())
            .collect();
        for frame in &transitions {
            let association = associations[frame];
            assert!(association.reassociation, "{}", expected.file);
            assert_eq!(association.transition, Some(MicState::Valid), "{}", expected.file);
        }
        let completed: Vec<_> = operations
            .iter()
            .filter_map(|operation| match operation.verdict.finding {
                Finding::Transition { frame } => Some(frame),
                _ => None,
            })
            .collect();
        assert_eq!(completed.last(), transitions.last(), "{}", expected.file);
    }
}

/// The capture with a roam: its answer is lost, or carries another MIC.
#[test]
fn a_transition_without_an_answer_or_with_a_wrong_one_is_told() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    let roams = |expected: &&Expected| !expected.other.ft_transition_frames.is_empty();
    let expected = manifest.iter().find(roams).expect("a capture with a roam");
    let answer = 27;
    let last_finding = |change: &dyn Fn(&mut Vec<u8>) -> bool| {
        let mut secrets = expected.secrets();
        let mut inspector = Inspector::new(&mut secrets);
        let mut capture = Capture::open(&directory.join(&expected.file)).unwrap();
        while let Ok(Some(frame)) = capture.next_frame() {
            let Link::Dot11(octets) = frame.link else { continue };
            let mut octets = octets.to_vec();
            if frame.number != answer || change(&mut octets) {
                inspector.feed(&Frame {
                    link: Link::Dot11(&octets),
                    ..frame
                });
            }
        }
        inspector.finish().last().unwrap().verdict.finding
    };
    assert_eq!(last_finding(&|_| true), Finding::Transition { frame: answer });
    assert_eq!(
        last_finding(&|_| false),
        Finding::TransitionUnanswered { frame: answer - 1 }
    );
    // The MIC of the manifest, as it stands in the FTE.
    let mic = unhex("3244a6b4ea222016ed7a5aacb075c0fa");
    let flip = |octets: &mut Vec<u8>| {
        let place = octets.windows(mic.len()).position(|window| window == mic).unwrap();
        octets[place] ^= 1;
        true
    };
    assert_eq!(last_finding(&flip), Finding::WrongTransitionKey { frame: answer });
}

#[test]
fn without_a_secret_a_complete_handshake_is_unverified_and_no_key_is_derived() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        for operation in inspect_file(&directory, &expected, &mut Secrets::default()) {
            let outcome = match expected.expect.handshakes_complete {
                Some(true) => Outcome::Unverified,
                _ => Outcome::Incomplete,
            };
            assert_eq!(
                operation.verdict.outcome(),
                outcome,
                "{}: {}",
                expected.file,
                operation.verdict
            );
            assert!(operation.temporal_keys.is_empty() && operation.group_keys.is_empty());
        }
    }
}

#[test]
fn a_wrong_secret_is_proved_by_the_mic() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let mut secrets = Secrets::default();
        secrets.add_pmk(&[0x5a; 32]).unwrap();
        for operation in inspect_file(&directory, &expected, &mut secrets) {
            assert_eq!(
                operation.verdict.outcome(),
                Outcome::WrongSecret,
                "{}: {}",
                expected.file,
                operation.verdict
            );
            assert!(operation.messages().all(|(_, message)| message.mic != MicState::Valid));
            assert!(operation.temporal_keys.is_empty());
        }
    }
}

#[test]
fn a_passphrase_without_an_ssid_and_the_pmk_itself_lead_to_the_same() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let (Some(passphrase), Some(pmk)) = (&expected.secret.passphrase, &expected.computed_pmk_hex) else {
            continue;
        };
        let mut everywhere = Secrets::default();
        everywhere.add_passphrase(passphrase.as_bytes()).unwrap();
        let mut raw = Secrets::default();
        raw.add_pmk(&unhex(pmk)).unwrap();
        let keys = |operations: &[Operation]| -> Vec<String> {
            let keys = operations.iter().flat_map(|operation| &operation.temporal_keys);
            keys.map(|key| hex(key.as_bytes())).collect()
        };
        let with_ssid = keys(&inspect_file(&directory, &expected, &mut expected.secrets()));
        assert!(!with_ssid.is_empty(), "{}", expected.file);
        assert_eq!(
            keys(&inspect_file(&directory, &expected, &mut everywhere)),
            with_ssid,
            "{}",
            expected.file
        );
        assert_eq!(
            keys(&inspect_file(&directory, &expected, &mut raw)),
            with_ssid,
            "{}",
            expected.file
        );
    }
}

#[test]
fn no_damage_to_a_capture_makes_the_inspector_panic_or_invent_a_key() {
    let Some((directory, manifest)) = captures() else {
        return;
    };
    for expected in manifest {
        let mut whole = Vec::new();
        GzDecoder::new(File::open(directory.join(&expected.file)).unwrap())
            .read_to_end(&mut whole)
            .unwrap();
        let mut secrets = expected.secrets();
        let right: Vec<_> = inspect(Capture::new(Cursor::new(whole.clone()), None).unwrap(), &mut secrets)
            .into_iter()
            .flat_map(|operation| operation.temporal_keys)
            .collect();
        // A linear congruential generator (Knuth's MMIX constants): the same damage every time.
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for _ in 0..8 {
            let mut damaged = whole.clone();
            for _ in 0..damaged.len() / 200 {
                // Behind the file's header, so that most of the capture is still read.
                let place = 300 + random(damaged.len() - 300);
                damaged[place] ^= 1 << random(8);
            }
            damaged.truncate(damaged.len() - random(damaged.len() / 8));
            let Ok(capture) = Capture::new(Cursor::new(damaged), None) else {
                continue;
            };
            for operation in inspect(capture, &mut secrets) {
                assert!(
                    operation.temporal_keys.iter().all(|key| right.contains(key)),
                    "{}",
                    expected.file
                );
            }
        }
    }
}
