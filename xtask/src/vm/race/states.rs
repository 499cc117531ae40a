//! The states of a station's peer in the station's own kernel, as its trace point `mac80211:drv_sta_state` tells them.
//!
//! They are the same for every program: 2 to 3 is the association, 3 to 4 the authorisation.

/// How long each authorisation of the station with this interface took since its association, in microseconds.
pub(super) fn times_to_authorized(trace: &str, interface: &str) -> Vec<u64> {
    let mut associated = None;
    let mut times = Vec::new();
    for change in trace.lines().filter_map(Change::parse) {
        if change.interface != interface {
            continue;
        }
        match (change.states, associated.take()) {
            ("2->3", _) => associated = Some(change.time),
            ("3->4", Some(before)) => times.push(change.time - before),
            _ => {}
        }
    }
    times
}

struct Change<'a> {
    /// In microseconds since the kernel's start.
    time: u64,
    interface: &'a str,
    states: &'a str,
}

impl<'a> Change<'a> {
    /// Takes a line such as `hostapd-135 [001] ..... 10.348741: drv_sta_state: phy2 vif:wlan0(3) sta:02:… state: 3->4`.
    fn parse(line: &'a str) -> Option<Self> {
        let (head, details) = line.split_once(": drv_sta_state: ")?;
        let (seconds, micros) = head.split_whitespace().last()?.split_once('.')?;
        let (_, interface) = details.split_once("vif:")?;
        let (interface, _) = interface.split_once('(')?;
        let (_, states) = details.split_once("state: ")?;
        Some(Self {
            time: seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?,
            interface,
            states: states.trim(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "\
# tracer: nop
         hostapd-135     [001] .....    10.254970: drv_sta_state: phy2 vif:wlan0(3) sta:02:00:00:00:01:00 state: 2->3
    kworker/u4:1-30      [000] .....    10.258878: drv_sta_state: phy3 vif:wlan1(2) sta:02:00:00:00:00:00 state: 2->3
         hostapd-135     [001] .....    10.348741: drv_sta_state: phy2 vif:wlan0(3) sta:02:00:00:00:01:00 state: 3->4
      portcullis-153     [000] .....    11.000001: drv_sta_state: phy3 vif:wlan1(2) sta:02:00:00:00:00:00 state: 3->4
      portcullis-153     [000] .....    12.420594: drv_sta_state: phy3 vif:wlan1(2) sta:02:00:00:00:00:00 state: 4->3
      portcullis-153     [000] .....    12.420600: drv_sta_state: phy3 vif:wlan1(2) sta:02:00:00:00:00:00 state: 3->4
";

    #[test]
    fn an_authorisation_is_timed_from_its_association() {
        assert_eq!(times_to_authorized(TRACE, "wlan1"), [741_123]);
        assert_eq!(times_to_authorized(TRACE, "wlan0"), [93_771]);
        assert!(times_to_authorized(TRACE, "wlan2").is_empty());
    }
}
