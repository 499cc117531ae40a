//! The packet that is under way, for the case that it is the last one.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// No packet takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Watch {
    now: Mutex<Now>,
    ended: Condvar,
}

struct Now {
    packet: Vec<u8>,
    since: Instant,
    is_over: bool,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self {
            now: Mutex::new(Now {
                packet: Vec::with_capacity(1 << 16),
                since: Instant::now(),
                is_over: false,
            }),
            ended: Condvar::new(),
        }
    }

    /// A packet is delivered.
    pub(crate) fn note(&self, packet: &[u8]) {
        let mut now = self.now();
        now.packet.clear();
        now.packet.extend_from_slice(packet);
        now.since = Instant::now();
    }

    /// The packet that was delivered last, in hexadecimal digits.
    pub(crate) fn last(&self) -> String {
        self.now().packet.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// Nothing more is delivered.
    pub(crate) fn end(&self) {
        self.now().is_over = true;
        self.ended.notify_all();
    }

    /// Ends the program if a packet is never done with: nothing else could end that.
    pub(crate) fn keep(&self) {
        let mut now = self.now();
        while !now.is_over {
            if now.since.elapsed() > PATIENCE {
                drop(now);
                eprintln!("no end to the packet {}", self.last());
                std::process::abort();
            }
            let waited = self.ended.wait_timeout(now, PATIENCE / 8);
            now = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
