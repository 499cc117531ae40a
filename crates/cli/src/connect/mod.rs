//! `portcullis connect`: a real adapter joins a network, and stays.

mod cache;
mod display;
mod inquiry;
mod memory;
pub(crate) mod on_disk;
mod pins;
mod policy;
mod rehearsal;
pub(crate) mod secret;
mod session;
mod terminal;
mod user;

use crate::extension::Manner;
use crate::suites::{AkmName, CipherName};
use crate::{duration, eap};
use adapter::nl80211::{Nl80211Adapter, OpenError};
use cache::Cache;
use clap::{ArgGroup, Args as ClapArgs, ValueEnum};
use core::time::Duration;
use extension::BuiltIn;
use extension::profile::{ManagementProtection, Secret, SecurityFragment};
use frame::{Akm, Cipher, MacAddress};
use host::outcome::exit;
use ihv::Extension;
use inquiry::Answers;
use isolate::Isolated;
use pins::PinsError;
use policy::Policy;
use rand_chacha::ChaCha20Rng;
use secret::SecretError;
use session::{Guest, Keep, Session, random};
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::Notify;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use zeroize::Zeroizing;

/// Joins a network with a real adapter, and stays until interrupted.
///
/// Looks for the network, takes the strongest authentication that the access points offer and that goes with
/// the secret (without one, encryption without proof: OWE), installs the keys and opens the port. When the access point goes away, joins again. When interrupted, leaves: says
/// so to the access point, and wipes the keys.
#[derive(ClapArgs, Debug)]
#[command(
    group(ArgGroup::new("secret").args(["passphrase_file", "password_file", "psk_file", "pmk_file", "wep_key_file",
          "passphrase_key", "password_key"])),
    after_help = "Examples:
  portcullis connect -i wlan0 --ssid castle --passphrase-file /etc/castle.passphrase
  portcullis connect -i wlan0 --ssid castle --psk-file castle.psk --bssid 02:00:00:00:01:00
  portcullis connect -i wlan0 --ssid castle --passphrase-file p --akm sae --management-protection
  portcullis connect -i wlan0 --ssid square                        an open network, encrypted (OWE)
  portcullis connect -i wlan0 --ssid square --open                 an open network, in the clear
  portcullis connect -i wlan0 --ssid castle --eap peap --identity alice --password-file p --ca-file ca.pem
  portcullis connect -i wlan0 --ssid castle --eap tls --identity alice --client-cert alice.p12 --ca-file ca.pem \\
      --akm eap-suite-b-192                                        WPA3-Enterprise with 192 bits
  portcullis connect -i wlan0 --ssid castle --eap aka-prime --sim-file card
  portcullis connect -i wlan0 --ssid castle --passphrase-file p --until authorized --timeout 5s
  portcullis connect -i wlan0 --ssid castle --extension ./libvendor.so --profile castle.xml
  portcullis connect -i wlan0 --ssid castle --passphrase-file p --json | jq 'select(.kind == \"outcome\")'

Signals: SIGINT and SIGTERM leave the network; SIGUSR1 asks the access point for another pairwise key, SIGUSR2 for
other group keys.

With RUST_LOG=debug in the environment, or RUST_LOG=trace, standard error tells what the adapter does.

Exit codes: 0 interrupted, or the state asked for was reached; 3 refused, or a wrong secret or key; 4 not
connected in time; 5 a file can't be used, or a credential is missing; 6 no such adapter, or no permission;
1 a defect."
)]
pub struct Args {
    /// The wireless interface.
    #[arg(short, long, value_name = "IFACE")]
    interface: String,
    /// The network's name.
    #[arg(long, value_name = "NAME", value_parser = ssid)]
    ssid: String,
    #[command(flatten)]
    files: secret::Files,
    #[command(flatten)]
    onex: user::OneXArgs,
    /// The password's identifier, in a WPA3 network that has several passwords.
    #[arg(long, value_name = "TEXT")]
    password_id: Option<String>,
    /// Only this AKM suite; may be given several times. Without it, all but the broken ones, the best first. If all that
    /// are given are weaker than what the network had the last time, that is taken as meant.
    #[arg(long, value_enum, value_name = "SUITE", ignore_case = true)]
    akm: Vec<AkmName>,
    /// Only this pairwise cipher; may be given several times.
    #[arg(long, value_enum, value_name = "CIPHER", ignore_case = true)]
    pairwise: Vec<CipherName>,
    /// Refuse an access point that does not protect management frames.
    #[arg(long)]
    management_protection: bool,
    /// Accept a network without any security.
    #[arg(long, conflicts_with = "secret")]
    open: bool,
    /// Accept WPA, TKIP (for the group, too) and WEP, which are broken.
    #[arg(long)]
    legacy: bool,
    /// Accept less than the network had the last time, or than it has promised to have from then on (transition
    /// disable). What it has now is what is remembered.
    #[arg(long)]
    downgrade: bool,
    /// Have every access point authenticate the user itself: offer none the key that another one of the network has made
    /// (opportunistic key caching).
    #[arg(long, requires = "eap")]
    no_okc: bool,
    /// Only this access point.
    #[arg(long, value_name = "ADDRESS")]
    bssid: Option<MacAddress>,
    /// Keep in this file (readable for its owner alone) what an authentication leaves, so that the next run need not
    /// authenticate again, and how well the network was protected, so that the next run takes no less.
    #[arg(long, value_name = "FILE")]
    cache_file: Option<PathBuf>,
    /// Keep it in the kernel's keyring of the user, until the machine is switched off.
    #[arg(long, conflicts_with = "cache_file")]
    cache_keyring: bool,
    /// Have this foreign extension instead of the built-in one: a dynamic library, which runs in a process of its own.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["cache_file", "cache_keyring"])]
    extension: Option<PathBuf>,
    #[command(flatten)]
    manner: Manner,
    /// The foreign extension's security profile: an XML fragment, as the extension understands it. Without it, the
    /// built-in extension's, made of the other arguments.
    #[arg(long, value_name = "FILE", requires = "extension", conflicts_with = "secret")]
    profile: Option<PathBuf>,
    /// How long to try before giving up, such as 500ms, 20s or 1m. Once connected there is no limit.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration::parse)]
    timeout: Duration,
    /// Leave and exit as soon as this state is reached.
    #[arg(long, value_enum, value_name = "STATE")]
    until: Option<Until>,
    /// One JSON object a line for each event.
    #[arg(long)]
    json: bool,
}

