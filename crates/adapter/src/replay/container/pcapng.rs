//! The block format: sections, interfaces with a link type each, packets (draft-ietf-opsawg-pcapng).

use std::io::Read;

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    Block, EnhancedPacketBlock, InterfaceDescriptionBlock, OptionCode, SimplePacketBlock, parse_block_be,
    parse_block_le,
};

use super::{Fault, Interface, MAX_RECORD_OCTETS, Packet, Window};

/// The type of a section header block, the same in both byte orders.
pub(super) const SECTION_HEADER: &[u8] = &[0x0a, 0x0d, 0x0d, 0x0a];

/// Block type and length, and the byte-order magic of a section header.
const BLOCK_PREFIX_OCTETS: usize = 12;
/// Block type and length, interface, time, captured and original length.
const ENHANCED_HEADER_OCTETS: usize = 28;
/// Block type and length, original length.
const SIMPLE_HEADER_OCTETS: usize = 12;

/// More interfaces than a machine has: the list of them is what a hostile file could make grow.
const MAX_INTERFACES: usize = 4096;

/// What the blocks so far say about those to come.
#[derive(Default)]
pub(super) struct PcapNg {
    big_endian: bool,
    interfaces: Vec<Described>,
    foreign: Option<u32>,
}

#[derive(Clone, Copy)]
struct Described {
    interface: Interface,
    clock: Clock,
    /// Octets after which packets were cut; 0 means none.
    snap_length: u32,
}

/// How an interface counts time: units a second as in `if_tsresol`, and an offset in seconds.
#[derive(Clone, Copy)]
struct Clock {
    resolution: u8,
    offset_s: i64,
}

impl PcapNg {
    pub(super) fn next_packet(&mut self, window: &mut Window<impl Read>) -> Result<Option<Packet>, Fault> {
        while let Some(length) = self.hold_block(window)? {
            let block = window.octets().get(..length).unwrap_or_default();
            let parse = if self.big_endian {
                parse_block_be
            } else {
                parse_block_le
            };
            let (_, block) = parse(block).map_err(|_| Fault::Damaged("its lengths contradict each other"))?;
            match block {
                Block::SectionHeader(_) => self.interfaces.clear(),
                Block::InterfaceDescription(block) => self.describe(&block)?,
                Block::EnhancedPacket(block) => return self.enhanced(&block, length).map(Some),
                Block::SimplePacket(block) => return self.simple(&block, length).map(Some),
                // Statistics, names, secrets: nothing about a frame.
                _ => {}
            }
            window.pass(length);
        }
        Ok(None)
    }

    pub(super) fn foreign_link_type(&self) -> Option<u32> {
        self.foreign
    }

    /// Makes the window hold the next block, and says how long it is; `None` at the end of the file.
    fn hold_block(&mut self, window: &mut Window<impl Read>) -> Result<Option<usize>, Fault> {
        if !window.hold(BLOCK_PREFIX_OCTETS)? {
            return if window.octets().is_empty() {
                Ok(None)
            } else {
                Err(Fault::Truncated)
            };
        }
        let Some((&[block_type @ .., a, b, c, d], rest)) = window.octets().split_first_chunk::<8>() else {
            return Err(Fault::Truncated);
        };
        if block_type == SECTION_HEADER {
            self.big_endian = match rest.first_chunk() {
                Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
                Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
                _ => return Err(Fault::Damaged("the section has no byte order")),
            };
        }
        let field = [a, b, c, d];
        let length = if self.big_endian {
            u32::from_be_bytes(field)
        } else {
            u32::from_le_bytes(field)
        } as usize;
        if !(BLOCK_PREFIX_OCTETS..=MAX_RECORD_OCTETS).contains(&length) {
            return Err(Fault::Damaged("its length is below 12 octets or above 16 MiB"));
        }
        if !window.hold(length)? {
            return Err(Fault::Truncated);
        }
        match window.octets().get(..length).and_then(<[u8]>::last_chunk::<4>) {
            Some(repeated) if *repeated == field => Ok(Some(length)),
            _ => Err(Fault::Damaged("its length at the end is not the one at the beginning")),
        }
    }

