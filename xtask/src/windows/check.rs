//! `portcullis extension check` of DLLs under Wine: the built-in extension keeps all rules, a flawed one is caught.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{LIBRARY, wine};
use crate::tally::Tally;

pub(super) const PROGRAM: &str = "portcullis.exe";
pub(super) const FLAWED: &str = "flawed.dll";

/// How many rules there are.
const RULES: usize = 37;

/// A flaw, and the rule that it breaks.
const FLAW: (&str, &str) = ("CompletesInside", "R16");

/// What a check has to say.
struct Expected {
    exit_code: i32,
    /// The rules that are broken; of the others each is kept.
    broken: &'static [&'static str],
}

/// Checks both DLLs in `directory`; each is counted.
///
/// # Errors
/// If Wine cannot be started.
pub(super) fn run(directory: &Path) -> Result<Tally> {
    let kept = Expected {
        exit_code: 0,
        broken: &[],
    };
    let caught = Expected {
        exit_code: 3,
        broken: &[FLAW.1],
    };
    let mut tally = check(wine(directory)?, LIBRARY, &kept)?;
    let mut flawed = wine(directory)?;
    flawed.env("PORTCULLIS_FLAW", FLAW.0);
    tally += check(flawed, FLAWED, &caught)?;
    Ok(tally)
}

fn check(mut wine: Command, library: &str, expected: &Expected) -> Result<Tally> {
    let output = wine
        .args([PROGRAM, "extension", "check", library, "--json"])
        .output()
        .context("cannot start wine")?;
    let said = String::from_utf8_lossy(&output.stdout);
    match judge(&said, output.status.code(), expected) {
        Ok(()) => {
            println!("extension check of {library}: ok");
            Ok(Tally::PASSED)
        }
        Err(why) => {
            println!("FAILED: extension check of {library}: {why}");
            print!("{said}{}", String::from_utf8_lossy(&output.stderr));
            Ok(Tally::failed(&format!("extension check of {library}: {why}")))
        }
    }
}

/// Compares a report and its exit code with what is expected.
///
/// # Errors
/// What is different.
fn judge(report: &str, code: Option<i32>, expected: &Expected) -> Result<(), String> {
    let report: Value = serde_json::from_str(report).map_err(|error| format!("no report: {error}"))?;
    let text = |finding: &Value, key: &str| Some(finding.get(key)?.as_str()?.to_owned());
    let verdicts: BTreeMap<String, String> = report
        .get("findings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|finding| Some((text(finding, "rule")?, text(finding, "verdict")?)))
        .collect();
    if verdicts.len() != RULES {
        return Err(format!("a report of {} rules", verdicts.len()));
    }
    for (rule, verdict) in verdicts {
        let wanted = match expected.broken.contains(&rule.as_str()) {
            true => "broken",
            false => "kept",
        };
        if verdict != wanted {
            return Err(format!("{rule} is {verdict}"));
        }
    }
    match code == Some(expected.exit_code) {
        true => Ok(()),
        false => Err(format!("exit code {code:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEPT: Expected = Expected {
        exit_code: 0,
        broken: &[],
    };

    /// A report in which every rule is kept, but for one.
    fn report(rule: &str, verdict: &str) -> String {
        let findings: Vec<Value> = (1..=RULES)
            .map(|number| format!("R{number:02}"))
            .map(|name| json!({"verdict": if name == rule { verdict } else { "kept" }, "rule": name}))
            .collect();
        json!({ "findings": findings }).to_string()
    }

    #[test]
    fn a_report_is_good_only_if_every_rule_came_up_and_was_kept() {
        assert_eq!(judge(&report("", ""), Some(0), &KEPT), Ok(()));
        for verdict in ["not_exercised", "broken"] {
            let why = format!("R37 is {verdict}");
            assert_eq!(judge(&report("R37", verdict), Some(0), &KEPT), Err(why));
        }
        for bad in ["", "{}", r#"{"findings": []}"#] {
            assert!(judge(bad, Some(0), &KEPT).is_err(), "{bad}");
        }
        assert!(judge(&report("", ""), Some(4), &KEPT).is_err());
    }

    #[test]
    fn a_flaw_has_to_be_caught_by_its_rule_and_by_no_other() {
        let caught = Expected {
            exit_code: 3,
            broken: &["R16"],
        };
        assert_eq!(judge(&report("R16", "broken"), Some(3), &caught), Ok(()));
        assert!(judge(&report("R17", "broken"), Some(3), &caught).is_err());
        assert!(judge(&report("", ""), Some(3), &caught).is_err());
        assert!(judge(&report("R16", "broken"), Some(0), &caught).is_err());
    }
}
