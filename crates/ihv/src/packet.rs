//! Security packets and which of them an extension wants.

use frame::MacAddress;
use frame::ethertype::EtherType;

/// A packet between the extension and a peer (`DOT11_SECURITY_PACKET_HEADER`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityPacket<'a> {
    /// Who sent it, or who is to have it.
    pub peer: MacAddress,
    /// What it carries.
    pub ethertype: EtherType,
    /// The octets after the EtherType.
    pub data: &'a [u8],
}

/// When a packet is exempt from the rule that it must be encrypted (`usExemptionActionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExemptionAction {
    /// Never.
    Never,
    /// Always.
    Always,
    /// While there is no pairwise key for its peer.
    WithoutPairwiseKey,
}

/// Which packets an exemption is for (`usExemptionPacketType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketType {
    /// Those to one station.
    Unicast,
    /// Those to a group.
    Multicast,
    /// All.
    Both,
}

/// An exemption from encryption by EtherType (`DOT11_PRIVACY_EXEMPTION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacyExemption {
    /// Packets of this EtherType.
    pub ethertype: EtherType,
    /// When.
    pub action: ExemptionAction,
    /// Which.
    pub packets: PacketType,
}

/// What an extension asks for with `Dot11ExtSetEtherTypeHandling`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EtherTypeHandling {
    /// How many received packets may wait while the extension is busy; the oldest gives way (R24).
    pub max_backlog: u32,
    /// Exemptions; empty means none.
    pub exemptions: Vec<PrivacyExemption>,
    /// EtherTypes to be received; empty means none (R23).
    pub registrations: Vec<EtherType>,
}
