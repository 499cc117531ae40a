//! `portcullis extension check`: which rules of the interface an extension keeps.

use super::network::NetworkName;
use super::resident::Resident;
use super::{page, table};
use checker::{Native, Network, Report, Verdict, check};
use clap::Args as ClapArgs;
use extension::BuiltIn;
use host::outcome::exit;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Finds out which rules of the interface an extension keeps.
///
/// The extension is driven through scripted lives on a simulated network: it joins, is refused, stopped and
/// reset in the middle of its operation, gets forged, late, repeated and too many packets, can't send, is asked
/// by users and tools. Each rule is reported as kept, as broken (with what led to it), or as not exercised.
/// docs/check.md says what each life does.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  portcullis extension check --built-in
  portcullis extension check ./libportcullis_ihv.so --html report.html
  portcullis extension check ./libchallenge.so --network challenge
  portcullis extension check --built-in --json | jq '.findings[] | select(.verdict == \"broken\")'

A library runs in a process of its own (on Windows, in this one), and in real time: that takes a minute or two. It is
given the profile of the simulated network (`--network`), or one of its own (`--profile`).

Exit codes: 0 no rule is broken; 3 a rule is broken; 4 no rule is broken, but the extension never opened its
port, so that most rules did not come up; 5 the library is no extension, or a file can't be read or written.")]
pub(super) struct Args {
    /// The extension, a dynamic library.
    #[arg(
        value_name = "PATH",
        required_unless_present = "built_in",
        conflicts_with = "built_in"
    )]
    library: Option<PathBuf>,
    /// The extension of this program.
    #[arg(long)]
    built_in: bool,
    /// Have the library in this process, for a debugger: a crash or a hang is the program's.
    #[cfg(unix)]
    #[arg(long, requires = "library")]
    in_process: bool,
    #[cfg(unix)]
    #[command(flatten)]
    manner: super::Manner,
    #[cfg(not(unix))]
    #[command(flatten)]
    packets: super::packets::Packets,
    /// The simulated network that the extension is to join.
    #[arg(long, value_enum, value_name = "NETWORK", default_value_t = NetworkName::Wpa2Psk)]
    network: NetworkName,
    /// The extension's security profile for that network: an XML fragment, as the extension understands it.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// The report as one JSON object (docs/check.md).
    #[arg(long)]
    json: bool,
    /// Writes the report as a web page, too. It needs no other file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// The seed of the built-in extension's randomness: a report can be repeated.
const SEED: u64 = 1;

pub(super) fn run(args: &Args) -> ExitCode {
    match examine(args) {
        Ok(code) => ExitCode::from(code),
        Err(complaint) => {
            eprintln!("portcullis: {complaint}");
            ExitCode::from(exit::BAD_INPUT)
        }
    }
}

/// Checks and reports. Returns the exit code, or what is wrong with a file.
fn examine(args: &Args) -> Result<u8, String> {
    let profile = args
        .profile
        .as_ref()
        .map(|path| std::fs::read_to_string(path).map_err(|error| bad_file(path, &error)))
        .transpose()?;
    let network = args.network.network(profile);
    let (name, report) = match &args.library {
        None => {
            let mut subject = Native(|| BuiltIn::new(ChaCha20Rng::seed_from_u64(SEED)));
            ("the built-in extension".to_owned(), check(&mut subject, &network))
        }
        Some(path) => (path.display().to_string(), args.check_library(path, &network)?),
    };
    if let Some(path) = &args.html {
        let page = File::create(path).map(BufWriter::new);
        page.and_then(|page| page::write(page, &name, &report))
            .map_err(|error| bad_file(path, &error))?;
    }
    match show(args, &report) {
        // Whoever reads this output has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("the output can't be written: {error}")),
        _ => Ok(exit_code(&report)),
    }
}

impl Args {
    /// # Errors
    /// The library is no extension; why, as a sentence for a person.
    fn check_library(&self, path: &Path, network: &Network) -> Result<Report, String> {
        #[cfg(unix)]
        if !self.in_process {
            let mut subject = super::foreign::Foreign::new(path, self.manner)?;
            return Ok(check(&mut subject, network));
        }
        #[cfg(unix)]
        let packets = self.manner.packets();
        #[cfg(not(unix))]
        let packets = self.packets;
        Ok(check(&mut Resident::new(path, packets.form())?, network))
    }
}

fn bad_file(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}: choose another file", path.display())
}

fn show(args: &Args, report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match args.json {
        true => {
            serde_json::to_writer(&mut out, report)?;
            writeln!(out)
        }
        false => table::write(&mut out, report),
    }
}

fn exit_code(report: &Report) -> u8 {
    match report.with(Verdict::Broken).next() {
        Some(_) => exit::REFUSED,
        None if report.joined => exit::DONE,
        None => exit::TIMEOUT,
    }
}
