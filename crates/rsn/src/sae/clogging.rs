//! The guard of an access point against floods of commits (IEEE 802.11-2020, 12.4.6): a peer that is to cost a
//! computation must first show that it receives what is sent to its address.

use frame::sae::{self, Commit, Method, TokenRequest};
use frame::{Emit, MacAddress, StatusCode};
use keys::derive;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::effect::AuthFrame;

const KEY_LEN: usize = 32;
const TOKEN_LEN: usize = 32;

type SecretKey = Zeroizing<[u8; KEY_LEN]>;

/// Issues and recognises anti-clogging tokens. Keeps nothing about any peer: a token is a keyed hash of the address.
pub struct AntiClogging {
    key: SecretKey,
    /// The key before the last [`rotate`](Self::rotate), so that a token under way stays good.
    previous: Option<SecretKey>,
    threshold: usize,
}

/// What to do about a commit.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Give it to an exchange.
    Admit,
    /// Send this instead, and forget the commit.
    Demand(AuthFrame),
    /// Say nothing: its token is not one of ours, or it is no commit.
    Discard,
}

impl AntiClogging {
    /// A guard that asks for tokens while at least `threshold` exchanges are under way
    /// (dot11RSNASAEAntiCloggingThreshold; 5 is common).
    #[must_use]
    pub fn new(threshold: usize, rng: &mut dyn CryptoRng) -> Self {
        Self {
            key: random_key(rng),
            previous: None,
            threshold,
        }
    }

    /// Changes the key: tokens that were issued before the last change are void. A minute is a good period.
    pub fn rotate(&mut self, rng: &mut dyn CryptoRng) {
        self.previous = Some(core::mem::replace(&mut self.key, random_key(rng)));
    }

    /// Judges the first frame of a peer that no exchange exists for, while `pending` exchanges are under way.
    #[must_use]
    pub fn judge(&self, pending: usize, peer: MacAddress, status: StatusCode, body: &[u8]) -> Verdict {
        let Some(method) = Method::of(status) else {
            return Verdict::Discard;
        };
        if pending < self.threshold {
            return Verdict::Admit;
        }
        let token = Commit::parse(body, method).map(|commit| commit.token);
        match token {
            Ok(Some(token)) if self.is_ours(peer, token) => Verdict::Admit,
            Ok(None) => self.demand(peer, method, body),
            Ok(Some(_)) | Err(_) => Verdict::Discard,
        }
    }

    fn demand(&self, peer: MacAddress, method: Method, body: &[u8]) -> Verdict {
        let Ok(group) = sae::group(body) else {
            return Verdict::Discard;
        };
        let token = token(&self.key, peer);
        let request = TokenRequest {
            group,
            token: &token,
            method,
        };
        match request.to_vec() {
            Ok(body) => Verdict::Demand(AuthFrame {
                transaction: sae::COMMIT,
                status: StatusCode::ANTI_CLOGGING_TOKEN_REQUIRED,
                body: body.into(),
            }),
            Err(_) => Verdict::Discard,
        }
    }

    fn is_ours(&self, peer: MacAddress, found: &[u8]) -> bool {
        core::iter::once(&self.key)
            .chain(&self.previous)
            .any(|key| token(key, peer).ct_eq(found).into())
    }
}

fn token(key: &SecretKey, peer: MacAddress) -> [u8; TOKEN_LEN] {
    let mut token = [0; TOKEN_LEN];
    derive::kdf_sha256(key.as_slice(), b"anti-clogging token", &[&peer.0], &mut token);
    token
}

fn random_key(rng: &mut dyn CryptoRng) -> SecretKey {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    rng.fill_bytes(key.as_mut_slice());
    key
}
