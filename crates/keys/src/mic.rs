//! The Key MIC of EAPOL-Key frames (IEEE 802.11-2020, 12.7.2 and Table 12-10).

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    /// Where the MIC field of an EAPOL-Key frame is (12.7.2, Figure 12-33).
    const MIC_OFFSET: usize = 81;

    /// unit/test-eapol.c of iwd 2.3: one frame under both of the old algorithms.
    #[test]
    fn the_old_algorithms_agree_with_iwd() {
        let pdu = hex(
            "0103007502010a0010000000000000000159168bc3a5df18d71efb6423f340088dab9e1ba2bbc58659e07b3764b0de8570
             0000000000000000000000000000000000000000000000000000000000000000
             000000000000000000000000000000000016 30140100000fac040100000fac040100000fac020100",
        );
        let kck = hex("9a75ef0bde7c209ccae13f54b1b33ea3");
        for (algorithm, mic) in [
            (MicAlgorithm::HmacMd5, "9cc3faa0c685961d8406bb657745135d"),
            (MicAlgorithm::HmacSha1, "6f0489cf7406acf0ae8fcb32bce57c37"),
        ] {
            assert_eq!(
                Mic::compute(algorithm, &kck, &pdu).unwrap().as_bytes(),
                hex(mic),
                "{algorithm:?}"
            );
        }
    }

    /// Message 2 of Wireshark's captures wpa-Induction, wpa2-psk-mfp, wpa3-sae and owe, as they travelled.
    #[test]
    fn captured_frames_have_the_mic_of_their_suite() {
        for (algorithm, kck, pdu) in [
            (
                MicAlgorithm::HmacSha1,
                "b1cd792716762903f723424cd7d16511",
                "0203007502010a00100000000000000000cdf405ceb9d889ef3dec42609828fae546b7add7baecbb1a394eac5214b1d386
                 0000000000000000000000000000000000000000000000000000000000000000
                 a462a7029ad5ba30b6af0df391988e450016 30140100000fac020100000fac040100000fac020000",
            ),
            (
                MicAlgorithm::AesCmac,
                "46f620285d4676ddd6438cb00b3a77ec",
                "0103007b02010b00000000000000000001c89b73d93ee6a79cfa7f911510959e61c547325326f6f4863bf87e5ba9b21741
                 0000000000000000000000000000000000000000000000000000000000000000
                 a2cd009f60676ae34746cb83aaaf9781001c 301a0100000fac040100000fac040100000fac06c0000000000fac06",
            ),
            (
                MicAlgorithm::AesCmac,
                "c987d95141d7babae41b9c9a2cd4cb8d",
                "0103007502010800000000000000000001c7b1a41f2f4123715a391c660bdd66f89c4678674dd5919ab5cc1378c4048cd4
                 0000000000000000000000000000000000000000000000000000000000000000
                 9f9bb05c41d24f432df5e1e361851fd30016 30140100000fac040100000fac040100000fac080000",
            ),
            (
                MicAlgorithm::HmacSha256,
                "5f05e3c4053e99fac908522ddd44bdc6",
                "0103007b020108000000000000000000011a93d84d74a1696c63108aca78e359ca85ef1877f6dd0eb8b63c2481c857d736
                 0000000000000000000000000000000000000000000000000000000000000000
                 04b9697101609ec760ba10e7aa144bda001c 301a0100000fac040100000fac040100000fac12c0000000000fac06",
            ),
        ] {
            let pdu = hex(pdu);
            let range = MIC_OFFSET..MIC_OFFSET + 16;
            let mic = of_frame(algorithm, &hex(kck), &pdu, range.clone()).unwrap();
            assert!(mic.verify(&pdu[range.clone()]), "{algorithm:?}");

            let mut zeroed = pdu.clone();
            zeroed[range.clone()].fill(0);
            assert_eq!(
                Mic::compute(algorithm, &hex(kck), &zeroed).unwrap().as_bytes(),
                &pdu[range]
            );
        }
    }

    /// RFC 4493, 4.
    #[test]
    fn aes_cmac_is_that_of_its_rfc() {
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c");
        let message = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
             30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        for (len, tag) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
            (40, "dfa66747de9ae63030ca32611497c827"),
            (64, "51f0bebf7e3b9d92fc49741779363cfe"),
        ] {
            let mic = Mic::compute(MicAlgorithm::AesCmac, &key, &message[..len]).unwrap();
            assert_eq!(mic.as_bytes(), hex(tag), "{len} octets");
        }
    }

    /// RFC 2202, 2, test case 1.
    #[test]
    fn hmac_md5_is_that_of_its_rfc() {
        let mic = Mic::compute(MicAlgorithm::HmacMd5, &[0x0b; 16], b"Hi There").unwrap();
        assert_eq!(mic.as_bytes(), hex("9294727a3638bb1c13f48ef8158bfc9d"));
    }

    /// Wireshark's capture wpa3-suiteb-192.pcapng, message 4 in frame 50; the KCK is in its test
    /// `test_80211_wpa3_suite_b_192`.
    #[test]
    fn a_captured_message_of_suite_b_has_its_mic() {
        let kck = hex("f49ac1a15121f1a597a60a469870450a588ef1f73a1017b1");
        let head = hex("01030067 02 0308 0000 0000000000000002");
        // Nonce, IV, RSC, a reserved field and the MIC are zero, and there are no key data.
        let pdu = [&head[..], &[0; 32 + 16 + 8 + 8], &[0; 24], &[0; 2]].concat();
        assert_eq!(pdu.len(), 4 + 0x67);
        let mic = Mic::compute(MicAlgorithm::HmacSha384, &kck, &pdu).unwrap();
        assert_eq!(mic.as_bytes(), hex("9f4d0e2a9c1670581d1d5ba75327170370c68358f7a74dc1"));
    }

    /// The published vectors have no KCK of these lengths: computed with Python's hmac module.
    #[test]
    fn the_long_algorithms_keep_half_of_their_hash() {
        let key: [u8; 32] = core::array::from_fn(|i| u8::try_from(i).unwrap());
        for (algorithm, mic) in [
            (
                MicAlgorithm::HmacSha384,
                "2df6f8ea587c988d6eea64d36300ed515ca98dd167c1d1e9",
            ),
            (
                MicAlgorithm::HmacSha512,
                "9f64dc8a455a0f7467a7152f8d10916e596c56566c78789c936b3a3ebc627353",
            ),
        ] {
            let found = Mic::compute(algorithm, &key[..algorithm.len()], b"Hi There").unwrap();
            assert_eq!(found.as_bytes(), hex(mic), "{algorithm:?}");
        }
    }

    #[test]
    fn a_mic_with_one_wrong_bit_or_another_length_is_refused() {
        let mic = Mic::compute(MicAlgorithm::HmacSha1, &[7; 16], b"frame").unwrap();
        let right = mic.as_bytes().to_vec();
        assert!(mic.verify(&right));
        for bit in 0..right.len() * 8 {
            let mut wrong = right.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!mic.verify(&wrong), "bit {bit}");
        }
        assert!(!mic.verify(&right[..15]));
        assert!(!mic.verify(&[]));
    }

    #[test]
    fn without_the_right_key_or_range_there_is_no_mic() {
        use MicAlgorithm::{Aead, AesCmac, HmacSha1, HmacSha384};
        let pdu = [0; 99];
        let refused = |algorithm, kck: &[u8], range| of_frame(algorithm, kck, &pdu, range).err();
        assert_eq!(refused(Aead, &[], 81..81), Some(MicError::Aead));
        let length = |expected, found| Some(MicError::KeyLength { expected, found });
        assert_eq!(refused(AesCmac, &[0; 24], 81..97), length(16, 24));
        assert_eq!(refused(HmacSha384, &[0; 16], 75..99), length(24, 16));
        assert_eq!(refused(HmacSha1, &[0; 16], 84..100), Some(MicError::Range));
        assert_eq!(refused(HmacSha1, &[0; 16], 81..96), Some(MicError::Range));
        #[expect(clippy::reversed_empty_ranges, reason = "this is what must be refused")]
        let reversed = 97..81;
        assert_eq!(refused(HmacSha1, &[0; 16], reversed), Some(MicError::Range));
    }
}
