//! R01 to R06: a service and its adapters, from arrival to departure.

use crate::support::{Bench, CALLS, Call, MESSAGE_1, On, PEER, SSID, Scripted, eapol, network, profile};
use core::time::Duration;
use ihv::{
    AdapterInfo, AssociationParameters, AssociationStatus, AuthAlgorithm, BssType, CipherAlgorithm, ConnectSession,
    ConnectionPhase, ConnectivityProfile, Extension, ExtensionAdapter, Guid, HostAdapter, Indication, OneXOutcome,
    OneXResult, PortState, ProfileParameters, Rule, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion,
    SessionChange, Win32Error,
};
use portcullis_host::adapter::AdapterEvent;
use portcullis_host::event::Kind;
use portcullis_host::{Config, ConnectError, Host, StartError};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

#[test]
fn r01_the_versions_are_asked_for_and_the_service_begins_right_after_with_version_0() {
    let extension = Scripted::default();
    extension.speaks(0, 3);
    Host::new(extension.clone(), Config::default()).unwrap();
    assert_eq!(extension.calls(), [Call::Version, Call::InitService(0)]);
}

#[test]
fn r01_an_extension_without_version_0_is_never_initialised() {
    for (min, max) in [(1, 3), (1, 0)] {
        let extension = Scripted::default();
        extension.speaks(min, max);
        let refused = Host::new(extension.clone(), Config::default()).err();
        assert_eq!(refused, Some(StartError::Version { min, max }));
        assert_eq!(extension.calls(), [Call::Version]);
    }
}

/// No handler can be missing in safe Rust; what is left to check is that each returns, whatever handles
/// it is given.
#[test]
fn r02_every_handler_of_the_built_in_extension_returns_once_the_service_is_initialised() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.act(adapter, |host, _| {
        let mut extension = extension::BuiltIn::new(ChaCha12Rng::seed_from_u64(2));
        extension.init_service(0).unwrap();
        call_every_handler(&mut extension, host);
        Ok(())
    });
}

fn call_every_handler(extension: &mut dyn Extension, host: &mut dyn ihv::Host) {
    const STRANGE: ExtensionAdapter = ExtensionAdapter(0xdead_beef);
    let invalid = Err(Win32Error::INVALID_HANDLE);
    let info = AdapterInfo {
        id: Guid(1),
        description: String::new(),
        address: PEER,
    };
    let port = PortState {
        peer: PEER,
        session_id: 1,
        controlled: true,
        authorized: false,
    };
    let parameters = AssociationParameters {
        peer: PEER,
        status: AssociationStatus::SUCCESS,
        reassociation: false,
        request: &[],
        response: &[],
        beacon: &[],
        ihv_data: &[],
        auth: AuthAlgorithm::OPEN,
        unicast_cipher: CipherAlgorithm::NONE,
        multicast_cipher: CipherAlgorithm::NONE,
        multicast_management_cipher: CipherAlgorithm::NONE,
        port_authorized: false,
    };
    let wanted = ProfileParameters {
        ssids: vec![SSID.to_vec()],
        bss_type: BssType::Infrastructure,
    };
    let result = OneXResult {
        outcome: OneXOutcome::Failure,
        auth_status: 0,
        reason: 0,
        mppe_send_key: Vec::new().into(),
        mppe_recv_key: Vec::new().into(),
        eap: None,
    };
    let packet = SecurityPacket {
        peer: PEER,
        ethertype: frame::ethertype::EtherType::EAPOL,
        data: &[],
    };
    let (connectivity, security, seen) = (ConnectivityProfile::default(), SecurityProfile::default(), []);
    let session = ConnectSession(9);
    assert!(extension.version_info().min == 0);
    assert!(extension.init_virtual_station().is_err());
    let refused = extension.perform_pre_associate(host, STRANGE, session, &wanted, &connectivity, &security, &seen);
    assert_eq!(refused.unwrap_err().error, Win32Error::INVALID_HANDLE);
    let refused = extension.perform_post_associate(host, STRANGE, SecuritySession(9), &port, &parameters);
    assert_eq!(refused, invalid);
    let stopped = extension.stop_post_associate(host, STRANGE, PEER, AssociationStatus::CANCELLED);
    assert_eq!(stopped, invalid);
    assert_eq!(extension.adapter_reset(host, STRANGE), invalid);
    assert_eq!(extension.receive_packet(host, STRANGE, packet), invalid);
    assert_eq!(
        extension.query_ui_request(STRANGE, ConnectionPhase::Any).err(),
        invalid.err()
    );
    assert!(
        extension
            .validate_profile(STRANGE, &wanted, &connectivity, &security)
            .is_err()
    );
    assert!(
        extension
            .perform_capability_match(STRANGE, &wanted, &connectivity, &security, &seen)
            .is_err()
    );
    assert!(
        extension
            .create_discovery_profiles(STRANGE, false, &wanted, &seen)
            .is_err()
    );
    assert!(extension.send_packet_completion(host, SendCompletion(9)).is_err());
    assert!(extension.process_ui_response(host, Guid(9), &[]).is_err());
    assert!(extension.onex_indicate_result(host, STRANGE, &result).is_err());
    assert!(extension.control(host, STRANGE, &[]).is_err());
    assert_eq!(extension.is_ui_request_pending(Guid(9)), Ok(false));
    assert!(
        extension
            .receive_indication(host, STRANGE, Indication::LinkQuality(9))
            .is_ok()
    );
    let change = SessionChange {
        event: 5,
        session_id: 1,
    };
    assert!(extension.process_session_change(host, change).is_ok());
    assert!(!extension.is_busy(STRANGE));
    assert_eq!(extension.next_timeout(), None);
    extension.handle_timeout(host);
    let own = extension.init_adapter(host, HostAdapter(0xffff), &info).unwrap();
    assert!(extension.adapter_reset(host, own).is_ok());
    extension.deinit_adapter(host, own);
    extension.deinit_adapter(host, STRANGE);
    extension.deinit_service();
}

