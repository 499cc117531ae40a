//! How the keys of a simulated access point change.

use super::{AccessPoint, Frames};
use core::time::Duration;
use frame::MacAddress;
use rand_chacha::ChaCha20Rng;

impl AccessPoint {
    pub(in crate::simulated) fn next_rekey(&self, now: Duration) -> Option<Duration> {
        Some(self.rekeyed.max(now) + self.config.group_rekey?)
    }

    pub(in crate::simulated) fn rekey_due(&mut self, now: Duration, rng: &mut ChaCha20Rng, out: &mut Frames) {
        self.rekeyed = now;
        self.rekey_group(now, rng, out);
    }

    /// Makes a new group key and delivers it. It is used at once: a station that has not confirmed it
    /// yet misses a few frames.
    pub(in crate::simulated) fn rekey_group(&mut self, now: Duration, rng: &mut ChaCha20Rng, out: &mut Frames) {
        if !self.on {
            return;
        }
        self.group.change(rng);
        let keys = self.group.deliverable();
        let stations: Vec<MacAddress> = self
            .clients
            .iter()
            .filter(|(_, client)| client.authorized)
            .map(|(address, _)| *address)
            .collect();
        for station in stations {
            self.with_client(station, out, |client, effects| {
                if let Some(authenticator) = &mut client.authenticator {
                    authenticator.rekey_group(now, &keys, rng, effects);
                }
            });
        }
    }

    pub(in crate::simulated) fn rekey_pairwise(
        &mut self,
        now: Duration,
        station: MacAddress,
        rng: &mut ChaCha20Rng,
        out: &mut Frames,
    ) {
        self.with_client(station, out, |client, effects| {
            if let Some(authenticator) = &mut client.authenticator {
                authenticator.rekey_pairwise(now, rng, effects);
            }
        });
    }
}
