//! What is said inside TEAP's tunnel: a list of type-length-values (RFC 9930, 4.2).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::methods::tlv::{MANDATORY, put, tlvs};

const IDENTITY_TYPE: u16 = 2;
const RESULT: u16 = 3;
const NAK: u16 = 4;
const ERROR: u16 = 5;
const EAP_PAYLOAD: u16 = 9;
const INTERMEDIATE_RESULT: u16 = 10;
const CRYPTO_BINDING: u16 = 12;
const PASSWORD_REQUEST: u16 = 13;
const PASSWORD_RESPONSE: u16 = 14;

const SUCCESS: u16 = 1;
const FAILURE: u16 = 2;

/// One message of either side. What both leave out is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// How everything has ended: success or not.
    pub(crate) result: Option<bool>,
    /// How one method has ended.
    pub(crate) intermediate: Option<bool>,
    /// The proof that the tunnel and the methods inside end at the same place.
    pub(crate) binding: Option<BindingTlv>,
    /// An EAP packet.
    pub(crate) eap: Option<Zeroizing<Vec<u8>>>,
    /// The server asks for name and password, with this prompt.
    pub(crate) password_request: Option<Vec<u8>>,
    /// Name and password.
    pub(crate) password_response: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    /// Whose identity is meant: 1 the user's, 2 the machine's.
    pub(crate) identity_type: Option<u16>,
    /// Why something went wrong (RFC 9930, 4.2.6).
    pub(crate) error: Option<u32>,
    /// The type that had to be understood and was not.
    pub(crate) not_understood: Option<u16>,
}

impl Message {
    /// Reads what was said. `None` if it is malformed, or says something twice.
    pub(crate) fn parse(octets: &[u8]) -> Option<Self> {
        let mut message = Self::default();
        for tlv in tlvs(octets) {
            let tlv = tlv?;
            let value = tlv.value;
            match tlv.kind {
                RESULT => once(&mut message.result, status(value)?)?,
                INTERMEDIATE_RESULT => once(&mut message.intermediate, status(value)?)?,
                CRYPTO_BINDING => once(&mut message.binding, BindingTlv::parse(value)?)?,
                EAP_PAYLOAD => once(&mut message.eap, Zeroizing::new(value.to_vec()))?,
                PASSWORD_REQUEST => once(&mut message.password_request, value.to_vec())?,
                PASSWORD_RESPONSE => once(&mut message.password_response, login(value)?)?,
                IDENTITY_TYPE => once(&mut message.identity_type, u16::from_be_bytes(value.try_into().ok()?))?,
                ERROR => once(&mut message.error, u32::from_be_bytes(value.try_into().ok()?))?,
                NAK => {
                    let (_vendor, kind) = value.split_first_chunk::<4>()?;
                    message.not_understood = Some(u16::from_be_bytes(*kind.first_chunk()?));
                }
                other if tlv.is_mandatory => message.not_understood = Some(other),
                _ => {}
            }
        }
        Some(message)
    }

    /// The octets of the message.
    pub(crate) fn to_vec(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::new());
        if let Some(kind) = self.not_understood {
            put(&mut out, NAK | MANDATORY, &[&[0; 4][..], &kind.to_be_bytes()].concat());
        }
        if let Some(code) = self.error {
            put(&mut out, ERROR | MANDATORY, &code.to_be_bytes());
        }
        if let Some(success) = self.intermediate {
            put(&mut out, INTERMEDIATE_RESULT | MANDATORY, &said(success));
        }
        if let Some(binding) = &self.binding {
            out.extend_from_slice(&binding.to_vec());
        }
        if let Some(success) = self.result {
            put(&mut out, RESULT | MANDATORY, &said(success));
        }
        if let Some(kind) = self.identity_type {
            put(&mut out, IDENTITY_TYPE, &kind.to_be_bytes());
        }
        if let Some(packet) = &self.eap {
            put(&mut out, EAP_PAYLOAD | MANDATORY, packet);
        }
        if let Some(prompt) = &self.password_request {
            put(&mut out, PASSWORD_REQUEST | MANDATORY, prompt);
        }
        if let Some((user, password)) = &self.password_response {
            let mut value = Zeroizing::new(Vec::new());
            for part in [user, &**password] {
                // Neither is longer than its length can say: the peer has looked.
                value.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
                value.extend_from_slice(part);
            }
            put(&mut out, PASSWORD_RESPONSE | MANDATORY, &value);
        }
        out
    }
}

