//! `cargo xtask vm`: a real kernel with simulated radios, hostapd, and the program under test.
//!
//! The host side builds an image, boots it under an emulator and shows what comes back over a serial line.
//! The guest side ([`guest`]) is this same program as the machine's agent.

mod boot;
mod cpio;
pub(crate) mod guest;
mod image;
mod modules;
mod report;
mod scenario;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};

use self::boot::Machine;
use self::report::{Outcome, Report};
use self::scenario::Scenario;
use crate::setup::{self, Kernel};
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
    /// How many machines run side by side; with one, the times are the truest.
    #[arg(long, default_value_t = MACHINES)]
    jobs: usize,
}

impl Default for Options {
    /// Every scenario, as `cargo xtask test` runs them.
    fn default() -> Self {
        Self {
            scenarios: Vec::new(),
            list: false,
            keep: false,
            capture: None,
            station: StationProgram::default(),
            jobs: 1,
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
    let scenarios = chosen_scenarios(options)?;
    let kernel = setup::obtain_kernel()?;
    let run = Run::prepare(options, &kernel)?;
    let names: Vec<&str> = scenarios.keys().map(String::as_str).collect();
    println!(
        "vm: {} scenarios, station {:?}, {} machines",
        names.len(),
        options.station,
        options.jobs
    );
    let outcomes = run.side_by_side(&names, options.jobs)?;
    let tally = report::tally(&outcomes);
    println!("\n{}", report::summary(&outcomes));
    run.clean_up(options, tally.failed == 0)?;
    Ok(tally)
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

/// What all machines of one run share.
struct Run {
    kernel: PathBuf,
    image: PathBuf,
    /// Holds one folder a machine, shared with its guest.
    directory: PathBuf,
    station: StationProgram,
    capture: Option<PathBuf>,
    /// Where the outcomes of all machines come together.
    outcomes: Mutex<Vec<Outcome>>,
}

impl Run {
    fn prepare(options: &Options, kernel: &Kernel) -> Result<Self> {
        let directory = workspace::target()?.join(format!("vm/runs/{}", process::id()));
        fs::create_dir_all(&directory)?;
        let agent = std::env::current_exe()?;
        let portcullis = match options.station {
            StationProgram::Portcullis => Some(build_portcullis()?),
            StationProgram::WpaSupplicant => None,
        };
        let image = directory.join("image.cpio");
        fs::write(&image, image::build(kernel, &agent, portcullis.as_deref())?)?;
        Ok(Self {
            kernel: kernel.image.clone(),
            image,
            directory,
            station: options.station,
            capture: options.capture.clone(),
            outcomes: Mutex::default(),
        })
    }

    /// Deals the scenarios to `jobs` machines and waits for all outcomes, given in the order of the names.
    fn side_by_side(&self, names: &[&str], jobs: usize) -> Result<Vec<Outcome>> {
        let jobs = jobs.clamp(1, names.len().max(1));
        thread::scope(|scope| {
            let machines: Vec<_> = (0..jobs)
                .map(|job| {
                    let share = names.iter().skip(job).step_by(jobs).copied().collect();
                    scope.spawn(move || self.one_by_one(job, share))
                })
                .collect();
            machines
                .into_iter()
                .try_for_each(|machine| machine.join().map_err(|_| anyhow!("a machine's thread died"))?)
        })?;
        let mut outcomes = self
            .outcomes
            .lock()
            .map_err(|_| anyhow!("a machine's thread died"))?
            .clone();
        outcomes.sort_by(|a, b| a.scenario.cmp(&b.scenario));
        Ok(outcomes)
    }

    /// Runs scenarios in a machine; a machine that hangs or dies costs the scenario that it was in, and the
    /// others go on in a new one.
    fn one_by_one(&self, job: usize, mut scenarios: Vec<&str>) -> Result<()> {
        for boot in 0.. {
            if scenarios.is_empty() {
                break;
            }
            let share = self.directory.join(format!("machine-{job}-{boot}"));
            self.fill(&share, &scenarios)?;
            let machine = Machine::boot(&self.kernel, &self.image, &share)?;
            let mut current = None;
            let ended = loop {
                match machine.next_report() {
                    Ok(Report::Ready | Report::Step { .. }) => {}
                    Ok(Report::Started { scenario }) => current = Some(scenario),
                    Ok(Report::Finished(outcome)) => {
                        current = None;
                        scenarios.retain(|name| *name != outcome.scenario);
                        self.settle(outcome, &share)?;
                    }
                    Ok(Report::Done) => break None,
                    Err(why) => break Some(why),
                }
            };
            match (ended, current) {
                (None, _) => break,
                (Some(why), Some(scenario)) => {
                    scenarios.retain(|name| *name != scenario);
                    self.settle(Outcome::lost(&scenario, why), &share)?;
                }
                (Some(why), None) => bail!("{why}; its console is in {}", share.join("console.log").display()),
            }
        }
        Ok(())
    }

    /// Puts into the shared folder what the guest needs.
    fn fill(&self, share: &Path, scenarios: &[&str]) -> Result<()> {
        fs::create_dir_all(share.join("scenarios"))?;
        let plan = Plan {
            station: self.station,
            capture: self.capture.is_some(),
            scenarios: scenarios.iter().map(|&name| name.to_owned()).collect(),
        };
        fs::write(share.join("plan.json"), serde_json::to_vec(&plan)?)?;
        for name in scenarios {
            let file = format!("{name}.toml");
            fs::copy(scenario_directory()?.join(&file), share.join("scenarios").join(&file))?;
        }
        Ok(())
    }

    /// Shows an outcome, keeps it, and saves its capture.
    fn settle(&self, outcome: Outcome, share: &Path) -> Result<()> {
        println!("{}", outcome.show(28));
        if !outcome.passed() {
            println!("        logs: {}", share.join(&outcome.scenario).display());
        }
        std::io::stdout().flush()?;
        let capture = share.join(&outcome.scenario).join(guest::CAPTURE);
        if let Some(directory) = self.capture.as_deref().filter(|_| capture.exists()) {
            fs::create_dir_all(directory)?;
            fs::copy(capture, directory.join(format!("{}.pcap", outcome.scenario)))?;
        }
        self.outcomes
            .lock()
            .map_err(|_| anyhow!("a machine's thread died"))?
            .push(outcome);
        Ok(())
    }

    fn clean_up(&self, options: &Options, passed: bool) -> Result<()> {
        if passed && !options.keep {
            fs::remove_dir_all(&self.directory)?;
        } else {
            fs::remove_file(&self.image)?;
            println!("vm: logs are in {}", self.directory.display());
        }
        Ok(())
    }
}

/// Builds the program as it is shipped.
fn build_portcullis() -> Result<PathBuf> {
    let status = workspace::cargo()?
        .args(["build", "--release", "--package", "portcullis"])
        .status()?;
    ensure!(status.success(), "the program does not build");
    Ok(workspace::target()?.join("release/portcullis"))
}
