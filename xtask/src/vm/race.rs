//! `cargo xtask vm --race`: the program under test and `wpa_supplicant`, alternately on one access point.
//!
//! Both are timed by what means the same whoever causes it: the states of the access point in the kernel of the station,
//! from associated to authorised; and the frames on the air, from the access point's association response, or from the
//! station's first authentication frame, to the station's message 4.

mod states;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use adapter::replay::{Capture, Link};
use anyhow::{Context, Result, ensure};
use frame::MacAddress;
use frame::dot11::{Frame, Management};
use frame::ethertype::EtherType;

use super::scenario::Scenario;

/// The name of the scenario, and of its file and capture.
pub(super) const NAME: &str = "race";

/// A station of the race.
#[derive(Clone, Copy)]
struct Runner {
    program: &'static str,
    address: MacAddress,
    interface: &'static str,
}

/// The stations as the simulated radios number them, behind that of the access point.
const RUNNERS: [Runner; 2] = [
    Runner {
        program: "portcullis",
        address: MacAddress([2, 0, 0, 0, 1, 0]),
        interface: "wlan1",
    },
    Runner {
        program: "wpa_supplicant",
        address: MacAddress([2, 0, 0, 0, 2, 0]),
        interface: "wlan2",
    },
];

/// Writes the scenario of `rounds` connections each into a directory, and gives it.
///
/// # Errors
/// If it can't be written.
pub(super) fn write_scenario(directory: &Path, rounds: usize) -> Result<Scenario> {
    fs::create_dir_all(directory)?;
    let text = scenario(rounds)?;
    let parsed = Scenario::parse(&text)?;
    fs::write(directory.join(format!("{NAME}.toml")), text).context("cannot write the scenario of the race")?;
    Ok(parsed)
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

/// From the association to the authorisation the program under test takes at most so much of the other's time.
const AIM: f64 = 0.9;

/// What came out of a race.
pub(super) struct Standings {
    /// For a person to read.
    pub(super) table: String,
    /// The program under test was as fast as it is promised to be.
    pub(super) reached: bool,
}

/// Reads what a race has left in a directory, and puts it into a table.
///
/// # Errors
/// If it can't be read, or one of the two has not connected `rounds` times.
pub(super) fn standings(directory: &Path, rounds: usize) -> Result<Standings> {
    let mut capture = Capture::open(&directory.join(format!("{NAME}.pcap")))?;
    let mut stopwatches = RUNNERS.map(|runner| (runner, Stopwatch::default()));
    while let Some(frame) = capture.next_frame()? {
        if let Link::Dot11(octets) = frame.link
            && let Ok(heard) = Frame::parse(octets)
        {
            for (runner, stopwatch) in &mut stopwatches {
                stopwatch.hear(runner.address, &heard, frame.time_us);
            }
        }
    }
    let trace = fs::read_to_string(directory.join(format!("{NAME}.trace")))?;
    let times = stopwatches.map(|(runner, stopwatch)| {
        let laps = stopwatch.finish();
        Times {
            to_authorized: states::times_to_authorized(&trace, runner.interface),
            from_association: laps.iter().map(|lap| lap.from_association).collect(),
            from_authentication: laps.iter().map(|lap| lap.from_authentication).collect(),
        }
    });
    for (runner, times) in RUNNERS.iter().zip(&times) {
        let connections = times.from_association.len().min(times.to_authorized.len());
        ensure!(
            connections >= rounds,
            "{} connected {connections} times, not {rounds}",
            runner.program
        );
    }
    let [ours, theirs] = times;
    render(&ours, &theirs)
}

/// What was measured of one station, in microseconds.
struct Times {
    /// From associated to authorised, in the kernel.
    to_authorized: Vec<u64>,
    /// From the association response to message 4, on the air.
    from_association: Vec<u64>,
    /// From the first authentication frame to message 4, on the air.
    from_authentication: Vec<u64>,
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

fn render(ours: &Times, theirs: &Times) -> Result<Standings> {
    let [left, right] = RUNNERS.map(|runner| runner.program);
    let mut reached = true;
    let mut table = format!(
        "{} and {} connections; medians{left:>17}  {right:>14}   ratio      aim\n",
        ours.to_authorized.len(),
        theirs.to_authorized.len(),
    );
    let mut row = |name: &str, aim: Option<f64>, value: fn(&Times) -> &[u64]| {
        let [ours, theirs] = [ours, theirs].map(|times| median(value(times).to_vec()));
        let ratio = ours / theirs;
        let verdict = match aim {
            None => String::new(),
            Some(aim) if ratio <= aim => format!("   ≤ {aim:.2}"),
            Some(aim) => {
                reached = false;
                format!("   ≤ {aim:.2} MISSED")
            }
        };
        writeln!(
            table,
            "{name:<40}  {:>7.2} ms  {:>11.2} ms  {ratio:>6.2}{verdict}",
            ours / 1e3,
            theirs / 1e3
        )
    };
    row("associated to authorised, in the kernel", Some(AIM), |times| {
        &times.to_authorized
    })?;
    row("association response to message 4", Some(AIM), |times| {
        &times.from_association
    })?;
    row("first authentication frame to message 4", None, |times| {
        &times.from_authentication
    })?;
    Ok(Standings { table, reached })
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
    fn a_race_that_is_not_won_by_as_much_as_is_promised_has_failed() {
        let times = |values: &[u64]| Times {
            to_authorized: values.to_vec(),
            from_association: values.to_vec(),
            from_authentication: values.to_vec(),
        };
        let reached = |ours: &[u64], theirs: &[u64]| render(&times(ours), &times(theirs)).unwrap().reached;
        assert!(reached(&[9, 9, 99], &[10, 10, 10]));
        assert!(!reached(&[10, 10, 1], &[11, 11, 99]));
        assert!(!reached(&[], &[]));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9, 1, 5]), 5.0);
        assert_eq!(median(vec![9, 1, 5, 6]), 5.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn a_connection_is_timed_to_the_last_packet_before_the_next_begins() {
        let station = RUNNERS[0].address;
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
