//! A checker's report for people at a terminal.

use checker::{Breach, Finding, Report, Verdict};
use std::io::{self, Write};

/// What a person reads for a verdict.
pub(super) const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::Broken => "BROKEN",
        Verdict::NotExercised => "not exercised",
    }
}

/// Writes a line for each rule, then how the broken ones were broken, then the sum.
///
/// # Errors
/// Those of `out`.
pub(super) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "rule  verdict        kept by    what it asks")?;
    for finding in &report.findings {
        let Finding {
            rule,
            verdict,
            party,
            text,
            ..
        } = finding;
        writeln!(out, "{:<5} {:<14} {party:<10} {text}", rule.to_string(), word(*verdict))?;
    }
    for finding in report.with(Verdict::Broken) {
        for breach in &finding.breaches {
            write_breach(out, finding, breach)?;
        }
    }
    writeln!(out, "\n{}", sum(report))
}

fn write_breach(out: &mut impl Write, finding: &Finding, breach: &Breach) -> io::Result<()> {
    writeln!(out, "\n{}: {}", finding.rule, breach.what)?;
    writeln!(out, "  in the life `{}`, {}", breach.life, times(breach.times))?;
    for line in &breach.trace {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// How often something happened.
pub(super) fn times(count: u32) -> String {
    match count {
        1 => "once in all lives".into(),
        count => format!("{count} times in all lives"),
    }
}

/// The report in a sentence or two.
pub(super) fn sum(report: &Report) -> String {
    let count = |verdict| report.with(verdict).count();
    let rules = format!(
        "{} rules kept, {} broken, {} not exercised.",
        count(Verdict::Kept),
        count(Verdict::Broken),
        count(Verdict::NotExercised),
    );
    match report.joined {
        true => rules,
        false => format!(
            "{rules} The extension never opened its port, so that most rules did not come up: is the profile one \
             that it accepts?"
        ),
    }
}
