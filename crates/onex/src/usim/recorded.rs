//! A card of GSM that has no key: its answers to some challenges are known, and no others.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Triplet, Usim, Verdict};

/// The card.
pub struct RecordedSim {
    /// The subscriber's number (IMSI), decimal digits.
    pub imsi: String,
    /// Digits of the network's number, 2 or 3.
    pub network_digits: usize,
    /// Challenges (RAND), each with the card's answer.
    pub answers: Vec<([u8; 16], Triplet)>,
}

impl Usim for RecordedSim {
    fn imsi(&self) -> &str {
        &self.imsi
    }

    fn network_digits(&self) -> usize {
        self.network_digits
    }

    fn gsm(&mut self, rand: &[u8; 16]) -> Option<Triplet> {
        let (_, known) = self.answers.iter().find(|(challenge, _)| challenge == rand)?;
        Some(Triplet {
            sres: Zeroizing::new(*known.sres),
            kc: Zeroizing::new(*known.kc),
        })
    }

    fn umts(&mut self, _rand: &[u8; 16], _autn: &[u8; 16]) -> Verdict {
        Verdict::Mute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_that_was_recorded_is_answered_and_no_other() {
        let answer = Triplet {
            sres: Zeroizing::new([1; 4]),
            kc: Zeroizing::new([2; 8]),
        };
        let mut card = RecordedSim {
            imsi: "244070100000001".into(),
            network_digits: 2,
            answers: Vec::from([([7; 16], answer)]),
        };
        let found = card.gsm(&[7; 16]).unwrap();
        assert_eq!((*found.sres, *found.kc), ([1; 4], [2; 8]));
        assert!(card.gsm(&[8; 16]).is_none());
        assert!(matches!(card.umts(&[7; 16], &[0; 16]), Verdict::Mute));
    }
}
