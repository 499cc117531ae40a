//! The seam between the EAP peer and its methods (RFC 3748, 2.2; RFC 4137, 4).
//!
//! The peer ([`crate::eap`]) has the identifiers, the duplicates and the negotiation; a method sees only the data
//! behind the Type octet of its own requests, and answers with the data of its responses. Sans-I/O: the time and
//! random octets come in by the [`Context`], what a person must say by [`Step::Ask`] and [`Method::handle_answer`].
//!
//! # A method of one's own
//!
//! A method that nobody else has takes an expanded type: the number of its vendor, and one that the vendor gives it
//! (RFC 3748, 5.7). It is a [`Method`] for one authentication, and an [`Offer`](crate::eap::Offer) in a profile that
//! begins it; the negotiation, with the refusals in both forms, is the peer's. This one proves to a server that it knows a
//! key, and makes no keys; one with both sides and keys is in `tests/vendor/method.rs`.
//!
//! ```
//! # extern crate portcullis_onex as onex;
//! use hmac::{Hmac, KeyInit, Mac};
//! use onex::eap::{self, Peer, Profile, Reaction};
//! use onex::method::{Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Step};
//!
//! const KIND: MethodType = MethodType::Expanded { vendor: [0x00, 0xf0, 0x0d], kind: 1 };
//!
//! struct Knock([u8; 32]);
//!
//! impl eap::Offer for Knock {
//!     fn kind(&self) -> MethodType {
//!         KIND
//!     }
//!     fn makes_keys(&self) -> bool {
//!         false
//!     }
//!     fn begin(&mut self, _identity: &[u8]) -> Box<dyn Method> {
//!         Box::new(Exchange { key: self.0, has_answered: false })
//!     }
//! }
//!
//! struct Exchange {
//!     key: [u8; 32],
//!     has_answered: bool,
//! }
//!
//! impl Method for Exchange {
//!     fn kind(&self) -> MethodType {
//!         KIND
//!     }
//!     fn handle_request(&mut self, _: &mut Context<'_>, _identifier: u8, nonce: &[u8]) -> Step {
//!         let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(&self.key) else {
//!             return Step::Fail(MethodFailure::Missing { what: "key" });
//!         };
//!         mac.update(nonce);
//!         self.has_answered = true;
//!         Step::respond(mac.finalize().into_bytes().to_vec())
//!     }
//!     fn decision(&self) -> Decision {
//!         match self.has_answered {
//!             true => Decision::ConditionalSuccess,
//!             false => Decision::Fail,
//!         }
//!     }
//!     fn keys(&mut self) -> Option<ExportedKeys> {
//!         None
//!     }
//! }
//!
//! let mut peer = Peer::new(Profile {
//!     identity: Some(b"alice".to_vec()),
//!     offers: vec![Box::new(Knock([7; 32]))],
//!     needs_keys: false,
//! });
//! # use rand_chacha::rand_core::SeedableRng;
//! # let rng = &mut rand_chacha::ChaCha12Rng::from_seed([0; 32]);
//! # let mut context = Context { rng, unix_time: core::time::Duration::ZERO };
//! // Code, identifier, length (2), the type in its long form (8), the nonce.
//! let request = [1, 7, 0, 13, 254, 0x00, 0xf0, 0x0d, 0, 0, 0, 1, 99];
//! let Ok(Reaction::Respond(response)) = peer.handle_packet(&mut context, &request) else {
//!     panic!("no response");
//! };
//! assert_eq!(response[..12], [2, 7, 0, 44, 254, 0x00, 0xf0, 0x0d, 0, 0, 0, 1]);
//! ```

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use frame::ParseError;
use keys::Key;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The type of a method: one octet, or a vendor's number (RFC 3748, 5).
pub use frame::eap::Method as MethodType;

/// One EAP method, peer side: one authentication from its first request to its end.
pub trait Method {
    /// The type of the method. A request may name it in either form; the response has the form of the request.
    fn kind(&self) -> MethodType;

    /// Answers a request. `data` are the octets behind its type; `identifier` is that of the request, which MD5 hashes
    /// and nobody else needs. A repeated request does not get here: the peer answers it.
    fn handle_request(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step;

    /// Goes on after [`Step::Ask`], with what was asked for: the step that the request would have led to. An answer to
    /// another question fails the method.
    fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Step {
        let _ = (context, answer);
        Step::Fail(MethodFailure::Unasked)
    }

    /// Whether a success may be believed now.
    fn decision(&self) -> Decision;

    /// Why the decision is [`Decision::Fail`], if the method knows: the server said that the password is wrong, or has
    /// not proved itself. The peer reports it when the failure comes.
    fn failure(&self) -> Option<MethodFailure> {
        None
    }

    /// What of [`Self::failure`] is certain: the method has ended the exchange itself, or the server has said why. It is
    /// reported when nothing more comes; what a server probably means by breaking off is not.
    fn certain_failure(&self) -> Option<MethodFailure> {
        self.failure()
    }

    /// Whether a tunnel stands, inside which something is still to be proved: a success now skips that.
    fn is_inside(&self) -> bool {
        false
    }

    /// Takes the keys. `None` for a method that makes none (MD5, GTC), before the end, and the second time.
    fn keys(&mut self) -> Option<ExportedKeys>;
}

/// What a method needs from outside for one step.
pub struct Context<'a> {
    /// Random octets.
    pub rng: &'a mut dyn CryptoRng,
    /// The time since 1970-01-01T00:00:00Z, for the validity of certificates.
    pub unix_time: Duration,
}

