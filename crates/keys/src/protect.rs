//! CCMP and GCMP: the protection of one MPDU (IEEE 802.11-2020, 12.5.3 and 12.5.5).
//!
//! Works on raw octets, header and body apart. Counts no packets: which packet number comes next, and whether a
//! received one is a replay, is known to the holder of the key.

mod header;
#[cfg(test)]
mod tests;

use aes::{Aes128Enc, Aes256Enc};
use aes_gcm::AesGcm;
use ccm::Ccm;
use ccm::aead::inout::InOutBuf;
use ccm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use ccm::consts::{U8, U12, U13, U16};
use frame::Cipher;

pub use header::{PROTECTION_HEADER_LEN, Pn, ProtectionHeader};

use crate::secret::KeyError;
use crate::suites::CipherSuite;
use header::MacHeader;

/// A temporal or group key, expanded for use on many MPDUs.
pub struct MpduKey {
    algorithm: Algorithm,
}

enum Algorithm {
    Ccmp128(Ccm<Aes128Enc, U8, U13>),
    Ccmp256(Ccm<Aes256Enc, U16, U13>),
    Gcmp128(AesGcm<Aes128Enc, U12>),
    Gcmp256(AesGcm<Aes256Enc, U12>),
}

/// An MPDU whose integrity has been proved.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened<'out> {
    /// The frame body.
    pub plaintext: &'out mut [u8],
    /// Its packet number, to be compared with the receive counter.
    pub pn: Pn,
}

impl MpduKey {
    /// Expands `tk`.
    ///
    /// # Errors
    /// [`KeyError::Cipher`] if `cipher` is neither CCMP nor GCMP, [`KeyError::Length`] if `tk` does not fit it.
    pub fn new(cipher: Cipher, tk: &[u8]) -> Result<Self, KeyError> {
        let suite = CipherSuite::of(cipher).ok_or(KeyError::Cipher(cipher))?;
        let wrong = |_| KeyError::Length {
            min: suite.tk_len,
            max: suite.tk_len,
            found: tk.len(),
        };
        let algorithm = match cipher {
            Cipher::CCMP_128 | Cipher::WPA_CCMP_128 => Algorithm::Ccmp128(Ccm::new_from_slice(tk).map_err(wrong)?),
            Cipher::CCMP_256 => Algorithm::Ccmp256(Ccm::new_from_slice(tk).map_err(wrong)?),
            Cipher::GCMP_128 => Algorithm::Gcmp128(AesGcm::new_from_slice(tk).map_err(wrong)?),
            Cipher::GCMP_256 => Algorithm::Gcmp256(AesGcm::new_from_slice(tk).map_err(wrong)?),
            _ => return Err(KeyError::Cipher(cipher)),
        };
        Ok(Self { algorithm })
    }

    /// Octets of the MIC after the ciphertext.
    #[must_use]
    pub const fn mic_len(&self) -> usize {
        match self.algorithm {
            Algorithm::Ccmp128(_) => 8,
            Algorithm::Ccmp256(_) | Algorithm::Gcmp128(_) | Algorithm::Gcmp256(_) => 16,
        }
    }

