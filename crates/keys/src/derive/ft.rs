//! The key hierarchy of fast BSS transition (IEEE 802.11-2020, 12.7.1.6).
//!
//! The authentication's key (MPMK: the PSK, or a part of the MSK) gives PMK-R0 for a mobility domain; PMK-R0
//! gives one PMK-R1 for each authenticator; PMK-R1 gives the PTK of one association. Each has a name that may
//! be sent in the clear.

use frame::MacAddress;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::expand;
use crate::pmk::{PMK_MAX, Pmk};
use crate::ptk::{NONCE_LEN, Ptk};
use crate::secret::Key;
use crate::suites::{AkmSuite, CipherSuite, Derivation};

/// Octets of the name of a key.
pub const NAME_LEN: usize = 16;
/// Most octets of an SSID.
const SSID_MAX: usize = 32;
/// Most octets of an R0KH-ID (9.4.2.47).
const R0KH_ID_MAX: usize = 48;

/// What the two levels of the hierarchy hold: a key as long as the suite's hash, and its name.
struct Level {
    suite: &'static AkmSuite,
    key: Key<PMK_MAX>,
    name: [u8; NAME_LEN],
}

/// PMK-R0: known to the station and to the holder R0KH of the mobility domain.
pub struct PmkR0(Level);

/// PMK-R1: known to the station and to one authenticator.
pub struct PmkR1(Level);

impl Level {
    fn duplicate(&self) -> Self {
        Self {
            suite: self.suite,
            key: self.key.duplicate(),
            name: self.name,
        }
    }
}

impl PmkR0 {
    /// Derives PMK-R0 and PMKR0Name (12.7.1.6.3).
    ///
    /// `ssid` has at most 32 octets, `mdid` is the Mobility Domain Identifier as it travels, `r0kh_id` has 1 to 48
    /// octets, `spa` is the station's address (S0KH-ID). `None` outside these lengths or if `suite` has no fast
    /// transition.
    #[must_use]
    pub fn derive(
        suite: &'static AkmSuite,
        mpmk: &Pmk,
        ssid: &[u8],
        mdid: [u8; 2],
        r0kh_id: &[u8],
        spa: MacAddress,
    ) -> Option<Self> {
        if !suite.fast_transition || ssid.len() > SSID_MAX || !(1..=R0KH_ID_MAX).contains(&r0kh_id.len()) {
            return None;
        }
        let context = [
            &[u8::try_from(ssid.len()).ok()?],
            ssid,
            &mdid,
            &[u8::try_from(r0kh_id.len()).ok()?],
            r0kh_id,
            &spa.0,
        ];
        let mut material = Key::<{ PMK_MAX + NAME_LEN }>::zeroed(key_len(suite) + NAME_LEN);
        expand(
            suite.derivation,
            mpmk.as_bytes(),
            b"FT-R0",
            &context,
            material.as_mut_bytes(),
        );
        let (key, salt) = material.as_bytes().split_at_checked(key_len(suite))?;
        Some(Self(Level {
            suite,
            key: Key::new(key).ok()?,
            name: name(suite.derivation, &[b"FT-R0N", salt]),
        }))
    }

    /// PMKR0Name.
    #[must_use]
    pub const fn name(&self) -> &[u8; NAME_LEN] {
        &self.0.name
    }

    /// The key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.key.as_bytes()
    }

    /// Derives PMK-R1 and PMKR1Name for the authenticator `r1kh_id` and the station `spa` (S1KH-ID) (12.7.1.6.4).
    #[must_use]
    pub fn r1(&self, r1kh_id: MacAddress, spa: MacAddress) -> PmkR1 {
        let suite = self.0.suite;
        let mut key = Key::zeroed(key_len(suite));
        expand(
            suite.derivation,
            self.as_bytes(),
            b"FT-R1",
            &[&r1kh_id.0, &spa.0],
            key.as_mut_bytes(),
        );
        let name = name(suite.derivation, &[b"FT-R1N", self.name(), &r1kh_id.0, &spa.0]);
        PmkR1(Level { suite, key, name })
    }

    /// The suite that it was derived for.
    #[must_use]
    pub const fn suite(&self) -> &'static AkmSuite {
        self.0.suite
    }

    /// A second copy, for instance for one more transition.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }
}

