//! The extensibility functions: what the host does when its extension calls, and what it refuses.

use super::guard::FAST_TRANSITION;
use super::{DataPort, Handler, State};
use crate::adapter::{AuthenticateRequest, Authentication, Command, OutgoingPacket, PacketId};
use crate::event::{Code, Kind, Text};
use crate::outcome::Outcome;
use core::time::Duration;
use frame::MacAddress;
use frame::codes::ReasonCode;
use ihv::{
    AuthAlgorithm, AuthenticationFrame, Buffer, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey,
    Direction, EapAttribute, EtherTypeHandling, Host, HostAdapter, KeyMappingKey, Notification, Reason, Refused,
    RekeyOffload, Rule, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};
use zeroize::{Zeroize, Zeroizing};

/// The longest body of an MSDU (IEEE 802.11-2020, 9.2.4.7.1), octets.
const MAX_PACKET: usize = 2304;

/// The longest body of a management frame (IEEE 802.11-2020, 9.3.3.1), octets.
const MAX_MANAGEMENT: usize = 2304;

impl Host for State {
    fn now(&self) -> Duration {
        self.now
    }

    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error> {
        // An empty buffer costs something, too.
        const LEAST: u64 = 64;
        let cost = u64::from(octets).max(LEAST);
        let total = self.buffered + cost;
        if total > self.config.buffer_limit {
            return Err(Win32Error::NOT_ENOUGH_MEMORY);
        }
        let id = self.next_buffer;
        self.next_buffer += 1;
        self.buffered = total;
        let owner = self.running.map(|(_, adapter)| adapter);
        self.buffers.insert(id, (cost, owner));
        if let Some(adapter) = owner.and_then(|owner| self.adapter_mut(owner)) {
            adapter.buffers.push(id);
        }
        Ok(Buffer {
            id,
            octets: vec![0; octets as usize].into_boxed_slice(),
        })
    }

    fn free_buffer(&mut self, mut buffer: Buffer) {
        // It may have held a secret (R31).
        buffer.octets.zeroize();
        let Some((octets, owner)) = self.buffers.remove(&buffer.id) else {
            return;
        };
        self.buffered -= octets;
        if let Some(adapter) = owner.and_then(|owner| self.adapter_mut(owner)) {
            adapter.buffers.retain(|held| *held != buffer.id);
        }
    }

