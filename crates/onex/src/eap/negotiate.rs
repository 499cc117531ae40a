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

/// What a peer would rather do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This method, in the short form if it has one.
    Type(MethodType),
    /// A vendor's method; which one, only an expanded request finds out.
    AnyVendor,
}

impl Wanted {
    /// Whether a method of this type would do.
    pub(crate) fn is(self, kind: MethodType) -> bool {
        match self {
            Self::Type(wanted) => canonical(kind) == wanted,
            Self::AnyVendor => matches!(canonical(kind), MethodType::Expanded { .. }),
        }
    }
}

/// What the data of a refusal asks for: [`refusal`] backwards. `kind` is the refusal's own type. What is malformed asks
/// for nothing.
pub(crate) fn wanted(kind: MethodType, data: &[u8]) -> Vec<Wanted> {
    match kind {
        MethodType::Iana(_) => data
            .iter()
            .filter(|&&kind| kind != 0)
            .map(|&kind| match kind {
                EXPANDED => Wanted::AnyVendor,
                kind => Wanted::Type(MethodType::Iana(kind)),
            })
            .collect(),
        MethodType::Expanded { .. } => data
            .as_chunks()
            .0
            .iter()
            .filter_map(|&[form, v0, v1, v2, k0, k1, k2, k3]| {
                let vendor = [v0, v1, v2];
                let kind = u32::from_be_bytes([k0, k1, k2, k3]);
                (form == EXPANDED && (vendor, kind) != ([0; 3], 0))
                    .then(|| Wanted::Type(canonical(MethodType::Expanded { vendor, kind })))
            })
            .collect(),
    }
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
pub(crate) fn canonical(method: MethodType) -> MethodType {
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
    fn a_server_reads_what_a_peer_would_rather_do() {
        let acceptable = [MethodType::PEAP, VENDOR];
        let (kind, data) = refusal(VENDOR, &acceptable);
        let exactly = acceptable.map(Wanted::Type);
        assert_eq!(wanted(kind, &data), exactly);
        assert_eq!(wanted(kind, &data[..15]), exactly[..1], "the second one is cut off");
        let (kind, data) = refusal(MethodType::MD5_CHALLENGE, &acceptable);
        assert_eq!(wanted(kind, &data), [Wanted::Type(MethodType::PEAP), Wanted::AnyVendor]);
        for proposed in [MethodType::MD5_CHALLENGE, VENDOR] {
            let (kind, data) = refusal(proposed, &[]);
            assert_eq!(wanted(kind, &data), []);
        }
        assert!(Wanted::AnyVendor.is(VENDOR) && !Wanted::AnyVendor.is(expanded_type(MethodType::TLS)));
    }

    #[test]
    fn vendor_0_means_the_registry() {
        assert_eq!(canonical(expanded_type(MethodType::TLS)), MethodType::TLS);
        assert_eq!(canonical(VENDOR), VENDOR);
    }
}
