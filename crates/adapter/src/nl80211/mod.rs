//! A real adapter: a driver behind Linux's nl80211.
//!
//! One netlink socket carries commands, events and, where the driver can, EAPOL; the order in which the
//! kernel says things is the order in which they are reported. The socket owns the association, so that
//! a program that dies leaves none behind.
//!
//! Decides nothing about security, and keeps no keys: they pass from a command to the kernel.

mod attributes;
#[cfg(test)]
mod captured;
mod connect;
mod control_port;
mod frames;
mod key;
mod open;
mod radio;
mod scan;
mod socket;
mod station;

pub use open::OpenError;

use crate::OwnedEvent;
use attributes::Attributes;
use control_port::{PacketSocket, Path, Received};
use frame::MacAddress;
use frame::codes::ReasonCode;
use host::adapter::{
    AssociateRequest, AssociationFailure, AuthenticateRequest, Authentication, Command, DisassociationCause,
    OutgoingPacket,
};
use ihv::{AdapterInfo, BssEntry, KeyMappingKey};
use open::Interface;
use socket::{Incoming, Socket};
use station::{Stage, Station};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
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
    scan: Scan,
    /// A pairwise key is installed.
    keyed: bool,
    events: VecDeque<OwnedEvent>,
    health: Health,
}

/// How far a scan is.
enum Scan {
    Idle,
    /// The driver scans, for this adapter or for another one on the same radio.
    Running {
        deadline: Instant,
    },
    /// The driver has finished.
    Finished,
    /// The kernel lists what it remembers, in answer to the request of this number.
    Listing {
        request: u32,
        found: Vec<BssEntry>,
    },
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
    ScanOverdue,
}

/// How long a scan may take before what is known is reported. All channels of three bands, passively,
/// take about 10 s.
const SCAN_LIMIT: Duration = Duration::from_secs(15);

/// How long the kernel may take to report the end of an association that it was asked to end.
const PARTING_LIMIT: Duration = Duration::from_secs(1);

