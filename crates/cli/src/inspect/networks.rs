//! What access points announce of themselves, learnt from beacons and probe responses.

use std::collections::HashMap;

use frame::MacAddress;
use frame::dot11::Beacon;
use frame::owe_transition::OweTransition;

use super::elements::{Found, only_choice, only_choice_of_wpa, told_ssid};
use super::operation::{Negotiated, Twin};

/// Access points that are remembered; those not heard for longest make room.
const REMEMBERED: usize = 4096;

#[derive(Default)]
pub(super) struct Networks(HashMap<MacAddress, Network>);

/// A BSS.
#[derive(Default)]
pub(super) struct Network {
    pub(super) ssid: Option<Vec<u8>>,
    pub(super) announced: Option<Announced>,
    /// The network beside it, of which one is open and the other encrypts.
    pub(super) twin: Option<Twin>,
    /// A station was given a key for beacons.
    pub(super) protects_beacons: bool,
    heard: u64,
}

/// The elements that message 3 repeats: whole, header included, as they are compared octet by octet.
#[derive(Clone, Default)]
pub(super) struct Announced {
    pub(super) rsne: Option<Vec<u8>>,
    pub(super) rsnxe: Option<Vec<u8>>,
    pub(super) wpa: Option<Vec<u8>>,
}

impl Announced {
    /// What an access point leaves no choice about, for a capture without the station's own elements.
    pub(super) fn only_choice(&self) -> Option<Negotiated> {
        match &self.rsne {
            Some(rsne) => only_choice(rsne),
            None => self.wpa.as_deref().and_then(only_choice_of_wpa),
        }
    }
}

impl Networks {
    pub(super) fn get(&self, bssid: MacAddress) -> Option<&Network> {
        self.0.get(&bssid)
    }

    /// Notes that stations were given a key for beacons.
    pub(super) fn protect_beacons(&mut self, bssid: MacAddress) {
        if let Some(network) = self.0.get_mut(&bssid) {
            network.protects_beacons = true;
        }
    }

    /// Allocates only if something is new: most beacons say what the one before said.
    pub(super) fn learn(&mut self, bssid: MacAddress, frame: u64, beacon: &Beacon<'_>) {
        if self.0.len() == REMEMBERED && !self.0.contains_key(&bssid) {
            self.make_room();
        }
        let network = self.0.entry(bssid).or_default();
        network.heard = frame;
        let found = Found::among(beacon.elements);
        if let Some(ssid) = told_ssid(found.ssid) {
            replace(&mut network.ssid, Some(ssid));
        }
        let twin = OweTransition::find(beacon.elements).ok().flatten();
        if !is_twin(network.twin.as_ref(), twin.as_ref()) {
            network.twin = twin.map(|twin| Twin {
                bssid: twin.bssid,
                ssid: twin.ssid.to_vec(),
            });
        }
        let announced = network.announced.get_or_insert_default();
        replace(&mut announced.rsne, found.rsne.map(|element| element.bytes()));
        replace(&mut announced.rsnxe, found.rsnxe.map(|element| element.bytes()));
        replace(&mut announced.wpa, found.wpa.map(|element| element.bytes()));
    }

    /// Forgets the half not heard for longest, so that a flood of invented networks costs little for each.
    fn make_room(&mut self) {
        let mut heard: Vec<_> = self.0.values().map(|network| network.heard).collect();
        let (_, median, _) = heard.select_nth_unstable(REMEMBERED / 2);
        let median = *median;
        self.0.retain(|_, network| network.heard >= median);
    }
}

fn is_twin(known: Option<&Twin>, told: Option<&OweTransition<'_>>) -> bool {
    match (known, told) {
        (Some(known), Some(told)) => known.bssid == told.bssid && known.ssid == told.ssid,
        (None, None) => true,
        _ => false,
    }
}

fn replace(known: &mut Option<Vec<u8>>, told: Option<&[u8]>) {
    if known.as_deref() != told {
        *known = told.map(<[u8]>::to_vec);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::dot11::CapabilityInfo;

    fn beacon(elements: &[u8]) -> Beacon<'_> {
        Beacon {
            timestamp: 0,
            interval: 100,
            capability: CapabilityInfo::ESS,
            elements,
        }
    }

    #[test]
    fn a_name_stays_known_when_it_is_hidden_again() {
        let mut networks = Networks::default();
        let bssid = MacAddress([2; 6]);
        networks.learn(bssid, 1, &beacon(&[0, 2, b'h', b'i']));
        networks.learn(bssid, 2, &beacon(&[0, 2, 0, 0, 48, 2, 1, 0]));
        let network = networks.get(bssid).unwrap();
        assert_eq!(network.ssid.as_deref(), Some(&b"hi"[..]));
        assert_eq!(
            network.announced.as_ref().unwrap().rsne.as_deref(),
            Some(&[48, 2, 1, 0][..])
        );
    }

    #[test]
    fn the_networks_not_heard_for_longest_make_room() {
        let mut networks = Networks::default();
        let bssid = |index: usize| MacAddress([2, 0, 0, 0, (index >> 8) as u8, index as u8]);
        for index in 0..REMEMBERED {
            networks.learn(bssid(index), index as u64, &beacon(&[]));
        }
        networks.learn(bssid(0), REMEMBERED as u64, &beacon(&[]));
        networks.learn(bssid(REMEMBERED), REMEMBERED as u64 + 1, &beacon(&[]));
        for known in [0, REMEMBERED - 1, REMEMBERED] {
            assert!(networks.get(bssid(known)).is_some(), "{known}");
        }
        assert!(networks.get(bssid(1)).is_none());
        assert!(networks.0.len() < REMEMBERED);
    }
}
