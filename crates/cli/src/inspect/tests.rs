use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use frame::element::id;
use frame::{Akm, Cipher};
use ihv::Proof;
use proptest::prelude::*;

use super::air::{self, Air};
use super::*;

/// The only operation.
fn one(operations: Vec<Operation>) -> Operation {
    let [operation] = operations
        .try_into()
        .unwrap_or_else(|found: Vec<_>| panic!("{} operations", found.len()));
    operation
}

fn finding(air: &Air) -> Finding {
    one(air.operations()).verdict.finding
}

fn names_and_mics(operation: &Operation) -> Vec<(&'static str, MicState)> {
    operation
        .messages()
        .map(|(_, message)| (message.name.as_str(), message.mic))
        .collect()
}

#[test]
fn a_whole_handshake_is_authorized_and_the_messages_inside_data_are_found() {
    let air = Air::new().beacon().associate().handshake(1).data().group_handshake(3);
    let operation = one(air.operations());
    assert_eq!(
        operation.verdict,
        Verdict {
            finding: Finding::Authorized { frame: 9 },
            remarks: vec![]
        }
    );
    assert_eq!(operation.ssid.as_deref(), Some(&b"test"[..]));
    assert_eq!(
        names_and_mics(&operation),
        [
            ("4way-1", MicState::Absent),
            ("4way-2", MicState::Valid),
            ("4way-3", MicState::Valid),
            ("4way-4", MicState::Valid),
            ("group-1", MicState::Valid),
            ("group-2", MicState::Valid),
        ]
    );
    assert_eq!((operation.temporal_keys.len(), operation.group_keys.len()), (1, 1));
    assert_eq!(
        operation.steps.last().map(|step| (step.frame, step.encrypted)),
        Some((12, true))
    );
}

#[test]
fn without_a_secret_the_same_is_unverified() {
    let air = Air::new().beacon().associate().handshake(1);
    let finding = one(air.operations_with(&mut Secrets::default())).verdict.finding;
    assert_eq!(
        finding,
        Finding::Unverified {
            missing: Missing::AnySecret
        }
    );
    let mut for_another = Secrets::default();
    for_another.add_network(b"other".to_vec(), b"passphrase").unwrap();
    let finding = one(air.operations_with(&mut for_another)).verdict.finding;
    assert_eq!(
        finding,
        Finding::Unverified {
            missing: Missing::SecretForThis
        }
    );
}

#[test]
fn a_capture_that_ends_early_is_incomplete_and_says_what_never_came() {
    let begun = || Air::new().beacon().associate();
    let stopped = |after, secret_proved| Finding::Stopped { after, secret_proved };
    assert_eq!(finding(&begun()), stopped(None, false));
    assert_eq!(
        finding(&begun().message_1(1)),
        stopped(Some(MessageName::FourWay1), false)
    );
    let two = begun().message_1(1).message_2(1);
    assert_eq!(finding(&two), stopped(Some(MessageName::FourWay2), true));
    let three = begun().message_1(1).message_2(1).message_3(2);
    assert_eq!(finding(&three), stopped(Some(MessageName::FourWay3), true));
}

#[test]
fn data_after_message_2_shows_that_the_port_did_open() {
    let air = Air::new().beacon().associate().message_1(1).message_2(1).data().data();
    let with_secret = one(air.operations());
    assert_eq!(
        with_secret.verdict.remarks,
        [Remark::DataFollows { frame: 8, frames: 2 }]
    );
    assert_eq!(with_secret.verdict.outcome(), Outcome::Incomplete);
    let without = one(air.operations_with(&mut Secrets::default()));
    assert_eq!(without.verdict.remarks, [Remark::SealedDataFollows { frame: 8 }]);
}

