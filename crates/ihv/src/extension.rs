//! The handlers: what a host calls in an extension (`DOT11EXT_IHV_HANDLERS` and the two exports).

use crate::{
    Approach, AssociationParameters, AssociationStatus, AuthenticationFrame, BssEntry, ConnectSession, ConnectionPhase,
    ConnectivityProfile, DiscoveryProfile, ExtensionAdapter, Guid, Host, HostAdapter, KeyChange, OneXResult, Opening,
    PortState, ProfileParameters, Refused, Refusing, Response, SecurityPacket, SecurityProfile, SecuritySession,
    SendCompletion, Terms, UiRequest, Win32Error,
};
use core::time::Duration;
use frame::codes::ReasonCode;
use frame::oci::Oci;
use frame::{Cipher, MacAddress};

/// The interface versions that an extension speaks (`DOT11_IHV_VERSION_INFO`), both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// The oldest.
    pub min: u32,
    /// The newest.
    pub max: u32,
}

/// An adapter that has arrived (`DOT11_ADAPTER`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterInfo {
    /// The adapter's name for ever.
    pub id: Guid,
    /// What a person calls it.
    pub description: String,
    /// Its own address.
    pub address: MacAddress,
    /// What it can do besides sending and receiving data.
    pub capabilities: AdapterCapabilities,
}

/// What an adapter can do besides sending and receiving data. The default is an adapter that does nothing
/// of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdapterCapabilities {
    /// Sends and receives authentication frames of the extension's (SAE, fast transition).
    pub authentication_frames: bool,
    /// Sends and receives action frames of the extension's (fast transition over the DS, SA Query).
    pub action_frames: bool,
    /// Protects management frames.
    pub management_protection: bool,
    /// Verifies protected beacons.
    pub beacon_protection: bool,
    /// Uses key identifiers 0 and 1 for pairwise keys.
    pub extended_key_id: bool,
    /// Tells the channel that it is on, in the parameters of an association.
    pub operating_channel: bool,
    /// Does group key handshakes itself, given the keys of the 4-way handshake.
    pub group_rekey_offload: bool,
    /// Does the 4-way handshake itself, given the pre-shared key.
    pub handshake_offload: bool,
    /// The ciphers that it has, of data and of management frames; `None` if it does not say.
    pub ciphers: Option<CipherSet>,
}

impl AdapterCapabilities {
    /// Whether data can be protected by this cipher, as far as the adapter tells.
    #[must_use]
    pub fn has_cipher(&self, cipher: Cipher) -> bool {
        self.ciphers.is_none_or(|ciphers| ciphers.has(cipher))
    }

    /// Whether management frames to a group can be protected by this cipher, and with them those to one station.
    #[must_use]
    pub fn protects_management_by(&self, cipher: Cipher) -> bool {
        self.management_protection && self.has_cipher(cipher)
    }
}

/// Ciphers of IEEE 802.11 and of WPA, as bits by their suite type (IEEE 802.11-2020, Table 9-149), which means the same
/// cipher in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CipherSet(pub u32);

impl CipherSet {
    /// The set of these; what is neither of IEEE 802.11 nor of WPA is left out.
    #[must_use]
    pub fn of(ciphers: impl IntoIterator<Item = Cipher>) -> Self {
        Self(
            ciphers
                .into_iter()
                .filter_map(Self::bit)
                .fold(0, core::ops::BitOr::bitor),
        )
    }

    /// Whether it has this one. That there is no cipher for the group needs none.
    #[must_use]
    pub fn has(self, cipher: Cipher) -> bool {
        cipher == Cipher::GROUP_NOT_ALLOWED || Self::bit(cipher).is_some_and(|bit| self.0 & bit != 0)
    }

    fn bit(cipher: Cipher) -> Option<u32> {
        match cipher.0.0 {
            [0x00, 0x0f, 0xac, kind] | [0x00, 0x50, 0xf2, kind] => 1_u32.checked_shl(kind.into()),
            _ => None,
        }
    }
}

/// What an adapter tells its extension unasked (`DOT11EXT_IHV_INDICATION_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication<'a> {
    /// Octets that only the extension and the driver understand.
    NicSpecific(&'a [u8]),
    /// Access points that a PMKSA could be made with.
    PmkidCandidates(&'a [MacAddress]),
    /// A deauthentication or disassociation of an association with protected management frames came
    /// unprotected: from somebody else, or from an access point that has lost its keys.
    UnprotectedDeparture {
        /// Who claims to have sent it.
        peer: MacAddress,
        /// For what reason.
        reason: ReasonCode,
    },
    /// The adapter has done a group key handshake itself; the counter is that of its last message.
    GroupRekeyed {
        /// The access point.
        peer: MacAddress,
        /// The EAPOL-Key replay counter.
        replay_counter: u64,
    },
    /// The access point has taken its stations to another channel, and the adapter has followed.
    ChannelSwitched {
        /// The access point.
        peer: MacAddress,
        /// Where both are now.
        channel: Oci,
    },
    /// A TKIP frame failed its MIC.
    TkipMicFailure {
        /// Who sent it.
        peer: MacAddress,
        /// Under a default key, else under a key mapping key.
        group: bool,
    },
    /// A radio was switched on or off.
    PhyState {
        /// It is on now.
        on: bool,
    },
    /// How good the link is, 0 to 100.
    LinkQuality(u8),
}

/// A user came or left (`Dot11ExtIhvProcessSessionChange`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionChange {
    /// `WTS_SESSION_LOGON` (5), `WTS_SESSION_LOGOFF` (6) and their kind.
    pub event: u32,
    /// The user's session.
    pub session_id: u32,
}

