//! A real adapter: a driver behind Linux's nl80211.
//!
//! One netlink socket carries commands, events and, where the driver can, EAPOL; the order in which the
//! kernel says things is the order in which they are reported. The socket owns the association, so that
//! a program that dies leaves none behind.
//!
//! Decides nothing about security, and keeps no keys: they pass from a command to the kernel.

mod association;
mod attributes;
#[cfg(test)]
mod captured;
mod channel;
mod connect;
mod control_port;
mod external;
mod frames;
mod key;
mod link;
mod open;
mod radio;
mod rekey;
mod scan;
#[cfg(test)]
mod scripted;
mod search;
mod socket;
mod station;

pub use open::OpenError;

use crate::OwnedEvent;
use attributes::Attributes;
use control_port::{PacketSocket, Path, Received};
use host::adapter::{AssociateRequest, AssociationFailure, AuthenticateRequest, Command, OutgoingPacket};
use ihv::{AdapterInfo, Direction, KeyMappingKey};
use link::Link;
use open::Interface;
use search::{Quarry, Search};
use socket::{Incoming, Socket};
use station::Station;
use std::collections::VecDeque;
use std::io;
use tokio::time::Instant;
use wl_nl80211::{Nl80211Command, Nl80211Message};

/// An adapter behind nl80211.
///
/// [`Self::execute`] what the host commands, in its order; hand what [`Self::next_event`] returns to the
/// host. Wants a tokio runtime with I/O and time enabled.
pub struct Nl80211Adapter {
    interface: Interface,
    socket: Socket,
    /// For EAPOL, where it does not go over nl80211.
    packets: Option<PacketSocket>,
    station: Station,
    /// The association that follows the authentication in progress.
    pending: Option<Box<AssociateRequest>>,
    /// The first frame of an authentication that the driver has not asked for yet.
    awaited: Option<Box<AuthenticateRequest>>,
    search: Search,
    /// What the kernel remembers is as good as a scan: nothing was tried yet that could have failed by it.
    trusts_memory: bool,
    /// A pairwise key is installed.
    keyed: bool,
    link: Link,
    events: VecDeque<OwnedEvent>,
    health: Health,
}

/// How well the adapter knows the kernel's mind.
enum Health {
    Good,
    /// Events were lost.
    Confused,
    /// The interface is gone, or the kernel can't be heard any more.
    Gone,
}

/// One thing that happened.
enum Step {
    Said(io::Result<Incoming>),
    Received(io::Result<Received>),
    LinkChanged,
    ScanOverdue,
}

/// Error numbers of `asm-generic/errno.h` that mean something here.
const ENOENT: i32 = 2;
const EBUSY: i32 = 16;
const ENODEV: i32 = 19;
const ENOLINK: i32 = 67;
const EOPNOTSUPP: i32 = 95;
const ENETDOWN: i32 = 100;
const ENOBUFS: i32 = 105;
const ENOTCONN: i32 = 107;

