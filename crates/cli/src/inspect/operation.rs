//! What is reported: one post-association operation, as far as the capture shows it.

use std::fmt;

use frame::codes::{ReasonCode, StatusCode};
use frame::dot11::{FtStep, SaQueryKind};
use frame::eapol_key::MessageName;
use frame::oci::Oci;
use frame::{Akm, Cipher, MacAddress};
use keys::Key;

use super::contents::{Channel, Contents, Digits};
use super::eap::EapStep;
use super::outcome::Verdict;

/// Octets of the longest temporal or group key.
pub const KEY_MAX: usize = 32;

/// A post-association operation: what two stations did with one association.
pub struct Operation {
    /// The access point.
    pub bssid: MacAddress,
    /// The station.
    pub sta: MacAddress,
    /// The network's name (0 to 32 octets), if the capture tells it.
    pub ssid: Option<Vec<u8>>,
    /// The open network that this one stands beside (OWE transition mode), as its beacons say.
    pub open_twin: Option<Twin>,
    /// What was negotiated, if the capture tells it.
    pub negotiated: Option<Negotiated>,
    /// What happened, in the order of frame numbers.
    pub steps: Vec<Step>,
    /// Steps above the number that is kept.
    pub unlisted: u64,
    /// The temporal keys, in the order in which they were derived.
    pub temporal_keys: Vec<Key<KEY_MAX>>,
    /// The group keys, in the order in which they were delivered.
    pub group_keys: Vec<Key<KEY_MAX>>,
    /// The integrity keys of group addressed management frames (IGTK), likewise.
    pub management_keys: Vec<Key<KEY_MAX>>,
    /// The integrity keys of beacons (BIGTK), likewise.
    pub beacon_keys: Vec<Key<KEY_MAX>>,
    /// How it ended and why.
    pub verdict: Verdict,
}

/// A network that another one's beacons name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its access point.
    pub bssid: MacAddress,
    /// Its name (0 to 32 octets).
    pub ssid: Vec<u8>,
}

/// What the station chose of the access point's offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Authentication and key management.
    pub akm: Akm,
    /// Cipher of unicast data.
    pub pairwise: Cipher,
    /// Cipher of group addressed data.
    pub group: Cipher,
    /// Whether management frames are protected.
    pub management_protected: bool,
    /// Cipher of the integrity of group addressed management frames, if they are.
    pub group_management: Option<Cipher>,
}

impl Negotiated {
    /// Whether the handshakes are those of WPA.
    pub(super) fn is_wpa(self) -> bool {
        matches!(self.akm, Akm::WPA_PSK | Akm::WPA_EAP)
    }
}

/// One thing that happened, in one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The frame's number in the capture.
    pub frame: u64,
    /// Its time, in microseconds since 1970.
    pub time_us: u64,
    /// Who sent it.
    pub sender: Sender,
    /// Whether it had to be decrypted first.
    pub encrypted: bool,
    /// The state of its management MIC, where it was addressed to all stations of a network that protects its management
    /// frames.
    pub integrity: Option<MicState>,
    /// What it was.
    pub event: Event,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The station, the supplicant.
    Station,
    /// The access point, the authenticator.
    AccessPoint,
}

impl Sender {
    /// The word that programs read.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::AccessPoint => "access_point",
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Station => "the station",
            Self::AccessPoint => "the access point",
        })
    }
}

/// What a frame has to do with the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A step of the authentication before the association.
    Authentication {
        /// The algorithm number (IEEE 802.11-2020, 9.4.1.1).
        algorithm: u16,
        /// The step, from 1 on.
        sequence: u16,
        /// The result.
        status: StatusCode,
        /// What it says, if the algorithm is SAE.
        sae: Option<SaeStep>,
    },
    /// A step of a fast transition over the distribution system, through the access point that the station leaves.
    TransitionAction(FtStep),
    /// A step in the setup of a direct link to another station of the network (TDLS).
    DirectLink {
        /// Which step.
        step: DirectLinkStep,
        /// The result, in a response or a confirm.
        status: Option<StatusCode>,
        /// What is known about its MIC. It needs no secret: the key is made from what the frames say.
        mic: MicState,
    },
    /// An association or reassociation request.
    AssociationRequest(Request),
    /// An association or reassociation response.
    AssociationResponse {
        /// The result.
        status: StatusCode,
        /// What it has in common with a request.
        response: Request,
    },
    /// A request or a response of EAP.
    Eap(EapStep),
    /// The authentication server has confirmed the station.
    EapSuccess,
    /// The authentication server has refused the station.
    EapFailure,
    /// An EAPOL-Key frame.
    Key(Message),
    /// A question whether the association still stands, or the answer (SA Query).
    SaQuery {
        /// Question or answer.
        kind: SaQueryKind,
        /// Which question it is or answers.
        transaction: [u8; 2],
        /// The sender's channel (operating channel validation).
        channel: Option<Oci>,
    },
    /// A deauthentication.
    Deauthentication(ReasonCode),
    /// A disassociation.
    Disassociation(ReasonCode),
}

