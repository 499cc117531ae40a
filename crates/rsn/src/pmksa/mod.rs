//! The cache of PMK security associations (IEEE 802.11-2020, 12.6.10.3): how a station returns to a network without
//! authenticating again.

mod stored;

use alloc::boxed::Box;
use core::time::Duration;

use frame::{Akm, MacAddress};
use keys::suites::AkmSuite;
use keys::{Pmk, derive};

pub use stored::StoredError;

/// A PMK that both sides keep, and what it may be used for.
pub struct Pmksa {
    /// The name of the PMK, as it stands in RSNEs and in message 1.
    pub pmkid: [u8; 16],
    /// The key. Wiped when the entry goes.
    pub pmk: Pmk,
    /// The suite whose authentication made it; it may be used for no other.
    pub akm: Akm,
    /// The access point.
    pub authenticator: MacAddress,
    /// The address that the station had.
    pub supplicant: MacAddress,
    /// The time from which it is not valid any more, on the caller's clock.
    pub expires: Duration,
}

/// A bounded number of PMKSAs, at most one for each access point, station and suite.
///
/// Entries never move within it, so that wiping one leaves no copy behind.
pub struct PmksaCache {
    slots: Box<[Option<Pmksa>]>,
}

impl PmksaCache {
    /// An empty cache for at most `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: (0..capacity).map(|_| None).collect(),
        }
    }

    /// Keeps `entry` in place of an older one for the same use; in a full cache, in place of the one that would have
    /// expired first.
    pub fn insert(&mut self, now: Duration, entry: Pmksa) {
        self.remove_expired(now);
        let same = |slot: &&mut Option<Pmksa>| {
            slot.as_ref()
                .is_some_and(|old| old.is_for(entry.authenticator, entry.supplicant, entry.akm))
        };
        let slot = match self.slots.iter_mut().find(same) {
            Some(slot) => Some(slot),
            // An empty slot has no expiry and comes first.
            None => self
                .slots
                .iter_mut()
                .min_by_key(|slot| slot.as_ref().map(|old| old.expires)),
        };
        if let Some(slot) = slot {
            *slot = Some(entry);
        }
    }

    /// The PMKSA to offer to `authenticator`.
    #[must_use]
    pub fn find(&self, now: Duration, authenticator: MacAddress, supplicant: MacAddress, akm: Akm) -> Option<&Pmksa> {
        self.valid(now)
            .find(|entry| entry.is_for(authenticator, supplicant, akm))
    }

    /// The PMKSA that the peer named.
    #[must_use]
    pub fn find_by_pmkid(&self, now: Duration, pmkid: &[u8; 16]) -> Option<&Pmksa> {
        self.valid(now).find(|entry| entry.pmkid == *pmkid)
    }

    /// What to offer to `authenticator`, of which there is no PMKSA, if it can get the PMK from another access point of
    /// the network (opportunistic key caching): the one that is valid longest, under the name that it has there. All
    /// entries of the station are taken for those of one network.
    ///
    /// `None` also for suites whose authentication names the PMK (SAE, OWE). An access point that knows the key answers
    /// with it; the entry is then to be kept with [`insert`](Self::insert).
    #[must_use]
    pub fn find_opportunistic(
        &self,
        now: Duration,
        authenticator: MacAddress,
        supplicant: MacAddress,
        akm: Akm,
    ) -> Option<Pmksa> {
        let known = self
            .valid(now)
            .filter(|entry| entry.supplicant == supplicant && entry.akm == akm)
            .max_by_key(|entry| entry.expires)?;
        Some(Pmksa {
            pmkid: derive::pmkid(AkmSuite::of(akm)?, &known.pmk, authenticator, supplicant)?,
            pmk: known.pmk.duplicate(),
            akm,
            authenticator,
            supplicant,
            expires: known.expires,
        })
    }

    /// Forgets a PMKSA, for instance because the peer refused it.
    pub fn remove(&mut self, pmkid: &[u8; 16]) {
        self.remove_if(|entry| entry.pmkid == *pmkid);
    }

    /// Wipes what has expired.
    pub fn remove_expired(&mut self, now: Duration) {
        self.remove_if(|entry| entry.expires <= now);
    }

    /// The number of entries, expired ones included that were not removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// True if there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn valid(&self, now: Duration) -> impl Iterator<Item = &Pmksa> {
        self.slots.iter().flatten().filter(move |entry| now < entry.expires)
    }

    fn remove_if(&mut self, unwanted: impl Fn(&Pmksa) -> bool) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(&unwanted) {
                *slot = None;
            }
        }
    }
}

