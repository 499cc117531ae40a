//! Which message of which handshake an EAPOL-Key frame is.

use core::fmt;

use super::KeyFrame;

/// A message of the 4-way handshake (IEEE 802.11-2020, 12.7.6), of the group key handshake (12.7.7), or a
/// supplicant's request (12.7.2).
///
/// Told from the key information: *request* first, then *key type* (4-way or group), then *ack* (the
/// authenticator sends) and *MIC*. A frame that an AEAD cipher protects (FILS) has no MIC; its
/// *encrypted key data* bit stands in.
///
/// Messages 2 and 4 of the 4-way handshake have the same bits but for *secure*, and that bit cannot be
/// trusted: WPA leaves it clear in message 4, and a rekey sets it in message 2. What does differ is that
/// message 2 always carries the supplicant's nonce and element. So it is message 4 if the key data is empty
/// (but for the tag of AEAD) or the nonce is zero; some old supplicants repeat their nonce in message 4, and
/// multi-link stations put KDEs into it, but none does both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageName {
    /// Authenticator's nonce.
    FourWay1,
    /// Supplicant's nonce and element.
    FourWay2,
    /// Authenticator's elements, group keys, install.
    FourWay3,
    /// Confirmation of message 3.
    FourWay4,
    /// A new group key.
    Group1,
    /// Confirmation of the group key.
    Group2,
    /// The supplicant asks for a handshake.
    Request,
    /// The supplicant reports a TKIP MIC failure.
    Error,
}

impl MessageName {
    /// True if the authenticator sends it.
    #[must_use]
    pub const fn is_from_authenticator(self) -> bool {
        matches!(self, Self::FourWay1 | Self::FourWay3 | Self::Group1)
    }

    /// The name as it stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FourWay1 => "4way-1",
            Self::FourWay2 => "4way-2",
            Self::FourWay3 => "4way-3",
            Self::FourWay4 => "4way-4",
            Self::Group1 => "group-1",
            Self::Group2 => "group-2",
            Self::Request => "request",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The octets that AES-SIV adds in front of FILS key data.
const AEAD_TAG_LEN: usize = 16;

pub(super) fn classify(frame: &KeyFrame<'_>) -> Option<MessageName> {
    let info = frame.info;
    if info.smk() {
        return None;
    }
    if info.request() {
        return Some(if info.error() {
            MessageName::Error
        } else {
            MessageName::Request
        });
    }
    let aead = frame.mic.is_empty() && info.encrypted_key_data();
    match (info.is_pairwise(), info.ack(), info.mic() || aead) {
        (true, true, false) => Some(MessageName::FourWay1),
        (true, true, true) => Some(MessageName::FourWay3),
        (true, false, true) if is_message_4(frame, aead) => Some(MessageName::FourWay4),
        (true, false, true) => Some(MessageName::FourWay2),
        (false, true, true) => Some(MessageName::Group1),
        (false, false, true) => Some(MessageName::Group2),
        (_, _, false) => None,
    }
}

fn is_message_4(frame: &KeyFrame<'_>, aead: bool) -> bool {
    let empty = if aead { AEAD_TAG_LEN } else { 0 };
    frame.key_data.len() <= empty || frame.nonce.iter().all(|&octet| octet == 0)
}
