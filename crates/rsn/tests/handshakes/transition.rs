//! Fast transition: the first association in a mobility domain, and moves within it.

use core::time::Duration;
use frame::mde::{FtCapability, MobilityDomain};
use frame::oci::Oci;
use frame::{Akm, Cipher, MacAddress, StatusCode};
use keys::suites::AkmSuite;
use keys::{Passphrase, Pmk, Psk};
use portcullis_rsn::ft::{AccessPoint, Hierarchy, KeyHolder, Limits, Mobility, Refusal, Responder, Target, Transition};
use portcullis_rsn::{Association, Authenticator, Effects, Elements, Facts, GroupKeys, RetryPolicy, Supplicant};
use proptest::prelude::*;

use crate::bench::*;

const SECOND: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xc]);
const DOMAIN: MobilityDomain = MobilityDomain {
    id: [0xa1, 0xb2],
    capability: FtCapability(1),
};
const FT_PSK: Network = Network {
    akm: Akm::FT_PSK,
    ..WPA2
};
const CHANNEL: Oci = Oci {
    operating_class: 81,
    primary_channel: 6,
    frequency_segment_1: 0,
};

/// Every suite with fast transition, with what goes with it.
fn networks() -> Vec<Network> {
    let suite_b = Network {
        akm: Akm::FT_EAP_SHA384,
        pairwise: Cipher::GCMP_256,
        group: Cipher::GCMP_256,
        management: Some(Cipher::BIP_GMAC_256),
        pmk_len: 48,
        ..WPA2
    };
    let sae = Network {
        akm: Akm::FT_SAE,
        ..PROTECTED
    };
    let extended = |pmk_len| Network {
        akm: Akm::FT_SAE_EXT_KEY,
        pmk_len,
        ..PROTECTED
    };
    let psk_sha384 = Network {
        akm: Akm::FT_PSK_SHA384,
        ..PROTECTED
    };
    let eap = Network {
        akm: Akm::FT_EAP,
        ..WPA2
    };
    vec![
        FT_PSK,
        eap,
        suite_b,
        sae,
        psk_sha384,
        extended(32),
        extended(48),
        extended(64),
    ]
}

fn facts(network: Network) -> Facts {
    let mobility = Mobility::initial(network.suite(), b"portcullis", DOMAIN, b"r0.example", ACCESS_POINT).unwrap();
    Facts {
        mobility: Some(Box::new(mobility)),
        channel: None,
    }
}

fn associate(network: Network, facts: Facts) -> Association {
    let elements = network.elements();
    Association::negotiate_with(ACCESS_POINT, STATION, elements.clone(), elements, facts).unwrap()
}

/// The two sides of a first association, complete.
fn first(network: Network) -> (Ap, Station) {
    let (mut ap, mut station) = pair(network, facts(network), facts(network));
    let (at_station, at_ap) = complete(&mut ap, &mut station);
    assert!(completed(&at_station) && completed(&at_ap), "{network:?}");
    assert_eq!(at_station[1], at_ap[0], "both install the same pairwise key");
    (ap, station)
}

fn pair(network: Network, at_ap: Facts, at_station: Facts) -> (Ap, Station) {
    let supplicant = Supplicant::new(associate(network, at_station), network.pmk()).unwrap();
    let keys = network.group_keys(0);
    let authenticator =
        Authenticator::new(associate(network, at_ap), network.pmk(), &keys, RetryPolicy::default()).unwrap();
    let ap = Ap {
        authenticator,
        rng: rng(0xa9),
        now: NOW,
    };
    let station = Station {
        supplicant,
        rng: rng(0x57a),
    };
    (ap, station)
}

/// What the access point has when the station has come: the response is to be sent.
type Arrival = (Authenticator, Box<[u8]>, Vec<Seen>);

/// A station that moves to the second access point.
struct Move {
    transition: Transition,
    access_point: AccessPoint,
    holder: KeyHolder,
    group_keys: GroupKeys,
}

impl Move {
    fn new(network: Network) -> Self {
        let mobility = facts(network).mobility.unwrap();
        let hierarchy = Hierarchy::derive(network.suite(), &network.pmk(), &mobility, STATION).unwrap();
        let transition = transition(network, &hierarchy);
        let mut holder = KeyHolder::new();
        holder.insert(hierarchy);
        Self {
            transition,
            access_point: access_point(network),
            holder,
            group_keys: network.group_keys(1),
        }
    }

