//! The layout of the binary interface: what Rust has, what `include/portcullis_ihv.h` has, and what the
//! headers of mingw-w64 have, compared field by field, number by number, and, for our own header, function by function:
//! mingw-w64 has no `wlanihv.h`, in which the functions are.
//!
//! Rust's numbers and types become a C program, which a C compiler checks; nothing of it is run.

#![expect(clippy::unwrap_used, reason = "a test that cannot write its input has failed")]

mod functions;
mod numbers;

use numbers::numbers;
use portcullis_ihv::abi::*;
use portcullis_ihv::{Failure, Proof, Reason};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the structures and constants are declared that a list below names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Headers that mingw-w64 has.
    Common,
    /// `wlanihv.h` and `wlclient.h`, which it lacks.
    Own,
}

struct Field {
    name: &'static str,
    offset: usize,
    /// Octets.
    size: usize,
}

struct Layout {
    origin: Origin,
    name: &'static str,
    /// Octets.
    size: usize,
    fields: Vec<Field>,
}

/// The octets of what a projection leads to.
const fn size_of_target<S, T>(_: fn(&S) -> &T) -> usize {
    size_of::<T>()
}

macro_rules! layouts {
    ($($origin:ident: { $($structure:ident { $($field:ident),* })* })*) => {
        vec![$($(Layout {
            origin: Origin::$origin,
            name: stringify!($structure),
            size: size_of::<$structure>(),
            fields: vec![$(Field {
                name: stringify!($field).trim_start_matches("r#"),
                offset: std::mem::offset_of!($structure, $field),
                size: size_of_target(|value: &$structure| &value.$field),
            }),*],
        },)*)*]
    };
}

macro_rules! constants {
    ($($origin:ident: { $($constant:ident),* $(,)? })*) => {
        vec![$($((Origin::$origin, stringify!($constant), i128::try_from($constant).unwrap()),)*)*]
    };
}

/// Hands the three tables of functions to a macro.
macro_rules! with_tables {
    ($then:ident) => {
        $then! {
            DOT11EXT_APIS {
                Dot11ExtAllocateBuffer, Dot11ExtFreeBuffer, Dot11ExtSetProfileCustomUserData,
                Dot11ExtGetProfileCustomUserData, Dot11ExtSetCurrentProfile, Dot11ExtSendUIRequest,
                Dot11ExtPreAssociateCompletion, Dot11ExtPostAssociateCompletion, Dot11ExtSendNotification,
                Dot11ExtSendPacket, Dot11ExtSetEtherTypeHandling, Dot11ExtSetAuthAlgorithm,
                Dot11ExtSetUnicastCipherAlgorithm, Dot11ExtSetMulticastCipherAlgorithm, Dot11ExtSetDefaultKey,
                Dot11ExtSetKeyMappingKey, Dot11ExtSetDefaultKeyId, Dot11ExtNicSpecificExtension,
                Dot11ExtSetExcludeUnencrypted, Dot11ExtStartOneX, Dot11ExtStopOneX, Dot11ExtProcessOneXPacket
            }
            DOT11EXT_VIRTUAL_STATION_APIS {
                Dot11ExtRequestVirtualStation, Dot11ExtReleaseVirtualStation,
                Dot11ExtQueryVirtualStationProperties, Dot11ExtSetVirtualStationAPProperties
            }
            DOT11EXT_IHV_HANDLERS {
                Dot11ExtIhvDeinitService, Dot11ExtIhvInitAdapter, Dot11ExtIhvDeinitAdapter,
                Dot11ExtIhvPerformPreAssociate, Dot11ExtIhvAdapterReset, Dot11ExtIhvPerformPostAssociate,
                Dot11ExtIhvStopPostAssociate, Dot11ExtIhvValidateProfile, Dot11ExtIhvPerformCapabilityMatch,
                Dot11ExtIhvCreateDiscoveryProfiles, Dot11ExtIhvProcessSessionChange,
                Dot11ExtIhvReceiveIndication, Dot11ExtIhvReceivePacket, Dot11ExtIhvSendPacketCompletion,
                Dot11ExtIhvIsUIRequestPending, Dot11ExtIhvProcessUIResponse, Dot11ExtIhvQueryUIRequest,
                Dot11ExtIhvOnexIndicateResult, Dot11ExtIhvControl
            }
        }
    };
}
use with_tables;

