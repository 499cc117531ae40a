//! Questions to the user, notifications, and users that come and go.

use super::{BYTE, CLSID, DWORD, GUID, LPVOID};

/// Which part of a connection asks (`wlanihv.h`).
pub type DOT11EXT_IHV_CONNECTION_PHASE = u32;
/// Any part.
pub const connection_phase_any: DOT11EXT_IHV_CONNECTION_PHASE = 0;
/// Before the pre-association operation.
pub const connection_phase_initial_connection: DOT11EXT_IHV_CONNECTION_PHASE = 1;
/// After the post-association operation.
pub const connection_phase_post_l3_connection: DOT11EXT_IHV_CONNECTION_PHASE = 2;

/// A question to the user (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11EXT_IHV_UI_REQUEST {
    pub dwSessionId: DWORD,
    pub guidUIRequest: GUID,
    pub UIPageClsid: CLSID,
    pub dwByteCount: DWORD,
    pub pvUIRequest: *mut BYTE,
}

/// Something for whoever listens (`l2cmn.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct L2_NOTIFICATION_DATA {
    pub NotificationSource: DWORD,
    pub NotificationCode: DWORD,
    pub InterfaceGuid: GUID,
    pub dwDataSize: DWORD,
    pub pData: LPVOID,
}

/// The source of an extension's own notifications.
pub const L2_NOTIFICATION_SOURCE_WLAN_IHV: DWORD = 0x40;

/// Which user's session changes (`winuser.h`); `cbSize` is the structure's own size.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WTSSESSION_NOTIFICATION {
    pub cbSize: DWORD,
    pub dwSessionId: DWORD,
}
