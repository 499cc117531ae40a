//! What the extension remembers of networks: the PMKSAs that it has with their access points, and how strong
//! their protection was.

mod stored;

pub use stored::StoredError;

use crate::profile::SecurityFragment;
use crate::select::Selection;
use crate::strength::{Authentication, Encryption, Strength};
use crate::suites;
use frame::Akm;
use keys::suites::Credential;
use std::collections::BTreeMap;

/// What a network is not to fall below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floor {
    /// What its last successful association had.
    pub strength: Strength,
    /// What it has said that it will not offer any more (Wi-Fi Alliance WPA3 specification, 8).
    pub disabled: Disabled,
}

/// How much of what is remembered of its network a profile does not hold against it; the later, the more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lenience {
    None,
    /// It names pairwise ciphers, all of them weaker than the last one.
    Encryption,
    /// It names AKM suites, all of them weaker than the last one: whoever asks for that knows what he asks for.
    Authentication,
    /// It says so, whatever the network has promised.
    Everything,
}

impl Floor {
    /// Of a network that nothing is known of.
    pub(crate) const NONE: Self = Self {
        strength: Strength::NONE,
        disabled: Disabled(0),
    };

    /// Whether an association of this kind is not below it.
    pub(crate) fn allows(&self, selection: &Selection, strength: &Strength) -> bool {
        strength.reaches(&self.strength) && !self.disabled.covers(selection, strength)
    }

    /// What of it a profile does not ask for. A list in which anything is as strong as the network was says nothing of
    /// the weaker rest of it: that is for networks that never had more.
    pub(crate) fn lenience(&self, fragment: &SecurityFragment) -> Lenience {
        let akms = fragment.named_akms();
        let ciphers = fragment.named_pairwise();
        let Strength {
            authentication,
            encryption,
            ..
        } = self.strength;
        if fragment.allows_downgrade() {
            Lenience::Everything
        } else if !akms.is_empty() && akms.iter().all(|akm| Authentication::of(*akm) < authentication) {
            Lenience::Authentication
        } else if !ciphers.is_empty() && ciphers.iter().all(|cipher| Encryption::of(*cipher) < encryption) {
            Lenience::Encryption
        } else {
            Lenience::None
        }
    }