#[test]
fn r03_an_adapter_is_initialised_before_anything_else_about_it() {
    let mut bench = Bench::alone();
    assert_eq!(
        bench.host.connect(bench.now(), HostAdapter(1 << 32), profile()),
        Err(ConnectError::NoSuchAdapter)
    );
    bench.tell(
        HostAdapter(1 << 32),
        AdapterEvent::ScanCompleted(&[network(PEER, SSID)]),
    );
    assert_eq!(bench.calls(), [Call::Version, Call::InitService(0)]);
    let adapter = bench.opened();
    assert_eq!(bench.calls()[0], Call::InitAdapter(adapter));
}

#[test]
fn r03_handles_are_unique_and_come_back_unchanged() {
    let mut bench = Bench::new();
    let adapters: Vec<_> = (0..50).map(|_| bench.pre_associating()).collect();
    let own: BTreeSet<_> = adapters
        .iter()
        .map(|adapter| bench.extension.seat(*adapter).own)
        .collect();
    assert_eq!(BTreeSet::from_iter(&adapters).len(), 50);
    assert_eq!(own.len(), 50);
    bench.calls();
    for adapter in adapters {
        bench.tell(adapter, AdapterEvent::Indication(Indication::LinkQuality(1)));
        assert_eq!(bench.calls(), [Call::Indication(bench.extension.seat(adapter).own)]);
    }
}

#[test]
fn r03_an_adapter_that_the_extension_refuses_does_not_exist() {
    let mut bench = Bench::new();
    let handle = Rc::new(RefCell::new(HostAdapter(0)));
    let seen = Rc::clone(&handle);
    bench.extension.on_arrival(move |_, seat| {
        *seen.borrow_mut() = seat.adapter;
        Err(Win32Error::NOT_SUPPORTED)
    });
    assert_eq!(bench.try_add(), Err(Win32Error::NOT_SUPPORTED));
    let dead = *handle.borrow();
    bench.calls();
    bench.tell(dead, AdapterEvent::Reset);
    assert_eq!(bench.calls(), [], "nobody hears of it any more");
    let next = bench.add();
    assert_ne!(next, dead);
    bench.act(next, move |host, _| {
        assert_eq!(
            host.set_exclude_unencrypted(dead, true),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R05, "set_exclude_unencrypted")]);
}

