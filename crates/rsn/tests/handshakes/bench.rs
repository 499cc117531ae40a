//! Networks, stations and forged frames for the tests of the handshakes.

use std::time::Duration;

use frame::eapol_key::{Descriptor, KeyFrame, KeyInfo};
use frame::rsne::{RsnCapabilities, Rsne};
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, Emit, MacAddress, SuiteList};
use keys::suites::{AkmSuite, CipherSuite};
use keys::{Bigtk, Gtk, Igtk, Pmk, Pn, Ptk, wrap};
use portcullis_rsn::{
    Association, Authenticator, Effect, Effects, Elements, GroupKeys, KeyUsage, MessageName, Refusal, RetryPolicy,
    Supplicant,
};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

pub(crate) const ACCESS_POINT: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa]);
pub(crate) const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xb]);
pub(crate) const NOW: Duration = Duration::from_secs(1000);

/// The suites of a network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    pub(crate) akm: Akm,
    pub(crate) pairwise: Cipher,
    pub(crate) group: Cipher,
    pub(crate) management: Option<Cipher>,
    pub(crate) rsnxe: Option<&'static [u8]>,
    pub(crate) extended_key_id: bool,
    pub(crate) pmk_len: usize,
}

pub(crate) const WPA2: Network = Network {
    akm: Akm::PSK,
    pairwise: Cipher::CCMP_128,
    group: Cipher::CCMP_128,
    management: None,
    rsnxe: None,
    extended_key_id: false,
    pmk_len: 32,
};

pub(crate) const PROTECTED: Network = Network {
    akm: Akm::PSK_SHA256,
    management: Some(Cipher::BIP_CMAC_128),
    rsnxe: Some(&[244, 1, 0x20]),
    ..WPA2
};

pub(crate) const WPA: Network = Network {
    akm: Akm::WPA_PSK,
    pairwise: Cipher::WPA_TKIP,
    group: Cipher::WPA_TKIP,
    ..WPA2
};

impl Network {
    pub(crate) fn is_wpa(&self) -> bool {
        matches!(self.akm, Akm::WPA_PSK | Akm::WPA_EAP)
    }

    pub(crate) fn elements(&self) -> Elements {
        match self.is_wpa() {
            true => Elements::wpa(&self.wpa_element()).unwrap(),
            false => Elements::new(&self.rsne(), self.rsnxe).unwrap(),
        }
    }

    pub(crate) fn wpa_element(&self) -> Vec<u8> {
        WpaElement {
            group_cipher: Some(self.group),
            pairwise: Some(SuiteList::new(&[self.pairwise])),
            akms: Some(SuiteList::new(&[self.akm])),
            ..WpaElement::default()
        }
        .to_vec()
        .unwrap()
    }

    pub(crate) fn rsne(&self) -> Vec<u8> {
        let protected = self.management.is_some();
        Rsne {
            group_cipher: Some(self.group),
            pairwise: Some(SuiteList::new(&[self.pairwise])),
            akms: Some(SuiteList::new(&[self.akm])),
            capabilities: Some(
                RsnCapabilities::default()
                    .with_mfpc(protected)
                    .with_mfpr(protected)
                    .with_extended_key_id(self.extended_key_id),
            ),
            group_management_cipher: self.management,
            ..Rsne::default()
        }
        .to_vec()
        .unwrap()
    }

    pub(crate) fn association(&self) -> Association {
        Association::negotiate(ACCESS_POINT, STATION, self.elements(), self.elements()).unwrap()
    }

    pub(crate) fn pmk(&self) -> Pmk {
        Pmk::new(&[0x55; 64][..self.pmk_len]).unwrap()
    }

    pub(crate) fn supplicant(&self) -> Supplicant {
        Supplicant::new(self.association(), self.pmk()).unwrap()
    }

    pub(crate) fn authenticator(&self, keys: &GroupKeys) -> Authenticator {
        Authenticator::new(self.association(), self.pmk(), keys, RetryPolicy::default()).unwrap()
    }

    /// Group keys as the suites want them, with identifiers and octets that `generation` decides.
    pub(crate) fn group_keys(&self, generation: u8) -> GroupKeys {
        let odd = generation % 2;
        let octets = |cipher, kind: u8| vec![kind ^ generation; CipherSuite::of(cipher).unwrap().tk_len];
        let gtk = Gtk::new(1 + odd, &octets(self.group, 0xa0), Pn::new(7).unwrap()).unwrap();
        let igtk = self
            .management
            .map(|cipher| Igtk::new(4 + odd, &octets(cipher, 0xb0), Pn::ZERO).unwrap());
        let bigtk = self
            .management
            .map(|cipher| Bigtk::new(6 + odd, &octets(cipher, 0xc0), Pn::ZERO).unwrap());
        GroupKeys {
            gtk: Some(gtk),
            igtk,
            bigtk,
        }
    }

