//! EAP-SIM, EAP-AKA and EAP-AKA', the server's side: for one subscriber, whose key an authentication centre has.

mod challenge;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use frame::eap::Code;

use super::{Method, Offer, Step};
use crate::method::{Context, ExportedKeys, MethodType};
use crate::methods::sim_aka::attribute::{self, Attributes, Builder};
use crate::methods::sim_aka::crypt;
use crate::methods::sim_aka::keys::Session;
use crate::methods::sim_aka::message::{CODE_LEN, Message, record, seal, subtype};
use crate::methods::sim_aka::sim::VERSION;
use crate::methods::sim_aka::{Flavor, WLAN};
use crate::usim::AuthenticationCentre;
use challenge::Challenge;

/// The notification of a success.
const SUCCESS: u16 = 0x8000;

/// One of the three methods, for one subscriber. Lends it names for the next time: a pseudonym, and one for a fast
/// re-authentication.
pub struct Subscriber {
    flavor: Flavor,
    settings: Settings,
    centre: Rc<RefCell<AuthenticationCentre>>,
    memory: Rc<RefCell<Memory>>,
}

#[derive(Clone)]
struct Settings {
    /// The name of the access network, for AKA'.
    network: Vec<u8>,
    /// The success is said under the integrity code too.
    indicates_result: bool,
    /// AKA says that the server could do AKA'.
    prefers_aka_prime: bool,
}

/// What was lent to the subscriber.
#[derive(Default)]
struct Memory {
    pseudonym: Option<Vec<u8>>,
    renewal: Option<Renewal>,
}

/// What a fast re-authentication begins with.
struct Renewal {
    identity: Vec<u8>,
    session: Session,
    counter: u16,
}

impl Subscriber {
    /// EAP-SIM.
    #[must_use]
    pub fn sim(centre: AuthenticationCentre) -> Self {
        Self::new(Flavor::Sim, centre)
    }

    /// EAP-AKA.
    #[must_use]
    pub fn aka(centre: AuthenticationCentre) -> Self {
        Self::new(Flavor::Aka, centre)
    }

    /// EAP-AKA'.
    #[must_use]
    pub fn aka_prime(centre: AuthenticationCentre) -> Self {
        Self::new(Flavor::AkaPrime, centre)
    }

    /// Says the success under the integrity code too (RFC 4186, 6.2).
    #[must_use]
    pub fn with_result_indication(mut self) -> Self {
        self.settings.indicates_result = true;
        self
    }

    /// Says in AKA that AKA' would be better (RFC 9048, 4).
    #[must_use]
    pub fn preferring_aka_prime(mut self) -> Self {
        self.settings.prefers_aka_prime = true;
        self
    }

    /// In an access network of this name, for AKA'. `WLAN` otherwise.
    #[must_use]
    pub fn in_network(mut self, network: &[u8]) -> Self {
        self.settings.network = network.to_vec();
        self
    }

    fn new(flavor: Flavor, centre: AuthenticationCentre) -> Self {
        Self {
            flavor,
            settings: Settings {
                network: WLAN.to_vec(),
                indicates_result: false,
                prefers_aka_prime: false,
            },
            centre: Rc::new(RefCell::new(centre)),
            memory: Rc::default(),
        }
    }
}

impl Offer for Subscriber {
    fn kind(&self) -> MethodType {
        self.flavor.kind()
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn Method> {
        Box::new(Conversation {
            flavor: self.flavor,
            settings: self.settings.clone(),
            centre: Rc::clone(&self.centre),
            memory: Rc::clone(&self.memory),
            identity: identity.to_vec(),
            transcript: Vec::new(),
            synchronized: false,
            state: State::Over,
        })
    }
}

struct Conversation {
    flavor: Flavor,
    settings: Settings,
    centre: Rc<RefCell<AuthenticationCentre>>,
    memory: Rc<RefCell<Memory>>,
    /// The name that the peer has told last.
    identity: Vec<u8>,
    /// AKA: the packets of the identity round.
    transcript: Vec<u8>,
    /// AKA: the card has told its sequence number.
    synchronized: bool,
    state: State,
}

enum State {
    /// For the name, or for the nonce of SIM.
    Asked,
    /// For the proof of the card.
    Challenged(Box<Challenge>),
    /// For the proof of a fast re-authentication, which must cover the nonce.
    Renewing(Box<Outcome>, [u8; 16]),
    /// The peer has proved itself, and is told so under the integrity code.
    Notified(Option<ExportedKeys>),
    Proved(Option<ExportedKeys>),
    Over,
}

/// What comes of the peer's proof.
struct Outcome {
    session: Session,
    keys: Option<ExportedKeys>,
    names: Names,
    /// The counter of a fast re-authentication.
    counter: Option<u16>,
}

/// What is lent to the peer.
struct Names {
    pseudonym: Vec<u8>,
    renewal: Vec<u8>,
}

impl Names {
    fn draw(context: &mut Context<'_>, flavor: Flavor) -> Self {
        let mut draw = |kind| {
            let mut random = [0; 8];
            context.rng.fill_bytes(&mut random);
            let first = flavor.first_of_identity();
            alloc::format!("{first}{kind}{:016x}", u64::from_be_bytes(random)).into_bytes()
        };
        Self {
            pseudonym: draw('p'),
            renewal: draw('r'),
        }
    }