/// What follows from a request.
pub enum Step {
    /// Answer with this: the data behind the type.
    Respond(Zeroizing<Vec<u8>>),
    /// The request is not acted upon, and not answered: the server repeats it, or another one was meant.
    Ignore(Discarded),
    /// The method waits for [`Method::handle_answer`]; the answer to the request comes out of that.
    Ask(Question),
    /// The method is over and has failed; the request is not answered.
    Fail(MethodFailure),
}

impl Step {
    /// Answers with `data`.
    #[must_use]
    pub fn respond(data: impl Into<Vec<u8>>) -> Self {
        Self::Respond(Zeroizing::new(data.into()))
    }
}

/// Whether a method lets itself be called successful (RFC 4137, 4.2: *decision*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The server has not proved what it must prove, or has refused the peer: a success is not believed.
    Fail,
    /// The peer would accept; whether the server does, only its success tells.
    ConditionalSuccess,
    /// Both sides have proved themselves inside the method: even a lost success does no harm.
    UnconditionalSuccess,
}

/// The keys that a method exports (RFC 5247, 1.2). No `Debug`, no `Clone`; wiped when dropped.
pub struct ExportedKeys {
    /// The master session key, 64 octets. Its first half is the PMK of most AKMs. Behind what the method makes of it
    /// ([`Self::made`]) are zeros, which everybody knows.
    pub msk: Box<Key<64>>,
    /// How many octets of the MSK the method makes.
    msk_len: usize,
    /// The extended master session key, 64 octets. MS-CHAPv2 alone has none.
    pub emsk: Option<Box<Key<64>>>,
    /// The session identifier: the type and what makes the exchange unique. Empty where the method defines none.
    pub session_id: Vec<u8>,
}

impl ExportedKeys {
    /// Takes copies of the octets; wiping the originals is the caller's.
    #[must_use]
    pub fn new(msk: &[u8; 64], emsk: Option<&[u8; 64]>, session_id: Vec<u8>) -> Option<Self> {
        Some(Self {
            msk: Box::new(Key::new(msk).ok()?),
            msk_len: msk.len(),
            emsk: match emsk {
                Some(emsk) => Some(Box::new(Key::new(emsk).ok()?)),
                None => None,
            },
            session_id,
        })
    }

    /// The keys of a method that makes only the first `msk_len` octets of the MSK.
    #[must_use]
    pub fn with_msk_len(self, msk_len: usize) -> Self {
        Self { msk_len, ..self }
    }

    /// What the method makes of the MSK. Whoever needs more has no key.
    #[must_use]
    pub fn made(&self) -> &[u8] {
        self.msk.as_bytes().get(..self.msk_len).unwrap_or_default()
    }
}

/// A password, token or other secret of any length. No `Debug`, no `Clone`; wiped when dropped.
#[derive(Default)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the octets over.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// The secret.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A second copy of the secret. Named, so that every place that copies one can be found.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes().to_vec())
    }
}

/// What only a person, or a store of secrets, can answer (R37).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The name of the user.
    Identity {
        /// What the server shows with its request, often nothing.
        prompt: String,
    },
    /// The password of the user.
    Password {
        /// The password that was given before is wrong, and the server allows another attempt.
        again: bool,
    },
    /// A new password: the old one has expired.
    NewPassword {
        /// What the server says about it.
        message: String,
    },
    /// The answer to the prompt of a token card.
    Token {
        /// What the server shows.
        prompt: String,
    },
    /// Whether this server is to be trusted, which nothing else vouches for.
    ServerTrust(ServerCertificate),
}

/// What a person needs to see of a server to decide about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCertificate {
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
}

/// The answer to a [`Question`].
pub enum Answer {
    /// The name of the user.
    Identity(Vec<u8>),
    /// The password, the new password or the token.
    Secret(Secret),
    /// The server is to be trusted from now on.
    Trust,
    /// The person refuses, or does not know.
    Refused,
}

