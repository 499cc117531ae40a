//! The two ends of a handshake, and the key that they derive from a PMK and their nonces.

use frame::eapol_key::MessageName;
use frame::{Cipher, MacAddress};
use keys::derive::ft::PmkR0;
use keys::{AkmSuite, CipherSuite, Pmk, Ptk};

use super::elements::Found;
use super::key_message::KeyMessage;

/// A nonce: 32 octets.
pub(super) type Nonce = [u8; 32];

/// All that the derivation of a pairwise key takes, but for PMK and nonces.
#[derive(Clone, Copy)]
pub(super) struct Parties<'a> {
    /// The authenticator's address.
    pub(super) aa: MacAddress,
    /// The supplicant's address.
    pub(super) spa: MacAddress,
    pub(super) akm: &'static AkmSuite,
    pub(super) cipher: &'static CipherSuite,
    /// Cipher of the integrity of group addressed management frames.
    pub(super) group_management: Option<Cipher>,
    pub(super) ssid: Option<&'a [u8]>,
    /// For suites with fast transition.
    pub(super) mobility: Option<&'a Mobility>,
}

/// Where a fast transition suite roots its keys (IEEE 802.11-2020, 12.7.1.6.3 and 12.7.1.6.4).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Mobility {
    /// The mobility domain, as it travels.
    pub(super) domain: [u8; 2],
    /// R0KH-ID, 1 to 48 octets.
    pub(super) r0kh_id: Vec<u8>,
    pub(super) r1kh_id: MacAddress,
}

impl Parties<'_> {
    /// The same with the suites that message 2 names, if it is one. Once its MIC is proved, they are what the station
    /// chose, whatever somebody has made of its association request.
    pub(super) fn as_named_by(self, message: &KeyMessage<'_>) -> Self {
        let choice = match message.name {
            MessageName::FourWay2 => Found::among(message.frame.key_data).choice(),
            _ => None,
        };
        let suites = choice.and_then(|choice| {
            let akm = AkmSuite::of(choice.akm)?.with_cipher(choice.pairwise);
            Some((akm, CipherSuite::of(choice.pairwise)?, choice.group_management))
        });
        let (akm, cipher, group_management) = suites.unwrap_or((self.akm, self.cipher, self.group_management));
        Self {
            akm,
            cipher,
            group_management,
            ..self
        }
    }

    /// The pairwise key, or `None` if the suite takes no PMK of this length, or more than the capture shows.
    pub(super) fn ptk(&self, pmk: &Pmk, anonce: &Nonce, snonce: &Nonce) -> Option<Ptk> {
        let octets = pmk.as_bytes().len();
        let akm = self.akm.with_pmk_len(octets);
        if akm.pmk_len != octets {
            return None;
        }
        if !akm.fast_transition {
            return Some(Ptk::derive(akm, self.cipher, pmk, self.aa, self.spa, anonce, snonce));
        }
        let mobility = self.mobility?;
        let r0 = PmkR0::derive(akm, pmk, self.ssid?, mobility.domain, &mobility.r0kh_id, self.spa)?;
        let (ptk, _name) = r0
            .r1(mobility.r1kh_id, self.spa)
            .ptk(self.cipher, self.aa, self.spa, anonce, snonce);
        Some(ptk)
    }
}
