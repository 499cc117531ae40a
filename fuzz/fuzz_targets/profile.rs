//! The security fragment of a profile. What is read is written, and read again.
#![no_main]

use extension::profile::SecurityFragment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(fragment) = SecurityFragment::parse(text) {
        let written = fragment.to_profile();
        assert!(SecurityFragment::parse(&written.xml).is_ok());
    }
});
