//! Many authentications, several at a time.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io::{self, IsTerminal};
use std::panic::resume_unwind;
use std::thread;
use std::time::Instant;

use indicatif::ProgressBar;

use super::attempt::{Attempt, Outcome, Station};
use super::{Failure, Probe};

/// What many authentications came to.
pub(super) struct Load {
    pub(super) let_in: u32,
    pub(super) refused: u32,
    pub(super) silent: u32,
    pub(super) elapsed: Duration,
    /// The times of those that were let in, in rising order.
    pub(super) latencies: Vec<Duration>,
    pub(super) first_failure: Option<Outcome>,
}

/// Runs `count` authentications, at most `concurrency` at the same time, each thread with one after the other.
pub(super) fn run(probe: &Probe, count: u32, concurrency: u32) -> Result<Load, Failure> {
    let begun = Instant::now();
    let next = AtomicU32::new(0);
    let bar = match io::stderr().is_terminal() {
        true => ProgressBar::new(count.into()),
        false => ProgressBar::hidden(),
    };
    let attempts: Vec<Result<Vec<Attempt>, Failure>> = in_threads(concurrency.min(count), || {
        let mut attempts = Vec::new();
        let mut station = Station::new(probe);
        while next.fetch_add(1, Ordering::Relaxed) < count {
            attempts.push(Attempt::run(probe, &mut station)?);
            bar.inc(1);
        }
        Ok(attempts)
    });
    bar.finish_and_clear();
    let mut load = Load {
        let_in: 0,
        refused: 0,
        silent: 0,
        elapsed: begun.elapsed(),
        latencies: Vec::new(),
        first_failure: None,
    };
    for attempts in attempts {
        for attempt in attempts? {
            load.count(attempt);
        }
    }
    load.latencies.sort_unstable();
    Ok(load)
}

/// What each of so many threads comes to. One that panics is not left out of the count: so does the caller.
fn in_threads<T: Send>(threads: u32, work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

impl Load {
    fn count(&mut self, attempt: Attempt) {
        match &attempt.outcome {
            Outcome::LetIn => {
                self.let_in += 1;
                self.latencies.push(attempt.total);
                return;
            }
            Outcome::Refused { .. } | Outcome::WrongKeys | Outcome::NoKeys => self.refused += 1,
            Outcome::Silent(_) => self.silent += 1,
        }
        self.first_failure.get_or_insert(attempt.outcome);
    }

    /// The time within which this share of those let in, of 100, were done.
    pub(super) fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.latencies.len() * percent).div_ceil(100);
        self.latencies.get(rank.checked_sub(1)?).copied()
    }

    /// Those let in, a second.
    pub(super) fn throughput(&self) -> f64 {
        f64::from(self.let_in) / self.elapsed.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a defect")]
    fn a_defect_in_one_of_the_threads_is_not_left_out_of_the_count() {
        let number = AtomicU32::new(0);
        in_threads(3, || assert_ne!(number.fetch_add(1, Ordering::Relaxed), 1, "a defect"));
    }

    #[test]
    fn a_percentile_is_the_time_within_which_that_share_was_done() {
        let mut load = Load {
            let_in: 4,
            refused: 0,
            silent: 0,
            elapsed: Duration::from_secs(2),
            latencies: (1..=4).map(Duration::from_millis).collect(),
            first_failure: None,
        };
        assert_eq!(load.percentile(50), Some(Duration::from_millis(2)));
        assert_eq!(load.percentile(51), Some(Duration::from_millis(3)));
        assert_eq!(load.percentile(100), Some(Duration::from_millis(4)));
        assert!((load.throughput() - 2.0).abs() < f64::EPSILON);
        load.latencies.clear();
        assert_eq!(load.percentile(50), None);
    }
}
