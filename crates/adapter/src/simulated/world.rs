//! A host whose adapters live in a simulation: the run loop of both, in simulated time.

use super::{Simulation, StationId};
use core::time::Duration;
use frame::MacAddress;
use host::Host;
use host::event::Event;
use ihv::{AdapterCapabilities, AdapterInfo, Extension, Guid, HostAdapter, Win32Error};
use std::collections::HashMap;

/// Lets time pass for an extension, at most so much of it. Returns how much has passed.
pub type Pace<E> = Box<dyn Fn(&E, Duration) -> Duration>;

/// See the module.
pub struct World<E> {
    /// The host.
    pub host: Host<E>,
    /// The radio world.
    pub simulation: Simulation,
    adapters: HashMap<HostAdapter, StationId>,
    stations: Vec<HostAdapter>,
    pace: Option<Pace<E>>,
}

impl<E: Extension> World<E> {
    /// A world without adapters.
    #[must_use]
    pub fn new(host: Host<E>, simulation: Simulation) -> Self {
        Self {
            host,
            simulation,
            adapters: HashMap::new(),
            stations: Vec::new(),
            pace: None,
        }
    }

    /// A world whose time does not jump: for an extension that has a time of its own.
    #[must_use]
    pub fn with_pace(self, pace: Pace<E>) -> Self {
        Self {
            pace: Some(pace),
            ..self
        }
    }

    /// The time of this world.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.simulation.now()
    }

    /// A simulated adapter arrives.
    ///
    /// # Errors
    /// The extension's refusal to serve it.
    pub fn add_adapter(&mut self, address: MacAddress) -> Result<(HostAdapter, StationId), Win32Error> {
        self.add_adapter_with(address, capabilities())
    }

    /// The same, of an adapter that says that it can do this. It can do the handshakes that it is given, too.
    ///
    /// # Errors
    /// As [`Self::add_adapter`].
    pub fn add_adapter_with(
        &mut self,
        address: MacAddress,
        capabilities: AdapterCapabilities,
    ) -> Result<(HostAdapter, StationId), Win32Error> {
        let mut id = [0; 16];
        if let Some(tail) = id.last_chunk_mut() {
            *tail = address.0;
        }
        let info = AdapterInfo {
            id: Guid(u128::from_be_bytes(id)),
            description: "simulated adapter".into(),
            address,
            capabilities,
        };
        let adapter = self.host.add_adapter(self.now(), info)?;
        let station = self.simulation.add_station(address);
        self.adapters.insert(adapter, station);
        self.stations.push(adapter);
        Ok((adapter, station))
    }

    /// When something happens next, if anything does.
    #[must_use]
    pub fn next_time(&self) -> Option<Duration> {
        let times = [self.simulation.next_time(), self.host.next_timeout()];
        let next = times.into_iter().flatten().min().map(|at| at.max(self.now()));
        // Of an extension with a time of its own one never knows.
        next.or_else(|| self.pace.as_ref().map(|_| self.now() + PATIENCE))
    }

    /// Lets everything happen that happens up to `until`. Events wait in the host.
    pub fn advance(&mut self, until: Duration) {
        self.settle();
        while let Some(at) = self.next_time().filter(|at| *at <= until) {
            self.step_to(at);
        }
        while self.pace.is_some() && self.now() < until {
            let at = self.next_time().map_or(until, |at| at.min(until));
            self.step_to(at);
        }
        self.simulation.advance(until);
    }

    /// Lets the next thing happen. False if nothing is left to happen.
    pub fn step(&mut self) -> bool {
        self.settle();
        let idle = self.pace.as_ref().map(|_| self.now() + PATIENCE);
        let Some(at) = self.next_time().or(idle) else {
            return false;
        };
        self.step_to(at);
        true
    }

    /// Takes the next event of the host.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.host.poll_event()
    }

    /// Runs until `done` says so of an event, or nothing happens any more before `deadline`. Returns the
    /// events, the last one included.
    pub fn run(&mut self, deadline: Duration, mut done: impl FnMut(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            self.settle();
            while let Some(event) = self.poll_event() {
                let last = done(&event);
                events.push(event);
                if last {
                    return events;
                }
            }
            match self.next_time().filter(|at| *at <= deadline) {
                Some(at) => self.step_to(at),
                None => return events,
            }
        }
    }

    /// Goes on to `at`, or to the moment before it when an extension with a time of its own wants to be called.
    fn step_to(&mut self, at: Duration) {
        let span = at.saturating_sub(self.now());
        let at = match &self.pace {
            Some(pace) => self.now() + pace(self.host.extension(), span),
            None => at,
        };
        self.simulation.advance(at);
        self.settle();
        self.host.handle_timeout(at);
        self.settle();
    }

    /// Carries commands down and events up until neither is left.
    pub fn settle(&mut self) {
        loop {
            while let Some((adapter, command)) = self.host.poll_command() {
                if let Some(station) = self.adapters.get(&adapter) {
                    self.simulation.execute(*station, command);
                }
            }
            let Some((station, event)) = self.simulation.poll_event() else {
                return;
            };
            if let Some(adapter) = self.stations.get(station.0) {
                self.host.handle_event(self.simulation.now(), *adapter, event.borrow());
            }
        }
    }
}

/// What an adapter of this world can do, and leaves to its host: no handshakes of its own.
#[must_use]
pub fn capabilities() -> AdapterCapabilities {
    AdapterCapabilities {
        authentication_frames: true,
        action_frames: true,
        management_protection: true,
        beacon_protection: true,
        extended_key_id: true,
        operating_channel: true,
        ..AdapterCapabilities::default()
    }
}

/// How long an extension with a time of its own is waited for where nothing else happens.
const PATIENCE: Duration = Duration::from_secs(1);
