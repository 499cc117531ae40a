//! MD5-Challenge (RFC 3748, 5.4; the hash of RFC 1994): the server learns that the peer knows the password.
//!
//! The server proves nothing, no keys come out, and who listens can try passwords: it is for wires and for the inside
//! of a tunnel.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ::md5::{Digest, Md5};

use crate::eap::Offer;
use crate::method::{
    Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Question, Secret, Step,
};

/// MD5-Challenge with a password, or with one that is asked for.
pub struct Md5Challenge {
    /// The password.
    pub password: Option<Secret>,
}

impl Offer for Md5Challenge {
    fn kind(&self) -> MethodType {
        MethodType::MD5_CHALLENGE
    }

    fn makes_keys(&self) -> bool {
        false
    }

    fn password(&mut self) -> Option<&mut Option<Secret>> {
        Some(&mut self.password)
    }

    fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
        Box::new(Exchange {
            password: self.password.as_ref().map(Secret::duplicate),
            asked: None,
            decision: Decision::Fail,
        })
    }
}

struct Exchange {
    password: Option<Secret>,
    /// The challenge that waits for a password, with its identifier.
    asked: Option<(u8, Vec<u8>)>,
    decision: Decision,
}

impl Exchange {
    fn answer(&mut self, identifier: u8, challenge: &[u8], password: &Secret) -> Step {
        self.decision = Decision::ConditionalSuccess;
        let mut data = Vec::from([16]);
        data.extend_from_slice(&response(identifier, password.as_bytes(), challenge));
        Step::respond(data)
    }
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        MethodType::MD5_CHALLENGE
    }

    fn handle_request(&mut self, _context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        let Some((challenge, _name)) = parse(data) else {
            return Step::Fail(MethodFailure::Malformed { field: "MD5 challenge" });
        };
        match self.password.take() {
            Some(password) => {
                let step = self.answer(identifier, challenge, &password);
                self.password = Some(password);
                step
            }
            None => {
                self.asked = Some((identifier, challenge.to_vec()));
                Step::Ask(Question::Password { again: false })
            }
        }
    }

    fn handle_answer(&mut self, _context: &mut Context<'_>, answer: Answer) -> Step {
        match (self.asked.take(), answer) {
            (Some((identifier, challenge)), Answer::Secret(password)) => self.answer(identifier, &challenge, &password),
            (Some(_), _) => Step::Fail(MethodFailure::Unanswered { about: "password" }),
            (None, _) => Step::Fail(MethodFailure::Unasked),
        }
    }

    fn decision(&self) -> Decision {
        self.decision
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        None
    }
}

/// The challenge and the server's name: an octet that says how long the challenge is (at least 1), the challenge, and
/// the name behind it.
pub(crate) fn parse(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = data.split_first()?;
    if len == 0 {
        return None;
    }
    rest.split_at_checked(len.into())
}

/// The response: MD5 of identifier, password and challenge (RFC 1994, 4.1).
pub(crate) fn response(identifier: u8, password: &[u8], challenge: &[u8]) -> [u8; 16] {
    Md5::new()
        .chain_update([identifier])
        .chain_update(password)
        .chain_update(challenge)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;

    #[test]
    fn the_response_is_the_hash_of_identifier_password_and_challenge() {
        // MD5("abc"), RFC 1321, A.5.
        assert_eq!(
            response(b'a', b"b", b"c"),
            [
                0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72
            ]
        );
    }

    #[test]
    fn a_challenge_is_answered_and_only_then_a_success_believed() {
        let mut method = Md5Challenge {
            password: Some("b".into()),
        }
        .begin(b"user");
        assert_eq!(method.decision(), Decision::Fail);
        context(|context| {
            let Step::Respond(data) = method.handle_request(context, b'a', &[1, b'c', b's', b'r', b'v']) else {
                panic!("no response");
            };
            assert_eq!(data[0], 16);
            assert_eq!(data[1..], response(b'a', b"b", b"c"));
        });
        assert_eq!(method.decision(), Decision::ConditionalSuccess);
        assert!(method.keys().is_none());
    }

    #[test]
    fn a_missing_password_is_asked_for() {
        let mut method = Md5Challenge { password: None }.begin(b"user");
        context(|context| {
            let step = method.handle_request(context, b'a', &[1, b'c']);
            assert!(matches!(step, Step::Ask(Question::Password { again: false })));
            let Step::Respond(data) = method.handle_answer(context, Answer::Secret("b".into())) else {
                panic!("no response");
            };
            assert_eq!(data[1..], response(b'a', b"b", b"c"));
            assert!(matches!(
                method.handle_answer(context, Answer::Refused),
                Step::Fail(MethodFailure::Unasked)
            ));
        });
    }

    #[test]
    fn a_challenge_that_is_empty_or_longer_than_the_packet_is_refused() {
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&[0, 1]), None);
        assert_eq!(parse(&[2, 1]), None);
        assert_eq!(parse(&[1, 1, 2]), Some((&[1][..], &[2][..])));
    }
}
