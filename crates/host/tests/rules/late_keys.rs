//! Keys that come back, keys that come too late, and what an open port may not lose.

use super::support::{Call, Lab, air};
use ihv::{Direction, Rule, Win32Error};
use portcullis_host::adapter::{AdapterEvent, DisassociationCause};
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn r29_a_key_that_was_removed_does_not_come_back() {
    let mut lab = Lab::new();
    lab.protected();
    lab.forget();
    let adapter = lab.adapter;
    let again = lab.inside(move |host| {
        host.set_default_key(adapter, air::group(1, None), Direction::Inbound)?;
        host.set_default_key(adapter, air::group(2, Some(&air::GTK)), Direction::Inbound)
    });
    assert_eq!(again, Err(Win32Error::INVALID_OPERATION));
    assert_eq!(lab.broken(), [Rule::R29]);
}

#[test]
fn r30_an_open_port_keeps_its_last_group_key() {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    let adapter = lab.adapter;
    let removed = lab.inside(move |host| host.set_default_key(adapter, air::group(1, None), Direction::Inbound));
    assert_eq!(removed, Err(Win32Error::INVALID_STATE));
    assert_eq!(lab.broken(), [Rule::R30]);
    assert!(lab.commands().is_empty());
}

#[test]
fn r05_buffers_of_no_octets_are_limited_too() {
    let mut lab = Lab::new();
    let limit = lab.inside(|host| {
        let mut held = Vec::new();
        while let Ok(buffer) = host.allocate_buffer(0) {
            held.push(buffer);
        }
        let limit = held.len();
        held.into_iter().for_each(|buffer| host.free_buffer(buffer));
        limit
    });
    assert!(limit <= 1 << 14, "{limit} buffers");
}

/// Installs a pairwise key from inside the handler that `moment` picks, and returns what came of it.
fn key_inside(moment: fn(&Call) -> bool, event: AdapterEvent<'_>) -> (Option<Result<(), Win32Error>>, Vec<Rule>) {
    let mut lab = Lab::new();
    lab.authorized();
    lab.forget();
    let adapter = lab.adapter;
    let result = Rc::new(Cell::new(None));
    let seen = Rc::clone(&result);
    lab.extension.script(move |host, call| {
        if moment(call) {
            seen.set(Some(host.set_key_mapping_key(adapter, air::pairwise(Some(&[9; 16])))));
        }
        None
    });
    lab.event(event);
    (result.get(), lab.broken())
}

#[test]
fn r21_no_key_is_installed_from_inside_the_stop() {
    let lost = AdapterEvent::Disassociated {
        peer: air::AP,
        cause: DisassociationCause::Lost,
    };
    let (result, broken) = key_inside(|call| matches!(call, Call::Stop(..)), lost);
    assert_eq!(result, Some(Err(Win32Error::INVALID_STATE)));
    assert_eq!(broken, [Rule::R21]);
}

#[test]
fn r07_no_key_is_installed_from_inside_a_reset() {
    let (result, broken) = key_inside(|call| matches!(call, Call::Reset(_)), AdapterEvent::Reset);
    assert_eq!(result, Some(Err(Win32Error::INVALID_STATE)));
    assert!(broken.contains(&Rule::R07), "{broken:?}");
}
