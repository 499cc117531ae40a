//! What an access point is like.

use crate::simulated::station::push_element;
use core::time::Duration;
use frame::element::id;
use frame::rsne::{RsnCapabilities, Rsne};
use frame::{Akm, Cipher, Emit, MacAddress, StatusCode, SuiteList};
use keys::Psk;
use rsn::RetryPolicy;

/// What an access point is like.
pub struct AccessPointConfig {
    /// The network's name, 0 to 32 octets.
    pub ssid: Vec<u8>,
    /// The access point's address.
    pub bssid: MacAddress,
    /// The network's pre-shared key.
    pub psk: Psk,
    /// The AKMs that it offers.
    pub akms: Vec<Akm>,
    /// The pairwise ciphers that it offers, of CCMP and GCMP.
    pub pairwise: Vec<Cipher>,
    /// The group cipher, of CCMP and GCMP.
    pub group: Cipher,
    /// Whether and how it protects management frames.
    pub management: ManagementProtection,
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
            psk,
            akms: vec![Akm::PSK, Akm::PSK_SHA256],
            pairwise: vec![Cipher::CCMP_128],
            group: Cipher::CCMP_128,
            management: ManagementProtection::None,
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
        elements.extend(self.rsne().to_vec().unwrap_or_default());
        elements
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
                    .with_mfpr(required),
            ),
            // The field has to be there, empty, in front of a group management cipher.
            pmkids: self.management.cipher().map(|_| &[][..]),
            group_management_cipher: self.management.cipher(),
            ..Rsne::default()
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
