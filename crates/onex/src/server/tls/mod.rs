//! EAP-TLS, the server's side (RFC 5216, RFC 9190), and what the methods in a tunnel stand on.

mod sessions;
mod settings;
mod tunnel;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub(super) use self::tunnel::{Event, ServerTunnel};
use super::{Method, Offer, Step};
use crate::method::{Context, ExportedKeys, MethodType};
use crate::methods::tls::{COMMITMENT, KEY_LABEL, KIND};

pub use self::settings::{Meddler, ServerIdentity, TlsServer, TlsServerError};

/// EAP-TLS for users whose certificates this server's authorities vouch for.
pub struct Tls {
    /// The server's certificate and its authorities.
    pub server: Arc<TlsServer>,
}

impl Offer for Tls {
    fn kind(&self) -> MethodType {
        MethodType::TLS
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            tunnel: ServerTunnel::new(Arc::clone(&self.server), 0),
            has_concluded: false,
        })
    }
}

struct Exchange {
    tunnel: ServerTunnel,
    /// Everything has been said; the peer's acknowledgement is awaited.
    has_concluded: bool,
}

impl Method for Exchange {
    fn first_request(&mut self, _context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        self.tunnel.start()
    }

    fn handle_response(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        let plaintext = match self.tunnel.handle_response(context.unix_time, data) {
            Event::Step(step) => return step,
            Event::Message(plaintext) => plaintext,
        };
        let Some(tunnel) = self.tunnel.tunnel().filter(|_| plaintext.is_empty()) else {
            return Step::Failed;
        };
        if !tunnel.is_established() {
            return self.tunnel.request(&[]);
        }
        // In a resumption of TLS 1.2 the peer speaks last, and nothing is left to be said.
        if self.has_concluded || !tunnel.is_tls13() && tunnel.is_resumed() {
            return Step::Succeeded;
        }
        self.has_concluded = true;
        let commitment: &[u8] = if tunnel.is_tls13() { &COMMITMENT } else { &[] };
        self.tunnel.request(commitment)
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.tunnel.commit_session();
        self.tunnel.tunnel()?.keys(KIND, KEY_LABEL)
    }
}
