//! The scenario files, `tests/vm/*.toml`: what they may say. The README beside them is the reference for writers.
//!
//! The vocabulary is closed: an unknown key, step or word is refused with its place in the file.

mod server;
mod span;
mod step;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::StationProgram;

pub(crate) use self::server::{Curve, Server, ServerProgram, TlsVersion};
pub(crate) use self::span::Span;
pub(crate) use self::step::{
    Answer, ApSays, ApSees, Connect, CountEvents, End, ExpectRekeys, HostapdCli, LONGEST_STEP, Logins, NoEvent,
    OfAccessPoint, OfStation, Ping, Port, PortState, Power, RekeyedKey, Secret, StationState, Step, Stop, StopAp,
    Switch, Traffic, WaitEvent, WaitExit,
};

/// One scenario: access points, stations, and the steps that are taken one after the other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scenario {
    /// What the scenario shows, in a sentence.
    pub about: String,
    /// Who authenticates users, in networks with 802.1X.
    pub server: Option<Server>,
    #[serde(rename = "ap")]
    pub access_points: Vec<AccessPoint>,
    #[serde(rename = "station", default = "one_station")]
    pub stations: Vec<Station>,
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AccessPoint {
    #[serde(default = "default_ap_name")]
    pub name: String,
    pub ssid: String,
    pub passphrase: Option<String>,
    /// Whether hostapd runs before the first step.
    #[serde(default = "yes")]
    pub start: bool,
    /// Which hostapd it runs.
    #[serde(default)]
    pub hostapd: Hostapd,
    /// Whether a wire joins it with the others of which this is said.
    #[serde(default)]
    pub wired: bool,
    /// Lines of hostapd's configuration, after those that the agent writes.
    #[serde(default)]
    pub config: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Hostapd {
    /// This machine's.
    #[default]
    Installed,
    /// That of Debian testing.
    Newer,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Station {
    #[serde(default = "default_station_name")]
    pub name: String,
    /// Its hardware address, where it is not to be that of its radio.
    pub address: Option<String>,
    /// The ciphers that its radio has, as suite selectors, where it is not to have all of them.
    pub ciphers: Option<Vec<String>>,
    /// Arguments of every `portcullis connect` of this station.
    #[serde(default)]
    pub args: Vec<String>,
    /// The program that it runs, whichever one the others run.
    pub program: Option<StationProgram>,
    /// Lines for the network block of the stand-in, `wpa_supplicant`.
    #[serde(default)]
    pub stand_in: String,
}

impl Scenario {
    /// Reads and checks a scenario file.
    ///
    /// # Errors
    /// With the file's name, the place in it and what is wrong.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no scenario", path.display()))
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let scenario: Self = toml::from_str(text)?;
        let access_points = names("ap", scenario.access_points.iter().map(|ap| ap.name.as_str()))?;
        let stations = names("station", scenario.stations.iter().map(|station| station.name.as_str()))?;
        ensure!(!scenario.steps.is_empty(), "there is no [[step]]");
        let counts = scenario.needs_freeradius() || !scenario.steps.iter().any(|step| matches!(step, Step::Logins(_)));
        ensure!(counts, "only a [server] that is FreeRADIUS counts its logins");
        for station in &scenario.stations {
            station.radio_ciphers()?;
        }
        for (number, step) in (1..).zip(&scenario.steps) {
            step.check(&access_points, &stations)
                .with_context(|| format!("step {number}, {}", step.kind()))?;
        }
        Ok(scenario)
    }

    /// Whether the hostapd of Debian testing has to be in the machine.
    pub(crate) fn needs_newer_hostapd(&self) -> bool {
        self.access_points.iter().any(|ap| ap.hostapd == Hostapd::Newer)
    }

    /// Whether FreeRADIUS has to be in the machine.
    pub(crate) fn needs_freeradius(&self) -> bool {
        self.server
            .is_some_and(|server| server.program == ServerProgram::Freeradius)
    }
}

impl Station {
    /// The suite selectors of the ciphers that its radio has, if not all of them.
    ///
    /// # Errors
    /// If one is none.
    pub(crate) fn radio_ciphers(&self) -> Result<Option<Vec<[u8; 4]>>> {
        let list = self.ciphers.as_ref();
        list.map(|list| list.iter().map(|text| selector(text)).collect())
            .transpose()
    }
}

/// A suite selector such as `00-0f-ac-4`, whose last part is decimal, as in all of hostapd's answers.
fn selector(text: &str) -> Result<[u8; 4]> {
    let parsed = || {
        let (oui, kind) = text.rsplit_once('-')?;
        let mut octets = oui.split('-').map(|octet| u8::from_str_radix(octet, 16).ok());
        let [a, b, c] = [octets.next()??, octets.next()??, octets.next()??];
        octets.next().is_none().then_some([a, b, c, kind.parse().ok()?])
    };
    parsed().with_context(|| format!("{text:?} is no suite selector such as \"00-0f-ac-4\""))
}

/// The names of the parts of one kind: at least one, no two the same.
fn names<'a>(kind: &str, all: impl Iterator<Item = &'a str>) -> Result<BTreeSet<&'a str>> {
    let mut names = BTreeSet::new();
    for name in all {
        let plain =
            !name.is_empty() && name.len() <= 8 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ensure!(
            plain,
            "a [[{kind}]] is called {name:?}; up to 8 lower-case letters and digits are possible"
        );
        ensure!(
            names.insert(name),
            "two [[{kind}]] are called {name:?}; give each a name"
        );
    }
    ensure!(!names.is_empty(), "there is no [[{kind}]]");
    Ok(names)
}

