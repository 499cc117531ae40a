//! Opportunistic key caching: an access point lets a user in by the key that another one of the network has made.

use super::*;
use adapter::simulated::{Fate, SharedKeys};
use frame::StatusCode;
use frame::dot11::{Frame, FrameType, Management};
use frame::eapol_key::MessageName;
use frame::element::{self, id};
use frame::rsne::Rsne;
use host::NetworkProfile;
use ihv::ConnectivityProfile;
use portcullis::inspect::{self, Remark};
use portcullis_tests::eapol_message;

/// The suites whose keys have a name at every access point.
const NAMED_EVERYWHERE: [Akm; 2] = [Akm::EAP, Akm::EAP_SHA256];
const THIRD: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa2]);

/// An access point that shares its keys, if it is given something to share them by.
fn sharing(akm: Akm, bssid: MacAddress, shared: Option<&SharedKeys>) -> AccessPointConfig {
    AccessPointConfig {
        shared_keys: shared.cloned(),
        ..config(akm, bssid, &Arc::default())
    }
}

/// A station with an open port at the first of two access points. They share their keys, if they are given something
/// to share them by.
fn connected(akm: Akm, shared: Option<&SharedKeys>) -> Network {
    let mut network = Network::with(5, Impairments::default(), sharing(akm, BSSID, shared));
    let (outcome, _) = connect(&mut network, alice_of(akm, PASSWORD));
    assert_eq!(outcome, Outcome::Authorized);
    network.world.simulation.add_access_point(sharing(akm, OTHER, shared));
    network
}

fn roam(network: &mut Network, to: MacAddress) -> Vec<Event> {
    let now = network.world.now();
    network.world.host.roam(now, network.adapter, Some(to)).unwrap();
    // An access point that still has the station's keys asks it first whether it means that.
    let events = network.hear(Duration::from_secs(2));
    assert_eq!(broken(&events), 0, "{events:?}");
    events
}

/// Connects to this access point, when the one before has gone.
fn move_by_reconnecting(network: &mut Network, security: &SecurityFragment, ssid: &[u8], to: MacAddress) -> Vec<Event> {
    let now = network.world.now();
    network.world.host.disconnect(now, network.adapter);
    network.hear(Duration::from_millis(50));
    let profile = NetworkProfile {
        ssid: ssid.to_vec(),
        bssid: Some(to),
        connectivity: ConnectivityProfile::default(),
        security: security.to_profile(),
        onex: Some(alice(PASSWORD)),
    };
    let now = network.world.now();
    network.world.host.connect(now, network.adapter, profile).unwrap();
    network.hear(LONG)
}

fn is_open(network: &Network, peer: MacAddress) -> bool {
    let port = network.world.host.port(network.adapter, peer);
    port.is_some_and(|port| port.authorized)
}

fn data_passes(network: &mut Network) -> bool {
    let before = network.world.simulation.traffic(network.station).received;
    assert!(network.world.simulation.send_data(network.station, b"ping"));
    network.hear(Duration::from_millis(50));
    network.world.simulation.traffic(network.station).received == before + 1
}

/// How many keys the request to associate names, if the frame is one.
fn named_keys(frame: &[u8]) -> Option<usize> {
    let frame = Frame::parse(frame).ok()?;
    let control = frame.header.frame_control;
    let elements = match Management::parse(control.subtype(), frame.body).ok()? {
        _ if control.frame_type() != FrameType::Management => return None,
        Management::AssociationRequest(request) => request.elements,
        Management::ReassociationRequest { request, .. } => request.elements,
        _ => return None,
    };
    let rsne = element::find(elements, id::RSN).ok()??;
    Some(Rsne::parse(rsne.body).ok()?.pmkids_or_default().len())
}

/// Keeps how many keys each request to associate has named, from now on.
fn watch_names(network: &mut Network) -> Arc<Mutex<Vec<usize>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    network.world.simulation.set_tap(move |_, frame| {
        kept.lock().unwrap().extend(named_keys(frame));
        Fate::Pass
    });
    seen
}

#[test]
fn an_access_point_that_shares_the_key_of_another_lets_the_user_in_by_it() {
    for akm in NAMED_EVERYWHERE {
        let shared = SharedKeys::default();
        let mut network = connected(akm, Some(&shared));
        let events = roam(&mut network, OTHER);
        assert_eq!(
            (authentications(&events), pairwise_keys(&events)),
            (0, 1),
            "{akm}: {events:?}"
        );
        assert!(is_open(&network, OTHER) && !is_open(&network, BSSID), "{akm}");
        assert!(data_passes(&mut network), "{akm}");
        // It is the same key, at a third one, too.
        network
            .world
            .simulation
            .add_access_point(sharing(akm, THIRD, Some(&shared)));
        let events = roam(&mut network, THIRD);
        assert_eq!((authentications(&events), is_open(&network, THIRD)), (0, true), "{akm}");
    }
}

