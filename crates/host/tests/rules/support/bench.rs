//! A host, its scripted extension, and adapters that say what a test tells them to say.

use super::extension::{Call, On, Scripted, Seat};
use super::frames::{MESSAGE_1, MESSAGE_3, PEER, SSID, eapol, network};
use core::time::Duration;
use frame::MacAddress;
use frame::codes::ReasonCode;
use frame::ethertype::EtherType;
use ihv::{AdapterInfo, ConnectivityProfile, Guid, HostAdapter, PortState, Rule, SecurityProfile, Win32Error};
use portcullis_host::adapter::{AdapterEvent, Association, Command, DisassociationCause, PacketId};
use portcullis_host::event::{Event, Kind};
use portcullis_host::outcome::Outcome;
use portcullis_host::{Config, Host, NetworkProfile};

/// The host under test, and beside the adapters of a test one more, with an open port: whatever happens,
/// it stays as it is. That is checked when the bench is dropped, and that every script was run.
pub(crate) struct Bench {
    pub(crate) host: Host<Scripted>,
    pub(crate) extension: Scripted,
    now: Duration,
    commands: Vec<(HostAdapter, Command)>,
    events: Vec<Event>,
    bystander: Option<HostAdapter>,
}

pub(crate) fn profile() -> NetworkProfile {
    NetworkProfile {
        ssid: SSID.to_vec(),
        bssid: None,
        connectivity: ConnectivityProfile::default(),
        security: SecurityProfile::default(),
    }
}

impl Bench {
    /// A host with a bystander.
    pub(crate) fn new() -> Self {
        let mut bench = Self::alone();
        let bystander = bench.add();
        bench.open(bystander);
        bench.take_commands();
        bench.events.clear();
        bench.extension.calls();
        bench.bystander = Some(bystander);
        bench
    }

    /// A host without a bystander: one that a test may shut down.
    pub(crate) fn alone() -> Self {
        let extension = Scripted::default();
        Self {
            host: Host::new(extension.clone(), Config::default()).unwrap(),
            extension,
            now: Duration::from_secs(100),
            commands: Vec::new(),
            events: Vec::new(),
            bystander: None,
        }
    }

    pub(crate) fn add(&mut self) -> HostAdapter {
        self.try_add().unwrap()
    }

    pub(crate) fn try_add(&mut self) -> Result<HostAdapter, Win32Error> {
        let info = AdapterInfo {
            id: Guid(0x1234),
            description: "a script".into(),
            address: MacAddress([2, 0, 0, 0, 1, 0]),
        };
        let added = self.host.add_adapter(self.now, info);
        self.gather();
        added
    }

    /// An adapter whose pre-association operation has begun.
    pub(crate) fn pre_associating(&mut self) -> HostAdapter {
        let adapter = self.add();
        self.begin(adapter);
        adapter
    }

    /// An adapter that associates with [`PEER`].
    pub(crate) fn associating(&mut self) -> HostAdapter {
        let adapter = self.add();
        self.connect(adapter);
        adapter
    }

    /// An adapter whose post-association operation has begun.
    pub(crate) fn associated(&mut self) -> HostAdapter {
        let adapter = self.associating();
        self.associate(adapter);
        adapter
    }

    /// An adapter with an open port.
    pub(crate) fn opened(&mut self) -> HostAdapter {
        let adapter = self.add();
        self.open(adapter);
        adapter
    }

    /// To the beginning of the pre-association operation.
    pub(crate) fn begin(&mut self, adapter: HostAdapter) {
        self.host.connect(self.now, adapter, profile()).unwrap();
        self.tell(adapter, AdapterEvent::ScanCompleted(&[network(PEER, SSID)]));
    }

    /// To the request to associate.
    pub(crate) fn connect(&mut self, adapter: HostAdapter) {
        self.begin(adapter);
        self.act(adapter, |host, seat| seat.complete_pre(host, Win32Error::SUCCESS));
    }

    pub(crate) fn associate(&mut self, adapter: HostAdapter) {
        self.tell(adapter, AdapterEvent::Associated(Self::association(PEER)));
    }

    pub(crate) fn open(&mut self, adapter: HostAdapter) {
        self.connect(adapter);
        self.associate(adapter);
        self.receive(adapter, &eapol(MESSAGE_1));
        self.receive(adapter, &eapol(MESSAGE_3));
        assert!(self.is_authorized(adapter));
        self.report_sent(adapter);
    }

