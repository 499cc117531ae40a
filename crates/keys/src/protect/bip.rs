//! BIP: the integrity of group addressed robust management frames and of beacons (IEEE 802.11-2020, 12.5.4 and
//! 11.52).

mod gmac;

use aes::{Aes128Enc, Aes256Enc};
use cmac::block_api::CmacCipher;
use cmac::{Cmac, KeyInit, Mac};
use frame::mme::ManagementMic;
use frame::{Cipher, Emit};
use subtle::ConstantTimeEq;

use super::header::{MacHeader, Pn};
use super::{ProtectError, room, suite};
use crate::secret::KeyError;
use gmac::Gmac;

/// Octets of the longest MIC.
const MIC_MAX: usize = 16;
/// Octets of a beacon's timestamp, the first field of its body.
const TIMESTAMP_LEN: usize = 8;

/// An IGTK or a BIGTK, expanded for use on many frames.
pub struct BipKey {
    algorithm: Algorithm,
    mic_len: usize,
}

enum Algorithm {
    Cmac128(Cmac<Aes128Enc>),
    Cmac256(Cmac<Aes256Enc>),
    Gmac128(Gmac<Aes128Enc>),
    Gmac256(Gmac<Aes256Enc>),
}

/// A management frame whose integrity has been proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'a> {
    /// The frame body without the management MIC element.
    pub body: &'a [u8],
    /// The key that the frame says it was protected with.
    pub key_id: u16,
    /// The packet number (IPN or BIPN), to be compared with the receive counter.
    pub pn: Pn,
}

impl BipKey {
    /// Expands `key`.
    ///
    /// # Errors
    /// [`KeyError::Cipher`] if `cipher` is no group management cipher, [`KeyError::Length`] if `key` does not fit it.
    pub fn new(cipher: Cipher, key: &[u8]) -> Result<Self, KeyError> {
        let suite = suite(cipher, key)?;
        let refused = |_| KeyError::Cipher(cipher);
        let algorithm = match cipher {
            Cipher::BIP_CMAC_128 => Algorithm::Cmac128(Cmac::new_from_slice(key).map_err(refused)?),
            Cipher::BIP_CMAC_256 => Algorithm::Cmac256(Cmac::new_from_slice(key).map_err(refused)?),
            Cipher::BIP_GMAC_128 => Algorithm::Gmac128(Gmac::new_from_slice(key).map_err(refused)?),
            Cipher::BIP_GMAC_256 => Algorithm::Gmac256(Gmac::new_from_slice(key).map_err(refused)?),
            _ => return Err(KeyError::Cipher(cipher)),
        };
        Ok(Self {
            algorithm,
            mic_len: suite.mic_len,
        })
    }

    /// Octets of the management MIC element.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        ManagementMic::emitted_len(self.mic_len)
    }

    /// Copies `body` to the beginning of `out` and puts the management MIC element behind it.
    ///
    /// `out` needs [`overhead`](Self::overhead) octets more than `body`. A packet number must never be used twice under
    /// one key. `header` is the whole MAC header of the management frame; BIP does not set its Protected Frame bit.
    ///
    /// # Errors
    /// See [`ProtectError`]; `out` then holds nothing of use.
    pub fn protect<'out>(
        &self,
        header: &[u8],
        key_id: u16,
        pn: Pn,
        body: &[u8],
        out: &'out mut [u8],
    ) -> Result<&'out mut [u8], ProtectError> {
        let header = MacHeader::parse(header)?;
        let out = room(body.len() + self.overhead(), out)?;
        let no_room = ProtectError::OutputTooSmall {
            needed: body.len() + self.overhead(),
            found: out.len(),
        };
        let mme = ManagementMic {
            key_id,
            packet_number: pn.to_le_bytes(),
            mic: [0; MIC_MAX].get(..self.mic_len).unwrap_or_default(),
        };
        let (copy, element) = out.split_at_mut_checked(body.len()).ok_or(no_room)?;
        copy.copy_from_slice(body);
        mme.emit(element).map_err(|_| no_room)?;
        let (covered, mic) = out.split_at_mut(out.len() - self.mic_len);
        mic.copy_from_slice(self.mic(&header, pn, covered)?.as_bytes());
        Ok(out)
    }

    /// Verifies a management frame that ends with a management MIC element. `header` is its whole MAC header, `body`
    /// what follows without the FCS.
    ///
    /// # Errors
    /// [`ProtectError::Header`], [`ProtectError::NoManagementMic`] or [`ProtectError::Integrity`].
    pub fn verify<'a>(&self, header: &[u8], body: &'a [u8]) -> Result<Verified<'a>, ProtectError> {
        let header = MacHeader::parse(header)?;
        let (before, mme) = ManagementMic::split_last(body, self.mic_len).map_err(ProtectError::NoManagementMic)?;
        let pn = Pn::from_le_bytes(mme.packet_number);
        let covered = body.get(..body.len() - self.mic_len).unwrap_or_default();
        match self.mic(&header, pn, covered)?.as_bytes().ct_eq(mme.mic).into() {
            true => Ok(Verified {
                body: before,
                key_id: mme.key_id,
                pn,
            }),
            false => Err(ProtectError::Integrity),
        }
    }

    /// The MIC over the frame whose body, up to the MIC, is `covered` (12.5.4.6): the MIC itself counts as zeros, and so
    /// does the timestamp of a beacon, which is filled in when it is sent.
    fn mic(&self, header: &MacHeader<'_>, pn: Pn, covered: &[u8]) -> Result<Mic, ProtectError> {
        let aad = header.bip_aad()?;
        let unstable = if header.is_beacon() { TIMESTAMP_LEN } else { 0 };
        let parts = [
            aad.as_bytes(),
            [0; TIMESTAMP_LEN].get(..unstable).unwrap_or_default(),
            covered.get(unstable..).unwrap_or_default(),
            [0; MIC_MAX].get(..self.mic_len).unwrap_or_default(),
        ];
        let nonce = header.gcm_nonce(pn);
        let octets = match &self.algorithm {
            Algorithm::Cmac128(keyed) => cmac(keyed, &parts),
            Algorithm::Cmac256(keyed) => cmac(keyed, &parts),
            Algorithm::Gmac128(keyed) => keyed.tag(&nonce, &parts),
            Algorithm::Gmac256(keyed) => keyed.tag(&nonce, &parts),
        };
        Ok(Mic {
            octets,
            len: self.mic_len,
        })
    }
}

/// A MIC, cut to the length of its cipher.
struct Mic {
    octets: [u8; MIC_MAX],
    len: usize,
}

impl Mic {
    fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

fn cmac<C: CmacCipher>(keyed: &Cmac<C>, parts: &[&[u8]]) -> [u8; MIC_MAX]
where
    Cmac<C>: Mac + Clone,
{
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    let mut octets = [0; MIC_MAX];
    for (to, from) in octets.iter_mut().zip(mac.finalize().into_bytes()) {
        *to = from;
    }
    octets
}

#[cfg(test)]
mod tests;
