//! What an extension that crashes or hangs takes with it, and what not.

use crate::libraries::{compile, sample};
use adapter::simulated::{AccessPointConfig, Impairments, Simulation, StationId, World, challenge};
use core::time::Duration;
use extension::BuiltIn;
use extension::profile::{Secret, SecurityFragment};
use frame::MacAddress;
use host::adapter::AdapterEvent;
use host::event::{Event, Kind};
use host::outcome::{Defect, Outcome};
use host::{Config, Host, NetworkProfile};
use ihv::{ConnectivityProfile, Extension, HostAdapter, SecurityProfile, Win32Error};
use isolate::{Fault, Isolated};
use keys::Psk;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::process::Command;
use std::sync::mpsc;
use zeroize::Zeroizing;

const SSID: &[u8] = b"portcullis";
const BSSID: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa0]);
const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const LIMIT: Duration = Duration::from_millis(500);
const LONG: Duration = Duration::from_secs(10);

fn isolated(library: &str) -> Isolated {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(["extension", "serve", library]);
    Isolated::start(command, LIMIT, Box::new(|| {})).unwrap()
}

fn network(secret: [u8; 16]) -> Simulation {
    let mut simulation = Simulation::new(1, Impairments::default());
    simulation.add_access_point(AccessPointConfig {
        akms: Vec::new(),
        foreign: Some(challenge::challenge(secret, BSSID)),
        ..AccessPointConfig::wpa2(SSID, BSSID, Psk::new([0; 32]))
    });
    simulation
}

/// A network with the sample algorithm, and a station with a foreign extension.
fn world(library: &str) -> (World<Isolated>, HostAdapter) {
    let (world, adapter, _) = world_of_station(library);
    (world, adapter)
}

/// The same, with the station's number in the simulation.
fn world_of_station(library: &str) -> (World<Isolated>, HostAdapter, StationId) {
    let host = Host::new(isolated(library), Config::default()).unwrap();
    let mut world = World::new(host, network([0x11; 16])).with_pace(Box::new(Isolated::wait));
    let (adapter, station) = world.add_adapter(STATION).unwrap();
    (world, adapter, station)
}

fn profile(security: SecurityProfile) -> NetworkProfile {
    NetworkProfile {
        ssid: SSID.to_vec(),
        bssid: None,
        connectivity: ConnectivityProfile::default(),
        security,
        onex: None,
    }
}

/// Connects, and returns the outcome of that.
fn connect<E: Extension>(world: &mut World<E>, adapter: HostAdapter, security: SecurityProfile) -> Outcome {
    world.host.connect(world.now(), adapter, profile(security)).unwrap();
    outcome(world)
}

/// Waits for the next outcome.
fn outcome<E: Extension>(world: &mut World<E>) -> Outcome {
    let deadline = world.now() + LONG;
    let events = world.run(deadline, |event| matches!(event.kind, Kind::Outcome(_)));
    match events.last().map(|event| &event.kind) {
        Some(Kind::Outcome(outcome)) => *outcome,
        _ => unreachable!("there is no outcome among {events:?}"),
    }
}

