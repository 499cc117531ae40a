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
