//! What an access point is like.

use super::authentication::PMKSAS;
use super::eap::EapServer;
use super::foreign::Foreign;
use crate::simulated::station::push_element;
use core::time::Duration;
use frame::element::id;
use frame::mde::{FtCapability, MobilityDomain};
use frame::oci::Oci;
use frame::owe_transition::OweTransition;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::wpa::WpaElement;
use frame::{Akm, Cipher, Emit, MacAddress, StatusCode, SuiteList};
use keys::curve::Curve;
use keys::suites::Credential;
use keys::{AkmSuite, Pmk, Psk};
use rsn::ft::{KeyHolder, Limits};
use rsn::{Authenticator, PmksaCache, RetryPolicy};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// The extended capability of protected beacons, bit 84 (IEEE 802.11-2020, Table 9-153).
const BEACON_PROTECTION: [u8; 11] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 << 4];

/// What an access point is like.
pub struct AccessPointConfig {
    /// The network's name, 0 to 32 octets.
    pub ssid: Vec<u8>,
    /// The access point's address.
    pub bssid: MacAddress,
    /// What it knows of its stations' secrets.
    pub secrets: Secrets,
    /// The AKMs that it offers: of RSN, or of WPA. Without any, the network is of WEP if there is a key for
    /// that, else open.
    pub akms: Vec<Akm>,
    /// The pairwise ciphers that it offers.
    pub pairwise: Vec<Cipher>,
    /// The group cipher.
    pub group: Cipher,
    /// Whether and how it protects management frames.
    pub management: ManagementProtection,
    /// Whether it protects its beacons, too, where it protects management frames.
    pub beacon_protection: bool,
    /// The transition modes that it has its stations turn off, a bit each as the Wi-Fi Alliance's WPA3 specification
    /// numbers them.
    pub transition_disabled: Option<u8>,
    /// The groups that it accepts, in SAE and in opportunistic wireless encryption.
    pub groups: Vec<Curve>,
    /// Whether it has SAE by hash-to-element, besides hunting and pecking.
    pub hash_to_element: bool,
    /// Whether it wants a token before it computes anything for a station.
    pub demands_tokens: bool,
    /// Whether it begins SAE at the same time as a station, so that their commits cross. What is lost then, the station
    /// repeats.
    pub begins_sae: bool,
    /// Whether its pairwise keys have the Key IDs 0 and 1 in turns, for stations that can.
    pub extended_key_id: bool,
    /// The channel that it says it is on, if it validates that of its stations.
    pub channel: Option<Oci>,
    /// The network beside it that its beacons name: an open one names one that encrypts (OWE), and the other way round.
    pub owe_transition: Option<(MacAddress, Vec<u8>)>,
    /// The keys that authentications of users have left at the access points of its network, if they share them
    /// (opportunistic key caching).
    pub shared_keys: Option<SharedKeys>,
    /// The mobility domain that it belongs to, if any.
    pub mobility: Option<Mobility>,
    /// An algorithm of somebody else's, in a network without any AKM.
    pub foreign: Option<Foreign>,
    /// How it repeats messages.
    pub retry: RetryPolicy,
    /// How often it changes its group key, if it does.
    pub group_rekey: Option<Duration>,
    /// A status to refuse every authentication with.
    pub refuse_authentication: Option<StatusCode>,
    /// A status to refuse every association with.
    pub refuse_association: Option<StatusCode>,
}

impl AccessPointConfig {
    /// A WPA2 network of today: AKMs 2 and 6, CCMP-128.
    #[must_use]
    pub fn wpa2(ssid: &[u8], bssid: MacAddress, psk: Psk) -> Self {
        Self {
            ssid: ssid.to_vec(),
            bssid,
            secrets: Secrets {
                psk: Some(psk),
                ..Secrets::default()
            },
            akms: vec![Akm::PSK, Akm::PSK_SHA256],
            pairwise: vec![Cipher::CCMP_128],
            group: Cipher::CCMP_128,
            management: ManagementProtection::None,
            beacon_protection: false,
            transition_disabled: None,
            groups: Curve::ALL.to_vec(),
            hash_to_element: true,
            demands_tokens: false,
            begins_sae: false,
            extended_key_id: false,
            channel: None,
            owe_transition: None,
            shared_keys: None,
            mobility: None,
            foreign: None,
            retry: RetryPolicy::default(),
            group_rekey: None,
            refuse_authentication: None,
            refuse_association: None,
        }
    }

    /// The elements of every beacon.
    pub(super) fn elements(&self) -> Vec<u8> {
        let mut elements = Vec::new();
        push_element(&mut elements, id::SSID, &self.ssid);
        if self.is_wpa() {
            elements.extend(self.wpa().to_vec().unwrap_or_default());
        } else if !self.akms.is_empty() {
            elements.extend(self.rsne().to_vec().unwrap_or_default());
            if self.hash_to_element && self.offers(Credential::Sae) {
                /// The bit of SAE by hash-to-element in the first octet (IEEE 802.11-2020, 9.4.2.241).
                const HASH_TO_ELEMENT: u8 = 1 << 5;
                push_element(&mut elements, id::RSN_EXTENSION, &[HASH_TO_ELEMENT]);
            }
        }
        if self.beacon_protection {
            push_element(&mut elements, id::EXTENDED_CAPABILITIES, &BEACON_PROTECTION);
        }
        if let Some((bssid, ssid)) = &self.owe_transition {
            let element = OweTransition {
                bssid: *bssid,
                ssid,
                channel: None,
            };
            elements.extend(element.to_vec().unwrap_or_default());
        }
        if let Some(mobility) = &self.mobility {
            elements.extend(mobility.announced().to_vec().unwrap_or_default());
        }
        elements
    }

