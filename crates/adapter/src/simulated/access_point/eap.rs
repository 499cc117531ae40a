//! The authentication of users: the authenticator's port access entity (IEEE 802.1X-2020, clause 8), with the EAP
//! server in the same box.

use core::time::Duration;
use frame::eapol::{Eapol, PacketType};
use frame::{Akm, Emit};
use keys::{AkmSuite, Pmk};
use onex::method::{Context, ExportedKeys};
use onex::server::{Offer, Reaction, Server};
use rand_chacha::ChaCha20Rng;
use rsn::Association;
use std::sync::Arc;

/// How long an answer may take, and how often a request is sent. People answer slowly, but simulated ones at once.
const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: u8 = 5;

/// The EAP server behind an access point: what makes the methods of each conversation.
#[derive(Clone)]
pub struct EapServer {
    make: Arc<dyn Fn() -> Vec<Box<dyn Offer>> + Send + Sync>,
    epoch: Duration,
}

impl EapServer {
    /// `make` returns the methods, the preferred first; `epoch` is the time since 1970 at the simulation's time zero,
    /// for the validity of certificates.
    pub fn new(epoch: Duration, make: impl Fn() -> Vec<Box<dyn Offer>> + Send + Sync + 'static) -> Self {
        Self {
            make: Arc::new(make),
            epoch,
        }
    }
}

/// One authentication of the user of a station.
pub(super) struct Conversation {
    server: Server,
    epoch: Duration,
    /// The request that waits for its answer.
    request: Vec<u8>,
    tries: u8,
    deadline: Duration,
    /// The association that has no key yet, if this is its first authentication.
    pub association: Option<Box<Association>>,
}

/// What came of a packet.
pub(super) enum Progress {
    /// Another request is to be sent.
    Asked,
    /// This is to be sent, and the keys are to be used.
    Succeeded(Vec<u8>, Option<ExportedKeys>),
    /// This is to be sent, and the station has to go.
    Failed(Vec<u8>),
}

/// What came of a time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    Wait,
    Again,
    GiveUp,
}

impl Conversation {
    /// Asks for the user's name.
    pub(super) fn begin(now: Duration, server: &EapServer, association: Option<Box<Association>>) -> Self {
        // The identifier is the conversation's own: a delayed answer to an earlier one must not fit.
        let identifier = now.as_millis() as u8;
        let (conversation, request) = Server::begin((server.make)(), identifier);
        Self {
            server: conversation,
            epoch: server.epoch,
            request,
            tries: 1,
            deadline: now + PATIENCE,
            association,
        }
    }

    /// The request that waits for its answer, as an EAPOL PDU.
    pub(super) fn request(&self) -> Vec<u8> {
        eapol(&self.request)
    }

    pub(super) const fn next_timeout(&self) -> Duration {
        self.deadline
    }

    pub(super) fn handle_timeout(&mut self, now: Duration) -> Retry {
        if now < self.deadline {
            return Retry::Wait;
        }
        if self.tries == TRIES {
            return Retry::GiveUp;
        }
        self.tries += 1;
        self.deadline = now + PATIENCE;
        Retry::Again
    }

    /// Takes a response; `None` for one that is not acted upon.
    pub(super) fn handle_packet(&mut self, now: Duration, eap: &[u8], rng: &mut ChaCha20Rng) -> Option<Progress> {
        let mut context = Context {
            rng,
            unix_time: self.epoch + now,
        };
        match self.server.handle_packet(&mut context, eap).ok()? {
            Reaction::Request(request) => {
                self.request = request;
                self.tries = 1;
                self.deadline = now + PATIENCE;
                Some(Progress::Asked)
            }
            Reaction::Succeeded(packet, keys) => Some(Progress::Succeeded(eapol(&packet), keys)),
            Reaction::Failed(packet) => Some(Progress::Failed(eapol(&packet))),
        }
    }
}

/// The PMK of an association with this AKM (IEEE 802.11-2020, 12.7.1.3), or, with fast transition, what PMK-R0 is made
/// from (12.7.1.6.3).
pub(super) fn pmk(akm: Akm, keys: &ExportedKeys) -> Option<Pmk> {
    let msk = keys.made();
    let part = match akm {
        Akm::FT_EAP => msk.get(32..64)?,
        _ => msk.get(..AkmSuite::of(akm)?.pmk_len)?,
    };
    Pmk::new(part).ok()
}

fn eapol(packet: &[u8]) -> Vec<u8> {
    let pdu = Eapol {
        version: 2,
        packet_type: PacketType::EAP_PACKET,
        body: packet,
    };
    // An EAP packet fits: its own length field has two octets as well.
    pdu.to_vec().unwrap_or_default()
}
