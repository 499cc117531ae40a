//! `cargo xtask test`: everything that must hold before a change lands.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::tally::Tally;
use crate::{mutate, no_std, setup, vm, windows, workspace};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only formatting, lints and unit tests.
    #[arg(long)]
    fast: bool,
    /// Leave the virtual machine out.
    #[arg(long)]
    no_vm: bool,
    /// Leave out what is built for Windows.
    #[arg(long)]
    no_windows: bool,
}

/// Runs the checks, each of them counted, and prints the counts as the last line.
///
/// # Errors
/// If a check cannot even be started.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut checks = Checks {
        tally: Tally::default(),
        begun: Instant::now(),
    };
    checks.must_succeed("formatting", cargo(&["fmt", "--all", "--check"])?)?;
    checks.must_succeed(
        "lints",
        cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?,
    )?;
    checks.run_tests("unit tests", unit_tests()?)?;
    if options.fast {
        checks.leave_out(
            "documentation, no_std builds, EAP methods alone, documentation tests, valgrind, mutated packets, Windows, virtual machine",
            "of --fast",
        );
    } else {
        let mut documentation = cargo(&["doc", "--workspace", "--no-deps"])?;
        documentation.env("RUSTDOCFLAGS", "-D warnings");
        checks.must_succeed("documentation", documentation)?;
        prove_no_std(&mut checks)?;
        prove_methods_apart(&mut checks)?;
        checks.run_tests(
            "documentation tests",
            cargo(&["test", "--workspace", "--doc", "--no-fail-fast"])?,
        )?;
        run_under_valgrind(&mut checks)?;
        run_mutations(&mut checks);
        run_windows(options, &mut checks);
        run_scenarios(options, &mut checks);
    }
    if !workspace::root()?.join("../shared/captures").is_dir() {
        checks.leave_out(
            "shared captures",
            "there is no directory shared/captures beside the repository",
        );
    }
    for failure in &checks.tally.failures {
        println!("failed: {failure}");
    }
    // Last, and alone on its line: others read it.
    println!("\n{}", checks.tally);
    Ok(if checks.tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cargo(arguments: &[&str]) -> Result<Command> {
    let mut cargo = workspace::cargo()?;
    cargo.args(arguments);
    Ok(cargo)
}

fn unit_tests() -> Result<Command> {
    let has_nextest = cargo(&["nextest", "--version"])?
        .output()
        .is_ok_and(|output| output.status.success());
    if has_nextest {
        cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--no-tests",
            "pass",
            "--color",
            "never",
        ])
    } else {
        cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"])
    }
}

fn prove_no_std(checks: &mut Checks) -> Result<()> {
    for (package, directory) in no_std::PACKAGES {
        checks.must_succeed(&format!("{package} without std"), no_std::proof(package, directory)?)?;
    }
    let name = format!("build for {}", no_std::BARE_METAL);
    match no_std::bare_metal()? {
        Some(build) => checks.must_succeed(&name, build),
        None => {
            checks.leave_out(&name, "the target's core library is not installed");
            Ok(())
        }
    }
}

/// Each EAP method is a feature that does without the others.
fn prove_methods_apart(checks: &mut Checks) -> Result<()> {
    const METHODS: [&str; 11] = [
        "aka",
        "aka-prime",
        "gtc",
        "md5",
        "mschapv2",
        "peap",
        "pwd",
        "sim",
        "teap",
        "tls",
        "ttls",
    ];
    for method in METHODS {
        checks.must_succeed(
            &format!("portcullis-onex with no other method than {method}"),
            cargo(&[
                "clippy",
                "--quiet",
                "--package",
                "portcullis-onex",
                "--no-deps",
                "--no-default-features",
                "--features",
                method,
                "--",
                "-D",
                "warnings",
            ])?,
        )?;
    }
    Ok(())
}

/// The tests of the only code that follows pointers, once more: whatever is read or written that is not there, and
/// whatever is never freed, fails.
fn run_under_valgrind(checks: &mut Checks) -> Result<()> {
    const NAME: &str = "the binary interface under valgrind";
    const RUNNER: &str = r#"target."cfg(all())".runner = ["valgrind", "--quiet", "--error-exitcode=99",
        "--leak-check=full", "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect",
        "--fair-sched=yes"]"#;
    if setup::find_program("valgrind").is_none() {
        checks.leave_out(NAME, "of missing packages (valgrind); `cargo xtask setup`");
        return Ok(());
    }
    checks.run_tests(
        NAME,
        cargo(&[
            "test",
            "--package",
            "portcullis-ihv",
            "--lib",
            "--test",
            "boundary",
            "--config",
            RUNNER,
        ])?,
    )
}

