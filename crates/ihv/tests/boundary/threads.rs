//! Calls from any thread, and the extension's own time.

use crate::side::{Library, adapter, begin, end, library, receive};
use core::ptr;
use core::time::Duration;
use portcullis_ihv::Win32Error;
use portcullis_ihv::abi::{
    DOT11_BSS_LIST, DOT11EXT_IHV_CONNECTIVITY_PROFILE, DOT11EXT_IHV_PROFILE_PARAMS, DOT11EXT_IHV_SECURITY_PROFILE,
    dot11_BSS_type_infrastructure,
};
use std::sync::atomic::Ordering;
use std::time::Instant;

#[test]
fn r23_handlers_called_from_many_threads_run_one_after_another() {
    const THREADS: u32 = 8;
    const PACKETS: u32 = 50;
    library!(Here);
    let handlers = begin::<Here>();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..PACKETS {
                    assert_eq!(receive(&handlers, b"one"), Win32Error::SUCCESS);
                }
            });
        }
    });
    assert_eq!(Here::diary().packets.load(Ordering::SeqCst), THREADS * PACKETS);
    assert!(!Here::diary().crowded.load(Ordering::SeqCst));
    end::<Here>(&handlers);
}

#[test]
fn a_timeout_comes_by_itself() {
    library!(Here);
    let handlers = begin::<Here>();
    let mut profile = DOT11EXT_IHV_PROFILE_PARAMS {
        pSsidList: ptr::null_mut(),
        BssType: dot11_BSS_type_infrastructure,
        pMSSecuritySettings: ptr::null_mut(),
    };
    let mut connectivity = DOT11EXT_IHV_CONNECTIVITY_PROFILE {
        pszXmlFragmentIhvConnectivity: ptr::null_mut(),
    };
    let mut later: Vec<u16> = "later\0".encode_utf16().collect();
    let mut security = DOT11EXT_IHV_SECURITY_PROFILE {
        pszXmlFragmentIhvSecurity: later.as_mut_ptr(),
        bUseMSOnex: 0,
    };
    let mut networks = DOT11_BSS_LIST {
        uNumOfBytes: 0,
        pucBuffer: ptr::null_mut(),
    };
    let mut reason = 0;
    // SAFETY: everything is there.
    let code = unsafe {
        handlers.Dot11ExtIhvPerformPreAssociate.unwrap()(
            adapter(),
            ptr::without_provenance_mut(1),
            &mut profile,
            &mut connectivity,
            &mut security,
            &mut networks,
            &mut reason,
        )
    };
    assert_eq!((code, reason), (0, 0));
    let deadline = Instant::now() + Duration::from_secs(20);
    while Here::diary().timeouts.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < deadline, "no timeout comes");
        std::thread::sleep(Duration::from_millis(1));
    }
    end::<Here>(&handlers);
    assert_eq!(Here::diary().timeouts.load(Ordering::SeqCst), 1);
}
