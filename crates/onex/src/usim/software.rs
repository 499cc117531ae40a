//! A card in software: MILENAGE and the sequence number (3GPP TS 33.102, 6.3).

use alloc::boxed::Box;
use alloc::string::String;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::milenage::Milenage;
use super::{Triplet, Usim, Vector, Verdict};

/// What the operator and the card agree on.
pub struct Subscription {
    /// The subscriber's number (IMSI), decimal digits.
    pub imsi: String,
    /// Digits of the network's number, 2 or 3.
    pub network_digits: usize,
    /// The subscriber's key (Ki, K).
    pub k: Zeroizing<[u8; 16]>,
    /// The operator's constant for this key (OPc).
    pub opc: Zeroizing<[u8; 16]>,
    /// The highest sequence number that was seen, 48 bits.
    pub sqn: u64,
}

/// The card.
pub struct SoftwareUsim(Subscription);

impl SoftwareUsim {
    /// A card for a subscription.
    #[must_use]
    pub const fn new(subscription: Subscription) -> Self {
        Self(subscription)
    }

    /// The highest sequence number seen. It must outlive the card, or challenges of the past would be answered again.
    #[must_use]
    pub const fn sequence_number(&self) -> u64 {
        self.0.sqn
    }

    fn functions(&self, rand: &[u8; 16]) -> Milenage {
        Milenage::new(&self.0.k, &self.0.opc, rand)
    }

    /// The keys of a challenge; `None` if it is not genuine. Then its sequence number may still be an old one.
    fn prove(functions: &Milenage, autn: &[u8; 16]) -> Option<(u64, Vector)> {
        let (front, mac) = autn.split_first_chunk::<8>()?;
        let [.., high, low] = *front;
        let sqn = (u64::from_be_bytes(*front) >> 16) ^ functions.f5();
        let (expected, _) = functions.f1(sqn, [high, low]);
        bool::from(mac.ct_eq(&expected)).then_some(())?;
        Some((sqn, functions.vector()?))
    }

    /// AUTS: the card's sequence number under another anonymity key (6 octets), MAC-S (8) over an AMF of zero.
    fn resynchronize(&self, functions: &Milenage) -> [u8; 14] {
        let (_, mac_s) = functions.f1(self.0.sqn, [0; 2]);
        let [_, _, hidden @ ..] = (self.0.sqn ^ functions.f5_star()).to_be_bytes();
        let mut auts = [0; 14];
        auts.iter_mut()
            .zip(hidden.into_iter().chain(mac_s))
            .for_each(|(to, from)| *to = from);
        auts
    }
}

impl Usim for SoftwareUsim {
    fn imsi(&self) -> &str {
        &self.0.imsi
    }

    fn network_digits(&self) -> usize {
        self.0.network_digits
    }

    fn gsm(&mut self, rand: &[u8; 16]) -> Option<Triplet> {
        self.functions(rand).triplet()
    }

    fn umts(&mut self, rand: &[u8; 16], autn: &[u8; 16]) -> Verdict {
        let functions = self.functions(rand);
        match Self::prove(&functions, autn) {
            None => Verdict::Impostor,
            Some((sqn, _)) if sqn <= self.0.sqn => Verdict::OutOfStep {
                auts: self.resynchronize(&functions),
            },
            Some((sqn, vector)) => {
                self.0.sqn = sqn;
                Verdict::Genuine(Box::new(vector))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::subscription;
    use crate::usim::AuthenticationCentre;

    #[test]
    fn a_new_challenge_is_answered_once_and_a_replay_asks_to_fall_in_step() {
        let mut card = SoftwareUsim::new(subscription(0));
        let mut centre = AuthenticationCentre::new(subscription(64));
        let challenge = centre.challenge(&[7; 16]).unwrap();
        let Verdict::Genuine(vector) = card.umts(&[7; 16], &challenge.autn) else {
            panic!("a genuine challenge is refused");
        };
        assert!(vector.res == challenge.vector.res && vector.ck == challenge.vector.ck);
        assert_eq!(card.sequence_number(), 96);
        let replayed = card.umts(&[7; 16], &challenge.autn);
        assert!(matches!(replayed, Verdict::OutOfStep { .. }));
    }

    #[test]
    fn a_centre_that_is_behind_takes_up_the_number_of_the_card() {
        let mut card = SoftwareUsim::new(subscription(1000));
        let mut centre = AuthenticationCentre::new(subscription(0));
        let challenge = centre.challenge(&[7; 16]).unwrap();
        let Verdict::OutOfStep { mut auts } = card.umts(&[7; 16], &challenge.autn) else {
            panic!("an old challenge is taken");
        };
        assert!(centre.resynchronize(&[7; 16], &auts));
        let challenge = centre.challenge(&[8; 16]).unwrap();
        assert!(matches!(card.umts(&[8; 16], &challenge.autn), Verdict::Genuine(_)));
        auts[13] ^= 1;
        assert!(
            !centre.resynchronize(&[7; 16], &auts),
            "a forged number is not taken up"
        );
    }

    #[test]
    fn a_network_without_the_key_is_an_impostor() {
        let mut card = SoftwareUsim::new(subscription(0));
        let mut challenge = AuthenticationCentre::new(subscription(0)).challenge(&[7; 16]).unwrap();
        challenge.autn[15] ^= 1;
        assert!(matches!(card.umts(&[7; 16], &challenge.autn), Verdict::Impostor));
    }
}
