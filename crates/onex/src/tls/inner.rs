//! The EAP conversation inside a tunnel.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Client;
use crate::eap::{Failure, Offer, Peer, Profile, Reaction};
use crate::method::{Answer, Context, Decision, Discarded, ExportedKeys, MethodFailure, Question, Secret};
use crate::methods::gtc::Gtc;
use crate::methods::md5::Md5Challenge;
use crate::methods::mschapv2::Mschapv2;
use crate::methods::tls::TlsOffer;

/// Who the user is inside a tunnel, and the methods that prove it there.
pub struct Inner {
    /// The user's name. `None`: the one that was told outside.
    pub identity: Option<Vec<u8>>,
    /// The password. `None`: it is asked for.
    pub password: Option<Secret>,
    /// The methods, the preferred first.
    pub methods: Vec<InnerMethod>,
}

/// A method inside a tunnel.
pub enum InnerMethod {
    /// MS-CHAPv2.
    Mschapv2,
    /// Generic token card: the server learns the password.
    Gtc,
    /// MD5-Challenge. Makes no keys to bind the tunnel with.
    Md5Challenge,
    /// TLS with a certificate of the user, which only the server sees.
    Tls(Arc<Client>),
}

impl Inner {
    /// The profile of one conversation inside the tunnel of a user who is called `outer` outside.
    fn profile(&self, outer: &[u8]) -> Profile {
        let password = || self.password.as_ref().map(Secret::duplicate);
        let offer = |method: &InnerMethod| -> Box<dyn Offer> {
            match method {
                InnerMethod::Mschapv2 => Box::new(Mschapv2 {
                    user: None,
                    password: password(),
                }),
                InnerMethod::Gtc => Box::new(Gtc { password: password() }),
                InnerMethod::Md5Challenge => Box::new(Md5Challenge { password: password() }),
                InnerMethod::Tls(client) => Box::new(TlsOffer(Arc::clone(client))),
            }
        };
        Profile {
            identity: Some(self.identity.as_deref().unwrap_or(outer).to_vec()),
            offers: self.methods.iter().map(offer).collect(),
            needs_keys: false,
        }
    }
}

/// One conversation inside a tunnel, where packets are neither lost nor forged: what is malformed ends it.
pub(crate) struct Conversation {
    peer: Peer,
    /// The identifier of the last request.
    identifier: u8,
}

/// What came of a packet.
pub(crate) enum Heard {
    /// Say this EAP packet in the tunnel.
    Say(Zeroizing<Vec<u8>>),
    /// Ask the user.
    Ask(Question),
    /// The server calls it a success, and so does the method.
    Succeeded(Option<ExportedKeys>),
    /// It is over.
    Failed(MethodFailure),
}

impl Conversation {
    /// A conversation of a user who is called `outer` outside.
    pub(crate) fn begin(inner: &Inner, outer: &[u8]) -> Self {
        Self {
            peer: Peer::new(inner.profile(outer)),
            identifier: 0,
        }
    }

    /// Takes an EAP packet.
    pub(crate) fn hear(&mut self, context: &mut Context<'_>, packet: &[u8]) -> Heard {
        self.identifier = packet.get(1).copied().unwrap_or_default();
        heard(self.peer.handle_packet(context, packet))
    }

    /// Takes the word of the tunnel that the conversation has come to a good end: does the method agree?
    pub(crate) fn conclude(&mut self, context: &mut Context<'_>) -> Heard {
        heard(self.peer.handle_packet(context, &[3, self.identifier, 0, 4]))
    }

    /// Takes the answer to [`Heard::Ask`].
    pub(crate) fn answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Heard {
        heard(self.peer.handle_answer(context, answer))
    }

    /// Whether a success would be believed now.
    pub(crate) fn decision(&self) -> Decision {
        self.peer.decision()
    }

    /// What the method knows for certain about its failure.
    pub(crate) fn certain_failure(&self) -> Option<MethodFailure> {
        self.peer.certain_failure()
    }

    /// What the method knows about its failure.
    pub(crate) fn failure(&self) -> Option<MethodFailure> {
        self.peer.failure()
    }
}

fn heard(reaction: Result<Reaction, Discarded>) -> Heard {
    match reaction {
        Ok(Reaction::Respond(response) | Reaction::Notify { response, .. }) => Heard::Say(response),
        Ok(Reaction::Ask(question)) => Heard::Ask(question),
        Ok(Reaction::Succeeded(keys)) => Heard::Succeeded(keys),
        Ok(Reaction::Failed(Failure::Method(failure))) => Heard::Failed(failure),
        Ok(Reaction::Failed(failure)) => Heard::Failed(MethodFailure::Inside(Box::new(failure))),
        Err(Discarded::EarlySuccess) => Heard::Failed(MethodFailure::Inside(Box::new(Failure::EarlySuccess))),
        Err(_) => Heard::Failed(MethodFailure::Malformed {
            field: "EAP packet in the tunnel",
        }),
    }
}
