//! Every parser of `frame`. What parses is emitted and parses to the same again.
#![no_main]

use frame::dot11::Frame;
use frame::eap::EapPacket;
use frame::eapol::Eapol;
use frame::eapol_key::KeyFrame;
use frame::fte::Fte;
use frame::rsne::Rsne;
use frame::rsnxe::Rsnxe;
use frame::wpa::WpaElement;
use frame::{Emit, element, kde};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    for mic_len in [0, 16, 24, 32] {
        if let Ok(parsed) = KeyFrame::parse(octets, mic_len) {
            let emitted = parsed.to_vec().expect("what was parsed can be emitted");
            assert_eq!(KeyFrame::parse(&emitted, mic_len).as_ref(), Ok(&parsed));
            let _ = parsed.name();
            kde::key_data(parsed.key_data).for_each(drop);
        }
    }
    if let Ok(parsed) = Rsne::parse(octets) {
        let emitted = parsed.to_vec().expect("what was parsed can be emitted");
        assert_eq!(Rsne::parse(&emitted[2..]), Ok(parsed));
    }
    if let Ok(parsed) = Frame::parse(octets) {
        let _ = parsed.management();
        let _ = parsed.snap();
    }
    let _ = Eapol::parse(octets);
    let _ = EapPacket::parse(octets);
    let _ = Rsnxe::parse(octets);
    let _ = WpaElement::parse(octets);
    let _ = Fte::parse(octets);
    element::elements(octets).for_each(drop);
    kde::key_data(octets).for_each(drop);
});
