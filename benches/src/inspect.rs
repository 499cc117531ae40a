//! `portcullis inspect` against tshark, on the same large capture.

use crate::row::{Promise, Row};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How large the capture is made, octets.
const SIZE: u64 = 200_000_000;
const ROUNDS: usize = 3;
const PCAP_HEADER: usize = 24;

/// The row of the table, or why there is none.
///
/// # Errors
/// What is missing on this machine.
pub fn row() -> Result<Row, String> {
    let inspect = program()?;
    if Command::new("tshark")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        return Err("there is no tshark here (Debian's package `tshark`)".into());
    }
    let capture = make(&inspect).map_err(|error| format!("the capture could not be made: {error}"))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(
            Command::new(&inspect)
                .arg("inspect")
                .arg("--json")
                .arg(&capture)
                .args(SECRET),
        )?);
        theirs.push(time(
            Command::new("tshark")
                .arg("-r")
                .arg(&capture)
                .args([
                    "-o",
                    "wlan.enable_decryption:TRUE",
                    "-o",
                    "uat:80211_keys:\"wpa-pwd\",\"open sesame\"",
                ])
                .args(["-Y", "eapol"]),
        )?);
    }
    let octets = fs::metadata(&capture).map_or(0, |metadata| metadata.len());
    // A leftover in the temporary directory harms nobody.
    let _ = fs::remove_file(&capture);
    let (ours, theirs) = (crate::clock::median(&mut ours), crate::clock::median(&mut theirs));
    Ok(Row {
        what: "inspect, speed / tshark's".into(),
        detail: format!(
            "{:.2} s / {:.2} s for {} MB, both deciphering",
            ours.as_secs_f64(),
            theirs.as_secs_f64(),
            octets / 1_000_000
        ),
        found: theirs.as_secs_f64() / ours.as_secs_f64(),
        promise: Promise::AtLeast(5.0),
    })
}

const SECRET: [&str; 2] = ["--passphrase", "open sesame"];

/// The program, built as users have it.
fn program() -> Result<PathBuf, String> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "--package", "portcullis"])
        .status();
    if !status.is_ok_and(|status| status.success()) {
        return Err("the program could not be built".into());
    }
    // The benchmark itself lies in `target/release/deps`.
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let release = own
        .parent()
        .and_then(Path::parent)
        .ok_or("the program is not where it was built")?;
    Ok(release.join("portcullis"))
}

/// A capture of simulated lives, repeated until it is large.
fn make(program: &Path) -> io::Result<PathBuf> {
    let directory = std::env::temp_dir();
    let once = directory.join(format!("portcullis-bench-{}.pcap", std::process::id()));
    let large = directory.join(format!("portcullis-bench-{}-large.pcap", std::process::id()));
    Command::new(program)
        .args(["simulate", "--stations", "200", "--json", "--write-capture"])
        .arg(&once)
        .stdout(Stdio::null())
        .status()?;
    let octets = fs::read(&once)?;
    fs::remove_file(&once)?;
    let (header, frames) = octets
        .split_at_checked(PCAP_HEADER)
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut out = BufWriter::new(File::create(&large)?);
    out.write_all(header)?;
    let mut written = 0;
    while written < SIZE && !frames.is_empty() {
        out.write_all(frames)?;
        written += frames.len() as u64;
    }
    out.flush()?;
    Ok(large)
}

fn time(command: &mut Command) -> Result<Duration, String> {
    let start = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| error.to_string())?;
    let elapsed = start.elapsed();
    if status.success() {
        Ok(elapsed)
    } else {
        Err(format!("{command:?} ended with {status}"))
    }
}
