//! The user: what is asked of them, remembered of them, and forgotten with them (R37).

use super::*;

#[test]
fn r37_what_the_profile_lacks_is_asked_for_and_suspends_the_operation() {
    let mut lab = lab(mschapv2(None, None));
    start(&mut lab).unwrap();
    let mut access_point = AccessPoint::begin(&mut lab, 1);
    access_point.serve(&mut lab);
    let (request, asked) = question(&mut lab).unwrap();
    assert_eq!(asked, Question::Identity { prompt: String::new() });
    // The operation's own time does not run meanwhile, and a repeated request does not ask twice.
    wait(&mut lab, Settings::default().auth_period * 2);
    let repeated = access_point.last.clone();
    lab.receive(&repeated);
    assert_eq!((failures(&mut lab), question(&mut lab)), (vec![], None));
    let now = NOW + Duration::from_secs(61);
    let adapter = lab.adapter;
    lab.host
        .answer(now, adapter, request, Answer::Identity(b"alice".to_vec()))
        .unwrap();
    access_point.serve(&mut lab);
    let (request, asked) = question(&mut lab).unwrap();
    assert_eq!(asked, Question::Password { again: false });
    lab.host
        .answer(now, adapter, request, Answer::Secret(PASSWORD.into()))
        .unwrap();
    access_point.serve(&mut lab);
    assert_eq!(failures(&mut lab), [None]);
    let late = lab.host.answer(now, adapter, request, Answer::Refused);
    assert_eq!(late, Err(Win32Error::NOT_FOUND));
}

#[test]
fn r37_what_a_person_has_said_is_not_asked_again_in_the_next_association() {
    let mut lab = lab(mschapv2(None, None));
    start(&mut lab).unwrap();
    let mut access_point = AccessPoint::begin(&mut lab, 1);
    let adapter = lab.adapter;
    for answer in [Answer::Identity(b"alice".to_vec()), Answer::Secret(PASSWORD.into())] {
        access_point.serve(&mut lab);
        let (request, _) = question(&mut lab).unwrap();
        lab.host.answer(NOW, adapter, request, answer).unwrap();
    }
    access_point.serve(&mut lab);
    assert_eq!(failures(&mut lab), [None]);
    associate_again(&mut lab);
    authenticate(&mut lab, 9);
    assert_eq!(failures(&mut lab), [None]);
    // Another profile is another user.
    lab.onex = Some(mschapv2(None, None));
    associate_again(&mut lab);
    AccessPoint::begin(&mut lab, 20).serve(&mut lab);
    assert!(question(&mut lab).is_some());
}

#[test]
fn r37_a_refusal_and_a_time_out_fail_the_operation_as_unanswered() {
    let mut lab = lab(mschapv2(None, None));
    let (adapter, request) = asking(&mut lab);
    lab.host.answer(NOW, adapter, request, Answer::Refused).unwrap();
    assert_eq!(failures(&mut lab), [Some(OneXFailure::Unanswered)]);

    let mut lab = self::lab(mschapv2(None, None));
    let (adapter, request) = asking(&mut lab);
    let period = Settings::default().question_period;
    wait(&mut lab, period - Duration::from_millis(1));
    assert_eq!(failures(&mut lab), []);
    wait(&mut lab, period);
    assert_eq!(failures(&mut lab), [Some(OneXFailure::Unanswered)]);
    assert!(
        lab.kinds()
            .contains(&Kind::CredentialsSettled { request: Text(request) })
    );
    let late = lab.host.answer(NOW + period, adapter, request, Answer::Refused);
    assert_eq!(late, Err(Win32Error::NOT_FOUND));
}

#[test]
fn r37_a_user_who_logs_off_takes_the_question_along() {
    /// `WTS_SESSION_LOCK`.
    const LOCK: u32 = 7;
    let mut lab = lab(mschapv2(None, None));
    let (adapter, request) = asking(&mut lab);
    let change = |event| SessionChange { event, session_id: 1 };
    lab.host.session_change(NOW, change(LOCK)).unwrap();
    assert_eq!(failures(&mut lab), []);
    lab.host.session_change(NOW, change(SessionChange::LOGOFF)).unwrap();
    assert_eq!(failures(&mut lab), [Some(OneXFailure::UserLeft)]);
    let late = lab.host.answer(NOW, adapter, request, Answer::Refused);
    assert_eq!(late, Err(Win32Error::NOT_FOUND));
    assert_eq!(lab.host.next_timeout(), None);
}

#[test]
fn r37_a_user_who_logs_off_takes_their_authentication_and_their_credentials_along() {
    const LOGOFF: [u8; 4] = [2, 2, 0, 0];
    let change = SessionChange {
        event: SessionChange::LOGOFF,
        session_id: 1,
    };
    let mut lab = lab(mschapv2(Some("alice"), None));
    let adapter = lab.adapter;
    start(&mut lab).unwrap();
    let mut access_point = AccessPoint::begin(&mut lab, 1);
    access_point.serve(&mut lab);
    let (request, _) = question(&mut lab).unwrap();
    lab.host
        .answer(NOW, adapter, request, Answer::Secret(PASSWORD.into()))
        .unwrap();
    access_point.serve(&mut lab);
    assert_eq!(failures(&mut lab), [None]);
    open(&mut lab);
    lab.host.session_change(NOW, change).unwrap();
    assert_eq!(
        (lab.outcomes(), lab.port()),
        (vec![Outcome::OneX(OneXFailure::UserLeft)], None)
    );
    let commands = lab.commands();
    let place = |wanted: fn(&Command) -> bool| commands.iter().position(wanted);
    let told = place(|command| matches!(command, Command::SendPacket(packet) if packet.data == LOGOFF));
    let left = place(|command| matches!(command, Command::Disassociate { .. }));
    assert!(told.is_some() && told < left);
    // Whoever comes next has to say who they are.
    lab.associated();
    lab.forget();
    start(&mut lab).unwrap();
    AccessPoint::begin(&mut lab, 9).serve(&mut lab);
    assert!(question(&mut lab).is_some());
}

#[test]
fn r37_a_port_that_goes_down_takes_the_question_along_and_indicates_nothing() {
    let mut lab = lab(mschapv2(None, None));
    let (adapter, request) = asking(&mut lab);
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Lost,
    });
    let kinds = lab.kinds();
    assert!(kinds.contains(&Kind::CredentialsSettled { request: Text(request) }));
    assert!(kinds.contains(&Kind::OnexStopped {}));
    assert_eq!(failures(&mut lab), []);
    let late = lab.host.answer(NOW, adapter, request, Answer::Refused);
    assert_eq!(late, Err(Win32Error::NOT_FOUND));
}
