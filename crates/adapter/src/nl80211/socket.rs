//! One netlink socket for requests, answers and events, in the order in which the kernel says them.
//!
//! The connection types of `genetlink` and `netlink-proto` are not used here for three reasons: they
//! need a task of their own and an unbounded queue, they keep copies of what is sent (keys) in buffers
//! that nobody wipes, and they drop the extended acknowledgement, which carries the cookie of a frame
//! sent over the control port.

use super::attributes;
use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket};
use std::collections::VecDeque;
use std::io;
use wl_nl80211::Nl80211Message;
use wl_nl80211::packet_core::{
    Emitable, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_DUMP, NLM_F_REQUEST, NetlinkBuffer, NetlinkHeader, NlasIterator,
    ParseableParametrized,
};
use wl_nl80211::packet_generic::constants::GENL_HDRLEN;
use wl_nl80211::packet_generic::ctrl::nlas::{GenlCtrlAttrs, McastGrpAttrs};
use wl_nl80211::packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use wl_nl80211::packet_generic::{GenlFamily, GenlHeader};
use zeroize::{Zeroize, Zeroizing};

/// What the kernel says on the socket.
pub(super) enum Incoming {
    /// Something happened.
    Event(Nl80211Message),
    /// A part of the answer to the request of this number.
    Part(u32, Nl80211Message),
    /// The end of the answer to the request of this number.
    End(u32, io::Result<Acknowledgement>),
}

/// A request was accepted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Acknowledgement {
    /// The kernel's number for what the request began, where it gives one.
    pub(super) cookie: Option<u64>,
}

/// The socket, a member of the multicast groups for interfaces, scans and associations.
pub(super) struct Socket {
    inner: TokioSocket,
    kernel: SocketAddr,
    family: u16,
    sequence: u32,
    /// The datagram that was read last.
    datagram: Vec<u8>,
    /// Read, but not looked at yet.
    unread: VecDeque<Incoming>,
    /// Older than what is unread: put aside while an answer was waited for.
    kept: VecDeque<Incoming>,
}

/// The multicast groups whose events an adapter needs.
const GROUPS: [&str; 3] = ["config", "scan", "mlme"];

/// Room for the longest datagram: the kernel makes none of more than 32 KiB, whatever there is to list. With room for all
/// of them, each is read in one go, without asking for its length first.
const LONGEST_DATAGRAM: usize = 1 << 16;

/// How many octets of events may wait in the kernel. A burst of scan events of a busy place fits.
const RECEIVE_BUFFER: u32 = 1 << 20;

impl Socket {
    /// Opens the socket and joins the groups.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if this kernel has no nl80211, or whatever the system refuses.
    pub(super) async fn open() -> io::Result<Self> {
        let mut inner = TokioSocket::new(NETLINK_GENERIC)?;
        let netlink = inner.socket_mut();
        netlink.bind_auto()?;
        netlink.set_ext_ack(true)?;
        // A refused request is not sent back: it may hold a key.
        netlink.set_cap_ack(true)?;
        netlink.set_rx_buf_sz(RECEIVE_BUFFER)?;
        let mut socket = Self::new(inner, SocketAddr::new(0, 0));
        let family = socket.family().await?;
        socket.family = family.id;
        for group in family.groups {
            socket.inner.socket_ref().add_membership(group)?;
        }
        Ok(socket)
    }

    fn new(inner: TokioSocket, kernel: SocketAddr) -> Self {
        Self {
            inner,
            kernel,
            family: 0,
            sequence: 0,
            datagram: Vec::with_capacity(LONGEST_DATAGRAM),
            unread: VecDeque::new(),
            kept: VecDeque::new(),
        }
    }

    /// A socket that takes a process for the kernel, which calls nl80211 by the number `family`.
    #[cfg(test)]
    pub(super) fn to_process(inner: TokioSocket, process: SocketAddr, family: u16) -> Self {
        Self {
            family,
            ..Self::new(inner, process)
        }
    }

    /// Sends a request and waits until the kernel has done it, which it does at once. Events that come
    /// meanwhile are kept for [`Self::receive`].
    ///
    /// # Errors
    /// The kernel's refusal.
    pub(super) async fn request(&mut self, message: Nl80211Message) -> io::Result<Acknowledgement> {
        let sequence = self.send(message, NLM_F_ACK).await?;
        loop {
            match self.next().await? {
                Incoming::End(number, result) if number == sequence => return result,
                other => self.kept.push_back(other),
            }
        }
    }