impl PmkR1 {
    /// PMKR1Name.
    #[must_use]
    pub const fn name(&self) -> &[u8; NAME_LEN] {
        &self.0.name
    }

    /// The key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.key.as_bytes()
    }

    /// The suite that it was derived for.
    #[must_use]
    pub const fn suite(&self) -> &'static AkmSuite {
        self.0.suite
    }

    /// A second copy, for instance for one more association.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// Derives the PTK and PTKName of one association (12.7.1.6.5). Unlike in [`Ptk::derive`], the order of nonces
    /// and addresses is fixed.
    #[must_use]
    pub fn ptk(
        &self,
        cipher: &CipherSuite,
        bssid: MacAddress,
        spa: MacAddress,
        anonce: &[u8; NONCE_LEN],
        snonce: &[u8; NONCE_LEN],
    ) -> (Ptk, [u8; NAME_LEN]) {
        let suite = self.0.suite;
        let [snonce, anonce] = [snonce.as_slice(), anonce.as_slice()];
        let ptk = Ptk::expand(
            suite,
            cipher,
            self.as_bytes(),
            b"FT-PTK",
            &[snonce, anonce, &bssid.0, &spa.0],
        );
        let name = name(
            suite.derivation,
            &[self.name(), b"FT-PTKN", snonce, anonce, &bssid.0, &spa.0],
        );
        (ptk, name)
    }
}

/// Octets of PMK-R0 and PMK-R1: those of the hash.
const fn key_len(suite: &AkmSuite) -> usize {
    match suite.derivation {
        Derivation::PrfSha1 | Derivation::KdfSha256 => 32,
        Derivation::KdfSha384 => 48,
        Derivation::KdfSha512 => 64,
    }
}

/// Truncate-128 of the suite's hash over `parts`.
fn name(derivation: Derivation, parts: &[&[u8]]) -> [u8; NAME_LEN] {
    match derivation {
        Derivation::PrfSha1 | Derivation::KdfSha256 => truncated::<Sha256>(parts),
        Derivation::KdfSha384 => truncated::<Sha384>(parts),
        Derivation::KdfSha512 => truncated::<Sha512>(parts),
    }
}

fn truncated<D: Digest>(parts: &[&[u8]]) -> [u8; NAME_LEN] {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    let mut name = [0; NAME_LEN];
    for (to, from) in name.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    name
}

#[cfg(test)]
mod tests {
    use frame::{Akm, Cipher};