impl Nl80211Adapter {
    /// Takes over the interface of this name: brings it up, and ends what association it has.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(interface: &str) -> Result<Self, OpenError> {
        let (interface, socket) = open::interface(interface).await?;
        let link = Link::open(interface.index)
            .map_err(|error| open::refused(&interface.name, "opening a netlink socket for", error))?;
        let mut adapter = Self::new(interface, socket, link);
        if adapter.interface.path == Path::PacketSocket {
            adapter.use_packet_socket()?;
        }
        tracing::info!(interface = adapter.interface.info.description, path = ?adapter.interface.path, "adapter ready");
        Ok(adapter)
    }

    fn new(interface: Interface, socket: Socket, link: Link) -> Self {
        Self {
            interface,
            socket,
            packets: None,
            station: Station::default(),
            pending: None,
            awaited: None,
            search: Search::default(),
            trusts_memory: true,
            keyed: false,
            link,
            events: VecDeque::new(),
            health: Health::Good,
        }
    }

    /// Sends and receives EAPOL over a packet socket, whatever the driver claims to be able to do. For
    /// drivers whose control port over nl80211 does not work. To be called before the first association.
    ///
    /// # Errors
    /// [`OpenError::NoPermission`] without the right to open raw sockets.
    pub fn use_packet_socket(&mut self) -> Result<(), OpenError> {
        let Interface { name, info, .. } = &self.interface;
        let socket = PacketSocket::open(name, info.address)
            .map_err(|error| open::refused(name, "opening a packet socket on", error))?;
        self.packets = Some(socket);
        self.interface.path = Path::PacketSocket;
        Ok(())
    }

    /// Who the adapter is.
    #[must_use]
    pub fn info(&self) -> &AdapterInfo {
        &self.interface.info
    }

    /// Does what the host commands. What goes wrong comes back as an event.
    ///
    /// Not cancel-safe: a command that is dropped half-way may have been executed or not.
    pub async fn execute(&mut self, command: Command) {
        tracing::trace!(?command);
        match command {
            Command::Scan { ssid, sought } => self.scan(Quarry { ssid, sought }).await,
            Command::Associate(request) => self.associate(request).await,
            Command::Disassociate { peer, reason } => self.disassociate(peer, reason).await,
            Command::Authenticate(request) => self.authenticate(request).await,
            Command::SendAction { peer, body } => {
                let request = frames::action(self.interface.index, self.interface.info.address, peer, &body);
                if let Err(error) = self.socket.request(request).await {
                    tracing::warn!(%peer, %error, "an action frame was not sent");
                }
            }
            Command::OffloadGroupRekeys { peer, keys } => {
                let request = rekey::offload(self.interface.index, &keys);
                if let Err(error) = self.socket.request(request).await {
                    // The handshakes come to the host then, as ever.
                    tracing::debug!(%peer, %error, "the driver does not take the group key handshakes");
                }
            }
            Command::SendPacket(packet) => self.send(packet).await,
            Command::SetKeyMappingKey(key) => self.set_pairwise_key(&key).await,
            Command::SetDefaultKey(key) => {
                let request = key::group(self.interface.index, &key);
                self.must("group key", key.key.is_some(), request).await;
            }
            // With a pairwise key this changes nothing: a station sends to a group through its access point,
            // under the pairwise key (IEEE 802.11-2020, 9.3.2.1.2: receiver address of a frame to the DS;
            // 12.5.3.3: the key is the receiver's). WEP has no other key to send with.
            Command::SetDefaultKeyId(index) => {
                let request = key::default(self.interface.index, index);
                self.must("default key", !self.keyed, request).await;
            }
            // The driver lets unencrypted EAPOL pass whatever keys it has, and nothing else.
            Command::SetPrivacyExemptions(_) => {}
            // cfg80211 has no such switch: once a key is installed the driver discards data that was
            // not encrypted, and until the port is authorised all but EAPOL.
            Command::SetExcludeUnencrypted(_) => {}
            Command::AuthorizePort { peer, authorized } => {
                let request = connect::authorize(self.interface.index, peer, authorized);
                if self.must("state of the port", true, request).await {
                    self.link.set_usable(authorized);
                }
            }
        }
    }

    /// What happens next. Cancel-safe: an event is lost only with the adapter.
    pub async fn next_event(&mut self) -> OwnedEvent {
        loop {
            self.look_at_channel().await;
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            self.catch_up().await;
            if !self.events.is_empty() {
                continue;
            }
            let step = self.step().await;
            self.handle(step);
        }
    }

    /// Waits for one thing to happen. Cancel-safe.
    async fn step(&mut self) -> Step {
        if let Health::Gone = self.health {
            return core::future::pending().await;
        }
        let deadline = self.search.deadline();
        tokio::select! {
            said = self.socket.receive() => Step::Said(said),
            Some(received) = receive(self.packets.as_ref()) => Step::Received(received),
            () = self.link.changed() => Step::LinkChanged,
            Some(()) = sleep_until(deadline) => Step::ScanOverdue,
        }
    }

    /// Does what has become due and needs the kernel. Cancel-safe: what is cut off is due again.
    async fn catch_up(&mut self) {
        if let Health::Confused = self.health {
            // What is not known to stand is ended.
            self.give_up().await;
            if let Health::Confused = self.health {
                self.health = Health::Good;
            }
        }
        if self.station.take_authenticated()
            && let Some(request) = self.pending.take()
        {
            let message = frames::associate(self.interface.index, &request, self.interface.path);
            self.attempt(request.bss.bssid, message, AssociationFailure::NoAnswer)
                .await;
        }
        if self.station.take_asked()
            && let Some(request) = self.awaited.take()
        {
            let own = self.interface.info.address;
            let message = frames::external(self.interface.index, own, &request);
            self.attempt(request.association.bss.bssid, message, AssociationFailure::NoAnswer)
                .await;
        }
        self.search().await;
    }

    fn handle(&mut self, step: Step) {
        match step {
            Step::Said(Ok(Incoming::Event(message))) => self.handle_message(&message),
            Step::Said(Ok(Incoming::Part(number, part))) => self.search.add(number, &part),
            Step::Said(Ok(Incoming::End(number, result))) => self.listed(number, &result),
            Step::Said(Err(error)) if error.raw_os_error() == Some(ENOBUFS) => {
                tracing::warn!("the kernel's events came too fast and some are lost");
                self.health = Health::Confused;
            }
            Step::Said(Err(error)) => {
                tracing::error!(%error, "the kernel can't be heard any more");
                self.remove();
            }
            Step::Received(Ok(packet)) => self.station.received(packet, &mut self.events),
            // The end of the association is reported by the other socket.
            Step::Received(Err(error)) => tracing::debug!(%error, "packet socket"),
            Step::LinkChanged => self.link.insist(),
            Step::ScanOverdue => self.search.finish(),
        }
    }

    fn handle_message(&mut self, message: &Nl80211Message) {
        let own = self.is_own(message);
        match message.cmd {
            // A scan that this adapter has joined may be another interface's of the same radio.
            Nl80211Command::NewScanResults | Nl80211Command::ScanAborted
                if message.wiphy() == Some(self.interface.wiphy) =>
            {
                self.search.finish();
            }
            Nl80211Command::DelInterface if own => self.remove(),
            _ if own => self.station.handle(message, &mut self.events),
            _ => {}
        }
    }

    /// Whether a message is about this adapter's interface.
    fn is_own(&self, message: &Nl80211Message) -> bool {
        message.ifindex() == Some(self.interface.index)
    }

    fn remove(&mut self) {
        self.station.leave(&mut self.events);
        self.events.push_back(OwnedEvent::Removed);
        self.health = Health::Gone;
    }

    async fn send(&mut self, packet: OutgoingPacket) {
        let id = packet.id;
        let sent = match (&self.packets, self.interface.path) {
            (Some(socket), Path::PacketSocket) => socket.send(&packet).await.map(|()| true),
            (_, path) => {
                let request = control_port::transmit(self.interface.index, &packet, self.keyed);
                self.socket
                    .request(request)
                    .await
                    .map(|acknowledgement| match (path, acknowledgement.cookie) {
                        (Path::Nl80211 { reports_status: true }, Some(cookie)) => {
                            self.station.sending(cookie, id);
                            false
                        }
                        _ => true,
                    })
            }
        };
        match sent {
            Ok(true) => self.events.push_back(OwnedEvent::PacketSent { id, sent: true }),
            // The kernel reports it later.
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(peer = %packet.peer, %error, "a packet was not sent");
                self.events.push_back(OwnedEvent::PacketSent { id, sent: false });
            }
        }
    }

    async fn set_pairwise_key(&mut self, key: &KeyMappingKey) {
        let install = key.key.is_some();
        let request = key::pairwise(self.interface.index, key);
        let done = self.must("pairwise key", install, request).await;
        // A key to receive with changes nothing of what is sent.
        if done && !(install && key.direction == Direction::Inbound) {
            self.keyed = install;
        }
    }

    /// Has the kernel do what the security of the association depends on, or ends the association; a
    /// removal (`needed` is false) may fail, since what it removes ends with the association anyway.
    async fn must(&mut self, what: &'static str, needed: bool, request: Nl80211Message) -> bool {
        let Err(error) = self.socket.request(request).await else {
            return true;
        };
        match error.raw_os_error() {
            Some(ENOENT | ENOLINK | ENODEV | ENETDOWN | ENOTCONN) => {
                tracing::debug!(what, %error, "the association is over already");
            }
            _ if needed => {
                tracing::error!(what, %error, "the driver refused; the association is ended");
                self.give_up().await;
            }
            _ => tracing::warn!(what, %error, "the driver refused"),
        }
        false
    }
}

/// The next packet of a socket, or `None` if there is no socket.
async fn receive(socket: Option<&PacketSocket>) -> Option<io::Result<Received>> {
    Some(socket?.receive().await)
}

/// Sleeps until then, or returns `None` if there is no such time.
async fn sleep_until(deadline: Option<Instant>) -> Option<()> {
    tokio::time::sleep_until(deadline?).await;
    Some(())
}
