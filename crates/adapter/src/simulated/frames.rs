//! The IEEE 802.11 frames that stations and access points of the simulation send.

use frame::dot11::{Frame, MacHeader, Management, management_subtype};
use frame::element::{self, id};
use frame::ethertype::EtherType;
use frame::llc::Snap;
use frame::{Emit, MacAddress};

/// Data of the simulated operating systems: the first local experimental EtherType (IEEE 802, 9.2.4).
pub(super) const DATA: EtherType = EtherType(0x88b5);

/// The reach of the first octets that carry addresses 1 and 2.
pub(super) fn receiver(frame: &[u8]) -> Option<MacAddress> {
    frame.get(4..)?.first_chunk().copied().map(MacAddress)
}

pub(super) fn transmitter(frame: &[u8]) -> Option<MacAddress> {
    frame.get(10..)?.first_chunk().copied().map(MacAddress)
}

/// A management frame, whole. Empty if a part of it is too long for its field.
pub(super) fn management(
    destination: MacAddress,
    source: MacAddress,
    bssid: MacAddress,
    body: &Management<'_>,
) -> Vec<u8> {
    let header = MacHeader::management(body.subtype(), destination, source, bssid);
    join(&header, &body.to_vec().unwrap_or_default())
}

/// The plain body of a data frame.
pub(super) fn snap(ethertype: EtherType, payload: &[u8]) -> Vec<u8> {
    Snap { ethertype, payload }.to_vec().unwrap_or_default()
}

pub(super) fn join(header: &MacHeader, body: &[u8]) -> Vec<u8> {
    let mut frame = header.to_vec().unwrap_or_default();
    frame.extend_from_slice(body);
    frame
}

/// Whether management frames of this kind are protected where that was agreed on (IEEE 802.11-2020, 9.2.4.1.1 and
/// Table 9-51): disassociation, deauthentication, and action frames but for those of a few public categories.
pub(super) fn is_robust(frame: &Frame<'_>) -> bool {
    /// Public, HT, unprotected WNM, self-protected, VHT, unprotected S1G, HE, vendor specific.
    const PUBLIC: [u8; 8] = [4, 7, 11, 15, 21, 25, 30, 127];
    match frame.header.frame_control.subtype() {
        management_subtype::DISASSOCIATION | management_subtype::DEAUTHENTICATION => true,
        management_subtype::ACTION => {
            frame.header.frame_control.protected()
                || frame.body.first().is_none_or(|category| !PUBLIC.contains(category))
        }
        _ => false,
    }
}

/// The name that a Probe Request asks for; `None` for any other frame, and for one that asks for all.
pub(super) fn probed_ssid(frame: &[u8]) -> Option<&[u8]> {
    let Ok(Management::ProbeRequest(elements)) = parse(frame)?.management() else {
        return None;
    };
    let ssid = element::find(elements, id::SSID).ok()??;
    Some(ssid.body).filter(|ssid| !ssid.is_empty())
}

/// A received frame as its parts, if it is a management or data frame.
pub(super) fn parse(frame: &[u8]) -> Option<Frame<'_>> {
    Frame::parse(frame).ok()
}
