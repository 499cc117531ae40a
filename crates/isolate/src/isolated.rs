//! The host's side: an extension whose handlers run in another process.

mod calls;
mod handlers;

use crate::message::{Call, Handler, Kind, Named, Timed};
use crate::process::{Fault, Process};
use crate::wire::{Wire, decode, encode};
use core::time::Duration;
use frame::MacAddress;
use ihv::{
    Buffer, ConnectSession, ExtensionAdapter, Failure, Host, HostAdapter, Reason, Refused, SecuritySession,
    VersionInfo, Win32Error,
};
use std::collections::BTreeMap;
use std::io;
use std::process::Command;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

/// Why an extension could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The process cannot be started.
    #[error("a process for it cannot be started")]
    Process(#[source] io::Error),
    /// The library is no extension; why, as a sentence without its full stop.
    #[error("{0}")]
    Library(String),
    /// The process ended, or did not answer, while the library was loaded.
    #[error("while it was loaded, {0}")]
    Fault(Fault),
}

/// An extension in a process of its own.
///
/// After a [`Fault`] its handlers refuse everything. What was pending is completed as a failure
/// ([`Failure::Crashed`], [`Failure::Hung`]) in [`handle_timeout`](ihv::Extension::handle_timeout), which it
/// asks for then.
pub struct Isolated {
    process: Process,
    limit: Duration,
    version: VersionInfo,
    fault: Option<Fault>,
    adapters: BTreeMap<ExtensionAdapter, Guest>,
    /// What the extension has allocated, by number.
    buffers: BTreeMap<u64, Buffer>,
}

/// An adapter, and what the extension owes on it.
struct Guest {
    handle: HostAdapter,
    preparation: Option<ConnectSession>,
    operations: Vec<(SecuritySession, MacAddress)>,
}

/// The process is gone, for a reason that the host knows.
struct Gone(Failure);

impl From<Gone> for Win32Error {
    fn from(_: Gone) -> Self {
        Self::PROCESS_ABORTED
    }
}

impl From<Gone> for Refused {
    fn from(Gone(failure): Gone) -> Self {
        Self {
            error: Win32Error::PROCESS_ABORTED,
            reason: failure.into(),
        }
    }
}

impl Isolated {
    /// Starts `command`, which has to call [`serve`](crate::serve), and waits until it has loaded its library.
    ///
    /// A handler that has not returned after `limit` never will. `wake` is called, on another thread, when the
    /// host should call [`handle_timeout`](ihv::Extension::handle_timeout) soon.
    ///
    /// # Errors
    /// Why there is no extension.
    pub fn start(command: Command, limit: Duration, wake: Box<dyn Fn() + Send + Sync>) -> Result<Self, StartError> {
        let mut process = Process::start(command, limit, wake).map_err(StartError::Process)?;
        let loaded: Result<Result<VersionInfo, String>, _> = match process.receive(Instant::now() + LOADING.max(limit))
        {
            Ok((Kind::Ready, body)) => decode(&body).map_err(|_| Fault::Garbled),
            Ok(_) => Err(Fault::Garbled),
            Err(RecvTimeoutError::Timeout) => Err(Fault::Hung {
                handler: "GetVersionInfo",
                limit: LOADING.max(limit),
            }),
            Err(RecvTimeoutError::Disconnected) => Err(ended(&mut process)),
        };
        Ok(Self {
            version: loaded.map_err(StartError::Fault)?.map_err(StartError::Library)?,
            process,
            limit,
            fault: None,
            adapters: BTreeMap::new(),
            buffers: BTreeMap::new(),
        })
    }

    /// Why the extension is gone, if it is.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The process, as the system numbers it.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the extension wants the host's attention, at most for `span`. Returns how long that was.
    #[must_use]
    pub fn wait(&self, span: Duration) -> Duration {
        if self.fault.is_some() {
            return span;
        }
        let begun = Instant::now();
        self.process.wait(span);
        begun.elapsed().min(span)
    }

    /// Has the process call a handler, and makes the calls that come back meanwhile.
    fn ask<R: Wire>(&mut self, mut host: Option<&mut dyn Host>, request: Handler) -> Result<R, Gone> {
        self.check()?;
        let handler = request.name();
        let now = host.as_ref().map_or(Duration::ZERO, |host| host.now());
        let mut sent = self.process.send(Kind::Request, &encode(&Timed { now, request }));
        let deadline = Instant::now() + self.limit;
        loop {
            if sent.is_err() {
                return Err(self.disconnected(handler));
            }
            let body = match (self.process.receive(deadline), host.as_deref_mut()) {
                (Ok((Kind::Return, body)), _) => return decode(&body).map_err(|_| self.fail(Fault::Garbled)),
                (Ok((Kind::Call, body)), Some(host)) => decode::<Call>(&body).map(|call| self.execute(host, call)),
                (Ok(_), _) => return Err(self.fail(Fault::Garbled)),
                (Err(RecvTimeoutError::Timeout), _) => {
                    let limit = self.limit;
                    return Err(self.fail(Fault::Hung { handler, limit }));
                }
                (Err(RecvTimeoutError::Disconnected), _) => return Err(self.disconnected(handler)),
            };
            let answer = body.map_err(|_| self.fail(Fault::Garbled))?;
            sent = self.process.send(Kind::Answer, &answer);
        }
    }

    /// Nothing is asked of a process that is gone.
    fn check(&self) -> Result<(), Gone> {
        match self.fault {
            None => Ok(()),
            Some(fault) => Err(Gone(failure(fault))),
        }
    }

    /// The process takes or gives nothing more: it has ended, or has stopped to read.
    fn disconnected(&mut self, handler: &'static str) -> Gone {
        let fault = match self.process.attend() {
            true => Fault::Hung {
                handler,
                limit: self.limit,
            },
            false => ended(&mut self.process),
        };
        self.fail(fault)
    }

    /// The extension is gone from here on.
    fn fail(&mut self, fault: Fault) -> Gone {
        self.process.kill();
        self.fault = Some(fault);
        Gone(failure(fault))
    }

    /// Completes, in the place of an extension that is gone, what it owes on an adapter.
    fn settle(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, reason: Reason, error: Win32Error) {
        let Some(guest) = self.adapters.get_mut(&adapter) else {
            return;
        };
        // A host that refuses has ended it already.
        if let Some(session) = guest.preparation.take() {
            let _ = host.pre_associate_completion(guest.handle, session, reason, error);
        }
        for (session, peer) in guest.operations.drain(..) {
            let _ = host.post_associate_completion(guest.handle, session, peer, reason, error);
        }
    }

    /// Whether an extension that is gone has left something behind.
    fn owes(&self) -> bool {
        let pending = |guest: &Guest| guest.preparation.is_some() || !guest.operations.is_empty();
        !self.buffers.is_empty() || self.adapters.values().any(pending)
    }

    fn guest(&mut self, adapter: HostAdapter) -> Option<&mut Guest> {
        self.adapters.values_mut().find(|guest| guest.handle == adapter)
    }
}

/// How long a library may take to be loaded.
const LOADING: Duration = Duration::from_secs(10);

fn ended(process: &mut Process) -> Fault {
    process.kill().map_or(Fault::Garbled, Fault::Ended)
}

const fn failure(fault: Fault) -> Failure {
    match fault {
        Fault::Hung { .. } => Failure::Hung,
        Fault::Ended(_) | Fault::Garbled => Failure::Crashed,
    }
}
