//! Authentication that a driver which associates by itself leaves to user space (`NL80211_CMD_EXTERNAL_AUTH`):
//! it says when, frames go back and forth, and it is told how that ended.

use super::attributes::{Attributes, request};
use frame::MacAddress;
use frame::codes::StatusCode;
use host::adapter::AssociateRequest;
use wl_nl80211::{Nl80211Attr, Nl80211Command, Nl80211ExternalAuthAction, Nl80211Message};

/// What the driver asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Authenticate with this access point: the driver may have chosen another one than it was asked for.
    Begin(MacAddress),
    /// Nothing any more.
    Abort,
}

/// What an event of the driver's asks for.
pub(super) fn asked(message: &Nl80211Message) -> Option<Asked> {
    let action = message.find(|attribute| match attribute {
        Nl80211Attr::ExternalAuthAction(action) => Some(*action),
        _ => None,
    })?;
    match action {
        Nl80211ExternalAuthAction::Start => message
            .find(|attribute| match attribute {
                Nl80211Attr::Bssid(octets) => Some(MacAddress(*octets)),
                _ => None,
            })
            .map(Asked::Begin),
        Nl80211ExternalAuthAction::Abort => Some(Asked::Abort),
        _ => None,
    }
}

/// The request that tells the driver that the authentication has succeeded.
pub(super) fn succeeded(ifindex: u32, association: &AssociateRequest) -> Nl80211Message {
    request(
        Nl80211Command::ExternalAuth,
        ifindex,
        [
            Nl80211Attr::StatusCode(StatusCode::SUCCESS.0.into()),
            Nl80211Attr::SsidRaw(association.ssid.clone()),
            Nl80211Attr::Bssid(association.bss.bssid.0),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::super::captured::{ACCESS_POINT, IFINDEX};
    use super::*;

    fn event(action: Nl80211ExternalAuthAction, bssid: Option<MacAddress>) -> Nl80211Message {
        let bssid = bssid.map(|address| Nl80211Attr::Bssid(address.0));
        request(
            Nl80211Command::ExternalAuth,
            IFINDEX,
            [Nl80211Attr::ExternalAuthAction(action)].into_iter().chain(bssid),
        )
    }

    #[test]
    fn the_driver_names_the_access_point_to_authenticate_with() {
        let start = Nl80211ExternalAuthAction::Start;
        assert_eq!(
            asked(&event(start, Some(ACCESS_POINT))),
            Some(Asked::Begin(ACCESS_POINT))
        );
        assert_eq!(asked(&event(start, None)), None);
        assert_eq!(
            asked(&event(Nl80211ExternalAuthAction::Abort, None)),
            Some(Asked::Abort)
        );
        assert_eq!(asked(&event(Nl80211ExternalAuthAction::Other(7), None)), None);
    }
}
