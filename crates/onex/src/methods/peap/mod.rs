//! PEAP: EAP in a tunnel to a server that proves itself ([MS-PEAP] for version 0, draft-josefsson-pppext-eap-tls-eap-05
//! for version 1; with TLS 1.3 RFC 9427).

pub(crate) mod binding;
#[cfg(test)]
mod tests;
pub(crate) mod tlv;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use self::binding::Binding;
use self::tlv::{BindingTlv, Extensions};
use crate::eap::Offer;
use crate::method::{Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Secret, Step};
use crate::methods::tls::{COMMITMENT, KEY_LABEL};
use crate::tls::{Client, Conversation, Event, Heard, Inner, PeerTunnel};

/// The number of the type.
pub(crate) const KIND: u8 = 25;

/// PEAP in a profile.
pub struct Peap {
    /// By what the server is believed.
    pub client: Arc<Client>,
    /// What is said inside the tunnel.
    pub inner: Inner,
    /// Whether the tunnel must be bound to what is said inside.
    pub demand: BindingDemand,
}

/// Whether the server must prove that the tunnel and the method inside end at the same place. Without that proof,
/// somebody who gets a user to authenticate with the inner method elsewhere can pass it on through a tunnel of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BindingDemand {
    /// It must. Only version 0 can.
    #[default]
    Required,
    /// It is verified where the server sends it, and done without where it does not, as FreeRADIUS 3 and version 1.
    Optional,
}

impl Offer for Peap {
    fn kind(&self) -> MethodType {
        MethodType::PEAP
    }

    fn password(&mut self) -> Option<&mut Option<Secret>> {
        Some(&mut self.inner.password)
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        let max_version = match self.demand {
            BindingDemand::Required => 0,
            BindingDemand::Optional => 1,
        };
        Box::new(Exchange {
            tunnel: PeerTunnel::new(Arc::clone(&self.client), max_version),
            conversation: Conversation::begin(&self.inner, identity),
            demand: self.demand,
            state: State::Handshake,
            failure: None,
        })
    }
}

struct Exchange {
    tunnel: PeerTunnel,
    conversation: Conversation,
    demand: BindingDemand,
    state: State,
    /// What the conversation inside came to, when that was no success.
    failure: Option<MethodFailure>,
}

enum State {
    Handshake,
    /// The session is that of an authentication which came to a good end: the server may do without another.
    Resumed,
    /// EAP is spoken inside.
    Inside,
    /// Both sides call it a success; bound or not.
    Concluded(Option<Binding>),
    /// One side does not.
    Failed,
}

impl Exchange {
    fn handle_event(&mut self, context: &mut Context<'_>, identifier: u8, event: Event) -> Step {
        let plaintext = match event {
            Event::Step(step) => return step,
            Event::Message(plaintext) => plaintext,
        };
        let Some((established, resumed, version)) = self
            .tunnel
            .tunnel()
            .map(|tunnel| (tunnel.is_established(), tunnel.is_resumed(), tunnel.version))
        else {
            return self.tunnel.fail(unexpected());
        };
        match self.state {
            State::Handshake if established => {
                self.state = if resumed { State::Resumed } else { State::Inside };
            }
            // The server accepts the resumed session (as in RFC 9190, 2.5), and will say so in PEAP's way as well.
            State::Resumed if *plaintext == COMMITMENT => return self.tunnel.reply(&[]),
            State::Handshake | State::Resumed | State::Inside | State::Concluded(_) | State::Failed => {}
        }
        if plaintext.is_empty() {
            return self.tunnel.reply(&[]);
        }
        match self.state {
            State::Resumed if version > 0 && is_success(&plaintext) => {
                self.state = State::Concluded(None);
                self.tunnel.reply(&[])
            }
            State::Resumed | State::Inside if version > 0 => {
                self.state = State::Inside;
                let heard = self.conversation.hear(context, &plaintext);
                self.say(heard)
            }
            State::Resumed | State::Inside if Extensions::is_in(&plaintext) => {
                self.handle_result(context, identifier, &plaintext)
            }
            State::Resumed | State::Inside => {
                self.state = State::Inside;
                let heard = self.conversation.hear(context, &with_header(identifier, &plaintext));
                self.say(heard)
            }
            // Why it has failed stays what it is, whatever the server says to that.
            State::Failed => {
                let failure = self.failure.clone().unwrap_or_else(unexpected);
                self.tunnel.fail(failure)
            }
            State::Handshake | State::Concluded(_) => self.tunnel.fail(unexpected()),
        }
    }

    /// Says what the conversation has to say: in version 0 without its header.
    fn say(&mut self, heard: Heard) -> Step {
        let is_version_0 = self.tunnel.tunnel().is_none_or(|tunnel| tunnel.version == 0);
        match heard {
            Heard::Say(packet) if is_version_0 => self.tunnel.reply(packet.get(4..).unwrap_or_default()),
            Heard::Say(packet) => self.tunnel.reply(&packet),
            Heard::Ask(question) => Step::Ask(question),
            // Version 1 ends with the success of the conversation, version 0 with a result behind it.
            Heard::Succeeded(_) => {
                self.state = State::Concluded(None);
                self.tunnel.reply(&[])
            }
            Heard::Failed(failure) => {
                self.state = State::Failed;
                self.failure = Some(failure);
                self.tunnel.reply(&[])
            }
        }
    }

