//! The handlers, passed on: what the host asks is noted and judged, and what comes of it.

use super::Watch;
use crate::record::{Operation, Preparation};
use core::time::Duration;
use frame::MacAddress;
use ihv::{
    AdapterInfo, Approach, AssociationParameters, AssociationStatus, AuthenticationFrame, BssEntry, ConnectSession,
    ConnectionPhase, ConnectivityProfile, DiscoveryProfile, Extension, ExtensionAdapter, Guid, Host, HostAdapter,
    Indication, KeyChange, OneXOutcome, OneXResult, Opening, PortState, ProfileParameters, Refused, Refusing, Response,
    Rule, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest, VersionInfo,
    Win32Error,
};

impl<E: Extension> Extension for Watch<E> {
    fn version_info(&self) -> VersionInfo {
        self.record().handlers.insert("version_info");
        self.inner.version_info()
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        let asked = self.record().handlers.contains("version_info");
        self.record().judge(
            Rule::R01,
            asked && version == 0,
            "the service is initialised before the versions were asked for",
        );
        let result = self.ask("init_service", version, |inner| inner.init_service(version))?;
        self.returned("init_service", &result);
        self.record().service = result.is_ok();
        result
    }

    fn init_virtual_station(&mut self) -> Result<(), Win32Error> {
        self.ask("init_virtual_station", "", E::init_virtual_station)?
    }

