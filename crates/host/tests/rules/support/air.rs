//! What is on the air: an access point, the messages of its handshakes, keys.

use frame::eapol_key::MessageName;
use frame::ethertype::EtherType;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Akm, Cipher, Emit, MacAddress, SuiteList};
use ihv::{
    AuthAlgorithm, BssEntry, CipherAlgorithm, ConnectivityProfile, DefaultKey, Direction, KeyMappingKey, KeyMaterial,
    SecurityPacket, SecurityProfile,
};
use portcullis_host::NetworkProfile;
use portcullis_host::adapter::{AdapterEvent, Association};
use zeroize::Zeroizing;

pub(crate) const SSID: &[u8] = b"portcullis";
pub(crate) const AP: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
/// An access point that nobody has to do with.
pub(crate) const STRANGER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xee]);
pub(crate) const GROUP: MacAddress = MacAddress([1, 0, 0x5e, 0, 0, 1]);
/// `DOT11_AUTH_ALGO_RSNA_PSK`.
pub(crate) const AUTH: AuthAlgorithm = AuthAlgorithm(7);
pub(crate) const CCMP: CipherAlgorithm = CipherAlgorithm(4);
pub(crate) const TK: [u8; 16] = *b"the pairwise key";
pub(crate) const GTK: [u8; 16] = *b"a key for groups";
pub(crate) const PASSPHRASE: &str = "open sesame, please";

/// The access point at `bssid`, as a scan sees it.
pub(crate) fn bss(bssid: MacAddress) -> BssEntry {
    let mut beacon = vec![0; 12];
    beacon.extend([0, SSID.len() as u8]);
    beacon.extend(SSID);
    let rsne = Rsne {
        group_cipher: Some(Cipher::CCMP_128),
        pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
        akms: Some(SuiteList::new(&[Akm::PSK])),
        capabilities: Some(RsnCapabilities::default()),
        ..Rsne::default()
    };
    beacon.extend(rsne.to_vec().unwrap());
    BssEntry {
        bssid,
        frequency: 2412,
        rssi: -40,
        beacon: beacon.into(),
    }
}

pub(crate) fn profile() -> NetworkProfile {
    NetworkProfile {
        ssid: SSID.to_vec(),
        bssid: None,
        connectivity: ConnectivityProfile::default(),
        security: SecurityProfile {
            xml: Zeroizing::new(format!("<passphrase>{PASSPHRASE}</passphrase>")),
            use_onex: false,
        },
        onex: None,
    }
}

pub(crate) fn associated(peer: MacAddress) -> AdapterEvent<'static> {
    AdapterEvent::Associated(Association {
        peer,
        reassociation: false,
        request: b"request",
        response: b"response",
        beacon: b"",
        channel: None,
        authorized: false,
    })
}

/// An EAPOL-Key frame of this name under an AKM with a MIC of 16 octets, empty but for what makes the name.
pub(crate) fn message(name: MessageName) -> Vec<u8> {
    let (info, nonce, key_data): (u16, u8, &[u8]) = match name {
        MessageName::FourWay1 => (0x008a, 1, &[]),
        MessageName::FourWay2 => (0x010a, 2, b"\x30\x00"),
        MessageName::FourWay3 => (0x13ca, 1, &[0; 24]),
        MessageName::FourWay4 => (0x030a, 0, &[]),
        MessageName::Group1 => (0x1382, 0, &[0; 24]),
        MessageName::Group2 => (0x0302, 0, &[]),
        MessageName::Request => (0x0b02, 0, &[]),
        MessageName::Error => (0x0f02, 0, &[]),
    };
    let mut frame = vec![2, 3];
    frame.extend((95 + key_data.len() as u16).to_be_bytes());
    frame.push(2);
    frame.extend(info.to_be_bytes());
    frame.extend([0; 2 + 8]);
    frame.extend([nonce; 32]);
    frame.extend([0; 16 + 8 + 8 + 16]);
    frame.extend((key_data.len() as u16).to_be_bytes());
    frame.extend(key_data);
    frame
}

pub(crate) fn eapol(data: &[u8]) -> SecurityPacket<'_> {
    SecurityPacket {
        peer: AP,
        ethertype: EtherType::EAPOL,
        data,
    }
}

pub(crate) fn pairwise(key: Option<&[u8]>) -> KeyMappingKey {
    KeyMappingKey {
        peer: AP,
        cipher: CCMP,
        direction: Direction::Both,
        key_id: 0,
        receive_counter: [0; 6],
        key: key.map(|octets| KeyMaterial::new(octets).unwrap()),
    }
}

pub(crate) fn group(index: u8, key: Option<&[u8]>) -> DefaultKey {
    DefaultKey {
        index,
        cipher: CCMP,
        peer: None,
        receive_counter: [0; 6],
        key: key.map(|octets| KeyMaterial::new(octets).unwrap()),
    }
}
