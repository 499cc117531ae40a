//! The pairwise transient key (IEEE 802.11-2020, 12.7.1.3): the keys of one association.

use core::ops::Range;

use frame::MacAddress;

use crate::derive;
use crate::mic::{self, Mic, MicError};
use crate::pmk::Pmk;
use crate::secret::Key;
use crate::suites::{AkmSuite, CipherSuite};

/// Octets of a nonce.
pub const NONCE_LEN: usize = 32;
/// Octets of the longest temporal key.
pub const TK_MAX: usize = 32;
/// Octets of the longest PTK: fast transition with FILS and SHA-384, KEK 64, TK 32, KCK2 24, KEK2 32.
const PTK_MAX: usize = 152;

/// A pairwise transient key, cut into KCK, KEK, TK, and for fast transition with FILS also KCK2 and KEK2.
pub struct Ptk {
    octets: Key<PTK_MAX>,
    suite: &'static AkmSuite,
    tk_len: usize,
}

impl Ptk {
    /// Derives the keys from the PMK and what the two sides said (12.7.1.3).
    ///
    /// `aa` is the authenticator's address, `spa` the supplicant's. Not for the first handshake of a fast transition
    /// suite, whose PTK comes from PMK-R1: [`derive::ft::PmkR1::ptk`].
    #[must_use]
    pub fn derive(
        akm: &'static AkmSuite,
        cipher: &CipherSuite,
        pmk: &Pmk,
        aa: MacAddress,
        spa: MacAddress,
        anonce: &[u8; NONCE_LEN],
        snonce: &[u8; NONCE_LEN],
    ) -> Self {
        let (low, high) = (aa.min(spa), aa.max(spa));
        let context = [&low.0, &high.0, anonce.min(snonce).as_slice(), anonce.max(snonce)];
        Self::expand(akm, cipher, pmk.as_bytes(), b"Pairwise key expansion", &context)
    }

    /// Derives a PTK of the suite's length from any key, label and context.
    pub(crate) fn expand(
        suite: &'static AkmSuite,
        cipher: &CipherSuite,
        key: &[u8],
        label: &[u8],
        context: &[&[u8]],
    ) -> Self {
        let mut octets = Key::zeroed(suite.ptk_len(cipher.tk_len));
        derive::expand(suite.derivation, key, label, context, octets.as_mut_bytes());
        Self {
            octets,
            suite,
            tk_len: cipher.tk_len,
        }
    }

