//! Installing and removing cipher keys.

use super::attributes::request;
use frame::{Cipher, MacAddress};
use ihv::{DefaultKey, Direction, KeyMappingKey};
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211KeyAttr, Nl80211KeyType, Nl80211Message};

/// The request that installs or removes a pairwise key.
///
/// One request is enough: a station protects what it sends with its access point's pairwise key, so
/// nothing has to be made the default. With extended key IDs (IEEE 802.11-2020, 12.6.21) there are two: a
/// key that was installed for receiving is taken into use for sending, too, and is not installed again.
pub(super) fn pairwise(ifindex: u32, key: &KeyMappingKey) -> Nl80211Message {
    let peer = Some(key.peer);
    let Some(material) = &key.key else {
        return remove(ifindex, peer, key.key_id);
    };
    if key.direction == Direction::Outbound {
        return send_under(ifindex, key.peer, key.key_id);
    }
    let mut parts = parts(key.key_id, key.cipher.cipher(), material.octets(), key.receive_counter);
    parts.push(Nl80211KeyAttr::Type(Nl80211KeyType::Pairwise));
    if key.direction == Direction::Inbound {
        parts.push(Nl80211KeyAttr::Mode(NO_TRANSMISSION));
    }
    install(ifindex, peer, parts)
}

/// The request that installs or removes a group key: for data (index 0 to 3), for group management
/// frames (4 and 5) or for beacons (6 and 7). The receive counter goes with it, so that frames from
/// before are not accepted again.
pub(super) fn group(ifindex: u32, key: &DefaultKey) -> Nl80211Message {
    let Some(material) = &key.key else {
        return remove(ifindex, None, key.index);
    };
    let mut parts = parts(key.index, key.cipher.cipher(), material.octets(), key.receive_counter);
    parts.push(Nl80211KeyAttr::Type(Nl80211KeyType::Group));
    install(ifindex, None, parts)
}

/// The request to send under the key at `index` what no pairwise key protects.
pub(super) fn default(ifindex: u32, index: u8) -> Nl80211Message {
    let parts = vec![Nl80211KeyAttr::Idx(index), Nl80211KeyAttr::Default];
    request(Nl80211Command::SetKey, ifindex, [Nl80211Attr::Key(parts)])
}

/// The request to protect what is sent to `peer` with the key of this identifier from now on.
fn send_under(ifindex: u32, peer: MacAddress, key_id: u8) -> Nl80211Message {
    let parts = vec![Nl80211KeyAttr::Idx(key_id), Nl80211KeyAttr::Mode(TRANSMISSION)];
    request(
        Nl80211Command::SetKey,
        ifindex,
        [Nl80211Attr::Mac(peer.0), Nl80211Attr::Key(parts)],
    )
}

/// `NL80211_KEY_NO_TX` of `enum nl80211_key_mode`: receive only, until told otherwise.
const NO_TRANSMISSION: u8 = 1;
/// `NL80211_KEY_SET_TX`: send under this key, too.
const TRANSMISSION: u8 = 2;

fn install(ifindex: u32, peer: Option<MacAddress>, parts: Vec<Nl80211KeyAttr>) -> Nl80211Message {
    let peer = peer.map(|peer| Nl80211Attr::Mac(peer.0));
    request(
        Nl80211Command::NewKey,
        ifindex,
        peer.into_iter().chain([Nl80211Attr::Key(parts)]),
    )
}

fn remove(ifindex: u32, peer: Option<MacAddress>, index: u8) -> Nl80211Message {
    let kind_of_key = if peer.is_some() {
        Nl80211KeyType::Pairwise
    } else {
        Nl80211KeyType::Group
    };
    let peer = peer.map(|peer| Nl80211Attr::Mac(peer.0));
    let parts = vec![Nl80211KeyAttr::Idx(index), Nl80211KeyAttr::Type(kind_of_key)];
    request(
        Nl80211Command::DelKey,
        ifindex,
        peer.into_iter().chain([Nl80211Attr::Key(parts)]),
    )
}

fn parts(index: u8, cipher: Option<Cipher>, key: &[u8], receive_counter: [u8; 6]) -> Vec<Nl80211KeyAttr> {
    let mut parts = vec![
        Nl80211KeyAttr::Data(in_kernel_order(cipher, key)),
        Nl80211KeyAttr::Idx(index),
    ];
    if !matches!(cipher, Some(Cipher::WEP_40 | Cipher::WEP_104)) {
        // Packet number or TKIP sequence counter, the lowest octet first in both. WEP has none.
        parts.push(Nl80211KeyAttr::Seq(receive_counter.to_vec()));
    }
    parts.extend(cipher.map(|cipher| Nl80211KeyAttr::Cipher(u32::from_be_bytes(cipher.0.0))));
    parts
}

