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

    /// IEEE 802.11-2020, J.6.2; the same numbers are in unit/test-crypto.c of iwd 2.3.
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
}
