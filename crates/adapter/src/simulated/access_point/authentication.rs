//! What comes before an association: SAE, the key agreement of opportunistic wireless encryption, and keys that are
//! known from earlier.

use super::config::AccessPointConfig;
use core::time::Duration;
use frame::dot11::Authentication;
use frame::sae::COMMIT;
use frame::{Akm, MacAddress, StatusCode};
use keys::Pmk;
use keys::suites::{AkmSuite, Credential};
use rand_chacha::ChaCha20Rng;
use rsn::owe::{KeyAgreement, OweError};
use rsn::sae::{Effect, Frame, Initiator, Method, Parties, Password, Responder, Terms, TokenMaker};
use rsn::{Pmksa, PmksaCache};
use std::collections::BTreeMap;

/// How many keys are remembered, and how long.
pub(super) const PMKSAS: usize = 256;
pub(super) const LIFETIME: Duration = Duration::from_secs(43_200);

/// See the module.
pub(super) struct Authenticating {
    passwords: Vec<Password>,
    tokens: TokenMaker,
    exchanges: BTreeMap<MacAddress, Exchange>,
    /// Stations that have proved themselves and have not associated since.
    proved: BTreeMap<MacAddress, Known>,
    pmksas: PmksaCache,
}

/// One authentication with one station.
enum Exchange {
    Answers(Box<Responder>),
    /// It has begun at the same time as the station.
    Begins(Box<Initiator>),
}

/// A PMK and its name, if the authentication gave it one.
pub(super) struct Known {
    pub pmk: Pmk,
    pub pmkid: Option<[u8; 16]>,
    /// What the association response has to say.
    pub elements: Vec<u8>,
}

impl Authenticating {
    pub(super) fn new(config: &AccessPointConfig, rng: &mut ChaCha20Rng) -> Self {
        let passwords = config
            .secrets
            .passwords
            .iter()
            .map(|known| Password::new(&config.ssid, &known.password, known.identifier.as_deref()))
            .collect();
        Self {
            passwords,
            tokens: TokenMaker::new(rng),
            exchanges: BTreeMap::new(),
            proved: BTreeMap::new(),
            pmksas: PmksaCache::new(PMKSAS),
        }
    }

    /// Answers a frame of SAE.
    pub(super) fn handle_sae(
        &mut self,
        now: Duration,
        config: &AccessPointConfig,
        station: MacAddress,
        request: &Authentication<'_>,
        rng: &mut ChaCha20Rng,
    ) -> Vec<Frame> {
        let is_sae = |akm: &&Akm| AkmSuite::of(**akm).is_some_and(|suite| suite.credential == Credential::Sae);
        let Some(akm) = config.akms.iter().find(is_sae).copied() else {
            return vec![Frame {
                transaction: request.sequence,
                status: StatusCode::UNSUPPORTED_AUTH_ALGORITHM,
                body: Vec::new(),
            }];
        };
        let frame = Frame {
            transaction: request.sequence,
            status: request.status,
            body: request.body.to_vec(),
        };
        if config.demands_tokens && frame.transaction == COMMIT && !self.has_token(station, &frame) {
            let token = self.tokens.token(station);
            return Responder::demand_token(&frame, &token).into_iter().collect();
        }
        let parties = Parties {
            own: config.bssid,
            peer: station,
            akm,
        };
        let terms = Terms {
            groups: &config.groups,
            hash_to_element: config.hash_to_element,
            hunting_and_pecking: true,
        };
        let mut effects = Vec::new();
        let exchange = self.exchanges.entry(station).or_insert_with(|| {
            let method = Method::of(frame.status).filter(|_| config.begins_sae && frame.transaction == COMMIT);
            match (method, self.passwords.first_mut()) {
                (Some(method), Some(password)) => Exchange::Begins(Box::new(Initiator::begin(
                    parties,
                    method,
                    &config.groups,
                    password,
                    now,
                    rng,
                    &mut effects,
                ))),
                _ => Exchange::Answers(Box::new(Responder::new(parties))),
            }
        });
        // A frame that is discarded changes nothing.
        let _ = match (exchange, &mut *self.passwords) {
            (Exchange::Answers(responder), passwords) => responder.handle(&frame, &terms, passwords, rng, &mut effects),
            (Exchange::Begins(initiator), [password, ..]) => initiator.handle(&frame, password, now, rng, &mut effects),
            (Exchange::Begins(_), []) => Ok(()),
        };
        let mut frames = Vec::new();
        for effect in effects {
            match effect {
                Effect::Send(frame) => frames.push(frame),
                Effect::Accepted { pmk, pmkid } => {
                    let known = Known {
                        pmk: *pmk,
                        pmkid: Some(pmkid),
                        elements: Vec::new(),
                    };
                    self.proved.insert(station, known);
                }
                Effect::Failed(_) => {
                    self.exchanges.remove(&station);
                    self.proved.remove(&station);
                }
            }
        }
        frames
    }

