//! What is reported: one post-association operation, as far as the capture shows it.

use std::fmt;

use frame::codes::{ReasonCode, StatusCode};
use frame::eapol_key::MessageName;
use frame::{Akm, Cipher, MacAddress};
use keys::Key;

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
    /// How it ended and why.
    pub verdict: Verdict,
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
}

/// One thing that happened, in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The frame's number in the capture.
    pub frame: u64,
    /// Its time, in microseconds since 1970.
    pub time_us: u64,
    /// Who sent it.
    pub sender: Sender,
    /// Whether it had to be decrypted first.
    pub encrypted: bool,
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

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Station => "the station",
            Self::AccessPoint => "the access point",
        })
    }
}

/// What a frame has to do with the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A step of the authentication before the association.
    Authentication {
        /// The algorithm number (IEEE 802.11-2020, 9.4.1.1).
        algorithm: u16,
        /// The step, from 1 on.
        sequence: u16,
        /// The result.
        status: StatusCode,
    },
    /// An association or reassociation request.
    AssociationRequest,
    /// An association or reassociation response.
    AssociationResponse(StatusCode),
    /// The authentication server has confirmed the station.
    EapSuccess,
    /// The authentication server has refused the station.
    EapFailure,
    /// An EAPOL-Key frame.
    Key(Message),
    /// A deauthentication.
    Deauthentication(ReasonCode),
    /// A disassociation.
    Disassociation(ReasonCode),
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
