//! The three methods against the server of this crate, and against messages made by hand.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use zeroize::Zeroizing;

use super::attribute::{self, Builder};
use super::message::subtype;
use super::*;
use crate::eap::{self, Failure, Peer, Profile};
use crate::method::{Decision, ExportedKeys, MethodFailure, Step};
use crate::server::{self, Server};
use crate::testing::{context, subscription};
use crate::usim::{AuthenticationCentre, SoftwareUsim, Subscription, Triplet, Verdict};

/// The subtype of each message that the peer sent.
type Sent = Vec<u8>;

fn card() -> Card {
    Card::new(SoftwareUsim::new(subscription(0)))
}

fn centre() -> AuthenticationCentre {
    AuthenticationCentre::new(subscription(0))
}

fn pairs() -> [(Subscriber, server::Subscriber); 3] {
    [
        (Subscriber::sim(card()), server::Subscriber::sim(centre())),
        (Subscriber::aka(card()), server::Subscriber::aka(centre())),
        (Subscriber::aka_prime(card()), server::Subscriber::aka_prime(centre())),
    ]
}

/// A server that outlives its conversations.
struct Shared(Rc<RefCell<server::Subscriber>>);

impl server::Offer for Shared {
    fn kind(&self) -> MethodType {
        self.0.borrow().kind()
    }

    fn begin(&mut self, identity: &[u8]) -> Box<dyn server::Method> {
        self.0.borrow_mut().begin(identity)
    }
}

/// Both sides, for one authentication after another.
struct Pair {
    peer: Peer,
    server: Rc<RefCell<server::Subscriber>>,
}

impl Pair {
    fn new((peer, server): (Subscriber, server::Subscriber)) -> Self {
        Self {
            peer: Peer::new(Profile {
                identity: None,
                offers: vec![Box::new(peer)],
                needs_keys: true,
            }),
            server: Rc::new(RefCell::new(server)),
        }
    }

    /// One authentication: what both sides come to.
    fn meet(&mut self) -> (Sent, Result<ExportedKeys, Failure>, Option<ExportedKeys>) {
        let offer = Shared(Rc::clone(&self.server));
        let (mut server, mut packet) = Server::begin(vec![Box::new(offer)], 7);
        let mut sent = Vec::new();
        let mut of_server = None;
        context(|context| {
            loop {
                let response = match self.peer.handle_packet(context, &packet).unwrap() {
                    eap::Reaction::Respond(response) => response,
                    eap::Reaction::Succeeded(keys) => return (sent, Ok(keys.unwrap()), of_server),
                    eap::Reaction::Failed(failure) => return (sent, Err(failure), of_server),
                    _ => panic!("the peer asks"),
                };
                if response[4] != 1 {
                    sent.push(response[5]);
                }
                packet = match server.handle_packet(context, &response).unwrap() {
                    server::Reaction::Request(packet) | server::Reaction::Failed(packet) => packet,
                    server::Reaction::Succeeded(packet, keys) => {
                        of_server = keys;
                        packet
                    }
                };
            }
        })
    }

    fn agree(&mut self) -> Sent {
        let (sent, of_peer, of_server) = self.meet();
        let (of_peer, of_server) = (of_peer.unwrap(), of_server.unwrap());
        assert!(of_peer.msk == of_server.msk);
        assert!(of_peer.emsk.unwrap() == of_server.emsk.unwrap());
        assert!(of_peer.session_id.len() >= 33);
        assert_eq!(of_peer.session_id, of_server.session_id);
        sent
    }

    fn fail(&mut self) -> (Sent, Failure) {
        let (sent, of_peer, of_server) = self.meet();
        assert!(of_server.is_none());
        (sent, of_peer.err().unwrap())
    }
}

#[test]
fn both_sides_have_the_same_keys_and_the_next_time_the_card_is_not_asked() {
    for (peer, server) in pairs() {
        let first = match peer.flavor {
            Flavor::Sim => vec![subtype::SIM_START, subtype::SIM_CHALLENGE],
            Flavor::Aka | Flavor::AkaPrime => vec![subtype::AKA_CHALLENGE],
        };
        let mut pair = Pair::new((peer, server));
        assert_eq!(pair.agree(), first);
        assert_eq!(pair.agree(), [subtype::REAUTHENTICATION]);
        assert_eq!(pair.agree(), [subtype::REAUTHENTICATION]);
    }
}

#[test]
fn a_success_is_said_under_the_integrity_code_too_if_the_server_offers_it() {
    for (peer, server) in pairs() {
        let mut pair = Pair::new((peer, server.with_result_indication()));
        assert_eq!(pair.agree().last(), Some(&subtype::NOTIFICATION));
        assert_eq!(pair.agree(), [subtype::REAUTHENTICATION, subtype::NOTIFICATION]);
    }
}

#[test]
fn a_name_that_the_server_does_not_know_is_replaced_by_the_permanent_one() {
    for (peer, server) in pairs() {
        peer.memory.borrow_mut().pseudonym = Some(b"forgotten".to_vec());
        Pair::new((peer, server)).agree();
    }
}

