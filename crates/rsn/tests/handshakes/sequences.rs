//! Whatever is lost, doubled, reordered, damaged or forged: no key is installed twice, and in the end the two sides
//! have the same keys, or the authenticator has given up.

use std::collections::HashSet;

use portcullis_rsn::{Effects, Request};
use proptest::prelude::*;

use crate::bench::*;

#[derive(Clone, Debug)]
enum Step {
    /// One of the packets in flight arrives, whichever.
    Deliver {
        to_station: bool,
        which: prop::sample::Index,
    },
    /// As before, and a copy stays in flight.
    Double {
        to_station: bool,
        which: prop::sample::Index,
    },
    Lose {
        to_station: bool,
        which: prop::sample::Index,
    },
    Damage {
        to_station: bool,
        which: prop::sample::Index,
        bit: prop::sample::Index,
    },
    /// Somebody else sends a message 1.
    Forge {
        counter: u64,
        anonce: u8,
    },
    TimeOut,
    Restart,
    RekeyPairwise,
    RekeyGroup,
    Request(Request),
}

fn step() -> impl Strategy<Value = Step> {
    let packet = || (any::<bool>(), any::<prop::sample::Index>());
    prop_oneof![
        12 => packet().prop_map(|(to_station, which)| Step::Deliver { to_station, which }),
        3 => packet().prop_map(|(to_station, which)| Step::Double { to_station, which }),
        2 => packet().prop_map(|(to_station, which)| Step::Lose { to_station, which }),
        2 => (packet(), any::<prop::sample::Index>())
            .prop_map(|((to_station, which), bit)| Step::Damage { to_station, which, bit }),
        2 => (0_u64..20, any::<u8>()).prop_map(|(counter, anonce)| Step::Forge { counter, anonce }),
        2 => Just(Step::TimeOut),
        1 => Just(Step::Restart),
        1 => Just(Step::RekeyPairwise),
        1 => Just(Step::RekeyGroup),
        1 => prop_oneof![Just(Request::PairwiseRekey), Just(Request::GroupRekey), Just(Request::PairwiseMicFailure)]
            .prop_map(Step::Request),
    ]
}

/// Both sides, the packets between them, and what they have installed.
struct World {
    ap: Ap,
    station: Station,
    to_ap: Vec<Vec<u8>>,
    to_station: Vec<Vec<u8>>,
    generation: u8,
    failed: bool,
    at_ap: Vec<Seen>,
    at_station: Vec<Seen>,
}

impl World {
    fn new(network: Network) -> Self {
        let mut world = Self {
            ap: Ap::new(network),
            station: Station::new(network),
            to_ap: Vec::new(),
            to_station: Vec::new(),
            generation: 0,
            failed: false,
            at_ap: Vec::new(),
            at_station: Vec::new(),
        };
        world.at_the_ap(|ap, effects| ap.authenticator.start(ap.now, &mut ap.rng, effects));
        world
    }

    fn at_the_ap(&mut self, act: impl FnOnce(&mut Ap, &mut Effects)) {
        let mut effects = Effects::new();
        act(&mut self.ap, &mut effects);
        self.note_ap(seen(&mut effects));
    }

    fn note_ap(&mut self, effects: Vec<Seen>) {
        for effect in effects {
            match effect {
                Seen::Send(pdu) => self.to_station.push(pdu),
                Seen::Other(text) => self.failed |= text.starts_with("Failed"),
                install => self.at_ap.push(install),
            }
        }
    }

    fn note_station(&mut self, effects: Vec<Seen>) {
        for effect in effects {
            match effect {
                Seen::Send(pdu) => self.to_ap.push(pdu),
                Seen::Other(_) => {}
                install => self.at_station.push(install),
            }
        }
    }

    fn deliver(&mut self, to_station: bool, pdu: &[u8]) {
        if to_station {
            let effects = self.station.take(pdu).unwrap_or_default();
            self.note_station(effects);
        } else {
            let effects = self.ap.take(pdu).unwrap_or_default();
            self.note_ap(effects);
        }
    }

    fn time_out(&mut self) {
        let effects = self.ap.wait();
        self.note_ap(effects);
    }

    fn in_flight(&mut self, to_station: bool) -> &mut Vec<Vec<u8>> {
        if to_station {
            &mut self.to_station
        } else {
            &mut self.to_ap
        }
    }

    /// The packet in flight that `which` picks, if there is any.
    fn pick(&mut self, to_station: bool, which: prop::sample::Index) -> Option<&mut Vec<u8>> {
        let queue = self.in_flight(to_station);
        (!queue.is_empty()).then(|| which.get_mut(queue))
    }

    fn take(&mut self, to_station: bool, which: prop::sample::Index) -> Option<Vec<u8>> {
        let queue = self.in_flight(to_station);
        (!queue.is_empty()).then(|| queue.remove(which.index(queue.len())))
    }

