//! Looking for networks: first what the kernel still remembers, then the channels where it last heard the
//! network, then all.

use super::scan::{self, Seen};
use super::socket::Acknowledgement;
use super::station::Stage;
use super::{EBUSY, ENETDOWN, Nl80211Adapter};
use crate::OwnedEvent;
use host::adapter::Sought;
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
    Due { quarry: Quarry, channels: Vec<u16> },
    /// The driver scans, for this adapter or for another one on the same radio.
    Running { deadline: Instant, scope: Scope },
    /// The driver has finished.
    Finished(Scope),
}

/// What is looked for.
pub(super) struct Quarry {
    /// The name of the network.
    pub(super) ssid: Vec<u8>,
    /// One of its access points, if no other will do.
    pub(super) sought: Option<Sought>,
}

impl Quarry {
    fn is(&self, seen: &Seen) -> bool {
        let wanted = |sought: &Sought| sought.bssid == seen.network.bssid;
        seen.is_called(&self.ssid) && self.sought.as_ref().is_none_or(wanted)
    }
}

/// Where was looked.
pub(super) enum Scope {
    /// Nowhere yet.
    Memory(Quarry),
    /// On some channels, since then.
    Some { quarry: Quarry, began: Instant },
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
    pub(super) async fn scan(&mut self, quarry: Quarry) {
        self.list(Scope::Memory(quarry)).await;
    }

    /// Does what has become due, until only the kernel can go on: nothing else would wake the search. Cancel-safe: what is
    /// cut off is due again.
    pub(super) async fn search(&mut self) {
        while let Search::Due { .. } | Search::Finished(_) = self.search {
            self.go_on().await;
        }
    }

    async fn go_on(&mut self) {
        if let Search::Finished(_) = self.search
            && let Search::Finished(scope) = core::mem::take(&mut self.search)
        {
            return self.list(scope).await;
        }
        let Search::Due { quarry, channels } = &self.search else {
            return;
        };
        let began = Instant::now();
        let request = || scan::trigger(self.interface.index, &quarry.ssid, channels);
        let mut result = self.socket.request(request()).await;
        if matches!(&result, Err(error) if error.raw_os_error() == Some(ENETDOWN)) {
            self.link.bring_up();
            result = self.socket.request(request()).await;
        }
        let Search::Due { quarry, channels } = core::mem::take(&mut self.search) else {
            return;
        };
        let refused = result.err().filter(|error| error.raw_os_error() != Some(EBUSY));
        self.search = match (refused, channels.as_slice()) {
            (Some(error), []) => {
                tracing::warn!(%error, "the driver does not scan");
                // What the kernel remembers is better than nothing.
                Search::Finished(Scope::All)
            }
            (Some(error), _) => {
                tracing::debug!(%error, ?channels, "the driver does not scan these channels");
                let channels = Vec::new();
                Search::Due { quarry, channels }
            }
            // Busy is a scan that is running; this search joins it.
            (None, channels) => Search::Running {
                deadline: began + LIMIT,
                scope: match channels {
                    [] => Scope::All,
                    _ => Scope::Some { quarry, began },
                },
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
            Scope::Memory(quarry) => {
                let fresh = |seen: &Seen| seen.age < FRESH;
                if self.trusts_memory && found.iter().any(|seen| fresh(seen) && quarry.is(seen)) {
                    self.report(found.into_iter().filter(fresh));
                } else {
                    let associated = matches!(self.station.stage(), Stage::Associated(_));
                    let channels = likely_channels(&found, &quarry, associated);
                    self.search = Search::Due { quarry, channels };
                }
            }
            Scope::Some { quarry, began } => {
                let elapsed = began.elapsed();
                let heard = |seen: &Seen| seen.age <= elapsed;
                if found.iter().any(|seen| heard(seen) && quarry.is(seen)) {
                    self.report(found.into_iter().filter(heard));
                } else {
                    let channels = Vec::new();
                    self.search = Search::Due { quarry, channels };
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

/// Where to look first, by the centres of the channels in MHz; nowhere is everywhere.
fn likely_channels(found: &[Seen], quarry: &Quarry, associated: bool) -> Vec<u16> {
    match quarry.sought {
        Some(Sought {
            frequency: Some(frequency),
            ..
        }) => vec![frequency],
        Some(Sought { bssid, .. }) => {
            let known = found.iter().find(|seen| seen.network.bssid == bssid);
            known.map(|seen| seen.network.frequency).into_iter().collect()
        }
        // Whoever has an access point looks for another one, wherever that is.
        None if associated => Vec::new(),
        None => known_channels(found, &quarry.ssid).collect(),
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
    use super::super::{captured, scripted};
    use super::*;
    use frame::MacAddress;
    use host::adapter::Command;
    use wl_nl80211::Nl80211Command;

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
    fn an_access_point_that_is_sought_is_looked_for_where_it_is_said_to_be_or_was_heard() {
        let found: Vec<Seen> = scan::entry(&captured::message(captured::SCAN_PART))
            .into_iter()
            .collect();
        let quarry = |sought| Quarry {
            ssid: b"castle".to_vec(),
            sought,
        };
        let at = |bssid, frequency| quarry(Some(Sought { bssid, frequency }));
        let (heard, other) = (captured::ACCESS_POINT, MacAddress([2, 0, 0, 0, 9, 9]));
        for (quarry, associated, channels, is) in [
            (at(heard, None), true, &[2412][..], true),
            (at(heard, Some(5180)), true, &[5180], true),
            (at(other, Some(5180)), true, &[5180], false),
            (at(other, None), false, &[], false),
            (quarry(None), true, &[], true),
            (quarry(None), false, &[2412], true),
        ] {
            assert_eq!(likely_channels(&found, &quarry, associated), channels);
            assert_eq!(quarry.is(&found[0]), is);
        }
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

    #[tokio::test]
    async fn a_scan_that_the_driver_refuses_comes_to_its_end_though_the_kernel_says_nothing_more() {
        const EINVAL: i32 = 22;
        scripted::in_time(async {
            let (mut kernel, mut adapter) = scripted::by_itself();
            let search = async {
                let sought = Sought {
                    bssid: captured::ACCESS_POINT,
                    frequency: Some(5180),
                };
                let scan = Command::Scan {
                    ssid: b"castle".to_vec(),
                    sought: Some(sought),
                };
                adapter.execute(scan).await;
                adapter.next_event().await
            };
            let answers = async {
                let mut asked = vec![kernel.accept().await.cmd];
                // That one channel; all of them; all of them with the interface up again.
                for error in [EINVAL, ENETDOWN, ENETDOWN] {
                    asked.push(kernel.refuse(error).await.cmd);
                }
                asked.push(kernel.accept().await.cmd);
                asked
            };
            let (event, asked) = tokio::join!(search, answers);
            let (list, trigger) = (Nl80211Command::GetScan, Nl80211Command::TriggerScan);
            assert_eq!(asked, [list, trigger, trigger, trigger, list]);
            assert!(matches!(event, OwnedEvent::ScanCompleted(found) if found.is_empty()));
        })
        .await;
    }
}
