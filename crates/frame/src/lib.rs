//! Bytes to types and back, for everything that a post-association operation puts on the air.
//!
//! Knows no cryptography, allocates nothing and does no I/O: parsing borrows from the buffer it was
//! given, emitting writes into one. What a field *means* for security is decided in the crates above.
//!
//! Two ways in: every type has a `parse`, which fails with a [`ParseError`] that names the field, the
//! octet, what was expected and what was found; every type that is sent implements [`Emit`].
//! [`dot11`] holds what the radio carries, [`eapol`], [`eapol_key`] and [`eap`] what the data port carries
//! before it is authorised, [`element`] and [`kde`] the lists inside of both.
#![no_std]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

pub mod codes;
pub mod dot11;
pub mod eap;
pub mod eapol;
pub mod eapol_key;
pub mod element;
pub mod ethertype;
pub mod fte;
pub mod kde;
pub mod llc;
pub mod mac;
pub mod mde;
pub mod mme;
pub mod oci;
pub mod owe;
pub mod owe_transition;
pub mod rsne;
pub mod rsnxe;
pub mod sae;
pub mod suite;
pub mod timeout;
pub mod wpa;

mod bits;
mod error;
mod reader;
mod writer;

#[cfg(test)]
mod testing;

pub use codes::{ReasonCode, StatusCode};
pub use error::{EmitError, ParseError, Problem};
pub use ethertype::EtherType;
pub use mac::MacAddress;
pub use suite::{Akm, Cipher, Suite, SuiteList};
pub use writer::{Emit, Writer};
