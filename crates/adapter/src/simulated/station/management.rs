//! Management frames of a station: joining and leaving, and how they are protected.

use super::offload::{GroupCiphers, Handshakes};
use super::{
    ANSWER, Activity, CHANNEL, DWELL, Events, FREQUENCY, Frames, Protection, RSSI, Station, TRIES, push_element,
};
use crate::simulated::frames;
use crate::{OwnedAssociation, OwnedEvent};
use core::time::Duration;
use frame::dot11::{
    AssociationRequest, AssociationResponse, Authentication, CapabilityInfo, Frame, MacHeader, Management,
    management_subtype,
};
use frame::element::{self, id};
use frame::timeout::{TimeoutInterval, TimeoutKind};
use frame::{Emit, MacAddress, StatusCode};
use host::adapter::{AssociateRequest, AssociationFailure, AuthenticateRequest, DisassociationCause};
use ihv::{BssEntry, CipherAlgorithm};

impl Station {
    pub(super) fn scan(&mut self, now: Duration, ssid: &[u8], out: &mut Frames) {
        let mut elements = Vec::with_capacity(ssid.len() + 2);
        push_element(&mut elements, id::SSID, ssid);
        let all = MacAddress::BROADCAST;
        out.push(frames::management(
            all,
            self.address,
            all,
            &Management::ProbeRequest(&elements),
        ));
        let deadline = now + DWELL;
        self.activity = Activity::Scanning {
            found: Vec::new(),
            deadline,
        };
        self.timer = Some(deadline);
    }

    /// Sends the request that is due, or gives up.
    pub(super) fn join(&mut self, now: Duration, out: &mut Frames, events: &mut Events) {
        let Activity::Joining {
            request,
            authenticated,
            tries,
            deadline,
        } = &mut self.activity
        else {
            return;
        };
        let bssid = request.bss.bssid;
        if *tries == TRIES {
            self.failed(bssid, AssociationFailure::NoAnswer, &[], events);
            return;
        }
        *tries += 1;
        *deadline = now + ANSWER;
        self.timer = Some(*deadline);
        let body = if *authenticated {
            association_body(request)
        } else {
            let body = Management::Authentication(Authentication {
                algorithm: Authentication::OPEN,
                sequence: 1,
                status: StatusCode(0),
                body: &[],
            });
            (body.subtype(), body.to_vec().unwrap_or_default())
        };
        let header = MacHeader::management(body.0, bssid, self.address, bssid);
        out.push(frames::join(&header, &body.1));
    }

    /// Sends one authentication frame of the host's. The association that there is stays.
    pub(super) fn authenticate(&mut self, request: &AuthenticateRequest, out: &mut Frames) {
        let peer = request.association.bss.bssid;
        self.activity = Activity::Authenticating { peer };
        let body = Management::Authentication(Authentication {
            algorithm: request.algorithm,
            sequence: request.transaction,
            status: request.status,
            body: &request.body,
        });
        out.push(frames::management(peer, self.address, peer, &body));
    }

    pub(super) fn send_action(&mut self, peer: MacAddress, body: &[u8], out: &mut Frames) {
        if self.bssid == Some(peer) {
            self.send_management(peer, management_subtype::ACTION, body, out);
        }
    }

    /// Sends a management frame that is protected as soon as that is possible.
    pub(super) fn send_management(&mut self, peer: MacAddress, subtype: u8, body: &[u8], out: &mut Frames) {
        let header = MacHeader::management(subtype, peer, self.address, peer);
        let frame = match self.demands_protection(peer) {
            true => self.keys.seal_pairwise(header, body),
            false => Some(frames::join(&header, body)),
        };
        out.extend(frame);
    }

    /// Whether management frames from and to `peer` that can be protected have to be.
    pub(super) fn demands_protection(&self, peer: MacAddress) -> bool {
        self.bssid == Some(peer) && self.protects_management && self.keys.has_pairwise()
    }

