//! The host: events in, commands out.

mod approach;
mod association;
mod departure;
mod onex;
mod packet;
mod questions;
mod service;

use crate::adapter::{AdapterEvent, Command, Sought};
use crate::event::{Event, Kind, Text};
use crate::outcome::{Awaited, Defect, Outcome};
use crate::profile::NetworkProfile;
use crate::state::{Attempt, Handler, Phase, State, Work};
use core::time::Duration;
use frame::MacAddress;
use frame::codes::ReasonCode;
use ihv::{
    AdapterInfo, AssociationStatus, Extension, ExtensionAdapter, Guid, HostAdapter, KeyChange, PortState, Rule,
    SecurityPacket, SessionChange, Win32Error,
};

/// A host with its extension.
pub struct Host<E> {
    extension: E,
    state: State,
}

/// Why a connection is ended from above.
#[derive(Clone, Copy)]
enum Ending {
    Cancelled,
    TimedOut { earlier: Option<Outcome> },
}

/// Why an extension can't be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// It does not speak version 0 of the interface.
    #[error("the extension speaks versions {min} to {max} of the interface, and not version 0")]
    Version {
        /// The oldest that it speaks.
        min: u32,
        /// The newest.
        max: u32,
    },
    /// It refused to be initialised.
    #[error("the extension refused to start: {0}")]
    Refused(Win32Error),
}

/// Why no attempt to connect was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// There is no such adapter, or not any more.
    #[error("there is no such adapter")]
    NoSuchAdapter,
    /// The adapter is connected, or an attempt is in progress: disconnect first.
    #[error("the adapter is connected or connecting: disconnect first")]
    Busy,
    /// A name has 0 to 32 octets.
    #[error("a network's name has at most 32 octets, this one has {0}")]
    NameTooLong(usize),
}

/// Why no attempt to roam was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoamError {
    /// There is no such adapter, or not any more.
    #[error("there is no such adapter")]
    NoSuchAdapter,
    /// There is no open port to leave.
    #[error("the adapter is not connected")]
    NotConnected,
    /// An attempt to connect or to roam is in progress.
    #[error("the adapter is connecting or roaming already")]
    Busy,
}

/// Why no other keys were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeKeysError {
    /// There is no such adapter, or not any more.
    #[error("there is no such adapter")]
    NoSuchAdapter,
    /// There is no open port.
    #[error("the adapter is not connected")]
    NotConnected,
    /// The extension can't, or this network has no keys to change.
    #[error("the extension refused: {0}")]
    Refused(Win32Error),
}

impl<E: Extension> Host<E> {
    /// An adapter has arrived: the extension hears of it before of anything else about it (R03).
    ///
    /// # Errors
    /// The extension's refusal to serve it; [`Win32Error::INVALID_HANDLE`] if it has named the adapter as
    /// it names another one (R03).
    pub fn add_adapter(&mut self, now: Duration, info: AdapterInfo) -> Result<HostAdapter, Win32Error> {
        self.state.now = now;
        let handle = self.state.insert(info.clone());
        let introduced = self.introduce(handle);
        if introduced.is_ok() {
            self.state.event(handle, None, None, || Kind::AdapterArrived {
                address: Text(info.address),
                description: info.description,
            });
        }
        self.settle();
        introduced.map(|()| handle)
    }

    /// Begins an attempt to connect to the network of `profile`. It ends with an event
    /// [`Kind::Outcome`].
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn connect(&mut self, now: Duration, handle: HostAdapter, profile: NetworkProfile) -> Result<(), ConnectError> {
        self.state.now = now;
        if profile.ssid.len() > 32 {
            return Err(ConnectError::NameTooLong(profile.ssid.len()));
        }
        let adapter = self.state.adapter_mut(handle).ok_or(ConnectError::NoSuchAdapter)?;
        if adapter.attempt.is_some() || !adapter.ports.is_empty() {
            return Err(ConnectError::Busy);
        }
        let ssid = profile.ssid.clone();
        let sought = profile.bssid.map(|bssid| Sought { bssid, frequency: None });
        adapter.attempt = Some(Attempt::new(profile, None));
        self.state.event(handle, None, None, || Kind::ScanStarted {
            ssid: String::from_utf8_lossy(&ssid).into_owned(),
        });
        self.state.command(handle, Command::Scan { ssid, sought });
        Ok(())
    }

