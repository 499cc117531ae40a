//! Message 1: nothing proves it.

use super::*;

#[test]
fn every_field_of_message_1_is_what_the_standard_fixes() {
    let good = Draft::message_1(1, ANONCE);
    let message = MessageName::FourWay1;
    let field = |field| Refusal::Field { message, field };
    let info = |found| Refusal::KeyInfo {
        message,
        found: KeyInfo(found),
        expected: KeyInfo(0x008a),
    };
    let cases = [
        (
            Draft {
                descriptor: Descriptor::WPA,
                ..good.clone()
            },
            Refusal::Descriptor(Descriptor::WPA),
        ),
        (
            Draft {
                key_length: 32,
                ..good.clone()
            },
            field("key length"),
        ),
        (
            Draft {
                iv: [1; 16],
                ..good.clone()
            },
            field("IV"),
        ),
        (
            Draft {
                rsc: [1; 8],
                ..good.clone()
            },
            field("RSC"),
        ),
        (
            Draft {
                reserved: [1; 8],
                ..good.clone()
            },
            field("reserved field"),
        ),
        // Secure, although there are no keys yet; install; encrypted key data; another version; a reserved bit.
        (
            Draft {
                info: 0x028a,
                ..good.clone()
            },
            info(0x028a),
        ),
        (
            Draft {
                info: 0x00ca,
                ..good.clone()
            },
            info(0x00ca),
        ),
        (
            Draft {
                info: 0x108a,
                ..good.clone()
            },
            info(0x108a),
        ),
        (
            Draft {
                info: 0x008b,
                ..good.clone()
            },
            info(0x008b),
        ),
        (
            Draft {
                info: 0x808a,
                ..good.clone()
            },
            info(0x808a),
        ),
    ];
    for (draft, refusal) in cases {
        let mut station = Station::new(WPA2);
        assert_eq!(station.take(&draft.unsealed()), Err(refusal));
        assert_eq!(station.supplicant.waiting_for(), Some(MessageName::FourWay1));
        station.take(&good.unsealed()).unwrap();
    }
    let mut pdu = good.unsealed();
    pdu[81] = 1;
    assert_eq!(Station::new(WPA2).take(&pdu), Err(field("MIC")));
}

#[test]
fn message_1_may_say_secure_once_there_are_keys_and_message_2_says_the_same() {
    let (mut station, _) = established();
    for info in [0x008a, 0x028a] {
        let draft = Draft {
            info,
            ..Draft::message_1(3, OTHER_ANONCE)
        };
        let message_2 = sent(&station.take(&draft.unsealed()).unwrap());
        assert_eq!(parse(&message_2).info.secure(), KeyInfo(info).secure());
    }
}

#[test]
fn a_pmkid_in_message_1_must_be_ours_where_there_is_more_than_one_pmk() {
    let network = Network { akm: Akm::EAP, ..WPA2 };
    let named = |pmkid: &[u8; 16]| {
        Draft {
            key_data: Kde::Pmkid(pmkid).to_vec().unwrap(),
            ..Draft::message_1(1, ANONCE)
        }
        .unsealed()
    };
    let pmkid = keys::derive::pmkid(network.suite(), &network.pmk(), ACCESS_POINT, STATION).unwrap();
    Station::new(network).take(&named(&pmkid)).unwrap();
    assert_eq!(Station::new(network).take(&named(&[7; 16])), Err(Refusal::Pmkid));
    // Key data of another kind names no PMK at all.
    let draft = Draft {
        key_data: gtk_kde(1, &GTK),
        ..Draft::message_1(1, ANONCE)
    };
    assert_eq!(Station::new(network).take(&draft.unsealed()), Err(Refusal::Pmkid));
    // Where the authentication names the PMK, its name counts.
    let network = Network { akm: Akm::SAE, ..WPA2 };
    let mut message_1 = named(&[7; 16]);
    message_1[6] = 0x88;
    assert_eq!(Station::new(network).take(&message_1), Err(Refusal::Pmkid));
    let mut unnamed = Draft {
        info: 0x0088,
        ..Draft::message_1(1, ANONCE)
    };
    unnamed.key_data = gtk_kde(1, &GTK);
    assert_eq!(Station::new(network).take(&unnamed.unsealed()), Err(Refusal::Pmkid));
    let mut station = Station::new(network);
    station.supplicant = network.supplicant().with_pmkid([7; 16]);
    station.take(&message_1).unwrap();
}

