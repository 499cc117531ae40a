//! EAP-MSCHAPv2: MS-CHAP version 2 (RFC 2759) in EAP, with retries and the change of an expired password.
//!
//! Both sides prove that they know the password. For the inside of a tunnel: see [`crate::mschap`].

mod message;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use crate::eap::Offer;
use crate::method::{
    Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Question, Secret, Step,
};
use crate::mschap::{
    MSK_LEN, MasterKey, PasswordHash, authenticator_response, challenge_hash, challenge_response, encrypt_hash,
    encrypt_password, msk, nt_password_hash,
};
pub(in crate::methods) use message::Refusal;
use message::{Request, change, response};

/// The acknowledgement of a success, 1 octet.
const SUCCESS: [u8; 1] = [3];
/// The acknowledgement of a failure, 1 octet.
const FAILURE: [u8; 1] = [4];

/// EAP-MSCHAPv2 with a password, or with one that is asked for.
pub struct Mschapv2 {
    /// The user's name inside the tunnel; `None`: the one that the server was told.
    pub user: Option<Vec<u8>>,
    /// The password, UTF-8, at most 256 characters.
    pub password: Option<Secret>,
}

impl Offer for Mschapv2 {
    fn kind(&self) -> MethodType {
        MethodType::MSCHAPV2
    }

    fn password(&mut self) -> Option<&mut Option<Secret>> {
        Some(&mut self.password)
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            user: self.user.clone().unwrap_or_else(|| identity.to_vec()),
            password: self.password.as_ref().map(Secret::duplicate),
            state: State::Waiting,
            decision: Decision::Fail,
            failure: None,
            keys: None,
        })
    }
}

struct Exchange {
    user: Vec<u8>,
    password: Option<Secret>,
    state: State,
    decision: Decision,
    failure: Option<MethodFailure>,
    keys: Option<ExportedKeys>,
}

enum State {
    /// The challenge is to come.
    Waiting,
    /// The password for this challenge is asked for, again after a wrong one.
    AskingPassword(Challenge),
    /// The password has expired; a new one is asked for.
    AskingNewPassword(Challenge),
    /// The server must now prove itself with this.
    Proving(Expected),
    /// Nothing more comes.
    Over,
}

#[derive(Clone, Copy)]
struct Challenge {
    identifier: u8,
    octets: [u8; 16],
}

struct Expected {
    authenticator_response: [u8; 20],
    master: MasterKey,
    /// The server's challenge, which a failure without one of its own refers to.
    challenge: [u8; 16],
}

impl Exchange {
    /// Responds to the challenge with the password, or asks for it.
    fn respond(&mut self, context: &mut Context<'_>, challenge: Challenge, again: bool) -> Step {
        let Some(password) = &self.password else {
            self.state = State::AskingPassword(challenge);
            return Step::Ask(Question::Password { again });
        };
        match nt_password_hash(password) {
            Ok(hash) => {
                let (peer_challenge, nt_response) = self.prove(context, &challenge, &hash);
                Step::respond(response(
                    challenge.identifier,
                    &peer_challenge,
                    &nt_response,
                    &self.user,
                ))
            }
            Err(failure) => Step::Fail(failure),
        }
    }

    /// Makes the peer's challenge and its response, and remembers what the server must answer.
    fn prove(&mut self, context: &mut Context<'_>, challenge: &Challenge, hash: &PasswordHash) -> ([u8; 16], [u8; 24]) {
        let mut peer_challenge = [0; 16];
        context.rng.fill_bytes(&mut peer_challenge);
        let both = challenge_hash(&peer_challenge, &challenge.octets, &self.user);
        let nt_response = challenge_response(&both, hash);
        self.state = State::Proving(Expected {
            authenticator_response: authenticator_response(hash, &nt_response, &both),
            master: MasterKey::derive(hash, &nt_response),
            challenge: challenge.octets,
        });
        (peer_challenge, nt_response)
    }

