//! An extension that behaves well, but for what a test scripts.
//!
//! It records every call. A test queues scripts for a handler of an adapter; a handler without a script
//! does what a well-behaved extension would do.

use super::frames::{CCMP, MESSAGE_1, MESSAGE_2, MESSAGE_3, MESSAGE_4, PSK, eapol, group, packet_to, pairwise};
use core::time::Duration;
use frame::MacAddress;
use frame::ethertype::EtherType;
use ihv::{
    AdapterInfo, AssociationParameters, AssociationStatus, BssEntry, ConnectSession, ConnectionPhase,
    ConnectivityProfile, Direction, DiscoveryProfile, EtherTypeHandling, ExemptionAction, Extension, ExtensionAdapter,
    Guid, Host, HostAdapter, Indication, OneXResult, PacketType, PortState, PrivacyExemption, ProfileParameters,
    Reason, Refused, SecurityPacket, SecurityProfile, SecuritySession, SendCompletion, SessionChange, UiRequest,
    VersionInfo, Win32Error,
};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

/// A handler that can be scripted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum On {
    DeinitAdapter,
    PreAssociate,
    Reset,
    PostAssociate,
    Stop,
    Receive,
    Sent,
    Timeout,
}

/// A call that the extension has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Version,
    InitService(u32),
    DeinitService,
    InitAdapter(HostAdapter),
    DeinitAdapter(ExtensionAdapter),
    PreAssociate(ExtensionAdapter, ConnectSession),
    Reset(ExtensionAdapter),
    PostAssociate(ExtensionAdapter, Begun),
    Stop(ExtensionAdapter, MacAddress, AssociationStatus),
    Receive(ExtensionAdapter, MacAddress, Vec<u8>),
    Sent(SendCompletion),
    Indication(ExtensionAdapter),
    UiResponse(Guid, Vec<u8>),
    SessionChange(SessionChange),
    Control(ExtensionAdapter),
}

/// What a post-association operation began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) session: SecuritySession,
    pub(crate) port: PortState,
    /// (Re)association request, its response, and the beacon.
    pub(crate) frames: [Vec<u8>; 3],
    /// Authentication, pairwise cipher, group cipher.
    pub(crate) algorithms: [u32; 3],
    pub(crate) port_authorized: bool,
}

/// What the extension knows about one adapter: the handles of the operations that came last, which a
/// script may use rightly or wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) own: ExtensionAdapter,
    pub(crate) adapter: HostAdapter,
    pub(crate) connect: ConnectSession,
    pub(crate) session: SecuritySession,
    pub(crate) peer: MacAddress,
}

impl Seat {
    /// What is due before an association with WPA2.
    pub(crate) fn prepare(&self, host: &mut dyn Host) -> Result<(), Win32Error> {
        let handling = EtherTypeHandling {
            max_backlog: 3,
            exemptions: vec![PrivacyExemption {
                ethertype: EtherType::EAPOL,
                action: ExemptionAction::Always,
                packets: PacketType::Unicast,
            }],
            registrations: vec![EtherType::EAPOL],
        };
        host.set_ethertype_handling(self.adapter, handling)?;
        host.set_auth_algorithm(self.adapter, PSK)?;
        host.set_unicast_cipher_algorithm(self.adapter, CCMP)?;
        host.set_multicast_cipher_algorithm(self.adapter, CCMP)
    }

    pub(crate) fn complete_pre(&self, host: &mut dyn Host, error: Win32Error) -> Result<(), Win32Error> {
        host.pre_associate_completion(self.adapter, self.connect, reason(error), error)
    }

    pub(crate) fn complete(&self, host: &mut dyn Host, error: Win32Error) -> Result<(), Win32Error> {
        host.post_associate_completion(self.adapter, self.session, self.peer, reason(error), error)
    }

    pub(crate) fn send(&self, host: &mut dyn Host, message: (u16, usize)) -> Result<(), Win32Error> {
        host.send_packet(
            self.adapter,
            packet_to(self.peer, &eapol(message)),
            SendCompletion(self.own.0),
        )
    }

    pub(crate) fn install(&self, host: &mut dyn Host, fill: u8) -> Result<(), Win32Error> {
        host.set_key_mapping_key(self.adapter, pairwise(self.peer, fill))
    }

