//! What a handshake wants done: packets to send, keys to install, and how it ended.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::fmt;

use frame::eapol_key::MessageName;
use frame::{Cipher, ReasonCode};
use keys::ptk::TK_MAX;
use keys::{Bigtk, Gtk, Igtk, Key};

/// Something to be done, in the order in which it was pushed into [`Effects`].
///
/// Keys come in boxes: on its way to the adapter only the handle moves, and no copy is left behind that nobody wipes.
/// `Debug` shows no key.
pub enum Effect {
    /// Send this to the peer.
    Send(Pdu),
    /// Install the pairwise key, with receive and transmit counters at zero, or send under one that is installed: as
    /// `usage` says.
    InstallPairwise {
        /// The negotiated cipher.
        cipher: Cipher,
        /// The Key ID of frames under this key: 0, or 1 with extended key IDs.
        key_id: u8,
        /// What the key is for from now on.
        usage: KeyUsage,
        /// The temporal key, as long as the cipher's are. For TKIP: 16 octets of key, then the Michael key from the
        /// authenticator to the supplicant (8), then the one for the other direction (8).
        key: Box<Key<TK_MAX>>,
    },
    /// Install a group key for data, to receive from its packet number on.
    InstallGroup {
        /// The negotiated cipher.
        cipher: Cipher,
        /// The key with identifier and packet number.
        key: Box<Gtk>,
    },
    /// Install a group key for management frames.
    InstallGroupManagement {
        /// The negotiated cipher.
        cipher: Cipher,
        /// The key with identifier and packet number.
        key: Box<Igtk>,
    },
    /// Install a group key for beacons.
    InstallBeacon {
        /// The negotiated cipher.
        cipher: Cipher,
        /// The key with identifier and packet number.
        key: Box<Bigtk>,
    },
    /// A 4-way handshake is over and all its keys are in the effects before this one: the first time, the port can
    /// be authorised; later times, the pairwise key was changed.
    Completed,
    /// Supplicant only: the network asks not to be used any more in these transition modes, a bit each (0
    /// WPA3-Personal, 1 SAE-PK, 2 WPA3-Enterprise, 3 Enhanced Open; Wi-Fi Alliance, WPA3 specification). To be
    /// remembered with the network.
    TransitionDisabled(u8),
    /// A group key handshake is over.
    GroupCompleted,
    /// Authenticator only: the station asks for a new group key, which is the whole network's business.
    GroupRekeyRequested,
    /// Authenticator only: the station received a TKIP frame whose Michael MIC was wrong. The second report within
    /// 60 s calls for countermeasures (IEEE 802.11-2020, 12.5.2.4).
    MicFailureReported {
        /// Under the pairwise key, as opposed to a group key.
        pairwise: bool,
    },
    /// Authenticator only: the handshake is given up, and the station is to be deauthenticated with
    /// [`Failure::reason`].
    Failed(Failure),
}

/// What a pairwise key is for.
///
/// Without extended key IDs both sides change from one key to the next at once, and a frame that crosses the change is
/// lost. With them the key is first installed to receive, and used to send only once the peer can receive under it, too
/// (IEEE 802.11-2020, 12.7.6.4): nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUsage {
    /// To receive and to send. Comes after the [`Effect::Send`] of message 4: the packet must have been handed to the
    /// adapter before.
    Both,
    /// To receive. Frames are sent as before. Comes before the message that has the peer send under the key.
    Receive,
    /// To send, too: the key is installed to receive, and its counters stay as they are.
    Send,
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(pdu) => f.debug_tuple("Send").field(pdu).finish(),
            Self::InstallPairwise {
                cipher, key_id, usage, ..
            } => f
                .debug_struct("InstallPairwise")
                .field("cipher", cipher)
                .field("key_id", key_id)
                .field("usage", usage)
                .finish_non_exhaustive(),
            Self::InstallGroup { cipher, key } => install(f, "InstallGroup", *cipher, key.key_id()),
            Self::InstallGroupManagement { cipher, key } => install(f, "InstallGroupManagement", *cipher, key.key_id()),
            Self::InstallBeacon { cipher, key } => install(f, "InstallBeacon", *cipher, key.key_id()),
            Self::Completed => f.write_str("Completed"),
            Self::TransitionDisabled(modes) => f.debug_tuple("TransitionDisabled").field(modes).finish(),
            Self::GroupCompleted => f.write_str("GroupCompleted"),
            Self::GroupRekeyRequested => f.write_str("GroupRekeyRequested"),
            Self::MicFailureReported { pairwise } => f
                .debug_struct("MicFailureReported")
                .field("pairwise", pairwise)
                .finish(),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

