//! How long what a network gives its stations for transitions is good for: what message 3 of the first handshake in a
//! mobility domain says in timeout interval elements (IEEE 802.11-2020, 13.4.2).

use alloc::vec::Vec;
use core::time::Duration;

use frame::Emit;
use frame::timeout::{TimeoutInterval, TimeoutKind};

/// A time unit (TU).
const TIME_UNIT: Duration = Duration::from_micros(1024);

/// What a network says of its keys and of its patience, as far as it says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How long PMK-R0 is good for transitions. On the air it has whole seconds, up to 2^32 - 1.
    pub key_lifetime: Option<Duration>,
    /// How long a target waits for the reassociation after its answer. On the air it has whole time units of 1024 µs,
    /// up to 2^32 - 1.
    pub reassociation_deadline: Option<Duration>,
}

impl Limits {
    /// Takes what an element says. Of two of one kind the first counts; those of other kinds say nothing of transitions.
    /// Nor does a time of 0, in which nobody could do anything: hostapd says so where nobody has told it a deadline.
    pub(crate) fn note(&mut self, interval: TimeoutInterval) {
        if interval.value == 0 {
            return;
        }
        match interval.kind {
            TimeoutKind::KEY_LIFETIME => {
                self.key_lifetime
                    .get_or_insert(Duration::from_secs(interval.value.into()));
            }
            TimeoutKind::REASSOCIATION_DEADLINE => {
                self.reassociation_deadline.get_or_insert(TIME_UNIT * interval.value);
            }
            _ => {}
        }
    }

    /// The elements that say it, for message 3; nothing if there is nothing to say.
    pub(crate) fn elements(&self) -> Vec<u8> {
        let most = |value: u128| u32::try_from(value).unwrap_or(u32::MAX);
        let deadline = self.reassociation_deadline.map(|deadline| TimeoutInterval {
            kind: TimeoutKind::REASSOCIATION_DEADLINE,
            value: most(deadline.as_micros() / TIME_UNIT.as_micros()),
        });
        let lifetime = self.key_lifetime.map(|lifetime| TimeoutInterval {
            kind: TimeoutKind::KEY_LIFETIME,
            value: most(lifetime.as_secs().into()),
        });
        let elements = deadline.into_iter().chain(lifetime);
        elements
            .flat_map(|element| element.to_vec().unwrap_or_default())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use frame::element::elements;

    use super::*;

    #[test]
    fn what_is_said_is_understood_and_the_first_of_a_kind_counts() {
        let said = Limits {
            key_lifetime: Some(Duration::from_secs(3600)),
            reassociation_deadline: Some(TIME_UNIT * 1000),
        };
        let octets = said.elements();
        assert_eq!(octets, [56, 5, 1, 0xe8, 3, 0, 0, 56, 5, 2, 0x10, 0x0e, 0, 0]);
        let mut heard = Limits::default();
        for element in elements(&[&octets[..], &[56, 5, 1, 1, 0, 0, 0, 56, 5, 3, 1, 0, 0, 0]].concat()) {
            heard.note(TimeoutInterval::parse(element.unwrap().body).unwrap());
        }
        assert_eq!(heard, said);
        assert!(Limits::default().elements().is_empty());
    }

    #[test]
    fn a_time_of_nothing_is_no_limit() {
        let mut heard = Limits::default();
        for kind in [TimeoutKind::REASSOCIATION_DEADLINE, TimeoutKind::KEY_LIFETIME] {
            heard.note(TimeoutInterval { kind, value: 0 });
        }
        assert_eq!(heard, Limits::default());
    }
}
