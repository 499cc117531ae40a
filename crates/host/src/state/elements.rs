//! Which network to associate with, and what the request says about security.

use super::Algorithms;
use crate::adapter::{AssociateRequest, Authentication};
use crate::profile::NetworkProfile;
use frame::element::{self, id};
use frame::owe_transition::OweTransition;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, Emit, SuiteList};
use ihv::{AdapterCapabilities, BssEntry, CipherAlgorithm};

/// The networks of the profile's name (and address, if it names one) and those that encrypt in their place, the
/// strongest first.
pub(crate) fn connectable(profile: &NetworkProfile, seen: &[BssEntry]) -> Vec<BssEntry> {
    let named: Vec<&BssEntry> = named(profile, seen).collect();
    let in_place_of_one = |bss: &BssEntry| {
        named
            .iter()
            .filter_map(|open| encrypted_twin(open))
            .any(|twin| twin.bssid == bss.bssid && bss.ssid() == Some(twin.ssid))
    };
    let mut list: Vec<BssEntry> = seen
        .iter()
        .filter(|bss| in_place_of_one(bss))
        .chain(named.iter().copied())
        .cloned()
        .collect();
    list.sort_by_key(|bss| core::cmp::Reverse(bss.rssi));
    list
}

/// The name of a hidden network that encrypts in the place of one of the profile's, and has not been seen: it answers
/// only who asks for it by its name.
pub(crate) fn unseen_twin(profile: &NetworkProfile, seen: &[BssEntry]) -> Option<Vec<u8>> {
    let is_seen = |twin: &OweTransition<'_>| {
        seen.iter()
            .any(|bss| bss.bssid == twin.bssid && bss.ssid() == Some(twin.ssid))
    };
    named(profile, seen)
        .filter_map(encrypted_twin)
        .find(|twin| !is_seen(twin))
        .map(|twin| twin.ssid.to_vec())
}

fn named<'a>(profile: &'a NetworkProfile, seen: &'a [BssEntry]) -> impl Iterator<Item = &'a BssEntry> {
    seen.iter()
        .filter(|bss| profile.bssid.is_none_or(|bssid| bss.bssid == bssid))
        .filter(|bss| bss.ssid() == Some(&profile.ssid[..]))
}

/// The network that encrypts beside an open one. An encrypted network names the open one beside it, too, where nobody
/// wants to go.
fn encrypted_twin(open: &BssEntry) -> Option<OweTransition<'_>> {
    match open.element(id::RSN) {
        Some(_) => None,
        None => OweTransition::find(open.elements()).ok()?,
    }
}

/// The request to the strongest network that offers these algorithms, or `None` if none does. `adapter`: what that can do
/// to protect management frames.
pub(crate) fn choose(
    algorithms: Algorithms,
    adapter: &AdapterCapabilities,
    connectable: &[BssEntry],
) -> Option<AssociateRequest> {
    // Without an AKM the open one of two networks is meant, if there is one.
    let keyed = algorithms.auth.is_some_and(|auth| auth.akm().is_some());
    let is_meant = |bss: &&BssEntry| keyed || bss.element(id::RSN).is_none();
    let others = connectable.iter().filter(|bss| !is_meant(bss));
    connectable
        .iter()
        .filter(is_meant)
        .chain(others)
        .find_map(|bss| request(algorithms, adapter, bss))
}

