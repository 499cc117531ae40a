//! What the guest tells the host, one JSON object a line; and how the host shows it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::tally::Tally;

/// One line from the guest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub(crate) enum Report {
    /// The agent runs.
    Ready,
    /// A step begins, counted from 1; 0 is the setting up.
    Step {
        scenario: String,
        number: usize,
        kind: String,
    },
    Finished(Outcome),
    /// Every scenario of the plan has been run.
    Done,
}

impl Report {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub scenario: String,
    pub verdict: Verdict,
    pub milliseconds: u64,
    /// Read from the stations' events, in the order of the connections.
    pub timings: Vec<Timing>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Passed,
    /// Which step (counted from 1; 0 is the setting up) and why.
    Failed {
        step: usize,
        kind: String,
        why: String,
    },
}

/// How long a station took from its association to its authorisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timing {
    pub station: String,
    pub microseconds: u64,
}

impl Outcome {
    /// The outcome of a scenario that the guest could not finish.
    pub(crate) fn failed(scenario: &str, step: usize, kind: &str, why: &str) -> Self {
        let verdict = Verdict::Failed {
            step,
            kind: kind.to_owned(),
            why: why.to_owned(),
        };
        Self {
            scenario: scenario.to_owned(),
            verdict,
            milliseconds: 0,
            timings: Vec::new(),
        }
    }

    pub(crate) fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// One line for a person, and a second one with the reason of a failure.
    pub(crate) fn show(&self, width: usize) -> String {
        let took = Duration::from_millis(self.milliseconds);
        let line = |verdict: &str| format!("{verdict:<6}  {:<width$}  {:>6.1} s", self.scenario, took.as_secs_f64());
        match &self.verdict {
            Verdict::Passed => {
                let timings: Vec<String> = self.timings.iter().map(Timing::show).collect();
                format!("{}  {}", line("passed"), timings.join(", "))
                    .trim_end()
                    .to_owned()
            }
            Verdict::Failed { step, kind, why } => {
                format!(
                    "{}\n        step {step} ({kind}): {}",
                    line("FAILED"),
                    why.replace('\n', "\n        ")
                )
            }
        }
    }
}

impl Timing {
    fn show(&self) -> String {
        format!(
            "{} authorised {:.1} ms after association",
            self.station,
            Duration::from_micros(self.microseconds).as_secs_f64() * 1e3
        )
    }
}

/// The table at the end of a run.
pub(crate) fn summary(outcomes: &[Outcome]) -> String {
    let width = outcomes
        .iter()
        .map(|outcome| outcome.scenario.len())
        .max()
        .unwrap_or_default();
    outcomes.iter().map(|outcome| outcome.show(width) + "\n").collect()
}

/// How long all of them took together, and whether that is too long.
pub(crate) fn pace(took: Duration, limit: Duration) -> String {
    let seconds = took.as_secs();
    let all = format!("vm: all in {} min {} s", seconds / 60, seconds % 60);
    match took > limit {
        true => format!("{all}, which is LONGER than {} min", limit.as_secs() / 60),
        false => all,
    }
}

pub(crate) fn tally(outcomes: &[Outcome]) -> Tally {
    let mut sum = Tally::default();
    for outcome in outcomes {
        sum += match outcome.passed() {
            true => Tally::PASSED,
            false => Tally::failed(&format!("scenario {}", outcome.scenario)),
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_serial_line() {
        let report = Report::Finished(Outcome {
            scenario: "rekey".to_owned(),
            verdict: Verdict::Failed {
                step: 3,
                kind: "ping".to_owned(),
                why: "no\nanswer".to_owned(),
            },
            milliseconds: 1200,
            timings: vec![Timing {
                station: "sta".to_owned(),
                microseconds: 5,
            }],
        });
        let line = serde_json::to_string(&report).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(Report::parse(&format!("{line}\r")), Some(report));
        assert_eq!(Report::parse("[    0.000000] Linux version"), None);
    }

    #[test]
    fn a_failure_is_shown_with_its_step_and_reason_and_is_counted() {
        let lost = Outcome::failed("ccmp", 2, "ping", "the virtual machine hangs");
        assert!(lost.show(8).starts_with("FAILED  ccmp "));
        assert!(lost.show(8).ends_with("step 2 (ping): the virtual machine hangs"));
        assert_eq!(tally(&[lost]), Tally::failed("scenario ccmp"));
    }
    #[test]
    fn a_run_that_takes_too_long_is_said_to() {
        let limit = Duration::from_secs(900);
        assert_eq!(pace(limit, limit), "vm: all in 15 min 0 s");
        assert_eq!(
            pace(limit + Duration::from_secs(61), limit),
            "vm: all in 16 min 1 s, which is LONGER than 15 min"
        );
    }
}
