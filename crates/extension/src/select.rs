//! Which network of those in reach, and which of its algorithms.

use crate::memory::Floor;
use crate::profile::{ManagementProtection, Secret, SecurityFragment};
use crate::suites::{self, GROUP, Generation};
use frame::element::{self, id};
use frame::rsne::{self, RsnCapabilities, Rsne};
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, SuiteList};
use ihv::{AuthAlgorithm, BssEntry, CipherAlgorithm, Policy};

/// What to associate with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// `None` for a network without an AKM: WEP, or open.
    pub akm: Option<Akm>,
    /// `None` for an open network.
    pub ciphers: Option<Ciphers>,
}

/// What protects data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ciphers {
    pub pairwise: Cipher,
    pub group: Cipher,
}

impl Selection {
    const OPEN: Self = Self {
        akm: None,
        ciphers: None,
    };

    /// The algorithm of the association, as the host numbers it.
    pub(crate) fn auth(&self) -> AuthAlgorithm {
        self.akm.map_or(AuthAlgorithm::OPEN, AuthAlgorithm::of_akm)
    }

    pub(crate) fn unicast(&self) -> CipherAlgorithm {
        self.ciphers.map_or(CipherAlgorithm::NONE, |ciphers| {
            CipherAlgorithm::of_cipher(ciphers.pairwise)
        })
    }

    pub(crate) fn multicast(&self) -> CipherAlgorithm {
        self.ciphers.map_or(CipherAlgorithm::NONE, |ciphers| {
            CipherAlgorithm::of_cipher(ciphers.group)
        })
    }

    pub(crate) fn generation(&self) -> Generation {
        match self.ciphers {
            Some(ciphers) => Generation::of(self.akm, ciphers.pairwise),
            None => Generation::Open,
        }
    }
}

/// What the adapter and the past allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The adapter sends authentication frames of the extension's, without which SAE is the driver's.
    pub authentication_frames: bool,
    /// The adapter protects management frames.
    pub management_protection: bool,
    /// What the network has promised or had.
    pub floor: Floor,
}

/// The best that any of these networks offers and that the profile, the adapter and the past allow; among
/// equals, that of the first network.
///
/// # Errors
/// Why nothing of all that is offered will do: the reason that is nearest to success.
pub(crate) fn select(
    fragment: &SecurityFragment,
    limits: Limits,
    connectable: &[BssEntry],
) -> Result<Selection, Policy> {
    let mut best: Option<(usize, usize, Selection)> = None;
    let mut objection = Objection::NothingInCommon;
    for bss in connectable {
        for candidate in candidates(fragment, bss) {
            match candidate.check(fragment, limits) {
                Ok(()) => {
                    let rank = (candidate.akm_rank, candidate.cipher_rank);
                    if best.is_none_or(|(akm, cipher, _)| rank < (akm, cipher)) {
                        best = Some((rank.0, rank.1, candidate.selection));
                    }
                }
                Err(worse) => objection = objection.max(worse),
            }
        }
    }
    best.map(|(_, _, selection)| selection).ok_or(match objection {
        Objection::NothingInCommon => Policy::NoCommonSecurity,
        Objection::Legacy => Policy::Legacy,
        Objection::WeakCipher => Policy::WeakCipher,
        Objection::ManagementProtection => Policy::ManagementProtection,
        Objection::Downgrade => Policy::Downgrade,
    })
}

/// What is against a candidate; the later, the nearer it came to being chosen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Objection {
    NothingInCommon,
    Legacy,
    WeakCipher,
    ManagementProtection,
    Downgrade,
}

/// One way to associate with a network, its place in the order of preference, and what speaks for or against it.
struct Candidate {
    selection: Selection,
    akm_rank: usize,
    cipher_rank: usize,
    capabilities: RsnCapabilities,
    allowed: bool,
}

