//! What a file says about a card: a name, `=` and a value a line.

use core::ops::Range;

use onex::usim::{RecordedSim, SoftwareUsim, Subscription, Triplet, operator_constant};
use zeroize::Zeroizing;

/// A card as its file describes it. Its secrets are wiped when it is dropped.
pub(super) struct Description {
    pub(super) imsi: String,
    pub(super) network_digits: usize,
    key: Option<Key>,
    answers: Vec<([u8; 16], Triplet)>,
    sqn: Option<Number>,
}

struct Key {
    k: Zeroizing<[u8; 16]>,
    opc: Zeroizing<[u8; 16]>,
}

/// The sequence number, and where its digits stand in the file.
struct Number {
    value: u64,
    at: Range<usize>,
}

/// Digits of a sequence number of 48 bits.
const SQN_DIGITS: usize = 12;

/// Why a file describes no card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// A line can't be used.
    #[error("line {number}: {what}")]
    Line {
        /// The first line is 1.
        number: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Something is missing, or there is too much.
    #[error("{0}")]
    Whole(&'static str),
}

/// The lines of a file, as far as they have been read.
#[derive(Default)]
struct Lines {
    imsi: Option<String>,
    network_digits: Option<usize>,
    k: Option<Zeroizing<[u8; 16]>>,
    op: Option<Zeroizing<[u8; 16]>>,
    opc: Option<Zeroizing<[u8; 16]>>,
    sqn: Option<Number>,
    answers: Vec<([u8; 16], Triplet)>,
}

impl Description {
    /// Reads the lines. Empty ones, and those that begin with `#`, say nothing.
    ///
    /// # Errors
    /// The [`Fault`] of the first line that can't be used, or of the whole.
    pub(super) fn parse(content: &[u8]) -> Result<Self, Fault> {
        let mut lines = Lines::default();
        let mut offset = 0;
        for (index, line) in content.split_inclusive(|&octet| octet == b'\n').enumerate() {
            let fault = |what| Fault::Line {
                number: index + 1,
                what,
            };
            let text = core::str::from_utf8(line).map_err(|_| fault("it is not text"))?;
            lines.take(text, offset).map_err(fault)?;
            offset += line.len();
        }
        lines.finish()
    }

    /// What a card of UMTS has and this one has not; `None` if it has all.
    pub(super) const fn lacks(&self) -> Option<&'static str> {
        match (&self.key, &self.sqn) {
            (Some(_), Some(_)) => None,
            (None, _) => Some("no key (k, with op or opc): its triplets do for EAP-SIM only"),
            (Some(_), None) => Some("no line `sqn = 000000000000`, in which the highest number seen is kept"),
        }
    }

    /// The card with its key, if the file has that. Where there is no sequence number, every challenge is new to it.
    pub(super) fn with_key(&self) -> Option<SoftwareUsim> {
        let key = self.key.as_ref()?;
        Some(SoftwareUsim::new(Subscription {
            imsi: self.imsi.clone(),
            network_digits: self.network_digits,
            k: key.k.clone(),
            opc: key.opc.clone(),
            sqn: self.sqn.as_ref().map_or(0, |number| number.value),
        }))
    }

    /// The card of GSM that knows what the file has recorded, if there is anything.
    pub(super) fn recorded(self) -> Option<RecordedSim> {
        (!self.answers.is_empty()).then_some(RecordedSim {
            imsi: self.imsi,
            network_digits: self.network_digits,
            answers: self.answers,
        })
    }

    /// Writes another sequence number in its place in the content that this was read from. `None`: there is no place for
    /// it.
    pub(super) fn put_sequence_number(&self, sqn: u64, content: &mut [u8]) -> Option<()> {
        let digits = format!("{sqn:0SQN_DIGITS$x}");
        let place = content.get_mut(self.sqn.as_ref()?.at.clone())?;
        (place.len() == digits.len()).then(|| place.copy_from_slice(digits.as_bytes()))
    }
}

