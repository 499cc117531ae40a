//! Counts of tests, and how to read them from the output of test runners.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed, failed, and were skipped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl Tally {
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub(crate) const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// Reads a summary line of `cargo nextest run`
    /// (`Summary [ 0.4s] 5 tests run: 3 passed (1 slow), 2 failed, 1 skipped`) or of `cargo test`
    /// (`test result: ok. 3 passed; 0 failed; 1 ignored; …`). Other lines give nothing: nextest repeats what a failed
    /// test said, with the second kind of line in it, but indents it.
    pub(crate) fn from_summary(line: &str) -> Option<Self> {
        let counts = match line.strip_prefix("test result:") {
            Some(counts) => counts,
            None => line.trim_start().strip_prefix("Summary")?.split_once("run:")?.1,
        };
        let mut tally = Self::default();
        let words: Vec<&str> = counts
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            let [count, of] = pair else { continue };
            let Ok(count) = count.parse::<u32>() else { continue };
            match *of {
                "passed" => tally.passed += count,
                "failed" | "timed" | "exec" => tally.failed += count,
                "skipped" | "ignored" => tally.skipped += count,
                _ => {}
            }
        }
        Some(tally)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u32, failed: u32, skipped: u32) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn a_nextest_summary_is_read() {
        let line = "     Summary [   0.412s] 7 tests run: 4 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(Tally::from_summary(line), Some(tally(4, 3, 3)));
        let one = "     Summary [   0.004s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(Tally::from_summary(one), Some(tally(1, 0, 0)));
    }

    #[test]
    fn a_libtest_summary_is_read() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 9 filtered out; finished in 0.01s";
        assert_eq!(Tally::from_summary(line), Some(tally(3, 1, 2)));
    }

    #[test]
    fn a_libtest_summary_that_nextest_repeats_is_not_counted_again() {
        let line =
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.01s";
        assert_eq!(Tally::from_summary(line), None);
    }

    #[test]
    fn other_lines_are_not_summaries() {
        assert_eq!(Tally::from_summary("test tally::tests::other_lines ... ok"), None);
        assert_eq!(Tally::from_summary("Summary of what 3 passed"), None);
    }

    #[test]
    fn tallies_add_up_and_print_as_one_line() {
        let mut sum = tally(1, 2, 3);
        sum += Tally::PASSED;
        sum += Tally::FAILED;
        sum += Tally::SKIPPED;
        assert_eq!(sum.to_string(), "2 passed, 3 failed, 4 skipped");
    }
}
