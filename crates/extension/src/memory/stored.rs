//! What the extension remembers as octets, for a caller who keeps it when the program ends.
//!
//! A version (1 octet), the number of networks (2, big-endian), for each its name (length, 1 octet, and up to 32), the
//! steps of its authentication and of its encryption (1 each), what else it had (1: bit 0 the protection of management
//! frames, bit 1 hash-to-element) and its disabled transitions (1); behind them the salt of
//! their scopes (16), and the PMKSAs in a format of their own.

use super::{Disabled, Floor, Floors};
use crate::strength::{Authentication, Encryption, Strength};

const VERSION: u8 = 2;
/// What stands behind the name of a network, octets.
const FLOOR_LEN: usize = 4;
const MANAGEMENT_PROTECTION: u8 = 1;
const HASH_TO_ELEMENT: u8 = 2;
/// The longest name of a network, octets.
const SSID_MAX: usize = 32;

/// Octets that are not what was stored: damaged, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// They are empty or of a version that is not known here.
    #[error("a stored memory of an unknown version")]
    Version,
    /// A network is cut short, or has what there is not.
    #[error("a stored network is damaged")]
    Network,
    /// The PMKSAs are damaged.
    #[error(transparent)]
    Pmksas(#[from] rsn::pmksa::StoredError),
}

impl Floors {
    /// How many octets [`store`](Self::store) writes.
    pub(crate) fn stored_len(&self) -> usize {
        let networks = self.0.keys().map(|ssid| 1 + ssid.len() + FLOOR_LEN);
        3 + networks.sum::<usize>()
    }

    pub(crate) fn store(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        // There are at most `MOST` networks, with names of at most 32 octets.
        out.extend((self.0.len() as u16).to_be_bytes());
        for (ssid, floor) in &self.0 {
            out.push(ssid.len() as u8);
            out.extend_from_slice(ssid);
            out.extend(written(floor));
        }
    }

    /// What was stored, and the octets behind it.
    pub(crate) fn parse(octets: &[u8]) -> Result<(Self, &[u8]), StoredError> {
        let Some((&VERSION, rest)) = octets.split_first() else {
            return Err(StoredError::Version);
        };
        let (&count, mut rest) = rest.split_first_chunk().ok_or(StoredError::Network)?;
        let mut floors = Self::default();
        for _ in 0..u16::from_be_bytes(count) {
            let (ssid, floor, behind) = network(rest).ok_or(StoredError::Network)?;
            floors.0.insert(ssid.to_vec(), floor);
            rest = behind;
        }
        Ok((floors, rest))
    }

    /// Takes in what another memory has: of each network the higher floor.
    pub(crate) fn merge(&mut self, other: Self) {
        for (ssid, floor) in other.0 {
            if let Some(known) = self.floor(&ssid) {
                known.strength = known.strength.or_better(floor.strength);
                known.disabled.0 |= floor.disabled.0;
            }
        }
    }
}

fn written(floor: &Floor) -> [u8; FLOOR_LEN] {
    let Strength {
        authentication,
        encryption,
        management_protection,
        hash_to_element,
    } = floor.strength;
    let mut others = 0;
    if management_protection {
        others |= MANAGEMENT_PROTECTION;
    }
    if hash_to_element {
        others |= HASH_TO_ELEMENT;
    }
    [authentication as u8, encryption as u8, others, floor.disabled.0]
}

fn read([authentication, encryption, others, disabled]: [u8; FLOOR_LEN]) -> Option<Floor> {
    if others & !(MANAGEMENT_PROTECTION | HASH_TO_ELEMENT) != 0 {
        return None;
    }
    Some(Floor {
        strength: Strength {
            authentication: Authentication::ALL
                .into_iter()
                .find(|known| *known as u8 == authentication)?,
            encryption: Encryption::ALL.into_iter().find(|known| *known as u8 == encryption)?,
            management_protection: others & MANAGEMENT_PROTECTION != 0,
            hash_to_element: others & HASH_TO_ELEMENT != 0,
        },
        disabled: Disabled(disabled),
    })
}

/// The first network, and what is behind it.
fn network(octets: &[u8]) -> Option<(&[u8], Floor, &[u8])> {
    let (&len, rest) = octets.split_first()?;
    let (ssid, rest) = rest
        .split_at_checked(len.into())
        .filter(|(ssid, _)| ssid.len() <= SSID_MAX)?;
    let (floor, rest) = rest.split_first_chunk()?;
    Some((ssid, read(*floor)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Lenience;
    use proptest::prelude::*;

    fn stored(floors: &Floors) -> Vec<u8> {
        let mut octets = Vec::new();
        floors.store(&mut octets);
        assert_eq!(octets.len(), floors.stored_len());
        octets
    }

    const SAE: Strength = Strength {
        authentication: Authentication::Wpa3,
        encryption: Encryption::Bits128,
        management_protection: true,
        hash_to_element: false,
    };
    const PSK: Strength = Strength {
        authentication: Authentication::Sha1,
        encryption: Encryption::Bits256,
        management_protection: false,
        hash_to_element: true,
    };

    fn floors() -> Floors {
        let mut floors = Floors::default();
        floors.succeeded(b"castle", SAE, Lenience::None);
        floors.disable(b"castle", 1);
        floors.succeeded(b"", PSK, Lenience::None);
        floors
    }

    #[test]
    fn what_networks_had_comes_back_with_what_stands_behind_it() {
        let octets = [&stored(&floors())[..], b"behind"].concat();
        let (read, behind) = Floors::parse(&octets).unwrap();
        assert_eq!(behind, b"behind");
        for ssid in [&b"castle"[..], b"", b"moat"] {
            assert_eq!(read.of(ssid), floors().of(ssid));
        }
    }

    #[test]
    fn nothing_that_is_remembered_is_lowered() {
        let mut low = Floors::default();
        low.succeeded(b"castle", PSK, Lenience::None);
        low.disable(b"castle", 8);
        let mut merged = floors();
        merged.merge(low);
        let castle = merged.of(b"castle");
        let best = Strength {
            encryption: Encryption::Bits256,
            hash_to_element: true,
            ..SAE
        };
        assert_eq!((castle.strength, castle.disabled), (best, Disabled(9)));
    }

    #[test]
    fn what_is_cut_short_or_unknown_is_refused() {
        let octets = stored(&floors());
        for length in 1..octets.len() {
            assert_eq!(Floors::parse(&octets[..length]).err(), Some(StoredError::Network));
        }
        assert_eq!(Floors::parse(&[]).err(), Some(StoredError::Version));
        // Of a program that remembered less.
        assert_eq!(Floors::parse(&[1, 0, 1, 0, 3, 0]).err(), Some(StoredError::Version));
        for floor in [[10, 0, 0, 0], [0, 5, 0, 0], [0, 0, 4, 0]] {
            let octets = [&[2, 0, 1, 0][..], &floor].concat();
            assert_eq!(Floors::parse(&octets).err(), Some(StoredError::Network), "{floor:?}");
        }
        assert_eq!(
            Floors::parse(&[&[2, 0, 1, 33][..], &[b'x'; 33], &[1, 0, 0, 0]].concat()).err(),
            Some(StoredError::Network)
        );
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic(octets: Vec<u8>) {
            let _ = Floors::parse(&octets);
        }
    }
}
