//! What an extension has to know of an adapter and `wlanihv.h` does not say: its own address, and what it
//! can do.
//!
//! An extension asks with `Dot11ExtNicSpecificExtension`, whose octets belong to vendors: a request of these
//! eight octets is ours. A host that is not ours passes it to a driver, which refuses it.

use crate::{AdapterCapabilities, CipherSet, Win32Error};
use frame::MacAddress;

/// The request.
pub const FACTS_REQUEST: [u8; 8] = *b"PCLFACTS";

/// The octets of the answer: version, address, capabilities (4, lowest first): flags, and from bit 8 on the ciphers by
/// their suite type; none of them if the adapter does not say.
pub const FACTS_LENGTH: usize = 11;

const VERSION: u8 = 1;

const FIRST_CIPHER: u32 = 8;

/// An adapter's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFacts {
    /// Its own address.
    pub address: MacAddress,
    /// What it can do.
    pub capabilities: AdapterCapabilities,
}

/// The capabilities that can be used through the binary interface, bit after bit. The others need handlers
/// that it does not have.
fn bits(capabilities: &mut AdapterCapabilities) -> [&mut bool; 2] {
    [
        &mut capabilities.management_protection,
        &mut capabilities.beacon_protection,
    ]
}

impl AdapterFacts {
    /// The answer.
    #[must_use]
    pub fn to_octets(&self) -> [u8; FACTS_LENGTH] {
        let mut capabilities = self.capabilities.clone();
        let flags = bits(&mut capabilities)
            .into_iter()
            .enumerate()
            .fold(0_u32, |flags, (bit, set)| flags | u32::from(*set) << bit);
        let flags = flags | capabilities.ciphers.map_or(0, |ciphers| ciphers.0 << FIRST_CIPHER);
        let ([a, b, c, d, e, f], [w, x, y, z]) = (self.address.0, flags.to_le_bytes());
        [VERSION, a, b, c, d, e, f, w, x, y, z]
    }

    /// Reads an answer. Octets and bits beyond those that are known are a later version's.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_DATA`] for anything else.
    pub fn parse(octets: &[u8]) -> Result<Self, Win32Error> {
        let [version, a, b, c, d, e, f, w, x, y, z, ..] = *octets else {
            return Err(Win32Error::INVALID_DATA);
        };
        if version < VERSION {
            return Err(Win32Error::INVALID_DATA);
        }
        let flags = u32::from_le_bytes([w, x, y, z]);
        let mut capabilities = AdapterCapabilities::default();
        for (bit, set) in bits(&mut capabilities).into_iter().enumerate() {
            *set = flags >> bit & 1 != 0;
        }
        capabilities.ciphers = Some(CipherSet(flags >> FIRST_CIPHER)).filter(|ciphers| ciphers.0 != 0);
        Ok(Self {
            address: MacAddress([a, b, c, d, e, f]),
            capabilities,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Cipher;

    #[test]
    fn facts_survive_the_way_there_and_back() {
        let facts = AdapterFacts {
            address: MacAddress([2, 0, 0, 0, 0, 1]),
            capabilities: AdapterCapabilities {
                management_protection: true,
                ciphers: Some(CipherSet::of([Cipher::CCMP_128, Cipher::BIP_CMAC_256])),
                ..AdapterCapabilities::default()
            },
        };
        assert_eq!(AdapterFacts::parse(&facts.to_octets()), Ok(facts));
    }

    #[test]
    fn what_needs_a_handler_that_the_interface_lacks_does_not_cross() {
        let facts = AdapterFacts {
            address: MacAddress([2, 0, 0, 0, 0, 1]),
            capabilities: AdapterCapabilities {
                authentication_frames: true,
                extended_key_id: true,
                ..AdapterCapabilities::default()
            },
        };
        let read = AdapterFacts::parse(&facts.to_octets()).unwrap();
        assert_eq!(read.capabilities, AdapterCapabilities::default());
    }

    #[test]
    fn a_version_0_and_a_short_answer_are_refused() {
        assert!(AdapterFacts::parse(&[0; FACTS_LENGTH]).is_err());
        assert!(AdapterFacts::parse(&[1; FACTS_LENGTH - 1]).is_err());
    }
}
