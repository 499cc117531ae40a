//! The report for a person: a heading, a ladder of what happened, the outcome, why, and what to do next.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use frame::dot11::Authentication;
use keys::Key;

use super::events::sa_query;
use super::json::hex;
use super::operation::{Event, Freshness, KEY_MAX, Message, MicState, Operation, Sender, Step};
use super::outcome::Outcome;

/// Whether the report is coloured.
#[derive(Clone, Copy)]
pub(super) struct Style {
    colour: bool,
}

/// The colours of a terminal, by their ANSI numbers.
#[derive(Clone, Copy)]
enum Colour {
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
}

impl Style {
    /// Colour on a terminal, unless `NO_COLOR` is set to something.
    pub(super) fn of_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colour: io::stdout().is_terminal() && !refused,
        }
    }

    #[cfg(test)]
    pub(super) const fn plain() -> Self {
        Self { colour: false }
    }

    fn paint<T: fmt::Display>(self, colour: Colour, text: T) -> Painted<T> {
        Painted {
            colour: self.colour.then_some(colour),
            text,
        }
    }
}

struct Painted<T> {
    colour: Option<Colour>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.colour {
            Some(colour) => write!(f, "\x1b[{}m{}\x1b[0m", colour as u8, self.text),
            None => self.text.fmt(f),
        }
    }
}

pub(super) fn write(
    file: &Path,
    operation: &Operation,
    show_keys: bool,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    heading(file, operation, style, out)?;
    let start = operation.steps.first().map_or(0, |step| step.time_us);
    for step in &operation.steps {
        rung(step, start, style, out)?;
    }
    let outcome = operation.verdict.outcome();
    let colour = match outcome {
        Outcome::Authorized => Colour::Green,
        Outcome::WrongSecret | Outcome::Rejected => Colour::Red,
        Outcome::Incomplete | Outcome::Unverified => Colour::Yellow,
    };
    writeln!(
        out,
        "  {} {}",
        style.paint(colour, format_args!("{}:", outcome.as_str())),
        operation.verdict
    )?;
    writeln!(out, "  next: {}", operation.verdict.advice())?;
    if show_keys {
        keys("TK", &operation.temporal_keys, out)?;
        keys("GTK", &operation.group_keys, out)?;
        keys("IGTK", &operation.management_keys, out)?;
        keys("BIGTK", &operation.beacon_keys, out)?;
    }
    writeln!(out)
}

fn heading(file: &Path, operation: &Operation, style: Style, out: &mut impl Write) -> io::Result<()> {
    let name = match &operation.ssid {
        Some(ssid) => format!("\"{}\"", ssid.escape_ascii()),
        None => "unknown network".to_owned(),
    };
    let Operation { bssid, sta, .. } = operation;
    writeln!(
        out,
        "{}  access point {bssid}, station {sta}",
        style.paint(Colour::Bold, name)
    )?;
    match &operation.negotiated {
        Some(negotiated) => writeln!(
            out,
            "  {} ({}), pairwise {}, group {}",
            negotiated.akm.name().unwrap_or("unknown suite"),
            negotiated.akm,
            cipher(negotiated.pairwise),
            cipher(negotiated.group),
        )?,
        None => writeln!(out, "  suites not captured")?,
    }
    if let Some(twin) = &operation.open_twin {
        let (name, bssid) = (twin.ssid.escape_ascii(), twin.bssid);
        writeln!(
            out,
            "  in the place of the open network \"{name}\" of access point {bssid}"
        )?;
    }
    writeln!(out, "  {}", style.paint(Colour::Dim, file.display()))
}

fn cipher(cipher: frame::Cipher) -> String {
    match cipher.name() {
        Some(name) => format!("{name} ({cipher})"),
        None => cipher.to_string(),
    }
}

