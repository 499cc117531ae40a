//! Finds the post-association operations in a stream of frames.

use std::collections::{HashMap, VecDeque};

use adapter::replay::{Frame, Link};
use frame::dot11::{
    Action, FrameControl, FrameType, FtAction, FtStep, MacHeader, Management, management_subtype as subtype,
};
use frame::eap::{Code, EapPacket};
use frame::eapol::{Eapol, PacketType};
use frame::llc::Snap;
use frame::{EtherType, MacAddress, dot11};

use super::association::Association;
use super::exchange::Moment;
use super::key_message::KeyMessage;
use super::networks::Networks;
use super::operation::{Event, Operation, Sender};
use super::secrets::Secrets;

/// Associations that are observed at a time; those not heard of for longest are reported as they stand.
const OBSERVED: usize = 1024;

/// An EtherType in front of a VLAN tag (IEEE 802.1Q) of 4 octets.
const VLAN_TAGS: [EtherType; 2] = [EtherType(0x8100), EtherType(0x88a8)];

/// Takes frames in, gives operations out: knows neither files nor terminals. Its memory is bounded, whatever the
/// capture holds.
pub struct Inspector<'s> {
    secrets: &'s mut Secrets,
    networks: Networks,
    associations: HashMap<Ends, Association>,
    finished: VecDeque<Operation>,
    /// Holds a decrypted frame body.
    plaintext: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ends {
    bssid: MacAddress,
    sta: MacAddress,
}

/// Who sends an EAPOL packet to whom, and where it was found.
#[derive(Clone, Copy)]
struct Passage {
    ends: Ends,
    sender: Sender,
    /// The link encrypts its data once it has keys: 802.11, not Ethernet.
    sealed_link: bool,
}

impl<'s> Inspector<'s> {
    /// An inspector that tries `secrets` on every handshake.
    #[must_use]
    pub fn new(secrets: &'s mut Secrets) -> Self {
        Self {
            secrets,
            networks: Networks::default(),
            associations: HashMap::new(),
            finished: VecDeque::new(),
            plaintext: Vec::new(),
        }
    }

    /// Takes the next frame of the capture.
    pub fn feed(&mut self, frame: &Frame<'_>) {
        let moment = Moment {
            frame: frame.number,
            time_us: frame.time_us,
            encrypted: false,
        };
        match frame.link {
            Link::Dot11(octets) => self.dot11(moment, octets),
            Link::Ethernet(octets) => self.ethernet(moment, octets),
        }
    }

    /// An operation that is over, in the order in which they ended.
    pub fn next_operation(&mut self) -> Option<Operation> {
        self.finished.pop_front()
    }

    /// The capture is at its end: the operations that were still observed, in the order in which they began.
    pub fn finish(mut self) -> impl Iterator<Item = Operation> {
        let mut rest: Vec<_> = self.associations.drain().map(|(_, association)| association).collect();
        rest.sort_unstable_by_key(|association| association.first_frame);
        let rest: Vec<_> = rest
            .into_iter()
            .filter_map(|association| association.close(self.secrets))
            .collect();
        self.finished.into_iter().chain(rest)
    }

    /// Most frames end here: control frames, and those of a type that has no part in an operation.
    fn dot11(&mut self, moment: Moment, octets: &[u8]) {
        let Some(control) = octets.first_chunk() else { return };
        let control = FrameControl(u16::from_le_bytes(*control));
        let of_interest = match control.frame_type() {
            FrameType::Management => matches!(
                control.subtype(),
                subtype::BEACON
                    | subtype::PROBE_RESPONSE
                    | subtype::AUTHENTICATION
                    | subtype::ASSOCIATION_REQUEST
                    | subtype::ASSOCIATION_RESPONSE
                    | subtype::REASSOCIATION_REQUEST
                    | subtype::REASSOCIATION_RESPONSE
                    | subtype::DEAUTHENTICATION
                    | subtype::DISASSOCIATION
                    | subtype::ACTION
            ),
            FrameType::Data => control.carries_data(),
            FrameType::Control | FrameType::Extension => false,
        };
        if !of_interest {
            return;
        }
        let Ok(frame) = dot11::Frame::parse(octets) else { return };
        match control.frame_type() {
            FrameType::Management => self.management(moment, &frame),
            _ => self.data(moment, &frame),
        }
    }

