//! The type-length-values that are said inside the tunnels of PEAP ([MS-PEAP], 2.2.8.1) and TEAP (RFC 9930, 4.2).
//!
//! ```text
//! | mandatory (1 bit) | reserved (1 bit) | type (14 bits) | length (2) | value |
//! ```

use alloc::vec::Vec;

/// The receiver must refuse what it does not understand.
pub(crate) const MANDATORY: u16 = 0x8000;
const TYPE: u16 = 0x3fff;

/// One of them.
pub(crate) struct Tlv<'a> {
    pub(crate) kind: u16,
    pub(crate) is_mandatory: bool,
    pub(crate) value: &'a [u8],
}

/// All that stand in these octets; `None` where one of them ends early, and nothing after that.
pub(crate) fn tlvs(octets: &[u8]) -> impl Iterator<Item = Option<Tlv<'_>>> {
    let mut rest = octets;
    core::iter::from_fn(move || (!rest.is_empty()).then(|| take(&mut rest)))
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<Tlv<'a>> {
    let (&[kind_high, kind_low, high, low], behind) = core::mem::take(rest).split_first_chunk()?;
    let (value, next) = behind.split_at_checked(u16::from_be_bytes([high, low]).into())?;
    *rest = next;
    let kind = u16::from_be_bytes([kind_high, kind_low]);
    Some(Tlv {
        kind: kind & TYPE,
        is_mandatory: kind & MANDATORY != 0,
        value,
    })
}

/// Appends one; `kind` has the mandatory bit in it.
pub(crate) fn put(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    // The longest value is an EAP packet, whose own length has 16 bits.
    out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_one_that_ends_early_is_told_and_nothing_behind_it() {
        let mut octets = Vec::new();
        put(&mut octets, MANDATORY | 3, &[0, 1]);
        put(&mut octets, 9, &[]);
        octets.extend_from_slice(&[0, 1, 0, 2, 7]);
        let found: Vec<_> = tlvs(&octets)
            .map(|tlv| tlv.map(|tlv| (tlv.kind, tlv.is_mandatory, tlv.value)))
            .collect();
        assert_eq!(found, [Some((3, true, &[0, 1][..])), Some((9, false, &[])), None]);
        assert!(tlvs(&octets[..3]).all(|tlv| tlv.is_none()));
    }
}
