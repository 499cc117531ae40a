//! Somebody between a good extension and its host, who meddles with what the extension calls.

use super::{Flaw, Memory, ignore};
use core::time::Duration;
use frame::MacAddress;
use ihv::{
    AuthAlgorithm, AuthenticationFrame, Buffer, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey,
    Direction, EapAttribute, EtherTypeHandling, Guid, Host, HostAdapter, KeyMappingKey, KeyMaterial, Notification,
    Reason, Refused, RekeyOffload, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};

/// The host, as the good extension sees it.
pub(super) struct Meddler<'a> {
    pub host: &'a mut dyn Host,
    pub flaw: Flaw,
    pub memory: &'a mut Memory,
}

const SUCCESS: (Reason, Win32Error) = (Reason::SUCCESS, Win32Error::SUCCESS);

impl Host for Meddler<'_> {
    fn pre_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        match self.flaw {
            Flaw::NeverPrepares if error == Win32Error::SUCCESS => {
                self.memory.preparation = Some(session);
                return Ok(());
            }
            Flaw::IgnoresReset if self.memory.resetting => return Ok(()),
            _ => {}
        }
        let result = self.host.pre_associate_completion(adapter, session, reason, error);
        if self.flaw == Flaw::PreparesTwice && !self.memory.resetting {
            ignore(self.host.pre_associate_completion(adapter, session, reason, error));
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
        let success = error == Win32Error::SUCCESS;
        match self.flaw {
            Flaw::NeverCompletes if success => {
                self.memory.pending = Some((session, peer));
                return Ok(());
            }
            Flaw::IgnoresReset if self.memory.resetting => return Ok(()),
            Flaw::ContradictsItself => {
                let (reason, error) = (Reason::SUCCESS, Win32Error::TIMEOUT);
                ignore(
                    self.host
                        .post_associate_completion(adapter, session, peer, reason, error),
                );
            }
            _ => {}
        }
        let result = self
            .host
            .post_associate_completion(adapter, session, peer, reason, error);
        match self.flaw {
            Flaw::ReportsNoChange if success => {
                ignore(
                    self.host
                        .post_associate_completion(adapter, session, peer, reason, error),
                );
            }
            Flaw::LiftsExclusion if success => ignore(self.host.set_exclude_unencrypted(adapter, false)),
            _ => {}
        }
        result
    }

    fn send_packet(
        &mut self,
        adapter: HostAdapter,
        packet: SecurityPacket<'_>,
        completion: SendCompletion,
    ) -> Result<(), Win32Error> {
        match (self.flaw, self.memory.operation) {
            (Flaw::SendsToGroup, _) => {
                let packet = SecurityPacket {
                    peer: MacAddress::BROADCAST,
                    ..packet
                };
                ignore(self.host.send_packet(adapter, packet, SendCompletion(1 << 40)));
            }
            (Flaw::SucceedsUnprotected, Some((session, peer))) if !self.memory.succeeded => {
                self.memory.succeeded = true;
                let (reason, error) = SUCCESS;
                ignore(
                    self.host
                        .post_associate_completion(adapter, session, peer, reason, error),
                );
            }
            _ => {}
        }
        self.host.send_packet(adapter, packet, completion)
    }

    fn set_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error> {
        let octets = key.key.as_ref().map(|key| key.octets().to_vec()).unwrap_or_default();
        let copy = |key: &KeyMappingKey, material: &[u8]| KeyMappingKey {
            key: KeyMaterial::new(material),
            ..*key
        };
        let again = copy(&key, &octets);
        if self.flaw == Flaw::SetsShortKey {
            ignore(
                self.host
                    .set_key_mapping_key(adapter, copy(&key, octets.get(..5).unwrap_or_default())),
            );
        }
        let result = self.host.set_key_mapping_key(adapter, key);
        match self.flaw {
            Flaw::InstallsTwice => ignore(self.host.set_key_mapping_key(adapter, again)),
            Flaw::TellsKey => {
                let notification = Notification {
                    source: 0x40,
                    code: 1,
                    interface: Guid(1),
                    data: octets,
                };
                ignore(self.host.send_notification(adapter, notification));
            }
            _ => {}
        }
        result
    }

    fn set_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error> {
        let again = DefaultKey {
            key: key.key.as_ref().map(KeyMaterial::duplicate),
            ..key
        };
        match self.flaw {
            Flaw::SetsOutboundKey => ignore(self.host.set_default_key(adapter, again, Direction::Outbound)),
            Flaw::InstallsGroupTwice => ignore(self.host.set_default_key(adapter, again, direction)),
            _ => {}
        }
        self.host.set_default_key(adapter, key, direction)
    }

    fn set_ethertype_handling(
        &mut self,
        adapter: HostAdapter,
        mut handling: EtherTypeHandling,
    ) -> Result<(), Win32Error> {
        if self.flaw == Flaw::RegistersNoEapol {
            handling.registrations.clear();
        }
        self.host.set_ethertype_handling(adapter, handling)
    }

    fn start_onex(&mut self, adapter: HostAdapter, attributes: &[EapAttribute]) -> Result<(), Win32Error> {
        let result = self.host.start_onex(adapter, attributes);
        if self.flaw == Flaw::StartsTwice {
            ignore(self.host.start_onex(adapter, attributes));
        }
        result
    }

    // What no flaw is in.

    fn now(&self) -> Duration {
        self.host.now()
    }

    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error> {
        self.host.allocate_buffer(octets)
    }

    fn free_buffer(&mut self, buffer: Buffer) {
        self.host.free_buffer(buffer);
    }

    fn set_profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
        data: &[u8],
    ) -> Result<(), Win32Error> {
        self.host
            .set_profile_custom_user_data(adapter, session, user_session, data)
    }

    fn profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
    ) -> Result<Vec<u8>, Win32Error> {
        self.host.profile_custom_user_data(adapter, session, user_session)
    }

    fn set_current_profile(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Win32Error> {
        self.host.set_current_profile(adapter, session, connectivity, security)
    }

    fn send_ui_request(&mut self, adapter: HostAdapter, request: &UiRequest) -> Result<(), Win32Error> {
        self.host.send_ui_request(adapter, request)
    }

    fn send_authentication(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        self.host.send_authentication(adapter, peer, frame)
    }

    fn authentication_completion(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        result: Result<Terms, Refused>,
    ) -> Result<(), Win32Error> {
        self.host.authentication_completion(adapter, peer, result)
    }

    fn send_action(&mut self, adapter: HostAdapter, peer: MacAddress, body: &[u8]) -> Result<(), Win32Error> {
        self.host.send_action(adapter, peer, body)
    }

    fn offload_group_rekeys(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        keys: RekeyOffload,
    ) -> Result<(), Win32Error> {
        self.host.offload_group_rekeys(adapter, peer, keys)
    }

    fn send_notification(&mut self, adapter: HostAdapter, notification: Notification) -> Result<(), Win32Error> {
        self.host.send_notification(adapter, notification)
    }

    fn set_auth_algorithm(&mut self, adapter: HostAdapter, algorithm: AuthAlgorithm) -> Result<(), Win32Error> {
        self.host.set_auth_algorithm(adapter, algorithm)
    }

    fn set_unicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        self.host.set_unicast_cipher_algorithm(adapter, cipher)
    }

    fn set_multicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        self.host.set_multicast_cipher_algorithm(adapter, cipher)
    }

    fn set_default_key_id(&mut self, adapter: HostAdapter, index: u32) -> Result<(), Win32Error> {
        self.host.set_default_key_id(adapter, index)
    }

    fn nic_specific_extension(&mut self, adapter: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.host.nic_specific_extension(adapter, input)
    }

    fn set_exclude_unencrypted(&mut self, adapter: HostAdapter, exclude: bool) -> Result<(), Win32Error> {
        self.host.set_exclude_unencrypted(adapter, exclude)
    }

    fn stop_onex(&mut self, adapter: HostAdapter) -> Result<(), Win32Error> {
        self.host.stop_onex(adapter)
    }

    fn process_onex_packet(&mut self, adapter: HostAdapter, packet: &[u8]) -> Result<(), Win32Error> {
        self.host.process_onex_packet(adapter, packet)
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