    fn act(&mut self, network: Network, step: Step) {
        match step {
            Step::Deliver { to_station, which } => {
                if let Some(pdu) = self.take(to_station, which) {
                    self.deliver(to_station, &pdu);
                }
            }
            Step::Double { to_station, which } => {
                if let Some(pdu) = self.pick(to_station, which).cloned() {
                    self.deliver(to_station, &pdu);
                }
            }
            Step::Lose { to_station, which } => {
                self.take(to_station, which);
            }
            Step::Damage { to_station, which, bit } => {
                if let Some(pdu) = self.pick(to_station, which) {
                    let bit = bit.index(pdu.len() * 8);
                    pdu[bit / 8] ^= 1 << (bit % 8);
                }
            }
            Step::Forge { counter, anonce } => {
                let version = network.suite().descriptor_version;
                let message_1 = Draft::message_1(counter, [anonce; 32]);
                let draft = Draft {
                    info: 0x0088 | u16::from(version),
                    ..if network.is_wpa() {
                        message_1.of_wpa()
                    } else {
                        message_1
                    }
                };
                self.to_station.push(draft.unsealed());
            }
            Step::TimeOut if self.ap.authenticator.next_timeout().is_some() => self.time_out(),
            Step::TimeOut => {}
            Step::Restart => self.at_the_ap(|ap, effects| ap.authenticator.start(ap.now, &mut ap.rng, effects)),
            Step::RekeyPairwise => {
                self.at_the_ap(|ap, effects| ap.authenticator.rekey_pairwise(ap.now, &mut ap.rng, effects));
            }
            Step::RekeyGroup => {
                self.generation += 1;
                let keys = network.group_keys(self.generation);
                self.at_the_ap(|ap, effects| ap.authenticator.rekey_group(ap.now, &keys, &mut ap.rng, effects));
            }
            Step::Request(request) => {
                let mut effects = Effects::new();
                if self.station.supplicant.request_rekey(request, &mut effects).is_ok() {
                    self.note_station(seen(&mut effects));
                }
            }
        }
    }

    /// From here on nothing is lost.
    fn settle(&mut self) {
        for _ in 0..1000 {
            if !self.to_station.is_empty() {
                let pdu = self.to_station.remove(0);
                self.deliver(true, &pdu);
            } else if !self.to_ap.is_empty() {
                let pdu = self.to_ap.remove(0);
                self.deliver(false, &pdu);
            } else if self.ap.authenticator.next_timeout().is_some() {
                self.time_out();
            } else {
                return;
            }
        }
        panic!("the two sides never come to rest");
    }
}

fn no_key_is_installed_twice(installed: &[Seen]) {
    let mut keys = HashSet::new();
    for install in installed {
        let (Seen::Pairwise(_, key) | Seen::Group(.., key) | Seen::Management(.., key) | Seen::Beacon(.., key)) =
            install
        else {
            panic!("{install:?} is no installation");
        };
        assert!(keys.insert(key.clone()), "{install:?} is installed again");
    }
}

fn last(installed: &[Seen], is_wanted: impl Fn(&Seen) -> bool) -> Option<&Seen> {
    installed.iter().rfind(|install| is_wanted(install))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_sequence_ends_with_equal_keys_or_a_clean_failure(
        network in prop::sample::select(vec![WPA2, PROTECTED, WPA]),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut world = World::new(network);
        for step in steps {
            if !world.failed {
                world.act(network, step);
            }
        }
        world.settle();
        no_key_is_installed_twice(&world.at_station);
        no_key_is_installed_twice(&world.at_ap);
        if !world.failed {
            prop_assert!(world.ap.authenticator.is_complete() && world.station.supplicant.is_complete());
            let is_pairwise = |install: &Seen| matches!(install, Seen::Pairwise(..));
            prop_assert_eq!(last(&world.at_station, is_pairwise), last(&world.at_ap, is_pairwise));
            let gtk = network.group_keys(world.generation).gtk.unwrap();
            let is_group = |install: &Seen| matches!(install, Seen::Group(..));
            let expected = Seen::Group(network.group, gtk.key_id(), gtk.pn().get(), gtk.as_bytes().to_vec());
            prop_assert_eq!(last(&world.at_station, is_group), Some(&expected));
        }
    }

    #[test]
    fn no_packet_at_all_makes_either_side_panic(
        packet in prop::collection::vec(any::<u8>(), 0..300),
        with_header in any::<bool>(),
        info in any::<u16>(),
    ) {
        let mut world = World::new(PROTECTED);
        world.settle();
        let mut packet = packet;
        if with_header && packet.len() >= 99 {
            let len = packet.len();
            packet[..2].copy_from_slice(&[2, 3]);
            packet[2..4].copy_from_slice(&(len as u16 - 4).to_be_bytes());
            packet[4] = 2;
            packet[5..7].copy_from_slice(&info.to_be_bytes());
            packet[97..99].copy_from_slice(&(len as u16 - 99).to_be_bytes());
        }
        // No packet of chance has a MIC: only a message 1 may be answered, and nothing be installed.
        let installed = world.at_station.len();
        world.deliver(true, &packet);
        world.deliver(false, &packet);
        prop_assert_eq!(world.at_station.len(), installed);
        prop_assert!(world.to_ap.len() <= 1 && world.to_station.is_empty());
    }
}
