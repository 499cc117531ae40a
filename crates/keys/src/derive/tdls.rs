//! The key of a direct link between two stations of one network (IEEE 802.11-2020, 12.7.8.2, TPK handshake).
//!
//! It comes from two nonces alone, which the stations exchange through their access point: whoever reads what passes
//! there has the key.

use frame::MacAddress;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::kdf_sha256;
use crate::mic::{Mic, MicAlgorithm, MicError};
use crate::ptk::{NONCE_LEN, TK_MAX};
use crate::secret::Key;
use crate::suites::CipherSuite;

/// Octets of TPK-KCK.
const KCK_LEN: usize = 16;

/// A TDLS peer key: TPK-KCK and TPK-TK.
pub struct Tpk {
    octets: Key<{ KCK_LEN + TK_MAX }>,
}

impl Tpk {
    /// Derives the key from what the initiator (SNonce) and the responder (ANonce) have said, for `cipher` between them.
    #[must_use]
    pub fn derive(
        cipher: &CipherSuite,
        bssid: MacAddress,
        initiator: MacAddress,
        responder: MacAddress,
        anonce: &[u8; NONCE_LEN],
        snonce: &[u8; NONCE_LEN],
    ) -> Self {
        let mut input = Sha256::new()
            .chain_update(anonce.min(snonce))
            .chain_update(anonce.max(snonce))
            .finalize();
        let (low, high) = (initiator.min(responder), initiator.max(responder));
        let mut octets = Key::zeroed(KCK_LEN + cipher.tk_len);
        kdf_sha256(&input, b"TDLS PMK", &[&low.0, &high.0, &bssid.0], octets.as_mut_bytes());
        input.zeroize();
        Self { octets }
    }

    /// The temporal key of the link.
    #[must_use]
    pub fn temporal_key(&self) -> Key<TK_MAX> {
        let tk = self.octets.as_bytes().get(KCK_LEN..).unwrap_or_default();
        let mut key = Key::zeroed(tk.len());
        key.as_mut_bytes().copy_from_slice(tk);
        key
    }

    /// The MIC in the FTE of messages 2 and 3 over what it covers (12.7.8.4.3 and 12.7.8.4.4).
    ///
    /// # Errors
    /// None for this key; see [`Mic::compute`].
    pub fn mic(&self, covered: &[u8]) -> Result<Mic, MicError> {
        let kck = self.octets.as_bytes().get(..KCK_LEN).unwrap_or_default();
        Mic::compute(MicAlgorithm::AesCmac, kck, covered)
    }
}

#[cfg(test)]
mod tests {
    use frame::Cipher;

    use super::*;
    use crate::testing::{array, hex};

    /// Wireshark's capture wpa-test-decode-tdls, frame 19 (TDLS Setup Response); the key as in the settings of its tests.
    #[test]
    fn a_captured_direct_link_has_this_key_and_this_mic() {
        let bssid = MacAddress(array("000c4344a058"));
        let initiator = MacAddress(array("024455331499"));
        let responder = MacAddress(array("5cf8a18d02d2"));
        let tpk = Tpk::derive(
            CipherSuite::of(Cipher::CCMP_128).unwrap(),
            bssid,
            initiator,
            responder,
            &array("e2c7715cdc0ee0978d5f2e14802f8d4ebbe254093520bee8fdc0fde05d8f5d77"),
            &array("5ab7edce42f6e39f7dadeac44d19bf677ace50dc5e03d7a7873df7abc42fbe14"),
        );
        assert_eq!(tpk.temporal_key().as_bytes(), hex("54e8cd525c527b535521aa6d8051247f"));
        // Both stations, 2, link identifier, RSNE, timeout interval, FTE with zeros for its MIC.
        let covered = hex("024455331499 5cf8a18d02d2 02
             6512000c4344a0580244553314995cf8a18d02d2
             30140100000fac070100000fac040100000fac070c02
             380502c0a80000
             37520000 00000000000000000000000000000000
             e2c7715cdc0ee0978d5f2e14802f8d4ebbe254093520bee8fdc0fde05d8f5d77
             5ab7edce42f6e39f7dadeac44d19bf677ace50dc5e03d7a7873df7abc42fbe14");
        let mic = tpk.mic(&covered).unwrap();
        assert!(mic.verify(&hex("e3d1516b5def23b67440f0e3b3f623eb")));
    }
}
