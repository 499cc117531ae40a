//! Writes a cpio archive in the "newc" format, which the kernel takes as an initial file system
//! (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).

/// Magic of the format without checksums.
const MAGIC: &str = "070701";
/// Names and contents are padded to this many octets.
const ALIGNMENT: usize = 4;

const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const SYMLINK: u32 = 0o120_000;

/// An archive in the making. Paths are relative to the root, without a leading slash; a directory must be
/// added before what is in it.
#[derive(Default)]
pub(crate) struct Archive {
    octets: Vec<u8>,
    entries: u32,
}

impl Archive {
    pub(crate) fn directory(&mut self, path: &str) {
        self.entry(path, DIRECTORY | 0o755, &[]);
    }

    pub(crate) fn file(&mut self, path: &str, permissions: u32, content: &[u8]) {
        self.entry(path, REGULAR | permissions, content);
    }

    pub(crate) fn symlink(&mut self, path: &str, target: &str) {
        self.entry(path, SYMLINK | 0o777, target.as_bytes());
    }

    /// Ends the archive and gives its octets.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.octets
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let links = 1;
        // Inode, mode, uid, gid, links, time, size, device ×2, device of the node ×2, name with its NUL, checksum.
        let fields = [
            self.entries,
            mode,
            0,
            0,
            links,
            0,
            size(content.len()),
            0,
            0,
            0,
            0,
            size(path.len() + 1),
            0,
        ];
        self.octets.extend_from_slice(MAGIC.as_bytes());
        for field in fields {
            self.octets.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.octets.extend_from_slice(path.as_bytes());
        self.octets.push(0);
        self.pad();
        self.octets.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.octets.resize(self.octets.len().next_multiple_of(ALIGNMENT), 0);
    }
}

/// The format has no room for 4 GiB; neither has the machine's memory.
fn size(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(name, mode, content)` of each entry, read back as the kernel does.
    fn read(mut archive: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
        let mut entries = Vec::new();
        loop {
            assert_eq!(&archive[..6], b"070701");
            let field = |n: usize| {
                let digits = std::str::from_utf8(&archive[6 + n * 8..14 + n * 8]).unwrap();
                u32::from_str_radix(digits, 16).unwrap()
            };
            let (mode, size, name_size) = (field(1), field(6) as usize, field(11) as usize);
            let name = String::from_utf8(archive[110..110 + name_size - 1].to_vec()).unwrap();
            let start = (110 + name_size).next_multiple_of(4);
            let content = archive[start..start + size].to_vec();
            archive = &archive[(start + size).next_multiple_of(4)..];
            if name == "TRAILER!!!" {
                assert!(archive.is_empty());
                return entries;
            }
            entries.push((name, mode, content));
        }
    }

    #[test]
    fn an_archive_reads_back_as_it_was_written() {
        let mut archive = Archive::default();
        archive.directory("bin");
        archive.file("bin/true", 0o755, b"#!/bin/sh\n");
        archive.symlink("sbin", "bin");
        archive.file("empty", 0o600, b"");
        let expected = [
            ("bin".to_owned(), 0o040_755, vec![]),
            ("bin/true".to_owned(), 0o100_755, b"#!/bin/sh\n".to_vec()),
            ("sbin".to_owned(), 0o120_777, b"bin".to_vec()),
            ("empty".to_owned(), 0o100_600, vec![]),
        ];
        assert_eq!(read(&archive.finish()), expected);
    }

    #[test]
    fn names_and_contents_of_every_length_stay_aligned() {
        for length in 0..9 {
            let mut archive = Archive::default();
            archive.file(&"n".repeat(length + 1), 0o644, &vec![b'c'; length]);
            assert_eq!(read(&archive.finish()).len(), 1);
        }
    }
}
