//! What two stations agreed on when they associated: the frame in which a handshake takes place.

mod elements;
mod error;
mod negotiation;
#[cfg(test)]
mod testing;

pub use elements::{Elements, Protocol};
pub use error::AssociationError;

use alloc::boxed::Box;

use frame::oci::Oci;
use frame::{Akm, Cipher, MacAddress};
use keys::suites::{AkmSuite, CipherSuite};

use crate::ft::Mobility;

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
    extended_key_id: bool,
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
        self.station.protocol()
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

    /// Both stations have moved to another channel, which matters if they validate it.
    pub(crate) fn move_to(&mut self, channel: Oci) {
        if let Some(current) = &mut self.facts.channel {
            *current = channel;
        }
    }

    /// Whether pairwise keys have the Key IDs 0 and 1 in turns (IEEE 802.11-2020, 12.7.6.4), so that no frame is lost
    /// when they change.
    #[must_use]
    pub const fn extended_key_id(&self) -> bool {
        self.extended_key_id
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