impl SessionChange {
    /// The event that ends a user's session (`WTS_SESSION_LOGOFF`).
    pub const LOGOFF: u32 = 6;
}

/// An IHV extension: authentication and key management for the adapters of a host.
///
/// What an algorithm may have no use for has a default that says so: an extension names the handlers that it needs. Whoever
/// passes calls on to another extension names all of them.
///
/// A handler does not block. What takes time is asked for with [`Extension::next_timeout`] and done in
/// [`Extension::handle_timeout`], which stand for the threads that a dynamic library would have; a
/// completion that may not come from inside a handler (R10, R16) comes from there.
pub trait Extension {
    /// `Dot11ExtIhvGetVersionInfo`. Version 0 must be among them (R01).
    fn version_info(&self) -> VersionInfo {
        VersionInfo { min: 0, max: 0 }
    }

    /// `Dot11ExtIhvInitService`: `version` is the one that both sides will use.
    ///
    /// # Errors
    /// Whatever keeps the extension from working at all.
    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        let _ = version;
        Ok(())
    }

    /// `Dot11ExtIhvInitVirtualStation`.
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`] if the extension has no use for virtual stations.
    fn init_virtual_station(&mut self) -> Result<(), Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }

    /// `Dot11ExtIhvDeinitService`: after the last adapter has left (R04).
    fn deinit_service(&mut self) {}

    /// `Dot11ExtIhvInitAdapter`: an adapter has arrived. Returns the extension's name for it.
    ///
    /// # Errors
    /// Whatever keeps the extension from serving this adapter.
    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        info: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error>;

    /// `Dot11ExtIhvDeinitAdapter`: the adapter leaves. No call with its handle from here on, not even
    /// from inside (R05).
    fn deinit_adapter(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter);

    /// `Dot11ExtIhvPerformPreAssociate`: begin a pre-association operation.
    ///
    /// # Errors
    /// A refusal to begin, such as for an invalid fragment (R09); then no completion is owed.
    #[expect(clippy::too_many_arguments, reason = "the handler's own parameters")]
    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: ConnectSession,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused>;

    /// An association with this access point is about to be made, with what the pre-association has set:
    /// the extension says how. Without an opinion, by open system authentication and with the host's
    /// elements.
    ///
    /// # Errors
    /// Why there must be no association with it. After a [`Failure::Policy`](crate::Failure::Policy) the host goes on to
    /// the next access point that offers what was set; any other reason ends the attempt.
    fn begin_association(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        approach: &Approach<'_>,
    ) -> Result<Opening, Refused> {
        let _ = (host, adapter);
        Ok(Opening::Associate(Terms::new(approach.elements.to_vec())))
    }

    /// An authentication frame has come from an access point that an exchange was begun with.
    ///
    /// # Errors
    /// The frame was refused; the host records it and goes on.
    fn receive_authentication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        frame: AuthenticationFrame<'_>,
    ) -> Result<(), Win32Error> {
        let _ = (host, adapter, peer, frame);
        Err(Win32Error::NOT_SUPPORTED)
    }

    /// An action frame of a security category has come from the access point of an association: the body,
    /// from the category on.
    ///
    /// # Errors
    /// The frame was refused; the host records it and goes on.
    fn receive_action(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        body: &[u8],
    ) -> Result<(), Win32Error> {
        let _ = (host, adapter, peer, body);
        Err(Win32Error::NOT_SUPPORTED)
    }

    /// The access point has refused what followed `begin_association`. `elements` are those of its answer.
    fn association_refused(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        refusing: Refusing,
        elements: &[u8],
    ) -> Response {
        let _ = (host, adapter, peer, refusing, elements);
        Response::GiveUp
    }

    /// `Dot11ExtIhvAdapterReset`: back to the state after `init_adapter`; every pending operation is
    /// completed with [`Win32Error::CANCELLED`] (R07).
    ///
    /// # Errors
    /// Whatever keeps the extension from serving this adapter any longer.
    fn adapter_reset(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter) -> Result<(), Win32Error>;

    /// `Dot11ExtIhvPerformPostAssociate`: begin the post-association operation of a new data port.
    ///
    /// # Errors
    /// A refusal to begin; then no completion is owed (R16).
    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtIhvStopPostAssociate`: the port goes down. When this returns, nothing of it is left and
    /// no completion for it is ever sent (R21).
    ///
    /// # Errors
    /// [`Win32Error::NOT_FOUND`] if there is no port for this peer.
    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtIhvValidateProfile`.
    ///
    /// # Errors
    /// What is wrong with the profile (R09).
    fn validate_profile(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
    ) -> Result<(), Refused>;

    /// `Dot11ExtIhvPerformCapabilityMatch`: could this profile connect to one of these networks? Without a look at them,
    /// if it is valid.
    ///
    /// # Errors
    /// Why it could not.
    fn perform_capability_match(
        &mut self,
        adapter: ExtensionAdapter,
        profile: &ProfileParameters,
        connectivity: &ConnectivityProfile,
        security: &SecurityProfile,
        connectable: &[BssEntry],
    ) -> Result<(), Refused> {
        let _ = connectable;
        self.validate_profile(adapter, profile, connectivity, security)
    }

    /// `Dot11ExtIhvCreateDiscoveryProfiles`: profiles that would connect to one of these networks;
    /// `insecure` ones too if asked.
    ///
    /// # Errors
    /// Why there is none.
    fn create_discovery_profiles(
        &mut self,
        adapter: ExtensionAdapter,
        insecure: bool,
        profile: &ProfileParameters,
        connectable: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        let _ = (adapter, insecure, profile, connectable);
        Ok(Vec::new())
    }

    /// `Dot11ExtIhvProcessSessionChange`.
    ///
    /// # Errors
    /// Whatever went wrong.
    fn process_session_change(&mut self, host: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        let _ = (host, change);
        Ok(())
    }

    /// `Dot11ExtIhvReceiveIndication`.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for an adapter that is not there.
    fn receive_indication(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        indication: Indication<'_>,
    ) -> Result<(), Win32Error> {
        let _ = (host, adapter, indication);
        Ok(())
    }

    /// The user wants other keys on the port to `peer`, which is open: the extension asks the access point for them. It
    /// has no counterpart in `wlanihv.h`.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] if the association has no keys that could be changed.
    fn change_keys(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        peer: MacAddress,
        which: KeyChange,
    ) -> Result<(), Win32Error> {
        let _ = (host, adapter, peer, which);
        Err(Win32Error::NOT_SUPPORTED)
    }

    /// `Dot11ExtIhvReceivePacket`: packets of registered EtherTypes, one at a time, in the order in
    /// which the adapter received them (R23). A reply may be sent from inside (R25).
    ///
    /// # Errors
    /// The packet was refused; the host records it and goes on.
    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error>;

    /// `Dot11ExtIhvSendPacketCompletion`: once per packet sent (R26).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for a handle that the extension never sent with.
    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        let _ = (host, completion);
        Ok(())
    }

    /// `Dot11ExtIhvIsUIRequestPending`.
    ///
    /// # Errors
    /// Whatever went wrong.
    fn is_ui_request_pending(&mut self, request: Guid) -> Result<bool, Win32Error> {
        let _ = request;
        Ok(false)
    }

    /// `Dot11ExtIhvProcessUIResponse`.
    ///
    /// # Errors
    /// [`Win32Error::NOT_FOUND`] for an answer to no question.
    fn process_ui_response(&mut self, host: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        let _ = (host, request, response);
        Err(Win32Error::NOT_FOUND)
    }

    /// `Dot11ExtIhvQueryUIRequest`: is there a question to the user in this phase?
    ///
    /// # Errors
    /// [`Win32Error::INVALID_HANDLE`] for an adapter that is not there.
    fn query_ui_request(
        &mut self,
        adapter: ExtensionAdapter,
        phase: ConnectionPhase,
    ) -> Result<Option<UiRequest>, Win32Error> {
        let _ = (adapter, phase);
        Ok(None)
    }

    /// `Dot11ExtIhvOnexIndicateResult` (R35).
    ///
    /// # Errors
    /// [`Win32Error::INVALID_STATE`] if the extension has started no 802.1X operation.
    fn onex_indicate_result(
        &mut self,
        host: &mut dyn Host,
        adapter: ExtensionAdapter,
        result: &OneXResult,
    ) -> Result<(), Win32Error> {
        let _ = (host, adapter, result);
        Err(Win32Error::INVALID_STATE)
    }

    /// `Dot11ExtIhvControl`: a request that only a vendor's tools and the extension understand.
    ///
    /// # Errors
    /// [`Win32Error::NOT_SUPPORTED`].
    fn control(&mut self, host: &mut dyn Host, adapter: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        let _ = (host, adapter, input);
        Err(Win32Error::NOT_SUPPORTED)
    }

    /// When the extension wants [`Extension::handle_timeout`] to be called, in the host's time; `None`
    /// for never. A time in the past means at once.
    fn next_timeout(&self) -> Option<Duration>;

    /// The time that [`Extension::next_timeout`] named has come.
    fn handle_timeout(&mut self, host: &mut dyn Host);

    /// True while the extension can't take a packet for this adapter: an earlier call has not returned
    /// yet on a thread or in a process of its own. Packets wait then (R24).
    fn is_busy(&self, adapter: ExtensionAdapter) -> bool {
        let _ = adapter;
        false
    }
}
