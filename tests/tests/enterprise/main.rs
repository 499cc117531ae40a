//! Networks whose users are authenticated by 802.1X, in simulation: the host's module on one side, an access point with
//! an EAP server on the other.
#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it should be")]

mod forgeries;
mod key_caching;

use adapter::simulated::{AccessPointConfig, EapServer, Fate, Impairments, ManagementProtection, Mobility, Secrets};
use core::time::Duration;
use extension::profile::{Secret, SecurityFragment};
use frame::dot11::{FrameType, MacHeader};
use frame::eapol::{Eapol, PacketType};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::{Akm, Cipher, Emit, MacAddress, ReasonCode};
use host::OneXProfile;
use host::adapter::AdapterEvent;
use host::event::{Event, Kind};
use host::outcome::Outcome;
use ihv::{KeyChange, OneXFailure, SessionChange};
use onex::eap::{Offer, Profile};
use onex::methods::peap::{BindingDemand, Peap};
use onex::methods::pwd::Pwd;
use onex::methods::{md5, mschapv2};
use onex::server;
use onex::server::tls::{ServerIdentity, TlsServer};
use onex::tls::{Anchors, Authorities, Client, Inner, InnerMethod, Names, Settings, Trust, Versions};
use portcullis_tests::freeradius::{Authority, SERVER_NAME};
use portcullis_tests::{BSSID, LONG, Network, SSID, psk};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm};
use rsn::ft::KeyHolder;
use std::sync::{Arc, Mutex};

const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa1]);
const PASSWORD: &str = "open sesame";
const AKMS: [Akm; 6] = [
    Akm::EAP,
    Akm::FT_EAP,
    Akm::EAP_SHA256,
    Akm::EAP_SUITE_B,
    Akm::EAP_SUITE_B_192,
    Akm::FT_EAP_SHA384,
];

fn server(password: impl Fn() -> &'static str + Send + Sync + 'static) -> EapServer {
    EapServer::new(Duration::ZERO, move || {
        vec![
            Box::new(server::Mschapv2 {
                password: password().into(),
            }),
            Box::new(server::Md5Challenge {
                password: password().into(),
            }),
            Box::new(server::Pwd::new(password().into())),
        ]
    })
}

fn config(akm: Akm, bssid: MacAddress, keys: &Arc<Mutex<KeyHolder>>) -> AccessPointConfig {
    let (cipher, group_management) = match akm {
        Akm::EAP_SUITE_B => (Cipher::GCMP_128, Cipher::BIP_GMAC_128),
        Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => (Cipher::GCMP_256, Cipher::BIP_GMAC_256),
        _ => (Cipher::CCMP_128, Cipher::BIP_CMAC_128),
    };
    let moves = matches!(akm, Akm::FT_EAP | Akm::FT_EAP_SHA384);
    AccessPointConfig {
        akms: vec![akm],
        pairwise: vec![cipher],
        group: cipher,
        secrets: Secrets {
            eap: Some(server(|| PASSWORD)),
            ..Secrets::default()
        },
        management: ManagementProtection::Required(group_management),
        mobility: moves.then(|| Mobility {
            domain: [0xa1, 0xb2],
            key_holder: b"castle.example".to_vec(),
            keys: Arc::clone(keys),
            over_ds: true,
            key_lifetime: None,
            reassociation_deadline: None,
        }),
        ..AccessPointConfig::wpa2(SSID, bssid, psk())
    }
}

fn network(akm: Akm) -> Network {
    Network::with(7, Impairments::default(), config(akm, BSSID, &Arc::default()))
}

fn user(offers: impl Fn() -> Vec<Box<dyn Offer>> + Send + Sync + 'static) -> OneXProfile {
    OneXProfile::new(move |_| Profile {
        identity: Some(b"alice".to_vec()),
        offers: offers(),
        needs_keys: true,
    })
    .with_user(b"alice", &[])
}

fn alice(password: &'static str) -> OneXProfile {
    user(move || {
        vec![Box::new(mschapv2::Mschapv2 {
            user: None,
            password: Some(password.into()),
        })]
    })
    .with_user(b"alice", password.as_bytes())
}

/// Alice with a method that makes as much of a key as the AKM takes.
fn alice_of(akm: Akm, password: &'static str) -> OneXProfile {
    match akm {
        Akm::FT_EAP | Akm::EAP_SUITE_B_192 | Akm::FT_EAP_SHA384 => user(move || {
            vec![Box::new(Pwd {
                password: Some(password.into()),
            })]
        })
        .with_user(b"alice", password.as_bytes()),
        _ => alice(password),
    }
}

fn profile() -> SecurityFragment {
    SecurityFragment::new(Secret::OneX)
}

