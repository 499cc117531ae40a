//! Into an association and out of it, by the requests that the driver wants.

use super::socket::Incoming;
use super::station::Stage;
use super::{ENOBUFS, ENOENT, EOPNOTSUPP, Health, Nl80211Adapter, Step, connect, external, frames};
use crate::OwnedEvent;
use frame::MacAddress;
use frame::codes::ReasonCode;
use host::adapter::{AssociateRequest, AssociationFailure, AuthenticateRequest, Authentication, DisassociationCause};
use std::time::Duration;
use wl_nl80211::{Nl80211Command, Nl80211Message};

/// How long the kernel may take to report the end of an association that it was asked to end.
const PARTING_LIMIT: Duration = Duration::from_secs(1);

/// How long packets may take to leave before the association that they belong to is ended.
const FLUSH_LIMIT: Duration = Duration::from_millis(100);

impl Nl80211Adapter {
    pub(super) async fn associate(&mut self, request: Box<AssociateRequest>) {
        let index = self.interface.index;
        let peer = request.bss.bssid;
        let offloaded = request.offload.is_some() && !self.interface.separate;
        let asked = self.interface.external && self.station.stage() == Stage::Exchanging(peer);
        self.trusts_memory = false;
        self.keyed = false;
        if request.previous.is_none() {
            // To whoever uses the link, a step from one access point to another is no end of it.
            self.link.set_usable(false);
            self.make_way();
        }
        let (stage, message) = match request.authentication {
            // The driver, which has asked for the authentication, goes on by itself.
            Authentication::Done { .. } if asked => {
                let message = external::succeeded(index, &request);
                (Stage::Associating(peer), message)
            }
            _ if !self.interface.separate => {
                let message = connect::connect(index, &request, self.interface.path);
                (Stage::Associating(peer), message)
            }
            Authentication::Adapter => {
                let message = frames::authenticate_open(index, &request);
                self.pending = Some(request);
                (Stage::Authenticating(peer), message)
            }
            Authentication::Done { .. } => {
                let message = frames::associate(index, &request, self.interface.path);
                (Stage::Associating(peer), message)
            }
        };
        self.station.begin(stage);
        if offloaded {
            self.station.leave_handshake_to_driver();
        }
        self.attempt(peer, message, AssociationFailure::NotFound).await;
    }

    /// Sends one authentication frame of the host's.
    pub(super) async fn authenticate(&mut self, request: Box<AuthenticateRequest>) {
        let peer = request.association.bss.bssid;
        let (index, stage) = (self.interface.index, Stage::Exchanging(peer));
        let begins = self.station.stage() != stage;
        self.trusts_memory = false;
        if begins {
            if request.association.previous.is_none() {
                self.make_way();
            }
            self.station.begin(stage);
        }
        let sae = request.algorithm == frame::dot11::Authentication::SAE;
        let message = match (self.interface.separate, self.interface.external && sae) {
            (true, _) => frames::authenticate_by(index, &request),
            (false, true) if begins => {
                let message = connect::connect_externally(index, &request.association, self.interface.path);
                self.station.await_driver();
                self.awaited = Some(request);
                Some(message)
            }
            (false, true) => Some(frames::external(index, self.interface.info.address, &request)),
            (false, false) => None,
        };
        match message {
            Some(message) if begins => self.attempt(peer, message, AssociationFailure::NotFound).await,
            // The kernel forgets an access point that has not answered.
            Some(message) => self.attempt(peer, message, AssociationFailure::NoAnswer).await,
            None => self
                .station
                .fail(AssociationFailure::Driver(EOPNOTSUPP), &[], &mut self.events),
        }
    }

    /// What was begun or stood before is over, unless it is to go on until the new association stands.
    pub(super) fn make_way(&mut self) {
        self.pending = None;
        self.awaited = None;
        self.station.leave(&mut self.events);
    }

    /// Makes a request of an attempt to associate; a driver that refuses ends the attempt, one that does not know the
    /// access point as `unknown`.
    pub(super) async fn attempt(&mut self, peer: MacAddress, message: Nl80211Message, unknown: AssociationFailure) {
        if let Err(error) = self.socket.request(message).await {
            tracing::warn!(%peer, %error, "the driver does not associate");
            let failure = match error.raw_os_error() {
                Some(ENOENT) => unknown,
                number => AssociationFailure::Driver(number.unwrap_or_default()),
            };
            self.pending = None;
            self.station.fail(failure, &[], &mut self.events);
        }
    }

