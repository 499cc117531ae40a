//! FreeRADIUS, beside the first access point.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::processes::{self, Daemon};
use crate::vm::scenario::Logins;
use crate::vm::server::PLACE;

/// How long FreeRADIUS may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct AuthenticationServer {
    daemon: Daemon,
    accepted: usize,
    rejected: usize,
}

/// Puts the files of a scenario's server where the scenario finds them.
pub(super) fn place(files: &Path) -> Result<()> {
    processes::run(&["cp".as_ref(), "-r".as_ref(), files.as_os_str(), PLACE.as_ref()]).map(drop)
}

/// Removes them.
pub(super) fn remove() -> Result<()> {
    processes::run(&["rm", "-rf", PLACE]).map(drop)
}

impl AuthenticationServer {
    /// Starts it in a network namespace, and returns when it takes requests.
    pub(super) fn start(namespace: &str, logs: &Path) -> Result<Self> {
        let words = ["freeradius", "-f", "-l", "stdout", "-d", PLACE, "-n", "radiusd"];
        let daemon = Daemon::start(&processes::within(namespace, &words), &logs.join("server.log"))?;
        let deadline = Instant::now() + PATIENCE;
        let mut last = String::new();
        while let Some((_, line)) = daemon.next_line(deadline) {
            if line.contains("Ready to process requests") {
                return Ok(Self {
                    daemon,
                    accepted: 0,
                    rejected: 0,
                });
            }
            last = line;
        }
        bail!("FreeRADIUS does not come up: {last}")
    }

    /// Waits until it has let in and refused as often as the step says, and no more.
    pub(super) fn expect(&mut self, logins: &Logins) -> Result<()> {
        let deadline = Instant::now() + logins.within.0;
        let enough = |server: &Self| server.accepted >= logins.accepted && server.rejected >= logins.rejected;
        // What has been said already counts, however much it is.
        self.hear(Instant::now());
        while !enough(self) && self.hear_line(deadline) {}
        ensure!(
            (self.accepted, self.rejected) == (logins.accepted, logins.rejected),
            "the server has let in {} and refused {}",
            self.accepted,
            self.rejected
        );
        Ok(())
    }

    fn hear(&mut self, deadline: Instant) {
        while self.hear_line(deadline) {}
    }

    /// Takes in one more line; false if there is none until the deadline.
    fn hear_line(&mut self, deadline: Instant) -> bool {
        let Some((_, line)) = self.daemon.next_line(deadline) else {
            return false;
        };
        // What goes on inside a tunnel is a part of the login around it.
        if !line.contains("via TLS tunnel") {
            self.accepted += usize::from(line.contains("Login OK"));
            self.rejected += usize::from(line.contains("Login incorrect") || line.contains("Invalid user"));
        }
        true
    }
}