    fn answer(&self, request: &[u8]) -> Result<(Responder, Box<[u8]>), Refusal> {
        Responder::answer(&self.access_point, &self.holder, STATION, NOW, request, &mut rng(0xac))
    }

    fn arrive(&self, responder: &mut Responder, request: &[u8]) -> Result<Arrival, Refusal> {
        let mut effects = Effects::new();
        let result =
            responder.handle_reassociation(NOW, request, &self.group_keys, RetryPolicy::default(), &mut effects);
        let effects = seen(&mut effects);
        assert!(result.is_ok() || effects.is_empty(), "a refused frame has no effect");
        result.map(|(authenticator, response)| (authenticator, response, effects))
    }

    fn finish(&mut self, response: &[u8]) -> Result<(Supplicant, Vec<Seen>), Refusal> {
        let mut effects = Effects::new();
        let result = self
            .transition
            .handle_reassociation(NOW, StatusCode::SUCCESS, response, &mut effects);
        let effects = seen(&mut effects);
        assert!(result.is_ok() || effects.is_empty(), "a refused frame has no effect");
        result.map(|supplicant| (supplicant, effects))
    }

    /// The four frames, undisturbed.
    fn frames(&mut self) -> [Box<[u8]>; 4] {
        let request = self.transition.request().unwrap();
        let (mut responder, answer) = self.answer(&request).unwrap();
        let reassociation = self
            .transition
            .handle_response(NOW, StatusCode::SUCCESS, &answer)
            .unwrap();
        let (_, response, _) = self.arrive(&mut responder, &reassociation).unwrap();
        [request, answer, reassociation, response]
    }
}

fn transition(network: Network, hierarchy: &Hierarchy) -> Transition {
    let target = Target {
        bssid: SECOND,
        elements: network.elements(),
        domain: DOMAIN,
        channel: None,
    };
    Transition::new(hierarchy, target, network.elements(), &mut rng(0xb)).unwrap()
}

fn access_point(network: Network) -> AccessPoint {
    AccessPoint {
        bssid: SECOND,
        elements: network.elements(),
        domain: DOMAIN,
        channel: None,
    }
}

#[test]
fn a_station_moves_with_every_suite_and_can_be_rekeyed_afterwards() {
    for network in networks() {
        let (ap, station) = first(network);
        let mut moving = Move::new(network);
        moving.transition = transition(network, station.supplicant.hierarchy().unwrap());
        moving.holder.insert(ap.authenticator.hierarchy().unwrap().duplicate());
        let request = moving.transition.request().unwrap();
        let (mut responder, answer) = moving.answer(&request).unwrap();
        let reassociation = moving
            .transition
            .handle_response(NOW, StatusCode::SUCCESS, &answer)
            .unwrap();
        let (authenticator, response, at_ap) = moving.arrive(&mut responder, &reassociation).unwrap();
        let (supplicant, at_station) = moving.finish(&response).unwrap();

        assert!(completed(&at_ap) && completed(&at_station), "{network:?}");
        assert_eq!(at_ap[0], at_station[0], "the same pairwise key, {network:?}");
        let keys = match network.management {
            None => 2,
            // There is no room for the third group key.
            Some(Cipher::BIP_GMAC_256) => 3,
            Some(_) => 4,
        };
        assert_eq!(installs(&at_station), keys, "{network:?}");

        let mut station = Station {
            supplicant,
            rng: rng(1),
        };
        let mut ap = Ap {
            authenticator,
            rng: rng(2),
            now: NOW,
        };
        let mut effects = Effects::new();
        ap.authenticator
            .rekey_group(NOW, &network.group_keys(2), &mut ap.rng, &mut effects);
        let at_station = station.take(&sent(&seen(&mut effects))).unwrap();
        assert!(installs(&at_station) > 0, "{network:?}");
        ap.take(&sent(&at_station)).unwrap();
        let (at_station, at_ap) = complete(&mut ap, &mut station);
        assert!(completed(&at_station) && completed(&at_ap), "{network:?}");
    }
}

const LIMITS: Limits = Limits {
    key_lifetime: Some(Duration::from_secs(600)),
    reassociation_deadline: Some(Duration::from_micros(1024 * 1000)),
};

/// The two sides of a first association whose access point says [`LIMITS`].
fn first_limited() -> (Ap, Station) {
    let said = facts(FT_PSK)
        .mobility
        .map(|mobility| Box::new(mobility.with_limits(LIMITS)));
    let at_ap = Facts {
        mobility: said,
        ..Facts::default()
    };
    let (mut ap, mut station) = pair(FT_PSK, at_ap, facts(FT_PSK));
    complete(&mut ap, &mut station);
    (ap, station)
}

