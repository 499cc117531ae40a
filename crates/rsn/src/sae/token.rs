//! Anti-clogging tokens (IEEE 802.11-2020, 12.4.6): what an access point under load wants to hear again before it
//! computes anything. A token is made from the sender's address and a key, so that nothing is kept for it.

use frame::MacAddress;
use keys::derive;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Octets of a token.
const TOKEN_LEN: usize = 32;

/// Makes and checks tokens, under a key of its own.
pub struct TokenMaker {
    key: Zeroizing<[u8; TOKEN_LEN]>,
}

impl TokenMaker {
    /// With a new key.
    #[must_use]
    pub fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; TOKEN_LEN]);
        rng.fill_bytes(&mut *key);
        Self { key }
    }

    /// The token for whoever sends from this address.
    #[must_use]
    pub fn token(&self, peer: MacAddress) -> [u8; TOKEN_LEN] {
        let mut token = [0; TOKEN_LEN];
        derive::kdf_sha256(&*self.key, b"SAE anti-clogging token", &[&peer.0], &mut token);
        token
    }

    /// Whether `token` is the one for this address.
    #[must_use]
    pub fn verify(&self, peer: MacAddress, token: &[u8]) -> bool {
        self.token(peer).ct_eq(token).into()
    }
}
