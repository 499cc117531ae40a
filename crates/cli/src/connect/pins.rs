//! The servers that a person has trusted where nothing else vouches for them, in a file: what was decided once is not
//! asked again, and another certificate than before is seen as that.

use crate::private_file;
use std::io;
use std::path::{Path, PathBuf};

/// Fingerprints of certificates: SHA-256, 64 hex digits, in small letters.
#[derive(Default)]
pub(super) struct Pins {
    trusted: Vec<String>,
    path: Option<PathBuf>,
}

/// Octets that the file may have: more servers than a person trusts.
const LIMIT: usize = 1 << 16;

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PinsError {
    /// It can't be read.
    #[error("{} can't be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It has something else in it.
    #[error("line {line} of {} is no fingerprint of 64 hex digits", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

impl Pins {
    /// Those of a file, one a line; none if it is not there yet.
    ///
    /// # Errors
    /// See [`PinsError`].
    pub(super) fn read(path: &Path) -> Result<Self, PinsError> {
        let content = private_file::read(path, LIMIT).map_err(|error| PinsError::Read(path.into(), error))?;
        let content = content.as_ref().map_or(&[][..], |content| content);
        let mut trusted = Vec::new();
        for (number, line) in content.split(|octet| *octet == b'\n').enumerate() {
            match core::str::from_utf8(line).map(str::trim) {
                Ok("") => {}
                Ok(digits) if is_fingerprint(digits) => trusted.push(digits.to_ascii_lowercase()),
                _ => {
                    return Err(PinsError::Malformed {
                        path: path.into(),
                        line: number + 1,
                    });
                }
            }
        }
        Ok(Self {
            trusted,
            path: Some(path.into()),
        })
    }

    /// Whether this server was trusted.
    pub(super) fn have(&self, fingerprint: &str) -> bool {
        self.trusted.iter().any(|trusted| trusted == fingerprint)
    }

    /// Whether no server was trusted yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.trusted.is_empty()
    }

    /// Whether the next run knows them, too.
    pub(super) const fn are_stored(&self) -> bool {
        self.path.is_some()
    }

    /// A person trusts this server.
    ///
    /// # Errors
    /// The file can't be written; the server is trusted in this run.
    pub(super) fn add(&mut self, fingerprint: &str) -> io::Result<()> {
        if self.have(fingerprint) {
            return Ok(());
        }
        self.trusted.push(fingerprint.to_owned());
        match &self.path {
            Some(path) => private_file::store(path, (self.trusted.join("\n") + "\n").as_bytes()),
            None => Ok(()),
        }
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_was_trusted_in_one_run_is_trusted_in_the_next() {
        let path = std::env::temp_dir().join(format!("portcullis-pins-{}", std::process::id()));
        let (one, other) = ("0a".repeat(32), "bb".repeat(32));
        let mut pins = Pins::read(&path).unwrap();
        assert!(pins.is_empty() && pins.are_stored());
        for fingerprint in [&one, &other, &one] {
            pins.add(fingerprint).unwrap();
        }
        let next = Pins::read(&path).unwrap();
        assert!(next.have(&one) && next.have(&other) && !next.have(&"cc".repeat(32)));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
        fs::write(&path, format!("{one}\nnot a fingerprint\n")).unwrap();
        assert!(matches!(Pins::read(&path), Err(PinsError::Malformed { line: 2, .. })));
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn without_a_file_a_server_is_trusted_until_the_program_ends() {
        let mut pins = Pins::default();
        pins.add("aa").unwrap();
        assert!(pins.have("aa") && !pins.are_stored());
    }
}
