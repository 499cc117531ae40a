//! A transition, the access point's side (IEEE 802.11-2020, 13.5, 13.7 and 13.8).

use alloc::boxed::Box;
use core::time::Duration;

use frame::MacAddress;
use frame::mde::MobilityDomain;
use frame::oci::Oci;
use keys::Ptk;
use keys::derive::ft::PmkR1;
use rand_core::CryptoRng;

use super::elements::{self, Direction, Identity, Link, Parts, Sealed};
use super::{Hierarchy, KeyHolder, Mobility, Refusal, keys as group_keys};
use crate::agreement::{Agreement, Nonce, nonce};
use crate::association::{Association, AssociationError, Elements, Facts};
use crate::authenticator::{Authenticator, RetryPolicy};
use crate::effect::{Effect, Effects, KeyUsage};
use crate::elements::is_named;
use crate::group_keys::GroupKeys;
use crate::refusal::NegotiatedElement;

/// An access point of a mobility domain, as it announces itself. It holds the PMK-R1 of its stations: its R1KH-ID is
/// its address.
#[derive(Clone, Debug)]
pub struct AccessPoint {
    /// Its address.
    pub bssid: MacAddress,
    /// The security elements of its Beacon.
    pub elements: Elements,
    /// The MDE of its Beacon.
    pub domain: MobilityDomain,
    /// Its channel, if that is to be validated.
    pub channel: Option<Oci>,
}

/// One station's move to this access point.
///
/// [`answer`](Self::answer) takes its first frame, over the air or by way of another access point;
/// [`handle_reassociation`](Self::handle_reassociation) takes the reassociation request.
pub struct Responder {
    access_point: AccessPoint,
    mobility: Mobility,
    r0kh: Box<[u8]>,
    station: MacAddress,
    /// The station's RSNE in its first frame, whole.
    rsne: Box<[u8]>,
    anonce: Nonce,
    snonce: Nonce,
    /// Until the station has come.
    keys: Option<(PmkR1, Box<Ptk>)>,
    /// Until when it has to come, if there is such a time.
    until: Option<Duration>,
}

impl Responder {
    /// Answers the first frame of `station`, of which `list` are the elements: gives the elements of the answer, which
    /// has the status "success". `holder` is asked for the PMK-R1; `rng` for 32 octets.
    ///
    /// # Errors
    /// Any [`Refusal`], to be answered with its [`status`](Refusal::status) and no elements: [`Refusal::Pmkid`] if the
    /// key is not known, [`Refusal::Mde`] or [`Refusal::Fte`] if domain or key holder is another one.
    pub fn answer(
        access_point: &AccessPoint,
        holder: &KeyHolder,
        station: MacAddress,
        now: Duration,
        list: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Box<[u8]>), Refusal> {
        let parts = Parts::find(list)?;
        if parts.mde.bytes() != super::mobility::mde(access_point.domain) {
            return Err(Refusal::Mde);
        }
        let name = parts.name()?;
        let hierarchy = holder.find(now, station, &name).ok_or(Refusal::Pmkid)?;
        if hierarchy.domain().id != access_point.domain.id {
            return Err(Refusal::Mde);
        }
        let fields = parts.fte(hierarchy.suite().mic_len)?;
        fields.check_open()?;
        if *fields.fte.anonce != [0; 32] {
            return Err(Refusal::Fte("ANonce"));
        }
        if fields.r0kh != Some(hierarchy.key_holder()) {
            return Err(Refusal::Fte("R0KH-ID"));
        }
        let mobility = access_point.mobility(hierarchy)?;
        let elements = Elements::new(parts.rsne.bytes(), None)?;
        let association = access_point.associate(station, elements, mobility.clone())?;
        if association.akm() != hierarchy.suite().akm {
            return Err(AssociationError::AkmUnsupported(association.akm()).into());
        }

        let (anonce, snonce) = (nonce(rng), *fields.fte.snonce);
        let r1 = hierarchy.r1(access_point.bssid);
        let cipher = association.pairwise_suite();
        let (ptk, _) = r1.ptk(cipher, access_point.bssid, station, &anonce, &snonce);
        let responder = Self {
            access_point: access_point.clone(),
            mobility,
            r0kh: hierarchy.key_holder().into(),
            station,
            rsne: parts.rsne.bytes().into(),
            anonce,
            snonce,
            keys: Some((r1, Box::new(ptk))),
            until: hierarchy.deadline(now),
        };
        let identity = Identity {
            channel: None,
            ..responder.identity(None)
        };
        let answer = elements::open(access_point.elements.rsne(), &name, &identity, hierarchy.suite())?;
        Ok((responder, answer))
    }

