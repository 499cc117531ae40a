//! Structures of numbers in one buffer with what follows them: written and read by offset, so that
//! neither padding nor alignment is anybody's concern.

#![allow(unsafe_code)]

use crate::Win32Error;
use core::ops::Range;
use zeroize::Zeroizing;

/// A buffer in which a structure of the interface begins; aligned for any of them, zero at first, wiped
/// when dropped.
pub(crate) struct Record {
    words: Zeroizing<Vec<u64>>,
    length: usize,
}

impl Record {
    /// A buffer of this many octets.
    pub(crate) fn new(length: usize) -> Self {
        Self {
            words: Zeroizing::new(vec![0; length.div_ceil(size_of::<u64>())]),
            length,
        }
    }

    /// Puts octets at an offset. What does not fit is left out, which only a wrong offset brings about.
    pub(crate) fn put(&mut self, offset: usize, octets: &[u8]) {
        let room = offset
            .checked_add(octets.len())
            .and_then(|end| self.octets_mut().get_mut(offset..end));
        debug_assert!(
            room.is_some(),
            "{offset} and {} octets are beyond the end",
            octets.len()
        );
        if let Some(room) = room {
            room.copy_from_slice(octets);
        }
    }

    pub(crate) fn put_u16(&mut self, offset: usize, value: u16) {
        self.put(offset, &value.to_ne_bytes());
    }

    pub(crate) fn put_u32(&mut self, offset: usize, value: u32) {
        self.put(offset, &value.to_ne_bytes());
    }

    /// What is in the buffer.
    pub(crate) fn octets(&self) -> &[u8] {
        // SAFETY: the words are initialised, and `length` is not more than they have.
        unsafe { core::slice::from_raw_parts(self.words.as_ptr().cast(), self.length) }
    }

    fn octets_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; every pattern of octets is a word.
        unsafe { core::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), self.length) }
    }

    /// The length, octets.
    pub(crate) fn length(&self) -> u32 {
        u32::try_from(self.length).unwrap_or(u32::MAX)
    }

    /// The structure, for the other side.
    pub(crate) fn as_mut_ptr<T>(&mut self) -> *mut T {
        const { assert!(align_of::<T>() <= align_of::<u64>(), "more aligned than a word") };
        self.words.as_mut_ptr().cast()
    }
}

/// A structure in somebody's octets.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] if the octets end before, as all of these.
    pub(crate) fn octets(self, range: Range<usize>) -> Result<&'a [u8], Win32Error> {
        self.0.get(range).ok_or(Win32Error::INVALID_PARAMETER)
    }

    /// So many octets at an offset.
    pub(crate) fn array<const N: usize>(self, offset: usize) -> Result<[u8; N], Win32Error> {
        let end = offset.checked_add(N).ok_or(Win32Error::INVALID_PARAMETER)?;
        let octets = self.octets(offset..end)?;
        octets.try_into().map_err(|_| Win32Error::INVALID_PARAMETER)
    }

    pub(crate) fn u8(self, offset: usize) -> Result<u8, Win32Error> {
        self.array::<1>(offset).map(|[octet]| octet)
    }

    pub(crate) fn u16(self, offset: usize) -> Result<u16, Win32Error> {
        self.array(offset).map(u16::from_ne_bytes)
    }

    pub(crate) fn u32(self, offset: usize) -> Result<u32, Win32Error> {
        self.array(offset).map(u32::from_ne_bytes)
    }

    pub(crate) fn u64(self, offset: usize) -> Result<u64, Win32Error> {
        self.array(offset).map(u64::from_ne_bytes)
    }

    /// What two numbers of the structure point at: an offset from its beginning, and a size, both in octets.
    /// A size of zero is nothing, wherever it points.
    pub(crate) fn part(self, offset: usize, size: usize) -> Result<&'a [u8], Win32Error> {
        let (begin, length) = (self.u32(offset)?, self.u32(size)?);
        if length == 0 {
            return Ok(&[]);
        }
        let end = begin.checked_add(length).ok_or(Win32Error::INVALID_PARAMETER)?;
        let index = |number| usize::try_from(number).map_err(|_| Win32Error::INVALID_PARAMETER);
        self.octets(index(begin)?..index(end)?)
    }

    /// As [`Self::part`], of a list whose rows have so many octets, and whose size is the number of its rows or of its
    /// octets: the pages differ, and so do drivers. It is that of the rows if so many are there.
    pub(crate) fn rows(self, offset: usize, size: usize, row: usize) -> Result<&'a [u8], Win32Error> {
        let begin = self.u32(offset)? as usize;
        let end = (self.u32(size)? as usize)
            .checked_mul(row)
            .and_then(|length| begin.checked_add(length));
        match end.and_then(|end| self.0.get(begin..end)) {
            Some(rows) => Ok(rows),
            None => self.part(offset, size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_can_be_read() {
        let mut record = Record::new(13);
        record.put(0, &[1]);
        record.put_u16(2, 0x0203);
        record.put_u32(4, 0x0405_0607);
        record.put(8, &[9; 5]);
        let fields = Fields(record.octets());
        assert_eq!(fields.u8(0), Ok(1));
        assert_eq!(fields.u16(2), Ok(0x0203));
        assert_eq!(fields.u32(4), Ok(0x0405_0607));
        assert_eq!(fields.array(8), Ok([9; 5]));
        assert_eq!(fields.u8(13), Err(Win32Error::INVALID_PARAMETER));
    }

    #[test]
    fn a_part_lies_within_its_buffer() {
        let mut record = Record::new(12);
        record.put(8, b"part");
        for (offset, size, expected) in [
            (8, 4, Ok(&b"part"[..])),
            (8, 5, Err(Win32Error::INVALID_PARAMETER)),
            (u32::MAX, 1, Err(Win32Error::INVALID_PARAMETER)),
            (u32::MAX, 0, Ok(&[])),
        ] {
            record.put_u32(0, offset);
            record.put_u32(4, size);
            assert_eq!(Fields(record.octets()).part(0, 4), expected);
        }
    }
}
