//! The 802.1X module that a host lends to its extension: port access entity and EAP.
//!
//! Sans-I/O: packets, the time and random octets come in as arguments, packets go out as values.
//!
//! The way in: an [`eap::Profile`] names the user and the methods with their credentials; [`pae::Supplicant`] takes it
//! from there on a port, [`eap::Peer`] where EAP has another carrier. A [`Method`] is what the two sides agree on; those
//! over TLS begin with a [`tls::Client`]. [`server`] is the other side, [`radius`] the way to one that runs elsewhere.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "tls"))]
extern crate std;

pub mod eap;
pub mod method;
pub mod methods;
pub mod mschap;
pub mod pae;
pub mod radius;
pub mod server;
pub mod start;
#[cfg(feature = "tls")]
pub mod tls;
pub mod usim;

#[cfg(test)]
mod testing;

pub use method::Method;
pub use pae::Supplicant;
