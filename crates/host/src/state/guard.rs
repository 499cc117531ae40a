//! What has to be so before a call is answered: its adapter is there, and in the right phase (R08).

use super::{Adapter, Handler, Phase, State, Work};
use crate::adapter::{Authentication, Command};
use frame::dot11::Authentication as Algorithm;
use ihv::{ConnectSession, HostAdapter, Rule, SecuritySession, Terms, Win32Error};

/// The authentication algorithm number of fast transition.
pub(super) const FAST_TRANSITION: u16 = Algorithm::FAST_TRANSITION;

impl State {
    /// The adapter that a call is about.
    ///
    /// A handle that has been dead since its adapter left, or whose adapter is just leaving, breaks R05;
    /// one that never named an adapter breaks R08.
    pub(super) fn called(&mut self, handle: HostAdapter, call: &'static str) -> Result<&mut Adapter, Win32Error> {
        if self.is_inside(Handler::DeinitAdapter, handle) || self.has_left(handle) {
            return self.refuse(handle, Rule::R05, call, Win32Error::INVALID_HANDLE);
        }
        if self.adapter(handle).is_none() {
            return self.refuse(handle, Rule::R08, call, Win32Error::INVALID_HANDLE);
        }
        self.adapter_mut(handle).ok_or(Win32Error::INVALID_HANDLE)
    }

    /// The adapter of a call that needs the pre-association operation `session` in progress.
    pub(super) fn pre_associating(
        &mut self,
        handle: HostAdapter,
        session: ConnectSession,
        call: &'static str,
    ) -> Result<&mut Adapter, Win32Error> {
        let adapter = self.called(handle, call)?;
        let alive = adapter
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.phase == Phase::PreAssociating(session));
        if !alive {
            let was_alive = (1..self.next_connect).contains(&session.0);
            let rule = if was_alive { Rule::R10 } else { Rule::R08 };
            return self.refuse(handle, rule, call, Win32Error::INVALID_HANDLE);
        }
        self.called(handle, call)
    }

    /// As [`Self::pre_associating`], for a call that is refused from inside `perform_pre_associate`.
    pub(super) fn outside_pre_associate(
        &mut self,
        handle: HostAdapter,
        session: ConnectSession,
        rule: Rule,
        call: &'static str,
    ) -> Result<&mut Adapter, Win32Error> {
        if self.is_inside(Handler::PerformPreAssociate, handle) {
            return self.refuse(handle, rule, call, Win32Error::INVALID_OPERATION);
        }
        self.pre_associating(handle, session, call)
    }

    /// The adapter of a call that needs a post-association operation.
    pub(super) fn post_associating(
        &mut self,
        handle: HostAdapter,
        call: &'static str,
    ) -> Result<&mut Adapter, Win32Error> {
        let inside = self.is_inside(Handler::PerformPostAssociate, handle);
        let adapter = self.called(handle, call)?;
        if !inside && !adapter.ports.iter().any(|port| port.begun) {
            return self.refuse(handle, Rule::R08, call, Win32Error::INVALID_STATE);
        }
        self.called(handle, call)
    }

    /// The pre-association is complete: an access point is to be chosen.
    pub(super) fn begin_approach(&mut self, handle: HostAdapter) {
        if let Some(attempt) = self.adapter_mut(handle).and_then(|adapter| adapter.attempt.as_mut()) {
            attempt.phase = Phase::Approaching;
            self.work.push_back(Work::Approach { adapter: handle });
        }
    }

    /// Asks the adapter for the association that was prepared.
    pub(crate) fn associate(&mut self, handle: HostAdapter, terms: Terms, authentication: Authentication) {
        let Some(adapter) = self.adapter_mut(handle) else {
            return;
        };
        let algorithms = adapter.algorithms;
        let Some(attempt) = adapter.attempt.as_mut() else {
            return;
        };
        let Some(mut request) = attempt.request.take() else {
            return;
        };
        attempt.transition = authentication
            == Authentication::Done {
                algorithm: FAST_TRANSITION,
            };
        request.elements = terms.elements;
        request.offload = terms.offload;
        request.authentication = authentication;
        attempt.phase = Phase::Associating {
            peer: request.bss.bssid,
            algorithms,
            group_management: request.group_management,
            offloaded: request.offload.is_some(),
        };
        self.command(handle, Command::Associate(request));
    }

    /// Whether something that R30 asks for before success is missing, in an association with an AKM.
    pub(super) fn lacks_protection(adapter: &Adapter, session: SecuritySession) -> bool {
        let Some(port) = adapter.ports.iter().find(|port| port.session == session) else {
            return true;
        };
        let group_key_missing = port.group_keyed && !adapter.group_keys.has_data_key();
        // An adapter that has done the handshake itself has installed the keys itself.
        let by_adapter = port.authorized_by_adapter;
        port.akm.is_some()
            && !by_adapter
            && (!adapter.exclude_unencrypted || !port.pairwise_keys.sends() || group_key_missing)
    }
}
