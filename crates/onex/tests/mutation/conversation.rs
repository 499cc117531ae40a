//! One conversation: a decent server, a peer, and somebody between them who changes, repeats, inserts and withholds.

use std::time::Duration;

use frame::Emit;
use frame::eap::{Code, EapPacket, Method as Type};
use onex::eap::{Peer, Reaction};
use onex::method::{Answer, Context, ExportedKeys, Question, Secret};
use onex::server::{self, Offer, Step};

use super::inside::Inside;
use super::methods::{Method, PASSWORD};
use super::mutant::{Chance, mutants};
use super::run::Counts;
use super::watch::Watch;

/// When it takes place, since 1970.
const NOW: Duration = Duration::from_secs(1_800_000_000);
/// Requests that a peer may answer in one conversation.
const MAX_ANSWERS: usize = 255;
/// How often the server says the same before it gives up.
const REPETITIONS: usize = 2;
/// Earlier requests that are remembered.
const REMEMBERED: usize = 24;
/// Responses that are kept from a server and remembered.
const WITHHELD: usize = 64;
/// Mutants of one request in a storm, and otherwise.
const STORM: usize = 300;
const USUAL: usize = 4;

/// Who is between, and what has come of it.
pub(crate) struct Between<'a> {
    pub(crate) method: Method,
    pub(crate) chance: &'a mut Chance,
    pub(crate) counts: &'a mut Counts,
    /// What is said inside the tunnel goes through here.
    pub(crate) inside: &'a Inside,
    /// Requests of this conversation and of those before.
    pub(crate) earlier: &'a mut Vec<Vec<u8>>,
    pub(crate) watch: &'a Watch,
}

/// What a packet led to.
enum Heard {
    Nothing,
    Response(Vec<u8>),
    End,
}

impl Between<'_> {
    /// One conversation from the request for the name to its end.
    pub(crate) fn converse(&mut self, peer: &mut Peer, offer: &mut dyn Offer) {
        let mut asking = Asking::begin(offer.kind(), self.chance.below(256) as u8);
        self.counts.conversations += 1;
        self.inside.begin(self.chance.once_in(2));
        let most = self.most_mutants();
        let (mut answers, mut repetitions) = (0, 0);
        while repetitions < REPETITIONS {
            let count = self.chance.below(most);
            for _ in 0..count {
                for mutant in mutants(self.chance, &asking.packet, self.earlier) {
                    self.counts.packets += 1;
                    match self.deliver(peer, &mut asking, &mutant) {
                        Heard::Nothing => self.counts.refused += 1,
                        Heard::Response(response) => {
                            let begins = mutant.get(4) == Some(&1);
                            answers = if begins {
                                0
                            } else {
                                answers + usize::from(is_new(&response, &mut asking))
                            };
                            self.pass_on(&mut asking, offer, response);
                        }
                        Heard::End => return,
                    }
                }
            }
            assert!(answers <= MAX_ANSWERS, "a peer answers without end");
            let request = asking.packet.clone();
            self.remember(&request);
            if self.inside.has_changed() {
                self.counts.packets += 1;
                self.counts.inside += 1;
            }
            match self.deliver(peer, &mut asking, &request) {
                Heard::Response(response) => {
                    answers += 1;
                    asking.take(&mut context(self.chance), offer, &response);
                }
                Heard::End => return,
                Heard::Nothing => {}
            }
            repetitions = if asking.packet == request { repetitions + 1 } else { 0 };
        }
    }

    /// How many mutants a request has at most. Where only a whole handshake leads to what is said inside a tunnel, it
    /// often gets through.
    fn most_mutants(&mut self) -> usize {
        match (self.chance.below(64), self.method.has_inside()) {
            (0, _) => STORM,
            (1..24, true) => 1,
            _ => USUAL,
        }
    }

    fn deliver(&mut self, peer: &mut Peer, asking: &mut Asking, packet: &[u8]) -> Heard {
        self.watch.note(packet);
        let mut reaction = peer.handle_packet(&mut context(self.chance), packet);
        loop {
            match reaction {
                Ok(Reaction::Respond(response) | Reaction::Notify { response, .. }) => {
                    return Heard::Response(response.to_vec());
                }
                Ok(Reaction::Ask(question)) => {
                    let answer = self.answer(&question);
                    reaction = peer.handle_answer(&mut context(self.chance), answer);
                }
                Ok(Reaction::Succeeded(keys)) => {
                    self.compare(keys, asking, packet != asking.packet);
                    return Heard::End;
                }
                Ok(Reaction::Failed(_)) => {
                    self.counts.failed += 1;
                    return Heard::End;
                }
                Err(_) => return Heard::Nothing,
            }
        }
    }

    /// A success is believed only with the keys of the decent server, whatever was done on the way.
    fn compare(&mut self, keys: Option<ExportedKeys>, asking: &mut Asking, is_forged: bool) {
        self.counts.let_in += 1;
        if !self.method.makes_keys() {
            assert!(keys.is_none(), "keys of a method that makes none");
            return;
        }
        let ours = keys.expect("a method that makes keys has them");
        let withheld = asking.withheld.len();
        match asking.keys(&mut context(self.chance)) {
            Some(theirs) => {
                assert!(ours.msk == theirs.msk, "the two sides have different keys");
                assert!(ours.emsk == theirs.emsk, "the two sides have different extended keys");
            }
            // The peer has heard all that a server has to say, and a forged success is believed then, although the server
            // has failed over what it was told, or has not heard several answers, of which one follows from another.
            // Nobody but the server could have these keys, and it has none.
            None => assert!(
                is_forged && (asking.is_misled || withheld > 1),
                "the peer has keys, and the server has none"
            ),
        }
    }

    fn answer(&mut self, question: &Question) -> Answer {
        if self.chance.once_in(16) {
            return Answer::Refused;
        }
        match question {
            Question::Identity { .. } => Answer::Identity(b"alice".to_vec()),
            Question::ServerTrust(_) => Answer::Trust,
            Question::Password { .. } | Question::NewPassword { .. } | Question::Token { .. } => {
                Answer::Secret(Secret::from(PASSWORD))
            }
        }
    }

    /// The answer to a mutant reaches the server, or does not.
    fn pass_on(&mut self, asking: &mut Asking, offer: &mut dyn Offer, response: Vec<u8>) {
        if self.chance.once_in(2) {
            asking.is_misled = true;
            asking.take(&mut context(self.chance), offer, &response);
        } else {
            asking.withhold(&response);
        }
    }

    fn remember(&mut self, request: &[u8]) {
        if self.earlier.len() < REMEMBERED {
            self.earlier.push(request.to_vec());
        } else {
            let at = self.chance.below(REMEMBERED);
            self.earlier[at] = request.to_vec();
        }
    }
}

