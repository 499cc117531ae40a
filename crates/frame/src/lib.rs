//! Bytes to types and back, for everything that a post-association operation puts on the air.
//!
//! Knows no cryptography, allocates nothing and does no I/O: parsing borrows from the buffer it was
//! given, emitting writes into one. What a field *means* for security is decided in the crates above.
#![no_std]

pub mod mac;
pub mod suite;

pub use mac::MacAddress;
pub use suite::{Akm, Cipher, Suite};
