//! A process in the kernel's place: it is given the requests of an adapter, accepts them, and says what a test wants.

use super::Nl80211Adapter;
use super::captured::{FAMILY, IFINDEX};
use super::control_port::Path;
use super::link::Link;
use super::open::Interface;
use super::socket::{Incoming, Socket, emit_datagram, parse_datagram};
use frame::MacAddress;
use ihv::{AdapterCapabilities, AdapterInfo, Guid};
use netlink_sys::protocols::NETLINK_USERSOCK;
use netlink_sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket};
use std::collections::VecDeque;
use std::time::Duration;
use wl_nl80211::Nl80211Message;
use wl_nl80211::packet_core::Emitable;
use wl_nl80211::packet_generic::{GenlFamily, GenlHeader};

/// The address of the adapter.
pub(super) const OWN: MacAddress = MacAddress([2, 0, 0, 0, 9, 0]);

/// An interface that no machine has: the state of this one's links is not the test's.
const NO_INTERFACE: u32 = i32::MAX as u32;

/// How long the two may take for what they say to each other.
const PATIENCE: Duration = Duration::from_secs(10);

/// What comes of `act`, which would wait for ever if one of the two did not say what it owes.
pub(super) async fn in_time<T>(act: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, act)
        .await
        .expect("neither says anything any more")
}

pub(super) struct Kernel {
    socket: TokioSocket,
    adapter: SocketAddr,
}

/// A process in the kernel's place, and the adapter of a driver that associates by itself and leaves SAE to the program.
pub(super) fn external() -> (Kernel, Nl80211Adapter) {
    adapter(true)
}

/// The same of a driver that associates by itself and asks for nothing.
pub(super) fn by_itself() -> (Kernel, Nl80211Adapter) {
    adapter(false)
}

fn adapter(external: bool) -> (Kernel, Nl80211Adapter) {
    let socket = || {
        let mut socket = TokioSocket::new(NETLINK_USERSOCK).unwrap();
        let address = socket.socket_mut().bind_auto().unwrap();
        (socket, address)
    };
    let ((kernel, process), (ours, adapter)) = (socket(), socket());
    let interface = Interface {
        index: IFINDEX,
        name: "scripted".into(),
        wiphy: 0,
        path: Path::Nl80211 { reports_status: true },
        separate: false,
        external,
        info: AdapterInfo {
            id: Guid(1),
            description: "scripted".into(),
            address: OWN,
            capabilities: AdapterCapabilities::default(),
        },
    };
    let socket = Socket::to_process(ours, process, FAMILY);
    let kernel = Kernel {
        socket: kernel,
        adapter,
    };
    let link = Link::open(NO_INTERFACE).unwrap();
    (kernel, Nl80211Adapter::new(interface, socket, link))
}

impl Kernel {
    /// Waits for the next request and accepts it.
    pub(super) async fn accept(&mut self) -> Nl80211Message {
        self.answer(0).await
    }

    /// Waits for the next request and refuses it with this number of an error.
    pub(super) async fn refuse(&mut self, number: i32) -> Nl80211Message {
        self.answer(-number).await
    }

    async fn answer(&mut self, error: i32) -> Nl80211Message {
        let mut datagram = Vec::with_capacity(1 << 12);
        self.socket.recv_from(&mut datagram).await.unwrap();
        let mut queue = VecDeque::new();
        parse_datagram(&datagram, FAMILY, &mut queue);
        let Some(Incoming::Part(number, request)) = queue.pop_front() else {
            panic!("no request");
        };
        // NLMSG_ERROR with the number of the error, and the header of the request.
        let header = [&36_u32.to_ne_bytes()[..], &[2, 0, 0, 0], &number.to_ne_bytes(), &[0; 4]].concat();
        self.send(&[&header[..], &error.to_ne_bytes(), &datagram[..16]].concat())
            .await;
        request
    }

    /// Says that something has happened.
    pub(super) async fn say(&mut self, event: &Nl80211Message) {
        let mut payload = vec![0; event.buffer_len()];
        event.emit(&mut payload);
        let header = GenlHeader {
            cmd: event.command(),
            version: event.version(),
        };
        self.send(&emit_datagram(FAMILY, 0, 0, header, &payload).unwrap()).await;
    }

    /// Says this datagram.
    pub(super) async fn send(&mut self, datagram: &[u8]) {
        self.socket.send_to(datagram, &self.adapter).await.unwrap();
    }
}
