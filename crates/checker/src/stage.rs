//! Where a life takes place: a host with the extension under test, and a simulated network.

use crate::network::{EPOCH, Network, PASSWORD, USER};
use crate::probe::Probe;
use crate::record::{Algorithms, KeyStep, Record};
use crate::subject::{Fault, Subject};
use crate::watch::Watch;
use adapter::OwnedEvent;
use adapter::simulated::{AccessPointConfig, AccessPointId, Impairments, Simulation, StationId};
use core::time::Duration;
use frame::codes::ReasonCode;
use frame::ethertype::EtherType;
use frame::{MacAddress, StatusCode};
use host::adapter::{AdapterEvent, Command};
use host::event::{Event, Kind, Question};
use host::outcome::Outcome;
use host::{Config, Host, NetworkProfile};
use ihv::{AdapterCapabilities, AdapterInfo, Guid, HostAdapter, Rule, Win32Error};
use onex::method::Answer;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
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

    /// Goes to the network that authenticates its users. False if the extension is not to know such a one.
    pub(crate) fn enter_enterprise(&mut self) -> bool {
        let Some(enterprise) = &self.network.enterprise else {
            return false;
        };
        self.record().secrets.learn(PASSWORD.as_bytes());
        self.simulation = Simulation::new(SEED, Impairments::default());
        self.access_point = self.simulation.add_access_point((enterprise.access_point)());
        self.bssid = enterprise.bssid();
        let (now, rng) = (self.now(), ChaCha20Rng::seed_from_u64(SEED));
        self.host.lend_onex(now, EPOCH, rng);
        true
    }

    /// Connects to that network.
    pub(crate) fn connect_user(&mut self) {
        if let Some(enterprise) = &self.network.enterprise {
            self.connect_with(enterprise.profile.clone());
        }
    }

    /// Answers what the user was asked first. False if there is nothing to answer.
    pub(crate) fn answer_question(&mut self) -> bool {
        let Some((request, question)) = self.credentials.pop_front() else {
            return false;
        };
        self.does("the user answers");
        self.answer(
            request,
            match question {
                Question::Identity { .. } => Answer::Identity(USER.to_vec()),
                Question::Password { .. } => Answer::Secret(PASSWORD.into()),
                Question::ServerTrust { .. } => Answer::Trust,
                Question::NewPassword { .. } | Question::Token { .. } => Answer::Refused,
            },
        );
        true
    }

    /// Refuses to answer what the user was asked first.
    pub(crate) fn refuse_question(&mut self) {
        if let Some((request, _)) = self.credentials.pop_front() {
            self.answer(request, Answer::Refused);
        }
    }

    fn answer(&mut self, request: Guid, answer: Answer) {
        let (now, adapter) = (self.now(), self.adapter);
        if let Err(error) = self.host.answer(now, adapter, request, answer) {
            self.does(&format!("the answer comes too late: {error}"));
        }
        self.settle();
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

    pub(crate) fn connect(&mut self) {
        self.connect_with(self.network.profile.clone());
    }

    pub(crate) fn connect_with(&mut self, profile: NetworkProfile) {
        self.does("connects");
        let (now, adapter) = (self.now(), self.adapter);
        if let Err(error) = self.host.connect(now, adapter, profile) {
            self.does(&format!("can't: {error}"));
        }
        self.settle();
    }

    /// Connects, and waits until the port is open.
    pub(crate) fn connected(&mut self) -> bool {
        self.connect();
        let ended = self.outcomes.len();
        let adapter = self.adapter;
        self.run(self.subject.patience(), |stage| {
            stage.record().is_open(adapter) || stage.outcomes.len() > ended
        });
        self.record().is_open(adapter)
    }

    /// Connects, and waits until a pre-association operation goes on.
    pub(crate) fn preparing(&mut self) -> bool {
        self.connect();
        let adapter = self.adapter;
        self.run(self.subject.patience(), |stage| {
            let record = stage.record();
            record.preparing(adapter).is_some() || record.current(adapter).is_some()
        })
    }

    /// Connects, and waits until a post-association operation goes on, of which no packet has come.
    pub(crate) fn operating(&mut self) -> bool {
        self.holds = true;
        self.connect();
        let adapter = self.adapter;
        self.run(self.subject.patience(), |stage| {
            stage.record().current(adapter).is_some()
        })
    }

    /// Gives the host what was kept from it.
    pub(crate) fn release(&mut self) {
        self.holds = false;
        for (adapter, event) in core::mem::take(&mut self.held) {
            self.host.handle_event(self.simulation.now(), adapter, event.borrow());
        }
        self.settle();
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

    pub(crate) fn disconnect(&mut self) {
        self.does("disconnects");
        let (now, adapter) = (self.now(), self.adapter);
        self.host.disconnect(now, adapter);
        self.settle();
    }

    /// The adapter resets itself.
    pub(crate) fn reset(&mut self) {
        self.does("the adapter is reset");
        if let Some(station) = self.station(self.adapter) {
            self.simulation.reset(station);
        }
        self.settle();
    }

    /// The adapter is pulled out.
    pub(crate) fn unplug(&mut self) {
        self.does("the adapter is pulled out");
        if let Some(station) = self.station(self.adapter) {
            self.simulation.unplug(station);
        }
        self.settle();
    }

    /// The access point ends the association.
    pub(crate) fn deauthenticate(&mut self) {
        self.does("the access point deauthenticates");
        let cause = host::adapter::DisassociationCause::Deauthenticated(ReasonCode(3));
        let peer = self.bssid;
        self.event(AdapterEvent::Disassociated { peer, cause });
    }

    /// The adapter reports something.
    pub(crate) fn event(&mut self, event: AdapterEvent<'_>) {
        let (now, adapter) = (self.now(), self.adapter);
        self.host.handle_event(now, adapter, event);
        self.settle();
    }

    /// A packet comes that pretends to be the access point's.
    pub(crate) fn inject(&mut self, ethertype: EtherType, data: &[u8]) {
        let peer = self.bssid;
        self.event(AdapterEvent::PacketReceived { peer, ethertype, data });
    }

    /// The EtherTypes that the extension has registered.
    pub(crate) fn registered(&self) -> Vec<EtherType> {
        let registered = self.record().registrations.get(&self.adapter).cloned();
        registered.unwrap_or_default()
    }

    /// Calls the host in the extension's place. Returns what the call returned, and the rules that the host
    /// reported as broken.
    pub(crate) fn probe<T: 'static>(
        &mut self,
        call: impl FnOnce(&mut dyn ihv::Host) -> Result<T, Win32Error> + 'static,
    ) -> (Result<T, Win32Error>, Vec<Rule>) {
        let answer = Rc::new(RefCell::new(None));
        let place = Rc::clone(&answer);
        self.settle();
        self.refused = Some(Vec::new());
        *self.probe.borrow_mut() = Some(Box::new(move |host| *place.borrow_mut() = Some(call(host))));
        let now = self.now();
        self.host.handle_timeout(now);
        self.settle();
        let refused = self.refused.take().unwrap_or_default();
        let answer = answer.borrow_mut().take();
        (answer.unwrap_or(Err(Win32Error::INTERNAL_ERROR)), refused)
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

    /// An event of the simulated adapter's.
    fn report(&mut self, adapter: HostAdapter, event: OwnedEvent) {
        if self.holds && matches!(event, OwnedEvent::PacketReceived { .. }) {
            self.held.push((adapter, event));
            return;
        }
        let begun = self.record().operations.len();
        self.host.handle_event(self.simulation.now(), adapter, event.borrow());
        match event {
            OwnedEvent::AssociationFailed { .. } => {
                let same = self.record().operations.len() == begun;
                self.record()
                    .judge(Rule::R15, same, "an operation begins although there is no association");
            }
            OwnedEvent::Disassociated { .. } => {
                let over = self.record().current(adapter).is_none();
                self.record()
                    .judge(Rule::R20, over, "an operation goes on although its association is over");
            }
            _ => {}
        }
    }

    fn execute(&mut self, adapter: HostAdapter, command: Command) {
        self.judge(adapter, &command);
        if let Command::SendPacket(packet) = &command {
            self.sent += 1;
            if packet.data.get(1..) == Some(&EAPOL_START) {
                self.record().onex.entry(adapter).or_default().starts_sent += 1;
            }
            let lost = match self.sending {
                Sending::Works => None,
                Sending::Fails => Some(false),
                Sending::LosesTheSecond => (self.sent == 2).then_some(true),
            };
            if let Some(sent) = lost {
                let event = AdapterEvent::PacketSent { id: packet.id, sent };
                self.host.handle_event(self.simulation.now(), adapter, event);
                return;
            }
        }
        if let Some(station) = self.station(adapter) {
            self.simulation.execute(station, command);
        }
    }

    /// What a command says about the rules.
    fn judge(&self, adapter: HostAdapter, command: &Command) {
        let mut record = self.record();
        let step = match command {
            Command::Associate(request) => {
                let set = record.algorithms.get(&adapter).copied().unwrap_or_default();
                let requested = Algorithms {
                    auth: Some(request.auth),
                    unicast: set.unicast.map(|_| request.unicast_cipher),
                    multicast: set.multicast.map(|_| request.multicast_cipher),
                };
                record.judge(
                    Rule::R13,
                    set == requested,
                    "the adapter associates with other algorithms than were set",
                );
                record.requested.insert(adapter, requested);
                return;
            }
            Command::AuthorizePort { authorized: true, .. } => {
                let open = record.is_open(adapter);
                return record.judge(Rule::R18, open, "the port opens without a success");
            }
            Command::SetKeyMappingKey(key) => KeyStep::Pairwise {
                key_id: key.key_id,
                installs: key.key.is_some(),
            },
            Command::SetDefaultKey(key) => KeyStep::Group {
                key_id: key.index,
                installs: key.key.is_some(),
            },
            Command::SetDefaultKeyId(index) => KeyStep::Transmit(*index),
            _ => return,
        };
        let expected = record.keys.pop_front();
        record.judge(
            Rule::R28,
            expected == Some((adapter, step)),
            "keys reach the adapter in another order than they were set",
        );
    }

    fn observe(&mut self, event: &Event) {
        self.record().show("an event", format!("{:?}", event.kind).as_bytes());
        match &event.kind {
            Kind::RuleBroken { rule, call, error } => match &mut self.refused {
                Some(refused) => refused.push(rule.0),
                None => self.record().broken(rule.0, format!("{call}: {}", error.0)),
            },
            Kind::Outcome(outcome) | Kind::RoamFailed { outcome } => {
                self.record().note(format!("· outcome: {}", outcome.name()));
                self.outcomes.push(*outcome);
            }
            Kind::CredentialsRequested { request, question } => {
                self.credentials.push_back((request.0, question.clone()));
            }
            Kind::UiRequested { request } => self.questions.push(request.clone()),
            _ => {}
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

/// An EAPOL-Start, behind its version (IEEE 802.1X-2020, 11.3): packet type 1, without a body.
const EAPOL_START: [u8; 3] = [1, 0, 0];

/// All lives are lived in the same world.
const SEED: u64 = 1;

/// The address of an adapter by its number.
const fn address(number: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0x57, number])
}
