//! The refusal of a method, with what is offered instead (RFC 3748, 5.3).

use alloc::vec;
use alloc::vec::Vec;

use frame::eap::Method as MethodType;

/// The type that announces an expanded type.
const EXPANDED: u8 = 254;

/// The type and the data of the response that refuses a request for the method `proposed` and lists what is
/// `acceptable`.
///
/// A type of one octet is refused by the legacy NAK, one octet a method, in which 254 stands for all vendors' methods
/// together, and 0 for none (5.3.1). An expanded type is refused by the expanded NAK, 8 octets a method (5.3.2).
pub(super) fn refusal(proposed: MethodType, acceptable: &[MethodType]) -> (MethodType, Vec<u8>) {
    match proposed {
        MethodType::Iana(_) => (MethodType::NAK, legacy(acceptable)),
        MethodType::Expanded { .. } => (expanded_type(MethodType::NAK), expanded(acceptable)),
    }
}

fn legacy(acceptable: &[MethodType]) -> Vec<u8> {
    let mut types = Vec::new();
    for method in acceptable {
        let kind = match *method {
            MethodType::Iana(kind) => kind,
            MethodType::Expanded { .. } => EXPANDED,
        };
        if !types.contains(&kind) {
            types.push(kind);
        }
    }
    if types.is_empty() { vec![0] } else { types }
}

fn expanded(acceptable: &[MethodType]) -> Vec<u8> {
    let none = [MethodType::Iana(0)];
    let methods = if acceptable.is_empty() { &none } else { acceptable };
    let mut data = Vec::new();
    for &method in methods {
        if let MethodType::Expanded { vendor, kind } = expanded_type(method) {
            data.push(EXPANDED);
            data.extend_from_slice(&vendor);
            data.extend_from_slice(&kind.to_be_bytes());
        }
    }
    data
}

/// The expanded form of a type: a type of the IANA registry belongs to vendor 0.
const fn expanded_type(method: MethodType) -> MethodType {
    match method {
        MethodType::Iana(kind) => MethodType::Expanded {
            vendor: [0; 3],
            kind: kind as u32,
        },
        expanded @ MethodType::Expanded { .. } => expanded,
    }
}

/// The short form of a type, where there is one: `expanded_type` backwards.
pub(super) fn canonical(method: MethodType) -> MethodType {
    match method {
        MethodType::Expanded {
            vendor: [0, 0, 0],
            kind,
        } => u8::try_from(kind).map_or(method, MethodType::Iana),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VENDOR: MethodType = MethodType::Expanded {
        vendor: [0, 0x37, 0x2a],
        kind: 1,
    };

    #[test]
    fn a_legacy_refusal_has_one_octet_a_method_and_254_for_vendors() {
        let (kind, data) = refusal(
            MethodType::MD5_CHALLENGE,
            &[MethodType::PEAP, VENDOR, VENDOR, MethodType::TLS],
        );
        assert_eq!(kind, MethodType::NAK);
        assert_eq!(data, [25, 254, 13]);
        assert_eq!(refusal(MethodType::MD5_CHALLENGE, &[]).1, [0]);
    }

    #[test]
    fn an_expanded_refusal_has_eight_octets_a_method() {
        let (kind, data) = refusal(VENDOR, &[MethodType::PEAP, VENDOR]);
        assert_eq!(
            kind,
            MethodType::Expanded {
                vendor: [0; 3],
                kind: 3
            }
        );
        assert_eq!(data, [254, 0, 0, 0, 0, 0, 0, 25, 254, 0, 0x37, 0x2a, 0, 0, 0, 1]);
        assert_eq!(refusal(VENDOR, &[]).1, [254, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn vendor_0_means_the_registry() {
        assert_eq!(canonical(expanded_type(MethodType::TLS)), MethodType::TLS);
        assert_eq!(canonical(VENDOR), VENDOR);
    }
}
