//! The key mixing of TKIP: an RC4 key for every MPDU (IEEE 802.11-2020, 12.5.2.5).

use zeroize::{Zeroize, Zeroizing};

use crate::protect::Pn;
use crate::secret::Key;

/// Octets of the temporal key, without the MIC keys.
pub(super) const TK_LEN: usize = 16;
/// Octets of the RC4 key.
const RC4_KEY_LEN: usize = 16;

/// Rounds of phase 1.
const ROUNDS: u16 = 8;

/// The key for the MPDU with this packet number (TSC) from `transmitter`.
pub(super) fn rc4_key(tk: &Key<TK_LEN>, transmitter: &[u8; 6], pn: Pn) -> Zeroizing<[u8; RC4_KEY_LEN]> {
    let tk = TemporalKey::new(tk);
    let [tsc0, tsc1, tsc2, tsc3, tsc4, tsc5] = pn.to_le_bytes();
    let high = [u16::from_le_bytes([tsc2, tsc3]), u16::from_le_bytes([tsc4, tsc5])];
    phase_2(&phase_1(&tk, transmitter, high), &tk, u16::from_le_bytes([tsc0, tsc1]))
}

/// Phase 1 (12.5.2.5.2): what 65536 MPDUs have in common. `tsc` are octets 2 to 5 of the packet number as words.
fn phase_1(tk: &TemporalKey, transmitter: &[u8; 6], tsc: [u16; 2]) -> Zeroizing<[u16; 5]> {
    let [t0, t1, t2, t3, t4, t5] = *transmitter;
    let [mut p0, mut p1] = tsc;
    let mut p2 = u16::from_le_bytes([t0, t1]);
    let mut p3 = u16::from_le_bytes([t2, t3]);
    let mut p4 = u16::from_le_bytes([t4, t5]);
    let [k0, k1, k2, k3, k4, k5, k6, k7] = tk.0;
    for round in 0..ROUNDS {
        let [ka, kb, kc, kd] = if round % 2 == 0 {
            [k0, k2, k4, k6]
        } else {
            [k1, k3, k5, k7]
        };
        p0 = p0.wrapping_add(substitute(p4 ^ ka));
        p1 = p1.wrapping_add(substitute(p0 ^ kb));
        p2 = p2.wrapping_add(substitute(p1 ^ kc));
        p3 = p3.wrapping_add(substitute(p2 ^ kd));
        p4 = p4.wrapping_add(substitute(p3 ^ ka)).wrapping_add(round);
    }
    Zeroizing::new([p0, p1, p2, p3, p4])
}

/// Phase 2 (12.5.2.5.3): the key of one MPDU. `tsc` are octets 0 and 1 of the packet number as a word.
///
/// The first three octets are in the TKIP header, too, where the second one is chosen so that no weak RC4 key comes up.
fn phase_2(p1k: &[u16; 5], tk: &TemporalKey, tsc: u16) -> Zeroizing<[u8; RC4_KEY_LEN]> {
    let [mut p0, mut p1, mut p2, mut p3, mut p4] = *p1k;
    let mut p5 = p4.wrapping_add(tsc);
    let [k0, k1, k2, k3, k4, k5, k6, k7] = tk.0;
    p0 = p0.wrapping_add(substitute(p5 ^ k0));
    p1 = p1.wrapping_add(substitute(p0 ^ k1));
    p2 = p2.wrapping_add(substitute(p1 ^ k2));
    p3 = p3.wrapping_add(substitute(p2 ^ k3));
    p4 = p4.wrapping_add(substitute(p3 ^ k4));
    p5 = p5.wrapping_add(substitute(p4 ^ k5));
    p0 = p0.wrapping_add((p5 ^ k6).rotate_right(1));
    p1 = p1.wrapping_add((p0 ^ k7).rotate_right(1));
    p2 = p2.wrapping_add(p1.rotate_right(1));
    p3 = p3.wrapping_add(p2.rotate_right(1));
    p4 = p4.wrapping_add(p3.rotate_right(1));
    p5 = p5.wrapping_add(p4.rotate_right(1));

    let [low, high] = tsc.to_le_bytes();
    let [check, _] = ((p5 ^ k0) >> 1).to_le_bytes();
    let words = [p0, p1, p2, p3, p4, p5].map(u16::to_le_bytes);
    let mut key = Zeroizing::new([0; RC4_KEY_LEN]);
    let octets = [high, seed_octet(high), low, check]
        .into_iter()
        .chain(words.into_iter().flatten());
    for (to, from) in key.iter_mut().zip(octets) {
        *to = from;
    }
    key
}

/// The second octet of the RC4 key, made from the one before it; it travels in the TKIP header.
pub(super) const fn seed_octet(tsc1: u8) -> u8 {
    (tsc1 | 0x20) & 0x7f
}

/// The temporal key as words, least significant octet first.
struct TemporalKey([u16; TK_LEN / 2]);

impl TemporalKey {
    fn new(tk: &Key<TK_LEN>) -> Self {
        let mut words = [0; TK_LEN / 2];
        let (pairs, _) = tk.as_bytes().as_chunks::<2>();
        for (to, from) in words.iter_mut().zip(pairs) {
            *to = u16::from_le_bytes(*from);
        }
        Self(words)
    }
}

