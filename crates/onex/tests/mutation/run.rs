//! A run: conversations until enough mutated packets were delivered, and what must hold of all of them together.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use std::{env, thread};

use frame::eap::Method as Type;
use keys::curve::Curve;
use onex::eap::{Peer, Profile};
use onex::tls::Versions;
use peak_alloc::PeakAlloc;

use super::conversation::Between;
use super::inside::Inside;
use super::methods::{Certificates, Choice, Method};
use super::mutant::Chance;
use super::watch::Watch;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Mutated packets, unless the environment says otherwise.
const PACKETS: u64 = 2_000;
/// A long run says how far it is whenever so many more have been delivered.
const PROGRESS: u64 = 100_000;
/// Conversations with one server, before there is another.
const GENERATION: u32 = 32;
/// Octets that both sides have at their worst, with all that a server remembers.
const PEAK_MAX: usize = 2 << 20;
/// What a peer keeps between two conversations may differ by so many octets.
const GROWTH_MAX: usize = 64 << 10;
/// Octets that may be left when there is no peer any more.
const LEFT_MAX: usize = 4 << 10;

/// The heap is everybody's: one run at a time.
static TURN: Mutex<()> = Mutex::new(());

/// What has been done.
#[derive(Default)]
pub(crate) struct Counts {
    /// Mutated packets that the peer was given.
    pub(crate) packets: u64,
    /// Those of them that were changed inside the tunnel.
    pub(crate) inside: u64,
    pub(crate) conversations: u64,
    /// Mutated packets that were not acted upon.
    pub(crate) refused: u64,
    /// Conversations that the peer ended.
    pub(crate) failed: u64,
    /// Conversations with a good end, both sides having the same keys.
    pub(crate) let_in: u64,
}

/// What was held, in octets.
struct Memory {
    peak: usize,
    /// How much more the peer had between two conversations in the second half of the run than in the first.
    growth: usize,
    left: usize,
}

/// Delivers as many mutated packets to the peer's side of a method as the environment says.
pub(crate) fn run(name: &str, method: Method) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let packets = number("PORTCULLIS_MUTATED_PACKETS").unwrap_or(PACKETS);
    let seed = number("PORTCULLIS_MUTATION_SEED").unwrap_or(1);
    let (began, watch) = (Instant::now(), Watch::new());
    let outcome = thread::scope(|scope| {
        scope.spawn(|| watch.keep());
        let outcome = catch_unwind(AssertUnwindSafe(|| measure(name, method, packets, seed, &watch)));
        watch.end();
        outcome
    });
    let (counts, memory) = outcome.unwrap_or_else(|panic| {
        eprintln!("{name}, seed {seed}: after the packet {}", watch.last());
        resume_unwind(panic)
    });
    println!(
        "{name:<18} {:>9} {:>8} {:>9} {:>9} {:>9} {:>8} {:>8} {:>8} {:>6}",
        counts.packets,
        counts.inside,
        counts.conversations,
        counts.refused,
        counts.failed,
        counts.let_in,
        memory.peak >> 10,
        memory.growth,
        began.elapsed().as_secs(),
    );
    assert!(counts.let_in > 0, "no conversation came to a good end");
    assert_eq!(
        counts.inside > 0,
        method.has_inside(),
        "packets are changed inside every tunnel"
    );
    assert!(memory.peak <= PEAK_MAX, "{} octets at once", memory.peak);
    assert!(memory.growth <= GROWTH_MAX, "the peer grew by {} octets", memory.growth);
    assert!(memory.left <= LEFT_MAX, "the peer left {} octets behind", memory.left);
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().expect("a number in the environment"))
}

fn measure(name: &str, method: Method, packets: u64, seed: u64, watch: &Watch) -> (Counts, Memory) {
    let certificates = Certificates::new();
    // What is made at its first use and never again is made by a run before.
    Stage::new(name, method, &certificates, seed, watch).deliver(packets / 20 + 1);
    let baseline = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let mut stage = Stage::new(name, method, &certificates, seed.wrapping_add(1), watch);
    let first = stage.deliver(packets / 2);
    let second = stage.deliver(packets);
    let counts = std::mem::take(&mut stage.counts);
    drop(stage);
    let memory = Memory {
        peak: HEAP.peak_usage().saturating_sub(baseline),
        growth: second.saturating_sub(first),
        left: HEAP.current_usage().saturating_sub(baseline),
    };
    (counts, memory)
}

/// A peer that lives on, and one server after another.
struct Stage<'a> {
    name: &'a str,
    method: Method,
    certificates: &'a Certificates,
    watch: &'a Watch,
    chance: Chance,
    inside: Inside,
    peer: Peer,
    earlier: Vec<Vec<u8>>,
    counts: Counts,
    /// The last progress that was told.
    told: u64,
}

impl<'a> Stage<'a> {
    fn new(name: &'a str, method: Method, certificates: &'a Certificates, seed: u64, watch: &'a Watch) -> Self {
        let offer = method.peer(certificates);
        let kind = match offer.kind() {
            Type::Iana(kind) => kind,
            Type::Expanded { .. } => 254,
        };
        let peer = Peer::new(Profile {
            identity: Some(b"anonymous".to_vec()),
            offers: vec![offer],
            needs_keys: method.makes_keys(),
        });
        Self {
            name,
            method,
            certificates,
            watch,
            chance: Chance::new(seed),
            inside: Inside::new(seed, kind),
            peer,
            earlier: Vec::new(),
            counts: Counts::default(),
            told: 0,
        }
    }

    /// Goes on until so many mutated packets have been delivered in all. Octets that the peer had at most between two
    /// conversations.
    fn deliver(&mut self, packets: u64) -> usize {
        let mut most = 0;
        while self.counts.packets < packets {
            let choice = self.choose();
            let mut offer = self.method.server(self.certificates, &choice, self.inside.meddler());
            for _ in 0..GENERATION {
                let mut between = Between {
                    method: self.method,
                    chance: &mut self.chance,
                    counts: &mut self.counts,
                    inside: &self.inside,
                    earlier: &mut self.earlier,
                    watch: self.watch,
                };
                between.converse(&mut self.peer, offer.as_mut());
            }
            drop(offer);
            self.peer.restart();
            self.earlier.clear();
            most = most.max(HEAP.current_usage());
            self.tell();
        }
        most
    }

    fn tell(&mut self) {
        if self.counts.packets / PROGRESS > self.told {
            self.told = self.counts.packets / PROGRESS;
            eprintln!("{}: {} packets", self.name, self.counts.packets);
        }
    }

    fn choose(&mut self) -> Choice {
        Choice {
            versions: match self.chance.once_in(2) {
                true => Versions::Tls12,
                false => Versions::Tls13,
            },
            indicates_result: self.chance.once_in(2),
            // The larger curves cost ten times as much.
            curve: match self.chance.below(16) {
                0 => Curve::P384,
                1 => Curve::P521,
                _ => Curve::P256,
            },
        }
    }
}