/// Connects; the last event is the outcome.
fn connect(network: &mut Network, user: OneXProfile) -> (Outcome, Vec<Event>) {
    network.connect_as(&profile(), user);
    let until = network.world.now() + LONG;
    let events = network.world.run(until, |event| matches!(event.kind, Kind::Outcome(_)));
    let outcome = events.iter().find_map(|event| match event.kind {
        Kind::Outcome(outcome) => Some(outcome),
        _ => None,
    });
    assert_eq!(broken(&events), 0, "{events:?}");
    network.hear(Duration::from_millis(300));
    (outcome.unwrap(), events)
}

fn count(events: &[Event], what: impl Fn(&Kind) -> bool) -> usize {
    events.iter().filter(|event| what(&event.kind)).count()
}

fn broken(events: &[Event]) -> usize {
    count(events, |kind| matches!(kind, Kind::RuleBroken { .. }))
}

fn authentications(events: &[Event]) -> usize {
    count(events, |kind| matches!(kind, Kind::OnexStarted {}))
}

fn pairwise_keys(events: &[Event]) -> usize {
    count(events, |kind| matches!(kind, Kind::PairwiseKeyInstalled { .. }))
}

fn send_away(network: &mut Network) {
    network
        .world
        .simulation
        .deauthenticate(network.access_point, network.address, ReasonCode(3));
    network.hear(Duration::from_millis(50));
    assert!(!network.is_authorized());
}

/// A network with an open port.
fn open(password: impl Fn() -> &'static str + Send + Sync + 'static) -> Network {
    let mut config = config(Akm::EAP_SHA256, BSSID, &Arc::default());
    config.secrets.eap = Some(server(password));
    let mut network = Network::with(7, Impairments::default(), config);
    assert_eq!(connect(&mut network, alice(PASSWORD)).0, Outcome::Authorized);
    network
}

#[test]
fn a_user_is_let_in_under_every_akm_of_802_1x() {
    for akm in AKMS {
        let mut network = network(akm);
        let (outcome, events) = connect(&mut network, alice_of(akm, PASSWORD));
        assert_eq!(outcome, Outcome::Authorized, "{akm}");
        // The access point asks by itself, so that nobody has to ask it to.
        assert_eq!(authentications(&events), 1, "{akm}");
        let starts = count(&events, |kind| matches!(kind, Kind::PacketSent { octets: 4, .. }));
        assert_eq!(starts, 0, "{akm}");
    }
}

#[test]
fn the_key_of_one_user_lets_in_no_other_nor_the_same_with_another_password() {
    let mut network = network(Akm::EAP_SHA256);
    assert_eq!(connect(&mut network, alice(PASSWORD)).0, Outcome::Authorized);
    let unknown = || {
        OneXProfile::new(|_| Profile {
            identity: None,
            offers: Vec::new(),
            needs_keys: true,
        })
    };
    for other in [
        alice("another word"),
        alice(PASSWORD).with_user(b"bob", PASSWORD.as_bytes()),
        unknown(),
    ] {
        send_away(&mut network);
        let now = network.world.now();
        network.connect_as(&profile(), other);
        let events = network.world.run(now + LONG, |event| {
            matches!(event.kind, Kind::OnexStarted {} | Kind::Outcome(_))
        });
        assert_eq!(authentications(&events), 1, "{events:?}");
        network.world.host.disconnect(network.world.now(), network.adapter);
        network.hear(Duration::from_millis(300));
    }
    // The key of the first one still serves the first one.
    let (outcome, events) = connect(&mut network, alice(PASSWORD));
    assert_eq!((outcome, authentications(&events)), (Outcome::Authorized, 0));
}

#[test]
fn on_return_the_key_is_named_and_nobody_is_asked_again() {
    for akm in [Akm::EAP, Akm::EAP_SHA256, Akm::EAP_SUITE_B, Akm::EAP_SUITE_B_192] {
        let mut network = network(akm);
        connect(&mut network, alice_of(akm, PASSWORD));
        send_away(&mut network);
        let (outcome, events) = connect(&mut network, alice_of(akm, PASSWORD));
        assert_eq!((outcome, authentications(&events)), (Outcome::Authorized, 0), "{akm}");
    }
}

#[test]
fn an_access_point_that_does_not_know_the_key_any_more_asks_again() {
    let mut network = network(Akm::EAP_SHA256);
    connect(&mut network, alice(PASSWORD));
    network.world.simulation.switch_off(network.access_point);
    network.world.simulation.switch_on(network.access_point);
    let now = network.world.now();
    network.world.host.disconnect(now, network.adapter);
    network.hear(Duration::from_millis(50));
    let (outcome, events) = connect(&mut network, alice(PASSWORD));
    assert_eq!((outcome, authentications(&events)), (Outcome::Authorized, 1));
    // What it has left takes the place of the key that was useless.
    send_away(&mut network);
    let (outcome, events) = connect(&mut network, alice(PASSWORD));
    assert_eq!((outcome, authentications(&events)), (Outcome::Authorized, 0));
}

