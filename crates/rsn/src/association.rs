//! What two stations agreed on when they associated: the frame in which a handshake takes place.

use alloc::boxed::Box;

use frame::eapol_key::Descriptor;
use frame::element::{self, id};
use frame::oci::Oci;
use frame::rsne::{self, RsnCapabilities, Rsne};
use frame::wpa::{self, WpaElement};
use frame::{Akm, Cipher, MacAddress, ParseError};
use keys::suites::{AkmSuite, CipherSuite};

use crate::ft::Mobility;

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
}

/// An association between an access point and a station, checked and ready for a handshake.
///
/// There is no other way to one than [`Association::negotiate`], so that whoever holds one need not ask whether
/// its suites are known or were offered.
#[derive(Clone, Debug)]
pub struct Association {
    authenticator: MacAddress,
    supplicant: MacAddress,
    station: Elements,
    access_point: Elements,
    akm: &'static AkmSuite,
    pairwise: &'static CipherSuite,
    group: Group,
    group_management: Option<&'static CipherSuite>,
    facts: Facts,
}

/// What a handshake needs to know beyond the security elements, where those promise more than the basics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The mobility domain, for suites with fast transition.
    pub mobility: Option<Box<Mobility>>,
    /// The channel that we are on, for operating channel validation.
    pub channel: Option<Oci>,
}

/// How group addressed data is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// By a group key of this suite.
    Cipher(&'static CipherSuite),
    /// There is no such traffic (IEEE 802.11-2020, Table 9-149, suite 7).
    NotAllowed,
}

impl Association {
    /// Works out what was agreed (IEEE 802.11-2020, 9.4.2.24 and 12.6.3): the station's (re)association request
    /// selects one suite of each kind, the access point must have offered each, and both must agree on management
    /// frame protection.
    ///
    /// `authenticator` is the address of the access point, `supplicant` that of the station; `station` is from the
    /// request, `access_point` from the Beacon or Probe Response.
    ///
    /// # Errors
    /// See [`AssociationError`]. None can be mended by trying again.
    pub fn negotiate(
        authenticator: MacAddress,
        supplicant: MacAddress,
        station: Elements,
        access_point: Elements,
    ) -> Result<Self, AssociationError> {
        Self::negotiate_with(authenticator, supplicant, station, access_point, Facts::default())
    }

    /// As [`negotiate`](Self::negotiate), for associations with fast transition or operating channel validation.
    ///
    /// # Errors
    /// As [`negotiate`](Self::negotiate); also [`AssociationError::Mobility`] if the suite has fast transition and
    /// there is no mobility domain, or the other way round.
    pub fn negotiate_with(
        authenticator: MacAddress,
        supplicant: MacAddress,
        station: Elements,
        access_point: Elements,
        mut facts: Facts,
    ) -> Result<Self, AssociationError> {
        if station.protocol != access_point.protocol {
            return Err(AssociationError::Protocol);
        }
        let selected = parse(&station)?;
        let offered = parse(&access_point)?;

        let akm = single(selected.akms_or_default()).ok_or(AssociationError::NotOneAkm)?;
        if !offered.akms_or_default().contains(akm) {
            return Err(AssociationError::AkmNotOffered(akm));
        }
        let pairwise = single(selected.pairwise_or_default()).ok_or(AssociationError::NotOneCipher)?;
        if !offered.pairwise_or_default().contains(pairwise) {
            return Err(AssociationError::CipherNotOffered(pairwise));
        }
        let group = selected.group_cipher_or_default();
        if group != offered.group_cipher_or_default() {
            return Err(AssociationError::CipherNotOffered(group));
        }
        let group_management = management_protection(&selected, &offered)?;
        if both(&selected, &offered, RsnCapabilities::extended_key_id) {
            return Err(AssociationError::CapabilityUnsupported("an extended key ID"));
        }
        facts.channel = match both(&selected, &offered, RsnCapabilities::ocvc) {
            true => Some(facts.channel.ok_or(AssociationError::ChannelUnknown)?),
            false => None,
        };
        let akm = akm_suite(akm)?.with_cipher(pairwise);
        if akm.fast_transition != facts.mobility.is_some() {
            return Err(AssociationError::Mobility);
        }

        Ok(Self {
            akm,
            facts,
            pairwise: cipher_suite(pairwise, CipherSuite::is_pairwise)?,
            group: match group {
                Cipher::GROUP_NOT_ALLOWED => Group::NotAllowed,
                group => Group::Cipher(cipher_suite(group, CipherSuite::is_group)?),
            },
            group_management: match group_management {
                // Frames are protected pairwise, and group addressed ones do not exist.
                None | Some(Cipher::GROUP_NOT_ALLOWED) => None,
                Some(cipher) => Some(cipher_suite(cipher, CipherSuite::is_group_management)?),
            },
            authenticator,
            supplicant,
            station,
            access_point,
        })
    }

