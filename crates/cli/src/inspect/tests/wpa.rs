//! WPA, whose group key comes after the 4-way handshake.

use super::*;

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
