//! The file that keeps what an authentication left, so that the next run of the program need not authenticate again.

use super::session::Extension;
use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Octets that are read at most: more than a full cache has.
const LIMIT: u64 = 1 << 16;
/// The time at which the file was written, seconds since 1970, stands before the keys.
const TIME_LEN: usize = 8;

/// Gives `extension` what the file has, if it is there and good. A file that is not is told of and passed over: nothing
/// is lost but time.
pub(super) fn restore(path: &Path, extension: &mut Extension) {
    match read(path) {
        Ok(Some((elapsed, keys))) => {
            if let Err(error) = extension.restore_pmksas(Duration::ZERO, elapsed, &keys) {
                eprintln!("portcullis: warning: {} is passed over: {error}.", path.display());
            }
        }
        Ok(None) => {}
        Err(error) => eprintln!("portcullis: warning: {} is passed over: {error}.", path.display()),
    }
}

fn read(path: &Path) -> io::Result<Option<(Duration, Zeroizing<Vec<u8>>)>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let metadata = file.metadata()?;
    if metadata.mode() & 0o077 != 0 {
        // Whoever could read it may have the keys, whoever could write it may have chosen them.
        return Err(io::Error::other("others than its owner may use it"));
    }
    let length = usize::try_from(metadata.len().min(LIMIT)).unwrap_or_default();
    let mut content = Zeroizing::new(Vec::with_capacity(length));
    file.take(LIMIT).read_to_end(&mut content)?;
    let (written, keys) = content
        .split_first_chunk::<TIME_LEN>()
        .ok_or_else(|| io::Error::other("it is too short"))?;
    let elapsed = UNIX_EPOCH
        .checked_add(Duration::from_secs(u64::from_be_bytes(*written)))
        .and_then(|written| SystemTime::now().duration_since(written).ok())
        .ok_or_else(|| io::Error::other("it is from the future"))?;
    Ok(Some((elapsed, Zeroizing::new(keys.to_vec()))))
}

/// Writes the keys, for their owner alone; the file is there as a whole or as it was before.
///
/// # Errors
/// What the system says.
pub(super) fn store(path: &Path, keys: &[u8]) -> io::Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let beside = beside(path);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    let written = file
        .write_all(&since.as_secs().to_be_bytes())
        .and_then(|()| file.write_all(keys))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is half written is of no use, and holds keys.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn path(test: &str) -> PathBuf {
        std::env::temp_dir().join(format!("portcullis-cache-{}-{test}", std::process::id()))
    }

    #[test]
    fn what_was_stored_is_read_by_its_owner_and_after_the_time_that_has_passed() {
        let path = path("good");
        store(&path, b"keys").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let (elapsed, keys) = read(&path).unwrap().unwrap();
        assert_eq!(&**keys, b"keys");
        assert!(elapsed < Duration::from_secs(60));
        assert!(!beside(&path).exists());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_that_others_may_use_is_short_or_from_the_future_is_passed_over() {
        let path = path("bad");
        assert!(read(&path).unwrap().is_none());
        store(&path, b"keys").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(read(&path).is_err());
        fs::write(&path, u64::MAX.to_be_bytes()).unwrap();
        assert!(read(&path).is_err());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error_and_leaves_nothing() {
        assert!(store(Path::new("/nonexistent/cache"), b"keys").is_err());
    }
}
