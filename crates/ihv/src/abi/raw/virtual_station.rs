//! Virtual stations.

use super::{BOOL, DOT11_AUTH_ALGORITHM, DOT11_CIPHER_ALGORITHM, DOT11_SSID, DWORD, UCHAR};

/// The longest pre-shared key or passphrase, octets.
pub const DOT11EXT_PSK_MAX_LENGTH: usize = 64;

/// The access point that a virtual station is to be (`wlanihv.h`).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11EXT_VIRTUAL_STATION_AP_PROPERTY {
    pub dot11SSID: DOT11_SSID,
    pub dot11AuthAlgo: DOT11_AUTH_ALGORITHM,
    pub dot11CipherAlgo: DOT11_CIPHER_ALGORITHM,
    pub bIsPassPhrase: BOOL,
    pub dwKeyLength: DWORD,
    pub ucKeyData: [UCHAR; DOT11EXT_PSK_MAX_LENGTH],
}
