//! The methods: those that carry their credentials themselves, and those in a TLS tunnel ([`crate::tls`]).

pub mod gtc;
pub mod md5;
pub mod mschapv2;
#[cfg(feature = "tls")]
pub mod peap;
pub mod pwd;
pub mod sim_aka;
#[cfg(feature = "tls")]
pub mod teap;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "tls")]
mod tlv;
#[cfg(feature = "tls")]
pub mod ttls;
