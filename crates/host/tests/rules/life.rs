//! The life of a service and of an adapter: R01 to R08, without R07.

use crate::support::air::{self, AP};
use crate::support::{Call, Lab, NOW, Scripted, refused};
use extension::BuiltIn;
use ihv::{
    AdapterInfo, AssociationStatus, BssType, ConnectSession, ConnectionPhase, ConnectivityProfile, Direction,
    Extension, ExtensionAdapter, Guid, HostAdapter, Indication, Notification, OneXOutcome, OneXResult,
    ProfileParameters, Reason, Rule, SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest,
    Win32Error,
};
use portcullis_host::adapter::AdapterEvent;
use portcullis_host::event::Kind;
use portcullis_host::outcome::Outcome;
use portcullis_host::{Config, Host, StartError};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use zeroize::Zeroizing;

#[test]
fn r01_the_versions_are_asked_for_and_the_service_is_initialised_at_once_after() {
    let extension = Scripted::default();
    let _host = Host::new(extension.clone(), Config::default()).unwrap();
    let calls = [Call::VersionInfo, Call::InitService(0), Call::InitVirtualStation];
    assert_eq!(extension.calls(), calls);
}

#[test]
fn an_extension_without_a_use_for_virtual_stations_serves_and_one_that_fails_is_let_go() {
    let extension = Scripted::default();
    extension.refuse_virtual_stations(Win32Error::NOT_SUPPORTED);
    assert!(Host::new(extension.clone(), Config::default()).is_ok());
    assert!(!extension.calls().contains(&Call::DeinitService));

    extension.refuse_virtual_stations(Win32Error::NOT_ENOUGH_MEMORY);
    let started = Host::new(extension.clone(), Config::default());
    assert_eq!(started.err(), Some(StartError::Refused(Win32Error::NOT_ENOUGH_MEMORY)));
    assert_eq!(extension.calls().last(), Some(&Call::DeinitService));
}

#[test]
fn r01_an_extension_of_other_versions_is_not_initialised() {
    let extension = Scripted::default();
    extension.speaks(1, 3);
    let started = Host::new(extension.clone(), Config::default());
    assert_eq!(started.err(), Some(StartError::Version { min: 1, max: 3 }));
    assert_eq!(extension.calls(), [Call::VersionInfo]);
}