    pub(crate) fn install_group(&self, host: &mut dyn Host, index: u8, fill: u8) -> Result<(), Win32Error> {
        host.set_default_key(self.adapter, group(index, fill), Direction::Inbound)
    }

    /// All that R30 asks for, then success.
    pub(crate) fn open(&self, host: &mut dyn Host) -> Result<(), Win32Error> {
        self.send(host, MESSAGE_4)?;
        self.install(host, 0xaa)?;
        self.install_group(host, 1, 0xbb)?;
        host.set_exclude_unencrypted(self.adapter, true)?;
        self.complete(host, Win32Error::SUCCESS)
    }
}

const fn reason(error: Win32Error) -> Reason {
    match error {
        Win32Error::SUCCESS => Reason::SUCCESS,
        _ => Reason::UNKNOWN,
    }
}

type Act = Box<dyn FnOnce(&mut dyn Host, &Seat) -> Result<(), Win32Error>>;

enum Script {
    /// All calls without an expectation of their own have to pass.
    Do(Act),
    Refuse(Win32Error),
}

/// See the module. A clone is the same extension: a test keeps one, the host has another.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    versions: Option<VersionInfo>,
    next: u64,
    seats: HashMap<ExtensionAdapter, Seat>,
    scripts: HashMap<(On, HostAdapter), VecDeque<Script>>,
    /// Scripts for an adapter that is about to arrive.
    arrival: VecDeque<Act>,
    /// Adapters that want `handle_timeout` to be called.
    due: VecDeque<ExtensionAdapter>,
    busy: BTreeSet<ExtensionAdapter>,
}

impl Scripted {
    /// The next time that `adapter` calls this handler, this is what it does.
    pub(crate) fn on(
        &self,
        handler: On,
        adapter: HostAdapter,
        script: impl FnOnce(&mut dyn Host, &Seat) -> Result<(), Win32Error> + 'static,
    ) {
        self.queue(handler, adapter, Script::Do(Box::new(script)));
    }

    /// The next time that `adapter` calls this handler, the extension refuses.
    pub(crate) fn refuses(&self, handler: On, adapter: HostAdapter, error: Win32Error) {
        self.queue(handler, adapter, Script::Refuse(error));
    }

    fn queue(&self, handler: On, adapter: HostAdapter, script: Script) {
        let mut inner = self.0.borrow_mut();
        inner.scripts.entry((handler, adapter)).or_default().push_back(script);
    }

    /// The next adapter that arrives finds this script in `init_adapter`.
    pub(crate) fn on_arrival(&self, script: impl FnOnce(&mut dyn Host, &Seat) -> Result<(), Win32Error> + 'static) {
        self.0.borrow_mut().arrival.push_back(Box::new(script));
    }

    pub(crate) fn speaks(&self, min: u32, max: u32) {
        self.0.borrow_mut().versions = Some(VersionInfo { min, max });
    }

    pub(crate) fn wants_timeout(&self, adapter: HostAdapter) {
        let own = self.seat(adapter).own;
        self.0.borrow_mut().due.push_back(own);
    }

    pub(crate) fn set_busy(&self, adapter: HostAdapter, busy: bool) {
        let own = self.seat(adapter).own;
        let mut inner = self.0.borrow_mut();
        if busy {
            inner.busy.insert(own);
        } else {
            inner.busy.remove(&own);
        }
    }

    pub(crate) fn seat(&self, adapter: HostAdapter) -> Seat {
        let inner = self.0.borrow();
        *inner
            .seats
            .values()
            .find(|seat| seat.adapter == adapter)
            .expect("a seat for the adapter")
    }

    /// The calls since the last time that this was asked.
    pub(crate) fn calls(&self) -> Vec<Call> {
        core::mem::take(&mut self.0.borrow_mut().calls)
    }

    pub(crate) fn unused_scripts(&self) -> Vec<On> {
        let inner = self.0.borrow();
        let unused = inner.scripts.iter().filter(|(_, queue)| !queue.is_empty());
        unused.map(|((on, _), _)| *on).collect()
    }

    fn record(&self, call: Call) {
        self.0.borrow_mut().calls.push(call);
    }

    fn known(&self, own: ExtensionAdapter) -> Seat {
        *self
            .0
            .borrow()
            .seats
            .get(&own)
            .expect("the host hands back a handle that was given to it (R03)")
    }

