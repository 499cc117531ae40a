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