#[test]
fn r02_every_handler_of_the_built_in_extension_can_be_called_after_the_service_is_initialised() {
    // No adapter has arrived: whatever names one is answered with an error, and nothing panics.
    struct Caller(BuiltIn<ChaCha20Rng>, Vec<&'static str>);
    let mut lab = Lab::new();
    let called = lab.inside(|host| {
        let mut caller = Caller(BuiltIn::new(ChaCha20Rng::seed_from_u64(2)), Vec::new());
        let extension = &mut caller.0;
        let adapter = ExtensionAdapter(99);
        let parameters = ProfileParameters {
            ssids: vec![air::SSID.to_vec()],
            bss_type: BssType::Infrastructure,
        };
        let (connectivity, security) = (ConnectivityProfile::default(), SecurityProfile::default());
        let networks = [air::bss(AP)];
        assert!(extension.version_info().min == 0);
        extension.init_service(0).unwrap();
        let mut note = |name, failed: bool| {
            if failed {
                caller.1.push(name);
            }
        };
        note("init_virtual_station", extension.init_virtual_station().is_err());
        note("adapter_reset", extension.adapter_reset(host, adapter).is_err());
        note(
            "perform_pre_associate",
            extension
                .perform_pre_associate(
                    host,
                    adapter,
                    ConnectSession(1),
                    &parameters,
                    &connectivity,
                    &security,
                    &networks,
                )
                .is_err(),
        );
        note(
            "stop_post_associate",
            extension
                .stop_post_associate(host, adapter, AP, AssociationStatus::SUCCESS)
                .is_err(),
        );
        note(
            "validate_profile",
            extension
                .validate_profile(adapter, &parameters, &connectivity, &security)
                .is_err(),
        );
        note(
            "perform_capability_match",
            extension
                .perform_capability_match(adapter, &parameters, &connectivity, &security, &networks)
                .is_err(),
        );
        note(
            "receive_indication",
            extension
                .receive_indication(host, adapter, Indication::LinkQuality(50))
                .is_err(),
        );
        note(
            "receive_packet",
            extension.receive_packet(host, adapter, air::eapol(&[])).is_err(),
        );
        note(
            "send_packet_completion",
            extension.send_packet_completion(host, SendCompletion(1)).is_err(),
        );
        note(
            "process_ui_response",
            extension.process_ui_response(host, Guid(1), &[]).is_err(),
        );
        note(
            "query_ui_request",
            extension.query_ui_request(adapter, ConnectionPhase::Any).is_err(),
        );
        let result = OneXResult {
            outcome: OneXOutcome::Failure,
            auth_status: 0,
            reason: 0,
            mppe_send_key: Zeroizing::default(),
            mppe_recv_key: Zeroizing::default(),
            eap: None,
        };
        note(
            "onex_indicate_result",
            extension.onex_indicate_result(host, adapter, &result).is_err(),
        );
        note("control", extension.control(host, adapter, &[]).is_err());
        // These have no adapter that could be missing.
        assert_eq!(extension.is_ui_request_pending(Guid(1)), Ok(false));
        let change = SessionChange {
            event: 6,
            session_id: 1,
        };
        assert_eq!(extension.process_session_change(host, change), Ok(()));
        // No network is a fine answer to this one, an error too.
        let _ = extension.create_discovery_profiles(adapter, true, &parameters, &networks);
        extension.handle_timeout(host);
        assert_eq!(extension.next_timeout(), None);
        assert!(!extension.is_busy(adapter));
        extension.deinit_adapter(host, adapter);
        extension.deinit_service();
        caller.1
    });
    assert!(called.contains(&"perform_pre_associate"), "{called:?}");
    assert!(called.contains(&"send_packet_completion"), "{called:?}");
    assert!(called.contains(&"onex_indicate_result"), "{called:?}");
    assert_eq!(lab.broken(), []);
}

#[test]
fn r03_an_adapter_is_initialised_first_and_the_handles_come_back_unchanged() {
    let mut lab = Lab::new();
    lab.adapter = lab.arrive();
    let adapter = lab.adapter;
    assert_eq!(lab.extension.calls(), [Call::InitAdapter(adapter)]);
    // `Call` has translated the extension's handle back: it came unchanged, or there would be another.
    lab.event(AdapterEvent::Indication(Indication::LinkQuality(10)));
    assert_eq!(lab.extension.calls(), [Call::Indication(adapter)]);
}

#[test]
fn r03_thousands_of_adapters_that_come_and_go_never_share_a_handle() {
    let mut lab = Lab::new();
    let mut seen = vec![lab.adapter, lab.bystander];
    for _ in 0..2000 {
        let adapter = lab.arrive();
        seen.push(adapter);
        lab.host.remove_adapter(NOW, adapter);
        // What is said about it from now on is not said about the next one in its place.
        lab.host.handle_event(NOW, adapter, AdapterEvent::Reset);
        assert!(!lab.extension.calls().contains(&Call::Reset(adapter)));
    }
    seen.sort();
    let all = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), all);
}

#[test]
fn r03_an_adapter_that_the_extension_refuses_does_not_exist() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match *call {
        Call::InitAdapter(_) => {
            // What it took is given back although it never served the adapter.
            core::mem::forget(host.allocate_buffer(1 << 20).unwrap());
            Some(Err(refused(Win32Error::NOT_SUPPORTED)))
        }
        _ => None,
    });
    for _ in 0..2 {
        assert_eq!(lab.try_arrive(), Err(Win32Error::NOT_SUPPORTED));
    }
    assert_eq!(lab.broken(), [Rule::R05, Rule::R05]);
    let handles: Vec<_> = lab.extension.calls();
    let [Call::InitAdapter(first), Call::InitAdapter(second)] = handles[..] else {
        panic!("{handles:?}");
    };
    assert_ne!(first, second);
    lab.host.remove_adapter(NOW, first);
    assert_eq!(lab.extension.calls(), []);
}

#[test]
fn r03_an_adapter_that_is_named_as_another_one_is_refused_and_the_other_stays() {
    let mut lab = Lab::new();
    let taken = lab.extension.handle_of(lab.adapter);
    lab.extension.name_adapters(taken);
    assert_eq!(lab.try_arrive(), Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R03]);
    // A deinitialisation would have named the adapter that is served.
    assert!(matches!(lab.extension.calls()[..], [Call::InitAdapter(_)]));
    lab.event(AdapterEvent::Indication(Indication::LinkQuality(10)));
    assert_eq!(lab.extension.calls(), [Call::Indication(lab.adapter)]);
    // Once that has left, its name is free.
    lab.host.remove_adapter(NOW, lab.adapter);
    lab.forget();
    assert!(lab.try_arrive().is_ok());
    assert_eq!(lab.broken(), []);
}