    /// Has an authenticator tell its station which transition modes to turn off, if any.
    pub(super) fn instruct(&self, authenticator: Authenticator) -> Authenticator {
        match self.transition_disabled {
            Some(modes) => authenticator.with_transition_disabled(modes),
            None => authenticator,
        }
    }

    fn offers(&self, credential: Credential) -> bool {
        self.akms
            .iter()
            .filter_map(|akm| AkmSuite::of(*akm))
            .any(|suite| suite.credential == credential)
    }

    /// Whether this is a network of WPA, before IEEE 802.11i was finished.
    pub(super) fn is_wpa(&self) -> bool {
        self.akms.contains(&Akm::WPA_PSK)
    }

    /// Whether data is encrypted.
    pub(super) fn is_private(&self) -> bool {
        !self.akms.is_empty() || self.secrets.wep.is_some()
    }

    fn wpa(&self) -> WpaElement<'_> {
        WpaElement {
            group_cipher: Some(self.group),
            pairwise: Some(SuiteList::new(&self.pairwise)),
            akms: Some(SuiteList::new(&self.akms)),
            ..WpaElement::default()
        }
    }

    fn rsne(&self) -> Rsne<'_> {
        let required = matches!(self.management, ManagementProtection::Required(_));
        Rsne {
            group_cipher: Some(self.group),
            pairwise: Some(SuiteList::new(&self.pairwise)),
            akms: Some(SuiteList::new(&self.akms)),
            capabilities: Some(
                RsnCapabilities::default()
                    .with_mfpc(self.management.cipher().is_some())
                    .with_mfpr(required)
                    .with_extended_key_id(self.extended_key_id)
                    .with_ocvc(self.channel.is_some()),
            ),
            // The field has to be there, empty, in front of a group management cipher.
            pmkids: self.management.cipher().map(|_| &[][..]),
            group_management_cipher: self.management.cipher(),
            ..Rsne::default()
        }
    }
}

/// What an access point knows of its stations' secrets: the one that the AKM of an association needs.
#[derive(Default)]
pub struct Secrets {
    /// The pre-shared key.
    pub psk: Option<Psk>,
    /// Passwords of SAE with their identifiers; one may have none.
    pub passwords: Vec<NetworkPassword>,
    /// The PMK that an authentication with 802.1X has left, or SAE of which this simulation sees nothing.
    pub pmk: Option<Pmk>,
    /// The static key of WEP: 5 or 13 octets.
    pub wep: Option<Zeroizing<Vec<u8>>>,
    /// The server that authenticates users, where there is no PMK.
    pub eap: Option<EapServer>,
}

/// One of the passwords of a network.
pub struct NetworkPassword {
    /// The password.
    pub password: Zeroizing<Vec<u8>>,
    /// Its identifier, in a network that has several.
    pub identifier: Option<Vec<u8>>,
}

impl Secrets {
    /// The PMK of an association, as far as it is known beforehand.
    pub(super) fn pmk(&self, akm: Akm) -> Option<Pmk> {
        match AkmSuite::of(akm)?.credential {
            Credential::Psk => self.psk.as_ref().map(Pmk::from),
            Credential::Eap | Credential::Sae => self.pmk.as_ref().map(Pmk::duplicate),
            Credential::Owe | Credential::Fils => None,
        }
    }
}

/// What access points of a network share with each other of their stations' keys.
#[derive(Clone)]
pub struct SharedKeys(Arc<Mutex<PmksaCache>>);

impl Default for SharedKeys {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(PmksaCache::new(PMKSAS))))
    }
}

impl SharedKeys {
    pub(super) fn lock(&self) -> MutexGuard<'_, PmksaCache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mobility domain, as an access point knows it.
#[derive(Clone)]
pub struct Mobility {
    /// Its identifier.
    pub domain: [u8; 2],
    /// The name of the key holder, 1 to 48 octets.
    pub key_holder: Vec<u8>,
    /// What the access points of the domain share.
    pub keys: Arc<Mutex<KeyHolder>>,
    /// Whether its access points pass on what a station has to say to another one of them.
    pub over_ds: bool,
    /// How long they say that a station's key of the domain is good.
    pub key_lifetime: Option<Duration>,
    /// How long they say that they wait for a station that they have answered.
    pub reassociation_deadline: Option<Duration>,
}

impl Mobility {
    /// As beacons tell it.
    pub(super) fn announced(&self) -> MobilityDomain {
        MobilityDomain {
            id: self.domain,
            capability: FtCapability(self.over_ds.into()),
        }
    }

    /// As message 3 tells it.
    pub(super) const fn limits(&self) -> Limits {
        Limits {
            key_lifetime: self.key_lifetime,
            reassociation_deadline: self.reassociation_deadline,
        }
    }
}

/// The protection of management frames that an access point offers, with the cipher of group addressed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagementProtection {
    /// None.
    None,
    /// For stations that can.
    Optional(Cipher),
    /// For all: a station that can't is refused.
    Required(Cipher),
}

impl ManagementProtection {
    pub(super) const fn cipher(self) -> Option<Cipher> {
        match self {
            Self::None => None,
            Self::Optional(cipher) | Self::Required(cipher) => Some(cipher),
        }
    }
}
