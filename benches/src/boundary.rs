//! What a packet costs more that goes through the tables of C.

use crate::clock::median;
use crate::row::{Promise, Row};
use adapter::simulated::{AccessPointConfig, AccessPointId, Impairments, Simulation, World};
use core::time::Duration;
use extension::BuiltIn;
use extension::profile::{Secret, SecurityFragment};
use frame::MacAddress;
use host::{Config, Host, NetworkProfile};
use ihv::abi::{Exported, Loaded, Provisions, Service};
use ihv::{ConnectivityProfile, Extension, HostAdapter};
use keys::Psk;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::time::Instant;

const SSID: &[u8] = b"boundary";
const BSSID: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
/// Of a change of keys: two are received, two are sent.
const PACKETS: u32 = 4;
/// Enough for a change of keys, in simulated time.
const REKEYED: Duration = Duration::from_millis(4);

/// The built-in extension behind the tables.
struct Library;

impl Exported for Library {
    fn service() -> &'static Service {
        static SERVICE: Service = Service::new(Provisions::new(|| Ok(Box::new(built_in()))));
        &SERVICE
    }
}

/// The row of the table.
///
/// # Panics
/// If a port does not open.
#[must_use]
#[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
pub fn row() -> Row {
    const ROUNDS: usize = 101;
    const REKEYS: u32 = 100;
    let loaded = Loaded::exported::<Library>(Box::new(|| ())).expect("the extension says its versions");
    let (mut tables, mut direct) = (Life::new(loaded), Life::new(built_in()));
    let mut times = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        times.0.push(tables.rekey(REKEYS) / PACKETS);
        times.1.push(direct.rekey(REKEYS) / PACKETS);
    }
    let (tables, direct) = (median(&mut times.0).as_secs_f64(), median(&mut times.1).as_secs_f64());
    Row {
        what: "a packet through the tables of C, µs more".into(),
        detail: format!(
            "{:.2} µs / {:.2} µs, {:.2} times as long; everything else that it takes included",
            tables * 1e6,
            direct * 1e6,
            tables / direct
        ),
        found: (tables - direct) * 1e6,
        promise: Promise::AtMost(1.0),
    }
}

fn built_in() -> BuiltIn<ChaCha20Rng> {
    BuiltIn::new(ChaCha20Rng::seed_from_u64(2))
}

/// One station with an open port.
struct Life<E> {
    world: World<E>,
    access_point: AccessPointId,
    adapter: HostAdapter,
}

impl<E: Extension> Life<E> {
    /// At the pace of the clock: behind the tables the extension goes by it.
    #[expect(clippy::expect_used, reason = "a benchmark ends where its subject fails")]
    fn new(extension: E) -> Self {
        let psk = || Psk::new([0x42; 32]);
        let mut simulation = Simulation::new(1, Impairments::default());
        let access_point = simulation.add_access_point(AccessPointConfig::wpa2(SSID, BSSID, psk()));
        let config = Config {
            events: false,
            ..Config::default()
        };
        let mut world = World::new(Host::new(extension, config).expect("the extension starts"), simulation);
        let (adapter, _) = world.add_adapter(STATION).expect("the extension serves the adapter");
        let profile = NetworkProfile {
            ssid: SSID.to_vec(),
            bssid: None,
            connectivity: ConnectivityProfile::default(),
            security: SecurityFragment::new(Secret::Psk(psk())).to_profile(),
            onex: None,
        };
        world
            .host
            .connect(Duration::ZERO, adapter, profile)
            .expect("the adapter is free");
        let mut life = Self {
            world,
            access_point,
            adapter,
        };
        let begin = Instant::now();
        while !life.is_open() {
            assert!(begin.elapsed() < Duration::from_secs(10), "the port opens");
            std::thread::sleep(Duration::from_millis(1));
            life.world.advance(begin.elapsed());
        }
        life
    }

    fn is_open(&self) -> bool {
        let port = self.world.host.port(self.adapter, BSSID);
        port.is_some_and(|port| port.authorized)
    }

    /// Changes the pairwise keys. Returns what one change costs.
    fn rekey(&mut self, count: u32) -> Duration {
        let begin = Instant::now();
        for _ in 0..count {
            self.world.simulation.rekey_pairwise(self.access_point, STATION);
            self.world.advance(self.world.now() + REKEYED);
        }
        let cost = begin.elapsed() / count;
        // A change of keys that fails ends the association.
        assert!(self.is_open(), "the keys have changed");
        cost
    }
}
