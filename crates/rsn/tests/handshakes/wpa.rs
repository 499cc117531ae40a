//! The handshakes of WPA: the group key comes in a handshake of its own.

use frame::eapol_key::Descriptor;
use frame::{Akm, Cipher};
use keys::wrap::wrap_key_data;
use portcullis_rsn::refusal::{KeyKind, NegotiatedElement};
use portcullis_rsn::{Effects, MessageName, Refusal};

use crate::bench::*;

const PAIRWISE: [Cipher; 2] = [Cipher::WPA_TKIP, Cipher::WPA_CCMP_128];
const GROUP: [Cipher; 4] = [
    Cipher::WPA_TKIP,
    Cipher::WPA_CCMP_128,
    Cipher::WPA_WEP_40,
    Cipher::WPA_WEP_104,
];

fn networks() -> impl Iterator<Item = Network> {
    [Akm::WPA_PSK, Akm::WPA_EAP].into_iter().flat_map(|akm| {
        PAIRWISE.into_iter().flat_map(move |pairwise| {
            GROUP.map(|group| Network {
                akm,
                pairwise,
                group,
                ..WPA
            })
        })
    })
}

/// What message 4 makes the access point do, and what the station and it do after that.
struct Completion {
    at_ap: Vec<Seen>,
    at_station: Vec<Seen>,
    at_the_end: Vec<Seen>,
}

/// Plays both handshakes from message 4 on.
fn finish(ap: &mut Ap, station: &mut Station, message_4: &[u8]) -> Completion {
    let at_ap = ap.take(message_4).unwrap();
    let at_station = station.take(&sent(&at_ap)).unwrap();
    let at_the_end = ap.take(&sent(&at_station)).unwrap();
    Completion {
        at_ap,
        at_station,
        at_the_end,
    }
}

/// Plays the 4-way handshake up to message 4; what the station did with message 3.
fn four_messages(ap: &mut Ap, station: &mut Station) -> Vec<Seen> {
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    let message_3 = sent(&ap.take(&message_2).unwrap());
    station.take(&message_3).unwrap()
}

#[test]
fn both_sides_install_the_same_keys_with_every_combination_of_suites() {
    for network in networks() {
        let (mut ap, mut station) = (Ap::new(network), Station::new(network));
        let at_station = four_messages(&mut ap, &mut station);
        let [Seen::Send(message_4), Seen::Pairwise(cipher, tk)] = at_station.as_slice() else {
            panic!("{network:?}: {at_station:?}")
        };
        assert_eq!(*cipher, network.pairwise);
        assert!(!station.supplicant.is_complete(), "there is no group key yet");
        assert_eq!(station.supplicant.waiting_for(), Some(MessageName::Group1));

        let end = finish(&mut ap, &mut station, message_4);
        assert_eq!(end.at_ap[0], Seen::Pairwise(*cipher, tk.clone()), "{network:?}");
        let gtk = network.group_keys(0).gtk.unwrap().as_bytes().to_vec();
        assert_eq!(end.at_station[0], Seen::Group(network.group, 1, 7, gtk), "{network:?}");
        assert!(completed(&end.at_station) && completed(&end.at_the_end));
        assert!(ap.authenticator.is_complete() && station.supplicant.is_complete());
        assert_eq!(
            (ap.authenticator.waiting_for(), station.supplicant.waiting_for()),
            (None, None)
        );
    }
}

#[test]
fn the_messages_have_the_fields_of_wpa() {
    let (mut ap, mut station) = (Ap::new(WPA), Station::new(WPA));
    let message_1 = ap.start();
    let message_2 = sent(&station.take(&message_1).unwrap());
    let message_3 = sent(&ap.take(&message_2).unwrap());
    let message_4 = sent(&station.take(&message_3).unwrap());
    let group_1 = sent(&ap.take(&message_4).unwrap());
    let group_2 = sent(&station.take(&group_1).unwrap());
    let element = WPA.wpa_element();
    for (pdu, info, key_length, key_data) in [
        (message_1, 0x0089, 32, Some(&[][..])),
        (message_2, 0x0109, 32, Some(&element[..])),
        (message_3, 0x01c9, 32, Some(&element[..])),
        (message_4, 0x0109, 32, Some(&[][..])),
        (group_1, 0x0391, 32, None),
        (group_2, 0x0311, 32, Some(&[][..])),
    ] {
        let frame = parse(&pdu);
        assert_eq!(frame.descriptor, Descriptor::WPA);
        assert_eq!((frame.info.0, frame.key_length), (info, key_length), "{}", name(&pdu));
        match key_data {
            Some(key_data) => assert_eq!(frame.key_data, key_data, "{}", name(&pdu)),
            None => assert_eq!(frame.key_data.len(), 32, "the bare group key, encrypted"),
        }
    }
}

