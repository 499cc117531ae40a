//! Profiles.

use super::{
    BOOL, BYTE, DOT11_AUTH_ALGORITHM, DOT11_BSS_TYPE, DOT11_CIPHER_ALGORITHM, DOT11_SSID, DWORD, EAP_METHOD_TYPE, GUID,
    LPWSTR, ULONG, WCHAR,
};

/// The longest name of a profile, code units with the terminating zero.
pub const MS_MAX_PROFILE_NAME_LENGTH: usize = 256;

/// Names of networks (`wlanihvtypes.h`), `ulCount` of them from `SSIDs` on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_SSID_LIST {
    pub ulCount: ULONG,
    pub SSIDs: [DOT11_SSID; 1],
}

/// The security that the system's own profile asks for (`wlanihvtypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_MSSECURITY_SETTINGS {
    pub dot11AuthAlgorithm: DOT11_AUTH_ALGORITHM,
    pub dot11CipherAlgorithm: DOT11_CIPHER_ALGORITHM,
    pub fOneXEnabled: BOOL,
    pub eapMethodType: EAP_METHOD_TYPE,
    pub dwEapConnectionDataLen: DWORD,
    pub pEapConnectionData: *mut BYTE,
}

/// The part of a profile that is the same for every extension (`wlanihvtypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_PROFILE_PARAMS {
    pub pSsidList: *mut DOT11EXT_IHV_SSID_LIST,
    pub BssType: DOT11_BSS_TYPE,
    pub pMSSecuritySettings: *mut DOT11_MSSECURITY_SETTINGS,
}

/// A profile with its name and its adapter (`wlanihvtypes.h`): what a page of a user interface gets.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_PARAMS {
    pub dot11ExtIhvProfileParams: DOT11EXT_IHV_PROFILE_PARAMS,
    pub wstrProfileName: [WCHAR; MS_MAX_PROFILE_NAME_LENGTH],
    pub dwProfileTypeFlags: DWORD,
    pub interfaceGuid: GUID,
}

/// The connectivity fragment of a profile (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_CONNECTIVITY_PROFILE {
    pub pszXmlFragmentIhvConnectivity: LPWSTR,
}

/// The security fragment of a profile (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_SECURITY_PROFILE {
    pub pszXmlFragmentIhvSecurity: LPWSTR,
    pub bUseMSOnex: BOOL,
}

/// A profile that an extension proposes (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_DISCOVERY_PROFILE {
    pub IhvConnectivityProfile: DOT11EXT_IHV_CONNECTIVITY_PROFILE,
    pub IhvSecurityProfile: DOT11EXT_IHV_SECURITY_PROFILE,
}

/// Profiles that an extension proposes (`wlanihv.h`). The list and its strings are allocated with
/// `Dot11ExtAllocateBuffer`, each by itself, and freed by the host.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
    pub dwCount: DWORD,
    pub pIhvDiscoveryProfiles: *mut DOT11EXT_IHV_DISCOVERY_PROFILE,
}

/// Which network a diagnosis is about (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct WDIAG_IHV_WLAN_ID {
    pub strProfileName: [WCHAR; MS_MAX_PROFILE_NAME_LENGTH],
    pub Ssid: DOT11_SSID,
    pub BssType: DOT11_BSS_TYPE,
    pub dwFlags: DWORD,
    pub dwReasonCode: DWORD,
}
