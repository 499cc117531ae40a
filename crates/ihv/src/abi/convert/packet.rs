//! Security packets (R27), in two forms: peer, EtherType and data, as the pages of the functions and of the structure
//! have it, or a whole frame of 802.11, as two pages of the guide have it ("Send Operations", "Receive Operations").

use crate::abi::DOT11_SECURITY_PACKET_HEADER as Header;
use crate::abi::record::Fields;
use crate::{SecurityPacket, Win32Error};
use core::mem::offset_of;
use frame::dot11::{Frame, MacHeader};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::{Emit, MacAddress};

/// How a packet stands in its buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketForm {
    /// [`DOT11_SECURITY_PACKET_HEADER`](crate::abi::DOT11_SECURITY_PACKET_HEADER).
    #[default]
    Header,
    /// A data frame: its MAC header, LLC and SNAP, the data.
    Frame,
}

impl PacketForm {
    /// Reads a packet that an extension sends.
    ///
    /// # Errors
    /// [`Win32Error::INVALID_PARAMETER`] for one that ends before its data begins. Of a frame: unless it is a data frame
    /// to an access point, for nobody behind it, and not encrypted; whatever else its header says is the adapter's affair.
    pub(crate) fn read_sent(self, octets: &[u8]) -> Result<SecurityPacket<'_>, Win32Error> {
        match self {
            Self::Header => packet(octets),
            Self::Frame => {
                let (header, packet) = frame_packet(octets).ok_or(Win32Error::INVALID_PARAMETER)?;
                let receiver = header.receiver();
                match !header.frame_control.from_ds() && header.destination() == receiver {
                    true => Ok(SecurityPacket {
                        peer: receiver,
                        ..packet
                    }),
                    false => Err(Win32Error::INVALID_PARAMETER),
                }
            }
        }
    }

    /// A packet that an adapter of this address has received, for its extension.
    pub(crate) fn received(self, packet: SecurityPacket<'_>, own: MacAddress) -> Vec<u8> {
        self.write(packet, MacHeader::data_from_ap(own, packet.peer, packet.peer))
    }

    /// A packet that is to be sent through an adapter of this address, for the host.
    pub(crate) fn sent(self, packet: SecurityPacket<'_>, own: MacAddress) -> Vec<u8> {
        self.write(packet, MacHeader::data_to_ap(packet.peer, own, packet.peer))
    }

    fn write(self, packet: SecurityPacket<'_>, header: MacHeader) -> Vec<u8> {
        let ethertype = packet.ethertype.0.to_be_bytes();
        if self == Self::Header {
            return [&packet.peer.0[..], &ethertype, packet.data].concat();
        }
        let snap = Snap {
            ethertype: packet.ethertype,
            payload: packet.data,
        };
        let mut octets = vec![0; header.emitted_len() + snap.emitted_len()];
        let (front, body) = octets.split_at_mut(header.emitted_len());
        // There is room for both.
        let _ = (header.emit(front), snap.emit(body));
        octets
    }
}

/// Reads a packet that a host has received for an adapter of this address, in whatever form it is: a frame that is not
/// for the adapter is none.
///
/// # Errors
/// [`Win32Error::INVALID_PARAMETER`] for one that ends before its data begins.
pub(crate) fn read_received(octets: &[u8], own: MacAddress) -> Result<(PacketForm, SecurityPacket<'_>), Win32Error> {
    let frame = frame_packet(octets).filter(|(header, _)| {
        header.receiver() == own && header.frame_control.from_ds() && !header.frame_control.to_ds()
    });
    match frame {
        Some((header, packet)) => {
            let peer = header.source();
            Ok((PacketForm::Frame, SecurityPacket { peer, ..packet }))
        }
        None => packet(octets).map(|packet| (PacketForm::Header, packet)),
    }
}