impl Candidate {
    fn check(&self, fragment: &SecurityFragment, limits: Limits) -> Result<(), Objection> {
        let Selection { akm, ciphers } = self.selection;
        if !self.allowed {
            return Err(Objection::Legacy);
        }
        if let (Some(akm), Some(ciphers)) = (akm, ciphers)
            && !suites::fits_cipher(akm, ciphers.pairwise)
        {
            return Err(Objection::WeakCipher);
        }
        let demanded = fragment.management_protection() == ManagementProtection::Required
            || akm.is_some_and(suites::demands_management_protection);
        let ours = limits.management_protection;
        if (self.capabilities.mfpr() && !ours) || (demanded && !(ours && self.capabilities.mfpc())) {
            return Err(Objection::ManagementProtection);
        }
        // Whoever names an AKM knows what he asks for.
        if !fragment.names_akms() && !limits.floor.allows(&self.selection) {
            return Err(Objection::Downgrade);
        }
        let by_sae = akm.and_then(suites::credential) == Some(keys::suites::Credential::Sae);
        // A PMK of SAE's is that of an exchange which the driver has made; a password is for one of ours.
        let by_driver = matches!(fragment.secret(), Secret::Pmk(_));
        match by_sae && limits.authentication_frames == by_driver {
            true => Err(Objection::NothingInCommon),
            false => Ok(()),
        }
    }
}

/// All ways to associate with a network that go with the secret.
fn candidates(fragment: &SecurityFragment, bss: &BssEntry) -> Vec<Candidate> {
    let rsne = bss
        .element(id::RSN)
        .and_then(|element| Rsne::parse(element.get(2..)?).ok());
    if let Some(offered) = rsne {
        return match offered.version {
            rsne::VERSION => offers(
                fragment,
                offered.akms_or_default(),
                offered.pairwise_or_default(),
                offered.group_cipher_or_default(),
                offered.capabilities_or_default(),
            ),
            _ => Vec::new(),
        };
    }
    if let Some(offered) = wpa(bss) {
        return offers(
            fragment,
            offered.akms.unwrap_or(SuiteList::new(&[Akm::WPA_EAP])),
            offered.pairwise.unwrap_or(SuiteList::new(&[Cipher::WPA_TKIP])),
            offered.group_cipher.unwrap_or(Cipher::WPA_TKIP),
            RsnCapabilities::default(),
        );
    }
    unprotected(fragment, bss).into_iter().collect()
}

/// The WPA element of a network that has one.
pub(crate) fn wpa(bss: &BssEntry) -> Option<WpaElement<'_>> {
    element::elements(bss.elements())
        .map_while(Result::ok)
        .filter(|element| element.id == id::VENDOR_SPECIFIC)
        .find_map(|element| WpaElement::parse(element.body).ok())
}

/// All suites of an element that go with the secret.
fn offers(
    fragment: &SecurityFragment,
    akms: SuiteList<'_, Akm>,
    pairwise: SuiteList<'_, Cipher>,
    group: Cipher,
    capabilities: RsnCapabilities,
) -> Vec<Candidate> {
    let mut list = Vec::new();
    if !GROUP.contains(&group) {
        return list;
    }
    for (akm_rank, akm) in suites::of_secret(fragment.secret()).iter().copied().enumerate() {
        if !akms.contains(akm) {
            continue;
        }
        for (cipher_rank, cipher) in suites::PAIRWISE.into_iter().enumerate() {
            if !pairwise.contains(cipher) {
                continue;
            }
            list.push(Candidate {
                selection: Selection {
                    akm: Some(akm),
                    ciphers: Some(Ciphers {
                        pairwise: cipher,
                        group,
                    }),
                },
                akm_rank,
                cipher_rank,
                capabilities,
                allowed: fragment.akms().any(|allowed| allowed == akm)
                    && fragment.pairwise().any(|allowed| allowed == cipher),
            });
        }
    }
    list
}