    fn put(&self, plain: Builder) -> Builder {
        plain
            .counted(attribute::NEXT_PSEUDONYM, &self.pseudonym)
            .counted(attribute::NEXT_REAUTH_ID, &self.renewal)
    }
}

impl Conversation {
    /// Whether the name is the subscriber's, or was lent to it. A pseudonym may come back with a realm.
    fn is_known(&self) -> bool {
        let permanent = self.centre.borrow().identity(self.flavor.first_of_identity());
        let local = self.identity.split(|&octet| octet == b'@').next();
        self.identity == permanent.as_bytes() || local == self.memory.borrow().pseudonym.as_deref()
    }

    /// Asks for what is missing before a challenge: the name, or what SIM agrees on first.
    fn ask(&mut self, identifier: u8) -> Vec<u8> {
        let subtype = match self.flavor {
            Flavor::Sim => subtype::SIM_START,
            Flavor::Aka | Flavor::AkaPrime => subtype::AKA_IDENTITY,
        };
        let request = Builder::new(subtype)
            .when(!self.is_known(), |request| {
                request.octets(attribute::PERMANENT_ID_REQ, &[])
            })
            .when(self.flavor == Flavor::Sim, |request| {
                request.counted(attribute::VERSION_LIST, &VERSION.to_be_bytes())
            })
            .into_bytes();
        record(self.flavor, Code::REQUEST, identifier, &request, &mut self.transcript);
        self.state = State::Asked;
        request
    }

    fn renew(&mut self, context: &mut Context<'_>, identifier: u8, renewal: Renewal) -> Vec<u8> {
        let mut nonce = [0; 16];
        context.rng.fill_bytes(&mut nonce);
        let Renewal { session, counter, .. } = renewal;
        let master = session.renew(&self.identity, counter, &nonce);
        let names = Names::draw(context, self.flavor);
        let plain = Builder::headless()
            .number(attribute::COUNTER, counter)
            .octets(attribute::NONCE_S, &nonce)
            .counted(attribute::NEXT_REAUTH_ID, &names.renewal);
        let request = Builder::new(subtype::REAUTHENTICATION).when(self.settings.indicates_result, |request| {
            request.octets(attribute::RESULT_IND, &[])
        });
        let request = crypt::encrypt(&session.encryption, request, plain, context.rng);
        let request = seal(self.flavor, Code::REQUEST, identifier, &session, request, &[]);
        let code = request.last_chunk::<CODE_LEN>().copied().unwrap_or_default();
        let outcome = Outcome {
            session,
            keys: master.export(self.flavor.session_id([&nonce, &code])),
            names,
            counter: Some(counter),
        };
        self.state = State::Renewing(Box::new(outcome), nonce);
        request
    }

