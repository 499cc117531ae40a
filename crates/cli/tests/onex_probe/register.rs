//! The operator's register of subscribers (HLR/AuC), as hostapd asks for it: a line of text a datagram.
//!
//! `SIM-REQ-AUTH IMSI N` wants triplets, `AKA-REQ-AUTH IMSI` a challenge of UMTS; `AKA-AUTS IMSI AUTS RAND` tells of a
//! card that is ahead, and wants no answer.

use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use onex::usim::{AuthenticationCentre, Subscription};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

/// The one subscriber.
pub(super) const IMSI: &str = "232010000000000";
pub(super) const K: [u8; 16] = [0x4b; 16];
pub(super) const OPC: [u8; 16] = [0x0c; 16];

/// How the register does its work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// As it should.
    Decent,
    /// It says the first challenge again and again, until it is told that the card is ahead.
    Repeats,
    /// And does not listen to that either.
    Deaf,
}

/// A running register; ends when dropped.
pub(super) struct Register {
    counts: Arc<Counts>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How often it was asked for something.
#[derive(Default)]
struct Counts {
    challenges: AtomicUsize,
    resynchronizations: AtomicUsize,
}

impl Register {
    /// A register at this socket, whose highest sequence number is `sqn`.
    ///
    /// # Errors
    /// The system refuses a socket.
    pub(super) fn start(socket: &Path, sqn: u64, manner: Manner) -> io::Result<Self> {
        let counts = Arc::<Counts>::default();
        let is_over = Arc::<AtomicBool>::default();
        // That of an earlier run.
        let _ = fs::remove_file(socket);
        let socket = UnixDatagram::bind(socket)?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        let (flag, counted) = (Arc::clone(&is_over), Arc::clone(&counts));
        let thread = thread::spawn(move || {
            let mut desk = Desk {
                centre: centre(sqn),
                rng: ChaCha20Rng::seed_from_u64(7),
                manner,
                last: None,
                counts: counted,
            };
            let mut buffer = [0; 1000];
            while !flag.load(Ordering::Relaxed) {
                let Ok((len, from)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                let question = String::from_utf8_lossy(buffer.get(..len).unwrap_or_default()).into_owned();
                if let (Some(answer), Some(path)) = (desk.answer(&question), from.as_pathname()) {
                    // Whoever has gone away misses it.
                    let _ = socket.send_to(answer.as_bytes(), path);
                }
            }
        });
        Ok(Self {
            counts,
            is_over,
            thread: Some(thread),
        })
    }

    /// How many challenges it was asked for.
    pub(super) fn challenges(&self) -> usize {
        self.counts.challenges.load(Ordering::Relaxed)
    }

    /// How often it was told that the card is ahead.
    pub(super) fn resynchronizations(&self) -> usize {
        self.counts.resynchronizations.load(Ordering::Relaxed)
    }
}

impl Drop for Register {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // A thread that panicked has said so itself.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The operator's side of the card.
pub(super) fn centre(sqn: u64) -> AuthenticationCentre {
    AuthenticationCentre::new(Subscription {
        imsi: IMSI.into(),
        network_digits: 2,
        k: Zeroizing::new(K),
        opc: Zeroizing::new(OPC),
        sqn,
    })
}

struct Desk {
    centre: AuthenticationCentre,
    rng: ChaCha20Rng,
    manner: Manner,
    /// The challenge of UMTS that was said last.
    last: Option<String>,
    counts: Arc<Counts>,
}

impl Desk {
    fn answer(&mut self, question: &str) -> Option<String> {
        let words: Vec<&str> = question.split_ascii_whitespace().collect();
        match *words.as_slice() {
            ["SIM-REQ-AUTH", IMSI, count] => {
                self.counts.challenges.fetch_add(1, Ordering::Relaxed);
                Some(self.triplets(count.parse().ok()?))
            }
            ["AKA-REQ-AUTH", IMSI] => {
                self.counts.challenges.fetch_add(1, Ordering::Relaxed);
                Some(self.challenge())
            }
            ["AKA-AUTS", IMSI, auts, rand] => {
                self.counts.resynchronizations.fetch_add(1, Ordering::Relaxed);
                if self.manner != Manner::Deaf {
                    assert!(self.centre.resynchronize(&octets(rand)?, &octets(auts)?));
                    self.last = None;
                }
                None
            }
            ["SIM-REQ-AUTH", imsi, _] => Some(format!("SIM-RESP-AUTH {imsi} FAILURE")),
            ["AKA-REQ-AUTH", imsi] => Some(format!("AKA-RESP-AUTH {imsi} FAILURE")),
            _ => None,
        }
    }

    fn triplets(&mut self, count: usize) -> String {
        let mut answer = format!("SIM-RESP-AUTH {IMSI}");
        for index in 0..count {
            // The same in every run, for the card that knows nothing but them.
            let rand = rand_of_gsm(index);
            let triplet = self.centre.triplet(&rand).unwrap();
            let (kc, sres) = (hex(&*triplet.kc), hex(&*triplet.sres));
            write!(answer, " {kc}:{sres}:{}", hex(&rand)).unwrap();
        }
        answer
    }

    fn challenge(&mut self) -> String {
        if let Some(last) = self.last.as_ref().filter(|_| self.manner != Manner::Decent) {
            return last.clone();
        }
        let mut rand = [0; 16];
        self.rng.fill_bytes(&mut rand);
        let challenge = self.centre.challenge(&rand).unwrap();
        let vector = &challenge.vector;
        let parts: [&[u8]; 5] = [&rand, &challenge.autn, &*vector.ik, &*vector.ck, vector.res.as_bytes()];
        let answer = format!("AKA-RESP-AUTH {IMSI} {}", parts.map(hex).join(" "));
        self.last.insert(answer).clone()
    }
}

/// The challenges of GSM, by their number.
pub(super) fn rand_of_gsm(index: usize) -> [u8; 16] {
    [0xa0 + u8::try_from(index).unwrap(); 16]
}

pub(super) fn hex(octets: &[u8]) -> String {
    base16ct::lower::encode_string(octets)
}

fn octets<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut octets = [0; N];
    base16ct::mixed::decode(digits, &mut octets).ok()?;
    Some(octets)
}
