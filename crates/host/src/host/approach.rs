//! From the choice of an access point to the request to associate with it.

use super::Host;
use crate::adapter::{Authentication, Command, Sought};
use crate::event::{Code, Kind, Text};
use crate::outcome::{Outcome, Refusal};
use crate::state::{Handler, Phase, Work, choose};
use frame::dot11::{Candidate, Management, TransitionRequest, TransitionResponse, management_subtype};
use frame::{Emit, MacAddress};
use ihv::{Approach, AuthenticationFrame, Extension, Failure, HostAdapter, Opening, Policy, Refusing, Response};

/// How often an extension may begin again with an access point that has refused it.
const REPETITIONS: u8 = 4;

impl<E: Extension> Host<E> {
    /// Chooses an access point, and asks the extension how to associate with it. One that the extension refuses as a
    /// matter of policy is passed over: the next one may have what this one lacks.
    pub(super) fn approach(&mut self, handle: HostAdapter) {
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let algorithms = adapter.algorithms;
        let capabilities = &adapter.info.capabilities;
        let Some(extension) = adapter.extension else { return };
        let Some(attempt) = adapter
            .attempt
            .as_mut()
            .filter(|attempt| attempt.phase == Phase::Approaching)
        else {
            return;
        };
        let Some(mut request) = choose(algorithms, capabilities, &attempt.connectable) else {
            let nothing = Outcome::PolicyRefusal(Refusal::Policy(Policy::NoCommonSecurity));
            let outcome = attempt.refused.unwrap_or(nothing);
            self.state.end_attempt(handle, outcome);
            return;
        };
        let (peer, current) = (request.bss.bssid, attempt.current);
        request.previous = current;
        let asked = request.without_key();
        attempt.request = Some(Box::new(request));
        attempt.phase = Phase::Authenticating { peer };
        self.state.event(handle, Some(peer), None, || Kind::AssociationStarted {
            ssid: String::from_utf8_lossy(&asked.ssid).into_owned(),
            akm: asked.auth.akm().map(Text),
            pairwise_cipher: asked.unicast_cipher.cipher().map(Text),
            group_cipher: asked.multicast_cipher.cipher().map(Text),
        });
        let result = self.call(Handler::BeginAssociation, handle, |to, host| {
            let approach = Approach {
                bss: &asked.bss,
                ssid: &asked.ssid,
                elements: &asked.elements,
                current,
            };
            to.begin_association(host, extension, &approach)
        });
        match result {
            Ok(Opening::Associate(terms)) => self.state.associate(handle, terms, Authentication::Adapter),
            Ok(Opening::Exchange) => {}
            Err(refused) => {
                let outcome = Outcome::of_failure(refused.reason, refused.error);
                match Failure::of_reason(refused.reason) {
                    Some(Failure::Policy(_)) => self.pass_over(handle, peer, outcome),
                    _ => self.state.end_attempt(handle, outcome),
                }
            }
        }
    }

    /// Goes on to the next access point. If none is left, what spoke against the first one is the outcome.
    fn pass_over(&mut self, handle: HostAdapter, peer: MacAddress, outcome: Outcome) {
        self.state
            .event(handle, Some(peer), None, || Kind::AccessPointPassedOver { outcome });
        let attempt = self
            .state
            .adapter_mut(handle)
            .and_then(|adapter| adapter.attempt.as_mut())
            .filter(|attempt| attempt.phase == Phase::Authenticating { peer });
        if let Some(attempt) = attempt {
            attempt.refused.get_or_insert(outcome);
            attempt.connectable.retain(|bss| bss.bssid != peer);
            attempt.phase = Phase::Approaching;
            self.state.work.push_back(Work::Approach { adapter: handle });
        }
    }

    /// Asks the extension what to do about a refusal.
    pub(super) fn respond(
        &mut self,
        handle: HostAdapter,
        peer: MacAddress,
        refusing: Refusing,
        elements: &[u8],
    ) -> Response {
        let Some(extension) = self.extension_adapter(handle) else {
            return Response::GiveUp;
        };
        let response = self.call(Handler::Other, handle, |to, host| {
            to.association_refused(host, extension, peer, refusing, elements)
        });
        let attempt = self
            .state
            .adapter_mut(handle)
            .and_then(|adapter| adapter.attempt.as_mut());
        match (response, attempt) {
            (Response::Again, Some(attempt)) if attempt.repetitions < REPETITIONS => {
                attempt.repetitions += 1;
                attempt.phase = Phase::Approaching;
                self.state.work.push_back(Work::Approach { adapter: handle });
                Response::Again
            }
            (Response::Again, _) => Response::GiveUp,
            (response, _) => response,
        }
    }

    pub(super) fn authentication_received(
        &mut self,
        handle: HostAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) {
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(extension) = adapter.extension else { return };
        if adapter.authenticating_with(peer).is_none() {
            return;
        }
        self.state
            .event(handle, Some(peer), None, || Kind::AuthenticationReceived {
                algorithm: frame.algorithm,
                transaction: frame.transaction,
                status: Code(frame.status),
            });
        // A frame that was refused changes nothing.
        let _ = self.call(Handler::Other, handle, |to, host| {
            to.receive_authentication(host, extension, peer, frame)
        });
    }

    pub(super) fn action_received(&mut self, handle: HostAdapter, peer: MacAddress, body: &[u8]) {
        let Some(adapter) = self.state.adapter(handle) else {
            return;
        };
        let Some(extension) = adapter.extension else { return };
        let port = adapter.ports.iter().find(|port| port.state.peer == peer && port.begun);
        let (Some(port), &[category, action, ..]) = (port, body) else {
            return;
        };
        let session = port.state.session_id;
        self.state
            .event(handle, Some(peer), Some(session), || Kind::ActionReceived {
                category,
                action,
            });
        if let Ok(Management::Action(action)) = Management::parse(management_subtype::ACTION, body)
            && let Ok(Some(request)) = TransitionRequest::parse(&action)
        {
            return self.move_as_asked(handle, peer, &request);
        }
        // A frame that was refused changes nothing.
        let _ = self.call(Handler::Other, handle, |to, host| {
            to.receive_action(host, extension, peer, body)
        });
    }

    /// The network asks the station to move: it does, if it is connected and is told where.
    fn move_as_asked(&mut self, handle: HostAdapter, peer: MacAddress, request: &TransitionRequest<'_>) {
        let target = request
            .candidates()
            .find(|candidate| candidate.bssid != peer)
            .map(|Candidate { bssid, frequency }| Sought { bssid, frequency });
        let moves = target.is_some() && self.begin_roam(handle, target).is_ok();
        let response = TransitionResponse {
            token: request.token,
            target: target.filter(|_| moves).map(|target| target.bssid),
        };
        if let Ok(body) = response.to_vec() {
            self.state.command(handle, Command::SendAction { peer, body });
        }
    }
}