fn default_ap_name() -> String {
    "ap".to_owned()
}

fn default_station_name() -> String {
    "sta".to_owned()
}

fn one_station() -> Vec<Station> {
    vec![Station {
        name: default_station_name(),
        address: None,
        ciphers: None,
        args: Vec::new(),
        program: None,
        stand_in: String::new(),
    }]
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const AP: &str = "about = \"a test\"\n[[ap]]\nssid = \"castle\"\n";

    fn parse(rest: &str) -> Result<Scenario, String> {
        Scenario::parse(&format!("{AP}{rest}")).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_left_out_has_its_documented_value() {
        let scenario = parse("[[step]]\nconnect = {}\n").unwrap();
        assert!(scenario.access_points[0].start);
        assert_eq!(scenario.stations[0].name, "sta");
        let Step::Connect(connect) = &scenario.steps[0] else {
            panic!("not a connect")
        };
        assert_eq!((connect.until, connect.expect_exit), (None, None));
        assert_eq!(connect.timeout, Span(Duration::from_secs(20)));
    }

    #[test]
    fn an_event_is_described_by_dotted_paths() {
        let text =
            "[[step]]\nwait-event = { event.kind = \"refused\", event.details.reason = 15, within = \"250ms\" }\n";
        let Step::WaitEvent(wait) = parse(text).unwrap().steps.remove(0) else {
            panic!("not a wait-event")
        };
        assert_eq!(wait.within, Span(Duration::from_millis(250)));
        assert_eq!(wait.event["details"]["reason"].as_integer(), Some(15));
    }

    #[test]
    fn an_unknown_step_is_refused_by_name() {
        let error = parse("[[step]]\nteleport = {}\n").unwrap_err();
        assert!(error.contains("teleport") && error.contains("expect-rekeys"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = parse("[[step]]\nping = { expect = \"flows\", speed = 3 }\n").unwrap_err();
        assert!(error.contains("speed"), "{error}");
        let error = Scenario::parse("about = \"x\"\ncolour = \"red\"\n").unwrap_err();
        assert!(format!("{error:#}").contains("colour"));
    }

    #[test]
    fn two_kinds_in_one_step_are_refused() {
        assert!(parse("[[step]]\nsleep = \"1s\"\nconnect = {}\n").is_err());
    }

    #[test]
    fn a_step_for_somebody_who_is_not_there_is_refused() {
        let error = parse("[[step]]\nping = { expect = \"flows\", station = \"ghost\" }\n").unwrap_err();
        assert!(error.contains("step 1, ping") && error.contains("ghost"), "{error}");
        let error = parse("[[step]]\nstop-ap = { how = \"vanish\", ap = \"tower\" }\n").unwrap_err();
        assert!(error.contains("tower"), "{error}");
    }

    #[test]
    fn a_step_longer_than_the_machine_is_watched_is_refused() {
        assert!(parse("[[step]]\nsleep = \"90s\"\n").is_ok());
        assert!(parse("[[step]]\nsleep = \"91s\"\n").unwrap_err().contains("too long"));
    }

    #[test]
    fn two_stations_of_one_name_are_refused() {
        let error = parse("[[station]]\n[[station]]\n[[step]]\nsleep = \"1s\"\n").unwrap_err();
        assert!(error.contains("two [[station]]"), "{error}");
    }

    #[test]
    fn a_cipher_of_a_radio_is_a_suite_selector() {
        let ciphers = |list: &str| parse(&format!("[[station]]\nciphers = {list}\n[[step]]\nconnect = {{}}\n"));
        let scenario = ciphers("[\"00-0f-ac-4\", \"00-0f-ac-13\"]").unwrap();
        assert_eq!(
            scenario.stations[0].radio_ciphers().unwrap(),
            Some(vec![[0, 0x0f, 0xac, 4], [0, 0x0f, 0xac, 13]])
        );
        for wrong in ["ccmp", "00-0f-ac", "00-0f-ac-4-4", "00-0f-ac-"] {
            assert!(
                ciphers(&format!("[{wrong:?}]")).unwrap_err().contains("selector"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_time_span_has_a_unit() {
        for wrong in ["5", "5m", "s", "-1s", "1.5s", ""] {
            assert!(parse(&format!("[[step]]\nsleep = \"{wrong}\"\n")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_server_is_freeradius_unless_it_is_said_to_be_hostapd() {
        let parse = |server: &str| Scenario::parse(&format!("{AP}[[step]]\nlogins = {{ accepted = 1 }}\n{server}"));
        assert!(parse("[server]\n").unwrap().needs_freeradius());
        for none_that_counts in ["", "[server]\nprogram = \"hostapd\"\n"] {
            let error = parse(none_that_counts).unwrap_err();
            assert!(format!("{error:#}").contains("FreeRADIUS"), "{error:#}");
        }
        assert!(parse("[server]\ncurve = \"P-521\"\n").is_err());
    }

    #[test]
    fn every_scenario_of_the_project_is_well_formed() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vm");
        let mut count = 0;
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                Scenario::load(&path).unwrap();
                count += 1;
            }
        }
        assert!(count > 0);
    }
}
