//! Whole lives: each station follows a script, from its arrival to its removal.

mod ends;

use super::LIFETIME;
use super::capture::{Capture, tap};
use super::enterprise::{self, Enterprise};
use super::fault::Fault;
use super::kind::Kind as NetworkKind;
use super::network::Network;
use adapter::simulated::{self, Impairments, Pace, Simulation, StationId, World};
use core::time::Duration;
use frame::{Cipher, MacAddress};
use host::event::{Event, Kind};
use host::outcome::{Awaited, Outcome};
use host::{Config, Host, StartError};
use ihv::{Extension, HostAdapter};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What to simulate.
pub(super) struct Plan {
    pub stations: u32,
    pub seed: u64,
    pub impairments: Impairments,
    pub kind: NetworkKind,
    /// What the stations accept that has to be asked for.
    pub open: bool,
    pub legacy: bool,
    /// How users are authenticated, if they are.
    pub enterprise: Option<Enterprise>,
    pub pairwise: Cipher,
    pub group: Cipher,
    pub group_management: Option<Cipher>,
    pub beacon_protection: bool,
    pub fault: Option<Fault>,
    /// The access points have the sample algorithm, instead of an AKM.
    pub challenge: bool,
}

/// How many stations share an access point, so that a thousand do not hear each other's group frames.
const STATIONS_PER_NETWORK: u32 = 50;
/// How much later each station arrives than the one before.
const STAGGER: Duration = Duration::from_millis(3);
/// Data: so many packets before the rekey and so many after it, at this distance.
const PACKETS: u32 = 5;
const PACKET_DISTANCE: Duration = Duration::from_millis(5);
/// How long a changed key, or the last packet's answer, may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a station tries again on a bad medium.
const TRIES: u32 = 5;

/// All lives, and the world that they are lived in.
pub(super) struct Lives<E> {
    world: World<E>,
    lives: Vec<Life>,
    by_adapter: HashMap<HostAdapter, usize>,
    timers: BTreeSet<(Duration, usize)>,
    networks: Vec<Network>,
    bad_medium: bool,
    /// The port opens by a handshake, whose keys can be changed.
    has_handshake: bool,
    beacons: bool,
    fault: Option<Fault>,
    capture: Option<Arc<Mutex<Capture>>>,
    ended: u64,
    events: u64,
    started: Instant,
}

struct Life {
    adapter: HostAdapter,
    /// `None` until it is born.
    station: Option<StationId>,
    /// What `Lives::timers` holds for this life.
    timer: Option<Duration>,
    address: MacAddress,
    peer: Option<MacAddress>,
    stage: Stage,
    tries: u32,
    sent: u32,
    born: Duration,
    scanned: Duration,
    associated: Duration,
    authorized: Option<Duration>,
    failure: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Unborn,
    Joining,
    /// Data before the rekey, and after it.
    Talking {
        rekeyed: bool,
    },
    Rekeying {
        pairwise: bool,
        group: bool,
    },
    Leaving,
    Ended,
}

impl<E: Extension> Lives<E> {
    /// `pace` is for an extension with a time of its own.
    pub(super) fn new(
        plan: &Plan,
        capture: Option<Capture>,
        extension: E,
        pace: Option<Pace<E>>,
    ) -> Result<Self, StartError> {
        let mut simulation = Simulation::new(plan.seed, plan.impairments);
        let networks = (0..plan.stations.div_ceil(STATIONS_PER_NETWORK))
            .map(|index| Network::new(plan, index, &mut simulation))
            .collect();
        let capture = capture.map(|capture| Arc::new(Mutex::new(capture)));
        tap(&mut simulation, plan.fault, capture.clone());
        let mut host = Host::new(extension, Config::default())?;
        let rng = ChaCha20Rng::seed_from_u64(plan.seed ^ 0x1e_a9);
        host.lend_onex(Duration::ZERO, enterprise::EPOCH, rng);
        let world = World::new(host, simulation);
        let mut lives = Self {
            world: match pace {
                Some(pace) => world.with_pace(pace),
                None => world,
            },
            lives: (0..plan.stations).map(Life::new).collect(),
            by_adapter: HashMap::new(),
            timers: BTreeSet::new(),
            networks,
            bad_medium: plan.impairments != Impairments::default(),
            has_handshake: plan.kind.akm().is_some(),
            beacons: plan.beacon_protection,
            fault: plan.fault,
            capture,
            ended: 0,
            events: 0,
            started: Instant::now(),
        };
        for index in 0..plan.stations {
            lives.set_timer(index as usize, STAGGER * index);
        }
        Ok(lives)
    }

