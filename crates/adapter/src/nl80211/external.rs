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
    use super::super::captured::{self, ACCESS_POINT, CLOSED, IFINDEX};
    use super::super::connect::tests::association;
    use super::super::scripted::{self, OWN};
    use super::*;
    use crate::OwnedEvent;
    use frame::dot11::{Authentication as Frame, MacHeader, management_subtype};
    use frame::{Akm, Emit};
    use host::adapter::{AssociationFailure, AuthenticateRequest, Authentication, Command};
    use ihv::AuthAlgorithm;
    use tokio::join;
    use wl_nl80211::Nl80211AuthType;

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
    /// The association by SAE, with the authentication in this state.
    fn by_sae(authentication: Authentication) -> AssociateRequest {
        AssociateRequest {
            auth: AuthAlgorithm::of_akm(Akm::SAE),
            authentication,
            ..association()
        }
    }

    /// What the host commands for a frame of SAE.
    fn frame(transaction: u16, body: &[u8]) -> Command {
        Command::Authenticate(Box::new(AuthenticateRequest {
            association: by_sae(Authentication::Adapter),
            algorithm: Frame::SAE,
            transaction,
            status: StatusCode::SUCCESS,
            body: body.to_vec(),
        }))
    }

    /// The frame of SAE as it goes over the air.
    fn on_air(from: MacAddress, to: MacAddress, transaction: u8, body: &[u8]) -> Vec<u8> {
        let header = MacHeader::management(management_subtype::AUTHENTICATION, to, from, ACCESS_POINT);
        [&header.to_vec().unwrap()[..], &[3, 0, transaction, 0, 0, 0], body].concat()
    }

    /// What the driver says when the access point's frame has come.
    fn received(transaction: u8, body: &[u8]) -> Nl80211Message {
        let frame = on_air(ACCESS_POINT, OWN, transaction, body);
        request(Nl80211Command::Frame, IFINDEX, [Nl80211Attr::Frame(frame)])
    }

    fn told(event: OwnedEvent) -> (MacAddress, u16, Vec<u8>) {
        match event {
            OwnedEvent::AuthenticationReceived {
                peer,
                algorithm: Frame::SAE,
                transaction,
                status: StatusCode::SUCCESS,
                body,
            } => (peer, transaction, body),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_driver_that_asks_for_sae_is_served_from_the_commit_to_the_association() {
        scripted::in_time(from_commit_to_association()).await;
    }

    async fn from_commit_to_association() {
        let (mut kernel, mut adapter) = scripted::external();
        // The first frame begins an association, and waits until the driver asks.
        let ((), connect) = join!(adapter.execute(frame(1, b"commit")), kernel.accept());
        assert_eq!(connect.cmd, Nl80211Command::Connect);
        for told in [
            Nl80211Attr::ExternalAuthSupport,
            Nl80211Attr::AuthType(Nl80211AuthType::Sae),
        ] {
            assert!(connect.attributes.contains(&told), "{told:?}");
        }
        let start = event(Nl80211ExternalAuthAction::Start, Some(ACCESS_POINT));
        kernel.say(&start).await;
        let driver = async {
            let sent = kernel.accept().await;
            kernel.say(&received(1, b"its commit")).await;
            sent
        };
        let (answer, commit) = join!(adapter.next_event(), driver);
        let ours = |transaction, body: &[u8]| Nl80211Attr::Frame(on_air(OWN, ACCESS_POINT, transaction, body));
        assert_eq!(commit.cmd, Nl80211Command::Frame);
        assert!(commit.attributes.contains(&ours(1, b"commit")));
        assert_eq!(told(answer), (ACCESS_POINT, 1, b"its commit".to_vec()));
        // The second one goes out at once.
        let ((), confirm) = join!(adapter.execute(frame(2, b"confirm")), kernel.accept());
        assert!(confirm.attributes.contains(&ours(2, b"confirm")));
        kernel.say(&received(2, b"its confirm")).await;
        assert_eq!(
            told(adapter.next_event().await),
            (ACCESS_POINT, 2, b"its confirm".to_vec())
        );
        // The driver is told, goes on by itself, and is not asked for an association of its own.
        let done = by_sae(Authentication::Done { algorithm: Frame::SAE });
        let ((), verdict) = join!(adapter.execute(Command::Associate(Box::new(done))), kernel.accept());
        assert_eq!(verdict.cmd, Nl80211Command::ExternalAuth);
        for said in [
            Nl80211Attr::StatusCode(StatusCode::SUCCESS.0.into()),
            Nl80211Attr::Bssid(ACCESS_POINT.0),
        ] {
            assert!(verdict.attributes.contains(&said), "{said:?}");
        }
        kernel.send(&captured::octets(captured::CONNECTED)).await;
        assert!(matches!(
            adapter.next_event().await,
            OwnedEvent::Associated(association) if association.peer == ACCESS_POINT
        ));
    }

    #[tokio::test]
    async fn a_driver_that_goes_back_on_what_it_asked_for_ends_the_attempt() {
        scripted::in_time(from_commit_to_change_of_mind()).await;
    }

    async fn from_commit_to_change_of_mind() {
        let other = event(Nl80211ExternalAuthAction::Start, Some(CLOSED));
        for change in [event(Nl80211ExternalAuthAction::Abort, None), other] {
            let (mut kernel, mut adapter) = scripted::external();
            join!(adapter.execute(frame(1, b"commit")), kernel.accept());
            kernel.say(&change).await;
            assert!(matches!(
                adapter.next_event().await,
                OwnedEvent::AssociationFailed {
                    peer: ACCESS_POINT,
                    failure: AssociationFailure::Driver(_),
                    ..
                }
            ));
        }
    }
}
