//! CCMP and GCMP (IEEE 802.11-2020, 12.5.3 and 12.5.5).

use aes::{Aes128Enc, Aes256Enc};
use aes_gcm::AesGcm;
use ccm::Ccm;
use ccm::aead::inout::InOutBuf;
use ccm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use ccm::consts::{U8, U12, U13, U16};
use frame::Cipher;

use super::header::{MacHeader, PROTECTION_HEADER_LEN, Pn, ProtectionHeader};
use super::{ProtectError, room};
use crate::secret::KeyError;

/// The key of a cipher that encrypts and authenticates in one.
pub(super) enum AeadKey {
    Ccmp128(Ccm<Aes128Enc, U8, U13>),
    Ccmp256(Ccm<Aes256Enc, U16, U13>),
    Gcmp128(AesGcm<Aes128Enc, U12>),
    Gcmp256(AesGcm<Aes256Enc, U12>),
}

impl AeadKey {
    /// Expands `tk`, whose length fits `cipher`.
    pub(super) fn new(cipher: Cipher, tk: &[u8]) -> Result<Self, KeyError> {
        let refused = |_| KeyError::Cipher(cipher);
        Ok(match cipher {
            Cipher::CCMP_128 | Cipher::WPA_CCMP_128 => Self::Ccmp128(Ccm::new_from_slice(tk).map_err(refused)?),
            Cipher::CCMP_256 => Self::Ccmp256(Ccm::new_from_slice(tk).map_err(refused)?),
            Cipher::GCMP_128 => Self::Gcmp128(AesGcm::new_from_slice(tk).map_err(refused)?),
            Cipher::GCMP_256 => Self::Gcmp256(AesGcm::new_from_slice(tk).map_err(refused)?),
            _ => return Err(KeyError::Cipher(cipher)),
        })
    }

    /// Octets of the MIC after the ciphertext.
    pub(super) const fn mic_len(&self) -> usize {
        match self {
            Self::Ccmp128(_) => 8,
            Self::Ccmp256(_) | Self::Gcmp128(_) | Self::Gcmp256(_) => 16,
        }
    }

    /// Opens the body of an MPDU: protection header, ciphertext, MIC.
    pub(super) fn open<'out>(
        &self,
        header: &MacHeader<'_>,
        body: &[u8],
        out: &'out mut [u8],
    ) -> Result<(&'out mut [u8], Pn), ProtectError> {
        let short = ProtectError::BodyTooShort {
            needed: PROTECTION_HEADER_LEN + self.mic_len(),
            found: body.len(),
        };
        let (protection, sealed) = body.split_first_chunk().ok_or(short)?;
        let ProtectionHeader { pn, .. } = ProtectionHeader::parse(protection)?;
        let len = sealed.len().checked_sub(self.mic_len()).ok_or(short)?;
        let (ciphertext, mic) = sealed.split_at_checked(len).ok_or(short)?;
        let plaintext = room(len, out)?;
        match self {
            Self::Ccmp128(ccm) => open(ccm, &header.ccm_nonce(pn).into(), header, ciphertext, mic, plaintext)?,
            Self::Ccmp256(ccm) => open(ccm, &header.ccm_nonce(pn).into(), header, ciphertext, mic, plaintext)?,
            Self::Gcmp128(gcm) => open(gcm, &header.gcm_nonce(pn).into(), header, ciphertext, mic, plaintext)?,
            Self::Gcmp256(gcm) => open(gcm, &header.gcm_nonce(pn).into(), header, ciphertext, mic, plaintext)?,
        }
        Ok((plaintext, pn))
    }

    /// Fills `out`, which is as long as the result, with protection header, ciphertext and MIC.
    pub(super) fn seal(
        &self,
        header: &MacHeader<'_>,
        protection: ProtectionHeader,
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), ProtectError> {
        let no_room = ProtectError::OutputTooSmall {
            needed: PROTECTION_HEADER_LEN + plaintext.len() + self.mic_len(),
            found: out.len(),
        };
        let (prefix, sealed) = out.split_first_chunk_mut().ok_or(no_room)?;
        *prefix = protection.to_bytes();
        let (ciphertext, mic) = sealed.split_at_mut_checked(plaintext.len()).ok_or(no_room)?;
        let pn = protection.pn;
        match self {
            Self::Ccmp128(ccm) => seal(ccm, &header.ccm_nonce(pn).into(), header, plaintext, ciphertext, mic),
            Self::Ccmp256(ccm) => seal(ccm, &header.ccm_nonce(pn).into(), header, plaintext, ciphertext, mic),
            Self::Gcmp128(gcm) => seal(gcm, &header.gcm_nonce(pn).into(), header, plaintext, ciphertext, mic),
            Self::Gcmp256(gcm) => seal(gcm, &header.gcm_nonce(pn).into(), header, plaintext, ciphertext, mic),
        }
    }
}

/// `plaintext` is as long as `ciphertext`.
fn open<A: AeadInOut>(
    aead: &A,
    nonce: &Nonce<A>,
    header: &MacHeader<'_>,
    ciphertext: &[u8],
    mic: &[u8],
    plaintext: &mut [u8],
) -> Result<(), ProtectError> {
    let mic = <&Tag<A>>::try_from(mic).map_err(|_| ProtectError::Integrity)?;
    let buffer = InOutBuf::new(ciphertext, plaintext).map_err(|_| ProtectError::Integrity)?;
    aead.decrypt_inout_detached(nonce, header.aad().as_bytes(), buffer, mic)
        .map_err(|_| ProtectError::Integrity)
}

/// `ciphertext` is as long as `plaintext`, `mic` as long as the tag.
fn seal<A: AeadInOut>(
    aead: &A,
    nonce: &Nonce<A>,
    header: &MacHeader<'_>,
    plaintext: &[u8],
    ciphertext: &mut [u8],
    mic: &mut [u8],
) -> Result<(), ProtectError> {
    let buffer = InOutBuf::new(plaintext, ciphertext).map_err(|_| ProtectError::BodyTooLong)?;
    let tag = aead
        .encrypt_inout_detached(nonce, header.aad().as_bytes(), buffer)
        .map_err(|_| ProtectError::BodyTooLong)?;
    mic.copy_from_slice(&tag);
    Ok(())
}
