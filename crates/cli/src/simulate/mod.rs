//! `portcullis simulate`: whole lives of post-association operations on the built-in simulated adapter.

mod capture;
mod enterprise;
mod fault;
mod kind;
mod lives;
mod network;
mod report;
mod scheme;

use crate::eap::MethodName;
use crate::output::{write_json, write_text};
use crate::suites::{BipName, CipherName};
use adapter::simulated::{Impairments, Pace};
use clap::Args as ClapArgs;
use core::time::Duration;
use enterprise::Enterprise;
use extension::BuiltIn;
use fault::Fault;
use frame::{Akm, Cipher};
use host::event::Event;
use host::outcome::exit;
use ihv::Extension;
use isolate::Isolated;
use kind::{Kind, KindName};
use lives::{Lives, Plan};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Plays whole lives of post-association operations on the built-in simulated adapter.
///
/// A simulated station arrives, scans, associates with a simulated access point, proves itself in the
/// 4-way handshake, sends data, has its keys changed, sends data again, and leaves. Frames travel as
/// whole IEEE 802.11 frames, encrypted with the keys that were installed. The same seed replays the same
/// run.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  portcullis simulate                                   one life, drawn as a timeline
  portcullis simulate --stations 1000 --loss 0.1        a thousand lives on a bad radio link
  portcullis simulate --fault wrong-secret              what a wrong passphrase looks like
  portcullis simulate --fault wrong-secret --akm sae    and what a wrong password of WPA3
  portcullis simulate --akm open --open                 a network without protection
  portcullis simulate --method tls                      a network with users, whose certificates are made on the fly
  portcullis simulate --akm eap-suite-b-192 --method tls
  portcullis simulate --method aka-prime               subscribers with a card
  portcullis simulate --extension ./libportcullis_ihv.so
  portcullis simulate --json | jq 'select(.kind == \"outcome\")'
  portcullis simulate --write-capture run.pcap && portcullis inspect run.pcap --passphrase 'open sesame'

Exit codes: 0 every life was lived to its end; 3 refused, or a wrong secret; 4 nothing came in time;
5 the capture could not be written, AKM and method do not go together, or the library is no extension;
1 a defect, or an extension that crashed or hung.")]
pub struct Args {
    /// How many stations.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    stations: u32,
    /// The seed that the run replays.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Which part of the frames is lost, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = probability)]
    loss: f64,
    /// Which part of the frames arrives twice, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = probability)]
    duplication: f64,
    /// Which part of the frames is overtaken by later ones, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = probability)]
    reordering: f64,
    /// Which part of the frames has one bit flipped, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = probability)]
    corruption: f64,
    /// The AKM that the access points offer, or a network without any. Without it, psk-sha256, or that of the fault or of
    /// the method.
    #[arg(long, value_enum, ignore_case = true)]
    akm: Option<KindName>,
    /// The stations may join a network without protection.
    #[arg(long)]
    open: bool,
    /// The stations may join a network of WEP, with TKIP, or of WPA. (Who names a group cipher or the AKM asks for TKIP.)
    #[arg(long)]
    legacy: bool,
    /// Authenticate the users by 802.1X with this EAP method, at a server that the access points have in them. Without
    /// it, the stations of an AKM of 802.1X have the key of an earlier authentication.
    #[arg(long, value_enum, value_name = "METHOD")]
    method: Option<MethodName>,
    /// The pairwise cipher that the access points offer. Without it, the usual one of the AKM.
    #[arg(long, value_enum, ignore_case = true)]
    pairwise: Option<CipherName>,
    /// The group cipher of the access points. Without it, the usual one of the AKM.
    #[arg(long, value_enum, ignore_case = true)]
    group: Option<CipherName>,
    /// Protect management frames, those to a group with this cipher. (Where the AKM demands it, they are protected
    /// anyway.)
    #[arg(long, value_enum, value_name = "CIPHER", ignore_case = true)]
    group_management: Option<BipName>,
    /// Protect beacons, too, where management frames are protected.
    #[arg(long)]
    beacon_protection: bool,
    /// Something that goes wrong in every life.
    #[arg(long, value_enum)]
    fault: Option<Fault>,
    /// Has this foreign extension instead of the built-in one: a dynamic library. It runs in a process of its own, and
    /// the simulation in real time.
    #[arg(long, value_name = "PATH")]
    extension: Option<PathBuf>,
    #[command(flatten)]
    manner: crate::extension::Manner,
    /// The access points have the sample algorithm instead of an AKM, and the profile is the samples'
    /// (samples/README.md).
    #[arg(long, requires = "extension")]
    challenge: bool,
    /// Writes all frames to a capture file (pcap, link type 105). The passphrase is `open sesame` (the key of WEP `sesam`
    /// or `open sesame!!`), the networks' names are `portcullis-0`, `portcullis-1` and so on.
    #[arg(long, value_name = "FILE")]
    write_capture: Option<PathBuf>,
    /// Events as one JSON object a line (docs/events.md).
    #[arg(long)]
    json: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1, such as 0.1".into()),
    }
}

