//! The way of EAPOL between host and driver.
//!
//! Over nl80211, where the driver can: a frame is then sent unencrypted exactly when it has to be, and
//! the kernel reports when it has left, so that a key is never installed before the frame that must go
//! ahead of it. Over a packet socket where not: the driver decides about encryption by the keys that it
//! has.

use super::attributes::request;
use frame::MacAddress;
use frame::ethertype::EtherType;
use host::adapter::OutgoingPacket;
use nix::sys::socket::LinkAddr;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use tokio::net::UnixDatagram;
use wl_nl80211::packet_core::EthernetProtocol;
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211ExtFeature, Nl80211Message};

/// Which way EAPOL goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Path {
    /// Over nl80211.
    Nl80211 {
        /// The driver reports when a frame has left.
        reports_status: bool,
    },
    /// Over a packet socket.
    #[default]
    PacketSocket,
}

impl Path {
    /// The way that a driver with these features offers.
    pub(super) fn of_features(features: &[Nl80211ExtFeature]) -> Self {
        if features.contains(&Nl80211ExtFeature::ControlPortOverNl80211) {
            let reports_status = features.contains(&Nl80211ExtFeature::ControlPortOverNl80211TxStatus);
            Self::Nl80211 { reports_status }
        } else {
            Self::PacketSocket
        }
    }

    pub(super) const fn is_over_nl80211(self) -> bool {
        matches!(self, Self::Nl80211 { .. })
    }
}

/// The request to send a packet over nl80211.
pub(super) fn transmit(ifindex: u32, packet: &OutgoingPacket, keyed: bool) -> Nl80211Message {
    let attributes = [
        Nl80211Attr::Mac(packet.peer.0),
        Nl80211Attr::ControlPortEthertype(EthernetProtocol::from(packet.ethertype.0)),
        Nl80211Attr::Frame(packet.data.clone()),
    ];
    let unencrypted = (!keyed || packet.in_the_clear).then_some(Nl80211Attr::ControlPortNoEncrypt);
    request(
        Nl80211Command::ControlPortFrame,
        ifindex,
        attributes.into_iter().chain(unencrypted),
    )
}

/// A packet socket for EAPOL on one interface.
pub(super) struct PacketSocket {
    /// tokio has no type for packet sockets; what this one does beyond reading and writing is not used.
    inner: UnixDatagram,
    address: MacAddress,
}

/// A received packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) peer: MacAddress,
    pub(super) ethertype: EtherType,
    pub(super) data: Vec<u8>,
    /// Whether it came encrypted. A packet socket does not tell.
    pub(super) encrypted: Option<bool>,
}

