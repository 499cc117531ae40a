//! The command line: what there is to run.

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::io::{self, Write};
use std::process::ExitCode;

/// An 802.11 station's post-association operation: simulate it, run it, explain it.
#[derive(Parser)]
#[command(name = "portcullis", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[cfg(target_os = "linux")]
    Simulate(crate::simulate::Args),
    #[cfg(target_os = "linux")]
    Connect(Box<crate::connect::Args>),
    Inspect(crate::inspect::Args),
    Extension(crate::extension::Args),
    #[cfg(target_os = "linux")]
    OnexProbe(Box<crate::onex_probe::Args>),
    /// Prints completions for a shell.
    ///
    /// For bash: portcullis completions bash > /etc/bash_completion.d/portcullis
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page of the program, or of one of its commands, in roff.
    ///
    /// To read one: portcullis man connect | man -l -
    Man {
        /// One of the commands, with its own command if it has any.
        command: Vec<String>,
    },
}

/// Runs the program on the process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().command {
        #[cfg(target_os = "linux")]
        Command::Simulate(args) => crate::simulate::run(&args),
        #[cfg(target_os = "linux")]
        Command::Connect(args) => crate::connect::run(&args),
        Command::Inspect(args) => crate::inspect::run(args),
        Command::Extension(args) => crate::extension::run(&args),
        #[cfg(target_os = "linux")]
        Command::OnexProbe(args) => crate::onex_probe::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "portcullis", &mut script);
            print(&script)
        }
        Command::Man { command } => manual(&command),
    }
}

fn manual(names: &[String]) -> ExitCode {
    let program = Cli::command();
    let described = names
        .iter()
        .try_fold(&program, |command, name| command.find_subcommand(name));
    let Some(described) = described else {
        eprintln!("portcullis: there is no such command; `portcullis --help` lists them");
        return ExitCode::from(host::outcome::exit::USAGE);
    };
    let title = [&["portcullis".to_owned()], names].concat().join("-");
    let mut page = Vec::new();
    match clap_mangen::Man::new(described.clone()).title(title).render(&mut page) {
        Ok(()) => print(&page),
        Err(error) => {
            eprintln!("portcullis: the manual page can't be made: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &[u8]) -> ExitCode {
    match io::stdout().lock().write_all(text) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads this output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portcullis: the output can't be written: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
