//! The messages: subtype (1 octet), reserved (2), and attributes of type (1), length in words of 4 octets (1) and value
//! (RFC 4186, 8; RFC 4187, 8).

use alloc::vec::Vec;

pub(crate) const RAND: u8 = 1;
pub(crate) const AUTN: u8 = 2;
pub(crate) const RES: u8 = 3;
pub(crate) const AUTS: u8 = 4;
pub(crate) const PADDING: u8 = 6;
pub(crate) const NONCE_MT: u8 = 7;
pub(crate) const PERMANENT_ID_REQ: u8 = 10;
pub(crate) const MAC: u8 = 11;
pub(crate) const NOTIFICATION: u8 = 12;
pub(crate) const ANY_ID_REQ: u8 = 13;
pub(crate) const IDENTITY: u8 = 14;
pub(crate) const VERSION_LIST: u8 = 15;
pub(crate) const SELECTED_VERSION: u8 = 16;
pub(crate) const FULLAUTH_ID_REQ: u8 = 17;
pub(crate) const COUNTER: u8 = 19;
pub(crate) const COUNTER_TOO_SMALL: u8 = 20;
pub(crate) const NONCE_S: u8 = 21;
pub(crate) const CLIENT_ERROR_CODE: u8 = 22;
pub(crate) const KDF_INPUT: u8 = 23;
pub(crate) const KDF: u8 = 24;
pub(crate) const IV: u8 = 129;
pub(crate) const ENCR_DATA: u8 = 130;
pub(crate) const NEXT_PSEUDONYM: u8 = 132;
pub(crate) const NEXT_REAUTH_ID: u8 = 133;
pub(crate) const CHECKCODE: u8 = 134;
pub(crate) const RESULT_IND: u8 = 135;
pub(crate) const BIDDING: u8 = 136;

/// Attributes below this number must be understood.
const SKIPPABLE: u8 = 128;

/// Attributes, one behind the other.
pub(crate) struct Attributes<'a>(Vec<Attribute<'a>>);

struct Attribute<'a> {
    kind: u8,
    /// Where the value stands in what was parsed.
    offset: usize,
    value: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// Parses `octets` from `start` on. `None` if a length is wrong, if an attribute comes twice (only [`KDF`] may), or if
    /// one must be understood and is not in `known`.
    pub(crate) fn parse(octets: &'a [u8], start: usize, known: &[u8]) -> Option<Self> {
        let mut attributes = Self(Vec::new());
        let mut rest = octets.get(start..)?;
        while let Some((&[kind, words], behind)) = rest.split_first_chunk() {
            let (value, next) = behind.split_at_checked((4 * usize::from(words)).checked_sub(2)?)?;
            let understood = known.contains(&kind);
            if kind < SKIPPABLE && !understood || kind != KDF && attributes.has(kind) {
                return None;
            }
            attributes.0.push(Attribute {
                kind,
                offset: octets.len() - behind.len(),
                value,
            });
            rest = next;
        }
        rest.is_empty().then_some(attributes)
    }

    /// Whether an attribute is there.
    pub(crate) fn has(&self, kind: u8) -> bool {
        self.0.iter().any(|attribute| attribute.kind == kind)
    }

    /// What stands behind two reserved octets.
    pub(crate) fn value(&self, kind: u8) -> Option<&'a [u8]> {
        self.find(kind)?.value.get(2..)
    }

    /// The octets behind two reserved ones, if there are as many as this.
    pub(crate) fn octets<const N: usize>(&self, kind: u8) -> Option<[u8; N]> {
        self.value(kind)?.try_into().ok()
    }

    /// The whole value, if it has as many octets as this.
    pub(crate) fn whole<const N: usize>(&self, kind: u8) -> Option<[u8; N]> {
        self.find(kind)?.value.try_into().ok()
    }

    /// Where in the message the octets behind two reserved ones stand.
    pub(crate) fn offset(&self, kind: u8) -> Option<usize> {
        self.find(kind).map(|attribute| attribute.offset + 2)
    }

    /// The number in the two octets that are the whole value.
    pub(crate) fn number(&self, kind: u8) -> Option<u16> {
        self.numbers(kind).next()
    }

    /// The numbers of all attributes of a type.
    pub(crate) fn numbers(&self, kind: u8) -> impl Iterator<Item = u16> {
        let found = self.0.iter().filter(move |attribute| attribute.kind == kind);
        found.filter_map(|attribute| attribute.value.try_into().ok().map(u16::from_be_bytes))
    }

    /// As many octets as the first two say; zeros fill the rest of the last word.
    pub(crate) fn counted(&self, kind: u8) -> Option<&'a [u8]> {
        let (&len, padded) = self.find(kind)?.value.split_first_chunk()?;
        padded.get(..u16::from_be_bytes(len).into())
    }

    fn find(&self, kind: u8) -> Option<&Attribute<'a>> {
        self.0.iter().find(|attribute| attribute.kind == kind)
    }
}