    /// Begins an attempt to leave the access point of an open port for another one of its network: for
    /// `target`, or for the strongest other one. It ends with a new port and the end of the old one, or
    /// with an event [`Kind::RoamFailed`] and, if it is still there, the old port.
    ///
    /// # Errors
    /// See [`RoamError`].
    pub fn roam(&mut self, now: Duration, handle: HostAdapter, target: Option<MacAddress>) -> Result<(), RoamError> {
        self.state.now = now;
        self.begin_roam(handle, target.map(|bssid| Sought { bssid, frequency: None }))
    }

    fn begin_roam(&mut self, handle: HostAdapter, sought: Option<Sought>) -> Result<(), RoamError> {
        let target = sought.map(|sought| sought.bssid);
        let adapter = self.state.adapter_mut(handle).ok_or(RoamError::NoSuchAdapter)?;
        if adapter.attempt.is_some() {
            return Err(RoamError::Busy);
        }
        let open = adapter.ports.iter().find(|port| port.state.authorized);
        let (Some(port), Some(profile)) = (open, adapter.profile.as_deref()) else {
            return Err(RoamError::NotConnected);
        };
        let from = port.peer();
        let mut profile = profile.clone();
        // Another access point than the one that the profile may name.
        profile.bssid = target;
        let ssid = profile.ssid.clone();
        adapter.attempt = Some(Attempt::new(profile, Some(from)));
        self.state
            .event(handle, target, None, || Kind::RoamStarted { from: Text(from) });
        self.state.command(handle, Command::Scan { ssid, sought });
        Ok(())
    }

    /// Asks the access point of an open port for other keys. When they come, and whether, is its own decision; the
    /// port stays open meanwhile.
    ///
    /// # Errors
    /// See [`ChangeKeysError`].
    pub fn change_keys(&mut self, now: Duration, handle: HostAdapter, which: KeyChange) -> Result<(), ChangeKeysError> {
        self.state.now = now;
        let adapter = self.state.adapter(handle).ok_or(ChangeKeysError::NoSuchAdapter)?;
        let extension = adapter.extension.ok_or(ChangeKeysError::NoSuchAdapter)?;
        let port = adapter.ports.iter().find(|port| port.state.authorized);
        let peer = port.ok_or(ChangeKeysError::NotConnected)?.peer();
        let result = self.call(Handler::Other, handle, |to, host| {
            to.change_keys(host, extension, peer, which)
        });
        self.settle();
        result.map_err(ChangeKeysError::Refused)
    }

    /// Ends the connection of an adapter, or the attempt at one.
    pub fn disconnect(&mut self, now: Duration, handle: HostAdapter) {
        self.end(now, handle, Ending::Cancelled);
    }

    /// Ends an attempt that has taken too long; its outcome says what has not come. An attempt that has
    /// not got beyond its scan says nothing new: it ends with `earlier`, what the attempt before it came
    /// to, if there was one. An open port stays.
    pub fn time_out(&mut self, now: Duration, handle: HostAdapter, earlier: Option<Outcome>) {
        self.end(now, handle, Ending::TimedOut { earlier });
    }

