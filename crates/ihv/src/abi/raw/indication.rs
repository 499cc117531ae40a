//! What an adapter tells its extension unasked.
//!
//! A buffer of `Dot11ExtIhvReceiveIndication` is what its type says: the driver's own octets, or one of the
//! structures here. Offsets count octets from the beginning of the structure.

use super::{BOOLEAN, DOT11_MAC_ADDRESS, NDIS_OBJECT_HEADER, UCHAR, ULONG};

/// What the buffer of an indication holds (`wlanihv.h`).
pub type DOT11EXT_IHV_INDICATION_TYPE = u32;
/// The driver's own octets.
pub const IndicationTypeNicSpecificNotification: DOT11EXT_IHV_INDICATION_TYPE = 0;
/// [`DOT11_PMKID_CANDIDATE_LIST_PARAMETERS`].
pub const IndicationTypePmkidCandidateList: DOT11EXT_IHV_INDICATION_TYPE = 1;
/// [`DOT11_TKIPMIC_FAILURE_PARAMETERS`].
pub const IndicationTypeTkipMicFailure: DOT11EXT_IHV_INDICATION_TYPE = 2;
/// [`DOT11_PHY_STATE_PARAMETERS`].
pub const IndicationTypePhyStateChange: DOT11EXT_IHV_INDICATION_TYPE = 3;
/// [`DOT11_LINK_QUALITY_PARAMETERS`].
pub const IndicationTypeLinkQuality: DOT11EXT_IHV_INDICATION_TYPE = 4;

/// A TKIP frame failed its MIC (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_TKIPMIC_FAILURE_PARAMETERS {
    pub Header: NDIS_OBJECT_HEADER,
    pub bDefaultKeyFailure: BOOLEAN,
    pub uKeyIndex: ULONG,
    pub PeerMac: DOT11_MAC_ADDRESS,
}

/// Access points that a PMKSA could be made with (`windot11.h`): [`DOT11_BSSID_CANDIDATE`]s.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_PMKID_CANDIDATE_LIST_PARAMETERS {
    pub Header: NDIS_OBJECT_HEADER,
    /// How many octets, or how many rows: pages and drivers differ.
    pub uCandidateListSize: ULONG,
    pub uCandidateListOffset: ULONG,
}

/// One of them (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_BSSID_CANDIDATE {
    pub BSSID: DOT11_MAC_ADDRESS,
    pub uFlags: ULONG,
}

/// A radio was switched on or off (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_PHY_STATE_PARAMETERS {
    pub Header: NDIS_OBJECT_HEADER,
    pub uPhyId: ULONG,
    pub bHardwarePhyState: BOOLEAN,
    pub bSoftwarePhyState: BOOLEAN,
}

/// How good links are (`windot11.h`): [`DOT11_LINK_QUALITY_ENTRY`]s.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_LINK_QUALITY_PARAMETERS {
    pub Header: NDIS_OBJECT_HEADER,
    /// How many rows, or how many octets: pages and drivers differ.
    pub uLinkQualityListSize: ULONG,
    pub uLinkQualityListOffset: ULONG,
}

/// How good a link is (`windot11.h`), 0 to 100.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_LINK_QUALITY_ENTRY {
    pub PeerMacAddr: DOT11_MAC_ADDRESS,
    pub ucLinkQuality: UCHAR,
}

/// The only revision of each of these structures.
pub const DOT11_INDICATION_PARAMETERS_REVISION_1: UCHAR = 1;