    /// The end of version 0: the server says what it came to, and the peer agrees or not.
    fn handle_result(&mut self, context: &mut Context<'_>, identifier: u8, packet: &[u8]) -> Step {
        let Some(extensions) = Extensions::parse(packet) else {
            return self.tunnel.fail(MethodFailure::Malformed {
                field: "result in the tunnel",
            });
        };
        let agreed = match extensions.success {
            Some(true) => self.agree(context, extensions.binding.as_ref()),
            Some(false) => Err(self.conversation.failure()),
            None => return self.tunnel.fail(unexpected()),
        };
        let (success, binding) = match agreed {
            Ok((bound, tlv)) => {
                self.state = State::Concluded(bound);
                (true, tlv)
            }
            Err(failure) => {
                self.state = State::Failed;
                self.failure = failure;
                (false, None)
            }
        };
        let response = Extensions {
            success: Some(success),
            binding,
        };
        self.tunnel.reply(&response.to_vec(true, identifier))
    }

    /// Whether the peer calls it a success, too; then the keys of the binding, and what proves them to the server.
    fn agree(
        &mut self,
        context: &mut Context<'_>,
        theirs: Option<&BindingTlv>,
    ) -> Result<(Option<Binding>, Option<BindingTlv>), Option<MethodFailure>> {
        let tunnel = self.tunnel.tunnel().ok_or(None)?;
        let material = tunnel.material(KIND, KEY_LABEL).ok_or(None)?;
        let binding = match self.state {
            State::Resumed => Binding::resumed(&material),
            _ => match self.conversation.conclude(context) {
                Heard::Succeeded(keys) => Binding::new(&material, keys.as_ref()),
                Heard::Failed(failure) => return Err(Some(failure)),
                Heard::Say(_) | Heard::Ask(_) => return Err(Some(unexpected())),
            },
        };
        let Some(theirs) = theirs else {
            return match self.demand {
                BindingDemand::Required => Err(Some(MethodFailure::Unbound)),
                BindingDemand::Optional => Ok((None, None)),
            };
        };
        // Both versions are 0: whoever changes them wants an older one.
        if theirs.is_response || theirs.versions != [0; 2] || !binding.verifies(theirs) {
            return Err(Some(MethodFailure::WronglyBound));
        }
        let mut nonce = [0; 32];
        context.rng.fill_bytes(&mut nonce);
        let mut ours = BindingTlv {
            versions: [0; 2],
            is_response: true,
            nonce,
            mac: [0; 20],
        };
        binding.sign(&mut ours);
        Ok((Some(binding), Some(ours)))
    }
}

const fn unexpected() -> MethodFailure {
    MethodFailure::Unexpected {
        message: "message in the tunnel",
    }
}

/// Whether a packet of version 1 is a success.
fn is_success(packet: &[u8]) -> bool {
    matches!(packet, [3, _, 0, 4])
}

/// Puts the header before what came in version 0: a request, with the identifier of the packet around it.
fn with_header(identifier: u8, data: &[u8]) -> Zeroizing<Vec<u8>> {
    let len = u16::try_from(data.len() + 4).unwrap_or(u16::MAX);
    let [high, low] = len.to_be_bytes();
    Zeroizing::new([&[1, identifier, high, low], data].concat())
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        MethodType::PEAP
    }

    fn handle_request(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        let event = self.tunnel.handle_request(context, data);
        self.handle_event(context, identifier, event)
    }

    fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Step {
        if self.tunnel.is_asking() {
            // The question is about the handshake, in which nothing is said inside yet.
            let event = self.tunnel.handle_answer(&answer);
            return self.handle_event(context, 0, event);
        }
        let heard = self.conversation.answer(context, answer);
        self.say(heard)
    }

    fn decision(&self) -> Decision {
        match (&self.state, self.tunnel.tunnel()) {
            (State::Concluded(_), Some(_)) => Decision::UnconditionalSuccess,
            // A server that skips what is to be said inside is not believed (CVE-2023-52160).
            _ => Decision::Fail,
        }
    }

    fn failure(&self) -> Option<MethodFailure> {
        self.tunnel
            .failure()
            .or_else(|| self.failure.clone())
            .or_else(|| self.conversation.failure())
    }

    fn certain_failure(&self) -> Option<MethodFailure> {
        self.tunnel
            .certain_failure()
            .or_else(|| self.failure.clone())
            .or_else(|| self.conversation.certain_failure())
    }

    fn is_inside(&self) -> bool {
        self.tunnel.stands() && self.decision() == Decision::Fail
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        let State::Concluded(binding) = &self.state else {
            return None;
        };
        let tunnel = self.tunnel.tunnel()?;
        let keys = match binding {
            Some(binding) => tunnel.keys_from(KIND, &binding.keys()),
            None => tunnel.keys(KIND, KEY_LABEL),
        };
        self.tunnel.commit_session();
        keys
    }
}