fn challenged() -> SecurityProfile {
    SecurityProfile {
        xml: Zeroizing::new(format!(r#"<challenge secret="{}"/>"#, "11".repeat(16))),
        use_onex: false,
    }
}

fn is_open<E: Extension>(world: &World<E>, adapter: HostAdapter) -> bool {
    world.host.port(adapter, BSSID).is_some_and(|port| port.authorized)
}

/// The extension's process ends as if it had crashed.
fn kill(world: &World<Isolated>) {
    let process = world.host.extension().process().to_string();
    let killed = Command::new("kill").args(["-ABRT", &process]).status();
    assert!(killed.unwrap().success());
}

#[test]
fn an_open_port_is_closed_when_its_extension_is_killed_and_the_host_goes_on() {
    let Some(library) = sample("challenge") else { return };
    let (mut world, adapter) = world(&library);
    assert_eq!(connect(&mut world, adapter, challenged()), Outcome::Authorized);
    assert!(is_open(&world, adapter));

    kill(&world);
    assert_eq!(outcome(&mut world), Outcome::Internal(Defect::Crashed));
    assert!(!is_open(&world, adapter));
    assert!(matches!(world.host.extension().fault(), Some(Fault::Ended(_))));

    // The host is asked on, and says what has become of the extension.
    world.host.disconnect(world.now(), adapter);
    world.settle();
    while world.poll_event().is_some() {}
    assert_eq!(
        connect(&mut world, adapter, challenged()),
        Outcome::Internal(Defect::Crashed)
    );
    let another = world.add_adapter(MacAddress([2, 0, 0, 0, 0, 2]));
    assert_eq!(another, Err(Win32Error::PROCESS_ABORTED));
    world.host.remove_adapter(world.now(), adapter);
    let now = world.now();
    world.host.shutdown(now);
}

#[test]
fn an_extension_that_was_killed_is_started_again_and_joins_again() {
    let Some(library) = sample("challenge") else { return };
    let (mut world, adapter) = world(&library);
    assert_eq!(connect(&mut world, adapter, challenged()), Outcome::Authorized);
    kill(&world);
    assert_eq!(outcome(&mut world), Outcome::Internal(Defect::Crashed));
    let now = world.now();
    let old = world.host.restart(now, isolated(&library)).unwrap();
    assert!(old.fault().is_some() && world.host.extension().fault().is_none());
    world.settle();
    while world.poll_event().is_some() {}
    assert_eq!(connect(&mut world, adapter, challenged()), Outcome::Authorized);
    assert!(is_open(&world, adapter));
}

/// One process has all adapters of its host.
#[test]
fn all_ports_of_an_extension_that_ends_are_closed_and_come_up_again_with_the_next() {
    let Some(library) = sample("challenge") else { return };
    let (mut world, first) = world(&library);
    let (second, _) = world.add_adapter(MacAddress([2, 0, 0, 0, 0, 2])).unwrap();
    let both = [first, second];
    for adapter in both {
        assert_eq!(connect(&mut world, adapter, challenged()), Outcome::Authorized);
    }
    kill(&world);
    let mut hit = Vec::new();
    let deadline = world.now() + LONG;
    world.run(deadline, |event| {
        if matches!(event.kind, Kind::Outcome(Outcome::Internal(Defect::Crashed))) {
            hit.push(event.adapter);
        }
        hit.len() == both.len()
    });
    hit.sort();
    assert_eq!(hit, both);
    assert!(!both.iter().any(|adapter| is_open(&world, *adapter)));

    let now = world.now();
    world.host.restart(now, isolated(&library)).unwrap();
    world.settle();
    while world.poll_event().is_some() {}
    for adapter in both {
        assert_eq!(connect(&mut world, adapter, challenged()), Outcome::Authorized);
    }
    assert!(both.iter().all(|adapter| is_open(&world, *adapter)));
}

#[test]
fn a_crash_and_a_hang_in_a_handler_have_their_outcomes() {
    for (name, defect) in [("crash", Defect::Crashed), ("hang", Defect::Hung)] {
        let Some(library) = sample(name) else { return };
        let (mut world, adapter) = world(&library);
        assert_eq!(
            connect(&mut world, adapter, challenged()),
            Outcome::Internal(defect),
            "{name}"
        );
        assert!(!is_open(&world, adapter));
    }
}

#[test]
fn the_ports_of_other_extensions_stay_open_when_one_crashes() {
    let Some(library) = sample("crash") else { return };
    let psk = || Psk::new([0x42; 32]);
    let mut simulation = Simulation::new(1, Impairments::default());
    simulation.add_access_point(AccessPointConfig::wpa2(SSID, BSSID, psk()));
    let built_in = BuiltIn::new(ChaCha20Rng::seed_from_u64(1));
    let mut other = World::new(Host::new(built_in, Config::default()).unwrap(), simulation);
    let (adapter, station) = other.add_adapter(STATION).unwrap();
    let security = SecurityFragment::new(Secret::Psk(psk())).to_profile();
    assert_eq!(connect(&mut other, adapter, security), Outcome::Authorized);

    let (mut world, foreign) = world(&library);
    assert_eq!(
        connect(&mut world, foreign, challenged()),
        Outcome::Internal(Defect::Crashed)
    );

    assert!(is_open(&other, adapter));
    assert!(other.simulation.send_data(station, b"still there"));
    other.advance(other.now() + Duration::from_secs(1));
    assert_eq!(other.simulation.traffic(station).received, 1);
}

/// Each extension has a thread of its host's, as each adapter has a daemon: whoever waits for one does not keep the others.
#[test]
fn traffic_goes_on_while_another_extension_hangs_or_crashes() {
    const ROUND: Duration = Duration::from_millis(10);
    let Some(good) = sample("challenge") else { return };
    let (mut world, adapter, station) = world_of_station(&good);
    assert_eq!(connect(&mut world, adapter, challenged()), Outcome::Authorized);
    for (name, defect) in [("hang", Defect::Hung), ("crash", Defect::Crashed)] {
        let Some(bad) = sample(name) else { return };
        let (begins, begun) = mpsc::channel();
        let other = std::thread::spawn(move || {
            let (mut world, adapter) = self::world(&bad);
            world.host.connect(world.now(), adapter, profile(challenged())).unwrap();
            let deadline = world.now() + LONG;
            world.run(deadline, |event| {
                matches!(event.kind, Kind::PreAssociationCompleted { .. })
            });
            begins.send(()).unwrap();
            outcome(&mut world)
        });
        begun.recv().unwrap();
        let (begin, before) = (world.now(), world.simulation.traffic(station).received);
        let mut rounds = 0_u64;
        while !other.is_finished() {
            assert!(world.simulation.send_data(station, b"still there"));
            world.advance(world.now() + ROUND);
            rounds += 1;
        }
        assert_eq!(other.join().unwrap(), Outcome::Internal(defect), "{name}");
        // Every packet was answered, in the time that the simulation takes for it and no other.
        assert_eq!(world.simulation.traffic(station).received, before + rounds, "{name}");
        assert_eq!(world.now(), begin + ROUND * u32::try_from(rounds).unwrap());
        assert!(is_open(&world, adapter), "{name}");
        if defect == Defect::Hung {
            assert!(rounds >= 5, "{rounds} packets while it hung for {LIMIT:?}");
        }
    }
}

/// Its thread has begun to complete the pre-association, and has not come to it yet, when the adapter is reset or leaves.
#[test]
fn what_a_thread_asks_for_while_its_adapter_is_reset_or_leaves_is_overtaken() {
    let Some(library) = compile("crates/cli/tests/extension", "slow") else {
        return;
    };
    for ending in [AdapterEvent::Reset, AdapterEvent::Removed] {
        let (mut world, adapter) = world(&library);
        let deadline = world.now() + LONG;
        world.host.connect(world.now(), adapter, profile(challenged())).unwrap();
        world.run(deadline, |event| matches!(event.kind, Kind::PreAssociationStarted {}));
        std::thread::sleep(Duration::from_millis(50));
        world.host.handle_event(world.now(), adapter, ending);
        let rest = world.now() + Duration::from_millis(500);
        let events = world.run(rest, |_| false);
        let broken = |event: &Event| matches!(event.kind, Kind::RuleBroken { .. });
        assert!(!events.iter().any(broken), "{events:#?}");
    }
}

#[test]
fn a_wrong_secret_is_the_extensions_own_failure_and_no_fault() {
    let Some(library) = sample("challenge") else { return };
    let (mut world, adapter) = world(&library);
    let wrong = SecurityProfile {
        xml: Zeroizing::new(format!(r#"<challenge secret="{}"/>"#, "22".repeat(16))),
        use_onex: false,
    };
    let outcome = connect(&mut world, adapter, wrong);
    assert!(matches!(outcome, Outcome::WrongSecret(_)), "{outcome:?}");
    assert!(!is_open(&world, adapter));
    assert_eq!(world.host.extension().fault(), None);
}
