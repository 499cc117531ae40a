//! EAP-TLS: both sides prove themselves with certificates (RFC 5216 with TLS 1.2, RFC 9190 with TLS 1.3).

#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::eap::Offer;
use crate::method::{Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Step};
use crate::tls::{Client, ClientCertificateFault, Event, Fault, PeerTunnel};

/// The number of the type.
pub(crate) const KIND: u8 = 13;

/// The label that keys are exported under in TLS 1.2 (RFC 5216, 2.3).
pub(crate) const KEY_LABEL: &[u8] = b"client EAP encryption";

/// What a server says in TLS 1.3 when it has accepted the client (RFC 9190, 2.5). Without it, a peer could not tell a
/// server that is content from one that has not looked at the client's certificate yet.
pub(crate) const COMMITMENT: [u8; 1] = [0];

/// EAP-TLS in a profile.
pub struct TlsOffer(pub Arc<Client>);

impl Offer for TlsOffer {
    fn kind(&self) -> MethodType {
        MethodType::TLS
    }

    fn begin(&mut self, _: &[u8]) -> Box<dyn Method> {
        Box::new(EapTls::new(Arc::clone(&self.0)))
    }
}

/// EAP-TLS, peer side.
pub struct EapTls {
    tunnel: PeerTunnel,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Handshake,
    /// The server has accepted us.
    Concluded,
    /// The keys have been taken.
    Exported,
}

impl EapTls {
    /// A method that waits for the server's start.
    #[must_use]
    pub const fn new(client: Arc<Client>) -> Self {
        Self {
            tunnel: PeerTunnel::new(client, 0),
            state: State::Handshake,
        }
    }

    fn handle_event(&mut self, event: Event) -> Step {
        let plaintext = match event {
            Event::Step(step) => return step,
            Event::Message(plaintext) => plaintext,
        };
        let Some(tunnel) = self.tunnel.tunnel() else {
            return self.tunnel.fail(unexpected("message"));
        };
        let is_concluded = match (tunnel.is_established(), tunnel.is_tls13()) {
            (true, true) => *plaintext == COMMITMENT,
            (established, _) => established && plaintext.is_empty(),
        };
        if !is_concluded && !plaintext.is_empty() || self.state != State::Handshake {
            return self.tunnel.fail(unexpected("data in the tunnel"));
        }
        if is_concluded {
            self.state = State::Concluded;
            self.tunnel.commit_session();
        }
        self.tunnel.reply(&[])
    }
}

const fn unexpected(message: &'static str) -> MethodFailure {
    MethodFailure::Unexpected { message }
}

impl Method for EapTls {
    fn kind(&self) -> MethodType {
        MethodType::TLS
    }

    fn handle_request(&mut self, context: &mut Context<'_>, _: u8, data: &[u8]) -> Step {
        let event = self.tunnel.handle_request(context, data);
        self.handle_event(event)
    }

    fn handle_answer(&mut self, _: &mut Context<'_>, answer: Answer) -> Step {
        let event = self.tunnel.handle_answer(&answer);
        self.handle_event(event)
    }

    fn decision(&self) -> Decision {
        match (self.state, self.tunnel.tunnel()) {
            (State::Concluded | State::Exported, Some(_)) => Decision::UnconditionalSuccess,
            _ => Decision::Fail,
        }
    }

    fn failure(&self) -> Option<MethodFailure> {
        self.tunnel.failure().or_else(|| {
            // In TLS 1.3 the handshake is over for the peer before the server has looked at the peer's certificate.
            let is_awaited = self.state == State::Handshake && self.tunnel.tunnel().is_some();
            is_awaited.then(|| Fault::from(ClientCertificateFault::Unexplained).into())
        })
    }

    fn certain_failure(&self) -> Option<MethodFailure> {
        self.tunnel.certain_failure()
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        if self.state != State::Concluded {
            return None;
        }
        self.state = State::Exported;
        self.tunnel.tunnel()?.keys(KIND, KEY_LABEL)
    }
}
