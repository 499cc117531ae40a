//! Where the lengths stand in the messages of each method.

use std::iter::once;
use std::ops::Range;

/// A row of elements, each with a header that has its length.
struct Elements {
    header: usize,
    length: Range<usize>,
    /// The octets that one of the length stands for.
    unit: usize,
    /// The length counts the header, too.
    counts_header: bool,
    /// Each element begins at a multiple of this.
    align: usize,
}

/// The attributes of SIM and AKA (RFC 4186, 8.1).
const ATTRIBUTES: Elements = Elements {
    header: 2,
    length: 1..2,
    unit: 4,
    counts_header: true,
    align: 1,
};
/// The pairs of TTLS (RFC 5281, 10.1).
const PAIRS: Elements = Elements {
    header: 8,
    length: 5..8,
    unit: 1,
    counts_header: true,
    align: 4,
};
/// The elements of PEAP and TEAP (RFC 9930, 4.2.1).
const TLVS: Elements = Elements {
    header: 4,
    length: 2..4,
    unit: 1,
    counts_header: false,
    align: 1,
};
/// The records of TLS (RFC 8446, 5.1).
const RECORDS: Elements = Elements {
    header: 5,
    length: 3..5,
    unit: 1,
    counts_header: false,
    align: 1,
};

const HANDSHAKE: u8 = 22;
/// L: the length of the message stands behind the flags.
const LENGTH: u8 = 0x80;

impl Elements {
    /// Every element in `octets` behind `start`, as far as they are whole.
    fn of(&self, octets: &[u8], start: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = start;
        while let Some(length) = octets.get(at + self.length.start..at + self.length.end) {
            let length = length.iter().fold(0, |length, &octet| length << 8 | usize::from(octet));
            let behind = if self.counts_header { 0 } else { self.header };
            let end = at + behind + length * self.unit;
            if end < at + self.header || end > octets.len() {
                break;
            }
            found.push(at..end);
            at = end.next_multiple_of(self.align);
        }
        found
    }

    fn lengths(&self, octets: &[u8], start: usize) -> Vec<Range<usize>> {
        let mut lengths = Vec::new();
        for element in self.of(octets, start) {
            lengths.push(element.start + self.length.start..element.start + self.length.end);
            let value = element.start + self.header..element.end;
            if is_packet(&octets[value.clone()]) {
                let inside = of_packet(&octets[value.clone()]);
                lengths.extend(inside.into_iter().map(|range| shifted(&range, value.start)));
            }
        }
        lengths
    }
}

fn shifted(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Whether it is a whole EAP packet.
fn is_packet(octets: &[u8]) -> bool {
    matches!(octets, [1..=4, _, high, low, ..] if usize::from(u16::from_be_bytes([*high, *low])) == octets.len())
}

/// The lengths in an EAP packet.
pub(crate) fn of_packet(packet: &[u8]) -> Vec<Range<usize>> {
    let mut lengths = Vec::from_iter(once(2..4));
    if let Some((header, data)) = packet.split_at_checked(5) {
        let inside = of_data(header[4], data);
        lengths.extend(inside.into_iter().map(|range| shifted(&range, header.len())));
    }
    lengths.retain(|range| range.end <= packet.len());
    lengths
}

/// The lengths in the data of a method of this type.
fn of_data(kind: u8, data: &[u8]) -> Vec<Range<usize>> {
    let flags = data.first().copied().unwrap_or_default();
    let whole = |len: usize| {
        if flags & LENGTH == 0 {
            vec![]
        } else {
            Vec::from_iter(once(1..1 + len))
        }
    };
    match kind {
        4 => Vec::from_iter(once(0..1)),
        13 | 21 | 25 | 55 => {
            let mut lengths = whole(4);
            let start = if lengths.is_empty() { 1 } else { 5 };
            for record in RECORDS.of(data, start) {
                lengths.push(record.start + 3..record.start + 5);
                if data[record.start] == HANDSHAKE {
                    lengths.push(record.start + 6..record.start + 9);
                }
            }
            lengths
        }
        18 | 23 | 50 => {
            let mut lengths = ATTRIBUTES.lengths(data, 3);
            // Many have a length of their own at the beginning of their value.
            lengths.extend(
                ATTRIBUTES
                    .of(data, 3)
                    .into_iter()
                    .map(|element| element.start + 2..element.start + 4),
            );
            lengths
        }
        26 => vec![2..4, 4..5],
        33 => TLVS.lengths(data, 0),
        52 => whole(2),
        _ => vec![],
    }
}

/// The lengths in what is said inside the tunnel of a method of this type.
pub(crate) fn inside(kind: u8, plaintext: &[u8]) -> Vec<Range<usize>> {
    match kind {
        21 => PAIRS.lengths(plaintext, 0),
        55 => TLVS.lengths(plaintext, 0),
        _ if is_packet(plaintext) => of_packet(plaintext),
        // Version 0 of PEAP leaves the header away.
        _ => match plaintext.split_first() {
            Some((&kind, data)) => of_data(kind, data).iter().map(|range| shifted(range, 1)).collect(),
            None => vec![],
        },
    }
}

#[test]
fn lengths_are_found_where_they_stand() {
    // The challenge of MS-CHAPv2 in a pair of TTLS.
    let packet = [&[1, 7, 0, 26, 26, 1, 7, 0, 21, 16][..], &[0; 16]].concat();
    let pair = [&[0, 0, 0, 79, 0x40, 0, 0, 34][..], &packet, &[0, 0]].concat();
    assert_eq!(inside(21, &pair), [5..8, 10..12, 15..17, 17..18]);
    // Two attributes of AKA, behind subtype and reserved octets.
    let data = [&[1, 0, 0, 1, 5][..], &[0; 18], &[12, 1, 0, 0]].concat();
    assert_eq!(of_data(23, &data), [4..5, 24..25, 5..7, 25..27]);
    // The whole length, and a handshake message in a record.
    let tls = [0x80, 0, 0, 0, 9, 22, 3, 3, 0, 4, 14, 0, 0, 0];
    assert_eq!(of_data(13, &tls), [1..5, 8..10, 11..14]);
}