#[test]
fn a_key_of_the_domain_is_good_on_both_sides_as_long_as_message_3_has_said() {
    let (ap, station) = first_limited();
    let ours = station.supplicant.hierarchy().unwrap();
    assert_eq!(ours.limits(), LIMITS);
    let end = NOW + Duration::from_secs(600);
    let kept = ours.kept(NOW);
    assert!(kept.is_valid(end - Duration::from_millis(1)) && !kept.is_valid(end));
    // A keeper does not make it younger by passing it on.
    assert!(!kept.kept(end).is_valid(end));

    let theirs = ap.authenticator.hierarchy().unwrap();
    let (name, mut holder) = (*theirs.name(), KeyHolder::new());
    holder.insert(theirs.duplicate());
    assert!(holder.find(end - Duration::from_millis(1), STATION, &name).is_some());
    assert!(holder.find(end, STATION, &name).is_none());
}

#[test]
fn a_key_of_a_domain_that_says_nothing_is_good_for_twelve_hours() {
    const TWELVE_HOURS: Duration = Duration::from_secs(43_200);
    let (_, station) = first(FT_PSK);
    let kept = station.supplicant.hierarchy().unwrap().kept(NOW);
    assert!(kept.is_valid(NOW + TWELVE_HOURS - Duration::from_millis(1)) && !kept.is_valid(NOW + TWELVE_HOURS));
}

#[test]
fn a_reassociation_after_the_time_for_it_leads_to_no_key_on_either_side() {
    let late = NOW + Duration::from_millis(1025);
    let (ap, station) = first_limited();
    let mut moving = Move::new(FT_PSK);
    moving.transition = transition(FT_PSK, station.supplicant.hierarchy().unwrap());
    moving.holder.insert(ap.authenticator.hierarchy().unwrap().duplicate());
    let request = moving.transition.request().unwrap();
    let (mut responder, answer) = moving.answer(&request).unwrap();
    let reassociation = moving
        .transition
        .handle_response(NOW, StatusCode::SUCCESS, &answer)
        .unwrap();

    let (keys, mut effects) = (moving.group_keys.duplicate(), Effects::new());
    let refused = responder.handle_reassociation(late, &reassociation, &keys, RetryPolicy::default(), &mut effects);
    assert_eq!(refused.err(), Some(Refusal::Late));
    let (_, response, _) = moving.arrive(&mut responder, &reassociation).unwrap();
    let refused = moving
        .transition
        .handle_reassociation(late, StatusCode::SUCCESS, &response, &mut effects);
    assert_eq!(refused.err(), Some(Refusal::Late));
    assert!(seen(&mut effects).is_empty());
    moving.finish(&response).unwrap();
}

#[test]
fn a_station_moves_on_with_the_same_key_of_the_domain() {
    let (_, station) = first(FT_PSK);
    let hierarchy = station.supplicant.hierarchy().unwrap();
    let [first, second] = [3, 4].map(|seed| {
        let target = Target {
            bssid: SECOND,
            elements: FT_PSK.elements(),
            domain: DOMAIN,
            channel: None,
        };
        Transition::new(hierarchy, target, FT_PSK.elements(), &mut rng(seed))
            .unwrap()
            .request()
            .unwrap()
    });
    assert_ne!(first, second, "every move has its own nonce");
}

#[test]
fn frames_over_the_air_and_over_the_distribution_system_carry_the_same_elements() {
    let moving = Move::new(FT_PSK);
    let elements = moving.transition.request().unwrap();
    assert_eq!(moving.transition.authentication().unwrap()[6..], *elements);
    assert_eq!(moving.transition.authentication().unwrap()[..6], [2, 0, 1, 0, 0, 0]);
    let action = moving.transition.action().unwrap();
    assert_eq!(action[..2], [6, 1]);
    assert_eq!(action[2..8], STATION.0);
    assert_eq!(action[8..14], SECOND.0);
    assert_eq!(action[14..], *elements);
}

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

