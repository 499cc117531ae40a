//! Numbers that stand for something: what Rust has under names of its own, under the names of C.

use crate::Origin::{self, Common, Own};
use frame::{Akm, Cipher};
use portcullis_ihv::{AssociationStatus, AuthAlgorithm, CipherAlgorithm, Reason, Win32Error};

/// The names and numbers, with where they are declared.
pub(crate) fn numbers() -> Vec<(Origin, String, i128)> {
    let mut numbers = Vec::new();
    let mut add = |origin, family: &str, name: &str, number: u32| {
        numbers.push((origin, format!("{family}_{name}"), number.into()));
    };
    for (origin, name, algorithm) in [
        (Common, "80211_OPEN", AuthAlgorithm::OPEN),
        (Common, "80211_SHARED_KEY", AuthAlgorithm::SHARED_KEY),
        (Common, "WPA", AuthAlgorithm::of_akm(Akm::WPA_EAP)),
        (Common, "WPA_PSK", AuthAlgorithm::of_akm(Akm::WPA_PSK)),
        (Common, "RSNA", AuthAlgorithm::of_akm(Akm::EAP)),
        (Common, "RSNA_PSK", AuthAlgorithm::of_akm(Akm::PSK)),
        (Own, "WPA3_ENT_192", AuthAlgorithm::of_akm(Akm::EAP_SUITE_B_192)),
        (Own, "WPA3_SAE", AuthAlgorithm::of_akm(Akm::SAE)),
        (Own, "OWE", AuthAlgorithm::of_akm(Akm::OWE)),
        (Own, "WPA3_ENT", AuthAlgorithm::of_akm(Akm::EAP_SHA256)),
        (Common, "IHV_START", AuthAlgorithm::IHV_START),
    ] {
        add(origin, "DOT11_AUTH_ALGO", name, algorithm.0);
    }
    for (origin, name, cipher) in [
        (Common, "WEP40", Cipher::WEP_40),
        (Common, "TKIP", Cipher::TKIP),
        (Common, "CCMP", Cipher::CCMP_128),
        (Common, "WEP104", Cipher::WEP_104),
        (Own, "BIP", Cipher::BIP_CMAC_128),
        (Own, "GCMP", Cipher::GCMP_128),
        (Own, "GCMP_256", Cipher::GCMP_256),
        (Own, "CCMP_256", Cipher::CCMP_256),
        (Common, "RSN_USE_GROUP", Cipher::USE_GROUP),
    ] {
        add(origin, "DOT11_CIPHER_ALGO", name, CipherAlgorithm::of_cipher(cipher).0);
    }
    add(Common, "DOT11_CIPHER_ALGO", "NONE", CipherAlgorithm::NONE.0);
    for (name, status) in [
        ("SUCCESS", AssociationStatus::SUCCESS),
        ("UNREACHABLE", AssociationStatus::UNREACHABLE),
        ("RADIO_OFF", AssociationStatus::RADIO_OFF),
        ("CANCELLED", AssociationStatus::CANCELLED),
        ("DISASSOCIATED_BY_OS", AssociationStatus::DISASSOCIATED_BY_HOST),
        ("DISASSOCIATED_BY_RESET", AssociationStatus::DISASSOCIATED_BY_RESET),
        ("SYSTEM_ERROR", AssociationStatus::SYSTEM_ERROR),
        ("PEER_DEAUTHENTICATED", AssociationStatus::peer_deauthenticated(0)),
        (
            "PEER_DEAUTHENTICATED_END",
            AssociationStatus::peer_deauthenticated(u16::MAX),
        ),
        ("PEER_DISASSOCIATED", AssociationStatus::peer_disassociated(0)),
        (
            "PEER_DISASSOCIATED_END",
            AssociationStatus::peer_disassociated(u16::MAX),
        ),
        ("ASSOCIATION_RESPONSE", AssociationStatus::refused(0)),
        ("ASSOCIATION_RESPONSE_END", AssociationStatus::refused(u16::MAX)),
    ] {
        add(Common, "DOT11_ASSOC_STATUS", name, status.0);
    }
    for (name, error) in [
        ("SUCCESS", Win32Error::SUCCESS),
        ("ACCESS_DENIED", Win32Error::ACCESS_DENIED),
        ("INVALID_HANDLE", Win32Error::INVALID_HANDLE),
        ("NOT_ENOUGH_MEMORY", Win32Error::NOT_ENOUGH_MEMORY),
        ("INVALID_DATA", Win32Error::INVALID_DATA),
        ("NOT_SUPPORTED", Win32Error::NOT_SUPPORTED),
        ("INVALID_PARAMETER", Win32Error::INVALID_PARAMETER),
        ("INSUFFICIENT_BUFFER", Win32Error::INSUFFICIENT_BUFFER),
        ("BUSY", Win32Error::BUSY),
        ("PROCESS_ABORTED", Win32Error::PROCESS_ABORTED),
        ("NOT_FOUND", Win32Error::NOT_FOUND),
        ("CANCELLED", Win32Error::CANCELLED),
        ("INTERNAL_ERROR", Win32Error::INTERNAL_ERROR),
        ("REVISION_MISMATCH", Win32Error::REVISION_MISMATCH),
        ("TIMEOUT", Win32Error::TIMEOUT),
        ("INVALID_OPERATION", Win32Error::INVALID_OPERATION),
        ("INVALID_STATE", Win32Error::INVALID_STATE),
    ] {
        add(Common, "ERROR", name, error.0);
    }
    // The l2cmn.h of mingw-w64 has no reasons.
    for (name, number) in [
        ("SUCCESS", Reason::SUCCESS.0),
        ("UNKNOWN", Reason::UNKNOWN.0),
        ("IHV_BASE", Reason::IHV_BASE.0),
        ("GROUP_SIZE", Reason::GROUP_SIZE),
    ] {
        add(Own, "L2_REASON_CODE", name, number);
    }
    numbers
}
