//! The supplicant: the station's side of the handshakes.
//!
//! It has no timers and never speaks first (but for [`Supplicant::request_rekey`]): the authenticator repeats
//! what it got no answer to.

mod fourway;
mod group;
mod offload;
mod request;
mod wpa;

use alloc::boxed::Box;

use frame::eapol_key::MessageName;
use frame::oci::Oci;
use keys::{Pmk, Ptk};
use rand_core::CryptoRng;

use crate::agreement::{Agreement, Nonce};
use crate::association::{Association, AssociationError};
use crate::effect::Effects;
use crate::ft::Hierarchy;
use crate::group_keys::{GroupKeys, InstalledGroupKeys};
use crate::refusal::Refusal;
use crate::verified::Unverified;
use fourway::{Established, Pending};

pub use offload::GroupHandshakeKeys;
pub use request::{NotEstablished, Request};

/// The station's side of all handshakes of one association.
///
/// Secrets are wiped when it is dropped.
pub struct Supplicant {
    agreement: Agreement,
    /// The replay counter of the last message with a valid MIC that was acted upon.
    last_counter: Option<u64>,
    /// The handshake that waits for message 3. There is none for most of an association's life, and it takes no room
    /// then.
    pending: Option<Box<Pending>>,
    /// The handshake whose keys are installed.
    established: Option<Established>,
    /// The identifier of its temporal key.
    key_id: u8,
    group_keys: InstalledGroupKeys,
    /// WPA: the first 4-way handshake is over and has left no group key.
    lacks_group_key: bool,
    /// The replay counter of the next request, a sequence of our own.
    next_request: u64,
    repeats_of_message_1: u32,
    /// The PMK may be unknown to the authenticator: the first message 1 has to name it.
    must_be_named: bool,
}

impl Supplicant {
    /// A supplicant that waits for message 1. `pmk` is the PSK, or what the authentication left.
    ///
    /// # Errors
    /// [`AssociationError::PmkLength`] if `pmk` is not a PMK of the association's AKM.
    pub fn new(association: Association, pmk: Pmk) -> Result<Self, AssociationError> {
        Ok(Self::idle(Agreement::new(association, pmk)?))
    }

    fn idle(agreement: Agreement) -> Self {
        Self {
            agreement,
            last_counter: None,
            pending: None,
            established: None,
            key_id: 0,
            group_keys: InstalledGroupKeys::default(),
            lacks_group_key: false,
            next_request: 0,
            repeats_of_message_1: 0,
            must_be_named: false,
        }
    }

    /// The supplicant of an association that a fast transition has led to, with the keys that are in use from the start.
    pub(crate) fn after_transition(agreement: Agreement, anonce: Nonce, ptk: Box<Ptk>) -> Self {
        Self {
            established: Some(Established { anonce, ptk }),
            ..Self::idle(agreement)
        }
    }

    /// Hands out group keys that came otherwise than in a handshake.
    pub(crate) fn install(&mut self, keys: GroupKeys, effects: &mut Effects) {
        self.group_keys.install(keys, &self.agreement.association, effects);
    }

    /// Says how the PMK is named, for AKMs whose authentication names it (SAE, OWE): message 1 is checked against it.
    #[must_use]
    pub fn with_pmkid(mut self, pmkid: [u8; 16]) -> Self {
        self.agreement.set_pmkid(pmkid);
        self
    }

    /// Says how the PMK is named that the association request has offered, where the authenticator may as well not know
    /// it and have the user authenticated: message 1 has to name it, or is refused with [`Refusal::Pmkid`].
    #[must_use]
    pub fn with_offered_pmkid(self, pmkid: [u8; 16]) -> Self {
        Self {
            must_be_named: true,
            ..self.with_pmkid(pmkid)
        }
    }

    /// Takes the PMK that another authentication in the same association has left (802.1X re-authentication). Keys in
    /// use stay in use until the handshake that follows; one that is going on ends here. Until a handshake has proved
    /// the new PMK, one that names the PMK before it is done with that: access points are in use (hostapd) that keep
    /// to the old one for as long as the association lasts.
    ///
    /// # Errors
    /// As [`new`](Self::new); then nothing changes.
    pub fn set_pmk(&mut self, pmk: Pmk) -> Result<(), AssociationError> {
        self.agreement.set_pmk(pmk)?;
        self.pending = None;
        self.repeats_of_message_1 = 0;
        self.must_be_named = false;
        Ok(())
    }

