//! The operation: started, fed with packets, its results, started again (R32 to R36).

use super::*;

#[test]
fn r32_start_is_refused_outside_a_post_association_operation() {
    let mut lab = Lab::new();
    lab.host.lend_onex(NOW, Duration::ZERO, ChaCha12Rng::seed_from_u64(1));
    lab.onex = Some(mschapv2(Some("alice"), Some(PASSWORD)));
    assert_eq!(start(&mut lab), Err(Win32Error::INVALID_STATE));
    lab.associating();
    assert_eq!(start(&mut lab), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R08, Rule::R08]);
    lab.event(air::associated(AP));
    lab.forget();
    assert_eq!(start(&mut lab), Ok(()));
    assert_eq!(sent(&mut lab), [START]);
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Lost,
    });
    assert_eq!(start(&mut lab), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R08]);
}

#[test]
fn r32_start_is_refused_without_eapol_registered() {
    let mut lab = Lab::new();
    lab.host.lend_onex(NOW, Duration::ZERO, ChaCha12Rng::seed_from_u64(1));
    lab.onex = Some(mschapv2(Some("alice"), Some(PASSWORD)));
    lab.extension.script(|host, call| match call {
        Call::PreAssociate(adapter, _) => {
            prepare(host, *adapter).unwrap();
            let handling = EtherTypeHandling {
                registrations: Vec::new(),
                ..eapol_handling(4)
            };
            host.set_ethertype_handling(*adapter, handling).unwrap();
            Some(Ok(()))
        }
        _ => None,
    });
    lab.associated();
    lab.forget();
    assert_eq!(start(&mut lab), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R32]);
    assert!(sent(&mut lab).is_empty());
}

#[test]
fn r32_the_module_is_lent_only_where_there_is_one_and_a_profile_for_it() {
    let mut lab = Lab::new();
    lab.onex = Some(mschapv2(Some("alice"), Some(PASSWORD)));
    lab.associated();
    assert_eq!(start(&mut lab), Err(Win32Error::NOT_SUPPORTED));
    let mut lab = Lab::new();
    lab.host.lend_onex(NOW, Duration::ZERO, ChaCha12Rng::seed_from_u64(1));
    lab.associated();
    assert_eq!(start(&mut lab), Err(Win32Error::NOT_FOUND));
}

#[test]
fn r32_three_unanswered_starts_fail_the_operation() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    for attempt in 1..=3 {
        assert_eq!(sent(&mut lab), [START], "{attempt}");
        assert_eq!(failures(&mut lab), []);
        assert_eq!(lab.host.next_timeout(), Some(NOW + START_PERIOD * attempt));
        wait(&mut lab, START_PERIOD * attempt);
    }
    assert!(sent(&mut lab).is_empty());
    assert_eq!(failures(&mut lab), [Some(OneXFailure::NoAuthenticator)]);
    assert_eq!(lab.host.next_timeout(), None);
}

#[test]
fn r32_what_the_authenticator_has_asked_already_needs_no_start() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    let adapter = lab.adapter;
    lab.inside(move |host| {
        host.start_onex(adapter, &[])?;
        host.process_onex_packet(adapter, &IDENTITY)
    })
    .unwrap();
    assert_eq!(sent(&mut lab), [b"\x02\0\0\x0a\x02\x4d\0\x0a\x01alice"]);
}

#[test]
fn r33_eapol_key_is_never_forwarded() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    let adapter = lab.adapter;
    let message = air::message(MessageName::FourWay1);
    let refused = lab.inside(move |host| host.process_onex_packet(adapter, &message));
    assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
    assert_eq!(lab.broken(), [Rule::R33]);
    // What is no EAPOL-Key and malformed breaks no rule: it came from outside.
    assert_eq!(forward(&mut lab, &[2, 0, 0, 9]), Err(Win32Error::INVALID_DATA));
    assert_eq!(lab.broken(), []);
}

#[test]
fn r34_nothing_is_forwarded_to_an_operation_that_was_stopped_or_never_started() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    assert_eq!(stop(&mut lab), Err(Win32Error::INVALID_STATE));
    assert_eq!(forward(&mut lab, &IDENTITY), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R34, Rule::R34]);
    start(&mut lab).unwrap();
    assert_eq!(stop(&mut lab), Ok(()));
    assert_eq!(stop(&mut lab), Err(Win32Error::INVALID_STATE));
    assert_eq!(forward(&mut lab, &IDENTITY), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R34, Rule::R34]);
    wait(&mut lab, START_PERIOD * 9);
    assert_eq!(sent(&mut lab), [START]);
    assert_eq!(failures(&mut lab), []);
}

