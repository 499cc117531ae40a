//! A transition, the station's side (IEEE 802.11-2020, 13.5, 13.7 and 13.8).

use alloc::boxed::Box;
use core::time::Duration;

use frame::dot11::{Authentication, FtAction, FtStep};
use frame::mde::MobilityDomain;
use frame::oci::Oci;
use frame::{Emit, MacAddress, StatusCode};
use keys::Ptk;
use keys::derive::ft::PmkR1;
use rand_core::CryptoRng;

use super::elements::{self, Direction, Identity, Link, Parts};
use super::{Hierarchy, Mobility, Refusal, keys as group_keys};
use crate::agreement::{Agreement, Nonce, nonce};
use crate::association::{Association, AssociationError, Elements, Facts};
use crate::effect::{Effect, Effects, KeyUsage};
use crate::elements::is_named;
use crate::refusal::NegotiatedElement;
use crate::supplicant::Supplicant;

/// The access point to move to, as it announces itself.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its address.
    pub bssid: MacAddress,
    /// The security elements of its Beacon or Probe Response.
    pub elements: Elements,
    /// The MDE of its Beacon or Probe Response.
    pub domain: MobilityDomain,
    /// Its channel, if that is to be validated.
    pub channel: Option<Oci>,
}

/// One move of the station to another access point of its mobility domain.
///
/// [`authentication`](Self::authentication) goes to the target over the air, or [`action`](Self::action) to the current
/// access point, which passes it on; [`handle_response`](Self::handle_response) takes the answer and gives the elements
/// of the reassociation request; [`handle_reassociation`](Self::handle_reassociation) takes the answer to that.
pub struct Transition {
    hierarchy: Hierarchy,
    association: Association,
    target: Target,
    snonce: Nonce,
    /// What the target's answer made known.
    answered: Option<Answered>,
}

struct Answered {
    anonce: Nonce,
    r1kh: MacAddress,
    r1: PmkR1,
    ptk: Box<Ptk>,
    /// Until when the reassociation has to be over, if the network has said so.
    until: Option<Duration>,
}

