//! Events as people read them.

use super::sentence::sentence;
use host::event::{Event, Kind};
use std::io::{self, Write};

/// Writes an event as one line for a person: the time since the start, then what happened. A security
/// packet is drawn as an arrow between station and access point.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_text(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let milliseconds = event.time.as_secs_f64() * 1000.0;
    write!(out, "{milliseconds:>11.3} ms  ")?;
    match arrow(&event.kind) {
        Some(arrow) => writeln!(out, "{arrow}"),
        None => writeln!(out, "{}", sentence(&event.kind)),
    }
}

/// How wide an arrow is drawn.
const ARROW: usize = 36;

fn arrow(kind: &Kind) -> Option<String> {
    let (message, ethertype, octets, sent) = match kind {
        Kind::PacketSent {
            message,
            ethertype,
            octets,
        } => (message, ethertype, octets, true),
        Kind::PacketReceived {
            message,
            ethertype,
            octets,
        } => (message, ethertype, octets, false),
        _ => return None,
    };
    let label = match message {
        Some(message) => format!(" {} ", message.0),
        None => format!(" {ethertype:#06x} "),
    };
    let shaft = format!("{label:─^ARROW$}");
    Some(if sent {
        format!("station {shaft}▶ access point   {octets} octets")
    } else {
        format!("station ◀{shaft} access point   {octets} octets")
    })
}
