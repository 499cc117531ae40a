//! Scanning, and the networks that were found.

use super::attributes::request;
use frame::MacAddress;
use ihv::BssEntry;
use wl_nl80211::{Nl80211Attr, Nl80211BssInfo, Nl80211Command, Nl80211Message};

/// The request to look for networks of this name, the hidden ones among them.
pub(super) fn trigger(ifindex: u32, ssid: &[u8]) -> Nl80211Message {
    request(
        Nl80211Command::TriggerScan,
        ifindex,
        [Nl80211Attr::ScanSsidsRaw(vec![ssid.to_vec()])],
    )
}

/// The request for the networks that the kernel remembers.
pub(super) fn results(ifindex: u32) -> Nl80211Message {
    request(Nl80211Command::GetScan, ifindex, [])
}

/// The network that one part of the answer describes.
pub(super) fn entry(part: &Nl80211Message) -> Option<BssEntry> {
    let info = part.attributes.iter().find_map(|attribute| match attribute {
        Nl80211Attr::Bss(info) => Some(info),
        _ => None,
    })?;
    let mut bssid = None;
    let mut frequency = 0;
    let mut rssi = 0;
    let (mut timestamp, mut interval, mut capability) = (0, 0, 0);
    let (mut latest, mut beacon) = (None, None);
    for item in info {
        match item {
            Nl80211BssInfo::Bssid(octets) => bssid = Some(MacAddress(*octets)),
            Nl80211BssInfo::Frequency(megahertz) => frequency = u16::try_from(*megahertz).ok()?,
            Nl80211BssInfo::SignalMbm(hundredths) => rssi = i16::try_from(hundredths / 100).unwrap_or(i16::MIN),
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
    Some(BssEntry {
        bssid: bssid?,
        frequency,
        rssi,
        beacon: body.into(),
    })
}
