//! The subscriber's card in a file. What it must remember, the highest sequence number that it has seen, is written back
//! before a challenge is answered: whatever ends the program then, the same challenge is never answered twice.

mod format;

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use onex::methods::sim_aka::Card;
use onex::usim::{Triplet, Usim, Verdict};

use super::method::MethodName;
use crate::private_file;
use format::Description;
pub(crate) use format::Fault;

/// Octets that a file has at most.
const LIMIT: usize = 65_536;
/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a card can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CardError {
    /// The file can't be read.
    #[error("{} can't be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file describes no card.
    #[error("{} describes no card: {fault}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The method needs more than the card has.
    #[error("the card in {} has {lacks}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What it does not have.
        lacks: &'static str,
    },
    /// The sequence number can't be written back.
    #[error("the sequence number of the card can't be kept in {}", .path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl CardError {
    /// What a person can do about it.
    pub(super) const fn next_step(&self) -> &'static str {
        match self {
            Self::Read { .. } => "Name a file that this user, and nobody else, may read and write.",
            Self::Format { .. } => {
                "Lines that it needs: `imsi = DIGITS`, `k = HEX`, `opc = HEX` or `op = HEX`, `sqn = 12 HEX DIGITS`."
            }
            Self::Unfit { .. } => "Add what is missing, or choose another method.",
            Self::Store { .. } => {
                "Put the file where this user may write it and a new one beside it, and where there is room: \
                 a card that forgets would answer the challenges of the past again."
            }
        }
    }
}

/// A card in a file. No secret of it stays in memory from one challenge to the next.
#[derive(Clone)]
pub(super) struct CardFile {
    path: PathBuf,
    imsi: String,
    network_digits: usize,
}

impl CardFile {
    /// Reads the card for this method. For AKA it also proves that the sequence number can be kept.
    ///
    /// # Errors
    /// See [`CardError`].
    pub(super) fn open(path: &Path, method: MethodName) -> Result<Self, CardError> {
        // The file itself is replaced, not the link that leads to it.
        let path = fs::canonicalize(path).map_err(|source| CardError::Read {
            path: path.to_owned(),
            source,
        })?;
        let held = Held::take(&path)?;
        let description = &held.description;
        if method.needs_sequence_number() {
            held.demand_all()?;
            held.store()?;
        }
        Ok(Self {
            imsi: description.imsi.clone(),
            network_digits: description.network_digits,
            path,
        })
    }

    /// The card, for one association.
    pub(super) fn card(&self) -> Card {
        Card::new(self.clone())
    }

    fn answer_of_gsm(&self, rand: &[u8; 16]) -> Result<Option<Triplet>, CardError> {
        let description = Held::take(&self.path)?.description;
        let by_key = description.with_key();
        Ok(match (description.recorded(), by_key) {
            // The card may have another algorithm than MILENAGE for GSM.
            (Some(mut card), _) => card.gsm(rand),
            (None, Some(mut card)) => card.gsm(rand),
            (None, None) => None,
        })
    }

    fn judge(&self, rand: &[u8; 16], autn: &[u8; 16]) -> Result<Verdict, CardError> {
        let mut held = Held::take(&self.path)?;
        held.demand_all()?;
        let Some(mut card) = held.description.with_key() else {
            return Ok(Verdict::Mute);
        };
        let verdict = card.umts(rand, autn);
        if let Verdict::Genuine(_) = verdict {
            let sqn = card.sequence_number();
            if held.description.put_sequence_number(sqn, &mut held.content).is_none() {
                return Ok(Verdict::Mute);
            }
            held.store()?;
        }
        Ok(verdict)
    }
}

impl Usim for CardFile {
    fn imsi(&self) -> &str {
        &self.imsi
    }

    fn network_digits(&self) -> usize {
        self.network_digits
    }

    fn gsm(&mut self, rand: &[u8; 16]) -> Option<Triplet> {
        self.answer_of_gsm(rand).unwrap_or_else(|error| {
            tell(&error);
            None
        })
    }

    fn umts(&mut self, rand: &[u8; 16], autn: &[u8; 16]) -> Verdict {
        self.judge(rand, autn).unwrap_or_else(|error| {
            tell(&error);
            Verdict::Mute
        })
    }
}

