//! What the tests of several formats share.

use alloc::vec::Vec;
use core::fmt::Debug;

use crate::error::ParseError;

/// The octets that `digits` says, white space left out.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The lengths to which `bytes` can be cut with `parse` still accepting them, the whole length left out.
///
/// What is refused must be refused at an octet that is there, or at the end.
pub(crate) fn accepted_truncations<'a, T: Debug>(
    bytes: &'a [u8],
    parse: impl Fn(&'a [u8]) -> Result<T, ParseError>,
) -> Vec<usize> {
    (0..bytes.len())
        .filter(|&len| match parse(&bytes[..len]) {
            Ok(_) => true,
            Err(error) => {
                assert!(error.offset <= len, "{error}, but there are only {len} octets");
                false
            }
        })
        .collect()
}
