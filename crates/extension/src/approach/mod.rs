//! What is said before the association: the exchange of SAE, the key agreement of opportunistic wireless encryption,
//! and the name of a key that both sides may still have.

mod moving;

pub(crate) use moving::{Itinerary, Moving, failure as transition_failure, mobility_domain};

use crate::announcement::with_pmkid;
use crate::scope::Scope;
use crate::select::hash_to_element;
use core::time::Duration;
use frame::dot11::Authentication;
use frame::element::id;
use frame::{Akm, MacAddress};
use ihv::{AuthenticationFrame, BssEntry, Failure, Host, HostAdapter, Policy, Proof, Refused, Terms, Win32Error};
use keys::Pmk;
use keys::curve::Curve;
use rand_core::CryptoRng;
use rsn::Pmksa;
use rsn::owe::{Agreed, KeyAgreement, OweError};
use rsn::sae::{self, Effect, Frame, Initiator, Method, Parties, Password};

/// The groups of SAE and of opportunistic wireless encryption, the best first: group 19, which every station and access
/// point has, costs least.
const GROUPS: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

/// An approach to an access point.
pub(crate) struct Approach {
    pub peer: MacAddress,
    /// The security elements of the request.
    elements: Vec<u8>,
    pub stage: Stage,
}

/// How far it is.
pub(crate) enum Stage {
    /// There is nothing to say.
    Silent,
    /// Both sides are taken to have this key: the request names it, of an earlier authentication, or the frames of the
    /// association have agreed on it.
    Named(Known),
    /// Frames of SAE are exchanged.
    Exchanging(Box<Initiator>),
    /// The request has our public key, and names the key that an earlier agreement has left.
    Agreeing {
        agreement: Box<KeyAgreement>,
        named: Option<Known>,
    },
    /// Frames of a fast transition are exchanged, or were: the reassociation follows.
    Moving(Box<Moving>),
    /// The peer has proved itself.
    Known(Known),
}

/// A PMK and its name.
pub(crate) struct Known {
    pub pmk: Pmk,
    pub pmkid: [u8; 16],
    /// The time from which it is not valid any more.
    pub expires: Duration,
}

impl Known {
    /// How long a PMKSA is kept (dot11RSNAConfigPMKLifetime).
    pub(crate) const LIFETIME: Duration = Duration::from_secs(43_200);

    /// What an authentication has left at `now`.
    pub(crate) fn new(now: Duration, pmk: Pmk, pmkid: [u8; 16]) -> Self {
        Self {
            pmk,
            pmkid,
            expires: now + Self::LIFETIME,
        }
    }

    /// As it is kept, for what it is good for.
    pub(crate) fn into_pmksa(
        self,
        akm: Akm,
        scope: &Scope,
        authenticator: MacAddress,
        supplicant: MacAddress,
    ) -> Pmksa {
        Pmksa {
            pmkid: self.pmkid,
            pmk: self.pmk,
            akm,
            scope: scope.as_slice().into(),
            authenticator,
            supplicant,
            expires: self.expires,
        }
    }

    pub(crate) fn of(kept: &Pmksa) -> Self {
        Self {
            pmk: kept.pmk.duplicate(),
            pmkid: kept.pmkid,
            expires: kept.expires,
        }
    }

    fn duplicate(&self) -> Self {
        Self {
            pmk: self.pmk.duplicate(),
            pmkid: self.pmkid,
            expires: self.expires,
        }
    }
}

/// What an exchange has come to.
pub(crate) enum Progress {
    Goes,
    /// Both sides have a new key.
    Accepted(Known),
    /// The access point awaits the reassociation.
    Expected,
    Failed(Refused),
}

impl Approach {
    pub(crate) fn silent(peer: MacAddress, elements: &[u8]) -> Self {
        Self {
            peer,
            elements: elements.to_vec(),
            stage: Stage::Silent,
        }
    }

    /// The association request names a key that both sides may still have.
    pub(crate) fn named(peer: MacAddress, elements: &[u8], known: Known) -> Self {
        Self {
            peer,
            elements: with_pmkid(elements, known.pmkid),
            stage: Stage::Named(known),
        }
    }