    fn management(&mut self, moment: Moment, frame: &dot11::Frame<'_>) {
        if frame.header.frame_control.protected() {
            return self.protected_management(moment, frame);
        }
        let Ok(body) = frame.management() else { return };
        let header = &frame.header;
        match body {
            Management::Beacon(beacon) | Management::ProbeResponse(beacon) => {
                self.networks.learn(header.addr3, moment.frame, &beacon);
            }
            _ if header.addr1.is_group() => self.group_disconnection(moment, header, &body),
            _ => self.unicast_management(moment, header, &body),
        }
    }

    fn unicast_management(&mut self, moment: Moment, header: &MacHeader, body: &Management<'_>) {
        let (ends, sender) = management_ends(header);
        match body {
            Management::Authentication(authentication) => {
                let association = self.begin(moment, ends, Association::is_requested);
                association.authentication(moment, sender, authentication);
            }
            Management::AssociationRequest(request) | Management::ReassociationRequest { request, .. } => {
                self.begin(moment, ends, Association::is_answered);
                let secrets = &mut *self.secrets;
                if let Some(association) = self.associations.get_mut(&ends) {
                    let reassociation = matches!(body, Management::ReassociationRequest { .. });
                    association.request(moment, request, reassociation, secrets);
                }
            }
            Management::AssociationResponse(response) | Management::ReassociationResponse(response) => {
                let reassociation = matches!(body, Management::ReassociationResponse(_));
                self.observe(moment, ends).response(moment, response, reassociation);
            }
            Management::Action(action) => self.action(moment, action),
            Management::Deauthentication(_) | Management::Disassociation(_) => {
                self.disconnection(moment, ends, sender, body);
            }
            _ => {}
        }
    }

    /// A fast transition over the distribution system belongs to the association with the access point that it leads
    /// to, wherever it was heard.
    fn action(&mut self, moment: Moment, action: &Action<'_>) {
        let Ok(over_ds) = FtAction::parse(action) else { return };
        let ends = Ends {
            bssid: over_ds.target,
            sta: over_ds.station,
        };
        let association = match over_ds.step {
            FtStep::Request => self.begin(moment, ends, Association::is_requested),
            _ => self.observe(moment, ends),
        };
        association.transition_action(moment, &over_ds);
    }

    /// Deauthentication, disassociation and action frames are encrypted where management frames are protected.
    fn protected_management(&mut self, moment: Moment, frame: &dot11::Frame<'_>) {
        let (ends, sender) = management_ends(&frame.header);
        let mut plaintext = std::mem::take(&mut self.plaintext);
        plaintext.resize(frame.body.len(), 0);
        let association = self.associations.get_mut(&ends);
        let octets =
            association.and_then(|association| association.open(frame.header_bytes, frame.body, &mut plaintext));
        if let Some(body) = octets.and_then(|octets| plaintext.get(..octets)) {
            let subtype = frame.header.frame_control.subtype();
            let moment = Moment {
                encrypted: true,
                ..moment
            };
            match Management::parse(subtype, body) {
                Ok(body @ (Management::Deauthentication(_) | Management::Disassociation(_))) => {
                    self.disconnection(moment, ends, sender, &body);
                }
                Ok(Management::Action(action)) => self.action(moment, &action),
                _ => {}
            }
        }
        self.plaintext = plaintext;
    }

    fn disconnection(&mut self, moment: Moment, ends: Ends, sender: Sender, body: &Management<'_>) {
        let (reason, event) = match body {
            Management::Deauthentication(body) => (body.reason, Event::Deauthentication(body.reason)),
            Management::Disassociation(body) => (body.reason, Event::Disassociation(body.reason)),
            _ => return,
        };
        let Some(association) = self.associations.get_mut(&ends) else {
            return;
        };
        association.last_frame = moment.frame;
        if association.disconnect(moment, sender, reason, event) {
            self.close(ends);
        }
    }

