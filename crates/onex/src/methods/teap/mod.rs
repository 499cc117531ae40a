//! TEAP: EAP or a password in a tunnel to a server that proves itself, each method bound to the tunnel (RFC 9930).
//!
//! Only with TLS 1.2: with TLS 1.3 the keys come about in another way (RFC 9427, 2.2). Without provisioning: neither certificates nor PACs are asked for.

pub(crate) mod binding;
pub(crate) mod message;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use self::binding::{Candidates, Chain};
use self::message::{BindingTlv, Message};
use crate::eap::Offer;
use crate::method::{
    Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Question, Secret, Step,
};
use crate::tls::{Client, Conversation, Event, Heard, Inner, PeerTunnel, Tunnel};

/// The number of the type.
pub(crate) const KIND: u8 = 55;
/// The label that the seed of all keys is exported under.
pub(crate) const SEED_LABEL: &[u8] = b"EXPORTER: teap session key seed";
/// The one version.
pub(crate) const VERSION: u8 = 1;

/// The flag of a packet that ends with what is said outside the tunnel, behind a length of 4 octets.
const OUTER: u8 = 0x10;
/// The flag of a packet that says how long its message is, in 4 octets.
const LENGTH: u8 = 0x80;
const START: u8 = 0x20;
/// Whose identity is proved: the user's.
const USER: u16 = 1;

/// TEAP in a profile.
pub struct Teap {
    /// By what the server is believed.
    pub client: Arc<Client>,
    /// What is said inside the tunnel. Its password answers a server that asks for nothing else, as well.
    pub inner: Arc<Inner>,
}

impl Offer for Teap {
    fn kind(&self) -> MethodType {
        MethodType::Iana(KIND)
    }

    /// None while another authentication goes on, or where several profiles share one user.
    fn password(&mut self) -> Option<&mut Option<Secret>> {
        Arc::get_mut(&mut self.inner).map(|inner| &mut inner.password)
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            tunnel: PeerTunnel::new(Arc::clone(&self.client), VERSION),
            inner: Arc::clone(&self.inner),
            identity: identity.to_vec(),
            outer: Vec::new(),
            state: State::Handshake,
            held: Message::default(),
            failure: None,
        })
    }
}

struct Exchange {
    tunnel: PeerTunnel,
    inner: Arc<Inner>,
    identity: Vec<u8>,
    /// What the server said outside the tunnel when it began.
    outer: Vec<u8>,
    state: State,
    /// What goes out with the answer to a question.
    held: Message,
    failure: Option<MethodFailure>,
}

enum State {
    Handshake,
    Inside {
        chain: Chain,
        running: Running,
        proof: Proof,
    },
    /// Both sides call it a success.
    Concluded(Chain),
    /// One side does not.
    Failed,
}

/// What has been proved inside the tunnel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Nothing,
    /// The session is that of an authentication which came to a good end: no method is needed, but a binding is
    /// (RFC 9930, 4.2.13).
    Session,
    /// The last method, or the resumed session, is bound to the tunnel.
    Bound,
}

/// What is under way inside the tunnel.
enum Running {
    Nothing,
    Eap(Box<Conversation>),
    Password {
        /// How often it was asked for.
        attempts: u8,
    },
}

impl Exchange {
    /// The conversation that is under way inside the tunnel.
    fn conversation(&self) -> Option<&Conversation> {
        match &self.state {
            State::Inside {
                running: Running::Eap(conversation),
                ..
            } => Some(conversation),
            _ => None,
        }
    }

    fn handle_event(&mut self, context: &mut Context<'_>, event: Event) -> Step {
        let plaintext = match event {
            Event::Step(step) => return step,
            Event::Message(plaintext) => plaintext,
        };
        let Some(tunnel) = self.tunnel.tunnel() else {
            return self.tunnel.fail(unexpected());
        };
        if matches!(self.state, State::Handshake) && tunnel.is_established() {
            match self.enter(tunnel) {
                Ok(state) => self.state = state,
                Err(failure) => return self.tunnel.fail(failure),
            }
        }
        if plaintext.is_empty() {
            return self.tunnel.reply(&[]);
        }
        match Message::parse(&plaintext) {
            Some(message) => self.hear(context, &message),
            None => self.tunnel.fail(MethodFailure::Malformed {
                field: "message in the tunnel",
            }),
        }
    }

