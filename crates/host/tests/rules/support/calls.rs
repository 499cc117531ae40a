//! Every extensibility function that takes an adapter, as a call that would pass in its right phase.

use super::extension::Seat;
use super::frames::{CCMP, MESSAGE_2, PSK, group, pairwise};
use ihv::{
    ConnectivityProfile, Direction, EtherTypeHandling, Guid, Host, Notification, SecurityProfile, UiRequest,
    VirtualStationApProperties, Win32Error,
};

pub(crate) type Attempt = fn(&mut dyn Host, &Seat) -> Result<(), Win32Error>;

/// The functions by their names in the trait.
pub(crate) const CALLS: [(&str, Attempt); 23] = [
    ("set_profile_custom_user_data", |host, seat| {
        host.set_profile_custom_user_data(seat.adapter, seat.connect, 1, b"data")
    }),
    ("profile_custom_user_data", |host, seat| {
        host.profile_custom_user_data(seat.adapter, seat.connect, 1).map(drop)
    }),
    ("set_current_profile", |host, seat| {
        let (connectivity, security) = (ConnectivityProfile::default(), SecurityProfile::default());
        host.set_current_profile(seat.adapter, seat.connect, &connectivity, &security)
    }),
    ("send_ui_request", |host, seat| {
        let request = UiRequest {
            session_id: 0,
            id: Guid(7),
            page: Guid(8),
            data: Vec::new(),
        };
        host.send_ui_request(seat.adapter, &request)
    }),
    ("pre_associate_completion", |host, seat| {
        seat.complete_pre(host, Win32Error::TIMEOUT)
    }),
    ("post_associate_completion", |host, seat| {
        seat.complete(host, Win32Error::SUCCESS)
    }),
    ("send_notification", |host, seat| {
        let notification = Notification {
            source: 0x40,
            code: 1,
            interface: Guid(9),
            data: vec![1, 2, 3],
        };
        host.send_notification(seat.adapter, notification)
    }),
    ("send_packet", |host, seat| seat.send(host, MESSAGE_2)),
    ("set_ethertype_handling", |host, seat| {
        host.set_ethertype_handling(seat.adapter, EtherTypeHandling::default())
    }),
    ("set_auth_algorithm", |host, seat| {
        host.set_auth_algorithm(seat.adapter, PSK)
    }),
    ("set_unicast_cipher_algorithm", |host, seat| {
        host.set_unicast_cipher_algorithm(seat.adapter, CCMP)
    }),
    ("set_multicast_cipher_algorithm", |host, seat| {
        host.set_multicast_cipher_algorithm(seat.adapter, CCMP)
    }),
    ("set_default_key", |host, seat| {
        host.set_default_key(seat.adapter, group(1, 1), Direction::Inbound)
    }),
    ("set_key_mapping_key", |host, seat| {
        host.set_key_mapping_key(seat.adapter, pairwise(seat.peer, 1))
    }),
    ("set_default_key_id", |host, seat| {
        host.set_default_key_id(seat.adapter, 0)
    }),
    ("nic_specific_extension", |host, seat| {
        host.nic_specific_extension(seat.adapter, b"input").map(drop)
    }),
    ("set_exclude_unencrypted", |host, seat| {
        host.set_exclude_unencrypted(seat.adapter, true)
    }),
    ("start_onex", |host, seat| host.start_onex(seat.adapter, &[])),
    ("stop_onex", |host, seat| host.stop_onex(seat.adapter)),
    ("process_onex_packet", |host, seat| {
        host.process_onex_packet(seat.adapter, &[2, 0, 0, 0])
    }),
    ("request_virtual_station", |host, seat| {
        host.request_virtual_station(seat.adapter)
    }),
    ("query_virtual_station_properties", |host, seat| {
        host.query_virtual_station_properties(seat.adapter).map(drop)
    }),
    ("set_virtual_station_ap_properties", |host, seat| {
        let properties = VirtualStationApProperties {
            ssid: Vec::new(),
            auth: PSK,
            cipher: CCMP,
            is_passphrase: false,
            key: Vec::new().into(),
        };
        host.set_virtual_station_ap_properties(seat.adapter, seat.connect, &properties)
    }),
];
