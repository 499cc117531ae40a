//! What the simulated networks say on the air, and what an observer with the right key makes of it: the keys that he
//! derives are those that were installed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where its world is not as it should be"
)]

mod offloaded;
mod told;
mod watched;

use adapter::simulated::{AccessPointConfig, ManagementProtection, Mobility};
use core::time::Duration;
use frame::{Akm, Cipher};
use keys::AkmSuite;
use keys::curve::Curve;
use portcullis::inspect::{Finding, MicState, Operation, Outcome};
use portcullis_tests::{BSSID, LONG};
use watched::{AKMS, Installed, OTHER, Watched, config, profile, secrets};

fn only(mut operations: Vec<Operation>) -> Operation {
    assert_eq!(operations.len(), 1);
    operations.pop().unwrap()
}

/// Asserts that the operation was authorised, every MIC is right, and the keys are those that were installed.
fn assert_seen_through(operation: &Operation, pairwise: &[Vec<u8>], group: &[Vec<u8>], case: &str) {
    let verdict = &operation.verdict;
    assert_eq!(verdict.outcome(), Outcome::Authorized, "{case}: {verdict}");
    assert_eq!(verdict.remarks, [], "{case}");
    assert!(
        operation
            .messages()
            .all(|(_, message)| matches!(message.mic, MicState::Valid | MicState::Absent)),
        "{case}"
    );
    let derived: Vec<_> = operation.temporal_keys.iter().map(|key| key.as_bytes()).collect();
    assert_eq!(derived, pairwise, "{case}");
    let delivered: Vec<_> = operation.group_keys.iter().map(|key| key.as_bytes()).collect();
    assert_eq!(delivered, group, "{case}");
}

/// Lives a life in this network, and has it observed.
fn assert_observed(akm: Akm, config: AccessPointConfig, case: &str) {
    let mut watched = Watched::new(config);
    watched.live(&profile(akm));
    assert!(watched.opened, "{case}: {:?}", watched.outcome);
    let Installed { pairwise, group, .. } = &watched.installed;
    assert_eq!((pairwise.len(), group.len()), (2, 2), "{case}");
    let operations = watched.observe(&mut secrets(&watched, akm));
    // A group that is refused without a secret costs an association of its own.
    let refused = operations
        .iter()
        .rev()
        .skip(1)
        .map(|operation| operation.verdict.outcome());
    assert!(
        refused.eq(operations.iter().skip(1).map(|_| Outcome::Rejected)),
        "{case}"
    );
    let operation = operations.last().unwrap();
    assert_eq!(operation.negotiated.unwrap().akm, akm);
    assert_seen_through(operation, pairwise, group, case);
    let management: Vec<_> = operation.management_keys.iter().map(|key| key.as_bytes()).collect();
    assert_eq!(management, watched.installed.management, "{case}");
    assert_eq!(
        management.is_empty(),
        operation.negotiated.unwrap().group_management.is_none(),
        "{case}"
    );
}

#[test]
fn an_observer_derives_the_keys_that_were_installed_for_every_suite() {
    for akm in AKMS {
        assert_observed(akm, config(akm), &akm.to_string());
    }
}

#[test]
fn an_observer_derives_the_keys_that_were_installed_for_every_cipher() {
    for pairwise in [
        Cipher::TKIP,
        Cipher::CCMP_128,
        Cipher::CCMP_256,
        Cipher::GCMP_128,
        Cipher::GCMP_256,
    ] {
        let config = AccessPointConfig {
            pairwise: vec![pairwise],
            group: pairwise,
            management: ManagementProtection::None,
            ..config(Akm::PSK)
        };
        assert_observed(Akm::PSK, config, &pairwise.to_string());
    }
}

#[test]
fn an_observer_derives_the_keys_that_were_installed_for_every_group() {
    for (akm, groups) in [Akm::SAE, Akm::SAE_EXT_KEY, Akm::FT_SAE_EXT_KEY, Akm::OWE]
        .into_iter()
        .flat_map(|akm| Curve::ALL.map(|group| (akm, vec![group])))
    {
        let case = format!("{akm}, {groups:?}");
        let config = AccessPointConfig { groups, ..config(akm) };
        assert_observed(akm, config, &case);
    }
}

#[test]
fn an_observer_follows_a_fast_transition_by_every_suite_and_on_both_roads() {
    let transitions = AKMS
        .into_iter()
        .filter(|akm| AkmSuite::of(*akm).unwrap().fast_transition)
        .map(|akm| (akm, Curve::P256))
        // With longer keys the MICs are longer, too.
        .chain([Curve::P384, Curve::P521].map(|group| (Akm::FT_SAE_EXT_KEY, group)));
    for (akm, group, over_ds) in transitions.flat_map(|(akm, group)| [(akm, group, false), (akm, group, true)]) {
        let case = format!("{akm}, {group:?}, over the DS: {over_ds}");
        let domain = config(akm).mobility.unwrap();
        let access_point = |bssid| AccessPointConfig {
            bssid,
            groups: vec![group],
            mobility: Some(Mobility {
                over_ds,
                ..domain.clone()
            }),
            ..config(akm)
        };
        let mut watched = Watched::new(access_point(BSSID));
        watched.network.connect_by(&profile(akm));
        watched.pass(LONG);
        let other = watched.network.world.simulation.add_access_point(access_point(OTHER));
        let mut secrets = secrets(&watched, akm);
        let first = core::mem::take(&mut watched.installed);
        let now = watched.network.world.now();
        watched
            .network
            .world
            .host
            .roam(now, watched.network.adapter, Some(OTHER))
            .unwrap();
        watched.pass(LONG);
        watched.network.world.simulation.rekey_group(other);
        watched.pass(Duration::from_secs(1));
        let operations = watched.observe(&mut secrets);
        assert_eq!(operations.len(), 2, "{case}");
        for (operation, (bssid, installed)) in operations.iter().zip([(BSSID, &first), (OTHER, &watched.installed)]) {
            assert_eq!(operation.bssid, bssid, "{case}");
            assert_seen_through(operation, &installed.pairwise, &installed.group, &case);
            let management: Vec<_> = operation.management_keys.iter().map(|key| key.as_bytes()).collect();
            assert_eq!(management, installed.management, "{case}");
        }
        let finding = operations.last().unwrap().verdict.finding;
        assert!(matches!(finding, Finding::Transition { .. }), "{case}: {finding:?}");
        assert_eq!(
            (watched.installed.pairwise.len(), watched.installed.group.len()),
            (1, 2),
            "{case}"
        );
    }
}
