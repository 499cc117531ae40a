//! Encryption of the Key Data field (IEEE 802.11-2020, 12.7.2; RFC 3394).

use aes::{Aes128Dec, Aes128Enc, Aes192Dec, Aes192Enc, Aes256Dec, Aes256Enc};
use aes_kw::{AesKw, IV_LEN, KeyInit};
use rc4::{Rc4, StreamCipher};
use zeroize::Zeroizing;

/// Octets of the EAPOL-Key IV field.
pub const IV_FIELD_LEN: usize = 16;
/// Fewest octets of key data under AES key wrap; shorter data is padded by whoever builds it.
pub const AES_WRAP_MIN: usize = 16;

/// What version 1 throws away of the RC4 stream.
const RC4_SKIP: usize = 256;
/// Octets of a KEK for RC4.
const RC4_KEK_LEN: usize = 16;

/// How key data is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrapAlgorithm {
    /// RC4 without its first 256 octets, keyed with IV and KEK: Key Descriptor Version 1. Does not authenticate.
    Rc4,
    /// NIST AES key wrap (RFC 3394).
    AesKeyWrap,
    /// AES-SIV over the whole frame (FILS).
    AesSiv,
}

impl WrapAlgorithm {
    /// Octets by which encrypted key data is longer than plain key data.
    #[must_use]
    pub const fn overhead(self) -> usize {
        match self {
            Self::Rc4 => 0,
            Self::AesKeyWrap => IV_LEN,
            Self::AesSiv => 16,
        }
    }
}

/// Encrypts `data` into the beginning of `out`, which needs [`WrapAlgorithm::overhead`] more octets than `data`.
///
/// `iv` is the EAPOL-Key IV field: for RC4 it must never repeat under one KEK, for AES it is not used.
///
/// # Errors
/// See [`WrapError`]; `out` then holds nothing of use.
pub fn wrap_key_data<'out>(
    algorithm: WrapAlgorithm,
    kek: &[u8],
    iv: &[u8; IV_FIELD_LEN],
    data: &[u8],
    out: &'out mut [u8],
) -> Result<&'out mut [u8], WrapError> {
    let out = room(data.len() + algorithm.overhead(), out)?;
    match algorithm {
        WrapAlgorithm::Rc4 => rc4(kek, iv, data, out)?,
        WrapAlgorithm::AesKeyWrap => {
            check_blocks(data.len(), AES_WRAP_MIN)?;
            match kek.len() {
                16 => wrap::<Aes128Enc>(kek, data, out)?,
                24 => wrap::<Aes192Enc>(kek, data, out)?,
                32 => wrap::<Aes256Enc>(kek, data, out)?,
                found => return Err(WrapError::KekLength { found }),
            }
        }
        WrapAlgorithm::AesSiv => return Err(WrapError::WholeFrame),
    }
    Ok(out)
}

/// Decrypts the Key Data field `data` into the beginning of `out`.
///
/// Padding is still at its end. With RC4 only the MIC of the frame tells whether the data is genuine.
///
/// # Errors
/// See [`WrapError`]; `out` then holds nothing of use.
pub fn unwrap_key_data<'out>(
    algorithm: WrapAlgorithm,
    kek: &[u8],
    iv: &[u8; IV_FIELD_LEN],
    data: &[u8],
    out: &'out mut [u8],
) -> Result<&'out mut [u8], WrapError> {
    match algorithm {
        WrapAlgorithm::Rc4 => {
            let out = room(data.len(), out)?;
            rc4(kek, iv, data, out)?;
            Ok(out)
        }
        WrapAlgorithm::AesKeyWrap => {
            check_blocks(data.len(), AES_WRAP_MIN + IV_LEN)?;
            let out = room(data.len() - IV_LEN, out)?;
            match kek.len() {
                16 => unwrap::<Aes128Dec>(kek, data, out)?,
                24 => unwrap::<Aes192Dec>(kek, data, out)?,
                32 => unwrap::<Aes256Dec>(kek, data, out)?,
                found => return Err(WrapError::KekLength { found }),
            }
            Ok(out)
        }
        WrapAlgorithm::AesSiv => Err(WrapError::WholeFrame),
    }
}

/// Why key data was not encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The KEK does not fit the algorithm.
    #[error("KEK of {found} octets does not fit the key wrap")]
    KekLength {
        /// Octets given.
        found: usize,
    },
    /// AES key wrap works on whole blocks of 8 octets.
    #[error("key data of {found} octets: expected a multiple of 8, at least {min}")]
    DataLength {
        /// Fewest octets.
        min: usize,
        /// Octets given.
        found: usize,
    },
    /// The buffer for the result is too small.
    #[error("buffer of {found} octets for key data of {needed}")]
    OutputLength {
        /// Octets of the result.
        needed: usize,
        /// Octets given.
        found: usize,
    },
    /// The data was changed, or wrapped under another key.
    #[error("the key data does not unwrap: it was changed on the way or encrypted with another key")]
    Integrity,
    /// AES-SIV covers more than the key data.
    #[error("this suite encrypts key data together with the frame around it")]
    WholeFrame,
}

fn room(needed: usize, out: &mut [u8]) -> Result<&mut [u8], WrapError> {
    let found = out.len();
    out.get_mut(..needed).ok_or(WrapError::OutputLength { needed, found })
}

fn check_blocks(found: usize, min: usize) -> Result<(), WrapError> {
    match found.is_multiple_of(IV_LEN) && found >= min {
        true => Ok(()),
        false => Err(WrapError::DataLength { min, found }),
    }
}

fn rc4(kek: &[u8], iv: &[u8; IV_FIELD_LEN], data: &[u8], out: &mut [u8]) -> Result<(), WrapError> {
    let wrong_key = WrapError::KekLength { found: kek.len() };
    let kek: &[u8; RC4_KEK_LEN] = kek.try_into().map_err(|_| wrong_key)?;
    let mut key = Zeroizing::new([0; IV_FIELD_LEN + RC4_KEK_LEN]);
    for (to, from) in key.iter_mut().zip(iv.iter().chain(kek)) {
        *to = *from;
    }
    let mut stream = Rc4::new_from_slice(key.as_slice()).map_err(|_| wrong_key)?;
    stream.apply_keystream(&mut [0; RC4_SKIP]);
    out.copy_from_slice(data);
    stream.apply_keystream(out);
    Ok(())
}

/// `data` has been checked, and `out` is as long as the result.
fn wrap<C>(kek: &[u8], data: &[u8], out: &mut [u8]) -> Result<(), WrapError>
where
    C: aes_kw::cipher::BlockCipherEncrypt<BlockSize = aes_kw::cipher::consts::U16> + KeyInit,
{
    let cipher = AesKw::<C>::new_from_slice(kek).map_err(|_| WrapError::KekLength { found: kek.len() })?;
    cipher.wrap_key(data, out).map_err(|_| WrapError::Integrity)?;
    Ok(())
}

fn unwrap<C>(kek: &[u8], data: &[u8], out: &mut [u8]) -> Result<(), WrapError>
where
    C: aes_kw::cipher::BlockCipherDecrypt<BlockSize = aes_kw::cipher::consts::U16> + KeyInit,
{
    let cipher = AesKw::<C>::new_from_slice(kek).map_err(|_| WrapError::KekLength { found: kek.len() })?;
    cipher.unwrap_key(data, out).map_err(|_| WrapError::Integrity)?;
    Ok(())
}