    fn change(&self, own: ExtensionAdapter, change: impl FnOnce(&mut Seat)) -> Seat {
        let mut inner = self.0.borrow_mut();
        let seat = inner
            .seats
            .get_mut(&own)
            .expect("the host hands back a handle that was given to it (R03)");
        change(seat);
        *seat
    }

    /// Runs the script for a handler, or else what is usual.
    fn run(
        &self,
        on: On,
        host: &mut dyn Host,
        seat: &Seat,
        usual: impl FnOnce(&mut dyn Host, &Seat) -> Result<(), Win32Error>,
    ) -> Result<(), Win32Error> {
        let script = self
            .0
            .borrow_mut()
            .scripts
            .get_mut(&(on, seat.adapter))
            .and_then(VecDeque::pop_front);
        match script {
            Some(Script::Do(act)) => {
                act(host, seat).unwrap_or_else(|error| panic!("the script for {on:?} failed: {error}"));
                Ok(())
            }
            Some(Script::Refuse(error)) => Err(error),
            None => usual(host, seat),
        }
    }
}

fn nothing(_: &mut dyn Host, _: &Seat) -> Result<(), Win32Error> {
    Ok(())
}

impl Extension for Scripted {
    fn version_info(&self) -> VersionInfo {
        self.record(Call::Version);
        self.0.borrow().versions.unwrap_or(VersionInfo { min: 0, max: 0 })
    }

    fn init_service(&mut self, version: u32) -> Result<(), Win32Error> {
        self.record(Call::InitService(version));
        Ok(())
    }

    fn deinit_service(&mut self) {
        self.record(Call::DeinitService);
    }

    fn init_adapter(
        &mut self,
        host: &mut dyn Host,
        adapter: HostAdapter,
        _: &AdapterInfo,
    ) -> Result<ExtensionAdapter, Win32Error> {
        self.record(Call::InitAdapter(adapter));
        let (seat, script) = {
            let mut inner = self.0.borrow_mut();
            inner.next += 1;
            let seat = Seat {
                own: ExtensionAdapter(inner.next),
                adapter,
                connect: ConnectSession(0),
                session: SecuritySession(0),
                peer: MacAddress([0; 6]),
            };
            (seat, inner.arrival.pop_front())
        };
        script.map_or(Ok(()), |script| script(host, &seat))?;
        self.0.borrow_mut().seats.insert(seat.own, seat);
        Ok(seat.own)
    }

    fn deinit_adapter(&mut self, host: &mut dyn Host, own: ExtensionAdapter) {
        self.record(Call::DeinitAdapter(own));
        let _ = self.run(On::DeinitAdapter, host, &self.known(own), nothing);
        let mut inner = self.0.borrow_mut();
        inner.seats.remove(&own);
        inner.due.retain(|due| *due != own);
    }

    fn perform_pre_associate(
        &mut self,
        host: &mut dyn Host,
        own: ExtensionAdapter,
        session: ConnectSession,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        _: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        self.record(Call::PreAssociate(own, session));
        let seat = self.change(own, |seat| seat.connect = session);
        self.run(On::PreAssociate, host, &seat, |host, seat| seat.prepare(host))
            .map_err(|error| Refused {
                error,
                reason: Reason::UNKNOWN,
            })
    }

    /// Nothing is usually pending; a test with a pending operation scripts its cancellation.
    fn adapter_reset(&mut self, host: &mut dyn Host, own: ExtensionAdapter) -> Result<(), Win32Error> {
        self.record(Call::Reset(own));
        let seat = self.known(own);
        self.run(On::Reset, host, &seat, nothing)
    }

    fn perform_post_associate(
        &mut self,
        host: &mut dyn Host,
        own: ExtensionAdapter,
        session: SecuritySession,
        port: &PortState,
        parameters: &AssociationParameters<'_>,
    ) -> Result<(), Win32Error> {
        let begun = Begun {
            session,
            port: *port,
            frames: [parameters.request, parameters.response, parameters.beacon].map(<[u8]>::to_vec),
            algorithms: [
                parameters.auth.0,
                parameters.unicast_cipher.0,
                parameters.multicast_cipher.0,
            ],
            port_authorized: parameters.port_authorized,
        };
        self.record(Call::PostAssociate(own, begun));
        let seat = self.change(own, |seat| (seat.session, seat.peer) = (session, port.peer));
        self.run(On::PostAssociate, host, &seat, nothing)
    }

