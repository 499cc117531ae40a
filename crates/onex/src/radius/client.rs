//! One conversation with a server: requests, their repetition, and the proof of the answers.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::attribute::{self, Attribute};
use super::mppe::MppeKeys;
use crate::eap::printable;
use crate::method::Secret;

const ACCESS_REQUEST: u8 = 1;
const ACCESS_ACCEPT: u8 = 2;
const ACCESS_REJECT: u8 = 3;
const ACCESS_CHALLENGE: u8 = 11;
/// Code, identifier, length and authenticator.
const HEADER_LEN: usize = 20;
/// The longest packet (RFC 2865, clause 3), in octets.
const PACKET_MAX: usize = 4096;

/// The access point that the client says it is.
#[derive(Clone, Debug)]
pub struct Nas {
    /// NAS-Identifier.
    pub identifier: String,
    /// Calling-Station-Id: the station's address, as `02-00-00-00-00-01`.
    pub calling_station: String,
}

/// How often, and how long between, a request is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Until the first repetition (default 1 s); each further one waits twice as long.
    pub first: Duration,
    /// How often a request is sent (default 4 times).
    pub attempts: u8,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            attempts: 4,
        }
    }
}

/// The client of one conversation.
pub struct Client {
    secret: Secret,
    nas: Nas,
    timing: Timing,
    identifier: u8,
    /// What the server wants to see again in the next request.
    state: Option<Vec<u8>>,
    waiting: Option<Waiting>,
}

struct Waiting {
    packet: Vec<u8>,
    authenticator: [u8; 16],
    sent: u8,
    deadline: Duration,
}

/// What the server says. Its authenticators are proved.
pub enum Answer {
    /// The conversation goes on with this EAP packet.
    Challenge {
        /// The EAP packet.
        eap: Vec<u8>,
    },
    /// The user is let in.
    Accept {
        /// The EAP packet, a success.
        eap: Option<Vec<u8>>,
        /// The keys for the access point.
        keys: Option<MppeKeys>,
    },
    /// The user is refused.
    Reject {
        /// The EAP packet, a failure.
        eap: Option<Vec<u8>>,
        /// What the server says about it, made printable.
        message: Option<String>,
    },
}

/// Why a packet was not believed. The client waits on for a better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The packet does not follow its format.
    #[error("malformed")]
    Malformed,
    /// The packet answers no request that waits.
    #[error("answers no request that is waiting")]
    Unasked,
    /// The authenticator is wrong: as a rule the shared secrets differ.
    #[error("its response authenticator is wrong; is the shared secret that of the server?")]
    Authenticator,
    /// The Message-Authenticator, which every packet with EAP must have, is missing or wrong (RFC 3579, 3.2).
    #[error("its Message-Authenticator is missing or wrong; is the shared secret that of the server?")]
    MessageAuthenticator,
}

/// What comes of a time-out.
#[derive(Debug, PartialEq, Eq)]
pub enum Retry<'a> {
    /// It is not time yet.
    Wait,
    /// Send this again.
    Send(&'a [u8]),
    /// The server does not answer.
    GiveUp,
}

impl Client {
    /// A client that shares `secret` with its server.
    #[must_use]
    pub const fn new(secret: Secret, nas: Nas, timing: Timing) -> Self {
        Self {
            secret,
            nas,
            timing,
            identifier: 0,
            state: None,
            waiting: None,
        }
    }

    /// Makes the Access-Request that carries an EAP packet of the station; it replaces one that waits. Its identifier
    /// is one more than the last: a socket that several clients share would confuse them.
    pub fn request(&mut self, now: Duration, user: &[u8], eap: &[u8], rng: &mut dyn CryptoRng) -> &[u8] {
        self.identifier = self.identifier.wrapping_add(1);
        let mut authenticator = [0; 16];
        rng.fill_bytes(&mut authenticator);

        let mut attributes = Vec::new();
        // First, as the answer to an attack on MD5 (CVE-2024-3596) wants it.
        attribute::put(&mut attributes, attribute::MESSAGE_AUTHENTICATOR, &[0; 16]);
        let user = user.get(..user.len().min(attribute::VALUE_MAX)).unwrap_or_default();
        attribute::put(&mut attributes, attribute::USER_NAME, user);
        attribute::put(
            &mut attributes,
            attribute::NAS_IDENTIFIER,
            self.nas.identifier.as_bytes(),
        );
        attribute::put(
            &mut attributes,
            attribute::CALLING_STATION_ID,
            self.nas.calling_station.as_bytes(),
        );
        attribute::put(&mut attributes, attribute::SERVICE_TYPE, &FRAMED.to_be_bytes());
        attribute::put(
            &mut attributes,
            attribute::NAS_PORT_TYPE,
            &WIRELESS_802_11.to_be_bytes(),
        );
        attribute::put(&mut attributes, attribute::FRAMED_MTU, &MTU.to_be_bytes());
        attribute::put(&mut attributes, attribute::EAP_MESSAGE, eap);
        if let Some(state) = &self.state {
            attribute::put(&mut attributes, attribute::STATE, state);
        }

        let mut packet = header(ACCESS_REQUEST, self.identifier, &authenticator, attributes.len());
        packet.extend_from_slice(&attributes);
        let proof = message_authenticator(self.secret.as_bytes(), &packet);
        if let Some(field) = packet.get_mut(HEADER_LEN + 2..HEADER_LEN + 18) {
            field.copy_from_slice(&proof);
        }
        let waiting = self.waiting.insert(Waiting {
            packet,
            authenticator,
            sent: 1,
            deadline: now + self.timing.first,
        });
        &waiting.packet
    }