    /// An access point that leaves says so to all its stations at once.
    fn group_disconnection(&mut self, moment: Moment, header: &MacHeader, body: &Management<'_>) {
        if header.addr2 != header.addr3
            || !matches!(body, Management::Deauthentication(_) | Management::Disassociation(_))
        {
            return;
        }
        let stations: Vec<_> = self
            .associations
            .keys()
            .filter(|ends| ends.bssid == header.addr3)
            .copied()
            .collect();
        for ends in stations {
            self.disconnection(moment, ends, Sender::AccessPoint, body);
        }
    }

    fn data(&mut self, moment: Moment, frame: &dot11::Frame<'_>) {
        let header = &frame.header;
        let control = header.frame_control;
        // EAPOL goes to one station, and fits one fragment.
        if header.addr1.is_group() || control.more_fragments() || header.sequence_control.fragment() != 0 {
            return;
        }
        let (ends, sender) = match (control.to_ds(), control.from_ds()) {
            (true, false) => (
                Ends {
                    bssid: header.addr1,
                    sta: header.addr2,
                },
                Sender::Station,
            ),
            (false, true) => (
                Ends {
                    bssid: header.addr2,
                    sta: header.addr1,
                },
                Sender::AccessPoint,
            ),
            (true, true) if !control.protected() => {
                if let Some(packet) = frame.snap().ok().and_then(security_packet) {
                    self.between(moment, header.addr2, header.addr1, packet, true);
                }
                return;
            }
            // Within no BSS, or encrypted between access points.
            _ => return,
        };
        let passage = Passage {
            ends,
            sender,
            sealed_link: true,
        };
        if control.protected() {
            self.protected_data(moment, passage, frame);
        } else if let Some(packet) = frame.snap().ok().and_then(security_packet) {
            self.eapol(moment, passage, packet);
        }
    }

    fn protected_data(&mut self, moment: Moment, passage: Passage, frame: &dot11::Frame<'_>) {
        let Some(association) = self.associations.get_mut(&passage.ends) else {
            return;
        };
        association.last_frame = moment.frame;
        association.note_sealed_data(moment.frame);
        if !association.can_open() {
            return;
        }
        let mut plaintext = std::mem::take(&mut self.plaintext);
        if plaintext.len() < frame.body.len() {
            plaintext.resize(frame.body.len(), 0);
        }
        if let Some(octets) = association.open(frame.header_bytes, frame.body, &mut plaintext) {
            let moment = Moment {
                encrypted: true,
                ..moment
            };
            let snap = plaintext.get(..octets).and_then(|body| Snap::parse(body).ok());
            match snap.filter(|_| !frame.header.is_amsdu()) {
                Some(Snap {
                    ethertype: EtherType::TDLS,
                    payload,
                }) => association.direct_link(moment, passage.sender, payload),
                // What opens the port shows nothing of whether it is open.
                snap => match snap.and_then(security_packet) {
                    Some(packet) => self.eapol(moment, passage, packet),
                    None => association.note_data(moment.frame),
                },
            }
        }
        self.plaintext = plaintext;
    }

