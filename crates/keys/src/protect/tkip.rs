//! TKIP (IEEE 802.11-2020, 12.5.2): WEP with a new key for every MPDU and a MIC over every MSDU, for hardware that
//! could do no more. Deprecated; for networks that have nothing better.

mod michael;
mod mixing;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::arc4::{self, ICV_LEN};
use super::header::{MacHeader, Pn, ProtectionHeader, Sender};
use super::{PROTECTION_HEADER_LEN, ProtectError, room};
use crate::secret::{Key, KeyError};
use michael::{MIC_LEN, michael};
use mixing::{TK_LEN, rc4_key, seed_octet};

/// Octets behind the ciphertext: MIC and ICV.
pub(super) const TRAILER_LEN: usize = MIC_LEN + ICV_LEN;

/// The temporal key of 32 octets, taken apart (12.7.2 and Table 12-8).
pub(super) struct TkipKey {
    /// Octets 0 to 15: encryption.
    encryption: Key<TK_LEN>,
    /// Octets 16 to 23: the MIC of what the authenticator sends, and of all group addressed frames.
    authenticator_mic: Key<MIC_LEN>,
    /// Octets 24 to 31: the MIC of what the supplicant sends.
    supplicant_mic: Key<MIC_LEN>,
}

impl TkipKey {
    /// Takes `tk` apart, which has 32 octets.
    pub(super) fn new(tk: &[u8]) -> Result<Self, KeyError> {
        let part = |range| Key::new(tk.get(range).unwrap_or_default());
        Ok(Self {
            encryption: Key::new(tk.get(..TK_LEN).unwrap_or_default())?,
            authenticator_mic: part(TK_LEN..TK_LEN + MIC_LEN)?,
            supplicant_mic: part(TK_LEN + MIC_LEN..TK_LEN + 2 * MIC_LEN)?,
        })
    }

    /// Opens the body of an MPDU that is a whole MSDU: TKIP header, ciphertext, MIC, ICV.
    pub(super) fn open<'out>(
        &self,
        header: &MacHeader<'_>,
        body: &[u8],
        out: &'out mut [u8],
    ) -> Result<(&'out mut [u8], Pn), ProtectError> {
        let sender = header.sender()?;
        let short = ProtectError::BodyTooShort {
            needed: PROTECTION_HEADER_LEN + TRAILER_LEN,
            found: body.len(),
        };
        let (prefix, sealed) = body.split_first_chunk().ok_or(short)?;
        let ProtectionHeader { pn, .. } = ProtectionHeader::parse_tkip(prefix)?;
        let plaintext = room(sealed.len().checked_sub(TRAILER_LEN).ok_or(short)?, out)?;
        let opened = self.decrypt(header, sender, pn, sealed, plaintext);
        if let Err(error) = opened {
            plaintext.fill(0);
            return Err(error);
        }
        Ok((plaintext, pn))
    }

    /// Fills `out`, which is as long as the result, with TKIP header, ciphertext, MIC and ICV.
    pub(super) fn seal(
        &self,
        header: &MacHeader<'_>,
        protection: ProtectionHeader,
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), ProtectError> {
        let sender = header.sender()?;
        let no_room = ProtectError::OutputTooSmall {
            needed: PROTECTION_HEADER_LEN + plaintext.len() + TRAILER_LEN,
            found: out.len(),
        };
        let (prefix, body) = out.split_first_chunk_mut().ok_or(no_room)?;
        let [_, tsc1, ..] = protection.pn.to_le_bytes();
        *prefix = protection.to_tkip_bytes(seed_octet(tsc1));
        let (data, trailer) = body.split_at_mut_checked(plaintext.len()).ok_or(no_room)?;
        data.copy_from_slice(plaintext);
        let mic = trailer.first_chunk_mut().ok_or(no_room)?;
        *mic = self.mic(header, sender, plaintext);
        arc4::seal(self.rc4_key(header, protection.pn).as_slice(), body)
    }

    /// `plaintext` is as long as the data in `sealed`. What is in it after an error is for the caller to wipe.
    fn decrypt(
        &self,
        header: &MacHeader<'_>,
        sender: Sender,
        pn: Pn,
        sealed: &[u8],
        plaintext: &mut [u8],
    ) -> Result<(), ProtectError> {
        let mut trailer = [0; TRAILER_LEN];
        arc4::open(self.rc4_key(header, pn).as_slice(), sealed, plaintext, &mut trailer)?;
        let expected = self.mic(header, sender, plaintext);
        let (mic, _icv) = trailer.split_at(MIC_LEN);
        match expected.ct_eq(mic).into() {
            true => Ok(()),
            false => Err(ProtectError::Michael { pn }),
        }
    }

    /// The MIC of an MSDU: destination, source, priority and padding, then the data (12.5.2.3.3).
    fn mic(&self, header: &MacHeader<'_>, sender: Sender, data: &[u8]) -> [u8; MIC_LEN] {
        let key = match sender {
            Sender::Authenticator => &self.authenticator_mic,
            Sender::Supplicant => &self.supplicant_mic,
        };
        michael(key, &header.michael_header(sender), data)
    }

    fn rc4_key(&self, header: &MacHeader<'_>, pn: Pn) -> Zeroizing<[u8; 16]> {
        rc4_key(&self.encryption, header.transmitter(), pn)
    }
}

