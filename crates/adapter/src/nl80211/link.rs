//! Whether the operating system may use the interface (RFC 2863, 3.1.14; the kernel's
//! `networking/operstates`): dormant until the port is authorised, up after. DHCP clients and IPv6 wait for
//! that.

use super::ENOBUFS;
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket};
use rtnetlink::packet_core::{NLM_F_REQUEST, NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkMessage, LinkMode, State};
use std::io;

/// The link of one interface. Dropping it leaves the interface as other programs expect it.
pub(super) struct Link {
    socket: TokioSocket,
    index: u32,
    usable: bool,
}

/// `RTNLGRP_LINK` of `linux/rtnetlink.h`: news of links.
const NEWS: u32 = 1;

impl Link {
    /// Takes over the state of the interface with this index.
    ///
    /// # Errors
    /// Whatever the system refuses.
    pub(super) fn open(index: u32) -> io::Result<Self> {
        let mut socket = TokioSocket::new(NETLINK_ROUTE)?;
        socket.socket_mut().bind_auto()?;
        let link = Self {
            socket,
            index,
            usable: false,
        };
        link.set([LinkAttribute::Mode(LinkMode::Dormant)]);
        Ok(link)
    }

    /// The port was authorised, or is not any more. News of the link are wanted while it is: an association makes a good
    /// many of them, just when a handshake begins, and none of those is about a link that is to be up.
    pub(super) fn set_usable(&mut self, usable: bool) {
        let socket = self.socket.socket_ref();
        let news = match (self.usable, usable) {
            (false, true) => socket.add_membership(NEWS),
            (true, false) => socket.drop_membership(NEWS),
            _ => Ok(()),
        };
        if let Err(error) = news {
            tracing::warn!(%error, "the state of the link can't be followed");
        }
        self.usable = usable;
        self.insist();
    }

    /// Says again how it is to be. The kernel looks at the carrier in its own time, and until it has seen
    /// that there is one it does not take that the interface is up.
    pub(super) fn insist(&self) {
        let state = if self.usable { State::Up } else { State::Dormant };
        self.set([LinkAttribute::OperState(state)]);
    }

    /// Brings the interface up. The kernel takes it down with its radio, and leaves it down when that is switched on again.
    /// What comes of it, whoever uses the interface next sees.
    pub(super) fn bring_up(&self) {
        self.send(&emit(self.index, LinkFlags::Up, []));
    }

    /// Waits until the interface is in another state than it is to be. Cancel-safe.
    pub(super) async fn changed(&self) {
        loop {
            match self.socket.recv_from_full().await {
                Ok((datagram, _)) if self.usable && state(&datagram, self.index) == Some(State::Dormant) => return,
                Ok(_) => {}
                // News that were lost may have been these.
                Err(error) if error.raw_os_error() == Some(ENOBUFS) => return,
                Err(error) => {
                    tracing::warn!(%error, "the state of the link can't be followed");
                    return core::future::pending().await;
                }
            }
        }
    }

    /// Asks for no answer: the request needs no more rights than opening the adapter did, and an interface
    /// that is gone is told of elsewhere.
    fn set(&self, attributes: impl IntoIterator<Item = LinkAttribute>) {
        self.send(&emit(self.index, LinkFlags::empty(), attributes));
    }

    fn send(&self, request: &[u8]) {
        if let Err(error) = self.socket.socket_ref().send_to(request, &SocketAddr::new(0, 0), 0) {
            tracing::debug!(%error, "the state of the link was not set");
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.set([LinkAttribute::Mode(LinkMode::Default)]);
    }
}

/// The request to change the link with this index: to set these flags, and these attributes.
fn emit(index: u32, flags: LinkFlags, attributes: impl IntoIterator<Item = LinkAttribute>) -> Vec<u8> {
    let mut link = LinkMessage::default();
    link.header.index = index;
    link.header.flags = flags;
    link.header.change_mask = flags;
    link.attributes.extend(attributes);
    let mut request = NetlinkMessage::from(RouteNetlinkMessage::SetLink(link));
    request.header.flags = NLM_F_REQUEST;
    request.finalize();
    let mut datagram = vec![0; request.buffer_len()];
    request.serialize(&mut datagram);
    datagram
}

/// The state of the link with this index, if the datagram has news of it.
fn state(datagram: &[u8], index: u32) -> Option<State> {
    let news = NetlinkMessage::<RouteNetlinkMessage>::deserialize(datagram).ok()?;
    match news.payload {
        NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewLink(link)) if link.header.index == index => {
            link.attributes.into_iter().find_map(|attribute| match attribute {
                LinkAttribute::OperState(state) => Some(state),
                _ => None,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_link_and_what_is_to_become_of_it() {
        let request = emit(7, LinkFlags::empty(), [LinkAttribute::OperState(State::Up)]);
        let expected = [
            // RTM_SETLINK, a request without an acknowledgement.
            &[40, 0, 0, 0, 19, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            // `struct ifinfomsg`, of which only the index says something.
            &[0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            // IFLA_OPERSTATE: IF_OPER_UP.
            &[5, 0, 16, 0, 6, 0, 0, 0],
        ];
        assert_eq!(request, expected.concat());
    }

    #[test]
    fn a_link_is_brought_up_by_one_flag_and_no_other_is_touched() {
        let request = emit(7, LinkFlags::Up, []);
        // IFF_UP, as a value and as the mask of what changes.
        assert_eq!(request[20..32], [7, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn only_news_of_the_own_link_count() {
        let mut news = emit(7, LinkFlags::empty(), [LinkAttribute::OperState(State::Dormant)]);
        assert_eq!(state(&news, 7), None, "a request is no news");
        // RTM_NEWLINK
        news[4] = 16;
        assert_eq!(state(&news, 7), Some(State::Dormant));
        assert_eq!(state(&news, 8), None);
        assert_eq!(state(&news[..20], 7), None);
    }
}
