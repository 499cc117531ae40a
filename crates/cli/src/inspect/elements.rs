//! What the elements of a frame say about an association.

use frame::element::{Element, elements, extension, id};
use frame::oci::Oci;
use frame::owe::DhParameter;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::wpa::{self, WpaElement};
use frame::{Akm, Cipher};

use super::operation::Negotiated;

/// The elements that matter here, each the first of its kind.
#[derive(Clone, Copy, Default)]
pub(super) struct Found<'a> {
    /// The body: 0 to 32 octets.
    pub(super) ssid: Option<&'a [u8]>,
    pub(super) rsne: Option<Element<'a>>,
    pub(super) rsnxe: Option<Element<'a>>,
    pub(super) wpa: Option<Element<'a>>,
    pub(super) mobility_domain: Option<Element<'a>>,
    pub(super) fast_transition: Option<Element<'a>>,
    pub(super) owe: Option<Element<'a>>,
    pub(super) oci: Option<Element<'a>>,
}

impl<'a> Found<'a> {
    /// Reads up to the first malformed element.
    pub(super) fn among(octets: &'a [u8]) -> Self {
        let mut found = Self::default();
        for element in elements(octets).map_while(Result::ok) {
            let place = match element.id {
                id::SSID => {
                    found.ssid.get_or_insert(element.body);
                    continue;
                }
                id::RSN => &mut found.rsne,
                id::RSN_EXTENSION => &mut found.rsnxe,
                id::MOBILITY_DOMAIN => &mut found.mobility_domain,
                id::FAST_BSS_TRANSITION => &mut found.fast_transition,
                _ if element.is_vendor(wpa::SELECTOR) => &mut found.wpa,
                _ if element.extension == Some(extension::OWE_DH_PARAMETER) => &mut found.owe,
                _ if element.extension == Some(extension::OCI) => &mut found.oci,
                _ => continue,
            };
            place.get_or_insert(element);
        }
        found
    }

    /// The RSNE, or without one the WPA element, whole: what message 2 repeats of a station's request.
    pub(super) fn security(&self) -> Option<Vec<u8>> {
        self.rsne.or(self.wpa).map(|element| element.bytes().to_vec())
    }

    /// The finite cyclic group of OWE.
    pub(super) fn owe_group(&self) -> Option<u16> {
        let parameter = DhParameter::parse(self.owe?.body).ok()?;
        Some(parameter.group)
    }

    /// The name of the first PMK that the RSNE names.
    pub(super) fn pmkid(&self) -> Option<[u8; 16]> {
        let rsne = Rsne::parse(self.rsne?.body).ok()?;
        rsne.pmkids_or_default().first().copied()
    }

    /// The sender's channel: an element, or part of a fast transition's.
    pub(super) fn channel(&self) -> Option<Oci> {
        Oci::parse(self.oci?.body).ok()
    }

    /// What a station chooses with its RSNE or WPA element: the one suite of each kind, the first if it lists more.
    pub(super) fn choice(&self) -> Option<Negotiated> {
        let rsn = self.rsne.and_then(|element| choice_of_rsne(element.body));
        rsn.or_else(|| self.wpa.and_then(|element| choice_of_wpa(element.body)))
    }
}

/// The SSID, unless it is hidden: empty or zeros.
pub(super) fn told_ssid(ssid: Option<&[u8]>) -> Option<&[u8]> {
    ssid.filter(|ssid| ssid.iter().any(|octet| *octet != 0))
}

fn choice_of_rsne(body: &[u8]) -> Option<Negotiated> {
    let rsne = Rsne::parse(body).ok()?;
    let group = rsne.group_cipher_or_default();
    let pairwise = rsne.pairwise_or_default().iter().next()?;
    let akm = rsne.akms_or_default().iter().next()?;
    Some(Negotiated {
        group_management: rsne.group_management_cipher_or_default(),
        ..negotiated(akm, pairwise, group, rsne.capabilities_or_default())
    })
}

fn choice_of_wpa(body: &[u8]) -> Option<Negotiated> {
    let wpa = WpaElement::parse(body).ok()?;
    let group = wpa.group_cipher_or_default();
    let pairwise = wpa.pairwise_or_default().iter().next()?;
    let akm = wpa.akms_or_default().iter().next()?;
    Some(negotiated(akm, pairwise, group, RsnCapabilities::default()))
}

fn negotiated(akm: Akm, pairwise: Cipher, group: Cipher, capabilities: RsnCapabilities) -> Negotiated {
    let pairwise = if pairwise == Cipher::USE_GROUP { group } else { pairwise };
    Negotiated {
        akm,
        pairwise,
        group,
        management_protected: capabilities.mfpc(),
        group_management: None,
    }
}

/// What an access point's RSNE (whole) leaves no choice about, for a capture without the station's own.
pub(super) fn only_choice(rsne: &[u8]) -> Option<Negotiated> {
    let body = body_of(rsne);
    let rsne = Rsne::parse(body).ok()?;
    let single = rsne.pairwise_or_default().len() == 1 && rsne.akms_or_default().len() == 1;
    single.then(|| choice_of_rsne(body)).flatten()
}

/// The same of an access point's WPA element.
pub(super) fn only_choice_of_wpa(element: &[u8]) -> Option<Negotiated> {
    let body = body_of(element);
    let wpa = WpaElement::parse(body).ok()?;
    let single = wpa.pairwise_or_default().len() == 1 && wpa.akms_or_default().len() == 1;
    single.then(|| choice_of_wpa(body)).flatten()
}

/// Whether two RSNEs or WPA elements (whole) say the same, but for the PMKIDs: those name keys, and differ from frame to
/// frame.
pub(super) fn same_rsne(one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    if !(one.starts_with(&[id::RSN]) && other.starts_with(&[id::RSN])) {
        return false;
    }
    match (Rsne::parse(body_of(one)), Rsne::parse(body_of(other))) {
        (Ok(one), Ok(other)) => Rsne { pmkids: None, ..one } == Rsne { pmkids: None, ..other },
        _ => false,
    }
}

/// Whether an RSNE (whole) says that management frames can be protected.
pub(super) fn protects_management(rsne: &[u8]) -> bool {
    Rsne::parse(body_of(rsne)).is_ok_and(|rsne| rsne.capabilities_or_default().mfpc())
}

fn body_of(element: &[u8]) -> &[u8] {
    element.get(2..).unwrap_or_default()
}
