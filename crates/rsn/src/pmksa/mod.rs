//! The cache of PMK security associations (IEEE 802.11-2020, 12.6.10.3): how a station returns to a network without
//! authenticating again.

mod stored;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::time::Duration;

use frame::{Akm, MacAddress};
use keys::suites::{AkmSuite, Credential};
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
    /// What it is good for, up to 64 octets in words of the caller's: the network, and whose credential it has come of.
    pub scope: Box<[u8]>,
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
    /// Names that were good for nothing, the latest last: at most as many as there are slots.
    refused: VecDeque<[u8; 16]>,
}

impl PmksaCache {
    /// An empty cache for at most `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: (0..capacity).map(|_| None).collect(),
            refused: VecDeque::new(),
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

    /// What a station offers to `authenticator`, of which it has no PMKSA, if that may have the PMK from another access
    /// point of the network (opportunistic key caching): the PMK that is valid longest, under the name that it has
    /// there.
    ///
    /// `None` also if this name was [removed](Self::remove), and for suites whose key has no name elsewhere: the
    /// authentication names it (SAE, OWE), a handshake does (Suite B), or the mobility domain (fast transition). An
    /// access point that knows the key repeats the name in message 1. Once the handshake has proved that, the entry is
    /// to be kept with [`insert`](Self::insert).
    #[must_use]
    pub fn find_opportunistic(
        &self,
        now: Duration,
        scope: &[u8],
        authenticator: MacAddress,
        supplicant: MacAddress,
        akm: Akm,
    ) -> Option<Pmksa> {
        self.valid(now)
            .filter(|entry| entry.supplicant == supplicant && entry.akm == akm && *entry.scope == *scope)
            .max_by_key(|entry| entry.expires)?
            .at(authenticator)
            .filter(|entry| !self.refused.contains(&entry.pmkid))
    }

    /// What an access point takes a station's `pmkid` for, of which it has no PMKSA: a PMK that another access point of
    /// the network has from this station, if that is its name here. The other side of
    /// [`find_opportunistic`](Self::find_opportunistic).
    #[must_use]
    pub fn recognize(
        &self,
        now: Duration,
        pmkid: &[u8; 16],
        authenticator: MacAddress,
        supplicant: MacAddress,
    ) -> Option<Pmksa> {
        self.valid(now)
            .filter(|entry| entry.supplicant == supplicant)
            .filter_map(|entry| entry.at(authenticator))
            .find(|entry| entry.pmkid == *pmkid)
    }

    /// Forgets a PMKSA that the peer has refused, or that has led to nothing, and does not offer a PMK under this name
    /// again.
    pub fn remove(&mut self, pmkid: &[u8; 16]) {
        self.remove_if(|entry| entry.pmkid == *pmkid);
        if self.refused.len() >= self.slots.len() {
            self.refused.pop_front();
        }
        self.refused.push_back(*pmkid);
    }

