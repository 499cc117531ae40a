//! `cargo xtask mutate`: mutated packets for every EAP method, as many as one has time for.
//!
//! The tests of `crates/onex/tests/mutation` do it, each in a process of its own, for the memory of a process is counted;
//! as many at once as there are processors.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::tally::Tally;
use crate::workspace;

/// The module of the tests.
const MODULE: &str = "mutated_packets_do_no_harm_to::";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Mutated packets for each method.
    #[arg(long, default_value_t = 1_000_000)]
    packets: u64,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The methods, such as `tls` or `peap_gtc`; without any, all.
    methods: Vec<String>,
}

impl Options {
    /// All methods, with so many packets each.
    pub(crate) const fn all(packets: u64) -> Self {
        Self {
            packets,
            seed: 1,
            methods: Vec::new(),
        }
    }
}

/// Runs it and ends as the tests do.
///
/// # Errors
/// If the tests cannot be built, or there is no method of a name.
pub(crate) fn main(options: &Options) -> Result<ExitCode> {
    let tally = run(options)?;
    println!("\n{tally}");
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Builds the tests, runs those of the methods, and prints a line for each that is done.
///
/// # Errors
/// As [`main`].
pub(crate) fn run(options: &Options) -> Result<Tally> {
    let program = build()?;
    let known = methods(&program)?;
    if let Some(unknown) = options.methods.iter().find(|method| !known.contains(method)) {
        bail!("there is no method {unknown}; there are {}", known.join(" "));
    }
    let chosen = if options.methods.is_empty() {
        &known
    } else {
        &options.methods
    };
    println!(
        "{:<18} {:>9} {:>8} {:>9} {:>9} {:>9} {:>8} {:>8} {:>8} {:>6}",
        "method", "packets", "inside", "talks", "refused", "failed", "let in", "peak KiB", "growth", "s"
    );
    let waiting = Mutex::new(chosen.iter().rev().collect::<Vec<_>>());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.pop());
    let worker = || {
        let mut tally = Tally::default();
        while let Some(method) = next() {
            tally += match deliver(&program, method, options) {
                Ok(true) => Tally::PASSED,
                Ok(false) => {
                    println!("FAILED: {method}");
                    Tally::failed(&format!("mutated packets for {method}"))
                }
                Err(error) => {
                    println!("FAILED: {method}: {error:#}");
                    Tally::failed(&format!("mutated packets for {method}"))
                }
            };
        }
        tally
    };
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            tally += worker
                .join()
                .unwrap_or_else(|_| Tally::failed("a worker of the mutated packets"));
        }
    });
    Ok(tally)
}

/// Builds the tests; where they lie then.
fn build() -> Result<PathBuf> {
    let built = workspace::cargo()?
        .args([
            "test",
            "--release",
            "--package",
            "portcullis-onex",
            "--test",
            "mutation",
        ])
        .args(["--no-run", "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !built.status.success() {
        bail!("the tests do not build");
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executable.context("cargo does not say where it has put the tests")
}

fn methods(program: &Path) -> Result<Vec<String>> {
    let listed = Command::new(program).args([MODULE, "--list"]).output()?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    let names = listed.lines().filter_map(|line| {
        let name = line.strip_prefix(MODULE)?.strip_suffix(": test")?;
        Some(name.to_owned())
    });
    Ok(names.collect())
}

/// Runs the test of a method and passes on its lines; whether it passed.
fn deliver(program: &Path, method: &str, options: &Options) -> Result<bool> {
    let mut test = Command::new(program)
        .args([&format!("{MODULE}{method}"), "--exact", "--nocapture", "--quiet"])
        .env("PORTCULLIS_MUTATED_PACKETS", options.packets.to_string())
        .env("PORTCULLIS_MUTATION_SEED", options.seed.to_string())
        .current_dir(workspace::root()?.join("crates/onex"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = test.stdout.take().context("no output to read")?;
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        if line.starts_with(method) {
            println!("{line}");
        }
    }
    Ok(test.wait()?.success())
}
