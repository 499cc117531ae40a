//! The encrypted attributes: AES in CBC mode under `K_encr`, with its initialization vector in [`IV`] (RFC 4186, 10.12).

use alloc::vec::Vec;

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::attribute::{Attributes, Builder, ENCR_DATA, IV, PADDING};

const BLOCK_LEN: usize = 16;

/// The attributes in [`ENCR_DATA`], in clear. `None` if they are not there or not whole blocks.
pub(crate) fn decrypt(key: &[u8; 16], message: &Attributes<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Aes128::new(key.into());
    let mut before = message.octets::<BLOCK_LEN>(IV)?;
    let (blocks, []) = message.value(ENCR_DATA)?.as_chunks::<BLOCK_LEN>() else {
        return None;
    };
    let mut plain = Zeroizing::new(Vec::with_capacity(blocks.len() * BLOCK_LEN));
    for block in blocks {
        let mut octets = (*block).into();
        cipher.decrypt_block(&mut octets);
        plain.extend(octets.iter().zip(before).map(|(octet, before)| octet ^ before));
        before = *block;
    }
    Some(plain)
}

/// Appends `plain` to a message, filled up to whole blocks and encrypted.
pub(crate) fn encrypt(key: &[u8; 16], message: Builder, plain: Builder, rng: &mut dyn CryptoRng) -> Builder {
    let surplus = plain.as_bytes().len() % BLOCK_LEN;
    let padded = Zeroizing::new(match surplus {
        0 => plain.into_bytes(),
        // The head of the attribute is as long as the shortest padding.
        _ => plain
            .octets(PADDING, [0; BLOCK_LEN].get(surplus + 4..).unwrap_or_default())
            .into_bytes(),
    });
    let cipher = Aes128::new(key.into());
    let mut iv = [0; BLOCK_LEN];
    rng.fill_bytes(&mut iv);
    let mut before = iv;
    let mut sealed = Vec::with_capacity(padded.len());
    for block in padded.as_chunks::<BLOCK_LEN>().0 {
        before.iter_mut().zip(block).for_each(|(to, from)| *to ^= from);
        let mut octets = before.into();
        cipher.encrypt_block(&mut octets);
        before = octets.into();
        sealed.extend_from_slice(&before);
    }
    message.octets(IV, &iv).octets(ENCR_DATA, &sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;

    #[test]
    fn what_was_encrypted_is_found_again_whatever_its_length() {
        for len in [0, 4, 8, 12, 16, 40] {
            let value = [9; 40];
            let plain = Builder::headless().octets(200, &value[..len]);
            let message = context(|context| encrypt(&[1; 16], Builder::headless(), plain, context.rng)).into_bytes();
            let parsed = Attributes::parse(&message, 0, &[]).unwrap();
            let plain = decrypt(&[1; 16], &parsed).unwrap();
            assert_eq!(plain.len() % BLOCK_LEN, 0);
            let inner = Attributes::parse(&plain, 0, &[PADDING]).unwrap();
            assert_eq!(inner.value(200), Some(&value[..len]));
        }
    }

    #[test]
    fn half_a_block_or_a_missing_vector_is_refused() {
        let half = Builder::headless()
            .octets(IV, &[0; 16])
            .octets(ENCR_DATA, &[0; 24])
            .into_bytes();
        assert!(decrypt(&[1; 16], &Attributes::parse(&half, 0, &[]).unwrap()).is_none());
        let alone = Builder::headless().octets(ENCR_DATA, &[0; 16]).into_bytes();
        assert!(decrypt(&[1; 16], &Attributes::parse(&alone, 0, &[]).unwrap()).is_none());
    }
}
