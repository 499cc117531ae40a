//! EAP-TTLS: a tunnel to a server that proves itself, and a password or EAP inside it (RFC 5281; with TLS 1.3 RFC 9427).

pub(crate) mod avp;
mod login;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use self::avp::{Avp, Code};
use crate::eap::Offer;
use crate::method::{
    Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Question, Secret, Step,
};
use crate::methods::tls::COMMITMENT;
use crate::tls::{Client, Conversation, Event, Heard, Inner, PeerTunnel};

pub use self::login::{Login, Protocol};
pub(crate) use self::login::{challenge, chap_response, mschap_value};

/// The number of the type.
pub(crate) const KIND: u8 = 21;

/// The label that keys are exported under in TLS 1.2 (RFC 5281, clause 8).
pub(crate) const KEY_LABEL: &[u8] = b"ttls keying material";

/// The request for an identity, which inside this tunnel the peer takes as made (RFC 5281, 11.2.1).
const IDENTITY_REQUEST: [u8; 5] = [1, 0, 0, 5, 1];

/// EAP-TTLS in a profile.
pub struct Ttls {
    /// By what the server is believed.
    pub client: Arc<Client>,
    /// What is said inside the tunnel.
    pub inside: Inside,
}

/// What is said inside the tunnel.
pub enum Inside {
    /// A name and a password.
    Login(Login),
    /// EAP.
    Eap(Inner),
}

impl Offer for Ttls {
    fn kind(&self) -> MethodType {
        MethodType::TTLS
    }

    fn password(&mut self) -> Option<&mut Option<Secret>> {
        match &mut self.inside {
            Inside::Login(login) => Some(&mut login.password),
            Inside::Eap(inner) => Some(&mut inner.password),
        }
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        let phase = match &self.inside {
            Inside::Login(login) => Phase2::Login {
                exchange: login::Exchange::begin(login, identity),
                password: login.password.as_ref().map(Secret::duplicate),
            },
            Inside::Eap(inner) => Phase2::Eap(Conversation::begin(inner, identity)),
        };
        Box::new(Exchange {
            tunnel: PeerTunnel::new(Arc::clone(&self.client), 0),
            state: State::Handshake,
            phase,
        })
    }
}

struct Exchange {
    tunnel: PeerTunnel,
    state: State,
    phase: Phase2,
}

enum State {
    Handshake,
    /// The session is that of an authentication which came to a good end: the server may do without another.
    Resumed,
    /// The user proves themselves inside the tunnel.
    Inside,
}

enum Phase2 {
    Login {
        exchange: login::Exchange,
        password: Option<Secret>,
    },
    Eap(Conversation),
}

impl Exchange {
    fn handle_event(&mut self, context: &mut Context<'_>, event: Event) -> Step {
        let plaintext = match event {
            Event::Step(step) => return step,
            Event::Message(plaintext) => plaintext,
        };
        let (established, resumed) = match self.tunnel.tunnel() {
            Some(tunnel) => (tunnel.is_established(), tunnel.is_resumed()),
            None => (false, false),
        };
        match self.state {
            State::Handshake if !established => self.tunnel.reply(&[]),
            State::Handshake if resumed => {
                self.state = State::Resumed;
                self.tunnel.reply(&[])
            }
            // The server accepts the resumed session (as in RFC 9190, 2.5).
            State::Resumed if *plaintext == COMMITMENT => self.tunnel.reply(&[]),
            State::Handshake | State::Resumed => {
                self.state = State::Inside;
                self.begin_inside(context)
            }
            State::Inside => self.hear(context, &plaintext),
        }
    }

    fn begin_inside(&mut self, context: &mut Context<'_>) -> Step {
        match &mut self.phase {
            Phase2::Login { password, .. } => match password.take() {
                Some(password) => self.log_in(context, &password),
                None => Step::Ask(Question::Password { again: false }),
            },
            Phase2::Eap(conversation) => {
                let heard = conversation.hear(context, &IDENTITY_REQUEST);
                self.say(heard)
            }
        }
    }

    fn log_in(&mut self, context: &mut Context<'_>, password: &Secret) -> Step {
        let message = match (&mut self.phase, self.tunnel.tunnel()) {
            (Phase2::Login { exchange, .. }, Some(tunnel)) => exchange.prove(context, tunnel, password),
            _ => Err(MethodFailure::Unasked),
        };
        match message {
            Ok(message) => self.tunnel.reply(&message),
            Err(failure) => self.tunnel.fail(failure),
        }
    }

