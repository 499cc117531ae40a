//! The way to the access point that the host has chosen: SAE, OWE, fast transition, or a PMKSA by its name.

use super::BuiltIn;
use super::adapter::limits;
use crate::announcement;
use crate::approach::{self, Approach as Attempt, Itinerary, Known, Progress, Stage};
use crate::connection::{Connection, Proof};
use crate::select::judge;
use crate::suites;
use frame::codes::StatusCode;
use frame::element::id;
use frame::{Akm, MacAddress};
use ihv::{
    AdapterCapabilities, Approach, AuthenticationFrame, ExtensionAdapter, Failure, Host, KeyMaterial, Offload, Opening,
    Policy, Refused, Refusing, Response, Terms, Win32Error,
};
use rand_core::CryptoRng;
use rsn::sae::Parties;

impl<R: CryptoRng> BuiltIn<R> {
    /// Begins: by moving within a mobility domain, with a key that is remembered, by an exchange, or at once. Not with an
    /// access point that has less than the one for which the choice was made: the host goes by the suites alone.
    pub(super) fn begin(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        let now = host.now();
        let adapter = self.adapters.find(handle)?;
        let connection = adapter.connection.as_mut().ok_or(Win32Error::INVALID_STATE)?;
        let limits = limits(&adapter.capabilities, &self.floors, &connection.ssid);
        judge(
            &connection.selection,
            &connection.demands,
            &limits,
            approach.bss.elements(),
        )
        .map_err(|policy| approach::refused(Failure::Policy(policy), Win32Error::ACCESS_DENIED))?;
        let (peer, own) = (approach.bss.bssid, adapter.address);
        // With a key that is too old there is a whole authentication in the new place.
        adapter.hierarchy.take_if(|hierarchy| !hierarchy.is_valid(now));
        let moves = connection.selection.akm.is_some_and(suites::is_fast_transition);
        let domain = approach.bss.element(id::MOBILITY_DOMAIN).filter(|_| moves);
        let hierarchy = adapter.hierarchy.as_ref().filter(|hierarchy| {
            approach.current.is_some()
                && moves
                && approach::mobility_domain(approach.bss).is_some_and(|there| there.id == hierarchy.domain().id)
        });
        let elements = &match connection.demands.management_protection {
            true => announcement::with_demand(approach.elements),
            false => approach.elements.to_vec(),
        };
        let capabilities = &adapter.capabilities;
        let offload = offload(connection, capabilities);
        let elements = match &offload {
            // What the adapter's own handshakes can do, it says itself.
            Some(_) => elements.to_vec(),
            None => announcement::with_capabilities(elements, approach.bss, capabilities, hierarchy.is_some()),
        };
        if let Some(hierarchy) = hierarchy {
            let itinerary = Itinerary {
                hierarchy,
                bss: approach.bss,
                elements: &elements,
                current: approach.current.filter(|_| adapter.capabilities.action_frames),
            };
            adapter.approach = Some(Attempt::moving(host, adapter.host, &itinerary, &mut self.rng)?);
            self.schedule(handle);
            return Ok(Opening::Exchange);
        }
        // The request for a first association in a mobility domain names it.
        let elements = &[&elements, domain.unwrap_or_default()].concat()[..];
        // Keys of a mobility domain have names of their own.
        let usable = connection
            .selection
            .akm
            .filter(|_| !moves)
            .zip(connection.scope.as_ref());
        let remembered = usable.and_then(|(akm, scope)| {
            let kept = self.pmksas.find(now, peer, own, akm);
            let kept = kept.filter(|kept| *kept.scope == *scope).map(Known::of);
            kept.or_else(|| {
                // The access points of the network may have what one of them has made with us.
                let wanted = connection.shares_keys && matches!(connection.proof, Proof::OneX);
                let offer = || self.pmksas.find_opportunistic(now, scope, peer, own, akm);
                wanted.then(offer)?.as_ref().map(Known::of)
            })
        });
        let attempt = match (&mut connection.proof, remembered) {
            (Proof::Password(_) | Proof::OneX, Some(known)) => Attempt::named(peer, elements, known),
            (Proof::Password(password), None) => {
                let akm = connection.selection.akm.ok_or(Win32Error::INTERNAL_ERROR)?;
                let parties = Parties { own, peer, akm };
                let rng = &mut self.rng;
                let attempt = Attempt::exchanging(host, adapter.host, parties, approach.bss, elements, password, rng)?;
                adapter.approach = Some(attempt);
                self.schedule(handle);
                return Ok(Opening::Exchange);
            }
            (Proof::Owe, known) => Attempt::agreeing(peer, elements, adapter.group, known, &mut self.rng)
                .ok_or_else(|| approach::refused(Failure::NoCommonGroup, Win32Error::NOT_SUPPORTED))?,
            (Proof::Open | Proof::Wep(_) | Proof::Pmk(_), _) | (Proof::OneX, None) => Attempt::silent(peer, elements),
        };
        let terms = Terms {
            offload,
            ..attempt.terms()
        };
        adapter.approach = Some(attempt);
        Ok(Opening::Associate(terms))
    }

