//! The keyed hashes of SAE (IEEE 802.11-2020, 12.4.2 and 12.4.4.2.3).

use hmac::{EagerHash, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroize;

use crate::derive::keyed;
use crate::secret::Key;
use crate::suites::Derivation;

/// Most octets of a hash.
pub(crate) const HASH_MAX: usize = 64;

/// H(key, parts): the HMAC with the hash of `derivation`. It is also the extraction step of HKDF (RFC 5869, 2.2).
pub(crate) fn mac(derivation: Derivation, key: &[u8], parts: &[&[u8]]) -> Key<HASH_MAX> {
    match derivation {
        Derivation::PrfSha1 => mac_with::<Sha1>(key, parts),
        Derivation::KdfSha256 => mac_with::<Sha256>(key, parts),
        Derivation::KdfSha384 => mac_with::<Sha384>(key, parts),
        Derivation::KdfSha512 => mac_with::<Sha512>(key, parts),
    }
}

/// The octets of a hash.
pub(crate) const fn hash_len(derivation: Derivation) -> usize {
    match derivation {
        Derivation::PrfSha1 => 20,
        Derivation::KdfSha256 => 32,
        Derivation::KdfSha384 => 48,
        Derivation::KdfSha512 => 64,
    }
}

/// HKDF-Expand (RFC 5869, 2.3): fills `out`, at most 255 hashes long.
pub(crate) fn expand(derivation: Derivation, seed: &Key<HASH_MAX>, info: &[u8], out: &mut [u8]) {
    let mut block = None::<Key<HASH_MAX>>;
    for (chunk, counter) in out.chunks_mut(hash_len(derivation)).zip(1_u8..) {
        let previous = block.as_ref().map_or(&[][..], Key::as_bytes);
        let next = mac(derivation, seed.as_bytes(), &[previous, info, &[counter]]);
        for (to, from) in chunk.iter_mut().zip(next.as_bytes()) {
            *to = *from;
        }
        block = Some(next);
    }
}

fn mac_with<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Key<HASH_MAX> {
    let mut mac = keyed::<D>(key);
    parts.iter().for_each(|part| mac.update(part));
    let mut octets = mac.finalize().into_bytes();
    let mut hash = Key::zeroed(octets.len());
    hash.as_mut_bytes().copy_from_slice(&octets);
    octets.zeroize();
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    /// RFC 5869, A.1.
    #[test]
    fn expansion_is_that_of_hkdf() {
        let seed = mac(
            Derivation::KdfSha256,
            &hex("000102030405060708090a0b0c"),
            &[&[0x0b; 22]],
        );
        let mut out = [0; 42];
        expand(Derivation::KdfSha256, &seed, &hex("f0f1f2f3f4f5f6f7f8f9"), &mut out);
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(out.as_slice(), hex(expected));
    }
}
