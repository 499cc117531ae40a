//! WEP (IEEE 802.11-2020, 12.3.2): for networks that have nothing better. It protects from nobody who wants to get in.

use super::arc4::{self, ICV_LEN};
use super::header::{Pn, ProtectionHeader};
use super::{ProtectError, room};
use crate::secret::{Key, KeyError};

/// Octets of the IV field: the IV (3) and the key identifier (1).
pub(super) const HEADER_LEN: usize = 4;
/// Octets behind the ciphertext.
pub(super) const TRAILER_LEN: usize = ICV_LEN;

const IV_LEN: usize = 3;
/// Octets of a WEP-104 key, the longer one.
const KEY_MAX: usize = 13;

/// A WEP-40 or WEP-104 key.
pub(super) struct WepKey(Key<KEY_MAX>);

impl WepKey {
    pub(super) fn new(key: &[u8]) -> Result<Self, KeyError> {
        Key::new(key).map(Self)
    }

    /// Opens the body of an MPDU: IV field, ciphertext, ICV. The IV is given as a packet number, though it may repeat.
    pub(super) fn open<'out>(&self, body: &[u8], out: &'out mut [u8]) -> Result<(&'out mut [u8], Pn), ProtectError> {
        let short = ProtectError::BodyTooShort {
            needed: HEADER_LEN + TRAILER_LEN,
            found: body.len(),
        };
        let (&[a, b, c, _key_id], sealed) = body.split_first_chunk::<HEADER_LEN>().ok_or(short)?;
        let plaintext = room(sealed.len().checked_sub(TRAILER_LEN).ok_or(short)?, out)?;
        let opened = arc4::open(
            self.seed([a, b, c]).as_bytes(),
            sealed,
            plaintext,
            &mut [0; TRAILER_LEN],
        );
        if let Err(error) = opened {
            plaintext.fill(0);
            return Err(error);
        }
        Ok((plaintext, Pn::from_le_bytes([a, b, c, 0, 0, 0])))
    }

    /// Fills `out`, which is as long as the result, with IV field, ciphertext and ICV. The lowest 24 bits of the packet
    /// number are the IV.
    pub(super) fn seal(
        &self,
        protection: ProtectionHeader,
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), ProtectError> {
        let no_room = ProtectError::OutputTooSmall {
            needed: HEADER_LEN + plaintext.len() + TRAILER_LEN,
            found: out.len(),
        };
        let (header, body) = out.split_first_chunk_mut::<HEADER_LEN>().ok_or(no_room)?;
        let [a, b, c, ..] = protection.pn.to_le_bytes();
        *header = [a, b, c, protection.key_id << 6];
        body.get_mut(..plaintext.len())
            .ok_or(no_room)?
            .copy_from_slice(plaintext);
        arc4::seal(self.seed([a, b, c]).as_bytes(), body)
    }

    /// The key of RC4: the IV, then the secret.
    fn seed(&self, iv: [u8; IV_LEN]) -> Key<{ IV_LEN + KEY_MAX }> {
        let mut seed = Key::zeroed(IV_LEN + self.0.len());
        for (to, from) in seed.as_mut_bytes().iter_mut().zip(iv.iter().chain(self.0.as_bytes())) {
            *to = *from;
        }
        seed
    }
}

#[cfg(test)]
mod tests {
    use frame::Cipher;
    use proptest::prelude::*;

    use super::*;
    use crate::protect::MpduKey;
    use crate::testing::hex;

    const BODY: &str = "
        834b7f00 9b9adbfb7fc15684d3127b8a63b1c18a04937763b360231037689046f59f826aba5e2dd3686af20025620446
        61f24cd034eceda1f6b3b4d37777162f93e8528ffc68f504695913f9b4aefd7abf2445183b5085533804af7503333ccd
        c329efe6795ce5b6c332c223f5f6f56545a47e0eafe48c61fa638624947fa09ef0d7b13cce0f97ba36974289cae011b8";
    const HEADER: [u8; 24] = [
        0x08, 0x41, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0,
    ];

    /// Wireshark's capture wep, frame 6 the third of a shared key authentication; the key as in the settings
    /// of its tests.
    #[test]
    fn a_captured_frame_opens_and_seals_to_the_same() {
        let key = MpduKey::new(Cipher::WEP_40, &hex("1234567890")).ok().unwrap();
        let body = hex(BODY);
        let mut out = [0; 200];
        let opened = key.open(&HEADER, &body, &mut out).unwrap();
        assert!(
            opened.plaintext.starts_with(&hex("0100 0300 0000 1080")),
            "{:02x?}",
            opened.plaintext
        );
        let protection = ProtectionHeader {
            key_id: 0,
            pn: opened.pn,
        };
        let mut sealed = [0; 200];
        assert_eq!(
            key.seal(&HEADER, protection, opened.plaintext, &mut sealed).unwrap(),
            body
        );
    }

    #[test]
    fn what_is_no_wep_frame_or_under_another_key_is_refused() {
        let key = MpduKey::new(Cipher::WEP_104, &[5; 13]).ok().unwrap();
        let mut out = [0; 32];
        let short = ProtectError::BodyTooShort { needed: 8, found: 7 };
        assert_eq!(key.open(&HEADER, &[0; 7], &mut out), Err(short));
        let protection = ProtectionHeader {
            key_id: 3,
            pn: Pn::new(0x01_0203_0405).unwrap(),
        };
        let sealed = key.seal(&HEADER, protection, b"data", &mut out).unwrap();
        assert_eq!(
            sealed[..4],
            [5, 4, 3, 0xc0],
            "the lowest octets of the number, then the key identifier"
        );
        let other = MpduKey::new(Cipher::WEP_104, &[4; 13]).ok().unwrap();
        assert_eq!(other.open(&HEADER, sealed, &mut [0; 8]), Err(ProtectError::Integrity));
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(
            key: [u8; 13],
            short: bool,
            number in 0_u64..1 << 24,
            plaintext in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let (cipher, key) = if short { (Cipher::WPA_WEP_40, &key[..5]) } else { (Cipher::WPA_WEP_104, &key[..]) };
            let key = MpduKey::new(cipher, key).ok().unwrap();
            let pn = Pn::new(number).unwrap();
            let (mut body, mut out) = ([0; 308], [0; 300]);
            let body = key.seal(&HEADER, ProtectionHeader { key_id: 1, pn }, &plaintext, &mut body).unwrap();
            prop_assert_eq!(body.len(), plaintext.len() + key.overhead());
            let opened = key.open(&HEADER, body, &mut out).unwrap();
            prop_assert_eq!((&*opened.plaintext, opened.pn), (plaintext.as_slice(), pn));
        }
    }
}
