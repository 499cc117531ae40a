//! `cargo xtask vm`: a real kernel with simulated radios, hostapd, and the program under test.
//!
//! The host side builds an image, boots it under an emulator and shows what comes back over a serial line.
//! The guest side ([`guest`]) is this same program as the machine's agent.

mod boot;
mod cpio;
pub(crate) mod guest;
mod image;
mod modules;
mod race;
mod report;
mod run;
mod scenario;
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use self::run::Run;
use self::scenario::Scenario;
use crate::newer::Newer;
use crate::setup;
use crate::tally::Tally;
use crate::workspace;

/// Scenarios wait more than they compute: two cores carry two machines with two processors each.
const MACHINES: usize = 2;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Scenarios to run, by the names of their files; all of them if none is given.
    scenarios: Vec<String>,
    /// Only list the scenarios and what each shows.
    #[arg(long)]
    list: bool,
    /// Keep logs and events of scenarios that passed, too.
    #[arg(long)]
    keep: bool,
    /// Capture the air of every scenario to a pcap file in this directory.
    #[arg(long, value_name = "DIR")]
    capture: Option<PathBuf>,
    /// Which program the stations run.
    #[arg(long, value_enum, default_value_t)]
    station: StationProgram,
    /// Instead of scenarios, connect so many times (30 if no number is given) with the program and with
    /// `wpa_supplicant`, alternately on one access point, and compare how long they take. Fails if the program is not as
    /// much faster as it is promised to be.
    #[arg(long, value_name = "ROUNDS", num_args = 0..=1, default_missing_value = "30", conflicts_with_all = ["scenarios", "list", "station"])]
    race: Option<usize>,
    /// How many machines run side by side; with one, the times are the truest.
    #[arg(long, default_value_t = MACHINES)]
    jobs: usize,
    /// Fail if the scenarios take longer than so many minutes, without the building.
    #[arg(long, value_name = "MINUTES")]
    within: Option<u64>,
}

/// So long may all scenarios take on two cores.
const PROMISED_MINUTES: u64 = 15;

impl Default for Options {
    /// Every scenario, as `cargo xtask test` runs them.
    fn default() -> Self {
        Self {
            scenarios: Vec::new(),
            list: false,
            keep: false,
            capture: None,
            station: StationProgram::default(),
            race: None,
            jobs: MACHINES,
            within: None,
        }
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[clap(rename_all = "snake_case")]
enum StationProgram {
    #[default]
    Portcullis,
    /// A stand-in, to tell the faults of a scenario from those of the program.
    WpaSupplicant,
}

/// What the guest finds as `plan.json` in the shared folder.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    station: StationProgram,
    capture: bool,
    /// Logs and captures stay in the guest's memory until their scenario is over. The shared folder is slow, and
    /// whoever says more would be timed by it.
    timed: bool,
    /// In this order.
    scenarios: Vec<String>,
}

/// Runs the chore and prints its table.
///
/// # Errors
/// If a scenario file is wrong or the machine cannot be built or booted.
pub(crate) fn main(options: &Options) -> Result<ExitCode> {
    if options.list {
        for (name, scenario) in &chosen_scenarios(options)? {
            println!("{name:<28}  {}", scenario.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(rounds) = options.race {
        return race(options, rounds);
    }
    let tally = run(options)?;
    println!("{tally}");
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the chosen scenarios and prints each outcome, then all of them as a table.
///
/// # Errors
/// As [`main`].
pub(crate) fn run(options: &Options) -> Result<Tally> {
    let mut scenarios = chosen_scenarios(options)?;
    let mut left_out = Tally::default();
    if !server::freeradius_is_there() {
        for (name, _) in scenarios.extract_if(.., |_, scenario| scenario.needs_freeradius()) {
            println!("left out: {name}, because FreeRADIUS is missing (freeradius); `cargo xtask setup`");
            left_out += Tally::SKIPPED;
        }
    }
    let newer = Newer::unpacked().ok();
    if newer.is_none() {
        for (name, _) in scenarios.extract_if(.., |_, scenario| scenario.needs_newer_hostapd()) {
            println!("left out: {name}, because hostapd of Debian testing is missing; `cargo xtask setup`");
            left_out += Tally::SKIPPED;
        }
    }
    let kernel = setup::obtain_kernel()?;
    let run = Run::prepare(options, &kernel, scenario_directory()?, &scenarios)?;
    let names: Vec<&str> = scenarios.keys().map(String::as_str).collect();
    let machines = options.jobs.clamp(1, names.len().max(1));
    println!(
        "vm: {} scenarios, station {:?}, {machines} machines",
        names.len(),
        options.station
    );
    let began = Instant::now();
    let outcomes = run.side_by_side(&names, machines)?;
    let took = began.elapsed();
    let mut tally = report::tally(&outcomes.final_ones);
    println!("\n{}", report::summary(&outcomes.final_ones));
    if !outcomes.wavering.is_empty() {
        println!(
            "passed only when run again, alone; the first time:\n{}",
            report::summary(&outcomes.wavering)
        );
    }
    println!(
        "{}",
        report::pace(took, minutes(options.within.unwrap_or(PROMISED_MINUTES)))
    );
    run.clean_up(options, tally.failed == 0)?;
    if options.within.is_some_and(|within| took > minutes(within)) {
        tally += Tally::failed("the time of all scenarios");
    }
    tally += left_out;
    Ok(tally)
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(60))
}

/// Lets the program and its stand-in connect in turns, and prints how long each took.
fn race(options: &Options, rounds: usize) -> Result<ExitCode> {
    let directory = workspace::target()?.join("vm/race");
    let scenario = race::write_scenario(&directory, rounds)?;
    let options = &Options {
        capture: Some(directory.clone()),
        keep: options.keep,
        race: options.race,
        ..Options::default()
    };
    let run = Run::prepare(
        options,
        &setup::obtain_kernel()?,
        directory.clone(),
        &BTreeMap::from([(race::NAME.to_owned(), scenario)]),
    )?;
    let outcomes = run.side_by_side(&[race::NAME], 1)?;
    let finished = report::tally(&outcomes.final_ones).failed == 0;
    run.clean_up(options, finished)?;
    if !finished {
        return Ok(ExitCode::FAILURE);
    }
    let standings = race::standings(&directory, rounds)?;
    println!("\n{}", standings.table);
    Ok(match standings.reached {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The scenario files that were asked for, all of them checked.
fn chosen_scenarios(options: &Options) -> Result<BTreeMap<String, Scenario>> {
    let directory = scenario_directory()?;
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(&directory).context("cannot read the directory of the scenarios")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            all.insert(name, Scenario::load(&path)?);
        }
    }
    if options.scenarios.is_empty() {
        return Ok(all);
    }
    let take = |name: &String| {
        let scenario = all.remove_entry(name);
        scenario.with_context(|| format!("there is no scenario {name:?}; `cargo xtask vm --list` shows them"))
    };
    options.scenarios.iter().map(take).collect()
}

fn scenario_directory() -> Result<PathBuf> {
    Ok(workspace::root()?.join("tests/vm"))
}