    pub(crate) const fn association(peer: MacAddress) -> Association<'static> {
        Association {
            peer,
            reassociation: false,
            request: b"request",
            response: b"response",
            beacon: b"",
            authorized: false,
        }
    }

    pub(crate) fn tell(&mut self, adapter: HostAdapter, event: AdapterEvent<'_>) {
        self.host.handle_event(self.now, adapter, event);
        self.gather();
    }

    pub(crate) fn receive(&mut self, adapter: HostAdapter, data: &[u8]) {
        self.receive_from(adapter, PEER, EtherType::EAPOL, data);
    }

    pub(crate) fn receive_from(&mut self, adapter: HostAdapter, peer: MacAddress, ethertype: EtherType, data: &[u8]) {
        self.tell(adapter, AdapterEvent::PacketReceived { peer, ethertype, data });
    }

    pub(crate) fn deauthenticate(&mut self, adapter: HostAdapter) {
        let cause = DisassociationCause::Deauthenticated(ReasonCode(3));
        self.tell(adapter, AdapterEvent::Disassociated { peer: PEER, cause });
    }

    /// Reports every packet as sent that the adapter was asked to send.
    pub(crate) fn report_sent(&mut self, adapter: HostAdapter) {
        for id in self.packets(adapter) {
            self.tell(adapter, AdapterEvent::PacketSent { id, sent: true });
        }
    }

    /// The extension does this of itself, from inside no handler that the rules care about.
    pub(crate) fn act(
        &mut self,
        adapter: HostAdapter,
        script: impl FnOnce(&mut dyn ihv::Host, &Seat) -> Result<(), Win32Error> + 'static,
    ) {
        self.extension.on(On::Timeout, adapter, script);
        self.extension.wants_timeout(adapter);
        self.host.handle_timeout(self.now);
        self.gather();
    }

    pub(crate) fn resume(&mut self, adapter: HostAdapter) {
        self.host.resume(self.now, adapter);
        self.gather();
    }

    pub(crate) fn disconnect(&mut self, adapter: HostAdapter) {
        self.host.disconnect(self.now, adapter);
        self.gather();
    }

    pub(crate) const fn now(&self) -> Duration {
        self.now
    }

    pub(crate) fn gather(&mut self) {
        while let Some(command) = self.host.poll_command() {
            self.commands.push(command);
        }
        while let Some(event) = self.host.poll_event() {
            self.events.push(event);
        }
    }

    pub(crate) fn port(&self, adapter: HostAdapter) -> Option<PortState> {
        self.host.port(adapter, PEER)
    }

    pub(crate) fn is_authorized(&self, adapter: HostAdapter) -> bool {
        self.port(adapter).is_some_and(|port| port.authorized)
    }

    /// The commands that an adapter has had, shown as text; from now on only later ones.
    pub(crate) fn commands(&mut self, adapter: HostAdapter) -> Vec<String> {
        let commands = self.take_commands();
        let own = commands.iter().filter(|(to, _)| *to == adapter);
        own.map(|(_, command)| format!("{command:?}")).collect()
    }

    pub(crate) fn take_commands(&mut self) -> Vec<(HostAdapter, Command)> {
        let stray = self.commands.iter().find(|(to, _)| Some(*to) == self.bystander);
        assert!(stray.is_none(), "the other adapter is left alone: {stray:?}");
        core::mem::take(&mut self.commands)
    }

    /// Ends the service; returns what the extension was called with.
    pub(crate) fn shutdown(mut self) -> Vec<Call> {
        assert_eq!(self.bystander, None, "the bystander is to stay");
        let other = Host::new(Scripted::default(), Config::default()).unwrap();
        core::mem::replace(&mut self.host, other).shutdown(self.now);
        self.calls()
    }

    /// The packets that an adapter was asked to send, since its commands were taken.
    pub(crate) fn packets(&self, adapter: HostAdapter) -> Vec<PacketId> {
        let own = self.commands.iter().filter(|(to, _)| *to == adapter);
        own.filter_map(|(_, command)| match command {
            Command::SendPacket(packet) => Some(packet.id),
            _ => None,
        })
        .collect()
    }

    pub(crate) fn events(&self, adapter: HostAdapter) -> impl Iterator<Item = &Kind> {
        let own = self.events.iter().filter(move |event| event.adapter == adapter);
        own.map(|event| &event.kind)
    }

    pub(crate) fn all_events(&self) -> &[Event] {
        &self.events
    }

    pub(crate) fn forget_events(&mut self) {
        assert_eq!(self.broken(), [], "no rule was broken until now");
        self.events.clear();
    }

    /// The rules that were broken, and by which call; from now on only later ones.
    pub(crate) fn broken(&mut self) -> Vec<(Rule, &'static str)> {
        let mut broken = Vec::new();
        self.events.retain(|event| match event.kind {
            Kind::RuleBroken { rule, call, .. } => {
                broken.push((rule.0, call));
                false
            }
            _ => true,
        });
        broken
    }

    pub(crate) fn outcomes(&self, adapter: HostAdapter) -> Vec<Outcome> {
        let outcomes = self.events(adapter).filter_map(|kind| match kind {
            Kind::Outcome(outcome) => Some(*outcome),
            _ => None,
        });
        outcomes.collect()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.extension.calls()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.gather();
        assert_eq!(self.extension.unused_scripts(), [], "every script was run");
        assert_eq!(self.broken(), [], "every broken rule was expected");
        if let Some(bystander) = self.bystander {
            assert!(self.is_authorized(bystander), "the other port stays open");
            assert_eq!(self.events(bystander).count(), 0, "nothing happened to the other port");
            self.take_commands();
        }
    }
}
