//! The host, as an exported extension sees it: each function on the other side's table.

#![allow(unsafe_code)]

use super::outside::{Outside, call, count};
use crate::abi::convert::{
    Attributes, ap_property, default_key_record, direction_number, exemption_records, mapping_key_record,
    notification_record, registration_numbers, ui_request_record,
};
use crate::abi::memory::{handle, number, octets, wide};
use crate::abi::{DOT11EXT_IHV_CONNECTIVITY_PROFILE, DOT11EXT_IHV_SECURITY_PROFILE, GUID};
use crate::{
    AuthAlgorithm, AuthenticationFrame, Buffer, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey,
    Direction, EapAttribute, EtherTypeHandling, Host, HostAdapter, KeyMappingKey, Notification, Reason, Refused,
    RekeyOffload, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};
use core::ptr;
use core::time::Duration;
use frame::MacAddress;

/// The longest answer of a driver, octets.
const LONGEST_ANSWER: usize = 1 << 16;

impl Host for Outside {
    fn now(&self) -> Duration {
        self.elapsed()
    }

    /// The host's memory stands for the buffer, so that the host sees who has how much; the octets are ours.
    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error> {
        let mut memory = ptr::null_mut();
        call!(self.apis, Dot11ExtAllocateBuffer(octets, &raw mut memory))?;
        if memory.is_null() {
            return Err(Win32Error::NOT_ENOUGH_MEMORY);
        }
        let id = number(memory);
        self.buffers.insert(id);
        let length = usize::try_from(octets).map_err(|_| Win32Error::NOT_ENOUGH_MEMORY)?;
        Ok(Buffer {
            id,
            octets: vec![0; length].into(),
        })
    }

    fn free_buffer(&mut self, buffer: Buffer) {
        if self.buffers.remove(&buffer.id) {
            // SAFETY: it came from `allocate_buffer`, and is given back once.
            unsafe { self.withdraw(handle(buffer.id)) };
        }
    }

