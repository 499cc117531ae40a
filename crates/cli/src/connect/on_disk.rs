//! Files with secrets: who else may use them, and how they come into memory.

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use zeroize::Zeroizing;

/// Whether others than its owner may read, write or run the file.
pub(crate) fn others_may_use(metadata: &Metadata) -> bool {
    const OTHERS: u32 = 0o077;
    metadata.mode() & OTHERS != 0
}

/// The file's octets, at most `limit` of them, in memory that is wiped.
///
/// # Errors
/// What the system says.
pub(crate) fn read_at_most(file: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // All the room at once: growing would leave copies of the secret behind.
    let mut content = Zeroizing::new(Vec::with_capacity(limit));
    file.take(limit as u64).read_to_end(&mut content)?;
    Ok(content)
}
