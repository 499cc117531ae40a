//! `portcullis onex-probe` against eapol_test, before the same RADIUS server.
//!
//! No session is resumed by either. eapol_test rests for a tenth of a second between two authentications, which is not
//! counted.

use crate::program;
use crate::row::{Promise, Row};
use core::iter::Sum;
use portcullis_tests::freeradius::{FreeRadius, PASSWORD, SECRET, SERVER_NAME, Setup, USER};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// In so many turns, each does its part of the authentications.
const TURNS: u32 = 4;
const AUTHENTICATIONS_A_TURN: u32 = 50;
/// How long eapol_test rests before each authentication but its first.
const REST: Duration = Duration::from_millis(100);
/// The unit of processor time in `/proc` (USER_HZ), in a second.
const TICKS: u64 = 100;

/// A method, as both programs name it.
struct Method {
    name: &'static str,
    /// Its name for onex-probe.
    ours: &'static str,
    /// What the configuration of eapol_test says about it.
    theirs: &'static str,
}

const METHODS: [Method; 3] = [
    Method {
        name: "PEAP-MSCHAPv2",
        ours: "peap",
        theirs: "eap=PEAP\nphase2=\"auth=MSCHAPV2\"",
    },
    Method {
        name: "TTLS-PAP",
        ours: "ttls-pap",
        theirs: "eap=TTLS\nphase2=\"auth=PAP\"",
    },
    Method {
        name: "TLS",
        ours: "tls",
        theirs: "eap=TLS\nclient_cert=\"alice.pem\"\nprivate_key=\"alice.key\"",
    },
];

/// The rows of the table, three a method, or why there are none.
///
/// # Errors
/// What is missing on this machine, or does not work.
pub fn rows() -> Result<Vec<Row>, String> {
    let probe = program::built()?;
    if Command::new("eapol_test").stdout(Stdio::null()).status().is_err() {
        return Err("there is no eapol_test here (Debian's package `eapoltest`)".into());
    }
    let directory = std::env::temp_dir().join(format!("portcullis-bench-onex-{}", std::process::id()));
    let setup = Setup {
        talkative: false,
        ..Setup::default()
    };
    let server = FreeRadius::start(&directory, &setup)
        .map_err(|error| error.to_string())?
        .ok_or("there is no FreeRADIUS here (Debian's package `freeradius`)")?;
    let rows = METHODS
        .iter()
        .map(|method| compare(method, &probe, &server))
        .collect::<Result<Vec<_>, _>>();
    drop(server);
    // A leftover in the temporary directory harms nobody.
    let _ = fs::remove_dir_all(directory);
    Ok(rows?.into_iter().flatten().collect())
}

fn compare(method: &Method, probe: &Path, server: &FreeRadius) -> Result<[Row; 3], String> {
    let (mut ours, mut theirs, mut at_once) = (Vec::new(), Vec::new(), Vec::new());
    let mut of_server = Duration::ZERO;
    for _ in 0..TURNS {
        ours.push(spend(&mut ours_command(method, probe, server, 1))?);
        let mut spent = spend(&mut their_command(method, server)?)?;
        spent.wall = spent.wall.saturating_sub(REST * (AUTHENTICATIONS_A_TURN - 1));
        theirs.push(spent);
        let before = processor_time(&format!("/proc/{}/stat", server.process()), Of::Itself)?;
        at_once.push(spend(&mut ours_command(method, probe, server, 8))?);
        of_server += processor_time(&format!("/proc/{}/stat", server.process()), Of::Itself)?.saturating_sub(before);
    }
    let [ours, theirs, at_once]: [Spent; 3] = [ours, theirs, at_once].map(|turns| turns.into_iter().sum());
    let row = |what: &str, of: (Duration, Duration), found: f64, promise| Row {
        what: format!("{}, {what}", method.name),
        detail: format!("{:.2} ms / {:.2} ms", each(of.0), each(of.1)),
        found,
        promise,
    };
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    let mut throughput = row(
        "8 at once / eapol_test's 1",
        (at_once.wall, theirs.wall),
        ratio(theirs.wall, at_once.wall),
        Promise::AtLeast(1.5),
    );
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let used = ratio(of_server, at_once.wall);
    throughput.detail += &format!("; the server uses {used:.2} of {cores} processors");
    Ok([
        row(
            "processor / eapol_test's",
            (ours.processor, theirs.processor),
            ratio(ours.processor, theirs.processor),
            Promise::AtMost(1.0),
        ),
        row(
            "time / eapol_test's",
            (ours.wall, theirs.wall),
            ratio(ours.wall, theirs.wall),
            Promise::AtMost(1.0),
        ),
        throughput,
    ])
}

