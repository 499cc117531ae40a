//! Message 3: what has to be true of it before a key is installed.

use super::*;

#[test]
fn the_mic_is_checked_before_anything_else_is_believed() {
    let (mut station, ptk) = answered();
    // Everything else is wrong as well: not encrypted, no keys, another key length, an old counter.
    let draft = Draft {
        counter: 0,
        info: 0x03ca,
        key_length: 5,
        ..Draft::message_1(0, ANONCE)
    };
    let message = MessageName::FourWay3;
    assert_eq!(
        station.take(&seal(draft.unsealed(), &WPA2.ptk(&ANONCE, &ANONCE))),
        Err(Refusal::Mic { message })
    );
    station.take(&message_3(2, &ptk)).unwrap();
}

#[test]
fn a_message_3_before_message_1_is_not_expected() {
    let mut station = Station::new(WPA2);
    let message = MessageName::FourWay3;
    assert_eq!(
        station.take(&message_3(1, &WPA2.ptk(&ANONCE, &ANONCE))),
        Err(Refusal::Unexpected { message })
    );
    assert_eq!(station.supplicant.waiting_for(), Some(MessageName::FourWay1));
}

#[test]
fn message_3_must_confirm_the_protocol_version_of_message_1() {
    let mut station = Station::new(WPA2);
    let draft = Draft {
        protocol_version: 3,
        ..Draft::message_1(1, ANONCE)
    };
    let message_2 = sent(&station.take(&draft.unsealed()).unwrap());
    assert_eq!(message_2[0], 3);
    let ptk = WPA2.ptk(&ANONCE, parse(&message_2).nonce);
    let refusal = Refusal::Field {
        message: MessageName::FourWay3,
        field: "protocol version",
    };
    assert_eq!(station.take(&message_3(2, &ptk)), Err(refusal));
    let draft = Draft {
        protocol_version: 3,
        ..Draft::message_3(2, ANONCE, &plain(), &ptk)
    };
    assert!(completed(&station.take(&draft.sealed(&ptk)).unwrap()));
}

#[test]
fn a_message_3_whose_nonce_nothing_proves_is_refused() {
    let (mut station, ptk) = answered();
    // The right keys, the wrong nonce: the authenticator contradicts its own message 1.
    let draft = Draft::message_3(2, OTHER_ANONCE, &plain(), &ptk);
    assert_eq!(station.take(&draft.sealed(&ptk)), Err(Refusal::Nonce));
    assert!(completed(&station.take(&message_3(2, &ptk)).unwrap()));
}

#[test]
fn r29_a_repeated_message_3_is_confirmed_but_installs_nothing() {
    let (mut station, ptk) = established();
    for counter in 3..6 {
        let effects = station.take(&message_3(counter, &ptk)).unwrap();
        let message_4 = sent(&effects);
        assert_eq!(effects.len(), 1);
        assert_eq!(parse(&message_4).replay_counter, counter);
        assert_eq!(message_4, seal(message_4.clone(), &ptk));
    }
}

