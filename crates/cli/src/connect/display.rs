//! What is shown of the events, and when.

use crate::output::{write_json, write_text};
use core::time::Duration;
use host::event::{Event, Kind};
use host::outcome::Outcome;
use std::io::{self, Write};

/// For how long nothing must have happened before events are shown.
const QUIET: Duration = Duration::from_millis(50);
/// How long an event waits at most.
const LATEST: Duration = Duration::from_millis(250);

/// Shows events on standard output, a moment after they have happened.
///
/// Whoever reads there may be slow, and a full pipe stops a program. An access point that waits for the next frame of a
/// handshake does not care, and gives up. So events are kept until nothing happens for a while, or something has come to
/// its end; `time` tells when they happened.
pub(super) struct Display<'a> {
    interface: &'a str,
    json: bool,
    waiting: Vec<Event>,
}

impl<'a> Display<'a> {
    pub(super) const fn new(interface: &'a str, json: bool) -> Self {
        Self {
            interface,
            json,
            waiting: Vec::new(),
        }
    }

    /// Keeps an event until it is due. An outcome is shown at once, with all that came before.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub(super) fn take(&mut self, event: Event) -> io::Result<()> {
        let is_outcome = matches!(event.kind, Kind::Outcome(_));
        self.waiting.push(event);
        match is_outcome {
            true => self.show(),
            false => Ok(()),
        }
    }

    /// When [`Self::show`] wants to be called; `None` if there is nothing to show.
    pub(super) fn due(&self) -> Option<Duration> {
        let (first, last) = (self.waiting.first()?, self.waiting.last()?);
        Some((last.time + QUIET).min(first.time + LATEST))
    }

    /// Shows all events that were kept, in one go.
    ///
    /// # Errors
    /// Those of standard output. The events are not kept then.
    pub(super) fn show(&mut self) -> io::Result<()> {
        let mut lines = Vec::new();
        for event in self.waiting.drain(..) {
            write(&mut lines, &event, self.interface, self.json)?;
        }
        let mut out = io::stdout().lock();
        out.write_all(&lines)?;
        out.flush()
    }
}

fn write(out: &mut impl Write, event: &Event, interface: &str, json: bool) -> io::Result<()> {
    if json {
        return write_json(out, event, interface);
    }
    write_text(out, event)?;
    match event.kind {
        Kind::Outcome(outcome) if outcome != Outcome::Authorized => writeln!(out, "{:>16}{}", "", outcome.next_step()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ihv::HostAdapter;

    fn event(milliseconds: u64) -> Event {
        Event {
            time: Duration::from_millis(milliseconds),
            adapter: HostAdapter(1),
            peer: None,
            session_id: None,
            kind: Kind::AdapterRemoved {},
        }
    }

    #[test]
    fn events_wait_until_nothing_happens_but_not_for_long() {
        let mut display = Display::new("wlan0", true);
        assert_eq!(display.due(), None);
        for (time, due) in [(100, 150), (140, 190), (180, 230), (320, 350)] {
            display.take(event(time)).unwrap();
            assert_eq!(display.due(), Some(Duration::from_millis(due)));
        }
        display.show().unwrap();
        assert_eq!(display.due(), None);
    }
}
