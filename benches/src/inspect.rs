//! `portcullis inspect` against tshark, on the same large capture.

use crate::program;
use crate::row::{Promise, Row};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How large the capture is made, octets.
const SIZE: u64 = 100_000_000;
const ROUNDS: usize = 3;
const PCAP_HEADER: usize = 24;
/// The network of the capture.
const SSID: &str = "castle";
const PASSPHRASE: &str = "open the gate";

/// The row of the table, or why there is none.
///
/// # Errors
/// What is missing on this machine.
pub fn row() -> Result<Row, String> {
    let inspect = program::built()?;
    if Command::new("tshark")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        return Err("there is no tshark here (Debian's package `tshark`)".into());
    }
    let capture = make().map_err(|error| format!("the capture could not be made: {error}"))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(
            Command::new(&inspect).arg("inspect").arg("--json").arg(&capture).args([
                "--ssid",
                SSID,
                "--passphrase",
                PASSPHRASE,
            ]),
        )?);
        theirs.push(time(
            Command::new("tshark")
                .arg("-r")
                .arg(&capture)
                .args([
                    "-o",
                    "wlan.enable_decryption:TRUE",
                    "-o",
                    &format!("uat:80211_keys:\"wpa-pwd\",\"{PASSPHRASE}:{SSID}\""),
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

/// A capture of a real access point and this program in a real kernel, repeated until it is large.
fn make() -> io::Result<PathBuf> {
    let once = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/rekey-group.pcap");
    let octets = fs::read(once)?;
    let (header, frames) = octets
        .split_at_checked(PCAP_HEADER)
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let large = std::env::temp_dir().join(format!("portcullis-bench-{}.pcap", std::process::id()));
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
