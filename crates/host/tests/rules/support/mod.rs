//! A host between a scripted extension and a scripted adapter.
//!
//! Beside the adapter under test every [`Lab`] holds a bystander: another adapter, associated with the same
//! access point, whose port is open. Whatever a test does to the host, the bystander must not notice.

pub(crate) mod air;
pub(crate) mod calls;
pub(crate) mod extension;

pub(crate) use calls::{Call, OneXCall};
pub(crate) use extension::{Scripted, refused};

use core::time::Duration;
use frame::MacAddress;
use frame::eapol_key::MessageName;
use frame::ethertype::EtherType;
use ihv::{
    AdapterCapabilities, AdapterInfo, BssEntry, ConnectSession, Direction, Guid, HostAdapter, PortState, Reason, Rule,
    SecuritySession, SendCompletion, Win32Error,
};
use portcullis_host::adapter::{AdapterEvent, Command, PacketId};
use portcullis_host::event::{Event, Kind, Text};
use portcullis_host::outcome::Outcome;
use portcullis_host::{Config, Host, NetworkProfile, OneXProfile};
use std::cell::Cell;
use std::rc::Rc;

pub(crate) const NOW: Duration = Duration::from_secs(1);

pub(crate) struct Lab {
    pub host: Host<Scripted>,
    pub extension: Scripted,
    /// The adapter under test.
    pub adapter: HostAdapter,
    pub bystander: HostAdapter,
    /// What the profiles of connections say about 802.1X.
    pub onex: Option<OneXProfile>,
    adapters: u8,
    /// Of the adapters that arrive from now on.
    capabilities: AdapterCapabilities,
}

impl Lab {
    /// A bystander with an open port, and an adapter that has just arrived.
    pub(crate) fn new() -> Self {
        let extension = Scripted::default();
        let mut lab = Self {
            host: Host::new(extension.clone(), Config::default()).unwrap(),
            extension,
            adapter: HostAdapter(0),
            bystander: HostAdapter(0),
            onex: None,
            adapters: 0,
            capabilities: AdapterCapabilities::default(),
        };
        let bystander = lab.arrive();
        lab.adapter = bystander;
        lab.authorized();
        lab.adapter = lab.arrive();
        lab.forget();
        lab.bystander = bystander;
        lab
    }

    /// A host with an adapter that can do this.
    pub(crate) fn with_capabilities(capabilities: AdapterCapabilities) -> Self {
        let mut lab = Self::new();
        lab.capabilities = capabilities;
        lab.adapter = lab.arrive();
        lab.forget();
        lab
    }

    pub(crate) fn arrive(&mut self) -> HostAdapter {
        self.try_arrive().unwrap()
    }

    pub(crate) fn try_arrive(&mut self) -> Result<HostAdapter, Win32Error> {
        self.adapters = self.adapters.wrapping_add(1);
        let info = AdapterInfo {
            id: Guid(self.adapters.into()),
            description: "scripted".into(),
            address: MacAddress([2, 0, 0, 0, 1, self.adapters]),
            capabilities: self.capabilities.clone(),
        };
        self.host.add_adapter(NOW, info)
    }

    pub(crate) fn event(&mut self, event: AdapterEvent<'_>) {
        self.host.handle_event(NOW, self.adapter, event);
    }

    /// A packet from the access point.
    pub(crate) fn receive(&mut self, data: &[u8]) {
        self.event(AdapterEvent::PacketReceived {
            peer: air::AP,
            ethertype: EtherType::EAPOL,
            data,
            encrypted: None,
        });
    }

