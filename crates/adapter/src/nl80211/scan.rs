//! Scanning, and the networks that were found.

use super::attributes::request;
use frame::MacAddress;
use ihv::BssEntry;
use std::time::Duration;
use wl_nl80211::{Nl80211Attr, Nl80211BssInfo, Nl80211Command, Nl80211Message};

/// A network as the kernel remembers it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) network: BssEntry,
    /// How long ago it was last heard.
    pub(super) age: Duration,
}

impl Seen {
    /// Whether the network has this name.
    pub(super) fn is_called(&self, ssid: &[u8]) -> bool {
        self.network.ssid() == Some(ssid)
    }

    /// Whether the network hides its name, whatever that is.
    pub(super) fn is_hidden(&self) -> bool {
        self.network
            .ssid()
            .is_none_or(|ssid| ssid.iter().all(|octet| *octet == 0))
    }
}

/// The request to look for networks of this name, the hidden ones among them, on channels with these
/// centres in MHz, or on all if there are none.
pub(super) fn trigger(ifindex: u32, ssid: &[u8], channels: &[u16]) -> Nl80211Message {
    let mut attributes = vec![Nl80211Attr::ScanSsidsRaw(vec![ssid.to_vec()])];
    if !channels.is_empty() {
        let channels = channels.iter().copied().map(u32::from).collect();
        attributes.push(Nl80211Attr::ScanFrequencies(channels));
    }
    request(Nl80211Command::TriggerScan, ifindex, attributes)
}

/// The request for the networks that the kernel remembers.
pub(super) fn results(ifindex: u32) -> Nl80211Message {
    request(Nl80211Command::GetScan, ifindex, [])
}

/// The network that one part of the answer describes.
pub(super) fn entry(part: &Nl80211Message) -> Option<Seen> {
    let info = part.attributes.iter().find_map(|attribute| match attribute {
        Nl80211Attr::Bss(info) => Some(info),
        _ => None,
    })?;
    let mut bssid = None;
    let mut frequency = 0;
    let mut rssi = 0;
    let mut age = Duration::ZERO;
    let (mut timestamp, mut interval, mut capability) = (0, 0, 0);
    let (mut latest, mut beacon) = (None, None);
    for item in info {
        match item {
            Nl80211BssInfo::Bssid(octets) => bssid = Some(MacAddress(*octets)),
            Nl80211BssInfo::Frequency(megahertz) => frequency = u16::try_from(*megahertz).ok()?,
            Nl80211BssInfo::SignalMbm(hundredths) => rssi = i16::try_from(hundredths / 100).unwrap_or(i16::MIN),
            Nl80211BssInfo::SeenMsAgo(milliseconds) => age = Duration::from_millis(u64::from(*milliseconds)),
            Nl80211BssInfo::Tsf(microseconds) => timestamp = *microseconds,
            Nl80211BssInfo::BeaconInterval(units) => interval = *units,
            Nl80211BssInfo::Capability(bits) => capability = bits.bits(),
            Nl80211BssInfo::RawInformationElements(elements) => latest = Some(elements),
            Nl80211BssInfo::RawBeaconInformationElements(elements) => beacon = Some(elements),
            _ => {}
        }
    }
    // A probe response's elements where there was one: a beacon may hide the name.
    let elements = latest.or(beacon).map(Vec::as_slice).unwrap_or_default();
    let fixed = [
        &u64::to_le_bytes(timestamp)[..],
        &u16::to_le_bytes(interval),
        &u16::to_le_bytes(capability),
    ];
    let body = [&fixed.concat(), elements].concat();
    let network = BssEntry {
        bssid: bssid?,
        frequency,
        rssi,
        beacon: body.into(),
    };
    Some(Seen { network, age })
}

#[cfg(test)]
mod tests {
    use super::super::captured;
    use super::*;
    use frame::element;

    #[test]
    fn a_scan_probes_for_the_name_octet_for_octet() {
        let request = trigger(2, b"\xff castle", &[]);
        assert_eq!(request.cmd, Nl80211Command::TriggerScan);
        assert_eq!(
            request.attributes,
            [
                Nl80211Attr::IfIndex(2),
                Nl80211Attr::ScanSsidsRaw(vec![b"\xff castle".to_vec()])
            ]
        );
    }

    #[test]
    fn a_scan_may_be_of_some_channels_only() {
        let request = trigger(2, b"castle", &[2412, 5180]);
        assert_eq!(
            request.attributes.last(),
            Some(&Nl80211Attr::ScanFrequencies(vec![2412, 5180]))
        );
    }

    #[test]
    fn a_network_is_read_as_the_kernel_tells_it() {
        let seen = entry(&captured::message(captured::SCAN_PART)).unwrap();
        assert_eq!(seen.age, Duration::from_millis(3872));
        assert!(seen.is_called(b"castle") && !seen.is_called(b"cast"));
        let found = seen.network;
        assert_eq!(
            (found.bssid, found.frequency, found.rssi),
            (captured::ACCESS_POINT, 2412, -30)
        );
        // Timestamp, interval of 100 time units, capability 0x0411.
        assert_eq!(
            found.beacon[..12],
            [0x5e, 0x21, 0x60, 0x36, 0x05, 0x61, 0x06, 0, 100, 0, 0x11, 0x04]
        );
        assert_eq!(found.element(element::id::SSID), Some(b"\x00\x06castle".as_slice()));
        assert_eq!(found.element(element::id::RSN).map(<[u8]>::len), Some(22));
    }

    #[test]
    fn what_describes_no_network_is_passed_over() {
        assert_eq!(entry(&captured::message(captured::CONNECTED)), None);
        let nameless = vec![Nl80211BssInfo::Frequency(2412)];
        let part = Nl80211Message {
            cmd: Nl80211Command::NewScanResults,
            attributes: vec![Nl80211Attr::Bss(nameless)],
        };
        assert_eq!(entry(&part), None);
    }
}
