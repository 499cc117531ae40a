//! Fast transition at an access point: stations that come from another one of the mobility domain.

use super::config::{AccessPointConfig, Mobility};
use core::time::Duration;
use frame::dot11::{Action, FtAction, FtStep};
use frame::{MacAddress, StatusCode};
use keys::AkmSuite;
use rand_chacha::ChaCha20Rng;
use rsn::ft::{self, AccessPoint, Responder};
use rsn::{Authenticator, Effects, Elements, Facts, GroupKeys};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// The stations that have announced themselves.
#[derive(Default)]
pub(super) struct Transitions(BTreeMap<MacAddress, Announced>);

/// A station that has announced itself, and how it was answered.
struct Announced {
    request: Vec<u8>,
    answer: Vec<u8>,
    responder: Responder,
}

/// What a station has to say to another access point of the domain, by way of this one.
pub(in crate::simulated) struct Errand {
    pub station: MacAddress,
    pub target: MacAddress,
    pub elements: Vec<u8>,
}

impl Errand {
    /// The errand that an action frame of `station` asks for.
    pub(super) fn of(action: &Action<'_>, station: MacAddress) -> Option<Self> {
        match FtAction::parse(action).ok()? {
            FtAction {
                step: FtStep::Request,
                station: named,
                target,
                elements,
            } if named == station => Some(Self {
                station,
                target,
                elements: elements.to_vec(),
            }),
            _ => None,
        }
    }
}

impl Transitions {
    /// Answers the first frame of a fast transition: its status, and elements if that is success.
    pub(super) fn answer(
        &mut self,
        now: Duration,
        config: &AccessPointConfig,
        own: &[u8],
        station: MacAddress,
        elements: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> (StatusCode, Vec<u8>) {
        self.0.retain(|_, known| !known.responder.is_late(now));
        // A request that comes twice has one answer: a new one would make another key.
        if let Some(known) = self.0.get(&station).filter(|known| known.request == elements) {
            return (StatusCode::SUCCESS, known.answer.clone());
        }
        let (Some(mobility), Some(announced)) = (&config.mobility, Elements::find(own).ok().flatten()) else {
            return (StatusCode::UNSUPPORTED_AUTH_ALGORITHM, Vec::new());
        };
        let access_point = AccessPoint {
            bssid: config.bssid,
            elements: announced,
            domain: mobility.announced(),
            channel: config.channel,
        };
        let holder = mobility.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match Responder::answer(&access_point, &holder, station, now, elements, rng) {
            Ok((responder, answer)) => {
                let answer = answer.into_vec();
                let known = Announced {
                    request: elements.to_vec(),
                    answer: answer.clone(),
                    responder,
                };
                self.0.insert(station, known);
                (StatusCode::SUCCESS, answer)
            }
            Err(refusal) => (refusal.status(), Vec::new()),
        }
    }

    /// Takes the reassociation request of a station that has announced itself; `None` if it has not.
    pub(super) fn reassociate(
        &mut self,
        now: Duration,
        config: &AccessPointConfig,
        station: MacAddress,
        elements: &[u8],
        keys: &GroupKeys,
        effects: &mut Effects,
    ) -> Option<Result<(Authenticator, Vec<u8>), StatusCode>> {
        let mut known = self.0.remove(&station)?;
        let result = known
            .responder
            .handle_reassociation(now, elements, keys, config.retry, effects);
        Some(
            result
                .map(|(authenticator, answer)| (authenticator, answer.into_vec()))
                .map_err(|refusal| refusal.status()),
        )
    }
}

/// What the 4-way handshake of a first association in a mobility domain has to know. Without `pmk_len`, octets, the key
/// is taken to be the shortest that the AKM has.
pub(super) fn facts(config: &AccessPointConfig, elements: &[u8], pmk_len: Option<usize>) -> Facts {
    let Some(mobility) = &config.mobility else {
        return Facts {
            channel: config.channel,
            ..Facts::default()
        };
    };
    let requested = frame::element::find(elements, frame::element::id::RSN).ok().flatten();
    let suite = requested
        .and_then(|rsne| frame::rsne::Rsne::parse(rsne.body).ok())
        .and_then(|rsne| AkmSuite::of(rsne.akms_or_default().iter().next()?))
        .filter(|suite| suite.fast_transition)
        .map(|suite| suite.with_pmk_len(pmk_len.unwrap_or(suite.pmk_len)));
    let initial = |suite| {
        ft::Mobility::initial(
            suite,
            &config.ssid,
            mobility.announced(),
            &mobility.key_holder,
            config.bssid,
        )
    };
    Facts {
        mobility: suite
            .and_then(|suite| initial(suite).ok())
            .map(|initial| Box::new(initial.with_limits(mobility.limits()))),
        channel: config.channel,
    }
}

/// Keeps what a first association has left for the transitions that follow.
pub(super) fn keep(mobility: Option<&Mobility>, authenticator: &Authenticator) {
    if let (Some(mobility), Some(hierarchy)) = (mobility, authenticator.hierarchy()) {
        let mut keys = mobility.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(hierarchy.duplicate());
    }
}
