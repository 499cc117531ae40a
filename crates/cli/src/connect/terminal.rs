//! The terminal of whoever runs the command, for questions that only a person can answer.

use rustix::fs::{Mode, OFlags};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io;
use std::os::fd::OwnedFd;
use tokio::io::unix::AsyncFd;
use zeroize::Zeroizing;

/// Octets that are read at most: more than the longest secret and its line end. A terminal gives no longer lines.
const LIMIT: usize = 4096;

/// A question that was asked; the terminal is as before when this is dropped.
pub(super) struct Prompt {
    device: AsyncFd<OwnedFd>,
    /// How the terminal was, if it has stopped to show what is typed.
    before: Option<Termios>,
}

impl Prompt {
    /// Writes `text`; what is typed is not shown if it is `secret`.
    ///
    /// # Errors
    /// There is no terminal, or it is gone.
    pub(super) fn ask(text: &str, secret: bool) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        #[expect(
            deprecated,
            reason = "unsound only for types that lose their descriptor meanwhile; this one owns it, and what is to \
                      take its place is an unsafe function"
        )]
        let device = AsyncFd::new(rustix::fs::open("/dev/tty", flags, Mode::empty())?)?;
        let mut prompt = Self { device, before: None };
        if secret {
            prompt.hide()?;
        }
        prompt.write(text)?;
        Ok(prompt)
    }

    fn hide(&mut self) -> io::Result<()> {
        let before = tcgetattr(&self.device)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        // What was typed ahead was not meant for this question.
        tcsetattr(&self.device, OptionalActions::Flush, &hidden)?;
        self.before = Some(before);
        Ok(())
    }

    /// Writes more, such as what else is wanted.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write(&self, mut text: &str) -> io::Result<()> {
        while !text.is_empty() {
            let written = rustix::io::write(&self.device, text.as_bytes())?;
            text = text.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Waits for the line that is typed, without its end; `None` at the end of the input. Cancel-safe: a terminal gives
    /// a line as a whole or not at all.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) async fn line(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut line = Zeroizing::new(vec![0; LIMIT]);
        let length = loop {
            let mut ready = self.device.readable().await?;
            let read = ready.try_io(|device| Ok(rustix::io::read(device, &mut **line)?));
            if let Ok(length) = read {
                break length?;
            }
        };
        line.truncate(length);
        if line.pop().is_none() {
            return Ok(None);
        }
        Ok(Some(line))
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // The end of the line was not shown either. Where the terminal is gone, nobody sees it.
            let _ = tcsetattr(&self.device, OptionalActions::Now, before);
            let _ = self.write("\n");
        }
    }
}
