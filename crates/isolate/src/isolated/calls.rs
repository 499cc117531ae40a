//! What a handler calls while it runs: it is the host that is called, on the handler's behalf.

use super::Isolated;
use crate::message::Call;
use crate::wire::encode;
use ihv::{Host, Win32Error};
use zeroize::Zeroizing;

impl Isolated {
    /// Calls the host, and returns what that came to.
    pub(super) fn execute(&mut self, host: &mut dyn Host, call: Call) -> Zeroizing<Vec<u8>> {
        match call {
            Call::AllocateBuffer { octets } => encode(&host.allocate_buffer(octets).map(|buffer| {
                let id = buffer.id;
                self.buffers.insert(id, buffer);
                id
            })),
            Call::FreeBuffer { id } => {
                if let Some(buffer) = self.buffers.remove(&id) {
                    host.free_buffer(buffer);
                }
                encode(&Ok::<(), Win32Error>(()))
            }
            Call::SetProfileCustomUserData {
                adapter,
                session,
                user_session,
                data,
            } => encode(&host.set_profile_custom_user_data(adapter, session, user_session, &data)),
            Call::ProfileCustomUserData {
                adapter,
                session,
                user_session,
            } => encode(&host.profile_custom_user_data(adapter, session, user_session)),
            Call::SetCurrentProfile {
                adapter,
                session,
                connectivity,
                security,
            } => encode(&host.set_current_profile(adapter, session, &connectivity, &security)),
            Call::SendUiRequest { adapter, request } => encode(&host.send_ui_request(adapter, &request)),
            Call::PreAssociateCompletion {
                adapter,
                session,
                reason,
                error,
            } => {
                let result = host.pre_associate_completion(adapter, session, reason, error);
                if let (Ok(()), Some(guest)) = (&result, self.guest(adapter)) {
                    guest.preparation = None;
                }
                encode(&result)
            }
            Call::PostAssociateCompletion {
                adapter,
                session,
                peer,
                reason,
                error,
            } => {
                let result = host.post_associate_completion(adapter, session, peer, reason, error);
                let failed = result.is_ok() && error != Win32Error::SUCCESS;
                if let (true, Some(guest)) = (failed, self.guest(adapter)) {
                    guest.operations.retain(|(other, _)| *other != session);
                }
                encode(&result)
            }
            Call::SendNotification { adapter, notification } => encode(&host.send_notification(adapter, notification)),
            Call::SendPacket {
                adapter,
                packet,
                completion,
            } => encode(&host.send_packet(adapter, packet.borrow(), completion)),
            Call::SetEtherTypeHandling { adapter, handling } => encode(&host.set_ethertype_handling(adapter, handling)),
            Call::SetAuthAlgorithm { adapter, algorithm } => encode(&host.set_auth_algorithm(adapter, algorithm)),
            Call::SetUnicastCipherAlgorithm { adapter, cipher } => {
                encode(&host.set_unicast_cipher_algorithm(adapter, cipher))
            }
            Call::SetMulticastCipherAlgorithm { adapter, cipher } => {
                encode(&host.set_multicast_cipher_algorithm(adapter, cipher))
            }
            Call::SetDefaultKey {
                adapter,
                key,
                direction,
            } => encode(&host.set_default_key(adapter, key, direction)),
            Call::SetKeyMappingKey { adapter, key } => encode(&host.set_key_mapping_key(adapter, key)),
            Call::SetDefaultKeyId { adapter, index } => encode(&host.set_default_key_id(adapter, index)),
            Call::NicSpecificExtension { adapter, input } => encode(&host.nic_specific_extension(adapter, &input)),
            Call::SetExcludeUnencrypted { adapter, exclude } => encode(&host.set_exclude_unencrypted(adapter, exclude)),
            Call::StartOneX { adapter, attributes } => encode(&host.start_onex(adapter, &attributes)),
            Call::StopOneX { adapter } => encode(&host.stop_onex(adapter)),
            Call::ProcessOneXPacket { adapter, packet } => encode(&host.process_onex_packet(adapter, &packet)),
            Call::RequestVirtualStation { primary } => encode(&host.request_virtual_station(primary)),
            Call::ReleaseVirtualStation { primary } => encode(&host.release_virtual_station(primary)),
            Call::QueryVirtualStationProperties { adapter } => encode(&host.query_virtual_station_properties(adapter)),
            Call::SetVirtualStationApProperties {
                adapter,
                session,
                properties,
            } => encode(&host.set_virtual_station_ap_properties(adapter, session, &properties)),
        }
    }
}