    /// Has the extension call the host from a time-out.
    pub(crate) fn inside<R: 'static>(&mut self, errand: impl FnOnce(&mut dyn ihv::Host) -> R + 'static) -> R {
        let result = Rc::new(Cell::new(None));
        let place = Rc::clone(&result);
        self.extension.errand(move |host| place.set(Some(errand(host))));
        self.host.handle_timeout(NOW);
        result.take().unwrap()
    }

    /// Up to a pre-association operation in progress.
    pub(crate) fn pre_associating(&mut self) -> ConnectSession {
        self.pre_associating_among(&[air::bss(air::AP)])
    }

    fn pre_associating_among(&mut self, seen: &[BssEntry]) -> ConnectSession {
        let profile = NetworkProfile {
            onex: self.onex.clone(),
            ..air::profile()
        };
        self.host.connect(NOW, self.adapter, profile).unwrap();
        self.event(AdapterEvent::ScanCompleted(seen));
        let session = self.extension.calls().into_iter().find_map(|call| match call {
            Call::PreAssociate(_, session) => Some(session),
            _ => None,
        });
        session.unwrap()
    }

    /// Up to an association in progress.
    pub(crate) fn associating(&mut self) -> ConnectSession {
        self.associating_among(&[air::bss(air::AP)])
    }

    /// The same, where these access points were seen.
    pub(crate) fn associating_among(&mut self, seen: &[BssEntry]) -> ConnectSession {
        let (adapter, session) = (self.adapter, self.pre_associating_among(seen));
        self.inside(move |host| host.pre_associate_completion(adapter, session, Reason::SUCCESS, Win32Error::SUCCESS))
            .unwrap();
        session
    }

    /// Up to a post-association operation in progress.
    pub(crate) fn associated(&mut self) -> SecuritySession {
        self.associating();
        self.event(air::associated(air::AP));
        self.operation().unwrap()
    }

    /// The operation that the extension's latest calls began.
    pub(crate) fn operation(&mut self) -> Option<SecuritySession> {
        self.extension.calls().into_iter().find_map(|call| match call {
            Call::PostAssociate(_, session, ..) => Some(session),
            _ => None,
        })
    }

    /// Up to an association in which everything is done but the completion.
    pub(crate) fn protected(&mut self) -> SecuritySession {
        let session = self.associated();
        for name in [MessageName::FourWay1, MessageName::FourWay3] {
            self.receive(&air::message(name));
            self.send(if name == MessageName::FourWay1 {
                MessageName::FourWay2
            } else {
                MessageName::FourWay4
            })
            .unwrap();
        }
        let adapter = self.adapter;
        self.inside(move |host| {
            host.set_key_mapping_key(adapter, air::pairwise(Some(&air::TK)))?;
            host.set_default_key(adapter, air::group(1, Some(&air::GTK)), Direction::Inbound)?;
            host.set_exclude_unencrypted(adapter, true)
        })
        .unwrap();
        session
    }

    /// Up to an open port.
    pub(crate) fn authorized(&mut self) -> SecuritySession {
        let session = self.protected();
        self.succeed(session).unwrap();
        assert!(self.port().unwrap().authorized);
        session
    }

    pub(crate) fn send(&mut self, name: MessageName) -> Result<(), Win32Error> {
        let adapter = self.adapter;
        self.inside(move |host| host.send_packet(adapter, air::eapol(&air::message(name)), SendCompletion(7)))
    }

    /// The extension completes the operation with success.
    pub(crate) fn succeed(&mut self, session: SecuritySession) -> Result<(), Win32Error> {
        self.complete(session, Reason::SUCCESS, Win32Error::SUCCESS)
    }

    /// The extension completes the operation with a failure.
    pub(crate) fn fail(&mut self, session: SecuritySession) -> Result<(), Win32Error> {
        self.complete(session, Reason::UNKNOWN, Win32Error::TIMEOUT)
    }

    pub(crate) fn complete(
        &mut self,
        session: SecuritySession,
        reason: Reason,
        error: Win32Error,
    ) -> Result<(), Win32Error> {
        let adapter = self.adapter;
        self.inside(move |host| host.post_associate_completion(adapter, session, air::AP, reason, error))
    }

    pub(crate) fn port(&self) -> Option<PortState> {
        self.host.port(self.adapter, air::AP)
    }

    /// The commands since this was last asked. None of them is for the bystander.
    pub(crate) fn commands(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some((adapter, command)) = self.host.poll_command() {
            assert_ne!(adapter, self.bystander, "{command:?}");
            commands.push(command);
        }
        commands
    }

    /// The events since this was last asked. None of them is about the bystander.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.host.poll_event() {
            assert_ne!(event.adapter, self.bystander, "{event:?}");
            events.push(event);
        }
        events
    }

    pub(crate) fn kinds(&mut self) -> Vec<Kind> {
        self.events().into_iter().map(|event| event.kind).collect()
    }

    /// The rules that were broken since events were last asked for.
    pub(crate) fn broken(&mut self) -> Vec<Rule> {
        let broken = |kind| match kind {
            Kind::RuleBroken { rule: Text(rule), .. } => Some(rule),
            _ => None,
        };
        self.kinds().into_iter().filter_map(broken).collect()
    }

    pub(crate) fn outcomes(&mut self) -> Vec<Outcome> {
        let outcome = |kind| match kind {
            Kind::Outcome(outcome) => Some(outcome),
            _ => None,
        };
        self.kinds().into_iter().filter_map(outcome).collect()
    }

    /// Lets go of all that has happened so far.
    pub(crate) fn forget(&mut self) {
        self.commands();
        self.events();
        self.extension.calls();
    }
}

/// No test may have harmed the bystander.
impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() || self.bystander == HostAdapter(0) {
            return;
        }
        self.commands();
        self.events();
        let port = self.host.port(self.bystander, air::AP);
        assert!(port.is_some_and(|port| port.authorized), "{port:?}");
    }
}

/// The numbers of the packets among these commands.
pub(crate) fn packets(commands: &[Command]) -> Vec<PacketId> {
    let id = |command: &Command| match command {
        Command::SendPacket(packet) => Some(packet.id),
        _ => None,
    };
    commands.iter().filter_map(id).collect()
}

/// The states of the port that these commands ask for, in their order.
pub(crate) fn gates(commands: &[Command]) -> Vec<bool> {
    let gate = |command: &Command| match command {
        Command::AuthorizePort { authorized, .. } => Some(*authorized),
        _ => None,
    };
    commands.iter().filter_map(gate).collect()
}
