//! A file that its owner alone may use.

use super::LIMIT;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The content of the file; `None` if there is no file.
///
/// # Errors
/// Others may use the file, or what the system says.
pub(super) fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let metadata = file.metadata()?;
    if metadata.mode() & 0o077 != 0 {
        // Whoever could read it may have the keys, whoever could write it may have chosen them.
        return Err(io::Error::other("others than its owner may use it"));
    }
    // As much room as is needed from the start: growing would leave copies of keys behind.
    let length = usize::try_from(metadata.len()).unwrap_or(LIMIT).min(LIMIT);
    let mut content = Zeroizing::new(Vec::with_capacity(length));
    file.take(length as u64).read_to_end(&mut content)?;
    Ok(Some(content))
}

/// Writes the file, for its owner alone; it is there as a whole or as it was before.
///
/// # Errors
/// What the system says.
pub(super) fn store(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    let written = file
        .write_all(content)
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
    fn what_was_stored_is_read_by_its_owner() {
        let path = path("good");
        assert!(read(&path).unwrap().is_none());
        store(&path, b"old keys").unwrap();
        store(&path, b"keys").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(&**read(&path).unwrap().unwrap(), b"keys");
        assert!(!beside(&path).exists());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_that_others_may_use_is_refused() {
        let path = path("bad");
        store(&path, b"keys").unwrap();
        for mode in [0o644, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(read(&path).is_err(), "{mode:o}");
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error_and_leaves_nothing() {
        assert!(store(Path::new("/nonexistent/cache"), b"keys").is_err());
    }
}
