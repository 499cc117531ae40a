//! Derivation functions (IEEE 802.11-2020, 12.7.1).
//!
//! Data comes in parts and is treated as their concatenation, so that nobody has to build it.

pub mod ft;
mod pmkid;

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
