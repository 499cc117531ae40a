//! Beginning, ending, and what happens to an extension that panics.

use crate::scripted::{ECHO, KEYS, PANIC};
use crate::side::{
    Library, adapter, apis, begin, dot11_adapter, end, host_adapter, library, packet, receive, receive_octets,
};
use core::ptr;
use portcullis_ihv::Win32Error;
use portcullis_ihv::abi::{DOT11_IHV_VERSION_INFO, DOT11EXT_IHV_HANDLERS, init_service, version_info};
use std::sync::atomic::Ordering;

#[test]
fn r01_an_extension_says_which_versions_it_speaks_and_speaks_no_other() {
    library!(Here);
    let mut spoken = DOT11_IHV_VERSION_INFO::default();
    let mut handlers = DOT11EXT_IHV_HANDLERS::default();
    // SAFETY: everything is there.
    unsafe {
        assert_eq!(version_info::<Here>(&mut spoken), 0);
        assert_eq!((spoken.dwVerMin, spoken.dwVerMax), (0, 1));
        let code = init_service::<Here>(2, &mut apis::<Here>(), ptr::null_mut(), &mut handlers);
        assert_eq!(Win32Error(code), Win32Error::REVISION_MISMATCH);
    }
}

#[test]
fn r02_the_table_has_every_handler() {
    library!(Here);
    let handlers = begin::<Here>();
    assert_eq!(handlers.missing().count(), 0);
    end::<Here>(&handlers);
}

#[test]
fn a_table_with_a_hole_is_refused() {
    library!(Here);
    let mut holed = apis::<Here>();
    holed.Dot11ExtStopOneX = None;
    let mut handlers = DOT11EXT_IHV_HANDLERS::default();
    // SAFETY: both tables are there.
    let code = unsafe { init_service::<Here>(0, &mut holed, ptr::null_mut(), &mut handlers) };
    assert_eq!(Win32Error(code), Win32Error::INVALID_PARAMETER);
}

#[test]
fn a_service_begins_once_at_a_time_and_again_after_its_end() {
    library!(Here);
    let handlers = begin::<Here>();
    let mut another = DOT11EXT_IHV_HANDLERS::default();
    // SAFETY: both tables are there.
    let code = unsafe { init_service::<Here>(0, &mut apis::<Here>(), ptr::null_mut(), &mut another) };
    assert_eq!(Win32Error(code), Win32Error::INVALID_STATE);
    end::<Here>(&handlers);
    assert_eq!(receive(&handlers, b"late"), Win32Error::INVALID_STATE);
    end::<Here>(&begin::<Here>());
}

#[test]
fn r03_an_adapter_arrives_once() {
    library!(Here);
    let handlers = begin::<Here>();
    let mut made = ptr::null_mut();
    // SAFETY: the adapter and the room are there.
    let code = unsafe { handlers.Dot11ExtIhvInitAdapter.unwrap()(&mut dot11_adapter(), host_adapter(), &mut made) };
    assert_eq!(Win32Error(code), Win32Error::INVALID_PARAMETER);
    end::<Here>(&handlers);
}

#[test]
fn no_panic_crosses_and_a_panicked_extension_is_not_called_again() {
    library!(Here);
    let handlers = begin::<Here>();
    assert_eq!(receive(&handlers, PANIC), Win32Error::INTERNAL_ERROR);
    assert_eq!(receive(&handlers, b"more"), Win32Error::INTERNAL_ERROR);
    assert_eq!(Here::diary().packets.load(Ordering::SeqCst), 1);
    end::<Here>(&handlers);
    // A service that begins again has another extension.
    let handlers = begin::<Here>();
    assert_eq!(receive(&handlers, b"anew"), Win32Error::SUCCESS);
    end::<Here>(&handlers);
}

#[test]
fn r26_a_packet_completed_from_inside_is_delivered_and_nothing_else_comes_in() {
    library!(Here);
    let handlers = begin::<Here>();
    *Here::seen().completes_at_once.lock().unwrap() = true;
    assert_eq!(receive(&handlers, ECHO), Win32Error::SUCCESS);
    assert_eq!(Here::diary().completed.load(Ordering::SeqCst), 1);
    assert_eq!(*Here::seen().sent.lock().unwrap(), [packet(ECHO)]);
    // A stranger, the packet, the packet again, and another handler.
    let came_to = core::mem::take(&mut *Here::seen().from_inside.lock().unwrap());
    let expected = [
        Win32Error::INVALID_HANDLE,
        Win32Error::SUCCESS,
        Win32Error::INVALID_HANDLE,
        Win32Error::INVALID_OPERATION,
    ];
    assert_eq!(came_to, expected);
    // Once only.
    // SAFETY: a handle is no pointer.
    let code = unsafe { handlers.Dot11ExtIhvSendPacketCompletion.unwrap()(ptr::without_provenance_mut(1)) };
    assert_eq!(Win32Error(code), Win32Error::INVALID_HANDLE);
    assert_eq!(Here::diary().completed.load(Ordering::SeqCst), 1);
    // SAFETY: as above.
    assert_eq!(unsafe { handlers.Dot11ExtIhvAdapterReset.unwrap()(adapter()) }, 0);
    end::<Here>(&handlers);
}

#[test]
fn r28_a_group_key_is_written_as_its_page_says() {
    library!(Here);
    let handlers = begin::<Here>();
    assert_eq!(receive(&handlers, KEYS), Win32Error::SUCCESS);
    let keys = core::mem::take(&mut *Here::seen().keys.lock().unwrap());
    let [(installed, octets), (removed, nothing)] = &*keys else {
        panic!("{} keys", keys.len());
    };
    for key in [installed, removed] {
        let header = key.Header;
        assert_eq!((header.Type, header.Revision, header.Size), (0x80, 1, 24));
        assert_eq!((key.uKeyIndex, key.MacAddr), (1, [0; 6]));
    }
    assert_eq!((installed.bDelete, octets.len(), &octets[12..]), (0, 28, &[7; 16][..]));
    assert_eq!((removed.bDelete, nothing.len()), (1, 0));
    end::<Here>(&handlers);
}

#[test]
fn r27_a_packet_is_answered_in_the_form_in_which_it_came() {
    library!(Here);
    let handlers = begin::<Here>();
    let (own, peer) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let frame = |way: u8, addresses: [[u8; 6]; 3]| {
        let snap = b"\xaa\xaa\x03\x00\x00\x00\x88\x8e";
        [&[0x08, way, 0, 0], &addresses.concat()[..], &[0, 0], snap, ECHO].concat()
    };
    let (from, to) = (frame(2, [own, peer, peer]), frame(1, [peer, own, peer]));
    for (came, answer) in [(packet(ECHO), packet(ECHO)), (from, to), (packet(ECHO), packet(ECHO))] {
        assert_eq!(receive_octets(&handlers, came), Win32Error::SUCCESS);
        assert_eq!(Here::seen().sent.lock().unwrap().pop(), Some(answer));
    }
    end::<Here>(&handlers);
}
