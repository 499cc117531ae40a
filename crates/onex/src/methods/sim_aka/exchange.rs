//! One authentication: what the three methods have in common.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use frame::eap::Code;

use super::attribute::{self, Attributes, Builder};
use super::crypt;
use super::keys::{Master, Session};
use super::message::{Message, client_error, subtype};
use super::{Card, Flavor, Memory, Renewal, Subscriber};
use crate::method::{Context, Decision, ExportedKeys, Method, MethodFailure, MethodType, Step};

/// A notification that counts as success has this bit.
const SUCCESS_BIT: u16 = 0x8000;
/// A notification before the server has proved itself has this bit, and no integrity code.
const PHASE_BIT: u16 = 0x4000;

pub(super) struct Exchange {
    pub(super) flavor: Flavor,
    pub(super) card: Card,
    pub(super) memory: Rc<RefCell<Memory>>,
    pub(super) permanent: Vec<u8>,
    pub(super) network: Vec<u8>,
    pub(super) offers_aka_prime: bool,
    /// The name that was told to the server last: keys are bound to it.
    pub(super) told: Vec<u8>,
    /// How much of the subscriber's name the server has asked for.
    pub(super) asked: u8,
    /// AKA: the packets of the identity rounds, which the challenge proves.
    pub(super) transcript: Vec<u8>,
    /// SIM: the versions that the server has listed, and the nonce that the peer has answered.
    pub(super) start: Option<(Vec<u8>, [u8; 16])>,
    /// AKA: the card has told its sequence number.
    pub(super) synchronized: bool,
    /// AKA': the derivation functions that the server has offered, if the peer has chosen another than the first.
    pub(super) functions: Option<Vec<u16>>,
    pub(super) state: State,
    failure: Option<MethodFailure>,
}

pub(super) enum State {
    /// The server has not proved itself.
    Open,
    /// It has.
    Proved(Box<Proved>),
    /// One side has refused, or the keys are taken.
    Over,
}

/// What an authentication has led to.
pub(super) struct Proved {
    pub(super) session: Session,
    pub(super) master: Master,
    pub(super) session_id: Vec<u8>,
    /// The counter, if it was a fast re-authentication.
    pub(super) counter: Option<u16>,
    pub(super) indication: Indication,
    pub(super) next: NextNames,
}

/// Whether the server says, under an integrity code, that it lets the peer in (RFC 4186, 6.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Indication {
    None,
    Awaited,
    Given,
}

impl Indication {
    /// The peer agrees to what the server offers.
    pub(super) fn of(request: &Message<'_>) -> Self {
        match request.attributes.has(attribute::RESULT_IND) {
            true => Self::Awaited,
            false => Self::None,
        }
    }
}

/// The names for the next time.
#[derive(Default)]
pub(super) struct NextNames {
    pub(super) pseudonym: Option<Vec<u8>>,
    pub(super) reauthentication: Option<Vec<u8>>,
}

impl NextNames {
    pub(super) fn find(attributes: &Attributes<'_>) -> Self {
        let name = |kind| attributes.counted(kind).map(<[u8]>::to_vec);
        Self {
            pseudonym: name(attribute::NEXT_PSEUDONYM),
            reauthentication: name(attribute::NEXT_REAUTH_ID),
        }
    }
}

/// How the peer refuses a request.
pub(super) struct Refusal {
    failure: MethodFailure,
    response: Builder,
}

impl Refusal {
    /// The server is told that its message cannot be dealt with.
    pub(super) fn client_error(code: u16, failure: MethodFailure) -> Self {
        let response = Builder::new(subtype::CLIENT_ERROR).number(attribute::CLIENT_ERROR_CODE, code);
        Self { failure, response }
    }

    /// A message does not follow its format.
    pub(super) fn malformed(field: &'static str) -> Self {
        Self::client_error(client_error::UNABLE_TO_PROCESS, MethodFailure::Malformed { field })
    }

    /// A message has no place in the exchange.
    pub(super) fn unexpected(message: &'static str) -> Self {
        Self::client_error(client_error::UNABLE_TO_PROCESS, MethodFailure::Unexpected { message })
    }

    /// The integrity code of a message is wrong.
    pub(super) fn impostor() -> Self {
        Self::client_error(
            client_error::UNABLE_TO_PROCESS,
            MethodFailure::Impostor {
                secret: "key of the card",
            },
        )
    }

    /// AKA: the network is refused as if it did not have the card's key.
    pub(super) fn reject(failure: MethodFailure) -> Self {
        let response = Builder::new(subtype::AUTHENTICATION_REJECT);
        Self { failure, response }
    }
}

