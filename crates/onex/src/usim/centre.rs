//! The operator's authentication centre: the other side of a card (3GPP TS 33.102, 6.3.2).

use alloc::string::String;

use subtle::ConstantTimeEq;

use super::milenage::Milenage;
use super::{Subscription, Triplet, Vector, identity};

/// The authentication management field: the separation bit, without which AKA' does not take a challenge
/// (3GPP TS 33.402, A.1).
const AMF: [u8; 2] = [0x80, 0];

/// What the lowest bits of a sequence number are for: the index of the list that a card may keep (TS 33.102, C.1.1).
const INDEX_BITS: u32 = 5;

/// The centre, with one subscriber.
pub struct AuthenticationCentre(Subscription);

/// A challenge and what the card must make of it.
pub struct Challenge {
    /// The network's proof.
    pub autn: [u8; 16],
    /// The response and the keys.
    pub vector: Vector,
}

impl AuthenticationCentre {
    /// A centre for a subscription; its sequence number is the last that was used.
    #[must_use]
    pub const fn new(subscription: Subscription) -> Self {
        Self(subscription)
    }

    /// The name of the subscriber; see [`permanent_identity`](super::permanent_identity).
    #[must_use]
    pub fn identity(&self, first: char) -> String {
        identity(&self.0.imsi, self.0.network_digits, first)
    }

    /// The challenge of UMTS with the next sequence number.
    pub fn challenge(&mut self, rand: &[u8; 16]) -> Option<Challenge> {
        self.0.sqn += 1 << INDEX_BITS;
        let functions = self.functions(rand);
        let (mac, _) = functions.f1(self.0.sqn, AMF);
        let [_, _, hidden @ ..] = (self.0.sqn ^ functions.f5()).to_be_bytes();
        let mut autn = [0; 16];
        autn.iter_mut()
            .zip(hidden.into_iter().chain(AMF).chain(mac))
            .for_each(|(to, from)| *to = from);
        Some(Challenge {
            autn,
            vector: functions.vector()?,
        })
    }

    /// The triplet of GSM for a challenge.
    #[must_use]
    pub fn triplet(&self, rand: &[u8; 16]) -> Option<Triplet> {
        self.functions(rand).triplet()
    }

    /// Takes up the sequence number of the card, if the card has said it (`auts`) to this challenge.
    pub fn resynchronize(&mut self, rand: &[u8; 16], auts: &[u8; 14]) -> bool {
        let functions = self.functions(rand);
        let [s0, s1, s2, s3, s4, s5, mac @ ..] = *auts;
        let sqn = u64::from_be_bytes([0, 0, s0, s1, s2, s3, s4, s5]) ^ functions.f5_star();
        let (_, expected) = functions.f1(sqn, [0; 2]);
        let genuine = bool::from(mac.ct_eq(&expected));
        if genuine {
            self.0.sqn = sqn;
        }
        genuine
    }

    fn functions(&self, rand: &[u8; 16]) -> Milenage {
        Milenage::new(&self.0.k, &self.0.opc, rand)
    }
}
