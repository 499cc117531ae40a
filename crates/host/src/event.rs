//! What happened: one stream of events for people, for machines, and for tests.
//!
//! `docs/events.md` describes the JSON form. No event holds a secret.

use crate::outcome::Outcome;
use core::fmt::Display;
use core::time::Duration;
use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use frame::{Akm, Cipher, MacAddress};
use ihv::{Guid, HostAdapter, Reason, Rule, Win32Error};
use serde::{Serialize, Serializer};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, since the epoch of whoever drives the host.
    pub time: Duration,
    /// On which adapter.
    pub adapter: HostAdapter,
    /// With which peer, where there is one.
    pub peer: Option<MacAddress>,
    /// On which data port, where there is one.
    pub session_id: Option<u32>,
    /// What.
    pub kind: Kind,
}

impl Event {
    /// The event as it is written for machines; `adapter` is the adapter's name.
    #[must_use]
    pub fn record<'a>(&'a self, adapter: &'a str) -> Record<'a> {
        Record {
            time_us: u64::try_from(self.time.as_micros()).unwrap_or(u64::MAX),
            adapter,
            peer: self.peer.map(|peer| peer.to_string()),
            session_id: self.session_id,
            kind: &self.kind,
        }
    }
}

/// An event in its JSON form: `time_us adapter peer session_id kind details`.
#[derive(Serialize)]
pub struct Record<'a> {
    time_us: u64,
    adapter: &'a str,
    peer: Option<String>,
    session_id: Option<u32>,
    #[serde(flatten)]
    kind: &'a Kind,
}

/// What an event tells. The fields of a variant are the record's `details`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "details", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names say it; docs/events.md has the table")]
pub enum Kind {
    /// The extension has accepted the adapter.
    AdapterArrived {
        address: Text<MacAddress>,
        description: String,
    },
    /// The adapter was reset.
    AdapterReset {},
    /// The adapter has gone.
    AdapterRemoved {},
    /// The extension, which had crashed or hung, was started again, and has the adapter as new.
    ExtensionRestarted {},
    /// The adapter looks for networks.
    ScanStarted { ssid: String },
    /// It found `networks`, of which `matching` fit the profile.
    ScanCompleted { networks: usize, matching: usize },
    /// The pre-association operation has begun.
    PreAssociationStarted {},
    /// The pre-association operation is complete.
    PreAssociationCompleted { error: Code<Win32Error>, reason: u32 },
    /// The adapter authenticates and associates.
    AssociationStarted {
        ssid: String,
        akm: Option<Text<Akm>>,
        pairwise_cipher: Option<Text<Cipher>>,
        group_cipher: Option<Text<Cipher>>,
    },
    /// An authentication frame of the extension's was handed to the adapter.
    AuthenticationSent {
        algorithm: u16,
        transaction: u16,
        status: Code<StatusCode>,
    },
    /// An authentication frame was received and handed to the extension.
    AuthenticationReceived {
        algorithm: u16,
        transaction: u16,
        status: Code<StatusCode>,
    },
    /// An action frame of the extension's was handed to the adapter.
    ActionSent { category: u8, action: u8 },
    /// An action frame was received and handed to the extension.
    ActionReceived { category: u8, action: u8 },
    /// The adapter leaves one access point of its network for another.
    RoamStarted { from: Text<MacAddress> },
    /// It stays with the access point that it has, if it still has it.
    RoamFailed {
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// The extension wants no association with this access point: the next one is tried.
    AccessPointPassedOver {
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// The access point refused.
    AssociationRefused { status: Code<StatusCode> },
    /// The association stands, and its data port exists.
    PortCreated {
        controlled: bool,
        authorized: bool,
        /// The request named a key of an earlier authentication.
        names_key: bool,
        /// The access point protects its beacons, and the adapter cannot tell a forged one.
        unverified_beacons: bool,
    },
    /// The post-association operation has begun.
    PostAssociationStarted {},
    /// The operation is complete, or the state of the port has changed since.
    PostAssociationCompleted { error: Code<Win32Error>, reason: u32 },
    /// A security packet was received and handed to the extension.
    PacketReceived {
        ethertype: u16,
        octets: usize,
        message: Option<Text<MessageName>>,
    },
    /// A security packet was handed to the adapter.
    PacketSent {
        ethertype: u16,
        octets: usize,
        message: Option<Text<MessageName>>,
    },
    /// The adapter could not send a security packet.
    PacketNotSent {},
    /// The extension refused a packet.
    PacketRefused {
        ethertype: u16,
        message: Option<Text<MessageName>>,
        error: Code<Win32Error>,
    },
    /// A packet was dropped before the extension saw it.
    PacketDropped {
        ethertype: u16,
        why: DropReason,
        dropped: u64,
    },
    /// A pairwise key went to the adapter.
    PairwiseKeyInstalled { cipher: Option<Text<Cipher>>, key_id: u8 },
    /// What is sent is protected by this pairwise key from now on, which was installed to receive (extended key ID).
    PairwiseKeyInUse { key_id: u8 },
    /// A group key went to the adapter.
    GroupKeyInstalled { cipher: Option<Text<Cipher>>, key_id: u8 },
    /// A key was removed from the adapter.
    KeyRemoved { pairwise: bool, key_id: u8 },
    /// Received data that was not encrypted is discarded from now on, or passes again.
    UnencryptedExcluded { exclude: bool },
    /// Data may pass.
    PortAuthorized {},
    /// Data may not pass any more.
    PortDeauthorized {},
    /// The extension has stopped the operation.
    PostAssociationStopped { status: u32 },
    /// The port is gone.
    PortDeleted {},
    /// The access point ended the association.
    Disassociated { reason: Option<Code<ReasonCode>> },
    /// Somebody broke a rule of the interface: the call was refused.
    RuleBroken {
        rule: Text<Rule>,
        call: &'static str,
        error: Code<Win32Error>,
    },
    /// The extension told something.
    Notification { source: u32, code: u32, octets: usize },
    /// The extension asks the user something.
    UiRequested { request: String },
    /// The extension has started an 802.1X operation.
    OnexStarted {},
    /// The operation is over: `why` it failed, and what the 802.1X module says about it.
    OnexCompleted {
        successful: bool,
        why: Option<&'static str>,
        message: Option<String>,
    },
    /// The extension has given the operation up, or its port has gone.
    OnexStopped {},
    /// The authentication server says something to the user.
    ServerMessage { message: String },
    /// The 802.1X module asks the user something, and waits for [`Host::answer`](crate::Host::answer).
    CredentialsRequested {
        request: Text<Guid>,
        #[serde(flatten)]
        question: Question,
    },
    /// The question is not asked any more: it was answered, or nobody waits for the answer.
    CredentialsSettled { request: Text<Guid> },
    /// What the operating system's data came to; told by adapters that count it.
    Traffic {
        sent: u64,
        received: u64,
        received_group: u64,
        blocked: u64,
        rejected: u64,
    },
    /// A frame of somebody else's operation, as a capture has it. `sender` is `station` or
    /// `access_point`; `mic` is `valid`, `invalid`, `unverified` or `absent` for an EAPOL-Key message.
    FrameObserved {
        frame: u64,
        sender: &'static str,
        what: String,
        message: Option<Text<MessageName>>,
        mic: Option<&'static str>,
        encrypted: bool,
    },
    /// What it came to.
    Outcome(Outcome),
}

/// What the user is asked (R37).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names say it; docs/events.md has the table")]
pub enum Question {
    /// The name of the user.
    Identity { prompt: String },
    /// The password; `again`: the one before was wrong.
    Password { again: bool },
    /// A new password: the old one has expired.
    NewPassword { message: String },
    /// The answer to the prompt of a token card.
    Token { prompt: String },
    /// Whether this server is to be trusted, which nothing else vouches for.
    ServerTrust {
        subject: String,
        issuer: String,
        /// The SHA-256 of the certificate, hex digits.
        fingerprint: String,
    },
}

/// Why a packet did not reach the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The backlog was full; this was the oldest.
    Backlog,
    /// There is no port for its sender.
    NoPort,
    /// The port is closed, and this is no security packet.
    PortClosed,
    /// It came unencrypted, although its sender has the keys: anybody could have sent it.
    Unencrypted,
}

/// A value that is written as its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A number of a table, written with its name: `{"code": 15, "name": "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<T>(pub T);

#[derive(Serialize)]
struct NamedCode {
    code: u32,
    name: Option<&'static str>,
}

macro_rules! codes {
    ($($type:ty),*) => {$(
        impl Serialize for Code<$type> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                NamedCode { code: u32::from(self.0.0), name: self.0.name() }.serialize(serializer)
            }
        }
    )*};
}

