//! Times of two things, taken in turns.

use std::time::{Duration, Instant};

/// How long one call takes, of each of two things: the median over rounds in which both are run.
pub fn in_turns(rounds: usize, calls: u32, mut first: impl FnMut(), mut second: impl FnMut()) -> (Duration, Duration) {
    let mut times = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        times.0.push(time(calls, &mut first));
        times.1.push(time(calls, &mut second));
    }
    (median(&mut times.0), median(&mut times.1))
}

fn time(calls: u32, act: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        act();
    }
    start.elapsed() / calls
}

/// The middle of some times; zero of none.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
