//! What host and network say to each other, and what it tells of the rules.

use super::{Sending, Stage};
use crate::record::{Algorithms, KeyStep};
use crate::subject::Subject;
use adapter::OwnedEvent;
use host::adapter::{AdapterEvent, Command};
use host::event::{Event, Kind};
use ihv::{HostAdapter, Rule};

/// An EAPOL-Start, behind its version (IEEE 802.1X-2020, 11.3): packet type 1, without a body.
const EAPOL_START: [u8; 3] = [1, 0, 0];

impl<S: Subject> Stage<'_, S> {
    /// An event of the simulated adapter's.
    pub(super) fn report(&mut self, adapter: HostAdapter, event: OwnedEvent) {
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

    pub(super) fn execute(&mut self, adapter: HostAdapter, command: Command) {
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

    pub(super) fn observe(&mut self, event: &Event) {
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
}
