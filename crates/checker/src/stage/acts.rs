//! What happens to an adapter: what people do with it, what it does itself, what comes over the air.

use super::Stage;
use crate::subject::Subject;
use core::cell::RefCell;
use frame::codes::ReasonCode;
use frame::ethertype::EtherType;
use host::NetworkProfile;
use host::adapter::{AdapterEvent, DisassociationCause};
use ihv::{Rule, Win32Error};
use std::rc::Rc;

impl<S: Subject> Stage<'_, S> {
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
        let cause = DisassociationCause::Deauthenticated(ReasonCode(3));
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
        self.event(AdapterEvent::PacketReceived {
            peer,
            ethertype,
            data,
            encrypted: None,
        });
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
}
