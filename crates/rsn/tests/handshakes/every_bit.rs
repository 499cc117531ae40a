//! Every bit of every frame of both handshakes is flipped, one at a time.

use portcullis_rsn::Effects;

use crate::bench::*;

const NETWORKS: [Network; 3] = [
    WPA2,
    PROTECTED,
    Network {
        akm: frame::Akm::EAP,
        ..WPA2
    },
];

/// The copies of `pdu` with one bit flipped, and which.
fn flipped(pdu: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..pdu.len() * 8).map(|bit| {
        let mut copy = pdu.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        (bit, copy)
    })
}

/// Plays a 4-way handshake in which `damage` may change each message (by its number) on its way; what is refused ends
/// it. Returns what each side did.
fn play(ap: &mut Ap, station: &mut Station, damage: impl Fn(u8, Vec<u8>) -> Vec<u8>) -> (Vec<Seen>, Vec<Seen>) {
    let (mut at_ap, mut at_station) = (Vec::new(), Vec::new());
    let mut pdu = damage(1, ap.start());
    for number in [2, 4] {
        let Ok(effects) = station.take(&pdu) else { break };
        at_station.extend_from_slice(&effects);
        let Ok(effects) = ap.take(&damage(number, sent(&effects))) else {
            break;
        };
        at_ap.extend_from_slice(&effects);
        if number == 2 {
            pdu = damage(3, sent(&effects));
        }
    }
    (at_station, at_ap)
}

fn messages(network: Network, rekey: bool) -> [Vec<u8>; 4] {
    let (mut ap, mut station) = pair(network, rekey);
    let seen = std::cell::RefCell::new(Vec::new());
    play(&mut ap, &mut station, |_, pdu| {
        seen.borrow_mut().push(pdu.clone());
        pdu
    });
    seen.into_inner().try_into().unwrap()
}

fn pair(network: Network, rekey: bool) -> (Ap, Station) {
    let (mut ap, mut station) = (Ap::new(network), Station::new(network));
    if rekey {
        complete(&mut ap, &mut station);
    }
    (ap, station)
}

#[test]
fn a_flipped_bit_in_messages_1_to_3_never_completes_a_handshake_and_installs_nothing() {
    for (network, rekey) in NETWORKS
        .into_iter()
        .flat_map(|network| [(network, false), (network, true)])
    {
        for (number, pdu) in (1..=3).zip(messages(network, rekey)) {
            for (bit, damaged) in flipped(&pdu) {
                let (mut ap, mut station) = pair(network, rekey);
                let damage = |at, pdu| if at == number { damaged.clone() } else { pdu };
                let (at_station, at_ap) = play(&mut ap, &mut station, damage);
                let what = format!("{network:?}, rekey {rekey}, message {number}, bit {bit}");
                assert_eq!((installs(&at_station), installs(&at_ap)), (0, 0), "{what}");
                assert!(!completed(&at_station) && !completed(&at_ap), "{what}");
                assert_eq!(
                    (station.supplicant.is_complete(), ap.authenticator.is_complete()),
                    (rekey, rekey),
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_message_4_never_completes_the_authenticator() {
    for (network, rekey) in NETWORKS
        .into_iter()
        .flat_map(|network| [(network, false), (network, true)])
    {
        let [.., message_4] = messages(network, rekey);
        for (bit, damaged) in flipped(&message_4) {
            let (mut ap, mut station) = pair(network, rekey);
            let damage = |at, pdu| if at == 4 { damaged.clone() } else { pdu };
            let (_, at_ap) = play(&mut ap, &mut station, damage);
            assert!(
                installs(&at_ap) == 0 && !completed(&at_ap),
                "{network:?}, rekey {rekey}, bit {bit}"
            );
        }
    }
}

#[test]
fn a_flipped_bit_in_a_message_that_has_a_mic_is_refused_and_the_handshake_goes_on_without_it() {
    for network in NETWORKS {
        let (mut ap, mut station) = (Ap::new(network), Station::new(network));
        let message_2 = sent(&station.take(&ap.start()).unwrap());
        refuse_all(&message_2, |damaged| ap.take(damaged).is_err());
        let message_3 = sent(&ap.take(&message_2).unwrap());
        refuse_all(&message_3, |damaged| station.take(damaged).is_err());
        let message_4 = sent(&station.take(&message_3).unwrap());
        refuse_all(&message_4, |damaged| ap.take(damaged).is_err());
        assert!(completed(&ap.take(&message_4).unwrap()));

        let mut effects = Effects::new();
        ap.authenticator
            .rekey_group(NOW, &network.group_keys(1), &mut ap.rng, &mut effects);
        let message_1 = sent(&seen(&mut effects));
        refuse_all(&message_1, |damaged| station.take(damaged).is_err());
        let at_station = station.take(&message_1).unwrap();
        assert!(installs(&at_station) > 0);
        let message_2 = sent(&at_station);
        refuse_all(&message_2, |damaged| ap.take(damaged).is_err());
        assert_eq!(ap.take(&message_2).unwrap(), [Seen::Other("GroupCompleted".into())]);
    }
}

fn refuse_all(pdu: &[u8], mut is_refused: impl FnMut(&[u8]) -> bool) {
    for (bit, damaged) in flipped(pdu) {
        assert!(is_refused(&damaged), "bit {bit} of {}", name(pdu));
    }
}

#[test]
fn every_truncation_of_every_message_is_refused() {
    for network in NETWORKS {
        for (number, pdu) in (1..=4).zip(messages(network, false)) {
            for len in 0..pdu.len() {
                let (mut ap, mut station) = pair(network, false);
                let damage = |at, mut pdu: Vec<u8>| {
                    if at == number {
                        pdu.truncate(len);
                    }
                    pdu
                };
                let (_, at_ap) = play(&mut ap, &mut station, damage);
                assert!(!completed(&at_ap), "{network:?}, message {number}, {len} octets");
            }
        }
    }
}
