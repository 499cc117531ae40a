//! A checker's report as a web page that needs no other file.

use super::table::{sum, times, word};
use checker::{Finding, Report, Verdict};
use core::fmt;
use std::io::{self, Write};

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Rules of the extension interface</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top; }
  pre { overflow-x: auto; }
  .kept { color: #17803d; }
  .broken { color: #c01c28; font-weight: bold; }
  .not-exercised { color: #777; }
  @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } }
</style>
"#;

/// Writes the page about the extension of this name.
///
/// # Errors
/// Those of `out`.
pub(super) fn write(mut out: impl Write, name: &str, report: &Report) -> io::Result<()> {
    writeln!(
        out,
        "{HEAD}<h1>{}</h1>\n<p>{}</p>",
        Escaped(name),
        Escaped(&sum(report))
    )?;
    writeln!(
        out,
        "<table>\n<tr><th>Rule<th>Verdict<th>Kept by<th>What it asks, and where it came up"
    )?;
    for finding in &report.findings {
        write_row(&mut out, finding)?;
    }
    writeln!(out, "</table>\n</html>")?;
    out.flush()
}

fn write_row(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let class = match finding.verdict {
        Verdict::Kept => "kept",
        Verdict::Broken => "broken",
        Verdict::NotExercised => "not-exercised",
    };
    writeln!(
        out,
        r#"<tr id="{rule}"><td>{rule}<td class="{class}">{}<td>{}<td>{}"#,
        word(finding.verdict),
        finding.party,
        Escaped(finding.text),
        rule = finding.rule,
    )?;
    if !finding.lives.is_empty() {
        writeln!(out, "<br><small>{}</small>", Escaped(&finding.lives.join(" · ")))?;
    }
    for breach in &finding.breaches {
        writeln!(
            out,
            "<details open><summary>{}</summary>\n<p>In the life <q>{}</q>, {}.</p>\n<pre>{}</pre></details>",
            Escaped(&breach.what),
            Escaped(breach.life),
            times(breach.times),
            Escaped(&breach.trace.join("\n")),
        )?;
    }
    Ok(())
}

/// Text as it stands between tags.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split_inclusive(['&', '<', '>', '"']).try_for_each(|part| {
            let (text, replacement) = match part.chars().next_back() {
                Some('&') => (part.trim_end_matches('&'), "&amp;"),
                Some('<') => (part.trim_end_matches('<'), "&lt;"),
                Some('>') => (part.trim_end_matches('>'), "&gt;"),
                Some('"') => (part.trim_end_matches('"'), "&quot;"),
                _ => (part, ""),
            };
            write!(f, "{text}{replacement}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use checker::Breach;
    use ihv::Rule;

    #[test]
    fn what_an_extension_says_is_text_and_never_markup() {
        assert_eq!(
            Escaped("<b>\"&\"</b>&&").to_string(),
            "&lt;b&gt;&quot;&amp;&quot;&lt;/b&gt;&amp;&amp;"
        );
        let finding = Finding {
            rule: Rule::R16,
            text: Rule::R16.text(),
            party: "extension",
            verdict: Verdict::Broken,
            lives: vec!["success"],
            breaches: vec![Breach {
                life: "success",
                what: "it said <script>".into(),
                trace: vec!["<img>".into()],
                times: 2,
            }],
        };
        let report = Report {
            joined: true,
            findings: vec![finding],
        };
        let mut page = Vec::new();
        write(&mut page, "<i>", &report).unwrap();
        let page = String::from_utf8(page).unwrap();
        for tag in ["<script", "<img", "<i>"] {
            assert!(!page.contains(tag), "{page}");
        }
        assert!(page.contains("2 times in all lives"));
    }
}
