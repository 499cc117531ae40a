//! Simultaneous authentication of equals: the exchange of authentication frames that proves a password and leaves a PMK
//! (IEEE 802.11-2020, 12.4.8).
//!
//! An [`Exchange`] is one authentication with one peer, on either side. [`Password`] is kept by its owner for all
//! exchanges of a network, since it holds what is costly to compute; [`AntiClogging`] is an access point's guard before
//! its exchanges. The algebra is in `keys::sae`, the format of the frames in `frame::sae`.

mod clogging;
mod effect;
mod exchange;
mod password;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use frame::sae::Method;
use frame::{Akm, MacAddress};
use keys::curve::Curve;

pub use clogging::{AntiClogging, Verdict};
pub use effect::{AuthFrame, Effect, Effects, Failure, PasswordProof};
pub use exchange::{Exchange, Ignored};
pub use password::Password;

/// What an exchange is to be about.
#[derive(Clone)]
pub struct Config {
    /// Our own address.
    pub own: MacAddress,
    /// The peer's address.
    pub peer: MacAddress,
    /// The password; a responder may have several with different identifiers.
    pub passwords: Vec<Arc<Password>>,
    /// The groups that may be used, the preferred one first.
    pub groups: Vec<Curve>,
    /// The suites that the authentication may be for; an initiator takes the first.
    pub akms: Vec<Akm>,
    /// The methods that may be used; an initiator takes the first. See [`method`].
    pub methods: Vec<Method>,
    /// When a frame is sent again.
    pub retry: Retry,
}

/// When a frame without an answer is sent again, and when the peer is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The time between two transmissions (dot11RSNASAERetransPeriod).
    pub period: Duration,
    /// How often an exchange may go out of step, transmissions without an answer included (dot11RSNASAESync).
    pub sync: u32,
}

/// A quarter of a second, five times. The 40 ms of the standard are less than a small access point needs to compute its
/// commit; each repetition would cost it more.
impl Default for Retry {
    fn default() -> Self {
        Self {
            period: Duration::from_millis(250),
            sync: 5,
        }
    }
}

/// The method that a station has to use (IEEE 802.11-2020, 12.4.4.1): hash-to-element with a peer whose RSNXE offers it,
/// so that nobody can talk the two out of it; with any other, hunting and pecking, which knows no password identifiers
/// and no suites with keys as long as the hash. `None` if the two cannot come together.
#[must_use]
pub fn method(peer_offers_h2e: bool, password: &Password, akm: Akm) -> Option<Method> {
    if peer_offers_h2e {
        Some(Method::HashToElement)
    } else if password.identifier().is_some() || has_long_keys(akm) {
        None
    } else {
        Some(Method::HuntingAndPecking)
    }
}

/// True for the suites whose keys are as long as the hash, and which are named in the commit.
const fn has_long_keys(akm: Akm) -> bool {
    matches!(akm, Akm::SAE_EXT_KEY | Akm::FT_SAE_EXT_KEY)
}
