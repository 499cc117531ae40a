//! The station's side of the algorithm: what proves the secret. It knows nothing of the interface.

use siphasher::sip::SipHasher24;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What both sides know. It is wiped when it is dropped (R31).
pub type Secret = Zeroizing<[u8; 16]>;

pub const HELLO: u8 = 1;
const CHALLENGE: u8 = 2;
const RESPONSE: u8 = 3;
const WELCOME: u8 = 4;

/// The secret of a profile, `<challenge secret="…"/>` with 32 hex digits, which is untrusted input (R09).
pub fn secret(profile: &str) -> Option<Secret> {
    let digits = profile
        .trim()
        .strip_prefix(r#"<challenge secret=""#)?
        .strip_suffix(r#""/>"#)?;
    if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut secret = Secret::default();
    for (index, octet) in secret.iter_mut().enumerate() {
        *octet = u8::from_str_radix(&digits[2 * index..][..2], 16).ok()?;
    }
    Some(secret)
}

/// One conversation.
pub struct Conversation {
    secret: Secret,
    access_point: [u8; 6],
    /// Of the last challenge.
    nonce: Option<[u8; 16]>,
}

impl Conversation {
    pub fn new(secret: Secret, access_point: [u8; 6]) -> Self {
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
            ([WELCOME, proof @ ..], Some(nonce)) => proof.ct_eq(&self.proof(WELCOME, &nonce)).into(),
            _ => false,
        }
    }

    pub fn was_challenged(&self) -> bool {
        self.nonce.is_some()
    }

    fn proof(&self, kind: u8, nonce: &[u8; 16]) -> [u8; 8] {
        let said = [&[kind], &nonce[..], &self.access_point].concat();
        SipHasher24::new_with_key(&self.secret).hash(&said).to_le_bytes()
    }
}
