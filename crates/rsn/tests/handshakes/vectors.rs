//! Handshakes that others have had: recorded off the air, or in the tests of another supplicant.
//!
//! Random octets are scripted to be the nonces of the recording, so that everything we send can be compared with it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use frame::MacAddress;
use keys::Pmk;
use portcullis_rsn::{
    Association, Authenticator, Effect, Effects, Elements, GroupKeys, MessageName, RetryPolicy, Supplicant,
};
use rand_core::{TryCryptoRng, TryRng};

use crate::bench::{NOW, Seen, completed, hex, parse, seal, seen, sent};

/// `name value` lines; see the files.
struct Recording(HashMap<&'static str, &'static str>);

impl Recording {
    fn new(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.map(|line| line.split_once(' ').unwrap()).collect())
    }

    fn octets(&self, name: &str) -> Vec<u8> {
        hex(self.0[name])
    }

    fn message(&self, name: &str) -> Vec<u8> {
        self.octets(name)
    }

    fn address(&self, name: &str) -> MacAddress {
        self.0[name].parse().unwrap()
    }

    fn association(&self) -> Association {
        let elements = |name| match self.octets(name) {
            wpa if wpa.starts_with(&[0xdd]) => Elements::wpa(&wpa).unwrap(),
            rsne => Elements::new(&rsne, None).unwrap(),
        };
        Association::negotiate(
            self.address("access-point"),
            self.address("station"),
            elements("station-rsne"),
            elements("access-point-rsne"),
        )
        .unwrap()
    }

    fn pmk(&self) -> Pmk {
        Pmk::new(&self.octets("pmk")).unwrap()
    }

    fn supplicant(&self) -> Supplicant {
        let supplicant = Supplicant::new(self.association(), self.pmk()).unwrap();
        match self.pmkid() {
            Some(pmkid) => supplicant.with_pmkid(pmkid),
            None => supplicant,
        }
    }

    fn pmkid(&self) -> Option<[u8; 16]> {
        self.0
            .contains_key("pmkid")
            .then(|| self.octets("pmkid").try_into().unwrap())
    }

    /// The random octets of whoever sent the message.
    fn nonce_of(&self, message: &str) -> Script {
        Script(parse(&self.message(message)).nonce.to_vec())
    }
}

/// Not random at all: these octets and then no more.
struct Script(Vec<u8>);

impl TryRng for Script {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only octets are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only octets are asked for")
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.copy_from_slice(&self.0.split_off(self.0.len() - octets.len()));
        Ok(())
    }
}

impl TryCryptoRng for Script {}

/// What a supplicant with the recorded nonce sends and installs when it gets the recorded messages.
fn replay(recording: &Recording) -> Vec<Seen> {
    let mut supplicant = recording.supplicant();
    let mut rng = recording.nonce_of("message-2");
    let mut effects = Effects::new();
    let mut all = Vec::new();
    for message in ["message-1", "message-3", "group-1"] {
        if recording.0.contains_key(message) {
            supplicant
                .handle_eapol(&recording.message(message), &mut rng, &mut effects)
                .unwrap();
            all.extend(seen(&mut effects));
        }
    }
    all
}

/// Compares what we send with what was sent. Stations differ in protocol version (the first octet) and key length
/// (octets 7 and 8) of their answers, which say nothing; with these set, the MIC must come out as recorded.
fn assert_is_recorded(recording: &Recording, ours: &[u8], name: &str) {
    let theirs = recording.message(name);
    let mut adjusted = ours.to_vec();
    adjusted[0] = theirs[0];
    adjusted[7..9].copy_from_slice(&theirs[7..9]);
    let anonce = *parse(&recording.message("message-1")).nonce;
    let snonce = *parse(&recording.message("message-2")).nonce;
    let association = recording.association();
    let ptk = keys::Ptk::derive(
        keys::AkmSuite::of(association.akm())
            .unwrap()
            .with_cipher(association.pairwise()),
        keys::CipherSuite::of(association.pairwise()).unwrap(),
        &recording.pmk(),
        association.authenticator(),
        association.supplicant(),
        &anonce,
        &snonce,
    );
    assert_eq!(seal(adjusted, &ptk), theirs, "{name}");
}

fn assert_answers_are_recorded(recording: &Recording, effects: &[Seen]) {
    let answers = effects.iter().filter_map(|effect| match effect {
        Seen::Send(pdu) => Some(pdu),
        _ => None,
    });
    for (ours, name) in answers.zip(["message-2", "message-4", "group-2"]) {
        assert_is_recorded(recording, ours, name);
    }
}

fn installed_octets(effects: &[Seen]) -> Vec<Vec<u8>> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Seen::Pairwise(_, key)
            | Seen::Staged(.., key)
            | Seen::Group(.., key)
            | Seen::Management(.., key)
            | Seen::Beacon(.., key) => Some(key.clone()),
            Seen::Send(_) | Seen::Other(_) => None,
        })
        .collect()
}

