//! Writes what travels on the simulated medium as a capture: pcap, link type 105 (IEEE 802.11).

use super::fault::Fault;
use adapter::simulated::{Fate, Simulation};
use core::time::Duration;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

const MAGIC: u32 = 0xa1b2_c3d4;
/// Major and minor.
const VERSION: [u16; 2] = [2, 4];
const LINK_TYPE: u32 = 105;
const SNAP_LEN: u32 = 65_535;

/// A capture file that is being written.
pub(super) struct Capture {
    out: BufWriter<File>,
    failed: Option<io::Error>,
}

impl Capture {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::new(File::create(path)?);
        out.write_all(&MAGIC.to_le_bytes())?;
        for version in VERSION {
            out.write_all(&version.to_le_bytes())?;
        }
        // Time zone and accuracy, which nobody uses.
        out.write_all(&[0; 8])?;
        out.write_all(&SNAP_LEN.to_le_bytes())?;
        out.write_all(&LINK_TYPE.to_le_bytes())?;
        Ok(Self { out, failed: None })
    }

    /// Appends a frame. The first failure is kept for [`Self::finish`].
    pub(super) fn push(&mut self, at: Duration, frame: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.write(at, frame).err();
        }
    }

    fn write(&mut self, at: Duration, frame: &[u8]) -> io::Result<()> {
        let seconds = u32::try_from(at.as_secs()).unwrap_or(u32::MAX);
        let octets = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        for field in [seconds, at.subsec_micros(), octets, octets] {
            self.out.write_all(&field.to_le_bytes())?;
        }
        self.out.write_all(frame)
    }

    /// Writes what is left.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }
}

/// Has every frame on the medium meet the fault and, if it passes that, the capture.
pub(super) fn tap(simulation: &mut Simulation, fault: Option<Fault>, capture: Option<Arc<Mutex<Capture>>>) {
    if fault.is_none() && capture.is_none() {
        return;
    }
    simulation.set_tap(move |at, frame| {
        let fate = fault.map_or(Fate::Pass, |fault| fault.touch(frame));
        if let (Fate::Pass, Some(Ok(mut capture))) = (fate, capture.as_ref().map(|capture| capture.lock())) {
            capture.push(at, frame);
        }
        fate
    });
}
