//! The interface's own values as octets.

use crate::wire::{Input, Malformed, Wire, choices, structures, wrappers};
use core::time::Duration;
use frame::{EtherType, MacAddress};
use ihv::{
    AdapterCapabilities, AdapterInfo, AssociationStatus, AuthAlgorithm, BssEntry, BssType, CipherAlgorithm, CipherSet,
    ConnectSession, ConnectionPhase, ConnectivityProfile, DefaultKey, Direction, DiscoveryProfile, EapAttribute,
    EapResult, EtherTypeHandling, ExemptionAction, ExtensionAdapter, Guid, HostAdapter, KeyMappingKey, KeyMaterial,
    Notification, OneXOutcome, OneXResult, PacketType, PortState, PrivacyExemption, ProfileParameters, Reason, Refused,
    SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest, VersionInfo,
    VirtualStationApProperties, VirtualStationProperties, Win32Error,
};
use zeroize::Zeroizing;

wrappers!(
    AssociationStatus AuthAlgorithm CipherAlgorithm CipherSet ConnectSession EtherType ExtensionAdapter Guid HostAdapter
    MacAddress Reason SecuritySession SendCompletion Win32Error
);

structures! {
    AdapterCapabilities {
        authentication_frames, action_frames, management_protection, beacon_protection, extended_key_id,
        group_rekey_offload, handshake_offload, operating_channel, ciphers,
    }
    AdapterInfo { id, description, address, capabilities }
    BssEntry { bssid, frequency, rssi, beacon }
    ConnectivityProfile { xml }
    DefaultKey { index, cipher, peer, receive_counter, key }
    DiscoveryProfile { connectivity, security }
    EapAttribute { kind, value }
    EapResult { failure_reason, attributes }
    EtherTypeHandling { max_backlog, exemptions, registrations }
    KeyMappingKey { peer, cipher, direction, key_id, receive_counter, key }
    Notification { source, code, interface, data }
    OneXResult { outcome, auth_status, reason, mppe_send_key, mppe_recv_key, eap }
    PortState { peer, session_id, controlled, authorized }
    PrivacyExemption { ethertype, action, packets }
    ProfileParameters { ssids, bss_type }
    Refused { error, reason }
    SecurityProfile { xml, use_onex }
    SessionChange { event, session_id }
    UiRequest { session_id, id, page, data }
    VersionInfo { min, max }
    VirtualStationApProperties { ssid, auth, cipher, is_passphrase, key }
    VirtualStationProperties { is_virtual, primary }
}

choices! {
    BssType { 0 Infrastructure, 1 Independent }
    ConnectionPhase { 0 Any, 1 Initial, 2 PostConnect }
    Direction { 0 Inbound, 1 Outbound, 2 Both }
    ExemptionAction { 0 Never, 1 Always, 2 WithoutPairwiseKey }
    OneXOutcome { 0 Success, 1 Failure, 2 InProgress }
    PacketType { 0 Unicast, 1 Multicast, 2 Both }
}

impl Wire for KeyMaterial {
    fn put(&self, out: &mut Vec<u8>) {
        Zeroizing::new(self.octets().to_vec()).put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let octets: Zeroizing<Vec<u8>> = Wire::take(input)?;
        Self::new(&octets).ok_or(Malformed)
    }
}

/// In nanoseconds, which last for five centuries.
impl Wire for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        u64::try_from(self.as_nanos()).unwrap_or(u64::MAX).put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        u64::take(input).map(Self::from_nanos)
    }
}
