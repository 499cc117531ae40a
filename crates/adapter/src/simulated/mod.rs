//! A simulated radio world: stations that are adapters of a host, access points, and a bad medium
//! between them.
//!
//! Sans-I/O like everything above it: [`Simulation::advance`] moves the time, commands go in, adapter
//! events come out, and a seed replays a run exactly. What travels are whole IEEE 802.11 frames, encrypted
//! with the keys that were installed, so that data arrives only where both sides have opened the port
//! with the same keys.

mod access_point;
pub mod challenge;
mod frames;
mod keyring;
mod medium;
mod station;
mod world;

pub use access_point::{
    AccessPointConfig, Conversation, EapServer, Foreign, ManagementProtection, Mobility, NetworkPassword, Reply,
    Secrets, SharedKeys,
};
pub use medium::{Fate, Impairments};
pub use station::{CHANNEL, Traffic};
pub use world::{Pace, World, capabilities};

use crate::OwnedEvent;
use access_point::{AccessPoint, Errand};
use core::time::Duration;
use frame::codes::ReasonCode;
use frame::{Akm, MacAddress};
use host::adapter::Command;
use keys::Pmk;
use medium::{Item, Medium, Node};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use station::Station;
use std::collections::{HashMap, VecDeque};

/// A simulated adapter of a [`Simulation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StationId(usize);

/// An access point of a [`Simulation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessPointId(usize);

/// Looks at every frame that is sent, may change it, and decides what becomes of it.
pub type Tap = Box<dyn FnMut(Duration, &mut Vec<u8>) -> Fate + Send>;

/// The world. See the module.
pub struct Simulation {
    now: Duration,
    rng: ChaCha20Rng,
    medium: Medium,
    stations: Vec<Station>,
    access_points: Vec<AccessPoint>,
    addresses: HashMap<MacAddress, Node>,
    /// Access points by the name of their network.
    networks: HashMap<Vec<u8>, Vec<AccessPointId>>,
    events: VecDeque<(StationId, OwnedEvent)>,
    tap: Option<Tap>,
}

impl Simulation {
    /// An empty world. The same seed and the same calls lead to the same frames.
    #[must_use]
    pub fn new(seed: u64, impairments: Impairments) -> Self {
        Self {
            now: Duration::ZERO,
            rng: ChaCha20Rng::seed_from_u64(seed),
            medium: Medium::new(impairments),
            stations: Vec::new(),
            access_points: Vec::new(),
            addresses: HashMap::new(),
            networks: HashMap::new(),
            events: VecDeque::new(),
            tap: None,
        }
    }

    /// Adds an access point. It answers from now on.
    pub fn add_access_point(&mut self, config: AccessPointConfig) -> AccessPointId {
        let id = AccessPointId(self.access_points.len());
        self.addresses.insert(config.bssid, Node::AccessPoint(id));
        self.networks.entry(config.ssid.clone()).or_default().push(id);
        let access_point = AccessPoint::new(config, &mut self.rng);
        if let Some(at) = access_point.next_rekey(self.now) {
            self.medium.schedule(at, Item::Rekey(id));
        }
        self.access_points.push(access_point);
        id
    }

    /// Adds a station's adapter. Its events carry the identifier that this returns.
    pub fn add_station(&mut self, address: MacAddress) -> StationId {
        let id = StationId(self.stations.len());
        self.addresses.insert(address, Node::Station(id));
        self.stations.push(Station::new(address));
        id
    }

    /// Puts `tap` on the medium; it replaces an earlier one.
    pub fn set_tap(&mut self, tap: impl FnMut(Duration, &mut Vec<u8>) -> Fate + Send + 'static) {
        self.tap = Some(Box::new(tap));
    }

    /// The time of this world.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Executes a host's command on an adapter.
    pub fn execute(&mut self, id: StationId, command: Command) {
        let Some(station) = self.stations.get_mut(id.0) else {
            return;
        };
        let mut out = Vec::new();
        let mut events = Vec::new();
        station.execute(self.now, command, &mut out, &mut events);
        self.after_station(id, out, events);
    }

    /// Sends data of the operating system's from a station, with an EtherType of its own. False if the
    /// port is closed.
    pub fn send_data(&mut self, id: StationId, payload: &[u8]) -> bool {
        let Some(station) = self.stations.get_mut(id.0) else {
            return false;
        };
        let mut out = Vec::new();
        let sent = station.send_data(payload, &mut out);
        self.transmit(out);
        sent
    }

    /// What data a station has sent and received.
    #[must_use]
    pub fn traffic(&self, id: StationId) -> Traffic {
        self.stations.get(id.0).map(Station::traffic).unwrap_or_default()
    }

