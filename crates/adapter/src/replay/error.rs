//! What can be wrong with a capture.

use std::io;

/// Why a capture cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The first octets are those of no capture format.
    #[error("this is no capture: neither pcap nor pcapng, plain or gzip")]
    NotACapture,
    /// A link type (number of the tcpdump.org registry) whose frames are neither 802.11 nor Ethernet.
    #[error(
        "link type {0} holds neither 802.11 nor Ethernet frames; capture on a monitor interface (types 105, 119, \
         127, 163, 192) or on an Ethernet one (type 1)"
    )]
    LinkType(u32),
    /// The capture ends inside a record: copied while it was being written, or cut off.
    #[error("the capture ends in the middle of a record; packets before it: {packets}")]
    Truncated {
        /// Packets before the fault.
        packets: u64,
    },
    /// A record contradicts itself, so that the next one cannot be found.
    #[error("the record behind {packets} packets, at octet {offset} of the uncompressed capture, is damaged: {what}")]
    Damaged {
        /// Packets before the fault.
        packets: u64,
        /// Where the record begins, in octets of the uncompressed capture.
        offset: u64,
        /// The contradiction.
        what: &'static str,
    },
    /// The operating system or the decompressor says so.
    #[error("cannot be read: {0}")]
    Io(io::Error),
}
