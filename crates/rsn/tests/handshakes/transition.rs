//! Fast transition: the first association in a mobility domain, and moves within it.

mod captured;
mod damaged;
mod first;

use core::time::Duration;
use frame::element::{self, id};
use frame::mde::{FtCapability, MobilityDomain};
use frame::oci::Oci;
use frame::{Akm, Cipher, MacAddress, StatusCode};
use keys::suites::AkmSuite;
use keys::{Passphrase, Pmk, Psk};
use portcullis_rsn::ft::{AccessPoint, Hierarchy, KeyHolder, Limits, Mobility, Refusal, Responder, Target, Transition};
use portcullis_rsn::{Association, Authenticator, Effects, Elements, Facts, GroupKeys, RetryPolicy, Supplicant};

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
fn every_frame_says_how_long_its_mic_is_where_the_suite_does_not() {
    for network in networks() {
        let len = match network.suite().mic_len {
            _ if network.akm != Akm::FT_SAE_EXT_KEY => 0,
            24 => 1,
            32 => 2,
            _ => 0,
        };
        for frame in Move::new(network).frames() {
            let fte = element::find(&frame, id::FAST_BSS_TRANSITION).unwrap().unwrap();
            assert_eq!(
                fte.body[0] >> 1 & 7,
                len,
                "{:?}, {} octets",
                network.akm,
                network.pmk_len
            );
        }
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