fn once<T>(field: &mut Option<T>, value: T) -> Option<()> {
    match field.replace(value) {
        None => Some(()),
        Some(_) => None,
    }
}

/// A status, with or without what an intermediate result may have behind it.
fn status(value: &[u8]) -> Option<bool> {
    match u16::from_be_bytes(*value.first_chunk()?) {
        SUCCESS => Some(true),
        FAILURE => Some(false),
        _ => None,
    }
}

const fn said(success: bool) -> [u8; 2] {
    let status = if success { SUCCESS } else { FAILURE };
    status.to_be_bytes()
}

/// Name and password, each behind its length (1 octet).
fn login(value: &[u8]) -> Option<(Vec<u8>, Zeroizing<Vec<u8>>)> {
    let (&len, rest) = value.split_first()?;
    let (user, rest) = rest.split_at_checked(len.into())?;
    let (&len, rest) = rest.split_first()?;
    let (password, rest) = rest.split_at_checked(len.into())?;
    rest.is_empty()
        .then(|| (user.to_vec(), Zeroizing::new(password.to_vec())))
}

/// The Crypto-Binding TLV (RFC 9930, 4.2.13), 80 octets.
///
/// ```text
/// | type (2) | length (2) | reserved (1) | version (1) | received version (1) | flags, subtype (4 bits each)
/// | nonce (32) | EMSK compound MAC (20) | MSK compound MAC (20) |
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BindingTlv {
    /// The version that is spoken, and the one that the other side began with.
    pub(crate) versions: [u8; 2],
    /// Which of the two MACs are there: 1 that of the EMSK, 2 that of the MSK, 3 both.
    pub(crate) flags: u8,
    /// From the peer.
    pub(crate) is_response: bool,
    /// Random; the last bit is 0 in the server's, and 1 in the peer's, which is the same otherwise.
    pub(crate) nonce: [u8; 32],
    pub(crate) emsk_mac: [u8; 20],
    pub(crate) msk_mac: [u8; 20],
}

impl BindingTlv {
    fn parse(value: &[u8]) -> Option<Self> {
        let (&[_reserved, version, received, flags], rest) = value.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (emsk_mac, rest) = rest.split_first_chunk()?;
        let msk_mac = rest.try_into().ok()?;
        let is_response = match flags & 0x0f {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some(Self {
            versions: [version, received],
            flags: flags >> 4,
            is_response,
            nonce: *nonce,
            emsk_mac: *emsk_mac,
            msk_mac,
        })
    }

    /// The octets, header included, as the MACs cover them.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let [version, received] = self.versions;
        let head = [0, version, received, self.flags << 4 | u8::from(self.is_response)];
        let mut out = Vec::new();
        let value = [&head[..], &self.nonce, &self.emsk_mac, &self.msk_mac].concat();
        put(&mut out, CRYPTO_BINDING | MANDATORY, &value);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read_back() {
        let message = Message {
            result: Some(true),
            intermediate: Some(false),
            binding: Some(BindingTlv {
                versions: [1, 1],
                flags: 3,
                is_response: true,
                nonce: [7; 32],
                emsk_mac: [8; 20],
                msk_mac: [9; 20],
            }),
            eap: Some(Zeroizing::new(Vec::from([2, 0, 0, 4]))),
            password_request: Some(b"password?".to_vec()),
            password_response: Some((b"alice".to_vec(), Zeroizing::new(b"wonderland".to_vec()))),
            identity_type: Some(1),
            error: Some(1001),
            not_understood: Some(8),
        };
        assert_eq!(Message::parse(&message.to_vec()), Some(message));
    }

    #[test]
    fn a_type_that_need_not_be_understood_is_passed_over_and_another_is_not() {
        let vendor = |kind: u16| {
            let mut out = Vec::new();
            put(&mut out, kind, &[1, 2, 3]);
            Message::parse(&out).unwrap().not_understood
        };
        assert_eq!(vendor(7), None);
        assert_eq!(vendor(7 | MANDATORY), Some(7));
    }

    #[test]
    fn a_result_that_is_said_twice_is_none() {
        let success = Message {
            result: Some(true),
            ..Message::default()
        };
        assert_eq!(
            Message::parse(&[&success.to_vec()[..], &success.to_vec()].concat()),
            None
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_parsed_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(message) = Message::parse(&octets) {
                prop_assert_eq!(Message::parse(&message.to_vec()), Some(message));
            }
        }
    }
}
