//! A host for loaded libraries: it answers what is asked, and refuses everything else.

use core::time::Duration;
use frame::MacAddress;
use portcullis_ihv::{
    AuthAlgorithm, AuthenticationFrame, Buffer, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey,
    Direction, EapAttribute, EtherTypeHandling, Guid, Host, HostAdapter, KeyMappingKey, Notification, Reason, Refused,
    RekeyOffload, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};

/// What the host was asked, and how much it has lent.
#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) questions: Vec<Vec<u8>>,
    /// Peer, EtherType and data of what was sent.
    pub(crate) sent: Vec<(MacAddress, u16, Vec<u8>)>,
    buffers: u64,
}

/// What is kept for every user.
pub(crate) const KEPT: &[u8] = b"kept";

type Done = Result<(), Win32Error>;

/// Functions that do nothing but refuse.
macro_rules! refuse {
    ($($name:ident($($type:ty),*);)*) => {$(
        fn $name(&mut self, $(_: $type),*) -> Done {
            Err(Win32Error::NOT_SUPPORTED)
        }
    )*};
}

impl Host for Quiet {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error> {
        self.buffers += 1;
        Ok(Buffer {
            id: self.buffers,
            octets: vec![0; usize::try_from(octets).unwrap()].into(),
        })
    }

    fn free_buffer(&mut self, _: Buffer) {}

    fn profile_custom_user_data(&mut self, _: HostAdapter, _: ConnectSession, _: u32) -> Result<Vec<u8>, Win32Error> {
        Ok(KEPT.to_vec())
    }

    /// The question, backwards.
    fn nic_specific_extension(&mut self, _: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.questions.push(input.to_vec());
        Ok(input.iter().rev().copied().collect())
    }

    fn query_virtual_station_properties(&mut self, _: HostAdapter) -> Result<VirtualStationProperties, Win32Error> {
        Ok(VirtualStationProperties {
            is_virtual: true,
            primary: Guid(7),
        })
    }

    fn send_packet(&mut self, _: HostAdapter, packet: SecurityPacket<'_>, _: SendCompletion) -> Done {
        self.sent.push((packet.peer, packet.ethertype.0, packet.data.to_vec()));
        Ok(())
    }

    refuse! {
        set_profile_custom_user_data(HostAdapter, ConnectSession, u32, &[u8]);
        set_current_profile(HostAdapter, ConnectSession, &ConnectivityProfile, &SecurityProfile);
        send_ui_request(HostAdapter, &UiRequest);
        pre_associate_completion(HostAdapter, ConnectSession, Reason, Win32Error);
        post_associate_completion(HostAdapter, SecuritySession, MacAddress, Reason, Win32Error);
        send_authentication(HostAdapter, MacAddress, AuthenticationFrame<'_>);
        authentication_completion(HostAdapter, MacAddress, Result<Terms, Refused>);
        send_action(HostAdapter, MacAddress, &[u8]);
        offload_group_rekeys(HostAdapter, MacAddress, RekeyOffload);
        send_notification(HostAdapter, Notification);
        set_ethertype_handling(HostAdapter, EtherTypeHandling);
        set_auth_algorithm(HostAdapter, AuthAlgorithm);
        set_unicast_cipher_algorithm(HostAdapter, CipherAlgorithm);
        set_multicast_cipher_algorithm(HostAdapter, CipherAlgorithm);
        set_default_key(HostAdapter, DefaultKey, Direction);
        set_key_mapping_key(HostAdapter, KeyMappingKey);
        set_default_key_id(HostAdapter, u32);
        set_exclude_unencrypted(HostAdapter, bool);
        start_onex(HostAdapter, &[EapAttribute]);
        stop_onex(HostAdapter);
        process_onex_packet(HostAdapter, &[u8]);
        request_virtual_station(HostAdapter);
        release_virtual_station(HostAdapter);
        set_virtual_station_ap_properties(HostAdapter, ConnectSession, &VirtualStationApProperties);
    }
}