    pub(super) fn handle_management(
        &mut self,
        now: Duration,
        frame: &Frame<'_>,
        out: &mut Frames,
        events: &mut Events,
    ) {
        let sender = frame.header.transmitter();
        if frame.header.frame_control.subtype() == management_subtype::BEACON
            && self.bssid == Some(sender)
            && self.keys.protects_beacons()
        {
            let counter = match self.keys.open_beacon(frame) {
                Some(_) => &mut self.traffic.beacons,
                None => &mut self.traffic.rejected,
            };
            *counter += 1;
            return;
        }
        let opened = match self.open_management(sender, frame, events) {
            Protection::Refused => return,
            Protection::Opened(body) => Some(body),
            Protection::None => None,
        };
        let octets = opened.as_deref().unwrap_or(frame.body);
        let Ok(body) = Management::parse(frame.header.frame_control.subtype(), octets) else {
            return;
        };
        match (&mut self.activity, body) {
            (Activity::Scanning { found, .. }, Management::ProbeResponse(_) | Management::Beacon(_))
                if !found.iter().any(|bss| bss.bssid == sender) =>
            {
                found.push(BssEntry {
                    bssid: sender,
                    frequency: FREQUENCY,
                    rssi: RSSI,
                    beacon: frame.body.into(),
                });
            }
            (Activity::Authenticating { peer }, Management::Authentication(answer)) if *peer == sender => {
                events.push(OwnedEvent::AuthenticationReceived {
                    peer: sender,
                    algorithm: answer.algorithm,
                    transaction: answer.sequence,
                    status: answer.status,
                    body: answer.body.to_vec(),
                });
            }
            (
                Activity::Joining {
                    request,
                    authenticated,
                    tries,
                    ..
                },
                Management::Authentication(answer),
            ) if request.bss.bssid == sender && answer.sequence == 2 && !*authenticated => {
                if answer.status.0 == 0 {
                    *authenticated = true;
                    *tries = 0;
                    self.join(now, out, events);
                } else {
                    let failure = AssociationFailure::Authentication(answer.status);
                    self.failed(sender, failure, answer.body, events);
                }
            }
            (
                Activity::Joining {
                    request,
                    authenticated: true,
                    tries,
                    deadline,
                },
                Management::AssociationResponse(answer) | Management::ReassociationResponse(answer),
            ) if request.bss.bssid == sender => {
                if let Some(time) = comeback(&answer) {
                    *tries = 0;
                    *deadline = now + time;
                    self.timer = Some(*deadline);
                } else if answer.status.0 == 0 {
                    let association = association(request, frame.body);
                    let handshakes = Handshakes::of(self.address, request, &association);
                    let group_ciphers = GroupCiphers {
                        data: request.multicast_cipher.cipher(),
                        management: request.group_management,
                    };
                    let protects_management = request.group_management.is_some();
                    let private = request.unicast_cipher != CipherAlgorithm::NONE;
                    self.leave();
                    self.private = private;
                    self.bssid = Some(sender);
                    self.protects_management = protects_management;
                    self.group_ciphers = group_ciphers;
                    self.handshakes = handshakes;
                    // An association whose handshakes are not the host's stands once they are done.
                    if self.handshakes.is_none() {
                        events.push(OwnedEvent::Associated(association));
                    }
                } else {
                    let failure = AssociationFailure::Association(answer.status);
                    self.failed(sender, failure, answer.elements, events);
                }
            }
            (_, Management::Deauthentication(end)) if self.bssid == Some(sender) => {
                self.lost(sender, DisassociationCause::Deauthenticated(end.reason), events);
            }
            (_, Management::Disassociation(end)) if self.bssid == Some(sender) => {
                self.lost(sender, DisassociationCause::Disassociated(end.reason), events);
            }
            (_, Management::Action(_)) if self.bssid == Some(sender) => {
                events.push(OwnedEvent::ActionReceived {
                    peer: sender,
                    body: octets.to_vec(),
                });
            }
            _ => {}
        }
    }

    /// Lifts the protection of a management frame. One that should have had it is refused, and told of if it
    /// claims to end the association.
    fn open_management(&mut self, sender: MacAddress, frame: &Frame<'_>, events: &mut Events) -> Protection {
        if !frames::is_robust(frame) || !self.demands_protection(sender) {
            return match frame.header.frame_control.protected() {
                true => Protection::Refused,
                false => Protection::None,
            };
        }
        let opened = match (
            frame.header.receiver().is_group(),
            frame.header.frame_control.protected(),
        ) {
            (true, _) => self.keys.open_group_management(frame),
            (false, true) => self.keys.open(frame),
            (false, false) => None,
        };
        if opened.is_none() {
            self.traffic.rejected += 1;
            if let Ok(Management::Deauthentication(end) | Management::Disassociation(end)) = frame.management()
                && !frame.header.frame_control.protected()
            {
                events.push(OwnedEvent::UnprotectedDeparture {
                    peer: sender,
                    reason: end.reason,
                });
            }
        }
        opened.map_or(Protection::Refused, Protection::Opened)
    }

    fn failed(&mut self, peer: MacAddress, failure: AssociationFailure, elements: &[u8], events: &mut Events) {
        self.activity = Activity::None;
        events.push(OwnedEvent::AssociationFailed {
            peer,
            failure,
            elements: elements.to_vec(),
        });
    }

    fn lost(&mut self, peer: MacAddress, cause: DisassociationCause, events: &mut Events) {
        self.leave();
        events.push(OwnedEvent::Disassociated { peer, cause });
    }
}

fn request_elements(request: &AssociateRequest) -> Vec<u8> {
    let mut elements = Vec::with_capacity(request.ssid.len() + 2 + request.elements.len());
    push_element(&mut elements, id::SSID, &request.ssid);
    elements.extend_from_slice(&request.elements);
    elements
}

/// The subtype and the body of the (re)association request.
fn association_body(request: &AssociateRequest) -> (u8, Vec<u8>) {
    let elements = request_elements(request);
    let common = AssociationRequest {
        capability: match request.unicast_cipher {
            CipherAlgorithm::NONE => CapabilityInfo::ESS,
            _ => CapabilityInfo::ESS.union(CapabilityInfo::PRIVACY),
        },
        listen_interval: 1,
        elements: &elements,
    };
    let body = match request.previous {
        Some(current_ap) => Management::ReassociationRequest {
            current_ap,
            request: common,
        },
        None => Management::AssociationRequest(common),
    };
    (body.subtype(), body.to_vec().unwrap_or_default())
}

/// How long the access point has the station wait before it may ask again (IEEE 802.11-2020, 11.3.5.3).
fn comeback(answer: &AssociationResponse<'_>) -> Option<Duration> {
    const TIME_UNIT: Duration = Duration::from_micros(1024);
    if answer.status != StatusCode::REFUSED_TEMPORARILY {
        return None;
    }
    let interval = element::find(answer.elements, id::TIMEOUT_INTERVAL).ok()??;
    let interval = TimeoutInterval::parse(interval.body).ok()?;
    (interval.kind == TimeoutKind::ASSOCIATION_COMEBACK).then(|| TIME_UNIT.saturating_mul(interval.value))
}

fn association(request: &AssociateRequest, response: &[u8]) -> OwnedAssociation {
    let (_, sent) = association_body(request);
    OwnedAssociation {
        peer: request.bss.bssid,
        reassociation: request.previous.is_some(),
        request: sent,
        response: response.to_vec(),
        beacon: request.bss.beacon.to_vec(),
        channel: Some(CHANNEL),
        authorized: false,
    }
}
