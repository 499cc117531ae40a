//! The arguments of `portcullis inspect`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};

use super::secrets::Secrets;

const EXAMPLES: &str = "\
Examples:
  portcullis inspect air.pcapng.gz
      What happened, as far as it can be told without a secret.
  portcullis inspect air.pcap --ssid Home --passphrase 'correct horse'
      The same with every MIC verified and the messages inside encrypted data found.
  portcullis inspect a.pcap b.pcap --ssid A --passphrase aaaaaaaa --ssid B --passphrase bbbbbbbb
      A passphrase for each of two networks.
  portcullis inspect eap.pcap --pmk a5001e18e0b3f792278825bc3abff72d7021d7c157b600470ef730e2490835d4
      A PMK, for networks that make a new one each time (802.1X, SAE, OWE).
  portcullis inspect air.pcap --json | jq 'select(.outcome != \"authorized\") | .why'
      What went wrong, one sentence a line.

Exit codes: 0 every capture was read, 2 usage, 5 a capture could not be read (to its end).";

/// Say what happened in captures: every post-association operation, whether it succeeded, and why not.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Captures: pcap or pcapng, plain or gzip; 802.11 from a monitor interface, or Ethernet.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The secrets to try.
    #[command(flatten)]
    pub secrets: SecretArgs,

    /// Show the keys that were derived. They open the traffic of the capture to whoever sees them.
    #[arg(long)]
    pub show_keys: bool,

    /// One JSON object a line for each operation.
    #[arg(long)]
    pub json: bool,

    /// One JSON object a line for each frame and each outcome, in the form of the events of `simulate` and `connect`
    /// (docs/events.md).
    #[arg(long, conflicts_with_all = ["json", "show_keys"])]
    pub events: bool,
}

/// `--ssid`, `--passphrase` and `--pmk`, whose order on the command line tells what belongs together.
#[derive(Default)]
pub struct SecretArgs(Secrets);

impl SecretArgs {
    pub(super) fn into_secrets(self) -> Secrets {
        self.0
    }
}

/// An occurrence of one of the three options.
enum Given {
    Ssid(OsString),
    Passphrase(OsString),
    Pmk(String),
}

impl clap::Args for SecretArgs {
    fn augment_args(command: Command) -> Command {
        let option = |id: &'static str| Arg::new(id).long(id).action(ArgAction::Append);
        command
            .arg(
                option("ssid")
                    .value_name("SSID")
                    .value_parser(clap::value_parser!(OsString))
                    .help("The network that the --passphrase after it is for"),
            )
            .arg(
                option("passphrase")
                    .value_name("PASSPHRASE")
                    .value_parser(clap::value_parser!(OsString))
                    .help("A passphrase, or the 64 hex digits of a PSK; without --ssid before it, for every network"),
            )
            .arg(
                option("pmk")
                    .value_name("HEX")
                    .value_parser(clap::value_parser!(String))
                    .help("A PMK of 32 to 64 octets, to try on every handshake"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SecretArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given: Vec<(usize, Given)> = Vec::new();
        given.extend(occurrences(matches, "ssid", Given::Ssid));
        given.extend(occurrences(matches, "passphrase", Given::Passphrase));
        given.extend(occurrences(matches, "pmk", Given::Pmk));
        given.sort_by_key(|(place, _)| *place);
        secrets(given.into_iter().map(|(_, given)| given)).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of an option with their places on the command line.
fn occurrences<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    id: &str,
    given: fn(T) -> Given,
) -> impl Iterator<Item = (usize, Given)> {
    let places = matches.indices_of(id).into_iter().flatten();
    let values = matches.get_many::<T>(id).into_iter().flatten().cloned().map(given);
    places.zip(values)
}

fn secrets(given: impl Iterator<Item = Given>) -> Result<Secrets, clap::Error> {
    let mut secrets = Secrets::default();
    let mut network = None;
    for given in given {
        match (given, network.take()) {
            (Given::Passphrase(passphrase), Some(ssid)) => {
                let added = secrets.add_network(octets(ssid), passphrase.as_encoded_bytes());
                added.map_err(|error| invalid("--passphrase", &error))?;
            }
            (Given::Passphrase(passphrase), None) => {
                let added = secrets.add_passphrase(passphrase.as_encoded_bytes());
                added.map_err(|error| invalid("--passphrase", &error))?;
            }
            (Given::Ssid(ssid), None) => network = Some(checked_ssid(ssid)?),
            (Given::Pmk(digits), None) => {
                let pmk = unhex(&digits).ok_or_else(|| invalid("--pmk", &"expected pairs of hex digits"))?;
                secrets.add_pmk(&pmk).map_err(|error| invalid("--pmk", &error))?;
            }
            (_, Some(ssid)) => return Err(alone(&ssid)),
        }
    }
    match network {
        None => Ok(secrets),
        Some(ssid) => Err(alone(&ssid)),
    }
}

fn octets(ssid: OsString) -> Vec<u8> {
    ssid.into_encoded_bytes()
}

fn checked_ssid(ssid: OsString) -> Result<OsString, clap::Error> {
    match ssid.as_encoded_bytes().len() {
        1..=32 => Ok(ssid),
        found => Err(invalid(
            "--ssid",
            &format_args!("an SSID has 1 to 32 octets, found {found}"),
        )),
    }
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let octets = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok());
    if odd.is_empty() { octets.collect() } else { None }
}

fn invalid(option: &str, error: &dyn std::fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{option}: {error}"))
}

fn alone(ssid: &OsStr) -> clap::Error {
    let message = format!(
        "--ssid {}: the --passphrase of the network has to follow it",
        ssid.display()
    );
    clap::Error::raw(ErrorKind::MissingRequiredArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use frame::Akm;
    use keys::AkmSuite;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Secrets, clap::Error> {
        let program = Program::try_parse_from(line.split(' '))?;
        Ok(program.args.secrets.into_secrets())
    }

    #[test]
    fn a_passphrase_belongs_to_the_ssid_before_it() {
        let mut secrets =
            parse("x a.pcap --ssid IEEE --passphrase password --passphrase everywhere --ssid B --passphrase bbbbbbbb")
                .unwrap();
        let psk = AkmSuite::of(Akm::PSK).unwrap();
        // IEEE 802.11-2020, J.4.2.
        let first = secrets.candidates(psk, None).next().unwrap();
        assert_eq!(first.as_bytes()[..4], [0xf4, 0x2c, 0x6f, 0xc5]);
        assert_eq!(
            secrets.candidates(psk, None).count(),
            2,
            "the passphrase for all networks waits for an SSID"
        );
        assert_eq!(secrets.candidates(psk, Some(b"C")).count(), 3);
    }

    #[test]
    fn an_ssid_without_its_passphrase_is_refused() {
        for line in [
            "x a.pcap --ssid A",
            "x a.pcap --passphrase aaaaaaaa --ssid A",
            "x a.pcap --ssid A --ssid B --passphrase bbbbbbbb",
            "x a.pcap --ssid A --pmk 00 --passphrase aaaaaaaa",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
