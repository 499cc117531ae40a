//! Whether a station that wants to associate anew still has its keys: anybody could ask in its name
//! (IEEE 802.11-2020, 11.3.5.3 and 11.13).

use super::{AccessPoint, Frames};
use core::time::Duration;
use frame::MacAddress;
use frame::dot11::Action;
use frame::timeout::{TimeoutInterval, TimeoutKind};
use rand_chacha::ChaCha20Rng;
use rsn::sa_query::{MAXIMUM_TIMEOUT, Received, SaQuery, Timeout, Verdict};

/// A station that is being asked.
pub(super) struct Doubt {
    query: SaQuery,
    /// When the question has had its time.
    end: Duration,
}

impl Doubt {
    pub(super) fn next_timeout(&self) -> Option<Duration> {
        self.query.next_timeout()
    }
}

impl AccessPoint {
    /// Asks a station that wants to associate, if its association may be alive, and says when it is to come again;
    /// `None` if it is to be served now.
    pub(super) fn doubt(
        &mut self,
        now: Duration,
        station: MacAddress,
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) -> Option<TimeoutInterval> {
        let mut asked = None;
        self.with_client(station, out, |client, _| {
            if !client.demands_protection() {
                return;
            }
            let channel = client.channel();
            let doubt = client.doubt.get_or_insert_with(|| {
                Box::new(Doubt {
                    query: SaQuery::new(channel),
                    end: now + MAXIMUM_TIMEOUT,
                })
            });
            asked = Some((doubt.query.start(now, rng), doubt.end));
        });
        let (question, end) = asked?;
        if let Some(question) = question {
            self.send_action(station, &question, out);
        }
        Some(TimeoutInterval {
            kind: TimeoutKind::ASSOCIATION_COMEBACK,
            value: time_units(end.saturating_sub(now)),
        })
    }

    /// Takes an action frame of a query, whose protection was verified.
    pub(super) fn handle_query(&mut self, station: MacAddress, action: &Action<'_>, out: &mut Frames) {
        let mut received = None;
        self.with_client(station, out, |client, _| {
            let mut idle = SaQuery::new(client.channel());
            let query = client.doubt.as_mut().map_or(&mut idle, |doubt| &mut doubt.query);
            received = query.handle(action).ok();
            if let Some(Received::Verdict(_)) = received {
                client.doubt = None;
            }
        });
        if let Some(Received::Answer(answer)) = received {
            self.send_action(station, &answer, out);
        }
    }

    /// The time for an answer is over: asks again, or forgets the station, so that it can come anew.
    pub(super) fn pursue(&mut self, now: Duration, station: MacAddress, rng: &mut ChaCha20Rng, out: &mut Frames) {
        let client = self.clients.get_mut(&station);
        let doubt = client.and_then(|client| client.doubt.as_mut());
        match doubt.and_then(|doubt| doubt.query.handle_timeout(now, rng)) {
            Some(Timeout::Ask(question)) => self.send_action(station, &question, out),
            Some(Timeout::Verdict(Verdict::Lost)) => {
                self.clients.remove(&station);
            }
            Some(Timeout::Verdict(Verdict::Alive)) | None => {}
        }
    }
}

/// Whole units of 1024 µs, and one more, so that the time is over by then.
fn time_units(time: Duration) -> u32 {
    u32::try_from(time.as_micros() / 1024 + 1).unwrap_or(u32::MAX)
}
