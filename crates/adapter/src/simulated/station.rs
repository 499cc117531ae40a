//! The radio of a station: it scans, associates, encrypts and decrypts as its host commands, and knows
//! nothing of handshakes but for those that it is given ([`offload`]).

mod management;
mod offload;

use super::frames;
use super::keyring::KeyRing;
use crate::OwnedEvent;
use core::time::Duration;
use frame::dot11::{Frame, FrameType, MacHeader, Management, Reason};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::oci::Oci;
use frame::{Emit, MacAddress};
use host::adapter::{AssociateRequest, Authentication as Algorithm, Command, OutgoingPacket};
use ihv::{BssEntry, Direction, ExemptionAction, PrivacyExemption};
use keys::protect::Pn;
use offload::{GroupCiphers, Handshakes};

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
    /// Beacons of the network that were protected, and proved.
    pub beacons: u64,
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
    /// What this radio does in its host's place.
    handshakes: Option<Handshakes>,
    group_ciphers: GroupCiphers,
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
            handshakes: None,
            group_ciphers: GroupCiphers::default(),
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
            Command::Scan { ssid, .. } => self.scan(now, &ssid, out),
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
            Command::OffloadGroupRekeys { peer, keys } => {
                if self.bssid == Some(peer) {
                    self.handshakes = Handshakes::of_group(keys, self.group_ciphers);
                }
            }
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
            Command::AuthorizePort { authorized, .. } => {
                self.authorized = authorized;
            }
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
            FrameType::Data => self.handle_data(&frame, out, events),
            _ => {}
        }
    }

    fn leave(&mut self) {
        self.activity = Activity::None;
        self.bssid = None;
        self.keys = KeyRing::default();
        self.handshakes = None;
        self.protects_management = false;
        self.authorized = false;
    }

    fn send_packet(&mut self, packet: &OutgoingPacket, out: &mut Frames, events: &mut Events) {
        let frame = self.seal_packet(packet.peer, packet.ethertype, &packet.data, packet.in_the_clear);
        let frame = frame.filter(|_| self.bssid == Some(packet.peer));
        events.push(OwnedEvent::PacketSent {
            id: packet.id,
            sent: frame.is_some(),
        });
        out.extend(frame);
    }

    /// A security packet as it is sent: encrypted as soon as there is a key, unless it answers one that was not.
    fn seal_packet(
        &mut self,
        peer: MacAddress,
        ethertype: EtherType,
        data: &[u8],
        in_the_clear: bool,
    ) -> Option<Vec<u8>> {
        let body = frames::snap(ethertype, data);
        let header = MacHeader::data_to_ap(peer, self.address, peer);
        match self.keys.has_pairwise() && !in_the_clear {
            true => self.keys.seal_pairwise(header, &body),
            false => Some(frames::join(&header, &body)),
        }
    }

    fn handle_data(&mut self, frame: &Frame<'_>, out: &mut Frames, events: &mut Events) {
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
            if ethertype == EtherType::EAPOL && self.handle_in_hosts_place(payload, protected, out, events) {
                return;
            }
            events.push(OwnedEvent::PacketReceived {
                peer: bssid,
                ethertype,
                data: payload.to_vec(),
                encrypted: Some(protected),
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

/// Appends an element; a body of more than 255 octets is cut, which no caller has.
pub(super) fn push_element(out: &mut Vec<u8>, id: u8, body: &[u8]) {
    let body = body.get(..body.len().min(255)).unwrap_or_default();
    out.extend([id, body.len() as u8]);
    out.extend_from_slice(body);
}
