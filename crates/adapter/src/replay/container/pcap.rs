//! The classic format: one header, one link type, records one after another (draft-ietf-opsawg-pcap).

use std::io::Read;

use pcap_parser::nom::{self, IResult};
use pcap_parser::{LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header};

use super::{Fault, Interface, MAX_RECORD_OCTETS, Packet, Window};

const FILE_HEADER_OCTETS: usize = 24;
const RECORD_HEADER_OCTETS: usize = 16;

/// Parses a record in the byte order of the file.
type ParseRecord = fn(&[u8]) -> IResult<&[u8], LegacyPcapBlock<'_>, PcapError<&[u8]>>;

/// What the file header says about every record.
pub(super) struct Pcap {
    parse: ParseRecord,
    nanoseconds: bool,
    interface: Interface,
}

impl Pcap {
    pub(super) fn open(window: &mut Window<impl Read>) -> Result<Self, Fault> {
        if !window.hold(FILE_HEADER_OCTETS)? {
            return Err(Fault::NotACapture);
        }
        let (_, header) = parse_pcap_header(window.octets()).map_err(|_| Fault::NotACapture)?;
        if header.is_modified_format() {
            return Err(Fault::NotACapture);
        }
        window.pass(FILE_HEADER_OCTETS);
        let interface = interface(&header);
        if interface.link_type.is_none() {
            return Err(Fault::LinkType(interface.number));
        }
        Ok(Self {
            parse: if header.is_bigendian() {
                parse_pcap_frame_be
            } else {
                parse_pcap_frame
            },
            nanoseconds: header.is_nanosecond_precision(),
            interface,
        })
    }

    pub(super) fn next_packet(&mut self, window: &mut Window<impl Read>) -> Result<Option<Packet>, Fault> {
        loop {
            let missing = match (self.parse)(window.octets()) {
                Ok((_, record)) => return Ok(Some(self.packet(&record))),
                Err(nom::Err::Incomplete(nom::Needed::Size(missing))) => missing.get(),
                Err(_) => return Err(Fault::Damaged("its header cannot be read")),
            };
            let needed = window.octets().len().saturating_add(missing);
            if needed > MAX_RECORD_OCTETS {
                return Err(Fault::Damaged("it claims to be longer than 16 MiB"));
            }
            if !window.hold(needed)? {
                return if window.octets().is_empty() {
                    Ok(None)
                } else {
                    Err(Fault::Truncated)
                };
            }
        }
    }

    fn packet(&self, record: &LegacyPcapBlock<'_>) -> Packet {
        let microseconds = if self.nanoseconds {
            record.ts_usec / 1000
        } else {
            record.ts_usec
        };
        Packet {
            interface: self.interface,
            time_us: u64::from(record.ts_sec) * 1_000_000 + u64::from(microseconds),
            missing: record.origlen.saturating_sub(record.caplen) as usize,
            start: RECORD_HEADER_OCTETS,
            octets: record.data.len(),
            record: RECORD_HEADER_OCTETS + record.data.len(),
        }
    }
}

/// The link type field has the type in its lower half and, if bit 26 is set, the length of the FCS in units of
/// 16 bits in its upper four bits.
fn interface(header: &PcapHeader) -> Interface {
    let field = header.network.0.cast_unsigned();
    let fcs_octets = (field & 1 << 26 != 0).then_some((field >> 28) as usize * 2);
    Interface::new(field & 0xffff, fcs_octets)
}
