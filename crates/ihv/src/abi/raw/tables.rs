//! The tables of functions that the two sides exchange (`wlanihv.h`).

use super::{
    DOT11EXT_ALLOCATE_BUFFER, DOT11EXT_FREE_BUFFER, DOT11EXT_GET_PROFILE_CUSTOM_USER_DATA,
    DOT11EXT_NIC_SPECIFIC_EXTENSION, DOT11EXT_ONEX_START, DOT11EXT_ONEX_STOP, DOT11EXT_POST_ASSOCIATE_COMPLETION,
    DOT11EXT_PRE_ASSOCIATE_COMPLETION, DOT11EXT_PROCESS_ONEX_PACKET, DOT11EXT_QUERY_VIRTUAL_STATION_PROPERTIES,
    DOT11EXT_RELEASE_VIRTUAL_STATION, DOT11EXT_REQUEST_VIRTUAL_STATION, DOT11EXT_SEND_NOTIFICATION,
    DOT11EXT_SEND_PACKET, DOT11EXT_SEND_UI_REQUEST, DOT11EXT_SET_AUTH_ALGORITHM, DOT11EXT_SET_CURRENT_PROFILE,
    DOT11EXT_SET_DEFAULT_KEY, DOT11EXT_SET_DEFAULT_KEY_ID, DOT11EXT_SET_ETHERTYPE_HANDLING,
    DOT11EXT_SET_EXCLUDE_UNENCRYPTED, DOT11EXT_SET_KEY_MAPPING_KEY, DOT11EXT_SET_MULTICAST_CIPHER_ALGORITHM,
    DOT11EXT_SET_PROFILE_CUSTOM_USER_DATA, DOT11EXT_SET_UNICAST_CIPHER_ALGORITHM,
    DOT11EXT_SET_VIRTUAL_STATION_AP_PROPERTIES, DOT11EXTIHV_ADAPTER_RESET, DOT11EXTIHV_CONTROL,
    DOT11EXTIHV_CREATE_DISCOVERY_PROFILES, DOT11EXTIHV_DEINIT_ADAPTER, DOT11EXTIHV_DEINIT_SERVICE,
    DOT11EXTIHV_INIT_ADAPTER, DOT11EXTIHV_IS_UI_REQUEST_PENDING, DOT11EXTIHV_ONEX_INDICATE_RESULT,
    DOT11EXTIHV_PERFORM_CAPABILITY_MATCH, DOT11EXTIHV_PERFORM_POST_ASSOCIATE, DOT11EXTIHV_PERFORM_PRE_ASSOCIATE,
    DOT11EXTIHV_PROCESS_SESSION_CHANGE, DOT11EXTIHV_PROCESS_UI_RESPONSE, DOT11EXTIHV_QUERY_UI_REQUEST,
    DOT11EXTIHV_RECEIVE_INDICATION, DOT11EXTIHV_RECEIVE_PACKET, DOT11EXTIHV_SEND_PACKET_COMPLETION,
    DOT11EXTIHV_STOP_POST_ASSOCIATE, DOT11EXTIHV_VALIDATE_PROFILE, DWORD,
};

/// The interface versions that an extension speaks, both included.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DOT11_IHV_VERSION_INFO {
    pub dwVerMin: DWORD,
    pub dwVerMax: DWORD,
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ident,)* }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name {
            $(pub $field: Option<$type>,)*
        }

        impl $name {
            /// The names of the functions that are missing, in the table's order.
            pub fn missing(&self) -> impl Iterator<Item = &'static str> {
                [$((stringify!($field), self.$field.is_none()),)*]
                    .into_iter()
                    .filter_map(|(name, missing)| missing.then_some(name))
            }
        }
    };
}

