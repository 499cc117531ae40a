//! A terminal at which a station's program runs, and the hands of the person before it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{self, OpenptFlags};

pub(super) struct Terminal {
    device: File,
    shown: Receiver<Vec<u8>>,
    /// What the program has shown since the last answer.
    screen: String,
}

impl Terminal {
    /// A new terminal, and the program's end of it.
    pub(super) fn open() -> Result<(Self, Stdio)> {
        let device = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).context("no terminal")?;
        pty::grantpt(&device)?;
        pty::unlockpt(&device)?;
        let name = pty::ptsname(&device, Vec::new())?;
        let end = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        let device = File::from(device);
        let mut screen = device.try_clone()?;
        let (sender, shown) = mpsc::channel();
        thread::spawn(move || {
            let mut octets = [0; 1024];
            // It ends with an error when the program closes its end.
            while let Ok(length) = screen.read(&mut octets) {
                let shown = octets.get(..length).unwrap_or_default().to_vec();
                if length == 0 || sender.send(shown).is_err() {
                    break;
                }
            }
        });
        let terminal = Self {
            device,
            shown,
            screen: String::new(),
        };
        Ok((terminal, Stdio::from(end)))
    }

    /// Waits until `prompt` is shown, and types `text`.
    pub(super) fn answer(&mut self, prompt: &str, text: &str, deadline: Instant) -> Result<()> {
        while !self.screen.contains(prompt) {
            let left = deadline.saturating_duration_since(Instant::now());
            let shown = self.shown.recv_timeout(left);
            ensure!(shown.is_ok(), "the terminal shows {:?}", self.screen);
            self.screen
                .push_str(&String::from_utf8_lossy(&shown.unwrap_or_default()));
        }
        self.screen.clear();
        self.device.write_all(format!("{text}\n").as_bytes())?;
        Ok(())
    }
}