/// A key as the kernel wants it. Only TKIP's differs: the standard has the access point's MIC key first
/// (IEEE 802.11-2020, 12.8.1: bits 128 to 191 protect what the authenticator sends), the kernel the one
/// that *this* side sends with.
fn in_kernel_order(cipher: Option<Cipher>, key: &[u8]) -> Vec<u8> {
    let mut key = key.to_vec();
    if let Some(Cipher::TKIP | Cipher::WPA_TKIP) = cipher
        && let Some(mic_keys) = key.get_mut(16..32)
    {
        mic_keys.rotate_left(8);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use ihv::{CipherAlgorithm, KeyMaterial};
    use wl_nl80211::packet_core::Emitable;

    const PEER: MacAddress = MacAddress([2, 0, 0, 0, 1, 0]);

    fn pairwise_key(cipher: Cipher, key: Option<&[u8]>) -> KeyMappingKey {
        KeyMappingKey {
            peer: PEER,
            cipher: CipherAlgorithm::of_cipher(cipher),
            direction: Direction::Both,
            key_id: 0,
            receive_counter: [0; 6],
            key: key.and_then(KeyMaterial::new),
        }
    }

    fn group_key(index: u8, cipher: Cipher, key: Option<&[u8]>) -> DefaultKey {
        DefaultKey {
            index,
            cipher: CipherAlgorithm::of_cipher(cipher),
            peer: None,
            receive_counter: [1, 2, 3, 4, 5, 6],
            key: key.and_then(KeyMaterial::new),
        }
    }

    fn parts_of(message: &Nl80211Message) -> &[Nl80211KeyAttr] {
        message
            .attributes
            .iter()
            .find_map(|attribute| match attribute {
                Nl80211Attr::Key(parts) => Some(parts.as_slice()),
                _ => None,
            })
            .unwrap()
    }

    /// `NL80211_ATTR_KEY` of a request, as it travels.
    fn emitted(message: &Nl80211Message) -> Vec<u8> {
        let key = message
            .attributes
            .iter()
            .find(|attribute| matches!(attribute, Nl80211Attr::Key(_)))
            .unwrap();
        let mut octets = vec![0; key.buffer_len()];
        key.emit(&mut octets);
        octets
    }

    #[test]
    fn a_pairwise_key_goes_to_its_peer_with_cipher_index_and_counter() {
        let request = pairwise(2, &pairwise_key(Cipher::CCMP_128, Some(&[7; 16])));
        assert_eq!(request.cmd, Nl80211Command::NewKey);
        assert_eq!(
            request.attributes[..2],
            [Nl80211Attr::IfIndex(2), Nl80211Attr::Mac(PEER.0)]
        );
        // `enum nl80211_key_attributes`: data 1, index 2, sequence 4, cipher 3, type 7 (1: pairwise).
        let expected: Vec<u8> = [
            &[0x3c, 0, 0x50, 0, 0x14, 0, 1, 0][..],
            &[7; 16],
            &[5, 0, 2, 0, 0, 0, 0, 0],
            &[10, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[8, 0, 3, 0, 4, 0xac, 0x0f, 0],
            &[8, 0, 7, 0, 1, 0, 0, 0],
        ]
        .concat();
        assert_eq!(emitted(&request), expected);
    }

    #[test]
    fn a_group_key_belongs_to_nobody_and_keeps_its_index_and_counter() {
        for (index, cipher) in [
            (2, Cipher::GCMP_128),
            (4, Cipher::BIP_CMAC_128),
            (6, Cipher::BIP_CMAC_128),
        ] {
            let request = group(2, &group_key(index, cipher, Some(&[7; 16])));
            assert_eq!(request.cmd, Nl80211Command::NewKey);
            assert!(
                !request
                    .attributes
                    .iter()
                    .any(|attribute| matches!(attribute, Nl80211Attr::Mac(_)))
            );
            let parts = parts_of(&request);
            assert!(parts.contains(&Nl80211KeyAttr::Idx(index)));
            assert!(parts.contains(&Nl80211KeyAttr::Seq(vec![1, 2, 3, 4, 5, 6])));
            assert!(parts.contains(&Nl80211KeyAttr::Type(Nl80211KeyType::Group)));
        }
    }

    #[test]
    fn a_removal_names_the_place_and_holds_no_key() {
        let request = pairwise(2, &pairwise_key(Cipher::CCMP_128, None));
        assert_eq!(request.cmd, Nl80211Command::DelKey);
        assert_eq!(
            parts_of(&request),
            [Nl80211KeyAttr::Idx(0), Nl80211KeyAttr::Type(Nl80211KeyType::Pairwise)]
        );
        let request = group(2, &group_key(5, Cipher::BIP_CMAC_128, None));
        assert_eq!(
            parts_of(&request),
            [Nl80211KeyAttr::Idx(5), Nl80211KeyAttr::Type(Nl80211KeyType::Group)]
        );
    }

    #[test]
    fn a_key_for_receiving_only_is_not_used_to_send() {
        let mut key = pairwise_key(Cipher::CCMP_128, Some(&[7; 16]));
        key.direction = Direction::Inbound;
        assert!(parts_of(&pairwise(2, &key)).contains(&Nl80211KeyAttr::Mode(NO_TRANSMISSION)));
    }

    #[test]
    fn a_key_that_is_installed_is_taken_into_use_and_not_installed_again() {
        let mut key = pairwise_key(Cipher::CCMP_128, Some(&[7; 16]));
        (key.direction, key.key_id) = (Direction::Outbound, 1);
        let request = pairwise(2, &key);
        assert_eq!(request.cmd, Nl80211Command::SetKey);
        assert_eq!(
            parts_of(&request),
            [Nl80211KeyAttr::Idx(1), Nl80211KeyAttr::Mode(TRANSMISSION)]
        );
    }

    #[test]
    fn the_mic_keys_of_tkip_change_places() {
        let standard = [[1; 16].as_slice(), &[2; 8], &[3; 8]].concat();
        let kernel = [[1; 16].as_slice(), &[3; 8], &[2; 8]].concat();
        let request = pairwise(2, &pairwise_key(Cipher::TKIP, Some(&standard)));
        assert_eq!(parts_of(&request)[0], Nl80211KeyAttr::Data(kernel));
        let request = pairwise(2, &pairwise_key(Cipher::GCMP_256, Some(&standard)));
        assert_eq!(parts_of(&request)[0], Nl80211KeyAttr::Data(standard));
    }
}