    /// Sends a request and collects the parts of its answer.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub(super) async fn query(&mut self, message: Nl80211Message, dump: bool) -> io::Result<Vec<Nl80211Message>> {
        let sequence = self.send(message, if dump { NLM_F_DUMP } else { NLM_F_ACK }).await?;
        let mut parts = Vec::new();
        loop {
            match self.next().await? {
                Incoming::Part(number, part) if number == sequence => parts.push(part),
                Incoming::End(number, result) if number == sequence => return result.map(|_| parts),
                other => self.kept.push_back(other),
            }
        }
    }

    /// Sends a request for a list and returns its number; the parts come out of [`Self::receive`].
    ///
    /// # Errors
    /// Whatever the system refuses.
    pub(super) async fn begin_dump(&mut self, message: Nl80211Message) -> io::Result<u32> {
        self.send(message, NLM_F_DUMP).await
    }

    /// What the kernel says next. Cancel-safe.
    ///
    /// # Errors
    /// Whatever the system refuses; `ENOBUFS` if events were lost.
    pub(super) async fn receive(&mut self) -> io::Result<Incoming> {
        match self.kept.pop_front() {
            Some(incoming) => Ok(incoming),
            None => self.next().await,
        }
    }

    /// As [`Self::receive`], past what is kept.
    async fn next(&mut self) -> io::Result<Incoming> {
        loop {
            if let Some(incoming) = self.unread.pop_front() {
                return Ok(incoming);
            }
            let sender = self.read().await?;
            // A process may send here, too.
            if sender.port_number() == self.kernel.port_number() {
                parse_datagram(&self.datagram, self.family, &mut self.unread);
            }
        }
    }

    /// Reads the next datagram. Cancel-safe.
    async fn read(&mut self) -> io::Result<SocketAddr> {
        self.datagram.clear();
        self.inner.recv_from(&mut self.datagram).await
    }

    async fn send(&mut self, mut message: Nl80211Message, flags: u16) -> io::Result<u32> {
        let header = GenlHeader {
            cmd: message.command(),
            version: message.version(),
        };
        let mut payload = Zeroizing::new(vec![0; message.buffer_len()]);
        message.emit(&mut payload);
        wipe(&mut message);
        self.send_raw(self.family, flags, header, &payload).await
    }

    async fn send_raw(&mut self, family: u16, flags: u16, header: GenlHeader, payload: &[u8]) -> io::Result<u32> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let datagram = emit_datagram(family, flags, self.sequence, header, payload)?;
        self.inner.send_to(&datagram, &self.kernel).await?;
        Ok(self.sequence)
    }

    /// Asks the controller of generic netlink for nl80211.
    async fn family(&mut self) -> io::Result<Family> {
        /// `GENL_ID_CTRL` of `linux/genetlink.h`.
        const CONTROLLER: u16 = 0x10;
        let request = GenlCtrl {
            cmd: GenlCtrlCmd::GetFamily,
            nlas: vec![GenlCtrlAttrs::FamilyName(Nl80211Message::family_name().into())],
        };
        let header = GenlHeader {
            cmd: request.command(),
            version: request.version(),
        };
        let mut payload = vec![0; request.buffer_len()];
        request.emit(&mut payload);
        self.send_raw(CONTROLLER, 0, header, &payload).await?;
        self.read().await?;
        Family::parse(&self.datagram)
    }
}

/// nl80211 as this kernel numbers it.
#[derive(Debug, PartialEq, Eq)]
struct Family {
    id: u16,
    groups: Vec<u32>,
}

impl Family {
    fn parse(datagram: &[u8]) -> io::Result<Self> {
        let message = NetlinkBuffer::new_checked(datagram).map_err(invalid_data)?;
        if message.message_type() == NLMSG_ERROR {
            acknowledgement(message.payload(), message.flags())?;
        }
        let payload = message.payload();
        let header = GenlHeader::parse(payload).map_err(invalid_data)?;
        let family =
            GenlCtrl::parse_with_param(payload.get(GENL_HDRLEN..).unwrap_or_default(), header).map_err(invalid_data)?;
        let mut id = None;
        let mut groups = Vec::new();
        for attribute in family.nlas {
            match attribute {
                GenlCtrlAttrs::FamilyId(number) => id = Some(number),
                GenlCtrlAttrs::McastGroups(all) => groups.extend(all.iter().filter_map(|group| wanted(group))),
                _ => {}
            }
        }
        Ok(Self {
            id: id.ok_or(io::ErrorKind::NotFound)?,
            groups,
        })
    }
}

/// The number of a group if it is one of [`GROUPS`].
fn wanted(group: &[McastGrpAttrs]) -> Option<u32> {
    match group {
        [McastGrpAttrs::Name(name), McastGrpAttrs::Id(id)] | [McastGrpAttrs::Id(id), McastGrpAttrs::Name(name)] => {
            GROUPS.contains(&name.as_str()).then_some(*id)
        }
        _ => None,
    }
}