#[test]
fn a_group_rekey_and_a_pairwise_rekey_follow_the_first_handshakes() {
    let (mut ap, mut station) = (Ap::new(WPA), Station::new(WPA));
    let message_4 = sent(&four_messages(&mut ap, &mut station));
    finish(&mut ap, &mut station, &message_4);

    let (mut effects, keys) = (Effects::new(), WPA.group_keys(1));
    ap.authenticator.rekey_group(NOW, &keys, &mut ap.rng, &mut effects);
    let at_station = station.take(&sent(&seen(&mut effects))).unwrap();
    let gtk = keys.gtk.unwrap().as_bytes().to_vec();
    assert_eq!(at_station[0], Seen::Group(WPA.group, 2, 7, gtk));
    let at_ap = ap.take(&sent(&at_station)).unwrap();
    assert_eq!(at_ap, [Seen::Other("GroupCompleted".into())]);

    let again = four_messages(&mut ap, &mut station);
    assert!(completed(&again), "the group key is there already");
    assert!(matches!(&again[1], Seen::Pairwise(..)));
    let end = finish(&mut ap, &mut station, &sent(&again));
    assert!(completed(&end.at_ap));
    assert_eq!(installs(&end.at_station), 0, "the group key is the same");
    assert_eq!(end.at_the_end, [Seen::Other("GroupCompleted".into())]);
}

#[test]
fn r29_repeated_messages_are_answered_and_install_nothing() {
    let (mut ap, mut station) = (Ap::new(WPA), Station::new(WPA));
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    let message_3 = sent(&ap.take(&message_2).unwrap());
    station.take(&message_3).unwrap();
    let again = station.take(&sent(&ap.wait())).unwrap();
    assert_eq!(installs(&again), 0);
    let group_1 = sent(&ap.take(&sent(&again)).unwrap());
    assert_eq!(installs(&station.take(&group_1).unwrap()), 1);
    let again = station.take(&sent(&ap.wait())).unwrap();
    assert_eq!(installs(&again), 0);
    assert!(completed(&ap.take(&sent(&again)).unwrap()));
}

#[test]
fn a_wpa_element_that_is_not_the_announced_one_ends_the_handshake() {
    let weaker = Network {
        pairwise: Cipher::WPA_CCMP_128,
        ..WPA
    };
    let anonce = [0xa0; 32];
    let mut station = Station::new(WPA);
    let message_2 = sent(&station.take(&Draft::message_1(1, anonce).of_wpa().unsealed()).unwrap());
    let ptk = WPA.ptk(&anonce, parse(&message_2).nonce);
    let message_3 = |key_data| Draft {
        info: 0x01c9,
        key_data,
        ..Draft::message_1(2, anonce).of_wpa()
    };
    let mismatch = Refusal::ElementMismatch(NegotiatedElement::Wpa);
    for key_data in [weaker.wpa_element(), WPA2.rsne(), Vec::new()] {
        let refused = station.take(&message_3(key_data).sealed(&ptk));
        assert_eq!(refused, Err(mismatch));
    }
    assert!(mismatch.reason().is_some());
    // Some access points repeat everything that they announce.
    let all = [WPA2.rsne(), WPA.wpa_element()].concat();
    assert!(station.take(&message_3(all).sealed(&ptk)).is_ok());
}