    use super::*;
    use crate::testing::{array, hex};

    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 2, 0]);
    const FIRST_AP: MacAddress = MacAddress([2, 0, 0, 0, 0, 0]);
    const SECOND_AP: MacAddress = MacAddress([2, 0, 0, 0, 1, 0]);

    fn r0(akm: Akm) -> PmkR0 {
        let psk = hex("b71e6f3bacf0de61e944d96e2521d55672fed40b17bca0d76a7f7d547f6bd8d2");
        PmkR0::derive(
            AkmSuite::of(akm).unwrap(),
            &Pmk::new(&psk).unwrap(),
            b"wireshark-ft-psk",
            [1, 2],
            b"kanstrup-ft",
            STATION,
        )
        .expect("a suite with fast transition")
    }

    fn ptk(r1: &PmkR1, ap: MacAddress, anonce: &str, snonce: &str) -> (Ptk, [u8; NAME_LEN]) {
        r1.ptk(
            CipherSuite::of(Cipher::CCMP_128).unwrap(),
            ap,
            STATION,
            &array(anonce),
            &array(snonce),
        )
    }

    /// Wireshark's capture wpa2-ft-psk.pcapng: PMKR0Name in frame 24, PMKR1Name in frame 10, KCK, KEK and TK as
    /// tshark 4.0 shows them.
    #[test]
    fn a_captured_first_association_gives_the_keys_and_names_on_the_air() {
        let r0 = r0(Akm::FT_PSK);
        assert_eq!(r0.name(), &array("ccfb899605e2f69a58001b43662ad588"));
        let r1 = r0.r1(FIRST_AP, STATION);
        assert_eq!(r1.name(), &array("94a8eeb64f69df004cc5dc5e99c31ec0"));
        let (ptk, _) = ptk(
            &r1,
            FIRST_AP,
            "f81b3ec23bbb36bcb0abe8ea8873667d4fd7e9b9cf2f6021003b91075eba21d9",
            "19f19721a13d50a66725eca2d90f3589ffc675e317b66b8b0cbe02fe0774cb22",
        );
        assert_eq!(ptk.kck(), hex("721d5d3a1b24a4580e4e84f445966796"));
        assert_eq!(ptk.kek(), hex("e19c3ed13407f33fcce63bb36c61d7db"));
        assert_eq!(ptk.tk(), hex("ba60c7be2944e18f31949508a53ee9d6"));
    }

    /// The same capture: frames 24 to 26 go over to the second access point without another authentication.
    #[test]
    fn a_captured_transition_gives_the_keys_and_names_on_the_air() {
        let r1 = r0(Akm::FT_PSK).r1(SECOND_AP, STATION);
        assert_eq!(r1.name(), &array("685b0e6bb2b369760656c4b3e5a3cfd0"));
        let (ptk, _) = ptk(
            &r1,
            SECOND_AP,
            "f4bbc882a577bff008b993191555531074af3125c034addeb2605f89b0286461",
            "bc89c2f487a4e4a9dafa0c748f0e8f1503ab57fcacc623d6cce33c13ecdb826f",
        );
        assert_eq!(ptk.tk(), hex("a6a3304e5a8fabe0dc427cc41a707858"));
    }

    /// No vector is published: computed with Python's hashlib from the formulas of 12.7.1.6, from the first
    /// association above as if it had negotiated SHA-384.
    #[test]
    fn with_sha384_every_level_is_longer() {
        let r0 = r0(Akm::FT_PSK_SHA384);
        assert_eq!(
            r0.as_bytes(),
            hex("7b08a137c5a7bb1d75abfd9c04007d1331969d04b640e31b09e96a40716feb9d644660ca2ac665c507051ca3da774182")
        );
        assert_eq!(r0.name(), &array("d3bdaf596d5605aaf4b0e85bbc54bcd3"));
        let r1 = r0.r1(FIRST_AP, STATION);
        assert_eq!(
            r1.as_bytes(),
            hex("65400b0678a0597409f5a6651d9fccf12b16ce9fd7dd854fea803892e048a1b558e4ea04e4e65cb6890c8f64b9702c82")
        );
        assert_eq!(r1.name(), &array("113fc3c108c681e86e8c7af4e619d24f"));
        let (ptk, name) = r1.ptk(
            CipherSuite::of(Cipher::GCMP_256).unwrap(),
            FIRST_AP,
            STATION,
            &array("f81b3ec23bbb36bcb0abe8ea8873667d4fd7e9b9cf2f6021003b91075eba21d9"),
            &array("19f19721a13d50a66725eca2d90f3589ffc675e317b66b8b0cbe02fe0774cb22"),
        );
        assert_eq!(ptk.kck(), hex("0455cfff81fbd7d5cfb168460d43517710d694785088e442"));
        assert_eq!(
            ptk.kek(),
            hex("07e809cbf611bce1d53369409c3815231b3cbff572e477b174a759b21d97a89d")
        );
        assert_eq!(
            ptk.tk(),
            hex("4e6255dbdc3193154cdc148c49029fd400cf57fe26a39aab4c47a56e9cf1644b")
        );
        assert_eq!(name, array("04afc9a8c8f75b6d4a1c54553a1c3ee2"));
    }

    #[test]
    fn what_the_hierarchy_can_not_hold_is_refused() {
        let pmk = Pmk::new(&[1; 32]).unwrap();
        let derive = |akm, ssid: &[u8], r0kh_id: &[u8]| {
            PmkR0::derive(AkmSuite::of(akm).unwrap(), &pmk, ssid, [1, 2], r0kh_id, STATION).is_some()
        };
        assert!(derive(Akm::FT_PSK, &[b's'; 32], &[b'r'; 48]));
        assert!(!derive(Akm::PSK, b"ssid", b"r0kh"));
        assert!(!derive(Akm::FT_PSK, &[b's'; 33], b"r0kh"));
        assert!(!derive(Akm::FT_PSK, b"ssid", b""));
        assert!(!derive(Akm::FT_PSK, b"ssid", &[b'r'; 49]));
    }
}