#[test]
fn r35_success_is_indicated_once_and_with_what_there_is_of_the_servers_key() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    let keys = authenticate(&mut lab, 1);
    // MS-CHAPv2 makes half a key; the zeros of the other half are none.
    let told = OneXCall {
        failure: None,
        receive_key: keys.msk.as_bytes()[..32].to_vec(),
        send_key: Vec::new(),
    };
    assert_eq!(results(&mut lab), [told]);
    assert_eq!(lab.broken(), []);
    // From now on the extension handles all of EAPOL itself.
    assert_eq!(forward(&mut lab, &IDENTITY), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R34]);
    wait(&mut lab, Duration::from_secs(1000));
    assert_eq!(failures(&mut lab), []);
}

#[test]
fn r35_a_failure_is_indicated_once_and_says_why() {
    let cases: [(OneXProfile, OneXFailure); 3] = [
        (mschapv2(Some("alice"), Some("wrong")), OneXFailure::Credentials),
        (
            OneXProfile::new(|_| {
                let offer: Box<dyn Offer> = Box::new(Md5Challenge {
                    password: Some(PASSWORD.into()),
                });
                Profile {
                    identity: Some(b"alice".to_vec()),
                    offers: vec![offer],
                    needs_keys: false,
                }
            }),
            OneXFailure::NoKeys,
        ),
        (
            OneXProfile::new(|_| Profile {
                identity: Some(b"alice".to_vec()),
                offers: Vec::new(),
                needs_keys: true,
            }),
            OneXFailure::NoCommonMethod,
        ),
    ];
    for (profile, failure) in cases {
        let mut lab = lab(profile);
        start(&mut lab).unwrap();
        AccessPoint::begin(&mut lab, 1).serve(&mut lab);
        let told = OneXCall {
            failure: Some(failure),
            receive_key: Vec::new(),
            send_key: Vec::new(),
        };
        assert_eq!(results(&mut lab), [told]);
        wait(&mut lab, Duration::from_secs(1000));
        assert_eq!(failures(&mut lab), []);
    }
}

#[test]
fn r35_a_server_that_falls_silent_is_indicated_as_that() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    lab.receive(&IDENTITY);
    wait(&mut lab, Settings::default().auth_period);
    assert_eq!(failures(&mut lab), [Some(OneXFailure::Silent)]);
}

#[test]
fn r36_an_operation_may_be_started_again_after_completion_and_not_before() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    assert_eq!(start(&mut lab), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R36]);
    let first = authenticate(&mut lab, 1);
    assert_eq!(failures(&mut lab), [None]);
    // The authenticator asks anew: no association comes between.
    start(&mut lab).unwrap();
    let second = authenticate(&mut lab, 9);
    let [result] = &results(&mut lab)[..] else {
        panic!("one result");
    };
    assert_eq!(result.receive_key, second.msk.as_bytes()[..32]);
    assert_ne!(first.msk.as_bytes(), second.msk.as_bytes());
    assert_eq!(lab.broken(), []);
}

#[test]
fn r36_an_open_port_stays_open_while_the_user_is_authenticated_again() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    authenticate(&mut lab, 1);
    open(&mut lab);
    start(&mut lab).unwrap();
    authenticate(&mut lab, 9);
    assert_eq!(failures(&mut lab), [None]);
    assert!(lab.port().unwrap().authorized);
}

#[test]
fn r35_a_wrong_password_is_not_sent_again_in_the_next_association_before_the_held_period_is_over() {
    let mut lab = lab(mschapv2(Some("alice"), Some("wrong")));
    start(&mut lab).unwrap();
    AccessPoint::begin(&mut lab, 1).serve(&mut lab);
    assert_eq!(failures(&mut lab), [Some(OneXFailure::Credentials)]);
    associate_again(&mut lab);
    AccessPoint::begin(&mut lab, 9).serve(&mut lab);
    assert_eq!(failures(&mut lab), []);
    wait(&mut lab, Settings::default().held_period);
    AccessPoint::begin(&mut lab, 20).serve(&mut lab);
    assert_eq!(failures(&mut lab), [Some(OneXFailure::Credentials)]);
}

#[test]
fn an_attempt_that_is_timed_out_in_mid_authentication_says_who_was_waited_for() {
    let mut lab = lab(mschapv2(None, None));
    start(&mut lab).unwrap();
    lab.host.time_out(NOW, lab.adapter, None);
    assert_eq!(lab.outcomes(), [Outcome::OneX(OneXFailure::Silent)]);

    let mut lab = self::lab(mschapv2(None, None));
    let (adapter, _) = asking(&mut lab);
    lab.host.time_out(NOW, adapter, None);
    assert_eq!(lab.outcomes(), [Outcome::OneX(OneXFailure::Unanswered)]);
}

#[test]
fn no_event_of_an_authentication_shows_its_secrets() {
    let mut lab = lab(mschapv2(Some("alice"), Some(PASSWORD)));
    start(&mut lab).unwrap();
    let keys = authenticate(&mut lab, 1);
    let events = format!("{:?}", lab.events());
    let half: String = keys.msk.as_bytes()[..4]
        .iter()
        .map(|octet| format!("{octet}, "))
        .collect();
    assert!(events.contains("OnexCompleted") && !events.contains(PASSWORD) && !events.contains(&half));
}