#[test]
fn message_3_must_repeat_the_elements_of_the_beacon() {
    let network = Network {
        rsnxe: Some(&[244, 1, 0x20]),
        ..WPA2
    };
    let rsnxe = network.rsnxe.unwrap();
    let gtk = gtk_kde(1, &GTK);
    let mut weaker = network.rsne();
    weaker[7] = 2;
    let mut assigned = network.rsne();
    assigned[13] = 2;
    let cases = [
        (vec![&*weaker, rsnxe, &gtk], NegotiatedElement::Rsne),
        (vec![rsnxe, &gtk], NegotiatedElement::Rsne),
        (vec![&*network.rsne(), &gtk], NegotiatedElement::Rsnxe),
        (vec![&*network.rsne(), &[244, 1, 0x00], &gtk], NegotiatedElement::Rsnxe),
        (
            vec![&*network.rsne(), &*assigned, rsnxe, &gtk],
            NegotiatedElement::SecondRsne,
        ),
    ]
    .map(|(parts, element)| (parts.concat(), element));
    for (plain, element) in cases {
        let (mut station, ptk) = answered();
        station.supplicant = network.supplicant();
        station.rng = rng(0x57a);
        station.take(&Draft::message_1(1, ANONCE).unsealed()).unwrap();
        let refusal = station
            .take(&Draft::message_3(2, ANONCE, &plain, &ptk).sealed(&ptk))
            .unwrap_err();
        assert_eq!(refusal, Refusal::ElementMismatch(element));
        assert!(
            matches!(refusal.reason(), Some(ReasonCode(17 | 19))),
            "the association is to be ended"
        );
        assert!(!station.supplicant.is_complete());
        // Nothing was remembered: the genuine one with the same counter is still good.
        let good = [&*network.rsne(), rsnxe, &gtk].concat();
        assert!(completed(
            &station
                .take(&Draft::message_3(2, ANONCE, &good, &ptk).sealed(&ptk))
                .unwrap()
        ));
    }
}

#[test]
fn an_rsnxe_that_the_beacon_did_not_have_is_refused() {
    let (mut station, ptk) = answered();
    let plain = [&*plain(), &[244, 1, 0x20]].concat();
    let refusal = Refusal::ElementMismatch(NegotiatedElement::Rsnxe);
    assert_eq!(
        station.take(&Draft::message_3(2, ANONCE, &plain, &ptk).sealed(&ptk)),
        Err(refusal)
    );
}

#[test]
fn a_second_rsne_may_assign_the_cipher_that_was_negotiated() {
    let (mut station, ptk) = answered();
    let second = frame::rsne::Rsne {
        group_cipher: Some(Cipher::TKIP),
        pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
        ..Default::default()
    };
    let plain = [plain(), second.to_vec().unwrap()].concat();
    assert!(completed(
        &station
            .take(&Draft::message_3(2, ANONCE, &plain, &ptk).sealed(&ptk))
            .unwrap()
    ));
}

#[test]
fn message_3_must_be_what_the_standard_fixes() {
    let (mut station, ptk) = answered();
    let message = MessageName::FourWay3;
    let good = Draft::message_3(2, ANONCE, &plain(), &ptk);
    let info = |found| {
        Err(Refusal::KeyInfo {
            message,
            found: KeyInfo(found),
            expected: KeyInfo(0x13ca),
        })
    };
    // Without install; without secure; with the error bit; another version.
    for wrong in [0x138a, 0x11ca, 0x17ca, 0x13cb] {
        assert_eq!(
            station.take(
                &Draft {
                    info: wrong,
                    ..good.clone()
                }
                .sealed(&ptk)
            ),
            info(wrong)
        );
    }
    let refusal = Refusal::Field {
        message,
        field: "key length",
    };
    assert_eq!(
        station.take(
            &Draft {
                key_length: 32,
                ..good.clone()
            }
            .sealed(&ptk)
        ),
        Err(refusal)
    );
    let open = Draft {
        info: 0x03ca,
        key_data: plain(),
        ..good.clone()
    };
    assert_eq!(station.take(&open.sealed(&ptk)), Err(Refusal::NotEncrypted { message }));
    let mut damaged = good.clone();
    damaged.key_data[3] ^= 1;
    assert_eq!(station.take(&damaged.sealed(&ptk)), Err(Refusal::Unwrap { message }));
    assert!(completed(&station.take(&good.sealed(&ptk)).unwrap()));
}

#[test]
fn a_repeated_message_3_with_another_nonce_is_refused() {
    let (mut station, ptk) = established();
    let repeated = Draft::message_3(3, OTHER_ANONCE, &plain(), &ptk).sealed(&ptk);
    let message = MessageName::FourWay3;
    assert_eq!(station.take(&repeated), Err(Refusal::Unexpected { message }));
}
