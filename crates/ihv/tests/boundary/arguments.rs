//! Null, strange handles, short buffers, wrong headers: each gets the right error, and nothing is left behind.

use crate::side::{Library, adapter, apis, begin, end, host_adapter, library, stranger};
use core::ptr::{self, null_mut as null};
use portcullis_ihv::Win32Error;
use portcullis_ihv::abi::{
    DOT11_ASSOCIATION_COMPLETION_PARAMETERS, DOT11_MSONEX_RESULT_PARAMS, DOT11_MSONEX_SUCCESS, DOT11_PORT_STATE,
    DOT11_SSID, DOT11EXT_IHV_DISCOVERY_PROFILE_LIST, DOT11EXT_IHV_HANDLERS, DOT11EXT_IHV_PROFILE_PARAMS,
    DOT11EXT_IHV_SSID_LIST, FALSE, GUID, HANDLE, IndicationTypeLinkQuality, IndicationTypeNicSpecificNotification,
    TRUE, WTSSESSION_NOTIFICATION, connection_phase_any, connection_phase_initial_connection,
    dot11_BSS_type_infrastructure, init_service, version_info,
};

const GUID_ONE: GUID = GUID {
    Data1: 0,
    Data2: 0,
    Data3: 0,
    Data4: [0, 0, 0, 0, 0, 0, 0, 1],
};

fn port() -> DOT11_PORT_STATE {
    DOT11_PORT_STATE {
        PeerMacAddress: [2, 0, 0, 0, 0, 2],
        uSessionId: 0,
        bPortControlled: TRUE,
        bPortAuthorized: FALSE,
    }
}

pub(crate) fn profile(names: &mut DOT11EXT_IHV_SSID_LIST) -> DOT11EXT_IHV_PROFILE_PARAMS {
    DOT11EXT_IHV_PROFILE_PARAMS {
        pSsidList: names,
        BssType: dot11_BSS_type_infrastructure,
        pMSSecuritySettings: null(),
    }
}

/// Parameters of an association, with nothing in them.
fn association() -> Vec<u8> {
    let size = size_of::<DOT11_ASSOCIATION_COMPLETION_PARAMETERS>();
    let header = [&[0x80, 2], &u16::try_from(size).unwrap().to_ne_bytes()[..]].concat();
    [&header, &vec![0; size - header.len()][..]].concat()
}

/// A result without keys.
pub(crate) fn onex_result() -> DOT11_MSONEX_RESULT_PARAMS {
    DOT11_MSONEX_RESULT_PARAMS {
        Dot11OnexAuthStatus: 0,
        Dot11OneXReasonCode: 0,
        pbMPPESendKey: null(),
        dwMPPESendKeyLen: 0,
        pbMPPERecvKey: null(),
        dwMPPERecvKeyLen: 0,
        pDot11EapResult: null(),
    }
}

pub(crate) fn one_name() -> DOT11EXT_IHV_SSID_LIST {
    let mut name = DOT11_SSID {
        uSSIDLength: 3,
        ucSSID: [0; 32],
    };
    name.ucSSID[..3].copy_from_slice(b"one");
    DOT11EXT_IHV_SSID_LIST {
        ulCount: 1,
        SSIDs: [name],
    }
}

