//! One run of scenarios: the image, the machines side by side, and what comes out.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::Mutex;
use std::thread;

use anyhow::{Result, anyhow, ensure};

use super::boot::Machine;
use super::report::{Outcome, Report};
use super::scenario::{Scenario, Server};
use super::{Options, Plan, StationProgram, guest, image, server};
use crate::newer::Newer;
use crate::setup::{self, Kernel};
use crate::workspace;

/// As wide as the longest name, or a little less: the lines come before all names are known.
const NAME_WIDTH: usize = 24;

/// So many scenarios that failed are run again at the most. More of them are no chance.
const SECOND_RUNS: usize = 6;

/// What came out of all scenarios.
pub(super) struct Outcomes {
    /// One for each, in the order of the names.
    pub(super) final_ones: Vec<Outcome>,
    /// Those that failed beside another machine, and passed in a machine that had the processors for itself.
    pub(super) wavering: Vec<Outcome>,
}

/// What all machines of one run share.
pub(super) struct Run {
    kernel: PathBuf,
    image: PathBuf,
    /// Where the files of the scenarios are.
    sources: PathBuf,
    /// Holds one folder a machine, shared with its guest.
    directory: PathBuf,
    station: StationProgram,
    capture: Option<PathBuf>,
    /// The scenarios are run for their times.
    timed: bool,
    /// How many there are, on all machines.
    scenarios: usize,
    /// The authentication servers, by the names of their scenarios.
    servers: BTreeMap<String, Server>,
    /// Where the outcomes of all machines come together.
    outcomes: Mutex<Vec<Outcome>>,
}

impl Run {
    /// Builds what the machines boot.
    ///
    /// # Errors
    /// If the program does not build, or a part of the image is missing.
    pub(super) fn prepare(
        options: &Options,
        kernel: &Kernel,
        sources: PathBuf,
        scenarios: &BTreeMap<String, Scenario>,
    ) -> Result<Self> {
        let directory = workspace::target()?.join(format!("vm/runs/{}", process::id()));
        fs::create_dir_all(&directory)?;
        let agent = stripped(env::current_exe()?, &directory)?;
        let mut products = match options.station {
            StationProgram::Portcullis => build_products()?,
            StationProgram::WpaSupplicant => Vec::new(),
        };
        for (product, _) in &mut products {
            *product = stripped(core::mem::take(product), &directory)?;
        }
        let image = directory.join("image.cpio");
        let freeradius = scenarios.values().any(Scenario::needs_freeradius);
        let newer = scenarios.values().any(Scenario::needs_newer_hostapd);
        let newer = newer.then(Newer::unpacked).transpose()?;
        fs::write(
            &image,
            image::build(kernel, &agent, &products, freeradius, newer.as_ref())?,
        )?;
        let servers = scenarios
            .iter()
            .filter_map(|(name, scenario)| Some((name.clone(), scenario.server?)));
        Ok(Self {
            kernel: kernel.image.clone(),
            image,
            sources,
            directory,
            station: options.station,
            capture: options.capture.clone(),
            timed: options.race.is_some(),
            scenarios: scenarios.len(),
            servers: servers.collect(),
            outcomes: Mutex::default(),
        })
    }

    /// Deals the scenarios to the machines and waits for all outcomes. Kernels that wait for each other's processors repeat
    /// frames that nobody has lost: what failed is run once more, alone.
    ///
    /// # Errors
    /// If a machine cannot be started. What goes wrong in one is an outcome.
    pub(super) fn side_by_side(&self, names: &[&str], machines: usize) -> Result<Outcomes> {
        thread::scope(|scope| {
            let running: Vec<_> = (0..machines)
                .map(|machine| {
                    let hand = names.iter().skip(machine).step_by(machines).copied().collect();
                    scope.spawn(move || self.one_by_one(machine, hand))
                })
                .collect();
            running
                .into_iter()
                .try_for_each(|machine| machine.join().map_err(|_| anyhow!("a machine's thread died"))?)
        })?;
        let first = self.take_outcomes()?;
        let failed: Vec<_> = first.iter().filter(|outcome| !outcome.passed()).collect();
        let again = match failed.len() {
            1..=SECOND_RUNS if machines > 1 => failed.iter().map(|outcome| outcome.scenario.as_str()).collect(),
            _ => Vec::new(),
        };
        if !again.is_empty() {
            println!("vm: what failed is run again, alone");
        }
        self.one_by_one(machines, again)?;
        let mut outcomes = Outcomes {
            final_ones: self.take_outcomes()?,
            wavering: Vec::new(),
        };
        for outcome in first {
            match outcomes
                .final_ones
                .iter()
                .find(|second| second.scenario == outcome.scenario)
            {
                None => outcomes.final_ones.push(outcome),
                Some(second) if second.passed() => outcomes.wavering.push(outcome),
                Some(_) => {}
            }
        }
        outcomes.final_ones.sort_by(|a, b| a.scenario.cmp(&b.scenario));
        Ok(outcomes)
    }

