//! One station, as its access point sees it.

use super::eap::Conversation;
use super::foreign::{self, Reply};
use super::frames;
use super::query::Doubt;
use crate::simulated::keyring::KeyRing;
use core::time::Duration;
use frame::dot11::MacHeader;
use frame::ethertype::EtherType;
use frame::oci::Oci;
use frame::{MacAddress, ReasonCode};
use keys::Pmk;
use rsn::{Authenticator, Effect, Effects, KeyUsage};

#[derive(Default)]
pub(super) struct Client {
    associated: bool,
    /// Exists from the association on, in a network with an AKM.
    pub authenticator: Option<Authenticator>,
    /// The user is being authenticated.
    pub eap: Option<Box<Conversation>>,
    /// Exists from the association on, in a network with an algorithm of somebody else's.
    foreign: Option<Box<dyn foreign::Conversation>>,
    /// The key that an authentication has left, and when, until a handshake has proved it.
    pub fresh: Option<(Pmk, Duration)>,
    pub keys: KeyRing,
    pub authorized: bool,
    /// Somebody wants to associate in its name.
    pub doubt: Option<Box<Doubt>>,
    /// The station has asked for a new group key.
    wants_group_key: bool,
    timer: Option<Duration>,
}

impl Client {
    /// A station that has just associated.
    pub(super) fn associated(authenticator: Option<Authenticator>) -> Self {
        Self {
            associated: true,
            authorized: authenticator.is_none(),
            authenticator,
            ..Self::default()
        }
    }

    /// A station that has just associated, and whose user is to be authenticated.
    pub(super) fn unproved(conversation: Box<Conversation>) -> Self {
        Self {
            associated: true,
            eap: Some(conversation),
            ..Self::default()
        }
    }

    /// Data passes when this conversation has come to that.
    pub(super) fn converse(&mut self, conversation: Box<dyn foreign::Conversation>) {
        self.foreign = Some(conversation);
        self.authorized = false;
    }

    /// What a packet of somebody else's algorithm is answered with.
    pub(super) fn answer(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        match self.foreign.as_mut()?.answer(packet) {
            Reply::Silence => None,
            Reply::Say(answer) => Some(answer),
            Reply::Admit(answer) => {
                self.authorized = true;
                Some(answer)
            }
        }
    }

    pub(super) fn is_associated(&self) -> bool {
        self.associated
    }

    /// The access point's channel, if both sides validate it.
    pub(super) fn channel(&self) -> Option<Oci> {
        self.authenticator.as_ref()?.association().channel()
    }

    /// Whether management frames from and to this station that can be protected have to be.
    pub(super) fn demands_protection(&self) -> bool {
        let agreed = self
            .authenticator
            .as_ref()
            .is_some_and(|authenticator| authenticator.association().group_management().is_some());
        agreed && self.keys.has_pairwise()
    }

    /// Does what the authenticator wants, in its order. Returns the reason to deauthenticate the station
    /// with, if the handshake is given up.
    pub(super) fn apply(
        &mut self,
        station: MacAddress,
        bssid: MacAddress,
        effects: &mut Effects,
        out: &mut Vec<Vec<u8>>,
    ) -> Option<ReasonCode> {
        let mut given_up = None;
        for effect in effects.drain() {
            match effect {
                Effect::Send(pdu) => self.send_eapol(station, bssid, pdu.as_bytes(), out),
                Effect::InstallPairwise {
                    cipher,
                    key_id,
                    usage,
                    key,
                } => {
                    if usage != KeyUsage::Send {
                        self.keys.set_pairwise(key_id, Some((cipher, key.as_bytes())));
                    }
                    if usage != KeyUsage::Receive {
                        self.keys.send_under(key_id);
                    }
                }
                Effect::Completed => self.authorized = true,
                Effect::Failed(failure) => given_up = Some(failure.reason()),
                Effect::GroupRekeyRequested => self.wants_group_key = true,
                // An access point keeps its group keys apart from those of its stations, and changes them in
                // its own time.
                Effect::InstallGroup { .. }
                | Effect::InstallGroupManagement { .. }
                | Effect::InstallBeacon { .. }
                | Effect::TransitionDisabled(_)
                | Effect::GroupCompleted
                | Effect::MicFailureReported { .. } => {}
            }
        }
        given_up
    }

    /// Whether the station has asked for a new group key since this was last asked.
    pub(super) fn take_wish(&mut self) -> bool {
        core::mem::take(&mut self.wants_group_key)
    }

    /// Sends an EAPOL PDU, encrypted if there is a key.
    pub(super) fn send_eapol(&mut self, station: MacAddress, bssid: MacAddress, pdu: &[u8], out: &mut Vec<Vec<u8>>) {
        let header = MacHeader::data_from_ap(station, bssid, bssid);
        let body = frames::snap(EtherType::EAPOL, pdu);
        let frame = self.keys.seal_pairwise(header, &body);
        out.push(frame.unwrap_or_else(|| frames::join(&header, &body)));
    }

    /// When this station was to be attended to and when it is to be now, if that has changed since this was last
    /// asked.
    pub(super) fn moved_timer(&mut self) -> Option<(Option<Duration>, Option<Duration>)> {
        let handshake = self.authenticator.as_ref().and_then(Authenticator::next_timeout);
        let eap = self.eap.as_ref().map(|conversation| conversation.next_timeout());
        let query = self.doubt.as_ref().and_then(|doubt| doubt.next_timeout());
        let next = [handshake, eap, query].into_iter().flatten().min();
        let before = core::mem::replace(&mut self.timer, next);
        (before != next).then_some((before, next))
    }
}
