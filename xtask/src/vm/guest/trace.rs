//! What the kernel itself says of its stations, whichever program runs them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const TRACING: &str = "/sys/kernel/tracing";

/// Begins to trace each change of a station's state.
pub(super) fn start() -> Result<()> {
    let events = Path::new(TRACING).join("events/mac80211/drv_sta_state/enable");
    fs::write(events, "1").context("the kernel does not trace its stations")
}

/// Writes to a file what was traced.
pub(super) fn save(file: &Path) -> Result<()> {
    let trace = Path::new(TRACING).join("trace");
    fs::copy(trace, file).context("the trace of the kernel can't be saved")?;
    Ok(())
}
