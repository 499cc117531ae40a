//! Every parser of `frame`. What parses is emitted, and parses to the same again.
#![no_main]

use frame::dot11::{Frame, FtAction, Management, SaQueryAction};
use frame::eap::EapPacket;
use frame::eapol::Eapol;
use frame::eapol_key::KeyFrame;
use frame::fte::Fte;
use frame::llc::Snap;
use frame::mde::MobilityDomain;
use frame::mme::ManagementMic;
use frame::oci::Oci;
use frame::owe::DhParameter;
use frame::owe_transition::OweTransition;
use frame::rsne::Rsne;
use frame::rsnxe::Rsnxe;
use frame::sae::{Commit, Confirm, Method, TokenRequest};
use frame::timeout::TimeoutInterval;
use frame::wpa::WpaElement;
use frame::{Emit, element, kde};
use libfuzzer_sys::fuzz_target;

/// Parses, emits, passes over the octets of a header that the parser is not given, and parses again.
macro_rules! round_trip {
    ($octets:expr, $header:expr, $parse:expr) => {
        if let Ok(parsed) = $parse($octets) {
            let emitted = parsed.to_vec().expect("what was parsed can be emitted");
            assert_eq!($parse(&emitted[$header..]), Ok(parsed));
        }
    };
}

/// The longest body of an element, and of one whose number is extended.
const BODY: usize = 255;
const EXTENDED_BODY: usize = 254;

fuzz_target!(|octets: &[u8]| {
    eapol(octets);
    management(octets);
    authentication(octets);
    elements(octets);
});

fn eapol(octets: &[u8]) {
    for mic_len in [0, 16, 24, 32] {
        if let Ok(parsed) = KeyFrame::parse(octets, mic_len) {
            let emitted = parsed.to_vec().expect("what was parsed can be emitted");
            assert_eq!(KeyFrame::parse(&emitted, mic_len).as_ref(), Ok(&parsed));
            let _ = parsed.name();
            kde::key_data(parsed.key_data).for_each(drop);
        }
    }
    round_trip!(octets, 0, Eapol::parse);
    round_trip!(octets, 0, EapPacket::parse);
    round_trip!(octets, 0, Snap::parse);
    kde::key_data(octets).for_each(drop);
}

fn management(octets: &[u8]) {
    if let Ok(parsed) = Frame::parse(octets) {
        let _ = parsed.management();
        let _ = parsed.snap();
    }
    let Some((subtype, body)) = octets.split_first() else { return };
    round_trip!(body, 0, |body| Management::parse(subtype & 0xf, body));
    if let Ok(Management::Action(action)) = Management::parse(subtype & 0xf, body) {
        let _ = FtAction::parse(&action);
        let _ = SaQueryAction::parse(&action);
    }
}

fn authentication(octets: &[u8]) {
    for method in [Method::HuntingAndPecking, Method::HashToElement] {
        round_trip!(octets, 0, |octets| Commit::parse(octets, method));
        round_trip!(octets, 0, |octets| TokenRequest::parse(octets, method));
    }
    round_trip!(octets, 0, Confirm::parse);
}

fn elements(octets: &[u8]) {
    element::elements(octets).for_each(drop);
    let body = &octets[..octets.len().min(BODY)];
    round_trip!(body, 2, Rsne::parse);
    round_trip!(body, 2, Rsnxe::parse);
    round_trip!(body, 2, MobilityDomain::parse);
    round_trip!(body, 2, ManagementMic::parse);
    round_trip!(body, 2, TimeoutInterval::parse);
    round_trip!(body, 2, WpaElement::parse);
    round_trip!(body, 2, OweTransition::parse);
    for mic_len in [16, 24, 32] {
        round_trip!(body, 2, |body| Fte::parse(body, mic_len));
        let _ = ManagementMic::split_last(octets, mic_len);
    }
    let body = &octets[..octets.len().min(EXTENDED_BODY)];
    round_trip!(body, 3, Oci::parse);
    round_trip!(body, 3, DhParameter::parse);
}