codes!(Win32Error, ReasonCode, StatusCode);

/// Reason and error of a completion, as both completions' events have them.
pub(crate) const fn completion(reason: Reason, error: Win32Error) -> (Code<Win32Error>, u32) {
    (Code(error), reason.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(kind: Kind) -> Event {
        Event {
            time: Duration::from_micros(1_500_000),
            adapter: HostAdapter(1),
            peer: Some(MacAddress([2, 0, 0, 0, 0, 1])),
            session_id: Some(7),
            kind,
        }
    }

    #[test]
    fn a_record_has_the_six_fields_of_the_schema() {
        let received = event(Kind::PacketReceived {
            ethertype: 0x888e,
            octets: 99,
            message: Some(Text(MessageName::FourWay1)),
        });
        assert_eq!(
            serde_json::to_value(received.record("wlan0")).unwrap(),
            json!({
                "time_us": 1_500_000, "adapter": "wlan0", "peer": "02:00:00:00:00:01", "session_id": 7,
                "kind": "packet_received",
                "details": {"ethertype": 0x888e, "octets": 99, "message": "4way-1"}
            })
        );
    }

    #[test]
    fn an_event_without_details_has_an_empty_object() {
        let json = serde_json::to_value(event(Kind::PortAuthorized {}).record("wlan0")).unwrap();
        assert_eq!(json["kind"], "port_authorized");
        assert_eq!(json["details"], json!({}));
    }

    #[test]
    fn an_outcome_is_an_event_like_the_others() {
        let json = serde_json::to_value(event(Kind::Outcome(Outcome::Authorized)).record("wlan0")).unwrap();
        assert_eq!(json["kind"], "outcome");
        assert_eq!(json["details"]["outcome"], "authorized");
    }
}