/// A state to wait for.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// The port is open.
    Authorized,
    /// The station has moved to another access point, as that or the network asked it to; or it could not, and the exit
    /// code says why.
    Roamed,
}

fn ssid(text: &str) -> Result<String, String> {
    match text.len() {
        0..=32 => Ok(text.to_owned()),
        octets => Err(format!("a network's name has at most 32 octets, this one has {octets}")),
    }
}

/// Why the command ends early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    User(#[from] eap::Error),
    #[error(transparent)]
    Pins(#[from] PinsError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Extension(String),
    #[error("{}", .0.display())]
    Profile(PathBuf, #[source] io::Error),
    #[error("the extension refused the adapter: {0}")]
    Adapter(ihv::Win32Error),
    #[error("the extension could not be started")]
    Start(#[from] host::StartError),
    #[error("the self-test failed: this build of the program does not work on this machine")]
    SelfTest,
    #[error("the attempt could not be begun")]
    Connect(#[from] host::ConnectError),
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    #[error("the system refused")]
    System(#[from] io::Error),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Secret(_) | Self::User(_) | Self::Pins(_) | Self::Extension(_) | Self::Profile(..) => exit::BAD_INPUT,
            Self::Open(_) => exit::NO_ADAPTER,
            _ => 1,
        }
    }

    /// What a person can do about it, where that is known.
    fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Secret(error) => Some(error.next_step()),
            Self::User(error) => Some(error.next_step()),
            Self::Pins(_) => Some("Name a file of this user's own that has fingerprints only, or none yet."),
            Self::Open(error) => Some(error.next_step()),
            _ => None,
        }
    }
}

/// Runs the command.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .from_env_lossy();
    // Whoever runs the command may have a subscriber of its own.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
    let code = start(args).unwrap_or_else(|failure| {
        complain(&failure);
        failure.exit_code()
    });
    ExitCode::from(code)
}

fn start(args: &Args) -> Result<u8, Failure> {
    memory::keep_private();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(connect(args))
}

/// The extension that this program has built in.
type Native = BuiltIn<ChaCha20Rng>;

async fn connect(args: &Args) -> Result<u8, Failure> {
    let onex = args.onex.read(args.files.password(), &mut random()?)?;
    let fragment = match (&args.profile, &onex) {
        (Some(path), _) => ihv::SecurityProfile {
            xml: fs::read_to_string(path)
                .map(Zeroizing::new)
                .map_err(|error| Failure::Profile(path.clone(), error))?,
            use_onex: onex.is_some(),
        },
        (None, Some(_)) => security(args, Secret::OneX).to_profile(),
        (None, None) => security(args, args.files.read()?).to_profile(),
    };
    let profile = host::NetworkProfile {
        ssid: args.ssid.clone().into_bytes(),
        bssid: args.bssid,
        connectivity: ihv::ConnectivityProfile::default(),
        security: fragment,
        onex,
    };
    match &args.extension {
        Some(library) => run_with(args, profile, foreign(library, args.manner)?).await,
        None => run_with(args, profile, built_in(args)?).await,
    }
}

async fn run_with<E: Extension>(args: &Args, profile: host::NetworkProfile, guest: Guest<E>) -> Result<u8, Failure> {
    let answers = Answers::about(args.onex.pins()?, args.files.password());
    let adapter = Nl80211Adapter::open(&args.interface).await?;
    let policy = Policy::new(args.timeout, args.until);
    // One that is kept somewhere is not typed again, and would be wrong again.
    let policy = match args.files.password() {
        Some(_) => policy,
        None => policy.for_user(args.onex.of_wrong_password()),
    };
    Session::new(adapter, &args.interface, profile, policy, args.json, guest, answers)?
        .run()
        .await
}

