use std::io::{Cursor, Write};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

/// Two packets of 5 and 2 octets, as a classic capture of link type `link_type`.
fn pcap(link_type: u32) -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0];
    file.extend(link_type.to_le_bytes());
    for (seconds, packet) in [(1u32, &b"hello"[..]), (2, b"me")] {
        let length = packet.len() as u32;
        for field in [seconds, 250, length, length] {
            file.extend(field.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

fn block(big_endian: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let number = |number: u32| {
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let length = number(12 + body.len() as u32);
    [&number(kind)[..], &length, body, &length].concat()
}

/// The same two packets in blocks; the second is a simple one.
fn pcapng(big_endian: bool, link_type: u16) -> Vec<u8> {
    let short = |number: u16| {
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let long = |number: u32| {
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let section = [&long(0x1a2b_3c4d)[..], &short(1), &short(0), &[0xff; 8]].concat();
    let interface = [&short(link_type)[..], &short(0), &long(0)].concat();
    let enhanced = [
        &long(0)[..],
        &long(0),
        &long(1_000_250),
        &long(5),
        &long(5),
        b"hello\0\0\0",
    ]
    .concat();
    let simple = [&long(2)[..], b"me\0\0"].concat();
    [
        block(big_endian, 0x0a0d_0d0a, &section),
        block(big_endian, 1, &interface),
        block(big_endian, 5, &[0; 12]),
        block(big_endian, 6, &enhanced),
        block(big_endian, 3, &simple),
    ]
    .concat()
}

fn gzip(file: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(file).unwrap();
    encoder.finish().unwrap()
}

/// Number, time and octets.
type OwnedFrame = (u64, u64, Vec<u8>);

/// Each frame, and how the reading ended.
fn read(file: Vec<u8>) -> (Vec<OwnedFrame>, Result<(), ReplayError>) {
    let mut frames = Vec::new();
    let mut capture = match Capture::new(Cursor::new(file), None) {
        Ok(capture) => capture,
        Err(error) => return (frames, Err(error)),
    };
    loop {
        match capture.next_frame() {
            Ok(Some(Frame {
                number,
                time_us,
                link: Link::Dot11(octets) | Link::Ethernet(octets),
            })) => {
                frames.push((number, time_us, octets.to_vec()));
            }
            Ok(None) => return (frames, Ok(())),
            Err(error) => return (frames, Err(error)),
        }
    }
}

#[test]
fn both_formats_in_both_byte_orders_plain_or_gzip_give_the_same_frames() {
    for (file, second_time) in [(pcap(105), 2_000_250), (pcapng(false, 105), 0), (pcapng(true, 105), 0)] {
        for file in [file.clone(), gzip(&file)] {
            let (frames, end) = read(file);
            assert_eq!(
                frames,
                [(1, 1_000_250, b"hello".to_vec()), (2, second_time, b"me".to_vec())]
            );
            assert!(end.is_ok());
        }
    }
}

#[test]
fn what_was_read_before_a_cut_is_kept() {
    let whole = pcap(105);
    for cut in 1..whole.len() - 24 {
        let (frames, end) = read(whole[..whole.len() - cut].to_vec());
        let packets = if cut < 18 { 1 } else { 0 };
        match end {
            Err(ReplayError::Truncated { packets: told }) => assert_eq!(told, packets),
            Ok(()) => assert_eq!(cut, 18, "cut between two records"),
            Err(other) => panic!("{other}"),
        }
        assert_eq!(frames.len(), if cut <= 18 { 1 } else { 0 });
    }
    let compressed = gzip(&whole);
    let (_, end) = read(compressed[..compressed.len() - 9].to_vec());
    assert!(matches!(end, Err(ReplayError::Truncated { .. })));
}

#[test]
fn a_damaged_length_is_told_with_its_place() {
    let mut file = pcap(105);
    file[24 + 16 + 5 + 11] = 0x7f;
    let (frames, end) = read(file);
    assert_eq!(frames.len(), 1);
    assert!(
        matches!(
            end,
            Err(ReplayError::Damaged {
                packets: 1,
                offset: 45,
                ..
            })
        ),
        "{end:?}"
    );

    let mut file = pcapng(false, 105);
    let last = file.len() - 1;
    file[last] = 1;
    let (frames, end) = read(file);
    assert_eq!(frames.len(), 1);
    assert!(matches!(end, Err(ReplayError::Damaged { packets: 1, .. })), "{end:?}");
}

#[test]
fn other_files_and_other_link_types_are_refused_by_name() {
    assert!(matches!(
        read(b"hello, this is no capture at all".to_vec()).1,
        Err(ReplayError::NotACapture)
    ));
    assert!(matches!(read(Vec::new()).1, Err(ReplayError::NotACapture)));
    assert!(matches!(read(gzip(b"no")).1, Err(ReplayError::NotACapture)));
    assert!(matches!(read(pcap(113)).1, Err(ReplayError::LinkType(113))));
    assert!(matches!(read(pcapng(false, 113)).1, Err(ReplayError::LinkType(113))));
}

#[test]
fn the_padding_of_a_radio_is_taken_out() {
    let mut file = pcap(127)[..24].to_vec();
    let header = [&[0x88, 0x01][..], &[7; 24]].concat();
    let packet = [&[0, 0, 9, 0, 2, 0, 0, 0, 0x20][..], &header, &[0xee, 0xee], b"body"].concat();
    for field in [0, 0, packet.len() as u32, packet.len() as u32] {
        file.extend(field.to_le_bytes());
    }
    file.extend(&packet);
    assert_eq!(read(file).0, [(1, 0, [&header[..], b"body"].concat())]);
}

#[test]
fn frames_that_the_radio_marked_as_wrong_keep_their_number_and_are_left_out() {
    let mut file = pcap(127)[..24].to_vec();
    for flags in [0x50, 0x00] {
        let packet = [0, 0, 9, 0, 2, 0, 0, 0, flags, 0xd4, 0, 1, 2, 3, 4];
        for field in [0, 0, 15u32, 15] {
            file.extend(field.to_le_bytes());
        }
        file.extend(packet);
    }
    let mut capture = Capture::new(Cursor::new(file), None).unwrap();
    let frame = capture.next_frame().unwrap().unwrap();
    assert_eq!((frame.number, frame.link), (2, Link::Dot11(&[0xd4, 0, 1, 2, 3, 4])));
    assert_eq!(
        capture.left_out(),
        LeftOut {
            bad_fcs: 1,
            ..LeftOut::default()
        }
    );
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(file);
    }

    #[test]
    fn no_mutation_of_a_capture_makes_it_panic(
        format in 0..3,
        link_type in proptest::sample::select(vec![1u16, 105, 119, 127, 163, 192]),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = match format {
            0 => pcap(link_type.into()),
            1 => pcapng(false, link_type),
            _ => pcapng(true, link_type),
        };
        for (place, octet) in changes {
            let place = place.index(file.len());
            file[place] = octet;
        }
        let (frames, _) = read(file);
        prop_assert!(frames.len() <= 100);
    }
}