impl Lines {
    /// Takes a line, which begins at this octet of the file.
    fn take(&mut self, line: &str, offset: usize) -> Result<(), &'static str> {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return Ok(());
        }
        let (name, value) = trimmed.split_once('=').ok_or("it has no `=`")?;
        let value = value.trim();
        match name.trim() {
            "imsi" => set(&mut self.imsi, imsi(value)?),
            "network-digits" => set(
                &mut self.network_digits,
                match value {
                    "2" => 2,
                    "3" => 3,
                    _ => return Err("the number of the network has 2 or 3 digits"),
                },
            ),
            "k" => set(&mut self.k, key(value)?),
            "op" => set(&mut self.op, key(value)?),
            "opc" => set(&mut self.opc, key(value)?),
            "sqn" => {
                let begin = offset + line.rfind(value).unwrap_or_default();
                let at = begin..begin + value.len();
                set(&mut self.sqn, number(value, at)?)
            }
            "triplet" => {
                self.answers.push(triplet(value)?);
                Ok(())
            }
            "amf" => Err("the AMF is no part of a card: the network says it in each challenge; leave the line out"),
            _ => Err("known are imsi, network-digits, k, op, opc, sqn and triplet"),
        }
    }

    fn finish(self) -> Result<Description, Fault> {
        let key = match (self.k, self.op, self.opc) {
            (Some(k), Some(op), None) => Some(Key {
                opc: operator_constant(&k, &op),
                k,
            }),
            (Some(k), None, Some(opc)) => Some(Key { k, opc }),
            (None, None, None) => None,
            (Some(_), None, None) => return Err(Fault::Whole("beside k, op or opc is needed")),
            (Some(_), Some(_), Some(_)) => return Err(Fault::Whole("op and opc exclude each other")),
            (None, ..) => return Err(Fault::Whole("op and opc are of no use without k")),
        };
        if key.is_none() && self.answers.is_empty() {
            return Err(Fault::Whole("it has neither a key (k, with op or opc) nor a triplet"));
        }
        Ok(Description {
            imsi: self.imsi.ok_or(Fault::Whole("it has no imsi"))?,
            network_digits: self.network_digits.unwrap_or(2),
            key,
            answers: self.answers,
            sqn: self.sqn,
        })
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), &'static str> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("it says again what stands above"),
    }
}

fn imsi(digits: &str) -> Result<String, &'static str> {
    match digits.len() {
        6..=15 if digits.bytes().all(|digit| digit.is_ascii_digit()) => Ok(digits.to_owned()),
        _ => Err("an IMSI has 6 to 15 decimal digits"),
    }
}

fn key(digits: &str) -> Result<Zeroizing<[u8; 16]>, &'static str> {
    octets(digits).ok_or("a key has 32 hex digits")
}

fn number(digits: &str, at: Range<usize>) -> Result<Number, &'static str> {
    let [a, b, c, d, e, f] = *octets(digits).ok_or("a sequence number has 12 hex digits")?;
    let value = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    Ok(Number { value, at })
}

fn triplet(text: &str) -> Result<([u8; 16], Triplet), &'static str> {
    let mut words = text.split_ascii_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let (rand, sres, kc) = (octets(next()), octets(next()), octets(next()));
    match (rand, sres, kc, words.next()) {
        (Some(rand), Some(sres), Some(kc), None) => Ok((*rand, Triplet { sres, kc })),
        _ => Err("a triplet is RAND (32 hex digits), SRES (8) and Kc (16), with spaces between"),
    }
}

