//! Keys: R28 to R31.

use crate::support::air::{self, AP, GROUP, STRANGER};
use crate::support::{Call, Lab, NOW, gates};
use frame::eapol_key::MessageName;
use ihv::{
    AdapterCapabilities, CipherAlgorithm, DefaultKey, Direction, Guid, KeyMappingKey, KeyMaterial, Notification,
    Reason, Rule, SecurityProfile, UiRequest, Win32Error,
};
use portcullis_host::adapter::{AdapterEvent, Command, DisassociationCause};
use portcullis_host::event::Kind;
use zeroize::Zeroizing;

fn key(octets: usize) -> Option<KeyMaterial> {
    KeyMaterial::new(&[7; 32][..octets])
}

fn mapping(change: impl Fn(&mut KeyMappingKey)) -> KeyMappingKey {
    let mut key = air::pairwise(Some(&air::TK));
    change(&mut key);
    key
}

fn default(change: impl Fn(&mut DefaultKey)) -> DefaultKey {
    let mut key = air::group(1, Some(&air::GTK));
    change(&mut key);
    key
}

/// Up to the moment at which a pairwise key may be installed.
fn keyed(lab: &mut Lab) {
    lab.associated();
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    lab.receive(&air::message(MessageName::FourWay3));
    lab.send(MessageName::FourWay4).unwrap();
    lab.forget();
}

fn install_pairwise(lab: &mut Lab, octets: [u8; 16]) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.set_key_mapping_key(adapter, air::pairwise(Some(&octets))))
}

fn install_group(lab: &mut Lab, index: u8, octets: [u8; 16]) -> Result<(), Win32Error> {
    let adapter = lab.adapter;
    lab.inside(move |host| host.set_default_key(adapter, air::group(index, Some(&octets)), Direction::Inbound))
}

#[test]
fn r28_keys_reach_the_adapter_in_the_order_of_the_calls() {
    let mut lab = Lab::new();
    keyed(&mut lab);
    let adapter = lab.adapter;
    lab.inside(move |host| {
        host.set_key_mapping_key(adapter, air::pairwise(Some(&air::TK)))?;
        host.set_default_key(adapter, air::group(2, Some(&air::GTK)), Direction::Inbound)?;
        host.set_default_key_id(adapter, 2)?;
        host.set_default_key(adapter, air::group(2, None), Direction::Both)?;
        host.set_key_mapping_key(adapter, air::pairwise(None))
    })
    .unwrap();
    let commands = lab.commands();
    let [
        Command::SetKeyMappingKey(pairwise),
        Command::SetDefaultKey(group),
        Command::SetDefaultKeyId(2),
        Command::SetDefaultKey(no_group),
        Command::SetKeyMappingKey(no_pairwise),
    ] = &commands[..]
    else {
        panic!("{commands:?}");
    };
    assert_eq!(pairwise.key.as_ref().unwrap().octets(), air::TK);
    assert_eq!(group.key.as_ref().unwrap().octets(), air::GTK);
    assert!(no_group.key.is_none() && no_group.index == 2);
    assert!(no_pairwise.key.is_none() && no_pairwise.peer == AP);
    assert_eq!(lab.broken(), []);
}

#[test]
fn r28_a_pairwise_key_that_does_not_fit_is_refused() {
    type Change = fn(&mut KeyMappingKey);
    let table: [(&str, Change); 9] = [
        ("too short", |key| key.key = self::key(15)),
        ("too long", |key| key.key = self::key(32)),
        ("empty", |key| key.key = self::key(0)),
        ("no cipher", |key| key.cipher = CipherAlgorithm::NONE),
        ("a cipher for management frames", |key| key.cipher = CipherAlgorithm(6)),
        ("the group's cipher", |key| key.cipher = CipherAlgorithm::USE_GROUP),
        ("for a group", |key| key.peer = GROUP),
        ("a place that there is not", |key| key.key_id = 2),
        ("a place that there is not, emptied", |key| {
            key.key_id = 200;
            key.key = None;
        }),
    ];
    for (what, change) in table {
        let mut lab = Lab::new();
        keyed(&mut lab);
        let adapter = lab.adapter;
        let refusal = lab.inside(move |host| host.set_key_mapping_key(adapter, mapping(change)));
        assert_eq!(refusal, Err(Win32Error::INVALID_PARAMETER), "{what}");
        assert_eq!(lab.broken(), [Rule::R28], "{what}");
        assert!(lab.commands().is_empty(), "{what}");
    }
}

