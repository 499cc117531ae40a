//! Writes fields into a byte slice, one after the other.

use crate::error::EmitError;

/// A value that can be put on the air.
pub trait Emit {
    /// Writes the value's octets. What does not fit, or is too long, is remembered by the writer.
    fn write_to(&self, out: &mut Writer<'_>);

    /// The octets that the value takes.
    fn emitted_len(&self) -> usize {
        let mut out = Writer::new(&mut []);
        self.write_to(&mut out);
        out.position()
    }

    /// Writes the value to the front of `buffer` and returns the number of octets written.
    ///
    /// # Errors
    /// [`EmitError::BufferTooSmall`], which says how many octets are needed; [`EmitError::TooLong`] if a part
    /// of the value is longer than its length field can say.
    fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let mut out = Writer::new(buffer);
        self.write_to(&mut out);
        out.finish()
    }

    /// The value's octets in a vector of their own.
    ///
    /// # Errors
    /// [`EmitError::TooLong`] if a part of the value is longer than its length field can say.
    #[cfg(any(feature = "alloc", test))]
    fn to_vec(&self) -> Result<alloc::vec::Vec<u8>, EmitError> {
        let mut octets = alloc::vec![0; self.emitted_len()];
        self.emit(&mut octets)?;
        Ok(octets)
    }
}

/// Octets that are already what goes on the air: an element kept whole, an encrypted key data field.
impl Emit for [u8] {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.bytes(self);
    }
}

/// A position in a buffer that is being filled.
///
/// Writing never fails half-way: past the end of the buffer, the writer only counts on. [`Writer::finish`]
/// tells whether everything fitted, and if not, how much was needed.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    position: usize,
    too_long: Option<EmitError>,
}

impl<'b> Writer<'b> {
    /// Writes to the front of `buffer`.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            position: 0,
            too_long: None,
        }
    }

    /// The octets written so far, those that did not fit included.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The number of octets written.
    ///
    /// # Errors
    /// As [`Emit::emit`].
    pub fn finish(self) -> Result<usize, EmitError> {
        if let Some(error) = self.too_long {
            return Err(error);
        }
        if self.position > self.buffer.len() {
            return Err(EmitError::BufferTooSmall {
                needed: self.position,
                available: self.buffer.len(),
            });
        }
        Ok(self.position)
    }

    /// Writes a value.
    pub fn put(&mut self, value: &(impl Emit + ?Sized)) {
        value.write_to(self);
    }

    /// Writes octets as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.overwrite(self.position, bytes);
        self.position = self.position.saturating_add(bytes.len());
    }

    /// Writes `len` octets of zero.
    pub fn zeros(&mut self, len: usize) {
        for _ in 0..len {
            self.u8(0);
        }
    }

    /// Writes one octet.
    pub fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    /// Writes two octets, the most significant first.
    pub fn u16_be(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes two octets, the least significant first.
    pub fn u16_le(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes four octets, the most significant first.
    pub fn u32_be(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes four octets, the least significant first.
    pub fn u32_le(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes eight octets, the most significant first.
    pub fn u64_be(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes eight octets, the least significant first.
    pub fn u64_le(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes what `write` writes, behind one octet that says its length.
    pub fn counted_u8(&mut self, field: &'static str, write: impl FnOnce(&mut Self)) {
        let at = self.position;
        self.u8(0);
        write(self);
        let found = self.position - at - 1;
        match u8::try_from(found) {
            Ok(len) => self.overwrite(at, &[len]),
            Err(_) => self.reject(field, u8::MAX.into(), found),
        }
    }

    /// Writes what `write` writes, behind two octets that say its length, the most significant first.
    pub fn counted_u16_be(&mut self, field: &'static str, write: impl FnOnce(&mut Self)) {
        let at = self.position;
        self.u16_be(0);
        write(self);
        self.overwrite_u16_be(field, at, self.position - at - 2);
    }

    /// Writes how many items follow, in two octets, the least significant first.
    pub(crate) fn count_u16_le(&mut self, field: &'static str, count: usize) {
        match u16::try_from(count) {
            Ok(count) => self.u16_le(count),
            Err(_) => self.reject(field, u16::MAX.into(), count),
        }
    }

    /// Replaces the two octets at `at` by a length of `found` octets.
    pub(crate) fn overwrite_u16_be(&mut self, field: &'static str, at: usize, found: usize) {
        match u16::try_from(found) {
            Ok(len) => self.overwrite(at, &len.to_be_bytes()),
            Err(_) => self.reject(field, u16::MAX.into(), found),
        }
    }

    fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        if let Some(room) = self.buffer.get_mut(at..at.saturating_add(bytes.len())) {
            room.copy_from_slice(bytes);
        }
    }

    /// Of several parts that are too long, the first is reported.
    fn reject(&mut self, field: &'static str, limit: usize, found: usize) {
        self.too_long.get_or_insert(EmitError::TooLong { field, limit, found });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_too_small_is_told_how_much_is_needed() {
        let mut buffer = [0; 5];
        assert_eq!(
            [7u8; 6].emit(&mut buffer),
            Err(EmitError::BufferTooSmall {
                needed: 6,
                available: 5
            })
        );
        assert_eq!([7u8; 5].emit(&mut buffer), Ok(5));
    }

    #[test]
    fn a_length_is_written_before_what_it_counts() {
        let mut buffer = [0; 8];
        let mut out = Writer::new(&mut buffer);
        out.counted_u8("outer", |out| {
            out.u8(9);
            out.counted_u16_be("inner", |out| out.zeros(3));
        });
        assert_eq!(out.finish(), Ok(7));
        assert_eq!(buffer, [6, 9, 0, 3, 0, 0, 0, 0]);
    }

    #[test]
    fn a_part_longer_than_its_length_field_can_say_is_refused_in_any_buffer() {
        let mut buffer = [0; 300];
        let mut out = Writer::new(&mut buffer);
        out.counted_u8("body", |out| out.zeros(256));
        assert_eq!(
            out.finish(),
            Err(EmitError::TooLong {
                field: "body",
                limit: 255,
                found: 256
            })
        );
    }
}
