//! Installing and removing cipher keys.

use super::attributes::request;
use frame::{Cipher, MacAddress};
use ihv::{DefaultKey, Direction, KeyMappingKey};
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211KeyAttr, Nl80211KeyType, Nl80211Message};

/// The request that installs or removes a pairwise key.
///
/// One request is enough: a station protects what it sends with its access point's pairwise key, so
/// nothing has to be made the default.
pub(super) fn pairwise(ifindex: u32, key: &KeyMappingKey) -> Nl80211Message {
    let peer = Some(key.peer);
    let Some(material) = &key.key else {
        return remove(ifindex, peer, key.key_id);
    };
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

/// `NL80211_KEY_NO_TX` of `enum nl80211_key_mode`: receive only, until told otherwise.
const NO_TRANSMISSION: u8 = 1;

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
        // Packet number or TKIP sequence counter, the lowest octet first in both.
        Nl80211KeyAttr::Seq(receive_counter.to_vec()),
    ];
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
