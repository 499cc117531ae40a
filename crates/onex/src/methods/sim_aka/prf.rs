//! The pseudo-random functions that keys come out of.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha1::block_api::compress;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// The initial state of SHA-1 (FIPS 180-4, 5.3.1).
const SHA1_STATE: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The generator of FIPS 186-2 with change notice 1 (RFC 4186, appendix B): `out` is filled from the seed.
pub(crate) fn fips186(seed: &[u8; 20], out: &mut [u8]) {
    let mut key = Zeroizing::new(*seed);
    for chunk in out.chunks_mut(20) {
        let w = generate(&key);
        chunk.iter_mut().zip(*w).for_each(|(to, from)| *to = from);
        advance(&mut key, &w);
    }
}

/// G: the compression of one block, which is the key and zeros, without the padding of SHA-1.
fn generate(key: &[u8; 20]) -> Zeroizing<[u8; 20]> {
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut state = SHA1_STATE;
    compress(&mut state, core::slice::from_ref(&*block));
    let mut words = state.map(u32::to_be_bytes);
    let mut w = Zeroizing::new([0; 20]);
    w.iter_mut()
        .zip(words.as_flattened())
        .for_each(|(to, from)| *to = *from);
    words.zeroize();
    state.zeroize();
    w
}

/// The next key: 1 + key + w modulo 2^160.
fn advance(key: &mut [u8; 20], w: &[u8; 20]) {
    let mut carry = 1;
    for (octet, addend) in key.iter_mut().zip(w).rev() {
        let sum = u16::from(*octet) + u16::from(*addend) + carry;
        let [high, low] = sum.to_be_bytes();
        *octet = low;
        carry = high.into();
    }
}

/// PRF' (RFC 9048, 3.4.1): HMAC-SHA-256 over the block before, the seed and a counter.
pub(crate) fn prf_prime(key: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let mut before = Zeroizing::new(Vec::new());
    for (counter, chunk) in (1u8..).zip(out.chunks_mut(32)) {
        let counter = [counter];
        let block = hmac_sha256(key, &[&[&before[..]], seed, &[&counter[..]]].concat());
        chunk.iter_mut().zip(*block).for_each(|(to, from)| *to = from);
        before = Zeroizing::new(block.to_vec());
    }
}

/// HMAC-SHA-256.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Zeroizing::new([0; 32]);
    };
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of NIST for the generator with change notice 1 (XKEY, and x₀ as two outputs of G).
    #[test]
    fn the_generator_is_that_of_fips_186() {
        let seed = [
            0xbd, 0x02, 0x9b, 0xbe, 0x7f, 0x51, 0x96, 0x0b, 0xcf, 0x9e, 0xdb, 0x2b, 0x61, 0xf0, 0x6f, 0x0f, 0xeb, 0x5a,
            0x38, 0xb6,
        ];
        let mut out = [0; 40];
        fips186(&seed, &mut out);
        assert_eq!(
            out,
            [
                0x20, 0x70, 0xb3, 0x22, 0x3d, 0xba, 0x37, 0x2f, 0xde, 0x1c, 0x0f, 0xfc, 0x7b, 0x2e, 0x3b, 0x49, 0x8b,
                0x26, 0x06, 0x14, 0x3c, 0x6c, 0x18, 0xba, 0xcb, 0x0f, 0x6c, 0x55, 0xba, 0xbb, 0x13, 0x78, 0x8e, 0x20,
                0xd7, 0x37, 0xa3, 0x27, 0x51, 0x16
            ]
        );
    }
}
