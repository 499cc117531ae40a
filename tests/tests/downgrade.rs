//! No silent downgrade: what a station does about access points of one name that do not all have the same, and about a
//! network that has less than it had.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where its world is not as it should be"
)]

use adapter::simulated::{
    self, AccessPointConfig, Fate, Impairments, ManagementProtection, Mobility, NetworkPassword, Secrets,
};
use core::time::Duration;
use extension::profile::{ManagementProtection as Demand, Secret, SecurityFragment};
use frame::element::{self, id};
use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Akm, Cipher, MacAddress, ReasonCode};
use host::event::{Event, Kind};
use host::outcome::{Outcome, Refusal};
use ihv::{AdapterCapabilities, CipherSet, Policy};
use keys::{Passphrase, Pmk, Psk};
use portcullis_tests::{BSSID, LONG, Network, SSID};
use std::sync::{Arc, Mutex};

const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);
const PASSPHRASE: &[u8] = b"open sesame";
const PROTECTED: ManagementProtection = ManagementProtection::Optional(Cipher::BIP_CMAC_128);

/// An access point that knows everybody's secret.
fn config(bssid: MacAddress, akms: &[Akm], management: ManagementProtection) -> AccessPointConfig {
    let psk = Psk::from_passphrase(&Passphrase::new(PASSPHRASE).unwrap(), SSID);
    AccessPointConfig {
        akms: akms.to_vec(),
        secrets: Secrets {
            psk: Some(psk),
            passwords: vec![NetworkPassword {
                password: PASSPHRASE.to_vec().into(),
                identifier: None,
            }],
            pmk: Pmk::new(&[9; 48]).ok(),
            ..Secrets::default()
        },
        management,
        mobility: akms.contains(&Akm::FT_EAP_SHA384).then(|| Mobility {
            domain: [0xa1, 0xb2],
            key_holder: b"castle.example".to_vec(),
            keys: Arc::default(),
            over_ds: false,
            key_lifetime: None,
            reassociation_deadline: None,
        }),
        ..AccessPointConfig::wpa2(SSID, bssid, Psk::new([0; 32]))
    }
}

fn passphrase() -> SecurityFragment {
    SecurityFragment::new(Secret::Passphrase(Passphrase::new(PASSPHRASE).unwrap()))
}

fn pmk() -> SecurityFragment {
    SecurityFragment::new(Secret::Pmk(Pmk::new(&[9; 48]).unwrap()))
}

fn network(config: AccessPointConfig) -> Network {
    Network::with(11, Impairments::default(), config)
}

fn attempt(network: &mut Network, profile: &SecurityFragment) -> Outcome {
    network.connect_by(profile);
    let until = network.world.now() + LONG;
    let events = network.world.run(until, |event| matches!(event.kind, Kind::Outcome(_)));
    let Some(Event {
        kind: Kind::Outcome(outcome),
        ..
    }) = events.last()
    else {
        panic!("no outcome: {events:?}");
    };
    network.hear(Duration::from_millis(300));
    *outcome
}

fn refused(policy: Policy) -> Outcome {
    Outcome::PolicyRefusal(Refusal::Policy(policy))
}

fn is_open(network: &Network, peer: MacAddress) -> bool {
    let port = network.world.host.port(network.adapter, peer);
    port.is_some_and(|port| port.authorized)
}

/// What the requests to associate say of RSN capabilities, as they come.
fn announced(network: &mut Network) -> Arc<Mutex<Vec<RsnCapabilities>>> {
    const ASSOCIATION_REQUEST: u8 = 0;
    /// Octets of the header and of the fixed fields.
    const FIXED: usize = 24 + 4;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    network.world.simulation.set_tap(move |_, frame| {
        if frame[0] == ASSOCIATION_REQUEST
            && let Ok(Some(element)) = element::find(&frame[FIXED..], id::RSN)
        {
            let rsne = Rsne::parse(element.body).unwrap();
            kept.lock().unwrap().push(rsne.capabilities_or_default());
        }
        Fate::Pass
    });
    heard
}

