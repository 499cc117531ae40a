//! The scenario files, `tests/vm/*.toml`: what they may say. The README beside them is the reference for writers.
//!
//! The vocabulary is closed: an unknown key, step or word is refused with its place in the file.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Deserializer, de};

/// No step may be given longer than this; a guest that is silent for longer is taken for hung.
pub(crate) const LONGEST_STEP: Duration = Duration::from_secs(90);

/// One scenario: access points, stations, and the steps that are taken one after the other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scenario {
    /// What the scenario shows, in a sentence.
    pub about: String,
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
    /// Lines of hostapd's configuration, after those that the agent writes.
    #[serde(default)]
    pub config: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Station {
    #[serde(default = "default_station_name")]
    pub name: String,
    /// Arguments of every `portcullis connect` of this station.
    #[serde(default)]
    pub args: Vec<String>,
    /// Lines for the network block of the stand-in, `wpa_supplicant`.
    #[serde(default)]
    pub stand_in: String,
}

/// One step. Every `station` and `ap` may be left out where there is but one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum Step {
    StartAp(StartAp),
    StopAp(StopAp),
    RestartAp(StopAp),
    HostapdCli(HostapdCli),
    Connect(Connect),
    WaitEvent(WaitEvent),
    WaitExit(WaitExit),
    Interrupt(WaitExit),
    Ping(Ping),
    ApSees(ApSees),
    Port(Port),
    ExpectRekeys(ExpectRekeys),
    Sleep(Span),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StartAp {
    pub ap: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StopAp {
    pub ap: Option<String>,
    pub how: Stop,
}

/// How an access point goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stop {
    /// In order: hostapd is asked to end and says goodbye to its stations.
    Terminate,
    /// Without a word: hostapd is killed and the radio goes silent.
    Vanish,
    /// The beacons go on, but nobody answers any more.
    Freeze,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct HostapdCli {
    pub ap: Option<String>,
    /// A command of hostapd's control interface; `{station}` stands for the station's address.
    pub command: String,
    pub station: Option<String>,
    /// How the answer must begin.
    #[serde(default = "ok")]
    pub expect: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Connect {
    pub station: Option<String>,
    /// The network and its passphrase; those of the first access point, if not given.
    pub ssid: Option<String>,
    pub passphrase: Option<String>,
    pub until: Option<Until>,
    /// `--timeout` of the program.
    #[serde(default = "connect_timeout")]
    pub timeout: Span,
    /// More arguments of the program.
    #[serde(default)]
    pub args: Vec<String>,
    /// Wait for the program to end with this exit code; without it, the program goes on in the background.
    pub expect_exit: Option<i32>,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Until {
    Authorized,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WaitEvent {
    pub station: Option<String>,
    /// Everything that is said here must be in the event, with the same value.
    pub event: toml::Table,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WaitExit {
    pub station: Option<String>,
    pub expect_exit: i32,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ping {
    pub station: Option<String>,
    pub ap: Option<String>,
    pub expect: Traffic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Traffic {
    /// In both directions, broadcast and unicast.
    Flows,
    /// In neither direction.
    Blocked,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ApSees {
    pub ap: Option<String>,
    pub station: Option<String>,
    pub state: StationState,
    /// What was negotiated: suite selectors as in `"00-0f-ac-2"`.
    pub akm: Option<String>,
    pub pairwise_cipher: Option<String>,
    /// Whether management frames are protected.
    pub protected_management: Option<bool>,
    #[serde(default = "short")]
    pub within: Span,
}

/// A station as hostapd sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StationState {
    Authorized,
    /// Associated, but not authorised.
    Associated,
    /// Unknown, or known and neither associated nor authorised.
    Absent,
    /// Anything but authorised.
    NotAuthorized,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Port {
    pub station: Option<String>,
    pub state: PortState,
    #[serde(default = "short")]
    pub within: Span,
}

/// A station's data port as its own kernel sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PortState {
    Open,
    Closed,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExpectRekeys {
    pub ap: Option<String>,
    pub key: RekeyedKey,
    /// So many *more* completed key handshakes, as hostapd counts them from the beginning of this step.
    pub count: usize,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RekeyedKey {
    Group,
    Pairwise,
}

/// A time span such as `"250ms"`, `"5s"`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub Duration);

impl Scenario {
    /// Reads and checks a scenario file.
    ///
    /// # Errors
    /// With the file's name, the place in it and what is wrong.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no scenario", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let scenario: Self = toml::from_str(text)?;
        let access_points = names("ap", scenario.access_points.iter().map(|ap| ap.name.as_str()))?;
        let stations = names("station", scenario.stations.iter().map(|station| station.name.as_str()))?;
        ensure!(!scenario.steps.is_empty(), "there is no [[step]]");
        for (number, step) in (1..).zip(&scenario.steps) {
            step.check(&access_points, &stations)
                .with_context(|| format!("step {number}, {}", step.kind()))?;
        }
        Ok(scenario)
    }
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

impl Step {
    /// The step's name in the file.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::StartAp(_) => "start-ap",
            Self::StopAp(_) => "stop-ap",
            Self::RestartAp(_) => "restart-ap",
            Self::HostapdCli(_) => "hostapd-cli",
            Self::Connect(_) => "connect",
            Self::WaitEvent(_) => "wait-event",
            Self::WaitExit(_) => "wait-exit",
            Self::Interrupt(_) => "interrupt",
            Self::Ping(_) => "ping",
            Self::ApSees(_) => "ap-sees",
            Self::Port(_) => "port",
            Self::ExpectRekeys(_) => "expect-rekeys",
            Self::Sleep(_) => "sleep",
        }
    }

    fn check(&self, access_points: &BTreeSet<&str>, stations: &BTreeSet<&str>) -> Result<()> {
        let (ap, station, span) = self.references();
        if let Some(ap) = ap {
            ensure!(access_points.contains(ap), "there is no [[ap]] called {ap:?}");
        }
        if let Some(station) = station {
            ensure!(stations.contains(station), "there is no [[station]] called {station:?}");
        }
        if let Some(span) = span {
            ensure!(
                span.0 <= LONGEST_STEP,
                "{span:?} is too long; {} is the most",
                Span(LONGEST_STEP)
            );
        }
        Ok(())
    }

    /// The access point and the station that the step names, and how long it may take.
    fn references(&self) -> (Option<&str>, Option<&str>, Option<Span>) {
        match self {
            Self::StartAp(StartAp { ap }) => (ap.as_deref(), None, None),
            Self::StopAp(StopAp { ap, .. }) | Self::RestartAp(StopAp { ap, .. }) => (ap.as_deref(), None, None),
            Self::HostapdCli(HostapdCli { ap, station, .. }) => (ap.as_deref(), station.as_deref(), None),
            Self::Connect(Connect { station, within, .. })
            | Self::WaitEvent(WaitEvent { station, within, .. })
            | Self::Port(Port { station, within, .. })
            | Self::WaitExit(WaitExit { station, within, .. })
            | Self::Interrupt(WaitExit { station, within, .. }) => (None, station.as_deref(), Some(*within)),
            Self::Ping(Ping { ap, station, .. }) => (ap.as_deref(), station.as_deref(), None),
            Self::ApSees(ApSees {
                ap, station, within, ..
            }) => (ap.as_deref(), station.as_deref(), Some(*within)),
            Self::ExpectRekeys(ExpectRekeys { ap, within, .. }) => (ap.as_deref(), None, Some(*within)),
            Self::Sleep(span) => (None, None, Some(*span)),
        }
    }
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
        args: Vec::new(),
        stand_in: String::new(),
    }]
}

fn yes() -> bool {
    true
}

fn ok() -> String {
    "OK".to_owned()
}

fn short() -> Span {
    Span(Duration::from_secs(5))
}

fn connect_timeout() -> Span {
    Span(Duration::from_secs(20))
}

fn long() -> Span {
    Span(Duration::from_secs(30))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{}s", self.0.as_secs()),
            _ => write!(f, "{}ms", self.0.as_millis()),
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let span = match text.strip_suffix("ms") {
            Some(count) => count.parse().map(Duration::from_millis),
            None => text
                .strip_suffix('s')
                .unwrap_or_default()
                .parse()
                .map(Duration::from_secs),
        };
        span.map(Self)
            .map_err(|_| de::Error::custom(format!("{text:?} is no time span; write \"250ms\" or \"5s\"")))
    }
}

#[cfg(test)]
mod tests {
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
    fn a_time_span_has_a_unit() {
        for wrong in ["5", "5m", "s", "-1s", "1.5s", ""] {
            assert!(parse(&format!("[[step]]\nsleep = \"{wrong}\"\n")).is_err(), "{wrong}");
        }
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