#[test]
fn the_mic_of_message_2_proves_a_wrong_secret_and_who_has_it() {
    let other = || {
        Air::new()
            .with_pmk([8; 32])
            .beacon()
            .associate()
            .message_1(1)
            .message_2(1)
    };
    assert_eq!(
        finding(&other()),
        Finding::WrongSecret {
            frame: 7,
            accepted: false
        }
    );
    assert_eq!(
        finding(&other().message_1(2).message_2(2)),
        Finding::WrongSecret {
            frame: 9,
            accepted: false
        }
    );
    assert_eq!(
        finding(&other().message_3(2)),
        Finding::WrongSecret {
            frame: 7,
            accepted: true
        }
    );
    assert_eq!(
        finding(&other().data()),
        Finding::WrongSecret {
            frame: 7,
            accepted: true
        }
    );
    let rejected = other().deauthenticate(Sender::AccessPoint, 15);
    assert_eq!(
        finding(&rejected),
        Finding::WrongSecret {
            frame: 7,
            accepted: false
        }
    );
}

#[test]
fn of_several_nonces_the_pair_that_verifies_is_chosen() {
    let air = Air::new().beacon().associate();
    let air = air
        .with_nonces(1, 2)
        .message_1(1)
        .with_nonces(3, 4)
        .message_1(2)
        .with_nonces(5, 6)
        .message_1(3);
    // The station answers the second message 1, and then the third.
    let air = air
        .with_nonces(3, 4)
        .message_2(2)
        .with_nonces(5, 6)
        .message_2(3)
        .message_3(4)
        .message_4(4);
    let operation = one(air.operations());
    assert_eq!(operation.verdict.finding, Finding::Authorized { frame: 12 });
    assert!(
        operation
            .messages()
            .all(|(_, message)| message.mic != MicState::Invalid)
    );
}

#[test]
fn a_message_that_comes_before_its_nonce_is_proved_when_that_comes() {
    let air = Air::new().beacon().associate().message_2(1).message_3(2).message_4(2);
    let operation = one(air.operations());
    assert_eq!(operation.verdict.finding, Finding::Authorized { frame: 8 });
    assert_eq!(operation.verdict.remarks, [Remark::NotCaptured(MessageName::FourWay1)]);
    assert!(operation.messages().all(|(_, message)| message.mic == MicState::Valid));
}

#[test]
fn a_beacon_that_differs_from_message_3_is_a_downgrade() {
    let weaker = {
        let mut rsne = Air::new().rsne();
        rsne[13] = 2;
        rsne
    };
    let air = Air::new().beacon_with(&weaker).associate().handshake(1);
    let element = Compared::Rsne;
    assert_eq!(
        finding(&air),
        Finding::ElementMismatch {
            frame: 8,
            sender: Sender::AccessPoint,
            element
        }
    );
    let hidden = [Air::new().rsne(), vec![id::RSN_EXTENSION, 1, 0x20]].concat();
    let air = Air::new().beacon_with(&hidden).associate().handshake(1);
    let element = Compared::Rsnxe;
    assert_eq!(
        finding(&air),
        Finding::ElementMismatch {
            frame: 8,
            sender: Sender::AccessPoint,
            element
        }
    );
}

#[test]
fn an_association_request_that_differs_from_message_2_is_told() {
    let mut other = Air::new().rsne();
    other[20] = 0x80;
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request_with(&other)
        .respond(StatusCode::SUCCESS);
    let element = Compared::Rsne;
    let expected = Finding::ElementMismatch {
        frame: 7,
        sender: Sender::Station,
        element,
    };
    assert_eq!(finding(&air.message_1(1).message_2(1)), expected);
}

#[test]
fn the_suites_of_a_proved_message_2_count_and_not_those_of_a_forged_request() {
    let mut other = Air::new().rsne();
    // CCMP becomes WEP-40.
    other[13] = 1;
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request_with(&other)
        .respond(StatusCode::SUCCESS)
        .handshake(1);
    let operation = one(air.operations());
    assert_eq!(
        operation.negotiated.map(|negotiated| negotiated.pairwise),
        Some(Cipher::CCMP_128)
    );
    let right = one(Air::new().beacon().associate().handshake(1).operations());
    assert!(operation.temporal_keys == right.temporal_keys);
}

