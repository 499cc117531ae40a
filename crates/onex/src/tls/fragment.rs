//! The record layer that EAP-TLS, TTLS and PEAP share (RFC 5216, 2.1.5 and 3.1): a TLS message of any length in
//! packets of a link's length.
//!
//! ```text
//! | flags (1) | TLS message length (4, if L) | octets of the message |
//! ```

use alloc::vec::Vec;
use zeroize::Zeroizing;

/// The longest TLS message that is put together, in octets. A flight with four certificates of 4 KiB each is a quarter
/// of it; what is longer is an attempt to make the peer run out of memory.
const MAX_MESSAGE: usize = 65_536;

/// The octets of a message that go into one packet, unless told otherwise. With flags, length, EAP and EAPOL headers
/// it fits into the 1500 octets of an Ethernet frame, and into RADIUS with room for the other attributes.
pub const DEFAULT_FRAGMENT_LEN: usize = 1_398;

/// The first octet of every packet: L, M and S, and the version of PEAP and TTLS in the last three bits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Flags(u8);

impl Flags {
    const LENGTH: u8 = 0x80;
    const MORE: u8 = 0x40;
    const START: u8 = 0x20;
    const VERSION: u8 = 0x07;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// One packet's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// The length of the whole message in octets, if the packet says it.
    pub announced: Option<u32>,
    /// Further packets belong to the message.
    pub more: bool,
    /// The server begins.
    pub start: bool,
    /// The version of PEAP or TTLS; 0 in EAP-TLS.
    pub version: u8,
    /// Octets of the TLS message; none is an acknowledgement.
    pub octets: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Parses the data behind the EAP type.
    ///
    /// An empty packet is taken for flags of zero: some servers acknowledge so.
    ///
    /// # Errors
    /// [`FragmentError::Truncated`] if the length that the flags announce is not there.
    pub fn parse(data: &'a [u8]) -> Result<Self, FragmentError> {
        let (flags, rest) = match data.split_first() {
            Some((&flags, rest)) => (Flags(flags), rest),
            None => (Flags(0), data),
        };
        let (announced, octets) = if flags.has(Flags::LENGTH) {
            let (length, octets) = rest.split_first_chunk().ok_or(FragmentError::Truncated)?;
            (Some(u32::from_be_bytes(*length)), octets)
        } else {
            (None, rest)
        };
        Ok(Self {
            announced,
            more: flags.has(Flags::MORE),
            start: flags.has(Flags::START),
            version: flags.0 & Flags::VERSION,
            octets,
        })
    }

    const fn is_acknowledgement(&self) -> bool {
        self.octets.is_empty() && !self.more && !self.start
    }
}

/// A packet without octets: the acknowledgement of a fragment, and of a last message that needs no answer.
pub(crate) fn acknowledgement(version: u8) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::from([version & Flags::VERSION]))
}

/// A server's first packet, in the highest `version` that it speaks.
pub(crate) fn start(version: u8) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::from([Flags::START | version & Flags::VERSION]))
}

/// What the other side has done to the record layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// The packet is shorter than its flags say.
    #[error("a packet is shorter than its flags say")]
    Truncated,
    /// Start in the middle of an exchange: the server has forgotten it, or someone else speaks.
    #[error("the exchange was started again in its middle")]
    StartInMidExchange,
    /// The first packet has no start flag.
    #[error("the exchange does not begin with a start")]
    NoStart,
    /// A fragment came where an acknowledgement of our own fragment must come.
    #[error("a fragment was answered with a fragment")]
    NotAcknowledged,
    /// An acknowledgement of nothing, or a fragment that says it goes on and brings nothing.
    #[error("a fragment has no octets")]
    Empty,
    /// The fragments are longer together than announced, or shorter.
    #[error("the fragments have {received} octets and not the {announced} that were announced")]
    Length {
        /// What the first fragment said.
        announced: usize,
        /// What came.
        received: usize,
    },
    /// The message is longer than any handshake.
    #[error("a message has more than {MAX_MESSAGE} octets, or does not end")]
    TooLong,
    /// The version of PEAP or TTLS changed in the middle of an exchange.
    #[error("the version changed in the middle of the exchange")]
    Version,
}

/// Both directions of one exchange.
pub(crate) struct Fragments {
    fragment_len: usize,
    incoming: Zeroizing<Vec<u8>>,
    announced: Option<usize>,
    outgoing: Zeroizing<Vec<u8>>,
    sent: usize,
}