#[cfg(test)]
mod tests {
    use frame::Cipher;
    use proptest::prelude::*;

    use super::*;
    use crate::protect::{MpduKey, Opened};
    use crate::testing::hex;

    const TK: &str = "1234567890123456789012345678901234567890123456789012345678901234";
    /// From the access point to a station.
    const HEADER: &str = "08422c0002030405060802030405060702030405060 7d002";

    fn key(tk: &str) -> MpduKey {
        MpduKey::new(Cipher::TKIP, &hex(tk)).ok().unwrap()
    }

    fn protection(number: u64) -> ProtectionHeader {
        ProtectionHeader {
            key_id: 0,
            pn: Pn::new(number).unwrap(),
        }
    }

    /// IEEE 802.11-2020, J.6.3 (as in hostap's generator of test vectors).
    #[test]
    fn a_ping_is_protected_as_in_the_standard() {
        let plaintext = hex(
            "aaaa030000000800450000540000400040 01a555c0a80a02c0a80a0108003ab000000000cd4c0500000000 0008090a0b
             0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
        );
        let body = hex(
            "0020012000000000c00e14fce7cfabc77547e666e57c0dac704a1e358a88c11c8e2e282e3801027a4656055ee93e9c25
             4702e9735805ddb5769ba73f1ebb56e844ef912285d3dd6e541e823873558adba079068abd7f7f50959675acc4b4de9a
             a99c05f289a7c52fee5bfc14f6f8e5f8",
        );
        let mut out = [0; 120];
        let sealed = key(TK).seal(&hex(HEADER), protection(1), &plaintext, &mut out).unwrap();
        assert_eq!(sealed, body);
        let mut out = [0; 120];
        let opened = key(TK).open(&hex(HEADER), &body, &mut out).unwrap();
        assert_eq!((&*opened.plaintext, opened.pn.get()), (plaintext.as_slice(), 1));
    }

    /// Frames of Linux 6.1 (mac80211_hwsim) under the pairwise key, in both directions and with priority 7 (EAPOL), and
    /// under the group key.
    #[test]
    fn frames_of_a_kernel_open() {
        let tk = "667380267aff4bee04a86d70f15131bfbcf3b8cefe7fed90af7bace2a7789ceb";
        let gtk = "1abbc6dcf3c7bc9eaa81161b9fe739fe749d6bb9d17df70b0528c4ff32f38b6d";
        for (tk, header, body, ethertype) in [
            (
                tk,
                "8841340002000000000002000000010002000000000010000000",
                "002002200000000061a70f21515e324274796421f75dabc8c7ba2319b9d6820de8e9079fd1d5cd5008236aaa
                 980819113337b1ed6ca8b72d",
                0x0806_u16,
            ),
            (
                tk,
                "8842d50002000000010002000000000002000000000020000000",
                "00200420000000002d70be4ee3e5f47d567b3e1fac348bfd47c8acaf9dac02ada9765afd64dacaebe1c32fc7
                 2f200f0f375c30f46c7246ab",
                0x0806,
            ),
            (
                tk,
                "88413a0102000000000002000000010002000000000020000700",
                "00200a2000000000e088e2e1a09fb25ba49632939b2dfdc6c5f2d55b17b157ea2527c29b9342a9ff2d2bff7e
                 885ea2154a28bb83c7903143695e43f6d0d2ea00dcd8d7b3c677202dcec97fcf18008053850abf8caa3274cc
                 f404b94030e0136ace7e813b7207af655c9793f720854f5b5777ec50279bb6f55f731e243bace4",
                0x888e,
            ),
            (
                gtk,
                "084200003333000000160200000000000200000001004000",
                "002001a000000000ecb8c11241ee04391dfecf066d80a3bddb93e5934518d8be421c5c6ccf8c0e4ce4085575
                 0e93a1bf21911f9b0a2c0360ee5e343ee0bfc677ad88a415579280303dfb1b5e8d8b3c7a5834bab0d3bf91a3
                 c2cd23261e69d7c54e8961954c9409a7",
                0x86dd,
            ),
        ] {
            let mut out = [0; 200];
            let opened = key(tk).open(&hex(header), &hex(body), &mut out).unwrap();
            assert_eq!(opened.plaintext[6..8], ethertype.to_be_bytes());
        }
    }