    /// Wipes what the authentication of users has left: they have gone.
    pub fn remove_users(&mut self) {
        let is_of_user = |akm| AkmSuite::of(akm).is_some_and(|suite| suite.credential == Credential::Eap);
        self.remove_if(|entry| is_of_user(entry.akm));
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

    /// The same again, for whoever keeps it elsewhere.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            pmkid: self.pmkid,
            pmk: self.pmk.duplicate(),
            akm: self.akm,
            scope: self.scope.clone(),
            authenticator: self.authenticator,
            supplicant: self.supplicant,
            expires: self.expires,
        }
    }

    /// The same PMK at another access point of the network, if its name there comes from the PMK.
    fn at(&self, authenticator: MacAddress) -> Option<Self> {
        // The hierarchy of fast transition has names of its own.
        let suite = AkmSuite::of(self.akm).filter(|suite| !suite.fast_transition)?;
        Some(Self {
            pmkid: derive::pmkid(suite, &self.pmk, authenticator, self.supplicant)?,
            authenticator,
            ..self.duplicate()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const SCOPE: &[u8] = b"castle";

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
            scope: SCOPE.into(),
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

    /// A PMKSA of 802.1X with the first access point for 10 s, and a later one with the second for 20 s.
    fn cache_of_users() -> PmksaCache {
        let mut cache = PmksaCache::new(4);
        for (number, expires) in [(1, 10), (2, 20)] {
            let akm = Akm::EAP;
            cache.insert(
                seconds(0),
                Pmksa {
                    akm,
                    ..entry(number, number, expires)
                },
            );
        }
        cache
    }

    fn offered(cache: &PmksaCache, now: u64, scope: &[u8], akm: Akm) -> Option<Pmksa> {
        cache.find_opportunistic(seconds(now), scope, access_point(3), STATION, akm)
    }

    #[test]
    fn another_access_point_of_the_network_is_offered_the_latest_key_under_another_name() {
        let cache = cache_of_users();
        let entry = offered(&cache, 0, SCOPE, Akm::EAP).unwrap();
        let name = derive::pmkid(AkmSuite::of(Akm::EAP).unwrap(), &entry.pmk, access_point(3), STATION);
        assert_eq!((Some(entry.pmkid), entry.expires), (name, seconds(20)));
        assert_eq!(entry.pmk.as_bytes(), [2; 32]);
        assert!(offered(&cache, 20, SCOPE, Akm::EAP).is_none());
        assert!(offered(&cache, 0, SCOPE, Akm::EAP_SHA256).is_none());
        assert!(offered(&cache, 0, b"moat", Akm::EAP).is_none());
    }

    #[test]
    fn an_access_point_knows_the_key_of_another_by_its_own_name_for_it() {
        let cache = cache_of_users();
        let name = offered(&cache, 0, SCOPE, Akm::EAP).unwrap().pmkid;
        let recognized = |now, station| cache.recognize(seconds(now), &name, access_point(3), station);
        assert_eq!(recognized(0, STATION).unwrap().pmk.as_bytes(), [2; 32]);
        assert!(recognized(20, STATION).is_none());
        assert!(recognized(0, access_point(9)).is_none());
        assert!(cache.recognize(seconds(0), &name, access_point(4), STATION).is_none());
    }

    #[test]
    fn a_name_that_was_refused_is_not_offered_again_until_the_key_is_another() {
        let mut cache = cache_of_users();
        let name = offered(&cache, 0, SCOPE, Akm::EAP).unwrap().pmkid;
        cache.remove(&name);
        assert!(offered(&cache, 0, SCOPE, Akm::EAP).is_none());
        // Not even an older key: each refusal costs an attempt.
        assert_eq!(cache.len(), 2);
        let akm = Akm::EAP;
        cache.insert(seconds(1), Pmksa { akm, ..entry(2, 9, 30) });
        assert_eq!(
            offered(&cache, 1, SCOPE, akm).map(|entry| entry.expires),
            Some(seconds(30))
        );
        // What is remembered of refusals has a bound, too.
        (0..=4).for_each(|number| cache.remove(&[number; 16]));
        assert_eq!(cache.refused.len(), 4);
    }

    #[test]
    fn a_suite_whose_key_is_not_named_by_itself_offers_nothing_elsewhere() {
        for akm in [Akm::SAE, Akm::OWE, Akm::EAP_SUITE_B, Akm::EAP_SUITE_B_192, Akm::FT_EAP] {
            let mut cache = PmksaCache::new(4);
            cache.insert(seconds(0), Pmksa { akm, ..entry(1, 7, 10) });
            assert!(
                cache
                    .find_opportunistic(seconds(0), SCOPE, access_point(2), STATION, akm)
                    .is_none(),
                "{akm}"
            );
        }
    }

    #[test]
    fn a_cache_without_room_keeps_nothing() {
        let mut cache = PmksaCache::new(0);
        cache.insert(seconds(0), entry(1, 1, 10));
        assert!(cache.is_empty());
    }
}