/// Replays a capture and compares answers and keys.
fn check_capture(text: &'static str) -> Recording {
    let recording = Recording::new(text);
    let effects = replay(&recording);
    assert_answers_are_recorded(&recording, &effects);
    assert!(completed(&effects));
    let expected: Vec<_> = ["tk", "gtk", "igtk"]
        .into_iter()
        .filter(|name| recording.0.contains_key(name))
        .map(|name| recording.octets(name))
        .collect();
    assert_eq!(installed_octets(&effects), expected);
    recording
}

/// Plays the access point of a capture: with its nonce and its group keys, it sends what was sent, octet for octet.
fn check_access_point(recording: &Recording) {
    let mut group_keys = GroupKeys::default();
    let mut supplicant = recording.supplicant();
    let (mut rng, mut effects) = (recording.nonce_of("message-2"), Effects::new());
    for message in ["message-1", "message-3"] {
        supplicant
            .handle_eapol(&recording.message(message), &mut rng, &mut effects)
            .unwrap();
    }
    for effect in effects.drain() {
        match effect {
            Effect::InstallGroup { key, .. } => group_keys.gtk = Some(*key),
            Effect::InstallGroupManagement { key, .. } => group_keys.igtk = Some(*key),
            _ => {}
        }
    }

    let mut authenticator = Authenticator::new(
        recording.association(),
        recording.pmk(),
        &group_keys,
        RetryPolicy::default(),
    )
    .unwrap();
    if let Some(pmkid) = recording.pmkid() {
        authenticator = authenticator.with_pmkid(pmkid);
    }
    let mut rng = recording.nonce_of("message-1");
    authenticator.start(NOW, &mut rng, &mut effects);
    assert_eq!(sent(&seen(&mut effects)), recording.message("message-1"));
    let later = NOW + Duration::from_millis(5);
    authenticator
        .handle_eapol(later, &recording.message("message-2"), &mut rng, &mut effects)
        .unwrap();
    assert_eq!(sent(&seen(&mut effects)), recording.message("message-3"));
    let message = authenticator.handle_eapol(later, &recording.message("message-4"), &mut rng, &mut effects);
    assert_eq!(message, Ok(MessageName::FourWay4));
    assert_eq!(installed_octets(&seen(&mut effects)), [recording.octets("tk")]);
}

#[test]
fn wireshark_psk_sha256_with_management_frame_protection() {
    check_access_point(&check_capture(include_str!("vectors/wpa2-psk-mfp.txt")));
}

/// The access point's message 1 names a PMK that nobody has, and its message 3 has octets in the IV field.
#[test]
fn wireshark_psk_with_a_tkip_group_key() {
    check_capture(include_str!("vectors/wpa-Induction.txt"));
}

#[test]
fn wireshark_psk_with_gcmp() {
    check_access_point(&check_capture(include_str!("vectors/wpa-gcmp.txt")));
}

/// Message 1 names the PMK.
#[test]
fn wireshark_eap_tls() {
    check_access_point(&check_capture(include_str!("vectors/wpa-eap-tls.txt")));
}

#[test]
fn wireshark_sae() {
    check_access_point(&check_capture(include_str!("vectors/wpa3-sae.txt")));
}

#[test]
fn wireshark_owe() {
    check_access_point(&check_capture(include_str!("vectors/owe.txt")));
}

#[test]
fn iwd_four_way_handshake() {
    let recording = Recording::new(include_str!("vectors/iwd-ptk.txt"));
    let effects = replay(&recording);
    assert_answers_are_recorded(&recording, &effects);
    assert!(completed(&effects));
}

#[test]
fn iwd_four_way_and_group_handshake() {
    let recording = Recording::new(include_str!("vectors/iwd-ptk-gtk.txt"));
    let effects = replay(&recording);
    assert_answers_are_recorded(&recording, &effects);
    assert_eq!(installed_octets(&effects).len(), 3);
    assert_eq!(effects.last(), Some(&Seen::Other("GroupCompleted".into())));
}

/// WPA: message 3 carries no keys, the group message does.
#[test]
fn iwd_and_linux_wpa_handshakes() {
    for text in [
        include_str!("vectors/iwd-wpa.txt"),
        include_str!("vectors/iwd-wpa-2.txt"),
        include_str!("vectors/linux-wpa-tkip.txt"),
        include_str!("vectors/linux-wpa-ccmp.txt"),
    ] {
        let recording = Recording::new(text);
        let effects = replay(&recording);
        assert_answers_are_recorded(&recording, &effects);
        let [_, _, Seen::Pairwise(..), Seen::Group(_, key_id, ..), _, last] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        let group_1 = recording.message("group-1");
        assert_eq!(*key_id, parse(&group_1).info.wpa_key_index());
        assert_eq!(last, &Seen::Other("Completed".into()));
    }
}

/// TKIP with HMAC-MD5 and RC4, and an IGTK.
#[test]
fn iwd_four_way_handshake_with_tkip_and_igtk() {
    let recording = Recording::new(include_str!("vectors/iwd-igtk.txt"));
    let effects = replay(&recording);
    assert_answers_are_recorded(&recording, &effects);
    let lengths: Vec<_> = installed_octets(&effects).iter().map(Vec::len).collect();
    assert_eq!(lengths, [32, 32, 16]);
}