#[test]
fn a_refusal_is_told_with_its_status() {
    let status = StatusCode(17);
    let air = Air::new().beacon().authenticate(status);
    assert_eq!(finding(&air), Finding::AuthenticationRefused { frame: 3, status });
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .respond(status);
    assert_eq!(finding(&air), Finding::AssociationRefused { frame: 5, status });
}

#[test]
fn a_refused_request_and_the_next_one_are_two_operations() {
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .respond(StatusCode(17));
    let air = air.request().respond(StatusCode::SUCCESS).handshake(1);
    let outcomes: Vec<_> = air
        .operations()
        .iter()
        .map(|operation| operation.verdict.outcome())
        .collect();
    assert_eq!(outcomes, [Outcome::Rejected, Outcome::Authorized]);
}

#[test]
fn a_repeated_request_is_the_same_operation() {
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .again()
        .respond(StatusCode::SUCCESS);
    assert_eq!(finding(&air.again().handshake(1)), Finding::Authorized { frame: 11 });
}

#[test]
fn a_refusal_by_the_authentication_server_is_told() {
    let air = Air::new()
        .beacon()
        .associate()
        .eap_failure()
        .deauthenticate(Sender::AccessPoint, 23);
    assert_eq!(finding(&air), Finding::EapRefused { frame: 6 });
}

#[test]
fn who_leaves_before_the_end_decides_between_rejected_and_incomplete() {
    let begun = || Air::new().beacon().associate().message_1(1);
    let disconnected = |sender| Finding::Disconnected {
        frame: 7,
        sender,
        reason: ReasonCode(15),
        after: Some(MessageName::FourWay1),
        secret_proved: false,
    };
    for (sender, outcome) in [
        (Sender::AccessPoint, Outcome::Rejected),
        (Sender::Station, Outcome::Incomplete),
    ] {
        let operation = one(begun().deauthenticate(sender, 15).operations());
        assert_eq!(operation.verdict.finding, disconnected(sender));
        assert_eq!(operation.verdict.outcome(), outcome);
    }
}

#[test]
fn a_deauthentication_after_completion_leaves_the_operation_authorized_and_ends_it() {
    let air = Air::new()
        .beacon()
        .associate()
        .handshake(1)
        .deauthenticate(Sender::Station, 3)
        .associate()
        .handshake(1);
    let operations = air.operations();
    assert_eq!(operations.len(), 2);
    let left = Remark::Left {
        frame: 10,
        sender: Sender::Station,
        reason: ReasonCode(3),
    };
    assert_eq!(
        operations[0].verdict,
        Verdict {
            finding: Finding::Authorized { frame: 9 },
            remarks: vec![left]
        }
    );
    assert_eq!(operations[1].verdict.finding, Finding::Authorized { frame: 18 });
}

#[test]
fn an_unprotected_deauthentication_does_not_end_what_protects_its_management_frames() {
    let air = Air::new().with_protected_management().beacon().associate().handshake(1);
    let air = air.deauthenticate(Sender::AccessPoint, 7).group_handshake(3);
    let air = air
        .deauthenticate_protected(Sender::AccessPoint, 4)
        .deauthenticate(Sender::Station, 3);
    let operation = one(air.operations());
    let left = Remark::Left {
        frame: 13,
        sender: Sender::AccessPoint,
        reason: ReasonCode(4),
    };
    assert_eq!(
        operation.verdict.remarks,
        [left, Remark::ForgedDisconnection { frame: 10 }]
    );
    assert_eq!(operation.messages().count(), 6);
}

