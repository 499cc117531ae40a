//! The security elements of a station, as octets.

use alloc::boxed::Box;

use frame::eapol_key::Descriptor;
use frame::element::{self, id};
use frame::rsne::{self, Rsne};
use frame::wpa::{self, WpaElement};

use super::AssociationError;

/// The security elements of one side, whole (ID, length, body), as they stood in its management frame.
///
/// Handshakes compare them octet by octet, so they are kept as octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elements {
    protocol: Protocol,
    /// RSNE, then RSNXE if there is one: as key data carries them. Of WPA the WPA element alone.
    octets: Box<[u8]>,
    rsne_len: usize,
}

/// The two generations of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// IEEE 802.11.
    Rsn,
    /// The Wi-Fi Alliance's WPA, made from a draft of IEEE 802.11i: message 3 delivers no keys, the group key handshake
    /// that follows does. For networks that have nothing better.
    Wpa,
}

impl Protocol {
    /// The format of its EAPOL-Key frames.
    pub(crate) const fn descriptor(self) -> Descriptor {
        match self {
            Self::Rsn => Descriptor::RSN,
            Self::Wpa => Descriptor::WPA,
        }
    }
}

impl Elements {
    /// Takes a copy of an RSN element (RSNE) and, if there was one, of an RSN extension element (RSNXE), each
    /// with its two octets of header.
    ///
    /// # Errors
    /// [`AssociationError::NotOneElement`] if the octets are anything but one whole element of that ID.
    pub fn new(rsne: &[u8], rsnxe: Option<&[u8]>) -> Result<Self, AssociationError> {
        check_whole(rsne, id::RSN)?;
        if let Some(rsnxe) = rsnxe {
            check_whole(rsnxe, id::RSN_EXTENSION)?;
        }
        Ok(Self {
            protocol: Protocol::Rsn,
            octets: [rsne, rsnxe.unwrap_or_default()].concat().into(),
            rsne_len: rsne.len(),
        })
    }

    /// Takes a copy of a WPA element with its two octets of header.
    ///
    /// # Errors
    /// [`AssociationError::NotOneElement`] if the octets are anything but one whole vendor specific element;
    /// [`AssociationError::Malformed`] if that is another vendor's, or does not parse.
    pub fn wpa(element: &[u8]) -> Result<Self, AssociationError> {
        check_whole(element, id::VENDOR_SPECIFIC)?;
        WpaElement::parse(body(element))?;
        Ok(Self {
            protocol: Protocol::Wpa,
            octets: element.into(),
            rsne_len: element.len(),
        })
    }

    /// Picks the two elements out of the element list of a Beacon, a Probe Response or a (Re)association
    /// Request. `None` if the list has no RSNE: the network is no RSN.
    ///
    /// # Errors
    /// [`AssociationError::Malformed`] if the list is.
    pub fn find(list: &[u8]) -> Result<Option<Self>, AssociationError> {
        let Some(rsne) = element::find(list, id::RSN)? else {
            return Ok(None);
        };
        let rsnxe = element::find(list, id::RSN_EXTENSION)?.map(|rsnxe| rsnxe.bytes());
        Self::new(rsne.bytes(), rsnxe).map(Some)
    }

    /// Picks the WPA element out of such a list. `None` if there is none.
    ///
    /// # Errors
    /// [`AssociationError::Malformed`] if the list or the element is.
    pub fn find_wpa(list: &[u8]) -> Result<Option<Self>, AssociationError> {
        element::find_vendor(list, wpa::SELECTOR)?
            .map(|element| Self::wpa(element.bytes()))
            .transpose()
    }

    /// Which generation the elements are of.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The RSNE, or the WPA element in its place, with its header.
    #[must_use]
    pub fn rsne(&self) -> &[u8] {
        self.octets.get(..self.rsne_len).unwrap_or_default()
    }

    /// The RSNXE with its header.
    #[must_use]
    pub fn rsnxe(&self) -> Option<&[u8]> {
        self.octets.get(self.rsne_len..).filter(|rsnxe| !rsnxe.is_empty())
    }

    /// Both, one behind the other.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// What they say, in the words of an RSNE.
    ///
    /// # Errors
    /// [`AssociationError::Malformed`]; [`AssociationError::Version`] for a version that is not known.
    pub(super) fn read(&self) -> Result<Rsne<'_>, AssociationError> {
        let rsne = match self.protocol {
            Protocol::Rsn => Rsne::parse(body(self.rsne()))?,
            Protocol::Wpa => read_as_rsne(&WpaElement::parse(body(self.rsne()))?),
        };
        match rsne.version {
            rsne::VERSION => Ok(rsne),
            version => Err(AssociationError::Version(version)),
        }
    }
}

fn check_whole(octets: &[u8], id: u8) -> Result<(), AssociationError> {
    match octets {
        &[found, len, ref body @ ..] if found == id && body.len() == usize::from(len) => Ok(()),
        _ => Err(AssociationError::NotOneElement { id }),
    }
}

/// What an element says after its ID and length.
fn body(element: &[u8]) -> &[u8] {
    element.get(2..).unwrap_or_default()
}

/// A WPA element in the words of an RSNE. Of the capabilities it has none that is negotiated.
fn read_as_rsne<'a>(wpa: &WpaElement<'a>) -> Rsne<'a> {
    Rsne {
        version: wpa.version,
        group_cipher: Some(wpa.group_cipher_or_default()),
        pairwise: Some(wpa.pairwise_or_default()),
        akms: Some(wpa.akms_or_default()),
        ..Rsne::default()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use frame::{Cipher, Emit};

    use super::super::testing::{wpa, wpa2};
    use super::*;

    #[test]
    fn an_element_is_whole_or_refused() {
        let rsne = wpa2().to_vec().unwrap();
        assert_eq!(Elements::new(&rsne, None).unwrap().rsne(), rsne);
        for wrong in [
            &rsne[..rsne.len() - 1],
            &[&*rsne, &[0]].concat(),
            &[244, 1, 0],
            &[48],
            &[],
        ] {
            assert_eq!(
                Elements::new(wrong, None),
                Err(AssociationError::NotOneElement { id: 48 }),
                "{wrong:?}"
            );
        }
        assert_eq!(
            Elements::new(&rsne, Some(&rsne)),
            Err(AssociationError::NotOneElement { id: 244 })
        );
    }

    #[test]
    fn the_elements_are_found_in_a_frame() {
        let rsne = wpa2().to_vec().unwrap();
        let list: Vec<u8> = [&[0, 3, b'n', b'e', b't'], &*rsne, &[244, 1, 0x20]].concat();
        assert_eq!(
            Elements::find(&list),
            Ok(Some(Elements::new(&rsne, Some(&[244, 1, 0x20])).unwrap()))
        );
        assert_eq!(Elements::find(&list[..5]), Ok(None));
        assert!(matches!(
            Elements::find(&list[..9]),
            Err(AssociationError::Malformed(_))
        ));
    }

    #[test]
    fn the_wpa_element_is_found_among_those_of_other_vendors() {
        let element = wpa(&[Cipher::WPA_TKIP]);
        let list: Vec<u8> = [&[0xdd, 4, 0x00, 0x50, 0xf2, 4], element.rsne()].concat();
        assert_eq!(Elements::find_wpa(&list), Ok(Some(element)));
        assert_eq!(Elements::find_wpa(&list[..6]), Ok(None));
        assert!(Elements::wpa(&list[..6]).is_err());
        assert_eq!(
            Elements::wpa(&[48, 0]),
            Err(AssociationError::NotOneElement { id: 0xdd })
        );
    }
}
