//! The steps of a scenario: a closed vocabulary.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::Span;

/// No step may be given longer than this; a guest that is silent for longer is taken for hung.
pub(crate) const LONGEST_STEP: Duration = Duration::from_secs(90);

/// One step. Every `station` and `ap` may be left out where there is but one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) enum Step {
    StartAp(OfAccessPoint),
    StopAp(StopAp),
    RestartAp(StopAp),
    ResumeAp(OfAccessPoint),
    OutOfReach(OfAccessPoint),
    InReach(OfAccessPoint),
    HostapdCli(HostapdCli),
    ApSays(ApSays),
    Connect(Connect),
    WaitEvent(WaitEvent),
    NoEvent(NoEvent),
    CountEvents(CountEvents),
    WaitExit(WaitExit),
    Interrupt(WaitExit),
    Freeze(OfStation),
    Resume(OfStation),
    Kill(OfStation),
    Unplug(OfStation),
    Switch(Switch),
    ChangeKeys(ChangeKeys),
    EndExtension(EndExtension),
    Answer(Answer),
    Ping(Ping),
    ApSees(ApSees),
    Port(Port),
    ExpectRekeys(ExpectRekeys),
    Logins(Logins),
    Sleep(Span),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OfAccessPoint {
    pub ap: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OfStation {
    pub station: Option<String>,
}

/// The radio of a station is switched off or on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Switch {
    pub station: Option<String>,
    pub radio: Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Power {
    Off,
    On,
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
    /// What must be somewhere in it, and what nowhere.
    pub contains: Option<String>,
    pub lacks: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ApSays {
    pub ap: Option<String>,
    /// What must be in a line of hostapd's log, of all that it has said since the scenario began.
    pub text: String,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Connect {
    pub station: Option<String>,
    /// The network and its passphrase; those of the first access point, if not given.
    pub ssid: Option<String>,
    pub passphrase: Option<String>,
    /// What kind of secret the passphrase is.
    #[serde(default)]
    pub secret: Secret,
    pub until: Option<Until>,
    /// `--timeout` of the program.
    #[serde(default = "connect_timeout")]
    pub timeout: Span,
    /// Whether the program runs at a terminal.
    #[serde(default)]
    pub terminal: bool,
    /// More arguments of the program.
    #[serde(default)]
    pub args: Vec<String>,
    /// Wait for the program to end with this exit code; without it, the program goes on in the background.
    pub expect_exit: Option<i32>,
    /// What must be in the details of its last `outcome` event; not asked of the stand-in.
    pub expect_outcome: Option<toml::Table>,
    #[serde(default = "long")]
    pub within: Span,
}

/// How the program is given the secret: by the option of this name with `-file` behind it, or not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Secret {
    #[default]
    Passphrase,
    Password,
    Psk,
    Pmk,
    WepKey,
    None,
}

impl Secret {
    /// The program's option, if there is a secret.
    pub(crate) const fn option(self) -> Option<&'static str> {
        match self {
            Self::Passphrase => Some("--passphrase-file"),
            Self::Password => Some("--password-file"),
            Self::Psk => Some("--psk-file"),
            Self::Pmk => Some("--pmk-file"),
            Self::WepKey => Some("--wep-key-file"),
            Self::None => None,
        }
    }
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
pub(crate) struct NoEvent {
    pub station: Option<String>,
    /// What none of the events so far may have.
    pub event: toml::Table,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CountEvents {
    pub station: Option<String>,
    /// What so many of the events so far must have, and no more of them.
    pub event: toml::Table,
    pub count: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WaitExit {
    pub station: Option<String>,
    pub expect_exit: i32,
    /// What must be in the details of its last `outcome` event; not asked of the stand-in.
    pub expect_outcome: Option<toml::Table>,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ChangeKeys {
    pub station: Option<String>,
    pub key: RekeyedKey,
}

/// What a person types at the program's terminal.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Answer {
    pub station: Option<String>,
    /// What the terminal must show first.
    pub prompt: String,
    pub text: String,
    #[serde(default = "long")]
    pub within: Span,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct EndExtension {
    pub station: Option<String>,
    pub how: End,
}

/// How the process of a foreign extension goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum End {
    /// It ends by a signal, as one that crashes.
    Crash,
    /// It stops, and answers no call any more.
    Hang,
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

/// How often the authentication server has let somebody in, and refused somebody, since the scenario began.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Logins {
    #[serde(default)]
    pub accepted: usize,
    #[serde(default)]
    pub rejected: usize,
    #[serde(default = "short")]
    pub within: Span,
}

impl Step {
    /// The step's name in the file.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::StartAp(_) => "start-ap",
            Self::StopAp(_) => "stop-ap",
            Self::RestartAp(_) => "restart-ap",
            Self::ResumeAp(_) => "resume-ap",
            Self::OutOfReach(_) => "out-of-reach",
            Self::InReach(_) => "in-reach",
            Self::HostapdCli(_) => "hostapd-cli",
            Self::ApSays(_) => "ap-says",
            Self::Connect(_) => "connect",
            Self::WaitEvent(_) => "wait-event",
            Self::NoEvent(_) => "no-event",
            Self::CountEvents(_) => "count-events",
            Self::WaitExit(_) => "wait-exit",
            Self::Interrupt(_) => "interrupt",
            Self::Freeze(_) => "freeze",
            Self::Resume(_) => "resume",
            Self::Kill(_) => "kill",
            Self::Unplug(_) => "unplug",
            Self::Switch(_) => "switch",
            Self::ChangeKeys(_) => "change-keys",
            Self::EndExtension(_) => "end-extension",
            Self::Answer(_) => "answer",
            Self::Ping(_) => "ping",
            Self::ApSees(_) => "ap-sees",
            Self::Port(_) => "port",
            Self::ExpectRekeys(_) => "expect-rekeys",
            Self::Logins(_) => "logins",
            Self::Sleep(_) => "sleep",
        }
    }

    /// Checks what the file's syntax cannot: that those it names exist, and that it ends in time.
    pub(super) fn check(&self, access_points: &BTreeSet<&str>, stations: &BTreeSet<&str>) -> Result<()> {
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
        if let Self::Connect(connect) = self {
            let looked_at = connect.expect_outcome.is_none() || connect.expect_exit.is_some();
            ensure!(
                looked_at,
                "expect-outcome goes with expect-exit: the outcome is known at the end"
            );
        }
        Ok(())
    }

    /// The access point and the station that the step names, and how long it may take.
    fn references(&self) -> (Option<&str>, Option<&str>, Option<Span>) {
        match self {
            Self::StartAp(OfAccessPoint { ap })
            | Self::ResumeAp(OfAccessPoint { ap })
            | Self::OutOfReach(OfAccessPoint { ap })
            | Self::InReach(OfAccessPoint { ap }) => (ap.as_deref(), None, None),
            Self::StopAp(StopAp { ap, .. }) | Self::RestartAp(StopAp { ap, .. }) => (ap.as_deref(), None, None),
            Self::HostapdCli(HostapdCli { ap, station, .. }) => (ap.as_deref(), station.as_deref(), None),
            Self::Connect(Connect { station, within, .. })
            | Self::WaitEvent(WaitEvent { station, within, .. })
            | Self::Port(Port { station, within, .. })
            | Self::Answer(Answer { station, within, .. })
            | Self::WaitExit(WaitExit { station, within, .. })
            | Self::Interrupt(WaitExit { station, within, .. }) => (None, station.as_deref(), Some(*within)),
            Self::NoEvent(NoEvent { station, .. }) | Self::CountEvents(CountEvents { station, .. }) => {
                (None, station.as_deref(), None)
            }
            Self::Freeze(OfStation { station })
            | Self::Resume(OfStation { station })
            | Self::Kill(OfStation { station })
            | Self::Unplug(OfStation { station })
            | Self::Switch(Switch { station, .. })
            | Self::ChangeKeys(ChangeKeys { station, .. })
            | Self::EndExtension(EndExtension { station, .. }) => (None, station.as_deref(), None),
            Self::Ping(Ping { ap, station, .. }) => (ap.as_deref(), station.as_deref(), None),
            Self::ApSees(ApSees {
                ap, station, within, ..
            }) => (ap.as_deref(), station.as_deref(), Some(*within)),
            Self::ExpectRekeys(ExpectRekeys { ap, within, .. }) | Self::ApSays(ApSays { ap, within, .. }) => {
                (ap.as_deref(), None, Some(*within))
            }
            Self::Logins(Logins { within, .. }) => (None, None, Some(*within)),
            Self::Sleep(span) => (None, None, Some(*span)),
        }
    }
}

fn ok() -> String {
    "OK".to_owned()
}

fn short() -> Span {
    Span(Duration::from_secs(5))
}

fn long() -> Span {
    Span(Duration::from_secs(30))
}

fn connect_timeout() -> Span {
    Span(Duration::from_secs(20))
}
