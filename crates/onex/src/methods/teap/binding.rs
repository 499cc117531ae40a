//! The keys that bind TEAP's tunnel to the methods inside it (RFC 9930, 6; with TLS 1.2).

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::KIND;
use super::message::BindingTlv;
use crate::method::ExportedKeys;
use crate::tls::Hash;

/// The flags of a binding.
const EMSK: u8 = 1;
const MSK: u8 = 2;

/// What the methods that have ended so far leave to the next one, and at the end to the session.
pub(crate) struct Chain {
    /// That of the tunnel's cipher suite.
    hash: Hash,
    /// S-IMCK: the seed that the tunnel exports, or what the last method has made of it.
    secret: Zeroizing<[u8; 40]>,
    /// What both sides said before the tunnel, which nothing else protects.
    outer: Vec<u8>,
}

/// The keys of one method: by its EMSK, where it has one, and by its MSK, zeros where it has none.
pub(crate) struct Candidates {
    emsk: Option<Compound>,
    msk: Compound,
}

/// S-IMCK, 40 octets, and CMK, 20.
struct Compound {
    next: Zeroizing<[u8; 40]>,
    mac_key: Zeroizing<[u8; 20]>,
}

impl Chain {
    /// The beginning: what the tunnel exports under [`SEED_LABEL`](super::SEED_LABEL).
    pub(crate) const fn new(hash: Hash, seed: Zeroizing<[u8; 40]>, outer: Vec<u8>) -> Self {
        Self {
            hash,
            secret: seed,
            outer,
        }
    }

    /// The keys of a method that has ended in success.
    pub(crate) fn candidates(&self, inside: Option<&ExportedKeys>) -> Candidates {
        let by_emsk = inside.and_then(|keys| keys.emsk.as_deref()).map(|emsk| {
            // Behind the label a zero and the length, 64; only half of it is used.
            let key = self.prf::<64>(emsk.as_bytes(), &[b"TEAPbindkey@ietf.org", &[0, 0, 64]]);
            self.compound(key.first_chunk().unwrap_or(&[0; 32]))
        });
        let by_msk = inside.and_then(|keys| keys.msk.as_bytes().first_chunk());
        Candidates {
            emsk: by_emsk,
            msk: self.compound(by_msk.unwrap_or(&[0; 32])),
        }
    }

    fn compound(&self, of_method: &[u8; 32]) -> Compound {
        let material = self.prf::<60>(&self.secret[..], &[b"Inner Methods Compound Keys", of_method]);
        let (mut next, mut mac_key) = (Zeroizing::new([0; 40]), Zeroizing::new([0; 20]));
        let octets = next.iter_mut().chain(mac_key.iter_mut());
        octets.zip(material.iter()).for_each(|(to, from)| *to = *from);
        Compound { next, mac_key }
    }

    /// Puts the MACs that the flags name into a TLV; without an EMSK, only that of the MSK.
    pub(crate) fn sign(&self, keys: &Candidates, tlv: &mut BindingTlv) {
        tlv.flags &= keys.flags();
        if tlv.flags & MSK != 0 {
            tlv.msk_mac = self.mac(&keys.msk, tlv);
        }
        if let Some(emsk) = keys.emsk.as_ref().filter(|_| tlv.flags & EMSK != 0) {
            tlv.emsk_mac = self.mac(emsk, tlv);
        }
    }

    /// Whether a TLV has a MAC that can be verified, and none that is wrong.
    pub(crate) fn verifies(&self, keys: &Candidates, tlv: &BindingTlv) -> bool {
        let is_right = |compound: &Compound, mac: &[u8; 20]| bool::from(self.mac(compound, tlv).ct_eq(mac));
        let by_emsk = match (&keys.emsk, tlv.flags & EMSK != 0) {
            (Some(emsk), true) => Some(is_right(emsk, &tlv.emsk_mac)),
            _ => None,
        };
        let by_msk = (tlv.flags & MSK != 0).then(|| is_right(&keys.msk, &tlv.msk_mac));
        match (by_emsk, by_msk) {
            (None, None) => false,
            (by_emsk, by_msk) => by_emsk.unwrap_or(true) && by_msk.unwrap_or(true),
        }
    }

    /// Goes on with the keys of the method: by its EMSK if both sides have shown that they have it.
    pub(crate) fn advance(&mut self, keys: Candidates, flags: u8) {
        self.secret = match keys.emsk {
            Some(emsk) if flags & EMSK != 0 => emsk.next,
            _ => keys.msk.next,
        };
    }

    /// MSK and EMSK of the session, 128 octets.
    pub(crate) fn keys(&self) -> Zeroizing<[u8; 128]> {
        let msk = self.prf::<64>(&self.secret[..], &[b"Session Key Generating Function"]);
        let emsk = self.prf::<64>(&self.secret[..], &[b"Extended Session Key Generating Function"]);
        let mut keys = Zeroizing::new([0; 128]);
        keys.iter_mut()
            .zip(msk.iter().chain(emsk.iter()))
            .for_each(|(to, from)| *to = *from);
        keys
    }

