//! Handshakes that a radio does in its host's place: nothing of them comes to the host, and on the air they are what they
//! always are.

use super::watched::{Installed, Watched, config, profile, secrets};
use super::{assert_seen_through, only};
use adapter::simulated;
use frame::Akm;
use frame::eapol_key::MessageName;
use ihv::AdapterCapabilities;
use portcullis::inspect::{MicState, Operation, Outcome, Secrets};

/// Those of a life: the first one, another group key, another pairwise key.
const HANDSHAKES: [MessageName; 10] = [
    MessageName::FourWay1,
    MessageName::FourWay2,
    MessageName::FourWay3,
    MessageName::FourWay4,
    MessageName::Group1,
    MessageName::Group2,
    MessageName::FourWay1,
    MessageName::FourWay2,
    MessageName::FourWay3,
    MessageName::FourWay4,
];

/// The messages of an operation, in their order.
fn names(operation: &Operation) -> Vec<MessageName> {
    operation.messages().map(|(_, message)| message.name).collect()
}

/// A life in which the radio does what it can, of a network with this AKM.
fn lived(akm: Akm, capabilities: AdapterCapabilities) -> Watched {
    let mut watched = Watched::with_capabilities(config(akm), capabilities);
    watched.live(&profile(akm));
    assert!(watched.opened, "{akm}");
    watched
}

#[test]
fn an_observer_follows_all_handshakes_of_a_radio_that_was_given_the_key() {
    for akm in [Akm::PSK, Akm::PSK_SHA256] {
        let watched = lived(
            akm,
            AdapterCapabilities {
                handshake_offload: true,
                ..simulated::capabilities()
            },
        );
        let Installed { pairwise, group, .. } = &watched.installed;
        assert!(pairwise.is_empty() && group.is_empty(), "{akm}: the radio has them");
        let operation = only(watched.observe(&mut secrets(&watched, akm)));
        assert_eq!(operation.verdict.outcome(), Outcome::Authorized, "{akm}");
        assert_eq!(operation.verdict.remarks, [], "{akm}");
        assert_eq!(names(&operation), HANDSHAKES, "{akm}");
        let proved = |state| matches!(state, MicState::Valid | MicState::Absent);
        assert!(operation.messages().all(|(_, message)| proved(message.mic)), "{akm}");
        // What travels inside of data was opened with the first key.
        let inside = operation.messages().filter(|(step, _)| step.encrypted);
        assert_eq!(inside.count(), 6, "{akm}");
        assert_eq!(
            (operation.temporal_keys.len(), operation.group_keys.len()),
            (2, 2),
            "{akm}"
        );
        // Without the key nothing tells such a network from another.
        let unproved = only(watched.observe(&mut Secrets::default()));
        assert_eq!(unproved.verdict.outcome(), Outcome::Unverified, "{akm}");
        assert_eq!(names(&unproved), HANDSHAKES[..4], "{akm}");
    }
}

#[test]
fn an_observer_follows_the_group_key_handshakes_of_a_radio() {
    for akm in [Akm::PSK_SHA256, Akm::SAE, Akm::EAP_SHA256] {
        let watched = lived(
            akm,
            AdapterCapabilities {
                group_rekey_offload: true,
                operating_channel: false,
                ..simulated::capabilities()
            },
        );
        let operation = only(watched.observe(&mut secrets(&watched, akm)));
        // The second group key was the radio's before the host got it with the other pairwise key.
        let Installed { pairwise, group, .. } = &watched.installed;
        assert_eq!((pairwise.len(), group.len()), (2, 2), "{akm}");
        assert_seen_through(&operation, pairwise, group, &akm.to_string());
        assert_eq!(names(&operation), HANDSHAKES, "{akm}");
    }
}