    /// What is left of it for a profile.
    pub(crate) fn lowered(self, lenience: Lenience) -> Self {
        match lenience {
            Lenience::None => self,
            Lenience::Encryption => Self {
                strength: Strength {
                    encryption: Encryption::None,
                    ..self.strength
                },
                ..self
            },
            Lenience::Authentication => Self {
                strength: Strength::NONE,
                ..self
            },
            Lenience::Everything => Self::NONE,
        }
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

    fn covers(self, selection: &Selection, strength: &Strength) -> bool {
        let has = |bit| self.0 & bit != 0;
        let personal = matches!(
            selection.akm,
            Some(Akm::PSK | Akm::PSK_SHA256 | Akm::PSK_SHA384 | Akm::FT_PSK | Akm::FT_PSK_SHA384 | Akm::WPA_PSK)
        );
        let users = selection.akm.and_then(suites::credential) == Some(Credential::Eap);
        let enterprise =
            matches!(selection.akm, Some(Akm::EAP | Akm::WPA_EAP)) || (users && !strength.management_protection);
        // Neither mode goes with TKIP or WEP, for whatever they are.
        let broken = selection.ciphers.is_some_and(|ciphers| {
            selection.akm.is_none()
                || suites::is_legacy_cipher(ciphers.pairwise)
                || suites::is_legacy_cipher(ciphers.group)
        });
        (has(Self::PERSONAL) && (personal || broken))
            || (has(Self::ENTERPRISE) && (enterprise || broken))
            || (has(Self::OPEN) && selection.akm.is_none())
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

    /// An association of this strength has succeeded, by a profile that held no more than this against the network. It
    /// is less than the one before only if somebody has asked for that.
    pub(crate) fn succeeded(&mut self, ssid: &[u8], strength: Strength, lenience: Lenience) {
        if let Some(floor) = self.floor(ssid) {
            floor.strength = strength;
            if lenience == Lenience::Everything {
                floor.disabled = Disabled(0);
            }
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
    use crate::profile::Secret;
    use crate::select::Ciphers;
    use frame::Cipher;
    use keys::Passphrase;

    fn selection(akm: Option<Akm>) -> Selection {
        Selection {
            akm,
            ciphers: akm.map(|_| Ciphers {
                pairwise: Cipher::CCMP_128,
                group: Cipher::CCMP_128,
            }),
        }
    }

    fn strength(akm: Akm) -> Strength {
        Strength {
            authentication: Authentication::of(akm),
            encryption: Encryption::Bits128,
            management_protection: true,
            hash_to_element: false,
        }
    }

    fn allows(floor: Floor, akm: Akm) -> bool {
        floor.allows(&selection(Some(akm)), &strength(akm))
    }

    fn passphrase() -> SecurityFragment {
        SecurityFragment::new(Secret::Passphrase(Passphrase::new(b"open sesame").unwrap()))
    }

    #[test]
    fn a_network_is_not_joined_with_less_than_its_last_association_had() {
        let mut floors = Floors::default();
        assert!(allows(floors.of(b"castle"), Akm::PSK));
        floors.succeeded(b"castle", strength(Akm::SAE), Lenience::None);
        assert!(!allows(floors.of(b"castle"), Akm::PSK));
        assert!(allows(floors.of(b"castle"), Akm::SAE_EXT_KEY));
        assert!(allows(floors.of(b"moat"), Akm::PSK));
        // Somebody has asked for it.
        floors.succeeded(b"castle", strength(Akm::PSK), Lenience::Authentication);
        assert!(allows(floors.of(b"castle"), Akm::PSK));
    }

    #[test]
    fn what_was_named_is_asked_for_only_if_all_of_it_is_weaker() {
        let floor = Floor {
            strength: strength(Akm::SAE),
            ..Floor::NONE
        };
        let named = |akms: &[Akm]| floor.lenience(&passphrase().with_akms(akms));
        assert_eq!(named(&[]), Lenience::None);
        assert_eq!(named(&[Akm::SAE, Akm::PSK]), Lenience::None);
        assert_eq!(named(&[Akm::PSK_SHA256, Akm::PSK]), Lenience::Authentication);
        let ciphers = |ciphers: &[Cipher]| floor.lenience(&passphrase().with_pairwise(ciphers));
        assert_eq!(ciphers(&[Cipher::CCMP_128]), Lenience::None);
        assert_eq!(ciphers(&[Cipher::TKIP]), Lenience::Encryption);
        assert!(!allows(floor.lowered(Lenience::Encryption), Akm::PSK));
    }

    #[test]
    fn a_promise_holds_for_who_names_a_suite_and_not_for_who_takes_whatever_there_is() {
        let floor = Floor {
            strength: strength(Akm::SAE),
            disabled: Disabled(Disabled::PERSONAL),
        };
        let named = floor.lenience(&passphrase().with_akms(&[Akm::PSK]));
        assert!(!allows(floor.lowered(named), Akm::PSK));
        let anything = floor.lenience(&passphrase().with_downgrade(true));
        assert!(allows(floor.lowered(anything), Akm::PSK));
        let mut floors = Floors::default();
        floors.disable(b"castle", Disabled::PERSONAL);
        floors.succeeded(b"castle", strength(Akm::PSK), anything);
        assert!(allows(floors.of(b"castle"), Akm::PSK));
    }

    #[test]
    fn a_disabled_transition_stays_disabled() {
        let mut floors = Floors::default();
        floors.disable(b"castle", Disabled::PERSONAL);
        let personal = floors.of(b"castle");
        for akm in [
            Akm::PSK,
            Akm::PSK_SHA256,
            Akm::PSK_SHA384,
            Akm::FT_PSK,
            Akm::FT_PSK_SHA384,
        ] {
            assert!(!allows(personal, akm), "{akm}");
        }
        assert!(allows(personal, Akm::SAE));
        assert!(personal.allows(&selection(None), &Strength::NONE));
        floors.disable(b"castle", Disabled::OPEN);
        assert!(!floors.of(b"castle").allows(&selection(None), &Strength::NONE));
        assert!(!allows(floors.of(b"castle"), Akm::FT_PSK));
    }

    #[test]
    fn a_network_of_wpa3_enterprise_alone_has_neither_sha_1_nor_unprotected_management_frames_nor_tkip() {
        let floor = Floor {
            disabled: Disabled(Disabled::ENTERPRISE),
            ..Floor::NONE
        };
        assert!(allows(floor, Akm::EAP_SHA256) && allows(floor, Akm::FT_EAP) && !allows(floor, Akm::EAP));
        let unprotected = Strength {
            management_protection: false,
            ..strength(Akm::EAP_SHA256)
        };
        assert!(!floor.allows(&selection(Some(Akm::EAP_SHA256)), &unprotected));
        // It says nothing of networks without users.
        assert!(floor.allows(&selection(Some(Akm::PSK)), &unprotected));
        let mixed = Selection {
            akm: Some(Akm::EAP_SHA256),
            ciphers: Some(Ciphers {
                pairwise: Cipher::CCMP_128,
                group: Cipher::TKIP,
            }),
        };
        assert!(!floor.allows(&mixed, &strength(Akm::EAP_SHA256)));
    }
}