    pub(super) fn now(&self) -> Duration {
        self.world.now()
    }

    pub(super) fn ended(&self) -> u64 {
        self.ended
    }

    /// Lets the next thing happen and appends the events to `out`, with the names of their adapters.
    /// False once every life has ended and nothing is left to tell.
    pub(super) fn step(&mut self, out: &mut Vec<(Event, String)>) -> bool {
        self.end_overdue();
        let all_ended = self.ended == self.lives.len() as u64;
        match (self.timers.first().copied(), self.world.next_time()) {
            _ if all_ended => return false,
            (Some((at, index)), world) if world.is_none_or(|next| at <= next) => {
                self.clear_timer(index);
                self.world.advance(at.max(self.now()));
                self.act(index, out);
            }
            (_, Some(_)) => {
                self.world.step();
            }
            (_, None) => return false,
        }
        self.world.settle();
        self.observe(out);
        true
    }

    /// Ends the lives that an extension with a time of its own leaves without any end.
    fn end_overdue(&mut self) {
        if self.now() < LIFETIME + STAGGER * u32::try_from(self.lives.len()).unwrap_or(u32::MAX) {
            return;
        }
        for index in 0..self.lives.len() {
            if self.lives.get(index).is_some_and(|life| life.stage == Stage::Joining) {
                self.fail(index, Outcome::Silent(Awaited::Completion));
            }
        }
    }

    /// Takes the host's events, and lets the lives that they are about go on.
    fn observe(&mut self, out: &mut Vec<(Event, String)>) {
        while let Some(event) = self.world.poll_event() {
            let index = self.by_adapter.get(&event.adapter).copied();
            let kind = event.kind.clone();
            let peer = event.peer;
            self.events += 1;
            out.push((event, index.map_or_else(|| "sim".into(), |index| format!("sim{index}"))));
            if let Some(index) = index {
                self.react(index, &kind, peer);
                self.world.settle();
            }
        }
    }

    /// A timer of a life has run out.
    fn act(&mut self, index: usize, out: &mut Vec<(Event, String)>) {
        let now = self.now();
        let Some(life) = self.lives.get_mut(index) else { return };
        match life.stage {
            Stage::Unborn => self.be_born(index),
            Stage::Joining => self.join(index),
            Stage::Talking { .. } if life.sent < PACKETS => {
                life.sent += 1;
                let first = life.sent == 1;
                if let Some(station) = life.station {
                    self.world.simulation.send_data(station, b"ping");
                }
                if let (true, Some(network)) = (first, self.networks.get(network_index(index))) {
                    self.world
                        .simulation
                        .send_group_data(network.access_point, b"hello, all");
                    if self.beacons {
                        self.world.simulation.send_beacon(network.access_point);
                    }
                }
                self.set_timer(index, now + PACKET_DISTANCE);
            }
            Stage::Talking { rekeyed: false } if self.has_handshake => self.rekey(index),
            Stage::Talking { .. } => self.leave(index, out),
            // The keys were not changed in time: the medium has lost too much.
            Stage::Rekeying { .. } => self.talk(index, true),
            Stage::Leaving | Stage::Ended => {}
        }
    }

    /// Something has happened to a life.
    fn react(&mut self, index: usize, kind: &Kind, peer: Option<MacAddress>) {
        let now = self.now();
        let Some(life) = self.lives.get_mut(index) else { return };
        match kind {
            Kind::ScanStarted { .. } => life.scanned = now,
            Kind::PortCreated { .. } => {
                life.associated = now;
                life.peer = peer;
                // It has to stay here: the port is closed.
                if let Some(station) = life.station.filter(|_| self.has_handshake) {
                    self.world.simulation.send_data(station, b"too early");
                }
            }
            Kind::PacketSent { .. } => self.strike(index, Fault::strikes_in_handshake),
            Kind::PairwiseKeyInstalled { .. } | Kind::GroupKeyInstalled { .. } => self.key_changed(index, kind),
            Kind::Outcome(Outcome::Authorized) => {
                life.authorized = Some(now);
                self.talk(index, false);
                self.strike(index, Fault::strikes_when_open);
            }
            Kind::Outcome(outcome) | Kind::RoamFailed { outcome }
                if !matches!(life.stage, Stage::Leaving | Stage::Ended) =>
            {
                self.fail(index, *outcome);
            }
            _ => {}
        }
    }

