//! A vendor's method: both sides prove to know a key. Peer and server, as a user of the crate would write them.
//!
//! ```text
//! request:  nonce (16)
//! response: nonce (16) | MAC of "peer" and both nonces (32)
//! request:  MAC of "server" and both nonces (32)
//! response: nothing
//! ```

use hmac::{Hmac, KeyInit, Mac};
use onex::method::{Context, Decision, Discarded, ExportedKeys, Method, MethodFailure, MethodType, Step};
use onex::{eap, server};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Vendor 0x00f00d, type 70000: more than one octet has.
pub(crate) const KIND: MethodType = MethodType::Expanded {
    vendor: [0x00, 0xf0, 0x0d],
    kind: 70_000,
};

/// The method with a key, for both sides.
pub(crate) struct Knock(pub(crate) [u8; 32]);

/// What both sides know, as far as they are.
struct Proof {
    key: Zeroizing<[u8; 32]>,
    nonces: [[u8; 16]; 2],
    is_mutual: bool,
}

impl Proof {
    fn new(key: [u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(key),
            nonces: [[0; 16]; 2],
            is_mutual: false,
        }
    }

    fn mac(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.key).unwrap();
        mac.update(label);
        mac.update(self.nonces.as_flattened());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    fn is(&self, label: &[u8], found: &[u8]) -> bool {
        self.mac(label).ct_eq(found).into()
    }

    fn keys(&self) -> Option<ExportedKeys> {
        let half = |label| Zeroizing::new([*self.mac(label), *self.mac(b"more")].concat());
        let (msk, emsk) = (half(b"msk"), half(b"emsk"));
        let session_id = [&KIND_OCTETS[..], self.nonces.as_flattened()].concat();
        ExportedKeys::new(msk.first_chunk()?, Some(emsk.first_chunk()?), session_id).filter(|_| self.is_mutual)
    }
}

const KIND_OCTETS: [u8; 8] = [254, 0x00, 0xf0, 0x0d, 0, 1, 0x11, 0x70];

impl eap::Offer for Knock {
    fn kind(&self) -> MethodType {
        KIND
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Peer(Proof::new(self.0)))
    }
}

struct Peer(Proof);

impl Method for Peer {
    fn kind(&self) -> MethodType {
        KIND
    }

    fn handle_request(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        let Self(proof) = self;
        if let Ok(nonce) = data.try_into() {
            proof.nonces[0] = nonce;
            context.rng.fill_bytes(&mut proof.nonces[1]);
            return Step::respond([&proof.nonces[1][..], &proof.mac(b"peer")[..]].concat());
        }
        if !proof.is(b"server", data) {
            return Step::Fail(MethodFailure::Impostor { secret: "key" });
        }
        proof.is_mutual = true;
        Step::respond([])
    }

    fn decision(&self) -> Decision {
        match self.0.is_mutual {
            true => Decision::UnconditionalSuccess,
            false => Decision::Fail,
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.0.keys()
    }
}

impl server::Offer for Knock {
    fn kind(&self) -> MethodType {
        KIND
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn server::Method> {
        Box::new(Server(Proof::new(self.0)))
    }
}

struct Server(Proof);

impl server::Method for Server {
    fn first_request(&mut self, context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        let [nonce, _] = &mut self.0.nonces;
        context.rng.fill_bytes(nonce);
        nonce.to_vec()
    }

    fn handle_response(&mut self, _context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> server::Step {
        let Self(proof) = self;
        match data.split_first_chunk() {
            None if proof.is_mutual => server::Step::Succeeded,
            Some((nonce, mac)) if !proof.is_mutual => {
                proof.nonces[1] = *nonce;
                if !proof.is(b"peer", mac) {
                    return server::Step::Failed;
                }
                proof.is_mutual = true;
                server::Step::Request(proof.mac(b"server").to_vec())
            }
            _ => server::Step::Ignore(Discarded::Malformed { field: "response" }),
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.0.keys()
    }
}
