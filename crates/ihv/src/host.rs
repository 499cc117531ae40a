//! The extensibility functions: what an extension may ask of its host (`DOT11EXT_APIS`).

use crate::{
    AuthAlgorithm, AuthenticationFrame, CipherAlgorithm, ConnectSession, ConnectivityProfile, DefaultKey, Direction,
    EapAttribute, EtherTypeHandling, Guid, HostAdapter, KeyMappingKey, KeyMaterial, Reason, Refused, SecurityPacket,
    SecurityProfile, SecuritySession, SendCompletion, Terms, UiRequest, VirtualStationApProperties,
    VirtualStationProperties, Win32Error,
};
use core::fmt;
use core::time::Duration;
use frame::{Akm, MacAddress};

/// Memory of the host's. It goes back through [`Host::free_buffer`]; dropping it instead is a leak
/// that the host reports when the adapter leaves (R05).
#[must_use = "a buffer is freed with `free_buffer`"]
pub struct Buffer {
    /// The host's number of this buffer.
    pub id: u64,
    /// The octets, zero at first.
    pub octets: Box<[u8]>,
}

/// Shows the buffer's length only: it may hold a secret.
impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("id", &self.id)
            .field("octets", &format_args!("{} octets", self.octets.len()))
            .finish()
    }
}

/// Something that an extension tells whoever listens (`L2_NOTIFICATION_DATA`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// `NotificationSource`; the extensions' own is 0x40.
    pub source: u32,
    /// `NotificationCode`.
    pub code: u32,
    /// The interface that it is about.
    pub interface: Guid,
    /// The octets of `pData`.
    pub data: Vec<u8>,
}

/// What an adapter needs to do group key handshakes itself.
pub struct RekeyOffload {
    /// The key confirmation key.
    pub kck: KeyMaterial,
    /// The key encryption key.
    pub kek: KeyMaterial,
    /// The replay counter of the last message of the access point's.
    pub replay_counter: u64,
    /// What the AKM of the association is.
    pub akm: Akm,
}

/// What a host does for its extensions.
///
/// A host hands itself to every handler of [`crate::Extension`]; there is no other way to reach it, so
/// no call can come from outside a handler. A call in the wrong phase is refused, changes nothing and
/// is recorded (R08); the phase is named with each function: *service* (from `init_service` to
/// `deinit_service`), *adapter* (from `init_adapter` to `deinit_adapter`), *pre-association* (from
/// `perform_pre_associate`), *post-association* (from `perform_post_associate`), the last two until the
/// adapter is reset or leaves.
///
/// # Errors
/// All functions: [`Win32Error::INVALID_HANDLE`] for a handle that names nothing alive,
/// [`Win32Error::INVALID_STATE`] in the wrong phase.
pub trait Host {
    /// The time since an epoch of the host's. It has no counterpart in `wlanihv.h`, whose extensions
    /// ask their operating system.
    fn now(&self) -> Duration;

    /// `Dot11ExtAllocateBuffer` (service).
    ///
    /// # Errors
    /// [`Win32Error::NOT_ENOUGH_MEMORY`] beyond the host's limit for one extension.
    fn allocate_buffer(&mut self, octets: u32) -> Result<Buffer, Win32Error>;

    /// `Dot11ExtFreeBuffer` (service).
    fn free_buffer(&mut self, buffer: Buffer);

    /// `Dot11ExtSetProfileCustomUserData` (adapter): octets that are kept with the profile for a user
    /// session; empty forgets them. Refused from inside `perform_pre_associate` (R11).
    ///
    /// # Errors
    /// See the trait.
    fn set_profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
        data: &[u8],
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtGetProfileCustomUserData` (pre-association): what was kept. Refused from inside
    /// `perform_pre_associate` (R11).
    ///
    /// # Errors
    /// [`Win32Error::NOT_FOUND`] if nothing was kept.
    fn profile_custom_user_data(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        user_session: u32,
    ) -> Result<Vec<u8>, Win32Error>;

    /// `Dot11ExtSetCurrentProfile` (pre-association): replaces the profile's fragments for this
    /// connection. Refused from inside `perform_pre_associate`, and outside a pre-association (R11).
    ///
    /// # Errors
    /// See the trait.
    fn set_current_profile(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtSendUIRequest` (adapter).
    ///
    /// # Errors
    /// [`Win32Error::BUSY`] if a request of this name is already before the user.
    fn send_ui_request(&mut self, adapter: HostAdapter, request: &UiRequest) -> Result<(), Win32Error>;

