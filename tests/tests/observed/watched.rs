//! A simulated network that is lived in while somebody listens.

use adapter::replay::{Frame, Link};
use adapter::simulated::{
    self, AccessPointConfig, Fate, Impairments, ManagementProtection, Mobility, NetworkPassword, Secrets,
};
use core::time::Duration;
use extension::profile::{Password, Secret, SecurityFragment};
use frame::{Akm, Cipher, MacAddress};
use host::adapter::Command;
use host::event::Kind;
use ihv::AdapterCapabilities;
use keys::suites::Credential;
use keys::{AkmSuite, Passphrase, Pmk, Psk};
use portcullis::inspect::{Inspector, Operation, PlainAssociation, Secrets as Given};
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};
use std::sync::{Arc, Mutex};

const PASSPHRASE: &[u8] = b"open sesame";
/// Another access point of the network.
pub(super) const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);

/// All that the specification of this project names: of RSN, of WPA, and without a secret.
pub(super) const AKMS: [Akm; 16] = [
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

pub(super) fn config(akm: Akm) -> AccessPointConfig {
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

pub(super) fn profile(akm: Akm) -> SecurityFragment {
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
pub(super) struct Installed {
    pub(super) pairwise: Vec<Vec<u8>>,
    pub(super) group: Vec<Vec<u8>>,
    pub(super) management: Vec<Vec<u8>>,
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

/// What somebody makes of the next frame.
type Forgery = Arc<Mutex<Option<Box<dyn FnOnce(&mut Vec<u8>) + Send>>>>;

/// A network, its frames, and what was installed.
pub(super) struct Watched {
    pub(super) network: Network,
    air: Air,
    forgery: Forgery,
    pub(super) installed: Installed,
    pub(super) opened: bool,
    pub(super) outcome: Option<host::outcome::Outcome>,
}

impl Watched {
    pub(super) fn new(config: AccessPointConfig) -> Self {
        Self::with_capabilities(config, simulated::capabilities())
    }

    /// The same with an adapter that can do this.
    pub(super) fn with_capabilities(config: AccessPointConfig, capabilities: AdapterCapabilities) -> Self {
        let mut network = Network::with_capabilities(11, Impairments::default(), config, capabilities);
        let air = Air::default();
        let tapped = Arc::clone(&air);
        let forgery = Forgery::default();
        let pending = Arc::clone(&forgery);
        network.world.simulation.set_tap(move |at, frame| {
            if let Some(forge) = pending.lock().unwrap().take() {
                forge(frame);
            }
            tapped.lock().unwrap().push((at, frame.clone()));
            Fate::Pass
        });
        Self {
            network,
            air,
            forgery,
            installed: Installed::default(),
            opened: false,
            outcome: None,
        }
    }

    /// Lets time pass, as the world does, and notes what is installed meanwhile.
    pub(super) fn pass(&mut self, span: Duration) {
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
    pub(super) fn live(&mut self, profile: &SecurityFragment) {
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

    pub(super) fn talk(&mut self) {
        self.network.world.simulation.send_data(self.network.station, b"ping");
        self.network
            .world
            .simulation
            .send_group_data(self.network.access_point, b"news");
        self.pass(Duration::from_millis(50));
    }

    /// Has somebody change the next frame on its way.
    pub(super) fn forge(&mut self, forge: impl FnOnce(&mut Vec<u8>) + Send + 'static) {
        *self.forgery.lock().unwrap() = Some(Box::new(forge));
    }

    /// The number of the frame that was sent last.
    pub(super) fn last_frame(&self) -> u64 {
        u64::try_from(self.air.lock().unwrap().len()).unwrap()
    }

    /// What an observer makes of it who was given `secrets`.
    pub(super) fn observe(&self, secrets: &mut Given) -> Vec<Operation> {
        self.observe_all(secrets).0
    }

    /// The same with the associations that are no operations.
    pub(super) fn observe_all(&self, secrets: &mut Given) -> (Vec<Operation>, Vec<PlainAssociation>) {
        let mut inspector = Inspector::new(secrets);
        for ((at, octets), number) in self.air.lock().unwrap().iter().zip(1..) {
            inspector.feed(&Frame {
                number,
                time_us: u64::try_from(at.as_micros()).unwrap(),
                link: Link::Dot11(octets),
            });
        }
        let operations = inspector.finish().collect();
        (operations, core::iter::from_fn(|| inspector.next_plain()).collect())
    }
}

/// The key that an observer has to be given: the passphrase where that is enough, else the PMK.
pub(super) fn secrets(watched: &Watched, akm: Akm) -> Given {
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