#[test]
fn an_access_point_that_authenticates_again_changes_the_key_of_a_port_that_stays_open() {
    for akm in AKMS {
        let mut network = network(akm);
        connect(&mut network, alice_of(akm, PASSWORD));
        let (access_point, address) = (network.access_point, network.address);
        network.world.simulation.reauthenticate(access_point, address);
        let events = network.hear(Duration::from_millis(300));
        assert_eq!(
            (authentications(&events), pairwise_keys(&events)),
            (1, 1),
            "{akm}: {events:?}"
        );
        assert_eq!(broken(&events), 0, "{akm}: {events:?}");
        let closed = count(&events, |kind| matches!(kind, Kind::PortDeauthorized {}));
        assert!(network.is_authorized() && closed == 0, "{akm}");
        let before = network.world.simulation.traffic(network.station).received;
        assert!(network.world.simulation.send_data(network.station, b"ping"));
        network.hear(Duration::from_millis(50));
        assert_eq!(
            network.world.simulation.traffic(network.station).received,
            before + 1,
            "{akm}"
        );
    }
}

#[test]
fn a_station_renews_its_authentication_before_the_key_expires() {
    let mut network = network(Akm::EAP_SHA256);
    connect(&mut network, alice(PASSWORD));
    let events = network.hear(Duration::from_secs(43_200 / 10 * 7));
    assert_eq!((authentications(&events), pairwise_keys(&events)), (1, 1), "{events:?}");
    assert!(network.is_authorized());
}

#[test]
fn after_the_first_authentication_a_station_moves_without_another() {
    for akm in [Akm::FT_EAP, Akm::FT_EAP_SHA384] {
        let keys = Arc::default();
        let mut network = Network::with(3, Impairments::default(), config(akm, BSSID, &keys));
        connect(&mut network, alice_of(akm, PASSWORD));
        network.world.simulation.add_access_point(config(akm, OTHER, &keys));
        let now = network.world.now();
        network.world.host.roam(now, network.adapter, Some(OTHER)).unwrap();
        let events = network.hear(Duration::from_millis(300));
        assert_eq!((authentications(&events), broken(&events)), (0, 0), "{akm}: {events:?}");
        let port = network.world.host.port(network.adapter, OTHER);
        assert!(port.is_some_and(|port| port.authorized), "{akm}: {events:?}");
    }
}

#[test]
fn a_wrong_password_and_a_method_without_keys_each_have_their_outcome() {
    let (outcome, _) = connect(&mut network(Akm::EAP), alice("wrong"));
    assert_eq!(outcome, Outcome::OneX(OneXFailure::Credentials));
    let md5 = user(|| {
        vec![Box::new(md5::Md5Challenge {
            password: Some(PASSWORD.into()),
        })]
    });
    let (outcome, _) = connect(&mut network(Akm::EAP), md5);
    assert_eq!(outcome, Outcome::OneX(OneXFailure::NoCommonMethod));
}

#[test]
fn an_akm_that_takes_more_of_a_key_than_the_method_makes_opens_no_port() {
    for akm in [Akm::FT_EAP, Akm::EAP_SUITE_B_192, Akm::FT_EAP_SHA384] {
        let (outcome, _) = connect(&mut network(akm), alice(PASSWORD));
        assert_eq!(outcome, Outcome::OneX(OneXFailure::NoKeys), "{akm}");
    }
}

/// What comes of PEAP with a server whose keys are of 128 bits, for ECDSA.
fn connect_by_peap(akm: Akm) -> Outcome {
    connect_by_peap_of(akm, &PKCS_ECDSA_P256_SHA256)
}