#[test]
fn a_subscriber_announced_as_somebody_else_tells_its_name_when_it_is_asked_for() {
    for (peer, server) in pairs() {
        let offer = peer.announced_as(b"anonymous@example.org".to_vec());
        assert_eq!(offer.identity().unwrap(), b"anonymous@example.org");
        let memory = Rc::clone(&offer.memory);
        Pair::new((offer, server)).agree();
        assert!(memory.borrow().pseudonym.is_some());
    }
}

#[test]
fn a_centre_that_is_behind_is_told_and_challenges_again() {
    let ahead = || Card::new(SoftwareUsim::new(subscription(1 << 20)));
    for (peer, server) in [
        (Subscriber::aka(ahead()), server::Subscriber::aka(centre())),
        (Subscriber::aka_prime(ahead()), server::Subscriber::aka_prime(centre())),
    ] {
        let sent = Pair::new((peer, server)).agree();
        assert_eq!(sent, [subtype::SYNCHRONIZATION_FAILURE, subtype::AKA_CHALLENGE]);
    }
}

#[test]
fn a_network_without_the_key_of_the_card_is_refused() {
    for (peer, _) in pairs() {
        let stranger = AuthenticationCentre::new(Subscription {
            k: Zeroizing::new([9; 16]),
            ..subscription(0)
        });
        let (server, refusal) = match peer.flavor {
            Flavor::Sim => (server::Subscriber::sim(stranger), subtype::CLIENT_ERROR),
            Flavor::Aka => (server::Subscriber::aka(stranger), subtype::AUTHENTICATION_REJECT),
            Flavor::AkaPrime => (server::Subscriber::aka_prime(stranger), subtype::AUTHENTICATION_REJECT),
        };
        let (sent, failure) = Pair::new((peer, server)).fail();
        assert_eq!(sent.last(), Some(&refusal));
        assert!(matches!(failure, Failure::Method(MethodFailure::Impostor { .. })));
    }
}

#[test]
fn keys_for_another_access_network_are_refused() {
    let meet = |network: &[u8], own: &[u8]| {
        let peer = Subscriber::aka_prime(card()).in_network(own);
        Pair::new((peer, server::Subscriber::aka_prime(centre()).in_network(network)))
            .meet()
            .1
            .err()
    };
    let refused = Failure::Method(MethodFailure::Unacceptable {
        what: "keys for another access network",
    });
    assert_eq!(
        meet(b"WLAN:a", b"WLAN"),
        None,
        "a part that one side does not have is not compared"
    );
    assert_eq!(meet(b"WIMAX", b"WLAN"), Some(refused.clone()));
    assert_eq!(meet(b"", b"WLAN"), Some(refused));
}

#[test]
fn aka_is_refused_where_both_sides_could_do_aka_prime() {
    let server = || server::Subscriber::aka(centre()).preferring_aka_prime();
    let (sent, failure) = Pair::new((Subscriber::aka(card()).beside_aka_prime(), server())).fail();
    assert_eq!(sent.last(), Some(&subtype::AUTHENTICATION_REJECT));
    assert!(matches!(failure, Failure::Method(MethodFailure::Unacceptable { .. })));
    Pair::new((Subscriber::aka(card()), server())).agree();
}

/// What the peer answers to the data of a request.
fn answer(method: &mut dyn Method, request: &[u8]) -> Vec<u8> {
    match context(|context| method.handle_request(context, 9, request)) {
        Step::Respond(data) => data.to_vec(),
        _ => panic!("no response"),
    }
}

#[test]
fn the_name_is_told_step_by_step_and_never_twice() {
    let mut peer = Subscriber::aka(card());
    peer.memory.borrow_mut().pseudonym = Some(b"pseudonym".to_vec());
    let mut method = peer.begin(b"anonymous");
    let ask = |kind| Builder::new(subtype::AKA_IDENTITY).octets(kind, &[]).into_bytes();
    let told = |name: &[u8]| {
        Builder::new(subtype::AKA_IDENTITY)
            .counted(attribute::IDENTITY, name)
            .into_bytes()
    };
    assert_eq!(answer(&mut *method, &ask(attribute::ANY_ID_REQ)), told(b"pseudonym"));
    assert_eq!(
        answer(&mut *method, &ask(attribute::FULLAUTH_ID_REQ)),
        told(b"pseudonym")
    );
    let permanent = b"0244070100000001@wlan.mnc007.mcc244.3gppnetwork.org";
    assert_eq!(answer(&mut *method, &ask(attribute::PERMANENT_ID_REQ)), told(permanent));
    let again = answer(&mut *method, &ask(attribute::PERMANENT_ID_REQ));
    assert_eq!(
        again,
        [subtype::CLIENT_ERROR, 0, 0, attribute::CLIENT_ERROR_CODE, 1, 0, 0]
    );
}

