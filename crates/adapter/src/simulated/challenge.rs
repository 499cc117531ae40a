//! The network's side of the sample algorithm: `samples/challenge` has the stations' side, in Rust and in C.
//!
//! The second EtherType for local experiments (IEEE 802, 9.2.4) carries four kinds of packet; the first octet
//! says which:
//!
//! | octet | from | then |
//! |---|---|---|
//! | 1, hello | station | |
//! | 2, challenge | access point | nonce, 16 octets |
//! | 3, response | station | proof, 8 octets |
//! | 4, welcome | access point | proof, 8 octets |
//!
//! A proof is SipHash-2-4, little-endian, under the shared secret, of the packet's first octet, the nonce and the
//! access point's address. It shows how an algorithm is plugged in; it does not protect data.

use super::access_point::{Conversation, Foreign, Reply};
use frame::MacAddress;
use frame::ethertype::EtherType;
use siphasher::sip::SipHasher24;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The EtherType of the algorithm's packets.
pub const ETHERTYPE: EtherType = EtherType(0x88b6);

const HELLO: u8 = 1;
const CHALLENGE: u8 = 2;
const RESPONSE: u8 = 3;
const WELCOME: u8 = 4;

/// The sample algorithm, for the access point with this address.
#[must_use]
pub fn challenge(secret: [u8; 16], access_point: MacAddress) -> Foreign {
    let secret = Zeroizing::new(secret);
    Foreign {
        ethertype: ETHERTYPE,
        begin: Arc::new(move |_, randomness| {
            let (nonce, _) = randomness.split_first_chunk().unwrap_or((&[0; 16], &[]));
            Box::new(Challenger {
                secret: secret.clone(),
                nonce: *nonce,
                access_point,
            })
        }),
    }
}

struct Challenger {
    secret: Zeroizing<[u8; 16]>,
    nonce: [u8; 16],
    access_point: MacAddress,
}

impl Conversation for Challenger {
    fn answer(&mut self, packet: &[u8]) -> Reply {
        match packet {
            [HELLO] => Reply::Say([&[CHALLENGE], &self.nonce[..]].concat()),
            [RESPONSE, proof @ ..] if bool::from(proof.ct_eq(&self.proof(RESPONSE))) => {
                Reply::Admit([&[WELCOME], &self.proof(WELCOME)[..]].concat())
            }
            _ => Reply::Silence,
        }
    }
}

impl Challenger {
    fn proof(&self, kind: u8) -> [u8; 8] {
        let said = [&[kind], &self.nonce[..], &self.access_point.0].concat();
        SipHasher24::new_with_key(&self.secret).hash(&said).to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const ACCESS_POINT: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    fn conversation(secret: u8) -> Box<dyn Conversation> {
        (challenge([secret; 16], ACCESS_POINT).begin)(STATION, [7; 32])
    }

    #[test]
    fn the_hash_is_the_one_of_its_authors_first_example() {
        // Aumasson and Bernstein, SipHash: a fast short-input PRF, appendix A.
        let key: [u8; 16] = core::array::from_fn(|index| index as u8);
        let message: [u8; 15] = core::array::from_fn(|index| index as u8);
        assert_eq!(SipHasher24::new_with_key(&key).hash(&message), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn a_station_is_admitted_for_the_right_proof_only() {
        let mut conversation = conversation(1);
        assert_eq!(
            conversation.answer(&[HELLO]),
            Reply::Say([vec![CHALLENGE], vec![7; 16]].concat())
        );
        let station = Challenger {
            secret: Zeroizing::new([1; 16]),
            nonce: [7; 16],
            access_point: ACCESS_POINT,
        };
        let response = [&[RESPONSE], &station.proof(RESPONSE)[..]].concat();
        let welcome = [&[WELCOME], &station.proof(WELCOME)[..]].concat();
        assert_eq!(conversation.answer(&response), Reply::Admit(welcome));
        for place in 0..response.len() {
            let mut wrong = response.clone();
            wrong[place] ^= 1;
            assert_eq!(conversation.answer(&wrong), Reply::Silence);
        }
    }

    #[test]
    fn what_is_no_packet_of_the_algorithm_has_no_answer() {
        for packet in [&[][..], &[HELLO, 0], &[CHALLENGE], &[RESPONSE], &[WELCOME], &[9; 40]] {
            assert_eq!(conversation(1).answer(packet), Reply::Silence);
        }
    }
}
