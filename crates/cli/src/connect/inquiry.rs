//! Questions of the 802.1X module: how they are put to a person, and what the person has said.

use super::pins::Pins;
use super::secret::Place;
use super::terminal::Prompt;
use core::time::Duration;
use host::event::Question;
use ihv::Guid;
use onex::method::{Answer, Secret};
use std::io;
use zeroize::Zeroizing;

/// A question that is before a person.
pub(super) struct Inquiry {
    pub(super) request: Guid,
    /// When it was asked.
    pub(super) since: Duration,
    question: Question,
    prompt: Prompt,
    /// A new password that was typed once, unseen.
    first: Option<Zeroizing<Vec<u8>>>,
}

impl Inquiry {
    /// Puts the question to the person at the terminal, who is told what the `answers` so far have come to.
    ///
    /// # Errors
    /// There is no terminal; the question comes back.
    pub(super) fn begin(
        since: Duration,
        request: Guid,
        question: Question,
        answers: &Answers,
    ) -> Result<Self, (Question, io::Error)> {
        let (text, is_secret) = words(&question, answers);
        match Prompt::ask(&text, is_secret) {
            Ok(prompt) => Ok(Self {
                request,
                since,
                question,
                prompt,
                first: None,
            }),
            Err(error) => Err((question, error)),
        }
    }

    /// Waits for the answer; a person who says nothing, or is gone, refuses. Cancel-safe.
    pub(super) async fn answer(&mut self) -> Answer {
        loop {
            let Ok(Some(line)) = self.prompt.line().await else {
                return Answer::Refused;
            };
            match repeated(&self.question, &mut self.first, line) {
                Ok(line) => return understand(&self.question, line),
                Err(text) if self.prompt.write(text).is_ok() => {}
                Err(_) => return Answer::Refused,
            }
        }
    }

    pub(super) const fn question(&self) -> &Question {
        &self.question
    }
}

/// What a person has said, so that nobody is asked twice while the program runs.
#[derive(Default)]
pub(super) struct Answers {
    identity: Option<Vec<u8>>,
    password: Option<Secret>,
    /// The servers that were trusted.
    pins: Pins,
    /// The password was wrong, and so may be the name.
    wrong: bool,
    /// Where the password is, if it was not to be asked for.
    place: Option<Place>,
    /// A person has said another one.
    corrected: bool,
}

impl Answers {
    /// No answers yet, but about these servers; the password is in this place.
    pub(super) fn about(pins: Pins, place: Option<Place>) -> Self {
        Self {
            pins,
            place,
            ..Self::default()
        }
    }

    /// The server has refused what was said.
    pub(super) fn forget_user(&mut self) {
        self.identity = None;
        self.password = None;
        self.wrong = true;
    }

    /// The server has taken what was said. Says on standard error where a password stands that is not the right one.
    pub(super) fn confirm(&mut self) {
        self.wrong = false;
        if let (true, Some(place)) = (core::mem::take(&mut self.corrected), &self.place) {
            eprintln!(
                "portcullis: the password in {place} is not the user's any more; the next run needs the new one."
            );
        }
    }

    /// The answer to this question, if it was given before and was not wrong.
    pub(super) fn recall(&mut self, question: &Question) -> Option<Answer> {
        match question {
            Question::Identity { .. } => self.identity.clone().map(Answer::Identity),
            Question::Password { again: true } => {
                self.password = None;
                None
            }
            Question::Password { again: false } => self
                .password
                .as_ref()
                .map(|password| Answer::Secret(password.duplicate())),
            Question::NewPassword { .. } | Question::Token { .. } => None,
            Question::ServerTrust { fingerprint, .. } => self.pins.have(fingerprint).then_some(Answer::Trust),
        }
    }

    /// Keeps an answer that can be given again. Says on standard error what a person can do not to be asked again.
    pub(super) fn keep(&mut self, question: &Question, answer: &Answer) {
        match (question, answer) {
            (Question::Identity { .. }, Answer::Identity(name)) => self.identity = Some(name.clone()),
            (Question::Password { .. } | Question::NewPassword { .. }, Answer::Secret(password)) => {
                self.password = Some(password.duplicate());
                self.corrected = true;
            }
            (Question::ServerTrust { fingerprint, .. }, Answer::Trust) => self.pin(fingerprint),
            _ => {}
        }
    }