    fn deinit_service(&mut self) {
        let left = self.record().adapters.is_empty();
        self.record()
            .judge(Rule::R04, left, "the service ends before the last adapter has left");
        // Nobody is left to be told of a panic; it is recorded.
        let _ = self.ask("deinit_service", "", E::deinit_service);
    }

    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        let result = self.handle("init_adapter", info.address, host, |inner, host| {
            inner.init_adapter(host, adapter, info)
        })?;
        self.returned("init_adapter", &result);
        if let Ok(name) = result {
            let mut record = self.record();
            record.exercised(Rule::R03);
            record.adapters.entry(name.0).or_insert(adapter);
        }
        result
    }

    fn deinit_adapter(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) {
        let handle = self.host_adapter(adapter);
        if let Some(handle) = handle {
            let mut record = self.record();
            let pending = record.current(handle).is_some();
            let had_one = record.operations.iter().any(|operation| operation.adapter == handle);
            if had_one {
                record.judge(Rule::R06, !pending, "an adapter leaves before its operation is stopped");
            }
        }
        // The handler has no answer; a panic is recorded.
        let _ = self.handle("deinit_adapter", adapter.0, host, |inner, host| {
            inner.deinit_adapter(host, adapter)
        });
        let mut record = self.record();
        record.exercised(Rule::R05);
        record.adapters.remove(&adapter.0);
        if let Some(handle) = handle {
            record.close(handle);
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
        const NAME: &str = "perform_pre_associate";
        if let Some(handle) = self.host_adapter(adapter) {
            // Whatever was set before belongs to an earlier connection.
            self.record().algorithms.remove(&handle);
        }
        let networks = format_args!("with {} networks", connectable.len()).to_string();
        let result = self.handle(NAME, networks, host, |inner, host| {
            inner.perform_pre_associate(host, adapter, session, profile, connectivity, security, connectable)
        })?;
        self.returned(NAME, &result);
        match (&result, self.host_adapter(adapter)) {
            (Ok(()), Some(adapter)) => {
                let mut record = self.record();
                record.exercised(Rule::R11);
                record.preparations.push(Preparation {
                    adapter,
                    session,
                    completed: false,
                });
            }
            (Err(_), _) => self.record().exercised(Rule::R09),
            _ => {}
        }
        result
    }

    fn begin_association(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        self.handle("begin_association", approach.bss.bssid, host, |inner, host| {
            inner.begin_association(host, adapter, approach)
        })?
    }

    fn receive_authentication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        self.handle("receive_authentication", peer, host, |inner, host| {
            inner.receive_authentication(host, adapter, peer, frame)
        })?
    }

    fn receive_action(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        self.handle("receive_action", peer, host, |inner, host| {
            inner.receive_action(host, adapter, peer, body)
        })?
    }

    fn association_refused(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        refusing: Refusing,
        elements: &[u8],
    ) -> Response {
        self.handle("association_refused", peer, host, |inner, host| {
            inner.association_refused(host, adapter, peer, refusing, elements)
        })
        .unwrap_or(Response::GiveUp)
    }

    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error> {
        let handle = self.host_adapter(adapter);
        if let Some(handle) = handle {
            let mut record = self.record();
            if record.preparing(handle).is_some() || record.current(handle).is_some() {
                record.exercised(Rule::R07);
            }
        }
        let result = self.handle("adapter_reset", adapter.0, host, |inner, host| {
            inner.adapter_reset(host, adapter)
        })?;
        self.returned("adapter_reset", &result);
        if let Some(handle) = handle {
            self.record().close(handle);
        }
        result
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        const NAME: &str = "perform_post_associate";
        let handle = self.host_adapter(adapter);
        if let Some(handle) = handle {
            let mut record = self.record();
            let requested = record.requested.get(&handle).copied().unwrap_or_default();
            let told = parameters.peer == port.peer && Some(parameters.auth) == requested.auth;
            record.judge(
                Rule::R14,
                told,
                "the operation is told of another association than the adapter has",
            );
            let once = record.operation(handle, session).is_none();
            record.judge(
                Rule::R15,
                once && parameters.status == AssociationStatus::SUCCESS,
                "the operation begins without a new association",
            );
        }
        let result = self.handle(NAME, port.peer, host, |inner, host| {
            inner.perform_post_associate(host, adapter, session, port, parameters)
        })?;
        self.returned(NAME, &result);
        if let (Ok(()), Some(adapter)) = (&result, handle) {
            self.record().operations.push(Operation {
                adapter,
                session,
                peer: port.peer,
                has_akm: parameters.auth.akm().is_some(),
                completed: false,
                open: port.authorized,
                over: false,
            });
        }
        result
    }

    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        const NAME: &str = "stop_post_associate";
        let result = self.handle(NAME, peer, host, |inner, host| {
            inner.stop_post_associate(host, adapter, peer, status)
        })?;
        self.returned(NAME, &result);
        let Some(handle) = self.host_adapter(adapter) else {
            return result;
        };
        let mut record = self.record();
        record.exercised(Rule::R20);
        record.exercised(Rule::R31);
        let stopped = record
            .operations
            .iter_mut()
            .find(|operation| operation.adapter == handle && operation.peer == peer && !operation.over);
        if let Some(operation) = stopped {
            operation.over = true;
            let session = operation.session;
            let held = record.buffers.values().filter(|owner| **owner == Some(session)).count();
            record.judge(
                Rule::R21,
                held == 0,
                "buffers of the operation are still held after it was stopped",
            );
        }
        result
    }

    fn validate_profile(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused> {
        self.ask("validate_profile", "", |inner| {
            inner.validate_profile(adapter, profile, connectivity, security)
        })?
    }

    fn perform_capability_match(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        self.ask("perform_capability_match", "", |inner| {
            inner.perform_capability_match(adapter, profile, connectivity, security, connectable)
        })?
    }

    fn create_discovery_profiles(
        &mut self,
        adapter: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let result = self.ask("create_discovery_profiles", "", |inner| {
            inner.create_discovery_profiles(adapter, insecure, profile, connectable)
        })?;
        for proposed in result.iter().flatten() {
            let mut record = self.record();
            record.show("a profile that was proposed", proposed.connectivity.xml.as_bytes());
            record.show("a profile that was proposed", proposed.security.xml.as_bytes());
        }
        result
    }

    fn process_session_change(&mut self, host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        self.handle("process_session_change", change.event, host, |inner, host| {
            inner.process_session_change(host, change)
        })?
    }

    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        let what = format!("{indication:?}");
        self.handle("receive_indication", what, host, |inner, host| {
            inner.receive_indication(host, adapter, indication)
        })?
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        const NAME: &str = "receive_packet";
        if let Some(handle) = self.host_adapter(adapter) {
            let mut record = self.record();
            let registered = record
                .registrations
                .get(&handle)
                .is_some_and(|registered| registered.contains(&packet.ethertype));
            let alone = record.inside.is_empty();
            record.judge(
                Rule::R23,
                registered && alone,
                "a packet comes that was not registered, or while another one is handled",
            );
            let known = record
                .current(handle)
                .is_some_and(|operation| operation.peer == packet.peer);
            record.judge(Rule::R27, known, "a packet names another peer than the port's");
            if record.keys_installed > 0 {
                record.exercised(Rule::R29);
            }
            record.received.push((packet.ethertype, packet.data.to_vec()));
        }
        let what = format!("{:#06x}, {} octets", packet.ethertype.0, packet.data.len());
        let result = self.handle(NAME, what, host, |inner, host| {
            inner.receive_packet(host, adapter, packet)
        })?;
        self.returned(NAME, &result);
        result
    }

    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        let owed = match self.record().packets.get_mut(&completion.0) {
            Some((sent, completed)) => {
                *completed += 1;
                *completed <= *sent
            }
            None => false,
        };
        self.record().judge(
            Rule::R26,
            owed,
            "a packet is completed that was not sent, or for the second time",
        );
        let result = self.handle("send_packet_completion", completion.0, host, |inner, host| {
            inner.send_packet_completion(host, completion)
        })?;
        self.returned("send_packet_completion", &result);
        result
    }

    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        self.ask("is_ui_request_pending", request, |inner| {
            inner.is_ui_request_pending(request)
        })?
    }

    fn process_ui_response(&mut self, host: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        self.handle("process_ui_response", request, host, |inner, host| {
            inner.process_ui_response(host, request, response)
        })?
    }

    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        let result = self.ask("query_ui_request", "", |inner| inner.query_ui_request(adapter, phase))?;
        if let Ok(Some(request)) = &result {
            self.record().show("a question to the user", &request.data);
        }
        result
    }

    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        if let Some(handle) = self.host_adapter(adapter) {
            let mut record = self.record();
            record.secrets.learn(&result.mppe_send_key);
            record.secrets.learn(&result.mppe_recv_key);
            let session = record.current(handle).map(|operation| operation.session);
            let onex = record.onex.entry(handle).or_default();
            let owed = core::mem::replace(&mut onex.pending, false);
            onex.completed_in = session;
            onex.last = Some(result.outcome);
            // A method may make the first half of a key only.
            let has_keys = !result.mppe_recv_key.is_empty();
            record.judge(
                Rule::R35,
                owed && has_keys == (result.outcome == OneXOutcome::Success),
                "a result is indicated without an operation, for the second time, or without its keys",
            );
        }
        self.handle("onex_indicate_result", "", host, |inner, host| {
            inner.onex_indicate_result(host, adapter, result)
        })?
    }

    fn control(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        let result = self.handle("control", "", host, |inner, host| inner.control(host, adapter, input))?;
        if let Ok(answer) = &result {
            self.record().show("an answer to a vendor's tool", answer);
        }
        result
    }

    fn change_keys(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        which: KeyChange,
    ) -> Result<(), Win32Error> {
        self.handle("change_keys", peer, host, |inner, host| {
            inner.change_keys(host, adapter, peer, which)
        })?
    }

    fn next_timeout(&self) -> Option<Duration> {
        match *self.probe.borrow() {
            Some(_) => Some(Duration::ZERO),
            None => self.inner.next_timeout(),
        }
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        let probe = self.probe.borrow_mut().take();
        if let Some(probe) = probe {
            return probe(host);
        }
        // The handler has no answer; a panic is recorded.
        let _ = self.handle("handle_timeout", "", host, |inner, host| inner.handle_timeout(host));
    }

    fn is_busy(&self, adapter: ExtensionAdapter) -> bool {
        self.inner.is_busy(adapter)
    }
}
