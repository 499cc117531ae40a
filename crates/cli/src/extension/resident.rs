//! Foreign extensions in this very process.

use checker::{Fault, Subject};
use core::time::Duration;
use ihv::Rule;
use ihv::abi::{LoadError, Loaded, PacketForm};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// A foreign extension to be checked, in real time, and without a process of its own.
pub(super) struct Resident {
    library: PathBuf,
    /// Loaded to see whether it is an extension at all; nothing has happened to it.
    first: Option<Loaded>,
    packets: PacketForm,
    calls: Arc<Calls>,
}

/// Whether a thread of the extension's wants the host's attention.
#[derive(Default)]
struct Calls {
    wanted: Mutex<bool>,
    changed: Condvar,
}

impl Resident {
    /// # Errors
    /// The library is no extension; why, as a sentence for a person.
    pub(super) fn new(library: &Path, packets: PacketForm) -> Result<Self, String> {
        let blame = |error: &dyn core::fmt::Display| format!("{}: {error}", library.display());
        let calls = Arc::default();
        // A name without a directory would be searched for among the system's libraries.
        let path = library.canonicalize().map_err(|error| blame(&error))?;
        let first =
            load(&path, packets, &calls).map_err(|error| blame(&format_args!("this is no extension: {error}")))?;
        Ok(Self {
            library: path,
            first: Some(first),
            packets,
            calls,
        })
    }
}

fn load(library: &Path, packets: PacketForm, calls: &Arc<Calls>) -> Result<Loaded, String> {
    let calls = Arc::clone(calls);
    let explain = |error: LoadError| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let loaded = isolate::load(library, Box::new(move || calls.call())).map_err(explain)?;
    Ok(loaded.with_packet_form(packets))
}

impl Calls {
    fn call(&self) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits until somebody calls, at most for so long.
    fn wait(&self, span: Duration) {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(wanted, span, |wanted| !*wanted);
        let (mut wanted, _) = waited.unwrap_or_else(PoisonError::into_inner);
        // The host comes now, and again for what is said from here on.
        *wanted = false;
    }
}

impl Subject for Resident {
    type Extension = Loaded;

    fn fresh(&mut self) -> Result<Loaded, Fault> {
        match self.first.take() {
            Some(first) => Ok(first),
            None => load(&self.library, self.packets, &self.calls).map_err(|what| Fault { rule: Rule::R01, what }),
        }
    }

    fn wait(&self, _extension: &Loaded, span: Duration) -> Duration {
        let begun = Instant::now();
        self.calls.wait(span);
        begun.elapsed().min(span)
    }

    fn patience(&self) -> Duration {
        super::PATIENCE
    }
}
