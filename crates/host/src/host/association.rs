//! From the scan to the post-association operation.

use super::Host;
use crate::adapter::{Association, AssociationFailure, Command, DisassociationCause};
use crate::event::{Code, Kind, completion};
use crate::outcome::{Awaited, Defect, Outcome};
use crate::state::{Algorithms, DataPort, Handler, Handshake, Phase, Work, connectable, has_given_up, unseen_twin};
use frame::codes::ReasonCode;
use frame::element::{self, id};
use frame::rsne::Rsne;
use frame::{Cipher, MacAddress};
use ihv::{
    AssociationParameters, AssociationStatus, AuthAlgorithm, BssEntry, CipherAlgorithm, Extension, HostAdapter,
    PortState, Proof, Refusing, Response, Rule, SecuritySession, Win32Error,
};

impl<E: Extension> Host<E> {
    /// The networks are known: the pre-association operation begins.
    pub(super) fn scan_completed(&mut self, handle: HostAdapter, seen: &[BssEntry]) {
        let session = self.state.next_connect_session();
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(extension) = adapter.extension else { return };
        let Some(attempt) = adapter
            .attempt
            .as_mut()
            .filter(|attempt| attempt.phase == Phase::Scanning)
        else {
            return;
        };
        attempt.add_seen(seen);
        if attempt.twin.is_none()
            && let Some(ssid) = unseen_twin(&attempt.profile, &attempt.seen)
        {
            attempt.twin = Some(ssid.clone());
            self.state.event(handle, None, None, || Kind::ScanStarted {
                ssid: String::from_utf8_lossy(&ssid).into_owned(),
            });
            self.state.command(handle, Command::Scan { ssid, sought: None });
            return;
        }
        let seen = core::mem::take(&mut attempt.seen);
        let mut found = connectable(&attempt.profile, &seen);
        found.retain(|bss| Some(bss.bssid) != attempt.current);
        let matching = found.len();
        if matching == 0 {
            self.state.event(handle, None, None, || Kind::ScanCompleted {
                networks: seen.len(),
                matching,
            });
            self.state.end_attempt(handle, Outcome::NoSuchNetwork);
            return;
        }
        attempt.connectable.clone_from(&found);
        if attempt.current.is_some() {
            // The pre-association holds for all access points of the network.
            attempt.phase = Phase::Approaching;
            self.state.event(handle, None, None, || Kind::ScanCompleted {
                networks: seen.len(),
                matching,
            });
            self.state.work.push_back(Work::Approach { adapter: handle });
            return;
        }
        attempt.phase = Phase::PreAssociating(session);
        let profile = attempt.profile.clone();
        adapter.handling_fixed = false;
        adapter.algorithms = Algorithms::default();
        self.state.event(handle, None, None, || Kind::ScanCompleted {
            networks: seen.len(),
            matching,
        });
        self.state.event(handle, None, None, || Kind::PreAssociationStarted {});
        let result = self.call(Handler::PerformPreAssociate, handle, |to, host| {
            to.perform_pre_associate(
                host,
                extension,
                session,
                &profile.parameters(),
                &profile.connectivity,
                &profile.security,
                &found,
            )
        });
        if let Err(refused) = self.honest(handle, "perform_pre_associate", result) {
            self.state.event(handle, None, None, || {
                let (error, reason) = completion(refused.reason, refused.error);
                Kind::PreAssociationCompleted { error, reason }
            });
            self.state
                .end_attempt(handle, Outcome::of_failure(refused.reason, refused.error));
        }
    }

