//! The station as the kernel's messages tell of it: associating, associated or neither.
//!
//! Does no I/O: messages in, events out.

#[cfg(test)]
mod tests;

use super::attributes::{Attributes, kind};
use super::channel::channel;
use super::control_port::Received;
use super::external::{self, Asked};
use super::{frames, rekey};
use crate::{OwnedAssociation, OwnedEvent};
use frame::MacAddress;
use frame::codes::{ReasonCode, StatusCode};
use frame::dot11::Management;
use host::adapter::{AssociationFailure, DisassociationCause, PacketId};
use std::collections::VecDeque;
use wl_nl80211::{Nl80211Command, Nl80211Message};

/// One station.
#[derive(Default)]
pub(super) struct Station {
    stage: Stage,
    /// The access point that is left for the one that the stage is about.
    previous: Option<Previous>,
    /// The open system authentication has succeeded, and the association is to be asked for.
    authenticated: bool,
    /// The access point refused the authentication, says a frame of the attempt that is under way.
    refused: Option<StatusCode>,
    /// The access point ends the association, says a frame of its.
    parting: Option<DisassociationCause>,
    /// EAPOL that came ahead of the news of its association: cfg80211 reports an association from a
    /// work queue of its own, a frame at once.
    early: VecDeque<Received>,
    /// The authentication goes on inside of a request to associate, and the driver says when it is due.
    external: bool,
    /// The driver asks for the authentication.
    asked: bool,
    /// The driver does the 4-way handshake: the association counts when that is done.
    proves: bool,
    /// An association whose handshake is not done yet.
    unproved: Option<OwnedAssociation>,
    /// Packets on their way out, under the kernel's number.
    unsent: Vec<(u64, PacketId)>,
}

/// How far an association is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none.
    #[default]
    Idle,
    /// An open system authentication was asked for, and an association is to follow.
    Authenticating(MacAddress),
    /// Authentication frames of the host's come and go.
    Exchanging(MacAddress),
    /// It was asked for.
    Associating(MacAddress),
    /// It stands.
    Associated(MacAddress),
}

impl Stage {
    pub(super) const fn peer(self) -> Option<MacAddress> {
        match self {
            Self::Idle => None,
            Self::Authenticating(peer) | Self::Exchanging(peer) | Self::Associating(peer) | Self::Associated(peer) => {
                Some(peer)
            }
        }
    }
}

/// An access point that is being left for another one.
#[derive(Clone, Copy)]
struct Previous {
    peer: MacAddress,
    /// The kernel has ended the association with it, because of the authentication with the other one.
    left: bool,
}

/// Frames of an access point that may wait for the news of its association: a retransmitted message 1
/// of an impatient one.
const EARLY_LIMIT: usize = 4;

/// How nl80211 numbers what was not answered (`enum nl80211_timeout_reason`): here, no scan found it.
const TIMEOUT_SCAN: u32 = 1;

/// `ECANCELED` of `asm-generic/errno.h`: the driver wants the authentication no more.
const ECANCELED: i32 = 125;

/// mac80211 gives this reason when it has lost the access point's beacons.
const INACTIVITY: ReasonCode = ReasonCode(4);

impl Station {
    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// An association was asked for, or the authentication before it. An association that stands goes on until
    /// the new one does.
    pub(super) fn begin(&mut self, stage: Stage) {
        let past = core::mem::take(self);
        let previous = match past.stage {
            Stage::Associated(peer) if stage.peer() != Some(peer) => Some(Previous { peer, left: false }),
            Stage::Associated(_) | Stage::Idle => None,
            Stage::Authenticating(_) | Stage::Exchanging(_) | Stage::Associating(_) => past.previous,
        };
        *self = Self {
            stage,
            previous,
            unsent: past.unsent,
            ..Self::default()
        };
    }

    /// The driver was given the key for the 4-way handshake of the association that was asked for.
    pub(super) fn leave_handshake_to_driver(&mut self) {
        self.proves = true;
    }

    /// The authentication that was begun is due when the driver asks for it.
    pub(super) fn await_driver(&mut self) {
        self.external = true;
    }

    /// Whether the driver asks for the authentication: told once.
    pub(super) fn take_asked(&mut self) -> bool {
        core::mem::take(&mut self.asked)
    }

    /// Whether the association is to be asked for now: told once.
    pub(super) fn take_authenticated(&mut self) -> bool {
        core::mem::take(&mut self.authenticated)
    }