    fn enter(&self, tunnel: &Tunnel) -> Result<State, MethodFailure> {
        if tunnel.is_tls13() {
            return Err(MethodFailure::Unacceptable {
                what: "TEAP over TLS 1.3",
            });
        }
        let seed = tunnel.export(SEED_LABEL, None).ok_or_else(unexpected)?;
        Ok(State::Inside {
            chain: Chain::new(tunnel.hash(), seed, self.outer.clone()),
            running: Running::Nothing,
            proof: match tunnel.is_resumed() {
                true => Proof::Session,
                false => Proof::Nothing,
            },
        })
    }

    fn hear(&mut self, context: &mut Context<'_>, message: &Message) -> Step {
        if let Some(kind) = message.not_understood {
            return self.say(&Message {
                not_understood: Some(kind),
                ..Message::default()
            });
        }
        if let Some(code) = message.error {
            self.failure = Some(error(code));
        }
        let mut reply = Message::default();
        if message.intermediate.is_some() || message.binding.is_some() {
            match self.conclude_method(context, message) {
                Ok(binding) => {
                    reply.intermediate = message.intermediate;
                    reply.binding = Some(binding);
                }
                Err(failure) => return self.refuse(message, failure),
            }
        }
        match message.result {
            Some(true) => match self.conclude() {
                Ok(()) => reply.result = Some(true),
                Err(failure) => return self.refuse(message, Some(failure)),
            },
            Some(false) => return self.refuse(message, None),
            None => {}
        }
        self.go_on(context, message, reply)
    }

    /// The next step of what is under way inside, or its first one.
    fn go_on(&mut self, context: &mut Context<'_>, message: &Message, mut reply: Message) -> Step {
        let State::Inside { running, proof, .. } = &mut self.state else {
            return self.say(&reply);
        };
        if let Some(packet) = &message.eap {
            *proof = Proof::Nothing;
            if !matches!(running, Running::Eap(_)) {
                *running = Running::Eap(Box::new(Conversation::begin(&self.inner, &self.identity)));
            }
            let Running::Eap(conversation) = running else {
                return self.tunnel.fail(unexpected());
            };
            reply.identity_type = message.identity_type.map(|_| USER);
            let heard = conversation.hear(context, packet);
            return self.take(heard, reply);
        }
        if message.password_request.is_some() {
            *proof = Proof::Nothing;
            let attempts = match running {
                Running::Password { attempts } => attempts.saturating_add(1),
                Running::Nothing | Running::Eap(_) => 1,
            };
            *running = Running::Password { attempts };
            reply.identity_type = message.identity_type.map(|_| USER);
            return match self.inner.password.as_ref().filter(|_| attempts == 1) {
                Some(password) => {
                    let password = password.duplicate();
                    self.log_in(&password, reply)
                }
                None => {
                    self.held = reply;
                    Step::Ask(Question::Password { again: attempts > 1 })
                }
            };
        }
        self.say(&reply)
    }

    fn log_in(&mut self, password: &Secret, reply: Message) -> Step {
        let user = self.inner.identity.as_ref().unwrap_or(&self.identity);
        if user.len() > 255 || password.as_bytes().len() > 255 {
            return self.tunnel.fail(MethodFailure::Missing {
                what: "name and password of at most 255 octets",
            });
        }
        let login = (user.clone(), Zeroizing::new(password.as_bytes().to_vec()));
        self.say(&Message {
            password_response: Some(login),
            ..reply
        })
    }

    fn take(&mut self, heard: Heard, reply: Message) -> Step {
        match heard {
            Heard::Say(packet) => self.say(&Message {
                eap: Some(packet),
                ..reply
            }),
            Heard::Ask(question) => {
                self.held = reply;
                Step::Ask(question)
            }
            // The server says it by a result, and not by EAP itself.
            Heard::Succeeded(_) => self.tunnel.fail(unexpected()),
            Heard::Failed(failure) => self.tunnel.fail(failure),
        }
    }

