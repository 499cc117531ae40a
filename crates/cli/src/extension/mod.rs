//! `portcullis extension`: what there is to do with an extension besides running it.

mod check;
#[cfg(unix)]
mod foreign;
mod network;
mod packets;
mod page;
mod resident;
mod table;

#[cfg(unix)]
pub(crate) use foreign::{Manner, start};
#[cfg(target_os = "linux")]
pub(crate) use network::{CHALLENGE_SECRET, challenge_profile};

use clap::{Args as ClapArgs, Subcommand};
use core::time::Duration;
use std::process::ExitCode;

/// How long an extension with a time of its own may take for what it owes to the checker.
const PATIENCE: Duration = Duration::from_secs(1);

/// Examines extensions.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Exit codes: those of the command, `portcullis extension check --help`.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(check::Args),
    /// Is the process of a foreign extension. The program starts it itself.
    #[cfg(unix)]
    #[command(hide = true)]
    Serve {
        /// The library.
        library: std::path::PathBuf,
        #[command(flatten)]
        packets: packets::Packets,
    },
}

/// Runs the command.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::Check(args) => check::run(args),
        #[cfg(unix)]
        Command::Serve { library, packets } => foreign::serve(library, *packets),
    }
}
