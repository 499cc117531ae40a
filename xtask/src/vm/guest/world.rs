//! The world of one scenario: radios, network namespaces, addresses. Built for it and torn down after it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::CAPTURE;
use super::access_point::AccessPoint;
use super::processes::{self, Daemon, Signal};
use super::radios;
use super::server::{self, AuthenticationServer};
use super::station::Station;
use super::wire;
use crate::vm::Plan;
use crate::vm::report::Timing;
use crate::vm::scenario::Scenario;

const RADIO_MODULE: &str = "/modules/mac80211_hwsim.ko";
/// Shows the frames of all radios.
const MONITOR: &str = "hwsim0";
/// Where radios are as the kernel's developers see them.
const DEBUG: &str = "/sys/kernel/debug/ieee80211";
/// Where `ip netns` keeps them.
const NAMESPACES: &str = "/run/netns";
const PATIENCE: Duration = Duration::from_secs(10);
/// A pcap file's header.
const PCAP_HEADER_OCTETS: u64 = 24;

pub(super) struct World {
    pub access_points: Vec<AccessPoint>,
    pub stations: Vec<Station>,
    server: Option<AuthenticationServer>,
    capture: Option<Daemon>,
}

/// A simulated radio and where it stands.
#[derive(Clone)]
pub(super) struct Radio {
    pub interface: String,
    /// The hardware address, as `iw` and hostapd write it.
    pub mac: String,
    pub namespace: String,
    /// The IPv4 address, without the length of its prefix.
    pub address: String,
    /// The kernel's name for it.
    phy: String,
}

impl World {
    /// Builds it; `files` are those of the scenario's authentication server, if it has one.
    pub(super) fn build(scenario: &Scenario, plan: &Plan, logs: &Path, files: &Path) -> Result<Self> {
        let radios = scenario.access_points.len() + scenario.stations.len();
        let special = scenario.stations.iter().position(|station| station.ciphers.is_some());
        let plain = special.map_or(radios, |station| scenario.access_points.len() + station);
        processes::run(&["insmod", RADIO_MODULE, &format!("radios={plain}")])?;
        let mut world = Self {
            access_points: Vec::new(),
            stations: Vec::new(),
            server: None,
            capture: None,
        };
        for station in scenario.stations.iter().skip(plain - scenario.access_points.len()) {
            radios::add(station.radio_ciphers()?.as_deref())?;
        }
        if plan.capture {
            world.capture = Some(capture(logs)?);
        }
        let interfaces = (0..).map(|number| format!("wlan{number}"));
        let mut interfaces = interfaces.take(radios);
        let mut wired = None;
        for (number, ap) in (1..).zip(&scenario.access_points) {
            let interface = interfaces.next().context("too few radios")?;
            let radio = Radio::place(interface, format!("ap-{}", ap.name), format!("10.66.0.{number}"))?;
            match ap.wired {
                true => wire::connect(&radio, &mut wired)?,
                false => radio.give_address(&radio.interface)?,
            }
            world
                .access_points
                .push(AccessPoint::new(radio, ap.clone(), scenario.server, logs));
        }
        for (number, station) in (101..).zip(&scenario.stations) {
            let interface = interfaces.next().context("too few radios")?;
            let mut radio = Radio::place(interface, format!("sta-{}", station.name), format!("10.66.0.{number}"))?;
            radio.give_address(&radio.interface)?;
            if let Some(address) = &station.address {
                radio.rename(address)?;
            }
            world.stations.push(Station::new(
                radio,
                station.clone(),
                station.program.unwrap_or(plan.station),
                logs,
            ));
        }
        if scenario.server.is_some() {
            server::place(files)?;
        }
        if scenario.needs_freeradius() {
            let namespace = world.ap(None)?.radio.namespace.clone();
            world.server = Some(AuthenticationServer::start(&namespace, logs)?);
        }
        for ap in world.access_points.iter_mut().filter(|ap| ap.scenario.start) {
            ap.start()?;
        }
        Ok(world)
    }

    /// The access point with this name, or the first.
    pub(super) fn ap(&mut self, name: Option<&str>) -> Result<&mut AccessPoint> {
        let fits = |ap: &&mut AccessPoint| name.is_none_or(|name| ap.scenario.name == name);
        self.access_points.iter_mut().find(fits).context("no such access point")
    }

    /// The station with this name, or the first.
    pub(super) fn station(&mut self, name: Option<&str>) -> Result<&mut Station> {
        let fits = |station: &&mut Station| name.is_none_or(|name| station.scenario.name == name);
        self.stations.iter_mut().find(fits).context("no such station")
    }

    pub(super) fn server(&mut self) -> Result<&mut AuthenticationServer> {
        self.server.as_mut().context("no authentication server")
    }

