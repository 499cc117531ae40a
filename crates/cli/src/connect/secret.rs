//! The secret, and where it is: in a file, or in the kernel's keyring.

use super::cache::keyring;
use super::on_disk;
use clap::Args as ClapArgs;
use core::fmt;
use extension::profile::{FragmentError, Password, Secret, WepKey};
use keys::{Passphrase, Pmk, Psk, PskError};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file or the key that holds what proves the user to the network; at most one is named.
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
    /// A key in the kernel's keyring of the user that has what --passphrase-file has.
    #[arg(long, value_name = "NAME")]
    passphrase_key: Option<String>,
    /// A key in the kernel's keyring of the user that has what --password-file has: `keyctl padd user NAME @u` makes it.
    #[arg(long, value_name = "NAME")]
    password_key: Option<String>,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the first line of a file.
    File(PathBuf),
    /// In the first line of a key in the kernel's keyring of the user.
    Key(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Key(name) => write!(f, "the key {name}"),
        }
    }
}

/// Why a secret can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// It can't be read.
    #[error("{place} can't be read")]
    Read {
        /// Where it is.
        place: Place,
        /// What the system said.
        source: io::Error,
    },
    /// Its first line is not text.
    #[error("the first line of {0} is not UTF-8 text")]
    NotText(Place),
    /// The keyring has no such key.
    #[error("{0} is not in the kernel's keyring of the user")]
    NoSuchKey(Place),
    /// Its first line can't be a passphrase.
    #[error("the first line of {place} is no secret")]
    Unfit {
        /// Where it is.
        place: Place,
        /// What is wrong with it.
        source: PskError,
    },
    /// Its first line can't be a password.
    #[error("the first line of {place} is no password")]
    NoPassword {
        /// Where it is.
        place: Place,
        /// What is wrong with it.
        source: FragmentError,
    },
    /// Its first line can't be a key.
    #[error("the first line of {place} has {found} octets, and is no key of {expected} hex digits")]
    NoKey {
        /// Where it is.
        place: Place,
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
            Self::Read {
                place: Place::File(_), ..
            } => "Name a file that this user may read.",
            Self::Read { .. } => "Name a key that this user may read, in a kernel that has keyrings.",
            Self::NoSuchKey(_) => "Make it with `keyctl padd user NAME @u`, which reads the secret from its input.",
            Self::NotText(_) | Self::Unfit { .. } => {
                "Put the passphrase (8 to 63 printable characters) in the first line, alone."
            }
            Self::NoPassword { .. } => "Put the password (1 to 128 octets) in the first line, alone.",
            Self::NoKey { .. } => "Put the key in the first line, in hex digits, alone.",
        }
    }
}

impl Files {
    /// Where the password is.
    pub(super) fn password(&self) -> Option<Place> {
        place(self.password_file.as_ref(), self.password_key.as_ref())
    }

    /// Reads the secret from wherever it is; from nowhere, there is none.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub(super) fn read(&self) -> Result<Secret, SecretError> {
        if let Some(place) = place(self.passphrase_file.as_ref(), self.passphrase_key.as_ref()) {
            return read_passphrase(place);
        }
        if let Some(place) = self.password() {
            let line = place.first_line()?;
            let unfit = |source| SecretError::NoPassword { place, source };
            return Password::new(&line).map(Secret::Password).map_err(unfit);
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

fn place(file: Option<&PathBuf>, key: Option<&String>) -> Option<Place> {
    let file = file.cloned().map(Place::File);
    file.or_else(|| key.cloned().map(Place::Key))
}

fn read_passphrase(place: Place) -> Result<Secret, SecretError> {
    let line = place.first_line()?;
    let unfit = |source| SecretError::Unfit { place, source };
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
            place: Place::File(path.into()),
            expected,
            found: line.len(),
        })
}

/// Octets that are read at most: more than the longest secret and its line end.
const LIMIT: usize = 1024;

/// The first line of a file without its end, which may be that of Unix or of Windows.
///
/// # Errors
/// As [`Place::first_line`].
pub(crate) fn first_line(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    Place::File(path.into()).first_line()
}

impl Place {
    /// The first line without its end, which may be that of Unix or of Windows.
    ///
    /// # Errors
    /// There is no such key, it can't be read, or the line is not text.
    pub(crate) fn first_line(&self) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let content = match self {
            Self::File(path) => content_of(path).map(Some),
            Self::Key(name) => keyring::read(name),
        };
        let unreadable = |source| SecretError::Read {
            place: self.clone(),
            source,
        };
        let content = content
            .map_err(unreadable)?
            .ok_or_else(|| SecretError::NoSuchKey(self.clone()))?;
        let line = content.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match core::str::from_utf8(line) {
            Ok(_) => Ok(Zeroizing::new(line.to_vec())),
            Err(_) => Err(SecretError::NotText(self.clone())),
        }
    }
}

/// The beginning of a file.
fn content_of(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    warn_of_readers(path, &file);
    on_disk::read_at_most(file, LIMIT)
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
    use linux_keyutils::{KeyRing, KeyRingIdentifier};
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
        let secret = read_passphrase(Place::File(path.clone()));
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
        passphrase_key: None,
        password_key: None,
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
    fn a_secret_is_in_a_key_as_in_a_file() {
        let name = format!("portcullis-secret-{}", std::process::id());
        let missing = Place::Key(format!("{name}-missing"));
        match missing.first_line() {
            // A kernel without keyrings, or a sandbox that forbids them.
            Err(SecretError::Read { source, .. }) => return println!("left out: no keyring ({source})"),
            other => assert!(matches!(other, Err(SecretError::NoSuchKey(_)))),
        }
        keyring::store(&name, b"open the gate\r\nand more").unwrap();
        let passphrase = Files {
            passphrase_key: Some(name.clone()),
            ..NONE
        };
        assert!(matches!(passphrase.read(), Ok(Secret::Passphrase(_))));
        let password = Files {
            password_key: Some(name.clone()),
            ..NONE
        };
        assert_eq!(password.password(), Some(Place::Key(name.clone())));
        assert!(matches!(password.read(), Ok(Secret::Password(text)) if text.as_bytes() == b"open the gate"));
        keyring::store(&name, b"seven77").unwrap();
        let error = passphrase.read().err().unwrap();
        assert!(error.to_string().contains(&name), "{error}");
        let keyring = KeyRing::from_special_id(KeyRingIdentifier::User, false).unwrap();
        keyring.search(&name).unwrap().invalidate().unwrap();
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_passphrase(Place::File("/nonexistent/secret".into()))
            .err()
            .unwrap();
        assert!(error.to_string().contains("/nonexistent/secret"));
    }
}