    /// The association stands: its data port is made, and the post-association operation begins (R14).
    pub(super) fn associated(&mut self, handle: HostAdapter, association: &Association<'_>) {
        let peer = association.peer;
        // An earlier association with the same peer is over by this one.
        if let Some(session) = self.session_with(handle, peer) {
            let after_completion = self
                .state
                .port_mut(handle, session)
                .is_some_and(|port| port.was_authorized);
            self.take_down(
                handle,
                session,
                AssociationStatus::SUCCESS,
                Outcome::Lost { after_completion },
            );
        }
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(extension) = adapter.extension else { return };
        let expected = adapter.is_associating_with(peer);
        let Some(attempt) = adapter.attempt.take_if(|_| expected) else {
            // Nobody asked for it, so that nothing can vouch for it.
            self.state.disassociate(handle, peer, ReasonCode::UNSPECIFIED);
            return;
        };
        let Phase::Associating {
            algorithms,
            group_management,
            ..
        } = attempt.phase
        else {
            return;
        };
        let verifies_beacons = adapter.info.capabilities.beacon_protection;
        if let Some(left) = attempt.current.and_then(|current| self.session_with(handle, current)) {
            self.take_down(handle, left, AssociationStatus::SUCCESS, None);
        }
        let beacon = match association.beacon {
            [] => attempt
                .connectable
                .iter()
                .find(|bss| bss.bssid == peer)
                .map(|bss| &*bss.beacon)
                .unwrap_or_default(),
            newer => newer,
        };
        let (session, session_id) = self.state.next_session();
        let state = PortState {
            peer,
            session_id,
            controlled: true,
            authorized: association.authorized,
        };
        let parameters = parameters(association, beacon, algorithms, group_management);
        let mut port = port(session, state, &parameters);
        // The frames of a fast transition have confirmed what message 4 confirms elsewhere (R30).
        port.confirmed = attempt.transition;
        if let Some(adapter) = self.state.adapter_mut(handle) {
            adapter.ports.push(port);
            adapter.profile = Some(Box::new(attempt.profile));
        }
        self.state
            .event(handle, Some(peer), Some(session_id), || Kind::PortCreated {
                controlled: state.controlled,
                authorized: state.authorized,
                names_key: names_key(&parameters),
                unverified_beacons: !verifies_beacons && protects_beacons(&parameters),
            });
        let result = self.call(Handler::PerformPostAssociate, handle, |to, host| {
            to.perform_post_associate(host, extension, session, &state, &parameters)
        });
        match result {
            Ok(()) => {
                if let Some(port) = self.state.port_mut(handle, session) {
                    port.begun = true;
                }
                self.state
                    .event(handle, Some(peer), Some(session_id), || Kind::PostAssociationStarted {});
                self.deliver(handle);
            }
            Err(mut error) => {
                if error == Win32Error::SUCCESS {
                    self.broken(handle, Rule::R16, "perform_post_associate");
                    error = Win32Error::INTERNAL_ERROR;
                }
                let outcome = Outcome::Internal(Defect::Extension(error));
                self.take_down(handle, session, AssociationStatus::CANCELLED, outcome);
                self.state.disassociate(handle, peer, ReasonCode::UNSPECIFIED);
            }
        }
    }

    pub(super) fn association_failed(
        &mut self,
        handle: HostAdapter,
        peer: MacAddress,
        failure: AssociationFailure,
        elements: &[u8],
    ) {
        let outcome = match failure {
            AssociationFailure::NotFound => Outcome::NoSuchNetwork,
            AssociationFailure::NoAnswer => Outcome::Silent(Awaited::Association),
            AssociationFailure::Authentication(status) => Outcome::RefusedAtAuthentication(status),
            AssociationFailure::Association(status) => Outcome::RefusedAtAssociation(status),
            AssociationFailure::Driver(number) => Outcome::Internal(Defect::Driver(number)),
        };
        let chosen = self
            .state
            .adapter(handle)
            .and_then(|adapter| adapter.attempt.as_ref()?.peer());
        if chosen != Some(peer) {
            return;
        }
        if let AssociationFailure::Authentication(status) | AssociationFailure::Association(status) = failure {
            self.state.event(handle, Some(peer), None, || Kind::AssociationRefused {
                status: Code(status),
            });
        }
        let refusing = match failure {
            AssociationFailure::Authentication(status) => Some(Refusing::Authentication(status)),
            AssociationFailure::Association(status) => Some(Refusing::Association(status)),
            _ => None,
        };
        match refusing.map(|refusing| self.respond(handle, peer, refusing, elements)) {
            Some(Response::Again) => {}
            Some(Response::Fail(reason)) => {
                let outcome = Outcome::of_failure(reason, Win32Error::ACCESS_DENIED);
                self.state.end_attempt(handle, outcome);
            }
            Some(Response::GiveUp) | None => self.state.end_attempt(handle, outcome),
        }
    }