macro_rules! layouts_of_tables {
    ($($table:tt)*) => { layouts! { Own: { $($table)* } } };
}

fn layouts() -> Vec<Layout> {
    let mut layouts = with_tables!(layouts_of_tables);
    layouts.extend(structures());
    layouts
}

fn structures() -> Vec<Layout> {
    layouts! {
        Common: {
            GUID { Data1, Data2, Data3, Data4 }
            NDIS_OBJECT_HEADER { Type, Revision, Size }
            DOT11_SSID { uSSIDLength, ucSSID }
            DOT11_AUTH_CIPHER_PAIR { AuthAlgoId, CipherAlgoId }
            DOT11_AUTH_CIPHER_PAIR_LIST { Header, uNumOfEntries, uTotalNumOfEntries, AuthCipherPairs }
            DOT11_CIPHER_ALGORITHM_LIST { Header, uNumOfEntries, uTotalNumOfEntries, AlgorithmIds }
            DOT11_ASSOCIATION_COMPLETION_PARAMETERS {
                Header, MacAddr, uStatus, bReAssocReq, bReAssocResp, uAssocReqOffset, uAssocReqSize,
                uAssocRespOffset, uAssocRespSize, uBeaconOffset, uBeaconSize, uIHVDataOffset, uIHVDataSize,
                AuthAlgo, UnicastCipher, MulticastCipher, uActivePhyListOffset, uActivePhyListSize,
                bFourAddressSupported, bPortAuthorized, ucActiveQoSProtocol, DSInfo, uEncapTableOffset,
                uEncapTableSize, MulticastMgmtCipher, uAssocComebackTime
            }
            DOT11_DISASSOCIATION_PARAMETERS { Header, MacAddr, uReason, uIHVDataOffset, uIHVDataSize }
            DOT11_CIPHER_DEFAULT_KEY_VALUE {
                Header, uKeyIndex, AlgorithmId, MacAddr, bDelete, bStatic, usKeyLength, ucKey
            }
            DOT11_CIPHER_KEY_MAPPING_KEY_VALUE {
                PeerMacAddr, AlgorithmId, Direction, bDelete, bStatic, usKeyLength, ucKey
            }
            DOT11_KEY_ALGO_TKIP_MIC { ucIV48Counter, ulTKIPKeyLength, ulMICKeyLength, ucTKIPMICKeys }
            DOT11_KEY_ALGO_CCMP { ucIV48Counter, ulCCMPKeyLength, ucCCMPKey }
            DOT11_KEY_ALGO_BIP { ucIPN, ulBIPKeyLength, ucBIPKey }
            DOT11_PRIVACY_EXEMPTION { usEtherType, usExemptionActionType, usExemptionPacketType }
            DOT11_CURRENT_OPERATION_MODE { uReserved, uCurrentOpMode }
            DOT11_BSS_ENTRY {
                uPhyId, PhySpecificInfo, dot11BSSID, dot11BSSType, lRSSI, uLinkQuality, bInRegDomain,
                usBeaconPeriod, ullTimestamp, ullHostTimestamp, usCapabilityInformation, uBufferLength,
                ucBuffer
            }
            DOT11_BYTE_ARRAY { Header, uNumOfBytes, uTotalNumOfBytes, ucBuffer }
            EAP_TYPE { r#type, dwVendorId, dwVendorType }
            EAP_METHOD_TYPE { eapType, dwAuthorId }
            EAP_ATTRIBUTE { eapType, dwLength, pValue }
            EAP_ATTRIBUTES { dwNumberOfAttributes, pAttribs }
            DOT11EXT_IHV_SSID_LIST { ulCount, SSIDs }
            DOT11_MSSECURITY_SETTINGS {
                dot11AuthAlgorithm, dot11CipherAlgorithm, fOneXEnabled, eapMethodType, dwEapConnectionDataLen,
                pEapConnectionData
            }
            DOT11EXT_IHV_PROFILE_PARAMS { pSsidList, BssType, pMSSecuritySettings }
            DOT11EXT_IHV_PARAMS { dot11ExtIhvProfileParams, wstrProfileName, dwProfileTypeFlags, interfaceGuid }
            DOT11_TKIPMIC_FAILURE_PARAMETERS { Header, bDefaultKeyFailure, uKeyIndex, PeerMac }
            DOT11_PMKID_CANDIDATE_LIST_PARAMETERS { Header, uCandidateListSize, uCandidateListOffset }
            DOT11_BSSID_CANDIDATE { BSSID, uFlags }
            DOT11_PHY_STATE_PARAMETERS { Header, uPhyId, bHardwarePhyState, bSoftwarePhyState }
            DOT11_LINK_QUALITY_PARAMETERS { Header, uLinkQualityListSize, uLinkQualityListOffset }
            DOT11_LINK_QUALITY_ENTRY { PeerMacAddr, ucLinkQuality }
            L2_NOTIFICATION_DATA { NotificationSource, NotificationCode, InterfaceGuid, dwDataSize, pData }
            WTSSESSION_NOTIFICATION { cbSize, dwSessionId }
        }
        Own: {
            DOT11_PORT_STATE { PeerMacAddress, uSessionId, bPortControlled, bPortAuthorized }
            DOT11_SECURITY_PACKET_HEADER { PeerMac, usEtherType, Data }
            DOT11_ADAPTER { gAdapterId, pszDescription, Dot11CurrentOpMode }
            DOT11_BSS_LIST { uNumOfBytes, pucBuffer }
            DOT11_BSS_ENTRY_FHSS { uHopPattern, uHopSet, uDwellTime }
            DOT11_EAP_RESULT { dwFailureReasonCode, pAttribArray }
            DOT11_MSONEX_RESULT_PARAMS {
                Dot11OnexAuthStatus, Dot11OneXReasonCode, pbMPPESendKey, dwMPPESendKeyLen, pbMPPERecvKey,
                dwMPPERecvKeyLen, pDot11EapResult
            }
            DOT11EXT_IHV_CONNECTIVITY_PROFILE { pszXmlFragmentIhvConnectivity }
            DOT11EXT_IHV_SECURITY_PROFILE { pszXmlFragmentIhvSecurity, bUseMSOnex }
            DOT11EXT_IHV_DISCOVERY_PROFILE { IhvConnectivityProfile, IhvSecurityProfile }
            DOT11EXT_IHV_DISCOVERY_PROFILE_LIST { dwCount, pIhvDiscoveryProfiles }
            WDIAG_IHV_WLAN_ID { strProfileName, Ssid, BssType, dwFlags, dwReasonCode }
            DOT11EXT_IHV_UI_REQUEST { dwSessionId, guidUIRequest, UIPageClsid, dwByteCount, pvUIRequest }
            DOT11EXT_VIRTUAL_STATION_AP_PROPERTY {
                dot11SSID, dot11AuthAlgo, dot11CipherAlgo, bIsPassPhrase, dwKeyLength, ucKeyData
            }
            DOT11_IHV_VERSION_INFO { dwVerMin, dwVerMax }
        }
    }
}

fn constants() -> Vec<(Origin, &'static str, i128)> {
    constants! {
        Common: {
            FALSE, TRUE, NDIS_OBJECT_TYPE_DEFAULT, DOT11_SSID_MAX_LENGTH, dot11_BSS_type_infrastructure,
            dot11_BSS_type_independent, dot11_BSS_type_any, DOT11_DS_CHANGED, DOT11_DS_UNCHANGED,
            DOT11_DS_UNKNOWN, DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_1,
            DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2, DOT11_DIR_INBOUND, DOT11_DIR_OUTBOUND,
            DOT11_DIR_BOTH, DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1, DOT11_EXEMPT_NO_EXEMPTION,
            DOT11_EXEMPT_ALWAYS, DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE, DOT11_EXEMPT_UNICAST,
            DOT11_EXEMPT_MULTICAST, DOT11_EXEMPT_BOTH, DOT11_OPERATION_MODE_EXTENSIBLE_STATION,
            MS_MAX_PROFILE_NAME_LENGTH, L2_NOTIFICATION_SOURCE_WLAN_IHV
        }
        Own: {
            DOT11_MSONEX_SUCCESS, DOT11_MSONEX_FAILURE, DOT11_MSONEX_IN_PROGRESS,
            IndicationTypeNicSpecificNotification, IndicationTypePmkidCandidateList,
            IndicationTypeTkipMicFailure, IndicationTypePhyStateChange, IndicationTypeLinkQuality,
            DOT11_INDICATION_PARAMETERS_REVISION_1, connection_phase_any, connection_phase_initial_connection,
            connection_phase_post_l3_connection, DOT11EXT_PSK_MAX_LENGTH
        }
    }
}

/// A C program that says what Rust says, of the origins that are wanted.
fn assertions(wanted: &[Origin]) -> String {
    let mut program = String::new();
    for layout in layouts().iter().filter(|layout| wanted.contains(&layout.origin)) {
        let Layout { name, size, .. } = layout;
        writeln!(program, "AGREE(sizeof({name}) == {size}, \"{name}\");").unwrap();
        for field in &layout.fields {
            let Field { name: of, offset, size } = field;
            writeln!(program, "AGREE(offsetof({name}, {of}) == {offset}, \"{name}.{of}\");").unwrap();
            writeln!(
                program,
                "AGREE(sizeof((({name} *)0)->{of}) == {size}, \"{name}.{of}\");"
            )
            .unwrap();
        }
    }
    let constants = constants()
        .into_iter()
        .map(|(origin, name, value)| (origin, name.to_owned(), value));
    for (_, name, value) in constants
        .chain(numbers())
        .filter(|(origin, ..)| wanted.contains(origin))
    {
        writeln!(program, "AGREE({name} == {value}, \"{name}\");").unwrap();
    }
    program
}

/// Lets a compiler check a program, or says why not.
fn check(compiler: &str, arguments: &[&str], file: &str, program: &str) {
    if Command::new(compiler).arg("--version").output().is_err() {
        println!("left out: there is no {compiler}");
        return;
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
    fs::write(&path, program).unwrap();
    let output = Command::new(compiler)
        .args(arguments)
        .args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const AGREE: &str = "#ifdef __cplusplus\n#define AGREE static_assert\n#else\n#define AGREE _Static_assert\n#endif\n";

fn own_header() -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include");
    format!("-I{}", directory.display())
}

/// With this header, which has all the others in it.
fn own_program(header: &str) -> String {
    format!(
        "#include <stddef.h>\n#include \"{header}\"\n{AGREE}{}{}",
        assertions(&[Origin::Common, Origin::Own]),
        functions::meetings(),
    )
}

const EVERYTHING: &str = "portcullis_ihv_conversing.h";
/// Without POSIX threads.
const FOR_WINDOWS: &str = "portcullis_ihv_defaults.h";

/// The reasons that our own header names, as this crate's host knows them.
fn reasons() -> String {
    let reason = |failure| Reason::from(failure).0;
    format!(
        "AGREE(PORTCULLIS_REASON_WRONG_SECRET_SUSPECTED == {}, \"\");\nAGREE(PORTCULLIS_REASON_INTERNAL == {}, \"\");\n",
        reason(Failure::WrongSecret(Proof::Suspected)),
        reason(Failure::Internal),
    )
}

#[test]
fn our_header_agrees_as_c11() {
    check(
        "gcc",
        &["-std=c11", &own_header()],
        "own.c",
        &[own_program(EVERYTHING), reasons()].concat(),
    );
}

#[test]
fn our_header_agrees_as_cpp17() {
    check(
        "g++",
        &["-std=c++17", &own_header()],
        "own.cpp",
        &own_program(EVERYTHING),
    );
}

#[test]
fn our_header_agrees_on_windows() {
    check(
        "x86_64-w64-mingw32-gcc",
        &["-std=c11", &own_header()],
        "own-windows.c",
        &own_program(FOR_WINDOWS),
    );
}

#[test]
fn the_headers_of_mingw_agree() {
    // Windows 10, whose headers have all revisions of a structure.
    let program = format!(
        "#define _WIN32_WINNT 0x0A00\n#define NTDDI_VERSION 0x0A000000\n\
         #include <stddef.h>\n#include <windows.h>\n#include <ntddndis.h>\n#include <windot11.h>\n\
         #include <wlantypes.h>\n#include <wlanihvtypes.h>\n#include <l2cmn.h>\n#include <eaptypes.h>\n\
         #include <wlanapi.h>\n\
         /* The two are one structure; l2cmn.h of mingw-w64 lacks it. */\n\
         #define L2_NOTIFICATION_DATA WLAN_NOTIFICATION_DATA\n{AGREE}{}",
        assertions(&[Origin::Common])
    );
    check("x86_64-w64-mingw32-gcc", &["-std=gnu11"], "mingw.c", &program);
}