/// Runs the command.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let by_method = args.method.map(|_| Akm::EAP_SHA256);
    let by_fault = args.fault.and_then(Fault::usual_akm);
    let kind = match args.akm {
        Some(named) => named.into(),
        None => Kind::Akm(by_fault.or(by_method).unwrap_or(Akm::PSK_SHA256)),
    };
    if args
        .fault
        .is_some_and(|fault| !fault.happens_with(kind, args.method.is_some()))
    {
        eprintln!("portcullis: this fault can't happen in such a network: name another --akm, or none");
        return ExitCode::from(exit::USAGE);
    }
    let enterprise = args.method.map(|method| Enterprise::new(kind.akm(), method));
    let enterprise = match enterprise.transpose() {
        Ok(enterprise) => enterprise,
        Err(error) => {
            eprintln!("portcullis: {error}.");
            return ExitCode::from(exit::BAD_INPUT);
        }
    };
    let usual_cipher = args
        .fault
        .and_then(Fault::cipher)
        .unwrap_or(kind.akm().map_or(Cipher::CCMP_128, scheme::usual_cipher));
    let cipher = |named: Option<CipherName>| named.map_or(usual_cipher, Cipher::from);
    let plan = Plan {
        stations: args.stations,
        seed: args.seed,
        impairments: Impairments {
            loss: args.loss,
            duplication: args.duplication,
            reordering: args.reordering,
            corruption: args.corruption,
            ..Impairments::default()
        },
        kind,
        open: args.open,
        legacy: args.legacy,
        enterprise,
        pairwise: cipher(args.pairwise),
        group: cipher(args.group),
        group_management: args.group_management.map(Cipher::from),
        beacon_protection: args.beacon_protection,
        fault: args.fault,
        challenge: args.challenge,
    };
    if let Some(library) = &args.extension {
        return match crate::extension::start(library, args.manner, Box::new(|| {})) {
            Ok(extension) => live(args, &plan, extension, Some(Box::new(Isolated::wait))),
            Err(complaint) => {
                eprintln!("portcullis: {complaint}");
                ExitCode::from(exit::BAD_INPUT)
            }
        };
    }
    live(args, &plan, built_in(args.seed), None)
}

/// The built-in extension, whose randomness the run's seed gives.
fn built_in(seed: u64) -> BuiltIn<ChaCha20Rng> {
    BuiltIn::new(ChaCha20Rng::seed_from_u64(seed ^ 0x5eed))
}

/// Lives the lives, with this extension.
fn live<E: Extension>(args: &Args, plan: &Plan, extension: E, pace: Option<Pace<E>>) -> ExitCode {
    let capture = match args.write_capture.as_deref().map(capture::Capture::create).transpose() {
        Ok(capture) => capture,
        Err(error) => return bad_capture(args, &error),
    };
    let mut lives = match Lives::new(plan, capture, extension, pace) {
        Ok(lives) => lives,
        Err(error) => {
            eprintln!("portcullis: {error}");
            return ExitCode::FAILURE;
        }
    };
    let shown = show(args, &mut lives);
    match shown.and_then(|()| lives.finish_capture()) {
        Ok(()) => ExitCode::from(lives.exit_code()),
        // Whoever reads this output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(exit::DONE),
        Err(error) => bad_capture(args, &error),
    }
}

/// Plays one life on a perfect medium and shows nothing of it. Returns the exit code that [`run`] would have.
///
/// # Errors
/// If the extension can't be started.
pub(crate) fn play_silently(akm: frame::Akm) -> Result<u8, host::StartError> {
    let cipher = scheme::usual_cipher(akm);
    let plan = Plan {
        stations: 1,
        seed: 0,
        impairments: Impairments::default(),
        kind: Kind::Akm(akm),
        open: false,
        legacy: false,
        enterprise: None,
        pairwise: cipher,
        group: cipher,
        group_management: None,
        beacon_protection: false,
        fault: None,
        challenge: false,
    };
    let mut lives = Lives::new(&plan, None, built_in(plan.seed), None)?;
    let mut events = Vec::new();
    while lives.step(&mut events) {
        events.clear();
    }
    Ok(lives.exit_code())
}

fn bad_capture(args: &Args, error: &io::Error) -> ExitCode {
    match &args.write_capture {
        Some(path) => eprintln!(
            "portcullis: {}: {error}: choose a file that can be written",
            path.display()
        ),
        None => eprintln!("portcullis: the output can't be written: {error}"),
    }
    ExitCode::from(exit::BAD_INPUT)
}

fn show<E: Extension>(args: &Args, lives: &mut Lives<E>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let timeline = args.stations == 1;
    let progress = report::progress(args.stations, !timeline && io::stderr().is_terminal());
    let mut events: Vec<(Event, String)> = Vec::new();
    while lives.step(&mut events) {
        for (event, name) in events.drain(..) {
            if args.json {
                write_json(&mut out, &event, &name)?;
            } else if timeline {
                write_text(&mut out, &event)?;
            }
        }
        progress.set_position(lives.ended());
    }
    progress.finish_and_clear();
    let summary = lives.summary();
    if args.json {
        summary.write_json(&mut out, lives.now())?;
    } else if timeline {
        summary.write_life(&mut out)?;
    } else {
        summary.write_table(&mut out)?;
    }
    out.flush()
}

/// How long a simulated life may take at most, in simulated time.
const LIFETIME: Duration = Duration::from_secs(120);