/// The built-in extension, with what it remembers of earlier runs.
fn built_in(args: &Args) -> Result<Guest<Native>, Failure> {
    let mut extension = BuiltIn::new(random()?);
    let keyring = || Cache::Keyring(format!("portcullis:{}", args.interface));
    let cache = args
        .cache_file
        .clone()
        .map(Cache::File)
        .or_else(|| args.cache_keyring.then(keyring));
    if let Some(cache) = &cache {
        cache.restore(&mut extension);
    }
    Ok(Guest {
        extension,
        calls: Arc::default(),
        keep: cache.map(|cache| -> Keep<Native> { Box::new(move |extension, now| cache.store(extension, now)) }),
        again: None,
    })
}

/// A foreign extension, whose threads wake the run loop.
fn foreign(library: &Path, manner: Manner) -> Result<Guest<Isolated>, Failure> {
    let calls = Arc::new(Notify::new());
    let (library, caller) = (library.to_owned(), Arc::clone(&calls));
    let begin = move || {
        let wake = Arc::clone(&caller);
        crate::extension::start(&library, manner, Box::new(move || wake.notify_one()))
    };
    Ok(Guest {
        extension: begin().map_err(Failure::Extension)?,
        calls,
        keep: None,
        again: Some(Box::new(begin)),
    })
}

fn security(args: &Args, secret: Secret) -> SecurityFragment {
    let akms: Vec<Akm> = args.akm.iter().copied().map(Akm::from).collect();
    let pairwise: Vec<Cipher> = args.pairwise.iter().copied().map(Cipher::from).collect();
    let protection = match args.management_protection {
        true => ManagementProtection::Required,
        false => ManagementProtection::Optional,
    };
    SecurityFragment::new(secret)
        .with_password_id(args.password_id.clone())
        .with_akms(&akms)
        .with_pairwise(&pairwise)
        .with_management_protection(protection)
        .with_open(args.open)
        .with_legacy(args.legacy)
        .with_downgrade(args.downgrade)
        .with_own_keys(args.no_okc)
}

/// Says on standard error what went wrong, and what to do.
fn complain(failure: &Failure) {
    eprint!("portcullis: {failure}");
    let mut source = std::error::Error::source(failure);
    while let Some(error) = source {
        eprint!(": {error}");
        source = error.source();
    }
    eprintln!(".");
    if let Some(step) = failure.next_step() {
        eprintln!("{step}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Parser, Debug)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Cli::try_parse_from(line.split_whitespace()).map(|cli| cli.args)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let args = parse("connect -i wlan0 --ssid castle --passphrase-file p").unwrap();
        assert_eq!(args.timeout, Duration::from_secs(20));
        assert_eq!((args.bssid, args.until, args.json), (None, None, false));
    }

    #[test]
    fn at_most_one_secret_is_wanted() {
        assert!(parse("connect -i wlan0 --ssid castle").is_ok());
        assert!(parse("connect -i wlan0 --ssid castle --open --psk-file q").is_err());
        assert!(parse("connect -i wlan0 --ssid castle --passphrase-file p --psk-file q").is_err());
        assert!(parse("connect -i wlan0 --ssid castle --psk-file q --until authorized").is_ok());
    }

    #[test]
    fn a_user_has_a_method_and_no_other_secret_than_a_password() {
        let user = "connect -i wlan0 --ssid castle --eap peap --identity alice --ca-file ca.pem";
        assert!(parse(user).is_ok());
        assert!(parse(&format!("{user} --password-file p")).is_ok());
        assert!(parse(&format!("{user} --passphrase-file p")).is_err());
        assert!(parse("connect -i wlan0 --ssid castle --password-file p --identity alice").is_err());
        assert!(parse("connect -i wlan0 --ssid castle --eap aka-prime --sim-file card").is_ok());
        assert!(parse("connect -i wlan0 --ssid castle --sim-file card").is_err());
        assert!(parse("connect -i wlan0 --ssid castle --password-file p --ca-file ca.pem").is_err());
    }

    #[test]
    fn a_user_may_have_every_access_point_ask_anew() {
        let user = "connect -i wlan0 --ssid castle --eap peap --identity alice --ca-file ca.pem";
        let fragment = |line: &str| security(&parse(line).unwrap(), Secret::OneX).to_profile().xml;
        assert!(fragment(&format!("{user} --no-okc")).contains("<own-keys/>"));
        assert!(!fragment(user).contains("<own-keys/>"));
        assert!(parse("connect -i wlan0 --ssid castle --password-file p --no-okc").is_err());
    }

    #[test]
    fn a_name_of_more_than_32_octets_is_refused() {
        let name = "x".repeat(33);
        assert!(parse(&format!("connect -i wlan0 --ssid {name} --psk-file q")).is_err());
        assert!(parse(&format!("connect -i wlan0 --ssid {} --psk-file q", &name[1..])).is_ok());
    }
}
