//! Sessions that a server lets resume: only those of authentications that came to a good end.
//!
//! A handshake proves nothing about a peer that proves itself inside the tunnel. If its session counted, the peer could
//! come back with it and be let in without having said anything.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::{fmt, mem};
use std::sync::{Mutex, PoisonError};

use rustls::server::StoresServerSessions;

/// What one connection reads of the sessions, and what it would add.
pub(super) struct Staged {
    proven: Arc<dyn StoresServerSessions>,
    unproven: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
}

impl Staged {
    pub(super) fn new(proven: Arc<dyn StoresServerSessions>) -> Self {
        Self {
            proven,
            unproven: Mutex::default(),
        }
    }

    /// The authentication came to a good end.
    pub(super) fn commit(&self) {
        for (key, value) in mem::take(&mut *self.unproven.lock().unwrap_or_else(PoisonError::into_inner)) {
            self.proven.put(key, value);
        }
    }
}

impl StoresServerSessions for Staged {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.unproven
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((key, value));
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.proven.get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.proven.take(key)
    }

    fn can_cache(&self) -> bool {
        self.proven.can_cache()
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").finish_non_exhaustive()
    }
}