    /// The adapter of a station is pulled out.
    pub fn unplug(&mut self, id: StationId) {
        if let Some(station) = self.stations.get_mut(id.0) {
            self.addresses.remove(&station.address());
            station.reset();
            self.events.push_back((id, OwnedEvent::Removed));
        }
    }

    /// The adapter of a station resets itself.
    pub fn reset(&mut self, id: StationId) {
        if let Some(station) = self.stations.get_mut(id.0) {
            station.reset();
            self.events.push_back((id, OwnedEvent::Reset));
        }
    }

    /// Sends data from an access point to one of its stations, under the keys that it has. False if the
    /// station's port is closed there.
    pub fn send_data_to(&mut self, id: AccessPointId, station: MacAddress, payload: &[u8]) -> bool {
        let mut out = Vec::new();
        let Some(access_point) = self.access_points.get_mut(id.0) else {
            return false;
        };
        let sent = access_point.send_data(station, payload, &mut out);
        self.transmit(out);
        sent
    }

    /// Sends group addressed data from an access point.
    pub fn send_group_data(&mut self, id: AccessPointId, payload: &[u8]) {
        let mut out = Vec::new();
        if let Some(access_point) = self.access_points.get_mut(id.0) {
            access_point.send_group_data(payload, &mut out);
        }
        self.transmit(out);
    }

    /// An access point sends a beacon.
    pub fn send_beacon(&mut self, id: AccessPointId) {
        self.with_access_point(id, |access_point, now, _, out| access_point.send_beacon(now, out));
    }

    /// An access point changes its group key.
    pub fn rekey_group(&mut self, id: AccessPointId) {
        self.with_access_point(id, |access_point, now, rng, out| {
            access_point.rekey_group(now, rng, out)
        });
    }

    /// An access point changes the pairwise key of a station.
    pub fn rekey_pairwise(&mut self, id: AccessPointId, station: MacAddress) {
        self.with_access_point(id, |access_point, now, rng, out| {
            access_point.rekey_pairwise(now, station, rng, out);
        });
    }

    /// An access point authenticates the user of a station again.
    pub fn reauthenticate(&mut self, id: AccessPointId, station: MacAddress) {
        self.with_access_point(id, |access_point, now, _, out| {
            access_point.reauthenticate(now, station, out);
        });
    }

    /// An access point deauthenticates a station.
    pub fn deauthenticate(&mut self, id: AccessPointId, station: MacAddress, reason: ReasonCode) {
        self.with_access_point(id, |access_point, _, _, out| {
            access_point.deauthenticate(station, reason, out)
        });
    }

    /// An access point deauthenticates all its stations with one frame.
    pub fn deauthenticate_all(&mut self, id: AccessPointId, reason: ReasonCode) {
        self.with_access_point(id, |access_point, _, _, out| {
            access_point.deauthenticate_all(reason, out)
        });
    }

    /// An access point is switched off: it answers nothing and forgets everything.
    pub fn switch_off(&mut self, id: AccessPointId) {
        if let Some(access_point) = self.access_points.get_mut(id.0) {
            access_point.switch_off();
        }
    }

    /// An access point is switched on again.
    pub fn switch_on(&mut self, id: AccessPointId) {
        if let Some(access_point) = self.access_points.get_mut(id.0) {
            access_point.switch_on();
        }
    }

    /// Whether an access point considers a station's port open.
    #[must_use]
    pub fn is_authorized(&self, id: AccessPointId, station: MacAddress) -> bool {
        self.access_points
            .get(id.0)
            .is_some_and(|access_point| access_point.is_authorized(station))
    }

    /// The PMK that the last authentication of a station for this AKM has left at an access point: with SAE, without a
    /// secret, or of a user. Whoever has it can open what was captured of this world.
    #[must_use]
    pub fn pmk(&self, id: AccessPointId, station: MacAddress, akm: Akm) -> Option<Pmk> {
        self.access_points.get(id.0)?.kept(self.now, station, akm)
    }

    /// When the next thing happens in this world, if anything does.
    #[must_use]
    pub fn next_time(&self) -> Option<Duration> {
        self.medium.next_time()
    }

    /// Lets everything happen that happens up to `until`.
    pub fn advance(&mut self, until: Duration) {
        while let Some((at, item)) = self.medium.pop(until) {
            self.now = at;
            match item {
                Item::Frame(frame) => self.deliver(&frame),
                Item::Station(id) => {
                    let Some(station) = self.stations.get_mut(id.0) else {
                        continue;
                    };
                    let (mut out, mut events) = (Vec::new(), Vec::new());
                    station.handle_timeout(at, &mut out, &mut events);
                    self.after_station(id, out, events);
                }
                Item::Client(id, client) => self.with_access_point(id, |access_point, now, rng, out| {
                    access_point.handle_timeout(now, client, rng, out);
                }),
                Item::Rekey(id) => {
                    self.with_access_point(id, |access_point, now, rng, out| access_point.rekey_due(now, rng, out));
                    let next = self
                        .access_points
                        .get(id.0)
                        .and_then(|access_point| access_point.next_rekey(at));
                    if let Some(next) = next {
                        self.medium.schedule(next, Item::Rekey(id));
                    }
                }
            }
        }
        self.now = self.now.max(until);
    }

