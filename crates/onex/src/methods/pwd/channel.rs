//! Messages longer than a packet (RFC 5931, 3.1 and 4).

use alloc::vec::Vec;

/// Octets of a message that go into one packet.
const FRAGMENT_LEN: usize = 1020;

/// The longest message that is put together: commits have at most 454 octets, the rest is for names.
const MESSAGE_MAX: usize = 2048;

/// L: the total length follows.
const LENGTH: u8 = 0x80;
/// M: more fragments follow.
const MORE: u8 = 0x40;

/// Which of the three exchanges a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Id = 1,
    Commit = 2,
    Confirm = 3,
}

/// What a packet's data comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Not yet a message: send this.
    Reply(Vec<u8>),
    /// A whole message.
    Message(Exchange, Vec<u8>),
}

/// The data does not follow the format, or the message is too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Cuts what is sent and joins what is received, for either side.
pub(crate) struct Channel {
    fragment_len: usize,
    incoming: Vec<u8>,
    /// What is yet to be sent of our own message, and how much of it was.
    outgoing: Option<(Exchange, Vec<u8>, usize)>,
}

impl Channel {
    pub(crate) const fn new() -> Self {
        Self {
            fragment_len: FRAGMENT_LEN,
            incoming: Vec::new(),
            outgoing: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn with_fragments_of(fragment_len: usize) -> Self {
        Self {
            fragment_len,
            ..Self::new()
        }
    }

    /// The data of the packet that begins with this message.
    pub(crate) fn send(&mut self, exchange: Exchange, message: Vec<u8>) -> Vec<u8> {
        self.incoming.clear();
        self.next_fragment(exchange, message, 0)
    }

    /// Takes the data of a packet: flags and exchange (1 octet), the total length where L says so (2), a fragment.
    pub(crate) fn receive(&mut self, data: &[u8]) -> Result<Received, Malformed> {
        let (&flags, mut fragment) = data.split_first().ok_or(Malformed)?;
        let exchange = Exchange::of(flags & !(LENGTH | MORE)).ok_or(Malformed)?;
        if let Some((sending, message, sent)) = self.outgoing.take() {
            // Between two fragments of ours there are only acknowledgements, without data.
            if exchange != sending || !fragment.is_empty() {
                return Err(Malformed);
            }
            return Ok(Received::Reply(self.next_fragment(sending, message, sent)));
        }
        if flags & LENGTH != 0 {
            let (total, rest) = fragment.split_first_chunk().ok_or(Malformed)?;
            // It is a hint how much memory to take, and that is limited here.
            if usize::from(u16::from_be_bytes(*total)) > MESSAGE_MAX {
                return Err(Malformed);
            }
            fragment = rest;
        }
        if self.incoming.len() + fragment.len() > MESSAGE_MAX {
            return Err(Malformed);
        }
        self.incoming.extend_from_slice(fragment);
        match flags & MORE {
            0 => Ok(Received::Message(exchange, core::mem::take(&mut self.incoming))),
            // A fragment of nothing could go on for ever.
            _ if fragment.is_empty() => Err(Malformed),
            _ => Ok(Received::Reply(Vec::from([exchange as u8]))),
        }
    }

    fn next_fragment(&mut self, exchange: Exchange, message: Vec<u8>, sent: usize) -> Vec<u8> {
        let rest = message.get(sent..).unwrap_or_default();
        let (fragment, more) = match rest.split_at_checked(self.fragment_len) {
            Some((fragment, rest)) if !rest.is_empty() => (fragment, MORE),
            _ => (rest, 0),
        };
        let first_of_many = sent == 0 && more != 0;
        let mut data = Vec::from([exchange as u8 | more | if first_of_many { LENGTH } else { 0 }]);
        if first_of_many {
            // Our messages are at most as long as a name and a commit.
            data.extend_from_slice(&u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
        data.extend_from_slice(fragment);
        if more != 0 {
            self.outgoing = Some((exchange, message, sent + self.fragment_len));
        }
        data
    }
}

impl Exchange {
    const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Id),
            2 => Some(Self::Commit),
            3 => Some(Self::Confirm),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_message_is_one_packet() {
        let mut channel = Channel::new();
        assert_eq!(channel.send(Exchange::Commit, Vec::from([9; 20]))[..2], [2, 9]);
        let received = channel.receive(&[3, 7]);
        assert_eq!(received, Ok(Received::Message(Exchange::Confirm, Vec::from([7]))));
    }

    #[test]
    fn a_fragment_has_the_flags_of_its_place() {
        let mut channel = Channel::with_fragments_of(2);
        assert_eq!(
            channel.send(Exchange::Id, Vec::from([1, 2, 3, 4, 5])),
            [0xc1, 0, 5, 1, 2]
        );
        assert_eq!(channel.receive(&[1]), Ok(Received::Reply(Vec::from([0x41, 3, 4]))));
        assert_eq!(channel.receive(&[1]), Ok(Received::Reply(Vec::from([1, 5]))));
        assert_eq!(channel.send(Exchange::Id, Vec::from([1, 2]))[..], [1, 1, 2]);
    }

    #[test]
    fn a_message_without_end_and_an_acknowledgement_with_data_are_refused() {
        let mut channel = Channel::new();
        assert_eq!(
            channel.receive(&[0xc1, 0xff, 0xff, 1]),
            Err(Malformed),
            "announced too long"
        );
        assert_eq!(channel.receive(&[0x41]), Err(Malformed), "no progress");
        let endless = [&[0x41][..], &[0; 1000]].concat();
        let taken = (0..10).take_while(|_| channel.receive(&endless).is_ok()).count();
        assert_eq!(taken, 2);

        let mut channel = Channel::with_fragments_of(1);
        channel.send(Exchange::Id, Vec::from([1, 2]));
        assert_eq!(channel.receive(&[1, 1]), Err(Malformed));
    }

    proptest! {
        #[test]
        fn what_is_cut_is_joined(message in proptest::collection::vec(any::<u8>(), 0..300), fragment_len in 1usize..80) {
            let (mut sender, mut receiver) = (Channel::with_fragments_of(fragment_len), Channel::new());
            let mut data = sender.send(Exchange::Commit, message.clone());
            loop {
                match receiver.receive(&data).unwrap() {
                    Received::Reply(acknowledgement) => match sender.receive(&acknowledgement).unwrap() {
                        Received::Reply(next) => data = next,
                        Received::Message(..) => panic!("an acknowledgement is no message"),
                    },
                    Received::Message(exchange, joined) => {
                        prop_assert_eq!((exchange, joined), (Exchange::Commit, message));
                        break;
                    }
                }
            }
        }
    }
}