    fn stop_post_associate(
        &mut self,
        host: &mut dyn Host,
        own: ExtensionAdapter,
        peer: MacAddress,
        status: AssociationStatus,
    ) -> Result<(), Win32Error> {
        self.record(Call::Stop(own, peer, status));
        self.run(On::Stop, host, &self.known(own), nothing)
    }

    fn validate_profile(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        _: &SecurityProfile,
    ) -> Result<(), Refused> {
        Ok(())
    }

    fn perform_capability_match(
        &mut self,
        _: ExtensionAdapter,
        _: &ProfileParameters,
        _: &ConnectivityProfile,
        _: &SecurityProfile,
        _: &[BssEntry],
    ) -> Result<(), Refused> {
        Ok(())
    }

    fn create_discovery_profiles(
        &mut self,
        _: ExtensionAdapter,
        _: bool,
        _: &ProfileParameters,
        _: &[BssEntry],
    ) -> Result<Vec<DiscoveryProfile>, Refused> {
        Ok(Vec::new())
    }

    fn process_session_change(&mut self, _: &mut dyn Host, change: SessionChange) -> Result<(), Win32Error> {
        self.record(Call::SessionChange(change));
        Ok(())
    }

    fn receive_indication(
        &mut self,
        _: &mut dyn Host,
        own: ExtensionAdapter,
        _: Indication<'_>,
    ) -> Result<(), Win32Error> {
        self.record(Call::Indication(own));
        Ok(())
    }

    fn receive_packet(
        &mut self,
        host: &mut dyn Host,
        own: ExtensionAdapter,
        packet: SecurityPacket<'_>,
    ) -> Result<(), Win32Error> {
        self.record(Call::Receive(own, packet.peer, packet.data.to_vec()));
        let data = packet.data;
        self.run(On::Receive, host, &self.known(own), |host, seat| {
            if data == eapol(MESSAGE_1) {
                seat.send(host, MESSAGE_2)
            } else if data == eapol(MESSAGE_3) {
                seat.open(host)
            } else {
                Ok(())
            }
        })
    }

    /// The scripts of an adapter run for the packets that it has sent with [`Seat::send`].
    fn send_packet_completion(&mut self, host: &mut dyn Host, completion: SendCompletion) -> Result<(), Win32Error> {
        self.record(Call::Sent(completion));
        let seat = self.0.borrow().seats.get(&ExtensionAdapter(completion.0)).copied();
        seat.map_or(Ok(()), |seat| self.run(On::Sent, host, &seat, nothing))
    }

    fn is_ui_request_pending(&mut self, _: Guid) -> Result<bool, Win32Error> {
        Ok(false)
    }

    fn process_ui_response(&mut self, _: &mut dyn Host, request: Guid, response: &[u8]) -> Result<(), Win32Error> {
        self.record(Call::UiResponse(request, response.to_vec()));
        Ok(())
    }

    fn query_ui_request(&mut self, _: ExtensionAdapter, _: ConnectionPhase) -> Result<Option<UiRequest>, Win32Error> {
        Ok(None)
    }

    fn onex_indicate_result(
        &mut self,
        _: &mut dyn Host,
        _: ExtensionAdapter,
        _: &OneXResult,
    ) -> Result<(), Win32Error> {
        Ok(())
    }

    fn control(&mut self, _: &mut dyn Host, own: ExtensionAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.record(Call::Control(own));
        Ok(input.to_vec())
    }

    fn next_timeout(&self) -> Option<Duration> {
        self.0.borrow().due.front().map(|_| Duration::ZERO)
    }

    fn handle_timeout(&mut self, host: &mut dyn Host) {
        let due = self.0.borrow_mut().due.pop_front();
        if let Some(own) = due {
            let _ = self.run(On::Timeout, host, &self.known(own), |host, seat| {
                seat.complete_pre(host, Win32Error::SUCCESS)
            });
        }
    }

    fn is_busy(&self, own: ExtensionAdapter) -> bool {
        self.0.borrow().busy.contains(&own)
    }
}
