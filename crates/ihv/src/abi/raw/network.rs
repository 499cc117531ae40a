//! Adapters, and the networks in their reach.

use super::{BOOLEAN, DOT11_BSS_TYPE, DOT11_MAC_ADDRESS, GUID, LONG, LPWSTR, NDIS_OBJECT_HEADER, UCHAR, ULONG, USHORT};

/// How a driver operates (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DOT11_CURRENT_OPERATION_MODE {
    pub uReserved: ULONG,
    pub uCurrentOpMode: ULONG,
}

/// The operation mode of a station that can be extended.
pub const DOT11_OPERATION_MODE_EXTENSIBLE_STATION: ULONG = 4;

/// An adapter that has arrived (`wlclient.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_ADAPTER {
    pub gAdapterId: GUID,
    pub pszDescription: LPWSTR,
    pub Dot11CurrentOpMode: DOT11_CURRENT_OPERATION_MODE,
}

/// The networks in reach (`wlclient.h`): [`DOT11_BSS_ENTRY`] after entry, without padding between them, so
/// that all but the first may be unaligned.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_BSS_LIST {
    pub uNumOfBytes: ULONG,
    pub pucBuffer: *mut UCHAR,
}

/// Parameters of a frequency hopping radio (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DOT11_BSS_ENTRY_FHSS {
    pub uHopPattern: ULONG,
    pub uHopSet: ULONG,
    pub uDwellTime: ULONG,
}

/// Parameters of the radio (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy)]
pub union DOT11_BSS_ENTRY_PHY_SPECIFIC_INFO {
    /// The centre of the channel, MHz.
    pub uChCenterFrequency: ULONG,
    pub FHSS: DOT11_BSS_ENTRY_FHSS,
}

/// A network as it was heard (`windot11.h`). Its elements, `uBufferLength` octets, begin at `ucBuffer`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DOT11_BSS_ENTRY {
    pub uPhyId: ULONG,
    pub PhySpecificInfo: DOT11_BSS_ENTRY_PHY_SPECIFIC_INFO,
    pub dot11BSSID: DOT11_MAC_ADDRESS,
    pub dot11BSSType: DOT11_BSS_TYPE,
    /// dBm.
    pub lRSSI: LONG,
    /// 0 to 100.
    pub uLinkQuality: ULONG,
    pub bInRegDomain: BOOLEAN,
    /// Time units of 1024 µs.
    pub usBeaconPeriod: USHORT,
    /// The beacon's timestamp.
    pub ullTimestamp: u64,
    pub ullHostTimestamp: u64,
    pub usCapabilityInformation: USHORT,
    pub uBufferLength: ULONG,
    pub ucBuffer: [UCHAR; 1],
}

/// Octets with a header (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_BYTE_ARRAY {
    pub Header: NDIS_OBJECT_HEADER,
    pub uNumOfBytes: ULONG,
    pub uTotalNumOfBytes: ULONG,
    pub ucBuffer: [UCHAR; 1],
}