/// The time of one authentication, in milliseconds.
fn each(all: Duration) -> f64 {
    all.as_secs_f64() * 1e3 / f64::from(TURNS * AUTHENTICATIONS_A_TURN)
}

fn ours_command(method: &Method, probe: &Path, server: &FreeRadius, concurrency: u32) -> Command {
    let mut command = Command::new(probe);
    command
        .current_dir(server.directory())
        .args(["onex-probe", "--server", &format!("127.0.0.1:{}", server.port())])
        .args(["--secret-file", "secret", "--method", method.ours])
        .args(["--identity", USER, "--password-file", "password"])
        .args(["--client-cert", "alice.pem", "--client-key", "alice.key"])
        .args(["--ca-file", "ca.pem", "--server-name", SERVER_NAME])
        // Neither program can have what FreeRADIUS 3 does not send.
        .arg("--without-crypto-binding")
        .args(["--count", &AUTHENTICATIONS_A_TURN.to_string()])
        .args(["--concurrency", &concurrency.to_string()]);
    command
}

fn their_command(method: &Method, server: &FreeRadius) -> Result<Command, String> {
    let configuration = PathBuf::from(format!("eapol_test-{}.conf", method.ours));
    let content = format!(
        "fast_reauth=0\nnetwork={{\nkey_mgmt=WPA-EAP\nidentity=\"{USER}\"\npassword=\"{PASSWORD}\"\nca_cert=\"ca.pem\"\n\
         domain_match=\"{SERVER_NAME}\"\n{}\n}}\n",
        method.theirs
    );
    fs::write(server.directory().join(&configuration), content).map_err(|error| error.to_string())?;
    let mut command = Command::new("eapol_test");
    command
        .current_dir(server.directory())
        .arg("-c")
        .arg(configuration)
        .args(["-a", "127.0.0.1", "-p", &server.port().to_string(), "-s", SECRET])
        .args(["-r", &(AUTHENTICATIONS_A_TURN - 1).to_string()]);
    Ok(command)
}

/// What a command took.
struct Spent {
    wall: Duration,
    processor: Duration,
}

impl Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(turns: I) -> Self {
        let nothing = Self {
            wall: Duration::ZERO,
            processor: Duration::ZERO,
        };
        turns.fold(nothing, |sum, turn| Self {
            wall: sum.wall + turn.wall,
            processor: sum.processor + turn.processor,
        })
    }
}

fn spend(command: &mut Command) -> Result<Spent, String> {
    let before = processor_time("/proc/self/stat", Of::Children)?;
    let begun = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| error.to_string())?;
    let wall = begun.elapsed();
    match status.success() {
        true => Ok(Spent {
            wall,
            processor: processor_time("/proc/self/stat", Of::Children)?.saturating_sub(before),
        }),
        false => Err(format!("{command:?} ended with {status}")),
    }
}

/// Whose processor time is meant.
#[derive(Clone, Copy)]
enum Of {
    Itself,
    /// The children that have ended.
    Children,
}

/// What a process has used, in user space and in the kernel (proc(5): fields 14 and 15, of the children 16 and 17).
fn processor_time(stat: &str, of: Of) -> Result<Duration, String> {
    let line = fs::read_to_string(stat).map_err(|error| error.to_string())?;
    let first = match of {
        Of::Itself => 14,
        Of::Children => 16,
    };
    // The second field is a name in brackets, which may have spaces.
    let ticks: u64 = line
        .rsplit_once(')')
        .map(|(_, fields)| fields.split_whitespace().skip(first - 3).take(2))
        .and_then(|fields| fields.map(|field| field.parse::<u64>().ok()).sum())
        .ok_or_else(|| format!("{stat} can't be understood"))?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}