    /// Takes a packet that has come from the server.
    ///
    /// # Errors
    /// The packet is not believed; the state is as before.
    pub fn handle_packet(&mut self, packet: &[u8]) -> Result<Answer, Refusal> {
        let waiting = self.waiting.as_ref().ok_or(Refusal::Unasked)?;
        let packet = trimmed(packet).ok_or(Refusal::Malformed)?;
        let (&[code, identifier, _, _], rest) = packet.split_first_chunk().ok_or(Refusal::Malformed)?;
        let (authenticator, attributes) = rest.split_first_chunk::<16>().ok_or(Refusal::Malformed)?;
        if identifier != self.identifier {
            return Err(Refusal::Unasked);
        }
        let secret = self.secret.as_bytes();
        let expected = Md5::new()
            .chain_update([code, identifier])
            .chain_update((packet.len() as u16).to_be_bytes())
            .chain_update(waiting.authenticator)
            .chain_update(attributes)
            .chain_update(secret)
            .finalize();
        if !bool::from(authenticator.ct_eq(expected.as_slice())) {
            return Err(Refusal::Authenticator);
        }
        let parsed = attribute::parse(attributes).ok_or(Refusal::Malformed)?;
        prove(secret, packet, &waiting.authenticator, attributes, &parsed)?;

        let eap = attribute::joined(&parsed, attribute::EAP_MESSAGE);
        let answer = match code {
            ACCESS_CHALLENGE => {
                let eap = eap.ok_or(Refusal::Malformed)?;
                self.state = attribute::joined(&parsed, attribute::STATE);
                Answer::Challenge { eap }
            }
            ACCESS_ACCEPT => Answer::Accept {
                eap,
                keys: MppeKeys::find(&parsed, secret, &waiting.authenticator),
            },
            ACCESS_REJECT => Answer::Reject {
                eap,
                message: attribute::joined(&parsed, attribute::REPLY_MESSAGE).map(|text| printable(&text)),
            },
            _ => return Err(Refusal::Unasked),
        };
        self.waiting = None;
        Ok(answer)
    }

    /// When [`Self::handle_timeout`] is to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        self.waiting.as_ref().map(|waiting| waiting.deadline)
    }

    /// Repeats the request that waits, or gives up. Does nothing before the time.
    pub fn handle_timeout(&mut self, now: Duration) -> Retry<'_> {
        let timing = self.timing;
        let Some(waiting) = &mut self.waiting else {
            return Retry::Wait;
        };
        if now < waiting.deadline {
            return Retry::Wait;
        }
        if waiting.sent >= timing.attempts {
            return Retry::GiveUp;
        }
        waiting.deadline = now + timing.first.saturating_mul(2u32.saturating_pow(waiting.sent.into()));
        waiting.sent += 1;
        Retry::Send(&waiting.packet)
    }
}

/// Service-Type: Framed.
const FRAMED: u32 = 2;
/// NAS-Port-Type: Wireless - IEEE 802.11.
const WIRELESS_802_11: u32 = 19;
/// Framed-MTU: the longest EAP packet that the station can take, in octets.
const MTU: u32 = 1400;

pub(super) fn header(code: u8, identifier: u8, authenticator: &[u8; 16], attributes_len: usize) -> Vec<u8> {
    let mut packet = Vec::from([code, identifier]);
    let len = u16::try_from(HEADER_LEN + attributes_len).unwrap_or(u16::MAX);
    packet.extend_from_slice(&len.to_be_bytes());
    packet.extend_from_slice(authenticator);
    packet
}

/// HMAC-MD5 of a packet whose own field for it is zero (RFC 3579, 3.2).
pub(super) fn message_authenticator(secret: &[u8], packet: &[u8]) -> [u8; 16] {
    // HMAC takes keys of every length.
    Hmac::<Md5>::new_from_slice(secret).map_or([0; 16], |mac| mac.chain_update(packet).finalize().into_bytes().into())
}

/// Proves the Message-Authenticator of an answer: it was computed with the authenticator of the request in its place.
fn prove(
    secret: &[u8],
    packet: &[u8],
    request_authenticator: &[u8; 16],
    attributes: &[u8],
    parsed: &[Attribute<'_>],
) -> Result<(), Refusal> {
    let found = parsed
        .iter()
        .find(|attribute| attribute.kind == attribute::MESSAGE_AUTHENTICATOR && attribute.value.len() == 16)
        .ok_or(Refusal::MessageAuthenticator)?;
    let mut signed = Vec::with_capacity(packet.len());
    signed.extend_from_slice(packet.get(..4).unwrap_or_default());
    signed.extend_from_slice(request_authenticator);
    signed.extend_from_slice(attributes.get(..found.offset).unwrap_or_default());
    signed.extend_from_slice(&[0; 16]);
    signed.extend_from_slice(attributes.get(found.offset + 16..).unwrap_or_default());
    match bool::from(message_authenticator(secret, &signed).ct_eq(found.value)) {
        true => Ok(()),
        false => Err(Refusal::MessageAuthenticator),
    }
}

/// The packet without what stands behind its length.
fn trimmed(packet: &[u8]) -> Option<&[u8]> {
    let (&[_, _, high, low], _) = packet.split_first_chunk()?;
    let len = usize::from(u16::from_be_bytes([high, low]));
    (HEADER_LEN..=PACKET_MAX).contains(&len).then(|| packet.get(..len))?
}