    /// The association is over: its port goes down, whatever state the operation is in (R20).
    pub(super) fn disassociated(&mut self, handle: HostAdapter, peer: MacAddress, cause: DisassociationCause) {
        let reason = match cause {
            DisassociationCause::Deauthenticated(reason)
            | DisassociationCause::Disassociated(reason)
            | DisassociationCause::Local(reason) => Some(Code(reason)),
            DisassociationCause::Lost | DisassociationCause::RadioOff => None,
        };
        let status = match cause {
            DisassociationCause::Deauthenticated(reason) => AssociationStatus::peer_deauthenticated(reason.0),
            DisassociationCause::Disassociated(reason) => AssociationStatus::peer_disassociated(reason.0),
            DisassociationCause::Lost => AssociationStatus::UNREACHABLE,
            DisassociationCause::Local(_) => AssociationStatus::DISASSOCIATED_BY_HOST,
            DisassociationCause::RadioOff => AssociationStatus::RADIO_OFF,
        };
        let Some(session) = self.session_with(handle, peer) else {
            let offloaded = self
                .state
                .adapter(handle)
                .and_then(|adapter| adapter.attempt.as_ref())
                .is_some_and(|attempt| matches!(attempt.phase, Phase::Associating { offloaded: true, .. }));
            let outcome = match cause {
                DisassociationCause::Deauthenticated(reason) | DisassociationCause::Disassociated(reason)
                    if offloaded && has_given_up(reason) =>
                {
                    Outcome::WrongSecret(Proof::Suspected)
                }
                DisassociationCause::Deauthenticated(reason) | DisassociationCause::Disassociated(reason) => {
                    Outcome::Deauthenticated {
                        reason,
                        after_completion: false,
                    }
                }
                DisassociationCause::Lost | DisassociationCause::RadioOff => Outcome::Lost {
                    after_completion: false,
                },
                DisassociationCause::Local(_) => Outcome::Cancelled,
            };
            let chosen = self
                .state
                .adapter(handle)
                .and_then(|adapter| adapter.attempt.as_ref()?.peer());
            if chosen == Some(peer) {
                self.state
                    .event(handle, Some(peer), None, || Kind::Disassociated { reason });
                self.state.end_attempt(handle, outcome);
            }
            return;
        };
        let Some(port) = self.state.port_mut(handle, session) else {
            return;
        };
        let session_id = port.state.session_id;
        let outcome = match cause {
            DisassociationCause::Deauthenticated(reason) | DisassociationCause::Disassociated(reason) => {
                port.outcome_of_deauthentication(reason)
            }
            DisassociationCause::Lost | DisassociationCause::RadioOff => Outcome::Lost {
                after_completion: port.was_authorized,
            },
            DisassociationCause::Local(_) => Outcome::Cancelled,
        };
        self.state
            .event(handle, Some(peer), Some(session_id), || Kind::Disassociated { reason });
        self.take_down(handle, session, status, outcome);
    }

    pub(super) fn session_with(&self, handle: HostAdapter, peer: MacAddress) -> Option<SecuritySession> {
        let ports = &self.state.adapter(handle)?.ports;
        ports
            .iter()
            .find(|port| port.state.peer == peer)
            .map(|port| port.session)
    }
}

fn parameters<'a>(
    association: &Association<'a>,
    beacon: &'a [u8],
    algorithms: Algorithms,
    group_management: Option<Cipher>,
) -> AssociationParameters<'a> {
    AssociationParameters {
        peer: association.peer,
        status: AssociationStatus::SUCCESS,
        reassociation: association.reassociation,
        request: association.request,
        response: association.response,
        beacon,
        ihv_data: &[],
        auth: algorithms.auth.unwrap_or(AuthAlgorithm::OPEN),
        unicast_cipher: algorithms.unicast.unwrap_or(CipherAlgorithm::NONE),
        multicast_cipher: algorithms.multicast.unwrap_or(CipherAlgorithm::NONE),
        multicast_management_cipher: group_management.map_or(CipherAlgorithm::NONE, CipherAlgorithm::of_cipher),
        channel: association.channel,
        port_authorized: association.authorized,
    }
}

/// Whether the RSNE of the request names a PMKSA, or the key of a fast transition.
fn names_key(parameters: &AssociationParameters<'_>) -> bool {
    element::find(parameters.request_elements(), id::RSN)
        .ok()
        .flatten()
        .and_then(|element| Rsne::parse(element.body).ok())
        .is_some_and(|rsne| !rsne.pmkids_or_default().is_empty())
}

/// Whether the access point sends beacons under a key that the station is told: a bit of the extended capabilities (IEEE
/// 802.11-2020, Table 9-153), where management frames are protected.
fn protects_beacons(parameters: &AssociationParameters<'_>) -> bool {
    const BEACON_PROTECTION: usize = 84;
    parameters.multicast_management_cipher.cipher().is_some()
        && element::find(parameters.beacon_elements(), id::EXTENDED_CAPABILITIES)
            .ok()
            .flatten()
            .and_then(|element| element.body.get(BEACON_PROTECTION / 8))
            .is_some_and(|octet| octet >> (BEACON_PROTECTION % 8) & 1 != 0)
}

fn port(session: SecuritySession, state: PortState, parameters: &AssociationParameters<'_>) -> DataPort {
    let group_keyed = parameters
        .multicast_cipher
        .cipher()
        .is_some_and(|cipher| cipher != Cipher::GROUP_NOT_ALLOWED);
    DataPort {
        session,
        state,
        akm: parameters.auth.akm(),
        group_keyed,
        begun: false,
        completed: false,
        doomed: false,
        was_authorized: state.authorized,
        authorized_by_adapter: state.authorized,
        confirmed: false,
        answer_in_the_clear: None,
        handshake: Handshake::Awaited,
        pairwise_keys: Default::default(),
    }
}
