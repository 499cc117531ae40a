//! What the checker found: one finding a rule.

use ihv::{Party, Rule};
use serde::{Serialize, Serializer};

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It came up, and was kept.
    Kept,
    /// It was broken at least once.
    Broken,
    /// Nothing that the extension did made it come up.
    NotExercised,
}

/// One way in which a rule was broken, with what led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// In which life, by name.
    pub life: &'static str,
    /// What was wrong, as a sentence without its full stop.
    pub what: String,
    /// What happened up to then, one line each, oldest first.
    pub trace: Vec<String>,
    /// How often this happened in all lives.
    pub times: u32,
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    #[serde(serialize_with = "as_text")]
    pub rule: Rule,
    /// What it asks.
    pub text: &'static str,
    /// Who keeps it: `host`, `extension` or `both`.
    pub party: &'static str,
    /// What became of it.
    pub verdict: Verdict,
    /// The lives in which it came up.
    pub lives: Vec<&'static str>,
    /// How it was broken.
    pub breaches: Vec<Breach>,
}

/// What the checker found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the extension opened its port in any life: if not, most rules can't come up.
    pub joined: bool,
    /// One finding a rule, R01 first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The findings with this verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.verdict == verdict)
    }

    /// The rules that were broken.
    #[must_use]
    pub fn broken(&self) -> Vec<Rule> {
        self.with(Verdict::Broken).map(|finding| finding.rule).collect()
    }
}

pub(crate) const fn party(rule: Rule) -> &'static str {
    match rule.party() {
        Party::Host => "host",
        Party::Extension => "extension",
        Party::Both => "both",
    }
}

fn as_text<S: Serializer>(rule: &Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(rule)
}
