//! Frames of a transition that somebody has changed on the way.

use super::*;
use proptest::prelude::*;

fn flipped(frame: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..frame.len() * 8).map(|bit| {
        let mut copy = frame.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        (bit, copy)
    })
}

#[test]
fn a_flipped_bit_in_any_frame_never_completes_a_transition() {
    for network in [FT_PSK, networks()[3]] {
        let mut moving = Move::new(network);
        let [request, answer, reassociation, response] = moving.frames();
        for (bit, damaged) in flipped(&request) {
            let mut moving = Move::new(network);
            let Ok((mut responder, answer)) = moving.answer(&damaged) else {
                continue;
            };
            // What the station does not notice, the access point does: its MIC is under another PTK.
            let Ok(reassociation) = moving.transition.handle_response(NOW, StatusCode::SUCCESS, &answer) else {
                continue;
            };
            assert!(
                moving.arrive(&mut responder, &reassociation).is_err(),
                "request, bit {bit}"
            );
        }
        for (bit, damaged) in flipped(&answer) {
            let mut moving = Move::new(network);
            let (mut responder, _) = moving.answer(&request).unwrap();
            let Ok(reassociation) = moving.transition.handle_response(NOW, StatusCode::SUCCESS, &damaged) else {
                continue;
            };
            assert!(
                moving.arrive(&mut responder, &reassociation).is_err(),
                "answer, bit {bit}"
            );
        }
        let (mut responder, _) = moving.answer(&request).unwrap();
        for (bit, damaged) in flipped(&reassociation) {
            assert!(
                moving.arrive(&mut responder, &damaged).is_err(),
                "reassociation, bit {bit}"
            );
        }
        for (bit, damaged) in flipped(&response) {
            assert!(moving.finish(&damaged).is_err(), "response, bit {bit}");
        }
        assert!(moving.arrive(&mut responder, &reassociation).is_ok());
        assert!(moving.finish(&response).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn frames_with_any_octets_changed_or_cut_off_complete_no_transition(
        which in 0..4usize,
        at in any::<prop::sample::Index>(),
        octets in prop::collection::vec(1..=255u8, 1..8),
        cut in any::<bool>(),
    ) {
        let damage = |number, frame: Box<[u8]>| {
            let mut frame = frame.into_vec();
            if number == which {
                let at = at.index(frame.len());
                match cut {
                    true => frame.truncate(at),
                    false => frame[at..].iter_mut().zip(&octets).for_each(|(octet, change)| *octet ^= change),
                }
            }
            frame
        };
        let mut moving = Move::new(FT_PSK);
        let request = damage(0, moving.transition.request().unwrap());
        let Ok((mut responder, answer)) = moving.answer(&request) else { return Ok(()) };
        let answer = damage(1, answer);
        let Ok(reassociation) = moving.transition.handle_response(NOW, StatusCode::SUCCESS, &answer) else {
            return Ok(());
        };
        let Ok((_, response, _)) = moving.arrive(&mut responder, &damage(2, reassociation)) else { return Ok(()) };
        prop_assert_eq!(which, 3, "a damaged frame was believed");
        prop_assert!(moving.finish(&damage(3, response)).is_err());
    }
}
