//! Which network of those in reach, and which of its algorithms; and whether an access point has them.

mod offer;

pub(crate) use offer::hash_to_element;

use self::offer::{Facts, Offer, Suites};
use crate::memory::{Floor, Lenience};
use crate::profile::{ManagementProtection, Secret, SecurityFragment};
use crate::strength::{Authentication, Encryption, Strength};
use crate::suites::{self, GROUP};
use frame::{Akm, Cipher};
use ihv::{AuthAlgorithm, BssEntry, CipherAlgorithm, CipherSet, Policy};
use keys::suites::Credential;

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

    fn strength(&self, management_protection: bool, hash_to_element: bool) -> Strength {
        let by_sae = self.akm.and_then(suites::credential) == Some(Credential::Sae);
        Strength {
            authentication: match (self.akm, self.ciphers) {
                (Some(akm), _) => Authentication::of(akm),
                (None, Some(_)) => Authentication::Wep,
                (None, None) => Authentication::Open,
            },
            encryption: self
                .ciphers
                .map_or(Encryption::None, |ciphers| Encryption::of(ciphers.pairwise)),
            management_protection,
            hash_to_element: hash_to_element && by_sae,
        }
    }
}

/// What every access point of a connection has to have besides its selection: the host may go from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Demands {
    /// The profile or the AKM does not go without protected management frames.
    pub management_protection: bool,
    /// What the one has that the choice was made for: no other one may have less.
    pub strength: Strength,
    /// What the profile does not hold against the network.
    pub lenience: Lenience,
}

/// What the adapter and the past allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The adapter sends authentication frames of the extension's, without which SAE is the driver's.
    pub authentication_frames: bool,
    /// The adapter protects management frames.
    pub management_protection: bool,
    /// The ciphers that it has, if it says so.
    pub ciphers: Option<CipherSet>,
    /// What the network has promised or had.
    pub floor: Floor,
}

/// The best that any of these networks offers and that the profile, the adapter and the past allow, and what it demands
/// of all of them; among equals, that of the first network.
///
/// # Errors
/// Why nothing of all that is offered will do: the reason that is nearest to success.
pub(crate) fn select(
    fragment: &SecurityFragment,
    limits: Limits,
    connectable: &[BssEntry],
) -> Result<(Selection, Demands), Policy> {
    let lenience = limits.floor.lenience(fragment);
    let limits = Limits {
        floor: limits.floor.lowered(lenience),
        ..limits
    };
    let mut best: Option<(Rank, Selection, Demands)> = None;
    let mut objection = Objection::NothingInCommon;
    for candidate in connectable.iter().flat_map(|bss| candidates(fragment, bss)) {
        let selection = candidate.selection;
        let management_protection = fragment.management_protection() == ManagementProtection::Required
            || selection.akm.is_some_and(suites::demands_management_protection);
        match candidate.check(fragment, &limits, management_protection) {
            Ok(strength) => {
                let rank = candidate.rank(&strength);
                if best.as_ref().is_none_or(|(better, ..)| rank < *better) {
                    let demands = Demands {
                        management_protection,
                        strength,
                        lenience,
                    };
                    best = Some((rank, selection, demands));
                }
            }
            Err(worse) => objection = objection.max(worse),
        }
    }
    best.map(|(_, selection, demands)| (selection, demands))
        .ok_or(objection.policy())
}

