//! The checker against extensions: the built-in one keeps every rule, and each flawed one is caught by the
//! rule that it breaks, and by no other.
#![expect(clippy::unwrap_used, reason = "a test ends where its page is not as it should be")]

mod flawed;
mod network;

use checker::{Native, Report, Verdict, check};
use extension::BuiltIn;
use flawed::{Flaw, Flawed};
use ihv::Rule;
use network::network;
use portcullis_checker as checker;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn built_in() -> BuiltIn<ChaCha20Rng> {
    BuiltIn::new(ChaCha20Rng::seed_from_u64(7))
}

/// What is told of a report that is not as expected.
fn tell(report: &Report) -> String {
    let breaches = report.with(Verdict::Broken).flat_map(|finding| {
        finding.breaches.iter().map(|breach| {
            let trace = breach.trace.join("\n");
            format!("{} in `{}`: {}\n{trace}\n", finding.rule, breach.life, breach.what)
        })
    });
    breaches.collect()
}

#[test]
fn the_built_in_extension_breaks_no_rule() {
    let report = check(&mut Native(built_in), &network());
    assert!(report.joined);
    assert_eq!(report.broken(), [], "{}", tell(&report));
}

#[test]
fn every_rule_comes_up_in_the_lives_of_the_built_in_extension() {
    let report = check(&mut Native(built_in), &network());
    let missing: Vec<Rule> = report.with(Verdict::NotExercised).map(|finding| finding.rule).collect();
    assert_eq!(missing, []);
}

#[test]
fn every_flaw_is_caught_by_its_rule_and_by_no_other() {
    for flaw in Flaw::ALL.iter().copied() {
        let report = check(&mut Native(|| Flawed::new(built_in(), flaw)), &network());
        assert_eq!(report.broken(), [flaw.rule()], "{flaw:?}: {}", tell(&report));
    }
}

/// The first column of the table of the rules that no extension can break.
fn unbreakable() -> Vec<Rule> {
    let page = include_str!("../../../../docs/check.md");
    let (_, table) = page.split_once("These rules no extension can break").unwrap();
    let rows = table.lines().skip(4).map_while(|line| line.strip_prefix("| "));
    let names = rows.flat_map(|row| row.split(" | ").next().unwrap().split(", "));
    names
        .map(|name| Rule::numbered(name.strip_prefix('R').unwrap().parse().unwrap()).unwrap())
        .collect()
}

#[test]
fn every_rule_has_its_flaw_or_is_listed_as_one_that_no_extension_can_break() {
    let unbreakable = unbreakable();
    for rule in Rule::ALL {
        let flawed = Flaw::ALL.iter().any(|flaw| flaw.rule() == rule);
        assert_ne!(flawed, unbreakable.contains(&rule), "{rule}");
    }
}

#[test]
fn a_breach_is_shown_with_what_led_to_it() {
    let report = check(
        &mut Native(|| Flawed::new(built_in(), Flaw::CompletesInside)),
        &network(),
    );
    let finding = report.with(Verdict::Broken).next().unwrap();
    let breach = &finding.breaches[0];
    assert_eq!(breach.life, "success");
    assert!(breach.times > 1);
    let (last, before) = breach.trace.split_last().unwrap();
    assert!(last.contains("R16"), "{last}");
    assert!(
        before.iter().any(|line| line.contains("▶ perform_post_associate")),
        "{before:?}"
    );
}

#[test]
fn the_same_extension_gets_the_same_report_again() {
    let report = || check(&mut Native(built_in), &network());
    assert_eq!(report(), report());
}
