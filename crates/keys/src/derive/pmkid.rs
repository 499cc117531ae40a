//! The name of a PMK (IEEE 802.11-2020, 12.7.1.3).

use frame::MacAddress;
use hmac::{EagerHash, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::keyed;
use crate::pmk::Pmk;
use crate::suites::{AkmSuite, Derivation, PmkidSource};

/// Octets of a PMKID.
pub const PMKID_LEN: usize = 16;

/// The PMKID of `pmk` between the authenticator `aa` and the supplicant `spa`.
///
/// `None` where the name does not come from the PMK: Suite B takes the KCK ([`pmkid_suite_b`]); SAE, OWE and FILS
/// name the PMK as they make it.
#[must_use]
pub fn pmkid(akm: &AkmSuite, pmk: &Pmk, aa: MacAddress, spa: MacAddress) -> Option<[u8; PMKID_LEN]> {
    (akm.pmkid == PmkidSource::Pmk).then(|| name(akm.derivation, pmk.as_bytes(), aa, spa))
}

/// The PMKID of a Suite B suite (00-0F-AC:11 and :12), from the KCK of the handshake that followed the
/// authentication. `None` for every other suite.
#[must_use]
pub fn pmkid_suite_b(akm: &AkmSuite, kck: &[u8], aa: MacAddress, spa: MacAddress) -> Option<[u8; PMKID_LEN]> {
    (akm.pmkid == PmkidSource::Kck).then(|| name(akm.derivation, kck, aa, spa))
}

fn name(derivation: Derivation, key: &[u8], aa: MacAddress, spa: MacAddress) -> [u8; PMKID_LEN] {
    match derivation {
        Derivation::PrfSha1 => truncated::<Sha1>(key, aa, spa),
        Derivation::KdfSha256 => truncated::<Sha256>(key, aa, spa),
        Derivation::KdfSha384 => truncated::<Sha384>(key, aa, spa),
        Derivation::KdfSha512 => truncated::<Sha512>(key, aa, spa),
    }
}

fn truncated<D: EagerHash>(key: &[u8], aa: MacAddress, spa: MacAddress) -> [u8; PMKID_LEN] {
    let mut pmkid = [0; PMKID_LEN];
    let mac = keyed::<D>(key)
        .chain_update(b"PMK Name")
        .chain_update(aa.0)
        .chain_update(spa.0);
    super::fill(&mut pmkid, mac);
    pmkid
}

#[cfg(test)]
mod tests {
    use frame::Akm;

    use super::*;
    use crate::testing::{array, hex};

    fn name_of(akm: Akm, pmk: &str, aa: &str, spa: &str) -> Option<[u8; PMKID_LEN]> {
        let pmk = Pmk::new(&hex(pmk)).unwrap();
        pmkid(
            AkmSuite::of(akm).unwrap(),
            &pmk,
            MacAddress(array(aa)),
            MacAddress(array(spa)),
        )
    }

    /// Message 1 of Wireshark's captures wpa-eap-tls and wpa-test-decode-tdls. (The access point of wpa-Induction
    /// sends a PMKID that does not come from its PMK; a PMKID that differs is no proof of a wrong secret.)
    #[test]
    fn captured_pmkids_come_from_their_pmk() {
        for (akm, pmk, aa, spa, expected) in [
            (
                Akm::EAP,
                "a5001e18e0b3f792278825bc3abff72d7021d7c157b600470ef730e2490835d4",
                "106f3f0e333c",
                "247703d25ea8",
                "a00ccdd228e9f59b29d5a28f4acc7a60",
            ),
            (
                Akm::PSK,
                "65c99cb35171380ce687bc0245d10779e13d0bc69934f61c67d9d75cbc78f0fe",
                "000c4344a058",
                "5cf8a18d02d2",
                "1a5f2db9c3f720ddb1b2c74303ac064c",
            ),
            (
                Akm::PSK,
                "65c99cb35171380ce687bc0245d10779e13d0bc69934f61c67d9d75cbc78f0fe",
                "000c4344a058",
                "024455331499",
                "e14ea9f03a8c4fe3cdbb6244a66b3aee",
            ),
        ] {
            assert_eq!(name_of(akm, pmk, aa, spa), Some(array(expected)));
        }
    }

    /// No vectors are published: computed with Python's hmac module from the formula of 12.7.1.3.
    #[test]
    fn the_hash_of_the_name_is_that_of_the_suite() {
        let pmk = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let long = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f";
        let (aa, spa) = ("020000000000", "020000000100");
        let sha256 = Some(array("101f50b954acbc60c51f8ae8f4b549ef"));
        let sha384 = Some(array("69089ad748a6a5d57f4e4b3b1c321930"));
        assert_eq!(name_of(Akm::PSK_SHA256, pmk, aa, spa), sha256);
        assert_eq!(name_of(Akm::EAP_SHA256, pmk, aa, spa), sha256);
        assert_eq!(name_of(Akm::FT_EAP_SHA384, long, aa, spa), sha384);
    }

    /// Wireshark's capture wpa3-suiteb-192.pcapng: the name in message 1 of frame 64 is that of the key that frames 44 and
    /// 46 have made; its KCK is in Wireshark's test `test_80211_wpa3_suite_b_192`.
    #[test]
    fn suite_b_names_its_pmk_by_the_kck_as_a_capture_has_it() {
        let suite = AkmSuite::of(Akm::EAP_SUITE_B_192).unwrap();
        let kck = hex("f49ac1a15121f1a597a60a469870450a588ef1f73a1017b1");
        let (aa, spa) = (MacAddress(array("020000000300")), MacAddress(array("020000000000")));
        let expected = array("e86de5587d9a59e722c318095869e8b7");
        assert_eq!(pmkid_suite_b(suite, &kck, aa, spa), Some(expected));
    }

    #[test]
    fn a_suite_that_names_its_pmk_otherwise_gets_no_name_from_the_pmk() {
        let pmk = Pmk::new(&[1; 48]).unwrap();
        let (aa, spa) = (MacAddress([2; 6]), MacAddress([4; 6]));
        for akm in [Akm::SAE, Akm::OWE, Akm::FILS_SHA256, Akm::EAP_SUITE_B_192] {
            assert_eq!(pmkid(AkmSuite::of(akm).unwrap(), &pmk, aa, spa), None, "{akm}");
        }
        let suite_b = AkmSuite::of(Akm::EAP_SUITE_B_192).unwrap();
        let same_key = AkmSuite::of(Akm::EAP_SHA384).unwrap();
        assert_eq!(
            pmkid_suite_b(suite_b, &[1; 48], aa, spa),
            pmkid(same_key, &pmk, aa, spa)
        );
        assert_eq!(pmkid_suite_b(same_key, &[1; 48], aa, spa), None);
    }
}
