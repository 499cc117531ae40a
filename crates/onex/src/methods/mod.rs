//! The methods that carry their credentials themselves. Those in a TLS tunnel stand beside this module.

pub mod gtc;
pub mod md5;
pub mod mschapv2;
