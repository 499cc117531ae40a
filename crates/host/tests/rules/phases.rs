//! R08: a call in the wrong phase is refused, changes nothing and is recorded.

use crate::support::{Bench, CALLS, Seat};
use ihv::{ConnectSession, HostAdapter, Rule, SecuritySession, Win32Error};

/// Calls that need a pre-association.
const PRE: [&str; 5] = [
    "set_profile_custom_user_data",
    "profile_custom_user_data",
    "set_current_profile",
    "pre_associate_completion",
    "set_virtual_station_ap_properties",
];
#[test]
fn r08_a_call_with_a_handle_that_names_nothing_is_refused() {
    for (call, attempt) in CALLS {
        let mut bench = Bench::new();
        let adapter = bench.opened();
        bench.forget_events();
        bench.take_commands();
        bench.act(adapter, move |host, seat| {
            for adapter in [
                HostAdapter(0),
                HostAdapter(99),
                HostAdapter(7 << 32),
                HostAdapter(u64::MAX),
            ] {
                let strange = Seat { adapter, ..*seat };
                assert_eq!(attempt(host, &strange), Err(Win32Error::INVALID_HANDLE), "{call}");
            }
            Ok(())
        });
        assert_eq!(bench.broken(), [(Rule::R08, call); 4]);
        assert_eq!(bench.commands(adapter), [] as [String; 0]);
        assert_eq!(bench.events(adapter).count(), 0);
    }
}

#[test]
fn r08_what_needs_a_pre_association_is_refused_without_one() {
    for (call, attempt) in CALLS.into_iter().filter(|(call, _)| PRE.contains(call)) {
        for arrive in [Bench::add, Bench::associating, Bench::opened] {
            let mut bench = Bench::new();
            let adapter = arrive(&mut bench);
            bench.forget_events();
            bench.take_commands();
            bench.act(adapter, move |host, seat| {
                let never = Seat {
                    connect: ConnectSession(1_000),
                    ..*seat
                };
                assert_eq!(attempt(host, &never), Err(Win32Error::INVALID_HANDLE), "{call}");
                Ok(())
            });
            assert_eq!(bench.broken(), [(Rule::R08, call)]);
            assert_eq!(bench.commands(adapter), [] as [String; 0]);
        }
    }
}

#[test]
fn r08_a_completion_of_an_operation_that_never_was_is_refused() {
    let mut bench = Bench::new();
    let adapter = bench.associated();
    bench.act(adapter, |host, seat| {
        let never = Seat {
            session: SecuritySession(1_000),
            ..*seat
        };
        assert_eq!(
            never.complete(host, Win32Error::SUCCESS),
            Err(Win32Error::INVALID_HANDLE)
        );
        Ok(())
    });
    assert_eq!(bench.broken(), [(Rule::R22, "post_associate_completion")]);
    assert!(!bench.is_authorized(adapter));
}

#[test]
fn r08_a_refused_call_is_recorded_with_its_error() {
    let mut bench = Bench::new();
    let adapter = bench.add();
    bench.act(adapter, |host, seat| {
        assert_eq!(host.start_onex(seat.adapter, &[]), Err(Win32Error::INVALID_STATE));
        Ok(())
    });
    let recorded = bench.events(adapter).last().unwrap();
    assert_eq!(
        serde_json::to_value(recorded).unwrap(),
        serde_json::json!({
            "kind": "rule_broken",
            "details": {
                "rule": "R08",
                "call": "start_onex",
                "error": {"code": 5023, "name": "INVALID_STATE"}
            }
        })
    );
    bench.broken();
}

#[test]
fn r08_every_call_passes_in_its_right_phase() {
    let unsupported = [
        "nic_specific_extension",
        "request_virtual_station",
        "set_virtual_station_ap_properties",
    ];
    for (call, attempt) in CALLS {
        let mut bench = Bench::new();
        // Whatever the extension keeps with a profile has to be put there first.
        let adapter = if PRE.contains(&call) || call == "set_ethertype_handling" {
            bench.pre_associating()
        } else {
            bench.opened()
        };
        // The 802.1X calls and a pairwise key have rules of their own.
        if ["start_onex", "stop_onex", "process_onex_packet", "set_key_mapping_key"].contains(&call) {
            continue;
        }
        bench.forget_events();
        bench.act(adapter, move |host, seat| {
            if call == "profile_custom_user_data" {
                host.set_profile_custom_user_data(seat.adapter, seat.connect, 1, b"data")?;
                assert_eq!(host.profile_custom_user_data(seat.adapter, seat.connect, 1)?, b"data");
            }
            let expected = match unsupported.contains(&call) {
                true => Err(Win32Error::NOT_SUPPORTED),
                false => Ok(()),
            };
            assert_eq!(attempt(host, seat), expected, "{call}");
            Ok(())
        });
        assert_eq!(bench.broken(), [], "{call}");
    }
}
