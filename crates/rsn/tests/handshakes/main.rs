//! The handshakes through their public face.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "that is how a test fails"
)]

mod authenticator;
mod bench;
mod every_bit;
mod extended_key_id;
mod sequences;
mod suites;
mod supplicant;
mod transition;
mod vectors;
mod wpa;
