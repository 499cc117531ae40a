//! The wire between access points: what IEEE 802.11 calls a distribution system.
//!
//! Every access point bridges its radio with the wire. Each has a wire to the one before it and a wire to the one after
//! it, so that all are one network.

use anyhow::Result;

use super::processes;
use super::world::Radio;

/// The bridge of every access point that is on the wire.
pub(super) const BRIDGE: &str = "br0";

/// Puts an access point on the wire, and leaves its namespace in `last` for the next one. hostapd adds the radio to the
/// bridge.
pub(super) fn connect(radio: &Radio, last: &mut Option<String>) -> Result<()> {
    let namespace = &radio.namespace;
    processes::run(&["ip", "-n", namespace, "link", "add", BRIDGE, "type", "bridge"])?;
    if let Some(before) = last {
        /// The wire's two ends.
        const ENDS: [&str; 2] = ["next", "previous"];
        let [next, previous] = ENDS;
        processes::run(&[
            "ip", "link", "add", next, "netns", before, "type", "veth", "peer", previous, "netns", namespace,
        ])?;
        for (namespace, end) in [(&*before, next), (namespace, previous)] {
            processes::run(&["ip", "-n", namespace, "link", "set", end, "master", BRIDGE, "up"])?;
        }
    }
    processes::run(&["ip", "-n", namespace, "link", "set", BRIDGE, "up"])?;
    radio.give_address(BRIDGE)?;
    *last = Some(namespace.clone());
    Ok(())
}
