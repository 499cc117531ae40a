//! The suite tables of the standard as tables in code, one row a suite.
//!
//! A row answers every question that a handshake has about a negotiated suite: which derivation, which
//! lengths, which MIC, which key wrap. All lengths are in octets.

mod akm;
mod cipher;

pub use akm::{AkmSuite, Credential, Derivation, PmkidSource};
pub use cipher::{CipherKind, CipherSuite};