    fn take_outcomes(&self) -> Result<Vec<Outcome>> {
        let mut outcomes = self.outcomes.lock().map_err(|_| anyhow!("a machine's thread died"))?;
        Ok(core::mem::take(&mut *outcomes))
    }

    /// Runs scenarios in a machine; a machine that hangs or dies costs the scenario that it was in, and the
    /// others go on in a new one.
    fn one_by_one(&self, machine: usize, mut scenarios: Vec<&str>) -> Result<()> {
        for boot in 0.. {
            if scenarios.is_empty() {
                break;
            }
            let share = self.directory.join(format!("machine-{machine}-{boot}"));
            self.fill(&share, &scenarios)?;
            let guest = Machine::boot(&self.kernel, &self.image, &share)?;
            let before = scenarios.len();
            // Scenario, step and kind of step.
            let mut place = None;
            let ended = loop {
                match guest.next_report() {
                    Ok(Report::Ready) => {}
                    Ok(Report::Step { scenario, number, kind }) => place = Some((scenario, number, kind)),
                    Ok(Report::Finished(outcome)) => {
                        place = None;
                        scenarios.retain(|name| *name != outcome.scenario);
                        self.settle(outcome, &share)?;
                    }
                    Ok(Report::Done) => break None,
                    Err(why) => break Some(why),
                }
            };
            match (ended, place) {
                (None, _) => break,
                (Some(why), Some((scenario, step, kind))) => {
                    scenarios.retain(|name| *name != scenario);
                    self.settle(Outcome::failed(&scenario, step, &kind, why), &share)?;
                }
                // It does not even boot; another one would not either.
                (Some(why), None) if scenarios.len() == before => {
                    for scenario in scenarios.drain(..) {
                        self.settle(Outcome::failed(scenario, 0, "boot", why), &share)?;
                    }
                }
                // It ended between two scenarios.
                (Some(_), None) => {}
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
            timed: self.timed,
            scenarios: scenarios.iter().map(|&name| name.to_owned()).collect(),
        };
        fs::write(share.join("plan.json"), serde_json::to_vec(&plan)?)?;
        for name in scenarios {
            let file = format!("{name}.toml");
            fs::copy(self.sources.join(&file), share.join("scenarios").join(&file))?;
            if let Some(server) = self.servers.get(*name) {
                server::prepare(&share.join(server::DIRECTORY).join(name), *server)?;
            }
        }
        Ok(())
    }

    /// Shows an outcome, keeps it, and saves its capture and its trace.
    fn settle(&self, outcome: Outcome, share: &Path) -> Result<()> {
        let mut outcomes = self.outcomes.lock().map_err(|_| anyhow!("a machine's thread died"))?;
        println!(
            "[{}/{}] {}",
            outcomes.len() + 1,
            self.scenarios,
            outcome.show(NAME_WIDTH)
        );
        if !outcome.passed() {
            println!("        logs: {}", share.display());
        }
        io::stdout().flush()?;
        if let Some(directory) = &self.capture {
            fs::create_dir_all(directory)?;
            for (found, extension) in [(guest::CAPTURE, "pcap"), (guest::STATES, "trace")] {
                let found = share.join(&outcome.scenario).join(found);
                if found.exists() {
                    fs::copy(found, directory.join(format!("{}.{extension}", outcome.scenario)))?;
                }
            }
        }
        outcomes.push(outcome);
        Ok(())
    }

    /// Removes what nobody needs any more: everything, unless a scenario failed or it is to be kept.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub(super) fn clean_up(&self, options: &Options, passed: bool) -> Result<()> {
        if passed && !options.keep {
            fs::remove_dir_all(&self.directory)?;
        } else {
            fs::remove_file(&self.image)?;
            println!("vm: logs are in {}", self.directory.display());
        }
        Ok(())
    }
}

/// Builds the program and the extension's library as they are shipped.
fn build_products() -> Result<Vec<(PathBuf, &'static str)>> {
    let status = workspace::cargo()?
        .args([
            "build",
            "--release",
            "--package",
            "portcullis",
            "--package",
            "portcullis-dll",
        ])
        .status()?;
    ensure!(status.success(), "the program does not build");
    let built = workspace::target()?.join("release");
    Ok(vec![
        (built.join("portcullis"), "usr/bin/portcullis"),
        (built.join("libportcullis_ihv.so"), "usr/lib/libportcullis_ihv.so"),
    ])
}

/// The program without what is for debuggers, which is most of it and takes the machine time to load; as it is, where
/// nothing can strip it.
fn stripped(program: PathBuf, directory: &Path) -> Result<PathBuf> {
    let Some(strip) = setup::find_program("strip") else {
        return Ok(program);
    };
    let stripped = directory.join(program.file_name().unwrap_or_default());
    let status = Command::new(strip)
        .arg("--strip-debug")
        .arg("-o")
        .args([&stripped, &program])
        .status()?;
    ensure!(status.success(), "{} can't be stripped", program.display());
    Ok(stripped)
}
