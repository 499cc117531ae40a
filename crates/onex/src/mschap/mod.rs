//! The computations of MS-CHAP version 2 (RFC 2759, clause 8) and the keys that come out of it (RFC 3079).
//!
//! MD4 and DES are broken: whoever hears challenge and response finds the password's hash in hours. Inside a tunnel whose
//! server was verified nobody hears them.

mod change;
mod keys;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use md4::Md4;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::method::{MethodFailure, Secret};

pub use change::{ENCRYPTED_PASSWORD_LEN, EncryptedPassword, encrypt_hash, encrypt_password};
pub use keys::{MSK_LEN, MasterKey, msk};

/// The hash of a password, 16 octets: as good as the password itself.
pub type PasswordHash = Zeroizing<[u8; 16]>;

/// `NtPasswordHash` (RFC 2759, 8.3): MD4 of the password in UTF-16, little-endian.
///
/// # Errors
/// [`MethodFailure::Missing`] if the password is not UTF-8, or longer than 256 characters.
pub fn nt_password_hash(password: &Secret) -> Result<PasswordHash, MethodFailure> {
    let unicode = utf16(password)?;
    Ok(Zeroizing::new(Md4::digest(unicode.as_slice()).into()))
}

/// `HashNtPasswordHash` (RFC 2759, 8.4).
#[must_use]
pub fn hash_of_hash(hash: &PasswordHash) -> PasswordHash {
    Zeroizing::new(Md4::digest(hash.as_slice()).into())
}

/// `ChallengeHash` (RFC 2759, 8.2): what both challenges and the name of the user, without a domain before it, come to.
#[must_use]
pub fn challenge_hash(peer_challenge: &[u8; 16], authenticator_challenge: &[u8; 16], user: &[u8]) -> [u8; 8] {
    let digest = Sha1::new()
        .chain_update(peer_challenge)
        .chain_update(authenticator_challenge)
        .chain_update(without_domain(user))
        .finalize();
    first(&digest)
}

/// `ChallengeResponse` (RFC 2759, 8.5), also the NT response of MS-CHAP version 1: the challenge encrypted with DES under
/// the hash, filled up with zeros to three keys.
#[must_use]
pub fn challenge_response(challenge: &[u8; 8], hash: &PasswordHash) -> [u8; 24] {
    let mut padded = Zeroizing::new([0; 21]);
    for (to, from) in padded.iter_mut().zip(hash.iter()) {
        *to = *from;
    }
    let mut response = [0; 24];
    let (keys, _) = padded.as_chunks::<7>();
    for (block, key) in response.chunks_exact_mut(8).zip(keys) {
        block.copy_from_slice(&des(key, challenge));
    }
    response
}

/// `GenerateAuthenticatorResponse` (RFC 2759, 8.7): what the server proves itself with.
#[must_use]
pub fn authenticator_response(hash: &PasswordHash, nt_response: &[u8; 24], challenge_hash: &[u8; 8]) -> [u8; 20] {
    const MAGIC_1: &[u8] = b"Magic server to client signing constant";
    const MAGIC_2: &[u8] = b"Pad to make it do more than one iteration";
    let digest = Sha1::new()
        .chain_update(hash_of_hash(hash).as_slice())
        .chain_update(nt_response)
        .chain_update(MAGIC_1)
        .finalize();
    Sha1::new()
        .chain_update(digest)
        .chain_update(challenge_hash)
        .chain_update(MAGIC_2)
        .finalize()
        .into()
}

/// The authenticator response as the server sends it: `S=` and 40 hexadecimal digits.
#[must_use]
pub fn authenticator_response_text(response: &[u8; 20]) -> String {
    let mut text = String::from("S=");
    for octet in response {
        // Writing into a string does not fail.
        let _ = write!(text, "{octet:02X}");
    }
    text
}

/// A user's name without the domain and the backslash before it.
fn without_domain(user: &[u8]) -> &[u8] {
    user.rsplit(|&octet| octet == b'\\').next().unwrap_or(user)
}

/// The octets of a password in UTF-16, little-endian; at most 512.
fn utf16(password: &Secret) -> Result<Zeroizing<Vec<u8>>, MethodFailure> {
    const UNUSABLE: MethodFailure = MethodFailure::Missing {
        what: "password: it is not UTF-8, or longer than 256 characters",
    };
    let text = core::str::from_utf8(password.as_bytes()).map_err(|_| UNUSABLE)?;
    // Space for all of it from the beginning, that no copy is left behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(2 * text.len()));
    for unit in text.encode_utf16() {
        octets.extend_from_slice(&unit.to_le_bytes());
    }
    if octets.len() > 512 { Err(UNUSABLE) } else { Ok(octets) }
}

/// Encrypts a block under a key of 56 bits, which are spread over the upper seven bits of eight octets.
fn des(key: &[u8; 7], block: &[u8; 8]) -> [u8; 8] {
    let mut bits = [0; 8];
    for (to, from) in bits.iter_mut().skip(1).zip(key) {
        *to = *from;
    }
    let bits = u64::from_be_bytes(bits);
    let mut spread = Zeroizing::new([0; 8]);
    for (index, octet) in spread.iter_mut().rev().enumerate() {
        let seven = bits.checked_shr(7 * index as u32).unwrap_or_default() & 0x7f;
        *octet = (seven as u8) << 1;
    }
    let mut block = (*block).into();
    Des::new(&(*spread).into()).encrypt_block(&mut block);
    block.into()
}

fn first<const N: usize>(digest: &[u8]) -> [u8; N] {
    digest.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 2759, 9.2.
    const USER: &[u8] = b"User";
    const AUTHENTICATOR_CHALLENGE: [u8; 16] = *b"[]|}{?/><,`!2&&(";
    const PEER_CHALLENGE: [u8; 16] = *b"!@#$%^&*()_+:3|~";
    const RESPONSE: [u8; 24] = [
        0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e, 0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54, 0x42, 0x33,
        0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf,
    ];

    #[test]
    fn the_example_of_rfc_2759_comes_out() {
        let hash = nt_password_hash(&"clientPass".into()).unwrap();
        assert_eq!(
            *hash,
            [
                0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6, 0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae
            ]
        );
        let challenge = challenge_hash(&PEER_CHALLENGE, &AUTHENTICATOR_CHALLENGE, USER);
        assert_eq!(challenge, [0xd0, 0x2e, 0x43, 0x86, 0xbc, 0xe9, 0x12, 0x26]);
        let response = challenge_response(&challenge, &hash);
        assert_eq!(response, RESPONSE);
        assert_eq!(
            authenticator_response_text(&authenticator_response(&hash, &response, &challenge)),
            "S=407A5589115FD0D6209F510FE9C04566932CDA56"
        );
    }

    #[test]
    fn a_domain_is_not_part_of_the_name() {
        assert_eq!(
            challenge_hash(&PEER_CHALLENGE, &AUTHENTICATOR_CHALLENGE, b"DOMAIN\\User"),
            challenge_hash(&PEER_CHALLENGE, &AUTHENTICATOR_CHALLENGE, USER)
        );
    }

    #[test]
    fn a_password_that_cannot_be_hashed_is_told() {
        assert!(nt_password_hash(&Secret::new(alloc::vec![0xff])).is_err());
        assert!(nt_password_hash(&Secret::new(alloc::vec![b'a'; 257])).is_err());
        assert!(nt_password_hash(&Secret::new(alloc::vec![b'a'; 256])).is_ok());
    }
}