fn context(chance: &mut Chance) -> Context<'_> {
    Context {
        rng: chance.rng(),
        unix_time: NOW,
    }
}

/// Whether it is not the last response once more.
fn is_new(response: &[u8], asking: &mut Asking) -> bool {
    let is_new = asking.last_response != response;
    asking.last_response = response.to_vec();
    is_new
}

/// The server's side.
struct Asking {
    kind: Type,
    server: Option<Box<dyn server::Method>>,
    identifier: u8,
    /// The request that is open; or the verdict.
    packet: Vec<u8>,
    is_over: bool,
    /// It was given answers to what it had not asked.
    is_misled: bool,
    /// What the peer has said and the server has not heard: identifiers and data.
    withheld: Vec<(u8, Vec<u8>)>,
    last_response: Vec<u8>,
}

impl Asking {
    fn begin(kind: Type, identifier: u8) -> Self {
        let mut asking = Self {
            kind,
            server: None,
            identifier,
            packet: Vec::new(),
            is_over: false,
            is_misled: false,
            withheld: Vec::new(),
            last_response: Vec::new(),
        };
        asking.say(Code::REQUEST, Some(Type::IDENTITY), &[]);
        asking
    }

    fn say(&mut self, code: Code, method: Option<Type>, data: &[u8]) {
        let packet = EapPacket {
            code,
            identifier: self.identifier,
            method,
            data,
        };
        self.packet = packet.to_vec().unwrap();
    }

    fn end(&mut self, code: Code) {
        self.is_over = true;
        self.say(code, None, &[]);
    }

    fn ask(&mut self, data: &[u8]) {
        self.say(Code::REQUEST, Some(self.kind), data);
    }

    /// Takes a response.
    fn take(&mut self, context: &mut Context<'_>, offer: &mut dyn Offer, response: &[u8]) {
        let packet = response;
        let response = EapPacket::parse(packet).unwrap();
        if self.is_over || response.identifier != self.identifier {
            self.withhold(packet);
            return;
        }
        let next = self.identifier.wrapping_add(1);
        match (&mut self.server, response.method) {
            (None, Some(Type::IDENTITY)) => {
                let mut server = offer.begin(response.data);
                let data = server.first_request(context, next);
                self.server = Some(server);
                self.identifier = next;
                self.ask(&data);
            }
            (Some(server), Some(kind)) if is_same(kind, self.kind) => {
                match server.handle_response(context, self.identifier, response.data) {
                    Step::Request(data) => {
                        self.identifier = next;
                        self.ask(&data);
                    }
                    Step::Ignore(_) => {}
                    Step::Succeeded => self.end(Code::SUCCESS),
                    Step::Failed => self.end(Code::FAILURE),
                }
            }
            (Some(_), Some(kind)) if is_same(kind, Type::NAK) => self.end(Code::FAILURE),
            _ => {}
        }
    }

    fn withhold(&mut self, response: &[u8]) {
        let response = EapPacket::parse(response).unwrap();
        if response.method.is_some_and(|kind| is_same(kind, self.kind)) {
            self.withheld.push((response.identifier, response.data.to_vec()));
            let surplus = self.withheld.len().saturating_sub(WITHHELD);
            self.withheld.drain(..surplus);
        }
    }

    /// The keys of the server; if it has none yet, then because it has not heard what the peer has said last. What was
    /// said to another request than the one that is open comes after that: the server would fail over it.
    fn keys(&mut self, context: &mut Context<'_>) -> Option<ExportedKeys> {
        let server = self.server.as_mut()?;
        let keys = server.keys();
        let open = self.identifier;
        self.withheld.reverse();
        self.withheld.sort_by_key(|(identifier, _)| *identifier != open);
        self.withheld.drain(..).fold(keys, |keys, (identifier, data)| {
            keys.or_else(|| {
                let _ = server.handle_response(context, identifier, &data);
                server.keys()
            })
        })
    }
}

/// Whether it is the same type in either form.
fn is_same(found: Type, kind: Type) -> bool {
    let short = match found {
        Type::Expanded {
            vendor: [0, 0, 0],
            kind,
        } => u8::try_from(kind).map_or(found, Type::Iana),
        other => other,
    };
    short == kind
}
