//! The extension itself: its adapters, and the handlers that the host calls.

mod adapter;
mod approaching;
mod handlers;
mod operations;
mod pre_association;
mod timers;

use self::adapter::Adapter;
use crate::memory::Floors;
use crate::operation::Completions;
use crate::table::Table;
use core::time::Duration;
use ihv::ExtensionAdapter;
use rand_core::CryptoRng;
use rsn::pmksa::StoredError;
use rsn::{Effects, PmksaCache};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How many PMKSAs are kept.
const PMKSAS: usize = 64;

/// The built-in extension. `R` makes the nonces: it must be unpredictable.
pub struct BuiltIn<R> {
    rng: R,
    adapters: Table<Adapter>,
    /// When which adapter wants to be called.
    timers: BTreeSet<(Duration, ExtensionAdapter)>,
    effects: Effects,
    completions: Completions,
    floors: Floors,
    pmksas: PmksaCache,
}

impl<R: CryptoRng> BuiltIn<R> {
    /// An extension without adapters.
    pub fn new(rng: R) -> Self {
        Self {
            rng,
            adapters: Table::new(),
            timers: BTreeSet::new(),
            effects: Effects::new(),
            completions: Completions::default(),
            floors: Floors::default(),
            pmksas: PmksaCache::new(PMKSAS),
        }
    }

    /// The PMKSAs that are valid at `now`, as octets, for whoever keeps them until the extension is made anew. They are
    /// secrets.
    #[must_use]
    pub fn stored_pmksas(&self, now: Duration) -> Zeroizing<Vec<u8>> {
        self.pmksas.store(now)
    }

    /// Takes back what [`Self::stored_pmksas`] gave `elapsed` ago, but for what has expired meanwhile.
    ///
    /// # Errors
    /// They are damaged, or of a version that is not known; then none is taken.
    pub fn restore_pmksas(&mut self, now: Duration, elapsed: Duration, octets: &[u8]) -> Result<(), StoredError> {
        self.pmksas.restore(now, elapsed, octets)
    }

    fn forget(&mut self, handle: ExtensionAdapter) -> Option<Adapter> {
        let adapter = self.adapters.remove(handle)?;
        if let Some(timer) = adapter.timer {
            self.timers.remove(&(timer, handle));
        }
        Some(adapter)
    }
}
