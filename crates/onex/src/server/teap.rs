//! TEAP, the server's side: one method inside the tunnel, bound to it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::tls::{Event, ServerTunnel, TlsServer};
use super::ttls::offers_inside;
use super::{Method, Offer, Reaction, Server, Step};
use crate::method::{Context, ExportedKeys, MethodType, Secret};
use crate::methods::teap::binding::{Candidates, Chain};
use crate::methods::teap::message::{BindingTlv, Message};
use crate::methods::teap::{self, KIND, SEED_LABEL, VERSION};

/// TEAP for users with this password.
pub struct Teap {
    /// The server's certificate; its TLS must be 1.2.
    pub server: Arc<TlsServer>,
    /// The password.
    pub password: Secret,
    /// How it is asked for.
    pub inside: Inside,
}

/// How a user proves to know the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// By saying it.
    Password,
    /// By EAP: MS-CHAPv2, a token card or MD5-Challenge.
    Eap,
}

impl Offer for Teap {
    fn kind(&self) -> MethodType {
        MethodType::Iana(KIND)
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            tunnel: ServerTunnel::new(Arc::clone(&self.server), VERSION),
            password: self.password.duplicate(),
            inside: self.inside,
            state: State::Handshake,
        })
    }
}

struct Exchange {
    tunnel: ServerTunnel,
    password: Secret,
    inside: Inside,
    state: State,
}

enum State {
    Handshake,
    /// The password is awaited.
    Password,
    Eap(Server),
    /// The peer is to agree with a success, and to prove that it has the keys.
    Binding {
        chain: Chain,
        keys: Candidates,
        nonce: [u8; 32],
    },
    Refused,
    Concluded(Chain),
}

/// Authority-ID, which every server says outside the tunnel (RFC 9930, 4.2.2): type 1, a name.
const OUTER: &[u8] = &[0, 1, 0, 4, b't', b'e', b's', b't'];

impl Exchange {
    fn handle_message(&mut self, context: &mut Context<'_>, plaintext: &[u8]) -> Step {
        let Some(tunnel) = self.tunnel.tunnel() else {
            return Step::Failed;
        };
        if !tunnel.is_established() {
            return self.tunnel.request(&[]);
        }
        let Some(message) = Message::parse(plaintext) else {
            return Step::Failed;
        };
        match &mut self.state {
            State::Handshake if tunnel.is_resumed() => self.bind(context, None, None),
            State::Handshake => self.begin_inside(),
            State::Password => match &message.password_response {
                Some((_, password)) if bool::from(password.as_slice().ct_eq(self.password.as_bytes())) => {
                    self.bind(context, Some(true), None)
                }
                _ => self.refuse(),
            },
            State::Eap(server) => {
                let reaction = match &message.eap {
                    Some(packet) => server.handle_packet(context, packet).ok(),
                    None => None,
                };
                match reaction {
                    Some(Reaction::Request(packet)) => self.ask(packet),
                    Some(Reaction::Succeeded(_, keys)) => self.bind(context, Some(true), keys.as_ref()),
                    Some(Reaction::Failed(_)) | None => self.refuse(),
                }
            }
            State::Binding { .. } => self.conclude(&message),
            State::Refused | State::Concluded(_) => Step::Failed,
        }
    }

    fn begin_inside(&mut self) -> Step {
        match self.inside {
            Inside::Password => {
                self.state = State::Password;
                self.say(&Message {
                    password_request: Some(b"password".to_vec()),
                    ..Message::default()
                })
            }
            Inside::Eap => {
                let (server, packet) = Server::begin(offers_inside(&self.password, self.tunnel.server()), 0);
                self.state = State::Eap(server);
                self.ask(packet)
            }
        }
    }

    fn ask(&mut self, packet: Vec<u8>) -> Step {
        self.say(&Message {
            eap: Some(Zeroizing::new(packet)),
            identity_type: Some(1),
            ..Message::default()
        })
    }

    /// Calls it a success, and proves to have the keys.
    fn bind(&mut self, context: &mut Context<'_>, intermediate: Option<bool>, inside: Option<&ExportedKeys>) -> Step {
        let seed = self.tunnel.tunnel().and_then(|tunnel| {
            let seed = tunnel.export(SEED_LABEL, None)?;
            Some((tunnel.hash(), seed))
        });
        let Some((hash, seed)) = seed else {
            return Step::Failed;
        };
        let chain = Chain::new(hash, seed, OUTER.to_vec());
        let keys = chain.candidates(inside);
        let mut nonce = [0; 32];
        context.rng.fill_bytes(&mut nonce);
        let [.., last] = &mut nonce;
        *last &= !1;
        let mut binding = BindingTlv {
            versions: [VERSION; 2],
            flags: keys.flags(),
            is_response: false,
            nonce,
            emsk_mac: [0; 20],
            msk_mac: [0; 20],
        };
        chain.sign(&keys, &mut binding);
        self.state = State::Binding { chain, keys, nonce };
        self.say(&Message {
            intermediate,
            binding: Some(binding),
            result: Some(true),
            ..Message::default()
        })
    }

    fn conclude(&mut self, message: &Message) -> Step {
        let State::Binding { mut chain, keys, nonce } = core::mem::replace(&mut self.state, State::Refused) else {
            return Step::Failed;
        };
        let is_ours = |theirs: &BindingTlv| {
            let [.., last] = theirs.nonce;
            let mut request = theirs.nonce;
            let [.., request_last] = &mut request;
            *request_last &= !1;
            theirs.is_response && last & 1 == 1 && request == nonce && chain.verifies(&keys, theirs)
        };
        match &message.binding {
            Some(theirs) if message.result == Some(true) && is_ours(theirs) => {
                chain.advance(keys, theirs.flags);
                self.state = State::Concluded(chain);
                Step::Succeeded
            }
            _ => Step::Failed,
        }
    }

    fn refuse(&mut self) -> Step {
        self.state = State::Refused;
        self.say(&Message {
            intermediate: Some(false),
            result: Some(false),
            ..Message::default()
        })
    }

    fn say(&mut self, message: &Message) -> Step {
        self.tunnel.request(&message.to_vec())
    }
}

impl Method for Exchange {
    fn first_request(&mut self, _context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        teap::start(OUTER)
    }

    fn handle_response(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        match self.tunnel.handle_response(context.unix_time, data) {
            Event::Step(step) => step,
            Event::Message(plaintext) => self.handle_message(context, &plaintext),
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.tunnel.commit_session();
        match &self.state {
            State::Concluded(chain) => teap::keys(chain),
            _ => None,
        }
    }
}