    fn set_profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
        data: &[u8],
    ) -> Result<(), Win32Error> {
        let adapter = self.outside_pre_associate(adapter, session, Rule::R11, "set_profile_custom_user_data")?;
        let ssid = adapter
            .attempt
            .as_ref()
            .map(|attempt| attempt.profile.ssid.clone())
            .unwrap_or_default();
        if data.is_empty() {
            adapter.user_data.remove(&(ssid, user_session));
        } else {
            adapter
                .user_data
                .insert((ssid, user_session), Zeroizing::new(data.to_vec()));
        }
        Ok(())
    }

    fn profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
    ) -> Result<Vec<u8>, Win32Error> {
        let adapter = self.outside_pre_associate(adapter, session, Rule::R11, "profile_custom_user_data")?;
        let ssid = adapter
            .attempt
            .as_ref()
            .map(|attempt| attempt.profile.ssid.clone())
            .unwrap_or_default();
        adapter
            .user_data
            .get(&(ssid, user_session))
            .map(|data| data.to_vec())
            .ok_or(Win32Error::NOT_FOUND)
    }

    fn set_current_profile(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Win32Error> {
        let adapter = self.outside_pre_associate(adapter, session, Rule::R11, "set_current_profile")?;
        if let Some(attempt) = adapter.attempt.as_mut() {
            attempt.profile.connectivity = connectivity.clone();
            attempt.profile.security = security.clone();
        }
        Ok(())
    }

    fn send_ui_request(&mut self, adapter: HostAdapter, request: &UiRequest) -> Result<(), Win32Error> {
        let called = self.called(adapter, "send_ui_request")?;
        if called.ui_requests.contains(&request.id) {
            return Err(Win32Error::BUSY);
        }
        called.ui_requests.push(request.id);
        self.event(adapter, None, None, || Kind::UiRequested {
            request: request.id.to_string(),
        });
        Ok(())
    }

    fn pre_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        self.complete_pre_association(adapter, session, reason, error)
    }

    fn post_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: SecuritySession,
        peer: MacAddress,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        self.complete_post_association(adapter, session, peer, reason, error)
    }

    fn send_authentication(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        let called = self.called(adapter, "send_authentication")?;
        if frame.body.len() > MAX_MANAGEMENT {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let attempt = called.authenticating_with(peer).ok_or(Win32Error::INVALID_STATE)?;
        attempt.algorithm = Some(frame.algorithm);
        let request = attempt.request.as_ref().ok_or(Win32Error::INVALID_STATE)?;
        let request = AuthenticateRequest {
            association: request.without_key(),
            algorithm: frame.algorithm,
            transaction: frame.transaction,
            status: frame.status,
            body: frame.body.to_vec(),
        };
        self.event(adapter, Some(peer), None, || Kind::AuthenticationSent {
            algorithm: frame.algorithm,
            transaction: frame.transaction,
            status: Code(frame.status),
        });
        self.command(adapter, Command::Authenticate(Box::new(request)));
        Ok(())
    }

    fn authentication_completion(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        result: Result<Terms, Refused>,
    ) -> Result<(), Win32Error> {
        let beginning = self.is_inside(Handler::BeginAssociation, adapter);
        let called = self.called(adapter, "authentication_completion")?;
        let attempt = called
            .authenticating_with(peer)
            .filter(|_| !beginning)
            .ok_or(Win32Error::INVALID_STATE)?;
        // Only a fast transition may go by action frames alone.
        let algorithm = attempt.algorithm.unwrap_or(FAST_TRANSITION);
        match result {
            Ok(terms) => self.associate(adapter, terms, Authentication::Done { algorithm }),
            Err(refused) => {
                let outcome = Outcome::of_failure(refused.reason, refused.error);
                self.disassociate(adapter, peer, ReasonCode::UNSPECIFIED);
                self.end_attempt(adapter, outcome);
            }
        }
        Ok(())
    }

    fn send_action(&mut self, adapter: HostAdapter, peer: MacAddress, body: &[u8]) -> Result<(), Win32Error> {
        let called = self.called(adapter, "send_action")?;
        let &[category, action, ..] = body else {
            return Err(Win32Error::INVALID_PARAMETER);
        };
        if body.len() > MAX_MANAGEMENT {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let port = called.ports.iter().find(|port| port.state.peer == peer);
        let session = port.ok_or(Win32Error::INVALID_STATE)?.state.session_id;
        self.event(adapter, Some(peer), Some(session), || Kind::ActionSent {
            category,
            action,
        });
        let body = body.to_vec();
        self.command(adapter, Command::SendAction { peer, body });
        Ok(())
    }

    fn offload_group_rekeys(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        keys: RekeyOffload,
    ) -> Result<(), Win32Error> {
        let called = self.called(adapter, "offload_group_rekeys")?;
        if !called.info.capabilities.group_rekey_offload {
            return Err(Win32Error::NOT_SUPPORTED);
        }
        let open = called
            .ports
            .iter()
            .any(|port| port.state.peer == peer && port.state.authorized);
        if !open {
            return Err(Win32Error::INVALID_STATE);
        }
        self.command(adapter, Command::OffloadGroupRekeys { peer, keys });
        Ok(())
    }

    fn send_notification(&mut self, adapter: HostAdapter, notification: Notification) -> Result<(), Win32Error> {
        self.called(adapter, "send_notification")?;
        self.event(adapter, None, None, || Kind::Notification {
            source: notification.source,
            code: notification.code,
            octets: notification.data.len(),
        });
        Ok(())
    }

    fn send_packet(
        &mut self,
        adapter: HostAdapter,
        packet: SecurityPacket<'_>,
        completion: SendCompletion,
    ) -> Result<(), Win32Error> {
        const CALL: &str = "send_packet";
        self.called(adapter, CALL)?;
        if packet.peer.is_group() {
            return self.refuse(adapter, Rule::R26, CALL, Win32Error::INVALID_PARAMETER);
        }
        if packet.data.len() > MAX_PACKET {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let id = PacketId(self.next_packet);
        let called = self.called(adapter, CALL)?;
        let Some(port) = called.ports.iter_mut().find(|port| port.state.peer == packet.peer) else {
            return self.refuse(adapter, Rule::R08, CALL, Win32Error::INVALID_STATE);
        };
        let message = port.message(packet.ethertype, packet.data);
        let in_the_clear = port.note_sent(message);
        let session_id = port.state.session_id;
        called.outstanding.push((id, completion));
        self.next_packet += 1;
        self.event(adapter, Some(packet.peer), Some(session_id), || Kind::PacketSent {
            ethertype: packet.ethertype.0,
            octets: packet.data.len(),
            message: message.map(Text),
        });
        let outgoing = OutgoingPacket {
            id,
            peer: packet.peer,
            ethertype: packet.ethertype,
            data: packet.data.to_vec(),
            in_the_clear,
        };
        self.command(adapter, Command::SendPacket(outgoing));
        Ok(())
    }

    fn set_ethertype_handling(&mut self, adapter: HostAdapter, handling: EtherTypeHandling) -> Result<(), Win32Error> {
        const CALL: &str = "set_ethertype_handling";
        let called = self.called(adapter, CALL)?;
        if called.handling_fixed {
            return self.refuse(adapter, Rule::R12, CALL, Win32Error::INVALID_STATE);
        }
        let exemptions = handling.exemptions.clone();
        called.handling = handling;
        self.command(adapter, Command::SetPrivacyExemptions(exemptions));
        Ok(())
    }

    fn set_auth_algorithm(&mut self, adapter: HostAdapter, algorithm: AuthAlgorithm) -> Result<(), Win32Error> {
        self.called(adapter, "set_auth_algorithm")?.algorithms.auth = Some(algorithm);
        Ok(())
    }

    fn set_unicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        self.called(adapter, "set_unicast_cipher_algorithm")?.algorithms.unicast = Some(cipher);
        Ok(())
    }

    fn set_multicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        self.called(adapter, "set_multicast_cipher_algorithm")?
            .algorithms
            .multicast = Some(cipher);
        Ok(())
    }

    fn set_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error> {
        self.take_default_key(adapter, key, direction)
    }

    fn set_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error> {
        self.take_key_mapping_key(adapter, key)
    }

    fn set_default_key_id(&mut self, adapter: HostAdapter, index: u32) -> Result<(), Win32Error> {
        const CALL: &str = "set_default_key_id";
        self.called(adapter, CALL)?;
        match u8::try_from(index) {
            Ok(index @ 0..=3) => self.command(adapter, Command::SetDefaultKeyId(index)),
            _ => return self.refuse(adapter, Rule::R28, CALL, Win32Error::INVALID_PARAMETER),
        }
        Ok(())
    }

    fn nic_specific_extension(&mut self, adapter: HostAdapter, _input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.called(adapter, "nic_specific_extension")?;
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn set_exclude_unencrypted(&mut self, adapter: HostAdapter, exclude: bool) -> Result<(), Win32Error> {
        const CALL: &str = "set_exclude_unencrypted";
        let called = self.called(adapter, CALL)?;
        // Data must not pass an open port unprotected.
        if !exclude && called.ports.iter().any(DataPort::is_guarded) {
            return self.refuse(adapter, Rule::R30, CALL, Win32Error::INVALID_STATE);
        }
        called.exclude_unencrypted = exclude;
        self.event(adapter, None, None, || Kind::UnencryptedExcluded { exclude });
        self.command(adapter, Command::SetExcludeUnencrypted(exclude));
        Ok(())
    }

    fn onex_user(&mut self, adapter: HostAdapter) -> Option<Vec<u8>> {
        self.adapter(adapter)?.attempt.as_ref()?.profile.onex.as_ref()?.user()
    }

    fn start_onex(&mut self, adapter: HostAdapter, _attributes: &[EapAttribute]) -> Result<(), Win32Error> {
        self.start(adapter, "start_onex")
    }

    fn stop_onex(&mut self, adapter: HostAdapter) -> Result<(), Win32Error> {
        self.stop(adapter, "stop_onex")
    }

    fn process_onex_packet(&mut self, adapter: HostAdapter, packet: &[u8]) -> Result<(), Win32Error> {
        self.forward(adapter, packet, "process_onex_packet")
    }

    fn request_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        self.called(primary, "request_virtual_station")?;
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn release_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        self.called(primary, "release_virtual_station")?;
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn query_virtual_station_properties(
        &mut self,
        adapter: HostAdapter,
    ) -> Result<VirtualStationProperties, Win32Error> {
        let called = self.called(adapter, "query_virtual_station_properties")?;
        Ok(VirtualStationProperties {
            is_virtual: false,
            primary: called.info.id,
        })
    }

    fn set_virtual_station_ap_properties(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        _properties: &VirtualStationApProperties,
    ) -> Result<(), Win32Error> {
        self.pre_associating(adapter, session, "set_virtual_station_ap_properties")?;
        Err(Win32Error::NOT_SUPPORTED)
    }
}