    /// The authentication and key management suite.
    #[must_use]
    pub fn akm(&self) -> Akm {
        self.akm.akm
    }

    /// The cipher between the two stations.
    #[must_use]
    pub fn pairwise(&self) -> Cipher {
        self.pairwise.cipher
    }

    /// The cipher of group addressed data.
    #[must_use]
    pub fn group(&self) -> Cipher {
        match self.group {
            Group::Cipher(suite) => suite.cipher,
            Group::NotAllowed => Cipher::GROUP_NOT_ALLOWED,
        }
    }

    /// The cipher of group addressed management frames and of beacons, if those are protected.
    #[must_use]
    pub fn group_management(&self) -> Option<Cipher> {
        self.group_management.map(|suite| suite.cipher)
    }

    /// The address of the access point.
    #[must_use]
    pub const fn authenticator(&self) -> MacAddress {
        self.authenticator
    }

    /// The address of the station.
    #[must_use]
    pub const fn supplicant(&self) -> MacAddress {
        self.supplicant
    }

    /// The elements of the (re)association request.
    #[must_use]
    pub const fn station_elements(&self) -> &Elements {
        &self.station
    }

    /// The elements of the Beacon or Probe Response.
    #[must_use]
    pub const fn access_point_elements(&self) -> &Elements {
        &self.access_point
    }

    /// The generation of its handshakes.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.station.protocol
    }

    /// The mobility domain, if the suite has fast transition.
    #[must_use]
    pub fn mobility(&self) -> Option<&Mobility> {
        self.facts.mobility.as_deref()
    }

    /// Our channel, if both sides validate it.
    #[must_use]
    pub const fn channel(&self) -> Option<Oci> {
        self.facts.channel
    }

    /// The same association, of whose response the FTE is now known.
    pub(crate) fn with_fte(mut self, fte: &[u8]) -> Self {
        self.facts.mobility = self.facts.mobility.map(|mobility| Box::new(mobility.with_fte(fte)));
        self
    }

    pub(crate) const fn akm_suite(&self) -> &'static AkmSuite {
        self.akm
    }

    pub(crate) const fn pairwise_suite(&self) -> &'static CipherSuite {
        self.pairwise
    }

    pub(crate) const fn group_suite(&self) -> Group {
        self.group
    }

    pub(crate) const fn group_management_suite(&self) -> Option<&'static CipherSuite> {
        self.group_management
    }
}