/// Profiles that do not go without protected management frames, each with the AKM of its network.
fn demanding() -> [(Akm, SecurityFragment); 3] {
    let required = passphrase().with_management_protection(Demand::Required);
    let owe = SecurityFragment::new(Secret::None);
    [(Akm::PSK_SHA256, required), (Akm::SAE, passphrase()), (Akm::OWE, owe)]
}

#[test]
fn an_access_point_without_protected_management_frames_is_passed_over_for_one_that_has_them() {
    for (akm, profile) in demanding() {
        let mut network = network(config(BSSID, &[akm], ManagementProtection::None));
        network
            .world
            .simulation
            .add_access_point(config(OTHER, &[akm], PROTECTED));
        let heard = announced(&mut network);
        assert_eq!(attempt(&mut network, &profile), Outcome::Authorized, "{akm}");
        assert!(is_open(&network, OTHER) && !is_open(&network, BSSID), "{akm}");
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 1, "{akm}");
        assert!(heard[0].mfpc() && heard[0].mfpr(), "{akm}");
    }
}

#[test]
fn an_adapter_that_cannot_protect_management_frames_does_not_ask_an_access_point_that_requires_it() {
    let unable = AdapterCapabilities {
        management_protection: false,
        ..simulated::capabilities()
    };
    let of_other_ciphers = AdapterCapabilities {
        ciphers: Some(CipherSet::of([Cipher::CCMP_128, Cipher::BIP_GMAC_256])),
        ..simulated::capabilities()
    };
    let required = ManagementProtection::Required(Cipher::BIP_CMAC_128);
    let cases = [
        (required, refused(Policy::ManagementProtection)),
        (PROTECTED, Outcome::Authorized),
    ];
    for (capabilities, (management, expected)) in [unable, of_other_ciphers]
        .iter()
        .flat_map(|unable| cases.map(|case| (unable, case)))
    {
        let config = config(BSSID, &[Akm::PSK_SHA256], management);
        let mut network = Network::with_capabilities(11, Impairments::default(), config, capabilities.clone());
        let asked = announced(&mut network);
        let outcome = attempt(&mut network, &passphrase());
        assert_eq!(outcome, expected);
        let is_open = expected == Outcome::Authorized;
        assert_eq!(asked.lock().unwrap().len(), usize::from(is_open));
        assert!(is_open || outcome.exit_code() == 3);
    }
}

#[test]
fn no_roam_leads_to_an_access_point_without_protected_management_frames() {
    for (akm, profile) in demanding() {
        let mut network = network(config(OTHER, &[akm], PROTECTED));
        assert_eq!(attempt(&mut network, &profile), Outcome::Authorized, "{akm}");
        network
            .world
            .simulation
            .add_access_point(config(BSSID, &[akm], ManagementProtection::None));
        let now = network.world.now();
        network.world.host.roam(now, network.adapter, Some(BSSID)).unwrap();
        let events = network.hear(LONG);
        let failed = Kind::RoamFailed {
            outcome: refused(Policy::ManagementProtection),
        };
        assert!(events.iter().any(|event| event.kind == failed), "{akm}: {events:?}");
        assert!(is_open(&network, OTHER) && !is_open(&network, BSSID), "{akm}");
    }
}

#[test]
fn of_two_access_points_alike_the_one_that_protects_management_frames_is_taken_unasked() {
    let mut network = network(config(BSSID, &[Akm::PSK], ManagementProtection::None));
    let other = config(OTHER, &[Akm::PSK], PROTECTED);
    network.world.simulation.add_access_point(other);
    let heard = announced(&mut network);
    assert_eq!(attempt(&mut network, &passphrase()), Outcome::Authorized);
    assert!(is_open(&network, OTHER));
    assert!(heard.lock().unwrap()[0].mfpc() && !heard.lock().unwrap()[0].mfpr());
}

/// What a network had, and what is there in its place.
struct Change {
    what: &'static str,
    before: AccessPointConfig,
    after: AccessPointConfig,
    profile: fn() -> SecurityFragment,
}

