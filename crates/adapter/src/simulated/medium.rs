//! The air: it delays, loses, doubles, reorders and damages what is sent, by the world's seed.

use super::access_point::Alarm;
use super::{AccessPointId, StationId};
use core::cmp::Reverse;
use core::time::Duration;
use frame::MacAddress;
use rand_chacha::rand_core::Rng;
use std::collections::{BTreeSet, BinaryHeap};

/// How bad the medium is. Probabilities are from 0 to 1, and for each frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairments {
    /// The frame is lost.
    pub loss: f64,
    /// The frame arrives twice.
    pub duplication: f64,
    /// The frame is held back long enough for later ones to overtake it.
    pub reordering: f64,
    /// One bit of the frame is flipped, unnoticed by the frame check sequence.
    pub corruption: f64,
    /// How long a frame travels at least.
    pub delay: Duration,
    /// How much longer it may travel.
    pub jitter: Duration,
}

/// A good medium: nothing is lost, and a frame takes half a millisecond or a little more.
impl Default for Impairments {
    fn default() -> Self {
        Self {
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            corruption: 0.0,
            delay: Duration::from_micros(500),
            jitter: Duration::from_micros(200),
        }
    }
}

/// What becomes of a frame that a tap has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on its way.
    Pass,
    /// It is lost.
    Drop,
}

/// Whom an address belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Station(StationId),
    AccessPoint(AccessPointId),
}

/// Something that will happen.
pub(super) enum Item {
    Frame(Vec<u8>),
    Station(StationId),
    Client(AccessPointId, MacAddress),
    Rekey(AccessPointId),
}

struct Scheduled {
    at: Duration,
    /// Keeps things that happen at one time in the order in which they were scheduled.
    order: u64,
    item: Item,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

pub(super) struct Medium {
    impairments: Impairments,
    schedule: BinaryHeap<Reverse<Scheduled>>,
    /// When which authenticator wants to be called. Apart from what will happen in any case, since nearly all
    /// are called off: the answer comes in time.
    alarms: BTreeSet<(Duration, AccessPointId, MacAddress)>,
    order: u64,
    /// When the last frame arrives that was not held back: a medium without reordering keeps the order.
    last_arrival: Duration,
}

impl Medium {
    pub(super) fn new(impairments: Impairments) -> Self {
        Self {
            impairments,
            schedule: BinaryHeap::new(),
            alarms: BTreeSet::new(),
            order: 0,
            last_arrival: Duration::ZERO,
        }
    }

    pub(super) fn next_time(&self) -> Option<Duration> {
        let scheduled = self.schedule.peek().map(|Reverse(next)| next.at);
        let alarm = self.alarms.first().map(|(at, ..)| *at);
        scheduled.into_iter().chain(alarm).min()
    }

    pub(super) fn pop(&mut self, until: Duration) -> Option<(Duration, Item)> {
        let next = self.next_time().filter(|next| *next <= until)?;
        if self.alarms.first().is_some_and(|(at, ..)| *at == next) {
            return self
                .alarms
                .pop_first()
                .map(|(at, id, client)| (at, Item::Client(id, client)));
        }
        self.schedule.pop().map(|Reverse(next)| (next.at, next.item))
    }

    pub(super) fn set_alarm(&mut self, id: AccessPointId, alarm: &Alarm) {
        if let Some(before) = alarm.before {
            self.alarms.remove(&(before, id, alarm.station));
        }
        if let Some(next) = alarm.next {
            self.alarms.insert((next, id, alarm.station));
        }
    }

    pub(super) fn schedule(&mut self, at: Duration, item: Item) {
        self.order += 1;
        self.schedule.push(Reverse(Scheduled {
            at,
            order: self.order,
            item,
        }));
    }

    pub(super) fn transmit(&mut self, now: Duration, mut frame: Vec<u8>, rng: &mut impl Rng) {
        let Impairments {
            loss,
            duplication,
            reordering,
            corruption,
            ..
        } = self.impairments;
        if happens(loss, rng) {
            return;
        }
        if happens(corruption, rng) {
            damage(&mut frame, rng);
        }
        if happens(duplication, rng) {
            let copy = frame.clone();
            self.arrive(now, copy, happens(reordering, rng), rng);
        }
        self.arrive(now, frame, happens(reordering, rng), rng);
    }

