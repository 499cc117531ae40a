//! A station: the program under test, or its stand-in, on a radio of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::events;
use super::processes::{self, Daemon, PAUSE, Signal};
use super::terminal::Terminal;
use super::world::Radio;
use crate::vm::StationProgram;
use crate::vm::scenario::{self, Connect, End, RekeyedKey};

/// How long the stand-in may take to leave.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between a program's last output and its end.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// Exit codes of `portcullis connect`; the stand-in is given the same.
const DONE: i32 = 0;
const REFUSED: i32 = 3;
const TIMED_OUT: i32 = 4;

pub(super) struct Station {
    pub radio: Radio,
    pub scenario: scenario::Station,
    program: StationProgram,
    logs: PathBuf,
    attempt: Option<Attempt>,
    /// Microseconds from association to authorisation, of earlier attempts.
    times: Vec<u64>,
}

/// One run of the program.
struct Attempt {
    daemon: Daemon,
    began: Instant,
    events: Vec<Value>,
    /// So many of the events have been waited for.
    seen: usize,
    stand_in: Option<StandIn>,
    terminal: Option<Terminal>,
}

/// What the stand-in is held to, because it does not have these options itself.
struct StandIn {
    until_authorized: bool,
    deadline: Instant,
}

impl Station {
    pub(super) fn new(radio: Radio, scenario: scenario::Station, program: StationProgram, logs: &Path) -> Self {
        Self {
            radio,
            scenario,
            program,
            logs: logs.to_owned(),
            attempt: None,
            times: Vec::new(),
        }
    }

    /// Starts the program in the background.
    pub(super) fn connect(&mut self, connect: &Connect, ssid: &str, passphrase: &str) -> Result<()> {
        self.end_attempt();
        let name = &self.scenario.name;
        let log = self.logs.join(format!("{name}.log"));
        let words = match self.program {
            StationProgram::Portcullis => self.portcullis(connect, ssid, passphrase)?,
            StationProgram::WpaSupplicant => self.wpa_supplicant(ssid, passphrase)?,
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (daemon, terminal) = if connect.terminal {
            let (terminal, end) = Terminal::open()?;
            let words = [&["setsid", "-c"], &words[..]].concat();
            let words = processes::within(&self.radio.namespace, &words);
            (Daemon::start_with_input(&words, &log, end)?, Some(terminal))
        } else {
            let words = processes::within(&self.radio.namespace, &words);
            (Daemon::start(&words, &log)?, None)
        };
        let began = Instant::now();
        let stand_in = (self.program == StationProgram::WpaSupplicant).then(|| StandIn {
            until_authorized: connect.until.is_some(),
            deadline: began + connect.timeout.0,
        });
        self.attempt = Some(Attempt {
            daemon,
            began,
            events: Vec::new(),
            seen: 0,
            stand_in,
            terminal,
        });
        Ok(())
    }

    /// Waits for the next event that has everything of `pattern`; events before it are passed over for good.
    pub(super) fn wait_event(&mut self, pattern: &Value, deadline: Instant) -> Result<()> {
        let attempt = self.attempt_mut()?;
        loop {
            while let Some(event) = attempt.events.get(attempt.seen) {
                attempt.seen += 1;
                if events::matches(event, pattern) {
                    return Ok(());
                }
            }
            if !attempt.hear(deadline) {
                let kinds: Vec<&str> = attempt
                    .events
                    .iter()
                    .filter_map(|event| event.get("kind")?.as_str())
                    .collect();
                let ended = attempt.daemon.wait(Instant::now() + LAST_BREATH)?;
                let ended = ended
                    .map(|status| format!("; the program ended, {status}"))
                    .unwrap_or_default();
                bail!("no event {pattern}; there were: {}{ended}", kinds.join(", "));
            }
        }
    }

    /// Checks that so many events of this run of the program, so far, have everything of `pattern`.
    pub(super) fn count_events(&mut self, pattern: &Value, count: usize) -> Result<()> {
        let attempt = self.attempt_mut()?;
        while attempt.hear(Instant::now()) {}
        let mut found = attempt.events.iter().filter(|event| events::matches(event, pattern));
        let all = found.clone().count();
        let last = found.next_back().map(|event| format!("; the last is {event}"));
        ensure!(
            all == count,
            "{all} events have {pattern}, not {count}{}",
            last.unwrap_or_default()
        );
        Ok(())
    }

    /// Waits for the program's end; `outcome` must be in the details of its last outcome.
    pub(super) fn wait_exit(&mut self, code: i32, outcome: Option<&toml::Table>, deadline: Instant) -> Result<()> {
        let found = self.attempt_mut()?.exit_code(deadline)?;
        let ended = self.end_attempt().context("no attempt has ended")?;
        ensure!(found == code, "exit code {found}, not {code}");
        if let (Some(expected), None) = (outcome, &ended.stand_in) {
            let outcome = ended.events.iter().rfind(|event| events::is(event, events::OUTCOME));
            let details = outcome
                .and_then(|event| event.get("details"))
                .context("the program told no outcome")?;
            ensure!(
                events::matches(details, &serde_json::to_value(expected)?),
                "the outcome is {details}"
            );
        }
        Ok(())
    }

    pub(super) fn signal(&mut self, signal: Signal) -> Result<()> {
        self.attempt_mut()?.daemon.signal(signal)
    }

    /// Ends the program, which has no time to leave.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.attempt_mut()?;
        // What is dropped is killed.
        self.end_attempt();
        Ok(())
    }