    /// The next event of an adapter, oldest first.
    pub fn poll_event(&mut self) -> Option<(StationId, OwnedEvent)> {
        self.events.pop_front()
    }

    fn deliver(&mut self, frame: &[u8]) {
        let Some(receiver) = frames::receiver(frame) else {
            return;
        };
        if !receiver.is_group() {
            match self.addresses.get(&receiver) {
                Some(Node::Station(id)) => self.deliver_to_station(*id, frame),
                Some(Node::AccessPoint(id)) => self.deliver_to_access_point(*id, frame),
                None => {}
            }
            return;
        }
        match frames::transmitter(frame).and_then(|sender| self.addresses.get(&sender)) {
            Some(Node::Station(_)) => {
                for id in self.hearers(frame) {
                    self.deliver_to_access_point(id, frame);
                }
            }
            Some(Node::AccessPoint(id)) => {
                let members = self
                    .access_points
                    .get(id.0)
                    .map(AccessPoint::members)
                    .unwrap_or_default();
                for member in members {
                    if let Some(Node::Station(id)) = self.addresses.get(&member) {
                        self.deliver_to_station(*id, frame);
                    }
                }
            }
            None => {}
        }
    }

    /// The access points that a group addressed frame of a station concerns: those of the network that it
    /// probes for, or all.
    fn hearers(&self, frame: &[u8]) -> Vec<AccessPointId> {
        match frames::probed_ssid(frame) {
            Some(ssid) => self.networks.get(ssid).cloned().unwrap_or_default(),
            None => (0..self.access_points.len()).map(AccessPointId).collect(),
        }
    }

    fn deliver_to_station(&mut self, id: StationId, frame: &[u8]) {
        let Some(station) = self.stations.get_mut(id.0) else {
            return;
        };
        let (mut out, mut events) = (Vec::new(), Vec::new());
        station.handle_frame(self.now, frame, &mut out, &mut events);
        self.after_station(id, out, events);
    }

    fn deliver_to_access_point(&mut self, id: AccessPointId, frame: &[u8]) {
        self.with_access_point(id, |access_point, now, rng, out| {
            access_point.handle_frame(now, frame, rng, out)
        });
    }

    fn after_station(&mut self, id: StationId, out: Vec<Vec<u8>>, events: Vec<OwnedEvent>) {
        self.transmit(out);
        self.events.extend(events.into_iter().map(|event| (id, event)));
        if let Some(at) = self.stations.get_mut(id.0).and_then(Station::take_timer) {
            self.medium.schedule(at, Item::Station(id));
        }
    }

    fn with_access_point(
        &mut self,
        id: AccessPointId,
        act: impl FnOnce(&mut AccessPoint, Duration, &mut ChaCha20Rng, &mut Vec<Vec<u8>>),
    ) {
        let Some(access_point) = self.access_points.get_mut(id.0) else {
            return;
        };
        let mut out = Vec::new();
        act(access_point, self.now, &mut self.rng, &mut out);
        let (alarms, errands) = (access_point.take_alarms(), access_point.take_errands());
        self.transmit(out);
        for errand in errands {
            self.run_errand(id, &errand);
        }
        for alarm in alarms {
            self.medium.set_alarm(id, &alarm);
        }
    }

    /// Takes what a station has to say from its access point to another one, and the answer back, over a wire without
    /// delay.
    fn run_errand(&mut self, id: AccessPointId, errand: &Errand) {
        let Some(Node::AccessPoint(target)) = self.addresses.get(&errand.target).copied() else {
            return;
        };
        let target = self.access_points.get_mut(target.0);
        let answer = target
            .and_then(|target| target.answer_transition(self.now, errand.station, &errand.elements, &mut self.rng));
        let mut out = Vec::new();
        if let (Some((status, elements)), Some(current)) = (answer, self.access_points.get_mut(id.0)) {
            current.return_errand(errand, status, &elements, &mut out);
        }
        self.transmit(out);
    }

    fn transmit(&mut self, frames: Vec<Vec<u8>>) {
        for mut frame in frames {
            let fate = match &mut self.tap {
                Some(tap) => tap(self.now, &mut frame),
                None => Fate::Pass,
            };
            if fate == Fate::Pass {
                self.medium.transmit(self.now, frame, &mut self.rng);
            }
        }
    }
}
