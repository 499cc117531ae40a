//! Looking for networks: first what the kernel still remembers, then the channels where it last heard the
//! network, then all.

use super::scan::{self, Seen};
use super::socket::Acknowledgement;
use super::station::Stage;
use super::{EBUSY, Nl80211Adapter};
use crate::OwnedEvent;
use std::io;
use std::time::Duration;
use tokio::time::Instant;
use wl_nl80211::Nl80211Message;

/// How far a search is.
#[derive(Default)]
pub(super) enum Search {
    #[default]
    Idle,
    /// The kernel lists what it remembers, in answer to the request of this number.
    Listing {
        request: u32,
        found: Vec<Seen>,
        scope: Scope,
    },
    /// A scan is to begin.
    Due { ssid: Vec<u8>, channels: Vec<u16> },
    /// The driver scans, for this adapter or for another one on the same radio.
    Running { deadline: Instant, scope: Scope },
    /// The driver has finished.
    Finished(Scope),
}

/// Where was looked.
pub(super) enum Scope {
    /// Nowhere yet.
    Memory { ssid: Vec<u8> },
    /// On some channels, since then.
    Some { ssid: Vec<u8>, began: Instant },
    /// On all channels.
    All,
}

/// How long a scan may take before what is known is reported. All channels of three bands, passively,
/// take about 10 s.
const LIMIT: Duration = Duration::from_secs(15);

/// How old a network may be to be taken from memory.
const FRESH: Duration = Duration::from_secs(10);

impl Search {
    /// When the driver has taken too long.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Running { deadline, .. } => Some(*deadline),
            _ => None,
        }
    }

    /// The driver has finished, or is given up.
    pub(super) fn finish(&mut self) {
        if let Self::Running { .. } = self
            && let Self::Running { scope, .. } = core::mem::take(self)
        {
            *self = Self::Finished(scope);
        }
    }

    /// A part of the answer to the request of this number.
    pub(super) fn add(&mut self, number: u32, part: &Nl80211Message) {
        if let Self::Listing { request, found, .. } = self
            && *request == number
        {
            found.extend(scan::entry(part));
        }
    }
}

impl Nl80211Adapter {
    pub(super) async fn scan(&mut self, ssid: Vec<u8>) {
        self.list(Scope::Memory { ssid }).await;
    }

    /// Does what has become due. Cancel-safe: what is cut off is due again.
    pub(super) async fn search(&mut self) {
        if let Search::Finished(_) = self.search
            && let Search::Finished(scope) = core::mem::take(&mut self.search)
        {
            return self.list(scope).await;
        }
        let Search::Due { ssid, channels } = &self.search else {
            return;
        };
        let began = Instant::now();
        let result = self
            .socket
            .request(scan::trigger(self.interface.index, ssid, channels))
            .await;
        let Search::Due { ssid, channels } = core::mem::take(&mut self.search) else {
            return;
        };
        let scope = match channels.as_slice() {
            [] => Scope::All,
            _ => Scope::Some { ssid, began },
        };
        self.search = match result {
            Err(error) if error.raw_os_error() != Some(EBUSY) => {
                tracing::warn!(%error, "the driver does not scan");
                // What the kernel remembers is better than nothing.
                Search::Finished(Scope::All)
            }
            // Busy is a scan that is running; this search joins it.
            _ => Search::Running {
                deadline: began + LIMIT,
                scope,
            },
        };
    }

    /// The end of the answer to the request of this number.
    pub(super) fn listed(&mut self, number: u32, result: &io::Result<Acknowledgement>) {
        if !matches!(&self.search, Search::Listing { request, .. } if *request == number) {
            return;
        }
        let Search::Listing { found, scope, .. } = core::mem::take(&mut self.search) else {
            return;
        };
        if let Err(error) = result {
            tracing::warn!(%error, "scan results are incomplete");
        }
        match scope {
            Scope::Memory { ssid } => {
                let fresh = |seen: &Seen| seen.age < FRESH;
                if self.trusts_memory && found.iter().any(|seen| fresh(seen) && seen.is_called(&ssid)) {
                    self.report(found.into_iter().filter(fresh));
                } else {
                    // Whoever has an access point looks for another one, wherever that is.
                    let narrow = !matches!(self.station.stage(), Stage::Associated(_));
                    let channels = known_channels(&found, &ssid).filter(|_| narrow).collect();
                    self.search = Search::Due { ssid, channels };
                }
            }
            Scope::Some { ssid, began } => {
                let elapsed = began.elapsed();
                let heard = |seen: &Seen| seen.age <= elapsed;
                if found.iter().any(|seen| heard(seen) && seen.is_called(&ssid)) {
                    self.report(found.into_iter().filter(heard));
                } else {
                    let channels = Vec::new();
                    self.search = Search::Due { ssid, channels };
                }
            }
            Scope::All => self.report(found.into_iter()),
        }
    }

    async fn list(&mut self, scope: Scope) {
        match self.socket.begin_dump(scan::results(self.interface.index)).await {
            Ok(request) => {
                let found = Vec::new();
                self.search = Search::Listing { request, found, scope };
            }
            Err(error) => {
                tracing::warn!(%error, "scan results can't be read");
                self.report(core::iter::empty());
            }
        }
    }

    fn report(&mut self, found: impl Iterator<Item = Seen>) {
        let found = found.map(|seen| seen.network).collect();
        self.events.push_back(OwnedEvent::ScanCompleted(found));
    }
}

/// The channels, by their centres in MHz, where networks of this name were heard, or some that hide theirs.
fn known_channels<'a>(found: &'a [Seen], ssid: &'a [u8]) -> impl Iterator<Item = u16> + 'a {
    let mut channels: Vec<u16> = found
        .iter()
        .filter(|seen| seen.is_called(ssid) || seen.is_hidden())
        .map(|seen| seen.network.frequency)
        .collect();
    channels.sort_unstable();
    channels.dedup();
    channels.into_iter()
}

#[cfg(test)]
mod tests {
    use super::super::captured;
    use super::*;

    #[test]
    fn the_channels_of_a_network_are_those_where_it_was_heard() {
        let found: Vec<Seen> = [captured::SCAN_PART, captured::SCAN_PART]
            .iter()
            .filter_map(|part| scan::entry(&captured::message(part)))
            .collect();
        assert_eq!(known_channels(&found, b"castle").collect::<Vec<_>>(), [2412]);
        assert_eq!(known_channels(&found, b"tower").count(), 0);
    }

    #[test]
    fn a_list_takes_the_parts_of_its_own_request_only() {
        let mut search = Search::Listing {
            request: 6,
            found: Vec::new(),
            scope: Scope::All,
        };
        let part = captured::message(captured::SCAN_PART);
        search.add(5, &part);
        search.add(6, &part);
        assert!(matches!(search, Search::Listing { found, .. } if found.len() == 1));
    }

    #[test]
    fn only_a_scan_that_runs_can_finish() {
        let mut search = Search::Running {
            deadline: Instant::now(),
            scope: Scope::All,
        };
        search.finish();
        assert!(matches!(search, Search::Finished(Scope::All)));
        let mut idle = Search::Idle;
        idle.finish();
        assert!(matches!(idle, Search::Idle));
    }
}