/// Says what is wrong with the file in the middle of an authentication, which has no room for it in its outcome.
fn tell(error: &CardError) {
    let source = std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"));
    eprintln!("portcullis: {error}{source}.\n{}", error.next_step());
}

/// A file that nobody else reads or writes meanwhile, neither a thread of this program nor another program of ours: what
/// both had read, one of them would put back.
struct Held {
    path: PathBuf,
    content: zeroize::Zeroizing<Vec<u8>>,
    description: Description,
    /// The file with the lock.
    file: File,
}

impl Held {
    fn take(path: &Path) -> Result<Self, CardError> {
        let unreadable = |source| CardError::Read {
            path: path.to_owned(),
            source,
        };
        let file = lock(path).map_err(unreadable)?;
        // What did not fit would be lost when the file is written back.
        let content = private_file::content(&file, LIMIT).map_err(unreadable)?;
        let description = Description::parse(&content).map_err(|fault| CardError::Format {
            path: path.to_owned(),
            fault,
        })?;
        Ok(Self {
            path: path.to_owned(),
            content,
            description,
            file,
        })
    }

    /// Whether the card is one of UMTS, with a place for its sequence number. Who edits the file may have taken it away.
    fn demand_all(&self) -> Result<(), CardError> {
        match self.description.lacks() {
            Some(lacks) => Err(CardError::Unfit {
                path: self.path.clone(),
                lacks,
            }),
            None => Ok(()),
        }
    }

    fn store(&self) -> Result<(), CardError> {
        /// The owner's permission to write, which root does without.
        const OWNER_WRITES: u32 = 0o200;
        let stored = self
            .file
            .metadata()
            .and_then(|metadata| match metadata.mode() & OWNER_WRITES {
                0 => Err(io::Error::other("its owner may not write it")),
                _ => private_file::store(&self.path, &self.content),
            });
        stored.map_err(|source| CardError::Store {
            path: self.path.clone(),
            source,
        })
    }
}