#[test]
fn a_station_that_connects_anew_elsewhere_offers_the_key_as_well() {
    let shared = SharedKeys::default();
    let mut network = connected(Akm::EAP_SHA256, Some(&shared));
    let events = move_by_reconnecting(&mut network, &profile(), SSID, OTHER);
    assert_eq!((authentications(&events), is_open(&network, OTHER)), (0, true));
}

#[test]
fn an_access_point_that_does_not_share_keys_authenticates_the_user_itself() {
    for akm in NAMED_EVERYWHERE {
        let mut network = connected(akm, None);
        let names = watch_names(&mut network);
        let events = roam(&mut network, OTHER);
        assert_eq!(authentications(&events), 1, "{akm}: {events:?}");
        assert!(is_open(&network, OTHER) && data_passes(&mut network), "{akm}");
        // Either has its own key from now on.
        let mut events = roam(&mut network, BSSID);
        events.extend(roam(&mut network, OTHER));
        assert_eq!((authentications(&events), is_open(&network, OTHER)), (0, true), "{akm}");
        assert!(names.lock().unwrap().iter().all(|names| *names == 1), "{akm}");
    }
}

/// What an observer without a secret says of the key that the station names at the other access point: it was taken, or
/// not. `change` is what becomes of the frames on their way to him.
fn observed(shared: Option<&SharedKeys>, change: impl Fn(&mut Vec<u8>)) -> [bool; 2] {
    let mut network = connected(Akm::EAP_SHA256, shared);
    let air = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let tapped = Arc::clone(&air);
    network.world.simulation.set_tap(move |_, frame| {
        tapped.lock().unwrap().push(frame.clone());
        Fate::Pass
    });
    roam(&mut network, OTHER);
    let mut secrets = inspect::Secrets::default();
    let mut inspector = inspect::Inspector::new(&mut secrets);
    for (octets, number) in air.lock().unwrap().iter_mut().zip(1..) {
        change(octets);
        inspector.feed(&adapter::replay::Frame {
            number,
            time_us: number,
            link: adapter::replay::Link::Dot11(octets),
        });
    }
    let operation = inspector.finish().find(|operation| operation.bssid == OTHER).unwrap();
    let remarks = &operation.verdict.remarks;
    let is_taken = |remark: &Remark| matches!(remark, Remark::KeptKey { .. });
    let is_not = |remark: &Remark| matches!(remark, Remark::KeyNotKept { .. });
    [remarks.iter().any(is_taken), remarks.iter().any(is_not)]
}

#[test]
fn an_observer_without_a_secret_tells_whether_the_key_was_taken() {
    let shared = SharedKeys::default();
    assert_eq!(observed(Some(&shared), |_| ()), [true, false]);
    assert_eq!(observed(None, |_| ()), [false, true]);
}

/// Access points need not name the key in message 1, and messages get lost: who is authenticated anew has not been let in
/// by the key all the same.
#[test]
fn an_observer_believes_an_authentication_whatever_message_1_says() {
    let unnamed = |frame: &mut Vec<u8>| {
        /// What the length of the key data, and that of the packet, stand before: both ends, without the PMKID.
        const PMKID: usize = 22;
        const EMPTY: usize = 95;
        if let Some((_, MessageName::FourWay1)) = eapol_message(frame) {
            frame.truncate(frame.len() - PMKID);
            let pdu = frame.len() - EMPTY - 4;
            frame[pdu + 2..pdu + 4].copy_from_slice(&(EMPTY as u16).to_be_bytes());
            let end = frame.len();
            frame[end - 2..].fill(0);
        }
    };
    let shared = SharedKeys::default();
    assert_eq!(observed(Some(&shared), unnamed), [true, false]);
    assert_eq!(observed(None, unnamed), [false, true]);
}

#[test]
fn a_suite_whose_keys_have_no_name_elsewhere_offers_none() {
    for akm in [Akm::EAP_SUITE_B, Akm::EAP_SUITE_B_192] {
        let mut network = connected(akm, Some(&SharedKeys::default()));
        let names = watch_names(&mut network);
        let events = roam(&mut network, OTHER);
        assert_eq!((authentications(&events), is_open(&network, OTHER)), (1, true), "{akm}");
        assert_eq!(*names.lock().unwrap(), [0], "{akm}");
    }
}

