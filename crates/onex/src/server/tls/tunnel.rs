//! The server's end of a tunnel.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use zeroize::Zeroizing;

use super::TlsServer;
use super::sessions::Staged;
use crate::server::Step;
use crate::tls::{Fault, Fragment, Taken, Tunnel, start};

/// One tunnel of a server: it begins with the peer's first answer.
pub(in crate::server) struct ServerTunnel {
    server: Arc<TlsServer>,
    max_version: u8,
    connection: Option<(Tunnel, Arc<Staged>)>,
    /// An alert is under way; the answer to it is the end.
    has_alerted: bool,
}

/// What a response came to.
pub(in crate::server) enum Event {
    /// The tunnel itself goes on.
    Step(Step),
    /// A whole message went into TLS, and said this inside the tunnel. The method answers with
    /// [`ServerTunnel::request`].
    Message(Zeroizing<Vec<u8>>),
}

impl ServerTunnel {
    /// A tunnel for a method of up to `max_version`.
    pub(in crate::server) const fn new(server: Arc<TlsServer>, max_version: u8) -> Self {
        Self {
            server,
            max_version,
            connection: None,
            has_alerted: false,
        }
    }

    /// The first request.
    pub(in crate::server) fn start(&self) -> Vec<u8> {
        start(self.max_version).to_vec()
    }

    /// What all connections of the server have in common.
    pub(in crate::server) fn server(&self) -> &TlsServer {
        &self.server
    }

    /// The tunnel, once the peer has begun.
    pub(in crate::server) fn tunnel(&self) -> Option<&Tunnel> {
        self.connection.as_ref().map(|(tunnel, _)| tunnel)
    }

    /// The authentication came to a good end: its session may be resumed.
    pub(in crate::server) fn commit_session(&self) {
        if let Some((_, sessions)) = &self.connection {
            sessions.commit();
        }
    }

    /// Takes the data of a response.
    pub(in crate::server) fn handle_response(&mut self, now: Duration, data: &[u8]) -> Event {
        if self.has_alerted {
            return Event::Step(Step::Failed);
        }
        let Ok(fragment) = Fragment::parse(data) else {
            return Event::Step(Step::Failed);
        };
        let Ok(tunnel) = self.begun(now, fragment.version) else {
            return Event::Step(Step::Failed);
        };
        match tunnel.handle(now, &fragment) {
            Ok(Taken::Answer(packet)) => Event::Step(Step::Request(packet.to_vec())),
            Ok(Taken::Opened(plaintext)) => Event::Message(plaintext),
            Err(broken) => Event::Step(match broken.alert {
                // Without octets it acknowledges the peer's own alert, after which nothing need be said.
                Some(alert) if alert.len() > 1 => {
                    self.has_alerted = true;
                    Step::Request(alert.to_vec())
                }
                _ => Step::Failed,
            }),
        }
    }

    fn begun(&mut self, now: Duration, version: u8) -> Result<&mut Tunnel, Fault> {
        match &mut self.connection {
            Some((tunnel, _)) => Ok(tunnel),
            empty @ None => {
                let (mut tunnel, sessions) = self.server.accept(now)?;
                tunnel.version = version.min(self.max_version);
                Ok(&mut empty.insert((tunnel, sessions)).0)
            }
        }
    }

    /// Says `plaintext` inside the tunnel, after what TLS itself has to say.
    pub(in crate::server) fn request(&mut self, plaintext: &[u8]) -> Step {
        let plaintext = self.server.meddle(plaintext);
        match self.connection.as_mut().map(|(tunnel, _)| tunnel.reply(&plaintext)) {
            Some(Ok(packet)) => Step::Request(packet.to_vec()),
            Some(Err(_)) | None => Step::Failed,
        }
    }
}
