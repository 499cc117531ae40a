//! What a handshake starts from, the same on both sides.

use alloc::boxed::Box;
use core::time::Duration;

use frame::eapol_key::{Descriptor, KeyDescriptorVersion, KeyFrame, KeyInfo};
use keys::derive::ft::PmkR1;
use keys::ptk::NONCE_LEN;
use keys::suites::AkmSuite;
use keys::{Pmk, Ptk, derive};
use rand_core::CryptoRng;

use crate::association::{Association, AssociationError, Protocol};
use crate::ft::{Hierarchy, Limits};
use crate::message::Message;

/// A nonce, public, new for every handshake.
pub(crate) type Nonce = [u8; NONCE_LEN];

/// An association and the PMK that its two stations share.
pub(crate) struct Agreement {
    pub(crate) association: Association,
    key: MasterKey,
    /// The row that fits AKM, pairwise cipher and length of the PMK.
    suite: &'static AkmSuite,
    /// The name of the PMK, where the authentication gave it one.
    pmkid: Option<[u8; 16]>,
    /// A handshake has proved the PMK.
    is_proved: bool,
    /// The PMK that the last handshake has proved, as long as none has proved the one above, and its name.
    former: Option<(MasterKey, Option<[u8; 16]>)>,
}

/// Which PMK of an association a handshake is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// That of the last authentication.
    Newest,
    /// The one before it: an authenticator may go on with that until it begins a handshake for the new one.
    Former,
}

/// What PTKs are derived from.
enum MasterKey {
    Pmk(Box<Pmk>),
    Mobile(Box<Mobile>),
}

impl MasterKey {
    /// With fast transition that is PMK-R1, by way of PMK-R0.
    fn new(association: &Association, suite: &'static AkmSuite, pmk: Pmk) -> Result<Self, AssociationError> {
        let Some(mobility) = association.mobility() else {
            return Ok(Self::Pmk(Box::new(pmk)));
        };
        let hierarchy = Hierarchy::derive(suite, &pmk, mobility, association.supplicant())?;
        let (_, r1kh) = mobility.key_holders(suite.mic_len)?;
        Ok(Self::Mobile(Box::new(Mobile {
            r1: hierarchy.r1(r1kh),
            hierarchy: Some(hierarchy),
        })))
    }
}

/// The keys of an association with fast transition.
struct Mobile {
    r1: PmkR1,
    /// What was made from the PMK, to be kept for the transitions that follow, if this is the first association in the
    /// mobility domain.
    hierarchy: Option<Hierarchy>,
}

impl Agreement {
    pub(crate) fn new(association: Association, pmk: Pmk) -> Result<Self, AssociationError> {
        let suite = association.akm_suite().with_pmk_len(pmk.as_bytes().len());
        check_length(suite, &pmk)?;
        Ok(Self {
            key: MasterKey::new(&association, suite, pmk)?,
            association,
            suite,
            pmkid: None,
            is_proved: false,
            former: None,
        })
    }

    /// An association that a fast transition has led to.
    pub(crate) fn after_transition(association: Association, r1: PmkR1) -> Self {
        Self {
            association,
            suite: r1.suite(),
            key: MasterKey::Mobile(Box::new(Mobile { r1, hierarchy: None })),
            pmkid: None,
            is_proved: true,
            former: None,
        }
    }

    /// Replaces the PMK after another authentication in the same association; its name goes with it.
    pub(crate) fn set_pmk(&mut self, pmk: Pmk) -> Result<(), AssociationError> {
        check_length(self.suite, &pmk)?;
        let key = MasterKey::new(&self.association, self.suite, pmk)?;
        let name = self.pmkid();
        let before = core::mem::replace(&mut self.key, key);
        if self.is_proved {
            self.former = Some((before, name));
        }
        self.pmkid = None;
        self.is_proved = false;
        Ok(())
    }

    /// A handshake with this PMK is complete.
    pub(crate) fn prove(&mut self, root: Root) {
        if root == Root::Newest {
            self.is_proved = true;
            self.former = None;
        }
    }