/// What came of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// Send this, and wait: an acknowledgement, or our next fragment.
    Answer(Zeroizing<Vec<u8>>),
    /// A whole message; empty if the other side acknowledged our whole one.
    Message(Zeroizing<Vec<u8>>),
}

impl Fragments {
    /// Cuts what is sent into fragments of `fragment_len` octets.
    pub(crate) fn new(fragment_len: usize) -> Self {
        Self {
            fragment_len: fragment_len.max(1),
            incoming: Zeroizing::default(),
            announced: None,
            outgoing: Zeroizing::default(),
            sent: 0,
        }
    }

    /// Takes a packet.
    ///
    /// # Errors
    /// A [`FragmentError`]; the exchange cannot go on.
    pub(crate) fn handle(&mut self, fragment: &Fragment<'_>) -> Result<Incoming, FragmentError> {
        if fragment.start {
            return Err(FragmentError::StartInMidExchange);
        }
        if self.has_unsent() {
            return if fragment.is_acknowledgement() {
                Ok(Incoming::Answer(self.next_fragment(fragment.version)))
            } else {
                Err(FragmentError::NotAcknowledged)
            };
        }
        self.append(fragment)?;
        if fragment.more {
            return Ok(Incoming::Answer(acknowledgement(fragment.version)));
        }
        match self.announced.take() {
            Some(announced) if announced != self.incoming.len() => Err(FragmentError::Length {
                announced,
                received: self.incoming.len(),
            }),
            _ => Ok(Incoming::Message(core::mem::take(&mut self.incoming))),
        }
    }

    fn append(&mut self, fragment: &Fragment<'_>) -> Result<(), FragmentError> {
        let in_message = !self.incoming.is_empty();
        if fragment.octets.is_empty() && (fragment.more || in_message) {
            return Err(FragmentError::Empty);
        }
        // RFC 5216 has the length in the first fragment only; some senders repeat it in each.
        if let Some(announced) = fragment.announced {
            let announced = usize::try_from(announced).map_err(|_| FragmentError::TooLong)?;
            if announced > MAX_MESSAGE {
                return Err(FragmentError::TooLong);
            }
            if !in_message {
                self.announced = Some(announced);
            }
        }
        let received = self.incoming.len() + fragment.octets.len();
        match self.announced {
            Some(announced) if received > announced => return Err(FragmentError::Length { announced, received }),
            _ if received > MAX_MESSAGE => return Err(FragmentError::TooLong),
            _ => {}
        }
        self.incoming.extend_from_slice(fragment.octets);
        Ok(())
    }

    /// Begins to send `message`, and returns its first packet; an acknowledgement if it is empty.
    pub(crate) fn send(&mut self, message: Zeroizing<Vec<u8>>, version: u8) -> Zeroizing<Vec<u8>> {
        self.outgoing = message;
        self.sent = 0;
        self.next_fragment(version)
    }

    /// Whether fragments of our message wait for an acknowledgement.
    pub(crate) fn has_unsent(&self) -> bool {
        self.sent < self.outgoing.len()
    }

    fn next_fragment(&mut self, version: u8) -> Zeroizing<Vec<u8>> {
        let rest = self.outgoing.get(self.sent..).unwrap_or_default();
        let octets = rest.get(..self.fragment_len).unwrap_or(rest);
        let more = octets.len() < rest.len();
        let mut flags = version & Flags::VERSION;
        if more {
            flags |= Flags::MORE;
        }
        let mut packet = Zeroizing::new(Vec::with_capacity(5 + octets.len()));
        if more && self.sent == 0 {
            packet.push(flags | Flags::LENGTH);
            // What we send is bounded by what TLS makes of one flight, far below 4 GiB.
            let length = u32::try_from(self.outgoing.len()).unwrap_or(u32::MAX);
            packet.extend_from_slice(&length.to_be_bytes());
        } else {
            packet.push(flags);
        }
        packet.extend_from_slice(octets);
        self.sent += octets.len();
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(data: &[u8]) -> Fragment<'_> {
        Fragment::parse(data).unwrap()
    }

    #[test]
    fn a_message_that_fits_is_one_packet_without_length() {
        let mut fragments = Fragments::new(4);
        assert_eq!(*fragments.send(Zeroizing::new(b"abcd".to_vec()), 0), *b"\0abcd");
        assert!(!fragments.has_unsent());
    }

