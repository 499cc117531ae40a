//! The handlers that the host calls, each with where it leads.

use super::pre_association::{refused, validate};
use super::{Adapter, BuiltIn};
use core::time::Duration;
use frame::MacAddress;
use ihv::{
    AdapterInfo, Adapters, Approach, AssociationParameters, AssociationStatus, AuthenticationFrame, BssEntry,
    ConnectSession, ConnectionPhase, ConnectivityProfile, DiscoveryProfile, Extension, ExtensionAdapter, Guid, Host,
    HostAdapter, Indication, KeyChange, OneXResult, Opening, Policy, PortState, ProfileParameters, Refused, Refusing,
    Response, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest, VersionInfo,
    Win32Error,
};
use rand_core::CryptoRng;

impl<R: CryptoRng> Extension for BuiltIn<R> {
    fn version_info(&self) -> VersionInfo {
        VersionInfo { min: 0, max: 0 }
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        if version == 0 {
            Ok(())
        } else {
            Err(Win32Error::REVISION_MISMATCH)
        }
    }

    fn deinit_service(&mut self) {
        self.adapters = Adapters::new();
        self.timers.clear();
    }

    fn init_adapter(
        &mut self,
        _host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        let row = Adapter {
            host: adapter,
            address: info.address,
            capabilities: info.capabilities.clone(),
            pre_association: None,
            connection: None,
            approach: None,
            hierarchy: None,
            group: 0,
            transition_refused_by: None,
            operations: Vec::new(),
            timer: None,
        };
        self.adapters.insert(row)
    }

    fn deinit_adapter(&mut self, _host: &mut dyn Host, adapter: ExtensionAdapter) {
        self.forget(adapter);
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        session: ConnectSession,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        self.pre_associate(host, handle, session, profile, security, connectable)
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, handle: ExtensionAdapter) -> Result<(), Win32Error> {
        self.reset(host, handle)
    }

    fn begin_association(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        self.begin(host, handle, approach)
    }

    fn receive_authentication(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        self.receive_frame(host, handle, peer, frame)
    }

    fn receive_action(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        self.receive_action_frame(host, handle, peer, body)
    }

    fn association_refused(
        &mut self,
        _host: &mut dyn Host,
        handle: ExtensionAdapter,
        _peer: MacAddress,
        refusing: Refusing,
        _elements: &[u8],
    ) -> Response {
        self.answer_refusal(handle, refusing)
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        session: SecuritySession,
        _port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        self.begin_operation(host, handle, session, parameters)
    }

    fn stop_post_associate(
        &mut self,
        _host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        self.end_operation(handle, peer, status)
    }

    fn validate_profile(
        &mut self,
        _adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        validate(profile, security)
    }

    fn perform_capability_match(
        &mut self,
        handle: ExtensionAdapter,
        profile: &ProfileParameters,
        _connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        self.match_capability(handle, profile, security, connectable)
    }

    /// There is no profile without a secret, and nobody to ask for one.
    fn create_discovery_profiles(
        &mut self,
        _adapter: ExtensionAdapter,
        _insecure: bool,
        _profile: &ProfileParameters,
        _connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        Err(refused(Policy::NoCommonSecurity, Win32Error::NOT_SUPPORTED))
    }

    /// A pre-shared key belongs to the network; what the authentication of a user has left goes with the user.
    fn process_session_change(&mut self, _host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        if change.event == SessionChange::LOGOFF {
            self.pmksas.remove_users();
        }
        Ok(())
    }

    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        match indication {
            Indication::TkipMicFailure { peer, group } => {
                self.with_operation(host, handle, peer, |operation, context| {
                    operation.report_mic_failure(context, group)
                })
            }
            Indication::UnprotectedDeparture { peer, .. } => {
                self.with_operation(host, handle, peer, |operation, context| operation.doubt(context))
            }
            Indication::GroupRekeyed { peer, replay_counter } => {
                self.with_operation(host, handle, peer, |operation, _| {
                    operation.group_rekeyed(replay_counter);
                    Ok(())
                })
            }
            Indication::ChannelSwitched { peer, channel } => {
                self.with_operation(host, handle, peer, |operation, context| {
                    operation.switch_channel(context, channel)
                })
            }
            Indication::NicSpecific(_)
            | Indication::PmkidCandidates(_)
            | Indication::PhyState { .. }
            | Indication::LinkQuality(_) => Ok(()),
        }
    }

    fn change_keys(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        peer: MacAddress,
        which: KeyChange,
    ) -> Result<(), Win32Error> {
        self.with_operation(host, handle, peer, |operation, context| {
            operation.change_keys(context, which)
        })
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        handle: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        self.with_operation(host, handle, packet.peer, |operation, context| {
            operation.receive(context, packet.data)
        })
    }

    fn send_packet_completion(&mut self, _host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        self.completions.complete(completion)
    }

    fn is_ui_request_pending(&mut self, _request: Guid) -> Result<bool, Win32Error> {
        Ok(false)
    }

    fn process_ui_response(
        &mut self,
        _host: &mut dyn Host,
        _request: Guid,
        _response: &[u8],
    ) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_FOUND)
    }

    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        _phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        self.adapters.find(adapter).map(|_| None)
    }

    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        self.conclude_onex(host, adapter, result)
    }

    fn control(
        &mut self,
        _host: &mut dyn Host,
        _adapter: ExtensionAdapter,
        _input: &[u8],
    ) -> Result<Vec<u8>, Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        self.handle_due(host);
    }
}