    fn hear(&mut self, context: &mut Context<'_>, plaintext: &[u8]) -> Step {
        let Some(pairs) = understood(plaintext) else {
            return self.tunnel.fail(MethodFailure::Malformed {
                field: "message in the tunnel",
            });
        };
        match &mut self.phase {
            Phase2::Login { exchange, .. } => match exchange.hear(&pairs) {
                Ok(()) => self.tunnel.reply(&[]),
                Err(failure) => self.tunnel.fail(failure),
            },
            Phase2::Eap(conversation) => {
                let packet: Vec<u8> = pairs
                    .iter()
                    .filter(|pair| pair.code == Code::EAP_MESSAGE)
                    .flat_map(|pair| pair.data)
                    .copied()
                    .collect();
                if packet.is_empty() {
                    return self.tunnel.reply(&[]);
                }
                let heard = conversation.hear(context, &packet);
                self.say(heard)
            }
        }
    }

    fn say(&mut self, heard: Heard) -> Step {
        match heard {
            Heard::Say(packet) => self.tunnel.reply(&avp::message(&[(Code::EAP_MESSAGE, &packet)])),
            Heard::Ask(question) => Step::Ask(question),
            // A server has no reason to say it inside; outside it has to be said again.
            Heard::Succeeded(_) => self.tunnel.reply(&[]),
            Heard::Failed(failure) => self.tunnel.fail(failure),
        }
    }
}

/// The pairs of a message. `None` if it is malformed, or has a pair that must be understood and is not.
fn understood(plaintext: &[u8]) -> Option<Vec<Avp<'_>>> {
    const KNOWN: [Code; 4] = [
        Code::EAP_MESSAGE,
        Code::MS_CHAP2_SUCCESS,
        Code::MS_CHAP_ERROR,
        Code::REPLY_MESSAGE,
    ];
    let pairs = Avp::parse_all(plaintext)?;
    pairs
        .iter()
        .all(|pair| !pair.mandatory || KNOWN.contains(&pair.code))
        .then_some(pairs)
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        MethodType::TTLS
    }

    fn handle_request(&mut self, context: &mut Context<'_>, _: u8, data: &[u8]) -> Step {
        let event = self.tunnel.handle_request(context, data);
        self.handle_event(context, event)
    }

    fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Step {
        if self.tunnel.is_asking() {
            let event = self.tunnel.handle_answer(&answer);
            return self.handle_event(context, event);
        }
        match (&mut self.phase, answer) {
            (Phase2::Login { .. }, Answer::Secret(password)) => self.log_in(context, &password),
            (Phase2::Login { .. }, _) => self.tunnel.fail(MethodFailure::Unanswered { about: "password" }),
            (Phase2::Eap(conversation), answer) => {
                let heard = conversation.answer(context, answer);
                self.say(heard)
            }
        }
    }

    fn decision(&self) -> Decision {
        match (&self.state, &self.phase) {
            _ if self.tunnel.tunnel().is_none() => Decision::Fail,
            (State::Handshake, _) => Decision::Fail,
            (State::Resumed, _) => Decision::ConditionalSuccess,
            (State::Inside, Phase2::Login { exchange, .. }) => exchange.decision(),
            (State::Inside, Phase2::Eap(conversation)) => conversation.decision(),
        }
    }

    fn failure(&self) -> Option<MethodFailure> {
        self.tunnel.failure().or_else(|| match &self.phase {
            Phase2::Login { exchange, .. } => exchange.failure(),
            Phase2::Eap(conversation) => conversation.failure(),
        })
    }

    fn certain_failure(&self) -> Option<MethodFailure> {
        self.tunnel.certain_failure().or_else(|| match &self.phase {
            Phase2::Login { exchange, .. } => exchange.failure(),
            Phase2::Eap(conversation) => conversation.certain_failure(),
        })
    }

    fn is_inside(&self) -> bool {
        self.tunnel.stands() && self.decision() == Decision::Fail
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        if self.decision() == Decision::Fail {
            return None;
        }
        let keys = self.tunnel.tunnel()?.keys(KIND, KEY_LABEL);
        self.tunnel.commit_session();
        keys
    }
}
