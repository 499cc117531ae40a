//! Two sides that both begin (IEEE 802.11-2020, 12.4.8.6): each is an initiator.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where its exchange is not as it should be"
)]

use super::{AP, Event, STATION, password, sort};
use core::time::Duration;
use frame::sae::{COMMIT, group};
use frame::{Akm, MacAddress};
use keys::curve::Curve;
use portcullis_rsn::sae::{Effect, Failure, Frame, Initiator, Method, Parties, Password};
use proptest::prelude::*;
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;

struct Side {
    initiator: Initiator,
    password: Password,
    sent: Vec<Frame>,
    events: Vec<Event>,
}

/// Both sides, and the medium between them, whose frames have numbers in the order in which they were sent.
struct Pair {
    /// The greater address is that of the first one.
    sides: [Side; 2],
    rng: ChaCha12Rng,
    now: Duration,
    frames: usize,
    /// The groups of the commits that have arrived.
    groups: Vec<u16>,
}

impl Pair {
    fn new(method: Method, groups: [&[Curve]; 2]) -> Self {
        assert!(AP > STATION);
        let mut rng = ChaCha12Rng::from_seed([9; 32]);
        let mut side = |own: MacAddress, peer, groups: &[Curve]| {
            let akm = Akm::SAE;
            let (mut password, mut effects) = (password(b"open sesame", None), Vec::new());
            let parties = Parties { own, peer, akm };
            let now = Duration::ZERO;
            let initiator = Initiator::begin(parties, method, groups, &mut password, now, &mut rng, &mut effects);
            let mut side = Side {
                initiator,
                password,
                sent: Vec::new(),
                events: Vec::new(),
            };
            side.take(effects);
            side
        };
        let sides = [side(AP, STATION, groups[0]), side(STATION, AP, groups[1])];
        Self {
            sides,
            rng,
            now: Duration::ZERO,
            frames: 0,
            groups: Vec::new(),
        }
    }

    /// Lets both sides talk until neither waits for anything. `fate` says of each frame how often it arrives.
    fn run(mut self, fate: impl Fn(usize) -> usize) -> Self {
        loop {
            self.carry(&fate);
            let next = self.sides.iter().filter_map(|side| side.initiator.next_timeout()).min();
            let Some(next) = next else { return self };
            self.now = next;
            for side in &mut self.sides {
                let mut effects = Vec::new();
                side.initiator.handle_timeout(next, &mut effects);
                side.take(effects);
            }
        }
    }

    fn carry(&mut self, fate: &impl Fn(usize) -> usize) {
        while self.sides.iter().any(|side| !side.sent.is_empty()) {
            // Frames of both sides cross.
            let sent = self.sides.each_mut().map(|side| core::mem::take(&mut side.sent));
            for (from, frames) in sent.into_iter().enumerate() {
                for frame in frames {
                    self.frames += 1;
                    assert!(self.frames < 100, "the two never come to an end");
                    for _ in 0..fate(self.frames - 1) {
                        self.deliver(1 - from, &frame);
                    }
                }
            }
        }
    }

    fn deliver(&mut self, to: usize, frame: &Frame) {
        if frame.transaction == COMMIT {
            self.groups.push(group(&frame.body).unwrap());
        }
        let side = &mut self.sides[to];
        let mut effects = Vec::new();
        let _ = side
            .initiator
            .handle(frame, &mut side.password, self.now, &mut self.rng, &mut effects);
        side.take(effects);
    }

    /// Both have accepted the other, once and with the same key.
    fn agree(&self) -> bool {
        let [first, second] = &self.sides;
        matches!(first.events[..], [Event::Accepted(..)]) && first.events == second.events
    }
}

impl Side {
    fn take(&mut self, effects: Vec<Effect>) {
        sort(effects, &mut self.sent, &mut self.events);
    }
}

const ONE: &[Curve] = &[Curve::P256];

#[test]
fn two_stations_that_both_begin_find_each_other_with_four_frames() {
    for method in [Method::HashToElement, Method::HuntingAndPecking] {
        let pair = Pair::new(method, [ONE; 2]).run(|_| 1);
        assert!(pair.agree());
        assert_eq!((pair.frames, pair.now), (4, Duration::ZERO));
    }
}

#[test]
fn any_one_frame_may_be_lost_or_come_twice() {
    for fate in [0, 2] {
        for number in 0..12 {
            let pair = Pair::new(Method::HashToElement, [ONE; 2]).run(|frame| if frame == number { fate } else { 1 });
            assert!(pair.agree(), "frame {number} arrives {fate} times");
        }
    }
}

#[test]
fn the_group_of_the_greater_address_counts() {
    const FIRST: &[Curve] = &[Curve::P384, Curve::P256];
    const SECOND: &[Curve] = &[Curve::P256, Curve::P384];
    for (groups, counts) in [([FIRST, SECOND], 20), ([SECOND, FIRST], 19)] {
        let pair = Pair::new(Method::HashToElement, groups).run(|_| 1);
        assert!(pair.agree());
        assert_eq!(pair.groups.last(), Some(&counts));
        assert_eq!(pair.now, Duration::ZERO);
    }
}

#[test]
fn a_group_that_the_other_does_not_have_is_refused_whoever_has_the_greater_address() {
    const BOTH: &[Curve] = &[Curve::P521, Curve::P256];
    for groups in [[BOTH, ONE], [ONE, BOTH]] {
        let pair = Pair::new(Method::HashToElement, groups).run(|_| 1);
        assert!(pair.agree(), "{:?}", pair.groups);
    }
    let pair = Pair::new(Method::HashToElement, [ONE, &[Curve::P384]]).run(|_| 1);
    for side in &pair.sides {
        assert_eq!(side.events, [Event::Failed(Failure::NoCommonGroup)]);
    }
}

#[test]
fn two_that_have_accepted_each_other_do_not_repeat_their_confirms_for_ever() {
    // Each confirm comes again and again.
    let pair = Pair::new(Method::HashToElement, [ONE; 2]).run(|_| 3);
    assert!(pair.agree());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_a_bad_medium_loses_and_doubles_keeps_nobody_out(
        lost in proptest::collection::btree_set(0_usize..14, 0..=3),
        doubled in proptest::collection::btree_set(0_usize..20, 0..=5),
        first in 0_usize..3,
        second in 0_usize..3,
    ) {
        const GROUPS: [&[Curve]; 3] = [ONE, &[Curve::P384, Curve::P256], &[Curve::P256, Curve::P384]];
        let pair = Pair::new(Method::HashToElement, [GROUPS[first], GROUPS[second]]).run(|frame| {
            match (lost.contains(&frame), doubled.contains(&frame)) {
                (true, _) => 0,
                (false, true) => 2,
                (false, false) => 1,
            }
        });
        prop_assert!(pair.agree(), "{:?} after {:?}", pair.groups, pair.now);
    }
}
