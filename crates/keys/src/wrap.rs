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
    if found < min || !found.is_multiple_of(IV_LEN) {
        return Err(WrapError::DataLength { min, found });
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::hex;

    const NO_IV: [u8; IV_FIELD_LEN] = [0; IV_FIELD_LEN];

    /// RFC 3394, 4.1 to 4.6.
    #[test]
    fn aes_key_wrap_is_that_of_its_rfc() {
        let kek = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let data = hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        for (kek_len, data_len, wrapped) in [
            (16, 16, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
            (24, 16, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"),
            (32, 16, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"),
            (
                24,
                24,
                "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2",
            ),
            (
                32,
                24,
                "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1",
            ),
            (
                32,
                32,
                "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
            ),
        ] {
            let (kek, data) = (&kek[..kek_len], &data[..data_len]);
            let mut out = [0; 40];
            let found = wrap_key_data(WrapAlgorithm::AesKeyWrap, kek, &NO_IV, data, &mut out).unwrap();
            assert_eq!(found, hex(wrapped));
            let mut out = [0; 32];
            let found = unwrap_key_data(WrapAlgorithm::AesKeyWrap, kek, &NO_IV, &hex(wrapped), &mut out).unwrap();
            assert_eq!(found, data);
        }
    }

    /// Message 3 of Wireshark's capture wpa-Induction, frame 92; the GTK as tshark 4.0 shows it.
    #[test]
    fn captured_key_data_unwraps_to_rsne_and_gtk() {
        let key_data = hex(
            "cfa72cde35b2c1e2319255806ab364179fd9673041b9a5939fa1a2010d2ac794e25168055f794ddc1fdfae3521f4446b
             fd11da98345f543df6ce199df8fe48f8cdd17adca87bf45711183c496d41aa0c",
        );
        let mut out = [0; 72];
        let plain = unwrap_key_data(
            WrapAlgorithm::AesKeyWrap,
            &hex("82a644133bfa4e0b75d96d2308358433"),
            &NO_IV,
            &key_data,
            &mut out,
        )
        .unwrap();
        assert!(plain.starts_with(&hex("30")), "RSNE");
        let gtk = hex("ee22041a83853263474c38811352282071c122359b7c35a7e7d034f3cd6ac565");
        assert!(plain.windows(gtk.len()).any(|window| window == gtk), "GTK");
    }

    /// RFC 6229, the key stream of the 256-bit key 01 02 … 20 from octet 256 on.
    #[test]
    fn rc4_begins_after_256_octets_with_iv_and_kek_as_its_key() {
        let key: [u8; 32] = core::array::from_fn(|i| u8::try_from(i + 1).unwrap());
        let (iv, kek) = key.split_first_chunk().unwrap();
        let mut out = [0xff; 16];
        let stream = wrap_key_data(WrapAlgorithm::Rc4, kek, iv, &[0; 16], &mut out).unwrap();
        assert_eq!(stream, hex("02e1e7056b0f623900496422943e97b6"));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        use WrapAlgorithm::{AesKeyWrap, AesSiv, Rc4};
        let mut out = [0; 64];
        let mut unwrap = |algorithm, kek: &[u8], data: &[u8]| {
            unwrap_key_data(algorithm, kek, &NO_IV, data, &mut out).map(|data| data.len())
        };
        assert_eq!(
            unwrap(AesKeyWrap, &[1; 16], &[0; 16]),
            Err(WrapError::DataLength { min: 24, found: 16 })
        );
        assert_eq!(
            unwrap(AesKeyWrap, &[1; 16], &[0; 31]),
            Err(WrapError::DataLength { min: 24, found: 31 })
        );
        assert_eq!(
            unwrap(AesKeyWrap, &[1; 16], &[]),
            Err(WrapError::DataLength { min: 24, found: 0 })
        );
        assert_eq!(
            unwrap(AesKeyWrap, &[1; 15], &[0; 24]),
            Err(WrapError::KekLength { found: 15 })
        );
        assert_eq!(
            unwrap(AesKeyWrap, &[1; 16], &[0; 80]),
            Err(WrapError::OutputLength { needed: 72, found: 64 })
        );
        assert_eq!(unwrap(Rc4, &[1; 32], &[0; 24]), Err(WrapError::KekLength { found: 32 }));
        assert_eq!(
            unwrap(Rc4, &[1; 16], &[0; 65]),
            Err(WrapError::OutputLength { needed: 65, found: 64 })
        );
        assert_eq!(unwrap(AesSiv, &[1; 32], &[0; 24]), Err(WrapError::WholeFrame));
        let wrapped = wrap_key_data(AesKeyWrap, &[1; 16], &NO_IV, &[0; 8], &mut out).map(|data| data.len());
        assert_eq!(wrapped, Err(WrapError::DataLength { min: 16, found: 8 }));
    }

    fn kek() -> impl Strategy<Value = std::vec::Vec<u8>> {
        prop_oneof![Just(16), Just(24), Just(32)].prop_flat_map(|len| proptest::collection::vec(any::<u8>(), len))
    }

    proptest! {
        #[test]
        fn what_was_wrapped_unwraps(kek in kek(), blocks in proptest::collection::vec(any::<[u8; 8]>(), 2..40)) {
            let data = blocks.concat();
            let (mut wrapped, mut plain) = ([0; 328], [0; 320]);
            let wrapped = wrap_key_data(WrapAlgorithm::AesKeyWrap, &kek, &NO_IV, &data, &mut wrapped).unwrap();
            let plain = unwrap_key_data(WrapAlgorithm::AesKeyWrap, &kek, &NO_IV, wrapped, &mut plain).unwrap();
            prop_assert_eq!(plain, data.as_slice());
        }

        #[test]
        fn one_flipped_bit_never_unwraps(kek in kek(), data in any::<[u8; 32]>(), bit in 0_usize..40 * 8) {
            let (mut wrapped, mut plain) = ([0; 40], [0; 32]);
            wrap_key_data(WrapAlgorithm::AesKeyWrap, &kek, &NO_IV, &data, &mut wrapped).unwrap();
            wrapped[bit / 8] ^= 1 << (bit % 8);
            let found = unwrap_key_data(WrapAlgorithm::AesKeyWrap, &kek, &NO_IV, &wrapped, &mut plain);
            prop_assert_eq!(found, Err(WrapError::Integrity));
            prop_assert_eq!(plain, [0; 32]);
        }

        #[test]
        fn rc4_undoes_itself(kek: [u8; 16], iv: [u8; 16], data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (mut wrapped, mut plain) = ([0; 200], [0; 200]);
            let wrapped = wrap_key_data(WrapAlgorithm::Rc4, &kek, &iv, &data, &mut wrapped).unwrap();
            let plain = unwrap_key_data(WrapAlgorithm::Rc4, &kek, &iv, wrapped, &mut plain).unwrap();
            prop_assert_eq!(plain, data.as_slice());
        }
    }
}