/// Frame number, seconds since the first step, direction, what it was.
fn rung(step: &Step, start: u64, style: Style, out: &mut impl Write) -> io::Result<()> {
    let since = step.time_us.saturating_sub(start);
    let arrow = match step.sender {
        Sender::Station => "station --> AP",
        Sender::AccessPoint => "station <-- AP",
    };
    let (seconds, micros) = (since / 1_000_000, since % 1_000_000);
    write!(out, "  {:>8}  {seconds:>5}.{micros:06}  {arrow}  ", step.frame)?;
    match &step.event {
        Event::Key(message) => key_rung(message, style, out)?,
        Event::Authentication {
            algorithm,
            sequence,
            status,
            sae,
        } => {
            write!(out, "authentication {sequence} ({})", algorithm_name(*algorithm))?;
            match sae {
                Some(sae) => write!(out, ", {sae}")?,
                None if step.sender == Sender::AccessPoint || !status.is_success() => {
                    write!(out, ", status {status}")?;
                }
                None => {}
            }
        }
        Event::TransitionAction(step) => {
            write!(out, "fast transition {} over the DS", step.as_str())?;
            if let Some(status) = step.status() {
                write!(out, ", status {status}")?;
            }
        }
        Event::DirectLink { step, status, mic } => {
            write!(out, "direct link {}, MIC {}", step.as_str(), mic.as_str())?;
            if let Some(status) = status {
                write!(out, ", status {status}")?;
            }
        }
        Event::AssociationRequest(request) => write!(out, "{}", request.describe("request"))?,
        Event::AssociationResponse { status, response } => {
            write!(out, "{}, status {status}", response.describe("response"))?;
        }
        Event::Eap(step) => write!(out, "{step}")?,
        Event::EapSuccess => write!(out, "EAP-Success")?,
        Event::EapFailure => write!(out, "{}", style.paint(Colour::Red, "EAP-Failure"))?,
        Event::SaQuery {
            kind,
            transaction,
            channel,
        } => write!(out, "{}", sa_query(*kind, *transaction, *channel))?,
        Event::Deauthentication(reason) => write!(out, "deauthentication, reason {reason}")?,
        Event::Disassociation(reason) => write!(out, "disassociation, reason {reason}")?,
    }
    if let Some(mic) = step.integrity {
        write!(out, ", MIC {}", mic.as_str())?;
    }
    writeln!(out, "{}", if step.encrypted { ", encrypted" } else { "" })
}

fn key_rung(message: &Message, style: Style, out: &mut impl Write) -> io::Result<()> {
    let mic = message.mic.as_str();
    let colour = match message.mic {
        MicState::Valid => Some(Colour::Green),
        MicState::Invalid => Some(Colour::Red),
        MicState::Unverified | MicState::Absent => None,
    };
    write!(out, "{:<8} MIC ", message.name)?;
    match colour {
        Some(colour) => write!(out, "{}", style.paint(colour, mic))?,
        None => write!(out, "{mic}")?,
    }
    match message.freshness {
        Freshness::Fresh => {}
        Freshness::Copy => write!(out, ", sent again")?,
        Freshness::Replayed => write!(out, ", {}", style.paint(Colour::Red, "replayed"))?,
    }
    write!(out, "{}", message.contents)
}

fn algorithm_name(algorithm: u16) -> &'static str {
    match algorithm {
        Authentication::OPEN => "open",
        Authentication::SHARED_KEY => "shared key",
        Authentication::FAST_TRANSITION => "fast transition",
        Authentication::SAE => "SAE",
        Authentication::FILS_SHARED_KEY | Authentication::FILS_SHARED_KEY_PFS | Authentication::FILS_PUBLIC_KEY => {
            "FILS"
        }
        Authentication::PASN => "PASN",
        _ => "unknown algorithm",
    }
}

fn keys(name: &str, keys: &[Key<KEY_MAX>], out: &mut impl Write) -> io::Result<()> {
    keys.iter()
        .try_for_each(|key| writeln!(out, "  {name:<5} {}", hex(key)))
}