    /// The compound MAC: over the TLV without MACs, the type of the method, and what was said before the tunnel.
    fn mac(&self, compound: &Compound, tlv: &BindingTlv) -> [u8; 20] {
        let zeroed = BindingTlv {
            emsk_mac: [0; 20],
            msk_mac: [0; 20],
            ..tlv.clone()
        };
        let mac = self.hmac(&compound.mac_key[..], &[&zeroed.to_vec(), &[KIND], &self.outer]);
        mac.first_chunk().copied().unwrap_or([0; 20])
    }

    /// The PRF of TLS 1.2 (RFC 5246, clause 5) with label and seed in parts.
    fn prf<const N: usize>(&self, secret: &[u8], seed: &[&[u8]]) -> Zeroizing<[u8; N]> {
        let mut octets = Zeroizing::new([0; N]);
        let mut a = self.hmac(secret, seed);
        let block_len = a.len();
        for block in octets.chunks_mut(block_len) {
            let parts = [&[a.as_slice()], seed].concat();
            let output = self.hmac(secret, &parts);
            block.iter_mut().zip(output.iter()).for_each(|(to, from)| *to = *from);
            a = self.hmac(secret, &[&a]);
        }
        octets
    }

    fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        fn over<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
            // HMAC takes keys of any length.
            <M as KeyInit>::new_from_slice(key).map_or_else(
                |_| Zeroizing::default(),
                |mut mac| {
                    parts.iter().for_each(|part| mac.update(part));
                    Zeroizing::new(mac.finalize().into_bytes().to_vec())
                },
            )
        }
        match self.hash {
            Hash::Sha256 => over::<Hmac<Sha256>>(key, parts),
            Hash::Sha384 => over::<Hmac<Sha384>>(key, parts),
        }
    }
}

impl Candidates {
    /// The flags of the MACs that can be made.
    pub(crate) const fn flags(&self) -> u8 {
        match self.emsk {
            Some(_) => EMSK | MSK,
            None => MSK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(hash: Hash) -> Chain {
        Chain::new(hash, Zeroizing::new([1; 40]), Vec::from([0, 1, 0, 0]))
    }

    fn tlv(flags: u8) -> BindingTlv {
        BindingTlv {
            versions: [1; 2],
            flags,
            is_response: false,
            nonce: [2; 32],
            emsk_mac: [0; 20],
            msk_mac: [0; 20],
        }
    }

    fn keys(emsk: u8) -> ExportedKeys {
        ExportedKeys::new(&[3; 64], Some(&[emsk; 64]), Vec::new()).unwrap()
    }

    #[test]
    fn each_mac_is_verified_that_is_there_and_one_must_be() {
        let chain = chain(Hash::Sha256);
        let (ours, others) = (chain.candidates(Some(&keys(4))), chain.candidates(Some(&keys(5))));
        let mut both = tlv(3);
        chain.sign(&ours, &mut both);
        assert!(chain.verifies(&ours, &both));
        assert!(!chain.verifies(&others, &both), "the EMSK is another one");
        let mut by_msk = tlv(2);
        chain.sign(&ours, &mut by_msk);
        assert!(chain.verifies(&others, &by_msk), "the MSK is the same");
        assert!(!chain.verifies(&ours, &tlv(0)));
        // Who has no EMSK cannot be satisfied by its MAC alone.
        let mut by_emsk = tlv(1);
        chain.sign(&ours, &mut by_emsk);
        assert!(!chain.verifies(&chain.candidates(None), &by_emsk));
    }

    #[test]
    fn what_was_said_before_the_tunnel_is_covered() {
        let (ours, theirs) = (
            chain(Hash::Sha384),
            Chain::new(Hash::Sha384, Zeroizing::new([1; 40]), Vec::new()),
        );
        let mut signed = tlv(2);
        ours.sign(&ours.candidates(None), &mut signed);
        assert!(ours.verifies(&ours.candidates(None), &signed));
        assert!(!theirs.verifies(&theirs.candidates(None), &signed));
    }

    /// The vector for SHA-256 that the IETF's TLS working group passed around in 2009 ("Test vectors for TLS 1.2 PRF").
    #[test]
    fn the_prf_is_that_of_tls_1_2() {
        let secret = [
            0x9b, 0xbe, 0x43, 0x6b, 0xa9, 0x40, 0xf0, 0x17, 0xb1, 0x76, 0x52, 0x84, 0x9a, 0x71, 0xdb, 0x35,
        ];
        let seed = [
            0xa0, 0xba, 0x9f, 0x93, 0x6c, 0xda, 0x31, 0x18, 0x27, 0xa6, 0xf7, 0x96, 0xff, 0xd5, 0x19, 0x8c,
        ];
        let output = chain(Hash::Sha256).prf::<100>(&secret, &[b"test label", &seed]);
        assert_eq!(
            output[..16],
            [
                0xe3, 0xf2, 0x29, 0xba, 0x72, 0x7b, 0xe1, 0x7b, 0x8d, 0x12, 0x26, 0x20, 0x55, 0x7c, 0xd4, 0x53
            ]
        );
    }
}