/// A network without an AKM: of WEP if its beacon says that data is encrypted, else open.
fn unprotected(fragment: &SecurityFragment, bss: &BssEntry) -> Option<Candidate> {
    const PRIVACY: u8 = 0x10;
    let privacy = bss.beacon.get(10).is_some_and(|capability| capability & PRIVACY != 0);
    let (selection, allowed) = match (fragment.secret(), privacy) {
        (Secret::Wep(key), true) => {
            let cipher = match key.as_bytes().len() {
                5 => Cipher::WEP_40,
                _ => Cipher::WEP_104,
            };
            let ciphers = Some(Ciphers {
                pairwise: cipher,
                group: cipher,
            });
            (Selection { akm: None, ciphers }, fragment.allows_legacy())
        }
        // A secret is for a network that wants one.
        (Secret::None, false) => (Selection::OPEN, fragment.allows_open()),
        (_, false) => (Selection::OPEN, false),
        (_, true) => return None,
    };
    Some(Candidate {
        selection,
        // Behind everything that has an AKM.
        akm_rank: usize::MAX,
        cipher_rank: 0,
        capabilities: RsnCapabilities::default(),
        allowed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::{Emit, MacAddress};
    use keys::{Passphrase, Pmk, Psk};

    struct Network {
        akms: &'static [Akm],
        pairwise: &'static [Cipher],
        group: Cipher,
        mfpc: bool,
        mfpr: bool,
    }

    const WPA2: Network = Network {
        akms: &[Akm::PSK],
        pairwise: &[Cipher::CCMP_128],
        group: Cipher::CCMP_128,
        mfpc: false,
        mfpr: false,
    };
    const WPA3: Network = Network {
        akms: &[Akm::SAE],
        mfpc: true,
        mfpr: true,
        ..WPA2
    };

    fn bss(network: &Network) -> BssEntry {
        let rsne = Rsne {
            group_cipher: Some(network.group),
            pairwise: Some(SuiteList::new(network.pairwise)),
            akms: Some(SuiteList::new(network.akms)),
            capabilities: Some(
                RsnCapabilities::default()
                    .with_mfpc(network.mfpc)
                    .with_mfpr(network.mfpr),
            ),
            ..Rsne::default()
        };
        with_elements(0x11, &rsne.to_vec().unwrap())
    }

    fn with_elements(capability: u8, elements: &[u8]) -> BssEntry {
        let mut beacon = vec![0; 12];
        beacon[10] = capability;
        beacon.extend(elements);
        BssEntry {
            bssid: MacAddress([2; 6]),
            frequency: 2412,
            rssi: -40,
            beacon: beacon.into(),
        }
    }

    const LIMITS: Limits = Limits {
        authentication_frames: true,
        management_protection: true,
        floor: Floor::NONE,
    };

    fn psk() -> SecurityFragment {
        SecurityFragment::new(Secret::Psk(Psk::new([7; 32])))
    }

    fn passphrase() -> SecurityFragment {
        SecurityFragment::new(Secret::Passphrase(Passphrase::new(b"correct horse").unwrap()))
    }

    fn choice(fragment: &SecurityFragment, networks: &[Network]) -> Result<(Option<Akm>, Option<Cipher>), Policy> {
        let list: Vec<_> = networks.iter().map(bss).collect();
        select(fragment, LIMITS, &list)
            .map(|selection| (selection.akm, selection.ciphers.map(|ciphers| ciphers.pairwise)))
    }

    #[test]
    fn the_strongest_that_both_sides_have_is_taken() {
        let network = Network {
            akms: &[Akm::PSK, Akm::PSK_SHA256],
            pairwise: &[Cipher::CCMP_128, Cipher::GCMP_256],
            ..WPA2
        };
        assert_eq!(
            choice(&psk(), &[network]),
            Ok((Some(Akm::PSK_SHA256), Some(Cipher::GCMP_256)))
        );
    }

    #[test]
    fn the_strongest_of_several_access_points_is_taken_though_a_weaker_one_is_nearer() {
        assert_eq!(
            choice(&passphrase(), &[WPA2, WPA3]),
            Ok((Some(Akm::SAE), Some(Cipher::CCMP_128)))
        );
    }

    #[test]
    fn a_key_is_no_password_for_sae() {
        assert_eq!(choice(&psk(), &[WPA3]), Err(Policy::NoCommonSecurity));
        assert_eq!(
            choice(&psk(), &[WPA3, WPA2]),
            Ok((Some(Akm::PSK), Some(Cipher::CCMP_128)))
        );
    }

    #[test]
    fn sae_is_ours_with_a_password_and_the_drivers_with_a_key_that_it_has_agreed_on() {
        let password = passphrase();
        let key = SecurityFragment::new(Secret::Pmk(Pmk::new(&[1; 32]).unwrap()));
        let driver = Limits {
            authentication_frames: false,
            ..LIMITS
        };
        let network = [bss(&WPA3)];
        let akm = |limits, fragment| select(fragment, limits, &network).map(|selection| selection.akm);
        assert_eq!(akm(LIMITS, &password), Ok(Some(Akm::SAE)));
        assert_eq!(akm(LIMITS, &key), Err(Policy::NoCommonSecurity));
        assert_eq!(akm(driver, &key), Ok(Some(Akm::SAE)));
        assert_eq!(akm(driver, &password), Err(Policy::NoCommonSecurity));
    }

    #[test]
    fn wpa3_without_protected_management_frames_is_refused() {
        let unprotected = Network {
            mfpc: false,
            mfpr: false,
            ..WPA3
        };
        assert_eq!(choice(&passphrase(), &[unprotected]), Err(Policy::ManagementProtection));
        let demanded = psk().with_management_protection(ManagementProtection::Required);
        assert_eq!(choice(&demanded, &[WPA2]), Err(Policy::ManagementProtection));
        let mut unable = LIMITS;
        unable.management_protection = false;
        assert_eq!(
            select(&passphrase(), unable, &[bss(&WPA3)]),
            Err(Policy::ManagementProtection)
        );
    }

    #[test]
    fn a_suite_of_192_bits_with_a_128_bit_cipher_is_refused_for_its_cipher() {
        let secret = || Secret::Pmk(Pmk::new(&[1; 48]).unwrap());
        let weak = Network {
            akms: &[Akm::EAP_SUITE_B_192],
            mfpc: true,
            ..WPA2
        };
        assert_eq!(
            choice(&SecurityFragment::new(secret()), &[weak]),
            Err(Policy::WeakCipher)
        );
        let strong = Network {
            akms: &[Akm::EAP_SUITE_B_192],
            pairwise: &[Cipher::CCMP_128, Cipher::GCMP_256],
            group: Cipher::GCMP_256,
            mfpc: true,
            mfpr: true,
        };
        assert_eq!(
            choice(&SecurityFragment::new(secret()), &[strong]),
            Ok((Some(Akm::EAP_SUITE_B_192), Some(Cipher::GCMP_256)))
        );
    }

    #[test]
    fn what_is_broken_is_taken_only_when_the_profile_asks() {
        let tkip = || Network {
            pairwise: &[Cipher::TKIP],
            group: Cipher::TKIP,
            ..WPA2
        };
        assert_eq!(choice(&psk(), &[tkip()]), Err(Policy::Legacy));
        assert_eq!(
            choice(&psk().with_legacy(true), &[tkip()]),
            Ok((Some(Akm::PSK), Some(Cipher::TKIP)))
        );
        let open = with_elements(1, &[]);
        let none = || SecurityFragment::new(Secret::None);
        let list = core::slice::from_ref(&open);
        assert_eq!(select(&none(), LIMITS, list), Err(Policy::Legacy));
        assert_eq!(select(&none().with_open(true), LIMITS, list), Ok(Selection::OPEN));
        assert_eq!(select(&psk().with_open(true), LIMITS, list), Err(Policy::Legacy));
    }

    #[test]
    fn a_network_does_not_fall_below_what_it_had_unless_it_is_named() {
        let mut limits = LIMITS;
        limits.floor = Floor {
            generation: Generation::Wpa3,
            ..Floor::NONE
        };
        let list = [bss(&WPA2)];
        assert_eq!(select(&passphrase(), limits, &list), Err(Policy::Downgrade));
        let named = passphrase().with_akms(&[Akm::PSK]);
        assert!(select(&named, limits, &list).is_ok());
    }

    #[test]
    fn a_group_cipher_without_protection_is_passed_over() {
        let wep = Network {
            group: Cipher::WEP_40,
            ..WPA2
        };
        assert_eq!(choice(&psk(), &[wep]), Err(Policy::NoCommonSecurity));
    }
}