    /// Types an answer to a question of the program.
    pub(super) fn answer(&mut self, prompt: &str, text: &str, deadline: Instant) -> Result<()> {
        let terminal = self.attempt_mut()?.terminal.as_mut();
        terminal
            .context("the program has no terminal")?
            .answer(prompt, text, deadline)
    }

    /// Has the program ask its access point for other keys.
    pub(super) fn change_keys(&mut self, key: RekeyedKey) -> Result<()> {
        let attempt = self.attempt_mut()?;
        ensure!(attempt.stand_in.is_none(), "the stand-in asks for no keys");
        attempt.daemon.signal(match key {
            RekeyedKey::Pairwise => Signal::FirstOfUser,
            RekeyedKey::Group => Signal::SecondOfUser,
        })
    }

    /// Ends the process of the foreign extension that the program runs with.
    pub(super) fn end_extension(&mut self, how: End) -> Result<()> {
        let attempt = self.attempt_mut()?;
        ensure!(attempt.stand_in.is_none(), "the stand-in has no extension");
        attempt.daemon.signal_children(match how {
            End::Crash => Signal::Abort,
            End::Hang => Signal::Stop,
        })
    }

    /// Whether the link is up to whoever waits for it, such as a DHCP client.
    pub(super) fn link_is_up(&self) -> Result<bool> {
        let Radio {
            namespace, interface, ..
        } = &self.radio;
        let state = format!("/sys/class/net/{interface}/operstate");
        Ok(processes::run(&processes::within(namespace, &["cat", &state]))?.trim() == "up")
    }

    /// Whether the station's own kernel has an authorised peer on this radio.
    pub(super) fn port_is_open(&self) -> Result<bool> {
        let Radio {
            namespace, interface, ..
        } = &self.radio;
        let dump = processes::run(&processes::within(
            namespace,
            &["iw", "dev", interface, "station", "dump"],
        ))?;
        Ok(dump
            .lines()
            .filter_map(|line| line.trim().strip_prefix("authorized:"))
            .any(|value| value.trim() == "yes"))
    }

    /// Microseconds from association to authorisation, of every attempt so far.
    pub(super) fn times_to_authorized(&mut self) -> Vec<u64> {
        self.end_attempt();
        self.times.clone()
    }

    fn attempt_mut(&mut self) -> Result<&mut Attempt> {
        let name = &self.scenario.name;
        self.attempt
            .as_mut()
            .with_context(|| format!("{name} runs no `connect`"))
    }

