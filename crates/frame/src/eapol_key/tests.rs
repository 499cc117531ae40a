//! Frames of the unit tests of iwd 2.3 (`unit/test-eapol.c`): whole handshakes of WPA2 and WPA.

use alloc::string::ToString;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::error::Problem;
use crate::testing::{accepted_truncations, hex};

/// `eapol_key_data_7` to `_12`: WPA2-PSK, both handshakes.
const WPA2: [&str; 6] = [
    "0203005f02008a001000000000000000012b5852b88e4ca34dc599ed202c63957c535e3efa9289873411127cbaf3588425
     0000000000000000000000000000000000000000000000000000000000000000 00000000000000000000000000000000 0000",
    "0203007302010a00000000000000000001727c656c5ed642d7f47f484351d808945118da6a4933ac7e293f2f2ac088348c
     0000000000000000000000000000000000000000000000000000000000000000 7d7c45989f492b4a36583529282d8fed
     0014 30120100000fac040100000fac040100000fac02",
    "020300970213ca00100000000000000001c2bb57ab588f92ebbd44e811094f601c087986030c3ac749cc61d63e33832e50
     0000000000000000000000000000000000000000000000000000000000000000 f535d91809731a1d290894705e919c8e
     0038 1918df1ef0e7696652e257938034e17038b98b4c45a923b7b6fa8c33e37bdcd47feab11c226a2c5e38d5ad799405d610a69551d60be60a5b",
    "0103005f02030a00000000000000000001 0000000000000000000000000000000000000000000000000000000000000000
     0000000000000000000000000000000000000000000000000000000000000000 9e57a4c09bafb3375e46d386cf872753 0000",
    "0203007f02138200100000000000000003ef6dc20c5727e82507751e67369dc91ef1718eb135b212df9fcb0a65a2d5671d
     0000000000000000000000000000000000000000000000000000000000000000 f6ab075bc8ed19211cdc3b0e2d67ecf0
     0020 e9965b4685d58b88bd574857e4f0dfddf72a7aa8eb68a9ef4404a66faa48511b",
    "0203005f02030200000000000000000003 0000000000000000000000000000000000000000000000000000000000000000
     0000000000000000000000000000000000000000000000000000000000000000 c9bd17f154b732cfbc01db0c37e6339f 0000",
];

/// `eapol_key_data_14` to `_18`: WPA-PSK, messages 2 to 4 and the group handshake.
const WPA: [&str; 5] = [
    "02030077fe0109000000000000000000013b7f850a039ca471429d0fc3ce9fff48db892ef7a7ff80f622c46e329705c37d
     0000000000000000000000000000000000000000000000000000000000000000 1e68294dc880718a7d308fab43995360
     0018 dd160050f20101000050f20201000050f20201000050f202",
    "02030077fe01c90020000000000000000266be994844e0f540781391376f479956a3ec3632e4121364ec7e7537eff62ac5
     0000000000000000000000000000000000000000000000000000000000000000 96c297f6c19372193e40d9c8b9aa7c94
     0018 dd160050f20101000050f20201000050f20201000050f202",
    "0203005ffe010900000000000000000002 0000000000000000000000000000000000000000000000000000000000000000
     0000000000000000000000000000000000000000000000000000000000000000 e065f333a35b4fdac366b31a43b53195 0000",
    "0203007ffe03a100200000000000000003c3a7e01410eae6e5fb79fcf5e5550844d9bdd2805d811c0a9c480ae986ca87a1
     d9bdd2805d811c0a9c480ae986ca87a200000000000000000000000000000000 fb78f8f3ff1fec979867e8250af29d61
     0020 9f46720483d7f6a35bbda68032e044925e90e57fd85dfcd0dbcd7ff748df3375",
    "0203005ffe032100000000000000000003 0000000000000000000000000000000000000000000000000000000000000000
     0000000000000000000000000000000000000000000000000000000000000000 e992b93325a9dc46e3b2a15cf72f8252 0000",
];

fn name(pdu: &[u8], mic_len: usize) -> Option<MessageName> {
    KeyFrame::parse(pdu, mic_len).unwrap().name()
}

#[test]
fn the_messages_of_wpa2_are_named_in_their_order() {
    let names: Vec<_> = WPA2
        .iter()
        .map(|frame| name(&hex(frame), 16).unwrap().to_string())
        .collect();
    assert_eq!(names, ["4way-1", "4way-2", "4way-3", "4way-4", "group-1", "group-2"]);
}

#[test]
fn the_messages_of_wpa_are_named_though_message_4_is_not_secure() {
    let names: Vec<_> = WPA
        .iter()
        .map(|frame| name(&hex(frame), 16).unwrap().to_string())
        .collect();
    assert_eq!(names, ["4way-2", "4way-3", "4way-4", "group-1", "group-2"]);
}

