//! Takes fields off the front of a byte slice and remembers where it is.

use crate::error::{ParseError, Problem};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// Reads `bytes`, which begin `offset` octets into what the caller of the parser gave.
    pub(crate) const fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) const fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Everything that is left.
    pub(crate) const fn rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.offset += rest.len();
        self.rest = &[];
        rest
    }

    pub(crate) fn take(&mut self, field: &'static str, len: usize) -> Result<&'a [u8], ParseError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(self.too_short(field, len))?;
        self.advance(rest, len);
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N], ParseError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(self.too_short(field, N))?;
        self.advance(rest, N);
        Ok(taken)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, ParseError> {
        self.array(field).map(|&[octet]| octet)
    }

    pub(crate) fn u16_be(&mut self, field: &'static str) -> Result<u16, ParseError> {
        self.array(field).copied().map(u16::from_be_bytes)
    }

    pub(crate) fn u16_le(&mut self, field: &'static str) -> Result<u16, ParseError> {
        self.array(field).copied().map(u16::from_le_bytes)
    }

    pub(crate) fn u32_be(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.array(field).copied().map(u32::from_be_bytes)
    }

    pub(crate) fn u32_le(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.array(field).copied().map(u32::from_le_bytes)
    }

    pub(crate) fn u64_be(&mut self, field: &'static str) -> Result<u64, ParseError> {
        self.array(field).copied().map(u64::from_be_bytes)
    }

    pub(crate) fn u64_le(&mut self, field: &'static str) -> Result<u64, ParseError> {
        self.array(field).copied().map(u64::from_le_bytes)
    }

    /// `field` ends here: anything that is left contradicts it.
    pub(crate) const fn finish(self, field: &'static str) -> Result<(), ParseError> {
        match self.rest.len() {
            0 => Ok(()),
            found => Err(ParseError {
                field,
                offset: self.offset,
                problem: Problem::Trailing { found },
            }),
        }
    }

    fn advance(&mut self, rest: &'a [u8], taken: usize) {
        self.rest = rest;
        self.offset += taken;
    }

    const fn too_short(&self, field: &'static str, needed: usize) -> ParseError {
        ParseError {
            field,
            offset: self.offset,
            problem: Problem::TooShort {
                needed,
                found: self.rest.len(),
            },
        }
    }
}
