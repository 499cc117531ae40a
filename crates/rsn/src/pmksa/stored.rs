//! PMKSAs as octets, for a caller who keeps them when the program ends.
//!
//! A version (1 octet), then the entries: PMKID (16), AKM suite (4), address of the access point (6) and of the station
//! (6), seconds to live (4, big-endian), length of the scope (1), the scope, length of the PMK (1), PMK. They hold keys: they are wiped when dropped, and
//! how they are protected where they are kept is the caller's.

use alloc::vec::Vec;
use core::time::Duration;

use frame::{Akm, MacAddress, Suite};
use keys::Pmk;
use zeroize::Zeroizing;

use super::{Pmksa, PmksaCache};

const VERSION: u8 = 3;
/// Octets of an entry without the scope and the PMK.
const FIXED_LEN: usize = 16 + 4 + 6 + 6 + 4 + 1 + 1;
/// The longest scope, octets.
const SCOPE_MAX: usize = 64;

/// Octets that are no stored cache: damaged, or of another version. Authenticating anew replaces what was in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// They are empty or of a version that is not known here.
    #[error("stored PMKSAs of an unknown version")]
    Version,
    /// An entry ends early, or holds no PMK.
    #[error("a stored PMKSA is damaged")]
    Damaged,
}

impl PmksaCache {
    /// The entries that are valid at `now`, as octets.
    #[must_use]
    pub fn store(&self, now: Duration) -> Zeroizing<Vec<u8>> {
        let len: usize = self
            .valid(now)
            .map(|entry| FIXED_LEN + entry.scope.len() + entry.pmk.as_bytes().len())
            .sum();
        // As long as is needed from the start: growing would leave copies of keys behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(1 + len));
        octets.push(VERSION);
        for entry in self.valid(now) {
            let life = entry.expires.saturating_sub(now).as_secs();
            let pmk = entry.pmk.as_bytes();
            octets.extend_from_slice(&entry.pmkid);
            octets.extend_from_slice(&entry.akm.0.0);
            octets.extend_from_slice(&entry.authenticator.0);
            octets.extend_from_slice(&entry.supplicant.0);
            octets.extend_from_slice(&u32::try_from(life).unwrap_or(u32::MAX).to_be_bytes());
            // Both have at most 64 octets.
            octets.push(u8::try_from(entry.scope.len()).unwrap_or_default());
            octets.extend_from_slice(&entry.scope);
            octets.push(u8::try_from(pmk.len()).unwrap_or_default());
            octets.extend_from_slice(pmk);
        }
        octets
    }

    /// Takes back what [`store`](Self::store) gave `elapsed` ago, but for what has expired meanwhile.
    ///
    /// # Errors
    /// [`StoredError`]; then the cache is as before.
    pub fn restore(&mut self, now: Duration, elapsed: Duration, octets: &[u8]) -> Result<(), StoredError> {
        let Some((&VERSION, rest)) = octets.split_first() else {
            return Err(StoredError::Version);
        };
        // Twice: what is damaged is found before anything is kept.
        entries(rest).try_for_each(|entry| entry.map(drop))?;
        for entry in entries(rest) {
            let (life, mut entry) = entry?;
            let left = life.saturating_sub(elapsed);
            if !left.is_zero() {
                entry.expires = now.saturating_add(left);
                self.insert(now, entry);
            }
        }
        Ok(())
    }
}

/// The entries, each with its time to live from when it was stored. One that is damaged ends the iteration.
fn entries(mut rest: &[u8]) -> impl Iterator<Item = Result<(Duration, Pmksa), StoredError>> + '_ {
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let entry = entry(rest);
        rest = entry.as_ref().map_or(&[], |&(_, _, rest)| rest);
        Some(entry.map(|(life, entry, _)| (life, entry)).ok_or(StoredError::Damaged))
    })
}

