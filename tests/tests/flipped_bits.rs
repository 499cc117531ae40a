//! A flipped bit anywhere in a frame of the handshake never authorises a port and never installs a key.
//!
//! Each bit of each EAPOL PDU is flipped on the simulated medium, and the access point sends no message
//! twice, so that no clean copy arrives. (Bits of the MAC header are the frame check sequence's affair: many of
//! them, such as *retry*, mean nothing to a handshake.)

use adapter::simulated::{Fate, Impairments};
use frame::eapol_key::MessageName;
use frame::{Akm, Cipher};
use host::event::Kind;
use portcullis_tests::{LONG, Network, Offer, eapol_message};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether data may pass at the station and at the access point, and how many keys the station installed.
#[derive(Debug, PartialEq, Eq)]
struct End {
    station_open: bool,
    access_point_open: bool,
    keys: usize,
}

/// Lets a station connect while `bit` of every `message` is flipped. `None` if the message is shorter, or was never sent.
fn connect(offer: Offer, message: MessageName, bit: usize) -> Option<End> {
    let mut network = Network::new(1, Impairments::default(), offer);
    let octets = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&octets);
    network.world.simulation.set_tap(move |_, frame| {
        if let Some((offset, name)) = eapol_message(frame)
            && name == message
        {
            seen.store(frame.len() - offset, Ordering::Relaxed);
            if let Some(octet) = frame.get_mut(offset + bit / 8) {
                *octet ^= 1 << (bit % 8);
            }
        }
        Fate::Pass
    });
    network.connect();
    let events = network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
    // What is still on its way arrives.
    let soon = network.world.now() + core::time::Duration::from_millis(50);
    network.world.advance(soon);
    let keys = events
        .iter()
        .filter(|event| {
            matches!(
                event.kind,
                Kind::PairwiseKeyInstalled { .. } | Kind::GroupKeyInstalled { .. }
            )
        })
        .count();
    (bit / 8 < octets.load(Ordering::Relaxed)).then(|| End {
        station_open: network.is_authorized(),
        access_point_open: network
            .world
            .simulation
            .is_authorized(network.access_point, network.address),
        keys,
    })
}

/// Flips every bit of `message`, one at a time, and returns how many there were.
fn flip_all(offer: Offer, message: MessageName, check: impl Fn(usize, End)) -> usize {
    let mut bit = 0;
    while let Some(end) = connect(offer, message, bit) {
        check(bit, end);
        bit += 1;
    }
    bit
}

fn offers() -> [Offer; 2] {
    [
        Offer {
            transmissions: 1,
            ..Offer::default()
        },
        Offer {
            akm: Akm::PSK_SHA256,
            pairwise: Cipher::GCMP_256,
            group: Cipher::GCMP_256,
            transmissions: 1,
            ..Offer::default()
        },
    ]
}

#[test]
fn without_a_flipped_bit_both_sides_open() {
    for offer in offers() {
        // A message that is not sent yet, so that nothing is flipped.
        let mut network = Network::new(1, Impairments::default(), offer);
        network.connect();
        let end = connect(offer, MessageName::Group1, 0);
        assert_eq!(end, None);
        network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
        assert!(network.is_authorized());
    }
}

#[test]
fn a_flipped_bit_in_messages_1_to_3_opens_neither_side_and_installs_nothing() {
    for offer in offers() {
        for message in [MessageName::FourWay1, MessageName::FourWay2, MessageName::FourWay3] {
            let bits = flip_all(offer, message, |bit, end| {
                assert_eq!(
                    end,
                    End {
                        station_open: false,
                        access_point_open: false,
                        keys: 0
                    },
                    "{message}, bit {} of octet {}, {offer:?}",
                    bit % 8,
                    bit / 8
                );
            });
            assert!(bits >= 99 * 8, "{message} has only {bits} bits");
        }
    }
}

#[test]
fn a_flipped_bit_in_message_4_never_opens_the_access_point() {
    for offer in offers() {
        let bits = flip_all(offer, MessageName::FourWay4, |bit, end| {
            assert!(
                !end.access_point_open,
                "bit {} of octet {}, {offer:?}",
                bit % 8,
                bit / 8
            );
        });
        assert!(bits >= 99 * 8);
    }
}
