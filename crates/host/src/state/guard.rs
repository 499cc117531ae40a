//! What has to be so before a call is answered: its adapter is there, and in the right phase (R08).

use super::{Adapter, Handler, Phase, State, choose};
use crate::adapter::Command;
use crate::event::{Kind, Text};
use crate::outcome::{Outcome, Refusal};
use ihv::{ConnectSession, HostAdapter, Policy, Rule, SecuritySession, Win32Error};

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

    pub(super) fn begin_association(&mut self, handle: HostAdapter) {
        let Some(adapter) = self.adapter_mut(handle) else {
            return;
        };
        let algorithms = adapter.algorithms;
        let Some(attempt) = adapter.attempt.as_mut() else {
            return;
        };
        let Some(request) = choose(algorithms, &attempt.profile.ssid, &attempt.connectable) else {
            self.end_attempt(
                handle,
                Outcome::PolicyRefusal(Refusal::Policy(Policy::NoCommonSecurity)),
            );
            return;
        };
        let peer = request.bss.bssid;
        attempt.phase = Phase::Associating {
            peer,
            algorithms,
            group_management: request.group_management,
        };
        self.event(handle, Some(peer), None, || Kind::AssociationStarted {
            ssid: String::from_utf8_lossy(&request.ssid).into_owned(),
            akm: request.auth.akm().map(Text),
            pairwise_cipher: request.unicast_cipher.cipher().map(Text),
            group_cipher: request.multicast_cipher.cipher().map(Text),
        });
        self.command(handle, Command::Associate(Box::new(request)));
    }

    /// Whether something that R30 asks for before success is missing, in an association with an AKM.
    pub(super) fn lacks_protection(adapter: &Adapter, session: SecuritySession) -> bool {
        let Some(port) = adapter.ports.iter().find(|port| port.session == session) else {
            return true;
        };
        let group_key_missing = port.group_keyed && !adapter.group_keys.has_data_key();
        port.akm.is_some() && (!adapter.exclude_unencrypted || port.pairwise_keys.is_empty() || group_key_missing)
    }
}
