//! `cargo xtask vm --race`: the program under test and `wpa_supplicant`, alternately on one access point.
//!
//! Both are timed by the frames on the air, which mean the same whoever sends them: from the access point's
//! association response, or from the station's first authentication frame, to the station's message 4.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use adapter::replay::{Capture, Link};
use anyhow::{Context, Result, ensure};
use frame::MacAddress;
use frame::dot11::{Frame, Management};
use frame::ethertype::EtherType;

/// The name of the scenario, and of its file and capture.
pub(super) const NAME: &str = "race";

/// The stations as the simulated radios number them, behind that of the access point.
const STATIONS: [(&str, MacAddress); 2] = [
    ("portcullis", MacAddress([2, 0, 0, 0, 1, 0])),
    ("wpa_supplicant", MacAddress([2, 0, 0, 0, 2, 0])),
];

/// Writes the scenario of `rounds` connections each into a directory.
///
/// # Errors
/// If it can't be written.
pub(super) fn write_scenario(directory: &Path, rounds: usize) -> Result<()> {
    fs::create_dir_all(directory)?;
    let text = scenario(rounds)?;
    fs::write(directory.join(format!("{NAME}.toml")), text).context("cannot write the scenario of the race")
}

/// Two stations of one access point, in turns.
fn scenario(rounds: usize) -> Result<String> {
    let mut text = "about = \"Two programs in turns\"\n\
        [[ap]]\nssid = \"castle\"\npassphrase = \"the portcullis is down\"\n\
        config = \"wpa=2\\nwpa_key_mgmt=WPA-PSK\\nrsn_pairwise=CCMP\\nieee80211w=1\"\n\
        [[station]]\nname = \"ours\"\nprogram = \"portcullis\"\n\
        [[station]]\nname = \"theirs\"\nprogram = \"wpa_supplicant\"\nstand-in = \"scan_freq=2412\"\n"
        .to_owned();
    for _ in 0..rounds {
        for station in ["ours", "theirs"] {
            writeln!(
                text,
                "[[step]]\nconnect = {{ station = \"{station}\", until = \"authorized\", expect-exit = 0 }}"
            )?;
        }
    }
    // The capture lags behind the air by up to a second.
    text.push_str("[[step]]\nsleep = \"2s\"\n");
    Ok(text)
}

/// How long one connection took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lap {
    from_authentication: u64,
    from_association: u64,
}

/// Reads the capture of a race and puts it into a table.
///
/// # Errors
/// If it can't be read, or one of the two has not connected `rounds` times.
pub(super) fn table(capture: &Path, rounds: usize) -> Result<String> {
    let mut capture = Capture::open(capture)?;
    let mut stopwatches: BTreeMap<MacAddress, Stopwatch> = BTreeMap::new();
    while let Some(frame) = capture.next_frame()? {
        if let Link::Dot11(octets) = frame.link
            && let Ok(heard) = Frame::parse(octets)
        {
            for (_, station) in STATIONS {
                stopwatches
                    .entry(station)
                    .or_default()
                    .hear(station, &heard, frame.time_us);
            }
        }
    }
    let laps = |station| stopwatches.remove(&station).map(Stopwatch::finish).unwrap_or_default();
    let [ours, theirs] = STATIONS.map(|(_, station)| station).map(laps);
    for ((name, _), laps) in STATIONS.iter().zip([&ours, &theirs]) {
        ensure!(
            laps.len() >= rounds,
            "{name} connected {} times, not {rounds}",
            laps.len()
        );
    }
    render(&ours, &theirs)
}

/// Times the connections of one station.
#[derive(Debug, Default)]
struct Stopwatch {
    laps: Vec<Lap>,
    authentication: Option<u64>,
    association: Option<u64>,
    /// The last EAPOL packet that the station has sent since the association.
    last: Option<u64>,
}

impl Stopwatch {
    fn hear(&mut self, station: MacAddress, heard: &Frame<'_>, time: u64) {
        let sent = heard.header.transmitter() == station;
        match heard.management() {
            Ok(Management::Authentication(frame)) if sent && frame.sequence == 1 => {
                self.close();
                self.authentication = Some(time);
            }
            Ok(Management::AssociationResponse(response))
                if heard.header.receiver() == station && response.status.is_success() =>
            {
                self.association = Some(time);
            }
            Ok(_) => {}
            Err(_) => {
                let eapol = heard.snap().is_ok_and(|snap| snap.ethertype == EtherType::EAPOL);
                if sent && eapol && self.association.is_some() {
                    self.last = Some(time);
                }
            }
        }
    }

    /// The connection that was being timed is over.
    fn close(&mut self) {
        if let (Some(authentication), Some(association), Some(last)) =
            (self.authentication.take(), self.association.take(), self.last.take())
        {
            self.laps.push(Lap {
                from_authentication: last - authentication,
                from_association: last - association,
            });
        }
    }

    fn finish(mut self) -> Vec<Lap> {
        self.close();
        self.laps
    }
}

fn render(ours: &[Lap], theirs: &[Lap]) -> Result<String> {
    let mut text = format!(
        "{} and {} connections; medians{:>17}  {:>14}   ratio\n",
        ours.len(),
        theirs.len(),
        "portcullis",
        "wpa_supplicant"
    );
    let mut row = |name: &str, value: fn(&Lap) -> u64| {
        let [ours, theirs] = [ours, theirs].map(|laps| median(laps.iter().map(value).collect()));
        let ratio = ours / theirs;
        writeln!(
            text,
            "{name:<40}  {:>7.2} ms  {:>11.2} ms  {ratio:>6.2}",
            ours / 1e3,
            theirs / 1e3
        )
    };
    row("association response to message 4", |lap| lap.from_association)?;
    row("first authentication frame to message 4", |lap| lap.from_authentication)?;
    Ok(text)
}

/// The middle one, or the mean of the two in the middle; 0 of none.
fn median(mut values: Vec<u64>) -> f64 {
    values.sort_unstable();
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default() as f64;
    if values.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_race_is_a_scenario_like_any_other() {
        let scenario = super::super::scenario::Scenario::parse(&scenario(3).unwrap()).unwrap();
        assert_eq!(scenario.steps.len(), 7);
        assert_eq!(scenario.stations.len(), 2);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9, 1, 5]), 5.0);
        assert_eq!(median(vec![9, 1, 5, 6]), 5.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn a_connection_is_timed_to_the_last_packet_before_the_next_begins() {
        let (_, station) = STATIONS[0];
        let mut stopwatch = Stopwatch::default();
        let mut hear = |octets: &[u8], time| stopwatch.hear(station, &Frame::parse(octets).unwrap(), time);
        let ap = [2, 0, 0, 0, 0, 0];
        let management = |subtype: u8, to: [u8; 6], from: [u8; 6], body: &[u8]| {
            [&[subtype << 4, 0, 0, 0][..], &to, &from, &ap, &[0; 2], body].concat()
        };
        let eapol = [
            &[8, 1, 0, 0][..],
            &ap,
            &station.0,
            &ap,
            &[0; 2],
            &[0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 2, 3, 0, 0],
        ]
        .concat();
        let request = management(11, ap, station.0, &[0, 0, 1, 0, 0, 0]);
        hear(&request, 100);
        hear(&management(1, station.0, ap, &[0, 0, 0, 0, 1, 0xc0]), 130);
        hear(&eapol, 150);
        hear(&eapol, 190);
        hear(&request, 1000);
        assert_eq!(
            stopwatch.finish(),
            [Lap {
                from_authentication: 90,
                from_association: 60
            }]
        );
    }
}