/// The header of a data frame, and what it carries, if that is not encrypted.
fn frame_packet(octets: &[u8]) -> Option<(MacHeader, SecurityPacket<'_>)> {
    let frame = Frame::parse(octets).ok()?;
    let snap = frame.snap().ok()?;
    let packet = SecurityPacket {
        peer: frame.header.transmitter(),
        ethertype: snap.ethertype,
        data: snap.payload,
    };
    (!frame.header.frame_control.protected()).then_some((frame.header, packet))
}

/// Reads a packet behind [`Header`].
fn packet(octets: &[u8]) -> Result<SecurityPacket<'_>, Win32Error> {
    let fields = Fields(octets);
    Ok(SecurityPacket {
        peer: MacAddress(fields.array(offset_of!(Header, PeerMac))?),
        ethertype: EtherType(u16::from_be_bytes(fields.array(offset_of!(Header, usEtherType))?)),
        data: fields.octets(offset_of!(Header, Data)..octets.len())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    fn eapol() -> SecurityPacket<'static> {
        SecurityPacket {
            peer: PEER,
            ethertype: EtherType::EAPOL,
            data: b"data",
        }
    }

    #[test]
    fn r27_a_packet_is_peer_ethertype_and_data() {
        let octets = PacketForm::Header.sent(eapol(), OWN);
        assert_eq!(octets, b"\x02\x00\x00\x00\x00\x02\x88\x8edata");
        assert_eq!(PacketForm::Header.received(eapol(), OWN), octets);
        assert_eq!(PacketForm::Header.read_sent(&octets), Ok(eapol()));
        assert_eq!(read_received(&octets, OWN), Ok((PacketForm::Header, eapol())));
    }

    #[test]
    fn r27_a_packet_can_be_a_whole_frame() {
        let sent = PacketForm::Frame.sent(eapol(), OWN);
        // To the distribution system: receiver, transmitter, destination.
        assert_eq!(sent[..4], [0x08, 0x01, 0, 0]);
        assert_eq!(sent[4..22], [PEER.0, OWN.0, PEER.0].concat());
        assert_eq!(sent[24..], *b"\xaa\xaa\x03\x00\x00\x00\x88\x8edata");
        assert_eq!(PacketForm::Frame.read_sent(&sent), Ok(eapol()));
        let received = PacketForm::Frame.received(eapol(), OWN);
        // From it: receiver, transmitter, source.
        assert_eq!(received[..4], [0x08, 0x02, 0, 0]);
        assert_eq!(received[4..22], [OWN.0, PEER.0, PEER.0].concat());
        assert_eq!(received[24..], sent[24..]);
        assert_eq!(read_received(&received, OWN), Ok((PacketForm::Frame, eapol())));
    }

    #[test]
    fn a_frame_that_does_not_say_which_way_it_goes_is_sent_nevertheless() {
        let mut octets = PacketForm::Frame.sent(eapol(), OWN);
        octets[1] = 0;
        assert_eq!(PacketForm::Frame.read_sent(&octets), Ok(eapol()));
    }

    #[test]
    fn a_frame_that_no_adapter_would_send_is_refused() {
        // Management, from an access point, encrypted, another LLC, for somebody behind the access point.
        for (offset, octet) in [(0, 0xb0), (1, 0x02), (1, 0x41), (24, 0x42), (21, 0x77)] {
            let mut octets = PacketForm::Frame.sent(eapol(), OWN);
            octets[offset] = octet;
            let refused = PacketForm::Frame.read_sent(&octets);
            assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER), "{offset}");
        }
        let octets = PacketForm::Frame.sent(eapol(), OWN);
        for end in 0..32 {
            assert!(PacketForm::Frame.read_sent(&octets[..end]).is_err(), "{end} octets");
        }
    }

    #[test]
    fn a_frame_to_another_station_is_no_frame_of_ours() {
        let octets = PacketForm::Frame.received(eapol(), PEER);
        assert_eq!(read_received(&octets, OWN).unwrap().0, PacketForm::Header);
    }

    #[test]
    fn a_packet_without_its_head_is_refused() {
        assert_eq!(packet(&[0; 7]), Err(Win32Error::INVALID_PARAMETER));
        assert_eq!(packet(&[0; 8]).unwrap().data, []);
    }
}
