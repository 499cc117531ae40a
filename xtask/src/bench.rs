//! `cargo xtask bench`: the benchmarks, by one name that the documentation can rely on.

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Arguments for the benchmarks themselves, such as a part of a name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds the program, which one of the benchmarks runs, then runs `cargo bench` on the benchmark package: all of it,
/// though a promise be broken, which is a failure in the end.
///
/// # Errors
/// If cargo cannot be started.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let built = workspace::cargo()?
        .args(["build", "--release", "--package", "portcullis"])
        .status()?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut cargo = workspace::cargo()?;
    cargo
        .args(["bench", "--no-fail-fast", "--package", "portcullis-benches", "--"])
        .args(&options.arguments);
    let status = cargo.status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
