//! Counts of tests, and how to read them from the output of test runners.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;

/// How many tests passed, failed, and were skipped.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
    /// Those that failed, as far as whoever ran them names them.
    pub failures: BTreeSet<String>,
}

impl Tally {
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
        failures: BTreeSet::new(),
    };
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
        failures: BTreeSet::new(),
    };

    /// A test of this name that failed.
    pub(crate) fn failed(name: &str) -> Self {
        Self {
            failed: 1,
            failures: BTreeSet::from([name.to_owned()]),
            ..Self::default()
        }
    }

    /// Reads the name of a test that failed from a line of `cargo nextest run` (`FAIL [ 0.4s] package test`, also
    /// `TIMEOUT`, `SIGABRT` and the like) or of `cargo test` (`test name ... FAILED`).
    pub(crate) fn failure_in(line: &str) -> Option<&str> {
        if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|test| test.strip_suffix(" ... FAILED"))
        {
            return Some(name);
        }
        let (how, rest) = line.trim_start().split_once(" [")?;
        let is_failure = how.starts_with("FAIL") || how.starts_with("TIMEOUT") || how.starts_with("SIG");
        let (_, name) = rest.split_once("] ").filter(|_| is_failure)?;
        Some(name.trim())
    }

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
        self.failures.extend(other.failures);
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
            failures: BTreeSet::new(),
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
        sum += Tally::failed("wpa3-sae");
        sum += Tally::SKIPPED;
        assert_eq!(sum.to_string(), "2 passed, 3 failed, 4 skipped");
        assert!(sum.failures.contains("wpa3-sae"));
    }

    #[test]
    fn tests_that_fail_are_known_by_name() {
        for line in [
            "        FAIL [   0.412s] portcullis-rsn sae::tests::a_forgery",
            "     TIMEOUT [  60.0s] portcullis-rsn sae::tests::a_forgery",
            "     SIGABRT [   0.1s] portcullis-rsn sae::tests::a_forgery",
        ] {
            assert_eq!(Tally::failure_in(line), Some("portcullis-rsn sae::tests::a_forgery"));
        }
        let line = "test sae::tests::a_forgery ... FAILED";
        assert_eq!(Tally::failure_in(line), Some("sae::tests::a_forgery"));
        for line in [
            "        PASS [   0.412s] portcullis-rsn a::b",
            "test a::b ... ok",
            "FAIL",
            "[ ] x",
        ] {
            assert_eq!(Tally::failure_in(line), None);
        }
    }
}
