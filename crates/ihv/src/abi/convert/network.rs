//! The networks in reach.

use crate::abi::record::{Fields, Record};
use crate::abi::{DOT11_BSS_ENTRY as Entry, DOT11_BSS_LIST, dot11_BSS_type_infrastructure};
use crate::{BssEntry, Win32Error};
use core::mem::offset_of;
use frame::MacAddress;

/// Where a beacon's interval, its capability information and its elements begin, octets (IEEE 802.11-2020,
/// Table 9-32); the timestamp is before them.
const INTERVAL: usize = 8;
const CAPABILITY: usize = 10;
const ELEMENTS: usize = 12;

/// Reads the entries of a [`DOT11_BSS_LIST`], which follow each other without padding.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for an entry that ends behind the buffer.
pub(crate) fn networks(mut octets: &[u8]) -> Result<Vec<BssEntry>, Win32Error> {
    let mut list = Vec::new();
    while !octets.is_empty() {
        let fields = Fields(octets);
        let length = fields.u32(offset_of!(Entry, uBufferLength))? as usize;
        let end = offset_of!(Entry, ucBuffer)
            .checked_add(length)
            .ok_or(Win32Error::INVALID_PARAMETER)?;
        let elements = fields.octets(offset_of!(Entry, ucBuffer)..end)?;
        list.push(entry(fields, elements)?);
        octets = octets.get(end..).unwrap_or_default();
    }
    Ok(list)
}

fn entry(fields: Fields<'_>, elements: &[u8]) -> Result<BssEntry, Win32Error> {
    let mut beacon = Vec::with_capacity(ELEMENTS + elements.len());
    beacon.extend(fields.u64(offset_of!(Entry, ullTimestamp))?.to_le_bytes());
    beacon.extend(fields.u16(offset_of!(Entry, usBeaconPeriod))?.to_le_bytes());
    beacon.extend(fields.u16(offset_of!(Entry, usCapabilityInformation))?.to_le_bytes());
    beacon.extend(elements);
    let rssi = i32::from_ne_bytes(fields.array(offset_of!(Entry, lRSSI))?);
    Ok(BssEntry {
        bssid: MacAddress(fields.array(offset_of!(Entry, dot11BSSID))?),
        // The union's first member, MHz. Hopping radios are no more.
        frequency: u16::try_from(fields.u32(offset_of!(Entry, PhySpecificInfo))?).unwrap_or_default(),
        rssi: i16::try_from(rssi).map_err(|_| Win32Error::INVALID_PARAMETER)?,
        beacon: beacon.into(),
    })
}

/// Networks, for the other side.
pub(crate) struct BssList {
    entries: Record,
}

impl BssList {
    pub(crate) fn new(networks: &[BssEntry]) -> Self {
        let sizes = networks
            .iter()
            .map(|network| offset_of!(Entry, ucBuffer) + network.elements().len());
        let mut entries = Record::new(sizes.sum());
        let mut begin = 0;
        for network in networks {
            begin = put(&mut entries, begin, network);
        }
        Self { entries }
    }

    /// The list; it points into `self`.
    pub(crate) fn list(&mut self) -> DOT11_BSS_LIST {
        DOT11_BSS_LIST {
            uNumOfBytes: self.entries.length(),
            pucBuffer: self.entries.as_mut_ptr(),
        }
    }
}

/// Writes an entry, and returns where the next begins.
fn put(record: &mut Record, begin: usize, network: &BssEntry) -> usize {
    let body = Fields(&network.beacon);
    // A beacon without its fixed fields has none of this.
    let timestamp: [u8; 8] = body.array(0).unwrap_or_default();
    let interval: [u8; 2] = body.array(INTERVAL).unwrap_or_default();
    let capability: [u8; 2] = body.array(CAPABILITY).unwrap_or_default();
    let elements = network.elements();
    record.put_u32(begin + offset_of!(Entry, PhySpecificInfo), network.frequency.into());
    record.put(begin + offset_of!(Entry, dot11BSSID), &network.bssid.0);
    record.put_u32(begin + offset_of!(Entry, dot11BSSType), dot11_BSS_type_infrastructure);
    record.put(begin + offset_of!(Entry, lRSSI), &i32::from(network.rssi).to_ne_bytes());
    record.put_u32(begin + offset_of!(Entry, uLinkQuality), quality(network.rssi));
    record.put(begin + offset_of!(Entry, bInRegDomain), &[1]);
    record.put_u16(begin + offset_of!(Entry, usBeaconPeriod), u16::from_le_bytes(interval));
    let timestamp = u64::from_le_bytes(timestamp).to_ne_bytes();
    record.put(begin + offset_of!(Entry, ullTimestamp), &timestamp);
    record.put_u16(
        begin + offset_of!(Entry, usCapabilityInformation),
        u16::from_le_bytes(capability),
    );
    record.put_u32(
        begin + offset_of!(Entry, uBufferLength),
        u32::try_from(elements.len()).unwrap_or(u32::MAX),
    );
    record.put(begin + offset_of!(Entry, ucBuffer), elements);
    begin + offset_of!(Entry, ucBuffer) + elements.len()
}

/// The quality of a link, 0 at -100 dBm and 100 at -50 dBm, as Windows has it (`wlanSignalQuality`).
fn quality(rssi: i16) -> u32 {
    u32::from((2 * (rssi.clamp(-100, -50) + 100)).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn network(last: u8, elements: &[u8]) -> BssEntry {
        let fixed = [1, 2, 3, 4, 5, 6, 7, 8, 100, 0, 0x11, 0x04];
        BssEntry {
            bssid: MacAddress([2, 0, 0, 0, 0, last]),
            frequency: 2412,
            rssi: -47,
            beacon: [&fixed[..], elements].concat().into(),
        }
    }

    fn octets(networks: &[BssEntry]) -> Vec<u8> {
        BssList::new(networks).entries.octets().to_vec()
    }

    #[test]
    fn networks_survive_the_way_there_and_back() {
        // Three octets of elements: the second entry is unaligned.
        let networks_there = [network(1, b"abc"), network(2, b""), network(3, &[7; 200])];
        assert_eq!(networks(&octets(&networks_there)).unwrap(), networks_there);
    }

    #[test]
    fn a_list_points_to_its_entries() {
        let mut list = BssList::new(&[network(1, b"abc")]);
        let size = offset_of!(Entry, ucBuffer) + 3;
        assert_eq!(list.list().uNumOfBytes as usize, size);
    }

    #[test]
    fn quality_is_that_of_the_signal() {
        assert_eq!([-120, -100, -75, -50, -10].map(quality), [0, 0, 50, 100, 100]);
    }

    proptest! {
        #[test]
        fn any_octets_are_a_list_or_an_error(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = networks(&octets);
        }

        #[test]
        fn a_list_that_is_cut_is_refused(cut in 1..58_usize) {
            let octets = octets(&[network(1, b"abc")]);
            prop_assert!(networks(&octets[..octets.len() - cut]).is_err());
        }
    }
}