    fn change_password(&mut self, context: &mut Context<'_>, challenge: Challenge, new: Secret) -> Step {
        let Some(old) = &self.password else {
            return Step::Fail(MethodFailure::Unasked);
        };
        let encrypted = nt_password_hash(old).and_then(|old| {
            let password = encrypt_password(&new, &old, context.rng)?;
            Ok((password, encrypt_hash(&old, &new)?, nt_password_hash(&new)?))
        });
        let (encrypted_password, encrypted_hash, hash) = match encrypted {
            Ok(encrypted) => encrypted,
            Err(failure) => return Step::Fail(failure),
        };
        self.password = Some(new);
        let (peer_challenge, nt_response) = self.prove(context, &challenge, &hash);
        Step::respond(change(
            challenge.identifier,
            &encrypted_password,
            &encrypted_hash,
            &peer_challenge,
            &nt_response,
        ))
    }

    fn handle_success(&mut self, expected: &Expected, proof: &[u8; 20]) -> Step {
        if !bool::from(proof.ct_eq(&expected.authenticator_response)) {
            return Step::Fail(self.remember(MethodFailure::Impostor { secret: "password" }));
        }
        self.keys = ExportedKeys::new(&msk(&expected.master), None, Vec::new()).map(|keys| keys.with_msk_len(MSK_LEN));
        self.decision = Decision::UnconditionalSuccess;
        Step::respond(SUCCESS)
    }

    fn remember(&mut self, failure: MethodFailure) -> MethodFailure {
        self.failure = Some(failure.clone());
        failure
    }

    fn handle_refusal(&mut self, last: &Expected, identifier: u8, refusal: &Refusal) -> Step {
        let challenge = Challenge {
            identifier: identifier.wrapping_add(1),
            octets: refusal.challenge.unwrap_or(last.challenge),
        };
        self.failure = Some(refusal.failure());
        match refusal.error {
            Refusal::AUTHENTICATION if refusal.retry => {
                self.state = State::AskingPassword(challenge);
                Step::Ask(Question::Password { again: true })
            }
            Refusal::PASSWORD_EXPIRED => {
                self.state = State::AskingNewPassword(challenge);
                Step::Ask(Question::NewPassword {
                    message: refusal.reason(),
                })
            }
            _ => Step::respond(FAILURE),
        }
    }
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        MethodType::MSCHAPV2
    }

    fn handle_request(&mut self, context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        let Some(request) = Request::parse(data) else {
            return Step::Fail(MethodFailure::Malformed {
                field: "MS-CHAPv2 message",
            });
        };
        match (core::mem::replace(&mut self.state, State::Over), request) {
            // A second challenge begins anew: the server has not seen the response.
            (State::Waiting | State::Proving(_), Request::Challenge { identifier, challenge }) => {
                let challenge = Challenge {
                    identifier,
                    octets: *challenge,
                };
                self.respond(context, challenge, false)
            }
            (State::Proving(expected), Request::Success { authenticator_response }) => {
                self.handle_success(&expected, &authenticator_response)
            }
            (State::Proving(last), Request::Failure { identifier, refusal }) => {
                self.handle_refusal(&last, identifier, &refusal)
            }
            // Why it has failed stays what it is, whatever the server says to that.
            _ => Step::Fail(self.failure.clone().unwrap_or(MethodFailure::Unexpected {
                message: "MS-CHAPv2 message",
            })),
        }
    }

    fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Step {
        match (core::mem::replace(&mut self.state, State::Over), answer) {
            (State::AskingPassword(challenge), Answer::Secret(password)) => {
                self.password = Some(password);
                self.failure = None;
                self.respond(context, challenge, false)
            }
            (State::AskingNewPassword(challenge), Answer::Secret(new)) => {
                self.failure = None;
                self.change_password(context, challenge, new)
            }
            // The server has said why; its failure is acknowledged.
            (State::AskingPassword(_) | State::AskingNewPassword(_), _) if self.failure.is_some() => {
                Step::respond(FAILURE)
            }
            (State::AskingPassword(_), _) => Step::Fail(MethodFailure::Unanswered { about: "password" }),
            _ => Step::Fail(MethodFailure::Unasked),
        }
    }

    fn decision(&self) -> Decision {
        self.decision
    }

    fn failure(&self) -> Option<MethodFailure> {
        self.failure.clone()
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        self.keys.take()
    }
}
