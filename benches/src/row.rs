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
    /// Nothing was promised; it is good to know.
    Nothing,
}

impl Row {
    /// Whether the promise is kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self.promise {
            Promise::AtMost(limit) => self.found <= limit,
            Promise::AtLeast(limit) => self.found >= limit,
            Promise::Nothing => true,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let promise = match self.promise {
            Promise::AtMost(limit) => format!("≤ {limit}"),
            Promise::AtLeast(limit) => format!("≥ {limit}"),
            Promise::Nothing => String::new(),
        };
        let mark = match self.promise {
            Promise::Nothing => "",
            _ if self.is_kept() => "kept",
            _ => "BROKEN",
        };
        write!(
            f,
            "{:<46} {:>7.2}  {promise:<6} {mark:<7} {}",
            self.what, self.found, self.detail
        )
    }
}