    /// `Dot11ExtPreAssociateCompletion` (pre-association): once per operation, never from inside
    /// `perform_pre_associate`; `session` is dead afterwards (R10).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] if `reason` and `error` contradict each other (R17).
    fn pre_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtPostAssociateCompletion` (post-association): completes the operation, then reports
    /// each change of the port's state (R19). Never from inside `perform_post_associate` (R16).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] if `reason` and `error` contradict each other (R17).
    fn post_associate_completion(
        &mut self,
        adapter: HostAdapter,
        session: SecuritySession,
        peer: MacAddress,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error>;

    /// Sends an authentication frame to the access point that an exchange was begun with (from
    /// `begin_association`, until `authentication_completion`). It has no counterpart in `wlanihv.h`.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] without such an exchange.
    fn send_authentication(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error>;

    /// Ends the exchange that `begin_association` has begun: with the terms of the association that
    /// follows, or with the reason why there is none. Never from inside `begin_association`. It has no
    /// counterpart in `wlanihv.h`.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] without such an exchange.
    fn authentication_completion(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        result: Result<Terms, Refused>,
    ) -> Result<(), Win32Error>;

    /// Sends an action frame to the access point of an association, protected if management frames are:
    /// the body, from the category on. It has no counterpart in `wlanihv.h`.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] without such an association, [`Win32Error::INVALID_PARAMETER`] for a
    /// body that has no category and action, or is longer than a management frame has room for.
    fn send_action(&mut self, adapter: HostAdapter, peer: MacAddress, body: &[u8]) -> Result<(), Win32Error>;

    /// Lets the adapter do the group key handshakes of a port that is open. It has no counterpart in
    /// `wlanihv.h`.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] without such a port, [`Win32Error::NOT_SUPPORTED`] on an adapter that
    /// can't.
    fn offload_group_rekeys(
        &mut self,
        adapter: HostAdapter,
        peer: MacAddress,
        keys: RekeyOffload,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtSendNotification` (adapter).
    ///
    /// # Errors
    /// See the trait.
    fn send_notification(&mut self, adapter: HostAdapter, notification: Notification) -> Result<(), Win32Error>;

