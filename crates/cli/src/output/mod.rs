//! Events for people and for machines: the same for every command.

#[cfg(target_os = "linux")]
mod sentence;
#[cfg(target_os = "linux")]
mod text;

use host::event::Event;
use std::io::{self, Write};

#[cfg(target_os = "linux")]
pub(crate) use text::write_text;

/// Writes an event as one line of JSON; see `docs/events.md`.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_json(out: &mut impl Write, event: &Event, adapter: &str) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &event.record(adapter))?;
    out.write_all(b"\n")
}
