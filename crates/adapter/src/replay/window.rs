//! A window over a stream: the octets of one record, whole, in a buffer that is used again for the next.

use std::io::{self, Read};

/// Enough for thousands of frames a read.
const INITIAL_OCTETS: usize = 256 * 1024;

/// Reads a stream record by record.
pub(super) struct Window<R> {
    stream: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Octets of the stream before `start`.
    passed: u64,
}

impl<R: Read> Window<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: vec![0; INITIAL_OCTETS],
            start: 0,
            end: 0,
            passed: 0,
        }
    }

    /// The octets that have been read and not passed yet.
    pub(super) fn octets(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the window begins, in octets from the beginning of the stream.
    pub(super) fn offset(&self) -> u64 {
        self.passed
    }

    /// Moves the window past `octets` that were read.
    pub(super) fn pass(&mut self, octets: usize) {
        let octets = octets.min(self.end - self.start);
        self.start += octets;
        self.passed += octets as u64;
    }

    /// Reads until the window holds at least `octets`; `false` if the stream ends before.
    ///
    /// The buffer grows to the largest record asked for: the caller bounds `octets`.
    pub(super) fn hold(&mut self, octets: usize) -> io::Result<bool> {
        if self.end - self.start >= octets {
            return Ok(true);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < octets {
            self.buffer.resize(octets, 0);
        }
        while self.end < octets {
            let space = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.stream.read(space) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end += read.min(space.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one octet a read.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    #[test]
    fn a_stream_that_trickles_still_fills_the_window() {
        let mut window = Window::new(Trickle(b"abcdef"));
        assert!(window.hold(3).unwrap());
        assert_eq!(window.octets(), b"abc");
        window.pass(2);
        assert!(window.hold(4).unwrap());
        assert_eq!((window.octets(), window.offset()), (&b"cdef"[..], 2));
        assert!(!window.hold(5).unwrap());
        assert_eq!(window.octets(), b"cdef", "what was read before the end is still there");
    }

    #[test]
    fn a_record_larger_than_the_buffer_makes_it_grow() {
        let stream = vec![7; INITIAL_OCTETS + 10];
        let mut window = Window::new(stream.as_slice());
        assert!(window.hold(INITIAL_OCTETS + 1).unwrap());
        assert!(window.octets().len() > INITIAL_OCTETS);
    }
}
