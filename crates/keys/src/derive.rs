//! Derivation functions (IEEE 802.11-2020, 12.7.1).
//!
//! Data comes in parts and is treated as their concatenation, so that nobody has to build it.

pub mod ft;
mod pmkid;
pub mod tdls;

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroize;

pub use pmkid::{PMKID_LEN, pmkid, pmkid_suite_b};

use crate::suites::Derivation;

/// PRF-n of 12.7.1.2, HMAC-SHA-1: fills `out` (at most 5120 octets, as the block counter has one octet).
pub fn prf_sha1(key: &[u8], label: &[u8], data: &[&[u8]], out: &mut [u8]) {
    debug_assert!(out.len() <= 256 * 20, "the counter of the PRF wraps");
    // Counter last: all before it is hashed only once.
    let mut keyed = keyed::<Sha1>(key);
    keyed.update(label);
    keyed.update(&[0]);
    for part in data {
        keyed.update(part);
    }
    for (chunk, counter) in out.chunks_mut(20).zip(0_u8..=u8::MAX) {
        fill(chunk, keyed.clone().chain_update([counter]));
    }
}

/// KDF-Hash-Length of 12.7.1.6.2 with HMAC-SHA-256: fills `out` (at most 8191 octets, as its length goes into
/// the data as 16 bits).
pub fn kdf_sha256(key: &[u8], label: &[u8], data: &[&[u8]], out: &mut [u8]) {
    kdf::<Sha256>(key, label, data, out);
}

/// As [`kdf_sha256`] with HMAC-SHA-384.
pub fn kdf_sha384(key: &[u8], label: &[u8], data: &[&[u8]], out: &mut [u8]) {
    kdf::<Sha384>(key, label, data, out);
}

/// As [`kdf_sha256`] with HMAC-SHA-512.
pub fn kdf_sha512(key: &[u8], label: &[u8], data: &[&[u8]], out: &mut [u8]) {
    kdf::<Sha512>(key, label, data, out);
}

/// Fills `out` with the derivation function of a suite.
pub fn expand(derivation: Derivation, key: &[u8], label: &[u8], data: &[&[u8]], out: &mut [u8]) {
    match derivation {
        Derivation::PrfSha1 => prf_sha1(key, label, data, out),
        Derivation::KdfSha256 => kdf_sha256(key, label, data, out),
        Derivation::KdfSha384 => kdf_sha384(key, label, data, out),
        Derivation::KdfSha512 => kdf_sha512(key, label, data, out),
    }
}

/// HMAC with its key schedule done.
#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
pub(crate) fn keyed<D: EagerHash>(key: &[u8]) -> Hmac<D> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

fn kdf<D: EagerHash>(key: &[u8], label: &[u8], data: &[&[u8]], out: &mut [u8]) {
    let bits = u16::try_from(out.len() * 8).unwrap_or(u16::MAX);
    debug_assert!(
        usize::from(bits) == out.len() * 8,
        "the length of the KDF does not fit 16 bits"
    );
    kdf_bits::<D>(key, label, data, bits, out);
}

/// KDF-Hash-Length for `bits` that need not be whole octets: those of the last octet of `out` that are too many are
/// for the caller to drop.
pub(crate) fn kdf_bits<D: EagerHash>(key: &[u8], label: &[u8], data: &[&[u8]], bits: u16, out: &mut [u8]) {
    let keyed = keyed::<D>(key);
    for (chunk, counter) in out.chunks_mut(<D as sha2::Digest>::output_size()).zip(1_u16..) {
        let mut block = keyed.clone();
        block.update(&counter.to_le_bytes());
        block.update(label);
        for part in data {
            block.update(part);
        }
        block.update(&bits.to_le_bytes());
        fill(chunk, block);
    }
}

/// The leftmost octets of the MAC; what is not used is wiped.
fn fill<D: EagerHash>(out: &mut [u8], mac: Hmac<D>) {
    let mut octets = mac.finalize().into_bytes();
    for (to, from) in out.iter_mut().zip(&octets) {
        *to = *from;
    }
    octets.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    /// IEEE 802.11-2020, J.3.2 (as in unit/test-prf-sha1.c of iwd 2.3).
    #[test]
    fn the_prf_is_that_of_the_standard() {
        let vectors: [(&[u8], &[u8], &str); 3] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee
                 75df78c3d31e0f889f012120c0862beb67753e7439ae242edb8373698356cf5a",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58244759ae58ef9009
                 a99abf4eac2ca5fa87e692c440eb40023e7babb206d61de7b92f41529092b8fc",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "e1ac546ec4cb636f9976487be5c86be17a0252ca5d8d8df12cfb0473525249ce
                 9dd8d177ead710bc9b590547239107aef7b4abd43d87f0a68f1cbd9e2b6f7607",
            ),
        ];
        for (key, data, expected) in vectors {
            let mut out = [0; 64];
            prf_sha1(key, b"prefix", &[data], &mut out);
            assert_eq!(out.as_slice(), hex(expected));
        }
    }

    /// unit/test-kdf-sha256.c of iwd 2.3.
    #[test]
    fn the_kdf_with_sha256_is_that_of_iwd() {
        let mut out = [0; 32];
        kdf_sha256(b"abc", b"KDF test", &[b"data"], &mut out);
        assert_eq!(
            out.as_slice(),
            hex("9efd6eb02758cb7370a86f8a305375d41f8f21c2e47447f584f7d2291143d4d4")
        );
    }

    /// No vectors are published: computed with Python's hmac module from the formula of 12.7.1.6.2.
    #[test]
    fn the_kdfs_with_longer_hashes_follow_the_same_formula() {
        let mut out = [0; 88];
        kdf_sha384(b"abc", b"KDF test", &[b"data"], &mut out);
        assert_eq!(
            out.as_slice(),
            hex(
                "84713ea9c4b6bef47c672b928c7055ddaf18195615cb539b2f0642a65baa7c5ae5dea5e1994679982015aa17
                 752e93a12f4ab5ed8883b0c4bb14a9483f98196f93039a0ecde3c4db7999ee64cf317975504f2fa3623a3734"
            )
        );
        let mut out = [0; 96];
        kdf_sha512(b"abc", b"KDF test", &[b"data"], &mut out);
        assert_eq!(
            out.as_slice(),
            hex(
                "9fddadd1b0f05c215f958656bf67d4f8b8a2a50bd836380b18e8fd867609e4d482d8017fec5b597ad144ce0598518742
                 4f5e40083db7ffd270f6a1af86326bc556889c07d72d6d378bf0cff64092dc0e1d78ebc27bd604341e6f33b1bbda86cc"
            )
        );
    }

    #[test]
    fn data_in_parts_is_the_same_as_data_in_one() {
        let mut whole = [0; 40];
        let mut parts = [0; 40];
        for derivation in [
            Derivation::PrfSha1,
            Derivation::KdfSha256,
            Derivation::KdfSha384,
            Derivation::KdfSha512,
        ] {
            expand(derivation, b"key", b"label", &[b"some data"], &mut whole);
            expand(derivation, b"key", b"label", &[b"some", b"", b" data"], &mut parts);
            assert_eq!(whole, parts, "{derivation:?}");
        }
    }
}
