//! SA query: whether the peer still has the security association (IEEE 802.11-2020, 11.13).
//!
//! A station that gets an unprotected disassociation, or an access point that gets an association request of a station
//! that is associated, asks the peer in a protected frame. An answer proves that the association is alive and what came
//! before is not to be believed; silence proves that the peer has lost it. The same on both sides.
//!
//! Sans-I/O: bodies of action frames come in and go out, which the caller protects; so does the time.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use frame::dot11::{Action, SaQueryAction, SaQueryKind};
use frame::oci::Oci;
use frame::{Emit, ParseError};
use rand_core::CryptoRng;

/// One time unit, 1024 µs.
const TIME_UNIT: Duration = Duration::from_micros(1024);
/// Between two questions (dot11AssociationSAQueryRetryTimeout).
pub const RETRY_TIMEOUT: Duration = TIME_UNIT.saturating_mul(201);
/// From the first question to the verdict (dot11AssociationSAQueryMaximumTimeout).
pub const MAXIMUM_TIMEOUT: Duration = TIME_UNIT.saturating_mul(1000);
/// Octets of a transaction identifier.
const TRANSACTION_LEN: usize = 2;

/// What a procedure came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The peer answered: the association is alive.
    Alive,
    /// The peer answered none of the questions: it has no association any more.
    Lost,
}

/// What a received action frame asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Send this body as the answer.
    Answer(Box<[u8]>),
    /// The peer answered our question.
    Verdict(Verdict),
}

/// Why a received frame was not acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryRefusal {
    /// Not a well-formed SA query action.
    #[error("malformed: {0}")]
    Parse(#[from] ParseError),
    /// It answers no question of ours.
    #[error("the answer is for none of our questions")]
    Unasked,
    /// The peer is on another channel, or does not say on which (11.13, with operating channel validation).
    #[error("the peer's operating channel is not ours: possible relay")]
    Channel,
}

/// Asks and answers, for one association.
pub struct SaQuery {
    /// Our channel, if both sides validate it.
    channel: Option<Oci>,
    procedure: Option<Procedure>,
}

/// Questions without an answer.
struct Procedure {
    /// The identifiers of all questions: an answer to an early one will do.
    transactions: Vec<[u8; TRANSACTION_LEN]>,
    retry: Duration,
    end: Duration,
}

impl SaQuery {
    /// For an association whose two sides validate `channel`, if any.
    #[must_use]
    pub const fn new(channel: Option<Oci>) -> Self {
        Self {
            channel,
            procedure: None,
        }
    }

    /// Begins to ask: gives the body of the first question, or `None` if a procedure is going on, whose verdict will be
    /// as good. `rng` is asked for 2 octets.
    pub fn start(&mut self, now: Duration, rng: &mut dyn CryptoRng) -> Option<Box<[u8]>> {
        if self.procedure.is_some() {
            return None;
        }
        let transaction = transaction(rng);
        self.procedure = Some(Procedure {
            transactions: Vec::from([transaction]),
            retry: now.saturating_add(RETRY_TIMEOUT),
            end: now.saturating_add(MAXIMUM_TIMEOUT),
        });
        Some(self.body(SaQueryKind::Request, transaction))
    }

    /// Takes a received action frame, whose protection was verified.
    ///
    /// # Errors
    /// [`QueryRefusal`]; then nothing changes.
    pub fn handle(&mut self, action: &Action<'_>) -> Result<Received, QueryRefusal> {
        let query = SaQueryAction::parse(action)?;
        if let Some(ours) = &self.channel
            && !query.channel.is_some_and(|theirs| theirs.admits(ours))
        {
            return Err(QueryRefusal::Channel);
        }
        match query.kind {
            SaQueryKind::Request => Ok(Received::Answer(self.body(SaQueryKind::Response, query.transaction))),
            SaQueryKind::Response => {
                let is_asked = |procedure: &mut Procedure| procedure.transactions.contains(&query.transaction);
                self.procedure.take_if(is_asked).ok_or(QueryRefusal::Unasked)?;
                Ok(Received::Verdict(Verdict::Alive))
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; `None` if nothing was asked.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        self.procedure
            .as_ref()
            .map(|procedure| procedure.retry.min(procedure.end))
    }

    /// Asks again, under another identifier, or gives the verdict. Does nothing before the time.
    pub fn handle_timeout(&mut self, now: Duration, rng: &mut dyn CryptoRng) -> Option<Timeout> {
        let procedure = self.procedure.as_mut()?;
        if now >= procedure.end {
            self.procedure = None;
            return Some(Timeout::Verdict(Verdict::Lost));
        }
        if now < procedure.retry {
            return None;
        }
        let transaction = transaction(rng);
        procedure.transactions.push(transaction);
        procedure.retry = now.saturating_add(RETRY_TIMEOUT);
        Some(Timeout::Ask(self.body(SaQueryKind::Request, transaction)))
    }

    #[expect(clippy::expect_used, reason = "the fields of a query have fixed lengths")]
    fn body(&self, kind: SaQueryKind, transaction: [u8; TRANSACTION_LEN]) -> Box<[u8]> {
        let query = SaQueryAction {
            kind,
            transaction,
            channel: self.channel,
        };
        query.to_vec().expect("a query is short").into()
    }
}

/// What a time-out asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Send this body, the question once more.
    Ask(Box<[u8]>),
    /// The procedure is over.
    Verdict(Verdict),
}

fn transaction(rng: &mut dyn CryptoRng) -> [u8; TRANSACTION_LEN] {
    let mut octets = [0; TRANSACTION_LEN];
    rng.fill_bytes(&mut octets);
    octets
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha12Rng;
    use rand_core::SeedableRng;

    use super::*;

    const NOW: Duration = Duration::from_secs(7);
    const CHANNEL: Oci = Oci {
        operating_class: 81,
        primary_channel: 6,
        frequency_segment_1: 0,
    };

    fn action(body: &[u8]) -> Action<'_> {
        let [category, action, body @ ..] = body else {
            panic!("an action has a category")
        };
        Action {
            category: *category,
            action: *action,
            body,
        }
    }

