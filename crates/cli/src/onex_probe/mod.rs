//! `portcullis onex-probe`: the 802.1X module run straight against a RADIUS server.

mod attempt;
mod load;
mod report;

use crate::connect::secret::{SecretError, first_line};
use crate::eap::{self, MethodName, User};
use attempt::{Attempt, Outcome, Station};
use clap::{ArgGroup, Args as ClapArgs};
use core::num::NonZeroU32;
use core::time::Duration;
use host::outcome::exit;
use onex::radius::Timing;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Authenticates against a RADIUS server, as a station behind an access point would.
///
/// Plays both the station and the access point, so that a server can be tried without a radio. Tells what the two said,
/// how long it took, and whether the keys that the server gives to the access point are those of the station.
#[derive(ClapArgs, Debug)]
// Nobody is here to be asked.
#[command(group(ArgGroup::new("who").args(["identity", "sim_file"]).multiple(true).required(true)))]
#[command(after_help = "Examples:
  portcullis onex-probe --server 127.0.0.1:1812 --secret-file s --method mschapv2 --identity alice --password-file p
  portcullis onex-probe --server radius.example:1812 --secret-file s --method md5 --identity alice --password-file p --json
  portcullis onex-probe --server 127.0.0.1:1812 --secret-file s --method tls --identity alice --client-cert alice.p12 \\
      --client-key-passphrase-file p --ca-file ca.pem --server-name radius.example
  portcullis onex-probe --server 127.0.0.1:1812 --secret-file s --method peap --identity alice --password-file old \\
      --new-password-file new --ca-file ca.pem --server-name radius.example
  portcullis onex-probe --server 127.0.0.1:1812 --secret-file s --method aka-prime --sim-file card
  portcullis onex-probe --server 127.0.0.1:1812 --secret-file s --method mschapv2 --identity alice --password-file p \\
      --count 1000 --concurrency 8                               a measurement of the server

Exit codes: 0 let in, with the right keys; 3 refused by either side; 4 the server is silent; 5 a file can't be used;
1 a defect. With --count, the code of the first attempt that was not let in.")]
pub struct Args {
    /// The server.
    #[arg(long, value_name = "HOST:PORT")]
    server: String,
    /// A file whose first line is the secret that the server shares with this machine.
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// The EAP method.
    #[arg(long, value_enum, value_name = "METHOD")]
    method: MethodName,
    /// A file whose first line is the user's password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file whose first line is the password to change to, if the server says that the user's has expired (MS-CHAPv2 in
    /// EAP, alone or in a tunnel). From then on, the server knows the user by this one only.
    #[arg(long, value_name = "FILE", requires = "password_file", conflicts_with = "count")]
    new_password_file: Option<PathBuf>,
    #[command(flatten)]
    eap: eap::UserArgs,
    /// Resume what the authentication before has left, where the server allows it: the TLS session, or the keys of a card
    /// for a fast re-authentication. Each of those at the same time has its own.
    #[arg(long)]
    resume: bool,
    /// How long until a request without an answer is sent again. Each further time takes twice as long; after fifteen times
    /// this long the server is silent.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = crate::duration::parse)]
    repeat_after: Duration,
    /// How many authentications.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    count: NonZeroU32,
    /// How many of them at the same time.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    concurrency: NonZeroU32,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Why the command ends early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    User(#[from] eap::Error),
    #[error("the address of {server} can't be found")]
    Address { server: String, source: Option<io::Error> },
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    #[error("the system refused")]
    System(#[from] io::Error),
}

impl Failure {
    const fn exit_code(&self) -> u8 {
        match self {
            Self::Secret(_) | Self::User(_) | Self::Address { .. } => exit::BAD_INPUT,
            Self::Random(_) | Self::System(_) => 1,
        }
    }

    /// What a person can do about it, where that is known.
    const fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Secret(error) => Some(error.next_step()),
            Self::User(error) => Some(error.next_step()),
            Self::Address { .. } | Self::Random(_) | Self::System(_) => None,
        }
    }
}

/// What all attempts have in common.
struct Probe {
    server: SocketAddr,
    secret: Zeroizing<Vec<u8>>,
    user: User,
    /// What an expired password is changed to.
    new_password: Option<Zeroizing<Vec<u8>>>,
    resume: bool,
    timing: Timing,
}

/// Runs the command.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let code = start(args).unwrap_or_else(|failure| {
        eprint!("portcullis: {failure}");
        let mut source = std::error::Error::source(&failure);
        while let Some(error) = source {
            eprint!(": {error}");
            source = error.source();
        }
        eprintln!(".");
        if let Some(step) = failure.next_step() {
            eprintln!("{step}");
        }
        failure.exit_code()
    });
    ExitCode::from(code)
}

fn start(args: &Args) -> Result<u8, Failure> {
    let line_of = |path: &Option<PathBuf>| path.as_deref().map(first_line).transpose();
    let probe = Probe {
        server: resolve(&args.server)?,
        secret: first_line(&args.secret_file)?,
        user: User::read(args.method, &args.eap, line_of(&args.password_file)?)?,
        new_password: line_of(&args.new_password_file)?,
        resume: args.resume,
        timing: Timing {
            first: args.repeat_after,
            ..Timing::default()
        },
    };
    let mut out = io::stdout().lock();
    if args.count.get() == 1 {
        let attempt = Attempt::run(&probe, &mut Station::new(&probe))?;
        report::attempt(&mut out, &attempt, &probe, args.json)?;
        return Ok(attempt.outcome.exit_code());
    }
    let load = load::run(&probe, args.count.get(), args.concurrency.get())?;
    report::load(&mut out, &load, args.json)?;
    Ok(load.first_failure.map_or(exit::DONE, |outcome| outcome.exit_code()))
}

fn resolve(server: &str) -> Result<SocketAddr, Failure> {
    let unknown = |source| Failure::Address {
        server: server.to_owned(),
        source,
    };
    let mut addresses = server.to_socket_addrs().map_err(|source| unknown(Some(source)))?;
    addresses.next().ok_or_else(|| unknown(None))
}

impl Outcome {
    const fn exit_code(&self) -> u8 {
        match self {
            Self::LetIn => exit::DONE,
            Self::Refused { .. } | Self::WrongKeys | Self::NoKeys => exit::REFUSED,
            Self::Silent(_) => exit::TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let line = "onex-probe --server h:1 --secret-file s --method md5 --identity i --password-file p";
        let args = Cli::try_parse_from(line.split(' ')).map(|cli| cli.args).unwrap();
        assert_eq!((args.count.get(), args.concurrency.get(), args.json), (1, 1, false));
    }

    #[test]
    fn an_address_without_port_is_refused() {
        assert_eq!(resolve("127.0.0.1").unwrap_err().exit_code(), exit::BAD_INPUT);
        assert_eq!(resolve("127.0.0.1:1812").unwrap().port(), 1812);
    }
}