    /// The suite that it was derived for.
    #[must_use]
    pub const fn suite(&self) -> &'static AkmSuite {
        self.suite
    }

    /// The key confirmation key.
    #[must_use]
    pub fn kck(&self) -> &[u8] {
        self.part(0, self.suite.kck_len)
    }

    /// The key encryption key.
    #[must_use]
    pub fn kek(&self) -> &[u8] {
        self.part(self.suite.kck_len, self.suite.kek_len)
    }

    /// The temporal key, for TKIP with the Michael keys.
    #[must_use]
    pub fn tk(&self) -> &[u8] {
        self.part(self.suite.kck_len + self.suite.kek_len, self.tk_len)
    }

    /// The second key confirmation key, empty outside fast transition with FILS.
    #[must_use]
    pub fn kck2(&self) -> &[u8] {
        self.part(
            self.suite.kck_len + self.suite.kek_len + self.tk_len,
            self.suite.kck2_len,
        )
    }

    /// The second key encryption key, empty outside fast transition with FILS.
    #[must_use]
    pub fn kek2(&self) -> &[u8] {
        let start = self.suite.kck_len + self.suite.kek_len + self.tk_len + self.suite.kck2_len;
        self.part(start, self.suite.kek2_len)
    }

    /// The temporal key as a secret of its own, to hand to an adapter.
    #[must_use]
    pub fn temporal_key(&self) -> Key<TK_MAX> {
        let mut key = Key::zeroed(self.tk_len);
        key.as_mut_bytes().copy_from_slice(self.tk());
        key
    }

    /// The MIC of an EAPOL-Key frame under this key: see [`mic::of_frame`].
    ///
    /// # Errors
    /// See [`mic::of_frame`].
    pub fn mic(&self, pdu: &[u8], mic_range: Range<usize>) -> Result<Mic, MicError> {
        mic::of_frame(self.suite.mic, self.kck(), pdu, mic_range)
    }

    fn part(&self, start: usize, len: usize) -> &[u8] {
        self.octets.as_bytes().get(start..start + len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use frame::{Akm, Cipher};

    use super::*;
    use crate::testing::{array, hex};

    /// What two stations said, and what must come of it.
    struct Vector {
        akm: Akm,
        cipher: Cipher,
        pmk: &'static str,
        aa: &'static str,
        spa: &'static str,
        anonce: &'static str,
        snonce: &'static str,
        kck: &'static str,
        kek: &'static str,
        tk: &'static str,
    }

    impl Vector {
        fn check(&self) {
            let ptk = Ptk::derive(
                AkmSuite::of(self.akm).unwrap().with_cipher(self.cipher),
                CipherSuite::of(self.cipher).unwrap(),
                &Pmk::new(&hex(self.pmk)).unwrap(),
                MacAddress(array(self.aa)),
                MacAddress(array(self.spa)),
                &array(self.anonce),
                &array(self.snonce),
            );
            assert_eq!(ptk.kck(), hex(self.kck), "KCK, {}", self.akm);
            assert_eq!(ptk.kek(), hex(self.kek), "KEK, {}", self.akm);
            assert_eq!(ptk.tk(), hex(self.tk), "TK, {}", self.akm);
            assert_eq!(ptk.temporal_key().as_bytes(), ptk.tk());
        }
    }

    /// IEEE 802.11-2020, J.7; the same numbers are in unit/test-crypto.c of iwd 2.3.
    #[test]
    fn a_tkip_ptk_is_that_of_the_standard() {
        Vector {
            akm: Akm::PSK,
            cipher: Cipher::TKIP,
            pmk: "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
            aa: "a0a1a1a3a4a5",
            spa: "b0b1b2b3b4b5",
            snonce: "c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5",
            anonce: "e0e1e2e3e4e5e6e7e8e9f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405",
            kck: "379f9852d0199236b94e407ce4c00ec8",
            kek: "47c9edc01c2c6e5b4910caddfb3e51a7",
            tk: "b2360c79e9710fdd58bea93deaf06599db980afbc29c152855740a6ce5ae3827",
        }
        .check();
    }

    /// As above: CCMP takes the first half of the same temporal key.
    #[test]
    fn a_ccmp_ptk_has_a_shorter_temporal_key() {
        Vector {
            akm: Akm::PSK,
            cipher: Cipher::CCMP_128,
            pmk: "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
            aa: "a0a1a1a3a4a5",
            spa: "b0b1b2b3b4b5",
            snonce: "c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5",
            anonce: "e0e1e2e3e4e5e6e7e8e9f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405",
            kck: "379f9852d0199236b94e407ce4c00ec8",
            kek: "47c9edc01c2c6e5b4910caddfb3e51a7",
            tk: "b2360c79e9710fdd58bea93deaf06599",
        }
        .check();
    }

    /// unit/test-crypto.c of iwd 2.3, ptk_test_3: the supplicant's address is the higher one, its nonce the lower.
    #[test]
    fn the_order_of_roles_does_not_matter() {
        Vector {
            akm: Akm::WPA_PSK,
            cipher: Cipher::WPA_TKIP,
            pmk: "9e9988bde2cba74395c0289ffda07bc41ffa889a3309237a2240c934bcdc7ddb",
            aa: "000c41d294fb",
            spa: "000d3a2610fb",
            snonce: "893ee551214557fff3c076ac977915a2060727038e9bea9b6619a5bab40f89c1",
            anonce: "dabdc104d457411aee338c00fa8a1f32abfc6cfb794360adce3afb5d159a51f6",
            kck: "ccbf97a82b5c51a44325a77e9bc57050",
            kek: "daec5438430f00eb893d84d8b4b4b5e8",
            tk: "19f4dce0cc5f2166e94fdb3eaf68eb7680f4e2646e6d9e36260d89ffbf24ee7e",
        }
        .check();
    }

    /// Wireshark's capture wpa-Induction.pcap, frames 87 and 89; KCK, KEK and TK as tshark 4.0 shows them.
    #[test]
    fn a_captured_wpa2_handshake_gives_the_keys_that_tshark_finds() {
        Vector {
            akm: Akm::PSK,
            cipher: Cipher::CCMP_128,
            pmk: "a288fcf0caaacda9a9f58633ff35e8992a01d9c10ba5e02efdf8cb5d730ce7bc",
            aa: "000c4182b255",
            spa: "000d9382363a",
            anonce: "3e8e967dacd960324cac5b6aa721235bf57b949771c867989f49d04ed47c6933",
            snonce: "cdf405ceb9d889ef3dec42609828fae546b7add7baecbb1a394eac5214b1d386",
            kck: "b1cd792716762903f723424cd7d16511",
            kek: "82a644133bfa4e0b75d96d2308358433",
            tk: "15798d511beae0028313c8ab32f12c7e",
        }
        .check();
    }

    /// Wireshark's capture wpa-eap-tls.pcap, frames 22 and 23.
    #[test]
    fn a_captured_802_1x_handshake_gives_the_keys_that_tshark_finds() {
        Vector {
            akm: Akm::EAP,
            cipher: Cipher::CCMP_128,
            pmk: "a5001e18e0b3f792278825bc3abff72d7021d7c157b600470ef730e2490835d4",
            aa: "106f3f0e333c",
            spa: "247703d25ea8",
            anonce: "d964069aef5f319fb1346b73543aa01decc8563c38d18004b1311755936dfc56",
            snonce: "f3981eb120ab1036a2c6bdcf438754254e5ebcb584ed212b8169e0d5b368f454",
            kck: "613563c446fe0f050d85ef03175271cb",
            kek: "470dea65b2d64846937c5918398ab8cc",
            tk: "b66e106f8b4ef82a0718a626f651c367",
        }
        .check();
    }

    /// Wireshark's capture wpa2-psk-mfp.pcapng, frames 6 and 7.
    #[test]
    fn a_captured_psk_sha256_handshake_gives_the_keys_that_tshark_finds() {
        Vector {
            akm: Akm::PSK_SHA256,
            cipher: Cipher::CCMP_128,
            pmk: "3c9afdcc3087285e6729f6f9b4fe4b007c5c370585970a858da474004f5a389c",
            aa: "020000000000",
            spa: "020000000200",
            anonce: "d68cc9cb94b995a174a8f6d270b330c087d4eea657d2586f89e3b724f15e9411",
            snonce: "c89b73d93ee6a79cfa7f911510959e61c547325326f6f4863bf87e5ba9b21741",
            kck: "46f620285d4676ddd6438cb00b3a77ec",
            kek: "d4c059ba60a639d003caeffa65cd8c0b",
            tk: "4e30e8c019bea43ea5262b10853b818d",
        }
        .check();
    }

    /// Wireshark's capture wpa3-sae.pcapng, frames 12 and 13.
    #[test]
    fn a_captured_sae_handshake_gives_the_keys_that_tshark_finds() {
        Vector {
            akm: Akm::SAE,
            cipher: Cipher::CCMP_128,
            pmk: "ecbfe709d6151eaba6a4fd9cba94fbb570c1fc4c15506fad3185b4a0a0cfda9a",
            aa: "9cd64332b9f1",
            spa: "9cd643e7bb68",
            anonce: "900bd25636a879752937f443bc2418c8191e5ba43e8f109fca96faedc1b4d2c9",
            snonce: "c7b1a41f2f4123715a391c660bdd66f89c4678674dd5919ab5cc1378c4048cd4",
            kck: "c987d95141d7babae41b9c9a2cd4cb8d",
            kek: "d4ef07098c834404d24f018046ca3c19",
            tk: "20a2e28f4329208044f4d7edca9e20a6",
        }
        .check();
    }

    /// Wireshark's capture owe.pcapng, frames 26 and 27.
    #[test]
    fn a_captured_owe_handshake_gives_the_keys_that_tshark_finds() {
        Vector {
            akm: Akm::OWE,
            cipher: Cipher::CCMP_128,
            pmk: "a4b0b2efa7f77d1006eccf1a814b62125c15fac5c137d9cdff8c75c43194268f",
            aa: "020000000000",
            spa: "020000000100",
            anonce: "8c83d6d1ebc1d1dc92cfca9572ef6f4db5d280b6e5a9cc3b4b426d05184d25a0",
            snonce: "1a93d84d74a1696c63108aca78e359ca85ef1877f6dd0eb8b63c2481c857d736",
            kck: "5f05e3c4053e99fac908522ddd44bdc6",
            kek: "9b4b7c671264079d03f07d33ac8d0777",
            tk: "10f3deccc00d5c8f629fba7a0fff34aa",
        }
        .check();
    }

    /// Wireshark's capture wpa3-suiteb-192.pcapng, frames 44 and 46, and its test `test_80211_wpa3_suite_b_192`.
    #[test]
    fn a_captured_suite_b_handshake_gives_the_keys_that_tshark_finds() {
        Vector {
            akm: Akm::EAP_SUITE_B_192,
            cipher: Cipher::GCMP_256,
            pmk: "fc738f5b63ba93ebf0a45d42c5a0b1b5064649fa98f59bc062c2944de3780fe276088c95daaf672deb6780051aa13563",
            aa: "020000000300",
            spa: "020000000000",
            anonce: "c7fefe3d6bf679b595cfc184f0d9505529bab55e4f9d7b3afc6f0b46a70e07e4",
            snonce: "12a54d01724c167ed5e53c28b64b5c0d7894e71146ba3ebf2bfee8c49020a5ea",
            kck: "f49ac1a15121f1a597a60a469870450a588ef1f73a1017b1",
            kek: "0289b022b4f54262048d3493834ae591e811870c4520ee1395dd215a6092fbfb",
            tk: "5a1268cc8f8cd7f7214c3740120d7851320732734fa9a57374446e20df1fc194",
        }
        .check();
    }

    #[test]
    fn the_longest_ptk_fits() {
        let suite = AkmSuite::of(Akm::FT_FILS_SHA384).unwrap();
        let ptk = Ptk::expand(
            suite,
            CipherSuite::of(Cipher::GCMP_256).unwrap(),
            &[7; 48],
            b"label",
            &[],
        );
        assert_eq!(
            [
                ptk.kck().len(),
                ptk.kek().len(),
                ptk.tk().len(),
                ptk.kck2().len(),
                ptk.kek2().len()
            ],
            [0, 64, 32, 24, 32]
        );
        assert_ne!(ptk.kek2(), [0; 32]);
    }
}
