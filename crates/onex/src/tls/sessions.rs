//! Sessions that may be resumed: only those of authentications that came to a good end.
//!
//! A server that has a right certificate and then never asks for the password would otherwise hand out a ticket, and be
//! believed for it the next time (the way of CVE-2023-52160).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::{fmt, mem};
use std::sync::{Mutex, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

/// Servers of which a profile remembers sessions: all connections of a profile have one name.
const REMEMBERED: usize = 8;

/// The sessions of one profile.
#[derive(Debug)]
pub(super) struct Sessions(ClientSessionMemoryCache);

impl Sessions {
    pub(super) fn new() -> Self {
        Self(ClientSessionMemoryCache::new(REMEMBERED))
    }

    #[cfg(test)]
    pub(super) fn has_one_for(&self, name: &ServerName<'static>) -> bool {
        self.0.tls12_session(name).is_some() || self.0.take_tls13_ticket(name).is_some()
    }
}

/// What one connection reads of them, and what it would add.
pub(super) struct Staged {
    proven: Arc<Sessions>,
    unproven: Mutex<Vec<(ServerName<'static>, Session)>>,
}

enum Session {
    Tls12(Tls12ClientSessionValue),
    Tls13(Tls13ClientSessionValue),
}

impl Staged {
    pub(super) const fn new(proven: Arc<Sessions>) -> Self {
        Self {
            proven,
            unproven: Mutex::new(Vec::new()),
        }
    }

    /// The authentication came to a good end: what the server handed out may be used the next time.
    pub(super) fn commit(&self) {
        for (name, session) in mem::take(&mut *self.unproven.lock().unwrap_or_else(PoisonError::into_inner)) {
            match session {
                Session::Tls12(value) => self.proven.0.set_tls12_session(name, value),
                Session::Tls13(value) => self.proven.0.insert_tls13_ticket(name, value),
            }
        }
    }

    fn stage(&self, name: ServerName<'static>, session: Session) {
        self.unproven
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name, session));
    }
}

impl ClientSessionStore for Staged {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.proven.0.set_kx_hint(name, group);
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.proven.0.kx_hint(name)
    }

    fn set_tls12_session(&self, name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.stage(name, Session::Tls12(value));
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.proven.0.tls12_session(name)
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        self.proven.0.remove_tls12_session(name);
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.stage(name, Session::Tls13(value));
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.proven.0.take_tls13_ticket(name)
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").finish_non_exhaustive()
    }
}
