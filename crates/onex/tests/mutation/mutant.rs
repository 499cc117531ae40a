//! What becomes of a packet: by seed, one of many ways.

use std::ops::Range;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::shape;

/// The octets of an EAP header with its type.
const HEADER: usize = 5;
const IDENTITY: u8 = 1;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
/// The types that a peer may have heard of, and two that it has not.
const TYPES: [u8; 17] = [0, 1, 2, 3, 4, 6, 13, 18, 21, 23, 25, 26, 33, 50, 52, 55, 254];
/// L and M of the methods with fragments.
const LENGTH: u8 = 0x80;
const MORE: u8 = 0x40;

/// Chance, by seed.
pub(crate) struct Chance(ChaCha12Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    /// Once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn octet(&mut self) -> u8 {
        match self.below(3) {
            0 => [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
            _ => self.0.next_u32() as u8,
        }
    }

    fn octets(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.octet()).collect()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len().max(1)))
    }

    /// A part of `within`.
    fn range(&mut self, within: Range<usize>) -> Range<usize> {
        let start = within.start + self.below(within.len().max(1));
        let len = self.below(within.end.saturating_sub(start).clamp(1, 64) + 1);
        start..(start + len).min(within.end)
    }

    pub(crate) fn rng(&mut self) -> &mut ChaCha12Rng {
        &mut self.0
    }
}

/// What is delivered in place of a `request`, or before it: packets one after the other, none of which it is.
/// `earlier` are the requests that came before.
pub(crate) fn mutants(chance: &mut Chance, request: &[u8], earlier: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mutants = match chance.below(16) {
        0..7 => vec![inside_of(chance, request)],
        7..10 => vec![another_header(chance, request)],
        10..12 => vec![another_type(chance, request)],
        12 => vec![verdict(chance, request)],
        13 => fragments(chance, request),
        _ => vec![replay(chance, request, earlier)],
    };
    mutants.into_iter().filter(|mutant| mutant != request).collect()
}

/// What a server says inside the tunnel of a method of this type, changed.
pub(crate) fn change_inside(chance: &mut Chance, kind: u8, plaintext: &mut Vec<u8>) {
    if plaintext.is_empty() || chance.once_in(8) {
        let len = 1 + chance.below(48);
        let said = chance.octets(len);
        plaintext.extend_from_slice(&said);
        return;
    }
    let lengths = shape::inside(kind, plaintext);
    change(chance, plaintext, 0, &lengths);
}

/// The data of the method is changed; the length of the packet fits, most often.
fn inside_of(chance: &mut Chance, request: &[u8]) -> Vec<u8> {
    let mut mutant = request.to_vec();
    let mut lengths = shape::of_packet(request);
    let fits = !chance.once_in(8);
    if fits {
        lengths.retain(|range| range.start >= HEADER);
    }
    for _ in 0..=chance.below(3) / 2 {
        change(chance, &mut mutant, HEADER, &lengths);
    }
    if fits {
        measure(&mut mutant);
    }
    mutant
}

/// One change behind `start`. `lengths` is where lengths stood before any.
fn change(chance: &mut Chance, octets: &mut Vec<u8>, start: usize, lengths: &[Range<usize>]) {
    let within = start.min(octets.len())..octets.len();
    match chance.below(10) {
        0 | 1 => {
            for _ in 0..=chance.below(4) {
                let at = within.start + chance.below(within.len().max(1));
                if let Some(octet) = octets.get_mut(at) {
                    *octet ^= 1 << chance.below(8);
                }
            }
        }
        2 | 3 => {
            for _ in 0..=chance.below(3) {
                let at = within.start + chance.below(within.len().max(1));
                let new = chance.octet();
                if let Some(octet) = octets.get_mut(at) {
                    *octet = new;
                }
            }
        }
        4 => octets.truncate(within.start + chance.below(within.len().max(1))),
        5 => {
            let len = if chance.once_in(16) {
                2_000
            } else {
                1 + chance.below(64)
            };
            let more = chance.octets(len);
            octets.extend_from_slice(&more);
        }
        6 => {
            let doubled = octets[chance.range(within.clone())].to_vec();
            let at = within.start + chance.below(within.len() + 1);
            octets.splice(at..at, doubled);
        }
        7 => drop(octets.drain(chance.range(within))),
        _ => {
            if let Some(field) = chance.pick(lengths).and_then(|range| octets.get_mut(range.clone())) {
                edit_length(chance, field);
            }
        }
    }
}

