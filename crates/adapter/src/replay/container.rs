//! The two capture formats behind one face: the next packet, wherever it lies.

mod pcap;
mod pcapng;

use std::io::{self, Read};

use pcap::Pcap;
use pcapng::PcapNg;

use super::ReplayError;
use super::link::LinkType;
use super::window::Window;

/// No packet or block is as large as that: a length above it is damage, not data.
const MAX_RECORD_OCTETS: usize = 16 * 1024 * 1024;

/// A capture file taken apart into packets.
pub(super) struct Container<R> {
    window: Window<R>,
    format: Format,
    /// Octets of the record handed out last, which is passed when the next one is asked for.
    handed_out: usize,
    packets: u64,
}

enum Format {
    Pcap(Pcap),
    PcapNg(PcapNg),
}

/// A captured packet: where it lies in the window, and what is known about it.
#[derive(Clone, Copy)]
pub(super) struct Packet {
    pub(super) interface: Interface,
    pub(super) time_us: u64,
    /// Octets that were on the air and were not captured (snap length).
    pub(super) missing: usize,
    /// The packet's first octet, counted from the beginning of its record.
    start: usize,
    octets: usize,
    /// Length of the whole record.
    record: usize,
}

/// Where packets were captured.
#[derive(Clone, Copy)]
pub(super) struct Interface {
    /// `None` for a type that holds neither 802.11 nor Ethernet frames.
    pub(super) link_type: Option<LinkType>,
    /// Octets of FCS at the end of each packet, where the file says so.
    pub(super) fcs_octets: Option<usize>,
    number: u32,
}

impl Interface {
    fn new(number: u32, fcs_octets: Option<usize>) -> Self {
        Self {
            link_type: LinkType::of(number),
            fcs_octets,
            number,
        }
    }
}

/// What ends the reading, before it is known where.
enum Fault {
    NotACapture,
    LinkType(u32),
    Truncated,
    Damaged(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // A compressed capture that was cut off.
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

impl<R: Read> Container<R> {
    /// Reads the file's header.
    pub(super) fn open(stream: R) -> Result<Self, ReplayError> {
        let mut window = Window::new(stream);
        let format = Format::detect(&mut window).map_err(|fault| locate(fault, 0, 0))?;
        Ok(Self {
            window,
            format,
            handed_out: 0,
            packets: 0,
        })
    }

    /// The next packet, or `None` at the end of the file.
    pub(super) fn next_packet(&mut self) -> Result<Option<Packet>, ReplayError> {
        self.window.pass(self.handed_out);
        self.handed_out = 0;
        let next = match &mut self.format {
            Format::Pcap(pcap) => pcap.next_packet(&mut self.window),
            Format::PcapNg(pcapng) => pcapng.next_packet(&mut self.window),
        };
        let packet = next.map_err(|fault| locate(fault, self.packets, self.window.offset()))?;
        if let Some(packet) = packet {
            self.handed_out = packet.record;
            self.packets += 1;
        }
        Ok(packet)
    }

    /// The octets of the packet that was handed out last.
    pub(super) fn octets(&self, packet: &Packet) -> &[u8] {
        self.window
            .octets()
            .get(packet.start..packet.start + packet.octets)
            .unwrap_or_default()
    }

    /// A link type of this file that holds neither 802.11 nor Ethernet frames, if there is one.
    pub(super) fn foreign_link_type(&self) -> Option<u32> {
        match &self.format {
            Format::Pcap(_) => None,
            Format::PcapNg(pcapng) => pcapng.foreign_link_type(),
        }
    }
}

impl Format {
    fn detect(window: &mut Window<impl Read>) -> Result<Self, Fault> {
        window.hold(4)?;
        match window.octets().get(..4) {
            Some(pcapng::SECTION_HEADER) => Ok(Self::PcapNg(PcapNg::default())),
            Some(_) => Pcap::open(window).map(Self::Pcap),
            None => Err(Fault::NotACapture),
        }
    }
}

fn locate(fault: Fault, packets: u64, offset: u64) -> ReplayError {
    match fault {
        Fault::NotACapture => ReplayError::NotACapture,
        Fault::LinkType(number) => ReplayError::LinkType(number),
        Fault::Truncated => ReplayError::Truncated { packets },
        Fault::Damaged(what) => ReplayError::Damaged { packets, offset, what },
        Fault::Io(error) => ReplayError::Io(error),
    }
}