impl Pmksa {
    fn is_for(&self, authenticator: MacAddress, supplicant: MacAddress, akm: Akm) -> bool {
        self.authenticator == authenticator && self.supplicant == supplicant && self.akm == akm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn access_point(number: u8) -> MacAddress {
        MacAddress([2, 0, 0, 0, 1, number])
    }

    fn entry(number: u8, name: u8, expires: u64) -> Pmksa {
        Pmksa {
            pmkid: [name; 16],
            pmk: Pmk::new(&[name; 32]).unwrap(),
            akm: Akm::SAE,
            authenticator: access_point(number),
            supplicant: STATION,
            expires: seconds(expires),
        }
    }

    fn name_of(cache: &PmksaCache, now: u64, number: u8) -> Option<u8> {
        cache
            .find(seconds(now), access_point(number), STATION, Akm::SAE)
            .map(|entry| entry.pmkid[0])
    }

    #[test]
    fn an_entry_is_found_by_its_use_and_by_its_name_until_it_expires() {
        let mut cache = PmksaCache::new(4);
        cache.insert(seconds(0), entry(1, 7, 10));
        assert_eq!(name_of(&cache, 9, 1), Some(7));
        assert_eq!(name_of(&cache, 10, 1), None);
        assert!(cache.find_by_pmkid(seconds(9), &[7; 16]).is_some());
        assert!(cache.find_by_pmkid(seconds(10), &[7; 16]).is_none());
        assert!(cache.find(seconds(0), access_point(1), STATION, Akm::EAP).is_none());
        assert!(cache.find(seconds(0), access_point(2), STATION, Akm::SAE).is_none());
    }

    #[test]
    fn a_newer_entry_for_the_same_use_takes_the_place_of_the_older() {
        let mut cache = PmksaCache::new(4);
        cache.insert(seconds(0), entry(1, 7, 10));
        cache.insert(seconds(1), entry(1, 8, 20));
        assert_eq!((cache.len(), name_of(&cache, 1, 1)), (1, Some(8)));
    }

    #[test]
    fn a_full_cache_gives_up_what_would_expire_first() {
        let mut cache = PmksaCache::new(2);
        cache.insert(seconds(0), entry(1, 1, 30));
        cache.insert(seconds(0), entry(2, 2, 20));
        cache.insert(seconds(0), entry(3, 3, 40));
        assert_eq!(
            [1, 2, 3].map(|number| name_of(&cache, 0, number)),
            [Some(1), None, Some(3)]
        );
    }

    #[test]
    fn expired_and_removed_entries_are_gone() {
        let mut cache = PmksaCache::new(4);
        cache.insert(seconds(0), entry(1, 1, 10));
        cache.insert(seconds(0), entry(2, 2, 20));
        cache.remove_expired(seconds(10));
        assert_eq!(cache.len(), 1);
        cache.remove(&[2; 16]);
        assert!(cache.is_empty());
    }

    #[test]
    fn another_access_point_of_the_network_is_offered_the_same_key_under_another_name() {
        let mut cache = PmksaCache::new(4);
        for (number, expires) in [(1, 10), (2, 20)] {
            cache.insert(
                seconds(0),
                Pmksa {
                    akm: Akm::EAP,
                    ..entry(number, number, expires)
                },
            );
        }
        let offered = |akm, now| cache.find_opportunistic(seconds(now), access_point(3), STATION, akm);
        let entry = offered(Akm::EAP, 0).unwrap();
        let name = derive::pmkid(AkmSuite::of(Akm::EAP).unwrap(), &entry.pmk, access_point(3), STATION);
        assert_eq!((Some(entry.pmkid), entry.expires), (name, seconds(20)));
        assert_eq!(entry.pmk.as_bytes(), [2; 32]);
        assert!(offered(Akm::EAP, 20).is_none());
        assert!(offered(Akm::EAP_SHA256, 0).is_none());
    }

    #[test]
    fn a_suite_whose_authentication_names_the_key_offers_nothing_elsewhere() {
        let mut cache = PmksaCache::new(4);
        cache.insert(seconds(0), entry(1, 7, 10));
        assert!(
            cache
                .find_opportunistic(seconds(0), access_point(2), STATION, Akm::SAE)
                .is_none()
        );
    }

    #[test]
    fn a_cache_without_room_keeps_nothing() {
        let mut cache = PmksaCache::new(0);
        cache.insert(seconds(0), entry(1, 1, 10));
        assert!(cache.is_empty());
    }
}