impl Exchange {
    pub(super) fn new(subscriber: &Subscriber, identity: &[u8]) -> Self {
        Self {
            flavor: subscriber.flavor,
            card: subscriber.card.clone(),
            memory: Rc::clone(&subscriber.memory),
            permanent: subscriber.permanent_identity(),
            network: subscriber.network.clone(),
            offers_aka_prime: subscriber.offers_aka_prime,
            told: identity.to_vec(),
            asked: 0,
            transcript: Vec::new(),
            start: None,
            synchronized: false,
            functions: None,
            state: State::Open,
            failure: None,
        }
    }

    fn handle(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Result<Step, Refusal> {
        let malformed = || Refusal::malformed("message to the card");
        let subtype = *data.first().ok_or_else(malformed)?;
        let known = self
            .known_attributes(subtype)
            .ok_or_else(|| Refusal::unexpected("message to the card"))?;
        let request = Message::parse(self.flavor, Code::REQUEST, identifier, data, known).ok_or_else(malformed)?;
        match (subtype, &self.state) {
            (subtype::NOTIFICATION, _) => self.handle_notification(context, &request),
            (subtype::SIM_START, State::Open) => self.handle_start(context, &request),
            (subtype::SIM_CHALLENGE, State::Open) => self.handle_sim_challenge(&request),
            (subtype::AKA_IDENTITY, State::Open) => self.handle_identity(&request),
            (subtype::AKA_CHALLENGE, State::Open) => self.handle_aka_challenge(&request),
            (subtype::REAUTHENTICATION, State::Open) => self.handle_reauthentication(context, &request),
            _ => Err(Refusal::unexpected("message to the card")),
        }
    }

    /// The attributes of a message that must be understood; `None` for one that is not of this method.
    const fn known_attributes(&self, subtype: u8) -> Option<&'static [u8]> {
        use attribute::{
            ANY_ID_REQ, AUTN, FULLAUTH_ID_REQ, KDF, KDF_INPUT, MAC, NOTIFICATION, PERMANENT_ID_REQ, RAND, VERSION_LIST,
        };
        Some(match (self.flavor, subtype) {
            (_, subtype::NOTIFICATION) => &[NOTIFICATION, MAC],
            (_, subtype::REAUTHENTICATION) => &[MAC],
            (Flavor::Sim, subtype::SIM_START) => &[PERMANENT_ID_REQ, ANY_ID_REQ, FULLAUTH_ID_REQ, VERSION_LIST],
            (Flavor::Sim, subtype::SIM_CHALLENGE) => &[RAND, MAC],
            (Flavor::Aka | Flavor::AkaPrime, subtype::AKA_IDENTITY) => &[PERMANENT_ID_REQ, ANY_ID_REQ, FULLAUTH_ID_REQ],
            (Flavor::Aka, subtype::AKA_CHALLENGE) => &[RAND, AUTN, MAC],
            (Flavor::AkaPrime, subtype::AKA_CHALLENGE) => &[RAND, AUTN, MAC, KDF, KDF_INPUT],
            _ => return None,
        })
    }

    fn refuse(&mut self, refusal: Refusal) -> Step {
        self.state = State::Over;
        self.failure.get_or_insert(refusal.failure);
        Step::respond(refusal.response.into_bytes())
    }

    /// The name that the server asks for, if it asks (RFC 4186, 4.2; RFC 4187, 4.1): the longer it asks, the more it is
    /// told, and never twice the same.
    pub(super) fn answer_name_request(&mut self, request: &Message<'_>) -> Result<Option<Vec<u8>>, Refusal> {
        const ANY: u8 = 1;
        const FULL: u8 = 2;
        const PERMANENT: u8 = 3;
        let requests = [
            (attribute::ANY_ID_REQ, ANY),
            (attribute::FULLAUTH_ID_REQ, FULL),
            (attribute::PERMANENT_ID_REQ, PERMANENT),
        ];
        let mut asked = requests.iter().filter(|(kind, _)| request.attributes.has(*kind));
        let rank = match (asked.next(), asked.next()) {
            (None, _) => return Ok(None),
            (Some(&(_, rank)), None) if rank > self.asked => rank,
            _ => return Err(Refusal::unexpected("request for an identity")),
        };
        self.asked = rank;
        let memory = self.memory.borrow();
        let name = match rank {
            ANY => memory.renewal.as_ref().map(|renewal| &renewal.identity),
            _ => None,
        };
        let name = name.or(match rank {
            PERMANENT => None,
            _ => memory.pseudonym.as_ref(),
        });
        self.told = name.unwrap_or(&self.permanent).clone();
        Ok(Some(self.told.clone()))
    }