    /// `Dot11ExtSendPacket` (adapter): hands a packet to the adapter. It is completed once, with the
    /// same handle, through `send_packet_completion` (R26).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] for a group destination or a packet longer than 2304 octets.
    fn send_packet(
        &mut self,
        adapter: HostAdapter,
        packet: SecurityPacket<'_>,
        completion: SendCompletion,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtSetEtherTypeHandling` (adapter): refused once a pre-association has completed
    /// successfully (R12).
    ///
    /// # Errors
    /// See the trait.
    fn set_ethertype_handling(&mut self, adapter: HostAdapter, handling: EtherTypeHandling) -> Result<(), Win32Error>;

    /// `Dot11ExtSetAuthAlgorithm` (adapter): what the adapter is to associate with (R13).
    ///
    /// # Errors
    /// See the trait.
    fn set_auth_algorithm(&mut self, adapter: HostAdapter, algorithm: AuthAlgorithm) -> Result<(), Win32Error>;

    /// `Dot11ExtSetUnicastCipherAlgorithm` (adapter).
    ///
    /// # Errors
    /// See the trait.
    fn set_unicast_cipher_algorithm(&mut self, adapter: HostAdapter, cipher: CipherAlgorithm)
    -> Result<(), Win32Error>;

    /// `Dot11ExtSetMulticastCipherAlgorithm` (adapter).
    ///
    /// # Errors
    /// See the trait.
    fn set_multicast_cipher_algorithm(
        &mut self,
        adapter: HostAdapter,
        cipher: CipherAlgorithm,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtSetDefaultKey` (adapter): installs or removes a group key (R28).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] for [`Direction::Outbound`], an index outside the cipher's
    /// range, or a key whose length does not fit its cipher.
    fn set_default_key(
        &mut self,
        adapter: HostAdapter,
        key: DefaultKey,
        direction: Direction,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtSetKeyMappingKey` (adapter): installs or removes a pairwise key (R28).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] for a group address or a key whose length does not fit its
    /// cipher.
    fn set_key_mapping_key(&mut self, adapter: HostAdapter, key: KeyMappingKey) -> Result<(), Win32Error>;

    /// `Dot11ExtSetDefaultKeyId` (adapter): which default key protects what is sent, 0 to 3.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] for an index above 3.
    fn set_default_key_id(&mut self, adapter: HostAdapter, index: u32) -> Result<(), Win32Error>;

    /// `Dot11ExtNicSpecificExtension` (adapter): a request that only the extension and the adapter's
    /// driver understand. An adapter without such requests refuses.
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`].
    fn nic_specific_extension(&mut self, adapter: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error>;

    /// `Dot11ExtSetExcludeUnencrypted` (adapter): received data that is not encrypted is to be
    /// discarded (R30).
    ///
    /// # Errors
    /// See the trait.
    fn set_exclude_unencrypted(&mut self, adapter: HostAdapter, exclude: bool) -> Result<(), Win32Error>;

    /// `Dot11ExtStartOneX` (post-association): starts the host's 802.1X module (R32). EAPOL-Start goes out as soon as
    /// the handler returns, unless it forwards a request of the authenticator's: that has begun then already. The
    /// result comes with `onex_indicate_result`, which is never called from inside this call or `process_onex_packet`.
    /// The host takes no attributes.
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`] on a host that lends no such module, [`Win32Error::NOT_FOUND`] if the user's
    /// profile says nothing about 802.1X, [`Win32Error::INVALID_STATE`] without EAPOL registered (R32), or while
    /// another operation is pending (R36).
    fn start_onex(&mut self, adapter: HostAdapter, attributes: &[EapAttribute]) -> Result<(), Win32Error>;

    /// Whom the host's 802.1X module is to authenticate on this adapter: octets that no other user has, nor this one with
    /// other credentials. They are no secret. `None` if that is not known beforehand; then no key of an authentication
    /// is to be remembered. It has no counterpart in `wlanihv.h`.
    fn onex_user(&mut self, adapter: HostAdapter) -> Option<Vec<u8>> {
        let _ = adapter;
        None
    }

    /// `Dot11ExtStopOneX` (post-association): gives the operation up; no result is indicated (R34).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] if none is pending.
    fn stop_onex(&mut self, adapter: HostAdapter) -> Result<(), Win32Error>;

    /// `Dot11ExtProcessOneXPacket` (post-association): forwards a received EAPOL packet, any but
    /// EAPOL-Key (R33). `packet` is the whole EAPOL PDU; at the C boundary it begins with the packet type, behind the
    /// octet of the version.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] if no operation is pending, [`Win32Error::INVALID_PARAMETER`] for
    /// an EAPOL-Key packet, [`Win32Error::INVALID_DATA`] for one that is not acted upon.
    fn process_onex_packet(&mut self, adapter: HostAdapter, packet: &[u8]) -> Result<(), Win32Error>;

    /// `Dot11ExtRequestVirtualStation` (adapter).
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`] on an adapter that can't.
    fn request_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error>;

    /// `Dot11ExtReleaseVirtualStation` (adapter).
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`] on an adapter that can't.
    fn release_virtual_station(&mut self, primary: HostAdapter) -> Result<(), Win32Error>;

    /// `Dot11ExtQueryVirtualStationProperties` (adapter).
    ///
    /// # Errors
    /// See the trait.
    fn query_virtual_station_properties(
        &mut self,
        adapter: HostAdapter,
    ) -> Result<VirtualStationProperties, Win32Error>;

    /// `Dot11ExtSetVirtualStationAPProperties` (pre-association).
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`] on an adapter that can't.
    fn set_virtual_station_ap_properties(
        &mut self,
        adapter: HostAdapter,
        session: ConnectSession,
        properties: &VirtualStationApProperties,
    ) -> Result<(), Win32Error>;
}