    /// Takes in the last output of a program that has ended or is to end, and keeps its times.
    fn end_attempt(&mut self) -> Option<Attempt> {
        let mut attempt = self.attempt.take()?;
        let deadline = Instant::now() + LAST_BREATH;
        // A program that still runs may go on talking.
        while Instant::now() < deadline && attempt.hear(deadline) {}
        self.times.extend(events::times_to_authorized(&attempt.events));
        Some(attempt)
    }

    fn portcullis(&self, connect: &Connect, ssid: &str, passphrase: &str) -> Result<Vec<String>> {
        let file = self.logs.join(format!("{}.secret", self.scenario.name));
        fs::write(&file, format!("{passphrase}\n"))?;
        let mut words: Vec<String> = ["portcullis", "connect", "--json", "-i", &self.radio.interface]
            .map(String::from)
            .into();
        words.extend(["--ssid".to_owned(), ssid.to_owned()]);
        if let Some(option) = connect.secret.option() {
            words.extend([option.to_owned(), file.to_string_lossy().into_owned()]);
        }
        words.extend(["--timeout".to_owned(), connect.timeout.to_string()]);
        if connect.until.is_some() {
            words.extend(["--until", "authorized"].map(String::from));
        }
        words.extend_from_slice(&self.scenario.args);
        words.extend_from_slice(&connect.args);
        Ok(words)
    }

    fn wpa_supplicant(&self, ssid: &str, passphrase: &str) -> Result<Vec<String>> {
        let file = self.logs.join(format!("{}.conf", self.scenario.name));
        let lines = &self.scenario.stand_in;
        let psk = match passphrase {
            "" => String::new(),
            passphrase => format!("psk=\"{passphrase}\"\n"),
        };
        // Whatever the access point asks for is accepted, as `connect` does.
        fs::write(
            &file,
            format!(
                "network={{\nssid=\"{ssid}\"\n{psk}key_mgmt=WPA-PSK WPA-PSK-SHA256\nieee80211w=1\n\
                 pairwise=CCMP GCMP CCMP-256 GCMP-256\ngroup=CCMP GCMP CCMP-256 GCMP-256\n{lines}\n}}\n"
            ),
        )?;
        let file = file.to_string_lossy();
        Ok([
            "wpa_supplicant",
            "-D",
            "nl80211",
            "-i",
            &self.radio.interface,
            "-c",
            &file,
        ]
        .map(String::from)
        .into())
    }
}

impl Attempt {
    /// Takes in one more line; false if there is none until the deadline, or the program has ended.
    fn hear(&mut self, deadline: Instant) -> bool {
        let Some((when, line)) = self.daemon.next_line(deadline) else {
            return false;
        };
        self.events.extend(match self.stand_in {
            None => events::from_json(&line),
            Some(_) => events::from_log(&line, when.saturating_duration_since(self.began)),
        });
        true
    }

    fn exit_code(&mut self, deadline: Instant) -> Result<i32> {
        loop {
            while self.hear(Instant::now()) {}
            if let Some(status) = self.daemon.wait(Instant::now() + PAUSE)? {
                return status.code().context("the program was killed by a signal");
            }
            if let Some(code) = self.stand_in_verdict() {
                self.daemon.signal(Signal::Terminate)?;
                ensure!(
                    self.daemon.wait(Instant::now() + PATIENCE)?.is_some(),
                    "the stand-in does not leave"
                );
                return Ok(code);
            }
            ensure!(Instant::now() < deadline, "the program still runs");
        }
    }

    /// With which code `portcullis connect` would have ended by now.
    fn stand_in_verdict(&self) -> Option<i32> {
        let StandIn {
            until_authorized,
            deadline,
        } = self.stand_in.as_ref()?;
        let was = |kind| self.events.iter().any(|event| events::is(event, kind));
        match was(events::AUTHORIZED) {
            true => until_authorized.then_some(DONE),
            false if was(events::REFUSED) => Some(REFUSED),
            false => (Instant::now() >= *deadline).then_some(TIMED_OUT),
        }
    }
}