    #[test]
    fn a_longer_one_says_its_length_first_and_waits_for_each_acknowledgement() {
        let mut fragments = Fragments::new(4);
        let first = fragments.send(Zeroizing::new(b"abcdefghi".to_vec()), 1);
        assert_eq!(*first, *b"\xc1\0\0\0\x09abcd");
        let acknowledgement = acknowledgement(1);
        let mut answers = Vec::new();
        while fragments.has_unsent() {
            match fragments.handle(&parse(&acknowledgement)).unwrap() {
                Incoming::Answer(answer) => answers.push(answer.to_vec()),
                Incoming::Message(message) => panic!("a message of {} octets came of nothing", message.len()),
            }
        }
        assert_eq!(answers, [b"\x41efgh".to_vec(), b"\x01i".to_vec()]);
    }

    #[test]
    fn fragments_that_never_end_are_refused() {
        let mut fragments = Fragments::new(1_000);
        let mut endless = Vec::from([0x40]);
        endless.resize(1_001, 0xab);
        let error = (0..1_000)
            .find_map(|_| fragments.handle(&parse(&endless)).err())
            .unwrap();
        assert_eq!(error, FragmentError::TooLong);

        // Without octets they would not even fill the memory, and go on for ever.
        assert_eq!(Fragments::new(1_000).handle(&parse(&[0x40])), Err(FragmentError::Empty));
        assert_eq!(
            Fragments::new(1_000).handle(&parse(&[0xc0, 0xff, 0, 0, 0, 1])),
            Err(FragmentError::TooLong)
        );
    }

    #[test]
    fn more_or_less_than_announced_is_refused() {
        let mut fragments = Fragments::new(1_000);
        let length = |received| Err(FragmentError::Length { announced: 4, received });
        assert_eq!(fragments.handle(&parse(b"\xc0\0\0\0\x04abcde")), length(5));
        let mut fragments = Fragments::new(1_000);
        assert_eq!(
            fragments.handle(&parse(b"\xc0\0\0\0\x04ab")),
            Ok(Incoming::Answer(acknowledgement(0)))
        );
        assert_eq!(fragments.handle(&parse(b"\0c")), length(3));
    }

    #[test]
    fn a_start_in_mid_exchange_is_refused() {
        let mut fragments = Fragments::new(4);
        fragments.send(Zeroizing::new(b"abcdefghi".to_vec()), 0);
        assert_eq!(
            fragments.handle(&parse(&[0x20])),
            Err(FragmentError::StartInMidExchange)
        );
    }

    #[test]
    fn a_fragment_where_an_acknowledgement_must_be_is_refused() {
        let mut fragments = Fragments::new(4);
        fragments.send(Zeroizing::new(b"abcdefghi".to_vec()), 0);
        assert_eq!(fragments.handle(&parse(b"\0x")), Err(FragmentError::NotAcknowledged));
    }

    #[test]
    fn a_length_that_is_not_there_is_refused() {
        assert_eq!(Fragment::parse(&[0x80, 0, 0, 1]), Err(FragmentError::Truncated));
    }

    proptest! {
        #[test]
        fn what_one_side_sends_the_other_puts_together(
            message in proptest::collection::vec(any::<u8>(), 1..5_000),
            fragment_len in 1usize..600,
        ) {
            let mut sender = Fragments::new(fragment_len);
            let mut receiver = Fragments::new(fragment_len);
            let mut packet = sender.send(Zeroizing::new(message.clone()), 0);
            let received = loop {
                prop_assert!(packet.len() <= fragment_len + 5);
                match receiver.handle(&parse(&packet)).unwrap() {
                    Incoming::Message(received) => break received,
                    Incoming::Answer(acknowledgement) => match sender.handle(&parse(&acknowledgement)).unwrap() {
                        Incoming::Answer(next) => packet = next,
                        Incoming::Message(_) => panic!("the sender has nothing left"),
                    },
                }
            };
            prop_assert_eq!(&*received, &message);
        }

        #[test]
        fn nothing_that_comes_grows_it_beyond_its_limit(
            packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..2_000), 0..100),
        ) {
            let mut fragments = Fragments::new(100);
            for packet in packets {
                let _ = Fragment::parse(&packet).map(|fragment| fragments.handle(&fragment));
                prop_assert!(fragments.incoming.len() <= MAX_MESSAGE);
            }
        }
    }
}
