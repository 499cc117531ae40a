//! WPA3 and opportunistic wireless encryption in simulation: what a station does about what access points want.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its world is not as it should be"
)]

use adapter::simulated::{AccessPointConfig, Fate, Impairments, ManagementProtection, NetworkPassword, Secrets};
use core::time::Duration;
use extension::profile::{Password, Secret, SecurityFragment};
use frame::owe::DhParameter;
use frame::{Akm, Cipher, ReasonCode};
use host::event::Kind;
use host::outcome::{Outcome, Refusal};
use ihv::{Policy, Proof};
use keys::Passphrase;
use keys::curve::Curve;
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};
use std::sync::{Arc, Mutex};

const PASSWORD: &[u8] = b"open sesame";

fn config(akm: Akm) -> AccessPointConfig {
    AccessPointConfig {
        akms: vec![akm],
        secrets: Secrets {
            passwords: vec![password(None)],
            ..Secrets::default()
        },
        management: ManagementProtection::Required(Cipher::BIP_CMAC_128),
        ..AccessPointConfig::wpa2(SSID, BSSID, psk())
    }
}

fn password(identifier: Option<&[u8]>) -> NetworkPassword {
    NetworkPassword {
        password: PASSWORD.to_vec().into(),
        identifier: identifier.map(<[u8]>::to_vec),
    }
}

fn network(config: AccessPointConfig) -> Network {
    Network::with(5, Impairments::default(), config)
}

fn sae() -> SecurityFragment {
    SecurityFragment::new(Secret::Password(Password::new(PASSWORD).unwrap()))
}

fn owe() -> SecurityFragment {
    SecurityFragment::new(Secret::None)
}

/// What an attempt with this profile comes to, and how many authentication frames the station sent for it.
fn attempt(network: &mut Network, profile: &SecurityFragment) -> (Outcome, usize) {
    network.connect_by(profile);
    let (mut outcome, mut sent) = (None, 0);
    let until = network.world.now() + LONG;
    let events = network.world.run(until, |event| matches!(event.kind, Kind::Outcome(_)));
    for event in events {
        match event.kind {
            Kind::Outcome(reached) => outcome = Some(reached),
            Kind::AuthenticationSent { .. } => sent += 1,
            Kind::RuleBroken { .. } => panic!("{event:?}"),
            _ => {}
        }
    }
    settle(network);
    (outcome.unwrap(), sent)
}

fn settle(network: &mut Network) {
    network.hear(Duration::from_millis(50));
}

fn send_away(network: &mut Network) {
    network
        .world
        .simulation
        .deauthenticate(network.access_point, network.address, ReasonCode(3));
    settle(network);
    assert!(!network.is_authorized());
}

#[test]
fn sae_takes_two_frames_and_with_a_token_three() {
    let mut plain = network(config(Akm::SAE));
    assert_eq!(attempt(&mut plain, &sae()), (Outcome::Authorized, 2));
    let mut anxious = network(AccessPointConfig {
        demands_tokens: true,
        ..config(Akm::SAE)
    });
    assert_eq!(attempt(&mut anxious, &sae()), (Outcome::Authorized, 3));
}

#[test]
fn an_access_point_without_hash_to_element_is_hunted_and_pecked() {
    let mut old = network(AccessPointConfig {
        hash_to_element: false,
        ..config(Akm::SAE)
    });
    assert_eq!(attempt(&mut old, &sae()), (Outcome::Authorized, 2));
    let named = sae().with_password_id(Some("knight".into()));
    let mut old = network(AccessPointConfig {
        hash_to_element: false,
        ..config(Akm::SAE)
    });
    assert_eq!(attempt(&mut old, &named), (Outcome::UnknownIdentifier, 0));
}

#[test]
fn refused_groups_cost_a_commit_each_and_then_the_attempt() {
    let only = |groups: &[Curve]| {
        let mut network = network(AccessPointConfig {
            groups: groups.to_vec(),
            ..config(Akm::SAE)
        });
        attempt(&mut network, &sae())
    };
    assert_eq!(only(&[Curve::P384]), (Outcome::Authorized, 3));
    assert_eq!(only(&[Curve::P521]), (Outcome::Authorized, 4));
    // A refusal can be forged: the last group is offered once more.
    assert_eq!(only(&[]), (Outcome::NoCommonGroup, 4));
}

