//! Fixed fields that several management frames share (IEEE 802.11-2020, 9.4.1).

/// The capability information field: 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CapabilityInfo(pub u16);

impl CapabilityInfo {
    /// Sent by an AP (bit 0).
    pub const ESS: Self = Self(0x0001);
    /// Data frames are encrypted (bit 4).
    pub const PRIVACY: Self = Self(0x0010);

    /// True if every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The association identifier (AID) field, whose two most significant bits are set on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AssociationId(pub u16);

impl AssociationId {
    const MARK: u16 = 0xc000;

    /// The field for a number from 1 to 2007.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number | Self::MARK)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0 & !Self::MARK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_travels_with_its_two_upper_bits_set() {
        assert_eq!(AssociationId::new(2007), AssociationId(0xc7d7));
        assert_eq!(AssociationId(0xc7d7).number(), 2007);
    }

    #[test]
    fn capabilities_are_contained_only_if_all_bits_are() {
        let both = CapabilityInfo::ESS.union(CapabilityInfo::PRIVACY);
        assert_eq!(both, CapabilityInfo(0x0011));
        assert!(both.contains(CapabilityInfo::PRIVACY) && both.contains(both));
        assert!(!CapabilityInfo::ESS.contains(both));
    }
}