#[test]
fn r04_every_adapter_is_deinitialised_before_the_service() {
    let extension = Scripted::default();
    let mut host = Host::new(extension.clone(), Config::default()).unwrap();
    let info = |number| AdapterInfo {
        id: Guid(number),
        description: String::new(),
        address: AP,
        capabilities: ihv::AdapterCapabilities::default(),
    };
    let adapters = [1, 2, 3].map(|number| host.add_adapter(NOW, info(number)).unwrap());
    host.remove_adapter(NOW, adapters[1]);
    extension.calls();
    host.shutdown(NOW);
    assert_eq!(
        extension.calls(),
        [
            Call::DeinitAdapter(adapters[0]),
            Call::DeinitAdapter(adapters[2]),
            Call::DeinitService
        ]
    );
}

#[test]
fn r05_no_call_is_answered_from_inside_the_deinitialisation_or_after() {
    let mut lab = Lab::new();
    let session = lab.pre_associating();
    let adapter = lab.adapter;
    lab.forget();
    lab.extension.script(move |host, call| match *call {
        Call::DeinitAdapter(adapter) => {
            let cancelled = host.pre_associate_completion(adapter, session, Reason::UNKNOWN, Win32Error::CANCELLED);
            assert_eq!(cancelled, Err(Win32Error::INVALID_HANDLE));
            assert_eq!(
                host.set_exclude_unencrypted(adapter, true),
                Err(Win32Error::INVALID_HANDLE)
            );
            Some(Ok(()))
        }
        _ => None,
    });
    lab.event(AdapterEvent::Removed);
    assert_eq!(lab.broken(), [Rule::R05, Rule::R05]);
    let late = lab.inside(move |host| host.set_auth_algorithm(adapter, air::AUTH));
    assert_eq!(late, Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R05]);
    // Also when another adapter has taken the place.
    lab.arrive();
    let late = lab.inside(move |host| host.set_auth_algorithm(adapter, air::AUTH));
    assert_eq!(late, Err(Win32Error::INVALID_HANDLE));
    assert_eq!(lab.broken(), [Rule::R05]);
    assert!(lab.commands().is_empty());
}

#[test]
fn r05_a_pending_pre_association_is_cancelled_silently_with_its_adapter() {
    let mut lab = Lab::new();
    lab.pre_associating();
    lab.forget();
    lab.event(AdapterEvent::Removed);
    assert_eq!(lab.extension.calls(), [Call::DeinitAdapter(lab.adapter)]);
    let kinds = lab.kinds();
    assert_eq!(kinds, [Kind::Outcome(Outcome::AdapterGone), Kind::AdapterRemoved {}]);
}

#[test]
fn r05_a_buffer_that_was_not_freed_is_reported_and_taken_back() {
    let mut lab = Lab::new();
    lab.extension.script(|host, call| match call {
        Call::Indication(_) => {
            core::mem::forget(host.allocate_buffer(1 << 20).unwrap());
            Some(Ok(()))
        }
        Call::Control(_) => {
            let buffer = host.allocate_buffer(1 << 20).unwrap();
            assert!(host.allocate_buffer(1).is_err());
            host.free_buffer(buffer);
            Some(Ok(()))
        }
        _ => None,
    });
    let well_behaved = lab.arrive();
    lab.host.control(NOW, well_behaved, &[]).unwrap();
    lab.host.remove_adapter(NOW, well_behaved);
    assert_eq!(lab.broken(), []);
    for _ in 0..2 {
        lab.event(AdapterEvent::Indication(Indication::PhyState { on: true }));
        lab.event(AdapterEvent::Removed);
        assert_eq!(lab.broken(), [Rule::R05]);
        lab.adapter = lab.arrive();
    }
}

#[test]
fn r06_a_pending_operation_is_stopped_before_its_adapter_is_deinitialised() {
    let mut lab = Lab::new();
    lab.associated();
    lab.forget();
    lab.event(AdapterEvent::Removed);
    let calls = lab.extension.calls();
    assert!(
        matches!(&calls[..], [Call::Stop(_, AP, _), Call::DeinitAdapter(_)]),
        "{calls:?}"
    );
    assert_eq!(lab.broken(), []);
}