/// Calls every handler with `adapter` and null for everything else; returns what each came to.
fn call_all(handlers: &DOT11EXT_IHV_HANDLERS, adapter: HANDLE) -> Vec<(&'static str, Win32Error)> {
    // SAFETY: null is allowed everywhere.
    let codes = unsafe {
        [
            (
                "pre",
                handlers.Dot11ExtIhvPerformPreAssociate.unwrap()(
                    adapter,
                    null(),
                    null(),
                    null(),
                    null(),
                    null(),
                    null(),
                ),
            ),
            (
                "post",
                handlers.Dot11ExtIhvPerformPostAssociate.unwrap()(adapter, null(), null(), 0, null()),
            ),
            (
                "stop",
                handlers.Dot11ExtIhvStopPostAssociate.unwrap()(adapter, null(), 0),
            ),
            (
                "validate",
                handlers.Dot11ExtIhvValidateProfile.unwrap()(adapter, null(), null(), null(), null()),
            ),
            (
                "match",
                handlers.Dot11ExtIhvPerformCapabilityMatch.unwrap()(adapter, null(), null(), null(), null(), null()),
            ),
            (
                "discover",
                handlers.Dot11ExtIhvCreateDiscoveryProfiles.unwrap()(adapter, FALSE, null(), null(), null(), null()),
            ),
            ("session", handlers.Dot11ExtIhvProcessSessionChange.unwrap()(5, null())),
            (
                "indication",
                handlers.Dot11ExtIhvReceiveIndication.unwrap()(adapter, IndicationTypeLinkQuality, 0, null()),
            ),
            ("packet", handlers.Dot11ExtIhvReceivePacket.unwrap()(adapter, 8, null())),
            (
                "pending",
                handlers.Dot11ExtIhvIsUIRequestPending.unwrap()(GUID_ONE, null()),
            ),
            (
                "response",
                handlers.Dot11ExtIhvProcessUIResponse.unwrap()(GUID_ONE, 4, null()),
            ),
            (
                "query",
                handlers.Dot11ExtIhvQueryUIRequest.unwrap()(adapter, connection_phase_any, null()),
            ),
            (
                "result",
                handlers.Dot11ExtIhvOnexIndicateResult.unwrap()(adapter, DOT11_MSONEX_SUCCESS, null()),
            ),
            (
                "control",
                handlers.Dot11ExtIhvControl.unwrap()(adapter, 4, null(), 0, null(), null()),
            ),
            (
                "init",
                handlers.Dot11ExtIhvInitAdapter.unwrap()(null(), host_adapter(), null()),
            ),
        ]
    };
    codes.map(|(name, code)| (name, Win32Error(code))).to_vec()
}

#[test]
fn null_is_refused_everywhere() {
    library!(Here);
    // SAFETY: null is allowed.
    unsafe {
        assert_eq!(Win32Error(version_info::<Here>(null())), Win32Error::INVALID_PARAMETER);
        let code = init_service::<Here>(0, null(), null(), null());
        assert_eq!(Win32Error(code), Win32Error::INVALID_PARAMETER);
        let code = init_service::<Here>(0, &mut apis::<Here>(), null(), null());
        assert_eq!(Win32Error(code), Win32Error::INVALID_PARAMETER);
    }
    let handlers = begin::<Here>();
    for (name, error) in call_all(&handlers, adapter()) {
        assert_eq!(error, Win32Error::INVALID_PARAMETER, "{name}");
    }
    end::<Here>(&handlers);
}

