//! Pairwise keys with the identifiers 0 and 1 in turns (IEEE 802.11-2020, 12.7.6.4).

use frame::Emit;
use frame::kde::Kde;
use portcullis_rsn::{KeyUsage, Refusal};

use crate::bench::*;

const NETWORK: Network = Network {
    extended_key_id: true,
    ..WPA2
};

/// The pairwise keys and the packets among effects, in their order: identifier and usage, or nothing for a packet.
fn order(effects: &[Seen]) -> Vec<Option<(u8, KeyUsage)>> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Seen::Staged(key_id, usage, _) => Some(Some((*key_id, *usage))),
            Seen::Pairwise(..) => Some(Some((0, KeyUsage::Both))),
            Seen::Send(_) => Some(None),
            _ => None,
        })
        .collect()
}

fn keys(effects: &[Seen]) -> Vec<Vec<u8>> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Seen::Staged(_, _, key) => Some(key.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn both_sides_can_receive_under_a_key_before_anybody_sends_under_it() {
    let (mut ap, mut station) = (Ap::new(NETWORK), Station::new(NETWORK));
    for key_id in [0, 1, 0] {
        let message_1 = ap.start();
        let message_2 = sent(&station.take(&message_1).unwrap());
        let at_ap = ap.take(&message_2).unwrap();
        assert_eq!(order(&at_ap), [Some((key_id, KeyUsage::Receive)), None]);

        let at_station = station.take(&sent(&at_ap)).unwrap();
        let expected = [Some((key_id, KeyUsage::Receive)), None, Some((key_id, KeyUsage::Send))];
        assert_eq!(order(&at_station), expected);

        let confirmed = ap.take(&sent(&at_station)).unwrap();
        assert_eq!(order(&confirmed), [Some((key_id, KeyUsage::Send))]);
        let all = [keys(&at_ap), keys(&at_station), keys(&confirmed)].concat();
        assert!(all.iter().all(|key| *key == all[0]), "it is one key");
    }
}

#[test]
fn a_repeated_message_3_is_confirmed_and_installs_nothing() {
    let (mut ap, mut station) = (Ap::new(NETWORK), Station::new(NETWORK));
    let message_1 = ap.start();
    let message_2 = sent(&station.take(&message_1).unwrap());
    let message_3 = sent(&ap.take(&message_2).unwrap());
    station.take(&message_3).unwrap();
    let again = sent(&ap.wait());
    let at_station = station.take(&again).unwrap();
    assert_eq!((order(&at_station), installs(&at_station)), (vec![None], 0));
}

/// A station that has answered message 1, and the key data of a message 3 up to the identifier of the pairwise key.
fn answered() -> (Station, keys::Ptk, Vec<u8>) {
    const ANONCE: [u8; 32] = [0xaa; 32];
    let mut station = Station::new(NETWORK);
    let message_2 = sent(&station.take(&Draft::message_1(1, ANONCE).unsealed()).unwrap());
    let ptk = NETWORK.ptk(&ANONCE, parse(&message_2).nonce);
    let plain = [NETWORK.rsne(), gtk_kde(1, &[0x11; 16])].concat();
    (station, ptk, plain)
}

#[test]
fn a_message_3_that_gives_the_key_no_identifier_is_refused() {
    for key_id in [None, Some(2), Some(3)] {
        let (mut station, ptk, mut plain) = answered();
        plain.extend(
            key_id
                .map(|key_id| Kde::KeyId(key_id).to_vec().unwrap())
                .unwrap_or_default(),
        );
        let message_3 = Draft::message_3(2, [0xaa; 32], &plain, &ptk).sealed(&ptk);
        assert_eq!(station.take(&message_3), Err(Refusal::PairwiseKeyId), "{key_id:?}");
    }
}

#[test]
fn a_key_in_the_place_of_the_one_in_use_takes_it_only_after_message_4() {
    let (mut station, ptk, plain) = answered();
    let key_id = Kde::KeyId(1).to_vec().unwrap();
    let plain = [plain, key_id].concat();
    let message_3 = Draft::message_3(2, [0xaa; 32], &plain, &ptk).sealed(&ptk);
    let first = station.take(&message_3).unwrap();
    assert_eq!(order(&first)[0], Some((1, KeyUsage::Receive)));

    let message_2 = sent(&station.take(&Draft::message_1(3, [0xbb; 32]).unsealed()).unwrap());
    let ptk = NETWORK.ptk(&[0xbb; 32], parse(&message_2).nonce);
    let message_3 = Draft::message_3(4, [0xbb; 32], &plain, &ptk).sealed(&ptk);
    let second = station.take(&message_3).unwrap();
    assert_eq!(order(&second), [None, Some((1, KeyUsage::Both))]);
}

#[test]
fn a_station_that_does_not_announce_it_gets_no_identifier() {
    let (mut ap, mut station) = (Ap::new(WPA2), Station::new(WPA2));
    let (at_station, at_ap) = complete(&mut ap, &mut station);
    assert_eq!(order(&at_station), [None, Some((0, KeyUsage::Both))]);
    assert_eq!(order(&at_ap), [Some((0, KeyUsage::Both))]);
}
