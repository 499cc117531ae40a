//! The secrets that a person gave, and the PMKs that they lead to.

use std::collections::HashMap;

use keys::suites::Credential;
use keys::{AkmSuite, KeyError, Passphrase, Pmk, Psk, PskError};

/// SSIDs whose PMKs are kept: each costs 4096 rounds of HMAC to find again, and a capture can name any number.
const REMEMBERED_SSIDS: usize = 256;

/// Octets of a pre-shared key in hex digits: a text of that length is the key itself.
const PSK_DIGITS: usize = 64;

/// What is tried on every handshake.
#[derive(Default)]
pub struct Secrets {
    /// For one network each.
    networks: Vec<(Vec<u8>, Pmk)>,
    /// For every network: their PMKs depend on the SSID.
    passphrases: Vec<Passphrase>,
    /// For every network, and for every AKM.
    pmks: Vec<Pmk>,
    /// The PMKs of `passphrases`, in their order, by SSID.
    derived: HashMap<Vec<u8>, Vec<Pmk>>,
}

impl Secrets {
    /// The passphrase, or the 64 hex digits of the PSK, of the network `ssid`.
    ///
    /// # Errors
    /// The text is neither.
    pub fn add_network(&mut self, ssid: Vec<u8>, passphrase: &[u8]) -> Result<(), PskError> {
        let psk = Psk::parse(passphrase, &ssid)?;
        self.networks.push((ssid, Pmk::from(&psk)));
        Ok(())
    }

    /// A passphrase, or the 64 hex digits of a PSK, to be tried on every network.
    ///
    /// # Errors
    /// The text is neither.
    pub fn add_passphrase(&mut self, passphrase: &[u8]) -> Result<(), PskError> {
        if passphrase.len() == PSK_DIGITS {
            self.pmks.push(Pmk::from(&Psk::parse(passphrase, &[])?));
        } else {
            self.passphrases.push(Passphrase::new(passphrase)?);
        }
        Ok(())
    }

    /// A PMK (32 to 64 octets) to be tried on every handshake.
    ///
    /// # Errors
    /// The length is none that a PMK has.
    pub fn add_pmk(&mut self, pmk: &[u8]) -> Result<(), KeyError> {
        self.pmks.push(Pmk::new(pmk)?);
        Ok(())
    }

    /// True if none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty() && self.passphrases.is_empty() && self.pmks.is_empty()
    }

    /// The PMKs that can be behind a handshake of the suite `akm` in the network `ssid`, as far as that is known.
    ///
    /// A secret given for another SSID is among them: a hidden network has been given by its name.
    pub(super) fn candidates(&mut self, akm: &AkmSuite, ssid: Option<&[u8]>) -> impl Iterator<Item = &Pmk> {
        let from_passphrase = takes_passphrase(akm);
        if let Some(ssid) = ssid.filter(|_| from_passphrase) {
            self.derive_for(ssid);
        }
        let networks = self
            .networks
            .iter()
            .filter(move |_| from_passphrase)
            .map(|(_, pmk)| pmk);
        let derived = ssid.filter(|_| from_passphrase).and_then(|ssid| self.derived.get(ssid));
        networks.chain(derived.into_iter().flatten()).chain(&self.pmks)
    }

    /// Whether a MIC that no candidate verifies proves that the secret is not what was given: something was given
    /// for this network, or for all.
    pub(super) fn concern(&self, akm: &AkmSuite, ssid: Option<&[u8]>) -> bool {
        let for_this_network = || match ssid {
            Some(ssid) => !self.passphrases.is_empty() || self.networks.iter().any(|(name, _)| name == ssid),
            None => !self.networks.is_empty(),
        };
        !self.pmks.is_empty() || takes_passphrase(akm) && for_this_network()
    }

    fn derive_for(&mut self, ssid: &[u8]) {
        if self.passphrases.is_empty() || self.derived.contains_key(ssid) {
            return;
        }
        if self.derived.len() == REMEMBERED_SSIDS {
            self.derived.clear();
        }
        let pmks = self
            .passphrases
            .iter()
            .map(|passphrase| Pmk::from(&Psk::from_passphrase(passphrase, ssid)));
        self.derived.insert(ssid.to_vec(), pmks.collect());
    }
}

/// SAE and 802.1X make a new PMK each time, which no passphrase leads to for one who only listens.
fn takes_passphrase(akm: &AkmSuite) -> bool {
    akm.credential == Credential::Psk
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Akm;

    const PSK: [u8; 4] = [0xf4, 0x2c, 0x6f, 0xc5];

    fn psk() -> &'static AkmSuite {
        AkmSuite::of(Akm::PSK).unwrap()
    }

    #[test]
    fn a_passphrase_for_all_networks_waits_for_the_ssid() {
        let mut secrets = Secrets::default();
        secrets.add_passphrase(b"password").unwrap();
        assert_eq!(secrets.candidates(psk(), None).count(), 0);
        assert!(!secrets.concern(psk(), None));
        let pmk = secrets.candidates(psk(), Some(b"IEEE")).next().unwrap();
        assert_eq!(pmk.as_bytes()[..4], PSK);
        assert!(secrets.concern(psk(), Some(b"IEEE")));
    }

    #[test]
    fn a_secret_for_one_network_is_tried_on_all_but_proves_nothing_about_others() {
        let mut secrets = Secrets::default();
        secrets.add_network(b"IEEE".to_vec(), b"password").unwrap();
        assert_eq!(secrets.candidates(psk(), Some(b"other")).count(), 1);
        assert!(!secrets.concern(psk(), Some(b"other")));
        assert!(secrets.concern(psk(), Some(b"IEEE")));
    }

    #[test]
    fn only_a_pmk_concerns_suites_that_make_a_new_one_each_time() {
        let sae = AkmSuite::of(Akm::SAE).unwrap();
        let mut secrets = Secrets::default();
        secrets.add_passphrase(b"password").unwrap();
        assert_eq!(secrets.candidates(sae, Some(b"IEEE")).count(), 0);
        assert!(!secrets.concern(sae, Some(b"IEEE")));
        secrets.add_pmk(&[1; 32]).unwrap();
        assert_eq!(secrets.candidates(sae, None).count(), 1);
        assert!(secrets.concern(sae, None));
    }
}
