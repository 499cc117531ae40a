//! EtherTypes (IEEE 802, clause 9.2) that a data port has to tell apart.

use crate::bits::shown_in_hex;

/// An EtherType, as a number of the host (`0x888e` is EAPOL on every machine).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

impl EtherType {
    /// Internet protocol, version 4.
    pub const IPV4: Self = Self(0x0800);
    /// Address resolution protocol.
    pub const ARP: Self = Self(0x0806);
    /// Internet protocol, version 6.
    pub const IPV6: Self = Self(0x86dd);
    /// EAP over LANs (IEEE 802.1X-2020, 11.1.4): authentication and handshakes.
    pub const EAPOL: Self = Self(0x888e);
    /// RSN pre-authentication (IEEE 802.11-2020, 12.6.10.2).
    pub const PREAUTH: Self = Self(0x88c7);
    /// Frames of IEEE 802.11 in a data frame (IEEE 802.11-2020, Annex H): fast transition over the DS, TDLS.
    pub const TDLS: Self = Self(0x890d);
}

shown_in_hex!(EtherType);
