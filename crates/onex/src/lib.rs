//! The 802.1X module that a host lends to its extension: port access entity and EAP.
//!
//! Sans-I/O: packets and time come in as arguments, packets go out as values.
//!
//! It knows how an authentication is started ([`start`]); the EAP methods are not here yet, and a host
//! refuses to start an operation without them.
#![no_std]

pub mod start;
