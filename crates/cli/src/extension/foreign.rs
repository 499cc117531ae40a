//! Foreign extensions: each in a process of its own, which is this program again.

use super::packets::Packets;
use crate::duration;
use checker::{Fault, Subject};
use clap::Args;
use core::time::Duration;
use ihv::Rule;
use isolate::{Isolated, StartError};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// How a host deals with a foreign extension.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How long a handler of the foreign extension may take, such as 500ms or 5s. One that has not returned then is
    /// taken for hung. Handlers do not wait for anything: the default is more than enough.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = some_time)]
    extension_timeout: Duration,
    #[command(flatten)]
    packets: Packets,
}

impl Manner {
    pub(super) const fn packets(self) -> Packets {
        self.packets
    }
}

fn some_time(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("a handler needs some time".to_owned()),
        span => Ok(span),
    }
}

/// Starts a foreign extension. `wake` is called, on another thread, when it wants the host's attention.
///
/// # Errors
/// Why there is none, as a sentence for a person.
pub(crate) fn start(library: &Path, manner: Manner, wake: Box<dyn Fn() + Send + Sync>) -> Result<Isolated, String> {
    let blame = |error: &dyn core::fmt::Display| format!("{}: {error}", library.display());
    // A name without a directory would be searched for among the system's libraries.
    let path = library.canonicalize().map_err(|error| blame(&error))?;
    let program = env::current_exe().map_err(|error| blame(&error))?;
    let mut command = Command::new(program);
    command.args(["extension", "serve"]).arg(path);
    manner.packets.hand_on(&mut command);
    Isolated::start(command, manner.extension_timeout, wake).map_err(|error| match &error {
        StartError::Process(why) => blame(&format_args!("{error}: {why}")),
        StartError::Library(_) | StartError::Fault(_) => blame(&format_args!("this is no extension: {error}")),
    })
}

/// The process of a foreign extension, until its host has enough.
pub(super) fn serve(library: &Path, packets: Packets) -> ExitCode {
    match isolate::serve(library, packets.form()) {
        // The extension's threads may be anywhere: the process ends without them.
        Ok(()) | Err(_) => std::process::exit(0),
    }
}

/// A foreign extension to be checked: in real time, since it has threads of its own.
pub(super) struct Foreign {
    library: PathBuf,
    manner: Manner,
    /// Started to see whether it is an extension at all; nothing has happened to it.
    first: Option<Isolated>,
}

impl Foreign {
    /// # Errors
    /// The library is no extension; why, as a sentence for a person.
    pub(super) fn new(library: &Path, manner: Manner) -> Result<Self, String> {
        Ok(Self {
            first: Some(start(library, manner, Box::new(|| {}))?),
            library: library.into(),
            manner,
        })
    }
}

impl Subject for Foreign {
    type Extension = Isolated;

    fn fresh(&mut self) -> Result<Isolated, Fault> {
        match self.first.take() {
            Some(first) => Ok(first),
            None => start(&self.library, self.manner, Box::new(|| {})).map_err(|what| Fault { rule: Rule::R01, what }),
        }
    }

    fn wait(&self, extension: &Isolated, span: Duration) -> Duration {
        extension.wait(span)
    }

    fn patience(&self) -> Duration {
        super::PATIENCE
    }

    fn fault(&self, extension: &Isolated) -> Option<Fault> {
        extension.fault().map(|fault| Fault {
            rule: Rule::R02,
            what: fault.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_gets_some_time() {
        assert_eq!(some_time("250ms"), Ok(Duration::from_millis(250)));
        assert!(some_time("0s").is_err() && some_time("soon").is_err());
    }
}