    /// The PMKs that a handshake may be done with, the newest first.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Root> {
        core::iter::once(Root::Newest).chain(self.former.is_some().then_some(Root::Former))
    }

    /// The name of one of the PMKs, as [`pmkid`](Self::pmkid).
    pub(crate) fn name(&self, root: Root) -> Option<[u8; 16]> {
        match root {
            Root::Newest => self.pmkid(),
            Root::Former => self.former.as_ref().and_then(|(_, name)| *name),
        }
    }

    /// PMK-R0, if this association was the first one in its mobility domain.
    pub(crate) fn hierarchy(&self) -> Option<&Hierarchy> {
        match &self.key {
            MasterKey::Pmk(_) => None,
            MasterKey::Mobile(keys) => keys.hierarchy.as_ref(),
        }
    }

    /// Keeps what the access point says of the key of the mobility domain.
    pub(crate) fn limit(&mut self, limits: Limits) {
        if let Some(hierarchy) = self.hierarchy_mut() {
            hierarchy.set_limits(limits);
        }
    }

    /// The key of the mobility domain is kept from `now` on.
    pub(crate) fn keep(&mut self, now: Duration) {
        if let Some(hierarchy) = self.hierarchy_mut() {
            hierarchy.keep(now);
        }
    }

    fn hierarchy_mut(&mut self) -> Option<&mut Hierarchy> {
        match &mut self.key {
            MasterKey::Pmk(_) => None,
            MasterKey::Mobile(keys) => keys.hierarchy.as_mut(),
        }
    }

    /// PMKR1Name, which stands in the RSNEs of messages 2 and 3 of a handshake with fast transition.
    pub(crate) fn r1_name(&self) -> Option<&[u8; 16]> {
        match &self.key {
            MasterKey::Pmk(_) => None,
            MasterKey::Mobile(keys) => Some(keys.r1.name()),
        }
    }

    pub(crate) fn set_pmkid(&mut self, pmkid: [u8; 16]) {
        self.pmkid = Some(pmkid);
    }

    /// The name of the PMK, or `None` where it comes from the authentication and nobody said it.
    pub(crate) fn pmkid(&self) -> Option<[u8; 16]> {
        let MasterKey::Pmk(pmk) = &self.key else {
            return self.pmkid;
        };
        let association = &self.association;
        self.pmkid
            .or_else(|| derive::pmkid(self.suite, pmk, association.authenticator(), association.supplicant()))
    }

    pub(crate) const fn suite(&self) -> &'static AkmSuite {
        self.suite
    }

    /// The PTK of a handshake with the newest PMK. Boxed, so that only the handle moves when the handshake completes.
    pub(crate) fn derive(&self, anonce: &Nonce, snonce: &Nonce) -> Box<Ptk> {
        self.derive_from(Root::Newest, anonce, snonce)
    }

    /// The PTK of a handshake with this PMK.
    pub(crate) fn derive_from(&self, root: Root, anonce: &Nonce, snonce: &Nonce) -> Box<Ptk> {
        let association = &self.association;
        let (cipher, aa, spa) = (
            association.pairwise_suite(),
            association.authenticator(),
            association.supplicant(),
        );
        let key = match (root, &self.former) {
            (Root::Former, Some((key, _))) => key,
            _ => &self.key,
        };
        Box::new(match key {
            MasterKey::Pmk(pmk) => Ptk::derive(self.suite, cipher, pmk, aa, spa, anonce, snonce),
            MasterKey::Mobile(keys) => keys.r1.ptk(cipher, aa, spa, anonce, snonce).0,
        })
    }

    /// Key information with nothing but the key descriptor version of the suite.
    pub(crate) const fn info(&self) -> KeyInfo {
        KeyInfo(self.suite.descriptor_version as u16)
    }

    /// The key information of message 3 (12.7.6.4): it delivers keys, and ends the exchange of the first ones. That of
    /// WPA does neither.
    pub(crate) fn info_3(&self) -> KeyInfo {
        self.info_4()
            .with_install(true)
            .with_ack(true)
            .with_encrypted_key_data(!self.is_wpa())
    }

    /// The key information of message 4 (12.7.6.5).
    pub(crate) fn info_4(&self) -> KeyInfo {
        self.info()
            .with_pairwise(true)
            .with_mic(true)
            .with_secure(!self.is_wpa())
    }

    /// Whether the handshakes are those of WPA.
    pub(crate) fn is_wpa(&self) -> bool {
        self.association.protocol() == Protocol::Wpa
    }

    /// The format of all frames.
    pub(crate) const fn descriptor(&self) -> Descriptor {
        self.association.protocol().descriptor()
    }

    /// A message with nothing in it.
    pub(crate) const fn message(&self) -> Message<'static> {
        Message {
            descriptor: self.descriptor(),
            ..Message::EMPTY
        }
    }

    /// An answer to `request` with nothing in it: of the same version, under the same counter. In WPA it also repeats
    /// the key length.
    pub(crate) fn answer(&self, request: &KeyFrame<'_>) -> Message<'static> {
        Message {
            protocol_version: request.protocol_version,
            key_length: if self.is_wpa() { request.key_length } else { 0 },
            replay_counter: request.replay_counter,
            ..self.message()
        }
    }

    /// What the Key Length field of messages 1 and 3 must be: octets of the temporal key.
    pub(crate) fn key_length(&self) -> u16 {
        // The longest key of the table has 32 octets.
        u16::try_from(self.association.pairwise_suite().tk_len).unwrap_or_default()
    }

    /// Whether key data is encrypted with RC4, which needs an IV that never repeats.
    pub(crate) fn needs_iv(&self) -> bool {
        self.info().version() == KeyDescriptorVersion::HmacMd5Rc4
    }
}

pub(crate) fn check_length(suite: &AkmSuite, pmk: &Pmk) -> Result<(), AssociationError> {
    let (expected, found) = (suite.pmk_len, pmk.as_bytes().len());
    match expected == found {
        true => Ok(()),
        false => Err(AssociationError::PmkLength { expected, found }),
    }
}

/// 32 octets that were never used before (IEEE 802.11-2020, 12.7.5 asks for this and no more).
pub(crate) fn nonce(rng: &mut dyn CryptoRng) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    rng.fill_bytes(&mut nonce);
    nonce
}
