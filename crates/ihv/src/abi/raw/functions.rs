//! The functions of both sides, as types.
//!
//! `DOT11EXT_…` are the host's, which an extension calls; `DOT11EXTIHV_…` are the extension's handlers,
//! which a host calls. All return a Win32 error code (`winerror.h`) unless they return nothing. The methods
//! of [`crate::Host`] and [`crate::Extension`] of the same names say what each does.

use super::{
    BOOL, DOT11_ADAPTER, DOT11_ASSOC_STATUS, DOT11_ASSOCIATION_COMPLETION_PARAMETERS, DOT11_BSS_LIST,
    DOT11_CIPHER_DEFAULT_KEY_VALUE, DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, DOT11_DIRECTION, DOT11_IHV_VERSION_INFO,
    DOT11_MAC_ADDRESS, DOT11_MSONEX_RESULT, DOT11_MSONEX_RESULT_PARAMS, DOT11_PORT_STATE, DOT11_PRIVACY_EXEMPTION,
    DOT11EXT_APIS, DOT11EXT_IHV_CONNECTION_PHASE, DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    DOT11EXT_IHV_DISCOVERY_PROFILE_LIST, DOT11EXT_IHV_HANDLERS, DOT11EXT_IHV_INDICATION_TYPE,
    DOT11EXT_IHV_PROFILE_PARAMS, DOT11EXT_IHV_SECURITY_PROFILE, DOT11EXT_IHV_UI_REQUEST,
    DOT11EXT_VIRTUAL_STATION_AP_PROPERTY, DOT11EXT_VIRTUAL_STATION_APIS, DWORD, EAP_ATTRIBUTES, GUID, HANDLE,
    L2_NOTIFICATION_DATA, LPVOID, ULONG, USHORT, WTSSESSION_NOTIFICATION,
};

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($($parameter:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {$(
        $(#[$doc])*
        pub type $name = unsafe extern "system" fn($($parameter: $type),*) $(-> $result)?;
    )*};
}

functions! {
    /// Memory that both sides may free with [`DOT11EXT_FREE_BUFFER`].
    DOT11EXT_ALLOCATE_BUFFER(dwByteCount: DWORD, ppvBuffer: *mut LPVOID) -> DWORD;
    /// Frees such memory; null is nothing.
    DOT11EXT_FREE_BUFFER(pvMemory: LPVOID);
    /// Keeps octets with the profile, for a user.
    DOT11EXT_SET_PROFILE_CUSTOM_USER_DATA(
        hDot11SvcHandle: HANDLE, hConnectSession: HANDLE, dwSessionID: DWORD, dwDataSize: DWORD, pvData: LPVOID,
    ) -> DWORD;
    /// Gives them back, in memory that the caller frees with [`DOT11EXT_FREE_BUFFER`].
    DOT11EXT_GET_PROFILE_CUSTOM_USER_DATA(
        hDot11SvcHandle: HANDLE, hConnectSession: HANDLE, dwSessionID: DWORD, pdwDataSize: *mut DWORD,
        ppvData: *mut LPVOID,
    ) -> DWORD;
    /// Replaces the fragments of the profile.
    DOT11EXT_SET_CURRENT_PROFILE(
        hDot11SvcHandle: HANDLE, hConnectSession: HANDLE,
        pIhvConnProfile: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE, pIhvSecProfile: *mut DOT11EXT_IHV_SECURITY_PROFILE,
    ) -> DWORD;
    /// Asks the user.
    DOT11EXT_SEND_UI_REQUEST(hDot11SvcHandle: HANDLE, pIhvUIRequest: *mut DOT11EXT_IHV_UI_REQUEST) -> DWORD;
    /// Completes a pre-association operation.
    DOT11EXT_PRE_ASSOCIATE_COMPLETION(
        hDot11SvcHandle: HANDLE, hConnectSession: HANDLE, dwReasonCode: DWORD, dwWin32Error: DWORD,
    ) -> DWORD;
    /// Completes a post-association operation.
    DOT11EXT_POST_ASSOCIATE_COMPLETION(
        hDot11SvcHandle: HANDLE, hSecuritySessionID: HANDLE, pPeer: *mut DOT11_MAC_ADDRESS, dwReasonCode: DWORD,
        dwWin32Error: DWORD,
    ) -> DWORD;
    /// Tells whoever listens.
    DOT11EXT_SEND_NOTIFICATION(hDot11SvcHandle: HANDLE, pNotificationData: *mut L2_NOTIFICATION_DATA) -> DWORD;
    /// Sends a packet ([`super::DOT11_SECURITY_PACKET_HEADER`]), which stays where it is until
    /// [`DOT11EXTIHV_SEND_PACKET_COMPLETION`].
    DOT11EXT_SEND_PACKET(
        hDot11SvcHandle: HANDLE, uPacketLen: ULONG, pvPacket: LPVOID, hSendCompletion: HANDLE,
    ) -> DWORD;
    /// Says which packets are to be received and which are exempt from encryption.
    DOT11EXT_SET_ETHERTYPE_HANDLING(
        hDot11SvcHandle: HANDLE, uMaxBackLog: ULONG, uNumOfExemption: ULONG,
        pExemption: *mut DOT11_PRIVACY_EXEMPTION, uNumOfRegistration: ULONG, pusRegistration: *mut USHORT,
    ) -> DWORD;
    /// Sets what the adapter associates with.
    DOT11EXT_SET_AUTH_ALGORITHM(hDot11SvcHandle: HANDLE, dwAuthAlgo: DWORD) -> DWORD;
    /// Sets the pairwise cipher.
    DOT11EXT_SET_UNICAST_CIPHER_ALGORITHM(hDot11SvcHandle: HANDLE, dwUnicastCipherAlgo: DWORD) -> DWORD;
    /// Sets the group cipher.
    DOT11EXT_SET_MULTICAST_CIPHER_ALGORITHM(hDot11SvcHandle: HANDLE, dwMulticastCipherAlgo: DWORD) -> DWORD;
    /// Installs or removes a group key.
    DOT11EXT_SET_DEFAULT_KEY(
        hDot11SvcHandle: HANDLE, pKey: *mut DOT11_CIPHER_DEFAULT_KEY_VALUE, dot11Direction: DOT11_DIRECTION,
    ) -> DWORD;
    /// Installs or removes a pairwise key.
    DOT11EXT_SET_KEY_MAPPING_KEY(hDot11SvcHandle: HANDLE, pKey: *mut DOT11_CIPHER_KEY_MAPPING_KEY_VALUE) -> DWORD;
    /// Says which default key protects what is sent.
    DOT11EXT_SET_DEFAULT_KEY_ID(hDot11SvcHandle: HANDLE, uDefaultKeyId: ULONG) -> DWORD;
    /// Asks the driver something of which only the extension knows the meaning. `pdwOutBufferSize` says how
    /// much room there is, and afterwards how much of it was used.
    DOT11EXT_NIC_SPECIFIC_EXTENSION(
        hDot11SvcHandle: HANDLE, dwInBufferSize: DWORD, pvInBuffer: LPVOID, pdwOutBufferSize: *mut DWORD,
        pvOutBuffer: LPVOID,
    ) -> DWORD;
    /// Says whether data that is not encrypted is discarded.
    DOT11EXT_SET_EXCLUDE_UNENCRYPTED(hDot11SvcHandle: HANDLE, bExcludeUnencrypted: BOOL) -> DWORD;
    /// Starts the 802.1X module.
    DOT11EXT_ONEX_START(hDot11SvcHandle: HANDLE, pEapAttribute: *mut EAP_ATTRIBUTES) -> DWORD;
    /// Stops the 802.1X module.
    DOT11EXT_ONEX_STOP(hDot11SvcHandle: HANDLE) -> DWORD;
    /// Forwards a packet to the 802.1X module.
    DOT11EXT_PROCESS_ONEX_PACKET(hDot11SvcHandle: HANDLE, dwInPacketSize: DWORD, pvInPacket: LPVOID) -> DWORD;
}

functions! {
    /// Makes a virtual station.
    DOT11EXT_REQUEST_VIRTUAL_STATION(hDot11PrimaryHandle: HANDLE, pvReserved: LPVOID) -> DWORD;
    /// Ends it.
    DOT11EXT_RELEASE_VIRTUAL_STATION(hDot11PrimaryHandle: HANDLE, pvReserved: LPVOID) -> DWORD;
    /// Says whether an adapter is one, and of which.
    DOT11EXT_QUERY_VIRTUAL_STATION_PROPERTIES(
        hDot11SvcHandle: HANDLE, pbIsVirtualStation: *mut BOOL, pgPrimary: *mut GUID, pvReserved: LPVOID,
    ) -> DWORD;
    /// Says which access point it is to be.
    DOT11EXT_SET_VIRTUAL_STATION_AP_PROPERTIES(
        hDot11SvcHandle: HANDLE, hConnectSession: HANDLE, dwNumProperties: DWORD,
        pProperties: *mut DOT11EXT_VIRTUAL_STATION_AP_PROPERTY, pvReserved: LPVOID,
    ) -> DWORD;
}

functions! {
    /// The first export, `Dot11ExtIhvGetVersionInfo`: which versions the extension speaks.
    DOT11EXTIHV_GET_VERSION_INFO(pDot11IHVVersionInfo: *mut DOT11_IHV_VERSION_INFO) -> DWORD;
    /// The second export, `Dot11ExtIhvInitService`: the two sides exchange their tables. The host's is the
    /// host's memory, which need not outlive the call.
    DOT11EXTIHV_INIT_SERVICE(
        dwVerNumUsed: DWORD, pDot11ExtAPI: *mut DOT11EXT_APIS, pvReserved: LPVOID,
        pDot11IHVHandlers: *mut DOT11EXT_IHV_HANDLERS,
    ) -> DWORD;
    /// An export that an extension may have, `Dot11ExtIhvInitVirtualStation`.
    DOT11EXTIHV_INIT_VIRTUAL_STATION(pDot11ExtVSAPI: *mut DOT11EXT_VIRTUAL_STATION_APIS, pvReserved: LPVOID) -> DWORD;
}

functions! {
    /// The service ends.
    DOT11EXTIHV_DEINIT_SERVICE();
    /// An adapter has arrived.
    DOT11EXTIHV_INIT_ADAPTER(
        pDot11Adapter: *mut DOT11_ADAPTER, hDot11SvcHandle: HANDLE, phIhvExtAdapter: *mut HANDLE,
    ) -> DWORD;
    /// An adapter leaves.
    DOT11EXTIHV_DEINIT_ADAPTER(hIhvExtAdapter: HANDLE);
    /// Begins a pre-association operation.
    DOT11EXTIHV_PERFORM_PRE_ASSOCIATE(
        hIhvExtAdapter: HANDLE, hConnectSession: HANDLE, pIhvProfileParams: *mut DOT11EXT_IHV_PROFILE_PARAMS,
        pIhvConnProfile: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE, pIhvSecProfile: *mut DOT11EXT_IHV_SECURITY_PROFILE,
        pConnectableBssid: *mut DOT11_BSS_LIST, pdwReasonCode: *mut DWORD,
    ) -> DWORD;
    /// Everything pending is cancelled.
    DOT11EXTIHV_ADAPTER_RESET(hIhvExtAdapter: HANDLE) -> DWORD;
    /// Begins a post-association operation. `pDot11AssocParams` is the beginning of a buffer of
    /// `uDot11AssocParamsBytes` octets.
    DOT11EXTIHV_PERFORM_POST_ASSOCIATE(
        hIhvExtAdapter: HANDLE, hSecuritySessionID: HANDLE, pPortState: *mut DOT11_PORT_STATE,
        uDot11AssocParamsBytes: ULONG, pDot11AssocParams: *mut DOT11_ASSOCIATION_COMPLETION_PARAMETERS,
    ) -> DWORD;
    /// A port goes down.
    DOT11EXTIHV_STOP_POST_ASSOCIATE(
        hIhvExtAdapter: HANDLE, pPeer: *mut DOT11_MAC_ADDRESS, dot11AssocStatus: DOT11_ASSOC_STATUS,
    ) -> DWORD;
    /// Is this profile valid?
    DOT11EXTIHV_VALIDATE_PROFILE(
        hIhvExtAdapter: HANDLE, pIhvProfileParams: *mut DOT11EXT_IHV_PROFILE_PARAMS,
        pIhvConnProfile: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE, pIhvSecProfile: *mut DOT11EXT_IHV_SECURITY_PROFILE,
        pdwReasonCode: *mut DWORD,
    ) -> DWORD;
    /// Would this profile connect to one of these networks?
    DOT11EXTIHV_PERFORM_CAPABILITY_MATCH(
        hIhvExtAdapter: HANDLE, pIhvProfileParams: *mut DOT11EXT_IHV_PROFILE_PARAMS,
        pIhvConnProfile: *mut DOT11EXT_IHV_CONNECTIVITY_PROFILE, pIhvSecProfile: *mut DOT11EXT_IHV_SECURITY_PROFILE,
        pConnectableBssid: *mut DOT11_BSS_LIST, pdwReasonCode: *mut DWORD,
    ) -> DWORD;
    /// Which profiles would? Only secure ones are asked for if `bInsecure` is true: the page of this
    /// function says so, whatever the name says.
    DOT11EXTIHV_CREATE_DISCOVERY_PROFILES(
        hIhvExtAdapter: HANDLE, bInsecure: BOOL, pIhvProfileParams: *mut DOT11EXT_IHV_PROFILE_PARAMS,
        pConnectableBssid: *mut DOT11_BSS_LIST, pIhvDiscoveryProfileList: *mut DOT11EXT_IHV_DISCOVERY_PROFILE_LIST,
        pdwReasonCode: *mut DWORD,
    ) -> DWORD;
    /// A user comes or goes.
    DOT11EXTIHV_PROCESS_SESSION_CHANGE(
        uEventType: ULONG, pSessionNotification: *mut WTSSESSION_NOTIFICATION,
    ) -> DWORD;
    /// The adapter tells something.
    DOT11EXTIHV_RECEIVE_INDICATION(
        hIhvExtAdapter: HANDLE, indicationType: DOT11EXT_IHV_INDICATION_TYPE, uBufferLength: ULONG, pvBuffer: LPVOID,
    ) -> DWORD;
    /// A packet has come ([`super::DOT11_SECURITY_PACKET_HEADER`]).
    DOT11EXTIHV_RECEIVE_PACKET(hIhvExtAdapter: HANDLE, dwInBufferSize: DWORD, pvInBuffer: LPVOID) -> DWORD;
    /// A packet has gone, or never will.
    DOT11EXTIHV_SEND_PACKET_COMPLETION(hSendCompletion: HANDLE) -> DWORD;
    /// Is this question still open?
    DOT11EXTIHV_IS_UI_REQUEST_PENDING(guidUIRequest: GUID, pbIsRequestPending: *mut BOOL) -> DWORD;
    /// The user has answered.
    DOT11EXTIHV_PROCESS_UI_RESPONSE(guidUIRequest: GUID, dwByteCount: DWORD, pvResponseBuffer: LPVOID) -> DWORD;
    /// Is there a question? It and its octets are one buffer, which the host frees.
    DOT11EXTIHV_QUERY_UI_REQUEST(
        hIhvExtAdapter: HANDLE, connectionPhase: DOT11EXT_IHV_CONNECTION_PHASE,
        ppIhvUIRequest: *mut *mut DOT11EXT_IHV_UI_REQUEST,
    ) -> DWORD;
    /// How the 802.1X operation stands.
    DOT11EXTIHV_ONEX_INDICATE_RESULT(
        hIhvExtAdapter: HANDLE, msOneXResult: DOT11_MSONEX_RESULT,
        pDot11MsOneXResultParams: *mut DOT11_MSONEX_RESULT_PARAMS,
    ) -> DWORD;
    /// A vendor's tool asks.
    DOT11EXTIHV_CONTROL(
        hIhvExtAdapter: HANDLE, dwInBufferSize: DWORD, pInBuffer: *mut u8, dwOutBufferSize: DWORD,
        pOutBuffer: *mut u8, pdwBytesReturned: *mut DWORD,
    ) -> DWORD;
}