table! {
    /// What the host lends to an extension.
    DOT11EXT_APIS {
        Dot11ExtAllocateBuffer: DOT11EXT_ALLOCATE_BUFFER,
        Dot11ExtFreeBuffer: DOT11EXT_FREE_BUFFER,
        Dot11ExtSetProfileCustomUserData: DOT11EXT_SET_PROFILE_CUSTOM_USER_DATA,
        Dot11ExtGetProfileCustomUserData: DOT11EXT_GET_PROFILE_CUSTOM_USER_DATA,
        Dot11ExtSetCurrentProfile: DOT11EXT_SET_CURRENT_PROFILE,
        Dot11ExtSendUIRequest: DOT11EXT_SEND_UI_REQUEST,
        Dot11ExtPreAssociateCompletion: DOT11EXT_PRE_ASSOCIATE_COMPLETION,
        Dot11ExtPostAssociateCompletion: DOT11EXT_POST_ASSOCIATE_COMPLETION,
        Dot11ExtSendNotification: DOT11EXT_SEND_NOTIFICATION,
        Dot11ExtSendPacket: DOT11EXT_SEND_PACKET,
        Dot11ExtSetEtherTypeHandling: DOT11EXT_SET_ETHERTYPE_HANDLING,
        Dot11ExtSetAuthAlgorithm: DOT11EXT_SET_AUTH_ALGORITHM,
        Dot11ExtSetUnicastCipherAlgorithm: DOT11EXT_SET_UNICAST_CIPHER_ALGORITHM,
        Dot11ExtSetMulticastCipherAlgorithm: DOT11EXT_SET_MULTICAST_CIPHER_ALGORITHM,
        Dot11ExtSetDefaultKey: DOT11EXT_SET_DEFAULT_KEY,
        Dot11ExtSetKeyMappingKey: DOT11EXT_SET_KEY_MAPPING_KEY,
        Dot11ExtSetDefaultKeyId: DOT11EXT_SET_DEFAULT_KEY_ID,
        Dot11ExtNicSpecificExtension: DOT11EXT_NIC_SPECIFIC_EXTENSION,
        Dot11ExtSetExcludeUnencrypted: DOT11EXT_SET_EXCLUDE_UNENCRYPTED,
        Dot11ExtStartOneX: DOT11EXT_ONEX_START,
        Dot11ExtStopOneX: DOT11EXT_ONEX_STOP,
        Dot11ExtProcessOneXPacket: DOT11EXT_PROCESS_ONEX_PACKET,
    }
}

table! {
    /// What an extension is called with.
    DOT11EXT_IHV_HANDLERS {
        Dot11ExtIhvDeinitService: DOT11EXTIHV_DEINIT_SERVICE,
        Dot11ExtIhvInitAdapter: DOT11EXTIHV_INIT_ADAPTER,
        Dot11ExtIhvDeinitAdapter: DOT11EXTIHV_DEINIT_ADAPTER,
        Dot11ExtIhvPerformPreAssociate: DOT11EXTIHV_PERFORM_PRE_ASSOCIATE,
        Dot11ExtIhvAdapterReset: DOT11EXTIHV_ADAPTER_RESET,
        Dot11ExtIhvPerformPostAssociate: DOT11EXTIHV_PERFORM_POST_ASSOCIATE,
        Dot11ExtIhvStopPostAssociate: DOT11EXTIHV_STOP_POST_ASSOCIATE,
        Dot11ExtIhvValidateProfile: DOT11EXTIHV_VALIDATE_PROFILE,
        Dot11ExtIhvPerformCapabilityMatch: DOT11EXTIHV_PERFORM_CAPABILITY_MATCH,
        Dot11ExtIhvCreateDiscoveryProfiles: DOT11EXTIHV_CREATE_DISCOVERY_PROFILES,
        Dot11ExtIhvProcessSessionChange: DOT11EXTIHV_PROCESS_SESSION_CHANGE,
        Dot11ExtIhvReceiveIndication: DOT11EXTIHV_RECEIVE_INDICATION,
        Dot11ExtIhvReceivePacket: DOT11EXTIHV_RECEIVE_PACKET,
        Dot11ExtIhvSendPacketCompletion: DOT11EXTIHV_SEND_PACKET_COMPLETION,
        Dot11ExtIhvIsUIRequestPending: DOT11EXTIHV_IS_UI_REQUEST_PENDING,
        Dot11ExtIhvProcessUIResponse: DOT11EXTIHV_PROCESS_UI_RESPONSE,
        Dot11ExtIhvQueryUIRequest: DOT11EXTIHV_QUERY_UI_REQUEST,
        Dot11ExtIhvOnexIndicateResult: DOT11EXTIHV_ONEX_INDICATE_RESULT,
        Dot11ExtIhvControl: DOT11EXTIHV_CONTROL,
    }
}

table! {
    /// What the host lends besides, to an extension that knows virtual stations.
    DOT11EXT_VIRTUAL_STATION_APIS {
        Dot11ExtRequestVirtualStation: DOT11EXT_REQUEST_VIRTUAL_STATION,
        Dot11ExtReleaseVirtualStation: DOT11EXT_RELEASE_VIRTUAL_STATION,
        Dot11ExtQueryVirtualStationProperties: DOT11EXT_QUERY_VIRTUAL_STATION_PROPERTIES,
        Dot11ExtSetVirtualStationAPProperties: DOT11EXT_SET_VIRTUAL_STATION_AP_PROPERTIES,
    }
}
