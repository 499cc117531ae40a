//! The agent inside the virtual machine: runs the scenarios of the plan and reports.
//!
//! It is the machine's first process, so an error of the agent itself is a panic of the kernel, which the host
//! sees as the end of the machine.

mod access_point;
mod events;
mod processes;
mod radios;
mod server;
mod station;
mod steps;
mod terminal;
mod trace;
mod wire;
mod world;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use self::world::World;
use super::Plan;
use super::report::{Outcome, Report, Timing, Verdict};
use super::scenario::Scenario;
use super::server::DIRECTORY;

/// The air of a scenario, in its directory of the shared folder.
pub(super) const CAPTURE: &str = "air.pcap";
/// The states of its stations, beside it, if the scenario is run for its times.
pub(super) const STATES: &str = "states.trace";

const SHARE: &str = "/share";
/// Logs of scenarios that are run for their times.
const MEMORY: &str = "/run/logs";
/// What comes before the first step.
const SETTING_UP: &str = "setting up";
const SERIAL_LINE: &str = "/dev/ttyS1";

/// Runs the plan and switches the machine off.
///
/// # Errors
/// If the shared folder or the serial line does not work; what goes wrong in a scenario is reported instead.
pub(crate) fn run() -> Result<ExitCode> {
    let share = Path::new(SHARE);
    let mut host = Host {
        line: OpenOptions::new()
            .write(true)
            .open(SERIAL_LINE)
            .context("no serial line")?,
    };
    host.report(&Report::Ready)?;
    let plan: Plan =
        serde_json::from_slice(&fs::read(share.join("plan.json")).context("no plan in the shared folder")?)?;
    for name in &plan.scenarios {
        let began = Instant::now();
        let (verdict, timings) = play(name, share, &plan, &mut host)?;
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        host.report(&Report::Finished(Outcome {
            scenario: name.clone(),
            verdict,
            milliseconds,
            timings,
        }))?;
    }
    host.report(&Report::Done)?;
    processes::run(&["poweroff", "-f"])?;
    Ok(ExitCode::SUCCESS)
}

/// Plays one scenario in a world of its own.
fn play(name: &str, share: &Path, plan: &Plan, host: &mut Host) -> Result<(Verdict, Vec<Timing>)> {
    host.step(name, 0, SETTING_UP)?;
    let shared = share.join(name);
    let logs = if plan.timed {
        Path::new(MEMORY).join(name)
    } else {
        shared.clone()
    };
    fs::create_dir_all(&logs)?;
    if plan.timed {
        trace::start()?;
    }
    let scenario = Scenario::load(&share.join("scenarios").join(format!("{name}.toml")))?;
    let mut world = match World::build(&scenario, plan, &logs, &share.join(DIRECTORY).join(name)) {
        Ok(world) => world,
        Err(error) => return Ok((failed(0, SETTING_UP, &error), Vec::new())),
    };
    let mut verdict = Verdict::Passed;
    for (number, step) in (1..).zip(&scenario.steps) {
        host.step(name, number, step.kind())?;
        if let Err(error) = steps::take(step, &mut world) {
            verdict = failed(number, step.kind(), &error);
            break;
        }
    }
    let timings = world.timings();
    drop(world);
    fs::write(logs.join("kernel.log"), processes::run(&["dmesg", "-c"])?)?;
    if plan.timed {
        trace::save(&logs.join(STATES))?;
    }
    if logs != shared {
        processes::run(&["cp".as_ref(), "-r".as_ref(), logs.as_os_str(), share.as_os_str()])?;
    }
    Ok((verdict, timings))
}

fn failed(step: usize, kind: &str, error: &anyhow::Error) -> Verdict {
    Verdict::Failed {
        step,
        kind: kind.to_owned(),
        why: format!("{error:#}"),
    }
}

/// The host at the other end of the serial line.
struct Host {
    line: File,
}

impl Host {
    fn step(&mut self, scenario: &str, number: usize, kind: &str) -> Result<()> {
        self.report(&Report::Step {
            scenario: scenario.to_owned(),
            number,
            kind: kind.to_owned(),
        })
    }

    fn report(&mut self, report: &Report) -> Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        self.line.write_all(&line).context("the serial line is broken")
    }
}
