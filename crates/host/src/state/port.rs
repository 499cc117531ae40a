//! The data port of one association, and how far its handshake has come.

use super::key::InstalledKeys;
use crate::outcome::{Awaited, Outcome};
use frame::codes::ReasonCode;
use frame::eapol::PacketType;
use frame::eapol_key::{KeyFrame, MessageName};
use frame::ethertype::EtherType;
use frame::{Akm, MacAddress};
use ihv::{PortState, Proof, SecuritySession};
use keys::AkmSuite;
use keys::suites::Credential;

/// A data port.
pub(crate) struct DataPort {
    pub session: SecuritySession,
    pub state: PortState,
    /// The AKM of the association, for an algorithm that has one.
    pub akm: Option<Akm>,
    /// Group data has a cipher, so that a group key has to come before success (R30).
    pub group_keyed: bool,
    /// The extension has accepted `perform_post_associate`.
    pub begun: bool,
    /// The operation has been completed once.
    pub completed: bool,
    /// It was completed as a failure: the port goes down as soon as the running handler has returned.
    pub doomed: bool,
    /// The port has been open.
    pub was_authorized: bool,
    /// The adapter has done the handshake itself and opened the port.
    pub authorized_by_adapter: bool,
    /// Of the messages of 4-way handshakes that went out the last is message 4: the extension has
    /// confirmed the handshake that it began with its message 2 (R30). What came in makes no difference,
    /// since it can come from anybody.
    pub confirmed: bool,
    pub handshake: Handshake,
    /// What answers the packet that was handed over last, if that was EAPOL-Key and came unencrypted.
    pub answer_in_the_clear: Option<MessageName>,
    pub pairwise_keys: InstalledKeys,
}

/// How far the first 4-way handshake of a port has come, as its packets tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// Message 1 has not come.
    Awaited,
    /// Message 1 has come, message 2 was not sent.
    Begun,
    /// Message 2 was sent, message 3 has not come.
    Answered,
    /// Message 3 has come: the authenticator has accepted message 2.
    Confirmed,
}

impl DataPort {
    /// Which EAPOL-Key message this is, if it is one.
    pub(crate) fn message(&self, ethertype: EtherType, data: &[u8]) -> Option<MessageName> {
        if ethertype != EtherType::EAPOL {
            return None;
        }
        let usual = self.akm.and_then(AkmSuite::of).map_or(16, |suite| suite.mic_len);
        // Of some suites the length of the MIC depends on the group of the authentication.
        [usual, 24, 32]
            .into_iter()
            .find_map(|mic_len| KeyFrame::parse(data, mic_len).ok()?.name())
    }

    /// Notes that a message is sent. Whether it goes out unencrypted: it answers one that came so, because message 4 was
    /// lost, say, and the other side has no key yet. What anybody says unencrypted makes no difference to any other.
    pub(crate) fn note_sent(&mut self, message: Option<MessageName>) -> bool {
        match message {
            Some(MessageName::FourWay2) => self.confirmed = false,
            Some(MessageName::FourWay4) => self.confirmed = true,
            _ => {}
        }
        if message == Some(MessageName::FourWay2) && self.handshake != Handshake::Confirmed {
            self.handshake = Handshake::Answered;
        }
        message.is_some() && self.answer_in_the_clear == message
    }

    pub(crate) fn note_received(&mut self, message: Option<MessageName>, encrypted: Option<bool>) {
        self.answer_in_the_clear = match (encrypted, message) {
            (Some(false), Some(MessageName::FourWay1)) => Some(MessageName::FourWay2),
            (Some(false), Some(MessageName::FourWay3)) => Some(MessageName::FourWay4),
            (Some(false), Some(MessageName::Group1)) => Some(MessageName::Group2),
            _ => None,
        };
        self.handshake = match (message, self.handshake) {
            (Some(MessageName::FourWay3), _) => Handshake::Confirmed,
            (Some(MessageName::FourWay1), Handshake::Awaited) => Handshake::Begun,
            (_, handshake) => handshake,
        };
    }

    /// What it means that the access point ended the association for `reason`.
    ///
    /// Access points do not say that the secret is wrong: they discard message 2, repeat message 1, and
    /// end the association for one of a few reasons. If message 1 never came, they gave up all the same.
    pub(crate) fn outcome_of_deauthentication(&self, reason: ReasonCode) -> Outcome {
        const HANDSHAKE_TIMEOUT: u16 = 15;
        match self.handshake {
            _ if self.was_authorized => {}
            Handshake::Answered if has_given_up(reason) && self.rests_on_a_secret() => {
                return Outcome::WrongSecret(Proof::Suspected);
            }
            Handshake::Awaited if reason.0 == HANDSHAKE_TIMEOUT => return self.outcome_of_silence(),
            _ => {}
        }
        Outcome::Deauthenticated {
            reason,
            after_completion: self.was_authorized,
        }
    }

    /// Whether the handshake is the first proof of a secret: an authentication before it has proved any other.
    fn rests_on_a_secret(&self) -> bool {
        self.akm
            .and_then(AkmSuite::of)
            .is_some_and(|suite| matches!(suite.credential, Credential::Psk | Credential::Eap))
    }

    /// What it means that nothing more has come.
    pub(crate) fn outcome_of_silence(&self) -> Outcome {
        Outcome::Silent(match self.handshake {
            Handshake::Awaited | Handshake::Begun => Awaited::Message(MessageName::FourWay1),
            Handshake::Answered => Awaited::Message(MessageName::FourWay3),
            Handshake::Confirmed => Awaited::Completion,
        })
    }

    /// Whether this packet is EAPOL that a peer with keys encrypts (IEEE 802.11-2020, 12.9.2). EAPOL-Key has a MIC of its
    /// own, and may have to come in the clear: its sender has no key yet if message 4 was lost. EAP has nothing, and a
    /// failure of four octets would do to close the port.
    pub(crate) fn wants_encrypted(&self, ethertype: EtherType, data: &[u8]) -> bool {
        let keyed = self.pairwise_keys.sends() || self.is_guarded();
        // Also one that is damaged: the type stands in the second octet (IEEE 802.1X-2020, 11.3.2).
        keyed && ethertype == EtherType::EAPOL && data.get(1) != Some(&PacketType::KEY.0)
    }

    /// Whether the port is open under an AKM, so that its protection has to stay (R30).
    pub(crate) fn is_guarded(&self) -> bool {
        self.state.authorized && self.akm.is_some()
    }

    pub(crate) fn peer(&self) -> MacAddress {
        self.state.peer
    }
}
/// Whether this is what an access point says that did not accept message 2 of a handshake.
pub(crate) const fn has_given_up(reason: ReasonCode) -> bool {
    matches!(reason.0, 1 | 2 | 15 | 23)
}
