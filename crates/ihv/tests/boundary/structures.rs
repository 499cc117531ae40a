//! Structures that lie: about their kind, their size, and what they lead to. Each stands in a buffer of its own length,
//! so that whoever reads on is seen by valgrind.

use crate::arguments::{one_name, onex_result, profile};
use crate::side::{adapter, begin, end, library};
use core::mem::offset_of;
use core::ptr::null_mut as null;
use portcullis_ihv::Win32Error;
use portcullis_ihv::abi::{
    DOT11_BSS_LIST, DOT11_EAP_RESULT, DOT11_LINK_QUALITY_ENTRY, DOT11_LINK_QUALITY_PARAMETERS, DOT11_MSONEX_FAILURE,
    DOT11_MSONEX_RESULT_PARAMS, DOT11_MSONEX_SUCCESS, DOT11_PHY_STATE_PARAMETERS,
    DOT11_PMKID_CANDIDATE_LIST_PARAMETERS, DOT11_TKIPMIC_FAILURE_PARAMETERS, DOT11EXT_IHV_HANDLERS,
    DOT11EXT_IHV_SECURITY_PROFILE, DWORD, EAP_ATTRIBUTES, IndicationTypeLinkQuality, IndicationTypePhyStateChange,
    IndicationTypePmkidCandidateList, IndicationTypeTkipMicFailure, dot11_BSS_type_infrastructure,
};

const REFUSED: Win32Error = Win32Error::INVALID_PARAMETER;
/// What the extension of these tests says to any profile that reaches it.
const HEARD: Win32Error = Win32Error::NOT_SUPPORTED;

/// Hands an indication over.
fn indicate(handlers: &DOT11EXT_IHV_HANDLERS, kind: u32, octets: &[u8]) -> Win32Error {
    let mut octets = octets.to_vec();
    octets.shrink_to_fit();
    let length = DWORD::try_from(octets.len()).unwrap();
    // SAFETY: the octets are there.
    Win32Error(unsafe {
        handlers.Dot11ExtIhvReceiveIndication.unwrap()(adapter(), kind, length, octets.as_mut_ptr().cast())
    })
}

/// A structure with this header, all zero behind it.
fn headed(kind: u8, revision: u8, size: usize, length: usize) -> Vec<u8> {
    let size = u16::try_from(size).unwrap().to_ne_bytes();
    let mut octets = [&[kind, revision], &size[..], &vec![0; length.max(4)]].concat();
    octets.truncate(length);
    octets
}

#[test]
fn indications_of_another_kind_revision_or_size_are_refused() {
    library!(Here);
    let handlers = begin::<Here>();
    let row = size_of::<DOT11_LINK_QUALITY_ENTRY>();
    for (kind, size, behind) in [
        (
            IndicationTypePmkidCandidateList,
            size_of::<DOT11_PMKID_CANDIDATE_LIST_PARAMETERS>(),
            0,
        ),
        (
            IndicationTypeTkipMicFailure,
            size_of::<DOT11_TKIPMIC_FAILURE_PARAMETERS>(),
            0,
        ),
        (IndicationTypePhyStateChange, size_of::<DOT11_PHY_STATE_PARAMETERS>(), 0),
        (
            IndicationTypeLinkQuality,
            size_of::<DOT11_LINK_QUALITY_PARAMETERS>(),
            row,
        ),
    ] {
        let indicate = |header: (u8, u8, usize), length: usize| {
            let mut octets = headed(header.0, header.1, header.2, length);
            if kind == IndicationTypeLinkQuality && length >= size {
                // One row, behind the structure.
                let mut put = |at: usize, number: usize| {
                    octets[at..at + 4].copy_from_slice(&u32::try_from(number).unwrap().to_ne_bytes());
                };
                put(offset_of!(DOT11_LINK_QUALITY_PARAMETERS, uLinkQualityListSize), 1);
                put(offset_of!(DOT11_LINK_QUALITY_PARAMETERS, uLinkQualityListOffset), size);
            }
            indicate(&handlers, kind, &octets)
        };
        let length = size + behind;
        assert_eq!(indicate((0x80, 1, size), length), Win32Error::SUCCESS, "{kind}");
        // A structure may have grown.
        assert_eq!(indicate((0x80, 1, size), length + 100), Win32Error::SUCCESS, "{kind}");
        for header in [
            (0x81, 1, size),
            (0x80, 0, size),
            (0x80, 2, size),
            (0x80, 1, size - 1),
            (0x80, 1, 0xffff),
        ] {
            assert_eq!(indicate(header, length), REFUSED, "{kind} with {header:x?}");
        }
        for length in 0..length {
            assert_eq!(indicate((0x80, 1, size), length), REFUSED, "{kind} in {length} octets");
        }
    }
    for kind in [6, u32::MAX] {
        assert_eq!(indicate(&handlers, kind, &[0; 64]), REFUSED, "{kind}");
    }
    end::<Here>(&handlers);
}