/// How long packets may take to leave before the association that they belong to is ended.
const FLUSH_LIMIT: Duration = Duration::from_millis(100);

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
        let mut adapter = Self {
            interface,
            socket,
            packets: None,
            station: Station::default(),
            pending: None,
            scan: Scan::Idle,
            keyed: false,
            events: VecDeque::new(),
            health: Health::Good,
        };
        if adapter.interface.path == Path::PacketSocket {
            adapter.use_packet_socket()?;
        }
        tracing::info!(interface = adapter.interface.info.description, path = ?adapter.interface.path, "adapter ready");
        Ok(adapter)
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
            Command::Scan { ssid } => self.scan(&ssid).await,
            Command::Associate(request) => self.associate(request).await,
            Command::Disassociate { peer, reason } => self.disassociate(peer, reason).await,
            Command::Authenticate(request) => self.authenticate(&request).await,
            Command::SendAction { peer, body } => {
                let request = frames::action(self.interface.index, self.interface.info.address, peer, &body);
                if let Err(error) = self.socket.request(request).await {
                    tracing::warn!(%peer, %error, "an action frame was not sent");
                }
            }
            Command::OffloadGroupRekeys { peer, keys } => {
                let request = key::rekey_offload(self.interface.index, &keys);
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
                self.must("state of the port", true, request).await;
            }
        }
    }

    /// What happens next. Cancel-safe: an event is lost only with the adapter.
    pub async fn next_event(&mut self) -> OwnedEvent {
        loop {
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
        let deadline = match self.scan {
            Scan::Running { deadline } => Some(deadline),
            _ => None,
        };
        tokio::select! {
            said = self.socket.receive() => Step::Said(said),
            Some(received) = receive(self.packets.as_ref()) => Step::Received(received),
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
            self.attempt(request.bss.bssid, message).await;
        }
        if let Scan::Finished = self.scan {
            self.scan = match self.socket.begin_dump(scan::results(self.interface.index)).await {
                Ok(request) => Scan::Listing {
                    request,
                    found: Vec::new(),
                },
                Err(error) => {
                    tracing::warn!(%error, "scan results can't be read");
                    self.events.push_back(OwnedEvent::ScanCompleted(Vec::new()));
                    Scan::Idle
                }
            };
        }
    }

    fn handle(&mut self, step: Step) {
        match step {
            Step::Said(Ok(Incoming::Event(message))) => self.handle_message(&message),
            Step::Said(Ok(Incoming::Part(number, part))) => {
                if let Scan::Listing { request, found } = &mut self.scan
                    && *request == number
                {
                    found.extend(scan::entry(&part));
                }
            }
            Step::Said(Ok(Incoming::End(number, result))) => self.handle_end(number, &result),
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
            Step::ScanOverdue => self.scan = Scan::Finished,
        }
    }

    fn handle_message(&mut self, message: &Nl80211Message) {
        let own = message.ifindex() == Some(self.interface.index);
        match message.cmd {
            // A scan that this adapter has joined may be another interface's of the same radio.
            Nl80211Command::NewScanResults | Nl80211Command::ScanAborted
                if message.wiphy() == Some(self.interface.wiphy) && matches!(self.scan, Scan::Running { .. }) =>
            {
                self.scan = Scan::Finished;
            }
            Nl80211Command::DelInterface if own => self.remove(),
            _ if own => self.station.handle(message, &mut self.events),
            _ => {}
        }
    }

    fn handle_end(&mut self, number: u32, result: &io::Result<socket::Acknowledgement>) {
        if let Scan::Listing { request, found } = &mut self.scan
            && *request == number
        {
            if let Err(error) = result {
                tracing::warn!(%error, "scan results are incomplete");
            }
            let found = core::mem::take(found);
            self.scan = Scan::Idle;
            self.events.push_back(OwnedEvent::ScanCompleted(found));
        }
    }

    fn remove(&mut self) {
        self.station.leave(&mut self.events);
        self.events.push_back(OwnedEvent::Removed);
        self.health = Health::Gone;
    }

    async fn scan(&mut self, ssid: &[u8]) {
        match self.socket.request(scan::trigger(self.interface.index, ssid)).await {
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(EBUSY) => tracing::debug!("joining the scan that is running"),
            Err(error) => {
                tracing::warn!(%error, "the driver does not scan");
                // What the kernel remembers is better than nothing.
                self.scan = Scan::Finished;
                return;
            }
        }
        self.scan = Scan::Running {
            deadline: Instant::now() + SCAN_LIMIT,
        };
    }

    async fn associate(&mut self, request: Box<AssociateRequest>) {
        let index = self.interface.index;
        let peer = request.bss.bssid;
        self.keyed = false;
        if request.previous.is_none() {
            self.make_way();
        }
        let (stage, message) = match request.authentication {
            _ if !self.interface.separate => {
                let message = connect::connect(index, &request, self.interface.path);
                (Stage::Associating(peer), message)
            }
            Authentication::Adapter => {
                let message = frames::authenticate_open(index, &request);
                self.pending = Some(request);
                (Stage::Authenticating(peer), message)
            }
            Authentication::Done { .. } => {
                let message = frames::associate(index, &request, self.interface.path);
                (Stage::Associating(peer), message)
            }
        };
        self.station.begin(stage);
        self.attempt(peer, message).await;
    }

    /// Sends one authentication frame of the host's.
    async fn authenticate(&mut self, request: &AuthenticateRequest) {
        let peer = request.association.bss.bssid;
        let stage = Stage::Exchanging(peer);
        if self.station.stage() != stage {
            if request.association.previous.is_none() {
                self.make_way();
            }
            self.station.begin(stage);
        }
        match frames::authenticate_by(self.interface.index, request) {
            Some(message) => self.attempt(peer, message).await,
            None => self
                .station
                .fail(AssociationFailure::Driver(EOPNOTSUPP), &[], &mut self.events),
        }
    }

    /// What was begun or stood before is over, unless it is to go on until the new association stands.
    fn make_way(&mut self) {
        self.pending = None;
        self.station.leave(&mut self.events);
    }

    /// Makes a request of an attempt to associate; a driver that refuses ends the attempt.
    async fn attempt(&mut self, peer: MacAddress, message: Nl80211Message) {
        if let Err(error) = self.socket.request(message).await {
            tracing::warn!(%peer, %error, "the driver does not associate");
            let failure = match error.raw_os_error() {
                Some(ENOENT) => AssociationFailure::NotFound,
                number => AssociationFailure::Driver(number.unwrap_or_default()),
            };
            self.pending = None;
            self.station.fail(failure, &[], &mut self.events);
        }
    }

    async fn disassociate(&mut self, peer: MacAddress, reason: ReasonCode) {
        if tokio::time::timeout(FLUSH_LIMIT, self.flush()).await.is_err() {
            tracing::debug!(%peer, "packets have not left in time");
        }
        // The kernel tells of the end of an association, and of an attempt that it makes by itself.
        let idle = match self.station.stage() {
            Stage::Idle | Stage::Authenticating(_) | Stage::Exchanging(_) => true,
            Stage::Associating(_) => self.interface.separate,
            Stage::Associated(_) => false,
        };
        self.keyed = false;
        self.make_way();
        match self.socket.request(self.parting(peer, reason)).await {
            // The kernel refuses a new association until it has reported the end of this one.
            Ok(_) if !idle => {
                if tokio::time::timeout(PARTING_LIMIT, self.hear_parting()).await.is_err() {
                    tracing::debug!(%peer, "the end of the association was not reported");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%peer, %error, "nothing to leave"),
        }
    }

    /// The request to end what there is with `peer`.
    fn parting(&self, peer: MacAddress, reason: ReasonCode) -> Nl80211Message {
        match self.interface.separate {
            true => frames::deauthenticate(self.interface.index, peer, reason),
            false => connect::disconnect(self.interface.index, reason),
        }
    }

    /// Waits until the packets of the association have left: what was commanded before its end comes
    /// before its end.
    async fn flush(&mut self) {
        while self.station.is_sending() {
            let step = self.step().await;
            self.handle(step);
        }
    }

    /// Waits for the end of an association or of an attempt at one.
    async fn hear_parting(&mut self) {
        loop {
            let step = self.step().await;
            let parted = matches!(&step, Step::Said(Ok(Incoming::Event(message)))
                if message.ifindex() == Some(self.interface.index)
                    && matches!(message.cmd, Nl80211Command::Disconnect | Nl80211Command::Connect));
            self.handle(step);
            if parted || matches!(self.health, Health::Gone) {
                return;
            }
        }
    }

    async fn send(&mut self, packet: OutgoingPacket) {
        let id = packet.id;
        let sent = match (&self.packets, self.interface.path) {
            (Some(socket), Path::PacketSocket) => socket.send(&packet).await.map(|()| true),
            (_, path) => {
                let request = control_port::transmit(
                    self.interface.index,
                    &packet,
                    self.keyed && !self.station.peer_speaks_plain(),
                );
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
        if self.must("pairwise key", install, request).await {
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

    /// Ends the association, and says so. Cancel-safe: what is cut off may be done again.
    async fn give_up(&mut self) {
        let reason = ReasonCode::UNSPECIFIED;
        let Some(peer) = self.station.stage().peer() else {
            return;
        };
        let parting = match self.station.stage() {
            Stage::Associated(peer) => OwnedEvent::Disassociated {
                peer,
                cause: DisassociationCause::Local(reason),
            },
            _ => OwnedEvent::AssociationFailed {
                peer,
                failure: AssociationFailure::Driver(ENOBUFS),
                elements: Vec::new(),
            },
        };
        self.keyed = false;
        self.make_way();
        self.events.push_back(parting);
        if let Err(error) = self.socket.request(self.parting(peer, reason)).await {
            tracing::debug!(%error, "nothing to leave");
        }
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
