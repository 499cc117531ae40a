//! Captures that somebody has made to do harm.

use super::*;
use proptest::prelude::*;

#[test]
fn a_flood_of_stations_is_reported_as_it_goes_and_loses_no_operation() {
    let air = Air::new().beacon().associate().message_1(1);
    let mut secrets = Secrets::default();
    let mut inspector = Inspector::new(&mut secrets);
    let mut number = 0;
    let mut early = 0;
    for station in 0..2000_u16 {
        for octets in air.frames() {
            let mut octets = octets.clone();
            for address in [4, 10] {
                if octets[address..address + 6] == air::STATION.0 {
                    octets[address + 2..address + 4].copy_from_slice(&station.to_be_bytes());
                }
            }
            number += 1;
            inspector.feed(&adapter::replay::Frame {
                number,
                time_us: 0,
                link: adapter::replay::Link::Dot11(&octets),
            });
        }
        while inspector.next_operation().is_some() {
            early += 1;
        }
    }
    assert!(early >= 900, "{early}");
    assert_eq!(early + inspector.finish().count(), 2000);
}

proptest! {
    #[test]
    fn no_frames_make_the_inspector_panic(
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20),
    ) {
        let mut secrets = Secrets::default();
        let mut inspector = Inspector::new(&mut secrets);
        for (number, octets) in (1..).zip(&frames) {
            for link in [adapter::replay::Link::Dot11(octets), adapter::replay::Link::Ethernet(octets)] {
                inspector.feed(&adapter::replay::Frame { number, time_us: 0, link });
            }
        }
        let _ = inspector.finish().count();
    }

    /// A changed octet anywhere: no panic, and no key but the right one.
    #[test]
    fn no_change_to_a_frame_proves_another_key(
        frame in any::<proptest::sample::Index>(),
        place in any::<proptest::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let air = Air::new().beacon().associate().handshake(1).group_handshake(3).deauthenticate(Sender::Station, 3);
        let right = one(air.operations()).temporal_keys;
        let changed = air.changed(|frames| {
            let octets = &mut frames[frame.index(frames.len())];
            let place = place.index(octets.len());
            octets[place] ^= change;
        });
        for operation in changed.operations() {
            prop_assert!(operation.temporal_keys.iter().all(|key| right.contains(key)));
        }
    }
}
