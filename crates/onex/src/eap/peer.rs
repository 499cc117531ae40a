//! The peer's state machine (RFC 4137, 4).

mod answers;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use frame::Emit;
use frame::eap::{Code, EapPacket, Method as MethodType};
use zeroize::Zeroizing;

use super::negotiate::{canonical, refusal};
use super::{Failure, Offer, Profile};
use crate::method::{
    Answer, Context, Decision, Discarded, ExportedKeys, Method, MethodFailure, Question, Secret, Step,
};

/// Requests that one conversation may have: more than the longest certificate chain needs in the smallest fragments.
const MAX_ROUNDS: u16 = 255;

/// The peer of one conversation after another. See the module above.
///
/// Secrets are wiped when it is dropped.
pub struct Peer {
    profile: Profile,
    state: State,
    /// The name that was told to the server: the profile's, or that of the preferred method.
    told: Option<Vec<u8>>,
    /// The request that was acted upon last, and what it was answered with.
    last: Option<Exchange>,
    /// Requests answered in this conversation.
    rounds: u16,
    /// The type that the server proposed and the profile does not have.
    refused: Option<MethodType>,
    early_success: Option<Failure>,
    /// The offer whose method has begun.
    chosen: Option<usize>,
    /// The password that a person has given in this conversation.
    given: Option<Secret>,
    /// The offer that keeps a password which a person has given.
    keeps: Option<usize>,
    /// The name is one that a person has given.
    is_asked_for: bool,
}

enum State {
    /// No method has begun.
    Idle,
    /// The method answers.
    Method(Box<dyn Method>),
    /// A question is with the user.
    Asking(Pending),
    /// The conversation is over; the next request begins another.
    Over,
}

/// A request that waits for the answer to a question.
struct Pending {
    request: Vec<u8>,
    identifier: u8,
    /// The type as the request says it.
    kind: MethodType,
    /// A password is asked for, new or old.
    about_password: bool,
    /// `None`: the identity is asked for.
    method: Option<Box<dyn Method>>,
}

/// A request: its octets, its identifier, and its type as it says it, in the short form or in the long one.
type Asked<'a> = (&'a [u8], u8, MethodType);

struct Exchange {
    request: Vec<u8>,
    response: Zeroizing<Vec<u8>>,
}

/// What follows from a packet, or from an answer.
pub enum Reaction {
    /// Send this EAP packet.
    Respond(Zeroizing<Vec<u8>>),
    /// Show this to the user and send the packet.
    Notify {
        /// What the server says, made printable.
        message: String,
        /// The EAP packet.
        response: Zeroizing<Vec<u8>>,
    },
    /// Ask the user, and give the answer to [`Peer::handle_answer`].
    Ask(Question),
    /// The authentication is over: both sides are content. Without keys if the method makes none.
    Succeeded(Option<ExportedKeys>),
    /// The authentication is over.
    Failed(Failure),
}

impl Peer {
    /// A peer that waits for the first request.
    #[must_use]
    pub const fn new(profile: Profile) -> Self {
        Self {
            profile,
            state: State::Idle,
            told: None,
            last: None,
            rounds: 0,
            refused: None,
            early_success: None,
            chosen: None,
            given: None,
            keeps: None,
            is_asked_for: false,
        }
    }

    /// Forgets the conversation that goes on, and waits for the first request of another.
    pub fn restart(&mut self) {
        self.state = State::Idle;
        self.last = None;
        self.rounds = 0;
        self.refused = None;
        self.early_success = None;
        self.chosen = None;
        self.given = None;
    }

    /// What it means that a success came that the method does not confirm: if nothing better comes, this is why.
    #[must_use]
    pub const fn early_success(&self) -> Option<&Failure> {
        self.early_success.as_ref()
    }

    /// Gives a conversation up in which nothing more comes. Why it has failed, as far as that is known for certain.
    pub fn give_up(&mut self) -> Option<Failure> {
        let early = || self.early_success.clone();
        let failure = self.certain_failure().map(Failure::Method).or_else(early)?;
        self.fail_as(failure.clone());
        Some(failure)
    }