/// Opens and locks the file that has this name while the lock is held: the one that was opened may have been replaced
/// before it was locked.
fn lock(path: &Path) -> io::Result<File> {
    let begun = Instant::now();
    loop {
        let file = private_file::open(path)?.ok_or(io::ErrorKind::NotFound)?;
        match file.try_lock() {
            Ok(()) => {
                let (ours, named) = (file.metadata()?, fs::metadata(path)?);
                if (ours.dev(), ours.ino()) == (named.dev(), named.ino()) {
                    return Ok(file);
                }
            }
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another program holds it")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onex::usim::{AuthenticationCentre, Challenge, Subscription};
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use zeroize::Zeroizing;

    const RAND: [u8; 16] = [7; 16];
    const CARD: &str = "imsi = 232010000000000\nk = 01010101010101010101010101010101\n\
                        opc = 02020202020202020202020202020202\n";
    const SQN: &str = "sqn = 000000000040\n";

    /// A file of the test's own, in a directory of its own; removed at its end.
    struct Place(PathBuf);

    impl Place {
        fn new(test: &str, content: &str) -> Self {
            let directory = std::env::temp_dir().join(format!("portcullis-card-{}-{test}", std::process::id()));
            fs::create_dir_all(&directory).unwrap();
            let place = Self(directory.join("card"));
            fs::write(&place.0, content).unwrap();
            place.permit(0o600);
            place
        }

        fn permit(&self, mode: u32) {
            fs::set_permissions(&self.0, Permissions::from_mode(mode)).unwrap();
        }

        fn card(&self) -> CardFile {
            CardFile::open(&self.0, MethodName::Aka).unwrap()
        }

        fn error(&self, method: MethodName) -> String {
            let error = CardFile::open(&self.0, method).err().unwrap();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", source.unwrap_or_default())
        }

        fn content(&self) -> String {
            fs::read_to_string(&self.0).unwrap()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            fs::remove_dir_all(self.0.parent().unwrap()).unwrap();
        }
    }

    fn challenge(sqn: u64) -> Challenge {
        let subscription = Subscription {
            imsi: "232010000000000".into(),
            network_digits: 2,
            k: Zeroizing::new([1; 16]),
            opc: Zeroizing::new([2; 16]),
            sqn: sqn - 32,
        };
        AuthenticationCentre::new(subscription).challenge(&RAND).unwrap()
    }

    #[test]
    fn a_challenge_is_answered_once_in_whatever_run_of_the_program() {
        let place = Place::new("once", &format!("{CARD}{SQN}"));
        let autn = challenge(0x60).autn;
        assert!(matches!(place.card().umts(&RAND, &autn), Verdict::Genuine(_)));
        assert_eq!(place.content(), format!("{CARD}sqn = 000000000060\n"));
        assert!(matches!(place.card().umts(&RAND, &autn), Verdict::OutOfStep { .. }));
        let other = challenge(0x80).autn;
        assert!(matches!(place.card().umts(&[8; 16], &other), Verdict::Impostor));
        assert_eq!(place.content(), format!("{CARD}sqn = 000000000060\n"));
    }

    #[test]
    fn a_challenge_whose_number_can_not_be_kept_is_not_answered() {
        let place = Place::new("full", &format!("{CARD}{SQN}"));
        let mut card = place.card();
        place.permit(0o400);
        assert!(matches!(card.umts(&RAND, &challenge(0x60).autn), Verdict::Mute));
        assert_eq!(place.content(), format!("{CARD}{SQN}"));
        place.permit(0o600);
        // Nor where somebody has taken the number's place away.
        fs::write(&place.0, CARD).unwrap();
        assert!(matches!(card.umts(&RAND, &challenge(0x60).autn), Verdict::Mute));
        fs::write(&place.0, format!("{CARD}{SQN}")).unwrap();
        assert!(matches!(card.umts(&RAND, &challenge(0x60).autn), Verdict::Genuine(_)));
    }

    #[test]
    fn many_at_the_same_time_answer_a_challenge_once() {
        let place = Place::new("many", &format!("{CARD}{SQN}"));
        let (card, autn) = (place.card(), challenge(0x60).autn);
        let answered = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let mut card = card.clone();
                    scope.spawn(move || matches!(card.umts(&RAND, &autn), Verdict::Genuine(_)))
                })
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .filter(|&was| was)
                .count()
        });
        assert_eq!(answered, 1);
    }

    #[test]
    fn a_file_that_others_may_use_or_its_owner_may_not_write_is_refused() {
        let place = Place::new("mode", &format!("{CARD}{SQN}"));
        place.permit(0o640);
        assert!(place.error(MethodName::Sim).contains("chmod 600"));
        place.permit(0o400);
        let error = place.error(MethodName::Aka);
        assert!(
            error.contains("can't be kept") && error.contains("may not write"),
            "{error}"
        );
        place.permit(0o600);
        fs::write(&place.0, format!("{CARD}{SQN}{}", "#\n".repeat(LIMIT / 2))).unwrap();
        assert!(place.error(MethodName::Aka).contains("too long"));
        fs::write(&place.0, format!("{CARD}{SQN}")).unwrap();
        place.permit(0o400);
        assert!(CardFile::open(&place.0, MethodName::Sim).is_ok());
    }

    #[test]
    fn a_card_that_lacks_what_the_method_needs_is_refused_with_the_reason() {
        let place = Place::new("unfit", CARD);
        assert!(place.error(MethodName::AkaPrime).contains("no line `sqn"));
        assert!(CardFile::open(&place.0, MethodName::Sim).unwrap().gsm(&RAND).is_some());
        fs::write(
            &place.0,
            format!(
                "imsi = 232010000000000\ntriplet = {} 01020304 0102030405060708",
                "07".repeat(16)
            ),
        )
        .unwrap();
        assert!(place.error(MethodName::Aka).contains("EAP-SIM only"));
        let mut card = CardFile::open(&place.0, MethodName::Sim).unwrap();
        assert_eq!(*card.gsm(&RAND).unwrap().sres, [1, 2, 3, 4]);
        fs::write(&place.0, "pin = 1234").unwrap();
        assert!(place.error(MethodName::Sim).contains("line 1"));
        assert!(card.gsm(&RAND).is_none());
    }
}