#[test]
fn r03_thousands_of_adapters_come_and_go_and_no_handle_comes_twice() {
    let mut bench = Bench::new();
    let mut seen = BTreeSet::new();
    for _ in 0..3_000 {
        let adapter = bench.associated();
        assert!(seen.insert(adapter));
        bench.tell(adapter, AdapterEvent::Removed);
    }
    let stale: Vec<_> = seen.into_iter().collect();
    let adapter = bench.associated();
    bench.act(adapter, move |host, _| {
        for stale in stale {
            assert_eq!(host.set_default_key_id(stale, 0), Err(Win32Error::INVALID_HANDLE));
        }
        Ok(())
    });
    let broken = bench.broken();
    assert_eq!(broken.len(), 3_000);
    assert!(broken.iter().all(|broken| *broken == (Rule::R05, "set_default_key_id")));
}

#[test]
fn r04_every_adapter_is_deinitialised_before_the_service_is() {
    let mut bench = Bench::alone();
    let adapters = [
        bench.add(),
        bench.pre_associating(),
        bench.associating(),
        bench.associated(),
        bench.opened(),
    ];
    let own = adapters.map(|adapter| bench.extension.seat(adapter).own);
    bench.tell(adapters[0], AdapterEvent::Removed);
    bench.calls();
    let calls = bench.shutdown();
    let (last, before) = calls.split_last().unwrap();
    assert_eq!(*last, Call::DeinitService);
    let deinitialised: Vec<_> = before
        .iter()
        .filter(|call| matches!(call, Call::DeinitAdapter(_)))
        .cloned()
        .collect();
    assert_eq!(
        deinitialised,
        own[1..].iter().map(|own| Call::DeinitAdapter(*own)).collect::<Vec<_>>()
    );
}

#[test]
fn r05_inside_the_deinitialisation_every_call_with_the_handle_is_refused() {
    for (call, attempt) in CALLS {
        for arrive in [Bench::pre_associating, Bench::associating, Bench::opened] {
            let mut bench = Bench::new();
            let adapter = arrive(&mut bench);
            bench.forget_events();
            bench.extension.on(On::DeinitAdapter, adapter, move |host, seat| {
                assert_eq!(attempt(host, seat), Err(Win32Error::INVALID_HANDLE), "{call}");
                Ok(())
            });
            bench.tell(adapter, AdapterEvent::Removed);
            assert_eq!(bench.broken(), [(Rule::R05, call)]);
        }
    }
}

#[test]
fn r05_after_the_deinitialisation_every_call_with_the_handle_is_refused_even_if_its_place_was_given_away() {
    for (call, attempt) in CALLS {
        let mut bench = Bench::new();
        let adapter = bench.opened();
        let stale = bench.extension.seat(adapter);
        bench.tell(adapter, AdapterEvent::Removed);
        let next = bench.opened();
        bench.forget_events();
        bench.take_commands();
        bench.act(next, move |host, _| {
            assert_eq!(attempt(host, &stale), Err(Win32Error::INVALID_HANDLE), "{call}");
            Ok(())
        });
        assert_eq!(bench.broken(), [(Rule::R05, call)]);
        assert!(bench.is_authorized(next));
        assert_eq!(bench.commands(next), [] as [String; 0]);
    }
}

#[test]
fn r05_an_adapter_that_leaves_quietly_breaks_nothing() {
    let mut bench = Bench::new();
    for arrive in [
        Bench::add,
        Bench::pre_associating,
        Bench::associating,
        Bench::associated,
        Bench::opened,
    ] {
        let adapter = arrive(&mut bench);
        let own = bench.extension.seat(adapter).own;
        bench.calls();
        bench.tell(adapter, AdapterEvent::Removed);
        assert_eq!(bench.calls().last(), Some(&Call::DeinitAdapter(own)));
        assert_eq!(bench.events(adapter).last(), Some(&Kind::AdapterRemoved {}));
        bench.tell(adapter, AdapterEvent::Removed);
        bench.receive(adapter, &eapol(MESSAGE_1));
        assert_eq!(bench.calls(), []);
    }
}