    /// Takes the elements of the reassociation request. If they are genuine, the pairwise key is among the effects, and
    /// the authenticator of the new association is returned with the elements of the response, which deliver
    /// `group_keys`.
    ///
    /// An FTE has room for 255 octets. Keys of 256 bits may not all fit; then the BIGTK is left out, and the station gets
    /// it with the next [`rekey_group`](Authenticator::rekey_group).
    ///
    /// A second request finds the transition over: the pairwise key is not installed again (CVE-2017-13082).
    ///
    /// # Errors
    /// Any [`Refusal`], to be answered with its [`status`](Refusal::status). The MIC is verified before anything else
    /// is believed. [`Refusal::Late`] if the station comes after the time that it was told it has.
    pub fn handle_reassociation(
        &mut self,
        now: Duration,
        list: &[u8],
        group_keys: &GroupKeys,
        retry: RetryPolicy,
        effects: &mut Effects,
    ) -> Result<(Authenticator, Box<[u8]>), Refusal> {
        let (r1, ptk) = self.keys.as_ref().ok_or(Refusal::Unexpected)?;
        let parts = Parts::find(list)?;
        let fields = parts.verify(Direction::Request, self.link(), ptk)?;
        if self.is_late(now) {
            return Err(Refusal::Late);
        }
        if parts.mde.bytes() != self.identity(None).mde {
            return Err(Refusal::Mde);
        }
        let rsnxe = parts.rsnxe.map(|rsnxe| rsnxe.bytes());
        let elements = Elements::new(parts.rsne.bytes(), rsnxe)?;
        let association = self
            .access_point
            .associate(self.station, elements, self.mobility.clone())?;
        let identity = self.identity(association.channel());
        fields.check(&identity)?;
        if parts.name()? != *r1.name() {
            return Err(Refusal::Pmkid);
        }
        if !is_named(parts.rsne.body, &self.rsne, r1.name())? {
            return Err(Refusal::ElementMismatch(NegotiatedElement::Rsne));
        }
        if fields.fte.mic_control.rsnxe_used() && rsnxe.is_none() {
            return Err(Refusal::ElementMismatch(NegotiatedElement::Rsnxe));
        }
        let response = self.response(group_keys, r1, ptk, &identity)?;

        // Nothing is refused from here on.
        let (r1, ptk) = self.keys.take().ok_or(Refusal::Unexpected)?;
        let association = association.with_fte(&response.fte);
        effects.push(Effect::InstallPairwise {
            cipher: association.pairwise(),
            key_id: 0,
            usage: KeyUsage::Both,
            key: Box::new(ptk.temporal_key()),
        });
        effects.push(Effect::Completed);
        let agreement = Agreement::after_transition(association, r1);
        let authenticator = Authenticator::after_transition(agreement, ptk, group_keys, retry);
        Ok((authenticator, response.list))
    }

    fn response(
        &self,
        group_keys: &GroupKeys,
        r1: &PmkR1,
        ptk: &Ptk,
        identity: &Identity<'_>,
    ) -> Result<Sealed, Refusal> {
        let sealed = |keys: &GroupKeys| {
            elements::sealed(
                Direction::Response,
                self.link(),
                &self.access_point.elements,
                r1.name(),
                identity,
                &group_keys::write(keys, ptk)?,
                ptk,
            )
        };
        match sealed(group_keys) {
            Err(Refusal::TooLong) => sealed(&GroupKeys {
                bigtk: None,
                ..group_keys.duplicate()
            }),
            result => result,
        }
    }

    /// Whether the time for the station to come is over.
    #[must_use]
    pub fn is_late(&self, now: Duration) -> bool {
        self.until.is_some_and(|until| now > until)
    }

    /// The station that wants to come.
    #[must_use]
    pub const fn station(&self) -> MacAddress {
        self.station
    }

    const fn link(&self) -> Link {
        Link {
            station: self.station,
            access_point: self.access_point.bssid,
        }
    }

    fn identity(&self, channel: Option<Oci>) -> Identity<'_> {
        Identity {
            mde: super::mobility::mde(self.access_point.domain),
            anonce: &self.anonce,
            snonce: &self.snonce,
            r0kh: &self.r0kh,
            r1kh: Some(self.access_point.bssid),
            channel,
        }
    }
}

impl AccessPoint {
    /// What the stations of `hierarchy` are told about the domain here.
    fn mobility(&self, hierarchy: &Hierarchy) -> Result<Mobility, AssociationError> {
        Mobility::initial(
            hierarchy.suite(),
            hierarchy.ssid(),
            self.domain,
            hierarchy.key_holder(),
            self.bssid,
        )
    }

    fn associate(
        &self,
        station: MacAddress,
        elements: Elements,
        mobility: Mobility,
    ) -> Result<Association, AssociationError> {
        let facts = Facts {
            mobility: Some(Box::new(mobility)),
            channel: self.channel,
        };
        Association::negotiate_with(self.bssid, station, elements, self.elements.clone(), facts)
    }
}
