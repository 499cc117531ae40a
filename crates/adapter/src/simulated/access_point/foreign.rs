//! An algorithm of somebody else's on the network's side, plugged into an access point.

use frame::MacAddress;
use frame::ethertype::EtherType;
use std::sync::Arc;

/// How an access point without an AKM authenticates its stations.
#[derive(Clone)]
pub struct Foreign {
    /// The EtherType of the algorithm's packets.
    pub ethertype: EtherType,
    /// Makes the access point's side of the conversation with a station that has associated, from the station's
    /// address and fresh randomness.
    pub begin: Arc<dyn Fn(MacAddress, [u8; 32]) -> Box<dyn Conversation> + Send + Sync>,
}

/// The access point's side of a conversation with one station. The station begins it, and repeats what is lost.
pub trait Conversation: Send {
    /// Takes a packet.
    fn answer(&mut self, packet: &[u8]) -> Reply;
}

/// What an access point does about a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    Silence,
    /// Sends this.
    Say(Vec<u8>),
    /// Sends this, and lets data pass from here on.
    Admit(Vec<u8>),
}