/// Why a request is not acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Discarded {
    /// The packet does not follow its format.
    #[error("malformed: {0}")]
    Parse(#[from] ParseError),
    /// The data of the request does not follow the format of the method.
    #[error("the {field} is malformed")]
    Malformed {
        /// The part of the message.
        field: &'static str,
    },
    /// The method does not wait for this message.
    #[error("{message} is not expected now")]
    Unexpected {
        /// The message.
        message: &'static str,
    },
    /// The integrity code is wrong: the message is forged or damaged.
    #[error("{message} has a wrong integrity code")]
    Integrity {
        /// The message.
        message: &'static str,
    },
    /// The identifier of a success or failure is not that of the last response.
    #[error("identifier {found} does not belong to the exchange")]
    Identifier {
        /// The identifier of the packet.
        found: u8,
    },
    /// A success that the method does not confirm.
    #[error("a success comes before the method has ended")]
    EarlySuccess,
    /// A failure after the method has ended in success, which nobody can prove genuine.
    #[error("a failure comes after both sides have proved themselves")]
    LateFailure,
    /// The peer waits for the answer to a question; the server repeats the request.
    #[error("an answer to a question is awaited")]
    Asking,
    /// Not a packet that a peer receives.
    #[error("{what} is not for a supplicant")]
    NotForUs {
        /// The packet.
        what: &'static str,
    },
}

/// Why a method has failed, in words for the one who can do something about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodFailure {
    /// A message does not follow the format of the method.
    #[error("the server's {field} is malformed; its EAP method is defective, or packets are damaged on the way")]
    Malformed {
        /// The part of the message.
        field: &'static str,
    },
    /// The server says a message that has no place in the exchange.
    #[error("the server's {message} comes out of turn; its EAP method is defective")]
    Unexpected {
        /// The message.
        message: &'static str,
    },
    /// The server refuses the name or the password.
    #[error(
        "the server refuses the name or the password; check both before another attempt, which may lock the account"
    )]
    Credentials,
    /// The password is right, and has expired: the server wants another one before it lets the user in.
    #[error("the password has expired, and was not changed; choose a new one")]
    PasswordExpired,
    /// The server gives a reason of its own.
    #[error("the server refuses: {reason}")]
    Refused {
        /// What the server says, made printable.
        reason: String,
    },
    /// The server does not know the shared secret: it is not the one it seems to be.
    #[error("the server has not proved that it knows the {secret}; it is an impostor, or has another one")]
    Impostor {
        /// The secret.
        secret: &'static str,
    },
    /// The server asks for something that is not supported here, or not safe.
    #[error("the server asks for {what}, which is not acceptable; its operator can configure another")]
    Unacceptable {
        /// What it asks for.
        what: &'static str,
    },
    /// A credential that the method needs is not in the profile, or cannot be used.
    #[error("the profile has no usable {what}")]
    Missing {
        /// The credential.
        what: &'static str,
    },
    /// The tunnel of a method over TLS.
    #[cfg(feature = "tunnel")]
    #[error(transparent)]
    Tls(#[from] crate::tls::Fault),
    /// The authentication inside a tunnel, where the method in it cannot say it itself.
    #[cfg(feature = "inner")]
    #[error("inside the tunnel: {0}")]
    Inside(Box<crate::eap::Failure>),
    /// The method in a tunnel is not bound to the tunnel, as the profile demands.
    #[cfg(feature = "inner")]
    #[error(
        "the server does not bind the tunnel to the method inside it, so that somebody between could pass on what was \
         meant for another; its operator can enable cryptographic binding, or the profile can do without"
    )]
    Unbound,
    /// The method in a tunnel ended somewhere else than the tunnel.
    #[cfg(feature = "inner")]
    #[error("the tunnel and the method inside it do not end at the same server; somebody is between")]
    WronglyBound,
    /// The person asked has refused to answer.
    #[error("the question about the {about} was not answered")]
    Unanswered {
        /// What the question was about.
        about: &'static str,
    },
    /// An answer came that belongs to no question.
    #[error("an answer came to a question that was not asked")]
    Unasked,
}

impl MethodFailure {
    /// Whether it may be the user's password that is wrong, so that the same one once more could lock the account.
    #[must_use]
    pub fn may_be_of_password(&self) -> bool {
        matches!(self, Self::Credentials | Self::Impostor { secret: "password" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_two_of_64_octets_or_one() {
        let keys = ExportedKeys::new(&[1; 64], Some(&[2; 64]), Vec::new()).unwrap();
        assert_eq!(keys.msk.as_bytes(), [1; 64]);
        assert_eq!(keys.emsk.unwrap().as_bytes(), [2; 64]);
        let keys = ExportedKeys::new(&[1; 64], None, Vec::new()).unwrap();
        assert!(keys.emsk.is_none() && keys.made() == [1; 64]);
        assert_eq!(keys.with_msk_len(32).made(), [1; 32]);
    }

    #[test]
    fn a_failure_says_what_can_be_done() {
        use alloc::string::ToString;
        assert!(MethodFailure::Credentials.to_string().contains("lock the account"));
    }
}
