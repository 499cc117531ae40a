//! A fast transition up to its reassociation: the first two frames go by way of the access point that is left, or over
//! the air (IEEE 802.11-2020, 13.5).
//!
//! By way of the current access point is the better road: the link to it stands until the reassociation. Where that
//! road is not offered, or nothing comes back on it, the frames go over the air.

use super::{Progress, refused};
use crate::select::hash_to_element;
use core::time::Duration;
use frame::codes::StatusCode;
use frame::dot11::{Authentication, FtAction, FtStep, Management, management_subtype};
use frame::element::id;
use frame::mde::MobilityDomain;
use frame::{Akm, MacAddress};
use ihv::{AuthenticationFrame, BssEntry, Failure, Host, HostAdapter, Refused, SecurityElement, Win32Error};
use rand_core::CryptoRng;
use rsn::Elements;
use rsn::ft::{self, Hierarchy, Target, Transition};
use rsn::refusal::NegotiatedElement;

/// How long the target may take to answer. It may have to ask another access point for the key.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the request is sent on each road.
const TRIES: u8 = 2;

/// See the module.
pub(crate) struct Moving {
    transition: Box<Transition>,
    own: MacAddress,
    target: MacAddress,
    road: Road,
    tries: u8,
    /// Until when an answer is awaited, if one is.
    deadline: Option<Duration>,
}

/// What the reassociation request says, or why there is none.
pub(super) type Answer = Result<Box<[u8]>, Refused>;

/// How the frames come to the target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Road {
    /// As action frames to this access point, the current one, which passes them on.
    DistributionSystem(MacAddress),
    /// As authentication frames.
    Air,
}

/// What a station knows that wants to move.
pub(crate) struct Itinerary<'a> {
    /// The keys of the mobility domain.
    pub hierarchy: &'a Hierarchy,
    /// The access point to move to.
    pub bss: &'a BssEntry,
    /// The security elements of the station.
    pub elements: &'a [u8],
    /// The access point to send action frames to, if the adapter can send any.
    pub current: Option<MacAddress>,
}

