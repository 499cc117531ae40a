//! The station as the kernel's messages tell of it: associating, associated or neither.
//!
//! Does no I/O: messages in, events out.

use super::attributes::{Attributes, kind};
use super::control_port::Received;
use super::frames;
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
    /// The last packet of the access point came unencrypted, although a key is installed here: message 4
    /// was lost, message 3 comes again, and the access point has no key yet. It is answered in kind.
    peer_speaks_plain: bool,
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

    /// Whether the association is to be asked for now: told once.
    pub(super) fn take_authenticated(&mut self) -> bool {
        core::mem::take(&mut self.authenticated)
    }

    /// The attempt has failed. What was left for it is gone, too.
    pub(super) fn fail(&mut self, failure: AssociationFailure, elements: &[u8], events: &mut VecDeque<OwnedEvent>) {
        let (Some(peer), previous) = (self.stage.peer(), self.previous) else {
            return;
        };
        let unsent = match previous {
            Some(Previous { left: false, .. }) => core::mem::take(&mut self.unsent),
            _ => Vec::new(),
        };
        self.leave(events);
        events.push_back(OwnedEvent::AssociationFailed {
            peer,
            failure,
            elements: elements.to_vec(),
        });
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

    /// Whether a packet to the access point has to be sent unencrypted for it to understand.
    pub(super) fn peer_speaks_plain(&self) -> bool {
        self.peer_speaks_plain
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
                    self.peer_speaks_plain = message.has(kind::CONTROL_PORT_NO_ENCRYPT);
                    self.received(
                        Received {
                            peer,
                            ethertype,
                            data: data.to_vec(),
                        },
                        events,
                    );
                }
            }
            Nl80211Command::ControlPortFrameTxStatus => self.sent(message, events),
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

    /// The end of an attempt to associate.
    fn connected(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let Stage::Associating(peer) = self.stage else {
            return;
        };
        let failure = if message.has(kind::TIMED_OUT) {
            match message.number(kind::TIMEOUT_REASON) {
                Some(TIMEOUT_SCAN) => AssociationFailure::NotFound,
                _ => AssociationFailure::NoAnswer,
            }
        } else if message.status().is_success() {
            let peer = message.mac().unwrap_or(peer);
            self.stage = Stage::Associated(peer);
            let previous = self.previous.take().map(|previous| previous.peer);
            events.push_back(association(message, peer, previous));
            events.extend(self.early.drain(..).map(OwnedEvent::from));
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
        events.push_back(association(message, new, Some(old)));
    }

    /// A frame that ends the association. This station's own are reported, too, and are no news.
    fn sent_away(&mut self, message: &Nl80211Message) {
        self.parting = match frames::management(message, self.associated()) {
            Some(Management::Deauthentication(frame)) => Some(DisassociationCause::Deauthenticated(frame.reason)),
            Some(Management::Disassociation(frame)) => Some(DisassociationCause::Disassociated(frame.reason)),
            _ => return,
        };
    }

    /// The end of an association. While one is being made this tells of the one before it.
    fn disconnected(&mut self, message: &Nl80211Message, events: &mut VecDeque<OwnedEvent>) {
        let by_peer = message.has(kind::DISCONNECTED_BY_AP);
        if let Some(previous) = &mut self.previous
            && !by_peer
        {
            // The kernel makes way for the other access point.
            previous.left = true;
            return;
        }
        let Some(peer) = self.associated() else { return };
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
        let Received { peer, ethertype, data } = packet;
        Self::PacketReceived { peer, ethertype, data }
    }
}