#[test]
fn lists_that_lead_out_of_their_buffer_are_refused() {
    library!(Here);
    let handlers = begin::<Here>();
    let size = size_of::<DOT11_PMKID_CANDIDATE_LIST_PARAMETERS>();
    let list = |count: u32, begin: u32| {
        let mut octets = headed(0x80, 1, size, size + 20);
        let (at, offset) = (
            offset_of!(DOT11_PMKID_CANDIDATE_LIST_PARAMETERS, uCandidateListSize),
            offset_of!(DOT11_PMKID_CANDIDATE_LIST_PARAMETERS, uCandidateListOffset),
        );
        octets[at..at + 4].copy_from_slice(&count.to_ne_bytes());
        octets[offset..offset + 4].copy_from_slice(&begin.to_ne_bytes());
        indicate(&handlers, IndicationTypePmkidCandidateList, &octets)
    };
    let begin = u32::try_from(size).unwrap();
    assert_eq!(list(1, begin), Win32Error::SUCCESS);
    for (count, begin) in [
        (21, begin),
        (u32::MAX, begin),
        (1, u32::MAX),
        (u32::MAX, u32::MAX),
        (1, begin + 20),
    ] {
        assert_eq!(list(count, begin), REFUSED, "{count} at {begin}");
    }
    end::<Here>(&handlers);
}

#[test]
fn a_result_of_802_1x_with_lengths_and_no_octets_is_refused() {
    library!(Here);
    let handlers = begin::<Here>();
    let indicate = |outcome, mut result: DOT11_MSONEX_RESULT_PARAMS| {
        // SAFETY: everything is there that is not null.
        Win32Error(unsafe { handlers.Dot11ExtIhvOnexIndicateResult.unwrap()(adapter(), outcome, &mut result) })
    };
    let mut key = [7_u8; 32];
    assert_eq!(indicate(DOT11_MSONEX_FAILURE, onex_result()), Win32Error::SUCCESS);
    for outcome in [3, u32::MAX] {
        assert_eq!(indicate(outcome, onex_result()), REFUSED, "{outcome}");
    }
    let send_key = DOT11_MSONEX_RESULT_PARAMS {
        dwMPPESendKeyLen: 32,
        ..onex_result()
    };
    let recv_key = DOT11_MSONEX_RESULT_PARAMS {
        dwMPPERecvKeyLen: 32,
        ..onex_result()
    };
    let endless_key = DOT11_MSONEX_RESULT_PARAMS {
        pbMPPESendKey: key.as_mut_ptr(),
        dwMPPESendKeyLen: u32::MAX,
        ..onex_result()
    };
    for result in [send_key, recv_key, endless_key] {
        assert_eq!(indicate(DOT11_MSONEX_SUCCESS, result), REFUSED);
    }
    let mut attributes = EAP_ATTRIBUTES {
        dwNumberOfAttributes: 1,
        pAttribs: null(),
    };
    let mut said = DOT11_EAP_RESULT {
        dwFailureReasonCode: 0,
        pAttribArray: &mut attributes,
    };
    let without_attributes = DOT11_MSONEX_RESULT_PARAMS {
        pDot11EapResult: &mut said,
        ..onex_result()
    };
    assert_eq!(indicate(DOT11_MSONEX_FAILURE, without_attributes), REFUSED);
    end::<Here>(&handlers);
}

/// What a profile may be wrong in, besides what an extension thinks of it.
#[test]
fn a_profile_that_is_malformed_is_refused_with_a_reason() {
    library!(Here);
    let handlers = begin::<Here>();
    let mut names = one_name();
    let validate = |names: *mut _, kind: u32, text: &[u16]| {
        let mut text = text.to_vec();
        let mut wanted = profile(&mut one_name());
        (wanted.pSsidList, wanted.BssType) = (names, kind);
        let mut security = DOT11EXT_IHV_SECURITY_PROFILE {
            pszXmlFragmentIhvSecurity: text.as_mut_ptr(),
            bUseMSOnex: 0,
        };
        let mut reason = 0;
        // SAFETY: everything is there that is not null.
        let code = unsafe {
            handlers.Dot11ExtIhvValidateProfile.unwrap()(adapter(), &mut wanted, null(), &mut security, &mut reason)
        };
        (Win32Error(code), reason != 0)
    };
    let (station, empty) = (dot11_BSS_type_infrastructure, [0_u16]);
    assert_eq!(validate(&mut names, station, &empty), (HEARD, true));
    assert_eq!(validate(&mut names, 77, &empty), (REFUSED, true));
    // Half of a character.
    assert_eq!(
        validate(&mut names, station, &[0xd800, 0]),
        (Win32Error::INVALID_DATA, true)
    );
    names.SSIDs[0].uSSIDLength = 33;
    assert_eq!(validate(&mut names, station, &empty), (REFUSED, true));
    names.ulCount = u32::MAX;
    assert_eq!(validate(&mut names, station, &empty), (REFUSED, true));
    end::<Here>(&handlers);
}

#[test]
fn networks_that_end_behind_their_buffer_are_refused() {
    library!(Here);
    let handlers = begin::<Here>();
    let discover = |octets: *mut u8, length: usize| {
        let (mut names, mut reason) = (one_name(), 0);
        let mut networks = DOT11_BSS_LIST {
            uNumOfBytes: u32::try_from(length).unwrap(),
            pucBuffer: octets,
        };
        // SAFETY: everything is there that is not null.
        Win32Error(unsafe {
            handlers.Dot11ExtIhvPerformCapabilityMatch.unwrap()(
                adapter(),
                &mut profile(&mut names),
                null(),
                null(),
                &mut networks,
                &mut reason,
            )
        })
    };
    assert_eq!(discover(null(), 0), HEARD);
    assert_eq!(discover(null(), 100), REFUSED);
    for length in [1, 40, 100] {
        // The last of these says that its elements have more octets than there are.
        assert_eq!(
            discover(vec![0xff; length].as_mut_ptr(), length),
            REFUSED,
            "{length} octets"
        );
    }
    end::<Here>(&handlers);
}
