//! Ports that go down, adapters that are reset, adapters that leave.

use super::Host;
use crate::adapter::Command;
use crate::event::Kind;
use crate::outcome::Outcome;
use crate::state::{Algorithms, Handler, Phase};
use ihv::{AssociationStatus, EtherTypeHandling, Extension, HostAdapter, Rule, SecuritySession};

impl<E: Extension> Host<E> {
    /// Closes a port, stops its operation, and deletes it (R20).
    pub(super) fn take_down(
        &mut self,
        handle: HostAdapter,
        session: SecuritySession,
        status: AssociationStatus,
        outcome: impl Into<Option<Outcome>>,
    ) {
        self.state.deauthorize(handle, session);
        let Some(extension) = self.extension_adapter(handle) else {
            return;
        };
        let Some(port) = self.state.port_mut(handle, session) else {
            return;
        };
        let (peer, id) = (port.peer(), port.state.session_id);
        // An operation that the extension refused to begin is not stopped: there is none.
        if core::mem::replace(&mut port.begun, false) {
            // The port is deleted whatever the extension says.
            let _ = self.call(Handler::Other, handle, |to, host| {
                to.stop_post_associate(host, extension, peer, status)
            });
            self.state
                .event(handle, Some(peer), Some(id), || Kind::PostAssociationStopped {
                    status: status.0,
                });
        }
        self.delete_port(handle, session);
        if let Some(outcome) = outcome.into() {
            self.state
                .event(handle, Some(peer), Some(id), || Kind::Outcome(outcome));
        }
    }

    /// Deletes a port and, with the last one of its adapter, what was set for them. Its keys are wiped.
    fn delete_port(&mut self, handle: HostAdapter, session: SecuritySession) {
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        let Some(index) = adapter.ports.iter().position(|port| port.session == session) else {
            return;
        };
        let port = adapter.ports.swap_remove(index);
        let (peer, id) = (port.peer(), port.state.session_id);
        adapter.backlog.retain(|packet| packet.peer != peer);
        let (last, asks) = (
            adapter.ports.is_empty(),
            adapter.onex.as_ref().is_some_and(|onex| onex.session == session),
        );
        if asks {
            self.state.end_onex(handle);
        }
        if last {
            self.clear_protection(handle);
        }
        self.state.event(handle, Some(peer), Some(id), || Kind::PortDeleted {});
    }

    /// Takes back what protects all ports of an adapter. The group keys are wiped.
    fn clear_protection(&mut self, handle: HostAdapter) {
        let Some(adapter) = self.state.adapter_mut(handle) else {
            return;
        };
        adapter.group_keys.clear();
        if core::mem::replace(&mut adapter.exclude_unencrypted, false) {
            self.state.command(handle, Command::SetExcludeUnencrypted(false));
        }
    }

    /// The adapter was reset: associations and keys are gone. The extension goes back to the state after
    /// `init_adapter` and completes what is pending as cancelled (R07).
    pub(super) fn reset(&mut self, handle: HostAdapter, outcome: Outcome) {
        let Some(extension) = self.extension_adapter(handle) else {
            return;
        };
        self.complete_outstanding(handle);
        for session in self.sessions(handle) {
            self.state.deauthorize(handle, session);
        }
        self.clear_protection(handle);
        if let Some(adapter) = self.state.adapter_mut(handle) {
            adapter.handling = EtherTypeHandling::default();
            adapter.handling_fixed = false;
            adapter.backlog.clear();
            adapter.ui_requests.clear();
        }
        self.state.end_onex(handle);
        self.state.command(handle, Command::SetPrivacyExemptions(Vec::new()));
        // The adapter is as new whatever the extension says.
        let _ = self.call(Handler::AdapterReset, handle, |to, host| {
            to.adapter_reset(host, extension)
        });
        let pending = self.state.adapter(handle).is_some_and(|adapter| {
            let pre = adapter
                .attempt
                .as_ref()
                .is_some_and(|attempt| matches!(attempt.phase, Phase::PreAssociating(_)));
            pre || adapter.ports.iter().any(|port| port.begun && !port.completed)
        });
        if pending {
            self.broken(handle, Rule::R07, "adapter_reset");
        }
        for session in self.sessions(handle) {
            let port = self
                .state
                .port_mut(handle, session)
                .map(|port| (port.peer(), port.state.session_id));
            self.delete_port(handle, session);
            if let Some((peer, id)) = port {
                self.state
                    .event(handle, Some(peer), Some(id), || Kind::Outcome(outcome));
            }
        }
        self.state.end_attempt(handle, outcome);
        if let Some(adapter) = self.state.adapter_mut(handle) {
            adapter.algorithms = Algorithms::default();
        }
        self.state.event(handle, None, None, || Kind::AdapterReset {});
    }

    /// The adapter leaves.
    pub(super) fn remove(&mut self, handle: HostAdapter) {
        self.withdraw(handle, Outcome::AdapterGone);
        self.state.remove(handle);
        self.state.event(handle, None, None, || Kind::AdapterRemoved {});
    }

    /// Takes an adapter from the extension: its ports are stopped first (R06), then the extension lets go of it (R05).
    pub(super) fn withdraw(&mut self, handle: HostAdapter, outcome: Outcome) {
        for session in self.sessions(handle) {
            self.take_down(handle, session, AssociationStatus::SYSTEM_ERROR, outcome);
        }
        self.complete_outstanding(handle);
        if let Some(extension) = self.extension_adapter(handle) {
            self.call(Handler::DeinitAdapter, handle, |to, host| {
                to.deinit_adapter(host, extension)
            });
        }
        self.state.end_attempt(handle, outcome);
        self.state.reclaim_buffers(handle);
    }
}
