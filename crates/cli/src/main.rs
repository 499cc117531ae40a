//! The `portcullis` program. See `portcullis --help`.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// An 802.11 station's post-association operation: simulate it, run it, explain it.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[cfg(target_os = "linux")]
    Connect(portcullis::connect::Args),
    Inspect(portcullis::inspect::Args),
    Simulate(portcullis::simulate::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        #[cfg(target_os = "linux")]
        Command::Connect(args) => portcullis::connect::run(&args),
        Command::Inspect(args) => portcullis::inspect::run(args),
        Command::Simulate(args) => portcullis::simulate::run(&args),
    }
}