#[test]
fn every_field_is_where_the_standard_puts_it() {
    let pdu = hex(WPA[3]);
    let frame = KeyFrame::parse(&pdu, 16).unwrap();
    assert_eq!(frame.protocol_version, 2);
    assert_eq!(frame.descriptor, Descriptor::WPA);
    assert_eq!(frame.info, KeyInfo(0x03a1));
    assert_eq!(frame.info.version(), KeyDescriptorVersion::HmacMd5Rc4);
    assert_eq!(frame.info.wpa_key_index(), 2);
    assert_eq!(frame.key_length, 32);
    assert_eq!(frame.replay_counter, 3);
    assert_eq!(frame.nonce[..4], [0xc3, 0xa7, 0xe0, 0x14]);
    assert_eq!(frame.iv[..4], [0xd9, 0xbd, 0xd2, 0x80]);
    assert_eq!((frame.rsc, frame.reserved), (&[0; 8], &[0; 8]));
    assert_eq!(frame.mic, &pdu[KeyFrame::mic_range(16)]);
    assert_eq!(frame.mic[..4], [0xfb, 0x78, 0xf8, 0xf3]);
    assert_eq!((frame.key_data.len(), frame.key_data[0]), (32, 0x9f));
    assert_eq!(frame.pdu_len(), pdu.len());
}

#[test]
fn every_frame_is_emitted_as_it_was_parsed() {
    for text in WPA2.iter().chain(&WPA) {
        let pdu = hex(text);
        let frame = KeyFrame::parse(&pdu, 16).unwrap();
        assert_eq!(frame.to_vec().unwrap(), pdu);
        assert_eq!(frame.emitted_len(), frame.pdu_len());
        let mut small = [0; 98];
        assert_eq!(
            frame.emit(&mut small),
            Err(crate::EmitError::BufferTooSmall {
                needed: pdu.len(),
                available: 98
            })
        );
    }
}

#[test]
fn a_frame_cut_anywhere_is_refused() {
    for text in WPA2.iter().chain(&WPA) {
        let pdu = hex(text);
        assert_eq!(accepted_truncations(&pdu, |pdu| KeyFrame::parse(pdu, 16)), []);
    }
}

#[test]
fn ethernet_padding_is_not_key_data() {
    let mut packet = hex(WPA2[3]);
    let pdu_len = packet.len();
    packet.extend([0; 3]);
    let frame = KeyFrame::parse(&packet, 16).unwrap();
    assert_eq!(frame.pdu_len(), pdu_len);
    assert_eq!(frame.key_data, []);
}

#[test]
fn a_key_data_length_that_contradicts_the_body_is_refused_both_ways() {
    let mut pdu = hex(WPA2[1]);
    for (announced, expected) in [(0x15, 21), (0x13, 19)] {
        pdu[98] = announced;
        let error = KeyFrame::parse(&pdu, 16).unwrap_err();
        assert_eq!(error, ParseError::length("EAPOL-Key key data", 99, expected, 20));
    }
}

#[test]
fn the_mic_is_as_long_as_the_caller_says() {
    for (mic_len, body) in [(0usize, 79u8), (24, 103), (32, 111)] {
        let mut pdu = hex(WPA2[3]);
        pdu[3] = body;
        pdu.resize(4 + usize::from(body), 0);
        pdu[KeyFrame::mic_range(mic_len)].fill(7);
        pdu[KeyFrame::mic_range(mic_len).end..].fill(0);
        let frame = KeyFrame::parse(&pdu, mic_len).unwrap();
        assert_eq!(frame.mic, alloc::vec![7; mic_len]);
        assert_eq!(frame.to_vec().unwrap(), pdu);
    }
    let error = KeyFrame::parse(&hex(WPA2[3]), 20).unwrap_err();
    assert_eq!(
        error,
        ParseError::value("EAPOL-Key MIC", 81, "0, 16, 24 or 32 octets", 20)
    );
}

#[test]
fn another_packet_type_and_the_rc4_descriptor_are_refused() {
    let mut pdu = hex(WPA2[0]);
    pdu[1] = 0;
    assert_eq!(
        KeyFrame::parse(&pdu, 16),
        Err(ParseError::value("EAPOL packet type", 1, "3 (key)", 0))
    );
    pdu[1] = 3;
    pdu[4] = 1;
    let error = KeyFrame::parse(&pdu, 16).unwrap_err();
    assert_eq!((error.field, error.offset), ("EAPOL-Key descriptor type", 4));
    pdu[4] = 77;
    assert_eq!(KeyFrame::parse(&pdu, 16).unwrap().descriptor, Descriptor(77));
}

#[test]
fn a_rekey_message_2_with_the_secure_bit_is_no_message_4() {
    let mut pdu = hex(WPA2[1]);
    pdu[5] |= 0x02;
    assert!(KeyFrame::parse(&pdu, 16).unwrap().info.secure());
    assert_eq!(name(&pdu, 16), Some(MessageName::FourWay2));
}