    fn pin(&mut self, fingerprint: &str) {
        match self.pins.add(fingerprint) {
            Err(error) => eprintln!("portcullis: the server is trusted in this run only: {error}."),
            Ok(()) if !self.pins.are_stored() => eprintln!(
                "portcullis: --server-fingerprint {fingerprint} trusts this server without asking, and --pin-file keeps \
                 the answer."
            ),
            Ok(()) => {}
        }
    }
}

/// What is wanted, by the options that would have given it.
pub(super) const fn missing(question: &Question) -> (&'static str, &'static str) {
    match question {
        Question::Identity { .. } => ("the name of the user", "Give it with --identity."),
        Question::Password { again: false } => (
            "the password",
            "Name a file that has it with --password-file, or a key with --password-key.",
        ),
        Question::Password { again: true } => ("another password: the one that was given is wrong", "Correct it."),
        Question::NewPassword { .. } => (
            "a new password: the old one has expired",
            "Change it where there is a terminal.",
        ),
        Question::Token { .. } => ("the answer of a token card", "Run this where there is a terminal."),
        Question::ServerTrust { .. } => (
            "somebody who says whether to trust the server",
            "Name its authority (--ca-file) or its certificate (--server-fingerprint).",
        ),
    }
}

/// The question as a person reads it, and whether the answer is a secret. What comes from the air cannot move the cursor.
fn words(question: &Question, answers: &Answers) -> (String, bool) {
    match question {
        Question::Identity { prompt } if prompt.is_empty() => ("Name of the user: ".into(), false),
        Question::Identity { prompt } => (format!("{}\nName of the user: ", prompt.escape_debug()), false),
        Question::Password { again } if *again || answers.wrong => ("That was wrong. Password: ".into(), true),
        Question::Password { .. } => ("Password: ".into(), true),
        Question::NewPassword { message } => (
            format!("The password has expired. {}\nNew password: ", message.escape_debug()),
            true,
        ),
        Question::Token { prompt } => (format!("{}: ", prompt.escape_debug()), true),
        Question::ServerTrust {
            subject,
            issuer,
            fingerprint,
        } => (
            format!(
                "{}Nothing vouches for the server. Its certificate:\n  subject  {}\n  issuer   {}\n  SHA-256  {}\n\
                 Compare the last line with what the network's operator says. Trust this server? (yes, or no) ",
                match answers.pins.is_empty() {
                    true => "",
                    false => "THIS IS ANOTHER SERVER THAN BEFORE, or its certificate was renewed.\n",
                },
                subject.escape_debug(),
                issuer.escape_debug(),
                fingerprint
            ),
            false,
        ),
    }
}

/// What was typed, once it is sure: a new password is typed twice, since whoever mistypes it unseen has one that nobody
/// knows. `first` is what was typed before.
///
/// # Errors
/// What to say before the next line.
fn repeated(
    question: &Question,
    first: &mut Option<Zeroizing<Vec<u8>>>,
    line: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    if !matches!(question, Question::NewPassword { .. }) || line.is_empty() {
        return Ok(line);
    }
    match first.take() {
        Some(before) if before == line => Ok(line),
        Some(_) => Err("\nThese were two. New password: "),
        None => {
            *first = Some(line);
            Err("\nOnce more: ")
        }
    }
}