    /// The attempt to move to `peer` is ended by the host; false if there is no such attempt. What was left for it is gone,
    /// which is told, or goes on.
    pub(super) fn abandons(&mut self, peer: MacAddress, events: &mut VecDeque<OwnedEvent>) -> bool {
        let moving = self.previous.is_some() && self.stage.peer() == Some(peer);
        if moving && self.stage != Stage::Associated(peer) {
            self.step_back(events);
            return true;
        }
        false
    }

    /// From an attempt back to the association before it: it stands, or its end is told.
    fn step_back(&mut self, events: &mut VecDeque<OwnedEvent>) {
        let previous = self.previous;
        let unsent = match previous {
            Some(Previous { left: false, .. }) => core::mem::take(&mut self.unsent),
            _ => Vec::new(),
        };
        self.leave(events);
        match previous {
            Some(Previous { peer, left: true }) => events.push_back(OwnedEvent::Disassociated {
                peer,
                cause: DisassociationCause::Local(ReasonCode::UNSPECIFIED),
            }),
            Some(Previous { peer, left: false }) => {
                self.stage = Stage::Associated(peer);
                self.unsent = unsent;
            }
            None => {}
        }
    }

    /// The attempt has failed. What was left for it is gone, too.
    pub(super) fn fail(&mut self, failure: AssociationFailure, elements: &[u8], events: &mut VecDeque<OwnedEvent>) {
        let Some(peer) = self.stage.peer() else { return };
        events.push_back(OwnedEvent::AssociationFailed {
            peer,
            failure,
            elements: elements.to_vec(),
        });
        self.step_back(events);
    }

    /// A packet is on its way out; the kernel will report under `cookie` when it has left.
    pub(super) fn sending(&mut self, cookie: u64, id: PacketId) {
        self.unsent.push((cookie, id));
    }

