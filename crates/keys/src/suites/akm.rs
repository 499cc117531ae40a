//! Authentication and key management suites (IEEE 802.11-2020, Tables 9-151 and 12-10).

use frame::{Akm, Cipher};

use crate::mic::MicAlgorithm;
use crate::wrap::WrapAlgorithm;

/// One row of the table: what an authentication and key management suite derives and how it protects
/// EAPOL-Key frames. All lengths are in octets.
#[derive(Debug, PartialEq, Eq)]
pub struct AkmSuite {
    /// The selector.
    pub akm: Akm,
    /// The function that derives the PTK, and with it the hash of the whole suite.
    pub derivation: Derivation,
    /// What the authentication leaves behind: the PMK, or for fast transition the key that PMK-R0 is derived from.
    pub pmk_len: usize,
    /// Key confirmation key. 0 where the wrap also authenticates the frame (FILS).
    pub kck_len: usize,
    /// Key encryption key.
    pub kek_len: usize,
    /// Second key confirmation key, for fast transition with FILS only.
    pub kck2_len: usize,
    /// Second key encryption key, for fast transition with FILS only.
    pub kek2_len: usize,
    /// How EAPOL-Key frames are authenticated.
    pub mic: MicAlgorithm,
    /// The Key MIC field.
    pub mic_len: usize,
    /// How key data is encrypted.
    pub wrap: WrapAlgorithm,
    /// Key Descriptor Version in the Key Information field: 1, 2, 3, or 0 where the suite defines it all.
    pub descriptor_version: u8,
    /// What the two sides must share or hold.
    pub credential: Credential,
    /// Whether the keys form the hierarchy of fast BSS transition.
    pub fast_transition: bool,
    /// Where the PMKID comes from.
    pub pmkid: PmkidSource,
}

/// A key derivation function (IEEE 802.11-2020, 12.7.1.2 and 12.7.1.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// PRF with HMAC-SHA-1.
    PrfSha1,
    /// KDF with HMAC-SHA-256.
    KdfSha256,
    /// KDF with HMAC-SHA-384.
    KdfSha384,
    /// KDF with HMAC-SHA-512, for the groups of SAE and OWE with primes above 384 bits.
    KdfSha512,
}

/// What an authentication starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A pre-shared key, or the passphrase that it is made from.
    Psk,
    /// Whatever the EAP method asks for.
    Eap,
    /// A password proved by simultaneous authentication of equals.
    Sae,
    /// Nothing: the keys protect against those who only listen.
    Owe,
    /// Keys of an EAP re-authentication, or a public key.
    Fils,
}

/// How a PMK gets its name (IEEE 802.11-2020, 12.7.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PmkidSource {
    /// A hash keyed with the PMK: [`crate::derive::pmkid`].
    Pmk,
    /// A hash keyed with the KCK of the first handshake: [`crate::derive::pmkid_suite_b`].
    Kck,
    /// The exchange that made the PMK also made its name (SAE, OWE, FILS).
    Authentication,
}