#[test]
fn a_pmk_that_was_offered_must_be_named_in_the_first_message_1() {
    let network = Network { akm: Akm::EAP, ..WPA2 };
    let pmkid = keys::derive::pmkid(network.suite(), &network.pmk(), ACCESS_POINT, STATION).unwrap();
    let offering = || {
        let mut station = Station::new(network);
        station.supplicant = network.supplicant().with_offered_pmkid(pmkid);
        station
    };
    let unnamed = Draft::message_1(1, ANONCE).unsealed();
    assert_eq!(offering().take(&unnamed), Err(Refusal::Pmkid));
    let named = Draft {
        key_data: Kde::Pmkid(&pmkid).to_vec().unwrap(),
        ..Draft::message_1(1, ANONCE)
    };
    offering().take(&named.unsealed()).unwrap();
    // What another authentication has left, both sides have.
    let mut station = offering();
    station.supplicant.set_pmk(network.pmk()).unwrap();
    station.take(&unnamed).unwrap();
}

#[test]
fn a_repeated_message_1_is_answered_with_the_same_nonce_and_keys() {
    let (mut station, ptk) = answered();
    let again = sent(&station.take(&Draft::message_1(2, ANONCE).unsealed()).unwrap());
    assert_eq!(parse(&again).replay_counter, 2);
    assert_eq!(again, seal(again.clone(), &ptk));
    assert_eq!(station.supplicant.repeats_of_message_1(), 1);
    assert!(completed(&station.take(&message_3(3, &ptk)).unwrap()));
    assert_eq!(station.supplicant.repeats_of_message_1(), 0);
}

#[test]
fn a_copy_of_message_1_with_another_protocol_version_is_refused() {
    let (mut station, ptk) = answered();
    let draft = Draft {
        protocol_version: 1,
        ..Draft::message_1(2, ANONCE)
    };
    let refusal = Refusal::Field {
        message: MessageName::FourWay1,
        field: "protocol version",
    };
    assert_eq!(station.take(&draft.unsealed()), Err(refusal));
    assert!(completed(&station.take(&message_3(2, &ptk)).unwrap()));
}

#[test]
fn a_new_message_1_in_mid_handshake_begins_anew() {
    let (mut station, _) = answered();
    let message_2 = sent(&station.take(&Draft::message_1(2, OTHER_ANONCE).unsealed()).unwrap());
    let ptk = WPA2.ptk(&OTHER_ANONCE, parse(&message_2).nonce);
    assert_eq!(message_2, seal(message_2.clone(), &ptk));
    let message_3 = Draft::message_3(3, OTHER_ANONCE, &plain(), &ptk).sealed(&ptk);
    let effects = station.take(&message_3).unwrap();
    assert_eq!(effects[1], Seen::Pairwise(Cipher::CCMP_128, ptk.tk().to_vec()));
}

#[test]
fn forged_messages_1_in_mid_handshake_do_not_prevent_message_3() {
    let (mut station, ptk) = answered();
    for counter in 0..10 {
        station
            .take(&Draft::message_1(counter, [counter as u8; 32]).unsealed())
            .unwrap();
    }
    let effects = station.take(&message_3(2, &ptk)).unwrap();
    assert_eq!(effects[1], Seen::Pairwise(Cipher::CCMP_128, ptk.tk().to_vec()));
    assert_eq!(station.supplicant.waiting_for(), None);
}

#[test]
fn a_forged_message_1_does_not_disturb_a_completed_handshake() {
    let (mut station, ptk) = established();
    // Even one with the ANonce in use, which anybody can have heard.
    for anonce in [OTHER_ANONCE, ANONCE] {
        station.take(&Draft::message_1(u64::MAX, anonce).unsealed()).unwrap();
        assert!(station.supplicant.is_complete());
    }
    let effects = station.take(&message_3(3, &ptk)).unwrap();
    assert_eq!((effects.len(), name(&sent(&effects))), (1, MessageName::FourWay4));
    let group = Draft::group_message_1(4, &gtk_kde(2, &[0x44; 16]), &ptk);
    assert_eq!(installs(&station.take(&group.sealed(&ptk)).unwrap()), 1);
}