#[test]
fn r28_a_group_key_that_does_not_fit_is_refused() {
    type Change = fn(&mut DefaultKey);
    let table: [(&str, Direction, Change); 8] = [
        ("for sending only", Direction::Outbound, |_| {}),
        ("too short", Direction::Inbound, |key| key.key = self::key(5)),
        ("too long", Direction::Inbound, |key| key.key = self::key(32)),
        ("empty", Direction::Both, |key| key.key = self::key(0)),
        ("a place for management frames", Direction::Inbound, |key| key.index = 4),
        ("a place that there is not", Direction::Inbound, |key| key.index = 8),
        ("emptied where there is no place", Direction::Inbound, |key| {
            key.index = 8;
            key.key = None;
        }),
        ("a management key in a place for data", Direction::Inbound, |key| {
            key.cipher = CipherAlgorithm(6);
        }),
    ];
    for (what, direction, change) in table {
        let mut lab = Lab::new();
        keyed(&mut lab);
        let adapter = lab.adapter;
        let refusal = lab.inside(move |host| host.set_default_key(adapter, default(change), direction));
        assert_eq!(refusal, Err(Win32Error::INVALID_PARAMETER), "{what}");
        assert_eq!(lab.broken(), [Rule::R28], "{what}");
        assert!(lab.commands().is_empty(), "{what}");
    }
}

#[test]
fn r28_a_default_key_id_is_at_most_three() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    for index in [4, 256, u32::MAX] {
        let refusal = lab.inside(move |host| host.set_default_key_id(adapter, index));
        assert_eq!(refusal, Err(Win32Error::INVALID_PARAMETER));
        assert_eq!(lab.broken(), [Rule::R28]);
    }
    assert!(lab.commands().is_empty());
}

#[test]
fn r28_a_pairwise_key_for_a_stranger_is_refused() {
    let mut lab = Lab::new();
    keyed(&mut lab);
    let adapter = lab.adapter;
    let refusal = lab.inside(move |host| host.set_key_mapping_key(adapter, mapping(|key| key.peer = STRANGER)));
    assert_eq!(refusal, Err(Win32Error::INVALID_STATE));
    assert!(lab.commands().is_empty());
}

#[test]
fn r29_a_key_that_is_installed_is_not_installed_again() {
    let mut lab = Lab::new();
    let session = lab.authorized();
    lab.forget();
    // Message 3 again: it is answered, but the extension installs what it has installed already.
    lab.receive(&air::message(MessageName::FourWay3));
    lab.send(MessageName::FourWay4).unwrap();
    lab.forget();
    assert_eq!(install_pairwise(&mut lab, air::TK), Err(Win32Error::INVALID_OPERATION));
    assert_eq!(install_group(&mut lab, 1, air::GTK), Err(Win32Error::INVALID_OPERATION));
    assert_eq!(lab.broken(), [Rule::R29; 2]);
    assert!(lab.commands().is_empty());
    assert_eq!(lab.succeed(session), Ok(()));
}

#[test]
fn r29_a_key_is_the_same_in_another_place_of_its_table() {
    // The nonces of a cipher do not hold the Key ID: the same key in two places is one key used twice.
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    assert_eq!(install_group(&mut lab, 2, air::GTK), Err(Win32Error::INVALID_OPERATION));
    assert_eq!(lab.broken(), [Rule::R29]);
    assert!(lab.commands().is_empty());
}

#[test]
fn r29_a_receive_counter_is_not_a_way_around() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    let adapter = lab.adapter;
    let again = lab.inside(move |host| {
        let rewound = default(|key| key.receive_counter = [1; 6]);
        host.set_default_key(adapter, rewound, Direction::Inbound)
    });
    assert_eq!(again, Err(Win32Error::INVALID_OPERATION));
    assert_eq!(lab.broken(), [Rule::R29]);
}

#[test]
fn r29_a_new_key_takes_the_place_of_the_old_one() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    assert_eq!(install_pairwise(&mut lab, [9; 16]), Ok(()));
    assert_eq!(install_group(&mut lab, 1, [8; 16]), Ok(()));
    assert_eq!(install_group(&mut lab, 2, [6; 16]), Ok(()));
    assert_eq!(lab.broken(), []);
    assert_eq!(lab.commands().len(), 3);
}

