//! Where a life takes place: a host with the extension under test, and a simulated network.

mod acts;
mod hearing;
mod users;

use crate::network::Network;
use crate::probe::Probe;
use crate::record::Record;
use crate::subject::{Fault, Subject};
use crate::watch::Watch;
use adapter::OwnedEvent;
use adapter::simulated::{AccessPointConfig, AccessPointId, Impairments, Simulation, StationId};
use core::time::Duration;
use frame::ethertype::EtherType;
use frame::{MacAddress, StatusCode};
use host::event::Question;
use host::outcome::Outcome;
use host::{Config, Host};
use ihv::{AdapterCapabilities, AdapterInfo, Guid, HostAdapter, Rule};
use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::Rc;

/// So often an extension may want to be called back without any time passing.
const RESTLESS: u32 = 10_000;

/// What becomes of the packets that the extension sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    /// They go out.
    Works,
    /// The adapter can't send them.
    Fails,
    /// The second one is lost on the air, the others arrive.
    LosesTheSecond,
}

/// See the module.
pub(crate) struct Stage<'a, S: Subject> {
    subject: &'a S,
    pub network: &'a Network,
    pub host: Host<Watch<S::Extension>>,
    record: Rc<RefCell<Record>>,
    probe: Rc<RefCell<Option<Probe>>>,
    pub simulation: Simulation,
    pub access_point: AccessPointId,
    pub bssid: MacAddress,
    /// The adapter that things happen to: the last one that arrived.
    pub adapter: HostAdapter,
    adapters: Vec<(HostAdapter, StationId)>,
    pub sending: Sending,
    sent: u32,
    /// Received packets are kept from the host.
    pub holds: bool,
    held: Vec<(HostAdapter, OwnedEvent)>,
    pub outcomes: Vec<Outcome>,
    /// Questions to the user that were not answered yet.
    pub questions: Vec<String>,
    /// What the 802.1X module asks the user.
    pub credentials: VecDeque<(Guid, Question)>,
    /// Rules that the host reports as broken while the checker itself calls it.
    pub refused: Option<Vec<Rule>>,
    restless: u32,
    failed: bool,
}

impl<'a, S: Subject> Stage<'a, S> {
    pub(crate) fn new(subject: &'a mut S, network: &'a Network, life: &'static str) -> Result<Self, Fault> {
        let extension = subject.fresh()?;
        let subject = &*subject;
        let record = Rc::new(RefCell::new(Record::default()));
        for secret in &network.secrets {
            record.borrow_mut().secrets.learn(secret);
        }
        record.borrow_mut().note(format!("· life: {life}"));
        let probe = Rc::default();
        let watch = Watch::new(extension, Rc::clone(&record), Rc::clone(&probe));
        let host = Host::new(watch, Config::default()).map_err(|error| Fault {
            rule: Rule::R01,
            what: error.to_string(),
        })?;
        let mut simulation = Simulation::new(SEED, Impairments::default());
        let config = (network.access_point)();
        let bssid = config.bssid;
        Ok(Self {
            subject,
            network,
            host,
            record,
            probe,
            access_point: simulation.add_access_point(config),
            simulation,
            bssid,
            adapter: HostAdapter(0),
            adapters: Vec::new(),
            sending: Sending::Works,
            sent: 0,
            holds: false,
            held: Vec::new(),
            outcomes: Vec::new(),
            questions: Vec::new(),
            credentials: VecDeque::new(),
            refused: None,
            restless: 0,
            failed: false,
        })
    }

    /// Has the network refuse associations from here on: there is another access point in its place.
    pub(crate) fn refuse_associations(&mut self, status: StatusCode) {
        let config = AccessPointConfig {
            refuse_association: Some(status),
            ..(self.network.access_point)()
        };
        self.simulation = Simulation::new(SEED, Impairments::default());
        self.access_point = self.simulation.add_access_point(config);
    }

