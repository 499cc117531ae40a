//! `portcullis inspect`: what happened in somebody else's capture, and why.
//!
//! The analysis is a library of its own: an [`Inspector`] takes the frames of a capture and gives out an
//! [`Operation`] for each association, with every EAPOL-Key frame, what is proved about it, and a [`Verdict`].
//! This module puts files in and reports out around it.

mod args;
mod association;
mod contents;
mod direct_link;
mod eap;
mod elements;
mod events;
mod exchange;
mod group_integrity;
mod inspector;
mod json;
mod judge;
mod key_message;
mod ladder;
mod networks;
mod operation;
mod outcome;
mod parties;
mod plain;
mod progress;
mod recent;
mod sae;
mod secrets;
mod text;
mod transition;
mod wording;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use adapter::replay::{Capture, ReplayError};
use host::outcome::exit;

pub use args::Args;
pub use contents::{Contents, Delivered};
pub use eap::{Alert, EapStep};
pub use inspector::Inspector;
pub use operation::{
    DirectLinkStep, Event, Freshness, KEY_MAX, Message, MicState, Negotiated, Operation, RejectedGroups, Request,
    SaeStep, Sender, Step,
};
pub use outcome::{Compared, Finding, Missing, Outcome, Remark, Verdict};
pub use plain::{PlainAssociation, Protection};
pub use secrets::Secrets;

use progress::Progress;

/// Reports every post-association operation in the captures of `args` on standard output.
///
/// Exit codes: 0 if every capture was read to its end, 5 if one was not (what was read of it is reported).
#[must_use]
pub fn run(args: Args) -> ExitCode {
    let Args {
        files,
        secrets,
        show_keys,
        json,
        events,
    } = args;
    let mut secrets = secrets.into_secrets();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut report = if events {
        Report::Events { operations: 0 }
    } else if json {
        Report::Json
    } else {
        Report::Text(text::Style::of_stdout())
    };
    let mut all_read = true;
    for file in &files {
        match inspect(file, &mut secrets, show_keys, &mut report, &mut out) {
            Ok(()) => {}
            Err(Failure::Capture(error)) => {
                eprintln!("portcullis: {}: {error}", file.display());
                all_read = false;
            }
            // Whoever read the report has seen enough.
            Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(Failure::Output(error)) => {
                eprintln!("portcullis: the report cannot be written: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if all_read {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::BAD_INPUT)
    }
}

/// How operations are reported.
enum Report {
    Json,
    /// In the schema that all commands share.
    Events {
        operations: u32,
    },
    Text(text::Style),
}

enum Failure {
    Capture(ReplayError),
    Output(io::Error),
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        Self::Capture(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Reports one file. What was read before a fault is reported before the fault is.
fn inspect(
    file: &Path,
    secrets: &mut Secrets,
    show_keys: bool,
    report: &mut Report,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut capture = Capture::open(file)?;
    let mut inspector = Inspector::new(secrets);
    let progress = Progress::of(file, &capture);
    let mut operations = 0;
    let mut frames = 0;
    let end = loop {
        match capture.next_frame() {
            Ok(Some(frame)) => {
                frames = frame.number;
                inspector.feed(&frame);
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        progress.tick(frames, &capture);
        while let Some(operation) = inspector.next_operation() {
            operations += 1;
            progress.suspend(|| report.operation(file, &operation, show_keys, out))?;
        }
        while let Some(plain) = inspector.next_plain() {
            progress.suspend(|| report.plain(&plain, out))?;
        }
    };
    progress.finish();
    for operation in inspector.finish() {
        operations += 1;
        report.operation(file, &operation, show_keys, out)?;
    }
    while let Some(plain) = inspector.next_plain() {
        report.plain(&plain, out)?;
    }
    if operations == 0 && end.is_ok() {
        report.nothing(file, frames, out)?;
    }
    out.flush()?;
    Ok(end?)
}

impl Report {
    fn operation(
        &mut self,
        file: &Path,
        operation: &Operation,
        show_keys: bool,
        out: &mut impl Write,
    ) -> io::Result<()> {
        match self {
            Self::Json => json::write(file, operation, show_keys, out),
            Self::Events { operations } => {
                *operations += 1;
                events::write(operation, *operations, out)
            }
            Self::Text(style) => text::write(file, operation, show_keys, *style, out),
        }
    }

    fn plain(&self, plain: &PlainAssociation, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Json | Self::Events { .. } => eprintln!("{plain}"),
            Self::Text(_) => writeln!(out, "{plain}\n")?,
        }
        Ok(())
    }

    fn nothing(&self, file: &Path, frames: u64, out: &mut impl Write) -> io::Result<()> {
        let sentence = format!(
            "{}: no post-association operation in {frames} frames: no RSN or WPA association and no EAPOL-Key frame.",
            file.display()
        );
        match self {
            Self::Json | Self::Events { .. } => eprintln!("{sentence}"),
            Self::Text(_) => writeln!(out, "{sentence}")?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod air;
#[cfg(test)]
mod tests;
