//! The table: what was promised, what was found.

use std::fmt;
use std::process::ExitCode;

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

/// Prints the rows as they come. A promise that is broken is a failure.
pub fn print(rows: impl IntoIterator<Item = Row>) -> ExitCode {
    let broken = rows
        .into_iter()
        .inspect(|row| println!("{row}"))
        .filter(|row| !row.is_kept());
    match broken.count() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(found: f64, promise: Promise) -> Row {
        Row {
            what: String::new(),
            detail: String::new(),
            found,
            promise,
        }
    }

    #[test]
    fn a_broken_promise_is_marked_and_is_a_failure() {
        for (found, promise, mark) in [
            (2.0, Promise::AtMost(2.0), "kept"),
            (2.1, Promise::AtMost(2.0), "BROKEN"),
            (f64::NAN, Promise::AtMost(2.0), "BROKEN"),
            (5.0, Promise::AtLeast(5.0), "kept"),
            (4.9, Promise::AtLeast(5.0), "BROKEN"),
        ] {
            assert!(row(found, promise).to_string().contains(mark), "{found}");
            let good = row(1.0, Promise::AtMost(1.0));
            let expected = match mark {
                "kept" => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            };
            assert_eq!(print([good, row(found, promise)]), expected, "{found}");
        }
        assert_eq!(print([row(9.0, Promise::Nothing)]), ExitCode::SUCCESS);
    }
}