    /// What the method that has begun knows for certain about its failure.
    pub(crate) fn certain_failure(&self) -> Option<MethodFailure> {
        match &self.state {
            State::Method(method) => method.certain_failure(),
            State::Idle | State::Asking(_) | State::Over => None,
        }
    }

    /// Whether a question is with the user.
    #[must_use]
    pub const fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking(_))
    }

    /// Whether the method that has begun would believe a success now.
    #[cfg(feature = "inner")]
    pub(crate) fn decision(&self) -> Decision {
        match &self.state {
            State::Method(method) => method.decision(),
            State::Idle | State::Asking(_) | State::Over => Decision::Fail,
        }
    }

    /// What the method that has begun knows about its failure.
    #[cfg(feature = "inner")]
    pub(crate) fn failure(&self) -> Option<MethodFailure> {
        match &self.state {
            State::Method(method) => method.failure(),
            State::Idle | State::Asking(_) | State::Over => None,
        }
    }

    /// The name that was told to the server.
    #[must_use]
    pub fn identity(&self) -> Option<&[u8]> {
        self.told.as_deref().or(self.profile.identity.as_deref())
    }

    /// Takes a received EAP packet, with or without padding behind it.
    ///
    /// # Errors
    /// The packet is not acted upon, and the state is as before.
    pub fn handle_packet(&mut self, context: &mut Context<'_>, packet: &[u8]) -> Result<Reaction, Discarded> {
        let eap = EapPacket::parse(packet)?;
        let octets = packet.get(..eap.emitted_len()).unwrap_or(packet);
        match (eap.code, eap.method) {
            (Code::REQUEST, Some(kind)) => self.handle_request(context, octets, &eap, kind),
            (Code::SUCCESS, _) => self.handle_success(eap.identifier),
            (Code::FAILURE, _) => self.handle_failure(eap.identifier),
            (Code::RESPONSE, _) => Err(Discarded::NotForUs {
                what: "an EAP response",
            }),
            _ => Err(Discarded::NotForUs {
                what: "an EAP packet of this code",
            }),
        }
    }

    /// Takes the answer to [`Reaction::Ask`].
    ///
    /// # Errors
    /// [`Discarded::Unexpected`] if no question is open.
    pub fn handle_answer(&mut self, context: &mut Context<'_>, answer: Answer) -> Result<Reaction, Discarded> {
        match mem::replace(&mut self.state, State::Idle) {
            State::Asking(Pending {
                request,
                identifier,
                kind,
                about_password,
                method: Some(mut method),
            }) => {
                if let Answer::Secret(password) = &answer
                    && about_password
                {
                    self.given = Some(password.duplicate());
                }
                let step = method.handle_answer(context, answer);
                self.take_step((&request, identifier, kind), method, step)
            }
            State::Asking(Pending {
                request,
                identifier,
                kind,
                method: None,
                ..
            }) => {
                let Answer::Identity(identity) = answer else {
                    return Ok(self.fail(MethodFailure::Unanswered {
                        about: "name of the user",
                    }));
                };
                self.profile.identity = Some(identity.clone());
                self.is_asked_for = true;
                Ok(self.answer_identity((&request, identifier, kind), identity))
            }
            other => {
                self.state = other;
                Err(Discarded::Unexpected { message: "the answer" })
            }
        }
    }

    fn handle_request(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
        eap: &EapPacket<'_>,
        kind: MethodType,
    ) -> Result<Reaction, Discarded> {
        // A request with the identifier of the last one and other octets is new: authenticators that begin anew also
        // begin with an identifier of their choice.
        if let Some(last) = &self.last
            && last.request == octets
        {
            return match self.state {
                // The server has had the answer, or it would not have ended the conversation.
                State::Over => Err(Discarded::Unexpected {
                    message: "a request of the conversation that is over",
                }),
                _ => Ok(Reaction::Respond(last.response.clone())),
            };
        }
        if let State::Asking(pending) = &self.state
            && pending.request == octets
        {
            return Err(Discarded::Asking);
        }
        if self.rounds == MAX_ROUNDS {
            return Ok(self.fail_as(Failure::Endless { rounds: self.rounds }));
        }
        match canonical(kind) {
            MethodType::IDENTITY => Ok(self.begin((octets, eap.identifier, kind), eap.data)),
            MethodType::NOTIFICATION => Ok(Reaction::Notify {
                message: printable(eap.data),
                response: self.answer((octets, eap.identifier, kind), &[]),
            }),
            MethodType::NAK => Err(Discarded::NotForUs { what: "a NAK" }),
            wanted => self.handle_method(context, (octets, eap.identifier, kind), eap.data, wanted),
        }
    }

    /// The request for an identity begins a conversation, also where another one goes on: the authenticator has given
    /// that up.
    fn begin(&mut self, request: Asked<'_>, data: &[u8]) -> Reaction {
        self.restart();
        if let Some(identity) = self.own_identity() {
            return self.answer_identity(request, identity);
        }
        // What stands behind a zero octet is for programs (RFC 3748, 5.1).
        let shown = data.split(|&octet| octet == 0).next().unwrap_or_default();
        let (octets, identifier, kind) = request;
        self.state = State::Asking(Pending {
            request: octets.to_vec(),
            identifier,
            kind,
            about_password: false,
            method: None,
        });
        Reaction::Ask(Question::Identity {
            prompt: printable(shown),
        })
    }

    /// The name that the preferred method wants to be known by, or the profile's.
    fn own_identity(&self) -> Option<Vec<u8>> {
        let needs_keys = self.profile.needs_keys;
        let mut acceptable = self
            .profile
            .offers
            .iter()
            .filter(|offer| is_acceptable(offer.as_ref(), needs_keys));
        let preferred = acceptable.next().and_then(|offer| offer.identity());
        preferred.or_else(|| self.profile.identity.clone())
    }

    fn answer_identity(&mut self, request: Asked<'_>, identity: Vec<u8>) -> Reaction {
        let response = self.answer(request, &identity);
        self.told = Some(identity);
        Reaction::Respond(response)
    }

    fn handle_method(
        &mut self,
        context: &mut Context<'_>,
        request: Asked<'_>,
        data: &[u8],
        wanted: MethodType,
    ) -> Result<Reaction, Discarded> {
        let (octets, identifier, kind) = request;
        let mut method = match mem::replace(&mut self.state, State::Idle) {
            State::Method(method) if canonical(method.kind()) == wanted => method,
            // Once a method has begun, no other one may take its place (RFC 3748, 2.1).
            state @ State::Method(_) => {
                self.state = state;
                return Err(Discarded::Unexpected {
                    message: "a request of another method",
                });
            }
            state @ State::Asking(_) => {
                self.state = state;
                return Err(Discarded::Asking);
            }
            State::Idle | State::Over => match self.select(wanted) {
                Some(method) => method,
                None => {
                    self.refused = Some(wanted);
                    let (kind, data) = refusal(kind, &self.acceptable());
                    return Ok(Reaction::Respond(self.answer((octets, identifier, kind), &data)));
                }
            },
        };
        let step = method.handle_request(context, identifier, data);
        self.take_step(request, method, step)
    }

    fn take_step(&mut self, request: Asked<'_>, method: Box<dyn Method>, step: Step) -> Result<Reaction, Discarded> {
        match step {
            Step::Respond(data) => {
                let response = self.answer(request, &data);
                self.state = State::Method(method);
                Ok(Reaction::Respond(response))
            }
            Step::Ignore(discarded) => {
                self.state = State::Method(method);
                Err(discarded)
            }
            Step::Ask(question) => {
                let (octets, identifier, kind) = request;
                self.state = State::Asking(Pending {
                    request: octets.to_vec(),
                    identifier,
                    kind,
                    about_password: matches!(question, Question::Password { .. } | Question::NewPassword { .. }),
                    method: Some(method),
                });
                Ok(Reaction::Ask(question))
            }
            Step::Fail(failure) => Ok(self.fail(failure)),
        }
    }

    fn handle_success(&mut self, identifier: u8) -> Result<Reaction, Discarded> {
        match &self.state {
            // Nobody has been asked for anything. It is not believed, and may be all that this server ever says.
            State::Idle if self.last.is_none() => {}
            _ => self.belongs_to_exchange(identifier)?,
        }
        match &mut self.state {
            State::Method(method) if method.decision() != Decision::Fail => {
                let keys = method.keys();
                self.state = State::Over;
                self.keep_password();
                Ok(Reaction::Succeeded(keys))
            }
            State::Over => Err(Discarded::Unexpected { message: "a success" }),
            State::Idle | State::Method(_) | State::Asking(_) => {
                let skips = matches!(&self.state, State::Method(method) if method.is_inside());
                self.early_success = Some(match skips {
                    true => Failure::SkippedInside,
                    false => Failure::EarlySuccess,
                });
                Err(Discarded::EarlySuccess)
            }
        }
    }

    fn handle_failure(&mut self, identifier: u8) -> Result<Reaction, Discarded> {
        self.belongs_to_exchange(identifier)?;
        let failure = match &self.state {
            State::Method(method) if method.decision() == Decision::UnconditionalSuccess => {
                return Err(Discarded::LateFailure);
            }
            State::Method(method) => method.failure().map_or(Failure::Refused, Failure::Method),
            State::Over => return Err(Discarded::Unexpected { message: "a failure" }),
            State::Idle | State::Asking(_) => match self.refused {
                Some(MethodType::Iana(wanted)) => Failure::NoCommonMethod { wanted },
                Some(MethodType::Expanded { .. }) => Failure::NoCommonMethod { wanted: 254 },
                None => Failure::Refused,
            },
        };
        Ok(self.fail_as(failure))
    }

    /// A success or a failure has the identifier of the response that it follows (RFC 3748, 4.2), so that one that
    /// follows none is nobody's (RFC 4137, 4.1.1): anybody can send four octets. Some authenticators count on by one; no
    /// method relies on it.
    fn belongs_to_exchange(&self, identifier: u8) -> Result<(), Discarded> {
        let last = match (&self.last, &self.state) {
            (_, State::Asking(pending)) => Some(&pending.identifier),
            (Some(last), _) => last.request.get(1),
            (None, _) => None,
        };
        match last {
            Some(&last) if identifier == last || identifier == last.wrapping_add(1) => Ok(()),
            _ => Err(Discarded::Identifier { found: identifier }),
        }
    }

    fn select(&mut self, wanted: MethodType) -> Option<Box<dyn Method>> {
        let identity = self.identity().unwrap_or_default().to_vec();
        let needs_keys = self.profile.needs_keys;
        let mut offers = self.profile.offers.iter_mut().enumerate();
        let (chosen, offer) =
            offers.find(|(_, offer)| canonical(offer.kind()) == wanted && is_acceptable(offer.as_ref(), needs_keys))?;
        self.chosen = Some(chosen);
        Some(offer.begin(&identity))
    }

    fn acceptable(&self) -> Vec<MethodType> {
        let offers = self.profile.offers.iter();
        offers
            .filter(|offer| is_acceptable(offer.as_ref(), self.profile.needs_keys))
            .map(|offer| offer.kind())
            .collect()
    }

    /// Makes a response and remembers it for the case that the request is repeated. It has the type of the request in
    /// the form of the request (RFC 3748, 4.1 and 5.7), or that of a refusal.
    fn answer(&mut self, (request, identifier, kind): Asked<'_>, data: &[u8]) -> Zeroizing<Vec<u8>> {
        let response = EapPacket {
            code: Code::RESPONSE,
            identifier,
            method: Some(kind),
            data,
        };
        // Longer than 65535 octets is only an identity that no server would take: nothing is sent then.
        let response = Zeroizing::new(response.to_vec().unwrap_or_default());
        self.rounds += 1;
        self.last = Some(Exchange {
            request: request.to_vec(),
            response: response.clone(),
        });
        response
    }

    fn fail(&mut self, failure: MethodFailure) -> Reaction {
        self.fail_as(Failure::Method(failure))
    }

    fn fail_as(&mut self, failure: Failure) -> Reaction {
        // The method lets go of what it shares with its offer.
        self.state = State::Over;
        self.forget_answers();
        self.restart();
        self.state = State::Over;
        Reaction::Failed(failure)
    }
}

fn is_acceptable(offer: &dyn Offer, needs_keys: bool) -> bool {
    offer.makes_keys() || !needs_keys
}

/// What a server says, for the eyes of a person: control characters are left out.
pub(crate) fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .chars()
        .filter(|character| !character.is_control())
        .collect()
}