#[test]
fn a_message_4_may_repeat_the_nonce_or_carry_kdes() {
    let message_2 = hex(WPA2[1]);
    let frame = KeyFrame::parse(&message_2, 16).unwrap();
    assert_eq!(KeyFrame { key_data: &[], ..frame }.name(), Some(MessageName::FourWay4));
    assert_eq!(
        KeyFrame {
            nonce: &[0; 32],
            ..frame
        }
        .name(),
        Some(MessageName::FourWay4)
    );
}

#[test]
fn requests_and_reports_are_told_from_handshakes() {
    let pdu = hex(WPA2[5]);
    let frame = KeyFrame::parse(&pdu, 16).unwrap();
    let request = frame.info.with_request(true);
    assert_eq!(KeyFrame { info: request, ..frame }.name(), Some(MessageName::Request));
    assert_eq!(
        KeyFrame {
            info: request.with_error(true),
            ..frame
        }
        .name(),
        Some(MessageName::Error)
    );
    assert_eq!(
        KeyFrame {
            info: request.with_pairwise(true),
            ..frame
        }
        .name(),
        Some(MessageName::Request)
    );
}

#[test]
fn a_frame_that_fits_no_handshake_has_no_name() {
    let pdu = hex(WPA2[1]);
    let frame = KeyFrame::parse(&pdu, 16).unwrap();
    for info in [
        frame.info.with_smk(true),
        frame.info.with_mic(false),
        frame.info.with_mic(false).with_pairwise(false),
        frame.info.with_mic(false).with_pairwise(false).with_ack(true),
    ] {
        assert_eq!(KeyFrame { info, ..frame }.name(), None, "{info}");
    }
}

#[test]
fn aead_protected_messages_are_named_without_a_mic_bit() {
    let pairwise = KeyInfo::default().with_pairwise(true);
    let sealed = pairwise.with_encrypted_key_data(true);
    let tag = [9; 16];
    let pdu = hex(WPA2[1]);
    let frame = KeyFrame {
        mic: &[],
        ..KeyFrame::parse(&pdu, 16).unwrap()
    };
    let name = |info, key_data| {
        KeyFrame {
            info,
            key_data,
            ..frame
        }
        .name()
    };
    assert_eq!(name(pairwise.with_ack(true), &[]), Some(MessageName::FourWay1));
    assert_eq!(name(sealed, &[9; 40]), Some(MessageName::FourWay2));
    assert_eq!(name(sealed.with_ack(true), &[9; 80]), Some(MessageName::FourWay3));
    assert_eq!(name(sealed, &tag), Some(MessageName::FourWay4));
    assert_eq!(
        name(sealed.with_pairwise(false).with_ack(true), &[9; 60]),
        Some(MessageName::Group1)
    );
    assert_eq!(name(sealed.with_pairwise(false), &tag), Some(MessageName::Group2));
}

#[test]
fn debug_output_shows_no_key_data() {
    let pdu = hex(WPA[3]);
    let text = alloc::format!("{:?}", KeyFrame::parse(&pdu, 16).unwrap());
    assert!(text.contains("key_data_octets: 32") && text.contains("Group1"));
    assert!(!text.contains("159, 70"), "{text}");
}

#[test]
fn a_key_data_field_too_long_for_its_length_is_refused() {
    let pdu = hex(WPA2[0]);
    let frame = KeyFrame {
        key_data: &[0; 0x1_0000],
        ..KeyFrame::parse(&pdu, 16).unwrap()
    };
    let expected = crate::EmitError::TooLong {
        field: "EAPOL-Key key data",
        limit: 0xffff,
        found: 0x1_0000,
    };
    assert_eq!(frame.to_vec(), Err(expected));
}

proptest! {
    #[test]
    fn any_frame_survives_the_way_out_and_back(
        (header, nonce, iv) in any::<([u8; 14], [u8; 32], [u8; 16])>(),
        (rsc, reserved) in any::<([u8; 8], [u8; 8])>(),
        mic_len in prop::sample::select(&[0usize, 16, 24, 32]),
        mic in any::<[u8; 32]>(),
        key_data in proptest::collection::vec(any::<u8>(), 0..200),
        padding in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let [version, descriptor, info @ .., a, b, c, d, e, f, g, h] = header;
        let frame = KeyFrame {
            protocol_version: version,
            descriptor: Descriptor(descriptor.max(2)),
            info: KeyInfo(u16::from_be_bytes([info[0], info[1]])),
            key_length: u16::from_be_bytes([info[2], info[3]]),
            replay_counter: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            nonce: &nonce,
            iv: &iv,
            rsc: &rsc,
            reserved: &reserved,
            mic: &mic[..mic_len],
            key_data: &key_data,
        };
        let mut packet = frame.to_vec().unwrap();
        packet.extend(padding);
        prop_assert_eq!(KeyFrame::parse(&packet, mic_len), Ok(frame));
    }

    #[test]
    fn arbitrary_octets_never_panic(packet in proptest::collection::vec(any::<u8>(), 0..160), mic_len in 0usize..40) {
        if let Err(ParseError { problem: Problem::TooShort { needed, found }, .. }) = KeyFrame::parse(&packet, mic_len) {
            prop_assert!(needed > found);
        }
    }
}
