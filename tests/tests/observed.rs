//! What the simulated networks say on the air, and what an observer with the right key makes of it: the keys that he
//! derives are those that were installed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where its world is not as it should be"
)]

use adapter::replay::{Frame, Link};
use adapter::simulated::{
    AccessPointConfig, Fate, Impairments, ManagementProtection, Mobility, NetworkPassword, Secrets,
};
use core::time::Duration;
use extension::profile::{Password, Secret, SecurityFragment};
use frame::{Akm, Cipher, MacAddress};
use host::adapter::Command;
use host::event::Kind;
use keys::curve::Curve;
use keys::suites::Credential;
use keys::{AkmSuite, Passphrase, Pmk, Psk};
use portcullis::inspect::{Finding, Inspector, MicState, Operation, Outcome, Secrets as Given};
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};
use std::sync::{Arc, Mutex};

const PASSPHRASE: &[u8] = b"open sesame";
/// Another access point of the network.
const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);

/// All that the specification of this project names: of RSN, of WPA, and without a secret.
const AKMS: [Akm; 16] = [
    Akm::EAP,
    Akm::PSK,
    Akm::FT_EAP,
    Akm::FT_PSK,
    Akm::EAP_SHA256,
    Akm::PSK_SHA256,
    Akm::SAE,
    Akm::FT_SAE,
    Akm::EAP_SUITE_B,
    Akm::EAP_SUITE_B_192,
    Akm::FT_EAP_SHA384,
    Akm::OWE,
    Akm::FT_PSK_SHA384,
    Akm::SAE_EXT_KEY,
    Akm::FT_SAE_EXT_KEY,
    Akm::WPA_PSK,
];

fn passphrase_psk() -> Psk {
    Psk::from_passphrase(&Passphrase::new(PASSPHRASE).unwrap(), SSID)
}

/// What an authentication with 802.1X has left.
fn given_pmk(akm: Akm) -> Pmk {
    Pmk::new(&[0x77; 48][..AkmSuite::of(akm).unwrap().pmk_len]).unwrap()
}

fn config(akm: Akm) -> AccessPointConfig {
    let suite = AkmSuite::of(akm).unwrap();
    let (pairwise, group, management) = match akm {
        Akm::WPA_PSK => (Cipher::WPA_TKIP, Cipher::WPA_TKIP, None),
        Akm::EAP_SUITE_B => (Cipher::GCMP_128, Cipher::GCMP_128, Some(Cipher::BIP_GMAC_128)),
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => (Cipher::GCMP_256, Cipher::GCMP_256, Some(Cipher::BIP_GMAC_256)),
        _ => (Cipher::CCMP_128, Cipher::CCMP_128, Some(Cipher::BIP_CMAC_128)),
    };
    AccessPointConfig {
        akms: vec![akm],
        pairwise: vec![pairwise],
        group,
        management: management.map_or(ManagementProtection::None, ManagementProtection::Required),
        secrets: Secrets {
            psk: Some(passphrase_psk()),
            pmk: (suite.credential == Credential::Eap).then(|| given_pmk(akm)),
            passwords: vec![NetworkPassword {
                password: PASSPHRASE.to_vec().into(),
                identifier: None,
            }],
            ..Secrets::default()
        },
        mobility: suite.fast_transition.then(|| Mobility {
            domain: *b"PC",
            key_holder: b"castle.example".to_vec(),
            keys: Arc::default(),
            over_ds: false,
            key_lifetime: None,
            reassociation_deadline: None,
        }),
        ..AccessPointConfig::wpa2(SSID, BSSID, psk())
    }
}

fn profile(akm: Akm) -> SecurityFragment {
    let secret = match AkmSuite::of(akm).unwrap().credential {
        Credential::Psk => Secret::Psk(passphrase_psk()),
        Credential::Sae => Secret::Password(Password::new(PASSPHRASE).unwrap()),
        Credential::Eap => Secret::Pmk(given_pmk(akm)),
        Credential::Owe | Credential::Fils => Secret::None,
    };
    SecurityFragment::new(secret)
        .with_akms(&[akm])
        .with_legacy(matches!(akm, Akm::WPA_PSK | Akm::PSK))
}

/// The keys that the host has installed in the adapter, each once, in their order.
#[derive(Default)]
struct Installed {
    pairwise: Vec<Vec<u8>>,
    group: Vec<Vec<u8>>,
    management: Vec<Vec<u8>>,
}

