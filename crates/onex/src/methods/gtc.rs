//! Generic token card (RFC 3748, 5.6): the server shows a prompt, the peer answers in clear. For the inside of a tunnel.

use alloc::boxed::Box;

use crate::eap::{Offer, printable};
use crate::method::{
    Answer, Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Question, Secret, Step,
};

/// GTC with a password, or with a token that is asked for.
pub struct Gtc {
    /// The password; it answers the first prompt, later ones go to the user.
    pub password: Option<Secret>,
}

impl Offer for Gtc {
    fn kind(&self) -> MethodType {
        MethodType::GTC
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
            asking: false,
            decision: Decision::Fail,
        })
    }
}

struct Exchange {
    password: Option<Secret>,
    asking: bool,
    decision: Decision,
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        MethodType::GTC
    }

    fn handle_request(&mut self, _context: &mut Context<'_>, _identifier: u8, data: &[u8]) -> Step {
        match self.password.take() {
            Some(password) => {
                self.decision = Decision::ConditionalSuccess;
                Step::respond(password.as_bytes())
            }
            None => {
                self.asking = true;
                Step::Ask(Question::Token {
                    prompt: printable(data),
                })
            }
        }
    }

    fn handle_answer(&mut self, _context: &mut Context<'_>, answer: Answer) -> Step {
        if !core::mem::take(&mut self.asking) {
            return Step::Fail(MethodFailure::Unasked);
        }
        let Answer::Secret(token) = answer else {
            return Step::Fail(MethodFailure::Unanswered { about: "token" });
        };
        self.decision = Decision::ConditionalSuccess;
        Step::respond(token.as_bytes())
    }

    fn decision(&self) -> Decision {
        self.decision
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;

    #[test]
    fn the_password_answers_the_first_prompt_and_the_user_the_next() {
        let mut method = Gtc {
            password: Some("secret".into()),
        }
        .begin(b"user");
        context(|context| {
            let Step::Respond(data) = method.handle_request(context, 1, b"Password: ") else {
                panic!("no response");
            };
            assert_eq!(data[..], *b"secret");
            let Step::Ask(question) = method.handle_request(context, 2, b"Next\ntoken") else {
                panic!("no question");
            };
            assert_eq!(
                question,
                Question::Token {
                    prompt: "Nexttoken".into()
                }
            );
            let Step::Respond(data) = method.handle_answer(context, Answer::Secret("123".into())) else {
                panic!("no response");
            };
            assert_eq!(data[..], *b"123");
        });
    }
}