/// Of RFC 9048, 3.2: the peer asks for a function that is not the first, and must get it in front of the same list.
#[test]
fn another_derivation_function_is_asked_for_once() {
    let begin = || Subscriber::aka_prime(card()).begin(b"user");
    let offer = |functions: &[u16]| {
        let challenge = Builder::new(subtype::AKA_CHALLENGE)
            .octets(attribute::RAND, &[1; 16])
            .octets(attribute::AUTN, &[2; 16])
            .counted(attribute::KDF_INPUT, b"WLAN");
        let put = |challenge: Builder, &function: &u16| challenge.number(attribute::KDF, function);
        functions.iter().fold(challenge, put).into_bytes()
    };
    let mut method = begin();
    let wanted = Builder::new(subtype::AKA_CHALLENGE)
        .number(attribute::KDF, 1)
        .into_bytes();
    assert_eq!(answer(&mut *method, &offer(&[2, 1])), wanted);
    // The list is right now; what fails is the network's proof, which is not made here.
    answer(&mut *method, &offer(&[1, 2, 1]));
    let unacceptable = MethodFailure::Unacceptable {
        what: "an unknown key derivation function",
    };
    assert_ne!(method.failure(), Some(unacceptable.clone()));

    for lists in [&[&[2, 1][..], &[1, 2]][..], &[&[2, 3]], &[&[]]] {
        let mut method = begin();
        let last = lists
            .iter()
            .map(|list| answer(&mut *method, &offer(list)))
            .last()
            .unwrap();
        assert_eq!(last, [subtype::AUTHENTICATION_REJECT, 0, 0]);
        assert_eq!(method.failure(), Some(unacceptable.clone()));
    }
}

#[test]
fn sim_needs_two_or_three_challenges_that_differ() {
    let start = Builder::new(subtype::SIM_START)
        .counted(attribute::VERSION_LIST, &[0, 1])
        .into_bytes();
    let error = |rands: &[[u8; 16]]| {
        let mut method = Subscriber::sim(card()).begin(b"user");
        answer(&mut *method, &start);
        let challenge = Builder::new(subtype::SIM_CHALLENGE).octets(attribute::RAND, rands.as_flattened());
        let answer = answer(&mut *method, &challenge.into_bytes());
        assert_eq!(answer[..4], [subtype::CLIENT_ERROR, 0, 0, attribute::CLIENT_ERROR_CODE]);
        answer[6]
    };
    let [a, b, c] = [[1; 16], [2; 16], [3; 16]];
    assert_eq!(error(&[a]), 2);
    assert_eq!(error(&[a, a]), 3);
    assert_eq!(error(&[a, b, a]), 3);
    // These would do, but for the integrity code, which is not made here.
    assert_eq!(error(&[a, b]), 0);
    assert_eq!(error(&[a, b, c]), 0);
}

#[test]
fn an_unknown_version_of_sim_is_refused() {
    let mut method = Subscriber::sim(card()).begin(b"user");
    let start = Builder::new(subtype::SIM_START)
        .counted(attribute::VERSION_LIST, &[0, 2])
        .into_bytes();
    assert_eq!(
        answer(&mut *method, &start),
        [subtype::CLIENT_ERROR, 0, 0, attribute::CLIENT_ERROR_CODE, 1, 0, 1]
    );
    assert_eq!(method.decision(), Decision::Fail);
}

#[test]
fn a_notification_before_the_proof_can_only_be_a_refusal() {
    let notify = |code| {
        Builder::new(subtype::NOTIFICATION)
            .number(attribute::NOTIFICATION, code)
            .into_bytes()
    };
    let mut method = Subscriber::aka(card()).begin(b"user");
    assert_eq!(answer(&mut *method, &notify(16384)), [subtype::NOTIFICATION, 0, 0]);
    assert!(matches!(method.failure(), Some(MethodFailure::Refused { .. })));
    let mut method = Subscriber::aka(card()).begin(b"user");
    assert_eq!(answer(&mut *method, &notify(32768))[0], subtype::CLIENT_ERROR);
    assert_eq!(method.decision(), Decision::Fail);
}

/// A card that answers nothing.
struct Mute;

impl Usim for Mute {
    fn imsi(&self) -> &str {
        "244070100000001"
    }

    fn network_digits(&self) -> usize {
        2
    }

    fn gsm(&mut self, _rand: &[u8; 16]) -> Option<Triplet> {
        None
    }

    fn umts(&mut self, _rand: &[u8; 16], _autn: &[u8; 16]) -> Verdict {
        Verdict::Mute
    }
}

#[test]
fn a_card_that_does_not_answer_is_named() {
    for (_, server) in pairs() {
        let card = Card::new(Mute);
        let peer = match server::Offer::kind(&server) {
            kind if kind == Flavor::Sim.kind() => Subscriber::sim(card),
            kind if kind == Flavor::Aka.kind() => Subscriber::aka(card),
            _ => Subscriber::aka_prime(card),
        };
        let (sent, failure) = Pair::new((peer, server)).fail();
        assert_eq!(sent.last(), Some(&subtype::CLIENT_ERROR));
        assert!(matches!(failure, Failure::Method(MethodFailure::Missing { .. })));
    }
}
