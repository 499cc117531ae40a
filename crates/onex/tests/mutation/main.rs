//! Mutated packets by the thousand, or by the million with `cargo xtask mutate`, for the peer's side of every EAP method,
//! outside and inside of tunnels.
//!
//! What holds of every one of them: the peer neither panics nor hangs, comes to an end, and believes a success only with
//! the keys of the decent server; and it has no more memory after the last one than after the first ones.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "that is how a test fails"
)]

extern crate portcullis_onex as onex;

#[path = "../../src/tls/testing/authority.rs"]
mod authority;
mod conversation;
mod fuzzed;
mod inside;
mod methods;
mod mutant;
mod run;
mod seeds;
mod shape;
mod watch;

/// A test for each method.
macro_rules! tests {
    ($($name:ident: $method:expr,)*) => {
        $(
            #[test]
            fn $name() {
                crate::run::run(stringify!($name), $method);
            }
        )*
    };
}

mod mutated_packets_do_no_harm_to {
    use onex::methods::ttls::Protocol;
    use onex::server::peap::Version;

    use crate::methods::{Method, Within};

    crate::methods::each_method!(tests);
}