#[test]
fn a_handle_that_nobody_gave_is_an_error_and_no_pointer() {
    library!(Here);
    let handlers = begin::<Here>();
    let mut octets = [0_u8; 8];
    let (mut reason, mut returned, mut peer) = (0, 0, [2, 0, 0, 0, 0, 2]);
    let mut names = one_name();
    let mut found = null();
    let mut association = association();
    let length = u32::try_from(association.len()).unwrap();
    let mut proposed = DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
        dwCount: 0,
        pIhvDiscoveryProfiles: null(),
    };
    for handle in [stranger(), null(), ptr::without_provenance_mut(usize::MAX)] {
        // SAFETY: everything but the adapter is there.
        let codes = unsafe {
            [
                handlers.Dot11ExtIhvAdapterReset.unwrap()(handle),
                handlers.Dot11ExtIhvStopPostAssociate.unwrap()(handle, &mut peer, 0),
                handlers.Dot11ExtIhvReceivePacket.unwrap()(handle, 8, octets.as_mut_ptr().cast()),
                handlers.Dot11ExtIhvReceiveIndication.unwrap()(
                    handle,
                    IndicationTypeNicSpecificNotification,
                    8,
                    octets.as_mut_ptr().cast(),
                ),
                handlers.Dot11ExtIhvValidateProfile.unwrap()(
                    handle,
                    &mut profile(&mut names),
                    null(),
                    null(),
                    &mut reason,
                ),
                handlers.Dot11ExtIhvPerformPreAssociate.unwrap()(
                    handle,
                    ptr::without_provenance_mut(9),
                    &mut profile(&mut names),
                    null(),
                    null(),
                    null(),
                    &mut reason,
                ),
                handlers.Dot11ExtIhvPerformCapabilityMatch.unwrap()(
                    handle,
                    &mut profile(&mut names),
                    null(),
                    null(),
                    null(),
                    &mut reason,
                ),
                handlers.Dot11ExtIhvCreateDiscoveryProfiles.unwrap()(
                    handle,
                    FALSE,
                    &mut profile(&mut names),
                    null(),
                    &mut proposed,
                    &mut reason,
                ),
                handlers.Dot11ExtIhvPerformPostAssociate.unwrap()(
                    handle,
                    ptr::without_provenance_mut(9),
                    &mut port(),
                    length,
                    association.as_mut_ptr().cast(),
                ),
                handlers.Dot11ExtIhvOnexIndicateResult.unwrap()(handle, DOT11_MSONEX_SUCCESS, &mut onex_result()),
                handlers.Dot11ExtIhvQueryUIRequest.unwrap()(handle, connection_phase_any, &mut found),
                handlers.Dot11ExtIhvControl.unwrap()(handle, 0, null(), 0, ptr::null_mut(), &mut returned),
                handlers.Dot11ExtIhvSendPacketCompletion.unwrap()(handle),
            ]
        };
        for (index, code) in codes.into_iter().enumerate() {
            assert_eq!(Win32Error(code), Win32Error::INVALID_HANDLE, "call {index}");
        }
        // SAFETY: it returns nothing, and has nothing to do.
        unsafe { handlers.Dot11ExtIhvDeinitAdapter.unwrap()(handle) };
    }
    end::<Here>(&handlers);
}

#[test]
fn an_adapter_that_has_left_is_a_stranger() {
    library!(Here);
    let handlers = begin::<Here>();
    // SAFETY: a handle is no pointer.
    unsafe {
        handlers.Dot11ExtIhvDeinitAdapter.unwrap()(adapter());
        let code = handlers.Dot11ExtIhvAdapterReset.unwrap()(adapter());
        assert_eq!(Win32Error(code), Win32Error::INVALID_HANDLE);
    }
    end::<Here>(&handlers);
}

#[test]
fn parameters_of_an_association_are_read_only_as_far_as_their_header_and_their_buffer_go() {
    const SIZE: usize = size_of::<DOT11_ASSOCIATION_COMPLETION_PARAMETERS>();
    library!(Here);
    let handlers = begin::<Here>();
    let begin_with = |header: [u8; 4], length: usize| {
        // Exactly so long: whoever reads on is seen by valgrind.
        let mut octets = vec![0_u8; length];
        octets[..4.min(length)].copy_from_slice(&header[..4.min(length)]);
        // SAFETY: the port and the octets are there.
        Win32Error(unsafe {
            handlers.Dot11ExtIhvPerformPostAssociate.unwrap()(
                adapter(),
                ptr::without_provenance_mut(9),
                &mut port(),
                u32::try_from(length).unwrap(),
                octets.as_mut_ptr().cast(),
            )
        })
    };
    let size = u16::try_from(SIZE).unwrap().to_ne_bytes();
    let good = [0x80, 2, size[0], size[1]];
    assert_eq!(begin_with(good, SIZE), Win32Error::SUCCESS);
    // More behind it is frames that nothing points to.
    assert_eq!(begin_with(good, SIZE + 100), Win32Error::SUCCESS);
    for length in 0..SIZE {
        assert_eq!(
            begin_with(good, length),
            Win32Error::INVALID_PARAMETER,
            "{length} octets"
        );
    }
    for header in [
        [0x81, 2, size[0], size[1]],
        [0x80, 0, size[0], size[1]],
        [0x80, 77, size[0], size[1]],
        [0x80, 2, size[0] - 1, size[1]],
        [0x80, 2, 0xff, 0xff],
    ] {
        assert_eq!(begin_with(header, SIZE), Win32Error::INVALID_PARAMETER, "{header:x?}");
    }
    end::<Here>(&handlers);
}

