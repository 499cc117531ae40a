//! A peer of any EAP method in any state takes whatever comes: it does not panic, and is not let in without a word.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/onex/src/tls/testing/authority.rs"]
mod authority;
#[path = "../../crates/onex/tests/mutation/fuzzed.rs"]
mod fuzzed;
#[allow(dead_code, unused_imports, reason = "it has the servers of the tests as well")]
#[path = "../../crates/onex/tests/mutation/methods.rs"]
mod methods;

static CERTIFICATES: LazyLock<methods::Certificates> = LazyLock::new(methods::Certificates::new);

fuzz_target!(|octets: &[u8]| {
    let fed = fuzzed::feed(&CERTIFICATES, octets);
    assert!(fed.answered > 0 || !fed.is_let_in, "let in without a word");
});
