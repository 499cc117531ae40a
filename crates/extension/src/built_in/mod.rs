//! The extension itself: its adapters, and the handlers that the host calls.

mod adapter;
mod approaching;
mod handlers;
mod operations;
mod pre_association;
mod timers;

use self::adapter::Adapter;
use crate::memory::{Floors, StoredError};
use crate::operation::Completions;
use crate::table::Table;
use core::time::Duration;
use ihv::ExtensionAdapter;
use rand_core::CryptoRng;
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

    /// What is remembered at `now`, as octets, for whoever keeps it until the extension is made anew: PMKSAs, and how well
    /// networks were protected. They are secrets.
    #[must_use]
    pub fn stored(&self, now: Duration) -> Zeroizing<Vec<u8>> {
        let pmksas = self.pmksas.store(now);
        // As long as is needed from the start: growing would leave copies of keys behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(self.floors.stored_len() + pmksas.len()));
        self.floors.store(&mut octets);
        octets.extend_from_slice(&pmksas);
        octets
    }

    /// Takes back what [`Self::stored`] gave `elapsed` ago, but for keys that have expired meanwhile. What is remembered
    /// already is not lowered.
    ///
    /// # Errors
    /// [`StoredError`]; then nothing is taken.
    pub fn restore(&mut self, now: Duration, elapsed: Duration, octets: &[u8]) -> Result<(), StoredError> {
        let (floors, pmksas) = Floors::parse(octets)?;
        self.pmksas.restore(now, elapsed, pmksas)?;
        self.floors.merge(floors);
        Ok(())
    }

    fn forget(&mut self, handle: ExtensionAdapter) -> Option<Adapter> {
        let adapter = self.adapters.remove(handle)?;
        if let Some(timer) = adapter.timer {
            self.timers.remove(&(timer, handle));
        }
        Some(adapter)
    }
}
