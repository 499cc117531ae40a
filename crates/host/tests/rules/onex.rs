//! The 802.1X module that the host lends (R32 to R37): an access point with an EAP server behind it on one side, a
//! scripted extension that forwards its packets on the other.

use crate::support::air::{AP, TK};
use crate::support::extension::{eapol_handling, prepare};
use crate::support::{Call, Lab, NOW, OneXCall, air};
use core::time::Duration;
use frame::Emit;
use frame::eapol::{Eapol, PacketType};
use frame::eapol_key::MessageName;
use ihv::{Direction, EtherTypeHandling, Guid, HostAdapter, OneXFailure, Rule, SessionChange, Win32Error};
use onex::eap::{Offer, Profile};
use onex::method::{Answer, Context, ExportedKeys, Secret};
use onex::methods::md5::Md5Challenge;
use onex::methods::mschapv2::Mschapv2;
use onex::pae::Settings;
use onex::server::{self, Server};
use onex::start::START_PERIOD;
use portcullis_host::OneXProfile;
use portcullis_host::adapter::{AdapterEvent, Command, DisassociationCause};
use portcullis_host::event::{Kind, Question, Text};
use portcullis_host::outcome::Outcome;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

const PASSWORD: &str = "open sesame";
const START: [u8; 4] = [2, 1, 0, 0];
const IDENTITY: [u8; 9] = [2, 0, 0, 5, 1, 77, 0, 5, 1];

fn mschapv2(identity: Option<&'static str>, password: Option<&'static str>) -> OneXProfile {
    OneXProfile::new(move |_| Profile {
        identity: identity.map(|identity| identity.as_bytes().to_vec()),
        offers: vec![Box::new(Mschapv2 {
            user: None,
            password: password.map(Secret::from),
        })],
        needs_keys: true,
    })
}

/// A lab that lends the module, with an operation in progress whose extension forwards all of EAPOL but EAPOL-Key.
fn lab(onex: OneXProfile) -> Lab {
    let mut lab = Lab::new();
    lab.host
        .lend_onex(NOW, Duration::from_secs(1_800_000_000), ChaCha12Rng::seed_from_u64(1));
    lab.onex = Some(onex);
    lab.extension.script(|host, call| match call {
        Call::Packet(adapter, _, _, data) if data.get(1) != Some(&PacketType::KEY.0) => Some(
            host.process_onex_packet(*adapter, data)
                .map_err(crate::support::refused),
        ),
        _ => None,
    });
    lab.associated();
    lab.forget();
    lab
}

fn start(lab: &mut Lab) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.start_onex(adapter, &[]))
}

fn stop(lab: &mut Lab) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.stop_onex(adapter))
}

fn forward(lab: &mut Lab, packet: &'static [u8]) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.process_onex_packet(adapter, packet))
}

/// The EAPOL packets that went out since this was last asked.
fn sent(lab: &mut Lab) -> Vec<Vec<u8>> {
    let packet = |command| match command {
        Command::SendPacket(packet) => Some(packet.data),
        _ => None,
    };
    lab.commands().into_iter().filter_map(packet).collect()
}

/// The results that the extension was told since this was last asked.
fn results(lab: &mut Lab) -> Vec<OneXCall> {
    let result = |call| match call {
        Call::OneX(_, result) => Some(result),
        _ => None,
    };
    lab.extension.calls().into_iter().filter_map(result).collect()
}

fn failures(lab: &mut Lab) -> Vec<Option<OneXFailure>> {
    results(lab).into_iter().map(|result| result.failure).collect()
}

fn wait(lab: &mut Lab, since: Duration) {
    lab.host.handle_timeout(NOW + since);
}

/// The question that is before the user.
fn question(lab: &mut Lab) -> Option<(Guid, Question)> {
    lab.kinds().into_iter().find_map(|kind| match kind {
        Kind::CredentialsRequested {
            request: Text(request),
            question,
        } => Some((request, question)),
        _ => None,
    })
}

/// An access point whose EAP server is in the next room.
struct AccessPoint {
    server: Server,
    rng: ChaCha12Rng,
    keys: Option<ExportedKeys>,
    last: Vec<u8>,
}

impl AccessPoint {
    /// Asks for the identity.
    fn begin(lab: &mut Lab, identifier: u8) -> Self {
        let offers: Vec<Box<dyn server::Offer>> = vec![
            Box::new(server::Md5Challenge {
                password: PASSWORD.into(),
            }),
            Box::new(server::Mschapv2 {
                password: PASSWORD.into(),
            }),
        ];
        let (server, request) = Server::begin(offers, identifier);
        let mut access_point = Self {
            server,
            rng: ChaCha12Rng::seed_from_u64(2),
            keys: None,
            last: Vec::new(),
        };
        access_point.send(lab, &request);
        access_point
    }

    fn send(&mut self, lab: &mut Lab, packet: &[u8]) {
        let pdu = Eapol {
            version: 2,
            packet_type: PacketType::EAP_PACKET,
            body: packet,
        };
        self.last = pdu.to_vec().unwrap();
        lab.receive(&self.last);
    }

    /// Answers what the station sends, until it sends nothing more. Returns the keys of the server.
    fn serve(&mut self, lab: &mut Lab) {
        loop {
            let packets = sent(lab);
            if packets.is_empty() {
                return;
            }
            for packet in packets {
                let eapol = Eapol::parse(&packet).unwrap();
                if eapol.packet_type != PacketType::EAP_PACKET {
                    continue;
                }
                let mut context = Context {
                    rng: &mut self.rng,
                    unix_time: Duration::ZERO,
                };
                let answer = match self.server.handle_packet(&mut context, eapol.body).unwrap() {
                    server::Reaction::Request(packet) | server::Reaction::Failed(packet) => packet,
                    server::Reaction::Succeeded(packet, keys) => {
                        self.keys = keys;
                        packet
                    }
                };
                self.send(lab, &answer);
            }
        }
    }
}

/// A whole authentication that succeeds.
fn authenticate(lab: &mut Lab, identifier: u8) -> ExportedKeys {
    let mut access_point = AccessPoint::begin(lab, identifier);
    access_point.serve(lab);
    access_point.keys.unwrap()
}

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

/// The handshake that follows an authentication, up to an open port.
fn open(lab: &mut Lab) {
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    lab.receive(&air::message(MessageName::FourWay3));
    lab.send(MessageName::FourWay4).unwrap();
    let adapter = lab.adapter;
    lab.inside(move |host| {
        host.set_key_mapping_key(adapter, air::pairwise(Some(&TK)))?;
        host.set_default_key(adapter, air::group(1, Some(&air::GTK)), Direction::Inbound)?;
        host.set_exclude_unencrypted(adapter, true)
    })
    .unwrap();
    let session = ihv::SecuritySession(lab.port().unwrap().session_id.into());
    lab.succeed(session).unwrap();
    lab.forget();
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

/// The association ends, and another one begins with the same profile.
fn associate_again(lab: &mut Lab) {
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Lost,
    });
    lab.associated();
    lab.forget();
    start(lab).unwrap();
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

/// An operation that waits for an answer to this question.
fn asking(lab: &mut Lab) -> (HostAdapter, Guid) {
    start(lab).unwrap();
    AccessPoint::begin(lab, 1).serve(lab);
    let (request, _) = question(lab).unwrap();
    (lab.adapter, request)
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