#[test]
fn a_repeated_reassociation_installs_nothing_on_either_side() {
    let mut moving = Move::new(FT_PSK);
    let request = moving.transition.request().unwrap();
    let (mut responder, answer) = moving.answer(&request).unwrap();
    let reassociation = moving
        .transition
        .handle_response(NOW, StatusCode::SUCCESS, &answer)
        .unwrap();
    let (_, response, _) = moving.arrive(&mut responder, &reassociation).unwrap();
    assert_eq!(
        moving.arrive(&mut responder, &reassociation).err(),
        Some(Refusal::Unexpected)
    );
    assert!(moving.finish(&response).is_ok());
    assert_eq!(moving.finish(&response).err(), Some(Refusal::Unexpected));
}

#[test]
fn a_wrong_key_is_a_wrong_mic_and_told_as_status_55() {
    let mut moving = Move::new(FT_PSK);
    let (mut responder, mut answer) = moving.answer(&moving.transition.request().unwrap()).unwrap();
    // The station derives the PMK-R1 of another key holder.
    let r1kh = answer.windows(6).position(|octets| octets == SECOND.0).unwrap();
    answer[r1kh + 5] ^= 1;
    let reassociation = moving
        .transition
        .handle_response(NOW, StatusCode::SUCCESS, &answer)
        .unwrap();
    let refusal = moving.arrive(&mut responder, &reassociation).err().unwrap();
    assert_eq!((refusal, refusal.status()), (Refusal::Mic, StatusCode::INVALID_FTE));
    let mut effects = Effects::new();
    let result = moving
        .transition
        .handle_reassociation(NOW, refusal.status(), &[], &mut effects);
    assert!(result.err().unwrap().is_wrong_key());
    assert!(effects.is_empty());
}

#[test]
fn a_key_that_nobody_knows_is_told_as_status_53() {
    let mut moving = Move::new(FT_PSK);
    moving.holder = KeyHolder::new();
    let refusal = moving.answer(&moving.transition.request().unwrap()).err().unwrap();
    assert_eq!((refusal, refusal.status()), (Refusal::Pmkid, StatusCode::INVALID_PMKID));
    assert_eq!(
        moving.transition.handle_response(NOW, refusal.status(), &[]),
        Err(Refusal::Refused(StatusCode::INVALID_PMKID))
    );
}

#[test]
fn another_domain_or_policy_is_told_as_status_54() {
    for domain in [
        MobilityDomain { id: [1, 2], ..DOMAIN },
        MobilityDomain {
            capability: FtCapability(0),
            ..DOMAIN
        },
    ] {
        let mut moving = Move::new(FT_PSK);
        moving.access_point.domain = domain;
        let refusal = moving.answer(&moving.transition.request().unwrap()).err().unwrap();
        assert_eq!((refusal, refusal.status()), (Refusal::Mde, StatusCode::INVALID_MDE));
    }
}

#[test]
fn an_access_point_whose_beacon_was_changed_is_found_out_at_the_reassociation() {
    let mut moving = Move::new(PROTECTED_FT);
    let beacon = Elements::new(&PROTECTED_FT.rsne(), Some(&[244, 1, 0x60])).unwrap();
    moving.access_point.elements = beacon;
    let [_, _, _, response] = moving.frames();
    let refusal = moving.finish(&response).err().unwrap();
    assert_eq!(
        refusal,
        Refusal::ElementMismatch(portcullis_rsn::refusal::NegotiatedElement::Rsnxe)
    );
}

const PROTECTED_FT: Network = Network {
    akm: Akm::FT_SAE,
    ..PROTECTED
};

#[test]
fn the_first_handshake_refuses_another_domain_or_key_holder_than_that_of_the_response() {
    let other = |domain, r0kh: &[u8]| Facts {
        mobility: Some(Box::new(
            Mobility::initial(FT_PSK.suite(), b"portcullis", domain, r0kh, ACCESS_POINT).unwrap(),
        )),
        channel: None,
    };
    for facts_of_ap in [
        other(MobilityDomain { id: [9, 9], ..DOMAIN }, b"r0.example"),
        other(DOMAIN, b"r0.elsewhere"),
    ] {
        let (mut ap, mut station) = pair(FT_PSK, facts_of_ap, facts(FT_PSK));
        let message_2 = sent(&station.take(&ap.start()).unwrap());
        // Both enter into the keys, so that the MIC is wrong already.
        assert!(ap.take(&message_2).is_err());
    }
    // The policy does not; it is compared.
    let policy = MobilityDomain {
        capability: FtCapability(0),
        ..DOMAIN
    };
    let (mut ap, mut station) = pair(FT_PSK, other(policy, b"r0.example"), facts(FT_PSK));
    let message_2 = sent(&station.take(&ap.start()).unwrap());
    assert_eq!(
        ap.take(&message_2).err(),
        Some(portcullis_rsn::Refusal::ElementMismatch(
            portcullis_rsn::refusal::NegotiatedElement::Mde
        ))
    );
}

