//! The table: what was promised, what was found.

use std::fmt;

/// One line of the table.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The two numbers, with their units.
    pub detail: String,
    /// What was found.
    pub found: f64,
    /// What was promised.
    pub promise: Promise,
}

/// A promise about a number.
#[derive(Clone, Copy)]
pub enum Promise {
    /// It is at most this.
    AtMost(f64),
    /// It is at least this.
    AtLeast(f64),
}

impl Row {
    /// Whether the promise is kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self.promise {
            Promise::AtMost(limit) => self.found <= limit,
            Promise::AtLeast(limit) => self.found >= limit,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, limit) = match self.promise {
            Promise::AtMost(limit) => ('≤', limit),
            Promise::AtLeast(limit) => ('≥', limit),
        };
        let mark = if self.is_kept() { "kept" } else { "BROKEN" };
        write!(
            f,
            "{:<44} {:>8.2}  {sign} {limit:<5} {mark:<7} {}",
            self.what, self.found, self.detail
        )
    }
}