#[test]
fn a_session_change_that_is_too_short_is_refused() {
    library!(Here);
    let handlers = begin::<Here>();
    for (size, expected) in [(8, Win32Error::SUCCESS), (7, Win32Error::INVALID_PARAMETER)] {
        let mut change = WTSSESSION_NOTIFICATION {
            cbSize: size,
            dwSessionId: 1,
        };
        // SAFETY: it is there.
        let code = unsafe { handlers.Dot11ExtIhvProcessSessionChange.unwrap()(5, &mut change) };
        assert_eq!(Win32Error(code), expected);
    }
    end::<Here>(&handlers);
}

#[test]
fn an_answer_that_does_not_fit_says_how_long_it_is() {
    library!(Here);
    let handlers = begin::<Here>();
    let (mut question, mut answer, mut returned) = (*b"abc", [0; 3], 0);
    // SAFETY: everything is there.
    let mut ask = |room| unsafe {
        handlers.Dot11ExtIhvControl.unwrap()(
            adapter(),
            3,
            question.as_mut_ptr(),
            room,
            answer.as_mut_ptr(),
            &mut returned,
        )
    };
    assert_eq!(Win32Error(ask(2)), Win32Error::INSUFFICIENT_BUFFER);
    assert_eq!(Win32Error(ask(3)), Win32Error::SUCCESS);
    assert_eq!((returned, &answer), (3, b"cba"));
    end::<Here>(&handlers);
}

#[test]
fn a_question_comes_in_memory_that_the_host_frees() {
    library!(Here);
    let handlers = begin::<Here>();
    let mut found = null();
    // SAFETY: there is room; what is found is there until it is freed.
    unsafe {
        let query = handlers.Dot11ExtIhvQueryUIRequest.unwrap();
        assert_eq!(query(adapter(), connection_phase_initial_connection, &mut found), 0);
        assert!(found.is_null());
        assert_eq!(query(adapter(), connection_phase_any, &mut found), 0);
        let request = found.read();
        let data = core::slice::from_raw_parts(request.pvUIRequest, 4);
        assert_eq!((request.dwByteCount, data), (4, &b"who?"[..]));
    }
    assert!(Here::seen().lent.lock().unwrap().remove(&found.addr()).is_some());
    end::<Here>(&handlers);
}

#[test]
fn proposed_profiles_are_all_in_the_hosts_memory_or_none_is() {
    library!(Here);
    let handlers = begin::<Here>();
    let propose = || {
        let mut names = one_name();
        let mut list = DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
            dwCount: 0,
            pIhvDiscoveryProfiles: null(),
        };
        let mut reason = 0;
        // SAFETY: everything is there; no list of networks is none.
        let code = unsafe {
            handlers.Dot11ExtIhvCreateDiscoveryProfiles.unwrap()(
                adapter(),
                TRUE,
                &mut profile(&mut names),
                null(),
                &mut list,
                &mut reason,
            )
        };
        (Win32Error(code), list.dwCount)
    };
    // Three pieces: two strings, and the list.
    for pieces in 0..3 {
        *Here::seen().limit.lock().unwrap() = pieces;
        assert_eq!(propose(), (Win32Error::NOT_ENOUGH_MEMORY, 0));
        assert!(Here::seen().lent.lock().unwrap().is_empty(), "{pieces} pieces");
    }
    *Here::seen().limit.lock().unwrap() = 3;
    assert_eq!(propose(), (Win32Error::SUCCESS, 1));
    let lent = core::mem::take(&mut *Here::seen().lent.lock().unwrap());
    assert_eq!(lent.len(), 3);
    end::<Here>(&handlers);
}