fn changes() -> Vec<Change> {
    const NONE: ManagementProtection = ManagementProtection::None;
    let ciphers = |akm, pairwise| AccessPointConfig {
        pairwise: vec![pairwise],
        ..config(BSSID, &[akm], NONE)
    };
    let suite_b = |akm| AccessPointConfig {
        pairwise: vec![Cipher::GCMP_256],
        group: Cipher::GCMP_256,
        ..config(BSSID, &[akm], ManagementProtection::Required(Cipher::BIP_GMAC_256))
    };
    let change = |what, before, after| Change {
        what,
        before,
        after,
        profile: passphrase,
    };
    vec![
        change(
            "management frames are protected no more",
            config(BSSID, &[Akm::PSK], PROTECTED),
            config(BSSID, &[Akm::PSK], NONE),
        ),
        change(
            "GCMP-256, CCMP-128",
            ciphers(Akm::PSK, Cipher::GCMP_256),
            ciphers(Akm::PSK, Cipher::CCMP_128),
        ),
        change(
            "PSK-SHA256, PSK",
            config(BSSID, &[Akm::PSK_SHA256], NONE),
            config(BSSID, &[Akm::PSK], NONE),
        ),
        change(
            "SAE, PSK",
            config(BSSID, &[Akm::SAE], PROTECTED),
            config(BSSID, &[Akm::PSK], PROTECTED),
        ),
        change(
            "SAE-EXT-KEY, SAE",
            config(BSSID, &[Akm::SAE_EXT_KEY], PROTECTED),
            config(BSSID, &[Akm::SAE], PROTECTED),
        ),
        change(
            "hash-to-element, hunting and pecking",
            config(BSSID, &[Akm::SAE], PROTECTED),
            AccessPointConfig {
                hash_to_element: false,
                ..config(BSSID, &[Akm::SAE], PROTECTED)
            },
        ),
        Change {
            profile: pmk,
            ..change(
                "Suite B with 192 bits, FT with SHA-384",
                suite_b(Akm::EAP_SUITE_B_192),
                suite_b(Akm::FT_EAP_SHA384),
            )
        },
    ]
}

/// The network goes, and comes back as another one.
fn replace(network: &mut Network, config: AccessPointConfig) {
    let (simulation, old) = (&mut network.world.simulation, network.access_point);
    simulation.deauthenticate(old, network.address, ReasonCode(3));
    network.hear(Duration::from_millis(300));
    network.world.simulation.switch_off(old);
    network.access_point = network.world.simulation.add_access_point(config);
}

#[test]
fn a_network_is_not_joined_with_less_than_it_had_unless_that_is_asked_for() {
    for Change {
        what,
        before,
        after,
        profile,
    } in changes()
    {
        let mut network = network(before);
        assert_eq!(attempt(&mut network, &profile()), Outcome::Authorized, "{what}");
        replace(&mut network, after);
        assert_eq!(attempt(&mut network, &profile()), refused(Policy::Downgrade), "{what}");
        let asked = profile().with_downgrade(true);
        assert_eq!(attempt(&mut network, &asked), Outcome::Authorized, "{what}");
        network
            .world
            .simulation
            .deauthenticate(network.access_point, network.address, ReasonCode(3));
        network.hear(Duration::from_millis(300));
        // That is what it has now.
        assert_eq!(attempt(&mut network, &profile()), Outcome::Authorized, "{what}");
    }
}

#[test]
fn a_network_may_have_more_than_it_had() {
    for Change {
        what,
        before,
        after,
        profile,
    } in changes()
    {
        let mut network = network(after);
        assert_eq!(attempt(&mut network, &profile()), Outcome::Authorized, "{what}");
        replace(&mut network, before);
        assert_eq!(attempt(&mut network, &profile()), Outcome::Authorized, "{what}");
    }
}

#[test]
fn a_network_that_is_weaker_at_one_access_point_is_joined_at_the_other() {
    for Change {
        what,
        before,
        after,
        profile,
    } in changes()
    {
        let mut network = network(after);
        network
            .world
            .simulation
            .add_access_point(AccessPointConfig { bssid: OTHER, ..before });
        for _ in 0..2 {
            assert_eq!(attempt(&mut network, &profile()), Outcome::Authorized, "{what}");
            assert!(is_open(&network, OTHER), "{what}");
            let (now, adapter) = (network.world.now(), network.adapter);
            network.world.host.disconnect(now, adapter);
            network.hear(Duration::from_millis(300));
        }
    }
}

