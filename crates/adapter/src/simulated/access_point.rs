//! A simulated access point, built on the authenticator of `rsn`.

mod admission;
mod authentication;
mod client;
mod config;
mod eap;
mod foreign;
mod group;
mod query;
mod rekeying;
mod transition;
mod users;

pub(super) use transition::Errand;

pub use config::{AccessPointConfig, ManagementProtection, Mobility, NetworkPassword, Secrets, SharedKeys};
pub use eap::EapServer;
pub use foreign::{Conversation, Foreign, Reply};

use super::frames;
use authentication::Authenticating;
use client::Client;
use core::time::Duration;
use frame::dot11::{
    Action, Authentication, CapabilityInfo, Frame, FrameType, FtAction, FtStep, MacHeader, Management, Reason,
    management_subtype,
};
use frame::eapol::{Eapol, PacketType};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::{Akm, Emit, MacAddress, ReasonCode, StatusCode};
use group::Group;
use keys::Pmk;
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use transition::Transitions;

pub(super) struct AccessPoint {
    config: AccessPointConfig,
    /// SSID and RSNE, as in every beacon.
    elements: Vec<u8>,
    /// Each apart: a search goes by the addresses, and passes by all that stands between them.
    clients: BTreeMap<MacAddress, Box<Client>>,
    group: Group,
    authenticating: Authenticating,
    transitions: Transitions,
    on: bool,
    next_aid: u16,
    rekeyed: Duration,
    alarms: Vec<Alarm>,
    errands: Vec<Errand>,
}

/// A station's authenticator wants to be called at another time than before.
pub(super) struct Alarm {
    pub station: MacAddress,
    pub before: Option<Duration>,
    pub next: Option<Duration>,
}

type Frames = Vec<Vec<u8>>;

impl AccessPoint {
    pub(super) fn new(config: AccessPointConfig, rng: &mut ChaCha20Rng) -> Self {
        let group = Group::new(&config, rng);
        let authenticating = Authenticating::new(&config, rng);
        Self {
            authenticating,
            transitions: Transitions::default(),
            elements: config.elements(),
            config,
            clients: BTreeMap::new(),
            group,
            on: true,
            next_aid: 1,
            rekeyed: Duration::ZERO,
            alarms: Vec::new(),
            errands: Vec::new(),
        }
    }

    pub(super) fn take_alarms(&mut self) -> Vec<Alarm> {
        core::mem::take(&mut self.alarms)
    }

    /// Notes what a station has to say to another access point of the domain, if this one passes such things on.
    fn take_errand(&mut self, station: MacAddress, action: &Action<'_>) {
        if self.is_authorized(station) && self.config.mobility.as_ref().is_some_and(|domain| domain.over_ds) {
            self.errands.extend(Errand::of(action, station));
        }
    }

    /// What stations have to say to other access points of the domain.
    pub(super) fn take_errands(&mut self) -> Vec<Errand> {
        core::mem::take(&mut self.errands)
    }