/// What comes of PEAP with a server whose keys are for this algorithm.
fn connect_by_peap_of(akm: Akm, algorithm: &'static SignatureAlgorithm) -> Outcome {
    /// When certificates are valid.
    const EPOCH: Duration = Duration::from_secs(1_800_000_000);
    let authority = Authority::with_keys("Authority", algorithm);
    let certified = authority.issue(SERVER_NAME, |_| {});
    let identity = ServerIdentity::from_pem(certified.certificate.as_bytes(), certified.key.as_bytes()).unwrap();
    let server = TlsServer::new(identity, None, Versions::Both).unwrap();
    let mut config = config(akm, BSSID, &Arc::default());
    config.secrets.eap = Some(EapServer::new(EPOCH, move || {
        vec![Box::new(server::peap::Peap {
            server: Arc::clone(&server),
            password: PASSWORD.into(),
            version: server::peap::Version::V0,
            binds: true,
        })]
    }));
    let anchors = Anchors::from_pem(authority.pem.as_bytes()).unwrap();
    let trust = Trust::Authorities(Authorities::new(anchors, Names::Exact(SERVER_NAME.into())).unwrap());
    let client = Client::new(Settings::new(trust)).unwrap();
    let user = OneXProfile::new(move |strength| Profile {
        identity: Some(b"alice".to_vec()),
        offers: vec![Box::new(Peap {
            client: client.strengthened(strength).unwrap(),
            inner: Inner {
                identity: None,
                password: Some(PASSWORD.into()),
                methods: vec![InnerMethod::Mschapv2],
            },
            demand: BindingDemand::Required,
        })],
        needs_keys: true,
    });
    let mut network = Network::with(7, Impairments::default(), config);
    network
        .world
        .host
        .lend_onex(Duration::ZERO, EPOCH, ChaCha20Rng::seed_from_u64(1));
    connect(&mut network, user).0
}

#[test]
fn a_tunnel_makes_the_key_of_fast_transition() {
    assert_eq!(connect_by_peap(Akm::FT_EAP), Outcome::Authorized);
}

#[test]
fn a_network_with_192_bit_security_has_its_server_refused_for_a_weaker_certificate() {
    for akm in [Akm::EAP_SUITE_B_192, Akm::FT_EAP_SHA384] {
        assert_eq!(connect_by_peap(akm), Outcome::OneX(OneXFailure::NoSafeTls), "{akm}");
    }
    assert_eq!(connect_by_peap(Akm::EAP_SUITE_B), Outcome::Authorized);
}

#[test]
fn a_network_of_suite_b_has_its_server_refused_for_a_certificate_of_another_kind() {
    for (akm, outcome) in [
        (Akm::EAP_SHA256, Outcome::Authorized),
        (Akm::EAP_SUITE_B, Outcome::OneX(OneXFailure::NoSafeTls)),
    ] {
        assert_eq!(connect_by_peap_of(akm, &PKCS_ED25519), outcome, "{akm}");
    }
}

#[test]
fn an_authentication_that_fails_on_an_open_port_ends_the_association_and_says_why() {
    let password = Arc::new(Mutex::new(PASSWORD));
    let known = Arc::clone(&password);
    let mut network = open(move || *known.lock().unwrap());
    *password.lock().unwrap() = "another since";
    network
        .world
        .simulation
        .reauthenticate(network.access_point, network.address);
    let events = network.hear(Duration::from_millis(300));
    let outcome = Kind::Outcome(Outcome::OneX(OneXFailure::Credentials));
    assert_eq!(count(&events, |kind| *kind == outcome), 1, "{events:?}");
    assert_eq!(network.world.host.port(network.adapter, BSSID), None);
    // Whoever runs the host may go on from there.
    *password.lock().unwrap() = PASSWORD;
    assert_eq!(connect(&mut network, alice(PASSWORD)).0, Outcome::Authorized);
}

#[test]
fn a_user_who_logs_off_leaves_no_open_port_and_no_key_behind() {
    let mut network = open(|| PASSWORD);
    let change = SessionChange {
        event: SessionChange::LOGOFF,
        session_id: 1,
    };
    let now = network.world.now();
    network.world.host.session_change(now, change).unwrap();
    let events = network.hear(Duration::from_millis(50));
    let left = Kind::Outcome(Outcome::OneX(OneXFailure::UserLeft));
    assert_eq!(count(&events, |kind| *kind == left), 1, "{events:?}");
    assert_eq!(network.world.host.port(network.adapter, BSSID), None);
    let (outcome, events) = connect(&mut network, alice(PASSWORD));
    assert_eq!((outcome, authentications(&events)), (Outcome::Authorized, 1));
}

#[test]
fn on_a_bad_medium_the_authentication_is_repeated_until_it_succeeds() {
    let impairments = Impairments {
        loss: 0.05,
        duplication: 0.1,
        reordering: 0.1,
        ..Impairments::default()
    };
    let authorized = (0..20)
        .filter(|seed| {
            let mut network = Network::with(*seed, impairments, config(Akm::EAP_SHA256, BSSID, &Arc::default()));
            network.connect_as(&profile(), alice(PASSWORD));
            network.world.run(LONG, |event| matches!(event.kind, Kind::Outcome(_)));
            network.is_authorized()
        })
        .count();
    assert!(authorized >= 15, "{authorized} of 20");
}