    fn ethernet(&mut self, moment: Moment, octets: &[u8]) {
        let Some((addresses, mut rest)) = octets.split_first_chunk::<12>() else {
            return;
        };
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5] = *addresses;
        let destination = MacAddress([d0, d1, d2, d3, d4, d5]);
        let source = MacAddress([s0, s1, s2, s3, s4, s5]);
        while let Some((ethertype, payload)) = rest.split_first_chunk() {
            let ethertype = EtherType(u16::from_be_bytes(*ethertype));
            if let Some(packet) = security_packet(Snap { ethertype, payload }) {
                return self.between(moment, source, destination, packet, false);
            }
            match payload.get(2..) {
                Some(behind_tag) if VLAN_TAGS.contains(&ethertype) => rest = behind_tag,
                _ => return,
            }
        }
    }

    /// Takes an EAPOL packet between two stations of which only the packet tells who is the authenticator.
    fn between(
        &mut self,
        moment: Moment,
        source: MacAddress,
        destination: MacAddress,
        packet: &[u8],
        sealed_link: bool,
    ) {
        if destination.is_group() {
            return;
        }
        let Some(sender) = sender_of(packet) else { return };
        let ends = match sender {
            Sender::AccessPoint => Ends {
                bssid: source,
                sta: destination,
            },
            Sender::Station => Ends {
                bssid: destination,
                sta: source,
            },
        };
        self.eapol(
            moment,
            Passage {
                ends,
                sender,
                sealed_link,
            },
            packet,
        );
    }

    fn eapol(&mut self, moment: Moment, passage: Passage, packet: &[u8]) {
        let Passage {
            ends,
            sender,
            sealed_link,
        } = passage;
        self.observe(moment, ends);
        for _attempt in 0..2 {
            let secrets = &mut *self.secrets;
            let association = self.associations.get_mut(&ends);
            if association.is_none_or(|association| association.eapol(moment, sender, packet, sealed_link, secrets)) {
                return;
            }
            // The message 1 of another association, whose beginning was not captured.
            self.close(ends);
            self.observe(moment, ends);
        }
    }

    /// The association that an authentication or association request belongs to: a new one, if `is_over` says so of
    /// the one before.
    fn begin(&mut self, moment: Moment, ends: Ends, is_over: fn(&Association) -> bool) -> &mut Association {
        if self.associations.get(&ends).is_some_and(is_over) {
            self.close(ends);
        }
        self.observe(moment, ends)
    }

    /// The association between two ends, from now on if there was none.
    fn observe(&mut self, moment: Moment, ends: Ends) -> &mut Association {
        if self.associations.len() >= OBSERVED && !self.associations.contains_key(&ends) {
            self.make_room();
        }
        let Ends { bssid, sta } = ends;
        let association = self
            .associations
            .entry(ends)
            .or_insert_with(|| Association::new(bssid, sta, moment.frame));
        association.last_frame = moment.frame;
        if let Some(network) = self.networks.get(bssid) {
            association.inform(network);
        }
        association
    }

    fn close(&mut self, ends: Ends) {
        let association = self.associations.remove(&ends);
        self.finished
            .extend(association.and_then(|association| association.close(self.secrets)));
    }

    /// Closes the associations not heard of for longest, several at once, so that a flood of invented stations costs
    /// little for each.
    fn make_room(&mut self) {
        let mut quiet: Vec<_> = self
            .associations
            .iter()
            .map(|(ends, association)| (association.last_frame, *ends))
            .collect();
        quiet.sort_unstable_by_key(|(last_frame, _)| *last_frame);
        for (_, ends) in quiet.into_iter().take(OBSERVED / 4) {
            self.close(ends);
        }
    }
}

/// The ends of a unicast management frame, whose third address is the BSSID.
fn management_ends(header: &MacHeader) -> (Ends, Sender) {
    let bssid = header.addr3;
    if header.addr2 == bssid {
        (
            Ends {
                bssid,
                sta: header.addr1,
            },
            Sender::AccessPoint,
        )
    } else {
        (
            Ends {
                bssid,
                sta: header.addr2,
            },
            Sender::Station,
        )
    }
}

/// The payload of an EAPOL frame, pre-authentication included.
fn security_packet(snap: Snap<'_>) -> Option<&[u8]> {
    matches!(snap.ethertype, EtherType::EAPOL | EtherType::PREAUTH).then_some(snap.payload)
}

/// Who sends such an EAPOL packet; `None` if either end may.
fn sender_of(packet: &[u8]) -> Option<Sender> {
    let eapol = Eapol::parse(packet).ok()?;
    let from_authenticator = match eapol.packet_type {
        PacketType::KEY => KeyMessage::parse(packet, None)?.name.is_from_authenticator(),
        PacketType::EAP_PACKET => EapPacket::parse(eapol.body).ok()?.code != Code::RESPONSE,
        _ => return None,
    };
    Some(if from_authenticator {
        Sender::AccessPoint
    } else {
        Sender::Station
    })
}
