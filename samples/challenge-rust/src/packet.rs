//! The packets of the algorithm, and what proves the secret.

use crate::profile::Secret;
use frame::{EtherType, MacAddress};
use siphasher::sip::SipHasher24;

/// The second EtherType for local experiments (IEEE 802, 9.2.4).
pub const ETHERTYPE: EtherType = EtherType(0x88b6);

const HELLO: u8 = 1;
const CHALLENGE: u8 = 2;
const RESPONSE: u8 = 3;
const WELCOME: u8 = 4;

pub fn hello() -> [u8; 1] {
    [HELLO]
}

/// The station's side of one conversation.
pub struct Proofs {
    secret: Secret,
    access_point: MacAddress,
    /// Of the last challenge.
    nonce: Option<[u8; 16]>,
}

impl Proofs {
    pub fn new(secret: Secret, access_point: MacAddress) -> Self {
        Self {
            secret,
            access_point,
            nonce: None,
        }
    }

    /// The response to a challenge, or `None` if the packet is none.
    pub fn answer(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let [CHALLENGE, nonce @ ..] = packet else { return None };
        let nonce = nonce.try_into().ok()?;
        self.nonce = Some(nonce);
        Some([&[RESPONSE], &self.proof(RESPONSE, &nonce)[..]].concat())
    }

    /// Whether the packet proves that the access point knows the secret, too.
    pub fn is_welcome(&self, packet: &[u8]) -> bool {
        match (packet, self.nonce) {
            ([WELCOME, proof @ ..], Some(nonce)) => *proof == self.proof(WELCOME, &nonce),
            _ => false,
        }
    }

    pub fn was_challenged(&self) -> bool {
        self.nonce.is_some()
    }

    fn proof(&self, kind: u8, nonce: &[u8; 16]) -> [u8; 8] {
        let said = [&[kind], &nonce[..], &self.access_point.0].concat();
        SipHasher24::new_with_key(&self.secret).hash(&said).to_le_bytes()
    }
}
