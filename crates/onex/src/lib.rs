//! The 802.1X module that a host lends to its extension: port access entity and EAP.
//!
//! Sans-I/O: packets, the time and random octets come in as arguments, packets go out as values.
//!
//! The way in: an [`eap::Profile`] names the user and the methods with their credentials; [`pae::Supplicant`] takes it
//! from there on a port, [`eap::Peer`] where EAP has another carrier. A [`Method`] is what the two sides agree on; those
//! over TLS begin with a [`tls::Client`]. [`server`] is the other side, [`radius`] the way to one that runs elsewhere.
//!
//! Each method is a feature of its name (`tls`, `ttls`, `peap`, `teap`, `pwd`, `sim`, `aka`, `aka-prime`, `mschapv2`,
//! `gtc`, `md5`); the feature `server`, which is on by default, has the other side and so all of them.
#![no_std]
#![cfg_attr(
    not(feature = "server"),
    allow(dead_code, unused_imports, reason = "methods share what not each of them uses alone")
)]

extern crate alloc;
#[cfg(any(test, feature = "tunnel"))]
extern crate std;

#[cfg(all(test, not(feature = "server")))]
compile_error!("the tests need the other side of every method: the feature `server`");

pub mod eap;
pub mod method;
pub mod methods;
#[cfg(feature = "mschap")]
pub mod mschap;
pub mod pae;
pub mod radius;
#[cfg(feature = "server")]
pub mod server;
pub mod start;
#[cfg(feature = "tunnel")]
pub mod tls;
#[cfg(feature = "card")]
pub mod usim;

#[cfg(test)]
mod testing;

pub use method::Method;
pub use pae::Supplicant;