impl Installed {
    fn note(&mut self, command: &Command) {
        let (keys, key) = match command {
            Command::SetKeyMappingKey(key) => (&mut self.pairwise, &key.key),
            Command::SetDefaultKey(key) if key.index < 4 => (&mut self.group, &key.key),
            Command::SetDefaultKey(key) => (&mut self.management, &key.key),
            _ => return,
        };
        if let Some(key) = key.as_ref().map(|key| key.octets().to_vec())
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
}

/// Frames, and when they were sent.
type Air = Arc<Mutex<Vec<(Duration, Vec<u8>)>>>;

/// A network, its frames, and what was installed.
struct Watched {
    network: Network,
    air: Air,
    installed: Installed,
    opened: bool,
    outcome: Option<host::outcome::Outcome>,
}

impl Watched {
    fn new(config: AccessPointConfig) -> Self {
        let mut network = Network::with(11, Impairments::default(), config);
        let air = Air::default();
        let tapped = Arc::clone(&air);
        network.world.simulation.set_tap(move |at, frame| {
            tapped.lock().unwrap().push((at, frame.clone()));
            Fate::Pass
        });
        Self {
            network,
            air,
            installed: Installed::default(),
            opened: false,
            outcome: None,
        }
    }

    /// Lets time pass, as the world does, and notes what is installed meanwhile.
    fn pass(&mut self, span: Duration) {
        let world = &mut self.network.world;
        let until = world.now() + span;
        loop {
            while let Some((_, command)) = world.host.poll_command() {
                self.installed.note(&command);
                world.simulation.execute(self.network.station, command);
            }
            if let Some((_, event)) = world.simulation.poll_event() {
                let now = world.now();
                world.host.handle_event(now, self.network.adapter, event.borrow());
                continue;
            }
            while let Some(event) = world.host.poll_event() {
                assert!(!matches!(event.kind, Kind::RuleBroken { .. }), "{event:?}");
                self.opened |= matches!(event.kind, Kind::PortAuthorized { .. });
                if let Kind::Outcome(outcome) = event.kind {
                    self.outcome = Some(outcome);
                }
            }
            let next = [world.simulation.next_time(), world.host.next_timeout()];
            let Some(at) = next.into_iter().flatten().min().filter(|at| *at <= until) else {
                break world.simulation.advance(until);
            };
            world.simulation.advance(at.max(world.now()));
            let now = world.now();
            world.host.handle_timeout(now);
        }
    }

    /// A life: the keys are made, used, changed, and used again.
    fn live(&mut self, profile: &SecurityFragment) {
        self.network.connect_by(profile);
        self.pass(LONG);
        self.talk();
        let (access_point, station) = (self.network.access_point, self.network.address);
        self.network.world.simulation.rekey_group(access_point);
        self.pass(Duration::from_secs(1));
        self.network.world.simulation.rekey_pairwise(access_point, station);
        self.pass(Duration::from_secs(1));
        self.talk();
    }

    fn talk(&mut self) {
        self.network.world.simulation.send_data(self.network.station, b"ping");
        self.network
            .world
            .simulation
            .send_group_data(self.network.access_point, b"news");
        self.pass(Duration::from_millis(50));
    }

    /// What an observer makes of it who was given `secrets`.
    fn observe(&self, secrets: &mut Given) -> Vec<Operation> {
        let mut inspector = Inspector::new(secrets);
        for ((at, octets), number) in self.air.lock().unwrap().iter().zip(1..) {
            inspector.feed(&Frame {
                number,
                time_us: u64::try_from(at.as_micros()).unwrap(),
                link: Link::Dot11(octets),
            });
        }
        inspector.finish().collect()
    }
}

/// The key that an observer has to be given: the passphrase where that is enough, else the PMK.
fn secrets(watched: &Watched, akm: Akm) -> Given {
    let mut secrets = Given::default();
    let Network {
        world,
        access_point,
        address,
        ..
    } = &watched.network;
    let pmk = match AkmSuite::of(akm).unwrap().credential {
        Credential::Psk => {
            secrets.add_network(SSID.to_vec(), PASSPHRASE).unwrap();
            return secrets;
        }
        Credential::Eap => given_pmk(akm),
        _ => world.simulation.pmk(*access_point, *address, akm).unwrap(),
    };
    secrets.add_pmk(pmk.as_bytes()).unwrap();
    secrets
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