    /// The name of the PMK, for whoever keeps it. `None` where nothing names it: with fast transition, and with Suite B
    /// before a handshake is complete.
    #[must_use]
    pub fn pmkid(&self) -> Option<[u8; 16]> {
        let association = &self.agreement.association;
        let (aa, spa) = (association.authenticator(), association.supplicant());
        self.agreement.pmkid().or_else(|| {
            let kck = self.established.as_ref()?.ptk.kck();
            keys::derive::pmkid_suite_b(self.agreement.suite(), kck, aa, spa)
        })
    }

    /// Takes a received EAPOL PDU, with or without Ethernet padding behind it. `rng` is asked for 32 octets when a
    /// handshake begins.
    ///
    /// # Errors
    /// The packet is refused: the state is exactly as before, and no effect was pushed. [`Refusal::reason`] tells
    /// whether more than discarding it is called for.
    pub fn handle_eapol(
        &mut self,
        pdu: &[u8],
        rng: &mut dyn CryptoRng,
        effects: &mut Effects,
    ) -> Result<MessageName, Refusal> {
        let frame = Unverified::parse(pdu, self.agreement.suite(), self.agreement.descriptor())?;
        let message = frame.message();
        match message {
            MessageName::FourWay1 => self.handle_message_1(frame, rng, effects)?,
            MessageName::FourWay3 => self.handle_message_3(frame, effects)?,
            MessageName::Group1 if self.agreement.is_wpa() => self.handle_wpa_group_message_1(frame, effects)?,
            MessageName::Group1 => self.handle_group_message_1(frame, effects)?,
            MessageName::FourWay2
            | MessageName::FourWay4
            | MessageName::Group2
            | MessageName::Request
            | MessageName::Error => return Err(Refusal::Unexpected { message }),
        }
        Ok(message)
    }

    /// The message that the handshake cannot go on without, or `None` when it is complete.
    #[must_use]
    pub fn waiting_for(&self) -> Option<MessageName> {
        match (&self.pending, &self.established) {
            (Some(_), _) => Some(MessageName::FourWay3),
            (None, None) => Some(MessageName::FourWay1),
            (None, Some(_)) if self.lacks_group_key => Some(MessageName::Group1),
            (None, Some(_)) => None,
        }
    }

    /// Whether a 4-way handshake has completed, with WPA also the group key handshake that it needs: the keys are
    /// installed, also while they are being changed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.established.is_some() && !self.lacks_group_key
    }

    /// How often message 1 came again after message 2 was sent. With a good radio link, two or more suggest that the
    /// authenticator does not accept message 2: the secrets differ. Nothing proves it, as message 1 has no MIC.
    #[must_use]
    pub const fn repeats_of_message_1(&self) -> u32 {
        self.repeats_of_message_1
    }

    /// The key of the mobility domain, to be kept for transitions, if this is the first association in one and its
    /// handshake is complete.
    #[must_use]
    pub fn hierarchy(&self) -> Option<&Hierarchy> {
        self.agreement.hierarchy().filter(|_| self.is_complete())
    }

    /// The access point has taken its stations to another channel (IEEE 802.11-2020, 11.8.8): handshakes tell and compare
    /// that one from here on, if they do that at all.
    pub fn move_to(&mut self, channel: Oci) {
        self.agreement.association.move_to(channel);
    }

    /// What was negotiated.
    #[must_use]
    pub const fn association(&self) -> &Association {
        &self.agreement.association
    }
}

#[cfg(test)]
mod tests {
    use keys::{Bigtk, Gtk, Igtk, Ptk};

    use super::*;

    /// RSNE with every field but PMKIDs, and RSNXE.
    const ELEMENTS: usize = 28 + 3;

    #[test]
    fn a_completed_supplicant_takes_at_most_one_kibibyte() {
        let state = size_of::<Supplicant>();
        let group_keys = 3 * size_of::<Gtk>() + 2 * size_of::<Igtk>() + 2 * size_of::<Bigtk>();
        let heap = size_of::<Pmk>() + size_of::<Ptk>() + 2 * ELEMENTS + group_keys;
        assert!(state + heap <= 1024, "{state} + {heap} octets");
    }
}
