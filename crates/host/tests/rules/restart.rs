//! A service that begins again with another extension, in the place of one that cannot go on.

use crate::support::air::AP;
use crate::support::{Call, Lab, NOW, Scripted, air, gates, refused};
use ihv::{AssociationStatus, HostAdapter, Reason, Rule, Win32Error};
use portcullis_host::StartError;
use portcullis_host::adapter::Command;
use portcullis_host::event::Kind;
use portcullis_host::outcome::Outcome;

/// Nobody is spared: the bystander's extension is another one, too.
fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.bystander = HostAdapter(0);
    lab
}

/// Has another extension in the place of the lab's, which is returned.
fn restart(lab: &mut Lab) -> Scripted {
    let fresh = Scripted::default();
    lab.host.restart(NOW, fresh.clone()).unwrap();
    core::mem::replace(&mut lab.extension, fresh)
}

#[test]
fn r01_r04_r06_the_old_service_ends_as_it_should_and_the_new_one_begins_so() {
    let mut lab = lab();
    let adapter = lab.adapter;
    lab.associated();
    lab.forget();
    let old = restart(&mut lab).calls();
    let place = |wanted: &Call| old.iter().position(|call| call == wanted).unwrap();
    let stopped = place(&Call::Stop(adapter, AP, AssociationStatus::DISASSOCIATED_BY_HOST));
    let left = place(&Call::DeinitAdapter(adapter));
    assert!(stopped < left, "{old:?}");
    assert_eq!(old.last(), Some(&Call::DeinitService));
    let fresh = lab.extension.calls();
    let begin = [Call::VersionInfo, Call::InitService(0), Call::InitVirtualStation];
    assert_eq!(fresh[..3], begin);
    assert!(fresh.contains(&Call::InitAdapter(adapter)));
}

#[test]
fn r20_every_port_is_closed_and_gone_and_it_is_said() {
    let mut lab = lab();
    lab.authorized();
    lab.forget();
    restart(&mut lab);
    assert_eq!(lab.port(), None);
    let commands = lab.commands();
    assert_eq!(gates(&commands), [false, false]);
    let taken_back = |command: &Command| match command {
        Command::SetExcludeUnencrypted(excluded) => !excluded,
        Command::SetPrivacyExemptions(exemptions) => exemptions.is_empty(),
        _ => false,
    };
    // Of the bystander, and of the adapter under test.
    assert_eq!(commands.iter().filter(|command| taken_back(command)).count(), 4);
    let kinds = lab.kinds();
    assert!(kinds.contains(&Kind::Outcome(Outcome::Cancelled)), "{kinds:?}");
    assert!(kinds.contains(&Kind::ExtensionRestarted {}), "{kinds:?}");
    assert!(!kinds.contains(&Kind::AdapterRemoved {}), "{kinds:?}");
}

#[test]
fn the_adapters_connect_again_under_the_handles_that_they_had() {
    let mut lab = lab();
    let before = lab.authorized();
    restart(&mut lab);
    lab.forget();
    let after = lab.authorized();
    // Also the numbers of sessions go on (R22).
    assert!(after.0 > before.0);
}

#[test]
fn r22_what_belonged_to_the_old_extension_is_nothing_to_the_new_one() {
    let mut lab = lab();
    let (adapter, session) = (lab.adapter, lab.associated());
    restart(&mut lab);
    lab.forget();
    let late = lab
        .inside(move |host| host.post_associate_completion(adapter, session, AP, Reason::UNKNOWN, Win32Error::TIMEOUT));
    assert_eq!(late, Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R21]);
}

#[test]
fn a_restart_with_what_cannot_be_used_changes_nothing() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    let useless = Scripted::default();
    useless.speaks(1, 3);
    let refused = lab.host.restart(NOW, useless).err();
    assert_eq!(refused, Some(StartError::Version { min: 1, max: 3 }));
    assert!(lab.port().unwrap().authorized);
    assert_eq!(lab.extension.calls(), []);
}

#[test]
fn an_adapter_that_the_new_extension_refuses_has_gone() {
    let mut lab = lab();
    let fresh = Scripted::default();
    fresh.script(|_, call| match call {
        Call::InitAdapter(_) => Some(Err(refused(Win32Error::NOT_SUPPORTED))),
        _ => None,
    });
    lab.host.restart(NOW, fresh).unwrap();
    assert!(lab.kinds().contains(&Kind::AdapterRemoved {}));
    let gone = lab.host.connect(NOW, lab.adapter, air::profile());
    assert!(gone.is_err());
}
