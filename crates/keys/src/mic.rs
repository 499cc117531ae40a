//! The Key MIC of EAPOL-Key frames (IEEE 802.11-2020, 12.7.2 and Table 12-8).

use core::ops::Range;

use aes::Aes128Enc;
use cmac::Cmac;
use hmac::{EagerHash, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use crate::derive::keyed;

/// Octets of the longest MIC.
pub const MIC_MAX: usize = 32;

/// How EAPOL-Key frames are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicAlgorithm {
    /// HMAC-MD5, Key Descriptor Version 1.
    HmacMd5,
    /// HMAC-SHA-1-128, Key Descriptor Version 2.
    HmacSha1,
    /// AES-128-CMAC, Key Descriptor Version 3 and SAE.
    AesCmac,
    /// HMAC-SHA-256, half of it.
    HmacSha256,
    /// HMAC-SHA-384, half of it.
    HmacSha384,
    /// HMAC-SHA-512, half of it.
    HmacSha512,
    /// No MIC: the encryption of the key data authenticates the whole frame (FILS).
    Aead,
}

impl MicAlgorithm {
    /// Octets of the MIC.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::HmacMd5 | Self::HmacSha1 | Self::AesCmac | Self::HmacSha256 => 16,
            Self::HmacSha384 => 24,
            Self::HmacSha512 => 32,
            Self::Aead => 0,
        }
    }

    /// True where frames carry no MIC.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// A computed MIC.
pub struct Mic {
    octets: [u8; MIC_MAX],
    len: usize,
}

impl Mic {
    /// The MIC over `pdu`, an EAPOL PDU from its protocol version on, whose MIC field is zero.
    ///
    /// # Errors
    /// [`MicError::Aead`] or [`MicError::KeyLength`].
    pub fn compute(algorithm: MicAlgorithm, kck: &[u8], pdu: &[u8]) -> Result<Self, MicError> {
        over(algorithm, kck, &[pdu])
    }

    /// Whether `received` is this MIC, in constant time. A MIC of another length never is.
    #[must_use]
    pub fn verify(&self, received: &[u8]) -> bool {
        self.as_bytes().ct_eq(received).into()
    }

    /// The octets for the MIC field of a frame to be sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    fn truncate(full: &[u8], len: usize) -> Self {
        let mut octets = [0; MIC_MAX];
        for (to, from) in octets.iter_mut().zip(full) {
            *to = *from;
        }
        Self { octets, len }
    }
}

/// The MIC over `pdu`, an EAPOL PDU as it travels: the octets of `mic_range`, where its MIC field is, count as zero.
///
/// `pdu` ends where its EAPOL body length says; padding of the medium is not part of it.
///
/// # Errors
/// [`MicError::Range`] if `mic_range` is not inside `pdu` or not as long as the MIC; [`MicError::Aead`];
/// [`MicError::KeyLength`].
pub fn of_frame(algorithm: MicAlgorithm, kck: &[u8], pdu: &[u8], mic_range: Range<usize>) -> Result<Mic, MicError> {
    let len = algorithm.len();
    let (Some(before), Some(after)) = (pdu.get(..mic_range.start), pdu.get(mic_range.end..)) else {
        return Err(MicError::Range);
    };
    match [0; MIC_MAX].get(..len) {
        Some(zeros) if mic_range.len() == len => over(algorithm, kck, &[before, zeros, after]),
        _ => Err(MicError::Range),
    }
}

/// Why there is no MIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MicError {
    /// The suite has no MIC.
    #[error("frames of this suite carry no MIC: their encryption authenticates them")]
    Aead,
    /// The KCK does not fit the algorithm.
    #[error("KCK of {found} octets, expected {expected}")]
    KeyLength {
        /// Octets that the algorithm takes.
        expected: usize,
        /// Octets given.
        found: usize,
    },
    /// The MIC field is not where it was said to be.
    #[error("the MIC field lies outside the frame or has the wrong length")]
    Range,
}

fn over(algorithm: MicAlgorithm, kck: &[u8], parts: &[&[u8]]) -> Result<Mic, MicError> {
    // The MIC of every suite is as long as its KCK.
    let len = algorithm.len();
    if kck.len() != len {
        return Err(MicError::KeyLength {
            expected: len,
            found: kck.len(),
        });
    }
    match algorithm {
        MicAlgorithm::HmacMd5 => Ok(hmac::<Md5>(kck, parts, len)),
        MicAlgorithm::HmacSha1 => Ok(hmac::<Sha1>(kck, parts, len)),
        MicAlgorithm::HmacSha256 => Ok(hmac::<Sha256>(kck, parts, len)),
        MicAlgorithm::HmacSha384 => Ok(hmac::<Sha384>(kck, parts, len)),
        MicAlgorithm::HmacSha512 => Ok(hmac::<Sha512>(kck, parts, len)),
        MicAlgorithm::AesCmac => aes_cmac(kck, parts),
        MicAlgorithm::Aead => Err(MicError::Aead),
    }
}

fn hmac<D: EagerHash>(kck: &[u8], parts: &[&[u8]], len: usize) -> Mic {
    let mut mac = keyed::<D>(kck);
    for part in parts {
        mac.update(part);
    }
    Mic::truncate(&mac.finalize().into_bytes(), len)
}

fn aes_cmac(kck: &[u8], parts: &[&[u8]]) -> Result<Mic, MicError> {
    let mut mac = <Cmac<Aes128Enc> as cmac::KeyInit>::new_from_slice(kck).map_err(|_| MicError::KeyLength {
        expected: 16,
        found: kck.len(),
    })?;
    for part in parts {
        mac.update(part);
    }
    Ok(Mic::truncate(&mac.finalize().into_bytes(), 16))
}
