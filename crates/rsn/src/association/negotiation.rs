//! What two stations agree on by their elements (IEEE 802.11-2020, 9.4.2.24 and 12.6.3).

use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Akm, Cipher, MacAddress};
use keys::suites::{AkmSuite, CipherSuite};

use super::{Association, AssociationError, Elements, Facts, Group};

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
        if station.protocol() != access_point.protocol() {
            return Err(AssociationError::Protocol);
        }
        let selected = station.read()?;
        let offered = access_point.read()?;

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
            // TKIP has Key ID 0 for all pairwise keys (9.4.2.24.4).
            extended_key_id: both(&selected, &offered, RsnCapabilities::extended_key_id)
                && !matches!(pairwise, Cipher::TKIP | Cipher::WPA_TKIP),
            authenticator,
            supplicant,
            station,
            access_point,
        })
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
    use frame::{Emit, SuiteList};

    use super::super::Protocol;
    use super::super::testing::{wpa, wpa2};
    use super::*;

    const ACCESS_POINT: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    fn negotiate(station: Rsne<'_>, access_point: Rsne<'_>) -> Result<Association, AssociationError> {
        let elements = |rsne: Rsne<'_>| Elements::new(&rsne.to_vec().unwrap(), None).unwrap();
        Association::negotiate(ACCESS_POINT, STATION, elements(station), elements(access_point))
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
    fn pairwise_keys_have_identifiers_if_both_sides_say_so_and_the_cipher_has_room() {
        let rsne = |capable, cipher: &'static [Cipher]| Rsne {
            pairwise: Some(SuiteList::new(cipher)),
            capabilities: Some(RsnCapabilities::default().with_extended_key_id(capable)),
            ..wpa2()
        };
        let agreed = |station, access_point| negotiate(station, access_point).map(|it| it.extended_key_id());
        let (ccmp, tkip) = (&[Cipher::CCMP_128], &[Cipher::TKIP]);
        assert_eq!(agreed(rsne(true, ccmp), rsne(true, ccmp)), Ok(true));
        assert_eq!(agreed(rsne(true, ccmp), rsne(false, ccmp)), Ok(false));
        assert_eq!(agreed(rsne(false, ccmp), rsne(true, ccmp)), Ok(false));
        assert_eq!(agreed(rsne(true, tkip), rsne(true, tkip)), Ok(false));
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
