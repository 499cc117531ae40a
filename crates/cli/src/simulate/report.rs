//! What many lives came to.

use core::time::Duration;
use host::outcome::Outcome;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// A progress bar on the standard error, where that is a terminal.
pub(super) fn progress(lives: u32, shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} lives, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(lives.into()).with_style(style)
}

/// What many lives came to.
#[derive(Serialize)]
pub(super) struct Summary {
    /// How many were lived to their end.
    pub complete: u64,
    /// How many were not, by the name of the outcome.
    pub failed: BTreeMap<&'static str, u64>,
    /// From the association to the open port, simulated time.
    pub association_to_authorized_us: Percentiles,
    /// From the scan to the open port, simulated time.
    pub scan_to_authorized_us: Percentiles,
    /// Packets of data, all stations.
    pub data_sent: u64,
    pub data_received: u64,
    /// Real time.
    pub seconds: f64,
    pub events: u64,
    #[serde(skip)]
    pub last_failure: Option<Outcome>,
}

#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Percentiles {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub max: u64,
}

impl Percentiles {
    pub(super) fn of(times: &mut [Duration]) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times
                .get(index)
                .map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
        };
        Self {
            p50: at(50),
            p90: at(90),
            p99: at(99),
            max: at(100),
        }
    }
}

impl Summary {
    pub(super) fn write_json(&self, out: &mut impl Write, now: Duration) -> io::Result<()> {
        let record = json!({
            "time_us": u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
            "adapter": "simulation",
            "peer": null,
            "session_id": null,
            "kind": "summary",
            "details": self,
        });
        serde_json::to_writer(&mut *out, &record)?;
        out.write_all(b"\n")
    }

    /// The end of a single life.
    pub(super) fn write_life(&self, out: &mut impl Write) -> io::Result<()> {
        match self.last_failure {
            None => writeln!(
                out,
                "\nThe life was lived to its end: port authorised, stopped and deleted. {} packets of data went out, {} came back.",
                self.data_sent, self.data_received
            ),
            Some(outcome) => writeln!(out, "\n{}\nWhat to do: {}", outcome.sentence(), outcome.next_step()),
        }
    }

    pub(super) fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        let failed: u64 = self.failed.values().sum();
        writeln!(out, "lives lived to their end   {:>10}", self.complete)?;
        writeln!(out, "lives that failed          {failed:>10}")?;
        for (outcome, count) in &self.failed {
            writeln!(out, "  {outcome:<24} {count:>10}")?;
        }
        writeln!(
            out,
            "packets of data            {:>10} sent, {} came back",
            self.data_sent, self.data_received
        )?;
        writeln!(
            out,
            "\nsimulated time, ms              p50        p90        p99        max"
        )?;
        for (name, percentiles) in [
            ("association to open port", self.association_to_authorized_us),
            ("scan to open port", self.scan_to_authorized_us),
        ] {
            write!(out, "{name:<24}")?;
            let Percentiles { p50, p90, p99, max } = percentiles;
            for value in [p50, p90, p99, max] {
                write!(out, " {:>10.3}", value as f64 / 1000.0)?;
            }
            writeln!(out)?;
        }
        let rate = if self.seconds > 0.0 {
            self.events as f64 / self.seconds
        } else {
            0.0
        };
        writeln!(
            out,
            "\n{} events in {:.2} s of real time, {rate:.0} a second",
            self.events, self.seconds
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let mut times: Vec<Duration> = (1..=100).rev().map(Duration::from_micros).collect();
        let Percentiles { p50, p90, p99, max } = Percentiles::of(&mut times);
        assert_eq!((p50, p90, p99, max), (50, 90, 99, 100));
        assert_eq!(Percentiles::of(&mut []).max, 0);
    }
}