#[test]
fn a_list_of_suites_that_names_what_the_network_had_does_not_ask_for_less() {
    let mut network = network(config(BSSID, &[Akm::SAE], PROTECTED));
    assert_eq!(attempt(&mut network, &passphrase()), Outcome::Authorized);
    replace(&mut network, config(BSSID, &[Akm::PSK], ManagementProtection::None));
    let both = passphrase().with_akms(&[Akm::SAE, Akm::PSK]);
    assert_eq!(attempt(&mut network, &both), refused(Policy::Downgrade));
    let weaker = passphrase().with_akms(&[Akm::PSK]);
    assert_eq!(attempt(&mut network, &weaker), Outcome::Authorized);
}

#[test]
fn a_strong_suite_with_a_weak_cipher_for_the_group_or_for_management_frames_is_refused() {
    let with = |akm, pairwise, group, management| AccessPointConfig {
        pairwise: vec![pairwise],
        group,
        ..config(BSSID, &[akm], ManagementProtection::Required(management))
    };
    let suite_b = |group, management| with(Akm::EAP_SUITE_B_192, Cipher::GCMP_256, group, management);
    let cases = [
        (suite_b(Cipher::CCMP_128, Cipher::BIP_GMAC_256), pmk()),
        (suite_b(Cipher::TKIP, Cipher::BIP_GMAC_256), pmk()),
        (suite_b(Cipher::GCMP_256, Cipher::BIP_CMAC_128), pmk()),
        (
            with(Akm::SAE, Cipher::CCMP_128, Cipher::TKIP, Cipher::BIP_CMAC_128),
            passphrase(),
        ),
        (
            with(Akm::OWE, Cipher::CCMP_128, Cipher::TKIP, Cipher::BIP_CMAC_128),
            SecurityFragment::new(Secret::None).with_legacy(true),
        ),
    ];
    for (config, profile) in cases {
        let what = (config.akms[0], config.group);
        assert_eq!(
            attempt(&mut network(config), &profile),
            refused(Policy::WeakCipher),
            "{what:?}"
        );
    }
    let strong = suite_b(Cipher::GCMP_256, Cipher::BIP_GMAC_256);
    assert_eq!(attempt(&mut network(strong), &pmk()), Outcome::Authorized);
}

#[test]
fn tkip_for_the_group_is_taken_only_if_what_is_broken_is_asked_for() {
    let mixed = || AccessPointConfig {
        group: Cipher::TKIP,
        ..config(BSSID, &[Akm::PSK], ManagementProtection::None)
    };
    assert_eq!(attempt(&mut network(mixed()), &passphrase()), refused(Policy::Legacy));
    let asked = passphrase().with_legacy(true);
    assert_eq!(attempt(&mut network(mixed()), &asked), Outcome::Authorized);
}

#[test]
fn what_a_network_has_said_that_it_does_not_need_any_more_is_not_joined_again() {
    /// No pre-shared keys beside SAE.
    const PERSONAL: u8 = 1;
    /// No suites of 802.1X with SHA-1, which is none of this network's.
    const ENTERPRISE: u8 = 4;
    for (disabled, joined) in [(None, true), (Some(ENTERPRISE), true), (Some(PERSONAL), false)] {
        let mut network = network(AccessPointConfig {
            transition_disabled: disabled,
            ..config(BSSID, &[Akm::PSK], ManagementProtection::None)
        });
        // That it names the suite does not help.
        let profile = passphrase().with_akms(&[Akm::PSK]);
        assert_eq!(attempt(&mut network, &profile), Outcome::Authorized, "{disabled:?}");
        network
            .world
            .simulation
            .deauthenticate(network.access_point, network.address, ReasonCode(3));
        network.hear(Duration::from_millis(50));
        let expected = match joined {
            true => Outcome::Authorized,
            false => refused(Policy::Downgrade),
        };
        assert_eq!(attempt(&mut network, &profile), expected, "{disabled:?}");
    }
}