    fn be_born(&mut self, index: usize) {
        let Some(life) = self.lives.get_mut(index) else { return };
        // The built-in extension refuses no adapter.
        let capabilities = self.fault.map_or_else(simulated::capabilities, Fault::capabilities);
        let Ok((adapter, station)) = self.world.add_adapter_with(life.address, capabilities) else {
            return;
        };
        (life.adapter, life.station) = (adapter, Some(station));
        life.born = self.world.now();
        self.by_adapter.insert(adapter, index);
        self.join(index);
    }

    fn join(&mut self, index: usize) {
        let now = self.now();
        let Some(network) = self.networks.get(network_index(index)) else {
            return;
        };
        let mut profile = network.profile.clone();
        if self.fault == Some(Fault::Absent) {
            profile.ssid = b"elsewhere".to_vec();
        }
        let Some(life) = self.lives.get_mut(index) else { return };
        life.stage = Stage::Joining;
        life.tries += 1;
        if self.world.host.connect(now, life.adapter, profile).is_err() {
            // It is still busy with what it failed at.
            self.set_timer(index, now + PATIENCE);
        }
    }

    fn talk(&mut self, index: usize, rekeyed: bool) {
        let now = self.now();
        let Some(life) = self.lives.get_mut(index) else { return };
        life.stage = Stage::Talking { rekeyed };
        life.sent = 0;
        self.set_timer(index, now + PACKET_DISTANCE);
    }

    fn rekey(&mut self, index: usize) {
        let now = self.now();
        let Some(life) = self.lives.get_mut(index) else { return };
        life.stage = Stage::Rekeying {
            pairwise: false,
            group: false,
        };
        let address = life.address;
        self.set_timer(index, now + PATIENCE);
        if let Some(network) = self.networks.get(network_index(index)) {
            self.world.simulation.rekey_group(network.access_point);
            self.world.simulation.rekey_pairwise(network.access_point, address);
        }
    }

    /// A key has been installed while the keys are being changed.
    fn key_changed(&mut self, index: usize, kind: &Kind) {
        let Some(life) = self.lives.get_mut(index) else { return };
        let Stage::Rekeying { pairwise, group } = &mut life.stage else {
            return;
        };
        *pairwise |= matches!(kind, Kind::PairwiseKeyInstalled { .. });
        *group |= matches!(kind, Kind::GroupKeyInstalled { .. });
        if *pairwise && *group {
            self.clear_timer(index);
            // The access point installs its side when message 4 has arrived.
            self.talk(index, true);
        }
    }

    fn set_timer(&mut self, index: usize, at: Duration) {
        self.clear_timer(index);
        if let Some(life) = self.lives.get_mut(index) {
            life.timer = Some(at);
            self.timers.insert((at, index));
        }
    }

    fn clear_timer(&mut self, index: usize) {
        if let Some(at) = self.lives.get_mut(index).and_then(|life| life.timer.take()) {
            self.timers.remove(&(at, index));
        }
    }

    pub(super) fn finish_capture(&mut self) -> io::Result<()> {
        match self.capture.as_ref().map(|capture| capture.lock()) {
            Some(Ok(mut capture)) => capture.finish(),
            Some(Err(_)) => Err(io::Error::other("the capture was left half written")),
            None => Ok(()),
        }
    }
}

impl Life {
    fn new(index: u32) -> Self {
        let [a, b, c, d] = index.to_be_bytes();
        Self {
            adapter: HostAdapter(0),
            station: None,
            timer: None,
            address: MacAddress([0x02, 0x01, a, b, c, d]),
            peer: None,
            stage: Stage::Unborn,
            tries: 0,
            sent: 0,
            born: Duration::ZERO,
            scanned: Duration::ZERO,
            associated: Duration::ZERO,
            authorized: None,
            failure: None,
        }
    }
}

fn network_index(station: usize) -> usize {
    station / STATIONS_PER_NETWORK as usize
}