#[test]
fn r30_the_whole_order_passes() {
    let mut lab = Lab::new();
    lab.authorized();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r30_a_pairwise_key_before_message_4_is_refused() {
    let mut lab = Lab::new();
    lab.associated();
    let early = |lab: &mut Lab| {
        lab.forget();
        assert_eq!(install_pairwise(lab, air::TK), Err(Win32Error::INVALID_STATE));
        assert_eq!(lab.broken(), [Rule::R30]);
        assert!(lab.commands().is_empty());
    };
    early(&mut lab);
    lab.receive(&air::message(MessageName::FourWay1));
    early(&mut lab);
    lab.send(MessageName::FourWay2).unwrap();
    early(&mut lab);
    lab.receive(&air::message(MessageName::FourWay3));
    early(&mut lab);
    lab.send(MessageName::FourWay4).unwrap();
    assert_eq!(install_pairwise(&mut lab, air::TK), Ok(()));
}

#[test]
fn r30_with_two_key_ids_a_key_comes_to_receive_before_message_4_and_to_send_after_it() {
    let mut lab = Lab::with_capabilities(AdapterCapabilities {
        extended_key_id: true,
        ..AdapterCapabilities::default()
    });
    let adapter = lab.adapter;
    let install = |lab: &mut Lab, direction| {
        lab.forget();
        let key = mapping(|key| (key.direction, key.key_id) = (direction, 1));
        let result = lab.inside(move |host| host.set_key_mapping_key(adapter, key));
        (result, lab.broken())
    };
    lab.associated();
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    let early = (Err(Win32Error::INVALID_STATE), vec![Rule::R30]);
    assert_eq!(install(&mut lab, Direction::Inbound), early);
    lab.receive(&air::message(MessageName::FourWay3));
    let absent = (Err(Win32Error::INVALID_PARAMETER), vec![Rule::R28]);
    assert_eq!(install(&mut lab, Direction::Outbound), absent);
    assert_eq!(install(&mut lab, Direction::Inbound), (Ok(()), vec![]));
    assert_eq!(install(&mut lab, Direction::Outbound), early);
    let again = (Err(Win32Error::INVALID_OPERATION), vec![Rule::R29]);
    assert_eq!(install(&mut lab, Direction::Inbound), again);
    lab.send(MessageName::FourWay4).unwrap();
    assert_eq!(install(&mut lab, Direction::Outbound), (Ok(()), vec![]));
}

#[test]
fn r30_a_key_that_only_receives_opens_no_port() {
    let mut lab = Lab::with_capabilities(AdapterCapabilities {
        extended_key_id: true,
        ..AdapterCapabilities::default()
    });
    let session = lab.associated();
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    lab.receive(&air::message(MessageName::FourWay3));
    lab.send(MessageName::FourWay4).unwrap();
    lab.forget();
    let adapter = lab.adapter;
    lab.inside(move |host| {
        host.set_key_mapping_key(adapter, mapping(|key| key.direction = Direction::Inbound))?;
        host.set_default_key(adapter, air::group(1, Some(&air::GTK)), Direction::Inbound)?;
        host.set_exclude_unencrypted(adapter, true)
    })
    .unwrap();
    assert_eq!(
        lab.complete(session, Reason::SUCCESS, Win32Error::SUCCESS),
        Err(Win32Error::INVALID_STATE)
    );
    assert_eq!(lab.broken(), [Rule::R30]);
    lab.inside(move |host| host.set_key_mapping_key(adapter, mapping(|key| key.direction = Direction::Outbound)))
        .unwrap();
    assert_eq!(lab.complete(session, Reason::SUCCESS, Win32Error::SUCCESS), Ok(()));
}

#[test]
fn r30_a_pairwise_key_of_a_rekeying_waits_for_its_own_message_4() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.receive(&air::message(MessageName::FourWay1));
    lab.send(MessageName::FourWay2).unwrap();
    lab.forget();
    assert_eq!(install_pairwise(&mut lab, [9; 16]), Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R30]);
    lab.receive(&air::message(MessageName::FourWay3));
    lab.send(MessageName::FourWay4).unwrap();
    assert_eq!(install_pairwise(&mut lab, [9; 16]), Ok(()));
}

#[test]
fn r30_a_forged_packet_between_message_4_and_its_key_breaks_no_rule() {
    // An extension may wait for the completion of message 4; what comes meanwhile can come from anybody.
    for forged in [MessageName::FourWay1, MessageName::FourWay3, MessageName::Group1] {
        let mut lab = Lab::new();
        keyed(&mut lab);
        lab.receive(&air::message(forged));
        lab.receive(b"junk");
        assert_eq!(install_pairwise(&mut lab, air::TK), Ok(()), "{forged}");
        assert_eq!(lab.broken(), []);
    }
}

#[test]
fn r30_success_without_any_one_of_its_steps_is_refused() {
    for missing in ["pairwise key", "group key", "exclusion"] {
        let mut lab = Lab::new();
        let session = lab.associated();
        lab.send(MessageName::FourWay4).unwrap();
        if missing != "pairwise key" {
            install_pairwise(&mut lab, air::TK).unwrap();
        }
        if missing != "group key" {
            install_group(&mut lab, 1, air::GTK).unwrap();
        }
        let adapter = lab.adapter;
        if missing != "exclusion" {
            lab.inside(move |host| host.set_exclude_unencrypted(adapter, true))
                .unwrap();
        }
        lab.forget();
        assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_STATE), "{missing}");
        assert_eq!(lab.broken(), [Rule::R30], "{missing}");
        assert!(gates(&lab.commands()).is_empty(), "{missing}");
        assert!(!lab.port().unwrap().authorized, "{missing}");
    }
}

