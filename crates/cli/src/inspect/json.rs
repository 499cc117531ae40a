//! One JSON object a line for each operation. `docs/inspect.md` describes the fields.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use frame::eapol_key::MessageName;
use ihv::Proof;
use keys::Key;
use serde::Serialize;

use super::contents::{Contents, Delivered, Digits};
use super::events::what;
use super::operation::{Event, KEY_MAX, MicState, Operation};

#[derive(Serialize)]
struct Line {
    file: String,
    bssid: String,
    sta: String,
    ssid: Option<String>,
    open_twin: Option<Twin>,
    akm: Option<String>,
    pairwise_cipher: Option<String>,
    group_cipher: Option<String>,
    group_management_cipher: Option<String>,
    steps: Vec<Step>,
    eap: Vec<Eap>,
    messages: Vec<Message>,
    outcome: &'static str,
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'static str>,
    why: String,
    next: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tk: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gtk: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    igtk: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bigtk: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Twin {
    bssid: String,
    ssid: String,
}

#[derive(Serialize)]
struct Eap {
    frame: u64,
    time: u64,
    sender: &'static str,
    says: String,
}

#[derive(Serialize)]
struct Step {
    frame: u64,
    time: u64,
    sender: &'static str,
    says: String,
    encrypted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mic: Option<&'static str>,
}

#[derive(Serialize)]
struct Message {
    frame: u64,
    name: &'static str,
    mic: &'static str,
    time: u64,
    replay_counter: u64,
    encrypted: bool,
    #[serde(flatten)]
    contents: Said,
}

/// What key data says; each field only where it does.
#[derive(Serialize)]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    pmkid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transition_disable: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gtk_id: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    igtk_id: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bigtk_id: Option<u16>,
}

#[derive(Serialize)]
struct Channel {
    operating_class: u8,
    primary_channel: u8,
}

impl Said {
    fn of(contents: &Contents) -> Self {
        let Delivered { gtk, igtk, bigtk } = contents.delivered;
        Self {
            pmkid: contents.pmkid.map(|pmkid| Digits(&pmkid).to_string()),
            key_id: contents.key_id,
            channel: contents.channel.map(|channel| Channel {
                operating_class: channel.operating_class,
                primary_channel: channel.primary_channel,
            }),
            transition_disable: contents.transition_disable,
            gtk_id: gtk,
            igtk_id: igtk,
            bigtk_id: bigtk,
        }
    }
}

pub(super) fn write(file: &Path, operation: &Operation, show_keys: bool, out: &mut impl Write) -> io::Result<()> {
    let negotiated = operation.negotiated.as_ref();
    let line = Line {
        file: file.display().to_string(),
        bssid: operation.bssid.to_string(),
        sta: operation.sta.to_string(),
        ssid: operation
            .ssid
            .as_deref()
            .map(|ssid| String::from_utf8_lossy(ssid).into_owned()),
        open_twin: operation.open_twin.as_ref().map(|twin| Twin {
            bssid: twin.bssid.to_string(),
            ssid: String::from_utf8_lossy(&twin.ssid).into_owned(),
        }),
        akm: negotiated.map(|negotiated| negotiated.akm.to_string()),
        pairwise_cipher: negotiated.map(|negotiated| negotiated.pairwise.to_string()),
        group_cipher: negotiated.map(|negotiated| negotiated.group.to_string()),
        group_management_cipher: negotiated
            .and_then(|negotiated| negotiated.group_management)
            .map(|cipher| cipher.to_string()),
        steps: steps(operation),
        eap: eap(operation),
        messages: messages(operation),
        outcome: operation.verdict.outcome().as_str(),
        cause: operation.verdict.shared().map(host::outcome::Outcome::name),
        proof: match operation.verdict.shared() {
            Some(host::outcome::Outcome::WrongSecret(Proof::Proved)) => Some("proved"),
            Some(host::outcome::Outcome::WrongSecret(Proof::Suspected)) => Some("suspected"),
            _ => None,
        },
        why: operation.verdict.to_string(),
        next: operation.verdict.advice(),
        tk: show_keys.then(|| hex_all(&operation.temporal_keys)),
        gtk: show_keys.then(|| hex_all(&operation.group_keys)),
        igtk: show_keys.then(|| hex_all(&operation.management_keys)),
        bigtk: show_keys.then(|| hex_all(&operation.beacon_keys)),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

/// All frames of the operation.
fn steps(operation: &Operation) -> Vec<Step> {
    let steps = operation.steps.iter().map(|step| {
        let mic = match &step.event {
            Event::Key(message) => Some(message.mic),
            _ => step.integrity,
        };
        Step {
            frame: step.frame,
            time: step.time_us,
            sender: step.sender.word(),
            says: what(&step.event),
            encrypted: step.encrypted,
            mic: mic.map(MicState::as_str),
        }
    });
    steps.collect()
}

/// What EAP says in the clear.
fn eap(operation: &Operation) -> Vec<Eap> {
    let eap = operation.steps.iter().filter_map(|step| match &step.event {
        Event::Eap(eap) => Some(Eap {
            frame: step.frame,
            time: step.time_us,
            sender: step.sender.word(),
            says: eap.to_string(),
        }),
        _ => None,
    });
    eap.collect()
}

/// The handshakes' messages; a supplicant's requests and error reports are not among them.
fn messages(operation: &Operation) -> Vec<Message> {
    let handshakes = operation
        .messages()
        .filter(|(_, message)| !matches!(message.name, MessageName::Request | MessageName::Error));
    let messages = handshakes.map(|(step, message)| Message {
        frame: step.frame,
        name: message.name.as_str(),
        mic: message.mic.as_str(),
        time: step.time_us,
        replay_counter: message.replay_counter,
        encrypted: step.encrypted,
        contents: Said::of(&message.contents),
    });
    messages.collect()
}

fn hex_all(keys: &[Key<KEY_MAX>]) -> Vec<String> {
    keys.iter().map(hex).collect()
}

/// The octets of a key as hex digits, for a person who asked to see them.
pub(super) fn hex(key: &Key<KEY_MAX>) -> String {
    key.as_bytes().iter().fold(String::new(), |mut digits, octet| {
        // Writing to a string does not fail.
        let _ = write!(digits, "{octet:02x}");
        digits
    })
}
