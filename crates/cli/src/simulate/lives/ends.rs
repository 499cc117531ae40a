//! How lives end: in order, in failure, or by a fault; and what all of them came to.

use super::{LIFETIME, Lives, PATIENCE, Stage, TRIES, network_index};
use crate::simulate::fault::Fault;
use crate::simulate::report::{Percentiles, Summary};
use host::event::{Event, Kind};
use host::outcome::Outcome;
use ihv::Extension;
use std::collections::BTreeMap;

impl<E: Extension> Lives<E> {
    pub(super) fn leave(&mut self, index: usize, out: &mut Vec<(Event, String)>) {
        let now = self.now();
        let Some(life) = self.lives.get_mut(index) else { return };
        life.stage = Stage::Leaving;
        let (adapter, station, peer) = (life.adapter, life.station, life.peer);
        let traffic = station
            .map(|station| self.world.simulation.traffic(station))
            .unwrap_or_default();
        let kind = Kind::Traffic {
            sent: traffic.sent,
            received: traffic.received,
            received_group: traffic.received_group,
            blocked: traffic.blocked,
            rejected: traffic.rejected,
        };
        out.push((
            Event {
                time: now,
                adapter,
                peer,
                session_id: None,
                kind,
            },
            format!("sim{index}"),
        ));
        self.world.host.disconnect(now, adapter);
        self.world.settle();
        self.world.host.remove_adapter(now, adapter);
        self.observe(out);
        self.end(index);
    }

    pub(super) fn fail(&mut self, index: usize, outcome: Outcome) {
        let now = self.now();
        self.clear_timer(index);
        let Some(life) = self.lives.get_mut(index) else { return };
        let again = self.bad_medium
            && self.fault.is_none()
            && life.tries < TRIES
            && now.saturating_sub(life.born) < LIFETIME
            && !matches!(outcome, Outcome::AdapterGone);
        if again {
            life.stage = Stage::Joining;
            self.set_timer(index, now + PATIENCE);
            return;
        }
        life.failure = Some(outcome);
        let adapter = life.adapter;
        life.stage = Stage::Leaving;
        self.world.host.remove_adapter(now, adapter);
        self.end(index);
    }

    pub(super) fn end(&mut self, index: usize) {
        self.clear_timer(index);
        if let Some(life) = self.lives.get_mut(index)
            && life.stage != Stage::Ended
        {
            life.stage = Stage::Ended;
            self.ended += 1;
        }
    }

    pub(super) fn strike(&mut self, index: usize, due: impl Fn(Fault) -> bool) {
        let now = self.now();
        let Some(fault) = self.fault.filter(|fault| due(*fault)) else {
            return;
        };
        let (Some(life), Some(network)) = (self.lives.get(index), self.networks.get(network_index(index))) else {
            return;
        };
        match fault {
            Fault::DeauthenticateEarly | Fault::DeauthenticateLate => {
                self.world
                    .simulation
                    .deauthenticate(network.access_point, life.address, fault.reason());
            }
            Fault::Unplug => {
                if let Some(station) = life.station {
                    self.world.simulation.unplug(station);
                }
            }
            Fault::SilentMessage3 => self.world.simulation.switch_off(network.access_point),
            Fault::Cancel => self.world.host.disconnect(now, life.adapter),
            Fault::WrongFtKey => {
                // Its port has opened just now, so that nothing stands against it.
                let _ = self.world.host.roam(now, life.adapter, network.elsewhere);
            }
            _ => {}
        }
    }

    pub(in crate::simulate) fn summary(&self) -> Summary {
        let mut failed = BTreeMap::new();
        for outcome in self.lives.iter().filter_map(|life| life.failure) {
            *failed.entry(outcome.name()).or_insert(0) += 1;
        }
        let mut from_association = Vec::new();
        let mut from_scan = Vec::new();
        let (mut data_sent, mut data_received) = (0, 0);
        for life in &self.lives {
            let traffic = life
                .station
                .map(|station| self.world.simulation.traffic(station))
                .unwrap_or_default();
            data_sent += traffic.sent;
            data_received += traffic.received;
            if let Some(authorized) = life.authorized {
                from_association.push(authorized.saturating_sub(life.associated));
                from_scan.push(authorized.saturating_sub(life.scanned));
            }
        }
        Summary {
            complete: self.lives.iter().filter(|life| life.failure.is_none()).count() as u64,
            failed,
            association_to_authorized_us: Percentiles::of(&mut from_association),
            scan_to_authorized_us: Percentiles::of(&mut from_scan),
            data_sent,
            data_received,
            seconds: self.started.elapsed().as_secs_f64(),
            events: self.events,
            last_failure: self.lives.iter().rev().find_map(|life| life.failure),
        }
    }

    /// That of the first failure, and of a defect if data did not pass a medium that loses nothing.
    pub(in crate::simulate) fn exit_code(&self) -> u8 {
        if let Some(outcome) = self.lives.iter().find_map(|life| life.failure) {
            return outcome.exit_code();
        }
        let Summary {
            data_sent,
            data_received,
            ..
        } = self.summary();
        u8::from(!self.bad_medium && data_sent != data_received)
    }
}
