//! Everything that a host knows, and what it does when an extension calls.
//!
//! [`State`] is the half of the host that an extension may reach while one of its handlers runs; the
//! other half is the extension itself. Work that needs both (stopping an operation) is noted in
//! [`State::work`] and done when the handler has returned.

mod calls;
mod completions;
mod elements;
mod guard;
mod install;
mod key;
mod onex;
mod port;

pub(crate) use elements::{choose, connectable, unseen_twin};
pub(crate) use onex::{OneX, World as OneXWorld};
pub(crate) use port::{DataPort, Handshake, has_given_up};

use crate::adapter::{AssociateRequest, Command, PacketId};
use crate::event::{Code, Event, Kind, Text};
use crate::outcome::Outcome;
use crate::profile::{Agent, Config, NetworkProfile};
use core::time::Duration;
use frame::MacAddress;
use frame::codes::ReasonCode;
use ihv::{
    AdapterInfo, AuthAlgorithm, BssEntry, CipherAlgorithm, ConnectSession, EtherTypeHandling, ExtensionAdapter, Guid,
    HostAdapter, OneXResult, Rule, SecuritySession, SendCompletion, Win32Error,
};
use key::InstalledKeys;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use zeroize::Zeroizing;

/// The handler that is running, as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    InitAdapter,
    DeinitAdapter,
    PerformPreAssociate,
    BeginAssociation,
    PerformPostAssociate,
    AdapterReset,
    Other,
}

/// Work that has to wait until the running handler has returned.
pub(crate) enum Work {
    /// An access point is to be chosen, and the extension asked how to associate with it.
    Approach { adapter: HostAdapter },
    /// The extension has started an 802.1X operation.
    BeginOneX { adapter: HostAdapter },
    /// An 802.1X operation is over, and the extension has to know.
    IndicateOneX {
        adapter: HostAdapter,
        session: SecuritySession,
        result: Box<OneXResult>,
    },
    /// The extension has completed an operation as a failure: the port goes down.
    TakeDown {
        adapter: HostAdapter,
        session: SecuritySession,
        outcome: Outcome,
    },
}

/// One adapter.
pub(crate) struct Adapter {
    pub info: AdapterInfo,
    /// `None` until `init_adapter` has returned.
    pub extension: Option<ExtensionAdapter>,
    pub handling: EtherTypeHandling,
    /// A pre-association has completed successfully: `handling` stays as it is (R12).
    pub handling_fixed: bool,
    pub algorithms: Algorithms,
    pub attempt: Option<Box<Attempt>>,
    /// The profile of the association that stands, for the way to another access point of the network.
    pub profile: Option<Box<NetworkProfile>>,
    pub ports: Vec<DataPort>,
    /// The 802.1X module, on the port that it was started on last.
    pub onex: Option<Box<OneX>>,
    /// The user of the last association that had the module, for the next one.
    pub agent: Option<Box<Agent>>,
    pub group_keys: InstalledKeys,
    pub exclude_unencrypted: bool,
    pub backlog: VecDeque<Queued>,
    pub dropped: u64,
    /// Packets that the adapter has not reported as sent yet.
    pub outstanding: Vec<(PacketId, SendCompletion)>,
    pub user_data: BTreeMap<(Vec<u8>, u32), Zeroizing<Vec<u8>>>,
    pub ui_requests: Vec<Guid>,
    /// Buffers that the extension has asked for in handlers of this adapter.
    pub buffers: Vec<u64>,
}

impl Adapter {
    fn new(info: AdapterInfo) -> Self {
        Self {
            info,
            extension: None,
            handling: EtherTypeHandling::default(),
            handling_fixed: false,
            algorithms: Algorithms::default(),
            attempt: None,
            profile: None,
            ports: Vec::new(),
            onex: None,
            agent: None,
            group_keys: InstalledKeys::default(),
            exclude_unencrypted: false,
            backlog: VecDeque::new(),
            dropped: 0,
            outstanding: Vec::new(),
            user_data: BTreeMap::new(),
            ui_requests: Vec::new(),
            buffers: Vec::new(),
        }
    }