    /// The names for the next time, out of a challenge whose integrity code is right.
    pub(super) fn next_names(session: &Session, request: &Message<'_>) -> Result<NextNames, Refusal> {
        if !request.attributes.has(attribute::ENCR_DATA) {
            return Ok(NextNames::default());
        }
        let malformed = || Refusal::malformed("encrypted attributes");
        let plain = crypt::decrypt(&session.encryption, &request.attributes).ok_or_else(malformed)?;
        let attributes = Attributes::parse(&plain, 0, &[attribute::PADDING]).ok_or_else(malformed)?;
        Ok(NextNames::find(&attributes))
    }

    fn handle_notification(&mut self, context: &mut Context<'_>, request: &Message<'_>) -> Result<Step, Refusal> {
        let code = request
            .attributes
            .number(attribute::NOTIFICATION)
            .ok_or_else(|| Refusal::malformed("notification"))?;
        let response = Builder::new(subtype::NOTIFICATION);
        let step = match &mut self.state {
            State::Open | State::Over if code & PHASE_BIT != 0 => Step::respond(response.into_bytes()),
            State::Proved(proved) if code & PHASE_BIT == 0 => {
                if !request.is_genuine(&proved.session, &[]) {
                    return Err(Refusal::impostor());
                }
                let response = match proved.counter {
                    Some(counter) => {
                        confirm_counter(&proved.session, request, counter)?;
                        let plain = Builder::headless().number(attribute::COUNTER, counter);
                        crypt::encrypt(&proved.session.encryption, response, plain, context.rng)
                    }
                    None => response,
                };
                if code & SUCCESS_BIT != 0 {
                    proved.indication = Indication::Given;
                }
                Step::respond(request.answer(&proved.session, response, &[]))
            }
            _ => return Err(Refusal::unexpected("notification")),
        };
        if code & SUCCESS_BIT == 0 {
            self.state = State::Over;
            self.failure.get_or_insert(MethodFailure::Refused {
                reason: reason(code).into(),
            });
        }
        Ok(step)
    }
}

impl Method for Exchange {
    fn kind(&self) -> MethodType {
        self.flavor.kind()
    }

    fn handle_request(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        match self.handle(context, identifier, data) {
            Ok(step) => step,
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn decision(&self) -> Decision {
        match &self.state {
            State::Proved(proved) => match proved.indication {
                Indication::None => Decision::ConditionalSuccess,
                // A success that is not confirmed under the integrity code may be anyone's.
                Indication::Awaited => Decision::Fail,
                Indication::Given => Decision::UnconditionalSuccess,
            },
            State::Open | State::Over => Decision::Fail,
        }
    }

    fn failure(&self) -> Option<MethodFailure> {
        self.failure.clone()
    }

    /// Also remembers what the network has given for the next time: it has let the subscriber in.
    fn keys(&mut self) -> Option<ExportedKeys> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Proved(proved) => {
                let Proved {
                    session,
                    master,
                    session_id,
                    counter,
                    next,
                    ..
                } = *proved;
                let mut memory = self.memory.borrow_mut();
                if let Some(pseudonym) = next.pseudonym {
                    memory.pseudonym = Some(with_realm(pseudonym, &self.permanent));
                }
                // Where the counter is used up, the card is asked again.
                let counter = counter.unwrap_or_default().checked_add(1);
                memory.renewal = next.reauthentication.zip(counter).map(|(identity, counter)| Renewal {
                    identity,
                    session,
                    counter,
                });
                master.export(session_id)
            }
            other => {
                self.state = other;
                None
            }
        }
    }
}

/// A notification after a fast re-authentication carries its counter.
fn confirm_counter(session: &Session, request: &Message<'_>, counter: u16) -> Result<(), Refusal> {
    let plain = crypt::decrypt(&session.encryption, &request.attributes);
    let found = plain.and_then(|plain| {
        Attributes::parse(&plain, 0, &[attribute::PADDING, attribute::COUNTER])?.number(attribute::COUNTER)
    });
    match found == Some(counter) {
        true => Ok(()),
        false => Err(Refusal::malformed("notification")),
    }
}

/// A pseudonym comes without a realm and is used with that of the permanent name (RFC 4186, 4.2.1.7).
fn with_realm(mut pseudonym: Vec<u8>, permanent: &[u8]) -> Vec<u8> {
    if let Some(at) = permanent.iter().position(|&octet| octet == b'@')
        && !pseudonym.contains(&b'@')
    {
        pseudonym.extend_from_slice(permanent.get(at..).unwrap_or_default());
    }
    pseudonym
}

/// What a notification means (RFC 4186, 10.18).
const fn reason(code: u16) -> &'static str {
    match code {
        0 | 16384 => "a general failure, which its log may explain",
        1026 => "the subscriber may not use this service for now",
        1031 => "the subscriber has not subscribed to this service",
        _ => "a failure without a name",
    }
}