    fn end(&mut self, now: Duration, handle: HostAdapter, ending: Ending) {
        self.state.now = now;
        let Some(adapter) = self.state.adapter(handle) else {
            return;
        };
        let outcome = |silence| match ending {
            Ending::Cancelled => Outcome::Cancelled,
            Ending::TimedOut { .. } => silence,
        };
        match adapter.attempt.as_ref().map(|attempt| attempt.phase) {
            Some(Phase::Scanning) => {
                let earlier = match ending {
                    Ending::TimedOut { earlier } => earlier,
                    Ending::Cancelled => None,
                };
                self.state
                    .end_attempt(handle, earlier.unwrap_or(outcome(Outcome::NoSuchNetwork)));
            }
            // Only a reset cancels a pre-association operation (R07).
            Some(Phase::PreAssociating(_)) => {
                let late = Outcome::Internal(Defect::Extension(Win32Error::TIMEOUT));
                self.reset(handle, outcome(late));
            }
            // The work that was noted finds no attempt any more.
            Some(Phase::Approaching) => self.state.end_attempt(handle, outcome(Outcome::NoSuchNetwork)),
            Some(Phase::Authenticating { peer } | Phase::Associating { peer, .. }) => {
                self.state
                    .disassociate(handle, peer, ReasonCode::LEAVING_NETWORK_DEAUTH);
                self.state
                    .end_attempt(handle, outcome(Outcome::Silent(Awaited::Association)));
            }
            Some(Phase::Cancelled) | None => {}
        }
        for session in self.sessions(handle) {
            let asking = self.state.adapter(handle).and_then(|adapter| adapter.onex.as_deref());
            let silent = asking
                .filter(|onex| onex.session == session)
                .and_then(|onex| onex.silence());
            let Some(port) = self.state.port_mut(handle, session) else {
                continue;
            };
            if matches!(ending, Ending::TimedOut { .. }) && port.state.authorized {
                continue;
            }
            let silence = silent.map_or_else(|| port.outcome_of_silence(), Outcome::OneX);
            let (peer, outcome) = (port.peer(), outcome(silence));
            self.take_down(handle, session, AssociationStatus::DISASSOCIATED_BY_HOST, outcome);
            self.state
                .disassociate(handle, peer, ReasonCode::LEAVING_NETWORK_DEAUTH);
        }
        self.settle();
    }

    /// An adapter is gone: its ports are stopped, then the extension lets go of it (R06).
    pub fn remove_adapter(&mut self, now: Duration, handle: HostAdapter) {
        self.handle_event(now, handle, AdapterEvent::Removed);
    }

    /// Something has happened on an adapter. An event of an adapter that has left is ignored.
    pub fn handle_event(&mut self, now: Duration, handle: HostAdapter, event: AdapterEvent<'_>) {
        self.state.now = now;
        if self.state.adapter(handle).is_none() {
            return;
        }
        match event {
            AdapterEvent::ScanCompleted(seen) => self.scan_completed(handle, seen),
            AdapterEvent::Associated(association) => self.associated(handle, &association),
            AdapterEvent::AuthenticationReceived { peer, frame } => self.authentication_received(handle, peer, frame),
            AdapterEvent::ActionReceived { peer, body } => self.action_received(handle, peer, body),
            AdapterEvent::AssociationFailed {
                peer,
                failure,
                elements,
            } => self.association_failed(handle, peer, failure, elements),
            AdapterEvent::Disassociated { peer, cause } => self.disassociated(handle, peer, cause),
            AdapterEvent::PacketReceived {
                peer,
                ethertype,
                data,
                encrypted,
            } => self.packet_received(handle, SecurityPacket { peer, ethertype, data }, encrypted),
            AdapterEvent::PacketSent { id, sent } => self.packet_sent(handle, id, sent),
            AdapterEvent::Indication(indication) => {
                if let Some(extension) = self.extension_adapter(handle) {
                    // Whatever the extension makes of it, the adapter's state is the same.
                    let _ = self.call(Handler::Other, handle, |to, host| {
                        to.receive_indication(host, extension, indication)
                    });
                }
            }
            AdapterEvent::Reset => self.reset(handle, Outcome::AdapterGone),
            AdapterEvent::Removed => self.remove(handle),
        }
        self.settle();
    }

    /// When [`Self::handle_timeout`] wants to be called; `None` for never.
    pub fn next_timeout(&self) -> Option<Duration> {
        let onex = self.state.onex_timers.first().map(|(at, _)| *at);
        [self.extension.next_timeout(), onex].into_iter().flatten().min()
    }

