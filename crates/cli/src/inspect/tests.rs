mod before;
mod eap;
mod hostile;
mod report;
mod wpa;

use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use frame::element::id;
use frame::{Akm, Cipher};

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
fn a_refusal_by_the_authentication_server_is_told() {
    let air = Air::new()
        .beacon()
        .associate()
        .eap_failure()
        .deauthenticate(Sender::AccessPoint, 23);
    assert_eq!(finding(&air), Finding::EapRefused { frame: 6, alert: None });
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
fn before_the_keys_are_in_use_an_unprotected_deauthentication_counts() {
    let begun = || Air::new().with_protected_management().beacon().associate();
    let refused = begun().message_1(1).message_2(1).message_3(2);
    let refused = one(refused.deauthenticate(Sender::Station, 37).operations());
    let left = Finding::Disconnected {
        frame: 9,
        sender: Sender::Station,
        reason: ReasonCode(37),
        after: Some(MessageName::FourWay3),
        secret_proved: true,
    };
    assert_eq!(refused.verdict.finding, left);
    assert_eq!(refused.verdict.remarks, []);
    let in_use = one(begun().handshake(1).deauthenticate(Sender::Station, 37).operations());
    assert_eq!(in_use.verdict.remarks, [Remark::ForgedDisconnection { frame: 10 }]);
    // Message 4 was not captured, but data that it has let through was.
    let in_use = begun().message_1(1).message_2(1).message_3(2).data();
    let in_use = one(in_use.deauthenticate(Sender::Station, 37).operations());
    let forged = |remark: &Remark| *remark == Remark::ForgedDisconnection { frame: 10 };
    assert!(in_use.verdict.remarks.iter().any(forged));
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
