//! How an operation begins: what the frames of the association agree on.

use super::execute::material;
use super::onex::Onex;
use super::{News, Operation, PATIENCE, State, Task};
use crate::approach::{Known, Stage};
use crate::connection::{Connection, Proof};
use crate::select::{Limits, judge};
use crate::strength::Strength;
use crate::suites;
use core::time::Duration;
use frame::MacAddress;
use frame::element::{self, id};
use frame::rsne::Rsne;
use ihv::{AssociationParameters, CipherAlgorithm, HostAdapter, SecuritySession, Win32Error};
use rsn::ft::Mobility;
use rsn::{Association, Elements, Facts, Supplicant};

/// What an operation builds on.
pub(crate) struct Basis {
    /// How far the way to the access point has led.
    pub stage: Stage,
    /// What the association is worth.
    pub strength: Strength,
}

impl Basis {
    /// The basis of an association that has come about. Whatever the host has gone by in choosing the access point, the
    /// frames of the association tell whether it has what the connection demands: this is the last gate.
    ///
    /// # Errors
    /// [`Win32Error::ACCESS_DENIED`] if it has not.
    pub(crate) fn of(
        stage: Stage,
        connection: &Connection,
        limits: &Limits,
        parameters: &AssociationParameters<'_>,
    ) -> Result<Self, Win32Error> {
        let announced = element::find(parameters.request_elements(), id::RSN).ok().flatten();
        let asked = announced
            .and_then(|element| Rsne::parse(element.body).ok())
            .is_some_and(|rsne| rsne.capabilities_or_default().mfpc());
        let limits = Limits {
            management_protection: limits.management_protection && asked,
            ..*limits
        };
        judge(
            &connection.selection,
            &connection.demands,
            &limits,
            parameters.beacon_elements(),
        )
        .map(|strength| Self { stage, strength })
        .map_err(|_| Win32Error::ACCESS_DENIED)
    }
}

impl Operation {
    /// Begins the operation on a new port: waits for message 1, if there is to be a handshake.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] if the frames of the association do not agree on anything that this
    /// extension could do.
    pub(crate) fn begin(
        now: Duration,
        adapter: HostAdapter,
        own_address: MacAddress,
        session: SecuritySession,
        parameters: &AssociationParameters<'_>,
        connection: &Connection,
        basis: Basis,
    ) -> Result<Self, Win32Error> {
        let Basis { stage, strength } = basis;
        if parameters.auth != connection.selection.auth()
            || parameters.unicast_cipher != connection.selection.unicast()
            || parameters.multicast_cipher != connection.selection.multicast()
        {
            return Err(Win32Error::INVALID_DATA);
        }
        let named = match &stage {
            Stage::Named(known) => Some(known.pmkid),
            _ => None,
        };
        if let Stage::Moving(moving) = stage {
            return Ok(Self {
                adapter,
                session,
                peer: parameters.peer,
                task: Task::Transition {
                    transition: moving.into_transition(),
                    response: parameters.response_elements().to_vec(),
                },
                state: State::Due,
                onex: None,
                query: None,
                rests_on_pmk: false,
                named: None,
                news: News::default(),
                strength,
                offloads: false,
                verifies_beacons: false,
                offloaded: None,
            });
        }
        let known = match stage {
            Stage::Known(known) | Stage::Named(known) => Some(known),
            Stage::Silent | Stage::Exchanging(_) | Stage::Agreeing { .. } | Stage::Moving(_) => None,
        };
        let task = match &connection.proof {
            _ if parameters.port_authorized => Task::Nothing,
            Proof::Open => Task::Nothing,
            Proof::Wep(key) => Task::Wep {
                cipher: parameters.multicast_cipher.cipher().ok_or(Win32Error::INVALID_DATA)?,
                key: material(key.as_bytes())?,
            },
            Proof::Pmk(pmk) => {
                let association = negotiated(own_address, parameters, &connection.ssid)?;
                let supplicant = Supplicant::new(association, pmk.duplicate()).map_err(|_| Win32Error::INVALID_DATA)?;
                Task::Handshake(Box::new(supplicant))
            }
            Proof::OneX if known.is_none() => {
                Task::Authentication(Box::new(negotiated(own_address, parameters, &connection.ssid)?))
            }
            Proof::Password(_) | Proof::Owe | Proof::OneX => {
                let Known { pmk, pmkid, .. } = known.as_ref().ok_or(Win32Error::INVALID_STATE)?;
                let association = negotiated(own_address, parameters, &connection.ssid)?;
                let supplicant = Supplicant::new(association, pmk.duplicate()).map_err(|_| Win32Error::INVALID_DATA)?;
                Task::Handshake(Box::new(match connection.proof {
                    // The access point has other ways to let us in: that it knows the key, it has to say.
                    Proof::OneX => supplicant.with_offered_pmkid(*pmkid),
                    _ => supplicant.with_pmkid(*pmkid),
                }))
            }
        };
        let onex = match connection.proof {
            Proof::OneX if !parameters.port_authorized => Some(Box::new(Onex::with(known))),
            _ => None,
        };
        let state = match task {
            // Whether or not it knows the key that was named: it begins by itself.
            Task::Authentication(_) | Task::Handshake(_) if onex.is_some() => State::Pending {
                deadline: now + Onex::COURTESY,
            },
            Task::Authentication(_) | Task::Handshake(_) => State::Pending {
                deadline: now + PATIENCE,
            },
            Task::Nothing | Task::Wep { .. } | Task::Transition { .. } => State::Due,
        };
        Ok(Self {
            adapter,
            session,
            peer: parameters.peer,
            task,
            state,
            onex,
            query: None,
            rests_on_pmk: matches!(connection.proof, Proof::Pmk(_)),
            named,
            news: News::default(),
            strength,
            offloads: false,
            verifies_beacons: false,
            offloaded: None,
        })
    }
}

/// What the frames of the association agree on.
fn negotiated(
    own_address: MacAddress,
    parameters: &AssociationParameters<'_>,
    ssid: &[u8],
) -> Result<Association, Win32Error> {
    let find = match parameters.auth.akm() {
        Some(akm) if suites::is_legacy_akm(akm) => Elements::find_wpa,
        _ => Elements::find,
    };
    let elements = |list: &[u8]| find(list).ok().flatten().ok_or(Win32Error::INVALID_DATA);
    let station = elements(parameters.request_elements())?;
    let access_point = elements(parameters.beacon_elements())?;
    let moves = parameters.auth.akm().is_some_and(suites::is_fast_transition);
    let mobility = match moves {
        true => Mobility::find(ssid, parameters.response_elements()).map_err(|_| Win32Error::INVALID_DATA)?,
        false => None,
    };
    let facts = Facts {
        mobility: mobility.map(Box::new),
        channel: parameters.channel,
    };
    let association = Association::negotiate_with(parameters.peer, own_address, station, access_point, facts)
        .map_err(|_| Win32Error::INVALID_DATA)?;
    match Some(association.akm()) == parameters.auth.akm()
        && CipherAlgorithm::of_cipher(association.pairwise()) == parameters.unicast_cipher
    {
        true => Ok(association),
        false => Err(Win32Error::INVALID_DATA),
    }
}
