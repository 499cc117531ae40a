//! What can be wrong with bytes that came in, and with values that are to go out.

use core::fmt;

/// Bytes that do not follow their format.
///
/// Reads as `RSNE pairwise suites at octet 8: expected at least 12 octets, found 4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} at octet {offset}: {problem}")]
pub struct ParseError {
    /// The format and the field in it, in the words of the standard.
    pub field: &'static str,
    /// Where the field begins, in octets from the start of what was given to the parser.
    pub offset: usize,
    /// What was expected of the field, and what was found.
    pub problem: Problem,
}

/// What was expected of a field, and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes end before the field does.
    #[error("expected at least {}, found {found}", Octets(*needed))]
    TooShort {
        /// The fewest octets that the field can have.
        needed: usize,
        /// The octets that are left.
        found: usize,
    },
    /// Octets follow where the format ends.
    #[error("expected the end, found {} more", Octets(*found))]
    Trailing {
        /// The octets too many.
        found: usize,
    },
    /// Two lengths contradict each other.
    #[error("expected {}, found {found}", Octets(*expected))]
    Length {
        /// The octets that the length field, or the format, announces.
        expected: usize,
        /// The octets that are there.
        found: usize,
    },
    /// A value that the format does not have.
    #[error("expected {expected}, found {found}")]
    Value {
        /// The values that the format has.
        expected: &'static str,
        /// The value that is there.
        found: u64,
    },
}

/// A value that could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmitError {
    /// The buffer is too small; nothing in it may be used.
    #[error("buffer too small: needed {needed} octets, has {available}")]
    BufferTooSmall {
        /// The octets that the whole value takes.
        needed: usize,
        /// The octets that the buffer has.
        available: usize,
    },
    /// A part is longer than its length field can say; a larger buffer does not help.
    #[error("{field} too long: {found} octets, its length field ends at {limit}")]
    TooLong {
        /// The part that is too long.
        field: &'static str,
        /// The largest length that the field can say, in octets.
        limit: usize,
        /// The length of the part, in octets.
        found: usize,
    },
}

struct Octets(usize);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 octet"),
            count => write!(f, "{count} octets"),
        }
    }
}

impl ParseError {
    pub(crate) const fn value(field: &'static str, offset: usize, expected: &'static str, found: u64) -> Self {
        Self {
            field,
            offset,
            problem: Problem::Value { expected, found },
        }
    }

    /// The same error in something that begins `by` octets earlier.
    pub(crate) const fn moved(self, by: usize) -> Self {
        Self {
            offset: self.offset + by,
            ..self
        }
    }

    pub(crate) const fn length(field: &'static str, offset: usize, expected: usize, found: usize) -> Self {
        Self {
            field,
            offset,
            problem: Problem::Length { expected, found },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_says_what_where_expected_and_found() {
        let error = ParseError {
            field: "RSNE pairwise suites",
            offset: 8,
            problem: Problem::TooShort { needed: 12, found: 4 },
        };
        assert_eq!(
            error.to_string(),
            "RSNE pairwise suites at octet 8: expected at least 12 octets, found 4"
        );
        let error = ParseError::value("EAPOL packet type", 1, "3 (Key)", 0);
        assert_eq!(
            error.to_string(),
            "EAPOL packet type at octet 1: expected 3 (Key), found 0"
        );
        let error = ParseError::length("EAPOL-Key key data", 99, 22, 20);
        assert_eq!(
            error.to_string(),
            "EAPOL-Key key data at octet 99: expected 22 octets, found 20"
        );
    }
}