    fn describe(&mut self, block: &InterfaceDescriptionBlock<'_>) -> Result<(), Fault> {
        if self.interfaces.len() == MAX_INTERFACES {
            return Err(Fault::Damaged("it describes one interface too many (4096 are read)"));
        }
        let number = block.linktype.0.cast_unsigned();
        let fcs_option = block.options.iter().find(|option| option.code == OptionCode(13));
        let fcs_octets = fcs_option
            .and_then(|option| option.value().first())
            .map(|&octets| usize::from(octets));
        let interface = Interface::new(number, fcs_octets);
        if interface.link_type.is_none() {
            self.foreign = Some(number);
        }
        // The parser reads the offset as little-endian always.
        let offset_s = if self.big_endian {
            block.if_tsoffset.swap_bytes()
        } else {
            block.if_tsoffset
        };
        let clock = Clock {
            resolution: block.if_tsresol,
            offset_s,
        };
        self.interfaces.push(Described {
            interface,
            clock,
            snap_length: block.snaplen,
        });
        Ok(())
    }

    fn enhanced(&self, block: &EnhancedPacketBlock<'_>, length: usize) -> Result<Packet, Fault> {
        let described = self.described(block.if_id)?;
        Ok(Packet {
            interface: described.interface,
            time_us: described
                .clock
                .microseconds(u64::from(block.ts_high) << 32 | u64::from(block.ts_low)),
            missing: block.origlen.saturating_sub(block.caplen) as usize,
            start: ENHANCED_HEADER_OCTETS,
            octets: block.packet_data().len(),
            record: length,
        })
    }

    /// A simple packet belongs to the first interface, has no time, and is cut at the snap length.
    fn simple(&self, block: &SimplePacketBlock<'_>, length: usize) -> Result<Packet, Fault> {
        let described = self.described(0)?;
        let snap_length = match described.snap_length {
            0 => usize::MAX,
            octets => octets as usize,
        };
        let octets = block.packet_data().len().min(snap_length);
        Ok(Packet {
            interface: described.interface,
            time_us: 0,
            missing: (block.origlen as usize).saturating_sub(octets),
            start: SIMPLE_HEADER_OCTETS,
            octets,
            record: length,
        })
    }

    fn described(&self, interface: u32) -> Result<Described, Fault> {
        let described = usize::try_from(interface)
            .ok()
            .and_then(|index| self.interfaces.get(index));
        described
            .copied()
            .ok_or(Fault::Damaged("it names an interface that was not described"))
    }
}

impl Clock {
    /// Microseconds since 1970 of a count of units. The most significant bit of the resolution tells a power of
    /// two from a power of ten; a resolution beyond 64 bits counts as time standing still.
    fn microseconds(self, units: u64) -> u64 {
        let exponent = u32::from(self.resolution & 0x7f);
        let base: u128 = if self.resolution & 0x80 == 0 { 10 } else { 2 };
        let since_offset = match base.checked_pow(exponent) {
            Some(units_a_second) => u128::from(units) * 1_000_000 / units_a_second,
            None => 0,
        };
        let microseconds = i128::try_from(since_offset).unwrap_or(i128::MAX) + i128::from(self.offset_s) * 1_000_000;
        u64::try_from(microseconds).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_in_powers_of_ten_or_two_from_its_offset() {
        let at = |resolution, offset_s, units| Clock { resolution, offset_s }.microseconds(units);
        assert_eq!(at(6, 0, 1_340_954_905_298_858), 1_340_954_905_298_858);
        assert_eq!(at(9, 0, 1_500), 1);
        assert_eq!(at(0, 10, 5), 15_000_000);
        assert_eq!(at(0x80 | 10, 0, 512), 500_000);
        assert_eq!(at(6, -1, 3_000_000), 2_000_000);
        assert_eq!(at(6, i64::MIN, 5), 0);
        assert_eq!(at(127, 0, u64::MAX), 0);
    }
}
