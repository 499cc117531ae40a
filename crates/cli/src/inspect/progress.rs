//! A progress bar for large captures, on a terminal.

use std::io::{self, IsTerminal};
use std::path::Path;

use adapter::replay::Capture;
use indicatif::{ProgressBar, ProgressStyle};

/// Smaller files are read before a bar could be seen.
const WORTH_A_BAR: u64 = 32 * 1024 * 1024;
/// Frames between two looks at the clock.
const FRAMES_A_TICK: u64 = 16 * 1024;

/// Shows how far a capture has been read, or nothing.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(super) fn of(file: &Path, capture: &Capture) -> Self {
        let total = capture
            .progress()
            .total
            .filter(|total| *total >= WORTH_A_BAR && io::stderr().is_terminal());
        Self(total.map(|total| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}, {eta} left");
            let bar = ProgressBar::new(total).with_message(file.display().to_string());
            match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        }))
    }

    /// Called for every frame.
    pub(super) fn tick(&self, frames: u64, capture: &Capture) {
        if let Some(bar) = self.0.as_ref().filter(|_| frames.is_multiple_of(FRAMES_A_TICK)) {
            bar.set_position(capture.progress().consumed);
        }
    }

    /// Writes something while the bar is out of the way.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
