//! Captures, played back: what somebody's radio (or wire) heard, frame by frame.
//!
//! pcap and pcapng, plain or gzip (told apart by their first octets, never by a file name), read in constant
//! memory. A [`Capture`] takes the container and the link-layer pseudo-header off and hands out each 802.11 or
//! Ethernet frame, borrowed from its buffer, under the number that Wireshark shows for it.

mod container;
mod error;
mod link;
mod source;
mod window;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use error::ReplayError;
pub use source::{Progress, ProgressMeter};

use container::Container;
use link::Stripped;
use source::Metered;

/// One frame of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its place in the capture, from 1, counted as Wireshark does: every packet has a number.
    pub number: u64,
    /// When it was captured, in microseconds since 1970-01-01T00:00Z.
    pub time_us: u64,
    /// What was captured.
    pub link: Link<'a>,
}

/// A frame without what the capturing machine put around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link<'a> {
    /// An 802.11 frame from its frame control field on, without FCS.
    Dot11(&'a [u8]),
    /// An Ethernet frame from its destination address on.
    Ethernet(&'a [u8]),
}

/// Packets that have a number in the capture, and yet are not handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The radio marked the frame check sequence as wrong: what it heard is not what was sent.
    pub bad_fcs: u64,
    /// The pseudo-header before the frame contradicts itself or is cut off.
    pub malformed: u64,
    /// Captured on an interface whose link type is neither 802.11 nor Ethernet.
    pub foreign: u64,
}

/// A capture being read.
///
/// ```no_run
/// # fn main() -> Result<(), portcullis_adapter::replay::ReplayError> {
/// let mut capture = portcullis_adapter::replay::Capture::open("air.pcapng.gz".as_ref())?;
/// while let Some(frame) = capture.next_frame()? {
///     println!("{} at {} us", frame.number, frame.time_us);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Capture {
    container: Container<Box<dyn Read + Send>>,
    meter: ProgressMeter,
    number: u64,
    left_out: LeftOut,
    /// Holds a frame whose padding between header and body had to be taken out.
    unpadded: Vec<u8>,
}

impl Capture {
    /// Opens a capture file and reads as far as its header.
    ///
    /// # Errors
    /// [`ReplayError::Io`] if it cannot be read, [`ReplayError::NotACapture`] if it is something else,
    /// [`ReplayError::LinkType`] if no 802.11 or Ethernet frame can be in it.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let file = File::open(path)?;
        let octets = file
            .metadata()
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|file| file.len());
        Self::new(file, octets)
    }

    /// Reads a capture from any stream; `octets` is the length of the stream where it is known.
    ///
    /// # Errors
    /// As [`Capture::open`].
    pub fn new(stream: impl Read + Send + 'static, octets: Option<u64>) -> Result<Self, ReplayError> {
        let metered = Metered::new(stream, octets);
        let meter = metered.meter();
        let plain = source::inflate_if_gzip(metered)?;
        Ok(Self {
            container: Container::open(plain)?,
            meter,
            number: 0,
            left_out: LeftOut::default(),
            unpadded: Vec::new(),
        })
    }

    /// The next frame, or `None` at the end of the capture.
    ///
    /// # Errors
    /// The frames before the fault have been handed out, and nothing follows it: [`ReplayError::Truncated`],
    /// [`ReplayError::Damaged`], [`ReplayError::Io`]; or [`ReplayError::LinkType`] at the end of a pcapng file
    /// of which no interface had a usable link type.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, ReplayError> {
        let (packet, stripped) = loop {
            let Some(packet) = self.container.next_packet()? else {
                return self.check_that_something_was_usable().map(|()| None);
            };
            self.number += 1;
            let Some(link_type) = packet.interface.link_type else {
                self.left_out.foreign += 1;
                continue;
            };
            match link::strip(
                link_type,
                packet.interface.fcs_octets,
                packet.missing,
                self.container.octets(&packet),
            ) {
                Some(Stripped { bad_fcs: true, .. }) => self.left_out.bad_fcs += 1,
                Some(stripped) => break (packet, stripped),
                None => self.left_out.malformed += 1,
            }
        };
        let octets = self.container.octets(&packet).get(stripped.frame).unwrap_or_default();
        let link = match stripped.padding {
            _ if stripped.ethernet => Link::Ethernet(octets),
            None => Link::Dot11(octets),
            Some(padding) => {
                self.unpadded.clear();
                self.unpadded.extend(octets.get(..padding.start).unwrap_or_default());
                self.unpadded.extend(octets.get(padding.end..).unwrap_or_default());
                Link::Dot11(&self.unpadded)
            }
        };
        Ok(Some(Frame {
            number: self.number,
            time_us: packet.time_us,
            link,
        }))
    }

    /// How far the reading is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.meter.read()
    }

    /// What has a number in the capture and was not handed out so far.
    #[must_use]
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// A pcapng file tells link types only as it goes; one with packets of foreign types alone is an error.
    fn check_that_something_was_usable(&self) -> Result<(), ReplayError> {
        match self.container.foreign_link_type() {
            Some(foreign) if self.number > 0 && self.left_out.foreign == self.number => {
                Err(ReplayError::LinkType(foreign))
            }
            _ => Ok(()),
        }
    }
}

impl From<io::Error> for ReplayError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests;