/// Message types of `linux/netlink.h`.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;

/// Octets of a message's header.
const NETLINK_HEADER_LEN: usize = 16;

/// Octets of the error number that begins an acknowledgement.
const ERROR_NUMBER: usize = 4;

pub(super) fn emit_datagram(
    family: u16,
    flags: u16,
    sequence: u32,
    header: GenlHeader,
    payload: &[u8],
) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = NETLINK_HEADER_LEN + GENL_HDRLEN + payload.len();
    let mut outer = NetlinkHeader::default();
    outer.length = u32::try_from(length).map_err(invalid_data)?;
    outer.message_type = family;
    outer.flags = NLM_F_REQUEST | flags;
    outer.sequence_number = sequence;
    // Filled in place: a vector that grew would leave a copy behind.
    let mut datagram = Zeroizing::new(vec![0; length]);
    let (head, rest) = datagram.split_at_mut(NETLINK_HEADER_LEN);
    outer.emit(head);
    let (head, rest) = rest.split_at_mut(GENL_HDRLEN);
    header.emit(head);
    rest.copy_from_slice(payload);
    Ok(datagram)
}

/// Takes the messages of a datagram apart. One that does not parse is left out, the others count.
pub(super) fn parse_datagram(mut datagram: &[u8], family: u16, queue: &mut VecDeque<Incoming>) {
    while let Ok(message) = NetlinkBuffer::new_checked(datagram) {
        match parse_message(&message, family) {
            Ok(incoming) => queue.extend(incoming),
            Err(error) => tracing::warn!(%error, "the kernel's message can't be read"),
        }
        let length = usize::try_from(message.length())
            .unwrap_or(usize::MAX)
            .next_multiple_of(4);
        datagram = datagram.get(length..).unwrap_or_default();
    }
}

fn parse_message(message: &NetlinkBuffer<&[u8]>, family: u16) -> io::Result<Option<Incoming>> {
    let payload = message.payload();
    let sequence = message.sequence_number();
    Ok(match message.message_type() {
        NLMSG_ERROR => Some(Incoming::End(sequence, acknowledgement(payload, message.flags()))),
        // The end of a list has an error number, too, and never anything behind it.
        NLMSG_DONE => Some(Incoming::End(sequence, acknowledgement(payload, 0))),
        kind if kind == family => {
            let header = GenlHeader::parse(payload).map_err(invalid_data)?;
            let attributes = payload.get(GENL_HDRLEN..).unwrap_or_default();
            let message = Nl80211Message::parse_with_param(attributes, header).map_err(invalid_data)?;
            // The kernel numbers what it says unasked with 0, and requests here begin with 1.
            Some(match sequence {
                0 => Incoming::Event(message),
                _ => Incoming::Part(sequence, message),
            })
        }
        _ => None,
    })
}

/// Reads an error number and the extended acknowledgement behind the header of the request.
fn acknowledgement(payload: &[u8], flags: u16) -> io::Result<Acknowledgement> {
    /// `NLMSGERR_ATTR_MSG` and `NLMSGERR_ATTR_COOKIE` of `linux/netlink.h`.
    const MESSAGE: u16 = 1;
    const COOKIE: u16 = 3;
    let number = payload.first_chunk().map_or(0, |number| i32::from_ne_bytes(*number));
    let mut cookie = None;
    if flags & NLM_F_ACK_TLVS != 0 {
        let attributes = payload.get(ERROR_NUMBER + NETLINK_HEADER_LEN..).unwrap_or_default();
        for attribute in NlasIterator::new(attributes).flatten() {
            match attribute.kind() {
                COOKIE => cookie = attribute.value().try_into().ok().map(u64::from_ne_bytes),
                MESSAGE if number != 0 => {
                    tracing::debug!(explanation = %String::from_utf8_lossy(attribute.value()), "the kernel refused");
                }
                _ => {}
            }
        }
    }
    match number {
        0 => Ok(Acknowledgement { cookie }),
        _ => Err(io::Error::from_raw_os_error(number.saturating_neg())),
    }
}

/// Overwrites the key of a message that has been sent.
fn wipe(message: &mut Nl80211Message) {
    attributes::key_octets(message).into_iter().for_each(Zeroize::zeroize);
}