impl Moving {
    /// Begins: the first frame goes out.
    pub(super) fn begin(
        host: &mut dyn Host,
        adapter: HostAdapter,
        itinerary: &Itinerary<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Refused> {
        let Itinerary { hierarchy, bss, .. } = *itinerary;
        let unfit = || refused(Failure::Protocol, Win32Error::INVALID_DATA);
        let announced = Elements::find(bss.elements()).ok().flatten().ok_or_else(unfit)?;
        let domain = mobility_domain(bss).ok_or_else(unfit)?;
        let target = Target {
            bssid: bss.bssid,
            elements: announced,
            domain,
            channel: None,
        };
        let station = itinerary.station().ok_or_else(unfit)?;
        let transition = Transition::new(hierarchy, target, station, rng).map_err(|_| unfit())?;
        let mut moving = Self {
            transition: Box::new(transition),
            own: hierarchy.station(),
            target: bss.bssid,
            road: match itinerary.current.filter(|_| domain.capability.over_ds()) {
                Some(current) => Road::DistributionSystem(current),
                None => Road::Air,
            },
            tries: 0,
            deadline: None,
        };
        moving.ask(host, adapter)?;
        Ok(moving)
    }

    /// The transition, once the access point awaits the reassociation.
    pub(crate) fn into_transition(self) -> Box<Transition> {
        self.transition
    }

    /// Takes an authentication frame of the target's.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] for a frame of another kind; [`Win32Error::INVALID_STATE`] if there was an answer.
    pub(super) fn receive(&mut self, now: Duration, frame: AuthenticationFrame<'_>) -> Result<Answer, Win32Error> {
        if frame.algorithm != Authentication::FAST_TRANSITION || frame.transaction != 2 {
            return Err(Win32Error::INVALID_DATA);
        }
        self.answered(now, frame.status, frame.body)
    }

    /// Takes an action frame of the current access point's; `None` if it is no answer to this transition.
    pub(super) fn receive_action(
        &mut self,
        now: Duration,
        sender: MacAddress,
        body: &[u8],
    ) -> Option<Result<Answer, Win32Error>> {
        let Ok(Management::Action(action)) = Management::parse(management_subtype::ACTION, body) else {
            return None;
        };
        match FtAction::parse(&action).ok()? {
            FtAction {
                step: FtStep::Response(status),
                station,
                target,
                elements,
            } if self.road == Road::DistributionSystem(sender) && (station, target) == (self.own, self.target) => {
                Some(self.answered(now, status, elements))
            }
            _ => None,
        }
    }

    fn answered(&mut self, now: Duration, status: StatusCode, elements: &[u8]) -> Result<Answer, Win32Error> {
        match self.transition.handle_response(now, status, elements) {
            Err(ft::Refusal::Unexpected) => Err(Win32Error::INVALID_STATE),
            answer => {
                self.deadline = None;
                Ok(answer.map_err(|refusal| failure(&refusal)))
            }
        }
    }

    pub(super) const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Nothing has come back: asks again, on the other road if need be, or gives up.
    pub(super) fn handle_timeout(&mut self, host: &mut dyn Host, adapter: HostAdapter) -> Progress {
        if self.tries == TRIES && self.road == Road::Air {
            self.deadline = None;
            return Progress::Failed(refused(Failure::Unanswered, Win32Error::TIMEOUT));
        }
        if self.tries == TRIES {
            self.road = Road::Air;
            self.tries = 0;
        }
        if self.ask(host, adapter).is_err() {
            // The host has ended the attempt.
            self.deadline = None;
        }
        Progress::Goes
    }

    /// Sends the first frame.
    fn ask(&mut self, host: &mut dyn Host, adapter: HostAdapter) -> Result<(), Win32Error> {
        let unfit = |_| Win32Error::INVALID_DATA;
        self.tries += 1;
        self.deadline = Some(host.now() + PATIENCE);
        match self.road {
            Road::DistributionSystem(current) => {
                let body = self.transition.action().map_err(unfit)?;
                host.send_action(adapter, current, &body)
            }
            Road::Air => {
                let body = self.transition.request().map_err(unfit)?;
                let frame = AuthenticationFrame {
                    algorithm: Authentication::FAST_TRANSITION,
                    transaction: 1,
                    status: StatusCode::SUCCESS,
                    body: &body,
                };
                host.send_authentication(adapter, self.target, frame)
            }
        }
    }
}

impl Itinerary<'_> {
    /// What the station says of itself, all its life in the domain the same.
    fn station(&self) -> Option<Elements> {
        let rsnxe = match self.hierarchy.suite().akm {
            Akm::FT_SAE | Akm::FT_SAE_EXT_KEY if hash_to_element(self.bss.elements()) => super::RSNXE,
            _ => &[],
        };
        Elements::find(&[self.elements, rsnxe].concat()).ok().flatten()
    }
}

/// Why a fast transition has come to nothing.
pub(crate) fn failure(refusal: &ft::Refusal) -> Refused {
    let failure = match refusal {
        refusal if refusal.is_wrong_key() => Failure::WrongTransitionKey,
        // It does not know a key of this name.
        ft::Refusal::Refused(StatusCode::INVALID_PMKID) => Failure::WrongTransitionKey,
        ft::Refusal::Refused(status) | ft::Refusal::ReassociationRefused(status) => Failure::Refused(*status),
        ft::Refusal::ElementMismatch(NegotiatedElement::Rsnxe) => Failure::ElementMismatch(SecurityElement::Rsnxe),
        ft::Refusal::ElementMismatch(_) => Failure::ElementMismatch(SecurityElement::Rsne),
        ft::Refusal::Late => return refused(Failure::Unanswered, Win32Error::TIMEOUT),
        _ => Failure::Protocol,
    };
    refused(failure, Win32Error::ACCESS_DENIED)
}

/// The mobility domain that an access point announces.
pub(crate) fn mobility_domain(bss: &BssEntry) -> Option<MobilityDomain> {
    MobilityDomain::parse(bss.element(id::MOBILITY_DOMAIN)?.get(2..)?).ok()
}