/// Another length: by one, none, all, or anything. Big-endian.
fn edit_length(chance: &mut Chance, field: &mut [u8]) {
    let value = field.iter().fold(0_u64, |value, &octet| value << 8 | u64::from(octet));
    let value = match chance.below(6) {
        0 => value.wrapping_add(1),
        1 => value.wrapping_sub(1),
        2 => 0,
        3 => u64::MAX,
        4 => value << 1,
        _ => chance.0.next_u64(),
    };
    let len = field.len();
    field.copy_from_slice(&value.to_be_bytes()[8 - len..]);
}

/// Another code, identifier, length or type.
fn another_header(chance: &mut Chance, request: &[u8]) -> Vec<u8> {
    let mut mutant = request.to_vec();
    let at = chance.below(HEADER.min(mutant.len()));
    mutant[at] = match at {
        0 => chance.below(8) as u8,
        _ => chance.octet(),
    };
    mutant
}

/// The data of one method under the type of another; also under the long form of its own type, which means the same.
fn another_type(chance: &mut Chance, request: &[u8]) -> Vec<u8> {
    let Some((&[code, identifier, _, _, kind], data)) = request.split_first_chunk() else {
        return another_header(chance, request);
    };
    let mut mutant = vec![code, identifier, 0, 0];
    match chance.below(4) {
        0 => mutant.extend_from_slice(&[254, 0, 0, 0, 0, 0, 0, kind]),
        1 => {
            mutant.push(254);
            let vendor = chance.octets(7);
            mutant.extend_from_slice(&vendor);
        }
        _ => mutant.extend(chance.pick(&TYPES)),
    }
    mutant.extend_from_slice(data);
    measure(&mut mutant);
    mutant
}

/// A success or a failure, early, often with the right identifier.
fn verdict(chance: &mut Chance, request: &[u8]) -> Vec<u8> {
    let identifier = request.get(1).copied().unwrap_or_default();
    let code = [SUCCESS, FAILURE][chance.below(2)];
    let identifier = match chance.below(4) {
        0 => identifier.wrapping_add(1),
        1 => chance.octet(),
        _ => identifier.wrapping_sub(1),
    };
    vec![code, identifier, 0, 4]
}

/// A request in two or three fragments, in their order or another.
fn fragments(chance: &mut Chance, request: &[u8]) -> Vec<Vec<u8>> {
    let Some((&[code, identifier, _, _, kind, flags], data)) = request.split_first_chunk() else {
        return vec![replay(chance, request, &[])];
    };
    let length_len = if kind == 52 { 2 } else { 4 };
    if flags & (LENGTH | MORE) != 0 || data.is_empty() {
        return vec![inside_of(chance, request)];
    }
    let first = chance.below(data.len());
    let second = first + chance.below(data.len() - first);
    let announced = match chance.below(4) {
        0 => chance.0.next_u32(),
        _ => data.len() as u32,
    };
    let packet = |flags: u8, length: &[u8], part: &[u8]| {
        let mut packet = [&[code, identifier, 0, 0, kind, flags][..], length, part].concat();
        measure(&mut packet);
        packet
    };
    let length = announced.to_be_bytes();
    let mut fragments = vec![
        packet(flags | LENGTH | MORE, &length[4 - length_len..], &data[..first]),
        packet(flags | MORE, &[], &data[first..second]),
        packet(flags, &[], &data[second..]),
    ];
    match chance.below(4) {
        0 => fragments.swap(0, 1),
        1 => fragments.swap(1, 2),
        2 => fragments.insert(1, fragments[0].clone()),
        _ => {}
    }
    fragments
}

/// An earlier request, as it was or with the identifier of this one; or the name asked for in mid-exchange.
fn replay(chance: &mut Chance, request: &[u8], earlier: &[Vec<u8>]) -> Vec<u8> {
    let identifier = request.get(1).copied().unwrap_or_default();
    let Some(replayed) = chance.pick(earlier) else {
        return vec![1, identifier, 0, 5, IDENTITY];
    };
    let mut replayed = replayed.clone();
    if let (Some(octet), false) = (replayed.get_mut(1), chance.once_in(2)) {
        *octet = identifier;
    }
    replayed
}

/// Writes the length that a packet has.
fn measure(packet: &mut [u8]) {
    if let Ok(len) = u16::try_from(packet.len())
        && let Some(field) = packet.get_mut(2..4)
    {
        field.copy_from_slice(&len.to_be_bytes());
    }
}