    fn answer(peer: &mut SaQuery, question: &[u8]) -> Box<[u8]> {
        match peer.handle(&action(question)).unwrap() {
            Received::Answer(body) => body,
            Received::Verdict(verdict) => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn an_answer_proves_the_association_alive_and_ends_the_procedure() {
        let mut rng = ChaCha12Rng::seed_from_u64(1);
        for channel in [None, Some(CHANNEL)] {
            let (mut ours, mut peer) = (SaQuery::new(channel), SaQuery::new(channel));
            let question = ours.start(NOW, &mut rng).unwrap();
            assert_eq!(ours.start(NOW, &mut rng), None);
            let answer = answer(&mut peer, &question);
            assert_eq!(ours.handle(&action(&answer)), Ok(Received::Verdict(Verdict::Alive)));
            assert_eq!(ours.next_timeout(), None);
            assert_eq!(ours.handle(&action(&answer)), Err(QueryRefusal::Unasked));
        }
    }

    #[test]
    fn silence_is_asked_again_every_201_time_units_and_means_a_lost_association_after_1000() {
        let mut rng = ChaCha12Rng::seed_from_u64(2);
        let mut ours = SaQuery::new(None);
        let mut questions = alloc::vec![ours.start(NOW, &mut rng).unwrap()];
        let mut now = NOW;
        let verdict = loop {
            assert_eq!(ours.handle_timeout(now, &mut rng), None, "not before the time");
            now = ours.next_timeout().unwrap();
            match ours.handle_timeout(now, &mut rng).unwrap() {
                Timeout::Ask(question) => questions.push(question),
                Timeout::Verdict(verdict) => break verdict,
            }
        };
        assert_eq!((verdict, now - NOW), (Verdict::Lost, Duration::from_micros(1_024_000)));
        assert_eq!(questions.len(), 5);
        questions.sort();
        questions.dedup();
        assert_eq!(questions.len(), 5, "every question has its own identifier");
    }

    #[test]
    fn an_answer_to_an_earlier_question_will_do() {
        let mut rng = ChaCha12Rng::seed_from_u64(3);
        let (mut ours, mut peer) = (SaQuery::new(None), SaQuery::new(None));
        let first = ours.start(NOW, &mut rng).unwrap();
        assert!(ours.handle_timeout(NOW + RETRY_TIMEOUT, &mut rng).is_some());
        let answer = answer(&mut peer, &first);
        assert_eq!(ours.handle(&action(&answer)), Ok(Received::Verdict(Verdict::Alive)));
    }

    #[test]
    fn an_answer_that_nobody_asked_for_or_from_another_channel_is_refused() {
        let mut rng = ChaCha12Rng::seed_from_u64(4);
        let mut ours = SaQuery::new(Some(CHANNEL));
        let question = ours.start(NOW, &mut rng).unwrap();
        let mut elsewhere = SaQuery::new(Some(Oci {
            primary_channel: 11,
            ..CHANNEL
        }));
        assert_eq!(elsewhere.handle(&action(&question)), Err(QueryRefusal::Channel));
        let silent = SaQuery::new(None).start(NOW, &mut rng).unwrap();
        assert_eq!(ours.handle(&action(&silent)), Err(QueryRefusal::Channel));
        let mut forged = answer(&mut SaQuery::new(Some(CHANNEL)), &question);
        forged[2] ^= 1;
        assert_eq!(ours.handle(&action(&forged)), Err(QueryRefusal::Unasked));
        assert!(ours.next_timeout().is_some(), "the procedure goes on");
    }
}
