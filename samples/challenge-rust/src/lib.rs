//! A sample extension: a challenge and response of its own, with its own EtherType. `samples/README.md` tells what the
//! two sides say to each other.
//!
//! It has the algorithm. The handlers around it are those of `ihv::Conversing`, whose source is the next to be read.

use core::time::Duration;
use frame::{EtherType, MacAddress};
use ihv::{Conversation, Conversing, Failure, Proof, Reason, Refused, Reply, SecurityProfile, Win32Error};
use siphasher::sip::SipHasher24;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

ihv::export_extension!(ihv::abi::Provisions::new(|| Ok(Box::new(
    Conversing::<Challenge>::default()
))));

/// The station's side, on one port.
struct Challenge {
    secret: Zeroizing<[u8; 16]>,
    access_point: [u8; 6],
    hellos: u32,
    /// Of the last challenge.
    nonce: Option<[u8; 16]>,
}

const HELLO: u8 = 1;
const CHALLENGE: u8 = 2;
const RESPONSE: u8 = 3;
const WELCOME: u8 = 4;
/// How often the station says hello.
const HELLOS: u32 = 3;

impl Conversation for Challenge {
    /// The second EtherType for local experiments (IEEE 802, 9.2.4).
    const ETHERTYPE: EtherType = EtherType(0x88b6);
    const PATIENCE: Duration = Duration::from_millis(200);
    type Secret = Zeroizing<[u8; 16]>;

    /// `<challenge secret="…"/>`, with 32 hex digits.
    fn secret(profile: &SecurityProfile) -> Option<Self::Secret> {
        let digits = profile
            .xml
            .trim()
            .strip_prefix(r#"<challenge secret=""#)?
            .strip_suffix(r#""/>"#)?;
        let mut secret = Zeroizing::new([0; 16]);
        let octets = base16ct::mixed::decode(digits, &mut *secret).ok()?.len();
        (octets == secret.len()).then_some(secret)
    }

    fn begin(secret: &Self::Secret, access_point: MacAddress) -> Self {
        Self {
            secret: secret.clone(),
            access_point: access_point.0,
            hellos: 0,
            nonce: None,
        }
    }

    /// Nobody refuses in this algorithm: a wrong response is met with silence.
    fn speak(&mut self) -> Reply {
        self.hellos += 1;
        match self.nonce {
            _ if self.hellos <= HELLOS => Reply::Say(vec![HELLO]),
            Some(_) => fail(Failure::WrongSecret(Proof::Suspected).into()),
            None => fail(Reason::UNKNOWN),
        }
    }

    /// A challenge is answered; a welcome proves that the access point knows the secret, too.
    fn answer(&mut self, packet: &[u8]) -> Option<Reply> {
        match (packet, self.nonce) {
            ([CHALLENGE, nonce @ ..], _) => {
                let nonce = nonce.try_into().ok()?;
                self.nonce = Some(nonce);
                Some(Reply::Say([&[RESPONSE], &self.proof(RESPONSE, nonce)[..]].concat()))
            }
            ([WELCOME, proof @ ..], Some(nonce)) if proof.ct_eq(&self.proof(WELCOME, nonce)).into() => {
                Some(Reply::Open)
            }
            _ => None,
        }
    }
}

impl Challenge {
    fn proof(&self, kind: u8, nonce: [u8; 16]) -> [u8; 8] {
        let said = [&[kind], &nonce[..], &self.access_point].concat();
        SipHasher24::new_with_key(&self.secret).hash(&said).to_le_bytes()
    }
}

fn fail(reason: Reason) -> Reply {
    Reply::Fail(Refused {
        error: Win32Error::TIMEOUT,
        reason,
    })
}
