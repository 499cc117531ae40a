//! The radio of a station: it scans, associates, encrypts and decrypts as its host commands, and knows
//! nothing of handshakes.

use super::frames;
use super::keyring::KeyRing;
use crate::{OwnedAssociation, OwnedEvent};
use core::time::Duration;
use frame::dot11::{
    AssociationRequest, AssociationResponse, Authentication, CapabilityInfo, Frame, FrameType, MacHeader, Management,
    Reason, management_subtype,
};
use frame::element::{self, id};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::oci::Oci;
use frame::timeout::{TimeoutInterval, TimeoutKind};
use frame::{Emit, MacAddress, StatusCode};
use host::adapter::{
    AssociateRequest, AssociationFailure, AuthenticateRequest, Authentication as Algorithm, Command,
    DisassociationCause, OutgoingPacket,
};
use ihv::{BssEntry, CipherAlgorithm, Direction, ExemptionAction, PrivacyExemption};
use keys::protect::Pn;

/// How long a scan listens.
const DWELL: Duration = Duration::from_millis(20);
/// How long an answer may take, and how often a request is sent.
const ANSWER: Duration = Duration::from_millis(100);
const TRIES: u8 = 3;
/// What the radio reports of every network: it knows no distances.
const FREQUENCY: u16 = 2437;
const RSSI: i16 = -40;
/// The channel that everybody is on: 6, with 40 MHz.
pub const CHANNEL: Oci = Oci {
    operating_class: 83,
    primary_channel: 6,
    frequency_segment_1: 0,
};

/// Data of the operating system's, as a station counted it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that went out under the pairwise key.
    pub sent: u64,
    /// Packets from the network to this station.
    pub received: u64,
    /// Packets from the network to all stations.
    pub received_group: u64,
    /// Packets, either way, that the closed port stopped.
    pub blocked: u64,
    /// Received frames that did not decrypt, or were replays, or should have been encrypted.
    pub rejected: u64,
}

/// What the radio is about, besides the association that it may have.
enum Activity {
    None,
    Scanning {
        found: Vec<BssEntry>,
        deadline: Duration,
    },
    /// Authentication frames of the host's come and go.
    Authenticating {
        peer: MacAddress,
    },
    Joining {
        request: Box<AssociateRequest>,
        authenticated: bool,
        tries: u8,
        deadline: Duration,
    },
}

/// What became of a management frame's protection.
enum Protection {
    /// It has none, and needs none.
    None,
    /// It was lifted.
    Opened(Vec<u8>),
    /// It is missing or wrong.
    Refused,
}

pub(super) struct Station {
    address: MacAddress,
    activity: Activity,
    /// The access point of the association.
    bssid: Option<MacAddress>,
    keys: KeyRing,
    /// The network encrypts data.
    private: bool,
    /// Management frames of the association are protected once there are keys.
    protects_management: bool,
    authorized: bool,
    exclude_unencrypted: bool,
    exemptions: Vec<PrivacyExemption>,
    /// The last security packet of the access point came unencrypted, so that it can't have the key
    /// yet: it is answered in kind.
    peer_speaks_plain: bool,
    traffic: Traffic,
    timer: Option<Duration>,
}

type Frames = Vec<Vec<u8>>;
type Events = Vec<OwnedEvent>;

impl Station {
    pub(super) fn new(address: MacAddress) -> Self {
        Self {
            address,
            activity: Activity::None,
            bssid: None,
            keys: KeyRing::default(),
            private: true,
            protects_management: false,
            authorized: false,
            exclude_unencrypted: false,
            exemptions: Vec::new(),
            peer_speaks_plain: true,
            traffic: Traffic::default(),
            timer: None,
        }
    }

