//! The file with the secret.

use super::on_disk;
use clap::Args as ClapArgs;
use extension::profile::{FragmentError, Password, Secret, WepKey};
use keys::{Passphrase, Pmk, Psk, PskError};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file that holds what proves the user to the network; at most one is named.
#[derive(ClapArgs, Debug)]
pub(super) struct Files {
    /// A file whose first line is the passphrase of WPA2 and WPA3: 8 to 63 printable characters.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// A file whose first line is a password of WPA3 only, 1 to 128 octets; or, with --eap, the password of the user.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file whose first line is the pre-shared key itself: 64 hex digits.
    #[arg(long, value_name = "FILE")]
    psk_file: Option<PathBuf>,
    /// A file whose first line is a pairwise master key of 802.1X: 64 or 96 hex digits.
    #[arg(long, value_name = "FILE")]
    pmk_file: Option<PathBuf>,
    /// A file whose first line is a key of WEP: 10 or 26 hex digits.
    #[arg(long, value_name = "FILE", requires = "legacy")]
    wep_key_file: Option<PathBuf>,
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
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
    /// Its first line can't be a passphrase.
    #[error("the first line of {} is no secret", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PskError,
    },
    /// Its first line can't be a password.
    #[error("the first line of {} is no password", .path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FragmentError,
    },
    /// Its first line can't be a key.
    #[error("the first line of {} has {found} octets, and is no key of {expected} hex digits", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// How many digits a key has.
        expected: &'static str,
        /// Octets that were found.
        found: usize,
    },
}

impl SecretError {
    /// What a person can do about it.
    pub(crate) const fn next_step(&self) -> &'static str {
        match self {
            Self::Read { .. } => "Name a file that this user may read.",
            Self::NotText(_) | Self::Unfit { .. } => {
                "Put the passphrase (8 to 63 printable characters) in the first line, alone."
            }
            Self::NoPassword { .. } => "Put the password (1 to 128 octets) in the first line, alone.",
            Self::NoKey { .. } => "Put the key in the first line, in hex digits, alone.",
        }
    }
}

impl Files {
    /// The file with the password.
    pub(super) fn password(&self) -> Option<&Path> {
        self.password_file.as_deref()
    }

    /// Reads the secret from whichever file is named; from none, there is none.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub(super) fn read(&self) -> Result<Secret, SecretError> {
        if let Some(path) = &self.passphrase_file {
            return read_passphrase(path);
        }
        if let Some(path) = &self.password_file {
            let unfit = |source| SecretError::NoPassword {
                path: path.into(),
                source,
            };
            return Password::new(&first_line(path)?).map(Secret::Password).map_err(unfit);
        }
        if let Some(path) = &self.psk_file {
            let psk = |key: &[u8]| key.try_into().ok().map(Psk::new).map(Secret::Psk);
            return read_key(path, "64", psk);
        }
        if let Some(path) = &self.pmk_file {
            let pmk = |key: &[u8]| match key.len() {
                32 | 48 => Pmk::new(key).ok().map(Secret::Pmk),
                _ => None,
            };
            return read_key(path, "64 or 96", pmk);
        }
        if let Some(path) = &self.wep_key_file {
            return read_key(path, "10 or 26", |key| WepKey::new(key).map(Secret::Wep));
        }
        Ok(Secret::None)
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

/// Reads a key of hex digits and makes a secret of it, if its length is right.
fn read_key(
    path: &Path,
    expected: &'static str,
    make: impl Fn(&[u8]) -> Option<Secret>,
) -> Result<Secret, SecretError> {
    let line = first_line(path)?;
    let mut key = Zeroizing::new(vec![0; line.len() / 2]);
    base16ct::mixed::decode(&*line, &mut key)
        .ok()
        .and_then(make)
        .ok_or_else(|| SecretError::NoKey {
            path: path.into(),
            expected,
            found: line.len(),
        })
}

/// Octets that are read at most: more than the longest secret and its line end.
const LIMIT: usize = 1024;

/// The first line of a file without its end, which may be that of Unix or of Windows.
pub(crate) fn first_line(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable = |source| SecretError::Read {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    warn_of_readers(path, &file);
    let content = on_disk::read_at_most(file, LIMIT).map_err(unreadable)?;
    let line = content.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match core::str::from_utf8(line) {
        Ok(_) => Ok(Zeroizing::new(line.to_vec())),
        Err(_) => Err(SecretError::NotText(path.into())),
    }
}

/// Says so on standard error if others than the owner can read the file.
fn warn_of_readers(path: &Path, file: &File) {
    let Ok(metadata) = file.metadata() else {
        return;
    };
    if metadata.is_file() && on_disk::others_may_use(&metadata) {
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
        let secret = read_passphrase(&path);
        std::fs::remove_file(&path).unwrap();
        secret.map(|secret| match secret {
            Secret::Passphrase(passphrase) => passphrase.as_bytes().to_vec(),
            _ => panic!("expected a passphrase"),
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

    const NONE: Files = Files {
        passphrase_file: None,
        password_file: None,
        psk_file: None,
        pmk_file: None,
        wep_key_file: None,
    };

    #[test]
    fn a_key_has_as_many_hex_digits_as_its_kind_demands() {
        let digits = |test: &str, count: usize| file(test, &[b"1f".repeat(count / 2), b"\n".to_vec()].concat());
        let psk = |path: &PathBuf| Files {
            psk_file: Some(path.clone()),
            ..NONE
        };
        let pmk = |path: &PathBuf| Files {
            pmk_file: Some(path.clone()),
            ..NONE
        };
        let wep = |path: &PathBuf| Files {
            wep_key_file: Some(path.clone()),
            ..NONE
        };
        let (key, long, short) = (digits("key", 64), digits("long-key", 96), digits("short-key", 10));
        assert!(matches!(psk(&key).read(), Ok(Secret::Psk(_))));
        assert!(matches!(pmk(&key).read(), Ok(Secret::Pmk(_))));
        assert!(matches!(pmk(&long).read(), Ok(Secret::Pmk(_))));
        assert!(matches!(wep(&short).read(), Ok(Secret::Wep(_))));
        assert!(matches!(psk(&long).read(), Err(SecretError::NoKey { found: 96, .. })));
        assert!(matches!(wep(&key).read(), Err(SecretError::NoKey { found: 64, .. })));
        let (passphrase, letters) = (file("nokey", b"open the gate\n"), file("nohex", &b"g".repeat(64)));
        assert!(matches!(
            psk(&passphrase).read(),
            Err(SecretError::NoKey { found: 13, .. })
        ));
        assert!(matches!(
            psk(&letters).read(),
            Err(SecretError::NoKey { found: 64, .. })
        ));
        for path in [key, long, short, passphrase, letters] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_password_has_at_least_one_octet_and_no_file_is_no_secret() {
        let (password, empty) = (file("password", b"\xc3\xa9\n"), file("empty-password", b""));
        let files = |path: &PathBuf| Files {
            password_file: Some(path.clone()),
            ..NONE
        };
        assert!(matches!(files(&password).read(), Ok(Secret::Password(text)) if text.as_bytes() == b"\xc3\xa9"));
        assert!(matches!(files(&empty).read(), Err(SecretError::NoPassword { .. })));
        assert!(matches!(NONE.read(), Ok(Secret::None)));
        for path in [password, empty] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_passphrase(Path::new("/nonexistent/secret")).err().unwrap();
        assert!(error.to_string().contains("/nonexistent/secret"));
    }
}
