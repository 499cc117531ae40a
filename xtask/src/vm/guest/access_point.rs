//! An access point: hostapd on a radio of its own, in a network namespace of its own.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::processes::{self, Daemon, Signal};
use super::wire;
use super::world::Radio;
use crate::vm::image::{NEWER_HOSTAPD, NEWER_LIBRARIES, NEWER_LOADER};
use crate::vm::scenario::{self, ApSees, Hostapd, RekeyedKey, Server, StationState, Stop};
use crate::vm::server;

/// How long hostapd may take to begin, to end, or to answer.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) struct AccessPoint {
    pub radio: Radio,
    pub scenario: scenario::AccessPoint,
    /// Who authenticates its users.
    server: Option<Server>,
    logs: PathBuf,
    hostapd: Option<Daemon>,
    /// What hostapd has said since the beginning of the scenario.
    said: Vec<String>,
}

impl AccessPoint {
    pub(super) fn new(radio: Radio, scenario: scenario::AccessPoint, server: Option<Server>, logs: &Path) -> Self {
        Self {
            radio,
            scenario,
            server,
            logs: logs.to_owned(),
            hostapd: None,
            said: Vec::new(),
        }
    }

    /// Starts hostapd anew and waits until it sends beacons.
    pub(super) fn start(&mut self) -> Result<()> {
        self.hostapd = None;
        let name = &self.scenario.name;
        let config = self.logs.join(format!("{name}.conf"));
        fs::write(&config, self.config())?;
        let config = config.to_string_lossy().into_owned();
        let (loader, libraries) = (format!("/{NEWER_LOADER}"), format!("/{NEWER_LIBRARIES}"));
        let newer = format!("/{NEWER_HOSTAPD}");
        let program: &[&str] = match self.scenario.hostapd {
            Hostapd::Installed => &["hostapd"],
            Hostapd::Newer => &[&loader, "--library-path", &libraries, &newer],
        };
        let words = processes::within(&self.radio.namespace, &[program, &["-t", &config]].concat());
        let hostapd = Daemon::start(&words, &self.logs.join(format!("{name}.log")))?;
        let deadline = Instant::now() + PATIENCE;
        while let Some((_, line)) = hostapd.next_line(deadline) {
            let enabled = line.contains("AP-ENABLED");
            self.said.push(line);
            if enabled {
                self.hostapd = Some(hostapd);
                return Ok(());
            }
        }
        bail!(
            "hostapd does not come up: {}",
            self.said.last().map_or("it says nothing", String::as_str)
        )
    }

    pub(super) fn stop(&mut self, how: Stop) -> Result<()> {
        let name = &self.scenario.name;
        match how {
            Stop::Freeze => self
                .hostapd
                .as_ref()
                .with_context(|| format!("{name} does not run"))?
                .signal(Signal::Stop),
            Stop::Terminate => {
                let mut hostapd = self.hostapd.take().with_context(|| format!("{name} does not run"))?;
                hostapd.signal(Signal::Terminate)?;
                let ended = hostapd.wait(Instant::now() + PATIENCE)?;
                ensure!(ended.is_some(), "hostapd does not end");
                Ok(())
            }
            Stop::Vanish => {
                // Killed, hostapd leaves the beacons on; they end with the interface.
                self.hostapd = None;
                let Radio {
                    namespace, interface, ..
                } = &self.radio;
                processes::run(&processes::within(namespace, &["ip", "link", "set", interface, "down"])).map(drop)
            }
        }
    }

    /// Goes on after having been frozen.
    pub(super) fn resume(&self) -> Result<()> {
        let hostapd = self.hostapd.as_ref();
        hostapd
            .with_context(|| format!("{} does not run", self.scenario.name))?
            .signal(Signal::Continue)
    }

    /// Gives a command to hostapd's control interface and returns the answer.
    pub(super) fn control(&self, command: &str) -> Result<String> {
        ensure!(self.hostapd.is_some(), "{} does not run", self.scenario.name);
        // A datagram socket gets an answer only if it is bound to a name.
        let own = PathBuf::from(format!("/run/control-{}", self.radio.interface));
        let _ = fs::remove_file(&own);
        let socket = UnixDatagram::bind(&own)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket
            .connect(self.control_directory().join(&self.radio.interface))
            .context("no control interface")?;
        socket.send(command.as_bytes())?;
        let mut answer = vec![0; 65_536];
        let length = socket
            .recv(&mut answer)
            .with_context(|| format!("no answer to {command:?}"))?;
        answer.truncate(length);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Whether hostapd sees the station with this address as the step says.
    pub(super) fn sees(&self, station: &str, expected: &ApSees) -> Result<bool> {
        let answer = self.control(&format!("STA {station}"))?;
        let field = |name: &str| {
            answer
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
        };
        let flags = field("flags").unwrap_or_default();
        let authorized = flags.contains("[AUTHORIZED]");
        let associated = flags.contains("[ASSOC]");
        let state = match expected.state {
            StationState::Authorized => authorized,
            StationState::Associated => associated && !authorized,
            StationState::Absent => !associated && !authorized,
            StationState::NotAuthorized => !authorized,
        };
        let ApSees {
            akm,
            pairwise_cipher,
            protected_management,
            ..
        } = expected;
        Ok(state
            && akm.as_ref().is_none_or(|akm| field("AKMSuiteSelector") == Some(akm))
            && pairwise_cipher
                .as_ref()
                .is_none_or(|c| field("dot11RSNAStatsSelectedPairwiseCipher") == Some(c))
            && protected_management.is_none_or(|protected| flags.contains("[MFP]") == protected))
    }

    /// How many handshakes for this key hostapd has completed so far, the first ones included.
    pub(super) fn completed_handshakes(&mut self, key: RekeyedKey) -> usize {
        self.lines_with(match key {
            RekeyedKey::Group => "group key handshake completed",
            RekeyedKey::Pairwise => "pairwise key handshake completed",
        })
    }

    /// How many lines with this text hostapd has said so far.
    pub(super) fn lines_with(&mut self, text: &str) -> usize {
        while let Some((_, line)) = self
            .hostapd
            .as_ref()
            .and_then(|hostapd| hostapd.next_line(Instant::now()))
        {
            self.said.push(line);
        }
        self.said.iter().filter(|line| line.contains(text)).count()
    }

    fn control_directory(&self) -> PathBuf {
        PathBuf::from(format!("/run/hostapd-{}", self.scenario.name))
    }

    fn config(&self) -> String {
        let scenario::AccessPoint {
            ssid,
            passphrase,
            config,
            wired,
            ..
        } = &self.scenario;
        let passphrase = passphrase
            .as_ref()
            .map(|phrase| format!("wpa_passphrase={phrase}\n"))
            .unwrap_or_default();
        let server = self.server.map(server::hostapd_lines).unwrap_or_default();
        let bridge = match wired {
            true => format!("bridge={}\n", wire::BRIDGE),
            false => String::new(),
        };
        let Radio { interface, .. } = &self.radio;
        let control = self.control_directory();
        let control = control.display();
        format!(
            "interface={interface}\ndriver=nl80211\nctrl_interface={control}\nlogger_stdout=-1\nlogger_stdout_level=1\n\
             ssid={ssid}\nhw_mode=g\nchannel=1\nwmm_enabled=1\nieee80211n=1\n{bridge}{passphrase}{server}{config}\n"
        )
    }
}
