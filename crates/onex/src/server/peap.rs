//! PEAP, the server's side: version 0 with the binding of the tunnel, and version 1.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::tls::{Event, ServerTunnel, TlsServer};
use super::ttls::offers_inside;
use super::{Method, Offer, Reaction, Server, Step};
use crate::method::{Context, ExportedKeys, MethodType, Secret};
use crate::methods::peap::KIND;
use crate::methods::peap::binding::Binding;
use crate::methods::peap::tlv::{BindingTlv, Extensions};
use crate::methods::tls::KEY_LABEL;

/// PEAP for users with this password, by MS-CHAPv2 or a token card inside.
pub struct Peap {
    /// The server's certificate.
    pub server: Arc<TlsServer>,
    /// The password.
    pub password: Secret,
    /// The highest version.
    pub version: Version,
    /// Whether version 0 binds the tunnel to the method inside. Servers that do not are common.
    pub binds: bool,
}

/// The version that a server begins with; a peer may answer with a lower one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Microsoft's.
    #[default]
    V0,
    /// The one of the draft.
    V1,
}

impl Offer for Peap {
    fn kind(&self) -> MethodType {
        MethodType::PEAP
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        let max_version = match self.version {
            Version::V0 => 0,
            Version::V1 => 1,
        };
        Box::new(Exchange {
            tunnel: ServerTunnel::new(Arc::clone(&self.server), max_version),
            password: self.password.duplicate(),
            binds: self.binds,
            state: State::Handshake,
            binding: None,
        })
    }
}

struct Exchange {
    tunnel: ServerTunnel,
    password: Secret,
    binds: bool,
    state: State,
    binding: Option<Binding>,
}

enum State {
    Handshake,
    Inside(Server),
    /// The peer is to agree with this result.
    Result {
        success: bool,
    },
}

impl Exchange {
    fn handle_message(&mut self, context: &mut Context<'_>, identifier: u8, plaintext: &[u8]) -> Step {
        let Some(tunnel) = self.tunnel.tunnel() else {
            return Step::Failed;
        };
        let (version, next) = (tunnel.version, identifier.wrapping_add(1));
        match &mut self.state {
            State::Handshake if !tunnel.is_established() => self.tunnel.request(&[]),
            State::Handshake if tunnel.is_resumed() && version == 0 => {
                self.binding = tunnel
                    .material(KIND, KEY_LABEL)
                    .map(|material| Binding::resumed(&material));
                self.conclude(context, next, true)
            }
            State::Handshake if tunnel.is_resumed() => {
                self.state = State::Result { success: true };
                self.say(&[3, next, 0, 4])
            }
            State::Handshake => {
                let (server, packet) = Server::begin(offers_inside(&self.password, self.tunnel.server()), next);
                self.state = State::Inside(server);
                self.say(&packet)
            }
            State::Inside(server) => {
                let packet = match version {
                    0 => with_header(server.identifier(), plaintext),
                    _ => plaintext.to_vec(),
                };
                let reaction = server.handle_packet(context, &packet);
                self.take(context, next, reaction.ok())
            }
            State::Result { success: true } if version > 0 || agrees(self.binding.as_ref(), plaintext) => {
                Step::Succeeded
            }
            State::Result { .. } => Step::Failed,
        }
    }

    fn take(&mut self, context: &mut Context<'_>, next: u8, reaction: Option<Reaction>) -> Step {
        let version = self.tunnel.tunnel().map_or(0, |tunnel| tunnel.version);
        match reaction {
            Some(Reaction::Request(packet)) => self.say(&packet),
            Some(Reaction::Succeeded(packet, _)) if version > 0 => {
                self.state = State::Result { success: true };
                self.say(&packet)
            }
            Some(Reaction::Failed(packet)) if version > 0 => {
                self.state = State::Result { success: false };
                self.say(&packet)
            }
            Some(Reaction::Succeeded(_, keys)) => {
                let material = self.tunnel.tunnel().and_then(|tunnel| tunnel.material(KIND, KEY_LABEL));
                self.binding = material.map(|material| Binding::new(&material, keys.as_ref()));
                self.conclude(context, next, true)
            }
            Some(Reaction::Failed(_)) => self.conclude(context, next, false),
            None => Step::Failed,
        }
    }

    /// Says an EAP packet: in version 0 without its header.
    fn say(&mut self, packet: &[u8]) -> Step {
        match self.tunnel.tunnel().map(|tunnel| tunnel.version) {
            Some(0) => self.tunnel.request(packet.get(4..).unwrap_or_default()),
            _ => self.tunnel.request(packet),
        }
    }

    /// Says the result of version 0, with the binding.
    fn conclude(&mut self, context: &mut Context<'_>, next: u8, success: bool) -> Step {
        if !self.binds || !success {
            self.binding = None;
        }
        let binding = self.binding.as_ref().map(|binding| {
            let mut tlv = BindingTlv {
                versions: [0; 2],
                is_response: false,
                nonce: [0; 32],
                mac: [0; 20],
            };
            context.rng.fill_bytes(&mut tlv.nonce);
            binding.sign(&mut tlv);
            tlv
        });
        self.state = State::Result { success };
        let success = Some(success);
        let request = Extensions { success, binding };
        self.tunnel.request(&request.to_vec(false, next))
    }
}

/// Whether the peer's answer to the result of version 0 is that it agrees, with the binding if there is one.
fn agrees(binding: Option<&Binding>, plaintext: &[u8]) -> bool {
    let response = match Extensions::is_in(plaintext) {
        true => Extensions::parse(plaintext).unwrap_or_default(),
        false => return false,
    };
    let is_bound = match (binding, &response.binding) {
        (Some(binding), Some(tlv)) => tlv.is_response && binding.verifies(tlv),
        (Some(_), None) => false,
        (None, _) => true,
    };
    response.success == Some(true) && is_bound
}

/// Puts the header before a response of version 0.
fn with_header(identifier: u8, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len() + 4).unwrap_or(u16::MAX);
    let [high, low] = len.to_be_bytes();
    [&[2, identifier, high, low], data].concat()
}

impl Method for Exchange {
    fn first_request(&mut self, _context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        self.tunnel.start()
    }

    fn handle_response(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        match self.tunnel.handle_response(context.unix_time, data) {
            Event::Step(step) => step,
            Event::Message(plaintext) => self.handle_message(context, identifier, &plaintext),
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.tunnel.commit_session();
        let tunnel = self.tunnel.tunnel()?;
        match &self.binding {
            Some(binding) => tunnel.keys_from(KIND, &binding.keys()),
            None => tunnel.keys(KIND, KEY_LABEL),
        }
    }
}
