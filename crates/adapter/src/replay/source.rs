//! The stream below a capture: decompression, and a count of what has been consumed.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// The first octets of every gzip member (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A decompressor asks for small pieces; the operating system likes large ones.
const READ_OCTETS: usize = 128 * 1024;

/// How much of a stream has been consumed, in octets as they are stored (compressed ones if it is compressed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Octets consumed so far.
    pub consumed: u64,
    /// All there are, where that is known: a pipe has no length.
    pub total: Option<u64>,
}

/// Tells the progress of a capture, also while a frame of it is borrowed.
#[derive(Clone)]
pub struct ProgressMeter {
    consumed: Arc<AtomicU64>,
    total: Option<u64>,
}

impl ProgressMeter {
    /// The progress now.
    #[must_use]
    pub fn read(&self) -> Progress {
        Progress {
            consumed: self.consumed.load(Ordering::Relaxed),
            total: self.total,
        }
    }
}

/// A stream that counts what is read from it.
pub(super) struct Metered<R> {
    stream: R,
    meter: ProgressMeter,
}

impl<R: Read> Metered<R> {
    pub(super) fn new(stream: R, total: Option<u64>) -> Self {
        Self {
            stream,
            meter: ProgressMeter {
                consumed: Arc::default(),
                total,
            },
        }
    }

    pub(super) fn meter(&self) -> ProgressMeter {
        self.meter.clone()
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.meter.consumed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The stream itself, or what it decompresses to if it begins as gzip does. Several members follow each other
/// in a file that was appended to; all are read.
pub(super) fn inflate_if_gzip(mut stream: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::with_capacity(GZIP_MAGIC.len());
    stream.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
    let compressed = magic == GZIP_MAGIC;
    let whole = Cursor::new(magic).chain(stream);
    Ok(if compressed {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(READ_OCTETS, whole)))
    } else {
        Box::new(whole)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read_all(stream: Vec<u8>) -> Vec<u8> {
        let mut text = Vec::new();
        inflate_if_gzip(Cursor::new(stream))
            .unwrap()
            .read_to_end(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn gzip_is_known_by_its_first_octets_and_all_its_members_are_read() {
        assert_eq!(read_all([gzip(b"port"), gzip(b"cullis")].concat()), b"portcullis");
        assert_eq!(read_all(b"portcullis".to_vec()), b"portcullis");
        assert_eq!(read_all(b"p".to_vec()), b"p", "shorter than a magic number");
    }

    #[test]
    fn progress_counts_the_octets_of_the_file() {
        let file = gzip(&[0; 100_000]);
        let metered = Metered::new(Cursor::new(file.clone()), Some(file.len() as u64));
        let meter = metered.meter();
        assert_eq!(
            meter.read(),
            Progress {
                consumed: 0,
                total: Some(file.len() as u64)
            }
        );
        let mut text = Vec::new();
        inflate_if_gzip(metered).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text.len(), 100_000);
        assert_eq!(meter.read().consumed, file.len() as u64);
    }
}