#[test]
fn r30_an_open_port_keeps_its_protection() {
    let mut lab = Lab::new();
    let (adapter, session) = (lab.adapter, lab.authorized());
    lab.forget();
    let stripped = lab.inside(move |host| {
        [
            host.set_exclude_unencrypted(adapter, false),
            host.set_key_mapping_key(adapter, air::pairwise(None)),
        ]
    });
    assert_eq!(stripped, [Err(Win32Error::INVALID_STATE); 2]);
    assert_eq!(lab.broken(), [Rule::R30; 2]);
    assert!(lab.commands().is_empty());
    // A closed one may be stripped.
    lab.fail(session).unwrap();
    lab.inside(move |host| {
        host.set_key_mapping_key(adapter, air::pairwise(None))?;
        host.set_exclude_unencrypted(adapter, false)
    })
    .unwrap();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r31_no_event_and_no_debug_output_of_a_whole_life_shows_a_secret() {
    let mut lab = Lab::new();
    let mut shown = format!("{:?}", air::profile());
    let adapter = lab.adapter;
    let connecting = lab.pre_associating();
    lab.inside(move |host| {
        let secret = SecurityProfile {
            xml: Zeroizing::new(air::PASSPHRASE.into()),
            use_onex: false,
        };
        host.set_current_profile(adapter, connecting, &Default::default(), &secret)?;
        host.set_profile_custom_user_data(adapter, connecting, 1, air::PASSPHRASE.as_bytes())?;
        host.send_ui_request(
            adapter,
            &UiRequest {
                session_id: 1,
                id: Guid(1),
                page: Guid(2),
                data: air::PASSPHRASE.into(),
            },
        )?;
        host.pre_associate_completion(adapter, connecting, Reason::UNKNOWN, Win32Error::CANCELLED)
    })
    .unwrap();
    lab.host
        .answer_ui_request(NOW, adapter, Guid(1), air::PASSPHRASE.as_bytes())
        .unwrap();
    lab.extension.calls();
    let session = lab.authorized();
    install_pairwise(&mut lab, [0xa5; 16]).unwrap();
    // Refused, and told so.
    assert!(install_pairwise(&mut lab, [0xa5; 16]).is_err());
    assert!(install_group(&mut lab, 9, [0xa5; 16]).is_err());
    lab.inside(move |host| {
        let mut buffer = host.allocate_buffer(16)?;
        buffer.octets.copy_from_slice(&air::TK);
        let buffer_shown = format!("{buffer:?}");
        host.free_buffer(buffer);
        let notification = Notification {
            source: 0x40,
            code: 1,
            interface: Guid(1),
            data: air::TK.to_vec(),
        };
        host.send_notification(adapter, notification)?;
        Ok::<_, Win32Error>(buffer_shown)
    })
    .map(|buffer| shown.push_str(&buffer))
    .unwrap();
    lab.fail(session).unwrap();
    lab.event(AdapterEvent::Disassociated {
        peer: AP,
        cause: DisassociationCause::Lost,
    });
    lab.event(AdapterEvent::Removed);
    let events = lab.events();
    assert!(events.iter().any(|event| matches!(event.kind, Kind::AdapterRemoved {})));
    for event in events {
        shown.push_str(&format!("{event:?}"));
        shown.push_str(&serde_json::to_string(&event.record("wlan0")).unwrap());
    }
    for command in lab.commands() {
        shown.push_str(&format!("{command:?}"));
    }
    for secret in [air::PASSPHRASE.as_bytes(), &air::TK, &air::GTK, &[0xa5; 16]] {
        let text = String::from_utf8_lossy(secret).into_owned();
        let hex: String = secret.iter().map(|octet| format!("{octet:02x}")).collect();
        let list = format!("{secret:?}");
        let list = list.trim_matches(['[', ']']);
        for form in [&text, &hex, &hex.to_uppercase(), list] {
            assert!(!shown.contains(form), "{form} in {shown}");
        }
        assert!(!shown.contains(&list.replace(", ", ",")), "{list}");
    }
    let kinds = lab.extension.calls();
    assert!(matches!(kinds[..], [.., Call::DeinitAdapter(_)]), "{kinds:?}");
}

#[test]
fn r31_the_keys_of_a_port_are_gone_with_it() {
    // The host holds on to an installed key only to know it again: after the stop it does not know it.
    let mut lab = Lab::new();
    lab.authorized();
    lab.host.disconnect(NOW, lab.adapter);
    lab.extension.calls();
    lab.associated();
    lab.send(MessageName::FourWay4).unwrap();
    lab.forget();
    assert_eq!(install_pairwise(&mut lab, air::TK), Ok(()));
    assert_eq!(install_group(&mut lab, 1, air::GTK), Ok(()));
    assert_eq!(lab.broken(), []);
}