fn octets<const N: usize>(digits: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut octets = Zeroizing::new([0; N]);
    let whole = digits.len() == 2 * N;
    (whole && base16ct::mixed::decode(digits, &mut *octets).is_ok()).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use onex::usim::Usim;
    use proptest::prelude::*;

    const K: &str = "k = 465b5ce8b199b49faa5f0a2ee238a6bc";
    const OP: &str = "op = cdc202d5123e20f62b6d676ac72cb318";
    const OPC: &str = "opc=CD63CB71954A9F4E48A5994E37A02BAF";
    const TRIPLET: &str = "triplet = 101112131415161718191a1b1c1d1e1f d1d2d3d4 a0a1a2a3a4a5a6a7";

    fn parse(lines: &[&str]) -> Result<Description, Fault> {
        Description::parse(lines.join("\n").as_bytes())
    }

    fn fault(lines: &[&str]) -> String {
        parse(lines).err().unwrap().to_string()
    }

    /// 3GPP TS 35.208, test set 1, and its GSM values of TS 55.205.
    #[test]
    fn the_operators_constant_may_be_that_of_all_cards_or_that_of_one() {
        let rand = 0x2355_3cbe_9637_a89d_218a_e64d_ae47_bf35_u128.to_be_bytes();
        for constant in [OP, OPC] {
            let card = parse(&["# of a test", "", "imsi = 232010000000000", K, constant]).unwrap();
            let triplet = card.with_key().unwrap().gsm(&rand).unwrap();
            assert_eq!(u32::from_be_bytes(*triplet.sres), 0x46f8_416a);
        }
    }

    #[test]
    fn what_was_recorded_is_answered() {
        let card = parse(&["imsi = 232010000000000", "network-digits = 3", TRIPLET]).unwrap();
        assert!(card.with_key().is_none());
        let mut card = card.recorded().unwrap();
        assert_eq!(card.network_digits(), 3);
        let rand = core::array::from_fn(|index| 0x10 + index as u8);
        assert_eq!(*card.gsm(&rand).unwrap().sres, [0xd1, 0xd2, 0xd3, 0xd4]);
    }

    #[test]
    fn another_sequence_number_takes_the_place_of_the_first_and_of_nothing_else() {
        let text = format!("imsi = 232010000000000\r\n{K}\n{OPC}\n  sqn =  0000000000A0 \n# sqn = 0\n");
        let card = Description::parse(text.as_bytes()).unwrap();
        assert_eq!(card.with_key().unwrap().sequence_number(), 0xa0);
        let mut content = text.clone().into_bytes();
        card.put_sequence_number(0xff9b_b4d0_b607, &mut content).unwrap();
        assert_eq!(content, text.replace("0000000000A0", "ff9bb4d0b607").into_bytes());
        assert!(card.put_sequence_number(1 << 48, &mut content).is_none());
        let without = parse(&["imsi = 232010000000000", K, OPC]).unwrap();
        assert!(without.put_sequence_number(1, &mut content).is_none());
    }

    proptest! {
        #[test]
        fn a_number_that_was_put_is_read_back(first in 0..1u64 << 48, second in 0..1u64 << 48) {
            let mut content = format!("sqn={first:012X}\nimsi = 232010000000000\n{K}\n{OP}").into_bytes();
            let read = |content: &[u8]| Description::parse(content).unwrap();
            let card = read(&content);
            prop_assert_eq!(card.with_key().unwrap().sequence_number(), first);
            card.put_sequence_number(second, &mut content).unwrap();
            prop_assert_eq!(read(&content).with_key().unwrap().sequence_number(), second);
        }

        #[test]
        fn whatever_comes_is_read_or_refused(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Description::parse(&content);
        }

        #[test]
        fn whatever_a_line_says_it_is_read_or_refused(
            name in "(imsi|network-digits|k|op|opc|sqn|triplet)",
            value in "[0-9a-f =#\u{e9}\r\n]{0,60}",
        ) {
            let _ = Description::parse(format!("{name}={value}").as_bytes());
        }
    }

    #[test]
    fn a_line_that_can_not_be_used_is_named_with_what_it_should_be() {
        for (line, what) in [
            ("imsi = 23201-000000000", "6 to 15 decimal digits"),
            ("imsi = 12", "6 to 15"),
            ("network-digits = 4", "2 or 3"),
            ("k = 00", "32 hex digits"),
            ("sqn = 20", "12 hex digits"),
            ("triplet = 00 00 00", "RAND"),
            (&format!("{TRIPLET} 00"), "RAND"),
            ("amf = 8000", "leave the line out"),
            ("pin = 1234", "known are"),
            ("232010000000000", "no `=`"),
        ] {
            let fault = fault(&["imsi = 232010000000000", line]);
            // The IMSI said again is a fault of its own, but only where the second is one.
            assert!(fault.starts_with("line 2: ") && fault.contains(what), "{line}: {fault}");
        }
        assert!(fault(&[K, K]).contains("again"));
        assert!(Description::parse(b"\xff").is_err());
    }

    #[test]
    fn a_card_has_a_number_and_a_key_or_answers() {
        for (lines, what) in [
            (&["imsi = 232010000000000"][..], "neither a key"),
            (&[TRIPLET], "no imsi"),
            (&[K], "op or opc is needed"),
            (&[OP], "without k"),
            (&[K, OP, OPC], "exclude"),
        ] {
            assert!(fault(lines).contains(what), "{lines:?}");
        }
    }
}
