//! Cipher keys.
//!
//! What `ucKey` holds depends on the cipher: the key itself for WEP, [`DOT11_KEY_ALGO_TKIP_MIC`] for TKIP,
//! [`DOT11_KEY_ALGO_BIP`] for the ciphers of management frames, [`DOT11_KEY_ALGO_CCMP`] for all others.

use super::{BOOLEAN, DOT11_CIPHER_ALGORITHM, DOT11_MAC_ADDRESS, NDIS_OBJECT_HEADER, UCHAR, ULONG, USHORT};

/// Which way a key protects (`windot11.h`).
pub type DOT11_DIRECTION = u32;
/// What is received.
pub const DOT11_DIR_INBOUND: DOT11_DIRECTION = 1;
/// What is sent.
pub const DOT11_DIR_OUTBOUND: DOT11_DIRECTION = 2;
/// Both.
pub const DOT11_DIR_BOTH: DOT11_DIRECTION = 3;

/// The only revision of [`DOT11_CIPHER_DEFAULT_KEY_VALUE`]; its header's size is that of the structure.
pub const DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1: UCHAR = 1;

/// A group key (`windot11.h`), of `usKeyLength` octets from `ucKey` on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_CIPHER_DEFAULT_KEY_VALUE {
    pub Header: NDIS_OBJECT_HEADER,
    pub uKeyIndex: ULONG,
    pub AlgorithmId: DOT11_CIPHER_ALGORITHM,
    pub MacAddr: DOT11_MAC_ADDRESS,
    pub bDelete: BOOLEAN,
    pub bStatic: BOOLEAN,
    pub usKeyLength: USHORT,
    pub ucKey: [UCHAR; 1],
}

/// A pairwise key (`windot11.h`), of `usKeyLength` octets from `ucKey` on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_CIPHER_KEY_MAPPING_KEY_VALUE {
    pub PeerMacAddr: DOT11_MAC_ADDRESS,
    pub AlgorithmId: DOT11_CIPHER_ALGORITHM,
    pub Direction: DOT11_DIRECTION,
    pub bDelete: BOOLEAN,
    pub bStatic: BOOLEAN,
    pub usKeyLength: USHORT,
    pub ucKey: [UCHAR; 1],
}

/// A key of TKIP (`windot11.h`): the temporal key, then the MIC keys.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_KEY_ALGO_TKIP_MIC {
    /// The receive counter, lowest octet first.
    pub ucIV48Counter: [UCHAR; 6],
    pub ulTKIPKeyLength: ULONG,
    pub ulMICKeyLength: ULONG,
    pub ucTKIPMICKeys: [UCHAR; 1],
}

/// A key of CCMP or GCMP (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_KEY_ALGO_CCMP {
    /// The receive counter, lowest octet first.
    pub ucIV48Counter: [UCHAR; 6],
    pub ulCCMPKeyLength: ULONG,
    pub ucCCMPKey: [UCHAR; 1],
}

/// A key of BIP (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_KEY_ALGO_BIP {
    /// The receive counter, lowest octet first.
    pub ucIPN: [UCHAR; 6],
    pub ulBIPKeyLength: ULONG,
    pub ucBIPKey: [UCHAR; 1],
}