    /// Octets by which a protected body is longer than a plain one.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        PROTECTION_HEADER_LEN + self.mic_len()
    }

    /// Decrypts and verifies one MPDU.
    ///
    /// `header` is the MAC header, from Frame Control up to HT Control where there is one. `body` is what follows
    /// without the FCS: protection header (8 octets), ciphertext, MIC (8 or 16). The plaintext goes to the beginning of
    /// `out`, which needs [`overhead`](Self::overhead) octets less than `body`.
    ///
    /// # Errors
    /// See [`ProtectError`]; `out` then holds nothing of the plaintext.
    pub fn open<'out>(&self, header: &[u8], body: &[u8], out: &'out mut [u8]) -> Result<Opened<'out>, ProtectError> {
        let header = MacHeader::parse(header)?;
        let short = ProtectError::BodyTooShort {
            needed: self.overhead(),
            found: body.len(),
        };
        let (protection, sealed) = body.split_first_chunk().ok_or(short)?;
        let ProtectionHeader { pn, .. } = ProtectionHeader::parse(protection)?;
        let len = sealed.len().checked_sub(self.mic_len()).ok_or(short)?;
        let (ciphertext, mic) = sealed.split_at_checked(len).ok_or(short)?;
        let plaintext = room(len, out)?;
        match &self.algorithm {
            Algorithm::Ccmp128(ccm) => open(ccm, &header.ccm_nonce(pn).into(), &header, ciphertext, mic, plaintext)?,
            Algorithm::Ccmp256(ccm) => open(ccm, &header.ccm_nonce(pn).into(), &header, ciphertext, mic, plaintext)?,
            Algorithm::Gcmp128(gcm) => open(gcm, &header.gcm_nonce(pn).into(), &header, ciphertext, mic, plaintext)?,
            Algorithm::Gcmp256(gcm) => open(gcm, &header.gcm_nonce(pn).into(), &header, ciphertext, mic, plaintext)?,
        }
        Ok(Opened { plaintext, pn })
    }

    /// Encrypts one MPDU into the beginning of `out`: protection header, ciphertext, MIC.
    ///
    /// `out` needs [`overhead`](Self::overhead) octets more than `plaintext`. A packet number must never be used twice
    /// under one key. `header` is the MAC header as for [`open`](Self::open); the Protected Frame bit is for
    /// the caller to set in what is sent.
    ///
    /// # Errors
    /// See [`ProtectError`]; `out` then holds nothing of use.
    pub fn seal<'out>(
        &self,
        header: &[u8],
        protection: ProtectionHeader,
        plaintext: &[u8],
        out: &'out mut [u8],
    ) -> Result<&'out mut [u8], ProtectError> {
        let header = MacHeader::parse(header)?;
        let out = room(plaintext.len() + self.overhead(), out)?;
        let no_room = ProtectError::OutputTooSmall {
            needed: plaintext.len() + self.overhead(),
            found: out.len(),
        };
        let (prefix, sealed) = out.split_first_chunk_mut().ok_or(no_room)?;
        *prefix = protection.to_bytes();
        let (ciphertext, mic) = sealed.split_at_mut_checked(plaintext.len()).ok_or(no_room)?;
        let pn = protection.pn;
        match &self.algorithm {
            Algorithm::Ccmp128(ccm) => seal(ccm, &header.ccm_nonce(pn).into(), &header, plaintext, ciphertext, mic)?,
            Algorithm::Ccmp256(ccm) => seal(ccm, &header.ccm_nonce(pn).into(), &header, plaintext, ciphertext, mic)?,
            Algorithm::Gcmp128(gcm) => seal(gcm, &header.gcm_nonce(pn).into(), &header, plaintext, ciphertext, mic)?,
            Algorithm::Gcmp256(gcm) => seal(gcm, &header.gcm_nonce(pn).into(), &header, plaintext, ciphertext, mic)?,
        }
        Ok(out)
    }
}

/// Why an MPDU was not opened or sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtectError {
    /// Not the MAC header of a data or management frame, or not all of it.
    #[error("MAC header of {found} octets is not that of a data or management frame")]
    Header {
        /// Octets given.
        found: usize,
    },
    /// The body has no room for protection header and MIC.
    #[error("protected body of {found} octets, expected at least {needed}")]
    BodyTooShort {
        /// Fewest octets.
        needed: usize,
        /// Octets given.
        found: usize,
    },
    /// The Ext IV bit is not set: WEP, or no protection header at all.
    #[error("no CCMP or GCMP header: the Ext IV bit is not set")]
    NoExtendedIv,
    /// The buffer for the result is too small.
    #[error("buffer of {found} octets for a result of {needed}")]
    OutputTooSmall {
        /// Octets of the result.
        needed: usize,
        /// Octets given.
        found: usize,
    },
    /// The body is longer than the cipher can take.
    #[error("frame body too long for its cipher")]
    BodyTooLong,
    /// The frame was changed, or protected with another key.
    #[error("the MIC of the frame is wrong: it was changed on the way or protected with another key")]
    Integrity,
}

fn room(needed: usize, out: &mut [u8]) -> Result<&mut [u8], ProtectError> {
    let found = out.len();
    out.get_mut(..needed)
        .ok_or(ProtectError::OutputTooSmall { needed, found })
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
