//! What the extension remembers of networks: the PMKSAs that it has with their access points, and how strong
//! their protection was.

mod stored;

pub use stored::StoredError;

use crate::select::Selection;
use crate::suites::Generation;
use frame::{Akm, Cipher};
use std::collections::BTreeMap;

/// What a network is not to fall below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floor {
    /// What it had.
    pub generation: Generation,
    /// What it has said that it will not offer any more (Wi-Fi Alliance WPA3 specification, 8).
    pub disabled: Disabled,
}

impl Floor {
    /// Of a network that nothing is known of.
    pub(crate) const NONE: Self = Self {
        generation: Generation::Open,
        disabled: Disabled(0),
    };

    /// Whether an association of this kind is not below it.
    pub(crate) fn allows(&self, selection: &Selection) -> bool {
        selection.generation() >= self.generation && !self.disabled.covers(selection)
    }
}

/// The bits of the Transition Disable KDE: modes of transition that the network does not need any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disabled(pub u8);

impl Disabled {
    /// No pre-shared keys beside SAE.
    const PERSONAL: u8 = 1;
    /// No suites of 802.1X with SHA-1, and no unprotected management frames.
    const ENTERPRISE: u8 = 4;
    /// No open network beside opportunistic wireless encryption.
    const OPEN: u8 = 8;

    fn covers(self, selection: &Selection) -> bool {
        let personal = matches!(
            selection.akm,
            Some(Akm::PSK | Akm::PSK_SHA256 | Akm::FT_PSK | Akm::WPA_PSK)
        );
        let enterprise = matches!(selection.akm, Some(Akm::EAP | Akm::WPA_EAP));
        let weak = selection
            .ciphers
            .is_some_and(|ciphers| matches!(ciphers.pairwise, Cipher::TKIP | Cipher::WPA_TKIP));
        (self.0 & Self::PERSONAL != 0 && (personal || weak))
            || (self.0 & Self::ENTERPRISE != 0 && (enterprise || weak))
            || (self.0 & Self::OPEN != 0 && selection.akm.is_none())
    }
}

/// The floors of networks by their names.
#[derive(Default)]
pub(crate) struct Floors(BTreeMap<Vec<u8>, Floor>);

impl Floors {
    /// Most networks that are remembered.
    const MOST: usize = 256;

    pub(crate) fn of(&self, ssid: &[u8]) -> Floor {
        self.0.get(ssid).copied().unwrap_or(Floor::NONE)
    }

    /// An association of this kind has succeeded.
    pub(crate) fn raise(&mut self, ssid: &[u8], generation: Generation) {
        if let Some(floor) = self.floor(ssid) {
            floor.generation = floor.generation.max(generation);
        }
    }

    /// The network has said that it does not need these modes any more.
    pub(crate) fn disable(&mut self, ssid: &[u8], bits: u8) {
        if let Some(floor) = self.floor(ssid) {
            floor.disabled.0 |= bits;
        }
    }

    fn floor(&mut self, ssid: &[u8]) -> Option<&mut Floor> {
        if !self.0.contains_key(ssid) && self.0.len() >= Self::MOST {
            return None;
        }
        Some(self.0.entry(ssid.to_vec()).or_insert(Floor::NONE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Ciphers;

    fn selection(akm: Option<Akm>) -> Selection {
        Selection {
            akm,
            ciphers: akm.map(|_| Ciphers {
                pairwise: Cipher::CCMP_128,
                group: Cipher::CCMP_128,
            }),
        }
    }

    #[test]
    fn a_network_that_had_wpa3_is_not_joined_with_less() {
        let mut floors = Floors::default();
        assert!(floors.of(b"castle").allows(&selection(Some(Akm::PSK))));
        floors.raise(b"castle", Generation::Wpa3);
        floors.raise(b"castle", Generation::Wpa2);
        assert!(!floors.of(b"castle").allows(&selection(Some(Akm::PSK))));
        assert!(floors.of(b"castle").allows(&selection(Some(Akm::SAE))));
        assert!(floors.of(b"moat").allows(&selection(Some(Akm::PSK))));
    }

    #[test]
    fn a_disabled_transition_stays_disabled() {
        let mut floors = Floors::default();
        floors.disable(b"castle", 1);
        assert!(!floors.of(b"castle").allows(&selection(Some(Akm::PSK_SHA256))));
        assert!(floors.of(b"castle").allows(&selection(Some(Akm::SAE))));
        assert!(floors.of(b"castle").allows(&selection(None)));
        floors.disable(b"castle", 8);
        assert!(!floors.of(b"castle").allows(&selection(None)));
        assert!(!floors.of(b"castle").allows(&selection(Some(Akm::FT_PSK))));
    }
}
