//! What a completed association says: the port's state and the association's parameters.

use crate::{AuthAlgorithm, CipherAlgorithm};
use frame::MacAddress;
use frame::oci::Oci;

/// The state of a data port (`DOT11_PORT_STATE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortState {
    /// The peer at the other end: the access point.
    pub peer: MacAddress,
    /// The session's number, never used twice by one host.
    pub session_id: u32,
    /// Whether the port filters what passes.
    pub controlled: bool,
    /// Whether data may pass.
    pub authorized: bool,
}

/// How an association came about or ended (`DOT11_ASSOC_STATUS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct AssociationStatus(pub u32);

impl AssociationStatus {
    /// The association stands.
    pub const SUCCESS: Self = Self(0);
    /// The peer could not be reached.
    pub const UNREACHABLE: Self = Self(2);
    /// The radio was switched off.
    pub const RADIO_OFF: Self = Self(3);
    /// Cancelled.
    pub const CANCELLED: Self = Self(5);
    /// The host disassociated.
    pub const DISASSOCIATED_BY_HOST: Self = Self(7);
    /// The adapter was reset.
    pub const DISASSOCIATED_BY_RESET: Self = Self(9);
    /// A defect of the adapter or of its driver.
    pub const SYSTEM_ERROR: Self = Self(10);

    /// The peer deauthenticated, for an 802.11 reason code.
    #[must_use]
    pub const fn peer_deauthenticated(reason: u16) -> Self {
        Self(0x1_0000 | reason as u32)
    }

    /// The peer disassociated, for an 802.11 reason code.
    #[must_use]
    pub const fn peer_disassociated(reason: u16) -> Self {
        Self(0x2_0000 | reason as u32)
    }

    /// Whether it was the peer that has ended the association.
    #[must_use]
    pub const fn is_by_peer(self) -> bool {
        matches!(self.0 >> 16, 1 | 2)
    }

    /// The peer's association response refused, with an 802.11 status code.
    #[must_use]
    pub const fn refused(status: u16) -> Self {
        Self(0x3_0000 | status as u32)
    }
}

/// The parameters of a completed association (`DOT11_ASSOCIATION_COMPLETION_PARAMETERS`).
///
/// Frames stand without their MAC header: fixed fields, then elements (IEEE 802.11-2020, 9.3.3).
/// An adapter that does not know a frame leaves it empty.
#[derive(Clone, Copy, Debug)]
pub struct AssociationParameters<'a> {
    /// The peer at the other end: the access point.
    pub peer: MacAddress,
    /// Always [`AssociationStatus::SUCCESS`] in a post-association operation (R15).
    pub status: AssociationStatus,
    /// The request was a reassociation request.
    pub reassociation: bool,
    /// The (re)association request that was sent.
    pub request: &'a [u8],
    /// The (re)association response that was received.
    pub response: &'a [u8],
    /// The Beacon or Probe Response by which the access point was chosen.
    pub beacon: &'a [u8],
    /// Anything that the adapter's driver has to tell its extension.
    pub ihv_data: &'a [u8],
    /// The authentication algorithm of the association.
    pub auth: AuthAlgorithm,
    /// The pairwise cipher.
    pub unicast_cipher: CipherAlgorithm,
    /// The group cipher.
    pub multicast_cipher: CipherAlgorithm,
    /// The group management cipher; none without management frame protection.
    pub multicast_management_cipher: CipherAlgorithm,
    /// The channel that the adapter is on, where it can tell.
    pub channel: Option<Oci>,
    /// The adapter has authorised the port itself (an association with keys known before).
    pub port_authorized: bool,
}

/// The fixed fields of an association request and of a reassociation request, octets
/// (IEEE 802.11-2020, Tables 9-34 and 9-36).
const REQUEST_FIXED: usize = 4;
const REASSOCIATION_FIXED: usize = 10;

/// The fixed fields of a beacon, octets (IEEE 802.11-2020, Table 9-32).
const BEACON_FIXED: usize = 12;

/// The fixed fields of a (re)association response, octets (IEEE 802.11-2020, Table 9-35).
const RESPONSE_FIXED: usize = 6;

impl<'a> AssociationParameters<'a> {
    /// The elements of the (re)association request; none if it is shorter than its fixed fields.
    #[must_use]
    pub fn request_elements(&self) -> &'a [u8] {
        let fixed = if self.reassociation {
            REASSOCIATION_FIXED
        } else {
            REQUEST_FIXED
        };
        self.request.get(fixed..).unwrap_or_default()
    }

    /// The elements of the (re)association response; none if it is shorter than its fixed fields.
    #[must_use]
    pub fn response_elements(&self) -> &'a [u8] {
        self.response.get(RESPONSE_FIXED..).unwrap_or_default()
    }

    /// The elements of the beacon; none if it is shorter than its fixed fields.
    #[must_use]
    pub fn beacon_elements(&self) -> &'a [u8] {
        self.beacon.get(BEACON_FIXED..).unwrap_or_default()
    }
}