/// As many mutated packets for each EAP method as two processors deliver in two minutes; `cargo xtask mutate` takes more
/// time.
fn run_mutations(checks: &mut Checks) {
    const NAME: &str = "mutated packets";
    const PACKETS: u64 = 50_000;
    checks.announce(NAME);
    match mutate::run(&mutate::Options::all(PACKETS)) {
        Ok(tally) => checks.tally += tally,
        Err(error) => checks.fail(NAME, &format!("{error:#}")),
    }
}

fn run_windows(options: &Options, checks: &mut Checks) {
    const NAME: &str = "Windows";
    let missing = setup::WINDOWS.missing();
    if options.no_windows {
        checks.leave_out(NAME, "of --no-windows");
    } else if !missing.is_empty() {
        checks.leave_out(
            NAME,
            &format!("of missing packages ({}); `cargo xtask setup`", missing.join(" ")),
        );
    } else {
        checks.announce(NAME);
        match windows::run() {
            Ok(tally) => checks.tally += tally,
            Err(error) => checks.fail(NAME, &format!("{error:#}")),
        }
    }
}

fn run_scenarios(options: &Options, checks: &mut Checks) {
    const NAME: &str = "virtual machine";
    let missing = setup::MACHINE.missing();
    if options.no_vm {
        checks.leave_out(NAME, "of --no-vm");
    } else if !missing.is_empty() {
        checks.leave_out(
            NAME,
            &format!("of missing packages ({}); `cargo xtask setup`", missing.join(" ")),
        );
    } else if let Err(error) = setup::obtain_kernel() {
        checks.leave_out(NAME, &format!("{error:#}"));
    } else {
        checks.announce(NAME);
        match vm::run(&vm::Options::default()) {
            Ok(tally) => checks.tally += tally,
            Err(error) => checks.fail(NAME, &format!("{error:#}")),
        }
    }
}

struct Checks {
    tally: Tally,
    begun: Instant,
}

impl Checks {
    /// A check that is one command.
    fn must_succeed(&mut self, name: &str, mut command: Command) -> Result<()> {
        self.announce(name);
        let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
        if status.success() {
            self.tally += Tally::PASSED;
        } else {
            self.fail(name, &format!("{status}"));
        }
        Ok(())
    }

    /// A check that is a test runner; its tests are counted.
    fn run_tests(&mut self, name: &str, command: Command) -> Result<()> {
        self.announce(name);
        self.tally += count_tests(name, command)?;
        Ok(())
    }

    fn announce(&self, name: &str) {
        let minutes = self.begun.elapsed().as_secs_f64() / 60.0;
        println!("\n== {name} (after {minutes:.1} min)");
    }

    fn fail(&mut self, name: &str, why: &str) {
        println!("FAILED: {name}: {why}");
        self.tally += Tally::failed(name);
    }

    fn leave_out(&mut self, name: &str, why: &str) {
        println!("\nleft out: {name}, because {why}");
        self.tally += Tally::SKIPPED;
    }
}

/// Runs a test runner, passes its output on, and counts its tests.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn count_tests(name: &str, mut command: Command) -> Result<Tally> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut runner = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
    let said = runner.stdout.take().context("no output to read")?;
    let complained = runner.stderr.take().context("no output to read")?;
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let other = scope.spawn(|| relay(complained));
        tally += relay(said);
        tally += other.join().unwrap_or_default();
    });
    let status = runner.wait()?;
    // Tests that do not compile are no tests that pass.
    if !status.success() && tally.failed == 0 {
        println!("FAILED: {name}: {status}");
        tally += Tally::failed(name);
    }
    Ok(tally)
}

/// Passes a test runner's output on, and counts.
fn relay(output: impl Read) -> Tally {
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        println!("{line}");
        if let Some(counted) = Tally::from_summary(&line) {
            tally += counted;
        }
        tally.failures.extend(Tally::failure_in(&line).map(str::to_owned));
    }
    tally
}