    /// Takes a response; `None` refuses the peer.
    fn take(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Option<Step> {
        use attribute::{AUTS, IDENTITY, KDF, MAC, NONCE_MT, RES, SELECTED_VERSION};
        let known = [AUTS, IDENTITY, KDF, MAC, NONCE_MT, RES, SELECTED_VERSION];
        let response = Message::parse(self.flavor, Code::RESPONSE, identifier, data, &known)?;
        let next = identifier.wrapping_add(1);
        match (core::mem::replace(&mut self.state, State::Over), data.first().copied()?) {
            (State::Asked, subtype::SIM_START | subtype::AKA_IDENTITY) => {
                response.record(&mut self.transcript);
                if let Some(identity) = response.attributes.counted(IDENTITY) {
                    self.identity = identity.to_vec();
                }
                self.is_known().then_some(())?;
                let nonce = response.attributes.octets(NONCE_MT).unwrap_or_default();
                Some(Step::Request(self.challenge(context, next, &nonce)?))
            }
            (State::Challenged(challenge), subtype::SIM_CHALLENGE | subtype::AKA_CHALLENGE) => {
                challenge.is_answered(&response).then_some(())?;
                Some(self.conclude(context, next, &response, challenge.outcome))
            }
            (State::Challenged(challenge), subtype::SYNCHRONIZATION_FAILURE) if !self.synchronized => {
                self.synchronized = true;
                let auts = response.attributes.whole(AUTS)?;
                let centre = Rc::clone(&self.centre);
                let genuine = centre.borrow_mut().resynchronize(&challenge.rand, &auts);
                genuine.then_some(())?;
                Some(Step::Request(self.challenge(context, next, &[0; 16])?))
            }
            (State::Renewing(outcome, nonce), subtype::REAUTHENTICATION) => {
                self.take_renewal(context, next, &response, *outcome, &nonce)
            }
            (State::Notified(keys), subtype::NOTIFICATION) => {
                self.state = State::Proved(keys);
                Some(Step::Succeeded)
            }
            _ => None,
        }
    }

    fn take_renewal(
        &mut self,
        context: &mut Context<'_>,
        next: u8,
        response: &Message<'_>,
        outcome: Outcome,
        nonce: &[u8; 16],
    ) -> Option<Step> {
        response.is_genuine(&outcome.session, &[nonce]).then_some(())?;
        let plain = crypt::decrypt(&outcome.session.encryption, &response.attributes)?;
        let known = [attribute::PADDING, attribute::COUNTER, attribute::COUNTER_TOO_SMALL];
        let inner = Attributes::parse(&plain, 0, &known)?;
        if inner.has(attribute::COUNTER_TOO_SMALL) {
            // The peer has seen this counter: the card must say what it is worth.
            return Some(Step::Request(self.ask(next)));
        }
        (inner.number(attribute::COUNTER) == outcome.counter).then_some(())?;
        Some(self.conclude(context, next, response, outcome))
    }

    /// The peer has proved itself: what was lent to it counts, and it is told if both sides want that.
    fn conclude(&mut self, context: &mut Context<'_>, next: u8, response: &Message<'_>, outcome: Outcome) -> Step {
        let notification = response.attributes.has(attribute::RESULT_IND).then(|| {
            let plain = outcome
                .counter
                .map(|counter| Builder::headless().number(attribute::COUNTER, counter));
            let message = Builder::new(subtype::NOTIFICATION).number(attribute::NOTIFICATION, SUCCESS);
            let message = match plain {
                Some(plain) => crypt::encrypt(&outcome.session.encryption, message, plain, context.rng),
                None => message,
            };
            seal(self.flavor, Code::REQUEST, next, &outcome.session, message, &[])
        });
        let mut memory = self.memory.borrow_mut();
        if outcome.counter.is_none() {
            memory.pseudonym = Some(outcome.names.pseudonym);
        }
        memory.renewal = outcome
            .counter
            .unwrap_or_default()
            .checked_add(1)
            .map(|counter| Renewal {
                identity: outcome.names.renewal,
                session: outcome.session,
                counter,
            });
        match notification {
            Some(notification) => {
                self.state = State::Notified(outcome.keys);
                Step::Request(notification)
            }
            None => {
                self.state = State::Proved(outcome.keys);
                Step::Succeeded
            }
        }
    }
}

impl Method for Conversation {
    fn first_request(&mut self, context: &mut Context<'_>, identifier: u8) -> Vec<u8> {
        let lent = self
            .memory
            .borrow_mut()
            .renewal
            .take_if(|renewal| renewal.identity == self.identity);
        match lent {
            Some(renewal) => self.renew(context, identifier, renewal),
            // The centre always computes; a challenge without data would end the exchange.
            None if self.flavor != Flavor::Sim && self.is_known() => {
                self.challenge(context, identifier, &[0; 16]).unwrap_or_default()
            }
            None => self.ask(identifier),
        }
    }

    fn handle_response(&mut self, context: &mut Context<'_>, identifier: u8, data: &[u8]) -> Step {
        self.take(context, identifier, data).unwrap_or(Step::Failed)
    }

    fn keys(&mut self) -> Option<ExportedKeys> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Proved(keys) => keys,
            other => {
                self.state = other;
                None
            }
        }
    }
}
