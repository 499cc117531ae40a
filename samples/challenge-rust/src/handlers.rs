//! The trait itself: what the algorithm needs is handed on, what it has no use for is answered.

use crate::{Challenge, profile};
use core::time::Duration;
use frame::MacAddress;
use ihv::{
    AdapterInfo, AssociationParameters, AssociationStatus, BssEntry, ConnectSession, ConnectionPhase,
    ConnectivityProfile, DiscoveryProfile, Extension, ExtensionAdapter, Guid, Host, HostAdapter, Indication,
    OneXResult, PortState, ProfileParameters, Refused, SecurityPacket, SecurityProfile, SecuritySession,
    SendCompletion, SessionChange, UiRequest, VersionInfo, Win32Error,
};

impl Extension for Challenge {
    fn version_info(&self) -> VersionInfo {
        VersionInfo { min: 0, max: 0 }
    }

    fn init_service(&mut self, _: u32) -> Result<(), Win32Error> {
        Ok(())
    }

    fn deinit_service(&mut self) {}

    fn init_adapter(
        &mut self,
        _: &mut dyn Host,
        adapter: HostAdapter,
        _: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        Ok(self.arrive(adapter))
    }

    fn deinit_adapter(&mut self, _: &mut dyn Host, adapter: ExtensionAdapter) {
        self.adapters.remove(&adapter);
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        self.prepare(host, adapter, session, security)
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        _: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        self.begin(host, adapter, session, parameters)
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        self.receive(host, adapter, packet)
    }

    fn stop_post_associate(
        &mut self,
        _: &mut dyn Host,
        adapter: ExtensionAdapter,
        _: MacAddress,
        _: AssociationStatus,
    ) -> Result<(), Win32Error> {
        // The secret of the conversation goes with the port (R21).
        self.adapter(adapter)?
            .port
            .take()
            .map(drop)
            .ok_or(Win32Error::NOT_FOUND)
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        self.reset(host, adapter)
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.next()
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        self.go_on(host);
    }

    fn validate_profile(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        profile::parse(&security.xml).map(drop)
    }

    fn perform_capability_match(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        security: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        profile::parse(&security.xml).map(drop)
    }

    // What the algorithm has no use for.

    fn send_packet_completion(&mut self, _: &mut dyn Host, _: SendCompletion) -> Result<(), Win32Error> {
        Ok(())
    }

    fn create_discovery_profiles(
        &mut self,
        _: ExtensionAdapter,
        _: bool,
        _: &ProfileParameters,
        _: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        Ok(Vec::new())
    }

    fn process_session_change(&mut self, _: &mut dyn Host, _: SessionChange) -> Result<(), Win32Error> {
        Ok(())
    }

    fn receive_indication(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: Indication<'_>,
    ) -> Result<(), Win32Error> {
        Ok(())
    }

    fn is_ui_request_pending(&mut self, _: Guid) -> Result<bool, Win32Error> {
        Ok(false)
    }

    fn process_ui_response(&mut self, _: &mut dyn Host, _: Guid, _: &[u8]) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_FOUND)
    }

    fn query_ui_request(&mut self, _: ExtensionAdapter, _: ConnectionPhase) -> Result<Option<UiRequest>, Win32Error> {
        Ok(None)
    }

    fn onex_indicate_result(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: &OneXResult,
    ) -> Result<(), Win32Error> {
        Err(Win32Error::INVALID_STATE)
    }

    fn control(&mut self, _: &mut dyn Host, _: ExtensionAdapter, _: &[u8]) -> Result<Vec<u8>, Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }
}
