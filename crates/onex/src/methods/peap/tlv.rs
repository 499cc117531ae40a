//! The extensions method of PEAP version 0, type 33: its results and the binding of the tunnel ([MS-PEAP], 2.2.8).
//!
//! ```text
//! | code (1) | identifier (1) | length (2) | 33 | type (2), length (2), value | ... |
//! ```

use alloc::vec::Vec;

use crate::methods::tlv::{MANDATORY, put, tlvs};

/// The EAP type of the extensions method.
const EXTENSIONS: u8 = 33;

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;

const RESULT: u16 = 3;
const CRYPTO_BINDING: u16 = 12;

/// An extensions packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    /// Whether the sender calls the authentication a success.
    pub(crate) success: Option<bool>,
    pub(crate) binding: Option<BindingTlv>,
}

/// Proves that whoever ends the tunnel has also done the method inside ([MS-PEAP], 2.2.8.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BindingTlv {
    /// The sender's version, and the one that it has received.
    pub(crate) versions: [u8; 2],
    pub(crate) is_response: bool,
    pub(crate) nonce: [u8; 32],
    pub(crate) mac: [u8; 20],
}

impl Extensions {
    /// Whether a message in the tunnel is an extensions packet, with its own header; everything else has none.
    pub(crate) fn is_in(message: &[u8]) -> bool {
        let header = message.split_first_chunk();
        matches!(header, Some((&[REQUEST | RESPONSE, _, high, low, EXTENSIONS], _))
            if usize::from(u16::from_be_bytes([high, low])) == message.len())
    }

    /// Parses a packet; `None` if it is malformed, or has a mandatory part that is not known.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let mut extensions = Self::default();
        for tlv in tlvs(packet.get(5..)?) {
            let tlv = tlv?;
            match (tlv.kind, tlv.value) {
                (RESULT, &[0, 1]) => extensions.success = Some(true),
                (RESULT, &[0, 2]) => extensions.success = Some(false),
                (CRYPTO_BINDING, value) => extensions.binding = Some(BindingTlv::parse(value)?),
                _ if tlv.is_mandatory => return None,
                _ => {}
            }
        }
        Some(extensions)
    }

    /// The packet, as a request or the response to it.
    pub(crate) fn to_vec(&self, is_response: bool, identifier: u8) -> Vec<u8> {
        let mut tlvs = Vec::new();
        if let Some(success) = self.success {
            put(&mut tlvs, MANDATORY | RESULT, &[0, if success { 1 } else { 2 }]);
        }
        if let Some(binding) = &self.binding {
            tlvs.extend_from_slice(&binding.to_vec());
        }
        // At most 66 octets of two TLVs.
        let len = tlvs.len() as u16 + 5;
        let [high, low] = len.to_be_bytes();
        let code = if is_response { RESPONSE } else { REQUEST };
        [&[code, identifier, high, low, EXTENSIONS], tlvs.as_slice()].concat()
    }
}

impl BindingTlv {
    fn parse(value: &[u8]) -> Option<Self> {
        let (&[_reserved, version, received, subtype], rest) = value.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        Some(Self {
            versions: [version, received],
            is_response: subtype == 1,
            nonce: *nonce,
            mac: rest.try_into().ok()?,
        })
    }

    /// With its header: 60 octets.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        let [version, received] = self.versions;
        let value = [
            &[0, version, received, self.is_response.into()],
            &self.nonce[..],
            &self.mac,
        ]
        .concat();
        let mut out = Vec::new();
        // Never mandatory ([MS-PEAP], 2.2.8.1.1), and its MAC covers that.
        put(&mut out, CRYPTO_BINDING, &value);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_result_alone_is_eleven_octets() {
        let success = Extensions {
            success: Some(true),
            binding: None,
        };
        let packet = success.to_vec(true, 7);
        assert_eq!(packet, [2, 7, 0, 11, 33, 0x80, 3, 0, 2, 0, 1]);
        assert!(Extensions::is_in(&packet));
        assert_eq!(Extensions::parse(&packet), Some(success));
        assert!(!Extensions::is_in(&[1, 7, 0, 11, 33]));
    }

    /// The header that [MS-PEAP], 2.2.8.1.1, demands; the MAC covers it.
    #[test]
    fn a_binding_is_not_mandatory_and_has_56_octets() {
        let binding = BindingTlv {
            versions: [0; 2],
            is_response: true,
            nonce: [7; 32],
            mac: [9; 20],
        };
        let octets = binding.to_vec();
        assert_eq!(octets[..8], [0, 12, 0, 56, 0, 0, 0, 1]);
        assert_eq!(octets.len(), 60);
    }

    #[test]
    fn a_mandatory_part_that_is_unknown_is_refused_and_another_one_passed_over() {
        assert_eq!(Extensions::parse(&[1, 7, 0, 9, 33, 0x80, 99, 0, 0]), None);
        assert_eq!(
            Extensions::parse(&[1, 7, 0, 9, 33, 0, 99, 0, 0]),
            Some(Extensions::default())
        );
        assert_eq!(Extensions::parse(&[1, 7, 0, 9, 33, 0, 12, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            success: Option<bool>,
            nonce: [u8; 32],
            mac: [u8; 20],
            versions: [u8; 2],
            is_response: bool,
        ) {
            let binding = Some(BindingTlv { versions, is_response, nonce, mac });
            let extensions = Extensions { success, binding };
            let packet = extensions.to_vec(is_response, 1);
            prop_assert!(Extensions::is_in(&packet));
            prop_assert_eq!(Extensions::parse(&packet), Some(extensions));
        }

        #[test]
        fn whatever_comes_is_parsed_or_refused(packet in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Extensions::parse(&packet);
        }
    }
}
