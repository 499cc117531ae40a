//! `cargo xtask windows`: the extension as an IHV Extensions DLL, and a host for it, built for Windows and run
//! under Wine.
//!
//! The compiler is Debian's `rustc-web`, because the project's own toolchain may lack the target: it builds the
//! standard library from its source. With `panic = "unwind"`, so that a panic of the extension ends the extension
//! and not the service that has loaded it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

use crate::tally::Tally;
use crate::{setup, workspace};

const TARGET: &str = "x86_64-pc-windows-gnu";
const CARGO: &str = "/usr/bin/cargo";
const RUSTC: &str = "/usr/bin/rustc";
const LIBRARY: &str = "portcullis_ihv.dll";
const HOST: &str = "associate.exe";

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Build only, and say where the DLL lies.
    #[arg(long)]
    build_only: bool,
}

/// Builds, runs, and prints the counts.
///
/// # Errors
/// If the packages are missing, or something cannot be built or started.
pub(crate) fn main(options: &Options) -> Result<ExitCode> {
    let missing = setup::WINDOWS.missing();
    ensure!(
        missing.is_empty(),
        "missing packages ({}); `cargo xtask setup`",
        missing.join(" ")
    );
    if options.build_only {
        let built = build()?;
        println!("windows: {}", built.join(LIBRARY).display());
        return Ok(ExitCode::SUCCESS);
    }
    let tally = run()?;
    println!("\n{tally}");
    Ok(match tally.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Builds the DLL and its host, and lets the host live through associations under Wine; each is counted.
///
/// # Errors
/// If something cannot be built or started.
pub(crate) fn run() -> Result<Tally> {
    let built = build()?;
    stand_in(&built)?;
    let output = wine(&built)?
        .args([HOST, LIBRARY])
        .stderr(Stdio::piped())
        .output()
        .context("cannot start wine")?;
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    let mut tally = count(&said);
    // A host that dies says nothing of the lives that it had before it.
    if !output.status.success() && tally.failed == 0 {
        println!("FAILED: {HOST}: {}", output.status);
        tally += Tally::FAILED;
    }
    if tally.failed > 0 {
        print!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(tally)
}

/// Builds everything for Windows, and puts it into one directory, which is returned.
fn build() -> Result<PathBuf> {
    let target = workspace::target()?.join("windows");
    let status = Command::new(CARGO)
        .current_dir(workspace::root()?)
        .env("RUSTC", RUSTC)
        // The libraries of the compiler that has built this program are not that compiler's.
        .env_remove("LD_LIBRARY_PATH")
        // `-Zbuild-std` on a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["build", "--release", "-Zbuild-std=std,panic_unwind"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        .args(["--package", "portcullis-dll", "--lib", "--example", "associate"])
        .status()
        .with_context(|| format!("cannot start {CARGO}"))?;
    ensure!(status.success(), "cannot build for {TARGET}");
    let built = target.join(TARGET).join("release");
    let together = target.join("together");
    fs::create_dir_all(&together)?;
    fs::copy(built.join(LIBRARY), together.join(LIBRARY))?;
    fs::copy(built.join("examples").join(HOST), together.join(HOST))?;
    Ok(together)
}

/// Builds the system library that Wine lacks.
fn stand_in(directory: &Path) -> Result<()> {
    let status = Command::new("x86_64-w64-mingw32-gcc")
        .args(["-Wall", "-Wextra", "-Werror", "-shared", "-o"])
        .arg(directory.join("bcryptprimitives.dll"))
        .arg(workspace::root()?.join("tests/wine/bcryptprimitives.c"))
        .arg("-ladvapi32")
        .status()?;
    ensure!(status.success(), "cannot build bcryptprimitives.dll");
    Ok(())
}

/// Wine, with a world of its own.
fn wine(directory: &Path) -> Result<Command> {
    let mut wine = Command::new("wine");
    wine.current_dir(directory)
        .env("WINEPREFIX", workspace::target()?.join("windows/prefix"))
        .env("WINEDEBUG", "-all")
        // No questions about what only browsers and .NET programs need.
        .env("WINEDLLOVERRIDES", OsStr::new("mscoree,mshtml="));
    Ok(wine)
}

/// Lines such as `wpa2-psk: ok`.
fn count(said: &str) -> Tally {
    let mut tally = Tally::default();
    for line in said.lines() {
        match line.trim_end().rsplit_once(": ") {
            Some((_, "ok")) => tally += Tally::PASSED,
            Some(_) => tally += Tally::FAILED,
            None => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_counted_by_how_they_end() {
        let tally = count("wpa2-psk: ok\r\nwrong key: no data passes\nsomething else\n");
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 1, 0));
    }
}