#[test]
fn a_counter_used_again_is_a_replay_and_the_same_octets_again_are_not() {
    let air = Air::new()
        .beacon()
        .associate()
        .message_1(1)
        .message_2(1)
        .message_3(2)
        .again()
        .message_4(2);
    let operation = one(air.operations());
    assert_eq!(
        operation.verdict,
        Verdict {
            finding: Finding::Authorized { frame: 10 },
            remarks: vec![]
        }
    );
    let air = Air::new().beacon().associate().handshake(1).group_handshake(2);
    let replayed = Remark::Replayed {
        frame: 10,
        name: MessageName::Group1,
    };
    assert_eq!(one(air.operations()).verdict.remarks, [replayed]);
}

#[test]
fn a_rekey_belongs_to_the_operation_and_another_message_1_in_the_clear_does_not() {
    let air = Air::new().handshake(1).with_nonces(8, 9).handshake(1);
    let operations = air.operations();
    assert_eq!(operations.len(), 2, "the counter begins anew");
    assert!(
        operations
            .iter()
            .all(|operation| operation.verdict.outcome() == Outcome::Authorized)
    );
    let air = Air::new().handshake(1).with_nonces(8, 9).handshake(3);
    assert_eq!(air.operations().len(), 2, "a rekey would have been encrypted");
    let air = Air::new()
        .on_ethernet()
        .handshake(1)
        .with_nonces(8, 9)
        .message_1(3)
        .message_2(3);
    let operation = one(air.operations());
    assert_eq!(operation.temporal_keys.len(), 2, "on a wire nothing is encrypted");
    let unfinished = Remark::RekeyUnfinished {
        frame: 6,
        after: MessageName::FourWay2,
    };
    assert_eq!(operation.verdict.remarks, [unfinished]);
}

#[test]
fn an_ethernet_capture_tells_the_ends_apart_by_the_messages() {
    let operation = one(Air::new().on_ethernet().handshake(1).operations());
    assert_eq!((operation.bssid, operation.sta), (air::AP, air::STATION));
    assert_eq!(operation.verdict.finding, Finding::Authorized { frame: 4 });
}

#[test]
fn wpa_is_named_and_its_mics_and_its_group_key_are_verified() {
    let air = Air::new()
        .with_wpa()
        .beacon()
        .associate()
        .handshake(1)
        .wpa_group_handshake(3);
    let operation = one(air.operations());
    let negotiated = operation.negotiated.unwrap();
    assert_eq!((negotiated.akm, negotiated.pairwise), (Akm::WPA_PSK, Cipher::WPA_TKIP));
    assert_eq!(operation.verdict.finding, Finding::Authorized { frame: 9 });
    assert_eq!(operation.verdict.remarks, []);
    assert_eq!(
        names_and_mics(&operation)[4..],
        [("group-1", MicState::Valid), ("group-2", MicState::Valid)]
    );
    assert!(
        operation.steps.iter().rev().take(2).all(|step| step.encrypted),
        "TKIP data is opened"
    );
    assert_eq!(operation.group_keys[0].as_bytes(), [0x67; 32]);
}

#[test]
fn wpa_without_its_group_key_is_incomplete() {
    let begun = || Air::new().with_wpa().beacon().associate().handshake(1);
    let never_came = Finding::NoGroupKey {
        frame: 9,
        delivered: false,
    };
    assert_eq!(finding(&begun()), never_came);
    let unconfirmed = begun().wpa_group_message_1(3).deauthenticate(Sender::Station, 1);
    let verdict = one(unconfirmed.operations()).verdict;
    let not_confirmed = Finding::NoGroupKey {
        frame: 10,
        delivered: true,
    };
    assert_eq!(verdict.finding, not_confirmed);
    assert_eq!(verdict.outcome(), Outcome::Incomplete);
    let remarks = one(begun().data().operations()).verdict.remarks;
    assert_eq!(remarks, [Remark::DataFollows { frame: 10, frames: 1 }]);
}