#[test]
fn message_2_must_have_the_wpa_element_of_the_request() {
    let other = Network {
        group: Cipher::WPA_CCMP_128,
        ..WPA
    };
    let (mut ap, mut station) = (Ap::new(WPA), Station::new(other));
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    let mismatch = Refusal::ElementMismatch(NegotiatedElement::Wpa);
    assert_eq!(ap.take(&message_2), Err(mismatch));
}

#[test]
fn frames_of_the_other_generation_are_refused() {
    let rsn = Network {
        akm: Akm::PSK,
        pairwise: Cipher::TKIP,
        group: Cipher::TKIP,
        ..WPA
    };
    let refused = Station::new(rsn).take(&Ap::new(WPA).start());
    assert_eq!(refused, Err(Refusal::Descriptor(Descriptor::WPA)));
    let refused = Station::new(WPA).take(&Ap::new(rsn).start());
    assert_eq!(refused, Err(Refusal::Descriptor(Descriptor::RSN)));
}

#[test]
fn a_group_key_that_does_not_fit_is_refused() {
    let (mut ap, mut station) = (Ap::new(WPA), Station::new(WPA));
    let message_1 = ap.start();
    let message_2 = sent(&station.take(&message_1).unwrap());
    let ptk = WPA.ptk(parse(&message_1).nonce, parse(&message_2).nonce);
    let before = Draft::message_1(9, [0; 32]).of_wpa();
    let group_1 = |info, key_length, octets: usize| {
        let mut key_data = vec![0; octets];
        wrap_key_data(
            ptk.suite().wrap,
            ptk.kek(),
            &[0; 16],
            &vec![0x67; octets],
            &mut key_data,
        )
        .unwrap();
        Draft {
            info,
            key_length,
            key_data,
            ..before.clone()
        }
        .sealed(&ptk)
    };
    let message = MessageName::Group1;
    let early = station.take(&group_1(0x0391, 32, 32));
    assert_eq!(early, Err(Refusal::Unexpected { message }));
    station.take(&sent(&ap.take(&message_2).unwrap())).unwrap();

    let gtk = KeyKind::Gtk;
    let (expected, found) = (32, 31);
    for (info, key_length, octets, refusal) in [
        (0x0381, 32, 32, Refusal::KeyId { key: gtk, found: 0 }),
        (0x03d1, 32, 32, Refusal::GroupKeyTransmits),
        (
            0x0391,
            16,
            32,
            Refusal::Field {
                message,
                field: "key length",
            },
        ),
        (
            0x0391,
            32,
            31,
            Refusal::KeyLength {
                key: gtk,
                expected,
                found,
            },
        ),
    ] {
        assert_eq!(station.take(&group_1(info, key_length, octets)), Err(refusal));
    }
    assert!(completed(&station.take(&group_1(0x0391, 32, 32)).unwrap()));
}

/// All that has a MIC is refused with any bit flipped; what message 1 has none for, message 3 finds out.
#[test]
fn a_flipped_bit_in_any_message_completes_nothing() {
    for network in [
        WPA,
        Network {
            pairwise: Cipher::WPA_CCMP_128,
            ..WPA
        },
    ] {
        for number in 1..=6 {
            let len = play(network, number, 0).0;
            for bit in 0..len * 8 {
                let (_, station, ap) = play(network, number, bit);
                let what = format!("{network:?}, message {number}, bit {bit}");
                assert!(number == 6 || !station, "{what}");
                assert!(!ap, "{what}");
            }
        }
    }
}

/// Plays all six messages with one bit of one of them flipped. Its octets, and who completed.
fn play(network: Network, damaged: usize, bit: usize) -> (usize, bool, bool) {
    let (mut ap, mut station) = (Ap::new(network), Station::new(network));
    let (mut pdu, mut len) = (ap.start(), 0);
    for number in 1..=6 {
        if number == damaged {
            len = pdu.len();
            pdu[bit / 8] ^= 1 << (bit % 8);
        }
        let taken = if number % 2 == 1 {
            station.take(&pdu)
        } else {
            ap.take(&pdu)
        };
        match taken {
            Ok(effects) if number < 6 => pdu = sent(&effects),
            _ => break,
        }
    }
    (len, station.supplicant.is_complete(), ap.authenticator.is_complete())
}