fn invalid_data(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::super::captured::{self, FAMILY, incoming, octets};
    use super::*;
    use proptest::prelude::*;
    use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211KeyAttr, Nl80211RekeyData};

    #[test]
    fn a_request_stands_behind_its_two_headers() {
        let header = GenlHeader { cmd: 48, version: 1 };
        let attributes = octets("0800030002000000 06003600 03000000");
        let datagram = emit_datagram(FAMILY, NLM_F_ACK, 4, header, &attributes).unwrap();
        // As the kernel of `captured` was asked to end an association.
        let asked = octets("24000000 2000 0500 04000000 00000000 30010000 0800030002000000 0600360003000000");
        assert_eq!(*datagram, asked);
    }

    #[test]
    fn what_the_kernel_says_unasked_is_an_event_and_the_rest_is_an_answer() {
        assert!(matches!(
            incoming(captured::CONNECTED).pop_front(),
            Some(Incoming::Event(message)) if message.cmd == Nl80211Command::Connect
        ));
        assert!(matches!(
            incoming(captured::SCAN_PART).pop_front(),
            Some(Incoming::Part(6, _))
        ));
        assert!(matches!(
            incoming(captured::LIST_END).pop_front(),
            Some(Incoming::End(6, Ok(_)))
        ));
    }

    #[test]
    fn a_datagram_may_hold_several_messages() {
        let two = [captured::SCAN_PART, captured::LIST_END].concat();
        assert!(matches!(
            incoming(&two).make_contiguous(),
            [Incoming::Part(6, _), Incoming::End(6, Ok(_))]
        ));
    }

    #[test]
    fn an_acknowledgement_tells_the_cookie_and_a_refusal_its_error() {
        let Some(Incoming::End(14, Ok(accepted))) = incoming(captured::ACCEPTED).pop_front() else {
            panic!("expected the end of request 14");
        };
        assert_eq!(accepted, Acknowledgement { cookie: Some(1) });
        let Some(Incoming::End(21, Err(error))) = incoming(captured::REFUSED).pop_front() else {
            panic!("expected a refusal of request 21");
        };
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_message_of_another_family_is_passed_over() {
        let mut queue = VecDeque::new();
        parse_datagram(&octets(captured::CONNECTED), FAMILY + 1, &mut queue);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_that_was_sent_holds_no_key_any_more() {
        let mut message = Nl80211Message {
            cmd: Nl80211Command::NewKey,
            attributes: vec![
                Nl80211Attr::Key(vec![Nl80211KeyAttr::Idx(1), Nl80211KeyAttr::Data(vec![7; 16])]),
                Nl80211Attr::Pmk(vec![7; 32]),
                Nl80211Attr::RekeyData(vec![
                    Nl80211RekeyData::Kek(vec![7; 16]),
                    Nl80211RekeyData::Kck(vec![7; 16]),
                ]),
            ],
        };
        wipe(&mut message);
        assert_eq!(
            message.attributes,
            [
                Nl80211Attr::Key(vec![Nl80211KeyAttr::Idx(1), Nl80211KeyAttr::Data(vec![])]),
                Nl80211Attr::Pmk(vec![]),
                Nl80211Attr::RekeyData(vec![Nl80211RekeyData::Kek(vec![]), Nl80211RekeyData::Kck(vec![])]),
            ]
        );
    }

    #[test]
    fn the_controller_tells_the_numbers_of_family_and_groups() {
        let group = |name: &str, id| vec![McastGrpAttrs::Name(name.into()), McastGrpAttrs::Id(id)];
        let answer = GenlCtrl {
            cmd: GenlCtrlCmd::NewFamily,
            nlas: vec![
                GenlCtrlAttrs::FamilyId(0x20),
                GenlCtrlAttrs::McastGroups(vec![group("config", 5), group("vendor", 9), group("mlme", 7)]),
            ],
        };
        let mut payload = vec![0; answer.buffer_len()];
        answer.emit(&mut payload);
        let header = GenlHeader {
            cmd: answer.command(),
            version: 2,
        };
        let datagram = emit_datagram(0x10, 0, 1, header, &payload).unwrap();
        assert_eq!(
            Family::parse(&datagram).unwrap(),
            Family {
                id: 0x20,
                groups: vec![5, 7]
            }
        );
        let refused = Family::parse(&octets(captured::REFUSED)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
    }

    proptest! {
        #[test]
        fn no_acknowledgement_makes_it_panic(payload: Vec<u8>, flags: u16) {
            let _ = acknowledgement(&payload, flags);
        }

        #[test]
        fn a_datagram_that_was_cut_gives_fewer_messages(length in 0_usize..1000) {
            let whole = octets(&[captured::CONNECTED, captured::MESSAGE_1, captured::DISCONNECTED].concat());
            let mut queue = VecDeque::new();
            parse_datagram(&whole[..length.min(whole.len())], FAMILY, &mut queue);
            prop_assert_eq!(queue.len() == 3, length >= whole.len());
        }
    }
}
