//! The methods: those that carry their credentials themselves, and those in a TLS tunnel ([`crate::tls`]).

#[cfg(feature = "gtc")]
pub mod gtc;
#[cfg(feature = "md5")]
pub mod md5;
#[cfg(feature = "mschapv2")]
pub mod mschapv2;
#[cfg(feature = "peap")]
pub mod peap;
#[cfg(feature = "pwd")]
pub mod pwd;
#[cfg(feature = "card")]
pub mod sim_aka;
#[cfg(feature = "teap")]
pub mod teap;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(any(feature = "peap", feature = "teap"))]
mod tlv;
#[cfg(feature = "ttls")]
pub mod ttls;
