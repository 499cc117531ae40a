//! What comes between the choice of an access point and the association: the exchanges of SAE, OWE and fast
//! transition. `wlanihv.h` has no counterpart: there, such an exchange belongs to the driver.

use crate::{BssEntry, KeyMaterial};
use core::fmt;
use frame::MacAddress;
use frame::codes::StatusCode;

/// With whom an adapter is about to associate.
#[derive(Clone, Copy, Debug)]
pub struct Approach<'a> {
    /// The access point, as it was seen.
    pub bss: &'a BssEntry,
    /// The network's name, 0 to 32 octets.
    pub ssid: &'a [u8],
    /// The elements of the (re)association request that speak of security, whole, as the host would send
    /// them: an RSNE with what the extension has set (R13), or none for a network without one.
    pub elements: &'a [u8],
    /// The access point that the adapter is associated with and would leave for this one.
    pub current: Option<MacAddress>,
}

/// How an association comes about.
#[derive(Debug)]
pub enum Opening {
    /// By open system authentication, or by shared key if that is the algorithm set.
    Associate(Terms),
    /// By an exchange of authentication frames (or FT action frames), which the extension has begun or
    /// will begin, and which ends with `authentication_completion`.
    Exchange,
}

/// What the (re)association request says.
#[derive(Debug)]
pub struct Terms {
    /// The elements that speak of security, whole: RSNE or WPA element, RSNXE, MDE, FTE, OWE's parameter.
    pub elements: Vec<u8>,
    /// The key from which the adapter may do the 4-way handshake itself, if it can
    /// ([`AdapterCapabilities::handshake_offload`](crate::AdapterCapabilities)).
    pub offload: Option<Offload>,
}

impl Terms {
    /// A request with these elements, and nothing for the adapter to do itself.
    #[must_use]
    pub const fn new(elements: Vec<u8>) -> Self {
        Self {
            elements,
            offload: None,
        }
    }
}

/// A key that an adapter may use by itself.
pub struct Offload(pub KeyMaterial);

/// Does not show the key.
impl fmt::Debug for Offload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Offload")
    }
}

/// An authentication frame without its MAC header (IEEE 802.11-2020, 9.3.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationFrame<'a> {
    /// The authentication algorithm number (9.4.1.1): 2 for fast transition, 3 for SAE.
    pub algorithm: u16,
    /// The transaction sequence number.
    pub transaction: u16,
    /// The status code.
    pub status: StatusCode,
    /// What follows: fields and elements.
    pub body: &'a [u8],
}

/// What an access point refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusing {
    /// The open system authentication.
    Authentication(StatusCode),
    /// The (re)association.
    Association(StatusCode),
}

/// What is to be done about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// Nothing: the attempt has failed by the access point's refusal.
    GiveUp,
    /// Nothing: the attempt has failed, for a better reason than the status code.
    Fail(crate::Reason),
    /// Begin the association with the same access point again: the extension has changed what it says.
    Again,
}