    pub(crate) fn record(&self) -> RefMut<'_, Record> {
        self.record.borrow_mut()
    }

    /// Says in the trace what the checker does.
    pub(crate) fn does(&self, what: &str) {
        self.record().note(format!("· {what}"));
    }

    pub(crate) fn now(&self) -> Duration {
        self.simulation.now()
    }

    /// An adapter arrives, and is the one that things happen to from here on. False if the extension does
    /// not want it.
    pub(crate) fn arrive(&mut self) -> bool {
        let number = self.adapters.len() as u8 + 1;
        let address = address(number);
        let info = AdapterInfo {
            id: Guid(number.into()),
            description: "simulated adapter".into(),
            address,
            capabilities: AdapterCapabilities {
                authentication_frames: true,
                action_frames: true,
                management_protection: true,
                ..AdapterCapabilities::default()
            },
        };
        match self.host.add_adapter(self.now(), info) {
            Ok(adapter) => {
                let station = self.simulation.add_station(address);
                self.adapters.push((adapter, station));
                self.adapter = adapter;
                self.settle();
                true
            }
            Err(error) => {
                self.does(&format!("the extension refuses the adapter: {error}"));
                self.settle();
                false
            }
        }
    }

    /// Lets things happen until `done`, or for so long. True if it is done.
    pub(crate) fn run(&mut self, span: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let deadline = self.now() + span;
        loop {
            self.settle();
            if done(self) {
                return true;
            }
            let now = self.now();
            let times = [self.simulation.next_time(), self.host.next_timeout()];
            let next = times.into_iter().flatten().min().map(|at| at.max(now));
            if self.is_lost() || (now >= deadline && next.is_none_or(|at| at > now)) {
                return false;
            }
            let span = next.map_or(deadline, |at| at.min(deadline)) - now;
            let passed = self.subject.wait(self.host.extension().inner(), span);
            self.restless = match passed.is_zero() {
                true => self.restless + 1,
                false => 0,
            };
            let now = now + passed;
            self.simulation.advance(now);
            self.record().now = now;
            self.settle();
            self.host.handle_timeout(now);
        }
    }

    /// Lets enough time pass for whatever is still to come.
    pub(crate) fn rest(&mut self) {
        self.run(self.subject.patience(), |_| false);
    }

    /// Whether nothing more can be asked of the extension.
    fn is_lost(&mut self) -> bool {
        if self.failed {
            return true;
        }
        let restless = (self.restless > RESTLESS).then(|| Fault {
            rule: Rule::R02,
            what: "the extension wants to be called back again and again, and does nothing".into(),
        });
        if let Some(fault) = self.subject.fault(self.host.extension().inner()).or(restless) {
            self.failed = true;
            self.record().broken(fault.rule, fault.what);
        }
        self.failed
    }

    /// The EtherTypes that the extension has registered.
    pub(crate) fn registered(&self) -> Vec<EtherType> {
        let registered = self.record().registrations.get(&self.adapter).cloned();
        registered.unwrap_or_default()
    }

    /// How long the extension may take for what it owes.
    pub(crate) fn patience(&self) -> Duration {
        self.subject.patience()
    }

    /// The address of the adapter that things happen to.
    pub(crate) fn address(&self) -> Option<MacAddress> {
        let index = self.adapters.iter().position(|(handle, _)| *handle == self.adapter)?;
        Some(address(index as u8 + 1))
    }

    pub(crate) fn station(&self, adapter: HostAdapter) -> Option<StationId> {
        let found = self.adapters.iter().find(|(handle, _)| *handle == adapter);
        found.map(|(_, station)| *station)
    }

    /// Carries commands down and events up until neither is left.
    pub(crate) fn settle(&mut self) {
        loop {
            while let Some((adapter, command)) = self.host.poll_command() {
                self.execute(adapter, command);
            }
            while let Some(event) = self.host.poll_event() {
                self.observe(&event);
            }
            let Some((station, event)) = self.simulation.poll_event() else {
                return;
            };
            let adapter = self.adapters.iter().find(|(_, id)| *id == station);
            if let Some((adapter, _)) = adapter.copied() {
                self.report(adapter, event);
            }
        }
    }

    /// Removes all adapters, ends the service, and hands over what was recorded.
    pub(crate) fn end(mut self) -> Record {
        self.does("ends the service");
        self.settle();
        self.is_lost();
        let (now, adapters) = (self.now(), core::mem::take(&mut self.adapters));
        for (adapter, _) in adapters {
            self.host.remove_adapter(now, adapter);
            self.settle();
        }
        self.host.shutdown(now);
        let mut record = core::mem::take(&mut *self.record.borrow_mut());
        let owed = record.packets.values().any(|(sent, completed)| completed < sent);
        if owed && !self.failed {
            record.broken(Rule::R26, "a packet that was sent was never completed");
        }
        if !record.buffers.is_empty() && !self.failed {
            record.broken(
                Rule::R05,
                "memory of the host's is still held when the service has ended",
            );
        }
        record
    }
}

/// All lives are lived in the same world.
const SEED: u64 = 1;

/// The address of an adapter by its number.
const fn address(number: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0x57, number])
}
