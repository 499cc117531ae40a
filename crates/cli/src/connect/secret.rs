//! The file with the secret.

use extension::profile::Secret;
use keys::{Passphrase, Psk, PskError};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SecretError {
    /// No file was named.
    #[error("no file with the secret is named")]
    NotNamed,
    /// It can't be read.
    #[error("{} can't be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its first line is not text.
    #[error("the first line of {} is not UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// Its first line can't be a secret.
    #[error("the first line of {} is no secret", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PskError,
    },
    /// Its first line is a passphrase, and a key was expected.
    #[error("the first line of {} has {found} octets, and a key has 64 hex digits", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// Octets that were found.
        found: usize,
    },
}

impl SecretError {
    /// What a person can do about it.
    pub(super) const fn next_step(&self) -> &'static str {
        match self {
            Self::NotNamed | Self::Read { .. } => "Name a file that this user may read.",
            Self::NotText(_) | Self::Unfit { .. } | Self::NoKey { .. } => {
                "Put the passphrase (8 to 63 printable characters) or the key (64 hex digits) in the first line, alone."
            }
        }
    }
}

/// Reads the secret from whichever file is named.
///
/// # Errors
/// See [`SecretError`].
pub(super) fn read(passphrase: Option<&Path>, psk: Option<&Path>) -> Result<Secret, SecretError> {
    match (passphrase, psk) {
        (Some(path), _) => read_passphrase(path),
        (None, Some(path)) => read_psk(path),
        (None, None) => Err(SecretError::NotNamed),
    }
}

fn read_passphrase(path: &Path) -> Result<Secret, SecretError> {
    let line = first_line(path)?;
    let unfit = |source| SecretError::Unfit {
        path: path.into(),
        source,
    };
    Passphrase::new(&line).map(Secret::Passphrase).map_err(unfit)
}

fn read_psk(path: &Path) -> Result<Secret, SecretError> {
    /// Hex digits of a key.
    const DIGITS: usize = 64;
    let line = first_line(path)?;
    if line.len() != DIGITS {
        return Err(SecretError::NoKey {
            path: path.into(),
            found: line.len(),
        });
    }
    let unfit = |source| SecretError::Unfit {
        path: path.into(),
        source,
    };
    // A key is the same for every network.
    Psk::parse(&line, &[]).map(Secret::Psk).map_err(unfit)
}

/// Octets that are read at most: more than the longest secret and its line end.
const LIMIT: usize = 1024;

/// The first line of a file without its end, which may be that of Unix or of Windows.
fn first_line(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable = |source| SecretError::Read {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    warn_of_readers(path, &file);
    // All the room at once: growing would leave copies of the secret behind.
    let mut content = Zeroizing::new(Vec::with_capacity(LIMIT));
    file.take(LIMIT as u64).read_to_end(&mut content).map_err(unreadable)?;
    let line = content.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match core::str::from_utf8(line) {
        Ok(_) => Ok(Zeroizing::new(line.to_vec())),
        Err(_) => Err(SecretError::NotText(path.into())),
    }
}

/// Says so on standard error if others than the owner can read the file.
fn warn_of_readers(path: &Path, file: &File) {
    /// Permissions of group and others.
    const OTHERS: u32 = 0o077;
    let Ok(metadata) = file.metadata() else {
        return;
    };
    if metadata.is_file() && metadata.mode() & OTHERS != 0 {
        eprintln!(
            "portcullis: warning: others can read {0}; `chmod 600 {0}` keeps it to its owner.",
            path.display()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A file of the test's own with this content, readable for its owner alone.
    fn file(test: &str, content: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("portcullis-secret-{}-{test}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn passphrase(test: &str, content: &[u8]) -> Result<Vec<u8>, SecretError> {
        let path = file(test, content);
        let secret = read(Some(&path), None);
        std::fs::remove_file(&path).unwrap();
        secret.map(|secret| match secret {
            Secret::Passphrase(passphrase) => passphrase.as_bytes().to_vec(),
            Secret::Psk(_) => panic!("expected a passphrase"),
        })
    }

    #[test]
    fn the_first_line_is_the_passphrase_without_its_end() {
        assert_eq!(
            passphrase("unix", b"open the gate\nand more\n").unwrap(),
            b"open the gate"
        );
        assert_eq!(passphrase("windows", b"open the gate\r\n").unwrap(), b"open the gate");
        assert_eq!(passphrase("bare", b"open the gate").unwrap(), b"open the gate");
        assert_eq!(passphrase("space", b" open the gate \n").unwrap(), b" open the gate ");
    }

    #[test]
    fn a_line_that_can_be_no_passphrase_is_refused_and_the_file_named() {
        for (test, content) in [
            ("short", b"seven77\n".to_vec()),
            ("long", vec![b'x'; 64 + 2000]),
            ("empty", vec![]),
        ] {
            let error = passphrase(test, &content).unwrap_err();
            assert!(matches!(error, SecretError::Unfit { .. }));
            assert!(error.to_string().contains(test), "{error}");
        }
        assert!(matches!(
            passphrase("binary", b"\xff\xfe8octets\n"),
            Err(SecretError::NotText(_))
        ));
    }

    #[test]
    fn a_key_is_64_hex_digits() {
        let good = file("key", &[b"0123456789abcdef".repeat(4), b"\n".to_vec()].concat());
        assert!(matches!(read(None, Some(&good)), Ok(Secret::Psk(_))));
        let passphrase = file("nokey", b"open the gate\n");
        assert!(matches!(
            read(None, Some(&passphrase)),
            Err(SecretError::NoKey { found: 13, .. })
        ));
        let digits = file("nohex", &b"g".repeat(64));
        assert!(matches!(read(None, Some(&digits)), Err(SecretError::Unfit { .. })));
        for path in [good, passphrase, digits] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Some(Path::new("/nonexistent/secret")), None).err().unwrap();
        assert!(error.to_string().contains("/nonexistent/secret"));
    }
}
