//! The 48-bit address of a station (IEEE 802.11-2020, 9.2.4.3).

use core::fmt;
use core::str::FromStr;

/// A MAC address: 6 octets, in the order in which they travel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// All stations.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// True for a group address (the first bit on the air is set), the broadcast address included.
    #[must_use]
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 != 0
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not six pairs of hex digits separated by colons (or by hyphens).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a MAC address: expected six pairs of hex digits such as 02:00:00:00:00:01")]
pub struct InvalidMacAddress;

impl FromStr for MacAddress {
    type Err = InvalidMacAddress;

    fn from_str(text: &str) -> Result<Self, InvalidMacAddress> {
        let mut octets = [0; 6];
        let mut pairs = text.split([':', '-']);
        for octet in &mut octets {
            let pair = pairs.next().ok_or(InvalidMacAddress)?;
            if pair.len() != 2 || !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(InvalidMacAddress);
            }
            *octet = u8::from_str_radix(pair, 16).map_err(|_| InvalidMacAddress)?;
        }
        match pairs.next() {
            None => Ok(Self(octets)),
            Some(_) => Err(InvalidMacAddress),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn text_and_octets_are_the_same_address() {
        let address: MacAddress = "02:00:5E:10:00:ff".parse().unwrap();
        assert_eq!(address.0, [0x02, 0x00, 0x5e, 0x10, 0x00, 0xff]);
        assert_eq!(address.to_string(), "02:00:5e:10:00:ff");
        assert_eq!("02-00-5e-10-00-ff".parse(), Ok(address));
    }

    #[test]
    fn text_that_is_no_address_is_refused() {
        for text in [
            "",
            "02:00:00:00:00",
            "02:00:00:00:00:00:00",
            "+2:00:00:00:00:00",
            "2:0:0:0:0:0",
            "0200.0000.0000",
        ] {
            assert_eq!(text.parse::<MacAddress>(), Err(InvalidMacAddress), "{text:?}");
        }
    }

    #[test]
    fn the_first_bit_tells_a_group() {
        assert!(MacAddress::BROADCAST.is_group());
        assert!(MacAddress([1, 0, 0x5e, 0, 0, 1]).is_group());
        assert!(!MacAddress([2, 0, 0, 0, 0, 0]).is_group());
    }
}
