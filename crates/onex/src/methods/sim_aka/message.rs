//! A message of the three methods: its subtype, its attributes, and the integrity code over its packet (RFC 4186, 10.14).

use alloc::vec::Vec;

use frame::eap::Code;

use super::Flavor;
use super::attribute::{Attributes, Builder, MAC};
use super::keys::Session;

/// The subtypes of messages (RFC 4186, 8.1; RFC 4187, 11).
pub(crate) mod subtype {
    pub(crate) const AKA_CHALLENGE: u8 = 1;
    pub(crate) const AUTHENTICATION_REJECT: u8 = 2;
    pub(crate) const SYNCHRONIZATION_FAILURE: u8 = 4;
    pub(crate) const AKA_IDENTITY: u8 = 5;
    pub(crate) const SIM_START: u8 = 10;
    pub(crate) const SIM_CHALLENGE: u8 = 11;
    pub(crate) const NOTIFICATION: u8 = 12;
    pub(crate) const REAUTHENTICATION: u8 = 13;
    pub(crate) const CLIENT_ERROR: u8 = 14;
}

/// The codes of a client error (RFC 4186, 10.19).
pub(crate) mod client_error {
    pub(crate) const UNABLE_TO_PROCESS: u16 = 0;
    pub(crate) const UNSUPPORTED_VERSION: u16 = 1;
    pub(crate) const TOO_FEW_CHALLENGES: u16 = 2;
    pub(crate) const CHALLENGES_NOT_FRESH: u16 = 3;
}

/// The first attribute stands behind the subtype (1 octet) and two that are reserved.
const HEAD_LEN: usize = 3;
/// Of the integrity code, in octets.
pub(crate) const CODE_LEN: usize = 16;

/// A message that was received.
pub(crate) struct Message<'a> {
    pub(crate) attributes: Attributes<'a>,
    flavor: Flavor,
    code: Code,
    identifier: u8,
    data: &'a [u8],
}

impl<'a> Message<'a> {
    /// Parses the data of a packet; `known` are the attributes that its subtype may have.
    pub(crate) fn parse(flavor: Flavor, code: Code, identifier: u8, data: &'a [u8], known: &[u8]) -> Option<Self> {
        Some(Self {
            attributes: Attributes::parse(data, HEAD_LEN, known)?,
            flavor,
            code,
            identifier,
            data,
        })
    }

    /// True if the integrity code is there and right. It covers the packet, with zeros where it stands, and `extra`.
    pub(crate) fn is_genuine(&self, session: &Session, extra: &[&[u8]]) -> bool {
        let (Some(offset), Some(code)) = (self.attributes.offset(MAC), self.attributes.octets(MAC)) else {
            return false;
        };
        let head = head(self.flavor, self.code, self.identifier, self.data);
        session.verify(&code, &without_code(&head, self.data, offset, extra))
    }

    /// The response to this request, with its integrity code.
    pub(crate) fn answer(&self, session: &Session, response: Builder, extra: &[&[u8]]) -> Vec<u8> {
        seal(self.flavor, Code::RESPONSE, self.identifier, session, response, extra)
    }

    /// Appends the packet as it was received to those that a later challenge proves.
    pub(crate) fn record(&self, transcript: &mut Vec<u8>) {
        record(self.flavor, self.code, self.identifier, self.data, transcript);
    }

    /// Appends the packet that answers this request with `data`.
    pub(crate) fn record_answer(&self, data: &[u8], transcript: &mut Vec<u8>) {
        record(self.flavor, Code::RESPONSE, self.identifier, data, transcript);
    }
}

/// Appends a packet to those that a later challenge proves.
pub(crate) fn record(flavor: Flavor, code: Code, identifier: u8, data: &[u8], transcript: &mut Vec<u8>) {
    transcript.extend_from_slice(&head(flavor, code, identifier, data));
    transcript.extend_from_slice(data);
}

/// The data of a message, at its end the integrity code over its packet and `extra`.
pub(crate) fn seal(
    flavor: Flavor,
    code: Code,
    identifier: u8,
    session: &Session,
    message: Builder,
    extra: &[&[u8]],
) -> Vec<u8> {
    let mut data = message.octets(MAC, &[0; CODE_LEN]).into_bytes();
    let offset = data.len() - CODE_LEN;
    let head = head(flavor, code, identifier, &data);
    let integrity = session.code(&without_code(&head, &data, offset, extra));
    if let Some(field) = data.get_mut(offset..) {
        field.copy_from_slice(&integrity);
    }
    data
}

/// The head of an EAP packet: code (1 octet), identifier (1), length (2), type (1).
fn head(flavor: Flavor, code: Code, identifier: u8, data: &[u8]) -> [u8; 5] {
    // The data came out of an EAP packet, or will go into one.
    let [high, low] = (data.len() as u16).wrapping_add(5).to_be_bytes();
    [code.0, identifier, high, low, flavor.number()]
}

fn without_code<'a>(head: &'a [u8; 5], data: &'a [u8], offset: usize, extra: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let before = data.get(..offset).unwrap_or_default();
    let behind = data.get(offset + CODE_LEN..).unwrap_or_default();
    [&[head.as_slice(), before, &[0; CODE_LEN], behind], extra].concat()
}