/// What an association with an access point of these elements would be worth, by a selection that was made for another
/// one, perhaps.
///
/// # Errors
/// What it lacks.
pub(crate) fn judge(
    selection: &Selection,
    demands: &Demands,
    limits: &Limits,
    elements: &[u8],
) -> Result<Strength, Policy> {
    let facts = match (Offer::of(elements), selection.akm) {
        (Offer::Suites(offered), Some(akm)) if offered.akms.contains(akm) => offered.facts,
        (Offer::None, None) => Facts::default(),
        _ => return Err(Policy::NoCommonSecurity),
    };
    let limits = Limits {
        floor: limits.floor.lowered(demands.lenience),
        ..*limits
    };
    let strength =
        weigh(selection, facts, demands.management_protection, &limits).map_err(|objection| objection.policy())?;
    match strength.reaches(&demands.strength) {
        true => Ok(strength),
        false => Err(Policy::Downgrade),
    }
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

impl Objection {
    const fn policy(self) -> Policy {
        match self {
            Self::NothingInCommon => Policy::NoCommonSecurity,
            Self::Legacy => Policy::Legacy,
            Self::WeakCipher => Policy::WeakCipher,
            Self::ManagementProtection => Policy::ManagementProtection,
            Self::Downgrade => Policy::Downgrade,
        }
    }
}

/// What an association of this kind is worth, or what is against it, whatever the secret.
fn weigh(
    selection: &Selection,
    facts: Facts,
    demands_management_protection: bool,
    limits: &Limits,
) -> Result<Strength, Objection> {
    let has = |cipher| limits.ciphers.is_none_or(|ciphers| ciphers.has(cipher));
    if selection
        .ciphers
        .is_some_and(|ciphers| !has(ciphers.pairwise) || !has(ciphers.group))
    {
        return Err(Objection::NothingInCommon);
    }
    let able = limits.management_protection && facts.management.is_none_or(has);
    let management = facts.management.filter(|_| able);
    if selection.akm.is_some_and(suites::demands_hash_to_element) && !facts.hash_to_element {
        return Err(Objection::NothingInCommon);
    }
    if let (Some(akm), Some(ciphers)) = (selection.akm, selection.ciphers)
        && !(suites::fits_cipher(akm, ciphers.pairwise)
            && suites::fits_group(akm, ciphers.group)
            && management.is_none_or(|cipher| suites::fits_management(akm, cipher)))
    {
        return Err(Objection::WeakCipher);
    }
    if (facts.demands_management_protection && !able) || (demands_management_protection && management.is_none()) {
        return Err(Objection::ManagementProtection);
    }
    let strength = selection.strength(management.is_some(), facts.hash_to_element);
    match limits.floor.allows(selection, &strength) {
        true => Ok(strength),
        false => Err(Objection::Downgrade),
    }
}

/// The place of a candidate in the order of preference: that of its AKM, of its pairwise cipher and of its group cipher,
/// then whether it lacks what it might have. The lower, the better.
type Rank = (usize, usize, usize, bool, bool);

/// One way to associate with a network, its place in the order of preference, and what speaks for or against it.
struct Candidate {
    selection: Selection,
    akm_rank: usize,
    cipher_rank: usize,
    group_rank: usize,
    facts: Facts,
    allowed: bool,
}

impl Candidate {
    fn rank(&self, strength: &Strength) -> Rank {
        (
            self.akm_rank,
            self.cipher_rank,
            self.group_rank,
            !strength.management_protection,
            !strength.hash_to_element,
        )
    }

    fn check(
        &self,
        fragment: &SecurityFragment,
        limits: &Limits,
        demands_management_protection: bool,
    ) -> Result<Strength, Objection> {
        if !self.allowed {
            return Err(Objection::Legacy);
        }
        let strength = weigh(&self.selection, self.facts, demands_management_protection, limits)?;
        let by_sae = self.selection.akm.and_then(suites::credential) == Some(Credential::Sae);
        // A PMK of SAE's is that of an exchange which the driver has made; a password is for one of ours.
        let by_driver = matches!(fragment.secret(), Secret::Pmk(_));
        match by_sae && limits.authentication_frames == by_driver {
            true => Err(Objection::NothingInCommon),
            false => Ok(strength),
        }
    }
}

/// All ways to associate with a network that go with the secret.
fn candidates(fragment: &SecurityFragment, bss: &BssEntry) -> Vec<Candidate> {
    match Offer::of(bss.elements()) {
        Offer::Suites(offered) => offers(fragment, &offered),
        Offer::None => unprotected(fragment, bss).into_iter().collect(),
        Offer::Unknown => Vec::new(),
    }
}

/// All suites of an element that go with the secret.
fn offers(fragment: &SecurityFragment, offered: &Suites<'_>) -> Vec<Candidate> {
    let mut list = Vec::new();
    let group = offered.group;
    let Some(group_rank) = GROUP.iter().position(|known| *known == group) else {
        return list;
    };
    for (akm_rank, akm) in suites::of_secret(fragment.secret()).iter().copied().enumerate() {
        if !offered.akms.contains(akm) {
            continue;
        }
        for (cipher_rank, pairwise) in suites::PAIRWISE.into_iter().enumerate() {
            if !offered.pairwise.contains(pairwise) {
                continue;
            }
            list.push(Candidate {
                selection: Selection {
                    akm: Some(akm),
                    ciphers: Some(Ciphers { pairwise, group }),
                },
                akm_rank,
                cipher_rank,
                group_rank,
                facts: offered.facts,
                allowed: fragment.akms().any(|allowed| allowed == akm)
                    && fragment.pairwise().any(|allowed| allowed == pairwise)
                    // What no wish makes good is refused for that.
                    && (fragment.allows_group(group) || !suites::fits_group(akm, group)),
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
        group_rank: 0,
        facts: Facts::default(),
        allowed,
    })
}

#[cfg(test)]
mod tests;