    fn arrive(&mut self, now: Duration, frame: Vec<u8>, held_back: bool, rng: &mut impl Rng) {
        let Impairments { delay, jitter, .. } = self.impairments;
        let arrival = now + delay + jitter.mul_f64(fraction(rng));
        let at = if held_back {
            arrival + 5 * (delay + jitter)
        } else {
            self.last_arrival = self.last_arrival.max(arrival);
            self.last_arrival
        };
        self.schedule(at, Item::Frame(frame));
    }
}

fn damage(frame: &mut [u8], rng: &mut impl Rng) {
    if frame.is_empty() {
        return;
    }
    let bit = rng.next_u64() % (frame.len() as u64 * 8);
    if let Some(octet) = frame.get_mut((bit / 8) as usize) {
        *octet ^= 1 << (bit % 8);
    }
}

/// A number from 0 up to but not 1.
fn fraction(rng: &mut impl Rng) -> f64 {
    f64::from(rng.next_u32()) / (f64::from(u32::MAX) + 1.0)
}

fn happens(probability: f64, rng: &mut impl Rng) -> bool {
    probability > 0.0 && fraction(rng) < probability
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn run(impairments: Impairments, seed: u64) -> Vec<(Duration, Vec<u8>)> {
        let mut medium = Medium::new(impairments);
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        for index in 0..200_u8 {
            medium.transmit(Duration::from_millis(u64::from(index)), vec![index; 20], &mut rng);
        }
        let mut arrived = Vec::new();
        while let Some((at, Item::Frame(frame))) = medium.pop(Duration::MAX) {
            arrived.push((at, frame));
        }
        arrived
    }

    #[test]
    fn a_good_medium_keeps_every_frame_and_its_order() {
        let arrived = run(Impairments::default(), 1);
        let order: Vec<u8> = arrived.iter().map(|(_, frame)| frame[0]).collect();
        assert_eq!(order, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn a_bad_medium_loses_doubles_reorders_and_damages_as_often_as_it_was_told() {
        let lossy = run(
            Impairments {
                loss: 0.25,
                ..Impairments::default()
            },
            1,
        );
        assert!((120..=180).contains(&lossy.len()), "{}", lossy.len());
        let doubled = run(
            Impairments {
                duplication: 0.25,
                ..Impairments::default()
            },
            1,
        );
        assert!((220..=280).contains(&doubled.len()), "{}", doubled.len());
        let reordered = run(
            Impairments {
                reordering: 0.25,
                ..Impairments::default()
            },
            1,
        );
        assert!(reordered.windows(2).any(|pair| pair[0].1[0] > pair[1].1[0]));
        let damaged = run(
            Impairments {
                corruption: 1.0,
                ..Impairments::default()
            },
            1,
        );
        assert!(
            damaged
                .iter()
                .all(|(_, frame)| frame.iter().any(|octet| *octet != frame[0]))
        );
    }

    #[test]
    fn an_alarm_that_was_moved_or_called_off_does_not_go_off() {
        let (id, station) = (AccessPointId(0), MacAddress([2; 6]));
        let [early, late] = [1, 2].map(|seconds| Some(Duration::from_secs(seconds)));
        let mut medium = Medium::new(Impairments::default());
        for (before, next) in [(None, early), (early, late)] {
            medium.set_alarm(id, &Alarm { station, before, next });
        }
        assert!(medium.pop(Duration::from_secs(1)).is_none());
        assert_eq!(medium.next_time(), late);
        let alarm = medium.pop(Duration::from_secs(2));
        assert!(matches!(alarm, Some((_, Item::Client(..)))));
        assert_eq!(medium.next_time(), None);

        for (before, next) in [(None, late), (late, None)] {
            medium.set_alarm(id, &Alarm { station, before, next });
        }
        assert_eq!(medium.next_time(), None);
    }

    #[test]
    fn a_seed_replays_a_run() {
        let bad = Impairments {
            loss: 0.2,
            duplication: 0.2,
            reordering: 0.2,
            corruption: 0.2,
            ..Default::default()
        };
        assert_eq!(run(bad, 7), run(bad, 7));
        assert_ne!(run(bad, 7), run(bad, 8));
    }
}