/// Why the elements of two stations make no association that a handshake can protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssociationError {
    /// An element, or the list it should be in, does not parse.
    #[error("malformed element: {0}")]
    Malformed(#[from] ParseError),
    /// The octets given are not one whole element.
    #[error("expected one whole element with ID {id}")]
    NotOneElement {
        /// The ID that it should have.
        id: u8,
    },
    /// An RSNE of a version that is not known: what it says cannot be relied on.
    #[error("RSNE version {0}, expected 1")]
    Version(u16),
    /// One side speaks of RSN, the other of WPA.
    #[error("one station's element is an RSNE, the other's a WPA element")]
    Protocol,
    /// The station must select one AKM.
    #[error("the station's RSNE does not select exactly one AKM suite")]
    NotOneAkm,
    /// The station must select one pairwise cipher.
    #[error("the station's RSNE does not select exactly one pairwise cipher suite")]
    NotOneCipher,
    /// The station selected what the access point does not offer.
    #[error("AKM suite {0} is not offered by the access point")]
    AkmNotOffered(Akm),
    /// The station selected what the access point does not offer.
    #[error("cipher suite {0} is not offered by the access point")]
    CipherNotOffered(Cipher),
    /// The suite is in no table, or its frames have no MIC (FILS).
    #[error("AKM suite {0} is not supported")]
    AkmUnsupported(Akm),
    /// The suite is in no table, or is not made for the traffic that it was selected for.
    #[error("cipher suite {0} is not supported here")]
    CipherUnsupported(Cipher),
    /// One side requires the protection of management frames, the other cannot do it.
    #[error("management frame protection is required by one station and not possible for the other")]
    ManagementProtection,
    /// Both sides announce a capability that changes the handshake and that is not known here.
    #[error("{0} was negotiated and is not supported")]
    CapabilityUnsupported(&'static str),
    /// Both sides validate the operating channel, and nobody said which one we are on.
    #[error("operating channel validation was negotiated and our channel is not known")]
    ChannelUnknown,
    /// The suite has fast transition and the mobility domain with its key holders is not known, or a mobility domain
    /// is given for a suite without.
    #[error("suite and mobility domain do not fit: fast transition needs both")]
    Mobility,
    /// The PMK is not as long as the suite's PMKs are.
    #[error("PMK of {found} octets, expected {expected} for this AKM suite")]
    PmkLength {
        /// Octets that the suite expects.
        expected: usize,
        /// Octets given.
        found: usize,
    },
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

fn parse(elements: &Elements) -> Result<Rsne<'_>, AssociationError> {
    let rsne = match elements.protocol {
        Protocol::Rsn => Rsne::parse(body(elements.rsne()))?,
        Protocol::Wpa => read_as_rsne(&WpaElement::parse(body(elements.rsne()))?),
    };
    match rsne.version {
        rsne::VERSION => Ok(rsne),
        version => Err(AssociationError::Version(version)),
    }
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

fn single<T>(suites: impl IntoIterator<Item = T>) -> Option<T> {
    let mut suites = suites.into_iter();
    suites.next().filter(|_| suites.next().is_none())
}

fn akm_suite(akm: Akm) -> Result<&'static AkmSuite, AssociationError> {
    AkmSuite::of(akm)
        .filter(|suite| suite.mic_len > 0)
        .ok_or(AssociationError::AkmUnsupported(akm))
}

fn cipher_suite(cipher: Cipher, fits: impl Fn(&CipherSuite) -> bool) -> Result<&'static CipherSuite, AssociationError> {
    CipherSuite::of(cipher)
        .filter(|suite| fits(suite))
        .ok_or(AssociationError::CipherUnsupported(cipher))
}

/// The group management cipher, or `None` if management frames are not protected (12.6.3).
fn management_protection(selected: &Rsne<'_>, offered: &Rsne<'_>) -> Result<Option<Cipher>, AssociationError> {
    let (station, access_point) = (selected.capabilities_or_default(), offered.capabilities_or_default());
    if !(station.mfpc() && access_point.mfpc()) {
        return match station.mfpr() || access_point.mfpr() {
            true => Err(AssociationError::ManagementProtection),
            false => Ok(None),
        };
    }
    match (
        selected.group_management_cipher_or_default(),
        offered.group_management_cipher_or_default(),
    ) {
        (Some(ours), theirs) if Some(ours) != theirs => Err(AssociationError::CipherNotOffered(ours)),
        (cipher, _) => Ok(cipher),
    }
}