fn install(f: &mut fmt::Formatter<'_>, name: &str, cipher: Cipher, key_id: u8) -> fmt::Result {
    f.debug_struct(name)
        .field("cipher", &cipher)
        .field("key_id", &key_id)
        .finish_non_exhaustive()
}

/// A whole EAPOL PDU: protocol version, packet type, body length, body. EtherType 0x888E goes before it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pdu(Box<[u8]>);

impl Pdu {
    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The octets, to be kept.
    #[must_use]
    pub fn into_bytes(self) -> Box<[u8]> {
        self.0
    }
}

impl From<Box<[u8]>> for Pdu {
    fn from(octets: Box<[u8]>) -> Self {
        Self(octets)
    }
}

impl AsRef<[u8]> for Pdu {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Only its length: the key data of a message need not be encrypted.
impl fmt::Debug for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pdu({} octets)", self.0.len())
    }
}

/// A queue of effects, first in, first out. Made once and used for every packet.
#[derive(Debug, Default)]
pub struct Effects(VecDeque<Effect>);

impl Effects {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Takes the effect that is to be executed next.
    pub fn pop(&mut self) -> Option<Effect> {
        self.0.pop_front()
    }

    /// Takes all effects in the order of their execution.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.0.drain(..)
    }

    /// Looks at the effects in the order of their execution.
    pub fn iter(&self) -> impl Iterator<Item = &Effect> + '_ {
        self.0.iter()
    }

    /// The number of effects waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, effect: Effect) {
        self.0.push_back(effect);
    }
}

/// How a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The station did not answer, however often it was asked.
    #[error("no answer to {message}")]
    Timeout {
        /// The message that was sent last.
        message: MessageName,
    },
}

impl Failure {
    /// The reason to be given in the deauthentication (IEEE 802.11-2020, Table 9-49).
    #[must_use]
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::Timeout {
                message: MessageName::Group1,
            } => ReasonCode::GROUP_KEY_HANDSHAKE_TIMEOUT,
            Self::Timeout { .. } => ReasonCode::FOUR_WAY_HANDSHAKE_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use keys::Pn;

    use super::*;

    #[test]
    fn effects_come_out_in_the_order_in_which_they_went_in() {
        let mut effects = Effects::new();
        effects.push(Effect::Completed);
        effects.push(Effect::GroupCompleted);
        effects.push(Effect::GroupRekeyRequested);
        assert_eq!(effects.len(), 3);
        assert!(matches!(effects.pop(), Some(Effect::Completed)));
        let rest: std::vec::Vec<_> = effects.drain().collect();
        assert!(matches!(
            rest.as_slice(),
            [Effect::GroupCompleted, Effect::GroupRekeyRequested]
        ));
        assert!(effects.is_empty());
    }

    #[test]
    fn r31_what_is_printed_of_an_effect_holds_no_key() {
        let cipher = Cipher::CCMP_128;
        let secret = [0xab; 16];
        let effects = [
            Effect::Send(Pdu::from(Box::from(secret))),
            Effect::InstallPairwise {
                cipher,
                key_id: 0,
                usage: KeyUsage::Both,
                key: Box::new(Key::new(&secret).unwrap()),
            },
            Effect::InstallGroup {
                cipher,
                key: Box::new(Gtk::new(1, &secret, Pn::ZERO).unwrap()),
            },
            Effect::InstallGroupManagement {
                cipher,
                key: Box::new(Igtk::new(4, &secret, Pn::ZERO).unwrap()),
            },
            Effect::InstallBeacon {
                cipher,
                key: Box::new(Bigtk::new(6, &secret, Pn::ZERO).unwrap()),
            },
        ];
        for effect in effects {
            let text = format!("{effect:?}").to_lowercase();
            assert!(
                !text.contains("171") && !text.contains("abab") && !text.contains("ab,"),
                "{text}"
            );
        }
    }
}
