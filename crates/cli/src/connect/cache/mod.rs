//! What is kept between two runs of the program: PMKSAs, so that the next one need not authenticate again, and what
//! networks had, so that the next one does not take less.

pub(super) mod keyring;

use super::Native;
use crate::private_file;
use core::fmt;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Octets at most: more than a full memory has, and no more than the kernel takes as one key.
const LIMIT: usize = 32_767;
/// The time of writing, seconds since 1970, stands before the rest.
const TIME_LEN: usize = 8;

/// Where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cache {
    /// In a file that its owner alone may use.
    File(PathBuf),
    /// In the kernel's keyring of the user, under this name: until the machine is switched off.
    Keyring(String),
}

impl Cache {
    /// Gives `extension` what is kept, if it is there and good. What is not is told of and passed over.
    pub(super) fn restore(&self, extension: &mut Native) {
        let restored = self.read().and_then(|content| match content {
            None => Ok(()),
            Some(content) => {
                let (elapsed, octets) = unpack(&content)?;
                extension
                    .restore(Duration::ZERO, elapsed, octets)
                    .map_err(io::Error::other)
            }
        });
        if let Err(error) = restored {
            eprintln!("portcullis: warning: {self} is passed over: {error}.");
        }
    }

    /// Keeps what `extension` remembers at `now`. What goes wrong is told of: the connection is good all the same.
    pub(super) fn store(&self, extension: &Native, now: Duration) {
        let octets = extension.stored(now);
        let mut content = Zeroizing::new(Vec::with_capacity(TIME_LEN + octets.len()));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        content.extend(since.as_secs().to_be_bytes());
        content.extend_from_slice(&octets);
        let stored = match self {
            Self::File(path) => private_file::store(path, &content),
            Self::Keyring(name) => keyring::store(name, &content),
        };
        if let Err(error) = stored {
            eprintln!("portcullis: warning: {self} can't be written: {error}.");
        }
    }

    /// What is kept; `None` if nothing is.
    fn read(&self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        match self {
            Self::File(path) => private_file::read(path, LIMIT),
            Self::Keyring(name) => keyring::read(name),
        }
    }
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Keyring(name) => write!(f, "the key {name}"),
        }
    }
}

/// How long ago the content was written, and the rest of it. Where the clock has been put back, that is not known: then
/// it is long ago, and no key is good any more.
fn unpack(content: &[u8]) -> io::Result<(Duration, &[u8])> {
    let (written, octets) = content
        .split_first_chunk::<TIME_LEN>()
        .ok_or_else(|| io::Error::other("it is too short"))?;
    let elapsed = UNIX_EPOCH
        .checked_add(Duration::from_secs(u64::from_be_bytes(*written)))
        .and_then(|written| SystemTime::now().duration_since(written).ok())
        .unwrap_or(Duration::MAX);
    Ok((elapsed, octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_from_the_future_is_old() {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let content = |time: u64| [&time.to_be_bytes()[..], b"keys"].concat();
        let content_of_now = content(since);
        let (elapsed, octets) = unpack(&content_of_now).unwrap();
        assert!(elapsed < Duration::from_secs(60));
        assert_eq!(octets, b"keys");
        assert_eq!(unpack(&content(since + 3600)).unwrap().0, Duration::MAX);
        assert_eq!(unpack(&content(u64::MAX)).unwrap().0, Duration::MAX);
        assert!(unpack(b"short").is_err());
    }
}