    /// Whether an association with `peer` was asked for and has not come about yet.
    pub(crate) fn is_associating_with(&self, peer: MacAddress) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|attempt| matches!(attempt.phase, Phase::Associating { peer: chosen, .. } if chosen == peer))
    }

    /// The attempt that an exchange of authentication frames with `peer` belongs to.
    pub(crate) fn authenticating_with(&mut self, peer: MacAddress) -> Option<&mut Attempt> {
        self.attempt
            .as_deref_mut()
            .filter(|attempt| attempt.phase == Phase::Authenticating { peer })
    }
}

/// What the adapter is to associate with (R13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Algorithms {
    pub auth: Option<AuthAlgorithm>,
    pub unicast: Option<CipherAlgorithm>,
    pub multicast: Option<CipherAlgorithm>,
}

/// An attempt to connect, from the scan to the association.
pub(crate) struct Attempt {
    pub profile: NetworkProfile,
    pub phase: Phase,
    /// What scans have found so far.
    pub seen: Vec<BssEntry>,
    /// The hidden network that was looked for in the place of an open one.
    pub twin: Option<Vec<u8>>,
    /// Networks of the profile's name, the strongest first.
    pub connectable: Vec<BssEntry>,
    /// The access point that is left if the attempt succeeds.
    pub current: Option<MacAddress>,
    /// What is to be asked of the adapter, while the extension authenticates.
    pub request: Option<Box<AssociateRequest>>,
    /// The algorithm of the authentication frames that were sent.
    pub algorithm: Option<u16>,
    /// The association is a fast transition: keys come with it, and no handshake follows.
    pub transition: bool,
    /// How often the extension wanted to begin again after a refusal.
    pub repetitions: u8,
    /// Why the first access point was passed over that the extension has refused, if it has refused any.
    pub refused: Option<Outcome>,
}

impl Attempt {
    pub(crate) fn new(profile: NetworkProfile, current: Option<MacAddress>) -> Box<Self> {
        Box::new(Self {
            profile,
            phase: Phase::Scanning,
            seen: Vec::new(),
            twin: None,
            connectable: Vec::new(),
            current,
            request: None,
            algorithm: None,
            transition: false,
            repetitions: 0,
            refused: None,
        })
    }

    /// Adds what a scan has found; what it tells of a network anew is better than what was known.
    pub(crate) fn add_seen(&mut self, seen: &[BssEntry]) {
        self.seen
            .retain(|known| seen.iter().all(|bss| bss.bssid != known.bssid));
        self.seen.extend_from_slice(seen);
    }

    /// The access point that was chosen, once there is one.
    pub(crate) fn peer(&self) -> Option<MacAddress> {
        match self.phase {
            Phase::Authenticating { peer } | Phase::Associating { peer, .. } => Some(peer),
            Phase::Scanning | Phase::PreAssociating(_) | Phase::Approaching | Phase::Cancelled => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Scanning,
    PreAssociating(ConnectSession),
    /// The extension has cancelled the pre-association because of a reset, which ends the attempt.
    Cancelled,
    /// An access point is to be chosen as soon as the running handler has returned.
    Approaching,
    /// The extension exchanges authentication frames with `peer`.
    Authenticating {
        peer: MacAddress,
    },
    Associating {
        peer: MacAddress,
        /// What the request names, whatever the extension has set since.
        algorithms: Algorithms,
        group_management: Option<frame::Cipher>,
        /// The adapter does the 4-way handshake, and tells of the association after it.
        offloaded: bool,
    },
}

/// A received packet that waits for the extension.
pub(crate) struct Queued {
    pub peer: MacAddress,
    pub ethertype: frame::ethertype::EtherType,
    pub data: Box<[u8]>,
    /// Whether it came encrypted, where that is known.
    pub encrypted: Option<bool>,
}

struct Slot {
    /// Counts the adapters that have been here, so that a handle of an earlier one is stale.
    generation: u32,
    adapter: Option<Box<Adapter>>,
}

/// See the module.
pub(crate) struct State {
    pub now: Duration,
    pub config: Config,
    pub commands: VecDeque<(HostAdapter, Command)>,
    pub events: VecDeque<Event>,
    pub work: VecDeque<Work>,
    /// Without it no 802.1X module is lent.
    pub world: Option<OneXWorld>,
    /// When which adapter's 802.1X operation wants to be called.
    pub onex_timers: BTreeSet<(Duration, HostAdapter)>,
    running: Option<(Handler, HostAdapter)>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The extension's names for the adapters that are here.
    names: BTreeSet<ExtensionAdapter>,
    next_session: u32,
    next_connect: u64,
    next_packet: u64,
    next_question: u128,
    next_buffer: u64,
    /// Buffers that the extension holds: their length, and the adapter whose handler asked.
    buffers: BTreeMap<u64, (u64, Option<HostAdapter>)>,
    buffered: u64,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            now: Duration::ZERO,
            config,
            commands: VecDeque::new(),
            events: VecDeque::new(),
            work: VecDeque::new(),
            world: None,
            onex_timers: BTreeSet::new(),
            running: None,
            slots: Vec::new(),
            free: Vec::new(),
            names: BTreeSet::new(),
            next_session: 1,
            next_connect: 1,
            next_packet: 1,
            next_question: 1,
            next_buffer: 1,
            buffers: BTreeMap::new(),
            buffered: 0,
        }
    }

