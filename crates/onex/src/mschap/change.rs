//! The change of a password (RFC 2759, 8.9 to 8.12): the new one under the old one's hash, and the other way round.

use rand_core::CryptoRng;
use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::{PasswordHash, des, nt_password_hash, utf16};
use crate::method::{MethodFailure, Secret};

/// The octets of an encrypted password.
pub const ENCRYPTED_PASSWORD_LEN: usize = 516;

/// A new password under the hash of the old one: 512 octets with the password at their end, then its length in octets
/// (4, little-endian), all encrypted with RC4.
pub type EncryptedPassword = [u8; ENCRYPTED_PASSWORD_LEN];

/// `NewPasswordEncryptedWithOldNtPasswordHash` (RFC 2759, 8.9).
///
/// # Errors
/// [`MethodFailure::Missing`] if the new password is not UTF-8, or longer than 256 characters.
pub fn encrypt_password(
    new: &Secret,
    old: &PasswordHash,
    rng: &mut dyn CryptoRng,
) -> Result<EncryptedPassword, MethodFailure> {
    let unicode = utf16(new)?;
    let mut block = [0; ENCRYPTED_PASSWORD_LEN];
    let (text, len) = block.split_at_mut(512);
    rng.fill_bytes(text);
    for (to, from) in text.iter_mut().rev().zip(unicode.iter().rev()) {
        *to = *from;
    }
    // At most 512.
    len.copy_from_slice(&(unicode.len() as u32).to_le_bytes());
    // RC4 takes keys of 1 to 256 octets.
    let mut stream =
        Rc4::new_from_slice(old.as_slice()).map_err(|_| MethodFailure::Missing { what: "old password" })?;
    stream.apply_keystream(&mut block);
    Ok(block)
}

/// `OldNtPasswordHashEncryptedWithNewNtPasswordHash` (RFC 2759, 8.12): two blocks of DES under the new hash.
///
/// # Errors
/// As [`encrypt_password`].
pub fn encrypt_hash(old: &PasswordHash, new: &Secret) -> Result<[u8; 16], MethodFailure> {
    let new = nt_password_hash(new)?;
    let (blocks, _) = old.as_chunks::<8>();
    let (keys, _) = new.as_chunks::<7>();
    let mut encrypted = Zeroizing::new([0; 16]);
    for ((to, block), key) in encrypted.chunks_exact_mut(8).zip(blocks).zip(keys) {
        to.copy_from_slice(&des(key, block));
    }
    Ok(*encrypted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;

    #[test]
    fn the_server_finds_the_new_password_at_the_end_of_the_block() {
        let old = nt_password_hash(&"old".into()).unwrap();
        let mut block = context(|context| encrypt_password(&"néw".into(), &old, context.rng)).unwrap();
        Rc4::new_from_slice(old.as_slice()).unwrap().apply_keystream(&mut block);
        assert_eq!(block[512..], [6, 0, 0, 0]);
        assert_eq!(block[506..512], [b'n', 0, 0xe9, 0, b'w', 0]);
    }

    #[test]
    fn the_old_hash_is_encrypted_in_two_blocks() {
        let old = nt_password_hash(&"old".into()).unwrap();
        let new = nt_password_hash(&"new".into()).unwrap();
        let encrypted = encrypt_hash(&old, &"new".into()).unwrap();
        let keys = new.as_chunks::<7>().0;
        assert_eq!(encrypted[..8], des(&keys[0], old.first_chunk().unwrap()));
        assert_eq!(encrypted[8..], des(&keys[1], old.last_chunk().unwrap()));
    }
}
