//! The handlers: each is asked of the process, and what it begins or ends is remembered.

use super::{Guest, Isolated, failure};
use crate::message::{Association, Handler, Packet, Told};
use core::time::Duration;
use frame::MacAddress;
use ihv::{
    AdapterInfo, AssociationParameters, AssociationStatus, BssEntry, ConnectSession, ConnectionPhase,
    ConnectivityProfile, DiscoveryProfile, Extension, ExtensionAdapter, Guid, Host, HostAdapter, Indication,
    OneXResult, PortState, ProfileParameters, Reason, Refused, SecurityPacket, SecurityProfile, SecuritySession,
    SendCompletion, SessionChange, UiRequest, VersionInfo, Win32Error,
};

impl Extension for Isolated {
    fn version_info(&self) -> VersionInfo {
        self.version
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        self.ask(None, Handler::InitService { version })?
    }

    fn init_virtual_station(&mut self) -> Result<(), Win32Error> {
        self.ask(None, Handler::InitVirtualStation {})?
    }

    fn deinit_service(&mut self) {
        // One that is gone has ended its service, too.
        let _ = self.ask::<()>(None, Handler::DeinitService {});
    }

    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        let info = info.clone();
        let name =
            self.ask::<Result<ExtensionAdapter, Win32Error>>(Some(host), Handler::InitAdapter { adapter, info })??;
        let guest = Guest {
            handle: adapter,
            preparation: None,
            operations: Vec::new(),
        };
        self.adapters.insert(name, guest);
        Ok(name)
    }

    fn deinit_adapter(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) {
        let gone = self.ask::<()>(Some(host), Handler::DeinitAdapter { adapter }).is_err();
        self.adapters.remove(&adapter);
        if gone {
            self.free_all(host);
        }
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let request = Handler::PerformPreAssociate {
            adapter,
            session,
            profile: profile.clone(),
            connectivity: connectivity.clone(),
            security: security.clone(),
            connectable: connectable.to_vec(),
        };
        self.ask::<Result<(), Refused>>(Some(host), request)??;
        if let Some(guest) = self.adapters.get_mut(&adapter) {
            guest.preparation = Some(session);
        }
        Ok(())
    }

    /// An adapter whose extension is gone is as new, too.
    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        let result = self.ask(Some(&mut *host), Handler::AdapterReset { adapter });
        if result.is_err() {
            self.settle(host, adapter, Reason::UNKNOWN, Win32Error::CANCELLED);
        } else if let Some(guest) = self.adapters.get_mut(&adapter) {
            guest.preparation = None;
            guest.operations.clear();
        }
        result.unwrap_or(Ok(()))
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let request = Handler::PerformPostAssociate {
            adapter,
            session,
            port: *port,
            association: Association::new(parameters),
        };
        self.ask::<Result<(), Win32Error>>(Some(host), request)??;
        if let Some(guest) = self.adapters.get_mut(&adapter) {
            guest.operations.push((session, port.peer));
        }
        Ok(())
    }

    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        // Whatever the extension says, the operation is over.
        let result = self.ask(Some(host), Handler::StopPostAssociate { adapter, peer, status });
        if let Some(guest) = self.adapters.get_mut(&adapter) {
            guest.operations.retain(|(_, other)| *other != peer);
        }
        result?
    }

    fn validate_profile(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        let request = Handler::ValidateProfile {
            adapter,
            profile: profile.clone(),
            connectivity: connectivity.clone(),
            security: security.clone(),
        };
        self.ask(None, request)?
    }

    fn perform_capability_match(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let request = Handler::PerformCapabilityMatch {
            adapter,
            profile: profile.clone(),
            connectivity: connectivity.clone(),
            security: security.clone(),
            connectable: connectable.to_vec(),
        };
        self.ask(None, request)?
    }

    fn create_discovery_profiles(
        &mut self,
        adapter: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let request = Handler::CreateDiscoveryProfiles {
            adapter,
            insecure,
            profile: profile.clone(),
            connectable: connectable.to_vec(),
        };
        self.ask(None, request)?
    }

    fn process_session_change(&mut self, host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        self.ask(Some(host), Handler::ProcessSessionChange { change })?
    }

    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        let Some(told) = Told::new(indication) else {
            return Ok(());
        };
        self.ask(Some(host), Handler::ReceiveIndication { adapter, told })?
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        let packet = Packet::new(packet);
        self.ask(Some(host), Handler::ReceivePacket { adapter, packet })?
    }

    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        self.ask(Some(host), Handler::SendPacketCompletion { completion })?
    }

    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        self.ask(None, Handler::IsUiRequestPending { request })?
    }

    fn process_ui_response(&mut self, host: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        let response = response.to_vec();
        self.ask(Some(host), Handler::ProcessUiResponse { request, response })?
    }

    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        self.ask(None, Handler::QueryUiRequest { adapter, phase })?
    }

    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        let result = OneXResult {
            outcome: result.outcome,
            auth_status: result.auth_status,
            reason: result.reason,
            mppe_send_key: result.mppe_send_key.clone(),
            mppe_recv_key: result.mppe_recv_key.clone(),
            eap: result.eap.clone(),
        };
        self.ask(Some(host), Handler::OnexIndicateResult { adapter, result })?
    }

    fn control(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        let input = input.to_vec();
        self.ask(Some(host), Handler::Control { adapter, input })?
    }

    /// At once, if a thread of the extension's own wants to call, or if the extension is gone and owes something.
    fn next_timeout(&self) -> Option<Duration> {
        let calls = match self.fault {
            Some(_) => self.owes(),
            None => self.process.calls(),
        };
        calls.then_some(Duration::ZERO)
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        if self.fault.is_none() {
            // Calls that come while it runs wake again.
            if self.process.attend() {
                // A process that ends over it is a fault, which is what comes next.
                let _ = self.ask::<()>(Some(&mut *host), Handler::HandleTimeout {});
            } else {
                self.disconnected("HandleTimeout");
            }
        }
        let Some(fault) = self.fault else { return };
        let names: Vec<ExtensionAdapter> = self.adapters.keys().copied().collect();
        for adapter in names {
            self.settle(host, adapter, failure(fault).into(), Win32Error::PROCESS_ABORTED);
        }
        self.free_all(host);
    }
}

impl Isolated {
    /// Frees the memory of an extension that is gone.
    fn free_all(&mut self, host: &mut dyn Host) {
        while let Some((_, buffer)) = self.buffers.pop_first() {
            host.free_buffer(buffer);
        }
    }
}
