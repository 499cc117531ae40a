//! Group keys, however they are delivered.

use super::*;

#[test]
fn group_keys_that_do_not_fit_are_refused_and_nothing_is_installed() {
    let cases = [
        (vec![], Refusal::MissingKey(KeyKind::Gtk)),
        (
            gtk_kde(1, &GTK[..15]),
            Refusal::KeyLength {
                key: KeyKind::Gtk,
                expected: 16,
                found: 15,
            },
        ),
        (
            gtk_kde(1, &[1; 32]),
            Refusal::KeyLength {
                key: KeyKind::Gtk,
                expected: 16,
                found: 32,
            },
        ),
        (
            gtk_kde(0, &GTK),
            Refusal::KeyId {
                key: KeyKind::Gtk,
                found: 0,
            },
        ),
        (gtk_kde(0b101, &GTK), Refusal::GroupKeyTransmits),
    ];
    for (kde, refusal) in cases {
        let (mut station, ptk) = answered();
        let plain = [WPA2.rsne(), kde.clone()].concat();
        assert_eq!(
            station.take(&Draft::message_3(2, ANONCE, &plain, &ptk).sealed(&ptk)),
            Err(refusal)
        );
        let (mut station, ptk) = established();
        assert_eq!(
            station.take(&Draft::group_message_1(3, &kde, &ptk).sealed(&ptk)),
            Err(refusal)
        );
    }
}

#[test]
fn management_keys_that_do_not_fit_are_refused() {
    let network = Network {
        akm: Akm::PSK,
        ..PROTECTED
    };
    let igtk = |key_id, len: usize| {
        Kde::Igtk {
            key_id,
            ipn: &[0; 6],
            key: &[9; 32][..len],
        }
        .to_vec()
        .unwrap()
    };
    let bigtk = |key_id| {
        Kde::Bigtk {
            key_id,
            bipn: &[0; 6],
            key: &[9; 16],
        }
        .to_vec()
        .unwrap()
    };
    let length = |found| Refusal::KeyLength {
        key: KeyKind::Igtk,
        expected: 16,
        found,
    };
    let cases = [
        (vec![], Err(Refusal::MissingKey(KeyKind::Igtk))),
        (igtk(4, 32), Err(length(32))),
        (
            igtk(3, 16),
            Err(Refusal::KeyId {
                key: KeyKind::Igtk,
                found: 3,
            }),
        ),
        (
            igtk(6, 16),
            Err(Refusal::KeyId {
                key: KeyKind::Igtk,
                found: 6,
            }),
        ),
        (
            igtk(0x104, 16),
            Err(Refusal::KeyId {
                key: KeyKind::Igtk,
                found: 0x104,
            }),
        ),
        (
            [igtk(4, 16), bigtk(5)].concat(),
            Err(Refusal::KeyId {
                key: KeyKind::Bigtk,
                found: 5,
            }),
        ),
        ([igtk(5, 16), bigtk(7)].concat(), Ok(4)),
    ];
    for (kdes, expected) in cases {
        let mut station = Station::new(network);
        let message_2 = sent(&station.take(&Draft::message_1(1, ANONCE).unsealed()).unwrap());
        let ptk = network.ptk(&ANONCE, parse(&message_2).nonce);
        let plain = [network.rsne(), network.rsnxe.unwrap().to_vec(), gtk_kde(1, &GTK), kdes].concat();
        let result = station.take(&Draft::message_3(2, ANONCE, &plain, &ptk).sealed(&ptk));
        assert_eq!(result.map(|effects| installs(&effects)), expected);
    }
}

#[test]
fn management_keys_that_were_not_negotiated_are_passed_over() {
    let (mut station, ptk) = answered();
    let igtk = Kde::Igtk {
        key_id: 4,
        ipn: &[0; 6],
        key: &[9; 16],
    }
    .to_vec()
    .unwrap();
    let plain = [plain(), igtk].concat();
    let effects = station
        .take(&Draft::message_3(2, ANONCE, &plain, &ptk).sealed(&ptk))
        .unwrap();
    assert_eq!(installs(&effects), 2);
}

#[test]
fn r29_a_group_key_that_is_installed_is_confirmed_but_not_installed_again() {
    let (mut station, ptk) = established();
    // The same key: as it was, with a lower packet number, under another identifier.
    for (counter, key_id) in [(3, 1), (4, 2), (5, 3)] {
        let effects = station
            .take(&Draft::group_message_1(counter, &gtk_kde(key_id, &GTK), &ptk).sealed(&ptk))
            .unwrap();
        assert_eq!(installs(&effects), 0);
        assert_eq!(name(&sent(&effects)), MessageName::Group2);
    }
    // A new key is installed, and the old one is remembered as long as it is in its slot.
    let new = Draft::group_message_1(6, &gtk_kde(2, &[0x44; 16]), &ptk);
    assert_eq!(installs(&station.take(&new.sealed(&ptk)).unwrap()), 1);
    let old = Draft::group_message_1(7, &gtk_kde(1, &GTK), &ptk);
    assert_eq!(installs(&station.take(&old.sealed(&ptk)).unwrap()), 0);
    assert_eq!(installs(&station.take(&message_3(8, &ptk)).unwrap()), 0);
}

#[test]
fn group_message_1_must_be_what_the_standard_fixes() {
    let (mut station, ptk) = answered();
    let message = MessageName::Group1;
    let good = Draft::group_message_1(3, &gtk_kde(2, &[0x44; 16]), &ptk);
    assert_eq!(station.take(&good.sealed(&ptk)), Err(Refusal::Unexpected { message }));
    station.take(&message_3(2, &ptk)).unwrap();
    assert_eq!(
        station.take(&good.sealed(&WPA2.ptk(&ANONCE, &ANONCE))),
        Err(Refusal::Mic { message })
    );
    for wrong in [0x1182, 0x13c2, 0x1392] {
        let refusal = Refusal::KeyInfo {
            message,
            found: KeyInfo(wrong),
            expected: KeyInfo(0x1382),
        };
        assert_eq!(
            station.take(
                &Draft {
                    info: wrong,
                    ..good.clone()
                }
                .sealed(&ptk)
            ),
            Err(refusal)
        );
    }
    let open = Draft {
        info: 0x0382,
        key_data: gtk_kde(2, &[0x44; 16]),
        ..good.clone()
    };
    assert_eq!(station.take(&open.sealed(&ptk)), Err(Refusal::NotEncrypted { message }));
    assert_eq!(installs(&station.take(&good.sealed(&ptk)).unwrap()), 1);
}

#[test]
fn who_does_the_group_key_handshakes_instead_is_given_the_keys_and_says_how_far_it_came() {
    let (station, _) = answered();
    assert!(station.supplicant.group_handshake_keys().is_none());
    let (mut station, ptk) = established();
    let keys = station.supplicant.group_handshake_keys().unwrap();
    assert_eq!((keys.kck, keys.kek, keys.replay_counter), (ptk.kck(), ptk.kek(), 2));
    station.supplicant.group_handshake_done(7);
    let message_1 = |counter| Draft::group_message_1(counter, &gtk_kde(2, &[0x33; 16]), &ptk).sealed(&ptk);
    assert!(matches!(
        station.take(&message_1(7)),
        Err(Refusal::Replay { last: 7, .. })
    ));
    assert!(station.take(&message_1(8)).is_ok());
}
