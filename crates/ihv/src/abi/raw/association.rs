//! What a completed association says.

use super::{
    BOOL, BOOLEAN, DOT11_AUTH_ALGORITHM, DOT11_CIPHER_ALGORITHM, DOT11_MAC_ADDRESS, NDIS_OBJECT_HEADER, UCHAR, ULONG,
};

/// How an association came about or ended (`windot11.h`); [`crate::AssociationStatus`] names the values.
pub type DOT11_ASSOC_STATUS = ULONG;

/// Whether the distribution system is another than before (`windot11.h`).
pub type DOT11_DS_INFO = u32;
/// It is.
pub const DOT11_DS_CHANGED: DOT11_DS_INFO = 0;
/// It is not.
pub const DOT11_DS_UNCHANGED: DOT11_DS_INFO = 1;
/// Nobody knows.
pub const DOT11_DS_UNKNOWN: DOT11_DS_INFO = 2;

/// The structure ends with `uEncapTableSize`.
pub const DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_1: UCHAR = 1;
/// The structure ends with `uAssocComebackTime`.
pub const DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2: UCHAR = 2;

/// The parameters of an association (`windot11.h`).
///
/// Offsets count octets from the beginning of the structure, and what they point at lies in the same
/// buffer; a size of zero means that it is absent.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DOT11_ASSOCIATION_COMPLETION_PARAMETERS {
    pub Header: NDIS_OBJECT_HEADER,
    pub MacAddr: DOT11_MAC_ADDRESS,
    pub uStatus: DOT11_ASSOC_STATUS,
    pub bReAssocReq: BOOLEAN,
    pub bReAssocResp: BOOLEAN,
    pub uAssocReqOffset: ULONG,
    pub uAssocReqSize: ULONG,
    pub uAssocRespOffset: ULONG,
    pub uAssocRespSize: ULONG,
    pub uBeaconOffset: ULONG,
    pub uBeaconSize: ULONG,
    pub uIHVDataOffset: ULONG,
    pub uIHVDataSize: ULONG,
    pub AuthAlgo: DOT11_AUTH_ALGORITHM,
    pub UnicastCipher: DOT11_CIPHER_ALGORITHM,
    pub MulticastCipher: DOT11_CIPHER_ALGORITHM,
    pub uActivePhyListOffset: ULONG,
    pub uActivePhyListSize: ULONG,
    pub bFourAddressSupported: BOOLEAN,
    pub bPortAuthorized: BOOLEAN,
    pub ucActiveQoSProtocol: UCHAR,
    pub DSInfo: DOT11_DS_INFO,
    pub uEncapTableOffset: ULONG,
    pub uEncapTableSize: ULONG,
    /// From revision 2 on.
    pub MulticastMgmtCipher: DOT11_CIPHER_ALGORITHM,
    /// From revision 2 on.
    pub uAssocComebackTime: ULONG,
}

/// The end of an association (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DOT11_DISASSOCIATION_PARAMETERS {
    pub Header: NDIS_OBJECT_HEADER,
    pub MacAddr: DOT11_MAC_ADDRESS,
    pub uReason: DOT11_ASSOC_STATUS,
    pub uIHVDataOffset: ULONG,
    pub uIHVDataSize: ULONG,
}

/// The state of a data port (`wlclient.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DOT11_PORT_STATE {
    pub PeerMacAddress: DOT11_MAC_ADDRESS,
    pub uSessionId: ULONG,
    pub bPortControlled: BOOL,
    pub bPortAuthorized: BOOL,
}