/// What both sides announce, they have to do (9.4.2.24.4): left undone, it would protect less than was promised.
fn both(selected: &Rsne<'_>, offered: &Rsne<'_>, capability: impl Fn(RsnCapabilities) -> bool) -> bool {
    capability(selected.capabilities_or_default()) && capability(offered.capabilities_or_default())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use frame::{Emit, SuiteList};

    use super::*;

    const ACCESS_POINT: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    fn wpa2() -> Rsne<'static> {
        Rsne {
            group_cipher: Some(Cipher::CCMP_128),
            pairwise: Some(SuiteList::new(&[Cipher::CCMP_128])),
            akms: Some(SuiteList::new(&[Akm::PSK])),
            capabilities: Some(RsnCapabilities::default()),
            ..Rsne::default()
        }
    }

    fn negotiate(station: Rsne<'_>, access_point: Rsne<'_>) -> Result<Association, AssociationError> {
        let elements = |rsne: Rsne<'_>| Elements::new(&rsne.to_vec().unwrap(), None).unwrap();
        Association::negotiate(ACCESS_POINT, STATION, elements(station), elements(access_point))
    }

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
    fn what_the_station_selects_is_what_was_agreed() {
        let offer = Rsne {
            group_cipher: Some(Cipher::TKIP),
            pairwise: Some(SuiteList::new(&[Cipher::TKIP, Cipher::CCMP_128])),
            akms: Some(SuiteList::new(&[Akm::EAP, Akm::PSK])),
            ..wpa2()
        };
        let association = negotiate(
            Rsne {
                group_cipher: Some(Cipher::TKIP),
                ..wpa2()
            },
            offer,
        )
        .unwrap();
        assert_eq!(
            (association.akm(), association.pairwise()),
            (Akm::PSK, Cipher::CCMP_128)
        );
        assert_eq!(
            (association.group(), association.group_management()),
            (Cipher::TKIP, None)
        );
        // A better pairwise cipher is enough for the better MIC and key wrap.
        assert_eq!(association.akm_suite().descriptor_version, 2);
    }

    #[test]
    fn tkip_between_the_stations_selects_the_old_mic_and_key_encryption() {
        let tkip = Rsne {
            group_cipher: Some(Cipher::TKIP),
            pairwise: Some(SuiteList::new(&[Cipher::TKIP])),
            ..wpa2()
        };
        assert_eq!(negotiate(tkip, tkip).unwrap().akm_suite().descriptor_version, 1);
    }

    fn wpa(pairwise: &[Cipher]) -> Elements {
        let element = WpaElement {
            group_cipher: Some(Cipher::WPA_TKIP),
            pairwise: Some(SuiteList::new(pairwise)),
            akms: Some(SuiteList::new(&[Akm::WPA_PSK])),
            ..WpaElement::default()
        };
        Elements::wpa(&element.to_vec().unwrap()).unwrap()
    }

    #[test]
    fn a_wpa_element_is_negotiated_as_an_rsne_is() {
        let offered = wpa(&[Cipher::WPA_CCMP_128, Cipher::WPA_TKIP]);
        for (cipher, version) in [(Cipher::WPA_TKIP, 1), (Cipher::WPA_CCMP_128, 2)] {
            let association = Association::negotiate(ACCESS_POINT, STATION, wpa(&[cipher]), offered.clone()).unwrap();
            assert_eq!(association.protocol(), Protocol::Wpa);
            assert_eq!((association.akm(), association.pairwise()), (Akm::WPA_PSK, cipher));
            assert_eq!(association.akm_suite().descriptor_version, version);
            assert_eq!(association.group(), Cipher::WPA_TKIP);
        }
        let refused = Association::negotiate(ACCESS_POINT, STATION, wpa(&[Cipher::CCMP_128]), offered.clone());
        let not_offered = AssociationError::CipherNotOffered(Cipher::CCMP_128);
        assert_eq!(refused.err(), Some(not_offered));
        let rsn = Elements::new(&wpa2().to_vec().unwrap(), None).unwrap();
        let refused = Association::negotiate(ACCESS_POINT, STATION, rsn, offered);
        assert_eq!(refused.err(), Some(AssociationError::Protocol));
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

    #[test]
    fn absent_fields_have_their_defaults() {
        let association = negotiate(Rsne::default(), Rsne::default()).unwrap();
        assert_eq!(
            (association.akm(), association.pairwise()),
            (Akm::EAP, Cipher::CCMP_128)
        );
        assert_eq!(association.group(), Cipher::CCMP_128);
    }

    #[test]
    fn a_selection_must_be_one_of_each_known_and_offered() {
        let akms = |akms| Rsne {
            akms: Some(SuiteList::new(akms)),
            ..wpa2()
        };
        let pairwise = |ciphers| Rsne {
            pairwise: Some(SuiteList::new(ciphers)),
            ..wpa2()
        };
        let group = |cipher| Rsne {
            group_cipher: Some(cipher),
            ..wpa2()
        };
        let ocvc = |value| Rsne {
            capabilities: Some(RsnCapabilities::default().with_ocvc(value)),
            ..wpa2()
        };
        let cases = [
            (akms(&[]), wpa2(), AssociationError::NotOneAkm),
            (
                akms(&[Akm::PSK, Akm::SAE]),
                akms(&[Akm::PSK, Akm::SAE]),
                AssociationError::NotOneAkm,
            ),
            (akms(&[Akm::SAE]), wpa2(), AssociationError::AkmNotOffered(Akm::SAE)),
            (akms(&[Akm::FT_PSK]), akms(&[Akm::FT_PSK]), AssociationError::Mobility),
            (
                akms(&[Akm::FILS_SHA256]),
                akms(&[Akm::FILS_SHA256]),
                AssociationError::AkmUnsupported(Akm::FILS_SHA256),
            ),
            (pairwise(&[]), wpa2(), AssociationError::NotOneCipher),
            (
                pairwise(&[Cipher::TKIP]),
                wpa2(),
                AssociationError::CipherNotOffered(Cipher::TKIP),
            ),
            (
                group(Cipher::TKIP),
                wpa2(),
                AssociationError::CipherNotOffered(Cipher::TKIP),
            ),
            (
                pairwise(&[Cipher::USE_GROUP]),
                pairwise(&[Cipher::USE_GROUP]),
                AssociationError::CipherUnsupported(Cipher::USE_GROUP),
            ),
            (
                pairwise(&[Cipher::WEP_40]),
                pairwise(&[Cipher::WEP_40]),
                AssociationError::CipherUnsupported(Cipher::WEP_40),
            ),
            (
                group(Cipher::BIP_CMAC_128),
                group(Cipher::BIP_CMAC_128),
                AssociationError::CipherUnsupported(Cipher::BIP_CMAC_128),
            ),
            (Rsne { version: 2, ..wpa2() }, wpa2(), AssociationError::Version(2)),
            (ocvc(true), ocvc(true), AssociationError::ChannelUnknown),
        ];
        for (station, access_point, error) in cases {
            assert_eq!(negotiate(station, access_point).err(), Some(error));
        }
        assert!(negotiate(ocvc(false), ocvc(true)).is_ok());
    }

    #[test]
    fn management_frames_are_protected_if_both_can_and_refused_if_one_must_and_the_other_cannot() {
        let rsne = |capable, required, cipher| Rsne {
            capabilities: Some(RsnCapabilities::default().with_mfpc(capable).with_mfpr(required)),
            group_management_cipher: cipher,
            ..wpa2()
        };
        let bip = Some(Cipher::BIP_CMAC_128);
        let gmac = Some(Cipher::BIP_GMAC_256);
        let protection = |station, access_point| negotiate(station, access_point).map(|it| it.group_management());
        let refused = Err(AssociationError::ManagementProtection);

        assert_eq!(
            protection(rsne(true, true, bip), rsne(true, true, None)).ok(),
            Some(bip)
        );
        assert_eq!(
            protection(rsne(true, false, None), rsne(true, false, bip)).ok(),
            Some(bip)
        );
        assert_eq!(
            protection(rsne(true, false, gmac), rsne(true, true, gmac)).ok(),
            Some(gmac)
        );
        assert_eq!(
            protection(rsne(true, false, bip), rsne(false, false, None)).ok(),
            Some(None)
        );
        assert_eq!(protection(rsne(true, true, bip), rsne(false, false, None)), refused);
        assert_eq!(protection(rsne(false, false, None), rsne(true, true, bip)), refused);
        let other = AssociationError::CipherNotOffered(Cipher::BIP_CMAC_128);
        assert_eq!(protection(rsne(true, true, bip), rsne(true, true, gmac)), Err(other));
    }
}
