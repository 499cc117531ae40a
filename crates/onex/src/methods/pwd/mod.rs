//! EAP-pwd (RFC 5931, RFC 8146): both sides prove that they know the password, and who listens, or plays one of the
//! sides, can try one password an attempt at most. Needs neither certificates nor a tunnel.

mod channel;
mod message;
mod preparation;

use alloc::boxed::Box;
use alloc::vec::Vec;

use keys::curve::Curve;
use keys::pwd::{Agreement, Commitment, Seed, Side};
use zeroize::Zeroizing;

use crate::eap::Offer;
use crate::method::{
    Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Question, Secret, Step,
};
pub(crate) use channel::{Channel, Exchange, Malformed, Received};
pub(crate) use message::{Commit, Id};
pub use preparation::{Preparation, SaltedHash};

/// EAP-pwd with a password, or with one that is asked for.
pub struct Pwd {
    /// The password.
    pub password: Option<Secret>,
}

impl Offer for Pwd {
    fn kind(&self) -> MethodType {
        MethodType::PWD
    }

    fn password(&mut self) -> Option<&mut Option<Secret>> {
        Some(&mut self.password)
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        Box::new(Conversation {
            identity: identity.to_vec(),
            password: self.password.as_ref().map(Secret::duplicate),
            channel: Channel::new(),
            state: State::Begun,
        })
    }
}

struct Conversation {
    identity: Vec<u8>,
    password: Option<Secret>,
    channel: Channel,
    state: State,
}

enum State {
    /// The server is to say who it is.
    Begun,
    /// It has said so, and is to commit itself.
    Identified(Id),
    /// It has, and the password is asked for.
    Asking(Id, Vec<u8>),
    /// Both have, and the server is to prove that it knows the password.
    Committed(Box<Agreement>),
    /// It has.
    Proved(Box<Agreement>),
    Over,
}

impl Conversation {
    fn handle_message(&mut self, context: &mut Context<'_>, exchange: Exchange, message: Vec<u8>) -> Step {
        match (core::mem::replace(&mut self.state, State::Over), exchange) {
            (State::Begun, Exchange::Id) => self.answer_id(&message),
            (State::Identified(id), Exchange::Commit) => match self.password.take() {
                Some(password) => self.answer_commit(context, &id, &message, &password),
                None => {
                    self.state = State::Asking(id, message);
                    Step::Ask(Question::Password { again: false })
                }
            },
            (State::Committed(agreement), Exchange::Confirm) => self.answer_confirm(agreement, &message),
            _ => Step::Fail(MethodFailure::Unexpected { message: "pwd message" }),
        }
    }

    fn answer_id(&mut self, message: &[u8]) -> Step {
        let id = match Id::parse(message) {
            Ok(id) => id,
            Err(failure) => return Step::Fail(failure),
        };
        let own = Id {
            name: self.identity.clone(),
            ..id
        };
        let response = self.channel.send(Exchange::Id, own.emit());
        self.state = State::Identified(id);
        Step::respond(response)
    }

    fn answer_commit(&mut self, context: &mut Context<'_>, id: &Id, message: &[u8], password: &Secret) -> Step {
        match self.commit(context, id, message, password) {
            Ok((agreement, response)) => {
                self.state = State::Committed(agreement);
                Step::respond(response)
            }
            Err(failure) => Step::Fail(failure),
        }
    }

    fn commit(
        &mut self,
        context: &mut Context<'_>,
        id: &Id,
        message: &[u8],
        password: &Secret,
    ) -> Result<(Box<Agreement>, Vec<u8>), MethodFailure> {
        let malformed = MethodFailure::Malformed { field: "pwd commit" };
        let Some(commit) = Commit::parse(message, id.curve, id.preparation.has_salt()) else {
            return Err(malformed);
        };
        let prepared: Zeroizing<Vec<u8>> = id.preparation.apply(password, commit.salt)?;
        let own = commitment(context, id, &self.identity, &id.name, &prepared).ok_or(malformed.clone())?;
        let agreement = own
            .agree(Side::Peer, commit.element, commit.scalar)
            .map_err(|_| malformed)?;
        let response = Commit {
            salt: &[],
            element: own.element(),
            scalar: own.scalar(),
        };
        Ok((
            Box::new(agreement),
            self.channel.send(Exchange::Commit, response.emit()),
        ))
    }

    fn answer_confirm(&mut self, agreement: Box<Agreement>, confirm: &[u8]) -> Step {
        if !agreement.verify(Side::Server, confirm) {
            return Step::Fail(MethodFailure::Impostor { secret: "password" });
        }
        let own = agreement.confirm(Side::Peer).to_vec();
        self.state = State::Proved(agreement);
        Step::respond(self.channel.send(Exchange::Confirm, own))
    }
}

impl Method for Conversation {
    fn kind(&self) -> MethodType {
        MethodType::PWD
    }

    fn handle_request(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        match self.channel.receive(data) {
            Ok(Received::Reply(reply)) => Step::respond(reply),
            Ok(Received::Message(exchange, message)) => self.handle_message(context, exchange, message),
            Err(Malformed) => Step::Fail(MethodFailure::Malformed { field: "pwd message" }),
        }
    }

    fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Step {
        let State::Asking(id, message) = core::mem::replace(&mut self.state, State::Over) else {
            return Step::Fail(MethodFailure::Unasked);
        };
        match answer {
            Answer::Secret(password) => self.answer_commit(context, &id, &message, &password),
            _ => Step::Fail(MethodFailure::Unanswered { about: "password" }),
        }
    }

    fn decision(&self) -> Decision {
        match self.state {
            State::Proved(_) => Decision::ConditionalSuccess,
            _ => Decision::Fail,
        }
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Proved(agreement) => export(&agreement),
            other => {
                self.state = other;
                None
            }
        }
    }
}

/// One side's share, after both have said their names.
pub(crate) fn commitment(
    context: &mut Context<'_>,
    id: &Id,
    peer: &[u8],
    server: &[u8],
    password: &[u8],
) -> Option<Commitment> {
    let seed = Seed {
        token: id.token,
        peer,
        server,
        password,
    };
    Commitment::new(id.curve, &seed, context.rng)
}

/// The keys of an exchange that both sides have confirmed.
pub(crate) fn export(agreement: &Agreement) -> Option<ExportedKeys> {
    let keys = agreement.keys();
    ExportedKeys::new(&keys.msk, Some(&keys.emsk), keys.session_id.to_vec())
}

/// The curve where nobody asks for another: as strong as the ciphers that its keys are for.
pub(crate) const DEFAULT_CURVE: Curve = Curve::P256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server;
    use crate::testing::context;

    fn peer(password: Option<&str>) -> Conversation {
        Conversation {
            identity: b"alice".to_vec(),
            password: password.map(Secret::from),
            channel: Channel::new(),
            state: State::Begun,
        }
    }

    fn server(curve: Curve, preparation: Preparation) -> Box<dyn server::Method> {
        let mut offer = server::Pwd {
            curve,
            preparation,
            ..server::Pwd::new("wonderland".into())
        };
        server::Offer::begin(&mut offer, b"alice")
    }

    /// Runs both to the end of either.
    fn meet(peer: &mut Conversation, server: &mut dyn server::Method) -> Result<(), MethodFailure> {
        context(|context| {
            let mut request = server.first_request(context, 1);
            for identifier in 1.. {
                let response = match peer.handle_request(context, identifier, &request) {
                    Step::Respond(response) => response,
                    Step::Ask(_) => match peer.handle_answer(context, Answer::Secret("wonderland".into())) {
                        Step::Respond(response) => response,
                        _ => panic!("an answer leads on"),
                    },
                    Step::Fail(failure) => return Err(failure),
                    Step::Ignore(discarded) => panic!("{discarded}"),
                };
                match server.handle_response(context, identifier, &response) {
                    server::Step::Request(next) => request = next,
                    server::Step::Succeeded => return Ok(()),
                    other => panic!("{other:?}"),
                }
            }
            unreachable!()
        })
    }

    #[test]
    fn both_sides_have_the_same_keys_with_every_curve_and_preparation() {
        let salted = |hash| Preparation::Salted { hash, opaque: false };
        for (curve, preparation) in [
            (Curve::P256, Preparation::Raw),
            (Curve::P384, Preparation::Microsoft),
            (Curve::P521, Preparation::SaslPrep),
            (Curve::P256, salted(SaltedHash::Sha1)),
            (Curve::P256, salted(SaltedHash::Sha256)),
            (Curve::P384, salted(SaltedHash::Sha512)),
        ] {
            let (mut peer, mut server) = (peer(Some("wonderland")), server(curve, preparation));
            assert_eq!(meet(&mut peer, server.as_mut()), Ok(()));
            assert_eq!(peer.decision(), Decision::ConditionalSuccess);
            let (ours, theirs) = (peer.keys().unwrap(), server.keys().unwrap());
            assert!(ours.msk == theirs.msk && ours.emsk == theirs.emsk);
            assert_eq!(ours.session_id, theirs.session_id);
            assert!(peer.keys().is_none(), "keys are taken once");
        }
    }

    #[test]
    fn fragments_lead_to_the_same_end() {
        let (mut peer, mut server) = (peer(Some("wonderland")), server(Curve::P521, Preparation::Raw));
        peer.channel = Channel::with_fragments_of(40);
        assert_eq!(meet(&mut peer, server.as_mut()), Ok(()));
    }

    #[test]
    fn a_missing_password_is_asked_for_after_the_commit() {
        let (mut peer, mut server) = (peer(None), server(Curve::P256, Preparation::Raw));
        assert_eq!(meet(&mut peer, server.as_mut()), Ok(()));
    }

    #[test]
    fn a_server_with_another_password_proves_nothing() {
        let (mut peer, mut server) = (peer(Some("looking-glass")), server(Curve::P256, Preparation::Raw));
        assert_eq!(
            meet(&mut peer, server.as_mut()),
            Err(MethodFailure::Impostor { secret: "password" })
        );
        assert_eq!(peer.decision(), Decision::Fail);
        assert!(peer.keys().is_none());
    }

    #[test]
    fn a_message_out_of_turn_ends_the_conversation() {
        let mut peer = peer(Some("wonderland"));
        let step = context(|context| peer.handle_request(context, 1, &[3, 0]));
        assert!(matches!(step, Step::Fail(MethodFailure::Unexpected { .. })));
    }
}
