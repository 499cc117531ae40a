//! Whatever the medium does, a port opens only with the same keys on both sides, and nothing panics.

use adapter::simulated::Impairments;
use core::time::Duration;
use host::event::Kind;
use host::outcome::Outcome;
use portcullis_tests::{Network, Offer};
use proptest::prelude::*;

fn impairments() -> impl Strategy<Value = Impairments> {
    (0.0..0.4, 0.0..0.4, 0.0..0.4, 0.0..0.2).prop_map(|(loss, duplication, reordering, corruption)| Impairments {
        loss,
        duplication,
        reordering,
        corruption,
        ..Impairments::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn data_passes_an_open_port_and_only_that(seed: u64, bad in impairments()) {
        let mut network = Network::new(seed, bad, Offer::default());
        network.connect();
        let mut authorized = false;
        let deadline = Duration::from_secs(30);
        let mut keys = 0_usize;
        loop {
            let events = network.world.run(deadline, |event| matches!(event.kind, Kind::Outcome(_)));
            keys += events.iter().filter(|event| matches!(event.kind, Kind::PairwiseKeyInstalled { .. })).count();
            prop_assert!(!events.iter().any(|event| matches!(event.kind, Kind::RuleBroken { .. })), "{events:#?}");
            match events.last().map(|event| event.kind.clone()) {
                Some(Kind::Outcome(Outcome::Authorized)) => {
                    authorized = true;
                    break;
                }
                Some(Kind::Outcome(_)) if network.world.now() < deadline => {
                    let again = network.world.now() + Duration::from_millis(100);
                    network.world.advance(again);
                    if network.world.host.port(network.adapter, portcullis_tests::BSSID).is_none() {
                        network.connect();
                    }
                }
                _ => break,
            }
        }
        let before = network.world.simulation.traffic(network.station);
        prop_assert_eq!(before.received, 0);
        for _ in 0..20 {
            let sent = network.world.simulation.send_data(network.station, b"data");
            prop_assert_eq!(sent, network.is_authorized());
            let soon = network.world.now() + Duration::from_millis(10);
            network.world.advance(soon);
        }
        let after = network.world.simulation.traffic(network.station);
        prop_assert!(authorized || after.sent == 0);
        prop_assert!(after.received <= after.sent);
        prop_assert!(keys > 0 || after.sent == 0);
    }
}