impl Transition {
    /// Begins to move to `target` with the elements `station`; `rng` is asked for 32 octets.
    ///
    /// # Errors
    /// As [`Association::negotiate_with`]; [`AssociationError::Mobility`] also if the target is in another mobility
    /// domain, and [`AssociationError::AkmUnsupported`] if the elements select another suite than the one that made the
    /// keys.
    pub fn new(
        hierarchy: &Hierarchy,
        target: Target,
        station: Elements,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, AssociationError> {
        if target.domain.id != hierarchy.domain().id {
            return Err(AssociationError::Mobility);
        }
        // Who holds PMK-R1 is known with the target's answer.
        let mobility = Mobility::initial(
            hierarchy.suite(),
            hierarchy.ssid(),
            target.domain,
            hierarchy.key_holder(),
            target.bssid,
        )?;
        let facts = Facts {
            mobility: Some(Box::new(mobility)),
            channel: target.channel,
        };
        let association = Association::negotiate_with(
            target.bssid,
            hierarchy.station(),
            station,
            target.elements.clone(),
            facts,
        )?;
        if association.akm() != hierarchy.suite().akm {
            return Err(AssociationError::AkmUnsupported(association.akm()));
        }
        Ok(Self {
            hierarchy: hierarchy.duplicate(),
            association,
            target,
            snonce: nonce(rng),
            answered: None,
        })
    }

    /// The elements of the first frame: RSNE with PMKR0Name, MDE, FTE with our nonce and R0KH-ID (13.5.2).
    ///
    /// # Errors
    /// [`Refusal::TooLong`] if the station's RSNE is too long for a PMKID more.
    pub fn request(&self) -> Result<Box<[u8]>, Refusal> {
        elements::open(
            self.association.station_elements().rsne(),
            self.hierarchy.name(),
            &Identity {
                anonce: &[0; 32],
                r1kh: None,
                ..self.identity()
            },
            self.hierarchy.suite(),
        )
    }

    /// The body of the authentication frame that asks the target over the air (13.5.2).
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn authentication(&self) -> Result<Box<[u8]>, Refusal> {
        body(&Authentication {
            algorithm: Authentication::FAST_TRANSITION,
            sequence: 1,
            status: StatusCode::SUCCESS,
            body: &self.request()?,
        })
    }

    /// The body of the action frame that asks the target by way of the current access point (13.5.3).
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn action(&self) -> Result<Box<[u8]>, Refusal> {
        body(&FtAction {
            step: FtStep::Request,
            station: self.hierarchy.station(),
            target: self.target.bssid,
            elements: &self.request()?,
        })
    }

    /// Takes the target's answer, status and elements, over the air or by way of the current access point, and gives
    /// the elements for the reassociation request: RSNE with PMKR1Name, MDE, FTE with MIC, RSNXE.
    ///
    /// The answer has no MIC: who forges it brings about a reassociation that fails, and no key. Only the first one
    /// counts. The reassociation has to be over in the time from `now` that the network allows.
    ///
    /// # Errors
    /// [`Refusal::Refused`]; [`Refusal::Pmkid`], [`Refusal::Mde`], [`Refusal::Fte`] or [`Refusal::Missing`] if it is
    /// not the answer to our frame; [`Refusal::Unexpected`] if there was an answer.
    pub fn handle_response(&mut self, now: Duration, status: StatusCode, list: &[u8]) -> Result<Box<[u8]>, Refusal> {
        if self.answered.is_some() {
            return Err(Refusal::Unexpected);
        }
        if !status.is_success() {
            return Err(Refusal::Refused(status));
        }
        let parts = Parts::find(list)?;
        self.check_mde(&parts)?;
        if parts.name()? != *self.hierarchy.name() {
            return Err(Refusal::Pmkid);
        }
        if !is_named(parts.rsne.body, self.target.elements.rsne(), self.hierarchy.name())? {
            return Err(Refusal::ElementMismatch(NegotiatedElement::Rsne));
        }
        let fields = parts.fte(self.hierarchy.suite().mic_len)?;
        fields.check_open()?;
        let anonce = *fields.fte.anonce;
        let r1kh = fields.r1kh.ok_or(Refusal::Fte("R1KH-ID"))?;
        // The channel is under the MIC of the reassociation.
        fields.check(&Identity {
            anonce: &anonce,
            r1kh: Some(r1kh),
            channel: None,
            ..self.identity()
        })?;

        let r1 = self.hierarchy.r1(r1kh);
        let link = self.link();
        let (ptk, _) = r1.ptk(
            self.association.pairwise_suite(),
            link.access_point,
            link.station,
            &anonce,
            &self.snonce,
        );
        let identity = Identity {
            anonce: &anonce,
            r1kh: Some(r1kh),
            ..self.identity()
        };
        let ours = self.association.station_elements();
        let request = elements::sealed(Direction::Request, link, ours, r1.name(), &identity, &[], &ptk)?;
        self.answered = Some(Answered {
            anonce,
            r1kh,
            r1,
            ptk: Box::new(ptk),
            until: self.hierarchy.deadline(now),
        });
        Ok(request.list)
    }

    /// Takes status and elements of the reassociation response. If they are genuine, all keys are among the effects,
    /// [`Effect::Completed`] is the last of them, and the supplicant of the new association is returned.
    ///
    /// A second response finds the transition over: its keys are not installed again (CVE-2017-13082 is the same on the
    /// other side).
    ///
    /// # Errors
    /// Any [`Refusal`]. The MIC is verified before anything else is believed; but for the refusal by status, which has
    /// none. [`Refusal::Late`] if it comes after the time that the network allows: the keys are not good any more.
    pub fn handle_reassociation(
        &mut self,
        now: Duration,
        status: StatusCode,
        list: &[u8],
        effects: &mut Effects,
    ) -> Result<Supplicant, Refusal> {
        let answered = self.answered.as_ref().ok_or(Refusal::Unexpected)?;
        if !status.is_success() {
            return Err(Refusal::ReassociationRefused(status));
        }
        if answered.until.is_some_and(|until| now > until) {
            return Err(Refusal::Late);
        }
        let parts = Parts::find(list)?;
        let fields = parts.verify(Direction::Response, self.link(), &answered.ptk)?;
        self.check_mde(&parts)?;
        fields.check(&Identity {
            anonce: &answered.anonce,
            r1kh: Some(answered.r1kh),
            ..self.identity()
        })?;
        if parts.name()? != *answered.r1.name() {
            return Err(Refusal::Pmkid);
        }
        if !is_named(parts.rsne.body, self.target.elements.rsne(), answered.r1.name())? {
            return Err(Refusal::ElementMismatch(NegotiatedElement::Rsne));
        }
        // A beacon that was stripped of its RSNXE betrays itself by the bit (13.8.5).
        let announced = self.target.elements.rsnxe();
        let found = parts.rsnxe.map(|rsnxe| rsnxe.bytes());
        if found != announced || fields.fte.mic_control.rsnxe_used() && announced.is_none() {
            return Err(Refusal::ElementMismatch(NegotiatedElement::Rsnxe));
        }
        let keys = group_keys::read(&fields.fte, &self.association, &answered.ptk)?;

        // Nothing is refused from here on.
        let Some(Answered { anonce, r1, ptk, .. }) = self.answered.take() else {
            return Err(Refusal::Unexpected);
        };
        let association = self.association.clone().with_fte(fields.bytes);
        effects.push(Effect::InstallPairwise {
            cipher: association.pairwise(),
            // The frames of a transition assign no other (13.7.1).
            key_id: 0,
            usage: KeyUsage::Both,
            key: Box::new(ptk.temporal_key()),
        });
        let agreement = Agreement::after_transition(association, r1);
        let mut supplicant = Supplicant::after_transition(agreement, anonce, ptk);
        supplicant.install(keys, effects);
        effects.push(Effect::Completed);
        Ok(supplicant)
    }

    /// What was negotiated with the target.
    #[must_use]
    pub const fn association(&self) -> &Association {
        &self.association
    }

    fn check_mde(&self, parts: &Parts<'_>) -> Result<(), Refusal> {
        match parts.mde.bytes() == self.identity().mde {
            true => Ok(()),
            false => Err(Refusal::Mde),
        }
    }

    const fn link(&self) -> Link {
        Link {
            station: self.hierarchy.station(),
            access_point: self.target.bssid,
        }
    }

    /// What every frame of this transition repeats, before the target's answer.
    fn identity(&self) -> Identity<'_> {
        Identity {
            mde: super::mobility::mde(self.target.domain),
            anonce: &[0; 32],
            snonce: &self.snonce,
            r0kh: self.hierarchy.key_holder(),
            r1kh: None,
            channel: self.association.channel(),
        }
    }
}

fn body(frame: &impl Emit) -> Result<Box<[u8]>, Refusal> {
    frame.to_vec().map(Into::into).map_err(|_| Refusal::TooLong)
}