    /// The time that [`Self::next_timeout`] named has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.state.now = now;
        if self.extension.next_timeout().is_some_and(|at| at <= now) {
            self.call(Handler::Other, HostAdapter(0), |extension, host| {
                extension.handle_timeout(host)
            });
        }
        self.state.time_out_onex();
        self.settle();
    }

    /// The extension has become free to take packets again (see [`Extension::is_busy`]).
    pub fn resume(&mut self, now: Duration, handle: HostAdapter) {
        self.state.now = now;
        self.deliver(handle);
        self.settle();
    }

    /// The next command for an adapter. Commands are to be executed in this order.
    pub fn poll_command(&mut self) -> Option<(HostAdapter, Command)> {
        self.state.commands.pop_front()
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.state.events.pop_front()
    }

    /// The state of the data port to `peer`, if there is one.
    pub fn port(&self, handle: HostAdapter, peer: MacAddress) -> Option<PortState> {
        self.state
            .adapter(handle)?
            .ports
            .iter()
            .find(|port| port.state.peer == peer)
            .map(|port| port.state)
    }

    /// How many packets of an adapter were dropped before the extension saw them.
    pub fn dropped(&self, handle: HostAdapter) -> u64 {
        self.state.adapter(handle).map_or(0, |adapter| adapter.dropped)
    }

    /// The extension, to look at.
    pub fn extension(&self) -> &E {
        &self.extension
    }

    /// The user has answered a question of the extension's.
    ///
    /// # Errors
    /// [`Win32Error::NOT_FOUND`] for an answer to no question, else what the extension says.
    pub fn answer_ui_request(
        &mut self,
        now: Duration,
        handle: HostAdapter,
        request: Guid,
        answer: &[u8],
    ) -> Result<(), Win32Error> {
        self.state.now = now;
        let adapter = self.state.adapter_mut(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        let asked = adapter.ui_requests.len();
        adapter.ui_requests.retain(|pending| *pending != request);
        if adapter.ui_requests.len() == asked {
            return Err(Win32Error::NOT_FOUND);
        }
        let result = self.call(Handler::Other, handle, |extension, host| {
            extension.process_ui_response(host, request, answer)
        });
        self.settle();
        result
    }

    /// A user came or left. Neither questions of the 802.1X module's nor what it has authenticated outlive a user who
    /// leaves (R37).
    ///
    /// # Errors
    /// What the extension says.
    pub fn session_change(&mut self, now: Duration, change: SessionChange) -> Result<(), Win32Error> {
        self.state.now = now;
        if change.event == SessionChange::LOGOFF {
            self.state.log_off();
        }
        let result = self.call(Handler::Other, HostAdapter(0), |extension, host| {
            extension.process_session_change(host, change)
        });
        self.settle();
        result
    }

    /// A vendor's tool asks the extension something.
    ///
    /// # Errors
    /// What the extension says.
    pub fn control(&mut self, now: Duration, handle: HostAdapter, input: &[u8]) -> Result<Vec<u8>, Win32Error> {
        self.state.now = now;
        let extension = self.extension_adapter(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        let result = self.call(Handler::Other, handle, |to, host| to.control(host, extension, input));
        self.settle();
        result
    }

    /// Calls a handler, so that the host's functions know from inside which one they are called.
    fn call<R>(&mut self, handler: Handler, adapter: HostAdapter, handle: impl FnOnce(&mut E, &mut State) -> R) -> R {
        self.state.enter(handler, adapter);
        let result = handle(&mut self.extension, &mut self.state);
        self.state.leave();
        result
    }

    fn extension_adapter(&self, handle: HostAdapter) -> Option<ExtensionAdapter> {
        self.state.adapter(handle)?.extension
    }

    fn sessions(&self, handle: HostAdapter) -> Vec<ihv::SecuritySession> {
        self.state
            .adapter(handle)
            .map(|adapter| adapter.ports.iter().map(|port| port.session).collect())
            .unwrap_or_default()
    }

    /// Does what had to wait until the handlers returned.
    fn settle(&mut self) {
        while let Some(work) = self.state.work.pop_front() {
            match work {
                Work::Approach { adapter } => self.approach(adapter),
                Work::BeginOneX { adapter } => self.state.begin_onex(adapter),
                Work::IndicateOneX {
                    adapter,
                    session,
                    result,
                } => self.indicate(adapter, session, &result),
                Work::TakeDown {
                    adapter,
                    session,
                    outcome,
                } => {
                    let Some(port) = self.state.port_mut(adapter, session) else {
                        continue;
                    };
                    let peer = port.peer();
                    self.take_down(adapter, session, AssociationStatus::DISASSOCIATED_BY_HOST, outcome);
                    self.state
                        .disassociate(adapter, peer, ReasonCode::LEAVING_NETWORK_DEAUTH);
                }
            }
        }
    }

    /// Records a rule that the extension was found to have broken after a handler returned.
    fn broken(&mut self, adapter: HostAdapter, rule: Rule, call: &'static str) {
        self.state.broken(adapter, rule, call, Win32Error::INVALID_STATE);
    }
}
