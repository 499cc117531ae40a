//! Why a received packet was not acted upon.

use core::fmt;

use frame::eapol_key::{Descriptor, KeyInfo, MessageName};
use frame::{ParseError, ReasonCode};

/// A packet was refused. The state of the handshake is as it was before the packet came, and nothing was installed.
///
/// Most refusals are no event: anybody can send an EAPOL-Key frame, and the standard wants such frames discarded.
/// Where it wants the association ended, [`reason`](Self::reason) says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a well-formed EAPOL-Key frame, or its key data is malformed.
    #[error("malformed: {0}")]
    Parse(#[from] ParseError),
    /// The frame has the format of another kind of network.
    #[error("key descriptor type {0} is not that of the association")]
    Descriptor(Descriptor),
    /// The key information fits no message.
    #[error("key information {0} fits no message")]
    Nameless(KeyInfo),
    /// Nobody waits for this message.
    #[error("{message} is not expected now")]
    Unexpected {
        /// The message.
        message: MessageName,
    },
    /// The integrity code is wrong: the frame is forged or damaged, or the two sides have different secrets. In
    /// message 2 that is, as a rule, a wrong passphrase.
    #[error("{message} has a wrong MIC")]
    Mic {
        /// The message.
        message: MessageName,
    },
    /// The frame was sent before.
    #[error("{message} is a replay: its counter is {counter}, the last one was {last}")]
    Replay {
        /// The message.
        message: MessageName,
        /// The replay counter of the frame.
        counter: u64,
        /// The highest counter that a genuine frame had.
        last: u64,
    },
    /// The frame does not answer anything that was sent.
    #[error("{message} answers request {counter}, which is not waiting for an answer")]
    Counter {
        /// The message.
        message: MessageName,
        /// The replay counter of the frame.
        counter: u64,
    },
    /// The key information is not what the standard fixes for the message.
    #[error("{message} has key information {found}, expected {expected}")]
    KeyInfo {
        /// The message.
        message: MessageName,
        /// The field as received.
        found: KeyInfo,
        /// The field as it must be.
        expected: KeyInfo,
    },
    /// Another field is not what the standard fixes for the message, or what was said earlier.
    #[error("{message} has an unexpected {field}")]
    Field {
        /// The message.
        message: MessageName,
        /// The field.
        field: &'static str,
    },
    /// The ANonce of message 3 is not that of message 1, and its MIC does not prove it genuine either.
    #[error("the ANonce of 4way-3 is not that of 4way-1")]
    Nonce,
    /// The peer wants to use a PMK that is not ours.
    #[error("the peer named another PMK than ours")]
    Pmkid,
    /// The key data had to be encrypted and was not.
    #[error("{message} has key data that is not encrypted")]
    NotEncrypted {
        /// The message.
        message: MessageName,
    },
    /// The key data cannot be decrypted.
    #[error("the key data of {message} cannot be decrypted")]
    Unwrap {
        /// The message.
        message: MessageName,
    },
    /// The handshake and the management frames contradict each other: someone changed what was offered or selected,
    /// possibly to talk the stations into weaker protection.
    #[error("{0} of the handshake differs from that of the association: possible downgrade")]
    ElementMismatch(NegotiatedElement),
    /// The peer is on another channel than we, or does not say on which: someone stands between the two and relays
    /// (operating channel validation).
    #[error("the peer's operating channel is not ours: possible relay")]
    Channel,
    /// A key that must be in the key data is not.
    #[error("no {0} in the key data")]
    MissingKey(KeyKind),
    /// A group key does not fit its cipher.
    #[error("{key} of {found} octets, expected {expected}")]
    KeyLength {
        /// The kind of key.
        key: KeyKind,
        /// Octets that the cipher needs.
        expected: usize,
        /// Octets received.
        found: usize,
    },
    /// A group key has an identifier that belongs to another kind of key.
    #[error("{key} with identifier {found}")]
    KeyId {
        /// The kind of key.
        key: KeyKind,
        /// The identifier.
        found: u16,
    },
    /// Pairwise keys have identifiers of their own (extended key ID), and message 3 gives the new one none, or none of
    /// the two that there are.
    #[error("4way-3 gives the pairwise key no identifier")]
    PairwiseKeyId,
    /// A group key for transmission, where each station has a pairwise key to transmit with.
    #[error("group key for transmission beside a pairwise key")]
    GroupKeyTransmits,
}

