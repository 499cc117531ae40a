//! Attributes: type (1 octet), length with these two octets (1), value (RFC 2865, clause 5).

use alloc::vec::Vec;

pub(super) const USER_NAME: u8 = 1;
pub(super) const SERVICE_TYPE: u8 = 6;
pub(super) const FRAMED_MTU: u8 = 12;
pub(super) const REPLY_MESSAGE: u8 = 18;
pub(super) const STATE: u8 = 24;
pub(super) const VENDOR_SPECIFIC: u8 = 26;
pub(super) const CALLING_STATION_ID: u8 = 31;
pub(super) const NAS_IDENTIFIER: u8 = 32;
pub(super) const NAS_PORT_TYPE: u8 = 61;
pub(super) const EAP_MESSAGE: u8 = 79;
pub(super) const MESSAGE_AUTHENTICATOR: u8 = 80;

/// The longest value, in octets.
pub(super) const VALUE_MAX: usize = 253;

/// Appends an attribute. A value that is longer than an attribute holds goes into several of them, which a receiver puts
/// together again: that is how EAP-Message works (RFC 3579, 3.1), and nothing else is ever longer.
pub(super) fn put(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
    for part in value.chunks(VALUE_MAX) {
        // At most 255.
        out.extend_from_slice(&[kind, part.len() as u8 + 2]);
        out.extend_from_slice(part);
    }
}

/// The attributes of a packet, each with the offset of its value among `octets`. `None` if a length is wrong.
pub(super) fn parse(octets: &[u8]) -> Option<Vec<Attribute<'_>>> {
    let mut attributes = Vec::new();
    let mut rest = octets;
    while let Some((&[kind, len], behind)) = rest.split_first_chunk() {
        let offset = octets.len() - behind.len();
        let (value, next) = behind.split_at_checked(usize::from(len).checked_sub(2)?)?;
        attributes.push(Attribute { kind, offset, value });
        rest = next;
    }
    rest.is_empty().then_some(attributes)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) kind: u8,
    pub(super) offset: usize,
    pub(super) value: &'a [u8],
}

/// The values of all attributes of a type, one behind the other; `None` if there is none.
pub(super) fn joined(attributes: &[Attribute<'_>], kind: u8) -> Option<Vec<u8>> {
    let mut values = attributes.iter().filter(|attribute| attribute.kind == kind).peekable();
    values.peek()?;
    Some(values.flat_map(|attribute| attribute.value).copied().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_eap_packet_is_split_and_joined() {
        let packet: Vec<u8> = (0..=255).cycle().take(600).collect();
        let mut out = Vec::new();
        put(&mut out, EAP_MESSAGE, &packet);
        let attributes = parse(&out).unwrap();
        assert_eq!(attributes.len(), 3);
        assert_eq!(joined(&attributes, EAP_MESSAGE), Some(packet));
        assert_eq!(joined(&attributes, STATE), None);
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        assert_eq!(parse(&[1, 1]), None);
        assert_eq!(parse(&[1, 4, 0]), None);
        assert_eq!(parse(&[1]), None);
        assert_eq!(parse(&[]), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn attributes_cover_every_octet(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some(attributes) = parse(&octets) {
                let covered: usize = attributes.iter().map(|attribute| attribute.value.len() + 2).sum();
                prop_assert_eq!(covered, octets.len());
                for attribute in attributes {
                    prop_assert_eq!(&octets[attribute.offset..][..attribute.value.len()], attribute.value);
                }
            }
        }
    }
}