#[test]
fn a_wrong_password_is_suspected_and_an_unknown_identifier_told() {
    let wrong = SecurityFragment::new(Secret::Password(Password::new(b"open window").unwrap()));
    let mut castle = network(config(Akm::SAE));
    assert_eq!(attempt(&mut castle, &wrong).0, Outcome::WrongSecret(Proof::Suspected));
    let unknown = sae().with_password_id(Some("squire".into()));
    assert_eq!(attempt(&mut castle, &unknown).0, Outcome::UnknownIdentifier);
    let mut several = network(AccessPointConfig {
        secrets: Secrets {
            passwords: vec![password(Some(b"guest")), password(Some(b"knight"))],
            ..Secrets::default()
        },
        ..config(Akm::SAE)
    });
    let known = sae().with_password_id(Some("knight".into()));
    assert_eq!(attempt(&mut several, &known).0, Outcome::Authorized);
}

#[test]
fn a_station_that_returns_names_its_key_and_authenticates_anew_if_it_is_lost() {
    for (config, profile, frames) in [(config(Akm::SAE), sae(), 2), (config(Akm::OWE), owe(), 0)] {
        let mut network = network(config);
        assert_eq!(attempt(&mut network, &profile), (Outcome::Authorized, frames));
        send_away(&mut network);
        assert_eq!(attempt(&mut network, &profile), (Outcome::Authorized, 0));
        send_away(&mut network);
        network.world.simulation.switch_off(network.access_point);
        network.world.simulation.switch_on(network.access_point);
        assert_eq!(attempt(&mut network, &profile), (Outcome::Authorized, frames));
    }
}

#[test]
fn a_key_that_is_remembered_does_not_stand_in_for_another_password() {
    let wrong = SecurityFragment::new(Secret::Password(Password::new(b"open window").unwrap()));
    let mut network = network(config(Akm::SAE));
    assert_eq!(attempt(&mut network, &sae()), (Outcome::Authorized, 2));
    send_away(&mut network);
    let (outcome, frames) = attempt(&mut network, &wrong);
    assert!(matches!(outcome, Outcome::WrongSecret(_)) && frames > 0, "{outcome:?}");
    assert_eq!(attempt(&mut network, &sae()), (Outcome::Authorized, 0));
}

#[test]
fn a_station_without_a_secret_that_returns_agrees_on_another_key_only_if_the_old_one_is_lost() {
    const ASSOCIATION_RESPONSE: u8 = 0x10;
    /// Octets of the header and of the fixed fields.
    const FIXED: usize = 24 + 6;
    let mut network = network(config(Akm::OWE));
    let agreements = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&agreements);
    network.world.simulation.set_tap(move |_, frame| {
        if frame[0] == ASSOCIATION_RESPONSE {
            let agrees = DhParameter::find(&frame[FIXED..]).unwrap().is_some();
            seen.lock().unwrap().push(agrees);
        }
        Fate::Pass
    });
    assert_eq!(attempt(&mut network, &owe()).0, Outcome::Authorized);
    send_away(&mut network);
    assert_eq!(attempt(&mut network, &owe()).0, Outcome::Authorized);
    send_away(&mut network);
    network.world.simulation.switch_off(network.access_point);
    network.world.simulation.switch_on(network.access_point);
    assert_eq!(attempt(&mut network, &owe()).0, Outcome::Authorized);
    assert_eq!(*agreements.lock().unwrap(), [true, false, true]);
}

#[test]
fn opportunistic_wireless_encryption_tries_its_groups() {
    let only = |groups: &[Curve]| {
        let mut network = network(AccessPointConfig {
            groups: groups.to_vec(),
            ..config(Akm::OWE)
        });
        attempt(&mut network, &owe()).0
    };
    assert_eq!(only(&[Curve::P384]), Outcome::Authorized);
    assert_eq!(only(&[Curve::P521]), Outcome::Authorized);
    assert_eq!(only(&[]), Outcome::NoCommonGroup);
}

