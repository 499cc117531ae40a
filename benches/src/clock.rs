//! Times of two things, taken in turns.

use std::time::{Duration, Instant};

/// How long one call takes, of each of two things: the median over rounds in which both are run. What
/// `prepare` makes for the first thing's calls is made before the clock starts.
pub fn in_turns<T>(
    rounds: usize,
    calls: u32,
    mut prepare: impl FnMut() -> T,
    mut first: impl FnMut(T),
    mut second: impl FnMut(),
) -> (Duration, Duration) {
    let mut times = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        let prepared: Vec<T> = (0..calls).map(|_| prepare()).collect();
        times.0.push(time(calls, || prepared.into_iter().for_each(&mut first)));
        times.1.push(time(calls, || (0..calls).for_each(|_| second())));
    }
    (median(&mut times.0), median(&mut times.1))
}

fn time(calls: u32, act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed() / calls
}

/// The middle of some times; zero of none.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