/// A step in the setup of a direct link (IEEE 802.11-2020, 9.6.12). Each is seen twice: on its way to the access point,
/// and from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectLinkStep {
    /// The initiator asks.
    Request,
    /// The responder answers.
    Response,
    /// The initiator confirms.
    Confirm,
}

impl DirectLinkStep {
    /// The word that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Confirm => "confirm",
        }
    }
}

/// What an association or reassociation frame says beside the suites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The station comes from another access point of the network.
    pub reassociation: bool,
    /// The finite cyclic group of OWE (RFC 8110).
    pub owe_group: Option<u16>,
    /// The MIC of a fast transition.
    pub transition: Option<MicState>,
    /// The name of a PMK that the station says it has from before; with fast transition, of a key of the domain.
    pub pmkid: Option<[u8; 16]>,
    /// The sender's channel (operating channel validation).
    pub channel: Option<Oci>,
}

impl Request {
    /// As a phrase; `kind` is "request" or "response".
    pub(super) fn describe(&self, kind: &str) -> String {
        let again = if self.reassociation { "re" } else { "" };
        let group = self.owe_group.map(|group| format!(", OWE group {group}"));
        let mic = self.transition.map(|mic| format!(", MIC {}", mic.as_str()));
        let pmkid = self.pmkid.map(|pmkid| format!(", PMKID {}", Digits(&pmkid)));
        let channel = self.channel.map(|channel| format!(", {}", Channel(channel)));
        let said: String = [group, mic, pmkid, channel].into_iter().flatten().collect();
        format!("{again}association {kind}{said}")
    }
}

/// What an authentication frame of SAE says (IEEE 802.11-2020, 12.4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaeStep {
    /// Scalar and element.
    Commit {
        /// The finite cyclic group.
        group: u16,
        /// The password element is found by hash-to-element, directly or behind a public key; otherwise by hunting and
        /// pecking.
        hash_to_element: bool,
        /// The anti-clogging token that was asked for is sent back.
        token: bool,
        /// One of several passwords is meant, by its identifier.
        password_id: bool,
        /// The groups that the other end refused before.
        rejected: RejectedGroups,
    },
    /// The proof of the password.
    Confirm,
    /// The access point wants its anti-clogging token sent back.
    TokenRequest,
    /// The group of the commit is not supported.
    GroupRefused {
        /// The finite cyclic group, if the frame repeats it.
        group: Option<u16>,
    },
}

/// The first of the groups that a commit says were refused, as many as are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RejectedGroups([Option<u16>; 4]);

impl RejectedGroups {
    /// The first four of these.
    #[must_use]
    pub fn new(groups: impl Iterator<Item = u16>) -> Self {
        let mut told = Self::default();
        for (place, group) in told.0.iter_mut().zip(groups) {
            *place = Some(group);
        }
        told
    }

    /// The groups in their order.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().flatten().copied()
    }
}

/// An EAPOL-Key frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which message of which handshake.
    pub name: MessageName,
    /// What is known about its MIC.
    pub mic: MicState,
    /// Its replay counter.
    pub replay_counter: u64,
    /// Whether it is new.
    pub freshness: Freshness,
    /// Which 4-way handshake of the operation it belongs to (or follows), from 0.
    pub handshake: u32,
    /// What its key data says.
    pub contents: Contents,
}

/// What is known about a MIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicState {
    /// Computed and equal.
    Valid,
    /// Computed under every secret that bears on the frame, and never equal.
    Invalid,
    /// Not computed: a secret or a nonce is missing.
    Unverified,
    /// The frame has none.
    Absent,
}

impl MicState {
    /// The word that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unverified => "unverified",
            Self::Absent => "absent",
        }
    }
}

/// Whether a message of the authenticator is new (IEEE 802.11-2020, 12.7.2, key replay counter).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Its counter is above those before, or it is a supplicant's.
    Fresh,
    /// The same octets as the message before: the radio repeated it.
    Copy,
    /// Its counter has been used before, and not for this.
    Replayed,
}

impl Operation {
    /// The EAPOL-Key frames with their steps.
    pub fn messages(&self) -> impl Iterator<Item = (&Step, &Message)> {
        self.steps.iter().filter_map(|step| match &step.event {
            Event::Key(message) => Some((step, message)),
            _ => None,
        })
    }
}
