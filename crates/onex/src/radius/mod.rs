//! A RADIUS client for EAP (RFC 2865, RFC 3579), as an access point has one: without a socket and without a clock.
//!
//! [`Client`] carries one conversation: EAP packets go into Access-Requests, and come out of the server's answers once
//! their authenticators are proved.

mod attribute;
mod client;
mod mppe;
#[cfg(test)]
mod tests;

pub use client::{Answer, Client, Nas, Refusal, Retry, Timing};
pub use mppe::MppeKeys;