    fn set_profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
        data: &[u8],
    ) -> Result<(), Win32Error> {
        call!(
            self.apis,
            Dot11ExtSetProfileCustomUserData(
                handle(adapter.0),
                handle(session.0),
                user_session,
                count(data)?,
                data.as_ptr().cast_mut().cast(),
            )
        )
    }

    fn profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
    ) -> Result<Vec<u8>, Win32Error> {
        let (mut length, mut memory) = (0, ptr::null_mut());
        call!(
            self.apis,
            Dot11ExtGetProfileCustomUserData(
                handle(adapter.0),
                handle(session.0),
                user_session,
                &raw mut length,
                &raw mut memory,
            )
        )?;
        // SAFETY: the host has given so many octets, which are ours until they are freed.
        let data = unsafe { octets(memory.cast(), length) }.map(<[u8]>::to_vec);
        if !memory.is_null() {
            // SAFETY: the host gave it to be freed so.
            unsafe { self.withdraw(memory) };
        }
        data
    }

    fn set_current_profile(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Win32Error> {
        let mut connectivity_xml = wide(&connectivity.xml);
        let mut security_xml = wide(&security.xml);
        let mut connectivity = DOT11EXT_IHV_CONNECTIVITY_PROFILE {
            pszXmlFragmentIhvConnectivity: connectivity_xml.as_mut_ptr(),
        };
        let mut security = DOT11EXT_IHV_SECURITY_PROFILE {
            pszXmlFragmentIhvSecurity: security_xml.as_mut_ptr(),
            bUseMSOnex: security.use_onex.into(),
        };
        call!(
            self.apis,
            Dot11ExtSetCurrentProfile(
                handle(adapter.0),
                handle(session.0),
                &raw mut connectivity,
                &raw mut security,
            )
        )
    }

    fn send_ui_request(&mut self, adapter: HostAdapter, request: &UiRequest) -> Result<(), Win32Error> {
        let mut data = request.data.clone();
        let mut record = ui_request_record(request, data.as_mut_ptr());
        call!(self.apis, Dot11ExtSendUIRequest(handle(adapter.0), &raw mut record))
    }

    fn pre_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        call!(
            self.apis,
            Dot11ExtPreAssociateCompletion(handle(adapter.0), handle(session.0), reason.0, error.0)
        )
    }

    fn post_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: SecuritySession,
        peer: MacAddress,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        let mut peer = peer.0;
        call!(
            self.apis,
            Dot11ExtPostAssociateCompletion(handle(adapter.0), handle(session.0), &raw mut peer, reason.0, error.0)
        )
    }

    fn send_authentication(
        &mut self,
        _: HostAdapter,
        _: MacAddress,
        _: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn authentication_completion(
        &mut self,
        _: HostAdapter,
        _: MacAddress,
        _: Result<Terms, Refused>,
    ) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn send_action(&mut self, _: HostAdapter, _: MacAddress, _: &[u8]) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn offload_group_rekeys(&mut self, _: HostAdapter, _: MacAddress, _: RekeyOffload) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    fn send_notification(&mut self, adapter: HostAdapter, mut notification: Notification) -> Result<(), Win32Error> {
        let mut record = notification_record(&mut notification);
        call!(self.apis, Dot11ExtSendNotification(handle(adapter.0), &raw mut record))
    }

    fn send_packet(
        &mut self,
        adapter: HostAdapter,
        packet: SecurityPacket<'_>,
        completion: SendCompletion,
    ) -> Result<(), Win32Error> {
        // An adapter that is none is the host's to refuse.
        let own = self.address(adapter).unwrap_or(MacAddress([0; 6]));
        let octets = self.form.sent(packet, own);
        let length = count(&octets)?;
        // Before the call: the completion may come before it returns.
        let pointer = self.packets.keep(completion, octets)?;
        let sent = call!(
            self.apis,
            Dot11ExtSendPacket(handle(adapter.0), length, pointer.cast(), handle(completion.0))
        );
        if sent.is_err() {
            self.packets.withdraw(completion);
        }
        sent
    }

    fn set_ethertype_handling(&mut self, adapter: HostAdapter, handling: EtherTypeHandling) -> Result<(), Win32Error> {
        let mut exemptions = exemption_records(&handling);
        let mut registrations = registration_numbers(&handling);
        call!(
            self.apis,
            Dot11ExtSetEtherTypeHandling(
                handle(adapter.0),
                handling.max_backlog,
                count(&exemptions)?,
                exemptions.as_mut_ptr(),
                count(&registrations)?,
                registrations.as_mut_ptr(),
            )
        )
    }

    fn set_auth_algorithm(&mut self, adapter: HostAdapter, algorithm: AuthAlgorithm) -> Result<(), Win32Error> {
        call!(self.apis, Dot11ExtSetAuthAlgorithm(handle(adapter.0), algorithm.0))
    }

    fn set_unicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        call!(
            self.apis,
            Dot11ExtSetUnicastCipherAlgorithm(handle(adapter.0), cipher.0)
        )
    }

    fn set_multicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error> {
        call!(
            self.apis,
            Dot11ExtSetMulticastCipherAlgorithm(handle(adapter.0), cipher.0)
        )
    }

    fn set_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error> {
        let mut record = default_key_record(&key);
        let direction = direction_number(direction);
        call!(
            self.apis,
            Dot11ExtSetDefaultKey(handle(adapter.0), record.as_mut_ptr(), direction)
        )
    }

    fn set_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error> {
        let mut record = mapping_key_record(&key)?;
        call!(
            self.apis,
            Dot11ExtSetKeyMappingKey(handle(adapter.0), record.as_mut_ptr())
        )
    }

    fn set_default_key_id(&mut self, adapter: HostAdapter, index: u32) -> Result<(), Win32Error> {
        call!(self.apis, Dot11ExtSetDefaultKeyId(handle(adapter.0), index))
    }

    fn nic_specific_extension(&mut self, adapter: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.nic_specific(adapter, input, LONGEST_ANSWER)
    }

    fn set_exclude_unencrypted(&mut self, adapter: HostAdapter, exclude: bool) -> Result<(), Win32Error> {
        call!(
            self.apis,
            Dot11ExtSetExcludeUnencrypted(handle(adapter.0), exclude.into())
        )
    }

    fn start_onex(&mut self, adapter: HostAdapter, attributes: &[EapAttribute]) -> Result<(), Win32Error> {
        let mut record = Attributes::new(attributes);
        let mut attributes = record.attributes();
        call!(self.apis, Dot11ExtStartOneX(handle(adapter.0), &raw mut attributes))
    }

    fn stop_onex(&mut self, adapter: HostAdapter) -> Result<(), Win32Error> {
        call!(self.apis, Dot11ExtStopOneX(handle(adapter.0)))
    }

    fn process_onex_packet(&mut self, adapter: HostAdapter, packet: &[u8]) -> Result<(), Win32Error> {
        call!(
            self.apis,
            Dot11ExtProcessOneXPacket(handle(adapter.0), count(packet)?, packet.as_ptr().cast_mut().cast())
        )
    }

    fn request_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        call!(
            self.virtual_stations,
            Dot11ExtRequestVirtualStation(handle(primary.0), ptr::null_mut())
        )
    }

    fn release_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error> {
        call!(
            self.virtual_stations,
            Dot11ExtReleaseVirtualStation(handle(primary.0), ptr::null_mut())
        )
    }

    fn query_virtual_station_properties(
        &mut self,
        adapter: HostAdapter,
    ) -> Result<VirtualStationProperties, Win32Error> {
        let (mut is_virtual, mut primary) = (0, GUID::default());
        call!(
            self.virtual_stations,
            Dot11ExtQueryVirtualStationProperties(
                handle(adapter.0),
                &raw mut is_virtual,
                &raw mut primary,
                ptr::null_mut(),
            )
        )?;
        Ok(VirtualStationProperties {
            is_virtual: is_virtual != 0,
            primary: primary.into(),
        })
    }

    fn set_virtual_station_ap_properties(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        properties: &VirtualStationApProperties,
    ) -> Result<(), Win32Error> {
        let mut property = ap_property(properties)?;
        call!(
            self.virtual_stations,
            Dot11ExtSetVirtualStationAPProperties(
                handle(adapter.0),
                handle(session.0),
                1,
                &raw mut property,
                ptr::null_mut(),
            )
        )
    }
}
