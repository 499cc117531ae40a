//! Which network, and which of its algorithms.

use crate::profile::{AKMS, PAIRWISE, SecurityFragment};
use frame::element::id;
use frame::rsne::{self, Rsne};
use frame::{Akm, Cipher};
use ihv::BssEntry;

/// The group ciphers that the extension accepts beside any pairwise cipher. TKIP is one: many networks
/// still have a station that needs it.
const GROUP: [Cipher; 6] = [
    Cipher::GCMP_256,
    Cipher::CCMP_256,
    Cipher::GCMP_128,
    Cipher::CCMP_128,
    Cipher::TKIP,
    Cipher::GROUP_NOT_ALLOWED,
];

/// What to associate with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub akm: Akm,
    pub pairwise: Cipher,
    pub group: Cipher,
}

/// The best that the first of these networks offers that offers anything the profile allows.
pub(crate) fn select(fragment: &SecurityFragment, connectable: &[BssEntry]) -> Option<Selection> {
    connectable.iter().find_map(|bss| {
        let offered = Rsne::parse(bss.element(id::RSN)?.get(2..)?).ok()?;
        offer(fragment, &offered)
    })
}

fn offer(fragment: &SecurityFragment, offered: &Rsne<'_>) -> Option<Selection> {
    if offered.version != rsne::VERSION {
        return None;
    }
    let group = offered.group_cipher_or_default();
    let akm = AKMS
        .into_iter()
        .find(|akm| fragment.allows_akm(*akm) && offered.akms_or_default().contains(*akm))?;
    let pairwise = PAIRWISE
        .into_iter()
        .find(|cipher| fragment.allows_pairwise(*cipher) && offered.pairwise_or_default().contains(*cipher))?;
    GROUP.contains(&group).then_some(Selection { akm, pairwise, group })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Secret;
    use frame::{Emit, MacAddress, SuiteList};
    use keys::Psk;

    fn network(akms: &[Akm], pairwise: &[Cipher], group: Cipher) -> BssEntry {
        let rsne = Rsne {
            group_cipher: Some(group),
            pairwise: Some(SuiteList::new(pairwise)),
            akms: Some(SuiteList::new(akms)),
            ..Rsne::default()
        };
        let mut beacon = vec![0; 12];
        beacon.extend(rsne.to_vec().unwrap());
        BssEntry {
            bssid: MacAddress([2; 6]),
            frequency: 2412,
            rssi: -40,
            beacon: beacon.into(),
        }
    }

    fn fragment() -> SecurityFragment {
        SecurityFragment::new(Secret::Psk(Psk::new([7; 32])))
    }

    #[test]
    fn the_strongest_that_both_sides_have_is_taken() {
        let bss = network(
            &[Akm::PSK, Akm::PSK_SHA256],
            &[Cipher::CCMP_128, Cipher::GCMP_256],
            Cipher::CCMP_128,
        );
        assert_eq!(
            select(&fragment(), &[bss]),
            Some(Selection {
                akm: Akm::PSK_SHA256,
                pairwise: Cipher::GCMP_256,
                group: Cipher::CCMP_128
            })
        );
    }

    #[test]
    fn a_network_without_anything_in_common_is_passed_over() {
        let sae = network(&[Akm::SAE], &[Cipher::CCMP_128], Cipher::CCMP_128);
        let tkip = network(&[Akm::PSK], &[Cipher::TKIP], Cipher::TKIP);
        let wep = network(&[Akm::PSK], &[Cipher::CCMP_128], Cipher::WEP_40);
        assert_eq!(select(&fragment(), &[sae, tkip, wep]), None);
        let mixed = network(&[Akm::PSK], &[Cipher::TKIP, Cipher::CCMP_128], Cipher::TKIP);
        assert_eq!(
            select(&fragment(), &[mixed]),
            Some(Selection {
                akm: Akm::PSK,
                pairwise: Cipher::CCMP_128,
                group: Cipher::TKIP
            })
        );
    }
}
