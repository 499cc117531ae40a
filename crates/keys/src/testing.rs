//! What the tests of several modules share.

use std::vec::Vec;

/// Octets from hex digits; blanks are skipped so that long vectors can be broken into lines.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| u8::try_from(digit.to_digit(16).expect("a hex digit")).unwrap())
        .collect();
    assert!(digits.len().is_multiple_of(2), "half an octet in {text:?}");
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// As [`hex`], for a known number of octets.
pub(crate) fn array<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().expect("the length that the test asks for")
}