    fn say(&mut self, message: &Message) -> Step {
        self.tunnel.reply(&message.to_vec())
    }

    /// The end of one method: both sides call it a success, and both have its keys.
    ///
    /// # Errors
    /// The method's end is a failure, with the reason if there is one.
    fn conclude_method(
        &mut self,
        context: &mut Context<'_>,
        message: &Message,
    ) -> Result<BindingTlv, Option<MethodFailure>> {
        let State::Inside { chain, running, proof } = &mut self.state else {
            return Err(Some(unexpected()));
        };
        let keys = match (core::mem::replace(running, Running::Nothing), message.intermediate) {
            (Running::Eap(mut conversation), Some(true)) => match conversation.conclude(context) {
                Heard::Succeeded(keys) => keys,
                Heard::Failed(failure) => return Err(Some(failure)),
                Heard::Say(_) | Heard::Ask(_) => return Err(Some(unexpected())),
            },
            (Running::Eap(conversation), _) => return Err(conversation.failure()),
            (Running::Password { .. }, Some(true)) => None,
            (Running::Password { .. }, _) => return Err(Some(MethodFailure::Credentials)),
            // Nothing need be done inside a resumed tunnel; it is bound all the same.
            (Running::Nothing, None) if *proof != Proof::Nothing => None,
            (Running::Nothing, _) => return Err(Some(unexpected())),
        };
        let theirs = message.binding.as_ref().ok_or(Some(MethodFailure::Unbound))?;
        let candidates = chain.candidates(keys.as_ref());
        let binding = answer(chain, &candidates, theirs).ok_or(Some(MethodFailure::WronglyBound))?;
        chain.advance(candidates, binding.flags);
        *proof = Proof::Bound;
        Ok(binding)
    }

    /// The end of everything: only if what was said inside has been proved.
    fn conclude(&mut self) -> Result<(), MethodFailure> {
        match core::mem::replace(&mut self.state, State::Failed) {
            State::Inside {
                chain,
                running: Running::Nothing,
                proof: Proof::Bound,
            } => {
                self.state = State::Concluded(chain);
                Ok(())
            }
            State::Inside {
                running: Running::Nothing,
                proof: Proof::Session,
                ..
            } => Err(MethodFailure::Unbound),
            // A server that skips what is to be said inside is not believed (CVE-2023-52160).
            _ => Err(unexpected()),
        }
    }

    /// One side calls it a failure; the other agrees.
    fn refuse(&mut self, message: &Message, failure: Option<MethodFailure>) -> Step {
        self.state = State::Failed;
        self.failure = self.failure.take().or(failure);
        self.say(&Message {
            intermediate: message.intermediate.map(|_| false),
            result: Some(false),
            ..Message::default()
        })
    }
}

/// The answer to a binding that is right.
fn answer(chain: &Chain, keys: &Candidates, theirs: &BindingTlv) -> Option<BindingTlv> {
    // Both versions are 1: whoever changes them wants another one. The nonce of a request ends in a zero.
    let [.., last] = theirs.nonce;
    if theirs.is_response || theirs.versions != [VERSION; 2] || last & 1 != 0 || !chain.verifies(keys, theirs) {
        return None;
    }
    let mut ours = BindingTlv {
        is_response: true,
        emsk_mac: [0; 20],
        msk_mac: [0; 20],
        ..theirs.clone()
    };
    let [.., last] = &mut ours.nonce;
    *last |= 1;
    chain.sign(keys, &mut ours);
    Some(ours)
}

const fn unexpected() -> MethodFailure {
    MethodFailure::Unexpected {
        message: "message in the tunnel",
    }
}

/// What an error code says (RFC 9930, 4.2.6).
fn error(code: u32) -> MethodFailure {
    match code {
        1001 => MethodFailure::Refused {
            reason: String::from("the method inside the tunnel has failed"),
        },
        2001 => MethodFailure::WronglyBound,
        2002 => MethodFailure::Refused {
            reason: String::from("a message in the tunnel is unexpected"),
        },
        other => MethodFailure::Refused {
            reason: alloc::format!("error {other} of TEAP"),
        },
    }
}

