//! Security packets.

use super::{DOT11_MAC_ADDRESS, UCHAR, USHORT};

/// A packet between an extension and a peer (`wlclient.h`). Its data goes on for the rest of the buffer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DOT11_SECURITY_PACKET_HEADER {
    /// Who sent it, or who is to have it.
    pub PeerMac: DOT11_MAC_ADDRESS,
    /// In network byte order.
    pub usEtherType: USHORT,
    pub Data: [UCHAR; 1],
}

/// An exemption from encryption (`windot11.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DOT11_PRIVACY_EXEMPTION {
    /// In network byte order.
    pub usEtherType: USHORT,
    pub usExemptionActionType: USHORT,
    pub usExemptionPacketType: USHORT,
}

/// Never exempt.
pub const DOT11_EXEMPT_NO_EXEMPTION: USHORT = 0;
/// Always exempt.
pub const DOT11_EXEMPT_ALWAYS: USHORT = 1;
/// Exempt while there is no pairwise key for the peer.
pub const DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE: USHORT = 2;

/// Packets to one station.
pub const DOT11_EXEMPT_UNICAST: USHORT = 1;
/// Packets to a group.
pub const DOT11_EXEMPT_MULTICAST: USHORT = 2;
/// All packets.
pub const DOT11_EXEMPT_BOTH: USHORT = 3;