    /// Whether packets are on their way out.
    pub(super) fn is_sending(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// The association, or the attempt at one, is over. Packets that have not left never will.
    pub(super) fn leave(&mut self, events: &mut VecDeque<OwnedEvent>) {
        let past = core::mem::take(self);
        events.extend(
            past.unsent
                .into_iter()
                .map(|(_, id)| OwnedEvent::PacketSent { id, sent: false }),
        );
    }

    /// Takes a message about this station's interface.
    pub(super) fn handle(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        match message.cmd {
            Nl80211Command::Authenticate => self.authenticated(message, events),
            Nl80211Command::Associate if message.has(kind::TIMED_OUT) => {
                if let Stage::Associating(_) = self.stage {
                    self.fail(AssociationFailure::NoAnswer, &[], events);
                }
            }
            Nl80211Command::UnprotDeauthenticate | Nl80211Command::UnprotDisassociate => {
                if let (
                    Stage::Associated(peer),
                    Some(Management::Deauthentication(end) | Management::Disassociation(end)),
                ) = (self.stage, frames::management(message, self.stage.peer()))
                {
                    let reason = end.reason;
                    events.push_back(OwnedEvent::UnprotectedDeparture { peer, reason });
                }
            }
            Nl80211Command::ExternalAuth => self.asked(message, events),
            Nl80211Command::Frame if matches!(self.stage, Stage::Exchanging(_)) && self.external => {
                self.authenticated(message, events);
            }
            Nl80211Command::Frame => {
                let associated = self.associated();
                events.extend(associated.and_then(|peer| frames::received_action(message, peer)));
            }
            Nl80211Command::Connect => self.connected(message, events),
            Nl80211Command::Roam => self.roamed(message, events),
            Nl80211Command::Deauthenticate | Nl80211Command::Disassociate => self.sent_away(message),
            Nl80211Command::Disconnect => self.disconnected(message, events),
            Nl80211Command::ControlPortFrame => {
                if let (Some(peer), Some(ethertype), Some(data)) = (message.mac(), message.ethertype(), message.frame())
                {
                    self.received(
                        Received {
                            peer,
                            ethertype,
                            data: data.to_vec(),
                            encrypted: Some(!message.has(kind::CONTROL_PORT_NO_ENCRYPT)),
                        },
                        events,
                    );
                }
            }
            Nl80211Command::ControlPortFrameTxStatus => self.sent(message, events),
            Nl80211Command::PortAuthorized => self.proved(events),
            Nl80211Command::SetRekeyOffload => events.extend(
                rekey::done(message).map(|(peer, replay_counter)| OwnedEvent::GroupRekeyed { peer, replay_counter }),
            ),
            Nl80211Command::ChSwitchNotify => {
                let moved = self.associated().zip(channel(message));
                events.extend(moved.map(|(peer, channel)| OwnedEvent::ChannelSwitched { peer, channel }));
            }
            Nl80211Command::MichaelMicFailure => {
                /// `NL80211_KEYTYPE_GROUP`.
                const GROUP: u32 = 0;
                if let Some(peer) = message.mac() {
                    let group = message.number(kind::KEY_TYPE) == Some(GROUP);
                    events.push_back(OwnedEvent::TkipMicFailure { peer, group });
                }
            }
            _ => {}
        }
    }

    /// A security packet has arrived, on whichever way.
    pub(super) fn received(&mut self, packet: Received, events: &mut VecDeque<OwnedEvent>) {
        match self.stage {
            Stage::Associated(_) => events.push_back(packet.into()),
            Stage::Associating(peer) if packet.peer == peer && self.early.len() < EARLY_LIMIT => {
                self.early.push_back(packet);
            }
            _ if self.associated() == Some(packet.peer) => events.push_back(packet.into()),
            _ => {}
        }
    }

    /// The access point of the association that stands.
    fn associated(&self) -> Option<MacAddress> {
        match (self.stage, self.previous) {
            (Stage::Associated(peer), _) | (_, Some(Previous { peer, left: false })) => Some(peer),
            _ => None,
        }
    }

    /// The answer to an authentication request.
    fn authenticated(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let answer = match frames::management(message, self.stage.peer()) {
            Some(Management::Authentication(answer)) => Some(answer),
            _ => None,
        };
        match (self.stage, answer) {
            (Stage::Authenticating(peer), Some(answer)) if answer.status.is_success() => {
                self.stage = Stage::Associating(peer);
                self.authenticated = true;
            }
            (Stage::Authenticating(_), Some(answer)) => {
                self.fail(AssociationFailure::Authentication(answer.status), answer.body, events);
            }
            (Stage::Authenticating(_), None) if message.has(kind::TIMED_OUT) => {
                self.fail(AssociationFailure::NoAnswer, &[], events);
            }
            (Stage::Exchanging(peer), Some(answer)) => events.push_back(OwnedEvent::AuthenticationReceived {
                peer,
                algorithm: answer.algorithm,
                transaction: answer.sequence,
                status: answer.status,
                body: answer.body.to_vec(),
            }),
            // The driver does both: only a refusal is news, and what comes of it is reported with the end of the
            // attempt.
            (Stage::Associating(peer), Some(answer)) if !answer.status.is_success() => {
                tracing::debug!(%peer, status = %answer.status, "authentication refused");
                self.refused = Some(answer.status);
            }
            // Silence in an exchange is the affair of whoever leads it.
            _ => {}
        }
    }

    /// The driver wants the authentication, or not any more.
    fn asked(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        match (external::asked(message), self.stage) {
            (Some(Asked::Begin(wanted)), Stage::Exchanging(peer)) if wanted == peer => self.asked = true,
            // It was told which access point to take.
            (Some(_), Stage::Exchanging(_)) => self.fail(AssociationFailure::Driver(ECANCELED), &[], events),
            _ => {}
        }
    }

    /// The end of an attempt to associate.
    fn connected(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let peer = match self.stage {
            Stage::Associating(peer) => peer,
            Stage::Exchanging(_) if self.external => {
                return self.fail(AssociationFailure::Association(message.status()), &[], events);
            }
            _ => return,
        };
        let failure = if message.has(kind::TIMED_OUT) {
            match message.number(kind::TIMEOUT_REASON) {
                Some(TIMEOUT_SCAN) => AssociationFailure::NotFound,
                _ => AssociationFailure::NoAnswer,
            }
        } else if message.status().is_success() {
            let peer = message.mac().unwrap_or(peer);
            let previous = self.previous.map(|previous| previous.peer);
            let association = association(message, peer, previous);
            if self.proves {
                self.unproved = Some(association);
            } else {
                self.stand(association, events);
            }
            return;
        } else {
            match self.refused {
                Some(status) => AssociationFailure::Authentication(status),
                None => AssociationFailure::Association(message.status()),
            }
        };
        let elements = message.response_elements().to_vec();
        self.fail(failure, &elements, events);
    }

    /// The driver has done the 4-way handshake, and opened the port.
    fn proved(&mut self, events: &mut VecDeque<OwnedEvent>) {
        if let Some(mut association) = self.unproved.take() {
            association.authorized = true;
            self.stand(association, events);
        }
    }

    /// The association stands.
    fn stand(&mut self, association: OwnedAssociation, events: &mut VecDeque<OwnedEvent>) {
        self.stage = Stage::Associated(association.peer);
        self.previous = None;
        events.push_back(OwnedEvent::Associated(association));
        events.extend(self.early.drain(..).map(OwnedEvent::from));
    }

    /// The driver has moved to another access point by itself: the end of one association and the
    /// beginning of the next.
    fn roamed(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let (Stage::Associated(old), Some(new)) = (self.stage, message.mac()) else {
            return;
        };
        self.leave(events);
        self.stage = Stage::Associated(new);
        events.push_back(OwnedEvent::Disassociated {
            peer: old,
            cause: DisassociationCause::Local(ReasonCode::UNSPECIFIED),
        });
        events.push_back(OwnedEvent::Associated(association(message, new, Some(old))));
    }

    /// A frame that ends the association. This station's own are reported, too, and are no news.
    fn sent_away(&mut self, message: &Nl80211Message) {
        self.parting = match frames::management(message, self.associated()) {
            Some(Management::Deauthentication(frame)) => Some(DisassociationCause::Deauthenticated(frame.reason)),
            Some(Management::Disassociation(frame)) => Some(DisassociationCause::Disassociated(frame.reason)),
            _ => return,
        };
    }

    /// The end of an association. While one is being made this tells of the one before it, save that the
    /// driver may have failed at a handshake of its own.
    fn disconnected(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let by_peer = message.has(kind::DISCONNECTED_BY_AP);
        if let Some(previous) = &mut self.previous
            && !by_peer
        {
            // The kernel makes way for the other access point.
            previous.left = true;
            return;
        }
        let unproved = self.unproved.as_ref().map(|association| association.peer);
        let Some(peer) = unproved.or(self.associated()) else {
            return;
        };
        let reason = message.reason().unwrap_or(ReasonCode::UNSPECIFIED);
        let cause = match (by_peer, self.parting, reason) {
            (true, Some(cause), _) => cause,
            (true, None, reason) => DisassociationCause::Deauthenticated(reason),
            (false, _, INACTIVITY) => DisassociationCause::Lost,
            (false, _, reason) => DisassociationCause::Local(reason),
        };
        if self.previous.take().is_none() {
            self.leave(events);
        }
        events.push_back(OwnedEvent::Disassociated { peer, cause });
    }

    /// A packet has left. Whether it was acknowledged makes no difference.
    fn sent(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let Some(place) = self
            .unsent
            .iter()
            .position(|(cookie, _)| Some(*cookie) == message.cookie())
        else {
            return;
        };
        let (_, id) = self.unsent.swap_remove(place);
        events.push_back(OwnedEvent::PacketSent { id, sent: true });
    }
}

impl From<Received> for OwnedEvent {
    fn from(packet: Received) -> Self {
        let Received {
            peer,
            ethertype,
            data,
            encrypted,
        } = packet;
        Self::PacketReceived {
            peer,
            ethertype,
            data,
            encrypted,
        }
    }
}

/// The association that a message tells of. `current_ap` is the access point that a reassociation came
/// from. nl80211 reports elements only: the fixed fields before them are zeros.
fn association(message: &Nl80211Message, peer: MacAddress, current_ap: Option<MacAddress>) -> OwnedAssociation {
    /// Capability information and listen interval (IEEE 802.11-2020, 9.3.3.5).
    const REQUEST_FIXED: [u8; 4] = [0; 4];
    /// Capability information, status and AID (IEEE 802.11-2020, 9.3.3.6).
    const RESPONSE_FIXED: [u8; 6] = [0; 6];
    let current = current_ap.as_ref().map_or(&[][..], |address| &address.0);
    OwnedAssociation {
        peer,
        reassociation: current_ap.is_some(),
        request: [&REQUEST_FIXED, current, message.request_elements()].concat(),
        response: [&RESPONSE_FIXED, message.response_elements()].concat(),
        beacon: Vec::new(),
        channel: None,
        authorized: false,
    }
}
