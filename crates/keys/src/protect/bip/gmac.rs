//! GMAC: the tag of GCM over data that is not encrypted (NIST SP 800-38D, 6.4 and 7.1), fed in parts.

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser};
use cmac::KeyInit;
use cmac::digest::InvalidLength;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use zeroize::Zeroize;

const BLOCK_LEN: usize = 16;
const NONCE_LEN: usize = 12;

/// A keyed GMAC.
pub(super) struct Gmac<C> {
    cipher: C,
    hash: GHash,
}

impl<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit> Gmac<C> {
    pub(super) fn new_from_slice(key: &[u8]) -> Result<Self, InvalidLength> {
        let cipher = C::new_from_slice(key)?;
        let mut hash_key = ghash::Key::default();
        cipher.encrypt_block(&mut hash_key);
        let hash = GHash::new(&hash_key);
        hash_key.zeroize();
        Ok(Self { cipher, hash })
    }

    /// The tag over `parts`, one behind the other. A nonce must not be used for two messages under one key.
    pub(super) fn tag(&self, nonce: &[u8; NONCE_LEN], parts: &[&[u8]]) -> [u8; BLOCK_LEN] {
        let mut hash = self.hash.clone();
        let mut octets = parts.iter().copied().flatten();
        let mut len = 0_u64;
        loop {
            let mut block = [0; BLOCK_LEN];
            let before = len;
            for (to, from) in block.iter_mut().zip(&mut octets) {
                *to = *from;
                len += 1;
            }
            if len == before {
                break;
            }
            hash.update(&[block.into()]);
        }
        // The lengths in bits of what is authenticated only, and of what is encrypted.
        hash.update(&[(u128::from(len * 8) << 64).to_be_bytes().into()]);

        let [a, b, c, d, e, f, g, h, i, j, k, l] = *nonce;
        let mut mask = [a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, 0, 1].into();
        self.cipher.encrypt_block(&mut mask);
        let mut tag = [0; BLOCK_LEN];
        for ((to, hash), mask) in tag.iter_mut().zip(hash.finalize()).zip(mask) {
            *to = hash ^ mask;
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use aes::{Aes128Enc, Aes256Enc};

    use super::*;
    use crate::testing::{array, hex};

    /// IEEE 802.1AE test vectors 2.1.1 and 2.1.2 (54-octet frame, authentication only).
    #[test]
    fn the_tag_is_that_of_gcm_without_plaintext() {
        let nonce = array("12153524c0895e81b2c28465");
        let data = hex(
            "d609b1f056637a0d46df998d88e5222ab2c2846512153524c0895e8108000f101112131415161718191a1b1c1d1e1f20
             2122232425262728292a2b2c2d2e2f30313233340001",
        );
        let key = "ad7a2bd03eac835a6f620fdcb506b345";
        let gmac = Gmac::<Aes128Enc>::new_from_slice(&hex(key)).unwrap();
        assert_eq!(gmac.tag(&nonce, &[&data]), array("f09478a9b09007d06f46e9b6a1da25dd"));
        let key = "e3c08a8f06c6e3ad95a70557b23f75483ce33021a9c72b7025666204c69c0b72";
        let gmac = Gmac::<Aes256Enc>::new_from_slice(&hex(key)).unwrap();
        assert_eq!(gmac.tag(&nonce, &[&data]), array("2f0bc5af409e06d609ea8b7d0fa5ea50"));
    }

    #[test]
    fn where_the_parts_end_does_not_matter() {
        let gmac = Gmac::<Aes128Enc>::new_from_slice(&[7; 16]).unwrap();
        let data: [u8; 50] = core::array::from_fn(|octet| u8::try_from(octet).unwrap());
        let whole = gmac.tag(&[1; 12], &[&data]);
        for cut in 0..data.len() {
            let (first, second) = data.split_at(cut);
            assert_eq!(gmac.tag(&[1; 12], &[first, &[], second]), whole, "cut at {cut}");
        }
        assert_ne!(gmac.tag(&[1; 12], &[&data[..49]]), whole);
        assert_ne!(gmac.tag(&[2; 12], &[&data]), whole);
    }
}
