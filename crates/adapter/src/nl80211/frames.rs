//! Requests about single management frames: authentication, association, action frames, and the goodbye.

use super::attributes::{Attributes, request};
use super::connect;
use super::control_port::Path;
use crate::OwnedEvent;
use frame::codes::ReasonCode;
use frame::dot11::{Authentication, MacHeader, Management, management_subtype};
use frame::{Emit, MacAddress};
use host::adapter::{AssociateRequest, AuthenticateRequest};
use wl_nl80211::{Nl80211Attr, Nl80211AuthType, Nl80211Command, Nl80211Message};

/// The request to authenticate by the open system algorithm.
pub(super) fn authenticate_open(ifindex: u32, association: &AssociateRequest) -> Nl80211Message {
    authenticate(ifindex, association, Nl80211AuthType::OpenSystem, None)
}

/// The request to send one authentication frame, or `None` for an algorithm that the kernel does not know.
pub(super) fn authenticate_by(ifindex: u32, frame: &AuthenticateRequest) -> Option<Nl80211Message> {
    let (kind, content) = match frame.algorithm {
        Authentication::FAST_TRANSITION => (Nl80211AuthType::Ft, Nl80211Attr::Ie(frame.body.clone())),
        Authentication::SAE => {
            // All of the frame behind the algorithm number.
            let fixed = [frame.transaction.to_le_bytes(), frame.status.0.to_le_bytes()].concat();
            let data = [fixed, frame.body.clone()].concat();
            (Nl80211AuthType::Sae, Nl80211Attr::AuthData(data))
        }
        _ => return None,
    };
    Some(authenticate(ifindex, &frame.association, kind, Some(content)))
}

fn authenticate(
    ifindex: u32,
    association: &AssociateRequest,
    kind: Nl80211AuthType,
    content: Option<Nl80211Attr>,
) -> Nl80211Message {
    let attributes = [
        Nl80211Attr::Mac(association.bss.bssid.0),
        Nl80211Attr::WiphyFreq(association.bss.frequency.into()),
        Nl80211Attr::SsidRaw(association.ssid.clone()),
        Nl80211Attr::AuthType(kind),
    ];
    request(
        Nl80211Command::Authenticate,
        ifindex,
        attributes.into_iter().chain(content),
    )
}

/// The request to associate, once authenticated. The association ends with the socket that asks for it.
pub(super) fn associate(ifindex: u32, association: &AssociateRequest, path: Path) -> Nl80211Message {
    let mut attributes = vec![
        Nl80211Attr::SocketOwner,
        Nl80211Attr::Mac(association.bss.bssid.0),
        Nl80211Attr::WiphyFreq(association.bss.frequency.into()),
        Nl80211Attr::SsidRaw(association.ssid.clone()),
    ];
    attributes.extend(association.previous.map(|previous| Nl80211Attr::PrevBssid(previous.0)));
    attributes.extend(connect::common(association, path));
    request(Nl80211Command::Associate, ifindex, attributes)
}

/// The request to end an association, or whatever was begun with `peer`.
pub(super) fn deauthenticate(ifindex: u32, peer: MacAddress, reason: ReasonCode) -> Nl80211Message {
    let attributes = [Nl80211Attr::Mac(peer.0), Nl80211Attr::ReasonCode(reason.0)];
    request(Nl80211Command::Deauthenticate, ifindex, attributes)
}

/// Action frames that go to this program: the first octets of their bodies.
pub(super) const WANTED: [&[u8]; 3] = [FAST_TRANSITION, SA_QUERY_RESPONSE, TRANSITION_REQUEST];
/// All of the category.
const FAST_TRANSITION: &[u8] = &[6];
/// Responses only: requests are answered by the kernel.
const SA_QUERY_RESPONSE: &[u8] = &[8, 1];
/// BSS transition management request (IEEE 802.11-2020, 9.6.13.9).
const TRANSITION_REQUEST: &[u8] = &[10, 7];

/// The request to be given action frames that begin so.
pub(super) fn register(ifindex: u32, beginning: &[u8]) -> Nl80211Message {
    register_frames(ifindex, management_subtype::ACTION, beginning)
}

/// The request to be given SAE's authentication frames.
pub(super) fn register_sae(ifindex: u32) -> Nl80211Message {
    register_frames(
        ifindex,
        management_subtype::AUTHENTICATION,
        &Authentication::SAE.to_le_bytes(),
    )
}

fn register_frames(ifindex: u32, subtype: u8, beginning: &[u8]) -> Nl80211Message {
    let kind = u16::from(subtype) << 4;
    let attributes = [
        Nl80211Attr::FrameType(kind),
        Nl80211Attr::FrameMatch(beginning.to_vec()),
    ];
    request(Nl80211Command::RegisterFrame, ifindex, attributes)
}

/// The request to send an action frame to the access point of the association, on its channel.
pub(super) fn action(ifindex: u32, own: MacAddress, peer: MacAddress, body: &[u8]) -> Nl80211Message {
    let header = MacHeader::management(management_subtype::ACTION, peer, own, peer);
    let frame = [header.to_vec().unwrap_or_default(), body.to_vec()].concat();
    request(Nl80211Command::Frame, ifindex, [Nl80211Attr::Frame(frame)])
}

/// The request to send an authentication frame that the driver has asked for.
pub(super) fn external(ifindex: u32, own: MacAddress, frame: &AuthenticateRequest) -> Nl80211Message {
    let peer = frame.association.bss.bssid;
    let header = MacHeader::management(management_subtype::AUTHENTICATION, peer, own, peer);
    let fields = [frame.algorithm, frame.transaction, frame.status.0].map(u16::to_le_bytes);
    let frame = [&header.to_vec().unwrap_or_default(), fields.as_flattened(), &frame.body].concat();
    request(Nl80211Command::Frame, ifindex, [Nl80211Attr::Frame(frame)])
}

/// The action frame in a message, if `peer` has sent it.
pub(super) fn received_action(message: &Nl80211Message, peer: MacAddress) -> Option<OwnedEvent> {
    let frame = message.frame()?;
    let header = MacHeader::parse(frame).ok()?;
    let is_action = header.frame_control.subtype() == management_subtype::ACTION;
    (is_action && header.transmitter() == peer).then(|| OwnedEvent::ActionReceived {
        peer,
        body: frame.get(header.len()..).unwrap_or_default().to_vec(),
    })
}

/// The management frame in a message, if `sender` has sent it.
pub(super) fn management(message: &Nl80211Message, sender: Option<MacAddress>) -> Option<Management<'_>> {
    let frame = message.frame()?;
    let header = MacHeader::parse(frame)
        .ok()
        .filter(|header| Some(header.transmitter()) == sender)?;
    Management::parse(header.frame_control.subtype(), frame.get(header.len()..)?).ok()
}