    pub(crate) fn suite(&self) -> &'static AkmSuite {
        AkmSuite::of(self.akm)
            .unwrap()
            .with_cipher(self.pairwise)
            .with_pmk_len(self.pmk_len)
    }

    pub(crate) fn ptk(&self, anonce: &[u8; 32], snonce: &[u8; 32]) -> Ptk {
        let cipher = CipherSuite::of(self.pairwise).unwrap();
        Ptk::derive(self.suite(), cipher, &self.pmk(), ACCESS_POINT, STATION, anonce, snonce)
    }
}

pub(crate) fn rng(seed: u64) -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(seed)
}

/// An effect that can be compared, and the keys in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Send(Vec<u8>),
    Pairwise(Cipher, Vec<u8>),
    /// With extended key IDs.
    Staged(u8, KeyUsage, Vec<u8>),
    Group(Cipher, u8, u64, Vec<u8>),
    Management(Cipher, u8, Vec<u8>),
    Beacon(Cipher, u8, Vec<u8>),
    Other(String),
}

pub(crate) fn seen(effects: &mut Effects) -> Vec<Seen> {
    effects
        .drain()
        .map(|effect| match effect {
            Effect::Send(pdu) => Seen::Send(pdu.as_bytes().to_vec()),
            Effect::InstallPairwise {
                cipher,
                key_id: 0,
                usage: KeyUsage::Both,
                key,
            } => Seen::Pairwise(cipher, key.as_bytes().to_vec()),
            Effect::InstallPairwise { key_id, usage, key, .. } => Seen::Staged(key_id, usage, key.as_bytes().to_vec()),
            Effect::InstallGroup { cipher, key } => {
                Seen::Group(cipher, key.key_id(), key.pn().get(), key.as_bytes().to_vec())
            }
            Effect::InstallGroupManagement { cipher, key } => {
                Seen::Management(cipher, key.key_id(), key.as_bytes().to_vec())
            }
            Effect::InstallBeacon { cipher, key } => Seen::Beacon(cipher, key.key_id(), key.as_bytes().to_vec()),
            other => Seen::Other(format!("{other:?}")),
        })
        .collect()
}

/// The octets of the one packet among the effects.
pub(crate) fn sent(effects: &[Seen]) -> Vec<u8> {
    let mut packets = effects.iter().filter_map(|effect| match effect {
        Seen::Send(pdu) => Some(pdu.clone()),
        _ => None,
    });
    let packet = packets.next().expect("a packet is sent");
    assert_eq!(packets.next(), None, "one packet is sent");
    packet
}

pub(crate) fn installs(effects: &[Seen]) -> usize {
    effects
        .iter()
        .filter(|effect| !matches!(effect, Seen::Send(_) | Seen::Other(_)))
        .count()
}

pub(crate) fn completed(effects: &[Seen]) -> bool {
    effects.contains(&Seen::Other("Completed".into()))
}

/// A supplicant and what surrounds it.
pub(crate) struct Station {
    pub(crate) supplicant: Supplicant,
    pub(crate) rng: ChaCha12Rng,
}

impl Station {
    pub(crate) fn new(network: Network) -> Self {
        Self {
            supplicant: network.supplicant(),
            rng: rng(0x57a),
        }
    }

    pub(crate) fn take(&mut self, pdu: &[u8]) -> Result<Vec<Seen>, Refusal> {
        let mut effects = Effects::new();
        let result = self.supplicant.handle_eapol(pdu, &mut self.rng, &mut effects);
        let effects = seen(&mut effects);
        if result.is_err() {
            assert_eq!(effects, [], "a refused packet has no effect");
        }
        result.map(|_| effects)
    }
}

/// An authenticator and what surrounds it.
pub(crate) struct Ap {
    pub(crate) authenticator: Authenticator,
    pub(crate) rng: ChaCha12Rng,
    pub(crate) now: Duration,
}

impl Ap {
    pub(crate) fn new(network: Network) -> Self {
        Self {
            authenticator: network.authenticator(&network.group_keys(0)),
            rng: rng(0xa9),
            now: NOW,
        }
    }

    pub(crate) fn start(&mut self) -> Vec<u8> {
        let mut effects = Effects::new();
        self.authenticator.start(self.now, &mut self.rng, &mut effects);
        sent(&seen(&mut effects))
    }

    pub(crate) fn take(&mut self, pdu: &[u8]) -> Result<Vec<Seen>, Refusal> {
        let mut effects = Effects::new();
        let result = self
            .authenticator
            .handle_eapol(self.now, pdu, &mut self.rng, &mut effects);
        let effects = seen(&mut effects);
        if result.is_err() {
            assert_eq!(effects, [], "a refused packet has no effect");
        }
        result.map(|_| effects)
    }

    /// Waits for the time-out that is due.
    pub(crate) fn wait(&mut self) -> Vec<Seen> {
        let mut effects = Effects::new();
        self.now = self
            .authenticator
            .next_timeout()
            .expect("something is being waited for");
        self.authenticator.handle_timeout(self.now, &mut effects);
        seen(&mut effects)
    }
}