/// The first entry, and what is behind it.
fn entry(octets: &[u8]) -> Option<(Duration, Pmksa, &[u8])> {
    let (&pmkid, rest) = octets.split_first_chunk()?;
    let (&akm, rest) = rest.split_first_chunk()?;
    let (&authenticator, rest) = rest.split_first_chunk()?;
    let (&supplicant, rest) = rest.split_first_chunk()?;
    let (&life, rest) = rest.split_first_chunk()?;
    let (scope, rest) = counted(rest)?;
    let (pmk, rest) = counted(rest)?;
    let entry = Pmksa {
        pmkid,
        pmk: Pmk::new(pmk).ok()?,
        akm: Akm(Suite(akm)),
        scope: Some(scope).filter(|scope| scope.len() <= SCOPE_MAX)?.into(),
        authenticator: MacAddress(authenticator),
        supplicant: MacAddress(supplicant),
        expires: Duration::ZERO,
    };
    Some((Duration::from_secs(u32::from_be_bytes(life).into()), entry, rest))
}

/// Octets with their number before them, and what is behind them.
fn counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = octets.split_first()?;
    rest.split_at_checked(len.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(100);
    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn entry(number: u8, life: u64) -> Pmksa {
        Pmksa {
            pmkid: [number; 16],
            pmk: Pmk::new(&[number; 48]).unwrap(),
            akm: Akm::SAE,
            scope: b"castle"[..].into(),
            authenticator: MacAddress([2, 0, 0, 0, 1, number]),
            supplicant: STATION,
            expires: NOW + seconds(life),
        }
    }

    fn cache() -> PmksaCache {
        let mut cache = PmksaCache::new(4);
        cache.insert(NOW, entry(1, 10));
        cache.insert(NOW, entry(2, 1000));
        cache
    }

    #[test]
    fn what_is_stored_comes_back_for_the_time_it_had_left() {
        let octets = cache().store(NOW + seconds(5));
        assert_eq!(octets.capacity(), octets.len());
        let mut restored = PmksaCache::new(4);
        restored.restore(seconds(0), seconds(0), &octets).unwrap();
        assert_eq!(restored.len(), 2);
        let second = restored.find_by_pmkid(seconds(994), &[2; 16]).unwrap();
        assert_eq!((second.pmk.as_bytes(), second.akm), (&[2; 48][..], Akm::SAE));
        assert_eq!(*second.scope, *b"castle");
        assert!(restored.find_by_pmkid(seconds(995), &[2; 16]).is_none());
    }

    #[test]
    fn what_expired_before_or_meanwhile_does_not_come_back() {
        let octets = cache().store(NOW + seconds(5));
        let mut restored = PmksaCache::new(4);
        restored.restore(seconds(0), seconds(5), &octets).unwrap();
        assert_eq!(restored.len(), 1);
        assert_eq!(*cache().store(NOW + seconds(1000)), [VERSION]);
    }

    #[test]
    fn damaged_octets_are_refused_and_leave_the_cache_as_it_was() {
        let octets = cache().store(NOW);
        let mut restored = PmksaCache::new(4);
        let whole = 1 + FIXED_LEN + b"castle".len() + 48;
        for len in 0..octets.len() {
            let expected = match len {
                0 => Err(StoredError::Version),
                1 => Ok(()),
                len if len == whole => continue,
                _ => Err(StoredError::Damaged),
            };
            assert_eq!(restored.restore(NOW, seconds(0), &octets[..len]), expected, "{len}");
            assert!(restored.is_empty());
        }
        let mut boundless = octets.to_vec();
        // No scope is that long.
        boundless[1 + 16 + 4 + 6 + 6 + 4] = 65;
        let refused = restored.restore(NOW, seconds(0), &boundless);
        assert_eq!(refused, Err(StoredError::Damaged));
        assert_eq!(restored.restore(NOW, seconds(0), &[2]), Err(StoredError::Version));
    }

    proptest! {
        #[test]
        fn any_octets_are_restored_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let octets = [&[VERSION][..], &octets].concat();
            let mut cache = PmksaCache::new(4);
            if cache.restore(NOW, seconds(0), &octets).is_err() {
                prop_assert!(cache.is_empty());
            }
        }
    }
}
