//! A reset: R07.

use crate::support::air::{self, AP};
use crate::support::{Call, Lab, gates, packets, refused};
use ihv::{Direction, Reason, Rule, SendCompletion, Win32Error};
use portcullis_host::adapter::{AdapterEvent, Command};
use portcullis_host::event::Kind;
use portcullis_host::outcome::Outcome;

#[test]
fn r07_a_reset_completes_what_is_pending_as_cancelled() {
    for established in [false, true] {
        let mut lab = Lab::new();
        if established {
            lab.associated();
        } else {
            lab.pre_associating();
        }
        lab.event(AdapterEvent::Reset);
        let kinds = lab.kinds();
        assert!(
            !kinds.iter().any(|kind| matches!(kind, Kind::RuleBroken { .. })),
            "{kinds:?}"
        );
        assert!(kinds.contains(&Kind::Outcome(Outcome::AdapterGone)), "{kinds:?}");
        assert_eq!(lab.port(), None);
        // As after its arrival: it can do everything again.
        lab.extension.calls();
        lab.authorized();
        assert_eq!(lab.broken(), []);
    }
}

#[test]
fn r07_an_extension_that_keeps_an_operation_over_a_reset_is_reported_and_the_adapter_is_new_all_the_same() {
    for established in [false, true] {
        let mut lab = Lab::new();
        lab.extension
            .script(|_, call| matches!(call, Call::Reset(_)).then_some(Ok(())));
        let stale = established.then(|| lab.associated());
        let connecting = (!established).then(|| lab.pre_associating());
        lab.events();
        lab.event(AdapterEvent::Reset);
        assert_eq!(lab.broken(), [Rule::R07]);
        assert_eq!(lab.port(), None);
        if let Some(session) = stale {
            assert_eq!(lab.succeed(session), Err(Win32Error::INVALID_HANDLE));
            assert_eq!(lab.broken(), [Rule::R21]);
        }
        if let Some(session) = connecting {
            let adapter = lab.adapter;
            let late = lab.inside(move |host| {
                host.pre_associate_completion(adapter, session, Reason::SUCCESS, Win32Error::SUCCESS)
            });
            assert_eq!(late, Err(Win32Error::INVALID_HANDLE));
            assert_eq!(lab.broken(), [Rule::R10]);
        }
    }
}

#[test]
fn r07_a_success_reported_from_inside_a_reset_opens_no_port() {
    let mut lab = Lab::new();
    let session = lab.protected();
    lab.forget();
    lab.extension.script(move |host, call| match *call {
        Call::Reset(adapter) => {
            let opened = host.post_associate_completion(adapter, session, AP, Reason::SUCCESS, Win32Error::SUCCESS);
            assert_eq!(opened, Err(Win32Error::INVALID_PARAMETER));
            Some(Ok(()))
        }
        _ => None,
    });
    lab.event(AdapterEvent::Reset);
    assert_eq!(lab.broken(), [Rule::R07, Rule::R07]);
    assert!(gates(&lab.commands()).is_empty());
}

#[test]
fn r07_a_pre_association_that_succeeds_inside_a_reset_associates_with_nobody() {
    let mut lab = Lab::new();
    let session = lab.pre_associating();
    lab.forget();
    lab.extension.script(move |host, call| match *call {
        Call::Reset(adapter) => {
            let begun = host.pre_associate_completion(adapter, session, Reason::SUCCESS, Win32Error::SUCCESS);
            assert_eq!(begun, Err(Win32Error::INVALID_PARAMETER));
            Some(Ok(()))
        }
        _ => None,
    });
    lab.event(AdapterEvent::Reset);
    assert_eq!(lab.broken(), [Rule::R07, Rule::R07]);
    let commands = lab.commands();
    assert!(
        !commands.iter().any(|command| matches!(command, Command::Associate(_))),
        "{commands:?}"
    );
}

#[test]
fn r07_registrations_exemptions_keys_and_exclusion_are_cleared_by_a_reset() {
    let mut lab = Lab::new();
    let adapter = lab.adapter;
    // Without any port, as an extension for static keys would.
    let set = move |host: &mut dyn ihv::Host| {
        host.set_exclude_unencrypted(adapter, true)?;
        host.set_default_key(adapter, air::group(1, Some(&air::GTK)), Direction::Inbound)
    };
    lab.inside(set).unwrap();
    lab.forget();
    lab.extension.script(|host, call| match *call {
        Call::Reset(adapter) => {
            // The list is not fixed any more, so that it can be set from inside already.
            Some(
                host.set_ethertype_handling(adapter, Default::default())
                    .map_err(refused),
            )
        }
        _ => None,
    });
    lab.event(AdapterEvent::Reset);
    let commands = lab.commands();
    assert!(
        matches!(commands[..], [
            Command::SetExcludeUnencrypted(false),
            Command::SetPrivacyExemptions(ref cleared),
            Command::SetPrivacyExemptions(_),
        ] if cleared.is_empty()),
        "{commands:?}"
    );
    // The adapter has forgotten the key: to install it is not to install it again.
    lab.inside(set).unwrap();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r07_an_extension_that_answers_each_completion_with_a_packet_does_not_keep_a_reset_from_ending() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    let adapter = lab.adapter;
    lab.extension.script(move |host, call| match call {
        Call::Sent(_) => Some(
            host.send_packet(adapter, air::eapol(&[2, 1, 0, 0]), SendCompletion(8))
                .map_err(refused),
        ),
        _ => None,
    });
    let sent = lab.inside(move |host| host.send_packet(adapter, air::eapol(&[2, 1, 0, 0]), SendCompletion(7)));
    assert_eq!(sent, Ok(()));
    lab.event(AdapterEvent::Reset);
    assert_eq!(lab.port(), None);
    let late = packets(&lab.commands());
    for id in late {
        lab.event(AdapterEvent::PacketSent { id, sent: false });
    }
    let sent = |call: &Call| matches!(call, Call::Sent(_));
    assert_eq!(lab.extension.calls().into_iter().filter(sent).count(), 2);
}
