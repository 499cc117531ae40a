//! The other process, as the host sees it: it is started, written to, listened to, and killed.

use crate::message::{Kind, receive, send};
use core::fmt;
use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use zeroize::Zeroizing;

/// Why an extension is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its process has ended: by a signal, if it crashed.
    Ended(ExitStatus),
    /// A handler did not return in time.
    Hung {
        /// Which one.
        handler: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },
    /// Its process sent what no host can understand.
    Garbled,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => write!(f, "the extension's process has ended with {status}"),
            Self::Hung { handler, limit } => {
                write!(f, "the extension's handler {handler} has not returned in {limit:?}")
            }
            Self::Garbled => write!(f, "the extension's process said what cannot be understood"),
        }
    }
}

/// What comes from the process, but for what wakes.
type Message = (Kind, Zeroizing<Vec<u8>>);

/// How many messages may wait for the host. A process that has more to say than it is asked waits itself, and takes up no
/// memory of the host's.
const UNREAD: usize = 4;

/// See the module.
pub(crate) struct Process {
    child: Child,
    out: UnixStream,
    inbox: Receiver<Message>,
    signals: Arc<Signals>,
}

/// What the process has said outside of any handler.
struct Signals {
    state: Mutex<State>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct State {
    woken: bool,
    gone: bool,
}

impl Process {
    /// Starts `command`, with the socket as its standard input. What it prints goes where errors go.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn start(mut command: Command, limit: Duration, wake: Box<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let (out, theirs) = UnixStream::pair()?;
        out.set_write_timeout(Some(limit))?;
        let from = out.try_clone()?;
        let errors = io::stderr().as_fd().try_clone_to_owned()?;
        let child = command
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::from(errors))
            .spawn()?;
        // The command holds the other end of the socket, too; without that the end of the process would not
        // be the end of what comes from it.
        drop(command);
        let signals = Arc::new(Signals {
            state: Mutex::default(),
            changed: Condvar::new(),
            wake,
        });
        let (messages, inbox) = mpsc::sync_channel(UNREAD);
        let listener = Arc::clone(&signals);
        std::thread::Builder::new()
            .name("extension's process".into())
            .spawn(move || listener.listen(&from, &messages))?;
        Ok(Self {
            child,
            out,
            inbox,
            signals,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&self, kind: Kind, body: &[u8]) -> io::Result<()> {
        send(&self.out, kind, body)
    }

    /// What comes next, until `deadline`. Nothing more ever comes where it is disconnected.
    pub(crate) fn receive(&self, deadline: Instant) -> Result<Message, RecvTimeoutError> {
        self.inbox
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether the process wants the host's attention, or is gone.
    pub(crate) fn calls(&self) -> bool {
        let state = self.signals.lock();
        state.woken || state.gone
    }

    /// The process has the host's attention. False if it is gone.
    pub(crate) fn attend(&self) -> bool {
        let mut state = self.signals.lock();
        state.woken = false;
        !state.gone
    }

    /// Waits until the process wants the host's attention, at most for so long.
    pub(crate) fn wait(&self, span: Duration) {
        let state = self.signals.lock();
        // How it ended is seen in the state.
        drop(
            self.signals
                .changed
                .wait_timeout_while(state, span, |state| !state.woken && !state.gone),
        );
    }

    /// Ends the process, if it has not ended by itself. How it ended, if that can be known.
    pub(crate) fn kill(&mut self) -> Option<ExitStatus> {
        // It fails for a process that has ended, which then keeps its own status.
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Signals {
    /// Takes all that comes, until nothing comes any more.
    fn listen(&self, from: &UnixStream, messages: &SyncSender<Message>) {
        loop {
            let taken = match receive(from) {
                Ok((Kind::Wake, _)) => {
                    self.change(|state| state.woken = true);
                    continue;
                }
                Ok(message) => messages.send(message).is_ok(),
                Err(_) => false,
            };
            if !taken {
                return self.change(|state| state.gone = true);
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
        (self.wake)();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
