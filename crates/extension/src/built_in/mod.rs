//! The extension itself: its adapters, and the handlers that the host calls.

mod adapter;
mod approaching;
mod handlers;
mod operations;
mod pre_association;
mod timers;

use self::adapter::Adapter;
use crate::memory::{Floors, StoredError};
use crate::scope::Salt;
use core::time::Duration;
use ihv::{Adapters, Completions, ExtensionAdapter};
use rand_core::CryptoRng;
use rsn::{Effects, PmksaCache};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How many PMKSAs are kept.
const PMKSAS: usize = 64;

/// The built-in extension. `R` makes the nonces: it must be unpredictable.
pub struct BuiltIn<R> {
    rng: R,
    adapters: Adapters<Adapter>,
    /// When which adapter wants to be called.
    timers: BTreeSet<(Duration, ExtensionAdapter)>,
    effects: Effects,
    completions: Completions,
    floors: Floors,
    pmksas: PmksaCache,
    /// Of the scopes of these PMKSAs.
    salt: Salt,
}

impl<R: CryptoRng> BuiltIn<R> {
    /// An extension without adapters.
    pub fn new(mut rng: R) -> Self {
        let mut salt = Salt::default();
        rng.fill_bytes(&mut salt);
        Self {
            rng,
            adapters: Adapters::new(),
            timers: BTreeSet::new(),
            effects: Effects::new(),
            completions: Completions::default(),
            floors: Floors::default(),
            pmksas: PmksaCache::new(PMKSAS),
            salt,
        }
    }

    /// What is remembered at `now`, as octets, for whoever keeps it until the extension is made anew: PMKSAs, and how well
    /// networks were protected. They are secrets.
    #[must_use]
    pub fn stored(&self, now: Duration) -> Zeroizing<Vec<u8>> {
        let pmksas = self.pmksas.store(now);
        // As long as is needed from the start: growing would leave copies of keys behind.
        let length = self.floors.stored_len() + self.salt.len() + pmksas.len();
        let mut octets = Zeroizing::new(Vec::with_capacity(length));
        self.floors.store(&mut octets);
        octets.extend_from_slice(&self.salt);
        octets.extend_from_slice(&pmksas);
        octets
    }

    /// Takes back what [`Self::stored`] gave `elapsed` ago, but for keys that have expired meanwhile. What is remembered
    /// already is not lowered.
    ///
    /// # Errors
    /// [`StoredError`]; then nothing is taken.
    pub fn restore(&mut self, now: Duration, elapsed: Duration, octets: &[u8]) -> Result<(), StoredError> {
        let (floors, behind) = Floors::parse(octets)?;
        let (salt, pmksas) = behind.split_first_chunk().ok_or(StoredError::Network)?;
        // Keys of two memories do not go together: those that are here already are the newer ones.
        if self.pmksas.is_empty() {
            self.pmksas.restore(now, elapsed, pmksas)?;
            self.salt = *salt;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn extension(seed: u64) -> BuiltIn<ChaCha20Rng> {
        BuiltIn::new(ChaCha20Rng::seed_from_u64(seed))
    }

    #[test]
    fn the_scopes_of_keys_that_come_back_are_what_they_were() {
        let (first, mut second) = (extension(1), extension(2));
        assert_ne!(first.salt, second.salt);
        let stored = first.stored(Duration::ZERO);
        second.restore(Duration::ZERO, Duration::ZERO, &stored).unwrap();
        assert_eq!(first.salt, second.salt);
    }

    #[test]
    fn a_memory_that_is_cut_short_changes_nothing() {
        let stored = extension(1).stored(Duration::ZERO);
        for length in 0..stored.len() {
            let mut second = extension(2);
            let salt = second.salt;
            let refused = second.restore(Duration::ZERO, Duration::ZERO, &stored[..length]);
            assert!(refused.is_err() && second.salt == salt, "{length}");
        }
    }
}
