//! What another program has read in the captures, and where they are.

use super::*;
use serde::Deserialize;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What the manifest says of one capture, as far as it is checked here.
#[derive(Deserialize)]
pub(super) struct Expected {
    pub(super) file: String,
    pub(super) ssid: Option<String>,
    pub(super) akm_suite: Option<u8>,
    pub(super) secret: Secret,
    pub(super) eapol_key_messages: Vec<Message>,
    pub(super) expect: Outline,
    pub(super) tk: Option<Vec<String>>,
    pub(super) gtk: Option<Vec<String>>,
    #[serde(default)]
    pub(super) computed_pmk_hex: Option<String>,
    pub(super) other: Other,
}

/// What the manifest says of frames without EAPOL.
#[derive(Deserialize)]
pub(super) struct Other {
    #[serde(default)]
    pub(super) auth_frames: Vec<AuthenticationFrame>,
    #[serde(default)]
    pub(super) owe_dh: Vec<OweFrame>,
    #[serde(default)]
    pub(super) ft_transition_frames: Vec<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
pub(super) struct AuthenticationFrame {
    pub(super) frame: u64,
    pub(super) alg: String,
    pub(super) seq: String,
    pub(super) ta: String,
    pub(super) group: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct OweFrame {
    pub(super) frame: u64,
    pub(super) group: String,
}

#[derive(Deserialize)]
pub(super) struct Secret {
    pub(super) passphrase: Option<String>,
    pub(super) pmk_hex: Option<OneOrMore>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) frame: u64,
    pub(super) msg: String,
    pub(super) encrypted_frame: bool,
    pub(super) mic_valid: Option<bool>,
    pub(super) gtk: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Outline {
    pub(super) handshakes_complete: Option<bool>,
}

impl Expected {
    pub(super) fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        if let (Some(ssid), Some(passphrase)) = (&self.ssid, &self.secret.passphrase) {
            secrets
                .add_network(ssid.clone().into_bytes(), passphrase.as_bytes())
                .unwrap();
        }
        for pmk in self.secret.pmk_hex.iter().flat_map(OneOrMore::all) {
            secrets.add_pmk(&unhex(pmk)).unwrap();
        }
        secrets
    }
}

/// The manifest and its directory, or `None` with a word about it.
pub(super) fn captures() -> Option<(PathBuf, Vec<Expected>)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let directory = std::env::var_os("PORTCULLIS_CAPTURES").map_or_else(beside, PathBuf::from);
    let Ok(manifest) = File::open(directory.join("manifest.json")) else {
        println!(
            "left out: captures, since there is no manifest.json in {}",
            directory.display()
        );
        return None;
    };
    Some((
        directory,
        serde_json::from_reader(manifest).expect("a manifest of captures"),
    ))
}

pub(super) fn name(manifest: &str) -> &'static str {
    match manifest {
        "M1" => "4way-1",
        "M2" => "4way-2",
        "M3" => "4way-3",
        "M4" => "4way-4",
        "G1" => "group-1",
        "G2" => "group-2",
        other => panic!("the manifest names a message {other}"),
    }
}

pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(super) fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
