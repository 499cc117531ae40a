//! A file that its owner alone may use, in a directory that others may write to.

use crate::connect::on_disk;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The content of the file; `None` if there is no file.
///
/// # Errors
/// See [`open`] and [`content`].
pub(crate) fn read(path: &Path, limit: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match open(path)? {
        Some(file) => content(&file, limit).map(Some),
        None => Ok(None),
    }
}

/// Opens the file; `None` if there is no file.
///
/// # Errors
/// It is not a plain file of this user's that nobody else may use; or what the system says.
pub(crate) fn open(path: &Path) -> io::Result<Option<File>> {
    // A link may lead to what somebody else has written, and a pipe would be waited for.
    let careful = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, careful, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(io::Error::other("it is a symbolic link")),
        other => File::from(other?),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    // Whoever could read it may have the keys, whoever could write it may have chosen them.
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    if on_disk::others_may_use(&metadata) {
        return Err(io::Error::other(
            "others than its owner may use it; `chmod 600` keeps it to them",
        ));
    }
    Ok(Some(file))
}

/// The content of a file that is open.
///
/// # Errors
/// It is longer than `limit`; or what the system says.
pub(crate) fn content(file: &File, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = usize::try_from(file.metadata()?.len())
        .ok()
        .filter(|length| *length <= limit)
        .ok_or_else(|| io::Error::other("it is too long"))?;
    on_disk::read_at_most(file, length)
}

/// Writes the file, for its owner alone; it is there as a whole or as it was before, also after a loss of power.
///
/// # Errors
/// What the system says.
pub(crate) fn store(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path)?;
    write_new(&beside, content)?;
    if let Err(error) = fs::rename(&beside, path) {
        discard(&beside);
        return Err(error);
    }
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Writes a file that is not there yet. A file that is there was made by somebody else, who may read it, and a link by
/// somebody who has chosen what it leads to: neither is written to.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, new, Mode::RUSR | Mode::WUSR)?);
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .inspect_err(|_| discard(path))
}

/// Removes what is half written: it is of no use, and holds keys.
fn discard(path: &Path) {
    // There is nothing else that could be done about it.
    let _ = fs::remove_file(path);
}