    /// Answers the first frame of a fast transition, over whichever road it has come.
    pub(super) fn answer_transition(
        &mut self,
        now: Duration,
        station: MacAddress,
        elements: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> Option<(StatusCode, Vec<u8>)> {
        self.on.then(|| {
            self.transitions
                .answer(now, &self.config, &self.elements, station, elements, rng)
        })
    }

    /// Brings a station the answer of another access point of the domain.
    pub(super) fn return_errand(&mut self, errand: &Errand, status: StatusCode, elements: &[u8], out: &mut Frames) {
        let answer = FtAction {
            step: FtStep::Response(status),
            station: errand.station,
            target: errand.target,
            elements,
        };
        self.send_action(errand.station, &answer.to_vec().unwrap_or_default(), out);
    }

    pub(super) fn members(&self) -> Vec<MacAddress> {
        self.clients
            .iter()
            .filter(|(_, client)| client.is_associated())
            .map(|(address, _)| *address)
            .collect()
    }

    pub(super) fn kept(&self, now: Duration, station: MacAddress, akm: Akm) -> Option<Pmk> {
        self.authenticating.kept(now, &self.config, station, akm)
    }

    pub(super) fn is_authorized(&self, station: MacAddress) -> bool {
        self.clients.get(&station).is_some_and(|client| client.authorized)
    }

    pub(super) fn switch_off(&mut self) {
        self.on = false;
        self.clients.clear();
        self.authenticating.forget();
    }

    pub(super) fn switch_on(&mut self) {
        self.on = true;
    }

    pub(super) fn deauthenticate(&mut self, station: MacAddress, reason: ReasonCode, out: &mut Frames) {
        let Some(mut client) = self.clients.remove(&station) else {
            return;
        };
        let body = Management::Deauthentication(Reason { reason, elements: &[] });
        let header = MacHeader::management(body.subtype(), station, self.config.bssid, self.config.bssid);
        let octets = body.to_vec().unwrap_or_default();
        let frame = match client.demands_protection() {
            true => client.keys.seal_pairwise(header, &octets),
            false => Some(frames::join(&header, &octets)),
        };
        out.extend(frame);
    }

    /// Deauthenticates every station at once.
    pub(super) fn deauthenticate_all(&mut self, reason: ReasonCode, out: &mut Frames) {
        let bssid = self.config.bssid;
        let body = Management::Deauthentication(Reason { reason, elements: &[] });
        let header = MacHeader::management(body.subtype(), MacAddress::BROADCAST, bssid, bssid);
        let octets = body.to_vec().unwrap_or_default();
        let sealed = self.group.seal_management(header, &octets);
        out.push(sealed.unwrap_or_else(|| frames::join(&header, &octets)));
        // They stay in reach, to hear it.
        self.clients.values_mut().for_each(|client| client.authorized = false);
    }

    pub(super) fn send_data(&mut self, station: MacAddress, payload: &[u8], out: &mut Frames) -> bool {
        let bssid = self.config.bssid;
        let Some(client) = self.clients.get_mut(&station).filter(|client| client.authorized) else {
            return false;
        };
        let header = MacHeader::data_from_ap(station, bssid, bssid);
        let Some(frame) = client
            .keys
            .seal_data(self.config.is_private(), header, &frames::snap(frames::DATA, payload))
        else {
            return false;
        };
        out.push(frame);
        true
    }

    pub(super) fn send_group_data(&mut self, payload: &[u8], out: &mut Frames) {
        let bssid = self.config.bssid;
        let header = MacHeader::data_from_ap(MacAddress::BROADCAST, bssid, bssid);
        let body = frames::snap(frames::DATA, payload);
        out.extend(self.group.seal(header, &body));
    }

    pub(super) fn handle_timeout(
        &mut self,
        now: Duration,
        station: MacAddress,
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) {
        self.pursue(now, station, rng, out);
        self.with_client(station, out, |client, effects| {
            if let Some(authenticator) = &mut client.authenticator {
                authenticator.handle_timeout(now, effects);
            }
        });
        self.ask_again(now, station, out);
    }

    pub(super) fn handle_frame(&mut self, now: Duration, frame: &[u8], rng: &mut ChaCha20Rng, out: &mut Frames) {
        let Some(frame) = frames::parse(frame).filter(|_| self.on) else {
            return;
        };
        match frame.header.frame_control.frame_type() {
            FrameType::Management => self.handle_management(now, &frame, rng, out),
            FrameType::Data => self.handle_data(now, &frame, rng, out),
            _ => {}
        }
    }

    fn handle_management(&mut self, now: Duration, frame: &Frame<'_>, rng: &mut ChaCha20Rng, out: &mut Frames) {
        let station = frame.header.transmitter();
        let client = self.clients.get_mut(&station);
        let protected = frame.header.frame_control.protected();
        let opened = match client.filter(|client| frames::is_robust(frame) && client.demands_protection()) {
            // Whoever sent it has no keys, or has lost them: the association is not touched.
            Some(client) => match client.keys.open(frame).filter(|_| protected) {
                Some(body) => Some(body),
                None => return,
            },
            None if protected => return,
            None => None,
        };
        let octets = opened.as_deref().unwrap_or(frame.body);
        let Ok(body) = Management::parse(frame.header.frame_control.subtype(), octets) else {
            return;
        };
        match body {
            Management::ProbeRequest(elements) => self.answer_probe(now, station, elements, out),
            Management::Authentication(request)
                if request.algorithm == Authentication::SAE && self.config.refuse_authentication.is_none() =>
            {
                let answers = self
                    .authenticating
                    .handle_sae(now, &self.config, station, &request, rng);
                for frame in answers {
                    let answer = Authentication {
                        algorithm: Authentication::SAE,
                        sequence: frame.transaction,
                        status: frame.status,
                        body: &frame.body,
                    };
                    self.send_management(station, &Management::Authentication(answer), out);
                }
            }
            Management::Authentication(request)
                if request.algorithm == Authentication::FAST_TRANSITION && request.sequence == 1 =>
            {
                let Some((status, body)) = self.answer_transition(now, station, request.body, rng) else {
                    return;
                };
                let answer = Authentication {
                    algorithm: Authentication::FAST_TRANSITION,
                    sequence: 2,
                    status,
                    body: &body,
                };
                self.send_management(station, &Management::Authentication(answer), out);
            }
            Management::ReassociationRequest { request, .. } => {
                self.reassociate(now, station, request.elements, rng, out);
            }
            Management::Authentication(request) if request.sequence == 1 => {
                self.answer_authentication(station, &request, out);
            }
            Management::AssociationRequest(request) => self.associate(now, station, request.elements, rng, out),
            Management::Action(action) if action.category == Action::FAST_BSS_TRANSITION => {
                self.take_errand(station, &action);
            }
            Management::Action(action) => self.handle_query(station, &action, out),
            Management::Deauthentication(_) | Management::Disassociation(_) => {
                self.clients.remove(&station);
            }
            _ => {}
        }
    }

    fn handle_data(&mut self, now: Duration, frame: &Frame<'_>, rng: &mut ChaCha20Rng, out: &mut Frames) {
        let station = frame.header.transmitter();
        let bssid = self.config.bssid;
        let Some(client) = self.clients.get_mut(&station) else {
            return;
        };
        let protected = frame.header.frame_control.protected();
        let body = if protected {
            client.keys.open(frame)
        } else {
            Some(frame.body.to_vec())
        };
        let Some(Snap { ethertype, payload }) = body.as_deref().and_then(|body| Snap::parse(body).ok()) else {
            return;
        };
        match ethertype {
            EtherType::EAPOL if Eapol::parse(payload).is_ok_and(|eapol| eapol.packet_type != PacketType::KEY) => {
                self.handle_user(now, station, payload, rng, out);
            }
            EtherType::EAPOL => {
                self.with_client(station, out, |client, effects| {
                    if let Some(authenticator) = &mut client.authenticator {
                        // A packet that is refused changes nothing; the time-outs go on.
                        let _ = authenticator.handle_eapol(now, payload, rng, effects);
                    }
                });
                if self.clients.get_mut(&station).is_some_and(|client| client.take_wish()) {
                    self.rekey_group(now, rng, out);
                }
            }
            _ if self
                .config
                .foreign
                .as_ref()
                .is_some_and(|foreign| foreign.ethertype == ethertype) =>
            {
                let header = MacHeader::data_from_ap(station, bssid, bssid);
                let answer = client.answer(payload);
                out.extend(answer.map(|answer| frames::join(&header, &frames::snap(ethertype, &answer))));
            }
            // The network behind this access point answers everything with its own octets.
            frames::DATA if protected == self.config.is_private() && client.authorized => {
                let header = MacHeader::data_from_ap(station, bssid, bssid);
                out.extend(client.keys.seal_data(
                    self.config.is_private(),
                    header,
                    &frames::snap(frames::DATA, payload),
                ));
            }
            _ => {}
        }
    }

    /// Lets an authenticator act, then does what it wants.
    fn with_client(&mut self, station: MacAddress, out: &mut Frames, act: impl FnOnce(&mut Client, &mut rsn::Effects)) {
        let bssid = self.config.bssid;
        let Some(client) = self.clients.get_mut(&station) else {
            return;
        };
        let mut effects = rsn::Effects::new();
        act(client, &mut effects);
        let was_authorized = client.authorized;
        let given_up = client.apply(station, bssid, &mut effects, out);
        if let Some(authenticator) = client
            .authenticator
            .as_ref()
            .filter(|_| client.authorized && !was_authorized)
        {
            transition::keep(self.config.mobility.as_ref(), authenticator);
        }
        let proved = users::proved(client, station, &self.config);
        if let Some((before, next)) = client.moved_timer() {
            self.alarms.push(Alarm { station, before, next });
        }
        if let Some((now, entry)) = proved {
            self.authenticating.keep(now, &self.config, entry);
        }
        if let Some(reason) = given_up {
            self.deauthenticate(station, reason, out);
        }
    }

    fn send_action(&mut self, station: MacAddress, body: &[u8], out: &mut Frames) {
        let bssid = self.config.bssid;
        let Some(client) = self.clients.get_mut(&station).filter(|client| client.is_associated()) else {
            return;
        };
        let header = MacHeader::management(management_subtype::ACTION, station, bssid, bssid);
        out.extend(match client.demands_protection() {
            true => client.keys.seal_pairwise(header, body),
            false => Some(frames::join(&header, body)),
        });
    }

    fn capability(&self) -> CapabilityInfo {
        match self.config.is_private() {
            true => CapabilityInfo::ESS.union(CapabilityInfo::PRIVACY),
            false => CapabilityInfo::ESS,
        }
    }

    fn send_management(&self, station: MacAddress, body: &Management<'_>, out: &mut Frames) {
        out.push(frames::management(station, self.config.bssid, self.config.bssid, body));
    }
}
