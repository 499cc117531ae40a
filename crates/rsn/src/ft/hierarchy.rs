//! The keys of a mobility domain, on both sides (IEEE 802.11-2020, 12.7.1.6).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use frame::MacAddress;
use frame::mde::MobilityDomain;
use keys::Pmk;
use keys::derive::ft::{PmkR0, PmkR1};
use keys::suites::AkmSuite;

use super::{Limits, Mobility};
use crate::association::AssociationError;

/// How long a PMK-R0 is kept at most: as long as the PMK that it comes from (dot11RSNAConfigPMKLifetime).
const LIFETIME: Duration = Duration::from_secs(43_200);

/// PMK-R0 of a station in a mobility domain: what one authentication leaves for all transitions that follow.
///
/// The station keeps it, and so does the key holder R0KH on the other side. Wiped when dropped.
pub struct Hierarchy {
    r0: Box<PmkR0>,
    domain: MobilityDomain,
    ssid: Box<[u8]>,
    r0kh: Box<[u8]>,
    station: MacAddress,
    limits: Limits,
    /// The time from which it is not valid any more, on the keeper's clock, once it has a keeper.
    expires: Option<Duration>,
}

impl Hierarchy {
    /// Derives PMK-R0 from what the authentication left (MPMK: the PSK, the PMK of SAE, or the second half of the MSK)
    /// for `station`, in the domain and under the key holder that the association response named.
    ///
    /// # Errors
    /// [`AssociationError::PmkLength`]; [`AssociationError::Malformed`] or [`AssociationError::Mobility`] if the
    /// response named no key holders, or `suite` has no fast transition.
    pub fn derive(
        suite: &'static AkmSuite,
        mpmk: &Pmk,
        mobility: &Mobility,
        station: MacAddress,
    ) -> Result<Self, AssociationError> {
        let suite = suite.with_pmk_len(mpmk.as_bytes().len());
        crate::agreement::check_length(suite, mpmk)?;
        let (r0kh, _) = mobility.key_holders(suite.mic_len)?;
        let domain = mobility.domain();
        let r0 =
            PmkR0::derive(suite, mpmk, mobility.ssid(), domain.id, r0kh, station).ok_or(AssociationError::Mobility)?;
        Ok(Self {
            r0: Box::new(r0),
            domain,
            ssid: mobility.ssid().into(),
            r0kh: r0kh.into(),
            station,
            limits: mobility.limits(),
            expires: None,
        })
    }

    /// A second copy.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            r0: Box::new(self.r0.duplicate()),
            domain: self.domain,
            ssid: self.ssid.clone(),
            r0kh: self.r0kh.clone(),
            station: self.station,
            limits: self.limits,
            expires: self.expires,
        }
    }

    /// A second copy, for a keeper who keeps it from `now` on: as long as the network says, and 12 hours at most.
    #[must_use]
    pub fn kept(&self, now: Duration) -> Self {
        let mut kept = self.duplicate();
        kept.keep(now);
        kept
    }

    /// Is kept from `now` on, if it was not before.
    pub(crate) fn keep(&mut self, now: Duration) {
        let lifetime = self.limits.key_lifetime.unwrap_or(LIFETIME).min(LIFETIME);
        self.expires.get_or_insert(now.saturating_add(lifetime));
    }

    /// Whether it is good for transitions still. Without a keeper it is.
    #[must_use]
    pub fn is_valid(&self, now: Duration) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// What the network has said of its validity, and of the time for a reassociation.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Until when a reassociation may come whose target has answered at `now`.
    pub(super) fn deadline(&self, now: Duration) -> Option<Duration> {
        let patience = self.limits.reassociation_deadline?;
        Some(now.saturating_add(patience))
    }

    /// PMKR0Name, by which the key is asked for.
    #[must_use]
    pub const fn name(&self) -> &[u8; 16] {
        self.r0.name()
    }

    /// The row of the suite that made it.
    #[must_use]
    pub const fn suite(&self) -> &'static AkmSuite {
        self.r0.suite()
    }

    /// Where the key is good for transitions.
    #[must_use]
    pub const fn domain(&self) -> MobilityDomain {
        self.domain
    }

    /// The name of the network.
    #[must_use]
    pub const fn ssid(&self) -> &[u8] {
        &self.ssid
    }

    /// The holder of the key on the side of the network (R0KH-ID), 1 to 48 octets.
    #[must_use]
    pub const fn key_holder(&self) -> &[u8] {
        &self.r0kh
    }

    /// The station (S0KH-ID and S1KH-ID).
    #[must_use]
    pub const fn station(&self) -> MacAddress {
        self.station
    }

    /// PMK-R1 for the access point `r1kh`.
    #[must_use]
    pub fn r1(&self, r1kh: MacAddress) -> PmkR1 {
        self.r0.r1(r1kh, self.station)
    }
}

/// The key holder R0KH of a network: it keeps the PMK-R0 of the stations that authenticated, and gives access points
/// the PMK-R1 of a station that wants to come to them.
///
/// One for all access points of the network; how their requests reach it is the caller's.
#[derive(Default)]
pub struct KeyHolder(Vec<Hierarchy>);

impl KeyHolder {
    /// A key holder without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Keeps the key of a station, in place of the one it had.
    pub fn insert(&mut self, hierarchy: Hierarchy) {
        self.0.retain(|old| old.station != hierarchy.station);
        self.0.push(hierarchy);
    }

    /// Forgets the key of a station.
    pub fn remove(&mut self, station: MacAddress) {
        self.0.retain(|old| old.station != station);
    }

    /// The key of `station`, if it is the one called `name` and valid: the access point asks for its PMK-R1.
    #[must_use]
    pub fn find(&self, now: Duration, station: MacAddress, name: &[u8; 16]) -> Option<&Hierarchy> {
        let wanted = |key: &&Hierarchy| key.station == station && key.name() == name && key.is_valid(now);
        self.0.iter().find(wanted)
    }
}