impl Drop for TemporalKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The S-box on 16 bits: that of AES on each octet, spread over both.
#[expect(clippy::indexing_slicing, reason = "an octet is an index of a table of 256")]
fn substitute(word: u16) -> u16 {
    let [low, high] = word.to_le_bytes();
    SUBSTITUTION[usize::from(low)] ^ SUBSTITUTION[usize::from(high)].swap_bytes()
}

/// For each octet twice its AES substitution in the high octet, three times the same in the low one
/// (12.5.2.5.1, first table; the second has the octets swapped).
static SUBSTITUTION: [u16; 256] = substitution();

/// Walks through all octets but zero as powers of 3, and beside them their inverses as powers of 1/3, in the field of
/// AES (FIPS 197, 4.2 and 5.1.1).
#[expect(clippy::indexing_slicing, reason = "computed when compiling, which proves it")]
const fn substitution() -> [u16; 256] {
    let mut table = [spread(AFFINE); 256];
    let (mut power, mut inverse) = (1_u8, 1_u8);
    loop {
        let mixed =
            inverse ^ inverse.rotate_left(1) ^ inverse.rotate_left(2) ^ inverse.rotate_left(3) ^ inverse.rotate_left(4);
        table[power as usize] = spread(mixed ^ AFFINE);
        power ^= double(power);
        inverse ^= inverse << 1;
        inverse ^= inverse << 2;
        inverse ^= inverse << 4;
        if inverse & 0x80 != 0 {
            inverse ^= 0x09;
        }
        if power == 1 {
            return table;
        }
    }
}

/// The constant of the affine transformation.
const AFFINE: u8 = 0x63;

const fn spread(substituted: u8) -> u16 {
    let twice = double(substituted);
    u16::from_be_bytes([twice, twice ^ substituted])
}

/// Multiplies by 2 modulo x⁸ + x⁴ + x³ + x + 1.
const fn double(octet: u8) -> u8 {
    octet << 1 ^ if octet & 0x80 != 0 { 0x1b } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{array, hex};

    /// IEEE 802.11-2020, J.1.2 (test vectors 1 to 8 of the TKIP mixing function).
    #[test]
    fn both_phases_are_those_of_the_standard() {
        for (tk, transmitter, tsc, p1k, key) in [
            (
                "000102030405060708090a0b0c0d0e0f",
                "102233445566",
                0x0000_0000_0000,
                [0x3dd2, 0x016e, 0x76f4, 0x8697, 0xb2e8],
                "00200033ea8d2f60ca6d1374234a660b",
            ),
            (
                "000102030405060708090a0b0c0d0e0f",
                "102233445566",
                0x0000_0000_0001,
                [0x3dd2, 0x016e, 0x76f4, 0x8697, 0xb2e8],
                "00200190ffdc314389a9d9d074fd20aa",
            ),
            (
                "63893b250840b8ae0bd0fa7e61d2783e",
                "64f2eaeddc25",
                0x20dc_fd43_ffff,
                [0x7c67, 0x49d7, 0x9724, 0xb5e9, 0xb4f1],
                "ff7fff93810fc6e58f5dd326251544ce",
            ),
            (
                "63893b250840b8ae0bd0fa7e61d2783e",
                "64f2eaeddc25",
                0x20dc_fd44_0000,
                [0x5a5d, 0x73a8, 0xa859, 0x2ec1, 0xdc8b],
                "002000498ca471fcfbfaa16e3610f005",
            ),
            (
                "983a16ef4facb351aa9ecc271d7309e2",
                "509c4b1727d9",
                0xf0a4_10fc_058c,
                [0xf2df, 0xebb1, 0x88d3, 0x5923, 0xa07c],
                "05258cf4d85152f4d9af1a64f1d07021",
            ),
            (
                "983a16ef4facb351aa9ecc271d7309e2",
                "509c4b1727d9",
                0xf0a4_10fc_058d,
                [0xf2df, 0xebb1, 0x88d3, 0x5923, 0xa07c],
                "05258d09f81543b76a596fc2c6738b30",
            ),
            (
                "c8adc16a8b4dda3b4dd5b65438359b05",
                "945e244e4d6e",
                0x8b15_73b7_30f8,
                [0xeff1, 0x3f38, 0xa364, 0x60a9, 0x76f3],
                "3030f8650da073ea614ea8f474ee0319",
            ),
            (
                "c8adc16a8b4dda3b4dd5b65438359b05",
                "945e244e4d6e",
                0x8b15_73b7_30f9,
                [0xeff1, 0x3f38, 0xa364, 0x60a9, 0x76f3],
                "3030f93155ce293437cc76712716ab8f",
            ),
        ] {
            let tk = Key::new(&hex(tk)).unwrap();
            let transmitter = array(transmitter);
            let high = [
                u16::try_from(tsc >> 16 & 0xffff).unwrap(),
                u16::try_from(tsc >> 32).unwrap(),
            ];
            assert_eq!(*phase_1(&TemporalKey::new(&tk), &transmitter, high), p1k, "{tsc:x}");
            assert_eq!(
                *rc4_key(&tk, &transmitter, Pn::new(tsc).unwrap()),
                array(key),
                "{tsc:x}"
            );
        }
    }

    /// The first and the last entries of the table in 12.5.2.5.1.
    #[test]
    fn the_substitution_table_is_that_of_the_standard() {
        assert_eq!(SUBSTITUTION[..4], [0xc6a5, 0xf884, 0xee99, 0xf68d]);
        assert_eq!(SUBSTITUTION[252..], [0x7bcb, 0xa8fc, 0x6dd6, 0x2c3a]);
    }
}