/// A server's first packet, with what it says outside the tunnel.
pub(crate) fn start(outer: &[u8]) -> Vec<u8> {
    let len = u32::try_from(outer.len()).unwrap_or(u32::MAX);
    [&[START | OUTER | VERSION], &len.to_be_bytes()[..], outer].concat()
}

/// Takes what is said outside the tunnel off a packet: the packet without it, and that. `None` if it is not there.
fn without_outer(data: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&flags, rest) = data.split_first()?;
    let (length, rest) = match flags & LENGTH {
        0 => rest.split_at_checked(0)?,
        _ => rest.split_at_checked(4)?,
    };
    let (outer_len, rest) = rest.split_first_chunk()?;
    let outer_len = usize::try_from(u32::from_be_bytes(*outer_len)).ok()?;
    let (octets, outer) = rest.split_at_checked(rest.len().checked_sub(outer_len)?)?;
    Some(([&[flags & !OUTER], length, octets].concat(), outer))
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        MethodType::Iana(KIND)
    }

    fn handle_request(&mut self, context: &mut Context<'_>, _: u8, data: &[u8]) -> Step {
        let event = match data.first() {
            Some(flags) if flags & OUTER != 0 => match without_outer(data) {
                Some((packet, outer)) if flags & START != 0 => {
                    self.outer = outer.to_vec();
                    self.tunnel.handle_request(context, &packet)
                }
                _ => {
                    return self.tunnel.fail(MethodFailure::Malformed {
                        field: "part outside the tunnel",
                    });
                }
            },
            Some(flags) if flags & START != 0 && flags & 7 < VERSION => {
                return self.tunnel.fail(MethodFailure::Unacceptable {
                    what: "a version of TEAP before 1",
                });
            }
            _ => self.tunnel.handle_request(context, data),
        };
        self.handle_event(context, event)
    }

    fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Step {
        if self.tunnel.is_asking() {
            let event = self.tunnel.handle_answer(&answer);
            return self.handle_event(context, event);
        }
        let reply = core::mem::take(&mut self.held);
        match (&mut self.state, answer) {
            (
                State::Inside {
                    running: Running::Eap(conversation),
                    ..
                },
                answer,
            ) => {
                let heard = conversation.answer(context, answer);
                self.take(heard, reply)
            }
            (
                State::Inside {
                    running: Running::Password { .. },
                    ..
                },
                Answer::Secret(password),
            ) => self.log_in(&password, reply),
            _ => self.tunnel.fail(MethodFailure::Unanswered { about: "password" }),
        }
    }

    fn decision(&self) -> Decision {
        match (&self.state, self.tunnel.tunnel()) {
            (State::Concluded(_), Some(_)) => Decision::UnconditionalSuccess,
            _ => Decision::Fail,
        }
    }

    fn failure(&self) -> Option<MethodFailure> {
        self.tunnel
            .failure()
            .or_else(|| self.failure.clone())
            .or_else(|| self.conversation()?.failure())
    }

    fn certain_failure(&self) -> Option<MethodFailure> {
        self.tunnel
            .certain_failure()
            .or_else(|| self.failure.clone())
            .or_else(|| self.conversation()?.certain_failure())
    }

    fn is_inside(&self) -> bool {
        self.tunnel.stands() && self.decision() == Decision::Fail
    }

    /// Without a session id: TEAP's is made of a value of TLS (`tls-unique`) that rustls does not tell.
    fn keys(&mut self) -> Option<ExportedKeys> {
        let State::Concluded(chain) = &self.state else {
            return None;
        };
        self.tunnel.commit_session();
        keys(chain)
    }
}

/// What a session of this end exports.
pub(crate) fn keys(chain: &Chain) -> Option<ExportedKeys> {
    let material = chain.keys();
    let (msk, rest) = material.split_first_chunk()?;
    ExportedKeys::new(msk, Some(rest.first_chunk()?), Vec::new())
}
