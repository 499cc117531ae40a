//! The types that all others are made of.

use core::ffi::c_void;

/// 32 bits, as in all of Windows.
pub type ULONG = u32;
/// 32 bits.
pub type LONG = i32;
/// 32 bits.
pub type DWORD = u32;
/// 16 bits.
pub type USHORT = u16;
/// An octet.
pub type UCHAR = u8;
/// An octet.
pub type BYTE = u8;
/// True unless zero. An octet in structures of the driver's.
pub type BOOLEAN = u8;
/// True unless zero. 32 bits in structures of the service's.
pub type BOOL = i32;
/// A UTF-16 code unit.
pub type WCHAR = u16;
/// Zero-terminated UTF-16.
pub type LPWSTR = *mut WCHAR;
/// Memory of any type.
pub type LPVOID = *mut c_void;
/// An opaque number in the guise of a pointer: whoever made it knows what it means.
pub type HANDLE = *mut c_void;

/// `FALSE`.
pub const FALSE: BOOL = 0;
/// `TRUE`.
pub const TRUE: BOOL = 1;

/// A globally unique identifier (`guiddef.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GUID {
    pub Data1: u32,
    pub Data2: u16,
    pub Data3: u16,
    pub Data4: [u8; 8],
}

/// The identifier of a COM class.
pub type CLSID = GUID;

/// What a structure of the driver's begins with (`ntddndis.h`): kind, revision and size in octets.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NDIS_OBJECT_HEADER {
    pub Type: UCHAR,
    pub Revision: UCHAR,
    pub Size: USHORT,
}

/// The kind of every structure of this interface that has an [`NDIS_OBJECT_HEADER`] (`ntddndis.h`).
pub const NDIS_OBJECT_TYPE_DEFAULT: UCHAR = 0x80;

/// A MAC address (`windot11.h`), in the order on the air.
pub type DOT11_MAC_ADDRESS = [UCHAR; 6];

/// The longest name of a network, octets.
pub const DOT11_SSID_MAX_LENGTH: usize = 32;

/// A network's name (`wlantypes.h`): of 32 octets, as many as `uSSIDLength` says.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DOT11_SSID {
    pub uSSIDLength: ULONG,
    pub ucSSID: [UCHAR; DOT11_SSID_MAX_LENGTH],
}

/// An authentication algorithm (`wlantypes.h`); [`crate::AuthAlgorithm`] names the values.
pub type DOT11_AUTH_ALGORITHM = u32;
/// A cipher algorithm (`wlantypes.h`); [`crate::CipherAlgorithm`] names the values.
pub type DOT11_CIPHER_ALGORITHM = u32;

/// A kind of network (`wlantypes.h`).
pub type DOT11_BSS_TYPE = u32;
/// With an access point.
pub const dot11_BSS_type_infrastructure: DOT11_BSS_TYPE = 1;
/// Without one.
pub const dot11_BSS_type_independent: DOT11_BSS_TYPE = 2;
/// Either.
pub const dot11_BSS_type_any: DOT11_BSS_TYPE = 3;

/// An authentication algorithm with a cipher (`wlantypes.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DOT11_AUTH_CIPHER_PAIR {
    pub AuthAlgoId: DOT11_AUTH_ALGORITHM,
    pub CipherAlgoId: DOT11_CIPHER_ALGORITHM,
}

/// A list of pairs (`windot11.h`), `uNumOfEntries` of them from `AuthCipherPairs` on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_AUTH_CIPHER_PAIR_LIST {
    pub Header: NDIS_OBJECT_HEADER,
    pub uNumOfEntries: ULONG,
    pub uTotalNumOfEntries: ULONG,
    pub AuthCipherPairs: [DOT11_AUTH_CIPHER_PAIR; 1],
}

/// A list of ciphers (`windot11.h`), `uNumOfEntries` of them from `AlgorithmIds` on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_CIPHER_ALGORITHM_LIST {
    pub Header: NDIS_OBJECT_HEADER,
    pub uNumOfEntries: ULONG,
    pub uTotalNumOfEntries: ULONG,
    pub AlgorithmIds: [DOT11_CIPHER_ALGORITHM; 1],
}
