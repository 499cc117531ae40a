//! Elements for tests.

use frame::rsne::{RsnCapabilities, Rsne};
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, Emit, SuiteList};

use super::Elements;

/// An RSNE of WPA2.
pub(super) fn wpa2() -> Rsne<'static> {
    Rsne {
        group_cipher: Some(Cipher::CCMP_128),
        pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
        akms: Some(SuiteList::new(&[Akm::PSK])),
        capabilities: Some(RsnCapabilities::default()),
        ..Rsne::default()
    }
}

/// The WPA element with these pairwise ciphers.
pub(super) fn wpa(pairwise: &[Cipher]) -> Elements {
    let element = WpaElement {
        group_cipher: Some(Cipher::WPA_TKIP),
        pairwise: Some(SuiteList::new(pairwise)),
        akms: Some(SuiteList::new(&[Akm::WPA_PSK])),
        ..WpaElement::default()
    };
    Elements::wpa(&element.to_vec().unwrap()).unwrap()
}
