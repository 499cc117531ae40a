//! Security packets (R27): peer, EtherType, data.

use crate::abi::DOT11_SECURITY_PACKET_HEADER as Header;
use crate::abi::record::Fields;
use crate::{SecurityPacket, Win32Error};
use core::mem::offset_of;
use frame::MacAddress;
use frame::ethertype::EtherType;

/// Reads a packet from its buffer.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for one that ends before its data begins.
pub(crate) fn packet(octets: &[u8]) -> Result<SecurityPacket<'_>, Win32Error> {
    let fields = Fields(octets);
    Ok(SecurityPacket {
        peer: MacAddress(fields.array(offset_of!(Header, PeerMac))?),
        ethertype: EtherType(u16::from_be_bytes(fields.array(offset_of!(Header, usEtherType))?)),
        data: fields.octets(offset_of!(Header, Data)..octets.len())?,
    })
}

/// A packet, for the other side.
pub(crate) fn packet_octets(packet: SecurityPacket<'_>) -> Vec<u8> {
    let ethertype = packet.ethertype.0.to_be_bytes();
    [&packet.peer.0[..], &ethertype, packet.data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r27_a_packet_is_peer_ethertype_and_data() {
        let sent = SecurityPacket {
            peer: MacAddress([2, 0, 0, 0, 0, 1]),
            ethertype: EtherType::EAPOL,
            data: b"data",
        };
        let octets = packet_octets(sent);
        assert_eq!(octets, b"\x02\x00\x00\x00\x00\x01\x88\x8edata");
        assert_eq!(packet(&octets), Ok(sent));
    }

    #[test]
    fn a_packet_without_its_head_is_refused() {
        assert_eq!(packet(&[0; 7]), Err(Win32Error::INVALID_PARAMETER));
        assert_eq!(packet(&[0; 8]).unwrap().data, []);
    }
}
