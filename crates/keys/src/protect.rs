//! The protection of one frame: CCMP, GCMP, TKIP and WEP for data and individually addressed management frames, BIP for
//! group addressed management frames and beacons (IEEE 802.11-2020, 12.3.2 and 12.5).
//!
//! Works on raw octets, header and body apart. Counts no packets: which packet number comes next, and whether a
//! received one is a replay, is known to the holder of the key.

mod aead;
mod arc4;
mod bip;
mod header;
#[cfg(test)]
mod tests;
mod tkip;
mod wep;

use frame::{Cipher, ParseError};

pub use bip::{BipKey, Verified};
pub use header::{PROTECTION_HEADER_LEN, Pn, ProtectionHeader};

use crate::secret::KeyError;
use crate::suites::CipherSuite;
use aead::AeadKey;
use header::MacHeader;
use tkip::TkipKey;
use wep::WepKey;

/// A temporal or group key, expanded for use on many MPDUs.
pub struct MpduKey {
    algorithm: Algorithm,
}

#[expect(
    clippy::large_enum_variant,
    reason = "without an allocator there is no box, and the large variant is the usual one"
)]
enum Algorithm {
    Aead(AeadKey),
    Tkip(TkipKey),
    Wep(WepKey),
}

/// An MPDU whose integrity has been proved.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened<'out> {
    /// The frame body.
    pub plaintext: &'out mut [u8],
    /// Its packet number, to be compared with the receive counter. With WEP only the IV, which is no protection
    /// against replays.
    pub pn: Pn,
}

impl MpduKey {
    /// Expands `tk`. For TKIP it includes the two Michael keys.
    ///
    /// # Errors
    /// [`KeyError::Cipher`] if `cipher` does not encrypt frames, [`KeyError::Length`] if `tk` does not fit it.
    pub fn new(cipher: Cipher, tk: &[u8]) -> Result<Self, KeyError> {
        let suite = suite(cipher, tk)?;
        let algorithm = match cipher {
            Cipher::TKIP | Cipher::WPA_TKIP => Algorithm::Tkip(TkipKey::new(tk)?),
            Cipher::WEP_40 | Cipher::WEP_104 | Cipher::WPA_WEP_40 | Cipher::WPA_WEP_104 => {
                Algorithm::Wep(WepKey::new(tk)?)
            }
            _ => Algorithm::Aead(AeadKey::new(suite.cipher, tk)?),
        };
        Ok(Self { algorithm })
    }

    /// Octets by which a protected body is longer than a plain one.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        match &self.algorithm {
            Algorithm::Aead(key) => PROTECTION_HEADER_LEN + key.mic_len(),
            Algorithm::Tkip(_) => PROTECTION_HEADER_LEN + tkip::TRAILER_LEN,
            Algorithm::Wep(_) => wep::HEADER_LEN + wep::TRAILER_LEN,
        }
    }

    /// Decrypts and verifies one MPDU.
    ///
    /// `header` is the MAC header, from Frame Control up to HT Control where there is one. `body` is what follows
    /// without the FCS: protection header (8 octets, WEP 4), ciphertext, and what proves its integrity (CCMP and GCMP a
    /// MIC of 8 or 16, TKIP a MIC of 8 and an ICV of 4, WEP an ICV). The plaintext goes to the beginning of `out`,
    /// which needs [`overhead`](Self::overhead) octets less than `body`.
    ///
    /// The MIC of TKIP belongs to the whole MSDU, so that its fragments cannot be opened one by one.
    ///
    /// # Errors
    /// See [`ProtectError`]; `out` then holds nothing of the plaintext.
    pub fn open<'out>(&self, header: &[u8], body: &[u8], out: &'out mut [u8]) -> Result<Opened<'out>, ProtectError> {
        let header = MacHeader::parse(header)?;
        let (plaintext, pn) = match &self.algorithm {
            Algorithm::Aead(key) => key.open(&header, body, out)?,
            Algorithm::Tkip(key) => key.open(&header, body, out)?,
            Algorithm::Wep(key) => key.open(body, out)?,
        };
        Ok(Opened { plaintext, pn })
    }

    /// Encrypts one MPDU into the beginning of `out`: protection header, ciphertext, and what proves its integrity.
    ///
    /// `out` needs [`overhead`](Self::overhead) octets more than `plaintext`. A packet number must never be used twice
    /// under one key; WEP has room for the lowest 24 bits of it. `header` is the MAC header as for
    /// [`open`](Self::open); the Protected Frame bit is for the caller to set in what is sent.
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
        match &self.algorithm {
            Algorithm::Aead(key) => key.seal(&header, protection, plaintext, out)?,
            Algorithm::Tkip(key) => key.seal(&header, protection, plaintext, out)?,
            Algorithm::Wep(key) => key.seal(protection, plaintext, out)?,
        }
        Ok(out)
    }
}

/// Why a frame was not protected, opened or verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtectError {
    /// Not the MAC header of a data or management frame, or not all of it; for BIP, not that of a management frame.
    #[error("MAC header of {found} octets is not one that this cipher protects")]
    Header {
        /// Octets given.
        found: usize,
    },
    /// TKIP has MIC keys for two directions: the frame goes in neither.
    #[error("not a data frame between a station and its access point: TKIP has no MIC key for it")]
    Direction,
    /// The MIC of TKIP is behind the last fragment and covers them all.
    #[error("a fragment: the MIC of TKIP is that of the whole MSDU")]
    Fragment,
    /// The body has no room for protection header and MIC.
    #[error("protected body of {found} octets, expected at least {needed}")]
    BodyTooShort {
        /// Fewest octets.
        needed: usize,
        /// Octets given.
        found: usize,
    },
    /// The Ext IV bit is not set: WEP, or no protection header at all.
    #[error("no header of CCMP, GCMP or TKIP: the Ext IV bit is not set")]
    NoExtendedIv,
    /// The frame does not end with the element that BIP appends.
    #[error("no management MIC at the end of the frame: {0}")]
    NoManagementMic(ParseError),
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
    /// The ICV of a TKIP frame is right and its MIC is not: somebody forges frames. If the packet number is no replay,
    /// this is a MIC failure event, which calls for countermeasures (12.5.2.4).
    #[error("the Michael MIC of the frame is wrong although its ICV is right: it was forged")]
    Michael {
        /// The packet number, to be compared with the receive counter.
        pn: Pn,
    },
}

/// The row of `cipher`, whose keys are as long as `key`.
fn suite(cipher: Cipher, key: &[u8]) -> Result<&'static CipherSuite, KeyError> {
    let suite = CipherSuite::of(cipher).ok_or(KeyError::Cipher(cipher))?;
    match key.len() == suite.tk_len {
        true => Ok(suite),
        false => Err(KeyError::Length {
            min: suite.tk_len,
            max: suite.tk_len,
            found: key.len(),
        }),
    }
}

fn room(needed: usize, out: &mut [u8]) -> Result<&mut [u8], ProtectError> {
    let found = out.len();
    out.get_mut(..needed)
        .ok_or(ProtectError::OutputTooSmall { needed, found })
}
