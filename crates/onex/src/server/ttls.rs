//! EAP-TTLS, the server's side (RFC 5281): a name and a password, or EAP, inside the tunnel.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::tls::{Event, ServerTunnel, Tls, TlsServer};
use super::{Gtc, Md5Challenge, Method, Mschapv2, Offer, Reaction, Server, Step};
use crate::method::{Context, ExportedKeys, MethodType, Secret};
use crate::methods::tls::COMMITMENT;
use crate::methods::ttls::avp::{self, Avp, Code};
use crate::methods::ttls::{KEY_LABEL, KIND, challenge, chap_response, mschap_value};
use crate::mschap::{
    authenticator_response, authenticator_response_text, challenge_hash, challenge_response, nt_password_hash,
};
use crate::tls::Tunnel;

/// EAP-TTLS for users with this password, by whatever protocol inside.
pub struct Ttls {
    /// The server's certificate.
    pub server: Arc<TlsServer>,
    /// The password.
    pub password: Secret,
}

impl Offer for Ttls {
    fn kind(&self) -> MethodType {
        MethodType::TTLS
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            tunnel: ServerTunnel::new(Arc::clone(&self.server), 0),
            password: self.password.duplicate(),
            state: State::Handshake,
        })
    }
}

/// The methods that a server has inside a tunnel for users with this password, or with certificates.
pub(super) fn offers_inside(password: &Secret, server: &TlsServer) -> Vec<Box<dyn Offer>> {
    let certificates = server.certificates_inside().map(|server| {
        Box::new(Tls {
            server: Arc::clone(server),
        }) as Box<dyn Offer>
    });
    let passwords: [Box<dyn Offer>; 3] = [
        Box::new(Mschapv2 {
            password: password.duplicate(),
        }),
        Box::new(Gtc {
            token: password.duplicate(),
        }),
        Box::new(Md5Challenge {
            password: password.duplicate(),
        }),
    ];
    passwords.into_iter().chain(certificates).collect()
}

struct Exchange {
    tunnel: ServerTunnel,
    password: Secret,
    state: State,
}

enum State {
    Handshake,
    /// EAP is spoken inside.
    Eap(Server),
    /// The peer is to agree with what was said last, and is let in then.
    Concluded,
}

impl Exchange {
    fn handle_message(&mut self, context: &mut Context<'_>, plaintext: &[u8]) -> Step {
        let Some(tunnel) = self.tunnel.tunnel() else {
            return Step::Failed;
        };
        match &mut self.state {
            State::Handshake if !tunnel.is_established() => self.tunnel.request(&[]),
            State::Handshake if tunnel.is_resumed() && plaintext.is_empty() => match tunnel.is_tls13() {
                true => {
                    self.state = State::Concluded;
                    self.tunnel.request(&COMMITMENT)
                }
                false => Step::Succeeded,
            },
            // A peer may say nothing before the server's last message has reached it.
            State::Handshake if plaintext.is_empty() => self.tunnel.request(&[]),
            State::Handshake => match Avp::parse_all(plaintext) {
                Some(pairs) => self.begin_inside(context, &pairs),
                None => Step::Failed,
            },
            State::Eap(server) => {
                let pairs = Avp::parse_all(plaintext).unwrap_or_default();
                let packet = avp::find(&pairs, Code::EAP_MESSAGE).unwrap_or_default();
                let reaction = server.handle_packet(context, packet);
                self.take(reaction.ok())
            }
            State::Concluded => Step::Succeeded,
        }
    }

    fn begin_inside(&mut self, context: &mut Context<'_>, pairs: &[Avp<'_>]) -> Step {
        let Some(packet) = avp::find(pairs, Code::EAP_MESSAGE) else {
            let verdict = self
                .tunnel
                .tunnel()
                .and_then(|tunnel| judge(tunnel, &self.password, pairs));
            let is_tls13 = self.tunnel.tunnel().is_some_and(Tunnel::is_tls13);
            return match verdict {
                // The tickets of TLS 1.3 are still to be sent.
                Some(Verdict::LetIn) if is_tls13 => {
                    self.state = State::Concluded;
                    self.tunnel.request(&[])
                }
                Some(Verdict::LetIn) => Step::Succeeded,
                Some(Verdict::Prove(proof)) => {
                    self.state = State::Concluded;
                    self.tunnel.request(&avp::message(&[(Code::MS_CHAP2_SUCCESS, &proof)]))
                }
                None => Step::Failed,
            };
        };
        // The peer takes the request for its name as made, with the identifier that it answers.
        let identifier = packet.get(1).copied().unwrap_or_default();
        let (mut server, _) = Server::begin(offers_inside(&self.password, self.tunnel.server()), identifier);
        let reaction = server.handle_packet(context, packet);
        self.state = State::Eap(server);
        self.take(reaction.ok())
    }

    fn take(&mut self, reaction: Option<Reaction>) -> Step {
        match reaction {
            Some(Reaction::Request(packet)) => self.tunnel.request(&avp::message(&[(Code::EAP_MESSAGE, &packet)])),
            Some(Reaction::Succeeded(..)) => Step::Succeeded,
            Some(Reaction::Failed(_)) | None => Step::Failed,
        }
    }
}

enum Verdict {
    LetIn,
    /// The value of an MS-CHAP2-Success.
    Prove(Vec<u8>),
}

/// Judges a name and a password. `None`: not let in.
fn judge(tunnel: &Tunnel, password: &Secret, pairs: &[Avp<'_>]) -> Option<Verdict> {
    let find = |code| avp::find(pairs, code);
    let is = |found: &[u8], expected: &[u8]| bool::from(found.ct_eq(expected)).then_some(Verdict::LetIn);
    if let Some(padded) = find(Code::USER_PASSWORD) {
        let end = padded.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
        return is(padded.get(..end)?, password.as_bytes());
    }
    if let Some(response) = find(Code::CHAP_PASSWORD) {
        let (challenge, identifier) = challenge::<17, 16>(tunnel).ok()?;
        return is(response, &chap_response(identifier, password, &challenge));
    }
    let hash = nt_password_hash(password).ok()?;
    if let Some(value) = find(Code::MS_CHAP_RESPONSE) {
        let (challenge, identifier) = challenge::<9, 8>(tunnel).ok()?;
        return is(value, &mschap_value(identifier, &challenge_response(&challenge, &hash)));
    }
    // Identifier, flags, the peer's challenge (16), reserved (8), the response (24).
    let value = find(Code::MS_CHAP2_RESPONSE)?;
    let (challenge, identifier) = challenge::<17, 16>(tunnel).ok()?;
    let (&[said, _flags], rest) = value.split_first_chunk()?;
    let (peer_challenge, rest) = rest.split_first_chunk::<16>()?;
    let response = rest.get(8..)?;
    let both = challenge_hash(peer_challenge, &challenge, find(Code::USER_NAME)?);
    let expected = challenge_response(&both, &hash);
    is(response, &expected).filter(|_| said == identifier)?;
    let proof: String = authenticator_response_text(&authenticator_response(&hash, &expected, &both));
    Some(Verdict::Prove([&[identifier], proof.as_bytes()].concat()))
}

impl Method for Exchange {
    fn first_request(&mut self, _context: &mut Context<'_>, _identifier: u8) -> Vec<u8> {
        self.tunnel.start()
    }

    fn handle_response(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        match self.tunnel.handle_response(context.unix_time, data) {
            Event::Step(step) => step,
            Event::Message(plaintext) => self.handle_message(context, &plaintext),
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.tunnel.commit_session();
        self.tunnel.tunnel()?.keys(KIND, KEY_LABEL)
    }
}