    /// How long each station took for each authorisation.
    pub(super) fn timings(&mut self) -> Vec<Timing> {
        let mut timings = Vec::new();
        for station in &mut self.stations {
            let times = station.times_to_authorized();
            let name = &station.scenario.name;
            timings.extend(times.into_iter().map(|microseconds| Timing {
                station: name.clone(),
                microseconds,
            }));
        }
        timings
    }

    fn tear_down(&mut self) -> Result<()> {
        self.stations.clear();
        self.access_points.clear();
        self.server = None;
        server::remove()?;
        if let Some(mut capture) = self.capture.take() {
            capture.signal(Signal::Terminate)?;
            capture.wait(Instant::now() + PATIENCE)?;
        }
        processes::run(&["rmmod", "mac80211_hwsim"])?;
        for namespace in fs::read_dir(NAMESPACES)? {
            let namespace = namespace?.file_name();
            processes::run(&["ip".as_ref(), "netns".as_ref(), "del".as_ref(), namespace.as_os_str()])?;
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The next scenario fails in its setting up if this one's radios are still there, and says so.
        if let Err(error) = self.tear_down() {
            eprintln!("tearing down: {error:#}");
        }
    }
}

impl Radio {
    /// Moves a radio into a new network namespace, where `address` is to be its own.
    fn place(interface: String, namespace: String, address: String) -> Result<Self> {
        let class = Path::new("/sys/class/net").join(&interface);
        let read = |file| fs::read_to_string(class.join(file)).with_context(|| format!("there is no {interface}"));
        let mac = read("address")?.trim().to_owned();
        let phy = read("phy80211/name")?.trim().to_owned();
        processes::run(&["ip", "netns", "add", &namespace])?;
        processes::run(&["iw", "phy", &phy, "set", "netns", "name", &namespace])?;
        processes::run(&["ip", "-n", &namespace, "link", "set", "lo", "up"])?;
        Ok(Self {
            interface,
            mac,
            namespace,
            address,
            phy,
        })
    }

    /// Takes the radio out of the reach of all others, or back. What is sent meanwhile, by it or to it, is lost.
    pub(super) fn set_in_reach(&self, reach: bool) -> Result<()> {
        let group = if reach { "1" } else { "2" };
        let knob = Path::new(DEBUG).join(&self.phy).join("hwsim/group");
        fs::write(knob, group).context("the radio can't be taken away")
    }

    /// Switches the radio off or on, as a person does.
    pub(super) fn set_power(&self, on: bool) -> Result<()> {
        let blocked = if on { 0 } else { 1 };
        // Where the radio is: from elsewhere its switch can't be seen.
        let switches = format!("/sys/class/net/{}/phy80211/rfkill*/soft", self.interface);
        let script = format!("for switch in {switches}; do echo {blocked} > $switch; done");
        processes::run(&processes::within(&self.namespace, &["sh", "-c", &script])).map(drop)
    }

    /// Removes the interface of the radio.
    pub(super) fn remove_interface(&self) -> Result<()> {
        let words = ["iw", "dev", &self.interface, "del"];
        processes::run(&processes::within(&self.namespace, &words)).map(drop)
    }

    /// Gives another hardware address to the radio.
    fn rename(&mut self, mac: &str) -> Result<()> {
        let Self {
            namespace, interface, ..
        } = &*self;
        processes::run(&["ip", "-n", namespace, "link", "set", interface, "address", mac])?;
        mac.clone_into(&mut self.mac);
        Ok(())
    }

    /// Gives the address to an interface of the namespace.
    pub(super) fn give_address(&self, interface: &str) -> Result<()> {
        let Self { namespace, address, .. } = self;
        let address = format!("{address}/24");
        processes::run(&["ip", "-n", namespace, "address", "add", &address, "dev", interface]).map(drop)
    }
}

/// Starts to capture the air, and returns when it is captured.
fn capture(logs: &Path) -> Result<Daemon> {
    processes::run(&["ip", "link", "set", MONITOR, "up"])?;
    let file = logs.join(CAPTURE);
    let words = [
        "tcpdump",
        "-Z",
        "root",
        "-U",
        "-i",
        MONITOR,
        "-w",
        &file.to_string_lossy(),
    ];
    let daemon = Daemon::start(&words, &logs.join("tcpdump.log"))?;
    let begun = processes::poll(Instant::now() + PATIENCE, || {
        Ok(fs::metadata(&file)
            .ok()
            .filter(|metadata| metadata.len() >= PCAP_HEADER_OCTETS))
    })?;
    ensure!(begun.is_some(), "tcpdump does not begin");
    Ok(daemon)
}