#[test]
fn with_fast_transition_a_pmkid_in_message_1_says_nothing() {
    let network = Network {
        akm: Akm::FT_EAP,
        ..WPA2
    };
    let (_, mut station) = pair(network, facts(network), facts(network));
    let mut draft = Draft::message_1(1, [1; 32]);
    // Key descriptor version 3.
    draft.info = 0x008b;
    draft.key_data = hex("dd14000fac0400112233445566778899aabbccddeeff");
    assert!(station.take(&draft.unsealed()).is_ok());
}

#[test]
fn a_peer_on_another_channel_is_refused_in_the_handshake() {
    let with_channel = |channel| {
        let capabilities = frame::rsne::RsnCapabilities::default()
            .with_mfpc(true)
            .with_mfpr(true)
            .with_ocvc(true);
        let mut rsne = PROTECTED_FT.rsne();
        rsne[20..22].copy_from_slice(&capabilities.0.to_le_bytes());
        let elements = Elements::new(&rsne, None).unwrap();
        let facts = Facts {
            channel: Some(channel),
            ..facts(PROTECTED_FT)
        };
        Association::negotiate_with(ACCESS_POINT, STATION, elements.clone(), elements, facts).unwrap()
    };
    let elsewhere = Oci {
        primary_channel: 11,
        ..CHANNEL
    };
    for (at_station, at_ap) in [(CHANNEL, CHANNEL), (elsewhere, CHANNEL)] {
        let mut station = Station {
            supplicant: Supplicant::new(with_channel(at_station), PROTECTED_FT.pmk()).unwrap(),
            rng: rng(1),
        };
        let keys = PROTECTED_FT.group_keys(0);
        let mut ap = Ap {
            authenticator: Authenticator::new(with_channel(at_ap), PROTECTED_FT.pmk(), &keys, RetryPolicy::default())
                .unwrap(),
            rng: rng(2),
            now: NOW,
        };
        let message_2 = sent(&station.take(&ap.start()).unwrap());
        if at_station != at_ap {
            assert_eq!(ap.take(&message_2), Err(portcullis_rsn::Refusal::Channel));
            continue;
        }
        let message_3 = sent(&ap.take(&message_2).unwrap());
        let at_station = station.take(&message_3).unwrap();
        assert!(completed(&ap.take(&sent(&at_station)).unwrap()));
        let mut effects = Effects::new();
        ap.authenticator
            .rekey_group(NOW, &PROTECTED_FT.group_keys(1), &mut ap.rng, &mut effects);
        let at_station = station.take(&sent(&seen(&mut effects))).unwrap();
        assert!(ap.take(&sent(&at_station)).is_ok());

        // Whoever has moved alone does not believe the other until it has moved, too.
        ap.authenticator
            .rekey_group(NOW, &PROTECTED_FT.group_keys(2), &mut ap.rng, &mut effects);
        let message_1 = sent(&seen(&mut effects));
        station.supplicant.move_to(elsewhere);
        assert_eq!(station.take(&message_1), Err(portcullis_rsn::Refusal::Channel));
        station.supplicant.move_to(CHANNEL);
        assert!(station.take(&message_1).is_ok());
    }
}

