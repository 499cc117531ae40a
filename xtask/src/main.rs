//! `cargo xtask`: the project's own chores.
//!
//! Nothing here is shipped. The same program is also the agent inside the virtual machine (`vm-guest`),
//! so that the scenarios are parsed and reported by one piece of code on both sides.

mod bench;
mod mutate;
mod newer;
mod no_std;
mod setup;
mod tally;
mod test;
mod vm;
mod windows;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every check and every test, and end with one line of counts.
    Test(test::Options),
    /// Boot the virtual machine with real radios and run scenarios in it.
    Vm(vm::Options),
    /// Build the extension for Windows as a DLL, and run it under Wine.
    Windows(windows::Options),
    /// Install what the tests need (as root), or say what is missing.
    Setup,
    /// Run the benchmarks; arguments are passed on.
    Bench(bench::Options),
    /// Give the peer's side of every EAP method a million mutated packets.
    Mutate(mutate::Options),
    /// The agent inside the virtual machine.
    #[command(hide = true)]
    VmGuest,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Test(options) => test::run(&options),
        Chore::Vm(options) => vm::main(&options),
        Chore::Windows(options) => windows::main(&options),
        Chore::Setup => setup::run(),
        Chore::Bench(options) => bench::run(&options),
        Chore::Mutate(options) => mutate::main(&options),
        Chore::VmGuest => vm::guest::run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
