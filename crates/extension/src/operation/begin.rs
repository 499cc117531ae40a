//! How an operation begins: what the frames of the association agree on.

use super::execute::material;
use super::onex::Onex;
use super::{News, Operation, PATIENCE, State, Task};
use crate::approach::{Known, Stage};
use crate::connection::{Connection, Proof};
use crate::suites;
use core::time::Duration;
use frame::MacAddress;
use ihv::{AssociationParameters, CipherAlgorithm, HostAdapter, SecuritySession, Win32Error};
use rsn::ft::Mobility;
use rsn::{Association, Elements, Facts, Supplicant};

/// The fixed fields of an association request and of a reassociation request, octets
/// (IEEE 802.11-2020, Tables 9-34 and 9-36).
const REQUEST_FIXED: usize = 4;
const REASSOCIATION_FIXED: usize = 10;

/// The fixed fields of a (re)association response, octets (IEEE 802.11-2020, Table 9-35).
const RESPONSE_FIXED: usize = 6;

/// The fixed fields of a Beacon, octets (IEEE 802.11-2020, Table 9-32).
const BEACON_FIXED: usize = 12;

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
        stage: Stage,
    ) -> Result<Self, Win32Error> {
        if parameters.auth != connection.selection.auth() || parameters.unicast_cipher != connection.selection.unicast()
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
                    response: response_elements(parameters).to_vec(),
                },
                state: State::Due,
                onex: None,
                query: None,
                rests_on_pmk: false,
                named: None,
                news: News::default(),
                offloads: false,
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
                let Known { pmk, pmkid } = known.ok_or(Win32Error::INVALID_STATE)?;
                let association = negotiated(own_address, parameters, &connection.ssid)?;
                let supplicant = Supplicant::new(association, pmk).map_err(|_| Win32Error::INVALID_DATA)?;
                Task::Handshake(Box::new(supplicant.with_pmkid(pmkid)))
            }
        };
        let onex = match connection.proof {
            Proof::OneX if !parameters.port_authorized => Some(Box::default()),
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
            offloads: false,
            offloaded: None,
        })
    }
}

/// The elements of the (re)association response.
pub(crate) fn response_elements<'a>(parameters: &AssociationParameters<'a>) -> &'a [u8] {
    parameters.response.get(RESPONSE_FIXED..).unwrap_or_default()
}

/// What the frames of the association agree on.
fn negotiated(
    own_address: MacAddress,
    parameters: &AssociationParameters<'_>,
    ssid: &[u8],
) -> Result<Association, Win32Error> {
    let fixed = if parameters.reassociation {
        REASSOCIATION_FIXED
    } else {
        REQUEST_FIXED
    };
    let find = match parameters.auth.akm() {
        Some(akm) if suites::is_legacy_akm(akm) => Elements::find_wpa,
        _ => Elements::find,
    };
    let elements = |frame: &[u8], fixed: usize| {
        let list = frame.get(fixed..).ok_or(Win32Error::INVALID_DATA)?;
        find(list).ok().flatten().ok_or(Win32Error::INVALID_DATA)
    };
    let station = elements(parameters.request, fixed)?;
    let access_point = elements(parameters.beacon, BEACON_FIXED)?;
    let moves = parameters.auth.akm().is_some_and(suites::is_fast_transition);
    let mobility = match moves {
        true => Mobility::find(ssid, response_elements(parameters)).map_err(|_| Win32Error::INVALID_DATA)?,
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