    fn has_token(&self, station: MacAddress, commit: &Frame) -> bool {
        frame::sae::Method::of(commit.status)
            .and_then(|method| frame::sae::Commit::parse(&commit.body, method).ok())
            .and_then(|commit| commit.token)
            .is_some_and(|token| self.tokens.verify(station, token))
    }

    /// The key for an association of `station` with this AKM, whose request names `pmkids` and has `elements`.
    ///
    /// # Errors
    /// The status to refuse it with.
    pub(super) fn key(
        &mut self,
        now: Duration,
        config: &AccessPointConfig,
        station: MacAddress,
        (akm, pmkids): (Akm, &[[u8; 16]]),
        elements: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> Result<Known, StatusCode> {
        if let Some(shared) = &config.shared_keys {
            let shared = shared.lock();
            let recognize = |pmkid| shared.recognize(now, pmkid, config.bssid, station);
            if let Some(entry) = pmkids.iter().find_map(recognize) {
                self.pmksas.insert(now, entry);
            }
        }
        let remembered = pmkids
            .iter()
            .find_map(|pmkid| self.pmksas.find_by_pmkid(now, pmkid))
            .filter(|kept| kept.supplicant == station && kept.akm == akm);
        if let Some(kept) = remembered {
            return Ok(Known {
                pmk: kept.pmk.duplicate(),
                pmkid: Some(kept.pmkid),
                elements: Vec::new(),
            });
        }
        let fresh = match AkmSuite::of(akm).map(|suite| suite.credential) {
            Some(Credential::Sae) => {
                self.exchanges.remove(&station);
                self.proved.remove(&station).or_else(|| given(config, akm))
            }
            Some(Credential::Owe) => {
                let (own, agreed) =
                    KeyAgreement::access_point(elements, &config.groups, rng).map_err(|error| match error {
                        OweError::Group(_) => StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP,
                        _ => StatusCode::INVALID_ELEMENT,
                    })?;
                Some(Known {
                    pmk: agreed.pmk,
                    pmkid: Some(agreed.pmkid),
                    elements: own.element(),
                })
            }
            _ => given(config, akm),
        };
        let known = fresh.ok_or(match pmkids {
            [] => StatusCode::INVALID_ELEMENT,
            _ => StatusCode::INVALID_PMKID,
        })?;
        if let Some(pmkid) = known.pmkid {
            self.pmksas.insert(
                now,
                Pmksa {
                    pmkid,
                    pmk: known.pmk.duplicate(),
                    akm,
                    scope: config.ssid.as_slice().into(),
                    authenticator: config.bssid,
                    supplicant: station,
                    expires: now + LIFETIME,
                },
            );
        }
        Ok(known)
    }

    /// Keeps the key that the authentication of a user has left, and shares it if that is wanted.
    pub(super) fn keep(&mut self, now: Duration, config: &AccessPointConfig, entry: Pmksa) {
        if let Some(shared) = &config.shared_keys {
            shared.lock().insert(now, entry.duplicate());
        }
        self.pmksas.insert(now, entry);
    }

    /// The key that the last authentication of `station` for this AKM has left.
    pub(super) fn kept(&self, now: Duration, config: &AccessPointConfig, station: MacAddress, akm: Akm) -> Option<Pmk> {
        let entry = self.pmksas.find(now, config.bssid, station, akm)?;
        Some(entry.pmk.duplicate())
    }

    /// Forgets all keys, as an access point that was restarted has.
    pub(super) fn forget(&mut self) {
        self.exchanges.clear();
        self.proved.clear();
        self.pmksas = PmksaCache::new(PMKSAS);
    }
}

/// The key that was known beforehand.
fn given(config: &AccessPointConfig, akm: Akm) -> Option<Known> {
    config.secrets.pmk(akm).map(|pmk| Known {
        pmk,
        pmkid: None,
        elements: Vec::new(),
    })
}
