//! The first association in a mobility domain: what its handshake refuses, and what it tells.

use super::*;

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