/// A message that is being made, or a part of one.
pub(crate) struct Builder(Vec<u8>);

impl Builder {
    /// The head of a message.
    pub(crate) fn new(subtype: u8) -> Self {
        Self(Vec::from([subtype, 0, 0]))
    }

    /// Attributes without a head, to be encrypted.
    pub(crate) const fn headless() -> Self {
        Self(Vec::new())
    }

    /// Appends an attribute: `head` (2 octets: reserved, a length or a number), the value, and zeros up to a whole word.
    pub(crate) fn put(mut self, kind: u8, head: [u8; 2], value: &[u8]) -> Self {
        let words = (4 + value.len()).div_ceil(4);
        // Names are at most as long as the attribute they came in, or as a packet's: one that does not fit is cut, and
        // refused by the server.
        let words = words.min(255);
        let value = value.get(..4 * words - 4).unwrap_or(value);
        let end = self.0.len() + 4 * words;
        self.0.extend_from_slice(&[kind, words as u8]);
        self.0.extend_from_slice(&head);
        self.0.extend_from_slice(value);
        self.0.resize(end, 0);
        self
    }

    /// Appends octets behind two reserved ones.
    pub(crate) fn octets(self, kind: u8, value: &[u8]) -> Self {
        self.put(kind, [0; 2], value)
    }

    /// Appends a number.
    pub(crate) fn number(self, kind: u8, number: u16) -> Self {
        self.put(kind, number.to_be_bytes(), &[])
    }

    /// Appends octets with their length.
    pub(crate) fn counted(self, kind: u8, value: &[u8]) -> Self {
        self.put(
            kind,
            u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes(),
            value,
        )
    }

    /// Appends what the condition asks for.
    pub(crate) fn when(self, condition: bool, put: impl FnOnce(Self) -> Self) -> Self {
        match condition {
            true => put(self),
            false => self,
        }
    }

    /// The octets so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_found_as_its_attribute_has_it() {
        let message = Builder::new(10)
            .octets(NONCE_MT, &[7; 16])
            .number(SELECTED_VERSION, 1)
            .counted(IDENTITY, b"alice")
            .into_bytes();
        assert_eq!(message[..3], [10, 0, 0]);
        assert_eq!(message.len(), 3 + 20 + 4 + 12);
        let parsed = Attributes::parse(&message, 3, &[NONCE_MT, SELECTED_VERSION, IDENTITY]).unwrap();
        assert_eq!(parsed.octets(NONCE_MT), Some([7; 16]));
        assert_eq!(parsed.octets::<15>(NONCE_MT), None);
        assert_eq!(parsed.offset(NONCE_MT), Some(7));
        assert_eq!(parsed.number(SELECTED_VERSION), Some(1));
        assert_eq!(parsed.counted(IDENTITY), Some(&b"alice"[..]));
        assert!(!parsed.has(MAC) && parsed.value(MAC).is_none());
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_refused_and_the_rest_skipped() {
        assert!(Attributes::parse(&[99, 1, 0, 0], 0, &[]).is_none());
        assert!(Attributes::parse(&[199, 1, 0, 0], 0, &[]).is_some());
        assert!(Attributes::parse(&[KDF, 1, 0, 1, KDF, 1, 0, 2], 0, &[KDF]).is_some());
        assert!(Attributes::parse(&[MAC, 1, 0, 1, MAC, 1, 0, 2], 0, &[MAC]).is_none());
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        assert!(Attributes::parse(&[199, 0, 0, 0], 0, &[]).is_none());
        assert!(Attributes::parse(&[199, 2, 0, 0], 0, &[]).is_none());
        assert!(Attributes::parse(&[199, 1, 0, 0, 1], 0, &[]).is_none());
    }

    proptest! {
        #[test]
        fn what_was_built_parses(values in proptest::collection::vec((128u8..255, proptest::collection::vec(any::<u8>(), 0..70)), 0..5)) {
            let mut builder = Builder::headless();
            let mut kinds = Vec::new();
            for (kind, value) in &values {
                if !kinds.contains(kind) {
                    kinds.push(*kind);
                    builder = builder.counted(*kind, value);
                }
            }
            let octets = builder.into_bytes();
            let parsed = Attributes::parse(&octets, 0, &[]).unwrap();
            for kind in kinds {
                let value = values.iter().find(|value| value.0 == kind).unwrap();
                prop_assert_eq!(parsed.counted(kind), Some(&value.1[..]));
            }
        }

        #[test]
        fn no_octets_break_the_parser(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some(parsed) = Attributes::parse(&octets, 0, &[RAND, AUTN, KDF]) {
                for kind in 0..=u8::MAX {
                    let whole = parsed.value(kind).map_or(0, <[u8]>::len);
                    prop_assert!(parsed.counted(kind).map_or(0, <[u8]>::len) <= whole);
                }
            }
        }
    }
}
