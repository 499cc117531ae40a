//! Finds the post-association operations in a stream of frames.

mod data;

use std::collections::{HashMap, VecDeque};

use adapter::replay::{Frame, Link};
use frame::dot11::{
    Action, FrameControl, FrameType, FtAction, FtStep, MacHeader, Management, SaQueryAction,
    management_subtype as subtype,
};
use frame::{MacAddress, dot11};

use super::association::{Association, Closed};
use super::exchange::Moment;
use super::networks::Networks;
use super::operation::{Event, Operation, Sender};
use super::plain::PlainAssociation;
use super::secrets::Secrets;

/// Associations that are observed at a time; those not heard of for longest are reported as they stand.
const OBSERVED: usize = 1024;

/// Associations without an operation that wait to be taken; beyond, the oldest make room.
const PLAIN: usize = 1024;

/// Takes frames in, gives operations out: knows neither files nor terminals. Its memory is bounded, whatever the
/// capture holds.
pub struct Inspector<'s> {
    secrets: &'s mut Secrets,
    networks: Networks,
    associations: HashMap<Ends, Association>,
    finished: VecDeque<Operation>,
    plain: VecDeque<PlainAssociation>,
    /// Holds a decrypted frame body.
    plaintext: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ends {
    bssid: MacAddress,
    sta: MacAddress,
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
            plain: VecDeque::new(),
            plaintext: Vec::new(),
        }
    }

    /// Takes the next frame of the capture.
    pub fn feed(&mut self, frame: &Frame<'_>) {
        let moment = Moment {
            frame: frame.number,
            time_us: frame.time_us,
            encrypted: false,
            integrity: None,
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

    /// An association that is over without having been an operation, in the order in which they ended.
    pub fn next_plain(&mut self) -> Option<PlainAssociation> {
        self.plain.pop_front()
    }

    /// The capture is at its end: the operations that were still observed, in the order in which they began.
    pub fn finish(&mut self) -> std::collections::vec_deque::IntoIter<Operation> {
        let mut rest: Vec<_> = self.associations.drain().map(|(_, association)| association).collect();
        rest.sort_unstable_by_key(|association| association.first_frame);
        for association in rest {
            self.take_closed(association);
        }
        std::mem::take(&mut self.finished).into_iter()
    }

    fn take_closed(&mut self, association: Association) {
        match association.close(self.secrets) {
            Closed::Operation(operation) => self.finished.push_back(*operation),
            Closed::Plain(plain) => {
                if self.plain.len() == PLAIN {
                    self.plain.pop_front();
                }
                self.plain.push_back(plain);
            }
            Closed::Nothing => {}
        }
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
                if header.addr1.is_group() {
                    self.beacon(moment, frame);
                }
            }
            _ if header.addr1.is_group() => self.group_disconnection(moment, frame, &body),
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
            Management::Action(action) => self.action(moment, ends, sender, action),
            Management::Deauthentication(_) | Management::Disassociation(_) => {
                self.disconnection(moment, ends, sender, body);
            }
            _ => {}
        }
    }

    /// A fast transition over the distribution system belongs to the association with the access point that it leads
    /// to, wherever it was heard.
    fn action(&mut self, moment: Moment, ends: Ends, sender: Sender, action: &Action<'_>) {
        if let Ok(query) = SaQueryAction::parse(action) {
            if let Some(association) = self.associations.get_mut(&ends) {
                association.sa_query(moment, sender, &query);
            }
            return;
        }
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
                Ok(Management::Action(action)) => self.action(moment, ends, sender, &action),
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
    fn group_disconnection(&mut self, moment: Moment, frame: &dot11::Frame<'_>, body: &Management<'_>) {
        let header = &frame.header;
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
            let association = self.associations.get_mut(&ends);
            let integrity = association.and_then(|association| association.integrity(frame.header_bytes, frame.body));
            let moment = Moment { integrity, ..moment };
            self.disconnection(moment, ends, Sender::AccessPoint, body);
        }
    }

    /// Where beacons are protected, the keys that stations were given prove them.
    fn beacon(&mut self, moment: Moment, frame: &dot11::Frame<'_>) {
        let bssid = frame.header.addr3;
        if !self.networks.get(bssid).is_some_and(|network| network.protects_beacons) {
            return;
        }
        for (ends, association) in &mut self.associations {
            if ends.bssid == bssid && association.protects_beacons() {
                association.beacon(moment.frame, frame.header_bytes, frame.body);
            }
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
        if let Some(association) = self.associations.remove(&ends) {
            self.take_closed(association);
        }
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
