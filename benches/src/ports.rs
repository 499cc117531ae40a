//! A host full of ports: how large one is, and whether a hundred thousand slow each other down.

use crate::row::{Promise, Row};
use adapter::simulated::{AccessPointConfig, AccessPointId, Impairments, Simulation, World};
use core::time::Duration;
use extension::BuiltIn;
use extension::profile::{Secret, SecurityFragment};
use frame::MacAddress;
use host::{Config, Host, NetworkProfile};
use ihv::{ConnectivityProfile, HostAdapter};
use keys::Psk;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::time::Instant;

const FEW: u32 = 100;
const MANY: u32 = 100_000;
/// How many ports the size of one is averaged over.
const SIZED: u32 = 2_000;
const STATIONS_PER_NETWORK: u32 = 50;
const STAGGER: Duration = Duration::from_millis(3);

/// A world in which every port is open.
struct Crowd {
    world: World<BuiltIn<ChaCha20Rng>>,
    networks: Vec<AccessPointId>,
    members: Vec<(HostAdapter, MacAddress)>,
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
        }
    }

    /// Opens ports, one after the other as users arrive, until there are `ports`.
    #[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
    fn fill(&mut self, ports: u32) {
        let profile = SecurityFragment::new(Secret::Psk(psk())).to_profile();
        while (self.members.len() as u32) < ports {
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
                security: profile.clone(),
            };
            self.world
                .host
                .connect(self.world.now(), adapter, profile)
                .expect("the adapter is free");
            self.members.push((adapter, address));
            self.world.advance(self.world.now() + STAGGER);
        }
        self.world.advance(self.world.now() + Duration::from_secs(1));
    }

    fn all_open(&self) -> bool {
        self.members.iter().enumerate().all(|(index, (adapter, _))| {
            let peer = bssid(index as u32 / STATIONS_PER_NETWORK);
            self.world.host.port(*adapter, peer).is_some_and(|port| port.authorized)
        })
    }

    /// Changes the pairwise keys of `count` ports, picked at random: four packets and their keys each.
    fn rekey(&mut self, count: u32, rng: &mut ChaCha20Rng) {
        for _ in 0..count {
            let index = rng.next_u32() as usize % self.members.len();
            let network = self.networks.get(index / STATIONS_PER_NETWORK as usize);
            if let (Some((_, address)), Some(network)) = (self.members.get(index), network) {
                self.world.simulation.rekey_pairwise(*network, *address);
                self.world.advance(self.world.now() + STAGGER);
            }
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

/// The cost of a rekey, of ports picked at random, with few and with many ports in the host.
///
/// # Panics
/// If a port does not open.
#[must_use]
pub fn scale() -> Row {
    const REKEYS: u32 = 2_000;
    const ROUNDS: usize = 9;
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut few = Crowd::new(FEW);
    few.fill(FEW);
    let mut many = Crowd::new(MANY);
    many.fill(MANY);
    assert!(few.all_open() && many.all_open(), "every port opens");
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (crowd, times) in [(&mut few, &mut small), (&mut many, &mut large)] {
            let start = Instant::now();
            crowd.rekey(REKEYS, &mut rng);
            times.push(start.elapsed() / REKEYS);
        }
    }
    let (small, large) = (crate::clock::median(&mut small), crate::clock::median(&mut large));
    Row {
        what: "a rekey among 100 000 ports / among 100".into(),
        detail: format!(
            "{:.2} µs / {:.2} µs",
            large.as_secs_f64() * 1e6,
            small.as_secs_f64() * 1e6
        ),
        found: large.as_secs_f64() / small.as_secs_f64(),
        promise: Promise::AtMost(1.3),
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
