//! The process's memory, which holds the network's secrets.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Keeps memory from being written to a disk, be it as swap or as a core dump.
///
/// Memory that is locked is also present, the program's code with it: a handshake with an impatient access point does not
/// wait for pages. A system that does not allow so much locked memory (`ulimit -l`) is told of in the log, and nothing
/// else changes.
pub(super) fn keep_private() {
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "a core dump would hold secrets");
    }
    if let Err(error) = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE) {
        tracing::info!(%error, "memory with secrets may be swapped out");
    }
}