#[test]
fn a_transition_over_the_ds_belongs_to_the_access_point_that_it_leads_to() {
    let status = StatusCode::INVALID_PMKID;
    let air = Air::new()
        .beacon()
        .transition_over_ds(1, &[])
        .transition_over_ds(2, &status.0.to_le_bytes());
    let operation = one(air.operations());
    assert_eq!((operation.bssid, operation.sta), (air::AP, air::STATION));
    let actions: Vec<_> = operation
        .steps
        .iter()
        .filter_map(|step| match step.event {
            Event::TransitionAction { action, status } => Some((step.sender, action, status)),
            _ => None,
        })
        .collect();
    assert_eq!(
        actions,
        [
            (Sender::Station, TransitionAction::Request, None),
            (Sender::AccessPoint, TransitionAction::Response, Some(status)),
        ]
    );
    let finding = operation.verdict.finding;
    assert_eq!(finding, Finding::AuthenticationRefused { frame: 3, status });
}

#[test]
fn a_wpa_element_that_differs_from_the_beacons_is_a_downgrade() {
    let mut other = Air::new().with_wpa().rsne();
    other[11] = 4;
    let air = Air::new().with_wpa().beacon_with(&other).associate().handshake(1);
    let element = Compared::Wpa;
    assert_eq!(
        finding(&air),
        Finding::ElementMismatch {
            frame: 8,
            sender: Sender::AccessPoint,
            element
        }
    );
}

/// The steps of SAE, in words.
fn sae_steps(operation: &Operation) -> Vec<String> {
    let sae = |step: &Step| match step.event {
        Event::Authentication { sae, .. } => sae.map(|sae| sae.to_string()),
        _ => None,
    };
    operation.steps.iter().filter_map(sae).collect()
}

#[test]
fn the_steps_of_sae_are_told_and_a_token_or_another_group_is_no_refusal() {
    use Sender::{AccessPoint, Station};
    let air = Air::new()
        .beacon()
        .sae(Station, 1, 126, &[20, 0])
        .sae(AccessPoint, 1, 77, &[20, 0])
        .sae(Station, 1, 126, &[19, 0])
        .sae(AccessPoint, 1, 76, &[19, 0, 1, 2])
        .sae(Station, 1, 126, &[19, 0])
        .sae(AccessPoint, 1, 126, &[19, 0])
        .sae(Station, 2, 0, &[1, 0])
        .sae(AccessPoint, 2, 0, &[1, 0]);
    let operation = one(air.request().respond(StatusCode::SUCCESS).handshake(1).operations());
    assert_eq!(operation.verdict.outcome(), Outcome::Authorized);
    assert_eq!(
        sae_steps(&operation),
        [
            "commit, group 20, hash-to-element",
            "does not support group 20",
            "commit, group 19, hash-to-element",
            "asks for its anti-clogging token",
            "commit, group 19, hash-to-element",
            "commit, group 19, hash-to-element",
            "confirm",
            "confirm",
        ]
    );
}

#[test]
fn a_refused_confirm_proves_another_password_and_any_other_refusal_does_not() {
    use Sender::{AccessPoint, Station};
    let committed = || {
        Air::new()
            .beacon()
            .sae(Station, 1, 0, &[19, 0])
            .sae(AccessPoint, 1, 0, &[19, 0])
            .sae(Station, 2, 0, &[1, 0])
    };
    for (status, proof) in [(15, Proof::Proved), (1, Proof::Suspected)] {
        let refused = one(committed().sae(AccessPoint, 2, status, &[]).operations()).verdict;
        let (frame, sender, status) = (5, AccessPoint, StatusCode(status));
        assert_eq!(refused.finding, Finding::ConfirmRefused { frame, sender, status });
        assert_eq!(refused.outcome(), Outcome::WrongSecret);
        assert_eq!(refused.shared(), Some(host::outcome::Outcome::WrongSecret(proof)));
    }
    let status = StatusCode(17);
    let refused = one(committed().sae(AccessPoint, 2, 17, &[]).operations()).verdict;
    assert_eq!(refused.finding, Finding::AuthenticationRefused { frame: 5, status });
    let status = StatusCode(15);
    let air = Air::new().beacon().sae(Station, 1, 0, &[19, 0]);
    let refused = one(air.sae(AccessPoint, 1, 15, &[]).operations()).verdict;
    assert_eq!(refused.finding, Finding::AuthenticationRefused { frame: 3, status });
}