    pub(super) fn address(&self) -> MacAddress {
        self.address
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// A timer that was set since this was last asked.
    pub(super) fn take_timer(&mut self) -> Option<Duration> {
        self.timer.take()
    }

    pub(super) fn reset(&mut self) {
        let traffic = self.traffic;
        *self = Self {
            traffic,
            ..Self::new(self.address)
        };
    }

    pub(super) fn execute(&mut self, now: Duration, command: Command, out: &mut Frames, events: &mut Events) {
        match command {
            Command::Scan { ssid } => self.scan(now, &ssid, out),
            Command::Authenticate(request) => self.authenticate(&request, out),
            Command::Associate(request) => {
                self.activity = Activity::Joining {
                    authenticated: request.authentication != Algorithm::Adapter,
                    request,
                    tries: 0,
                    deadline: now,
                };
                self.join(now, out, events);
            }
            Command::SendAction { peer, body } => self.send_action(peer, &body, out),
            // It claims no such capability.
            Command::OffloadGroupRekeys { .. } => {}
            Command::Disassociate { peer, reason } => {
                let body = Management::Deauthentication(Reason { reason, elements: &[] });
                self.send_management(peer, body.subtype(), &body.to_vec().unwrap_or_default(), out);
                self.leave();
            }
            Command::SendPacket(packet) => self.send_packet(&packet, out, events),
            Command::SetKeyMappingKey(key) => {
                let material = key
                    .key
                    .as_ref()
                    .and_then(|material| Some((key.cipher.cipher()?, material.octets())));
                if key.direction != Direction::Outbound {
                    self.keys.set_pairwise(key.key_id, material);
                }
                if key.direction != Direction::Inbound {
                    self.keys.send_under(key.key_id);
                }
            }
            Command::SetDefaultKey(key) => {
                let received = Pn::from_le_bytes(key.receive_counter);
                let material = key
                    .key
                    .as_ref()
                    .and_then(|material| Some((key.cipher.cipher()?, material.octets(), received)));
                self.keys.set_group(key.index, material);
            }
            // A station sends to the group through its access point, under the pairwise key.
            Command::SetDefaultKeyId(_) => {}
            Command::SetPrivacyExemptions(exemptions) => self.exemptions = exemptions,
            Command::SetExcludeUnencrypted(exclude) => self.exclude_unencrypted = exclude,
            Command::AuthorizePort { authorized, .. } => self.authorized = authorized,
        }
    }

    pub(super) fn send_data(&mut self, payload: &[u8], out: &mut Frames) -> bool {
        let Some(bssid) = self.bssid else { return false };
        if !self.authorized {
            self.traffic.blocked += 1;
            return false;
        }
        let header = MacHeader::data_to_ap(bssid, self.address, bssid);
        let Some(frame) = self
            .keys
            .seal_data(self.private, header, &frames::snap(frames::DATA, payload))
        else {
            return false;
        };
        out.push(frame);
        self.traffic.sent += 1;
        true
    }

    pub(super) fn handle_timeout(&mut self, now: Duration, out: &mut Frames, events: &mut Events) {
        match &mut self.activity {
            Activity::Scanning { found, deadline } if *deadline <= now => {
                let found = core::mem::take(found);
                self.activity = Activity::None;
                events.push(OwnedEvent::ScanCompleted(found));
            }
            Activity::Joining { deadline, .. } if *deadline <= now => self.join(now, out, events),
            _ => {}
        }
    }

    pub(super) fn handle_frame(&mut self, now: Duration, frame: &[u8], out: &mut Frames, events: &mut Events) {
        let Some(frame) = frames::parse(frame) else { return };
        if frame.header.transmitter() == self.address {
            return;
        }
        match frame.header.frame_control.frame_type() {
            FrameType::Management => self.handle_management(now, &frame, out, events),
            FrameType::Data => self.handle_data(&frame, events),
            _ => {}
        }
    }

    fn scan(&mut self, now: Duration, ssid: &[u8], out: &mut Frames) {
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
    fn join(&mut self, now: Duration, out: &mut Frames, events: &mut Events) {
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
    fn authenticate(&mut self, request: &AuthenticateRequest, out: &mut Frames) {
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

    fn send_action(&mut self, peer: MacAddress, body: &[u8], out: &mut Frames) {
        if self.bssid == Some(peer) {
            self.send_management(peer, management_subtype::ACTION, body, out);
        }
    }

    /// Sends a management frame that is protected as soon as that is possible.
    fn send_management(&mut self, peer: MacAddress, subtype: u8, body: &[u8], out: &mut Frames) {
        let header = MacHeader::management(subtype, peer, self.address, peer);
        let frame = match self.demands_protection(peer) {
            true => self.keys.seal_pairwise(header, body),
            false => Some(frames::join(&header, body)),
        };
        out.extend(frame);
    }

    /// Whether management frames from and to `peer` that can be protected have to be.
    fn demands_protection(&self, peer: MacAddress) -> bool {
        self.bssid == Some(peer) && self.protects_management && self.keys.has_pairwise()
    }

    fn leave(&mut self) {
        self.activity = Activity::None;
        self.bssid = None;
        self.keys = KeyRing::default();
        self.protects_management = false;
        self.authorized = false;
        self.peer_speaks_plain = true;
    }

    fn handle_management(&mut self, now: Duration, frame: &Frame<'_>, out: &mut Frames, events: &mut Events) {
        let sender = frame.header.transmitter();
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
                    let protects_management = request.group_management.is_some();
                    let private = request.unicast_cipher != CipherAlgorithm::NONE;
                    self.leave();
                    self.private = private;
                    self.bssid = Some(sender);
                    self.protects_management = protects_management;
                    events.push(OwnedEvent::Associated(association));
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

    fn send_packet(&mut self, packet: &OutgoingPacket, out: &mut Frames, events: &mut Events) {
        let body = frames::snap(packet.ethertype, &packet.data);
        let header = MacHeader::data_to_ap(packet.peer, self.address, packet.peer);
        let associated = self.bssid == Some(packet.peer);
        let frame = if self.keys.has_pairwise() && !self.peer_speaks_plain {
            self.keys.seal_pairwise(header, &body)
        } else {
            Some(frames::join(&header, &body))
        };
        let frame = frame.filter(|_| associated);
        events.push(OwnedEvent::PacketSent {
            id: packet.id,
            sent: frame.is_some(),
        });
        out.extend(frame);
    }

    fn handle_data(&mut self, frame: &Frame<'_>, events: &mut Events) {
        let Some(bssid) = self.bssid else { return };
        if frame.header.transmitter() != bssid {
            return;
        }
        let protected = frame.header.frame_control.protected();
        let body = if protected {
            self.keys.open(frame)
        } else {
            Some(frame.body.to_vec())
        };
        let Some(Snap { ethertype, payload }) = body.as_deref().and_then(|body| Snap::parse(body).ok()) else {
            self.traffic.rejected += 1;
            return;
        };
        if !protected && self.exclude_unencrypted && !self.is_exempt(ethertype) {
            self.traffic.rejected += 1;
            return;
        }
        let group = frame.header.receiver().is_group();
        if ethertype == frames::DATA {
            let counter = match (self.authorized, group) {
                (false, _) => &mut self.traffic.blocked,
                (true, false) => &mut self.traffic.received,
                (true, true) => &mut self.traffic.received_group,
            };
            *counter += 1;
        } else if !group {
            self.peer_speaks_plain = !protected;
            events.push(OwnedEvent::PacketReceived {
                peer: bssid,
                ethertype,
                data: payload.to_vec(),
            });
        }
    }

    fn is_exempt(&self, ethertype: EtherType) -> bool {
        self.exemptions
            .iter()
            .filter(|exemption| exemption.ethertype == ethertype)
            .any(|exemption| match exemption.action {
                ExemptionAction::Never => false,
                ExemptionAction::Always => true,
                ExemptionAction::WithoutPairwiseKey => !self.keys.has_pairwise(),
            })
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

/// Appends an element; a body of more than 255 octets is cut, which no caller has.
pub(super) fn push_element(out: &mut Vec<u8>, id: u8, body: &[u8]) {
    let body = body.get(..body.len().min(255)).unwrap_or_default();
    out.extend([id, body.len() as u8]);
    out.extend_from_slice(body);
}