impl PacketSocket {
    /// Opens the socket on the interface of this name, whose own address is `address`.
    ///
    /// # Errors
    /// Whatever the system refuses.
    pub(super) fn open(interface: &str, address: MacAddress) -> io::Result<Self> {
        // The kernel wants the number in network order, and keeps it when the socket is bound to an
        // address without one, such as that of an interface.
        let eapol = Protocol::from(i32::from(EtherType::EAPOL.0.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(eapol))?;
        let link = link_address(interface)?.ok_or(io::ErrorKind::NotFound)?;
        nix::sys::socket::bind(socket.as_raw_fd(), &link)?;
        socket.set_nonblocking(true)?;
        let inner = UnixDatagram::from_std(OwnedFd::from(socket).into())?;
        Ok(Self { inner, address })
    }

    /// The next packet that another station sent to this one. Cancel-safe.
    ///
    /// # Errors
    /// Whatever the system reports, such as that the interface is down.
    pub(super) async fn receive(&self) -> io::Result<Received> {
        /// Octets of the longest Ethernet frame made from an MSDU (IEEE 802.11-2020, 9.2.4.7.1).
        const LONGEST: usize = 2304 + 14;
        let mut buffer = [0; LONGEST];
        loop {
            let octets = self.inner.recv(&mut buffer).await?;
            if let Some(received) = parse_frame(buffer.get(..octets).unwrap_or_default(), self.address) {
                return Ok(received);
            }
        }
    }

    /// Hands a packet to the driver.
    ///
    /// # Errors
    /// Whatever the system refuses.
    pub(super) async fn send(&self, packet: &OutgoingPacket) -> io::Result<()> {
        self.inner.send(&emit_frame(packet, self.address)).await.map(drop)
    }
}

/// An interface's own address, index included, as the kernel lists it.
fn link_address(interface: &str) -> io::Result<Option<LinkAddr>> {
    Ok(nix::ifaddrs::getifaddrs()?
        .filter(|entry| entry.interface_name == interface)
        .find_map(|entry| entry.address?.as_link_addr().copied()))
}

/// Takes an Ethernet frame apart if it is EAPOL from another station to `own`.
fn parse_frame(frame: &[u8], own: MacAddress) -> Option<Received> {
    let (destination, rest) = frame.split_first_chunk()?;
    let (source, rest) = rest.split_first_chunk()?;
    let (ethertype, data) = rest.split_first_chunk()?;
    let received = Received {
        peer: MacAddress(*source),
        ethertype: EtherType(u16::from_be_bytes(*ethertype)),
        data: data.to_vec(),
        encrypted: None,
    };
    (MacAddress(*destination) == own && received.peer != own && received.ethertype == EtherType::EAPOL)
        .then_some(received)
}

fn emit_frame(packet: &OutgoingPacket, own: MacAddress) -> Vec<u8> {
    let ethertype = packet.ethertype.0.to_be_bytes();
    [&packet.peer.0, &own.0, ethertype.as_slice(), &packet.data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::adapter::PacketId;
    use proptest::prelude::*;

    const OWN: MacAddress = MacAddress([2, 0, 0, 0, 0, 0]);
    const PEER: MacAddress = MacAddress([2, 0, 0, 0, 1, 0]);

    fn packet(data: Vec<u8>) -> OutgoingPacket {
        OutgoingPacket {
            id: PacketId(1),
            peer: PEER,
            ethertype: EtherType::EAPOL,
            data,
            in_the_clear: false,
        }
    }

    #[test]
    fn the_way_is_the_one_that_the_driver_offers() {
        assert_eq!(Path::of_features(&[Nl80211ExtFeature::MfpOptional]), Path::PacketSocket);
        let over = Nl80211ExtFeature::ControlPortOverNl80211;
        assert_eq!(Path::of_features(&[over]), Path::Nl80211 { reports_status: false });
        assert_eq!(
            Path::of_features(&[over, Nl80211ExtFeature::ControlPortOverNl80211TxStatus]),
            Path::Nl80211 { reports_status: true }
        );
    }

    #[test]
    fn a_packet_over_nl80211_says_when_it_must_not_be_encrypted() {
        let open = transmit(2, &packet(vec![1, 2, 3]), false);
        assert_eq!(open.cmd, Nl80211Command::ControlPortFrame);
        assert_eq!(
            open.attributes,
            [
                Nl80211Attr::IfIndex(2),
                Nl80211Attr::Mac(PEER.0),
                Nl80211Attr::ControlPortEthertype(EthernetProtocol::from(0x888e)),
                Nl80211Attr::Frame(vec![1, 2, 3]),
                Nl80211Attr::ControlPortNoEncrypt,
            ]
        );
        let protected = transmit(2, &packet(vec![1, 2, 3]), true);
        assert_eq!(protected.attributes, open.attributes[..4]);
        let answer = OutgoingPacket {
            in_the_clear: true,
            ..packet(vec![1, 2, 3])
        };
        assert_eq!(transmit(2, &answer, true).attributes, open.attributes);
    }

    #[test]
    fn a_packet_on_the_packet_socket_has_an_ethernet_header() {
        let frame = emit_frame(&packet(vec![1, 2, 3]), OWN);
        assert_eq!(frame, [2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0x88, 0x8e, 1, 2, 3]);
        let expected = Received {
            peer: OWN,
            ethertype: EtherType::EAPOL,
            data: vec![1, 2, 3],
            encrypted: None,
        };
        assert_eq!(parse_frame(&frame, PEER), Some(expected));
    }

    #[test]
    fn a_frame_to_somebody_else_from_oneself_or_of_another_kind_is_passed_over() {
        let frame = emit_frame(&packet(vec![1, 2, 3]), OWN);
        assert_eq!(parse_frame(&frame, OWN), None);
        assert_eq!(parse_frame(&emit_frame(&packet(vec![]), PEER), PEER), None);
        let mut other = frame;
        other[12] = 0x08;
        assert_eq!(parse_frame(&other, PEER), None);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_received_and_no_frame_makes_it_panic(data: Vec<u8>, noise: Vec<u8>) {
            let received = parse_frame(&emit_frame(&packet(data.clone()), OWN), PEER);
            prop_assert_eq!(received.map(|received| received.data), Some(data));
            parse_frame(&noise, OWN);
        }
    }
}