#[test]
fn sae_without_an_end_says_what_was_not_answered() {
    use Sender::{AccessPoint, Station};
    let air = Air::new()
        .beacon()
        .sae(Station, 1, 0, &[19, 0])
        .sae(AccessPoint, 1, 0, &[19, 0])
        .sae(Station, 2, 0, &[1, 0]);
    let verdict = one(air.operations()).verdict;
    let (sender, step) = (Station, SaeStep::Confirm);
    assert_eq!(verdict.finding, Finding::SaeUnfinished { frame: 4, sender, step });
    assert_eq!(verdict.outcome(), Outcome::Incomplete);
    assert!(verdict.advice().contains("wrong password"), "{}", verdict.advice());
    let complete = air.sae(AccessPoint, 2, 0, &[1, 0]);
    let stopped = Finding::Stopped {
        after: None,
        secret_proved: false,
    };
    assert_eq!(finding(&complete), stopped, "it is the association that never came");
}

#[test]
fn a_group_that_nobody_supports_is_told_for_sae_and_for_owe() {
    use Sender::{AccessPoint, Station};
    let status = StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP;
    let air = Air::new()
        .beacon()
        .sae(Station, 1, 0, &[21, 0])
        .sae(AccessPoint, 1, 77, &[21, 0]);
    let verdict = one(air.operations()).verdict;
    assert_eq!(verdict.finding, Finding::AuthenticationRefused { frame: 3, status });
    assert_eq!(verdict.shared(), Some(host::outcome::Outcome::NoCommonGroup));

    let dh = [id::EXTENSION, 5, 32, 21, 0, 0xaa, 0xbb];
    let elements = [Air::new().rsne(), dh.to_vec()].concat();
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request_with(&elements)
        .respond(status);
    let operation = one(air.operations());
    assert_eq!(
        operation.verdict.finding,
        Finding::AssociationRefused { frame: 5, status }
    );
    assert_eq!(operation.verdict.shared(), Some(host::outcome::Outcome::NoCommonGroup));
    let asked = operation.steps.iter().find_map(|step| match step.event {
        Event::AssociationRequest(request) => Some(request.describe("request")),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("association request, OWE group 21"));
}

#[test]
fn a_refusal_for_management_frame_protection_says_what_to_do() {
    let air = Air::new()
        .beacon()
        .authenticate(StatusCode::SUCCESS)
        .request()
        .respond(StatusCode::ROBUST_MANAGEMENT_POLICY_VIOLATION);
    let verdict = one(air.operations()).verdict;
    assert_eq!(verdict.outcome(), Outcome::Rejected);
    assert!(verdict.advice().contains("management frame protection"));
}

#[test]
fn an_association_without_security_is_no_operation() {
    let air = Air::new()
        .beacon_with(&[])
        .authenticate(StatusCode::SUCCESS)
        .request_with(&[]);
    assert!(air.respond(StatusCode::SUCCESS).operations().is_empty());
    assert!(
        Air::new()
            .beacon_with(&[])
            .authenticate(StatusCode(13))
            .operations()
            .is_empty()
    );
}

#[test]
fn a_flood_of_stations_is_reported_as_it_goes_and_loses_no_operation() {
    let air = Air::new().beacon().associate().message_1(1);
    let mut secrets = Secrets::default();
    let mut inspector = Inspector::new(&mut secrets);
    let mut number = 0;
    let mut early = 0;
    for station in 0..2000_u16 {
        for octets in air.frames() {
            let mut octets = octets.clone();
            for address in [4, 10] {
                if octets[address..address + 6] == air::STATION.0 {
                    octets[address + 2..address + 4].copy_from_slice(&station.to_be_bytes());
                }
            }
            number += 1;
            inspector.feed(&adapter::replay::Frame {
                number,
                time_us: 0,
                link: adapter::replay::Link::Dot11(&octets),
            });
        }
        while inspector.next_operation().is_some() {
            early += 1;
        }
    }
    assert!(early >= 900, "{early}");
    assert_eq!(early + inspector.finish().count(), 2000);
}

#[test]
fn the_json_of_an_operation_has_the_documented_fields() {
    let air = Air::new().beacon().associate().handshake(1);
    let json = |show_keys| {
        let mut line = Vec::new();
        json::write("a.pcap".as_ref(), &one(air.operations()), show_keys, &mut line).unwrap();
        assert_eq!(line.iter().filter(|octet| **octet == b'\n').count(), 1);
        serde_json::from_slice::<serde_json::Value>(&line).unwrap()
    };
    let line = json(true);
    for (field, value) in [
        ("file", "a.pcap"),
        ("bssid", "02:00:00:00:00:01"),
        ("sta", "02:00:00:00:00:02"),
        ("ssid", "test"),
        ("akm", "00-0f-ac:2"),
        ("pairwise_cipher", "00-0f-ac:4"),
        ("group_cipher", "00-0f-ac:4"),
        ("outcome", "authorized"),
        ("cause", "authorized"),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    let message = serde_json::json!({
        "frame": 7, "name": "4way-2", "mic": "valid", "time": 7000, "replay_counter": 1, "encrypted": false
    });
    assert_eq!(line["messages"][1], message);
    assert_eq!(line["gtk"][0], "67".repeat(16));
    assert_eq!(line["tk"][0].as_str().map(str::len), Some(32));
    let line = json(false);
    assert!(
        line.get("tk").is_none() && line.get("gtk").is_none(),
        "secrets are shown only to who asks"
    );
}

#[test]
fn the_text_of_an_operation_shows_no_key_unless_asked() {
    let air = Air::new().beacon().associate().handshake(1);
    let text = |show_keys| {
        let mut text = Vec::new();
        text::write(
            "a.pcap".as_ref(),
            &one(air.operations()),
            show_keys,
            text::Style::plain(),
            &mut text,
        )
        .unwrap();
        String::from_utf8(text).unwrap()
    };
    let shown = text(false);
    assert!(shown.contains("\"test\"  access point 02:00:00:00:00:01, station 02:00:00:00:00:02"));
    assert!(
        shown.contains("7      0.005000  station --> AP  4way-2   MIC valid"),
        "{shown}"
    );
    assert!(shown.contains("authorized: The 4-way handshake is complete with message 4 in frame 9"));
    assert!(!shown.contains(&"67".repeat(16)));
    assert!(text(true).contains(&"67".repeat(16)));
}

proptest! {
    #[test]
    fn no_frames_make_the_inspector_panic(
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20),
    ) {
        let mut secrets = Secrets::default();
        let mut inspector = Inspector::new(&mut secrets);
        for (number, octets) in (1..).zip(&frames) {
            for link in [adapter::replay::Link::Dot11(octets), adapter::replay::Link::Ethernet(octets)] {
                inspector.feed(&adapter::replay::Frame { number, time_us: 0, link });
            }
        }
        let _ = inspector.finish().count();
    }

    /// A changed octet anywhere: no panic, and no key but the right one.
    #[test]
    fn no_change_to_a_frame_proves_another_key(
        frame in any::<proptest::sample::Index>(),
        place in any::<proptest::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let air = Air::new().beacon().associate().handshake(1).group_handshake(3).deauthenticate(Sender::Station, 3);
        let right = one(air.operations()).temporal_keys;
        let changed = air.changed(|frames| {
            let octets = &mut frames[frame.index(frames.len())];
            let place = place.index(octets.len());
            octets[place] ^= change;
        });
        for operation in changed.operations() {
            prop_assert!(operation.temporal_keys.iter().all(|key| right.contains(key)));
        }
    }
}