    /// The key agreement of opportunistic wireless encryption, in the group of this place among [`GROUPS`]. The request
    /// names the key that both sides may still have, too: an access point that has it needs no agreement
    /// (RFC 8110, 4.5).
    pub(crate) fn agreeing(
        peer: MacAddress,
        elements: &[u8],
        group: usize,
        named: Option<Known>,
        rng: &mut dyn CryptoRng,
    ) -> Option<Self> {
        let agreement = KeyAgreement::station(*GROUPS.get(group)?, rng);
        let elements = match &named {
            Some(known) => with_pmkid(elements, known.pmkid),
            None => elements.to_vec(),
        };
        Some(Self {
            peer,
            elements: [elements, agreement.element()].concat(),
            stage: Stage::Agreeing {
                agreement: Box::new(agreement),
                named,
            },
        })
    }

    /// Begins SAE: the first frame goes out.
    pub(crate) fn exchanging(
        host: &mut dyn Host,
        adapter: HostAdapter,
        parties: Parties,
        bss: &BssEntry,
        elements: &[u8],
        password: &mut Password,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Refused> {
        let method = match hash_to_element(bss.elements()) {
            true => Method::HashToElement,
            // Only hash-to-element has room for an identifier.
            false if password.identifier().is_some() => {
                return Err(refused(Failure::UnknownIdentifier, Win32Error::NOT_SUPPORTED));
            }
            false => Method::HuntingAndPecking,
        };
        let mut effects = Vec::new();
        let now = host.now();
        let initiator = Initiator::begin(parties, method, &GROUPS, password, now, rng, &mut effects);
        let mut approach = Self {
            peer: parties.peer,
            elements: match method {
                Method::HashToElement => [elements, RSNXE].concat(),
                Method::HuntingAndPecking => elements.to_vec(),
            },
            stage: Stage::Exchanging(Box::new(initiator)),
        };
        match approach.apply(host, adapter, effects) {
            Progress::Failed(refused) => Err(refused),
            Progress::Goes | Progress::Accepted(_) | Progress::Expected => Ok(approach),
        }
    }

    /// Begins a fast transition to another access point of the mobility domain: the first frame goes out.
    pub(crate) fn moving(
        host: &mut dyn Host,
        adapter: HostAdapter,
        itinerary: &Itinerary<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Refused> {
        let moving = Moving::begin(host, adapter, itinerary, rng)?;
        Ok(Self {
            peer: itinerary.bss.bssid,
            elements: Vec::new(),
            stage: Stage::Moving(Box::new(moving)),
        })
    }

    /// An authentication frame has come in a fast transition.
    pub(crate) fn receive_transition(
        &mut self,
        now: Duration,
        frame: AuthenticationFrame<'_>,
    ) -> Result<Progress, Win32Error> {
        let Stage::Moving(moving) = &mut self.stage else {
            return Err(Win32Error::INVALID_STATE);
        };
        let answer = moving.receive(now, frame)?;
        Ok(self.admitted(answer))
    }

    /// An action frame has come from the access point `sender`; `None` if it is no part of a fast transition.
    pub(crate) fn receive_action(
        &mut self,
        now: Duration,
        sender: MacAddress,
        body: &[u8],
    ) -> Option<Result<Progress, Win32Error>> {
        let Stage::Moving(moving) = &mut self.stage else {
            return None;
        };
        let answer = moving.receive_action(now, sender, body)?;
        Some(answer.map(|answer| self.admitted(answer)))
    }

    /// The target of a fast transition has answered.
    fn admitted(&mut self, answer: moving::Answer) -> Progress {
        match answer {
            Ok(elements) => {
                self.elements = elements.into_vec();
                Progress::Expected
            }
            Err(refused) => Progress::Failed(refused),
        }
    }

    /// The access point has accepted the association with these elements: a key agreement has come to its end. The new
    /// key that it has led to, if it has.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] if the access point's public key is missing or no good.
    pub(crate) fn settle(&mut self, now: Duration, response: &[u8]) -> Result<Option<Known>, Win32Error> {
        let Stage::Agreeing { agreement, named } = &mut self.stage else {
            return Ok(None);
        };
        let (known, fresh) = match (agreement.agree(response), named.take()) {
            (Ok(Agreed { pmk, pmkid }), _) => {
                let known = Known::new(now, pmk, pmkid);
                let fresh = known.duplicate();
                (known, Some(fresh))
            }
            (Err(OweError::Missing), Some(known)) => (known, None),
            (Err(_), _) => return Err(Win32Error::INVALID_DATA),
        };
        self.stage = Stage::Named(known);
        Ok(fresh)
    }

    /// What the association request says.
    pub(crate) fn terms(&self) -> Terms {
        Terms::new(self.elements.clone())
    }

    /// A frame of SAE has come.
    pub(crate) fn receive(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        frame: AuthenticationFrame<'_>,
        password: &mut Password,
        rng: &mut dyn CryptoRng,
    ) -> Result<Progress, Win32Error> {
        let Stage::Exchanging(initiator) = &mut self.stage else {
            return Err(Win32Error::INVALID_STATE);
        };
        if frame.algorithm != Authentication::SAE {
            return Err(Win32Error::INVALID_DATA);
        }
        let frame = Frame {
            transaction: frame.transaction,
            status: frame.status,
            body: frame.body.to_vec(),
        };
        let mut effects = Vec::new();
        initiator
            .handle(&frame, password, host.now(), rng, &mut effects)
            .map_err(|_| Win32Error::INVALID_DATA)?;
        Ok(self.apply(host, adapter, effects))
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        match &self.stage {
            Stage::Exchanging(initiator) => initiator.next_timeout(),
            Stage::Moving(moving) => moving.deadline(),
            _ => None,
        }
    }

    pub(crate) fn handle_timeout(&mut self, host: &mut dyn Host, adapter: HostAdapter) -> Progress {
        let initiator = match &mut self.stage {
            Stage::Exchanging(initiator) => initiator,
            Stage::Moving(moving) => return moving.handle_timeout(host, adapter),
            _ => return Progress::Goes,
        };
        let mut effects = Vec::new();
        initiator.handle_timeout(host.now(), &mut effects);
        self.apply(host, adapter, effects)
    }

    /// Does what SAE wants.
    fn apply(&mut self, host: &mut dyn Host, adapter: HostAdapter, effects: Vec<Effect>) -> Progress {
        for effect in effects {
            match effect {
                Effect::Send(frame) => {
                    let frame = AuthenticationFrame {
                        algorithm: Authentication::SAE,
                        transaction: frame.transaction,
                        status: frame.status,
                        body: &frame.body,
                    };
                    if host.send_authentication(adapter, self.peer, frame).is_err() {
                        // The host has ended the attempt.
                        self.stage = Stage::Silent;
                        return Progress::Goes;
                    }
                }
                Effect::Accepted { pmk, pmkid } => {
                    let known = Known::new(host.now(), *pmk, pmkid);
                    self.stage = Stage::Known(known.duplicate());
                    return Progress::Accepted(known);
                }
                Effect::Failed(failure) => return Progress::Failed(explained(failure)),
            }
        }
        Progress::Goes
    }
}

/// Which group comes after the one in the place `group` of the order of preference, if one does.
pub(crate) const fn next_group(group: usize) -> Option<usize> {
    if group + 1 < GROUPS.len() {
        Some(group + 1)
    } else {
        None
    }
}

fn explained(failure: sae::Failure) -> Refused {
    let (failure, error) = match failure {
        // Anybody can send a confirm that does not verify, or the refusal of one, in the access point's name.
        sae::Failure::WrongPassword | sae::Failure::ConfirmRefused(_) => {
            (Failure::WrongSecret(Proof::Suspected), Win32Error::ACCESS_DENIED)
        }
        sae::Failure::NoCommonGroup => (Failure::NoCommonGroup, Win32Error::NOT_SUPPORTED),
        sae::Failure::NoCommonMethod => (Failure::Policy(Policy::NoCommonSecurity), Win32Error::NOT_SUPPORTED),
        sae::Failure::UnknownIdentifier => (Failure::UnknownIdentifier, Win32Error::ACCESS_DENIED),
        sae::Failure::GroupDowngrade => (Failure::Policy(Policy::Downgrade), Win32Error::ACCESS_DENIED),
        sae::Failure::InvalidCommit => (Failure::Protocol, Win32Error::INVALID_DATA),
        sae::Failure::Refused(status) => (Failure::Refused(status), Win32Error::ACCESS_DENIED),
        sae::Failure::Silent => (Failure::Unanswered, Win32Error::TIMEOUT),
    };
    refused(failure, error)
}

pub(crate) fn refused(failure: Failure, error: Win32Error) -> Refused {
    Refused {
        error,
        reason: failure.into(),
    }
}

/// An RSNXE that says: SAE by hash-to-element (IEEE 802.11-2020, 9.4.2.241).
const RSNXE: &[u8] = &[id::RSN_EXTENSION, 1, 1 << 5];