fn request(algorithms: Algorithms, adapter: &AdapterCapabilities, bss: &BssEntry) -> Option<AssociateRequest> {
    let auth = algorithms.auth?;
    let unicast_cipher = algorithms.unicast.unwrap_or(CipherAlgorithm::NONE);
    let multicast_cipher = algorithms.multicast.unwrap_or(CipherAlgorithm::NONE);
    let mut request = AssociateRequest {
        bss: bss.clone(),
        ssid: bss.ssid()?.to_vec(),
        auth,
        unicast_cipher,
        multicast_cipher,
        group_management: None,
        elements: Vec::new(),
        authentication: Authentication::Adapter,
        previous: None,
        offload: None,
    };
    if let Some(akm) = auth.akm() {
        let selection = Selection {
            akm,
            pairwise: unicast_cipher.cipher()?,
            group: multicast_cipher.cipher()?,
        };
        if matches!(akm, Akm::WPA_PSK | Akm::WPA_EAP) {
            request.elements = selection.wpa(&wpa_element(bss)?)?;
            return Some(request);
        }
        let offered = Rsne::parse(bss.element(id::RSN)?.get(2..)?).ok()?;
        let (rsne, group_management) = selection.rsne(&offered, adapter)?;
        request.elements = rsne;
        request.group_management = group_management;
    }
    Some(request)
}

/// The WPA element of a network that has one.
fn wpa_element(bss: &BssEntry) -> Option<WpaElement<'_>> {
    element::elements(bss.elements())
        .map_while(Result::ok)
        .filter(|element| element.id == id::VENDOR_SPECIFIC)
        .find_map(|element| WpaElement::parse(element.body).ok())
}

struct Selection {
    akm: Akm,
    pairwise: Cipher,
    group: Cipher,
}

impl Selection {
    /// The RSNE of the association request (IEEE 802.11-2020, 12.6.3), whole, and the group management
    /// cipher; `None` if the network does not offer this.
    ///
    /// Management frames are protected wherever the network and the adapter can.
    fn rsne(&self, offered: &Rsne<'_>, adapter: &AdapterCapabilities) -> Option<(Vec<u8>, Option<Cipher>)> {
        let fits = offered.group_cipher_or_default() == self.group
            && offered.akms_or_default().iter().any(|akm| akm == self.akm)
            && offered
                .pairwise_or_default()
                .iter()
                .any(|cipher| cipher == self.pairwise);
        if !fits {
            return None;
        }
        let capabilities = offered.capabilities_or_default();
        let group_management = offered
            .group_management_cipher_or_default()
            .filter(|cipher| capabilities.mfpc() && adapter.protects_management_by(*cipher));
        let protects = group_management.is_some();
        let rsne = Rsne {
            group_cipher: Some(self.group),
            pairwise: Some(SuiteList::new(core::slice::from_ref(&self.pairwise))),
            akms: Some(SuiteList::new(core::slice::from_ref(&self.akm))),
            capabilities: Some(
                RsnCapabilities::default()
                    .with_mfpc(protects)
                    .with_mfpr(protects && capabilities.mfpr()),
            ),
            // The field of PMKIDs has to be there, empty, in front of a group management cipher.
            pmkids: protects.then_some(&[]),
            group_management_cipher: group_management,
            ..Rsne::default()
        };
        Some((rsne.to_vec().ok()?, group_management))
    }

    /// The WPA element of the association request, whole; `None` if the network does not offer this. The interface
    /// numbers the ciphers of WPA like those of IEEE 802.11.
    fn wpa(&self, offered: &WpaElement<'_>) -> Option<Vec<u8>> {
        let cipher = |wanted: Cipher| {
            [Cipher::WPA_TKIP, Cipher::WPA_CCMP_128]
                .into_iter()
                .find(|cipher| CipherAlgorithm::of_cipher(*cipher) == CipherAlgorithm::of_cipher(wanted))
        };
        let (pairwise, group) = (cipher(self.pairwise)?, cipher(self.group)?);
        let fits = offered.group_cipher == Some(group)
            && offered.akms?.contains(self.akm)
            && offered.pairwise?.contains(pairwise);
        let element = WpaElement {
            group_cipher: Some(group),
            pairwise: Some(SuiteList::new(core::slice::from_ref(&pairwise))),
            akms: Some(SuiteList::new(core::slice::from_ref(&self.akm))),
            ..WpaElement::default()
        };
        fits.then(|| element.to_vec().ok())?
    }
}