    pub(crate) fn insert(&mut self, info: AdapterInfo) -> HostAdapter {
        let adapter = Box::new(Adapter::new(info));
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                adapter: None,
            });
            self.slots.len() as u32 - 1
        });
        match self.slots.get_mut(index as usize) {
            Some(slot) => {
                slot.generation += 1;
                slot.adapter = Some(adapter);
                HostAdapter(u64::from(slot.generation) << 32 | u64::from(index))
            }
            // `index` was pushed above, or was freed and never leaves the table.
            None => HostAdapter(0),
        }
    }

    /// Takes the extension's name for an adapter: one that names another adapter is refused (R03).
    pub(crate) fn name(&mut self, handle: HostAdapter, name: ExtensionAdapter) -> Result<(), Win32Error> {
        if !self.names.insert(name) {
            return self.refuse(handle, Rule::R03, "init_adapter", Win32Error::INVALID_HANDLE);
        }
        if let Some(adapter) = self.adapter_mut(handle) {
            adapter.extension = Some(name);
        }
        Ok(())
    }

    /// Forgets what an extension that is gone has said of an adapter. What users have left with it stays.
    pub(crate) fn renew(&mut self, handle: HostAdapter) {
        let Some(adapter) = self.adapter_mut(handle) else {
            return;
        };
        let fresh = Adapter {
            dropped: adapter.dropped,
            user_data: core::mem::take(&mut adapter.user_data),
            agent: adapter.agent.take(),
            ..Adapter::new(adapter.info.clone())
        };
        if let Some(name) = core::mem::replace(adapter, fresh).extension {
            self.names.remove(&name);
        }
    }

    pub(crate) fn remove(&mut self, handle: HostAdapter) {
        let Some(slot) = self.slot(handle).and_then(|index| self.slots.get_mut(index as usize)) else {
            return;
        };
        if let Some(name) = slot.adapter.take().and_then(|adapter| adapter.extension) {
            self.names.remove(&name);
        }
        self.free.push(handle.0 as u32);
    }

    pub(crate) fn adapters(&self) -> impl Iterator<Item = HostAdapter> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.adapter.is_some())
            .map(|(index, slot)| HostAdapter(u64::from(slot.generation) << 32 | index as u64))
    }

    fn slot(&self, handle: HostAdapter) -> Option<u32> {
        let index = handle.0 as u32;
        let slot = self.slots.get(index as usize)?;
        (u64::from(slot.generation) == handle.0 >> 32).then_some(index)
    }

    pub(crate) fn adapter(&self, handle: HostAdapter) -> Option<&Adapter> {
        self.slots.get(self.slot(handle)? as usize)?.adapter.as_deref()
    }

    pub(crate) fn adapter_mut(&mut self, handle: HostAdapter) -> Option<&mut Adapter> {
        let index = self.slot(handle)?;
        self.slots.get_mut(index as usize)?.adapter.as_deref_mut()
    }

    /// Whether this handle named an adapter once that has left since.
    fn has_left(&self, handle: HostAdapter) -> bool {
        self.adapter(handle).is_none()
            && self.slots.get(handle.0 as u32 as usize).is_some_and(|slot| {
                let generation = handle.0 >> 32;
                generation != 0 && generation <= u64::from(slot.generation)
            })
    }

    pub(crate) fn port_mut(&mut self, adapter: HostAdapter, session: SecuritySession) -> Option<&mut DataPort> {
        self.adapter_mut(adapter)?
            .ports
            .iter_mut()
            .find(|port| port.session == session)
    }

    /// Runs until the matching [`Self::leave`] as `handler`.
    pub(crate) fn enter(&mut self, handler: Handler, adapter: HostAdapter) {
        self.running = Some((handler, adapter));
    }

    pub(crate) fn leave(&mut self) {
        self.running = None;
    }

    fn is_inside(&self, handler: Handler, adapter: HostAdapter) -> bool {
        self.running == Some((handler, adapter))
    }

    pub(crate) fn next_session(&mut self) -> (SecuritySession, u32) {
        let id = self.next_session;
        self.next_session = self.next_session.wrapping_add(1);
        (SecuritySession(u64::from(id)), id)
    }

    pub(crate) fn next_connect_session(&mut self) -> ConnectSession {
        let session = ConnectSession(self.next_connect);
        self.next_connect += 1;
        session
    }

    pub(crate) fn command(&mut self, adapter: HostAdapter, command: Command) {
        self.commands.push_back((adapter, command));
    }

    /// Records what happened; `kind` is not even made for a host that nobody watches.
    pub(crate) fn event(
        &mut self,
        adapter: HostAdapter,
        peer: Option<MacAddress>,
        session_id: Option<u32>,
        kind: impl FnOnce() -> Kind,
    ) {
        if self.config.events {
            self.events.push_back(Event {
                time: self.now,
                adapter,
                peer,
                session_id,
                kind: kind(),
            });
        }
    }

    /// Records that the extension broke `rule` with `call`.
    pub(crate) fn broken(&mut self, adapter: HostAdapter, rule: Rule, call: &'static str, error: Win32Error) {
        self.event(adapter, None, None, || Kind::RuleBroken {
            rule: Text(rule),
            call,
            error: Code(error),
        });
    }

    fn refuse<T>(
        &mut self,
        adapter: HostAdapter,
        rule: Rule,
        call: &'static str,
        error: Win32Error,
    ) -> Result<T, Win32Error> {
        self.broken(adapter, rule, call, error);
        Err(error)
    }

    /// Takes back what the extension did not free although the adapter is gone (R05).
    pub(crate) fn reclaim_buffers(&mut self, adapter: HostAdapter) {
        let leaked = self
            .adapter_mut(adapter)
            .map(|adapter| core::mem::take(&mut adapter.buffers))
            .unwrap_or_default();
        if leaked.is_empty() {
            return;
        }
        for id in leaked {
            if let Some((octets, _)) = self.buffers.remove(&id) {
                self.buffered -= octets;
            }
        }
        self.broken(adapter, Rule::R05, "deinit_adapter", Win32Error::INVALID_STATE);
    }

    /// Ends the attempt to connect, whatever it has come to.
    pub(crate) fn end_attempt(&mut self, handle: HostAdapter, outcome: Outcome) {
        let Some(attempt) = self.adapter_mut(handle).and_then(|adapter| adapter.attempt.take()) else {
            return;
        };
        let peer = attempt.peer();
        // What came before the word of the association waited for it: there will be none.
        if let Some(adapter) = self.adapter_mut(handle) {
            adapter.backlog.retain(|packet| Some(packet.peer) != peer);
        }
        self.event(handle, peer, None, || match attempt.current {
            Some(_) => Kind::RoamFailed { outcome },
            None => Kind::Outcome(outcome),
        });
    }

    /// Closes a port that was open. The operation goes on or not; data does not.
    pub(crate) fn deauthorize(&mut self, handle: HostAdapter, session: SecuritySession) {
        let Some(port) = self.port_mut(handle, session) else {
            return;
        };
        if !core::mem::replace(&mut port.state.authorized, false) {
            return;
        }
        let (peer, id) = (port.state.peer, port.state.session_id);
        self.command(
            handle,
            Command::AuthorizePort {
                peer,
                authorized: false,
            },
        );
        self.event(handle, Some(peer), Some(id), || Kind::PortDeauthorized {});
    }

    pub(crate) fn disassociate(&mut self, handle: HostAdapter, peer: MacAddress, reason: ReasonCode) {
        self.command(handle, Command::Disassociate { peer, reason });
    }
}