impl AkmSuite {
    /// The row of `akm`, or `None` for a suite that the standard (or WPA) does not define for associations.
    ///
    /// Where more than one row exists, this is the one for ciphers above TKIP and for the shortest PMK;
    /// [`with_cipher`](Self::with_cipher) and [`with_pmk_len`](Self::with_pmk_len) lead to the others.
    #[must_use]
    pub fn of(akm: Akm) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.akm == akm)
    }

    /// The row for the same suite when `pairwise` protects the data (12.7.2, Key Descriptor Version).
    ///
    /// Only the oldest suites (00-0F-AC:1, :2 and WPA's) have two: with TKIP or WEP they use HMAC-MD5 and RC4.
    #[must_use]
    pub fn with_cipher(&'static self, pairwise: Cipher) -> &'static Self {
        let old = matches!(
            pairwise,
            Cipher::TKIP
                | Cipher::WPA_TKIP
                | Cipher::USE_GROUP
                | Cipher::WEP_40
                | Cipher::WEP_104
                | Cipher::WPA_WEP_40
                | Cipher::WPA_WEP_104
        );
        let version = if old { 1 } else { 2 };
        self.sibling(|row| row.descriptor_version == version)
    }

    /// The row for the same suite when the authentication left a PMK of `pmk_len` octets: 32, 48 or 64.
    ///
    /// Only OWE and the SAE suites whose hash depends on the group have more than one.
    #[must_use]
    pub fn with_pmk_len(&'static self, pmk_len: usize) -> &'static Self {
        self.sibling(|row| row.pmk_len == pmk_len)
    }

    /// The octets of PTK that this suite needs for a temporal key of `tk_len` octets.
    #[must_use]
    pub const fn ptk_len(&self, tk_len: usize) -> usize {
        self.kck_len + self.kek_len + tk_len + self.kck2_len + self.kek2_len
    }

    /// Another row of the same selector, or this one if none fits.
    fn sibling(&'static self, fits: impl Fn(&Self) -> bool) -> &'static Self {
        if fits(self) {
            return self;
        }
        TABLE
            .iter()
            .find(|row| row.akm == self.akm && fits(row))
            .unwrap_or(self)
    }
}

/// The first row of a selector is the one that [`AkmSuite::of`] gives.
#[rustfmt::skip]
static TABLE: [AkmSuite; 33] = [
    PSK_AES,
    AkmSuite { akm: Akm::PSK, ..TKIP },
    AkmSuite { credential: Credential::Eap, akm: Akm::EAP, ..PSK_AES },
    AkmSuite { credential: Credential::Eap, akm: Akm::EAP, ..TKIP },
    AkmSuite { akm: Akm::WPA_PSK, ..PSK_AES },
    AkmSuite { akm: Akm::WPA_PSK, ..TKIP },
    AkmSuite { credential: Credential::Eap, akm: Akm::WPA_EAP, ..PSK_AES },
    AkmSuite { credential: Credential::Eap, akm: Akm::WPA_EAP, ..TKIP },
    AkmSuite { akm: Akm::FT_EAP, credential: Credential::Eap, fast_transition: true, ..CMAC_SHA256 },
    AkmSuite { akm: Akm::FT_PSK, fast_transition: true, ..CMAC_SHA256 },
    AkmSuite { akm: Akm::EAP_SHA256, credential: Credential::Eap, ..CMAC_SHA256 },
    CMAC_SHA256,
    SAE,
    AkmSuite { akm: Akm::FT_SAE, fast_transition: true, ..SAE },
    AkmSuite { akm: Akm::EAP_SUITE_B, pmkid: PmkidSource::Kck, ..EAP_HMAC_SHA256 },
    AkmSuite { akm: Akm::EAP_SUITE_B_192, pmkid: PmkidSource::Kck, ..EAP_HMAC_SHA384 },
    AkmSuite { akm: Akm::FT_EAP_SHA384, fast_transition: true, ..EAP_HMAC_SHA384 },
    FILS_SHA256,
    FILS_SHA384,
    AkmSuite { akm: Akm::FT_FILS_SHA256, kck2_len: 16, kek2_len: 16, fast_transition: true, ..FILS_SHA256 },
    AkmSuite { akm: Akm::FT_FILS_SHA384, kck2_len: 24, kek2_len: 32, fast_transition: true, ..FILS_SHA384 },
    AkmSuite { akm: Akm::OWE, credential: Credential::Owe, ..GROUP_SHA256 },
    AkmSuite { akm: Akm::OWE, credential: Credential::Owe, ..GROUP_SHA384 },
    AkmSuite { akm: Akm::OWE, credential: Credential::Owe, ..GROUP_SHA512 },
    AkmSuite { akm: Akm::FT_PSK_SHA384, credential: Credential::Psk, pmk_len: 32, fast_transition: true, ..EAP_HMAC_SHA384 },
    AkmSuite { akm: Akm::PSK_SHA384, credential: Credential::Psk, pmk_len: 32, ..EAP_HMAC_SHA384 },
    EAP_HMAC_SHA384,
    GROUP_SHA256,
    GROUP_SHA384,
    GROUP_SHA512,
    AkmSuite { akm: Akm::FT_SAE_EXT_KEY, fast_transition: true, ..GROUP_SHA256 },
    AkmSuite { akm: Akm::FT_SAE_EXT_KEY, fast_transition: true, ..GROUP_SHA384 },
    AkmSuite { akm: Akm::FT_SAE_EXT_KEY, fast_transition: true, ..GROUP_SHA512 },
];

const PSK_AES: AkmSuite = AkmSuite {
    akm: Akm::PSK,
    derivation: Derivation::PrfSha1,
    pmk_len: 32,
    kck_len: 16,
    kek_len: 16,
    kck2_len: 0,
    kek2_len: 0,
    mic: MicAlgorithm::HmacSha1,
    mic_len: 16,
    wrap: WrapAlgorithm::AesKeyWrap,
    descriptor_version: 2,
    credential: Credential::Psk,
    fast_transition: false,
    pmkid: PmkidSource::Pmk,
};

const TKIP: AkmSuite = AkmSuite {
    mic: MicAlgorithm::HmacMd5,
    wrap: WrapAlgorithm::Rc4,
    descriptor_version: 1,
    ..PSK_AES
};

const CMAC_SHA256: AkmSuite = AkmSuite {
    akm: Akm::PSK_SHA256,
    derivation: Derivation::KdfSha256,
    mic: MicAlgorithm::AesCmac,
    descriptor_version: 3,
    ..PSK_AES
};

const SAE: AkmSuite = AkmSuite {
    akm: Akm::SAE,
    descriptor_version: 0,
    credential: Credential::Sae,
    pmkid: PmkidSource::Authentication,
    ..CMAC_SHA256
};

const EAP_HMAC_SHA256: AkmSuite = AkmSuite {
    akm: Akm::EAP_SUITE_B,
    mic: MicAlgorithm::HmacSha256,
    descriptor_version: 0,
    credential: Credential::Eap,
    ..CMAC_SHA256
};

const EAP_HMAC_SHA384: AkmSuite = AkmSuite {
    akm: Akm::EAP_SHA384,
    derivation: Derivation::KdfSha384,
    pmk_len: 48,
    kck_len: 24,
    kek_len: 32,
    mic: MicAlgorithm::HmacSha384,
    mic_len: 24,
    ..EAP_HMAC_SHA256
};

const FILS_SHA256: AkmSuite = AkmSuite {
    akm: Akm::FILS_SHA256,
    kck_len: 0,
    kek_len: 32,
    mic: MicAlgorithm::Aead,
    mic_len: 0,
    wrap: WrapAlgorithm::AesSiv,
    credential: Credential::Fils,
    pmkid: PmkidSource::Authentication,
    ..EAP_HMAC_SHA256
};

const FILS_SHA384: AkmSuite = AkmSuite {
    akm: Akm::FILS_SHA384,
    derivation: Derivation::KdfSha384,
    pmk_len: 48,
    kek_len: 64,
    ..FILS_SHA256
};

/// The suites whose hash follows the size of a Diffie-Hellman group: SAE-EXT-KEY, and OWE (RFC 8110, 4.4).
const GROUP_SHA256: AkmSuite = AkmSuite {
    akm: Akm::SAE_EXT_KEY,
    credential: Credential::Sae,
    pmkid: PmkidSource::Authentication,
    ..EAP_HMAC_SHA256
};

const GROUP_SHA384: AkmSuite = AkmSuite {
    akm: Akm::SAE_EXT_KEY,
    credential: Credential::Sae,
    pmkid: PmkidSource::Authentication,
    ..EAP_HMAC_SHA384
};

const GROUP_SHA512: AkmSuite = AkmSuite {
    derivation: Derivation::KdfSha512,
    pmk_len: 64,
    kck_len: 32,
    mic: MicAlgorithm::HmacSha512,
    mic_len: 32,
    ..GROUP_SHA384
};

#[cfg(test)]
mod tests {
    use frame::Suite;

    use super::*;

    #[test]
    fn every_suite_for_associations_has_a_row() {
        let ieee = [
            1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25,
        ];
        for akm in ieee.map(Suite::ieee).into_iter().chain([1, 2].map(Suite::wpa)).map(Akm) {
            assert_eq!(AkmSuite::of(akm).map(|row| row.akm), Some(akm));
        }
        for akm in [0, 7, 10, 21, 26].map(Suite::ieee).map(Akm) {
            assert_eq!(AkmSuite::of(akm), None, "{akm}");
        }
    }

    #[test]
    fn every_row_is_consistent_with_itself() {
        for row in &TABLE {
            assert_eq!(row.mic_len, row.mic.len(), "{row:?}");
            assert_eq!(row.kck_len, row.mic_len, "a KCK is as long as its MIC: {row:?}");
            assert_eq!(row.kck2_len > 0, row.kek2_len > 0, "{row:?}");
            let kek_lens: &[usize] = match row.wrap {
                WrapAlgorithm::Rc4 => &[16],
                WrapAlgorithm::AesKeyWrap => &[16, 32],
                WrapAlgorithm::AesSiv => &[32, 64],
            };
            assert!(kek_lens.contains(&row.kek_len), "{row:?}");
        }
    }

    /// Both sides of a simulation have this table, so that none of them would notice a mistake in it. IEEE 802.11-2020,
    /// Tables 9-151 and 12-10; IEEE 802.11-2024 for 00-0F-AC:19, :20, :24 and :25.
    #[test]
    fn every_suite_has_the_algorithms_and_lengths_of_the_standard() {
        use Derivation::*;
        use MicAlgorithm::*;
        let cmac = |derivation| (derivation, AesCmac, [16, 16, 16]);
        for (akms, pmk_len, (derivation, mic, lengths), version, fast_transition) in [
            (&[1, 2][..], 32, (PrfSha1, HmacSha1, [16, 16, 16]), 2, false),
            (&[3, 4], 32, cmac(KdfSha256), 3, true),
            (&[5, 6], 32, cmac(KdfSha256), 3, false),
            (&[8], 32, cmac(KdfSha256), 0, false),
            (&[9], 32, cmac(KdfSha256), 0, true),
            (&[11, 18, 24], 32, (KdfSha256, HmacSha256, [16, 16, 16]), 0, false),
            (&[25], 32, (KdfSha256, HmacSha256, [16, 16, 16]), 0, true),
            (&[12, 18, 23, 24], 48, (KdfSha384, HmacSha384, [24, 24, 32]), 0, false),
            (&[13, 25], 48, (KdfSha384, HmacSha384, [24, 24, 32]), 0, true),
            (&[19], 32, (KdfSha384, HmacSha384, [24, 24, 32]), 0, true),
            (&[20], 32, (KdfSha384, HmacSha384, [24, 24, 32]), 0, false),
            (&[18, 24], 64, (KdfSha512, HmacSha512, [32, 32, 32]), 0, false),
            (&[25], 64, (KdfSha512, HmacSha512, [32, 32, 32]), 0, true),
        ] {
            for &akm in akms {
                let row = AkmSuite::of(Akm(Suite::ieee(akm))).unwrap().with_pmk_len(pmk_len);
                assert_eq!(row.pmk_len, pmk_len, "{akm}");
                assert_eq!((row.derivation, row.mic), (derivation, mic), "{akm}");
                assert_eq!([row.mic_len, row.kck_len, row.kek_len], lengths, "{akm}");
                assert_eq!(row.wrap, WrapAlgorithm::AesKeyWrap, "{akm}");
                assert_eq!(
                    (row.descriptor_version, row.fast_transition),
                    (version, fast_transition),
                    "{akm}"
                );
                assert_eq!([row.kck2_len, row.kek2_len], [0; 2], "{akm}");
            }
        }
        for (akms, credential) in [
            (&[1, 3, 5, 11, 12, 13, 23][..], Credential::Eap),
            (&[2, 4, 6, 19, 20], Credential::Psk),
            (&[8, 9, 24, 25], Credential::Sae),
            (&[18], Credential::Owe),
        ] {
            for &akm in akms {
                assert_eq!(
                    AkmSuite::of(Akm(Suite::ieee(akm))).unwrap().credential,
                    credential,
                    "{akm}"
                );
            }
        }
    }

    #[test]
    fn the_old_suites_use_md5_and_rc4_with_tkip_only() {
        for akm in [Akm::PSK, Akm::EAP, Akm::WPA_PSK, Akm::WPA_EAP] {
            let row = AkmSuite::of(akm).unwrap();
            for (cipher, version, mic, wrap) in [
                (Cipher::TKIP, 1, MicAlgorithm::HmacMd5, WrapAlgorithm::Rc4),
                (Cipher::USE_GROUP, 1, MicAlgorithm::HmacMd5, WrapAlgorithm::Rc4),
                (Cipher::CCMP_128, 2, MicAlgorithm::HmacSha1, WrapAlgorithm::AesKeyWrap),
                (Cipher::GCMP_256, 2, MicAlgorithm::HmacSha1, WrapAlgorithm::AesKeyWrap),
            ] {
                let row = row.with_cipher(cipher);
                assert_eq!(
                    (row.akm, row.descriptor_version, row.mic, row.wrap),
                    (akm, version, mic, wrap)
                );
                assert_eq!(row.with_pmk_len(32), row, "a choice by PMK keeps the choice by cipher");
            }
        }
    }

    #[test]
    fn a_newer_suite_does_not_change_with_the_cipher() {
        for akm in [Akm::PSK_SHA256, Akm::SAE, Akm::OWE, Akm::EAP_SHA384] {
            let row = AkmSuite::of(akm).unwrap();
            assert!(core::ptr::eq(row.with_cipher(Cipher::TKIP), row));
        }
    }

    /// RFC 8110, 4.4, for OWE; IEEE 802.11-2024 for the SAE suites.
    #[test]
    fn a_longer_pmk_selects_the_longer_hash() {
        for akm in [Akm::OWE, Akm::SAE_EXT_KEY, Akm::FT_SAE_EXT_KEY] {
            for (pmk_len, derivation, kck_len, kek_len) in [
                (32, Derivation::KdfSha256, 16, 16),
                (48, Derivation::KdfSha384, 24, 32),
                (64, Derivation::KdfSha512, 32, 32),
            ] {
                let row = AkmSuite::of(akm).unwrap().with_pmk_len(pmk_len);
                assert_eq!(
                    (row.akm, row.derivation, row.kck_len, row.kek_len),
                    (akm, derivation, kck_len, kek_len)
                );
            }
        }
        assert_eq!(AkmSuite::of(Akm::PSK).unwrap().with_pmk_len(48).pmk_len, 32);
    }
}
