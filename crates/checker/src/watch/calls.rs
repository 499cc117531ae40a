//! What the extension asks of its host, overheard.

use crate::record::{KeyStep, Record};
use core::fmt::Display;
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AuthAlgorithm, AuthenticationFrame, Buffer, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey,
    Direction, EapAttribute, EtherTypeHandling, Host, HostAdapter, KeyMappingKey, Notification, Reason, Refused,
    RekeyOffload, Rule, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};
use std::cell::{RefCell, RefMut};

/// The host, as the extension under test sees it.
pub(super) struct Overheard<'a> {
    pub host: &'a mut dyn Host,
    pub record: &'a RefCell<Record>,
}

impl Overheard<'_> {
    fn record(&self) -> RefMut<'_, Record> {
        self.record.borrow_mut()
    }

    /// Notes a call and what came of it.
    fn heard<T>(&self, call: &str, what: impl Display, result: &Result<T, Win32Error>) {
        match result {
            Ok(_) => self.record().note(format!("◀ {call} {what}")),
            Err(error) => self.record().note(format!("◀ {call} {what}: refused, {error}")),
        }
    }
}

impl Host for Overheard<'_> {
    fn now(&self) -> Duration {
        self.host.now()
    }

    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error> {
        let result = self.host.allocate_buffer(octets);
        self.heard("allocate_buffer", octets, &result);
        if let Ok(buffer) = &result {
            let mut record = self.record();
            // From there it may be for anything, also for another adapter's operation.
            let nobodys = ["init_adapter", "handle_timeout"];
            let nobodys = record.inside.iter().any(|handler| nobodys.contains(handler));
            let owner = record
                .operations
                .iter()
                .rfind(|operation| !operation.over && !nobodys)
                .map(|operation| operation.session);
            record.buffers.insert(buffer.id, owner);
        }
        result
    }

    fn free_buffer(&mut self, buffer: Buffer) {
        self.record().buffers.remove(&buffer.id);
        self.host.free_buffer(buffer);
    }

    fn set_profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
        data: &[u8],
    ) -> Result<(), Win32Error> {
        let result = self
            .host
            .set_profile_custom_user_data(adapter, session, user_session, data);
        self.heard("set_profile_custom_user_data", user_session, &result);
        result
    }

    fn profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
    ) -> Result<Vec<u8>, Win32Error> {
        let result = self.host.profile_custom_user_data(adapter, session, user_session);
        self.heard("profile_custom_user_data", user_session, &result);
        result
    }

    fn set_current_profile(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Win32Error> {
        let result = self.host.set_current_profile(adapter, session, connectivity, security);
        self.heard("set_current_profile", "", &result);
        result
    }

    fn send_ui_request(&mut self, adapter: HostAdapter, request: &UiRequest) -> Result<(), Win32Error> {
        let result = self.host.send_ui_request(adapter, request);
        self.heard("send_ui_request", request.id, &result);
        self.record().show("a question to the user", &request.data);
        result
    }

    fn pre_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        let result = self.host.pre_associate_completion(adapter, session, reason, error);
        self.heard("pre_associate_completion", error, &result);
        if result.is_ok() {
            let mut record = self.record();
            record.exercised(Rule::R10);
            record.exercised(Rule::R17);
            let completed = record
                .preparations
                .iter_mut()
                .find(|preparation| preparation.adapter == adapter && preparation.session == session);
            if let Some(preparation) = completed {
                preparation.completed = true;
            }
        }
        result
    }

    fn post_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: SecuritySession,
        peer: MacAddress,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        let result = self
            .host
            .post_associate_completion(adapter, session, peer, reason, error);
        self.heard("post_associate_completion", error, &result);
        if result.is_ok() {
            let mut record = self.record();
            record.exercised(Rule::R16);
            record.exercised(Rule::R17);
            let success = error == Win32Error::SUCCESS;
            record.opened |= success;
            let Some(operation) = record.operation(adapter, session) else {
                return result;
            };
            let again = core::mem::replace(&mut operation.completed, true);
            let was_open = core::mem::replace(&mut operation.open, success);
            let has_akm = operation.has_akm;
            if again {
                record.judge(
                    Rule::R19,
                    was_open != success,
                    "a completion reports no change of the port",
                );
            } else if success && has_akm {
                record.exercised(Rule::R30);
            }
        }
        result
    }

    fn send_authentication(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        let result = self.host.send_authentication(adapter, peer, frame);
        self.heard("send_authentication", peer, &result);
        self.record().show("an authentication frame", frame.body);
        result
    }

    fn authentication_completion(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        terms: Result<Terms, Refused>,
    ) -> Result<(), Win32Error> {
        let result = self.host.authentication_completion(adapter, peer, terms);
        self.heard("authentication_completion", peer, &result);
        result
    }

    fn send_action(&mut self, adapter: HostAdapter, peer: MacAddress, body: &[u8]) -> Result<(), Win32Error> {
        let result = self.host.send_action(adapter, peer, body);
        self.heard("send_action", peer, &result);
        self.record().show("an action frame", body);
        result
    }

    fn offload_group_rekeys(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        keys: RekeyOffload,
    ) -> Result<(), Win32Error> {
        let result = self.host.offload_group_rekeys(adapter, peer, keys);
        self.heard("offload_group_rekeys", peer, &result);
        result
    }

    fn send_notification(&mut self, adapter: HostAdapter, notification: Notification) -> Result<(), Win32Error> {
        self.record().show("a notification", &notification.data);
        let what = format!("code {}", notification.code);
        let result = self.host.send_notification(adapter, notification);
        self.heard("send_notification", what, &result);
        result
    }

    fn send_packet(
        &mut self,
        adapter: HostAdapter,
        packet: SecurityPacket<'_>,
        completion: SendCompletion,
    ) -> Result<(), Win32Error> {
        let result = self.host.send_packet(adapter, packet, completion);
        let what = format!("{:#06x}, {} octets", packet.ethertype.0, packet.data.len());
        self.heard("send_packet", what, &result);
        let mut record = self.record();
        record.show("a packet", packet.data);
        if result.is_ok() {
            record.packets.entry(completion.0).or_default().0 += 1;
            if record.inside.contains(&"receive_packet") {
                record.exercised(Rule::R25);
            }
        }
        drop(record);
        result
    }

    fn set_ethertype_handling(&mut self, adapter: HostAdapter, handling: EtherTypeHandling) -> Result<(), Win32Error> {
        let (registrations, backlog) = (handling.registrations.clone(), handling.max_backlog);
        let result = self.host.set_ethertype_handling(adapter, handling);
        self.heard("set_ethertype_handling", "", &result);
        if result.is_ok() {
            self.record().registrations.insert(adapter, registrations);
            self.record().backlogs.insert(adapter, backlog);
        }
        result
    }

    fn set_auth_algorithm(&mut self, adapter: HostAdapter, algorithm: AuthAlgorithm) -> Result<(), Win32Error> {
        let result = self.host.set_auth_algorithm(adapter, algorithm);
        self.heard("set_auth_algorithm", algorithm.0, &result);
        if result.is_ok() {
            self.record().algorithms.entry(adapter).or_default().auth = Some(algorithm);
        }
        result
    }

    fn set_unicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        let result = self.host.set_unicast_cipher_algorithm(adapter, cipher);
        self.heard("set_unicast_cipher_algorithm", cipher.0, &result);
        if result.is_ok() {
            self.record().algorithms.entry(adapter).or_default().unicast = Some(cipher);
        }
        result
    }

    fn set_multicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        let result = self.host.set_multicast_cipher_algorithm(adapter, cipher);
        self.heard("set_multicast_cipher_algorithm", cipher.0, &result);
        if result.is_ok() {
            self.record().algorithms.entry(adapter).or_default().multicast = Some(cipher);
        }
        result
    }

    fn set_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error> {
        let installs = key.key.is_some();
        let step = KeyStep::Group {
            key_id: key.index,
            installs,
        };
        self.learn(key.key.as_ref());
        let result = self.host.set_default_key(adapter, key, direction);
        self.key_set("set_default_key", adapter, step, installs, &result);
        result
    }

    fn set_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error> {
        let installs = key.key.is_some();
        let step = KeyStep::Pairwise {
            key_id: key.key_id,
            installs,
        };
        self.learn(key.key.as_ref());
        let result = self.host.set_key_mapping_key(adapter, key);
        self.key_set("set_key_mapping_key", adapter, step, installs, &result);
        result
    }

    fn set_default_key_id(&mut self, adapter: HostAdapter, index: u32) -> Result<(), Win32Error> {
        let result = self.host.set_default_key_id(adapter, index);
        let step = KeyStep::Transmit(index as u8);
        self.key_set("set_default_key_id", adapter, step, false, &result);
        result
    }

    fn nic_specific_extension(&mut self, adapter: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        let result = self.host.nic_specific_extension(adapter, input);
        self.heard("nic_specific_extension", "", &result);
        result
    }

    fn set_exclude_unencrypted(&mut self, adapter: HostAdapter, exclude: bool) -> Result<(), Win32Error> {
        let result = self.host.set_exclude_unencrypted(adapter, exclude);
        self.heard("set_exclude_unencrypted", exclude, &result);
        result
    }

    fn start_onex(&mut self, adapter: HostAdapter, attributes: &[EapAttribute]) -> Result<(), Win32Error> {
        let result = self.host.start_onex(adapter, attributes);
        self.heard("start_onex", "", &result);
        if result.is_ok() {
            let mut record = self.record();
            let session = record.current(adapter).map(|operation| operation.session);
            let beginning = record.inside.contains(&"perform_post_associate");
            let registered = record
                .registrations
                .get(&adapter)
                .is_some_and(|registered| registered.contains(&EtherType::EAPOL));
            record.judge(
                Rule::R32,
                registered && (session.is_some() || beginning),
                "802.1X starts outside of an operation, or without EAPOL registered",
            );
            let onex = record.onex.entry(adapter).or_default();
            onex.pending = true;
            let again = session.is_some() && onex.completed_in == session;
            if again {
                record.exercised(Rule::R36);
            }
        }
        result
    }

    fn stop_onex(&mut self, adapter: HostAdapter) -> Result<(), Win32Error> {
        let result = self.host.stop_onex(adapter);
        self.heard("stop_onex", "", &result);
        if result.is_ok() {
            self.record().onex.entry(adapter).or_default().pending = false;
        }
        result
    }

    fn process_onex_packet(&mut self, adapter: HostAdapter, packet: &[u8]) -> Result<(), Win32Error> {
        let result = self.host.process_onex_packet(adapter, packet);
        self.heard("process_onex_packet", packet.len(), &result);
        result
    }

    fn request_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        self.host.request_virtual_station(primary)
    }

    fn release_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        self.host.release_virtual_station(primary)
    }

    fn query_virtual_station_properties(
        &mut self,
        adapter: HostAdapter,
    ) -> Result<VirtualStationProperties, Win32Error> {
        self.host.query_virtual_station_properties(adapter)
    }

    fn set_virtual_station_ap_properties(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        properties: &VirtualStationApProperties,
    ) -> Result<(), Win32Error> {
        self.host
            .set_virtual_station_ap_properties(adapter, session, properties)
    }
}

impl Overheard<'_> {
    /// A key is a secret from now on, whether the host takes it or not.
    fn learn(&self, key: Option<&ihv::KeyMaterial>) {
        if let Some(key) = key {
            self.record().secrets.learn(key.octets());
        }
    }

    fn key_set(
        &self,
        call: &str,
        adapter: HostAdapter,
        step: KeyStep,
        installs: bool,
        result: &Result<(), Win32Error>,
    ) {
        self.heard(call, format_args!("{step:?}"), result);
        if result.is_ok() {
            let mut record = self.record();
            record.keys.push_back((adapter, step));
            record.keys_installed += usize::from(installs);
        }
    }
}
