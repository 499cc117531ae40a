//! A whole capture: container, link layer, frames, handshakes, verdicts.
#![no_main]

use adapter::replay::Capture;
use libfuzzer_sys::fuzz_target;
use portcullis::inspect::{Inspector, Secrets};
use std::io::Cursor;

fuzz_target!(|octets: &[u8]| {
    let mut secrets = Secrets::default();
    secrets.add_pmk(&[0x42; 32]).expect("32 octets");
    let mut inspector = Inspector::new(&mut secrets);
    let Ok(mut capture) = Capture::new(Cursor::new(octets.to_vec()), None) else { return };
    while let Ok(Some(frame)) = capture.next_frame() {
        inspector.feed(&frame);
        while let Some(operation) = inspector.next_operation() {
            let _ = operation.verdict.to_string();
        }
        while let Some(plain) = inspector.next_plain() {
            let _ = plain.to_string();
        }
    }
    inspector.finish().for_each(|operation| {
        let _ = operation.verdict.to_string();
    });
});
