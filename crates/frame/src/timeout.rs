//! The timeout interval element (IEEE 802.11-2020, 9.4.2.48): deadlines of a transition, life of a key.

use crate::element::id;
use crate::error::ParseError;
use crate::reader::Reader;
use crate::writer::{Emit, Writer};

/// A timeout interval element (TIE): type (1 octet), value (4 octets, little-endian).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutInterval {
    /// What the time is for.
    pub kind: TimeoutKind,
    /// The time, in the unit of its kind.
    pub value: u32,
}

/// The timeout interval type (IEEE 802.11-2020, Table 9-174). Other types are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutKind(pub u8);

impl TimeoutKind {
    /// Time to reassociate after a fast transition, in time units of 1024 µs.
    pub const REASSOCIATION_DEADLINE: Self = Self(1);
    /// The life of the key, in seconds.
    pub const KEY_LIFETIME: Self = Self(2);
    /// Time to wait before associating again, in time units of 1024 µs.
    pub const ASSOCIATION_COMEBACK: Self = Self(3);
}

impl TimeoutInterval {
    /// Parses the body of an element with ID 56.
    ///
    /// # Errors
    /// The body is not 5 octets long.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let kind = TimeoutKind(reader.u8("timeout interval type")?);
        let value = reader.u32_le("timeout interval value")?;
        reader.finish("timeout interval")?;
        Ok(Self { kind, value })
    }
}

/// The whole element, header included.
impl Emit for TimeoutInterval {
    fn write_to(&self, out: &mut Writer<'_>) {
        out.element(id::TIMEOUT_INTERVAL, |out| {
            out.u8(self.kind.0);
            out.u32_le(self.value);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comeback_time_is_five_octets() {
        let tie = TimeoutInterval::parse(&[3, 0xe8, 0x03, 0, 0]).unwrap();
        assert_eq!(
            tie,
            TimeoutInterval {
                kind: TimeoutKind::ASSOCIATION_COMEBACK,
                value: 1000
            }
        );
        assert_eq!(tie.to_vec().unwrap(), [56, 5, 3, 0xe8, 0x03, 0, 0]);
        assert!(TimeoutInterval::parse(&[3, 0xe8, 0x03, 0]).is_err());
        assert!(TimeoutInterval::parse(&[3, 0xe8, 0x03, 0, 0, 0]).is_err());
    }
}