    pub(super) async fn disassociate(&mut self, peer: MacAddress, reason: ReasonCode) {
        if tokio::time::timeout(FLUSH_LIMIT, self.flush()).await.is_err() {
            tracing::debug!(%peer, "packets have not left in time");
        }
        // The kernel tells of the end of an association, and of an attempt that it makes by itself.
        let idle = match self.station.stage() {
            Stage::Idle | Stage::Authenticating(_) | Stage::Exchanging(_) => true,
            Stage::Associating(_) => self.interface.separate,
            Stage::Associated(_) => false,
        };
        if self.station.abandons(peer, &mut self.events) {
            // An attempt to move: the association that stands goes on, if it still does.
            self.pending = None;
            self.awaited = None;
            if let Err(error) = self.socket.request(self.parting(peer, reason)).await {
                tracing::debug!(%peer, %error, "nothing to leave");
            }
            return;
        }
        self.keyed = false;
        self.link.set_usable(false);
        self.make_way();
        match self.socket.request(self.parting(peer, reason)).await {
            // The kernel refuses a new association until it has reported the end of this one.
            Ok(_) if !idle => {
                if tokio::time::timeout(PARTING_LIMIT, self.hear_parting()).await.is_err() {
                    tracing::debug!(%peer, "the end of the association was not reported");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%peer, %error, "nothing to leave"),
        }
    }

    /// The request to end what there is with `peer`.
    fn parting(&self, peer: MacAddress, reason: ReasonCode) -> Nl80211Message {
        match self.interface.separate {
            true => frames::deauthenticate(self.interface.index, peer, reason),
            false => connect::disconnect(self.interface.index, reason),
        }
    }

    /// Waits until the packets of the association have left: what was commanded before its end comes
    /// before its end.
    async fn flush(&mut self) {
        while self.station.is_sending() {
            let step = self.step().await;
            self.handle(step);
        }
    }

    /// Waits for the end of an association or of an attempt at one.
    async fn hear_parting(&mut self) {
        loop {
            let step = self.step().await;
            let parted = matches!(&step, Step::Said(Ok(Incoming::Event(message)))
                if self.is_own(message)
                    && matches!(message.cmd, Nl80211Command::Disconnect | Nl80211Command::Connect));
            self.handle(step);
            if parted || matches!(self.health, Health::Gone) {
                return;
            }
        }
    }

    /// Ends the association, and says so. Cancel-safe: what is cut off may be done again.
    pub(super) async fn give_up(&mut self) {
        let reason = ReasonCode::UNSPECIFIED;
        let Some(peer) = self.station.stage().peer() else {
            return;
        };
        let parting = match self.station.stage() {
            Stage::Associated(peer) => OwnedEvent::Disassociated {
                peer,
                cause: DisassociationCause::Local(reason),
            },
            _ => OwnedEvent::AssociationFailed {
                peer,
                failure: AssociationFailure::Driver(ENOBUFS),
                elements: Vec::new(),
            },
        };
        self.keyed = false;
        self.link.set_usable(false);
        self.make_way();
        self.events.push_back(parting);
        if let Err(error) = self.socket.request(self.parting(peer, reason)).await {
            tracing::debug!(%error, "nothing to leave");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::captured::ACCESS_POINT;
    use super::super::connect::tests::association;
    use super::super::scripted;
    use super::*;
    use crate::OwnedEvent;
    use frame::StatusCode;
    use host::adapter::Command;
    use tokio::join;

    #[tokio::test]
    async fn an_access_point_that_the_kernel_forgets_in_an_exchange_has_not_answered() {
        scripted::in_time(from_silence_to_its_name()).await;
    }

    async fn from_silence_to_its_name() {
        for (begun, expected) in [
            (false, AssociationFailure::NotFound),
            (true, AssociationFailure::NoAnswer),
        ] {
            let (mut kernel, mut adapter) = scripted::external();
            adapter.interface.separate = true;
            if begun {
                join!(adapter.execute(first_frame()), kernel.accept());
            }
            join!(adapter.execute(first_frame()), kernel.refuse(ENOENT));
            assert!(matches!(
                adapter.next_event().await,
                OwnedEvent::AssociationFailed { peer: ACCESS_POINT, failure, .. } if failure == expected
            ));
        }
    }

    fn first_frame() -> Command {
        Command::Authenticate(Box::new(AuthenticateRequest {
            association: association(),
            algorithm: frame::dot11::Authentication::SAE,
            transaction: 1,
            status: StatusCode::SUCCESS,
            body: b"commit".to_vec(),
        }))
    }
}