#[test]
fn r08_a_call_in_the_wrong_phase_is_refused_recorded_and_changes_nothing() {
    type Attempt = fn(&mut dyn ihv::Host, HostAdapter) -> Result<(), Win32Error>;
    let attempts: [(&str, Attempt); 10] = [
        ("pre_associate_completion", |host, adapter| {
            host.pre_associate_completion(adapter, ConnectSession(1 << 40), Reason::SUCCESS, Win32Error::SUCCESS)
        }),
        ("set_current_profile", |host, adapter| {
            host.set_current_profile(
                adapter,
                ConnectSession(1 << 40),
                &Default::default(),
                &Default::default(),
            )
        }),
        ("profile_custom_user_data", |host, adapter| {
            host.profile_custom_user_data(adapter, ConnectSession(1 << 40), 1)
                .map(drop)
        }),
        ("set_profile_custom_user_data", |host, adapter| {
            host.set_profile_custom_user_data(adapter, ConnectSession(1 << 40), 1, b"x")
        }),
        ("start_onex", |host, adapter| host.start_onex(adapter, &[])),
        ("stop_onex", |host, adapter| host.stop_onex(adapter)),
        ("process_onex_packet", |host, adapter| {
            host.process_onex_packet(adapter, &[2, 0, 0, 0])
        }),
        ("send_packet", |host, adapter| {
            host.send_packet(adapter, air::eapol(&[2, 1, 0, 0]), SendCompletion(1))
        }),
        ("set_key_mapping_key", |host, adapter| {
            host.set_key_mapping_key(adapter, air::pairwise(Some(&air::TK)))
        }),
        ("post_associate_completion", |host, adapter| {
            let session = SecuritySession(1 << 40);
            host.post_associate_completion(adapter, session, AP, Reason::SUCCESS, Win32Error::SUCCESS)
        }),
    ];
    let mut lab = Lab::new();
    for (name, attempt) in attempts {
        let adapter = lab.adapter;
        assert!(lab.inside(move |host| attempt(host, adapter)).is_err(), "{name}");
        let kinds = lab.kinds();
        let [Kind::RuleBroken { call, .. }] = kinds[..] else {
            panic!("{name}: {kinds:?}");
        };
        assert_eq!(call, name);
        assert!(lab.commands().is_empty(), "{name}");
    }
    assert_eq!(lab.extension.calls(), []);
    lab.authorized();
    assert_eq!(lab.broken(), []);
}

#[test]
fn r08_a_handle_that_never_named_an_adapter_is_refused_by_every_function() {
    let mut lab = Lab::new();
    for handle in [HostAdapter(0), HostAdapter(u64::MAX), HostAdapter(5 << 32)] {
        let refusals = lab.inside(move |host| {
            [
                host.set_auth_algorithm(handle, air::AUTH),
                host.set_unicast_cipher_algorithm(handle, air::CCMP),
                host.set_multicast_cipher_algorithm(handle, air::CCMP),
                host.set_ethertype_handling(handle, Default::default()),
                host.set_exclude_unencrypted(handle, true),
                host.set_default_key_id(handle, 1),
                host.set_default_key(handle, air::group(1, Some(&air::GTK)), Direction::Both),
                host.set_key_mapping_key(handle, air::pairwise(None)),
                host.send_packet(handle, air::eapol(&[]), SendCompletion(1)),
                host.nic_specific_extension(handle, &[]).map(drop),
                host.request_virtual_station(handle),
                host.release_virtual_station(handle),
                host.query_virtual_station_properties(handle).map(drop),
                host.send_notification(
                    handle,
                    Notification {
                        source: 0x40,
                        code: 1,
                        interface: Guid(1),
                        data: Vec::new(),
                    },
                ),
                host.send_ui_request(
                    handle,
                    &UiRequest {
                        session_id: 1,
                        id: Guid(1),
                        page: Guid(2),
                        data: Vec::new(),
                    },
                ),
            ]
        });
        assert!(
            refusals
                .iter()
                .all(|refusal| *refusal == Err(Win32Error::INVALID_HANDLE))
        );
        assert_eq!(lab.broken(), [Rule::R08; 15]);
        assert!(lab.commands().is_empty());
    }
}