    /// The MIC keys of J.7: `db980afbc29c1528` is the authenticator's, `55740a6ce5ae3827` the supplicant's.
    #[test]
    fn each_direction_has_a_mic_key_of_its_own() {
        let tk = "b2360c79e9710fdd58bea93deaf06599db980afbc29c152855740a6ce5ae3827";
        let swapped = "b2360c79e9710fdd58bea93deaf0659955740a6ce5ae3827db980afbc29c1528";
        let down = hex("0842000002000000000202000000000102000000000 30000");
        let up = hex("0841000002000000000102000000000202000000000 30000");
        for header in [down, up] {
            let mut out = [0; 40];
            let sealed = key(tk).seal(&header, protection(7), b"data", &mut out).unwrap();
            let mut plain = [0; 20];
            assert_eq!(key(tk).open(&header, sealed, &mut plain).unwrap().plaintext, b"data");
            let found = key(swapped).open(&header, sealed, &mut plain);
            assert_eq!(
                found,
                Err(ProtectError::Michael {
                    pn: Pn::new(7).unwrap()
                })
            );
            assert_eq!(plain[..4], [0; 4]);
        }
    }

    #[test]
    fn a_frame_that_the_mic_keys_do_not_cover_is_refused() {
        let mut out = [0; 40];
        for (header, error) in [
            (
                "0840000002000000000202000000000102000000000 30000",
                ProtectError::Direction,
            ),
            (
                "0843000002000000000202000000000102000000000 30000020000000004",
                ProtectError::Direction,
            ),
            (
                "c042000002000000000202000000000102000000000 30000",
                ProtectError::Direction,
            ),
            (
                "0846000002000000000202000000000102000000000 30000",
                ProtectError::Fragment,
            ),
            (
                "0842000002000000000202000000000102000000000 30100",
                ProtectError::Fragment,
            ),
        ] {
            let sealed = key(TK).seal(&hex(header), protection(1), b"data", &mut out);
            assert_eq!(sealed, Err(error), "{header}");
        }
        let body = hex("000000 00 00000000 000102030405060708090a0b");
        let refused = |body: &[u8]| key(TK).open(&hex(HEADER), body, &mut [0; 40]).err();
        assert_eq!(refused(&body), Some(ProtectError::NoExtendedIv));
        let body = hex("000000 20 00000000 000102030405060708090a");
        let short = ProtectError::BodyTooShort { needed: 20, found: 19 };
        assert_eq!(refused(&body), Some(short));
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(
            tk: [u8; 32],
            number in 1..=Pn::MAX.get(),
            key_id in 0_u8..4,
            tid in proptest::option::of(0_u8..16),
            plaintext in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let key = MpduKey::new(Cipher::WPA_TKIP, &tk).ok().unwrap();
            let mut header = hex(HEADER);
            if let Some(tid) = tid {
                header[0] |= 0x80;
                header.extend([tid, 0]);
            }
            let pn = Pn::new(number).unwrap();
            let (mut body, mut out) = ([0; 320], [0; 300]);
            let body = key.seal(&header, ProtectionHeader { key_id, pn }, &plaintext, &mut body).unwrap();
            prop_assert_eq!(body.len(), plaintext.len() + key.overhead());
            prop_assert_eq!(ProtectionHeader::parse_tkip(body.first_chunk().unwrap()), Ok(ProtectionHeader { key_id, pn }));
            let opened = key.open(&header, body, &mut out).unwrap();
            prop_assert_eq!(opened, Opened { plaintext: &mut plaintext.clone(), pn });
        }

        #[test]
        fn one_flipped_bit_of_the_body_never_opens(tk: [u8; 32], plaintext: [u8; 32], bit in 0_usize..52 * 8) {
            let key = MpduKey::new(Cipher::TKIP, &tk).ok().unwrap();
            let mut body = [0; 52];
            key.seal(&hex(HEADER), protection(9), &plaintext, &mut body).unwrap();
            // The second octet repeats the first one; the key identifier selects the key.
            prop_assume!(!matches!(bit, 8..=15 | 24..=28 | 30..=31));
            body[bit / 8] ^= 1 << (bit % 8);
            let mut out = [0; 32];
            prop_assert!(key.open(&hex(HEADER), &body, &mut out).is_err());
            prop_assert_eq!(out, [0; 32]);
        }
    }
}
