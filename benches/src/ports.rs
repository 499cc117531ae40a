//! A host full of ports: how large one is, and whether a hundred thousand slow each other down.

use crate::clock::median;
use crate::row::{Promise, Row};
use adapter::simulated::{AccessPointConfig, AccessPointId, Impairments, Simulation, World};
use core::time::Duration;
use extension::BuiltIn;
use extension::profile::{Secret, SecurityFragment};
use frame::MacAddress;
use host::{Config, Host, NetworkProfile};
use ihv::{ConnectivityProfile, HostAdapter, SecurityProfile};
use keys::Psk;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::time::Instant;

const FEW: u32 = 100;
const MANY: u32 = 100_000;
/// How many ports the size of one is averaged over.
const SIZED: u32 = 2_000;
const STATIONS_PER_NETWORK: u32 = 50;
/// Long enough for a scan, an association and a handshake, and for a change of keys.
const JOINED: Duration = Duration::from_millis(40);
const REKEYED: Duration = Duration::from_millis(4);

/// A world in which every port is open.
struct Crowd {
    world: World<BuiltIn<ChaCha20Rng>>,
    networks: Vec<AccessPointId>,
    members: Vec<(HostAdapter, MacAddress)>,
    security: SecurityProfile,
}

impl Crowd {
    fn new(ports: u32) -> Self {
        let mut simulation = Simulation::new(1, Impairments::default());
        let networks = (0..ports.div_ceil(STATIONS_PER_NETWORK))
            .map(|index| simulation.add_access_point(AccessPointConfig::wpa2(&ssid(index), bssid(index), psk())))
            .collect();
        let config = Config {
            events: false,
            ..Config::default()
        };
        let extension = BuiltIn::new(ChaCha20Rng::seed_from_u64(2));
        #[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
        let host = Host::new(extension, config).expect("the extension starts");
        Self {
            world: World::new(host, simulation),
            networks,
            members: Vec::new(),
            security: SecurityFragment::new(Secret::Psk(psk())).to_profile(),
        }
    }

    /// Opens ports, one after the other as users arrive, until there are `ports`.
    fn fill(&mut self, ports: u32) {
        while (self.members.len() as u32) < ports {
            self.join();
        }
    }

    /// A user arrives, and a port opens.
    #[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
    fn join(&mut self) {
        let index = self.members.len() as u32;
        let address = address(index);
        let (adapter, _) = self
            .world
            .add_adapter(address)
            .expect("the extension serves the adapter");
        let profile = NetworkProfile {
            ssid: ssid(index / STATIONS_PER_NETWORK),
            bssid: None,
            connectivity: ConnectivityProfile::default(),
            security: self.security.clone(),
            onex: None,
        };
        let now = self.world.now();
        self.world
            .host
            .connect(now, adapter, profile)
            .expect("the adapter is free");
        self.members.push((adapter, address));
        self.world.advance(now + JOINED);
    }

    fn all_open(&self) -> bool {
        self.members.iter().enumerate().all(|(index, (adapter, _))| {
            let peer = bssid(index as u32 / STATIONS_PER_NETWORK);
            self.world.host.port(*adapter, peer).is_some_and(|port| port.authorized)
        })
    }

    /// Adds ports until there are `ports`, and changes the keys of each. Returns what one of them cost.
    fn live(&mut self, ports: u32) -> Duration {
        let first = self.members.len();
        let start = Instant::now();
        while (self.members.len() as u32) < ports {
            self.join();
            self.rekey(self.members.len() - 1);
        }
        start.elapsed() / (ports - first as u32).max(1)
    }

    /// Changes the pairwise keys of ports picked at random. Returns what one change cost.
    fn rekey_any(&mut self, count: u32, rng: &mut ChaCha20Rng) -> Duration {
        let start = Instant::now();
        for _ in 0..count {
            self.rekey(rng.next_u32() as usize % self.members.len());
        }
        start.elapsed() / count
    }

    /// Four packets, and their keys.
    fn rekey(&mut self, index: usize) {
        let network = self.networks.get(index / STATIONS_PER_NETWORK as usize);
        if let (Some((_, address)), Some(network)) = (self.members.get(index), network) {
            self.world.simulation.rekey_pairwise(*network, *address);
            self.world.advance(self.world.now() + REKEYED);
        }
    }
}

/// How many octets an open port adds to host and extension, by a count of the allocator's live octets
/// before and after they are dropped. The simulated adapter and its access point do not count.
///
/// # Panics
/// If a port does not open.
pub fn size(live_octets: impl Fn() -> usize) -> Row {
    let mut crowd = Crowd::new(SIZED);
    crowd.fill(SIZED);
    assert!(crowd.all_open(), "every port opens");
    let World { host, simulation, .. } = crowd.world;
    let before = live_octets();
    drop(host);
    let octets = before.saturating_sub(live_octets()) as f64 / f64::from(SIZED);
    drop(simulation);
    Row {
        what: "state of an open port / 4 KiB".into(),
        detail: format!("{octets:.0} octets of host and extension"),
        found: octets / 4096.0,
        promise: Promise::AtMost(1.0),
    }
}

/// The cost of a port's life (from its connection to its open port, and a change of its keys) with few
/// and with many ports open in one host, and of a change of keys on ports picked at random.
///
/// # Panics
/// If a port does not open.
#[must_use]
pub fn scale() -> [Row; 2] {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    // As much work as the many do, in turns with them.
    const TURNS: u32 = 20;
    let mut many = Crowd::new(MANY);
    let (mut small, mut large) = (Vec::new(), Vec::new());
    let mut few = Crowd::new(FEW);
    for turn in 1..=TURNS {
        let target = MANY / TURNS * turn;
        large.push(many.live(target));
        let lives = (0..MANY / TURNS / FEW).map(|_| {
            few = Crowd::new(FEW);
            few.live(FEW)
        });
        let mut lives: Vec<Duration> = lives.collect();
        small.push(median(&mut lives));
    }
    assert!(few.all_open() && many.all_open(), "every port opens");
    // The first turn has few ports in either host; the last has all of them.
    let last = large.last().copied().unwrap_or_default();
    let life = row(
        "a port's life, with 100 000 open / with 100",
        last,
        median(&mut small),
        Promise::AtMost(1.3),
    );

    const REKEYS: u32 = 2_000;
    const ROUNDS: usize = 9;
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        small.push(few.rekey_any(REKEYS, &mut rng));
        large.push(many.rekey_any(REKEYS, &mut rng));
    }
    let rekey = row(
        "a rekey of any of 100 000 / of 100",
        median(&mut large),
        median(&mut small),
        Promise::Nothing,
    );
    [life, rekey]
}

fn row(what: &str, large: Duration, small: Duration, promise: Promise) -> Row {
    Row {
        what: what.into(),
        detail: format!(
            "{:.2} µs / {:.2} µs",
            large.as_secs_f64() * 1e6,
            small.as_secs_f64() * 1e6
        ),
        found: large.as_secs_f64() / small.as_secs_f64(),
        promise,
    }
}

fn psk() -> Psk {
    Psk::new([0x42; 32])
}

fn ssid(network: u32) -> Vec<u8> {
    format!("portcullis-{network}").into_bytes()
}

fn bssid(network: u32) -> MacAddress {
    let [a, b, c, d] = network.to_be_bytes();
    MacAddress([0x02, 0xa0, a, b, c, d])
}

fn address(station: u32) -> MacAddress {
    let [a, b, c, d] = station.to_be_bytes();
    MacAddress([0x02, 0x01, a, b, c, d])
}