#[test]
fn a_user_who_does_not_want_it_is_authenticated_by_every_access_point() {
    let shared = SharedKeys::default();
    let mut network = connected(Akm::EAP, Some(&shared));
    let names = watch_names(&mut network);
    let security = profile().with_own_keys(true);
    let events = move_by_reconnecting(&mut network, &security, SSID, OTHER);
    assert_eq!((authentications(&events), is_open(&network, OTHER)), (1, true));
    // The key that this access point has made itself is named to it all the same.
    let events = move_by_reconnecting(&mut network, &security, SSID, OTHER);
    assert_eq!((authentications(&events), is_open(&network, OTHER)), (0, true));
    assert_eq!(*names.lock().unwrap(), [0, 1]);
}

#[test]
fn another_network_is_not_offered_the_key() {
    let mut network = connected(Akm::EAP, None);
    let elsewhere = AccessPointConfig {
        ssid: b"elsewhere".to_vec(),
        ..sharing(Akm::EAP, THIRD, None)
    };
    network.world.simulation.add_access_point(elsewhere);
    let names = watch_names(&mut network);
    let events = move_by_reconnecting(&mut network, &profile(), b"elsewhere", THIRD);
    assert_eq!((authentications(&events), is_open(&network, THIRD)), (1, true));
    assert_eq!(*names.lock().unwrap(), [0]);
}

#[test]
fn an_access_point_that_refuses_the_key_is_asked_once_more_without_it() {
    let mut network = connected(Akm::EAP_SHA256, None);
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    network.world.simulation.set_tap(move |_, frame| {
        const RESPONSES: [u8; 2] = [0x10, 0x30];
        let mut seen = seen.lock().unwrap();
        seen.extend(named_keys(frame));
        if seen.last() == Some(&1) && RESPONSES.contains(&frame[0]) {
            frame[26..28].copy_from_slice(&StatusCode::INVALID_PMKID.0.to_le_bytes());
        }
        Fate::Pass
    });
    let events = move_by_reconnecting(&mut network, &profile(), SSID, OTHER);
    assert!(is_open(&network, OTHER), "{events:?}");
    assert_eq!(*requests.lock().unwrap(), [1, 0]);
}

#[test]
fn a_first_message_that_names_another_key_leads_to_an_authentication_at_once() {
    let shared = SharedKeys::default();
    let mut network = connected(Akm::EAP_SHA256, Some(&shared));
    let mut forged = false;
    network.world.simulation.set_tap(move |_, frame| {
        if let (Some((_, MessageName::FourWay1)), false) = (eapol_message(frame), forged) {
            forged = true;
            *frame.last_mut().unwrap() ^= 1;
        }
        Fate::Pass
    });
    let start = network.world.now();
    let events = roam(&mut network, OTHER);
    assert_eq!(authentications(&events), 1, "{events:?}");
    assert!(is_open(&network, OTHER), "{events:?}");
    let opened = events
        .iter()
        .find(|event| matches!(event.kind, Kind::PortAuthorized { .. }));
    assert!(opened.unwrap().time - start < Duration::from_millis(200));
}

#[test]
fn an_access_point_that_names_the_key_and_does_not_have_it_is_not_offered_it_again() {
    let shared = SharedKeys::default();
    let mut network = connected(Akm::EAP_SHA256, Some(&shared));
    // Nothing that it says after message 1 is heard.
    network.world.simulation.set_tap(|_, frame| match eapol_message(frame) {
        Some((_, MessageName::FourWay3)) => Fate::Drop,
        _ => Fate::Pass,
    });
    let events = move_by_reconnecting(&mut network, &profile(), SSID, OTHER);
    assert_eq!(authentications(&events), 0);
    assert!(!is_open(&network, OTHER));
    let names = watch_names(&mut network);
    let events = move_by_reconnecting(&mut network, &profile(), SSID, OTHER);
    assert_eq!((authentications(&events), is_open(&network, OTHER)), (1, true));
    assert_eq!(*names.lock().unwrap(), [0]);
}

#[test]
fn a_key_that_was_offered_lives_no_longer_than_where_it_was_made() {
    let shared = SharedKeys::default();
    let mut network = connected(Akm::EAP, Some(&shared));
    // 10 000 s on, it is taken elsewhere; at 30 240 s, 70 % of its life are over.
    network.hear(Duration::from_secs(10_000));
    roam(&mut network, OTHER);
    let events = network.hear(Duration::from_secs(20_000));
    assert_eq!(authentications(&events), 0);
    let events = network.hear(Duration::from_secs(300));
    assert_eq!((authentications(&events), is_open(&network, OTHER)), (1, true));
}