/// What the line means that a person has typed.
fn understand(question: &Question, line: Zeroizing<Vec<u8>>) -> Answer {
    match question {
        _ if line.is_empty() => Answer::Refused,
        Question::Identity { .. } => Answer::Identity(line.to_vec()),
        Question::Password { .. } | Question::NewPassword { .. } | Question::Token { .. } => {
            Answer::Secret(Secret::new(line.to_vec()))
        }
        Question::ServerTrust { .. } if line.trim_ascii() == b"yes" => Answer::Trust,
        Question::ServerTrust { .. } => Answer::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: Question = Question::Password { again: false };

    fn server(fingerprint: &str) -> Question {
        Question::ServerTrust {
            subject: "CN=radius\u{1b}[2J".into(),
            issuer: "CN=somebody".into(),
            fingerprint: fingerprint.into(),
        }
    }

    fn typed(question: &Question, line: &[u8]) -> Answer {
        understand(question, Zeroizing::new(line.to_vec()))
    }

    #[test]
    fn nothing_is_a_refusal_and_only_yes_is_trust() {
        assert!(matches!(typed(&PASSWORD, b""), Answer::Refused));
        assert!(matches!(typed(&PASSWORD, b" x "), Answer::Secret(secret) if secret.as_bytes() == b" x "));
        assert!(matches!(typed(&server("aa"), b"y"), Answer::Refused));
        assert!(matches!(typed(&server("aa"), b" yes "), Answer::Trust));
    }

    #[test]
    fn a_password_is_given_again_until_it_is_wrong() {
        let mut answers = Answers::default();
        assert!(answers.recall(&PASSWORD).is_none());
        answers.keep(&PASSWORD, &typed(&PASSWORD, b"wonderland"));
        assert!(
            matches!(answers.recall(&PASSWORD), Some(Answer::Secret(secret)) if secret.as_bytes() == b"wonderland")
        );
        assert!(answers.recall(&Question::Password { again: true }).is_none());
        assert!(answers.recall(&PASSWORD).is_none());
    }

    #[test]
    fn what_the_server_has_refused_is_asked_for_again_and_said_to_be_wrong() {
        let mut answers = Answers::default();
        let name = Question::Identity { prompt: String::new() };
        answers.keep(&name, &typed(&name, b"alice"));
        answers.keep(&PASSWORD, &typed(&PASSWORD, b"wonderland"));
        answers.forget_user();
        assert!(answers.recall(&name).is_none() && answers.recall(&PASSWORD).is_none());
        assert!(words(&PASSWORD, &answers).0.contains("wrong"));
        answers.confirm();
        assert!(!words(&PASSWORD, &answers).0.contains("wrong"));
    }

    #[test]
    fn a_new_password_is_typed_twice_until_both_are_the_same() {
        let new = Question::NewPassword { message: String::new() };
        let mut first = None;
        let mut say = |line: &[u8]| repeated(&new, &mut first, Zeroizing::new(line.to_vec())).map(|line| line.to_vec());
        assert!(say(b"wonderland").is_err_and(|text| text.contains("Once more")));
        assert!(say(b"wunderland").is_err_and(|text| text.contains("two")));
        assert!(say(b"wonderland").is_err());
        assert_eq!(say(b"wonderland"), Ok(b"wonderland".to_vec()));
        assert_eq!(say(b""), Ok(Vec::new()), "a refusal is one at once");
        let once = repeated(&PASSWORD, &mut None, Zeroizing::new(b"x".to_vec()));
        assert!(once.is_ok());
    }

    #[test]
    fn trust_is_in_one_certificate_and_a_refusal_is_not_kept() {
        let mut answers = Answers::default();
        answers.keep(&server("aa"), &Answer::Refused);
        assert!(answers.recall(&server("aa")).is_none());
        answers.keep(&server("aa"), &Answer::Trust);
        assert!(matches!(answers.recall(&server("aa")), Some(Answer::Trust)));
        assert!(answers.recall(&server("bb")).is_none());
    }

    #[test]
    fn the_certificate_is_shown_and_cannot_move_the_cursor() {
        let (text, is_secret) = words(&server("abcd"), &Answers::default());
        assert!(!is_secret && text.contains("abcd") && text.contains("CN=somebody"));
        assert!(!text.contains('\u{1b}') && !text.contains("ANOTHER"));
        let mut answers = Answers::default();
        answers.keep(&server("aa"), &Answer::Trust);
        assert!(words(&server("abcd"), &answers).0.contains("ANOTHER SERVER"));
    }
}