/// The association that a message tells of. `current_ap` is the access point that a reassociation came
/// from. nl80211 reports elements only: the fixed fields before them are zeros.
fn association(message: &Nl80211Message, peer: MacAddress, current_ap: Option<MacAddress>) -> OwnedEvent {
    /// Capability information and listen interval (IEEE 802.11-2020, 9.3.3.5).
    const REQUEST_FIXED: [u8; 4] = [0; 4];
    /// Capability information, status and AID (IEEE 802.11-2020, 9.3.3.6).
    const RESPONSE_FIXED: [u8; 6] = [0; 6];
    let current = current_ap.as_ref().map_or(&[][..], |address| &address.0);
    OwnedEvent::Associated(OwnedAssociation {
        peer,
        reassociation: current_ap.is_some(),
        request: [&REQUEST_FIXED, current, message.request_elements()].concat(),
        response: [&RESPONSE_FIXED, message.response_elements()].concat(),
        beacon: Vec::new(),
        authorized: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::captured::{self, ACCESS_POINT, CLOSED, message};
    use super::*;
    use host::adapter::AdapterEvent;
    use wl_nl80211::Nl80211Attr;

    /// A station after these messages, and what it has reported.
    fn after(mut station: Station, datagrams: &[&str]) -> (Station, VecDeque<OwnedEvent>) {
        let mut events = VecDeque::new();
        for datagram in datagrams {
            station.handle(&message(datagram), &mut events);
        }
        (station, events)
    }

    fn associating(peer: MacAddress) -> Station {
        let mut station = Station::default();
        station.begin(Stage::Associating(peer));
        station
    }

    fn associated() -> Station {
        after(associating(ACCESS_POINT), &[captured::CONNECTED]).0
    }

    #[test]
    fn an_association_is_reported_with_its_elements_behind_empty_fields() {
        let (station, events) = after(associating(ACCESS_POINT), &[captured::CONNECTED]);
        assert_eq!(station.stage(), Stage::Associated(ACCESS_POINT));
        let AdapterEvent::Associated(association) = events[0].borrow() else {
            panic!("expected an association");
        };
        assert_eq!((association.peer, association.reassociation), (ACCESS_POINT, false));
        assert_eq!(association.request[..12], *b"\0\0\0\0\0\x06castle");
        assert_eq!(association.response[..8], [0, 0, 0, 0, 0, 0, 1, 8]);
        assert!(association.beacon.is_empty() && !association.authorized);
    }

    #[test]
    fn an_access_point_that_does_not_answer_is_told_from_one_that_refuses() {
        let failure = |peer, datagrams: &[&str]| match after(associating(peer), datagrams).1.pop_front() {
            Some(OwnedEvent::AssociationFailed {
                peer: failed, failure, ..
            }) if failed == peer => failure,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            failure(ACCESS_POINT, &[captured::NOT_ANSWERED]),
            AssociationFailure::NoAnswer
        );
        assert_eq!(
            failure(CLOSED, &[captured::AUTHENTICATION_REFUSED, captured::NOT_CONNECTED]),
            AssociationFailure::Authentication(StatusCode(1))
        );
        assert_eq!(
            failure(CLOSED, &[captured::NOT_CONNECTED]),
            AssociationFailure::Association(StatusCode(1))
        );
    }

    #[test]
    fn a_refusal_of_one_attempt_does_not_colour_the_next() {
        let (mut station, _) = after(associating(CLOSED), &[captured::AUTHENTICATION_REFUSED]);
        station.begin(Stage::Associating(CLOSED));
        let (_, events) = after(station, &[captured::NOT_CONNECTED]);
        assert!(matches!(
            events[0],
            OwnedEvent::AssociationFailed {
                failure: AssociationFailure::Association(_),
                ..
            }
        ));
    }

    #[test]
    fn eapol_ahead_of_its_association_waits_for_it() {
        let (station, events) = after(associating(ACCESS_POINT), &[captured::MESSAGE_1]);
        assert!(events.is_empty());
        let (_, events) = after(station, &[captured::CONNECTED]);
        assert!(matches!(
            events.iter().map(OwnedEvent::borrow).collect::<Vec<_>>().as_slice(),
            [AdapterEvent::Associated(_), AdapterEvent::PacketReceived { peer: ACCESS_POINT, data, .. }]
                if data.starts_with(&[2, 3, 0, 95])
        ));
    }

    #[test]
    fn eapol_of_nobody_that_is_being_joined_is_dropped() {
        for station in [Station::default(), associating(CLOSED)] {
            let (mut station, mut events) = after(station, &[captured::MESSAGE_1]);
            station.stage = Stage::Associating(CLOSED);
            station.handle(&message(captured::CONNECTED), &mut events);
            assert_eq!(events.len(), 1, "the association, and nothing else");
        }
    }

    #[test]
    fn an_access_point_that_speaks_plain_is_answered_in_kind() {
        let (mut station, _) = after(associated(), &[captured::MESSAGE_1]);
        assert!(station.peer_speaks_plain());
        let mut encrypted = message(captured::MESSAGE_1);
        encrypted
            .attributes
            .retain(|attribute| *attribute != Nl80211Attr::ControlPortNoEncrypt);
        station.handle(&encrypted, &mut VecDeque::new());
        assert!(!station.peer_speaks_plain());
    }

    #[test]
    fn who_ended_an_association_and_how_is_told() {
        let cause = |datagrams: &[&str]| {
            let (station, mut events) = after(associated(), datagrams);
            assert_eq!(station.stage(), Stage::Idle);
            match events.pop_front() {
                Some(OwnedEvent::Disassociated {
                    peer: ACCESS_POINT,
                    cause,
                }) => cause,
                other => panic!("{other:?}"),
            }
        };
        let reason = ReasonCode(2);
        assert_eq!(
            cause(&[captured::DEAUTHENTICATED, captured::DISCONNECTED]),
            DisassociationCause::Deauthenticated(reason)
        );
        assert_eq!(
            cause(&[captured::DISASSOCIATED, captured::DISCONNECTED]),
            DisassociationCause::Disassociated(reason)
        );
        assert_eq!(
            cause(&[captured::DISCONNECTED]),
            DisassociationCause::Deauthenticated(reason)
        );
    }

    #[test]
    fn an_association_that_ended_on_this_side_is_lost_or_was_ended_here() {
        for (reason, expected) in [
            (INACTIVITY, DisassociationCause::Lost),
            (ReasonCode(3), DisassociationCause::Local(ReasonCode(3))),
        ] {
            let ended = super::super::connect::disconnect(captured::IFINDEX, reason);
            let mut events = VecDeque::new();
            associated().handle(&ended, &mut events);
            assert!(matches!(events[0], OwnedEvent::Disassociated { cause, .. } if cause == expected));
        }
    }

    #[test]
    fn the_end_of_an_earlier_association_does_not_end_an_attempt() {
        let (station, events) = after(associating(ACCESS_POINT), &[captured::DISCONNECTED]);
        assert_eq!(station.stage(), Stage::Associating(ACCESS_POINT));
        assert!(events.is_empty());
    }

    #[test]
    fn a_packet_has_left_when_the_kernel_says_so_and_once() {
        let mut station = associated();
        station.sending(2, PacketId(40));
        station.sending(3, PacketId(41));
        let (mut station, mut events) = after(station, &[captured::LEFT, captured::LEFT]);
        assert!(matches!(
            events.pop_front(),
            Some(OwnedEvent::PacketSent {
                id: PacketId(40),
                sent: true
            })
        ));
        assert!(events.is_empty() && station.is_sending());
        station.leave(&mut events);
        assert!(matches!(
            events.pop_front(),
            Some(OwnedEvent::PacketSent {
                id: PacketId(41),
                sent: false
            })
        ));
        assert!(!station.is_sending());
    }

    #[test]
    fn a_driver_that_moves_by_itself_ends_one_association_and_begins_the_next() {
        let mut roamed = message(captured::CONNECTED);
        roamed.cmd = Nl80211Command::Roam;
        let mut station = associated();
        station.stage = Stage::Associated(CLOSED);
        let mut events = VecDeque::new();
        station.handle(&roamed, &mut events);
        assert!(matches!(
            events.make_contiguous(),
            [OwnedEvent::Disassociated { peer: CLOSED, .. }, OwnedEvent::Associated(association)]
                if association.reassociation && association.request[4..10] == CLOSED.0
        ));
    }
}
