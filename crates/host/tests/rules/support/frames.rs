//! What travels: networks, packets and keys whose octets a test can look for.

use frame::ethertype::EtherType;
use frame::{Cipher, MacAddress};
use ihv::{
    AuthAlgorithm, BssEntry, CipherAlgorithm, DefaultKey, Direction, KeyMappingKey, KeyMaterial, SecurityPacket,
};

pub(crate) const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa]);
pub(crate) const OTHER_PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xb]);
pub(crate) const GROUP: MacAddress = MacAddress([0xff; 6]);
pub(crate) const SSID: &[u8] = b"castle";

/// AKM 00-0F-AC:2, and CCMP-128.
pub(crate) const PSK: AuthAlgorithm = AuthAlgorithm(7);
pub(crate) const CCMP: CipherAlgorithm = CipherAlgorithm(4);

/// EAPOL-Key messages: the key information of IEEE 802.11-2020, Figure 12-33, and octets of key data.
pub(crate) const MESSAGE_1: (u16, usize) = (0x008a, 0);
pub(crate) const MESSAGE_2: (u16, usize) = (0x010a, 22);
pub(crate) const MESSAGE_3: (u16, usize) = (0x13ca, 56);
pub(crate) const MESSAGE_4: (u16, usize) = (0x030a, 0);
pub(crate) const GROUP_MESSAGE_1: (u16, usize) = (0x1382, 40);

/// The EAPOL packet of a message: header (4 octets), key frame (95), key data.
pub(crate) fn eapol((info, key_data): (u16, usize)) -> Vec<u8> {
    let mut packet = vec![2, 3];
    packet.extend(u16::try_from(95 + key_data).unwrap().to_be_bytes());
    packet.push(2);
    packet.extend(info.to_be_bytes());
    // Nonces and MICs are for those who authenticate; a host only wants to know which message it is.
    packet.extend([0x11; 90]);
    packet.extend(u16::try_from(key_data).unwrap().to_be_bytes());
    packet.extend(vec![0x22; key_data]);
    packet
}

pub(crate) fn packet_to(peer: MacAddress, data: &[u8]) -> SecurityPacket<'_> {
    SecurityPacket {
        peer,
        ethertype: EtherType::EAPOL,
        data,
    }
}

/// A WPA2 network of this name with one pairwise and one group cipher, CCMP-128.
pub(crate) fn network(bssid: MacAddress, ssid: &[u8]) -> BssEntry {
    let mut beacon = vec![0; 12];
    beacon.push(0);
    beacon.push(u8::try_from(ssid.len()).unwrap());
    beacon.extend(ssid);
    beacon.extend([
        48, 20, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 2, 0, 0,
    ]);
    BssEntry {
        bssid,
        frequency: 2412,
        rssi: -40,
        beacon: beacon.into(),
    }
}

/// A pairwise key of 16 octets, all of them `fill`.
pub(crate) fn pairwise(peer: MacAddress, fill: u8) -> KeyMappingKey {
    pairwise_of(peer, Cipher::CCMP_128, 0, &[fill; 16])
}

pub(crate) fn pairwise_of(peer: MacAddress, cipher: Cipher, key_id: u8, key: &[u8]) -> KeyMappingKey {
    KeyMappingKey {
        peer,
        cipher: CipherAlgorithm::of_cipher(cipher),
        direction: Direction::Both,
        key_id,
        receive_counter: [0; 6],
        key: KeyMaterial::new(key),
    }
}

pub(crate) fn no_pairwise(peer: MacAddress) -> KeyMappingKey {
    KeyMappingKey {
        key: None,
        ..pairwise(peer, 0)
    }
}

/// A group key of 16 octets, all of them `fill`.
pub(crate) fn group(index: u8, fill: u8) -> DefaultKey {
    group_of(Cipher::CCMP_128, index, &[fill; 16])
}

pub(crate) fn group_of(cipher: Cipher, index: u8, key: &[u8]) -> DefaultKey {
    DefaultKey {
        index,
        cipher: CipherAlgorithm::of_cipher(cipher),
        peer: None,
        receive_counter: [0; 6],
        key: KeyMaterial::new(key),
    }
}

pub(crate) fn no_group(index: u8) -> DefaultKey {
    DefaultKey {
        key: None,
        ..group(index, 0)
    }
}