#[test]
fn modes_of_transition_that_are_turned_off_are_told_once() {
    let (ap, mut station) = pair(FT_PSK, facts(FT_PSK), facts(FT_PSK));
    let mut ap = Ap {
        authenticator: ap.authenticator.with_transition_disabled(0b1001),
        ..ap
    };
    let (at_station, _) = complete(&mut ap, &mut station);
    assert!(at_station.contains(&Seen::Other("TransitionDisabled(9)".into())));
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

/// Wireshark 4.0.17, `test/captures/wpa2-ft-psk.pcapng.gz`: frames 24 to 27, the elements.
mod captured {
    use super::*;

    const STA: MacAddress = MacAddress([2, 0, 0, 0, 2, 0]);
    const TARGET: MacAddress = MacAddress([2, 0, 0, 0, 1, 0]);
    const RSNE: &str = "30140100000fac040100000fac040100000fac040000";
    const BEACON: &str = "30140100000fac040100000fac040100000fac040c00";
    const REQUEST: &str = "30260100000fac040100000fac040100000fac0400000100ccfb899605e2f69a58001b43662ad588
        3603010201
        375f0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
        bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f030b6b616e73747275702d6674";
    const ANSWER: &str = "30260100000fac040100000fac040100000fac040c000100ccfb899605e2f69a58001b43662ad588
        3603010201
        3767000000000000000000000000000000000000f4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
        bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f0106020000000100030b6b616e73747275702d6674";
    const REASSOCIATION: &str = "30260100000fac040100000fac040100000fac0400000100685b0e6bb2b369760656c4b3e5a3cfd0
        3603010201
        37670003fd916881e1de2b5a1bd296d041e871def4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
        bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f0106020000000100030b6b616e73747275702d6674";
    const RESPONSE: &str = "30260100000fac040100000fac040100000fac040c000100685b0e6bb2b369760656c4b3e5a3cfd0
        3603010201
        378c00033244a6b4ea222016ed7a5aacb075c0faf4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461
        bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f0106020000000100030b6b616e73747275702d6674
        02230100100000000000000000 73ed2d1be3df8d6c294b77f90a05e3482e88ae317556d6c1";

    /// Yields given octets.
    struct Scripted(Vec<u8>);

    impl rand_core::TryRng for Scripted {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            panic!("only octets are asked for")
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            panic!("only octets are asked for")
        }

        fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
            octets.copy_from_slice(&self.0);
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Scripted {}

    fn octets(text: &str) -> Vec<u8> {
        hex(&text.split_whitespace().collect::<String>())
    }

    fn hierarchy() -> Hierarchy {
        let psk = Psk::from_passphrase(&Passphrase::new(b"12345678").unwrap(), b"wireshark-ft-psk");
        let suite = AkmSuite::of(Akm::FT_PSK).unwrap();
        let domain = MobilityDomain {
            id: [1, 2],
            capability: FtCapability(1),
        };
        let mobility = Mobility::initial(suite, b"wireshark-ft-psk", domain, b"kanstrup-ft", TARGET).unwrap();
        Hierarchy::derive(suite, &Pmk::from(&psk), &mobility, STA).unwrap()
    }

    #[test]
    fn the_station_says_what_the_captured_one_said_and_takes_what_it_was_told() {
        let hierarchy = hierarchy();
        let target = Target {
            bssid: TARGET,
            elements: Elements::new(&octets(BEACON), None).unwrap(),
            domain: hierarchy.domain(),
            channel: None,
        };
        let snonce = octets("bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f");
        let station = Elements::new(&octets(RSNE), None).unwrap();
        let mut transition = Transition::new(&hierarchy, target, station, &mut Scripted(snonce)).unwrap();
        assert_eq!(*transition.request().unwrap(), octets(REQUEST));
        let reassociation = transition
            .handle_response(NOW, StatusCode::SUCCESS, &octets(ANSWER))
            .unwrap();
        assert_eq!(*reassociation, octets(REASSOCIATION));
        let mut effects = Effects::new();
        transition
            .handle_reassociation(NOW, StatusCode::SUCCESS, &octets(RESPONSE), &mut effects)
            .unwrap();
        let effects = seen(&mut effects);
        // The temporal key as tshark 4.0 shows it.
        let tk = octets("a6a3304e5a8fabe0dc427cc41a707858");
        assert_eq!(effects[0], Seen::Pairwise(Cipher::CCMP_128, tk));
        assert!(matches!(&effects[1], Seen::Group(Cipher::CCMP_128, 1, 0, _)));
        assert!(completed(&effects));
    }

    #[test]
    fn the_access_point_says_what_the_captured_one_said() {
        let hierarchy = hierarchy();
        let access_point = AccessPoint {
            bssid: TARGET,
            elements: Elements::new(&octets(BEACON), None).unwrap(),
            domain: hierarchy.domain(),
            channel: None,
        };
        let mut holder = KeyHolder::new();
        holder.insert(hierarchy);
        let anonce = octets("f4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461");
        let (mut responder, answer) = Responder::answer(
            &access_point,
            &holder,
            STA,
            NOW,
            &octets(REQUEST),
            &mut Scripted(anonce),
        )
        .unwrap();
        assert_eq!(*answer, octets(ANSWER));
        let mut effects = Effects::new();
        let keys = FT_PSK.group_keys(0);
        responder
            .handle_reassociation(NOW, &octets(REASSOCIATION), &keys, RetryPolicy::default(), &mut effects)
            .unwrap();
        assert!(completed(&seen(&mut effects)));
    }
}