    /// Takes an authentication frame of the access point.
    pub(super) fn receive_frame(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        if let Some(attempt) = adapter.approach.as_mut().filter(|attempt| attempt.peer == peer)
            && let Stage::Moving(_) = attempt.stage
        {
            let progress = attempt.receive_transition(host.now(), frame)?;
            self.conclude(host, handle, progress);
            self.schedule(handle);
            return Ok(());
        }
        let (
            Some(attempt),
            Some(Connection {
                proof: Proof::Password(password),
                ..
            }),
        ) = (&mut adapter.approach, &mut adapter.connection)
        else {
            return Err(Win32Error::INVALID_STATE);
        };
        if attempt.peer != peer {
            return Err(Win32Error::INVALID_STATE);
        }
        let progress = attempt.receive(host, adapter.host, frame, password, &mut self.rng)?;
        self.conclude(host, handle, progress);
        self.schedule(handle);
        Ok(())
    }

    /// Takes an action frame of an access point: part of a fast transition that goes by way of it, or of the operation
    /// on its port.
    pub(super) fn receive_action_frame(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        let adapter = self.adapters.find(handle)?;
        let approach = adapter.approach.as_mut();
        if let Some(progress) = approach.and_then(|attempt| attempt.receive_action(host.now(), peer, body)) {
            self.conclude(host, handle, progress?);
            self.schedule(handle);
            return Ok(());
        }
        self.with_operation(host, handle, peer, |operation, context| {
            operation.receive_action(context, body)
        })
    }

    /// What follows from a refusal: another key or group, or the end.
    pub(super) fn answer_refusal(&mut self, handle: ExtensionAdapter, refusing: Refusing) -> Response {
        let (Ok(adapter), Refusing::Association(status)) = (self.adapters.find(handle), refusing) else {
            return Response::GiveUp;
        };
        let refused = adapter.transition_refused_by.take();
        let approach = adapter.approach.as_ref();
        match (approach.map(|attempt| &attempt.stage), status) {
            // The access point does not have the key any more, whatever it calls that.
            (Some(Stage::Named(known)), _) => {
                self.pmksas.remove(&known.pmkid);
                Response::Again
            }
            (Some(Stage::Agreeing { .. }), StatusCode::UNSUPPORTED_FINITE_CYCLIC_GROUP) => {
                match approach::next_group(adapter.group) {
                    Some(next) => {
                        adapter.group = next;
                        Response::Again
                    }
                    None => Response::Fail(Failure::NoCommonGroup.into()),
                }
            }
            (Some(Stage::Agreeing { named: Some(known), .. }), _) => {
                self.pmksas.remove(&known.pmkid);
                Response::Again
            }
            // What it calls a wrong MIC (IEEE 802.11-2020, 13.8.4): the key is wrong, or the nonce. An access point that
            // has taken a repeated first frame for a new one means another nonce than its first answer had.
            (Some(Stage::Moving(_)), StatusCode::INVALID_FTE) => {
                let peer = approach.map(|attempt| attempt.peer);
                if refused == peer {
                    return Response::Fail(Failure::WrongTransitionKey.into());
                }
                adapter.transition_refused_by = peer;
                Response::Again
            }
            (_, StatusCode::ROBUST_MANAGEMENT_POLICY_VIOLATION) => {
                Response::Fail(Failure::Policy(Policy::ManagementProtection).into())
            }
            _ => Response::GiveUp,
        }
    }

    /// Ends the exchange before an association, if it has come to an end.
    pub(super) fn conclude(&mut self, host: &mut dyn Host, handle: ExtensionAdapter, progress: Progress) {
        let now = host.now();
        let Ok(adapter) = self.adapters.find(handle) else {
            return;
        };
        let (owner, address) = (adapter.host, adapter.address);
        let Some(attempt) = &mut adapter.approach else { return };
        let peer = attempt.peer;
        let result = match progress {
            Progress::Goes => return,
            Progress::Accepted(known) => {
                let terms = attempt.terms();
                if let Some(connection) = &adapter.connection
                    && let (Some(akm), Some(scope)) = (connection.selection.akm, &connection.scope)
                {
                    let entry = known.into_pmksa(akm, scope, peer, address);
                    self.pmksas.insert(now, entry);
                }
                Ok(terms)
            }
            Progress::Expected => Ok(attempt.terms()),
            Progress::Failed(refused) => {
                adapter.approach = None;
                adapter.transition_refused_by = None;
                Err(refused)
            }
        };
        // A host that refuses has ended the attempt.
        let _ = host.authentication_completion(owner, peer, result);
    }
}

/// The key from which the adapter does the handshakes itself, if it can: of a network with a pre-shared key.
fn offload(connection: &Connection, capabilities: &AdapterCapabilities) -> Option<Offload> {
    let Proof::Pmk(pmk) = &connection.proof else {
        return None;
    };
    let is_pre_shared = matches!(connection.selection.akm, Some(Akm::PSK | Akm::PSK_SHA256));
    let key = (capabilities.handshake_offload && is_pre_shared).then(|| KeyMaterial::new(pmk.as_bytes()));
    key.flatten().map(Offload)
}