/// A 4-way handshake without disturbance; what each side did in the end.
pub(crate) fn complete(ap: &mut Ap, station: &mut Station) -> (Vec<Seen>, Vec<Seen>) {
    let message_1 = ap.start();
    four_way(ap, station, &message_1)
}

pub(crate) fn four_way(ap: &mut Ap, station: &mut Station, message_1: &[u8]) -> (Vec<Seen>, Vec<Seen>) {
    let message_2 = sent(&station.take(message_1).unwrap());
    let message_3 = sent(&ap.take(&message_2).unwrap());
    let at_station = station.take(&message_3).unwrap();
    let at_ap = ap.take(&sent(&at_station)).unwrap();
    (at_station, at_ap)
}

/// An EAPOL-Key frame written by hand, genuine or not.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) protocol_version: u8,
    pub(crate) descriptor: Descriptor,
    pub(crate) info: u16,
    pub(crate) key_length: u16,
    pub(crate) counter: u64,
    pub(crate) nonce: [u8; 32],
    pub(crate) iv: [u8; 16],
    pub(crate) rsc: [u8; 8],
    pub(crate) reserved: [u8; 8],
    pub(crate) key_data: Vec<u8>,
}

impl Draft {
    pub(crate) fn message_1(counter: u64, anonce: [u8; 32]) -> Self {
        Self {
            protocol_version: 2,
            descriptor: Descriptor::RSN,
            info: 0x008a,
            key_length: 16,
            counter,
            nonce: anonce,
            iv: [0; 16],
            rsc: [0; 8],
            reserved: [0; 8],
            key_data: Vec::new(),
        }
    }

    /// The same message of a WPA network with TKIP.
    pub(crate) fn of_wpa(self) -> Self {
        Self {
            descriptor: Descriptor::WPA,
            info: self.info & !0x7 | 1,
            key_length: 32,
            ..self
        }
    }

    /// Message 3 of a WPA2 network, with this key data to be encrypted.
    pub(crate) fn message_3(counter: u64, anonce: [u8; 32], plain: &[u8], ptk: &Ptk) -> Self {
        Self {
            info: 0x13ca,
            ..Self::message_1(counter, anonce)
        }
        .with_encrypted(plain, ptk)
    }

    /// Group message 1 of a WPA2 network.
    pub(crate) fn group_message_1(counter: u64, plain: &[u8], ptk: &Ptk) -> Self {
        Self {
            info: 0x1382,
            key_length: 0,
            ..Self::message_1(counter, [0; 32])
        }
        .with_encrypted(plain, ptk)
    }

    pub(crate) fn with_encrypted(mut self, plain: &[u8], ptk: &Ptk) -> Self {
        let mut padded = plain.to_vec();
        if !(plain.len() >= 16 && plain.len().is_multiple_of(8)) {
            padded.push(0xdd);
            padded.resize(padded.len().next_multiple_of(8).max(16), 0);
        }
        self.key_data = vec![0; padded.len() + 8];
        wrap::wrap_key_data(ptk.suite().wrap, ptk.kek(), &self.iv, &padded, &mut self.key_data).unwrap();
        self
    }

    pub(crate) fn unsealed(&self) -> Vec<u8> {
        KeyFrame {
            protocol_version: self.protocol_version,
            descriptor: self.descriptor,
            info: KeyInfo(self.info),
            key_length: self.key_length,
            replay_counter: self.counter,
            nonce: &self.nonce,
            iv: &self.iv,
            rsc: &self.rsc,
            reserved: &self.reserved,
            mic: &[0; 16],
            key_data: &self.key_data,
        }
        .to_vec()
        .unwrap()
    }

    pub(crate) fn sealed(&self, ptk: &Ptk) -> Vec<u8> {
        seal(self.unsealed(), ptk)
    }
}

/// Puts the MIC under `ptk` into a PDU.
pub(crate) fn seal(mut pdu: Vec<u8>, ptk: &Ptk) -> Vec<u8> {
    let range = KeyFrame::mic_range(ptk.suite().mic_len);
    let mic = ptk.mic(&pdu, range.clone()).unwrap();
    pdu[range].copy_from_slice(mic.as_bytes());
    pdu
}

pub(crate) fn parse(pdu: &[u8]) -> KeyFrame<'_> {
    KeyFrame::parse(pdu, 16).unwrap()
}

pub(crate) fn name(pdu: &[u8]) -> MessageName {
    parse(pdu).name().unwrap()
}

/// A GTK KDE.
pub(crate) fn gtk_kde(key_id: u8, key: &[u8]) -> Vec<u8> {
    let mut kde = vec![0xdd, key.len() as u8 + 6, 0x00, 0x0f, 0xac, 1, key_id, 0];
    kde.extend_from_slice(key);
    kde
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