impl Refusal {
    /// The reason to deauthenticate with, where the standard wants the association ended (IEEE 802.11-2020, 12.7.6.3
    /// and 12.7.6.4); `None` where it wants the frame discarded and nothing else.
    #[must_use]
    pub const fn reason(&self) -> Option<ReasonCode> {
        match self {
            Self::ElementMismatch(NegotiatedElement::SecondRsne) => Some(ReasonCode::INVALID_PAIRWISE_CIPHER),
            Self::ElementMismatch(_) => Some(ReasonCode::HANDSHAKE_ELEMENT_MISMATCH),
            _ => None,
        }
    }
}

/// An element that the handshake compares with the association's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NegotiatedElement {
    /// The RSN element.
    Rsne,
    /// The RSN extension element.
    Rsnxe,
    /// The mobility domain element.
    Mde,
    /// The fast BSS transition element.
    Fte,
    /// The WPA element, which is the RSN element of WPA.
    Wpa,
    /// A second RSN element in message 3, with which the access point assigns a pairwise cipher.
    SecondRsne,
}

impl fmt::Display for NegotiatedElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsne => "the RSNE",
            Self::Rsnxe => "the RSNXE",
            Self::Mde => "the MDE",
            Self::Fte => "the FTE",
            Self::Wpa => "the WPA element",
            Self::SecondRsne => "the second RSNE",
        })
    }
}

/// A kind of group key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// For data.
    Gtk,
    /// For management frames.
    Igtk,
    /// For beacons.
    Bigtk,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gtk => "GTK",
            Self::Igtk => "IGTK",
            Self::Bigtk => "BIGTK",
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_refusal_is_a_sentence_that_says_what_was_wrong() {
        let message = MessageName::FourWay3;
        let sentences = [
            (Refusal::Mic { message }, "4way-3 has a wrong MIC"),
            (
                Refusal::Replay {
                    message,
                    counter: 3,
                    last: 5,
                },
                "4way-3 is a replay: its counter is 3, the last one was 5",
            ),
            (
                Refusal::KeyInfo {
                    message,
                    found: KeyInfo(0x138a),
                    expected: KeyInfo(0x13ca),
                },
                "4way-3 has key information 0x138a, expected 0x13ca",
            ),
            (
                Refusal::KeyLength {
                    key: KeyKind::Gtk,
                    expected: 16,
                    found: 5,
                },
                "GTK of 5 octets, expected 16",
            ),
            (
                Refusal::ElementMismatch(NegotiatedElement::Rsnxe),
                "the RSNXE of the handshake differs from that of the association: possible downgrade",
            ),
        ];
        for (refusal, sentence) in sentences {
            assert_eq!(refusal.to_string(), sentence);
        }
    }

    #[test]
    fn only_contradicting_elements_end_the_association() {
        assert_eq!(
            Refusal::ElementMismatch(NegotiatedElement::Rsne).reason(),
            Some(ReasonCode::HANDSHAKE_ELEMENT_MISMATCH)
        );
        assert_eq!(
            Refusal::ElementMismatch(NegotiatedElement::SecondRsne).reason(),
            Some(ReasonCode::INVALID_PAIRWISE_CIPHER)
        );
        assert_eq!(Refusal::Nonce.reason(), None);
        assert_eq!(
            Refusal::Mic {
                message: MessageName::FourWay2
            }
            .reason(),
            None
        );
    }
}