/// Where the file is written before it takes its place. Nobody can foretell the name, and two programs that write at
/// the same time do not write to one file.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let mut number = [0; 8];
    getrandom::fill(&mut number)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.new", u64::from_ne_bytes(number)));
    Ok(path.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType};
    use rustix::process::geteuid;
    use std::ffi::OsString;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::process::Command;

    const LIMIT: usize = 32_767;

    /// A directory of the test's own, which goes when the test ends.
    struct Directory(PathBuf);

    impl Directory {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("portcullis-private-{}-{test}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("cache")
        }

        fn names(&self) -> Vec<OsString> {
            let mut names: Vec<_> = fs::read_dir(&self.0)
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn refusal(path: &Path) -> String {
        read(path, LIMIT).unwrap_err().to_string()
    }

    #[test]
    fn what_was_stored_is_read_by_its_owner() {
        let directory = Directory::new("good");
        let path = directory.file();
        assert!(read(&path, LIMIT).unwrap().is_none());
        store(&path, b"old keys").unwrap();
        store(&path, b"keys").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(&**read(&path, LIMIT).unwrap().unwrap(), b"keys");
        assert_eq!(directory.names(), ["cache"]);
    }

    #[test]
    fn a_file_that_others_may_use_is_refused() {
        let directory = Directory::new("open");
        let path = directory.file();
        store(&path, b"keys").unwrap();
        for mode in [0o644, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                refusal(&path).starts_with("others than its owner may use it"),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn a_file_of_another_users_is_refused() {
        if !geteuid().is_root() {
            println!("left out: only root can give a file to somebody else");
            return;
        }
        let directory = Directory::new("foreign");
        let path = directory.file();
        store(&path, b"chosen keys").unwrap();
        chown(&path, Some(65_534), None).unwrap();
        assert_eq!(refusal(&path), "it belongs to another user");
    }

    #[test]
    fn a_link_is_not_followed_to_a_good_file() {
        let directory = Directory::new("link");
        let elsewhere = directory.0.join("elsewhere");
        store(&elsewhere, b"keys").unwrap();
        symlink(&elsewhere, directory.file()).unwrap();
        assert_eq!(refusal(&directory.file()), "it is a symbolic link");
        store(&directory.file(), b"new keys").unwrap();
        assert_eq!(&**read(&elsewhere, LIMIT).unwrap().unwrap(), b"keys");
        assert_eq!(&**read(&directory.file(), LIMIT).unwrap().unwrap(), b"new keys");
    }

    #[test]
    fn a_pipe_without_a_writer_is_refused_and_not_waited_for() {
        let directory = Directory::new("pipe");
        let path = directory.file();
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert_eq!(refusal(&path), "it is not a file");
    }

    #[test]
    fn a_file_that_is_too_long_or_none_at_all_is_refused() {
        let directory = Directory::new("long");
        let path = directory.file();
        store(&path, &vec![7; LIMIT]).unwrap();
        assert_eq!(read(&path, LIMIT).unwrap().unwrap().len(), LIMIT);
        store(&path, &vec![7; LIMIT + 1]).unwrap();
        assert_eq!(refusal(&path), "it is too long");
        assert_eq!(refusal(&directory.0), "it is not a file");
    }

    #[test]
    fn what_somebody_else_has_put_in_the_way_gets_no_keys() {
        let directory = Directory::new("prepared");
        let (prepared, victim, link) = (
            directory.0.join("prepared"),
            directory.0.join("victim"),
            directory.0.join("trap"),
        );
        for path in [&prepared, &victim] {
            fs::write(path, b"something else").unwrap();
        }
        symlink(&victim, &link).unwrap();
        for path in [&prepared, &link] {
            let refused = write_new(path, b"keys").unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(path).unwrap(), b"something else");
        }
        assert_eq!(directory.names(), ["prepared", "trap", "victim"]);
    }

    #[test]
    fn nobody_can_foretell_where_the_keys_are_written_first() {
        let directory = Directory::new("foretold");
        let guess = directory.0.join("cache.new");
        let victim = directory.0.join("victim");
        fs::write(&victim, b"something else").unwrap();
        symlink(&victim, &guess).unwrap();
        store(&directory.file(), b"keys").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"something else");
        assert_ne!(beside(&guess).unwrap(), beside(&guess).unwrap());
    }

    /// Runs itself once more, on a disk of 16 KiB that is its own.
    #[test]
    fn a_full_disk_loses_nothing() {
        const DISK: &str = "PORTCULLIS_TEST_FULL_DISK";
        if let Some(disk) = std::env::var_os(DISK) {
            let directory = Directory(PathBuf::from(disk).join("inner"));
            fs::create_dir(&directory.0).unwrap();
            let path = directory.file();
            store(&path, b"keys").unwrap();
            let full = store(&path, &[7; 30_000]).unwrap_err();
            assert_eq!(full.kind(), io::ErrorKind::StorageFull);
            assert_eq!(&**read(&path, LIMIT).unwrap().unwrap(), b"keys");
            assert_eq!(directory.names(), ["cache"]);
            return;
        }
        let directory = Directory::new("full");
        let script = r#"mount -t tmpfs -o size=16k none "$0" && exec "$1" --exact "$2""#;
        let unshared = |command: &[&str]| {
            Command::new("unshare")
                .args(["--user", "--map-root-user", "--mount"])
                .args(command)
                .env(DISK, &directory.0)
                .output()
        };
        if !unshared(&["true"]).is_ok_and(|output| output.status.success()) {
            println!("left out: there can be no disk of the test's own");
            return;
        }
        let program = std::env::current_exe().unwrap();
        let name = concat!(module_path!(), "::a_full_disk_loses_nothing");
        let (_, name) = name.split_once("::").unwrap();
        let disk = directory.0.to_str().unwrap();
        let output = unshared(&["sh", "-c", script, disk, program.to_str().unwrap(), name]).unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error_and_leaves_nothing() {
        assert!(store(Path::new("/nonexistent/cache"), b"keys").is_err());
    }
}
