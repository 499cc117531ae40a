//! Between a server and its tunnels.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onex::server::tls::Meddler;

use super::mutant::{Chance, change_inside};

/// Changes what is said inside, in every second message of the conversations in which it does so at all.
#[derive(Clone)]
pub(crate) struct Inside(Arc<Mutex<State>>);

struct State {
    chance: Chance,
    /// The type of the method around the tunnel.
    kind: u8,
    is_active: bool,
    has_changed: bool,
}

impl Inside {
    pub(crate) fn new(seed: u64, kind: u8) -> Self {
        Self(Arc::new(Mutex::new(State {
            chance: Chance::new(seed),
            kind,
            is_active: false,
            has_changed: false,
        })))
    }

    pub(crate) fn meddler(&self) -> Arc<Meddler> {
        let inside = self.clone();
        Arc::new(move |plaintext| inside.state().meddle(plaintext))
    }

    /// A conversation begins.
    pub(crate) fn begin(&self, is_active: bool) {
        let mut state = self.state();
        state.is_active = is_active;
        state.has_changed = false;
    }

    /// Whether the request that was made last has something else inside than it should. It says so once.
    pub(crate) fn has_changed(&self) -> bool {
        std::mem::take(&mut self.state().has_changed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn meddle(&mut self, plaintext: &mut Vec<u8>) {
        if self.is_active && self.chance.once_in(2) {
            let before = plaintext.clone();
            change_inside(&mut self.chance, self.kind, plaintext);
            self.has_changed |= *plaintext != before;
        }
    }
}
