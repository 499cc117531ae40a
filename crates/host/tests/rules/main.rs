//! The rules of the interface, through the host's public face: each test names the rule that it checks.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "that is how a test fails"
)]

mod association;
mod keys;
mod life;
mod operation;
mod packets;
mod phases;
mod reset;
mod secrets;
mod support;
