//! What an access point offers, by the elements of its beacons.

use frame::element::{self, id};
use frame::rsne::{self, RsnCapabilities, Rsne};
use frame::rsnxe::Rsnxe;
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, SuiteList};

/// See the module.
pub(super) enum Offer<'a> {
    /// Suites, to choose among.
    Suites(Suites<'a>),
    /// Nothing but what the capability field tells of WEP.
    None,
    /// Something that is not understood here, and is not to be taken for nothing.
    Unknown,
}

/// The suites of an RSNE, or of a WPA element where there is no RSNE.
pub(super) struct Suites<'a> {
    pub akms: SuiteList<'a, Akm>,
    pub pairwise: SuiteList<'a, Cipher>,
    pub group: Cipher,
    pub facts: Facts,
}

/// What else there is, whatever the suites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// The cipher of group addressed management frames, where management frames can be protected.
    pub management: Option<Cipher>,
    /// Management frames have to be protected.
    pub demands_management_protection: bool,
    /// SAE by hash-to-element.
    pub hash_to_element: bool,
}

impl<'a> Offer<'a> {
    pub(super) fn of(elements: &'a [u8]) -> Self {
        let Ok(rsne) = element::find(elements, id::RSN) else {
            return Self::Unknown;
        };
        if let Some(element) = rsne {
            return match Rsne::parse(element.body) {
                Ok(offered) if offered.version == rsne::VERSION => Self::Suites(rsn(&offered, elements)),
                _ => Self::Unknown,
            };
        }
        match wpa(elements) {
            Some(offered) => Self::Suites(Suites {
                akms: offered.akms.unwrap_or(SuiteList::new(&[Akm::WPA_EAP])),
                pairwise: offered.pairwise.unwrap_or(SuiteList::new(&[Cipher::WPA_TKIP])),
                group: offered.group_cipher.unwrap_or(Cipher::WPA_TKIP),
                facts: Facts::default(),
            }),
            None => Self::None,
        }
    }
}

fn rsn<'a>(offered: &Rsne<'a>, elements: &[u8]) -> Suites<'a> {
    let capabilities: RsnCapabilities = offered.capabilities_or_default();
    Suites {
        akms: offered.akms_or_default(),
        pairwise: offered.pairwise_or_default(),
        group: offered.group_cipher_or_default(),
        facts: Facts {
            management: offered
                .group_management_cipher_or_default()
                .filter(|_| capabilities.mfpc()),
            demands_management_protection: capabilities.mfpr(),
            hash_to_element: hash_to_element(elements),
        },
    }
}

/// Whether an access point with these elements has SAE by hash-to-element.
pub(crate) fn hash_to_element(elements: &[u8]) -> bool {
    element::find(elements, id::RSN_EXTENSION)
        .ok()
        .flatten()
        .and_then(|element| Rsnxe::parse(element.body).ok())
        .is_some_and(|rsnxe| rsnxe.sae_h2e())
}

/// The WPA element of a network that has one.
fn wpa(elements: &[u8]) -> Option<WpaElement<'_>> {
    element::elements(elements)
        .map_while(Result::ok)
        .filter(|element| element.id == id::VENDOR_SPECIFIC)
        .find_map(|element| WpaElement::parse(element.body).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Emit;

    #[test]
    fn an_rsne_that_is_not_understood_is_not_taken_for_none() {
        let good = Rsne::default().to_vec().unwrap();
        assert!(matches!(Offer::of(&good), Offer::Suites(_)));
        assert!(matches!(Offer::of(&[]), Offer::None));
        let later = Rsne {
            version: 2,
            ..Rsne::default()
        };
        assert!(matches!(Offer::of(&later.to_vec().unwrap()), Offer::Unknown));
        assert!(matches!(Offer::of(&[id::RSN, 1, 1]), Offer::Unknown));
        assert!(matches!(Offer::of(&good[..good.len() - 1]), Offer::Unknown));
    }

    #[test]
    fn there_is_no_cipher_for_management_frames_that_cannot_be_protected() {
        let element = |mfpc| {
            Rsne {
                capabilities: Some(RsnCapabilities::default().with_mfpc(mfpc)),
                pmkids: Some(&[]),
                group_management_cipher: Some(Cipher::BIP_GMAC_256),
                ..Rsne::default()
            }
            .to_vec()
            .unwrap()
        };
        for (mfpc, expected) in [(true, Some(Cipher::BIP_GMAC_256)), (false, None)] {
            let elements = element(mfpc);
            let Offer::Suites(suites) = Offer::of(&elements) else {
                panic!("no suites");
            };
            assert_eq!(suites.facts.management, expected);
        }
    }
}
