//! Michael: the MIC of an MSDU under TKIP (IEEE 802.11-2020, 12.5.2.3).
//!
//! Made for processors without a multiplier, and weak by design: who sends frames with a wrong MIC has to be slowed
//! down (countermeasures, 12.5.2.4).

use crate::secret::Key;

/// Octets of the MIC, and of its key.
pub(super) const MIC_LEN: usize = 8;

/// What stands behind the data before it is filled up with zeros.
const END: u8 = 0x5a;

/// The MIC of `header`, given as words, and `data`.
pub(super) fn michael(key: &Key<MIC_LEN>, header: &[[u8; 4]], data: &[u8]) -> [u8; MIC_LEN] {
    let (words, rest) = data.as_chunks::<4>();
    let mut last = [0; 4];
    for (to, from) in last.iter_mut().zip(rest.iter().chain(&[END])) {
        *to = *from;
    }
    let mut state = State::new(key);
    for word in header.iter().chain(words).chain([&last, &[0; 4]]) {
        state.absorb(u32::from_le_bytes(*word));
    }
    state.finish()
}

/// Two words, named as in the standard.
struct State {
    l: u32,
    r: u32,
}

impl State {
    fn new(key: &Key<MIC_LEN>) -> Self {
        let (words, _) = key.as_bytes().as_chunks::<4>();
        let mut words = words.iter().map(|word| u32::from_le_bytes(*word));
        Self {
            l: words.next().unwrap_or_default(),
            r: words.next().unwrap_or_default(),
        }
    }

    const fn absorb(&mut self, word: u32) {
        let Self { mut l, mut r } = *self;
        l ^= word;
        r ^= l.rotate_left(17);
        l = l.wrapping_add(r);
        r ^= swap_within_halves(l);
        l = l.wrapping_add(r);
        r ^= l.rotate_left(3);
        l = l.wrapping_add(r);
        r ^= l.rotate_right(2);
        l = l.wrapping_add(r);
        *self = Self { l, r };
    }

    const fn finish(self) -> [u8; MIC_LEN] {
        ((self.r as u64) << 32 | self.l as u64).to_le_bytes()
    }
}

/// The standard's XSWAP: the octets of each half of the word change places.
const fn swap_within_halves(word: u32) -> u32 {
    word.swap_bytes().rotate_left(16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{array, hex};

    fn key(octets: &str) -> Key<MIC_LEN> {
        Key::new(&hex(octets)).unwrap()
    }

    /// IEEE 802.11-2020, J.2: one application of the block function, and a thousand.
    #[test]
    fn the_block_function_is_that_of_the_standard() {
        let absorbed = |l, r| {
            let mut state = State { l, r };
            state.absorb(0);
            (state.l, state.r)
        };
        assert_eq!(absorbed(0, 0), (0, 0));
        assert_eq!(absorbed(0, 1), (0xc000_15a8, 0xc000_0b95));
        assert_eq!(absorbed(1, 0), (0x6b51_9593, 0x572b_8b8a));
        assert_eq!(absorbed(0x0123_4567, 0x8365_9326), (0x4414_92c2, 0x1d84_27ed));
        assert_eq!(
            (0..1000).fold((1, 0), |(l, r), _| absorbed(l, r)),
            (0x9f04_c4ad, 0x2ec6_c2bf)
        );
    }

    /// IEEE 802.11-2020, J.2: each MIC is the key of the next.
    #[test]
    fn the_mic_is_that_of_the_standard() {
        let mut last = std::string::String::from("0000000000000000");
        for (message, mic) in [
            ("", "82925c1ca1d130b8"),
            ("M", "434721ca40639b3f"),
            ("Mi", "e8f9becae97e5d29"),
            ("Mic", "90038fc6cf13c1db"),
            ("Mich", "d55e100510128986"),
            ("Michael", "0a942b124ecaa546"),
        ] {
            assert_eq!(michael(&key(&last), &[], message.as_bytes()), array(mic), "{message}");
            last = mic.into();
        }
    }

    #[test]
    fn a_header_counts_as_the_data_before_the_data() {
        let key = key("0001020304050607");
        assert_eq!(michael(&key, &[*b"Mich"], b"ael"), michael(&key, &[], b"Michael"));
    }
}
