//! One run of the virtual machine: the emulator as a child process, and what the guest reports.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::report::Report;
use super::scenario::LONGEST_STEP;
use crate::setup;

/// The guest reports the beginning of every step. One that is silent for the longest step and the time that its
/// programs may take besides is hung.
const SILENCE: Duration = Duration::from_secs(LONGEST_STEP.as_secs() + 60);

/// A running virtual machine. Dropping it ends the emulator.
pub(crate) struct Machine {
    emulator: Child,
    reports: Receiver<Report>,
}

impl Machine {
    /// Boots `image`, an initial file system, with the directory `share` as the guest's shared folder.
    ///
    /// # Errors
    /// If the emulator is not installed or does not start.
    pub(crate) fn boot(kernel: &Path, image: &Path, share: &Path) -> Result<Self> {
        let console = share.join("console.log");
        fs::create_dir_all(share)?;
        let mut emulator = Command::new("setpriv");
        emulator
            // The emulator must not outlive this program, however it ends.
            .args(["--pdeathsig", "KILL"])
            .arg(setup::find_program("qemu-system-x86_64").context("qemu is not installed; run `cargo xtask setup`")?)
            .args(["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024"])
            .args([
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
                "-net",
                "none",
            ])
            .arg("-kernel")
            .arg(kernel)
            .arg("-initrd")
            .arg(image)
            .args(["-append", "console=ttyS0 quiet panic=-1"])
            .arg("-serial")
            .arg(format!("file:{}", console.display()))
            .args(["-serial", "stdio"])
            .arg("-virtfs")
            .arg(format!(
                "local,path={},mount_tag=share,security_model=none",
                share.display()
            ));
        emulator
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(share.join("emulator.log"))?);
        let mut emulator = emulator.spawn().context("cannot start the emulator")?;
        let lines = emulator.stdout.take().context("the emulator has no output")?;
        let (sender, reports) = mpsc::channel();
        thread::spawn(move || {
            // A line that is no report is noise of the serial line before the guest has set it up.
            let reports = BufReader::new(lines)
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| Report::parse(&line));
            for report in reports {
                if sender.send(report).is_err() {
                    break;
                }
            }
        });
        Ok(Self { emulator, reports })
    }

    /// The guest's next report, or why there will be none.
    pub(crate) fn next_report(&self) -> Result<Report, &'static str> {
        self.reports.recv_timeout(SILENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => "the virtual machine hangs",
            RecvTimeoutError::Disconnected => "the virtual machine ended by itself",
        })
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Already ended is as good; there is nobody left to tell of another failure.
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}
