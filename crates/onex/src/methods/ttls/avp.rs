//! Attribute-value pairs, as TTLS carries them (RFC 5281, clause 10).
//!
//! ```text
//! | code (4) | flags (1) | length with this header (3) | vendor (4, if V) | data | zeros up to a multiple of 4 |
//! ```

use alloc::vec::Vec;

use zeroize::Zeroizing;

/// What a pair is about: the vendor, 0 for RADIUS, and the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    vendor: u32,
    code: u32,
}

impl Code {
    pub(crate) const USER_NAME: Self = Self::radius(1);
    pub(crate) const USER_PASSWORD: Self = Self::radius(2);
    pub(crate) const CHAP_PASSWORD: Self = Self::radius(3);
    pub(crate) const REPLY_MESSAGE: Self = Self::radius(18);
    pub(crate) const CHAP_CHALLENGE: Self = Self::radius(60);
    pub(crate) const EAP_MESSAGE: Self = Self::radius(79);
    pub(crate) const MS_CHAP_RESPONSE: Self = Self::microsoft(1);
    pub(crate) const MS_CHAP_ERROR: Self = Self::microsoft(2);
    pub(crate) const MS_CHAP_CHALLENGE: Self = Self::microsoft(11);
    pub(crate) const MS_CHAP2_RESPONSE: Self = Self::microsoft(25);
    pub(crate) const MS_CHAP2_SUCCESS: Self = Self::microsoft(26);

    const fn radius(code: u32) -> Self {
        Self { vendor: 0, code }
    }

    const fn microsoft(code: u32) -> Self {
        Self { vendor: 311, code }
    }
}

/// One pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avp<'a> {
    pub(crate) code: Code,
    /// Whoever does not understand it must not go on.
    pub(crate) mandatory: bool,
    pub(crate) data: &'a [u8],
}

/// The octets of a pair besides its data: header, vendor and padding.
const MAX_OVERHEAD: usize = 15;

const VENDOR: u8 = 0x80;
const MANDATORY: u8 = 0x40;

impl<'a> Avp<'a> {
    /// Parses all pairs of a message; `None` if one is longer than the rest, or shorter than its header.
    pub(crate) fn parse_all(mut octets: &'a [u8]) -> Option<Vec<Self>> {
        let mut pairs = Vec::new();
        while !octets.is_empty() {
            let (&[a, b, c, d, flags, high, middle, low], rest) = octets.split_first_chunk()?;
            let len = u32::from_be_bytes([0, high, middle, low]) as usize;
            let body = rest.get(..len.checked_sub(8)?)?;
            let (vendor, data) = match flags & VENDOR {
                0 => (0, body),
                _ => body
                    .split_first_chunk()
                    .map(|(vendor, data)| (u32::from_be_bytes(*vendor), data))?,
            };
            pairs.push(Self {
                code: Code {
                    vendor,
                    code: u32::from_be_bytes([a, b, c, d]),
                },
                mandatory: flags & MANDATORY != 0,
                data,
            });
            // The padding of the last one may be missing.
            octets = octets.get(len.next_multiple_of(4)..).unwrap_or_default();
        }
        Some(pairs)
    }

    /// Appends the pair, padded.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        let (vendor, mandatory) = (self.code.vendor != 0, self.mandatory);
        let len = self.data.len() + if vendor { 12 } else { 8 };
        out.extend_from_slice(&self.code.code.to_be_bytes());
        // Three octets: what goes in is an EAP packet or shorter.
        let [_, length @ ..] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        out.push(if vendor { VENDOR } else { 0 } | if mandatory { MANDATORY } else { 0 });
        out.extend_from_slice(&length);
        if vendor {
            out.extend_from_slice(&self.code.vendor.to_be_bytes());
        }
        out.extend_from_slice(self.data);
        out.resize(out.len() + len.next_multiple_of(4) - len, 0);
    }
}

/// A message of pairs that are all mandatory.
pub(crate) fn message(pairs: &[(Code, &[u8])]) -> Zeroizing<Vec<u8>> {
    // Space for all of it from the beginning, that no copy of a password is left behind.
    let len = pairs.iter().map(|(_, data)| data.len() + MAX_OVERHEAD).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(len));
    for &(code, data) in pairs {
        let mandatory = true;
        Avp { code, mandatory, data }.append_to(&mut out);
    }
    out
}

/// The data of the first pair with this code.
pub(crate) fn find<'a>(pairs: &[Avp<'a>], code: Code) -> Option<&'a [u8]> {
    pairs.iter().find(|pair| pair.code == code).map(|pair| pair.data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pair_is_padded_to_a_multiple_of_four_and_says_its_own_length() {
        let octets = message(&[(Code::USER_NAME, b"alice"), (Code::MS_CHAP_CHALLENGE, &[7; 8])]);
        let expected: [&[u8]; 4] = [
            &[0, 0, 0, 1, 0x40, 0, 0, 13],
            b"alice\0\0\0",
            &[0, 0, 0, 11, 0xc0, 0, 0, 20, 0, 0, 1, 55],
            &[7; 8],
        ];
        assert_eq!(*octets, expected.concat());
        let pairs = Avp::parse_all(&octets).unwrap();
        assert_eq!(find(&pairs, Code::USER_NAME), Some(&b"alice"[..]));
        assert_eq!(find(&pairs, Code::MS_CHAP_CHALLENGE), Some(&[7; 8][..]));
        assert_eq!(find(&pairs, Code::EAP_MESSAGE), None);
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        assert_eq!(Avp::parse_all(&[0, 0, 0, 1, 0, 0, 0, 7, 0]), None);
        assert_eq!(Avp::parse_all(&[0, 0, 0, 1, 0, 0, 0, 10, 0]), None);
        assert_eq!(Avp::parse_all(&[0, 0, 0, 1, 0x80, 0, 0, 10, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            pairs in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<bool>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..5),
        ) {
            let pairs: Vec<Avp<'_>> = pairs
                .iter()
                .map(|(vendor, code, mandatory, data)| Avp {
                    code: Code { vendor: *vendor, code: *code },
                    mandatory: *mandatory,
                    data,
                })
                .collect();
            let mut octets = Vec::new();
            pairs.iter().for_each(|pair| pair.append_to(&mut octets));
            prop_assert_eq!(Avp::parse_all(&octets), Some(pairs));
        }

        #[test]
        fn whatever_comes_is_parsed_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Avp::parse_all(&octets);
        }
    }
}
