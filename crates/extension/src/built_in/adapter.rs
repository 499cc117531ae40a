//! What the extension knows of one adapter.

use crate::approach::Approach;
use crate::connection::Connection;
use crate::memory::Floors;
use crate::operation::Operation;
use crate::select::Limits;
use core::time::Duration;
use frame::MacAddress;
use ihv::{AdapterCapabilities, ConnectSession, HostAdapter};
use rsn::ft::Hierarchy;

/// One adapter: what it can do, what it is connected to, and its operations.
pub(super) struct Adapter {
    pub(super) host: HostAdapter,
    pub(super) address: MacAddress,
    pub(super) capabilities: AdapterCapabilities,
    /// A pre-association operation that is to be completed.
    pub(super) pre_association: Option<ConnectSession>,
    /// What the last pre-association came to: it holds for every association of that connection.
    pub(super) connection: Option<Connection>,
    /// The way to the access point that is to be associated with.
    pub(super) approach: Option<Approach>,
    /// The keys of the mobility domain that the adapter is in.
    pub(super) hierarchy: Option<Hierarchy>,
    /// Which group of opportunistic wireless encryption is to be offered, by its place in the order of preference.
    pub(super) group: usize,
    /// The access point that has refused a transition for its MIC, which is begun anew once.
    pub(super) transition_refused_by: Option<MacAddress>,
    pub(super) operations: Vec<Operation>,
    pub(super) timer: Option<Duration>,
}

impl Adapter {
    pub(super) fn limits(&self, floors: &Floors, ssid: &[u8]) -> Limits {
        limits(&self.capabilities, floors, ssid)
    }
}

/// What an adapter of these capabilities and the past of the network allow.
pub(super) fn limits(capabilities: &AdapterCapabilities, floors: &Floors, ssid: &[u8]) -> Limits {
    Limits {
        authentication_frames: capabilities.authentication_frames,
        management_protection: capabilities.management_protection,
        ciphers: capabilities.ciphers,
        floor: floors.of(ssid),
    }
}
