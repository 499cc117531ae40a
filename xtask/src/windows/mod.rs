//! `cargo xtask windows`: the extension as an IHV Extensions DLL, a host for it and the rule checker, built for
//! Windows and run under Wine; and the tests of the binary interface with the calling convention of Windows.
//!
//! The compiler is Debian's `rustc-web`, because the project's own toolchain may lack the target: it builds the
//! standard library from its source. With `panic = "unwind"`, so that a panic of the extension ends the extension
//! and not the service that has loaded it.

mod check;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};

use crate::tally::Tally;
use crate::test::count_tests;
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

/// Builds the DLL and its hosts, lets one live through associations under Wine and the other check the rules, and
/// runs the tests; each is counted.
///
/// # Errors
/// If something cannot be built or started.
pub(crate) fn run() -> Result<Tally> {
    let built = build()?;
    stand_in(&built)?;
    let output = wine(&built)?
        .args([HOST, LIBRARY])
        .output()
        .context("cannot start wine")?;
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    let mut tally = count(&said);
    // A host that dies says nothing of the lives that it had before it.
    if !output.status.success() && tally.failed == 0 {
        println!("FAILED: {HOST}: {}", output.status);
        tally += Tally::failed(HOST);
    }
    if tally.failed > 0 {
        print!("{}", String::from_utf8_lossy(&output.stderr));
    }
    tally += check::run(&built)?;
    tally += count_tests("tests under Wine", tests(&built)?)?;
    Ok(tally)
}

/// Builds everything for Windows, and puts it into one directory, which is returned.
fn build() -> Result<PathBuf> {
    let status = cargo("build", "std,panic_unwind")?
        .args(["--package", "portcullis-dll", "--lib", "--example", "associate"])
        .args(["--example", "flawed", "--package", "portcullis", "--bin", "portcullis"])
        .status()
        .with_context(|| format!("cannot start {CARGO}"))?;
    ensure!(status.success(), "cannot build for {TARGET}");
    let target = workspace::target()?.join("windows");
    let built = target.join(TARGET).join("release");
    let together = target.join("together");
    fs::create_dir_all(&together)?;
    for name in [LIBRARY, check::PROGRAM] {
        fs::copy(built.join(name), together.join(name))?;
    }
    for name in [HOST, check::FLAWED] {
        fs::copy(built.join("examples").join(name), together.join(name))?;
    }
    Ok(together)
}

/// The tests of the binary interface, and of what the DLL asks of Windows.
fn tests(directory: &Path) -> Result<Command> {
    let mut cargo = cargo("test", "std,panic_unwind,test")?;
    cargo
        .args(["--package", "portcullis-ihv", "--package", "portcullis-dll"])
        .args(["--lib", "--test", "boundary", "--config"])
        .arg(format!("target.{TARGET}.runner = \"wine\""));
    enter_wine(&mut cargo)?;
    // Where Wine looks for libraries besides the program's own directory; Z: is the root.
    cargo.env("WINEPATH", format!("Z:{}", directory.display()).replace('/', "\\"));
    Ok(cargo)
}

/// Debian's cargo, for Windows, with these crates of the standard library.
fn cargo(command: &str, library: &str) -> Result<Command> {
    let mut cargo = Command::new(CARGO);
    cargo
        .current_dir(workspace::root()?)
        .env("RUSTC", RUSTC)
        // The libraries of the compiler that has built this program are not that compiler's.
        .env_remove("LD_LIBRARY_PATH")
        // `-Zbuild-std` on a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .args([command, "--release", &format!("-Zbuild-std={library}")])
        .args(["--target", TARGET, "--target-dir"])
        .arg(workspace::target()?.join("windows"));
    Ok(cargo)
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

/// Wine, about to run something in this directory.
fn wine(directory: &Path) -> Result<Command> {
    let mut wine = Command::new("wine");
    enter_wine(&mut wine)?;
    wine.current_dir(directory);
    Ok(wine)
}

/// Lets a command and those that it starts use Wine, with a world of its own.
fn enter_wine(command: &mut Command) -> Result<()> {
    command
        .env("WINEPREFIX", workspace::target()?.join("windows/prefix"))
        .env("WINEDEBUG", "-all")
        // No questions about what only browsers and .NET programs need.
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=");
    Ok(())
}

/// Lines such as `wpa2-psk: ok`. Those that explain a failure are indented.
fn count(said: &str) -> Tally {
    let mut tally = Tally::default();
    for line in said.lines().filter(|line| !line.starts_with(' ')) {
        match line.trim_end().rsplit_once(": ") {
            Some((_, "ok")) => tally += Tally::PASSED,
            Some((life, _)) => tally += Tally::failed(&format!("{life} through {LIBRARY}")),
            None => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inf_installs_the_library_that_is_built() {
        let inf = include_str!("../../../packaging/windows/portcullis_ihv.inf");
        let copied = inf.lines().any(|line| line == LIBRARY);
        let named = inf
            .lines()
            .any(|line| line.starts_with("HKR, Ndi\\IHVExtensions, ExtensibilityDLL, 0,") && line.ends_with(LIBRARY));
        assert!(copied && named);
    }

    /// What a line gives, without what surrounds it.
    fn value(line: &str) -> (&str, &str) {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        (key.trim(), value.trim())
    }

    #[test]
    fn what_the_inf_names_is_in_the_inf() {
        let inf = include_str!("../../../packaging/windows/portcullis_ihv.inf");
        let lines = inf.lines().map(str::trim);
        let lines: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !line.starts_with(';'))
            .collect();
        let section = |name: &str| -> Vec<&str> {
            let head = format!("[{name}]");
            let begin = lines.iter().position(|line| *line == head);
            let begin = begin.unwrap_or_else(|| panic!("there is no {head}"));
            let rows = lines.iter().skip(begin + 1).take_while(|line| !line.starts_with('['));
            rows.copied().collect()
        };
        let sources: Vec<&str> = section("SourceDisksFiles").iter().map(|row| value(row).0).collect();
        let copied: Vec<(&str, &str)> = section("DestinationDirs").iter().map(|row| value(row)).collect();
        assert!(!copied.is_empty());
        for (name, directory) in copied {
            for file in section(name) {
                assert!(sources.contains(&file), "{file}");
                let installed = format!("%{directory}%\\{file}");
                assert!(
                    section("Portcullis.Registry")
                        .iter()
                        .any(|row| row.ends_with(&installed)),
                    "{installed}"
                );
            }
        }
        // The comment about the DDInstall section names the two sections.
        for (directive, name) in [("CopyFiles", "Portcullis.Files"), ("AddReg", "Portcullis.Registry")] {
            let named = inf
                .lines()
                .any(|line| line.starts_with(';') && line.contains(directive) && line.ends_with(name));
            assert!(named && !section(name).is_empty(), "{directive}");
        }
        // Root, key, value, type and what it is.
        for row in section("Portcullis.Registry") {
            assert_eq!(row.split(',').count(), 5, "{row}");
        }
    }

    #[test]
    fn lives_are_counted_by_how_they_end() {
        let tally = count("wpa2-psk: ok\r\nwrong key: no data passes\n    event: none\nsomething else\n");
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 1, 0));
    }
}
