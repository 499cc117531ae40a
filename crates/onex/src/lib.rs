//! The 802.1X module that a host lends to its extension: port access entity and EAP.
//!
//! Sans-I/O: packets, the time and random octets come in as arguments, packets go out as values.
//!
//! [`start`] begins an authentication; a [`Method`] is what is negotiated then.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod method;
pub mod start;

pub use method::Method;
