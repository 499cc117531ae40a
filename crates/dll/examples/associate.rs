//! A host that was not compiled with its extension: loads a library, and lets it bring a simulated station
//! onto simulated networks.
//!
//! `associate LIBRARY`, on Linux with `libportcullis_ihv.so`, on Windows with `portcullis_ihv.dll`. Each life
//! prints one line; the exit code is that of the worst.

use adapter::simulated::{
    AccessPointConfig, AccessPointId, EapServer, Impairments, ManagementProtection, Secrets, Simulation, StationId,
    World,
};
use core::time::Duration;
use extension::profile::{Secret, SecurityFragment};
use frame::{Akm, Cipher, MacAddress};
use host::event::{Event, Kind};
use host::outcome::Outcome;
use host::{Config, Host, NetworkProfile, OneXProfile};
use ihv::abi::Loaded;
use ihv::{ConnectivityProfile, HostAdapter};
use keys::{Pmk, Psk};
use onex::eap::Profile;
use onex::methods::mschapv2::Mschapv2;
use onex::server;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const SSID: &[u8] = b"portcullis";
const BSSID: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const KEY: [u8; 32] = [0x42; 32];

/// How long anything may take, in the library's time as in ours.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let Some(library) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: associate LIBRARY");
        return ExitCode::from(2);
    };
    let mut code = ExitCode::SUCCESS;
    for (name, life) in LIVES {
        match life(&library) {
            Ok(()) => println!("{name}: ok"),
            Err(error) => {
                println!("{name}: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

type Done = Result<(), Box<dyn Error>>;

/// What a station goes through.
type Script = fn(&Path) -> Done;

const LIVES: [(&str, Script); 4] = [
    ("wpa2-psk", wpa2_psk),
    ("sae pmk", sae_pmk),
    ("802.1x", onex),
    ("wrong key", wrong_key),
];

/// A network of WPA2.
fn wpa2_psk(library: &Path) -> Done {
    whole(
        library,
        AccessPointConfig::wpa2(SSID, BSSID, Psk::new(KEY)),
        Secret::Psk(Psk::new(KEY)),
        None,
    )
}

/// A network of WPA3. The driver has done SAE, as the interface has it, and both sides know the key that SAE has left.
fn sae_pmk(library: &Path) -> Done {
    let mut config = AccessPointConfig::wpa2(SSID, BSSID, Psk::new(KEY));
    config.akms = vec![Akm::SAE];
    config.management = ManagementProtection::Required(Cipher::BIP_CMAC_128);
    config.secrets = Secrets {
        pmk: Some(Pmk::new(&KEY)?),
        ..Secrets::default()
    };
    whole(library, config, Secret::Pmk(Pmk::new(&KEY)?), None)
}

/// A network that authenticates its users: the module of the host's does it, and its keys cross to the library.
fn onex(library: &Path) -> Done {
    const PASSWORD: &str = "open sesame";
    let mut config = AccessPointConfig::wpa2(SSID, BSSID, Psk::new(KEY));
    config.akms = vec![Akm::EAP];
    config.secrets = Secrets {
        eap: Some(EapServer::new(Duration::ZERO, || {
            vec![Box::new(server::Mschapv2 {
                password: PASSWORD.into(),
            })]
        })),
        ..Secrets::default()
    };
    let user = OneXProfile::new(|_| Profile {
        identity: Some(b"alice".to_vec()),
        offers: vec![Box::new(Mschapv2 {
            user: None,
            password: Some(PASSWORD.into()),
        })],
        needs_keys: true,
    });
    whole(library, config, Secret::OneX, Some(user))
}

/// An association, data, both rekeys, data, the end.
fn whole(library: &Path, config: AccessPointConfig, secret: Secret, user: Option<OneXProfile>) -> Done {
    let mut life = Life::begin(library, config)?;
    life.connect(&SecurityFragment::new(secret), user)?;
    life.expect("authorized", |kind| matches!(kind, Kind::Outcome(Outcome::Authorized)))?;
    life.talk()?;
    life.world.simulation.rekey_group(life.access_point);
    life.expect("a new group key", |kind| matches!(kind, Kind::GroupKeyInstalled { .. }))?;
    life.world.simulation.rekey_pairwise(life.access_point, STATION);
    life.expect("a new pairwise key", |kind| {
        matches!(kind, Kind::PairwiseKeyInstalled { .. })
    })?;
    life.talk()?;
    life.end()
}

/// The refusal has its reason on the other side of the boundary too.
fn wrong_key(library: &Path) -> Done {
    let mut config = AccessPointConfig::wpa2(SSID, BSSID, Psk::new([7; 32]));
    config.akms = vec![Akm::PSK];
    config.management = ManagementProtection::None;
    let mut life = Life::begin(library, config)?;
    life.connect(&SecurityFragment::new(Secret::Psk(Psk::new(KEY))), None)?;
    life.expect("wrong secret", |kind| {
        matches!(kind, Kind::Outcome(Outcome::WrongSecret(_)))
    })?;
    life.end()
}

/// One station on one network.
struct Life {
    world: World<Loaded>,
    access_point: AccessPointId,
    adapter: HostAdapter,
    station: StationId,
    began: Instant,
    events: Vec<Event>,
}

impl Life {
    fn begin(library: &Path, config: AccessPointConfig) -> Result<Self, Box<dyn Error>> {
        let loaded = isolate::load(library, Box::new(|| ()))?;
        let mut simulation = Simulation::new(1, Impairments::default());
        let access_point = simulation.add_access_point(config);
        let mut host = Host::new(loaded, Config::default())?;
        host.lend_onex(Duration::ZERO, Duration::ZERO, ChaCha20Rng::seed_from_u64(1));
        let mut world = World::new(host, simulation);
        let (adapter, station) = world.add_adapter(STATION)?;
        Ok(Self {
            world,
            access_point,
            adapter,
            station,
            began: Instant::now(),
            events: Vec::new(),
        })
    }

    fn connect(&mut self, security: &SecurityFragment, user: Option<OneXProfile>) -> Done {
        let profile = NetworkProfile {
            ssid: SSID.to_vec(),
            bssid: None,
            connectivity: ConnectivityProfile::default(),
            security: security.to_profile(),
            onex: user,
        };
        Ok(self.world.host.connect(self.world.now(), self.adapter, profile)?)
    }

    /// Lets the world go on at the pace of the clock, which the library goes by, until an event has come.
    fn expect(&mut self, what: &str, mut done: impl FnMut(&Kind) -> bool) -> Done {
        let deadline = self.began.elapsed() + PATIENCE;
        while self.began.elapsed() < deadline {
            self.go_on();
            while let Some(event) = self.world.poll_event() {
                let found = done(&event.kind);
                if let Kind::RuleBroken { .. } = event.kind {
                    return Err(format!("{event:?}").into());
                }
                self.events.push(event);
                if found {
                    return Ok(());
                }
            }
        }
        Err(format!("there is no {what} after {:#?}", self.events).into())
    }

    /// Data passes, both ways. The access point opens its port a little later than the station.
    fn talk(&mut self) -> Done {
        let before = self.world.simulation.traffic(self.station);
        let deadline = self.began.elapsed() + PATIENCE;
        while self.began.elapsed() < deadline {
            self.world.simulation.send_data(self.station, b"up");
            self.world.simulation.send_data_to(self.access_point, STATION, b"down");
            self.go_on();
            let after = self.world.simulation.traffic(self.station);
            if after.sent > before.sent && after.received > before.received {
                return Ok(());
            }
        }
        Err("no data passes".into())
    }

    /// Gives the library's threads a moment, and lets the world catch up with the clock.
    fn go_on(&mut self) {
        std::thread::sleep(Duration::from_millis(1));
        self.world.advance(self.began.elapsed());
    }

    /// The connection ends, the adapter leaves, the service ends, and the library is unloaded.
    fn end(mut self) -> Done {
        let now = self.world.now();
        self.world.host.disconnect(now, self.adapter);
        self.world.settle();
        self.world.host.remove_adapter(now, self.adapter);
        while let Some(event) = self.world.poll_event() {
            if let Kind::RuleBroken { .. } = event.kind {
                return Err(format!("{event:?}").into());
            }
        }
        drop(self.world.host.shutdown(now));
        Ok(())
    }
}
