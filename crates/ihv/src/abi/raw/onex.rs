//! The 802.1X module of the host's.

use super::{BYTE, DWORD};

/// The method of an EAP conversation (`eaptypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EAP_TYPE {
    pub r#type: BYTE,
    pub dwVendorId: DWORD,
    pub dwVendorType: DWORD,
}

/// A method and who wrote it (`eaptypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EAP_METHOD_TYPE {
    pub eapType: EAP_TYPE,
    pub dwAuthorId: DWORD,
}

/// A RADIUS attribute number, or one of Windows' own (`eaptypes.h`).
pub type EAP_ATTRIBUTE_TYPE = u32;

/// An attribute (`eaptypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EAP_ATTRIBUTE {
    pub eapType: EAP_ATTRIBUTE_TYPE,
    pub dwLength: DWORD,
    pub pValue: *mut BYTE,
}

/// Attributes (`eaptypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EAP_ATTRIBUTES {
    pub dwNumberOfAttributes: DWORD,
    pub pAttribs: *mut EAP_ATTRIBUTE,
}

/// How an 802.1X operation stands (`wlanihv.h`).
pub type DOT11_MSONEX_RESULT = u32;
/// The peer proved itself, and so did we.
pub const DOT11_MSONEX_SUCCESS: DOT11_MSONEX_RESULT = 0;
/// It failed.
pub const DOT11_MSONEX_FAILURE: DOT11_MSONEX_RESULT = 1;
/// It goes on.
pub const DOT11_MSONEX_IN_PROGRESS: DOT11_MSONEX_RESULT = 2;

/// How an 802.1X authentication stands (`dot1x.h`).
pub type ONEX_AUTH_STATUS = u32;
/// Why it stands so (`dot1x.h`).
pub type ONEX_REASON_CODE = u32;

/// What the EAP method said (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_EAP_RESULT {
    pub dwFailureReasonCode: u32,
    pub pAttribArray: *mut EAP_ATTRIBUTES,
}

/// The result of an 802.1X operation (`wlanihv.h`). On Windows both keys are protected with
/// `CryptProtectData`; elsewhere they stand as they are.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_MSONEX_RESULT_PARAMS {
    pub Dot11OnexAuthStatus: ONEX_AUTH_STATUS,
    pub Dot11OneXReasonCode: ONEX_REASON_CODE,
    pub pbMPPESendKey: *mut BYTE,
    pub dwMPPESendKeyLen: DWORD,
    pub pbMPPERecvKey: *mut BYTE,
    pub dwMPPERecvKeyLen: DWORD,
    pub pDot11EapResult: *mut DOT11_EAP_RESULT,
}