#[test]
fn r05_a_buffer_that_was_not_freed_is_reported_and_taken_back() {
    let mut bench = Bench::new();
    let limit = u32::try_from(Config::default().buffer_limit).unwrap();
    let leaky = bench.add();
    bench.act(leaky, move |host, _| {
        let freed = host.allocate_buffer(100)?;
        assert_eq!(&*freed.octets, [0; 100]);
        host.free_buffer(freed);
        drop(host.allocate_buffer(7)?);
        Ok(())
    });
    bench.tell(leaky, AdapterEvent::Removed);
    assert_eq!(bench.broken(), []);
    // A timer belongs to no adapter; a packet does.
    let leaky = bench.associated();
    bench.extension.on(On::Receive, leaky, move |host, _| {
        drop(host.allocate_buffer(limit - 7)?);
        assert_eq!(host.allocate_buffer(1).err(), Some(Win32Error::NOT_ENOUGH_MEMORY));
        Ok(())
    });
    bench.receive(leaky, b"anything");
    bench.tell(leaky, AdapterEvent::Removed);
    assert_eq!(bench.broken(), [(Rule::R05, "deinit_adapter")]);
    let tidy = bench.associated();
    bench.extension.on(On::Receive, tidy, move |host, _| {
        let all = host.allocate_buffer(limit - 7)?;
        host.free_buffer(all);
        Ok(())
    });
    bench.receive(tidy, b"anything");
    bench.tell(tidy, AdapterEvent::Removed);
}

#[test]
fn r06_a_post_association_is_stopped_before_its_adapter_is_deinitialised() {
    let mut bench = Bench::new();
    for arrive in [Bench::associated, Bench::opened] {
        let adapter = arrive(&mut bench);
        let own = bench.extension.seat(adapter).own;
        bench.calls();
        bench.tell(adapter, AdapterEvent::Removed);
        let stopped = Call::Stop(own, PEER, AssociationStatus::SYSTEM_ERROR);
        assert_eq!(bench.calls(), [stopped, Call::DeinitAdapter(own)]);
    }
}

#[test]
fn timers_and_tools_reach_the_extension() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    let own = bench.extension.seat(adapter).own;
    bench.calls();
    let change = SessionChange {
        event: 6,
        session_id: 2,
    };
    assert_eq!(bench.host.session_change(Duration::ZERO, change), Ok(()));
    assert_eq!(
        bench.host.control(Duration::ZERO, adapter, b"ping"),
        Ok(b"ping".to_vec())
    );
    assert_eq!(bench.host.query_ui_request(adapter, ConnectionPhase::Any), Ok(None));
    assert_eq!(bench.calls(), [Call::SessionChange(change), Call::Control(own)]);
    let gone = HostAdapter(77);
    assert_eq!(
        bench.host.control(Duration::ZERO, gone, b""),
        Err(Win32Error::INVALID_HANDLE)
    );
    assert_eq!(
        bench.host.query_ui_request(gone, ConnectionPhase::Any),
        Err(Win32Error::INVALID_HANDLE)
    );
}

#[test]
fn an_answer_reaches_the_extension_once_and_only_if_something_was_asked() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    let (_, ask) = CALLS.into_iter().find(|(name, _)| *name == "send_ui_request").unwrap();
    bench.act(adapter, move |host, seat| {
        assert_eq!(ask(host, seat), Ok(()));
        assert_eq!(ask(host, seat), Err(Win32Error::BUSY));
        Ok(())
    });
    bench.calls();
    let now = bench.now();
    assert_eq!(
        bench.host.answer_ui_request(now, adapter, Guid(6), b"no"),
        Err(Win32Error::NOT_FOUND)
    );
    assert_eq!(bench.host.answer_ui_request(now, adapter, Guid(7), b"yes"), Ok(()));
    assert_eq!(
        bench.host.answer_ui_request(now, adapter, Guid(7), b"yes"),
        Err(Win32Error::NOT_FOUND)
    );
    assert_eq!(bench.calls(), [Call::UiResponse(Guid(7), b"yes".to_vec())]);
}