#[test]
fn a_network_that_was_wpa3_is_not_joined_as_wpa2() {
    let passphrase = || SecurityFragment::new(Secret::Passphrase(Passphrase::new(PASSWORD).unwrap()));
    let mut network = network(config(Akm::SAE));
    assert_eq!(attempt(&mut network, &passphrase()).0, Outcome::Authorized);
    send_away(&mut network);
    network.world.simulation.switch_off(network.access_point);
    // The evil twin.
    network
        .world
        .simulation
        .add_access_point(AccessPointConfig::wpa2(SSID, BSSID, psk()));
    let refused = Outcome::PolicyRefusal(Refusal::Policy(Policy::Downgrade));
    assert_eq!(attempt(&mut network, &passphrase()).0, refused);
}

#[test]
fn wpa3_without_protected_management_frames_is_refused() {
    let mut careless = network(AccessPointConfig {
        management: ManagementProtection::None,
        ..config(Akm::SAE)
    });
    let refused = Outcome::PolicyRefusal(Refusal::Policy(Policy::ManagementProtection));
    assert_eq!(attempt(&mut careless, &sae()).0, refused);
}

#[test]
fn an_access_point_that_begins_at_the_same_time_is_met_whatever_its_first_choice_and_whichever_frame_is_lost() {
    const AUTHENTICATION: u8 = 0xb0;
    let begins = |groups: &[Curve]| AccessPointConfig {
        begins_sae: true,
        groups: groups.to_vec(),
        ..config(Akm::SAE)
    };
    assert_eq!(
        attempt(&mut network(begins(&Curve::ALL)), &sae()),
        (Outcome::Authorized, 2)
    );
    for groups in [[Curve::P384, Curve::P256], [Curve::P521, Curve::P384]] {
        assert_eq!(
            attempt(&mut network(begins(&groups)), &sae()).0,
            Outcome::Authorized,
            "{groups:?}"
        );
    }
    // The station's commit, the access point's commit and confirm.
    for lost in 0..3 {
        let mut network = network(begins(&Curve::ALL));
        let mut number = 0;
        network.world.simulation.set_tap(move |_, frame| {
            number += usize::from(frame[0] == AUTHENTICATION);
            match frame[0] == AUTHENTICATION && number == lost + 1 {
                true => Fate::Drop,
                false => Fate::Pass,
            }
        });
        assert_eq!(attempt(&mut network, &sae()).0, Outcome::Authorized, "frame {lost}");
    }
}

#[test]
fn a_suite_of_hash_to_element_is_not_hunted_and_pecked() {
    for akm in [Akm::SAE_EXT_KEY, Akm::SAE] {
        let mut old = network(AccessPointConfig {
            hash_to_element: false,
            ..config(akm)
        });
        let expected = match akm {
            Akm::SAE => (Outcome::Authorized, 2),
            _ => (Outcome::PolicyRefusal(Refusal::Policy(Policy::NoCommonSecurity)), 0),
        };
        assert_eq!(attempt(&mut old, &sae()), expected, "{akm}");
    }
}

#[test]
fn a_forged_frame_ends_no_authentication() {
    let mut network = network(config(Akm::SAE));
    const AUTHENTICATION: u8 = 0xb0;
    /// Octets of the header, and of the algorithm and the number behind it.
    const STATUS: usize = 24 + 4;
    let mut confirms = 0;
    network.world.simulation.set_tap(move |_, frame| {
        // The access point's first confirm arrives as a refusal.
        if frame[0] == AUTHENTICATION && frame[10..16] == BSSID.0 && frame[STATUS - 2] == 2 {
            confirms += 1;
            if confirms == 1 {
                frame[STATUS] = 15;
            }
        }
        Fate::Pass
    });
    assert_eq!(attempt(&mut network, &sae()), (Outcome::Authorized, 3));
}

#[test]
fn a_bad_medium_delays_sae_and_does_not_prevent_it() {
    let bad = Impairments {
        loss: 0.1,
        duplication: 0.1,
        reordering: 0.1,
        ..Impairments::default()
    };
    let mut reached = 0;
    for seed in 0..20 {
        let mut network = Network::with(seed, bad, config(Akm::SAE));
        reached += u32::from(attempt(&mut network, &sae()).0 == Outcome::Authorized);
    }
    assert!(reached >= 14, "{reached} of 20");
}
